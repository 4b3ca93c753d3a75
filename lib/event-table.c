// SPDX-License-Identifier: LGPL-2.1-or-later
#include "event-table.h"

#include <string.h>

static const char *const types[] = {
	[DAXFS_EVENT_ADD] = "add",	   [DAXFS_EVENT_REMOVE] = "remove",
	[DAXFS_EVENT_BIND] = "bind",	   [DAXFS_EVENT_UNBIND] = "unbind",
	[DAXFS_EVENT_MODE] = "mode",	   [DAXFS_EVENT_FAILURE] = "failure",
	[DAXFS_EVENT_JOURNAL] = "journal", [DAXFS_EVENT_RESYNC] = "resync",
};

static const char *const sources[] = {
	[DAXFS_FAILURE_FSDEV] = "fsdev",
	[DAXFS_FAILURE_KERNEL] = "memory-failure",
	[DAXFS_FAILURE_CXL] = "cxl",
	[DAXFS_FAILURE_BADBLOCKS] = "badblocks",
};

DAXFS_EXPORT const char *daxfs_failure_source_to_string(enum daxfs_failure_source source)
{
	return (size_t)source < ARRAY_SIZE(sources) ? sources[source] : NULL;
}

DAXFS_EXPORT const char *daxfs_event_type_to_string(enum daxfs_event_type type)
{
	return (size_t)type < ARRAY_SIZE(types) ? types[type] : NULL;
}

void event_table_init(struct event_table *table)
{
	*table = (struct event_table){ .end = &table->first };
}

struct queued_event *event_table_take(struct event_table *table)
{
	struct queued_event *queued = table->first;

	if (!queued)
		return NULL;
	table->first = queued->next;
	if (!table->first)
		table->end = &table->first;
	return queued;
}

void event_table_forget(struct event_table *table)
{
	struct queued_event *queued;

	while ((queued = event_table_take(table)))
		free(queued);
}

void event_table_done(struct event_table *table)
{
	event_table_forget(table);
	free(table->devices);
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int queue(struct event_table *table, const struct daxfs_event *event)
{
	struct queued_event *queued = calloc(1, sizeof(*queued));

	if (!queued)
		return -ENOMEM;
	queued->event = *event;
	queued->event.time_us = now_us();
	if (event->device) {
		snprintf(queued->device, sizeof(queued->device), "%s", event->device);
		queued->event.device = queued->device;
	}
	if (event->driver) {
		snprintf(queued->driver, sizeof(queued->driver), "%s", event->driver);
		queued->event.driver = queued->driver;
	}
	*table->end = queued;
	table->end = &queued->next;
	return 0;
}

/* ---- devices */

struct known_device *event_table_find(const struct event_table *table, const char *name)
{
	for (size_t i = 0; i < table->n_devices; i++)
		if (strcmp(table->devices[i].name, name) == 0)
			return &table->devices[i];
	return NULL;
}

static int add(struct event_table *table, const char *name, struct known_device **ret_device)
{
	struct known_device *more =
		reallocarray(table->devices, table->n_devices + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	table->devices = more;
	more += table->n_devices++;
	*more = (struct known_device){ .is_seen = true };
	snprintf(more->name, sizeof(more->name), "%s", name);
	*ret_device = more;
	return 0;
}

static void drop(struct event_table *table, struct known_device *device)
{
	*device = table->devices[--table->n_devices];
}

static int find_or_add(struct event_table *table, const char *name,
		       struct known_device **ret_device)
{
	*ret_device = event_table_find(table, name);
	return *ret_device ? 0 : add(table, name, ret_device);
}

/* ---- what becomes of them */

static int tell_add(struct event_table *table, const char *name, bool is_resync)
{
	struct known_device *device;
	int r = find_or_add(table, name, &device);

	if (r < 0)
		return r;
	device->mode = device->last_mode = DAXFS_MODE_NONE;
	device->is_unsettled = false;
	return queue(table, &(struct daxfs_event){ .type = DAXFS_EVENT_ADD,
						   .device = name,
						   .is_resync = is_resync });
}

static int tell_remove(struct event_table *table, const char *name, bool is_resync)
{
	struct known_device *device = event_table_find(table, name);
	struct daxfs_event event = { .type = DAXFS_EVENT_REMOVE,
				     .device = name,
				     .is_resync = is_resync,
				     .mode_before = device ? device->mode : DAXFS_MODE_NONE };
	int r = queue(table, &event);

	if (r == 0 && device)
		drop(table, device);
	return r;
}

static int tell_bind(struct event_table *table, const char *name, const char *driver,
		     bool is_resync)
{
	struct daxfs_event event = { .type = DAXFS_EVENT_BIND,
				     .device = name,
				     .is_resync = is_resync,
				     .driver = driver,
				     .mode = mode_from_driver(driver) };
	struct known_device *device;
	int r = find_or_add(table, name, &device);

	if (r < 0)
		return r;
	event.mode_before = device->last_mode;
	device->mode = device->last_mode = event.mode;
	device->is_unsettled = false;
	r = queue(table, &event);
	if (r < 0 || event.mode == event.mode_before)
		return r;
	event.type = DAXFS_EVENT_MODE;
	return queue(table, &event);
}

static int tell_unbind(struct event_table *table, const char *name, bool is_resync)
{
	struct daxfs_event event = { .type = DAXFS_EVENT_UNBIND,
				     .device = name,
				     .is_resync = is_resync };
	struct known_device *device;
	int r = find_or_add(table, name, &device);

	if (r < 0)
		return r;
	event.mode_before = device->last_mode;
	device->mode = DAXFS_MODE_NONE;
	device->is_unsettled = false;
	return queue(table, &event);
}

int event_table_uevent(struct event_table *table, const struct uevent *uevent)
{
	const char *name = uevent->device;

	if (uevent->is_synthetic || strlen(name) > DEVICE_NAME_MAX ||
	    daxfs_parse_device_name(name, NULL, NULL) < 0)
		return 0;
	if (strcmp(uevent->action, "add") == 0)
		return tell_add(table, name, false);
	if (strcmp(uevent->action, "remove") == 0)
		return tell_remove(table, name, false);
	if (strcmp(uevent->action, "bind") == 0)
		return tell_bind(table, name, uevent->driver ? uevent->driver : "", false);
	if (strcmp(uevent->action, "unbind") == 0)
		return tell_unbind(table, name, false);
	if (uevent->is_failure)
		return queue(table, &(struct daxfs_event){ .type = DAXFS_EVENT_FAILURE,
							   .device = name,
							   .offset = uevent->offset,
							   .length = uevent->length });
	return 0;
}

/* ---- what a look at them shows */

/* Of another driver of the same mode there is nothing to tell: it is not known which there was. */
static int tell_difference(struct event_table *table, const struct sighting *sighting)
{
	struct known_device *device = event_table_find(table, sighting->device);
	enum daxfs_mode mode = mode_from_driver(*sighting->driver ? sighting->driver : NULL);
	int r;

	if (device->mode == mode)
		return 0;
	if (device->mode != DAXFS_MODE_NONE) {
		r = tell_unbind(table, sighting->device, true);
		if (r < 0)
			return r;
	}
	return mode == DAXFS_MODE_NONE ? 0
				       : tell_bind(table, sighting->device, sighting->driver, true);
}

static int see(struct event_table *table, const struct sighting *sighting)
{
	struct known_device *device;
	int r = 0;

	if (!event_table_find(table, sighting->device))
		r = tell_add(table, sighting->device, true);
	if (r < 0)
		return r;
	if (!sighting->is_unsettled)
		r = tell_difference(table, sighting);
	device = event_table_find(table, sighting->device);
	device->is_seen = true;
	device->is_unsettled = sighting->is_unsettled;
	return r;
}

int event_table_see(struct event_table *table, const struct sighting *sightings, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < table->n_devices; i++)
		table->devices[i].is_seen = false;
	for (size_t i = 0; i < n && r == 0; i++)
		r = see(table, &sightings[i]);
	/* from the back: the last one takes the place of one that goes */
	for (size_t i = table->n_devices; i-- > 0 && r == 0;) {
		const struct known_device device = table->devices[i];

		if (!device.is_seen)
			r = tell_remove(table, device.name, true);
	}
	return r;
}

int event_table_settle(struct event_table *table, const struct sighting *sighting)
{
	const struct known_device *device = event_table_find(table, sighting->device);

	if (!device || !device->is_unsettled || sighting->is_unsettled)
		return 0;
	return see(table, sighting);
}

int event_table_journal(struct event_table *table, const char *device, const char *state)
{
	return queue(table, &(struct daxfs_event){ .type = DAXFS_EVENT_JOURNAL,
						   .device = device,
						   .journal = state });
}

int event_table_failure(struct event_table *table, const char *device, uint64_t offset,
			uint64_t length, enum daxfs_failure_source source)
{
	return queue(table, &(struct daxfs_event){ .type = DAXFS_EVENT_FAILURE,
						   .device = device,
						   .offset = offset,
						   .length = length,
						   .source = source });
}

int event_table_resync(struct event_table *table)
{
	return queue(table, &(struct daxfs_event){ .type = DAXFS_EVENT_RESYNC });
}
