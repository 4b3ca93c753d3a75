/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pure: which devices there are, by what was told of them, and the events that wait to be fetched.
 * What one says of a device depends on what was said before: a mode changes between two drivers that
 * are bound one after the other.
 */
#ifndef EVENT_TABLE_H
#define EVENT_TABLE_H

#include <limits.h>

#include "private.h"
#include "udev.h"

/* A device and its driver, as a look at sysfs shows them. */
struct sighting {
	char device[DEVICE_NAME_MAX + 1];
	char driver[NAME_MAX + 1]; /* "": none */
	bool is_unsettled; /* in the middle of a switch: the driver may be one that fails yet */
};

struct known_device {
	char name[DEVICE_NAME_MAX + 1];
	enum daxfs_mode mode;	   /* NONE: no driver, or it is unsettled */
	enum daxfs_mode last_mode; /* of its last driver; NONE when there was none */
	bool is_unsettled;	   /* since it was seen, no event told of it */
	bool is_seen;
};

/* An event that waits, with the texts it points to. */
struct queued_event {
	struct daxfs_event event;
	char device[DEVICE_NAME_MAX + 1];
	char driver[NAME_MAX + 1];
	struct queued_event *next;
};

struct event_table {
	struct known_device *devices;
	size_t n_devices;
	struct queued_event *first;
	struct queued_event **end;
};

void event_table_init(struct event_table *table);
void event_table_done(struct event_table *table);

/* NULL: there is none of that name. */
struct known_device *event_table_find(const struct event_table *table, const char *name);

/* These return 0 or -ENOMEM. */

/* What the kernel said; passed over when it says nothing new, or not of a device. */
int event_table_uevent(struct event_table *table, const struct uevent *uevent);
/* All devices that there are, when events were lost: tells of what differs. */
int event_table_see(struct event_table *table, const struct sighting *sightings, size_t n);
/* One of them, of which no event will tell what it is. */
int event_table_settle(struct event_table *table, const struct sighting *sighting);
int event_table_journal(struct event_table *table, const char *device, const char *state);
/* Of memory, told by another than the driver. */
int event_table_failure(struct event_table *table, const char *device, uint64_t offset,
			uint64_t length, enum daxfs_failure_source source);
int event_table_resync(struct event_table *table);

/* The first event that waits, to be freed; NULL: none does. */
struct queued_event *event_table_take(struct event_table *table);
/* Forgets all that wait. */
void event_table_forget(struct event_table *table);

#endif
