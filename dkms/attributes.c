// SPDX-License-Identifier: GPL-2.0-only
/*
 * The directory "fsdev" of a device, while it is bound:
 *
 *   held          1 while a file system holds the device, else 0
 *   size          bytes
 *   data_offset   bytes of the page map in front of the data
 *   failures      the last memory failures, the oldest first: offset and length in the device
 *
 * The core creates them after a probe and removes them before the unbind, so there is a map.
 */
#include <linux/sysfs.h>

#include "fsdev.h"

static ssize_t held_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct fsdev *fsdev = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%d\n", !!dax_holder(fsdev->dax_dev));
}
static DEVICE_ATTR_RO(held);

static ssize_t size_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct fsdev *fsdev = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%llu\n", fsdev->size);
}
static DEVICE_ATTR_RO(size);

static ssize_t data_offset_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct fsdev *fsdev = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%llu\n",
			  fsdev->ranges[0].physical.start - fsdev->pgmap->ranges[0].start);
}
static DEVICE_ATTR_RO(data_offset);

static ssize_t failures_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct fsdev *fsdev = dev_get_drvdata(dev);
	unsigned long seen, i;
	ssize_t length = 0;

	/* 64 lines of at most 38 characters fit */
	spin_lock(&fsdev->failures_lock);
	seen = fsdev->failures_seen;
	for (i = seen > FSDEV_FAILURES ? seen - FSDEV_FAILURES : 0; i < seen; i++) {
		const struct fsdev_failure *failure = &fsdev->failures[i % FSDEV_FAILURES];

		length += sysfs_emit_at(buf, length, "%#llx %#llx\n", failure->offset,
					failure->length);
	}
	spin_unlock(&fsdev->failures_lock);
	return length;
}
static DEVICE_ATTR_ADMIN_RO(failures);

static struct attribute *fsdev_attributes[] = {
	&dev_attr_held.attr,
	&dev_attr_size.attr,
	&dev_attr_data_offset.attr,
	&dev_attr_failures.attr,
	NULL,
};

static const struct attribute_group fsdev_attribute_group = {
	.name = "fsdev",
	.attrs = fsdev_attributes,
};

const struct attribute_group *fsdev_attribute_groups[] = { &fsdev_attribute_group, NULL };
