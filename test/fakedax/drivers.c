// SPDX-License-Identifier: GPL-2.0-only
/* The bus: which driver takes which device when, as drivers/base and drivers/dax/bus.c have it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model.h"

static const struct region *region_of(const struct model *model, const struct device *device)
{
	return &model->regions[device->region];
}

static char *find_id(struct model *model, enum driver driver, const char *name)
{
	struct driver_state *state = &model->drivers[driver];

	for (unsigned int i = 0; i < state->n_ids; i++)
		if (text_is(name, state->ids[i]))
			return state->ids[i];
	return NULL;
}

static bool matches(struct model *model, enum driver driver, const struct device *device)
{
	if (find_id(model, driver, device->name))
		return true;
	/* fsdev_dax is of no type: it has to be asked for */
	return driver == (region_of(model, device)->kmem_type ? KMEM : DEVICE_DAX);
}

/* Lines are kept by address, as in /proc/iomem. */
int reserve(struct model *model, const struct span *span, const char *name, bool is_ram)
{
	struct reserved *lines = model->reserved;
	unsigned int at = model->n_reserved;

	for (unsigned int i = 0; i < model->n_reserved; i++)
		if (lines[i].span.start <= span->end && lines[i].span.end >= span->start)
			return -EBUSY;
	if (model->n_reserved == MAX_RESERVED)
		return -ENOMEM;
	for (; at > 0 && lines[at - 1].span.start > span->start; at--)
		lines[at] = lines[at - 1];
	lines[at] = (struct reserved){ .span = *span, .is_ram = is_ram };
	snprintf(lines[at].name, sizeof(lines[at].name), "%s", name);
	model->n_reserved++;
	return 0;
}

void unreserve(struct model *model, const struct span *span)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < model->n_reserved; i++)
		if (model->reserved[i].span.start != span->start)
			model->reserved[kept++] = model->reserved[i];
	model->n_reserved = kept;
}

static void unreserve_first(struct model *model, const struct device *device, unsigned int n)
{
	while (n-- > 0)
		unreserve(model, &device->ranges[n]);
}

/* device_dax and fsdev_dax: both make a page map of the device's ranges. */
static int pgmap_probe(struct model *model, struct device *device)
{
	bool is_static = region_of(model, device)->is_static;

	if (!is_static && device->stale_pgmap)
		return -EINVAL;
	for (unsigned int i = 0; i < device->n_ranges; i++) {
		int r = reserve(model, &device->ranges[i], device->name, false);

		if (r < 0) {
			unreserve_first(model, device, i);
			/* of a dynamic device the map was made before, and stays */
			device->stale_pgmap = !is_static;
			return r;
		}
	}
	return 0;
}

/* The failure that a test asked for, 0 if none. */
static int injected(struct model *model, enum driver driver, struct device *device)
{
	struct fault *fault = &model->drivers[driver].fault;

	if (fault->count == 0)
		return 0;
	if (fault->count > 0)
		fault->count--;
	/* dax_bus_probe() itself is what a signal interrupts: the driver was not asked yet */
	if (driver != KMEM && !fault->clean && fault->err != EINTR &&
	    !region_of(model, device)->is_static)
		device->stale_pgmap = true;
	return -fault->err;
}

static int probe(struct model *model, enum driver driver, struct device *device)
{
	struct region *region = &model->regions[device->region];
	int r;

	if (device->driver != DRIVER_NONE)
		return -EBUSY;
	model->changes++;
	if (device_size(device) == 0)
		return -ENXIO;
	r = injected(model, driver, device);
	if (r == 0)
		r = driver == KMEM ? kmem_probe(model, device) : pgmap_probe(model, device);
	if (r < 0)
		return r;
	device->driver = driver;
	if (!region->is_static && region->seed == device)
		region->seed = NULL;
	return 0;
}

void driver_release(struct model *model, struct device *device)
{
	if (device->driver == KMEM)
		kmem_remove(model, device);
	else if (device->driver != DRIVER_NONE)
		unreserve_first(model, device, device->n_ranges);
	device->driver = DRIVER_NONE;
	model->changes++;
}

/* driver_attach(): every unbound device that matches, whoever was meant; errors are not told. */
static void attach(struct model *model, enum driver driver)
{
	for (struct device *device = model_next(model, NULL); device;
	     device = model_next(model, device))
		if (matches(model, driver, device))
			probe(model, driver, device);
}

/* The first driver that takes the device, in the order of registration. */
static void attach_device(struct model *model, struct device *device)
{
	for (unsigned int order = 0; order < model->next_order; order++)
		for (int i = 0; i < N_DRIVERS; i++) {
			if (!model->drivers[i].loaded || model->drivers[i].order != order)
				continue;
			if (matches(model, i, device) && probe(model, i, device) == 0)
				return;
		}
}

void bus_device_added(struct model *model, struct device *device)
{
	if (model->autoprobe)
		attach_device(model, device);
}

int driver_store_bind(struct model *model, enum driver driver, const char *text)
{
	struct device *device = model_find(model, text);

	if (!device || !matches(model, driver, device))
		return -ENODEV;
	return probe(model, driver, device);
}

int driver_store_unbind(struct model *model, enum driver driver, const char *text)
{
	struct device *device = model_find(model, text);

	if (!device || device->driver != driver)
		return -ENODEV;
	driver_release(model, device);
	return 0;
}

/* "dax%d.%d", and not written in another way; the kernel takes what is negative, too. */
static int check_id(const char *text)
{
	int region, id;
	char name[2 * NAME_LENGTH];

	if (sscanf(text, "dax%d.%d", &region, &id) != 2)
		return -EINVAL;
	snprintf(name, sizeof(name), "dax%d.%d", region, id);
	return text_is(text, name) ? 0 : -EINVAL;
}

int driver_store_new_id(struct model *model, enum driver driver, const char *text)
{
	struct driver_state *state = &model->drivers[driver];
	int r = check_id(text);

	if (r < 0)
		return r;
	if (!find_id(model, driver, text)) {
		if (state->n_ids == MAX_IDS)
			return -ENOMEM;
		snprintf(state->ids[state->n_ids++], NAME_LENGTH, "%.*s", (int)strcspn(text, "\n"),
			 text);
		model->changes++;
	}
	attach(model, driver);
	return 0;
}

int driver_store_remove_id(struct model *model, enum driver driver, const char *text)
{
	struct driver_state *state = &model->drivers[driver];
	int r = check_id(text);
	char *id;

	if (r < 0)
		return r;
	id = find_id(model, driver, text);
	if (id) {
		memmove(id, state->ids[--state->n_ids], NAME_LENGTH);
		model->changes++;
	}
	return 0;
}

int bus_store_autoprobe(struct model *model, const char *text)
{
	model->autoprobe = text[0] != '0';
	model->changes++;
	return 0;
}

int bus_store_probe(struct model *model, const char *text)
{
	struct device *device = model_find(model, text);

	if (!device)
		return -ENODEV;
	if (device->driver == DRIVER_NONE)
		attach_device(model, device);
	return 0;
}

int driver_load(struct model *model, enum driver driver)
{
	struct driver_state *state = &model->drivers[driver];

	if (state->loaded)
		return -EEXIST;
	*state = (struct driver_state){ .loaded = true, .order = model->next_order++ };
	model->changes++;
	if (model->autoprobe)
		attach(model, driver);
	return 0;
}

/* rmmod: a bound device does not hold it back. */
int driver_unload(struct model *model, enum driver driver)
{
	if (!model->drivers[driver].loaded)
		return -ENOENT;
	for (struct device *device = model_next(model, NULL); device;
	     device = model_next(model, device))
		if (device->driver == driver)
			driver_release(model, device);
	model->drivers[driver] = (struct driver_state){ .loaded = false };
	model->changes++;
	return 0;
}
