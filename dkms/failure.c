// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory failures: the holder is told the offset in the device, which is what its files are known
 * by, user space gets an event, and the last ones can be read.
 */
#include <linux/kobject.h>
#include <linux/mm.h>

#include "fsdev.h"

static void fsdev_remember(struct fsdev *fsdev, u64 offset, u64 length)
{
	struct fsdev_failure failure = { .offset = offset, .length = length };

	spin_lock(&fsdev->failures_lock);
	fsdev->failures[fsdev->failures_seen % FSDEV_FAILURES] = failure;
	fsdev->failures_seen++;
	spin_unlock(&fsdev->failures_lock);
}

static void fsdev_send_event(struct fsdev *fsdev, u64 offset, u64 length)
{
	char offset_text[48], length_text[48];
	char *environment[4] = { "DAXFS_EVENT=memory-failure", offset_text, length_text };
	struct device *dev = &fsdev->dev_dax->dev;

	snprintf(offset_text, sizeof(offset_text), "DAXFS_OFFSET=%#llx", offset);
	snprintf(length_text, sizeof(length_text), "DAXFS_LENGTH=%#llx", length);
	if (kobject_uevent_env(&dev->kobj, KOBJ_CHANGE, environment))
		dev_warn(dev, "no event for the memory failure at %#llx\n", offset);
}

/* -EOPNOTSUPP makes the core do what it does without a driver: kill who has the page mapped. */
static int fsdev_memory_failure(struct dev_pagemap *pgmap, unsigned long pfn,
				unsigned long nr_pages, int mf_flags)
{
	struct fsdev *fsdev = pgmap->owner;
	phys_addr_t phys = PFN_PHYS(pfn);
	const struct fsdev_range *range = fsdev_range_of_phys(fsdev, phys);
	u64 offset, length;

	/* metadata in front of a static device's data belongs to no file */
	if (!range)
		return -EOPNOTSUPP;
	offset = range->offset + (phys - range->physical.start);
	length = min_t(u64, PFN_PHYS((u64)nr_pages), range->physical.end + 1 - phys);
	fsdev_remember(fsdev, offset, length);
	fsdev_send_event(fsdev, offset, length);
	return dax_holder_notify_failure(fsdev->dax_dev, offset, length, mf_flags);
}

const struct dev_pagemap_ops fsdev_pgmap_ops = {
	.memory_failure = fsdev_memory_failure,
};
