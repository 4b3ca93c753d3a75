// SPDX-License-Identifier: GPL-2.0-only
/* The model as a whole: what there is at the start, and in one line what there is now. */
#include "model.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const driver_names[N_DRIVERS] = {
	[DEVICE_DAX] = "device_dax",
	[FSDEV_DAX] = "fsdev_dax",
	[KMEM] = "kmem",
};

/* The lab's devices (test/vm): the same ranges, the same sizes. */
static const struct {
	const char *name;
	enum kind kind;
	bool kmem_type;
} kinds[] = {
	{ "hmem", HMEM, false },
	{ "hmem-kmem", HMEM, true },
	{ "pmem", PMEM, false },
	{ "cxl", CXL, true },
};

static const struct region templates[] = {
	[HMEM] = {
		.span = { 0x100000000, 0x17fffffff },
		.path = "platform/hmem_platform.0/hmem.0",
		.target_node = 1,
	},
	[PMEM] = {
		.span = { 0x180a00000, 0x19fffffff },
		.path = "platform/ACPI0012:00/ndbus0/region1/dax1.0",
		.is_static = true,
		.target_node = 2,
	},
	[CXL] = {
		.span = { 0x1a0000000, 0x1bfffffff },
		.path = "platform/ACPI0017:00/root0/decoder0.0/region0/dax_region0",
		.target_node = 3,
	},
};

/* sysfs_streq(): a newline at the end does not count. */
bool text_is(const char *text, const char *word)
{
	size_t length = strlen(word);

	return strncmp(text, word, length) == 0 &&
	       (text[length] == '\0' || strcmp(text + length, "\n") == 0);
}

void model_init(struct model *model, bool has_state)
{
	unsigned long changes = model->changes;

	memset(model, 0, sizeof(*model));
	model->changes = changes + 1;
	model->autoprobe = true;
	model->has_state = has_state;
	for (int i = 0; i < N_DRIVERS; i++)
		driver_load(model, i);
}

struct device *model_find(struct model *model, const char *name)
{
	for (size_t i = 0; i < MAX_DEVICES; i++)
		if (model->devices[i].exists && text_is(name, model->devices[i].name))
			return &model->devices[i];
	return NULL;
}

struct device *model_next(struct model *model, const struct device *previous)
{
	struct device *next = NULL;

	for (size_t i = 0; i < MAX_DEVICES; i++) {
		struct device *device = &model->devices[i];

		if (!device->exists || (previous && device->age <= previous->age))
			continue;
		if (!next || device->age < next->age)
			next = device;
	}
	return next;
}

/* A region with one device of 512 MiB, or all there is, bound to device_dax without an id. */
int model_add_region(struct model *model, enum kind kind, bool kmem_type)
{
	unsigned int index = 0;
	struct device *device;
	uint64_t size;

	while (index < MAX_REGIONS && model->regions[index].exists)
		index++;
	if (index == MAX_REGIONS)
		return -ENOSPC;
	model->regions[index] = templates[kind];
	model->regions[index].exists = true;
	model->regions[index].kind = kind;
	model->regions[index].kmem_type = kmem_type;
	model->regions[index].align = 2 * MiB;
	device = device_new(model, index);
	if (!device)
		return -ENOSPC;
	size = span_length(&model->regions[index].span);
	device_add_range(model, device, model->regions[index].span.start,
			 size < 512 * MiB ? size : 512 * MiB);
	return model_set(model, device, DEVICE_DAX, OFFLINE);
}

/* @kinds: "hmem,pmem"; names as test/vm/run --devices has them. */
int model_reset(struct model *model, const char *list)
{
	bool has_state = model->has_state;
	int r = 0;

	model_init(model, has_state);
	while (*list && r == 0) {
		size_t length = strcspn(list, ",");

		r = -EINVAL;
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (strlen(kinds[i].name) == length &&
			    strncmp(kinds[i].name, list, length) == 0)
				r = model_add_region(model, kinds[i].kind, kinds[i].kmem_type);
		list += length;
		list += *list == ',';
	}
	return r;
}

/* Puts a device into a state at once, however it got there: no id stays, nothing else changes. */
int model_set(struct model *model, struct device *device, enum driver driver, enum online online)
{
	enum online policy = model->policy;
	char ids[MAX_IDS][NAME_LENGTH];
	unsigned int n_ids;
	int r;

	if (device->driver == KMEM)
		kmem_store_state(model, device, online_names[UNPLUGGED]);
	driver_release(model, device);
	device->stale_pgmap = false;
	if (driver == DRIVER_NONE)
		return 0;
	n_ids = model->drivers[driver].n_ids;
	memcpy(ids, model->drivers[driver].ids, sizeof(ids));
	model->policy = online;
	/* An id of its own, for as long as the bind takes. */
	snprintf(model->drivers[driver].ids[0], NAME_LENGTH, "%s", device->name);
	model->drivers[driver].n_ids = 1;
	r = driver_store_bind(model, driver, device->name);
	memcpy(model->drivers[driver].ids, ids, sizeof(ids));
	model->drivers[driver].n_ids = n_ids;
	model->policy = policy;
	return r;
}

struct text {
	char *at;
	size_t left;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text->at, text->left, format, args);
	va_end(args);
	if (n < 0)
		return;
	if ((size_t)n >= text->left)
		n = text->left ? text->left - 1 : 0;
	text->at += n;
	text->left -= n;
}

static void dump_blocks(const struct model *model, struct text *text)
{
	add(text, " blocks=");
	for (unsigned int i = 0; i < model->n_blocks; i++)
		add(text, "%s%u:%s", i ? "," : "", model->blocks[i].index,
		    online_names[model->blocks[i].online]);
}

static void dump_device(const struct device *device, struct text *text)
{
	add(text, " %s=%s,%" PRIu64 ",", device->name,
	    device->driver == DRIVER_NONE ? "none" : driver_names[device->driver], device->align);
	for (unsigned int i = 0; i < device->n_ranges; i++)
		add(text, "%s%" PRIx64 "-%" PRIx64, i ? "+" : "", device->ranges[i].start,
		    device->ranges[i].end);
	add(text, "%s%s", device->stale_pgmap ? ",stale" : "", device->crashes ? ",crashes" : "");
}

static void dump_driver(const struct model *model, int driver, struct text *text)
{
	const struct driver_state *state = &model->drivers[driver];

	add(text, " %s=%s", driver_names[driver], state->loaded ? "" : "absent");
	for (unsigned int i = 0; i < state->n_ids; i++)
		add(text, "%s%s", i ? "," : "", state->ids[i]);
}

void model_dump(const struct model *model, char *buf, size_t size)
{
	struct text text = { buf, size };

	add(&text, "autoprobe=%d policy=%s", model->autoprobe, online_names[model->policy]);
	for (int i = 0; i < N_DRIVERS; i++)
		dump_driver(model, i, &text);
	for (size_t i = 0; i < MAX_DEVICES; i++)
		if (model->devices[i].exists)
			dump_device(&model->devices[i], &text);
	dump_blocks(model, &text);
	add(&text, " iomem=");
	for (unsigned int i = 0; i < model->n_reserved; i++)
		if (model->reserved[i].is_ram)
			add(&text, "%" PRIx64 ",", model->reserved[i].span.start);
	add(&text, "\n");
}
