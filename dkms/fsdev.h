/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FSDEV_H
#define FSDEV_H

#include <linux/cdev.h>
#include <linux/spinlock.h>

#include "dax-private.h"

/* A piece of the device that is contiguous in physical memory. */
struct fsdev_range {
	u64 offset; /* of its first byte, in the device */
	struct range physical;
};

#define FSDEV_FAILURES 64

struct fsdev_failure {
	u64 offset;
	u64 length;
};

/*
 * One bound device. @ranges is a copy, made by probe and never changed: the core replaces its own
 * array while the device is bound when somebody writes the attribute "mapping", and would free it
 * under a driver that uses it.
 */
struct fsdev {
	struct dev_dax *dev_dax;
	struct dax_device *dax_dev;
	struct dev_pagemap *pgmap;

	spinlock_t failures_lock;    /* for the two below */
	unsigned long failures_seen; /* since the bind */
	struct fsdev_failure failures[FSDEV_FAILURES];

	u64 size;
	int nr_ranges;
	struct fsdev_range ranges[] __counted_by(nr_ranges);
};

/* map.c: between offsets in the device and physical addresses */
struct fsdev *fsdev_map_create(struct dev_dax *dev_dax);
bool fsdev_map_is_current(const struct fsdev *fsdev);
const struct fsdev_range *fsdev_range_of_offset(const struct fsdev *fsdev, u64 offset);
const struct fsdev_range *fsdev_range_of_phys(const struct fsdev *fsdev, phys_addr_t phys);

/* pages.c: the page map, and the folios in it */
int fsdev_map_pages(struct fsdev *fsdev);

/* access.c: what a file system calls */
int fsdev_start(struct fsdev *fsdev);

/* failure.c */
extern const struct dev_pagemap_ops fsdev_pgmap_ops;

/* attributes.c */
extern const struct attribute_group *fsdev_attribute_groups[];

#endif
