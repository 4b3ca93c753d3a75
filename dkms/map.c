// SPDX-License-Identifier: GPL-2.0-only
/*
 * The map of a device: which physical ranges it consists of. A dynamic device may have several,
 * with gaps between them, that follow one another in the device without any.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "fsdev.h"

static int fsdev_copy_ranges(struct fsdev *fsdev)
{
	struct device *dev = &fsdev->dev_dax->dev;

	for (int i = 0; i < fsdev->nr_ranges; i++) {
		const struct dev_dax_range *from = &fsdev->dev_dax->ranges[i];
		struct fsdev_range *to = &fsdev->ranges[i];

		to->physical = from->range;
		to->offset = PFN_PHYS((u64)from->pgoff);
		if (to->offset != fsdev->size)
			return dev_err_probe(dev, -EINVAL,
					     "range %d is at offset %#llx instead of %#llx\n", i,
					     to->offset, fsdev->size);
		fsdev->size += range_len(&to->physical);
	}
	return 0;
}

/* The core holds the lock of its ranges during a probe, so they hold still. */
struct fsdev *fsdev_map_create(struct dev_dax *dev_dax)
{
	struct fsdev *fsdev;
	int rc;

	fsdev = devm_kzalloc(&dev_dax->dev, struct_size(fsdev, ranges, dev_dax->nr_range),
			     GFP_KERNEL);
	if (!fsdev)
		return ERR_PTR(-ENOMEM);
	spin_lock_init(&fsdev->failures_lock);
	fsdev->dev_dax = dev_dax;
	fsdev->dax_dev = dev_dax->dax_dev;
	fsdev->nr_ranges = dev_dax->nr_range;
	rc = fsdev_copy_ranges(fsdev);
	return rc ? ERR_PTR(rc) : fsdev;
}

const struct fsdev_range *fsdev_range_of_offset(const struct fsdev *fsdev, u64 offset)
{
	for (int i = 0; i < fsdev->nr_ranges; i++) {
		const struct fsdev_range *range = &fsdev->ranges[i];

		if (offset >= range->offset && offset - range->offset < range_len(&range->physical))
			return range;
	}
	return NULL;
}

const struct fsdev_range *fsdev_range_of_phys(const struct fsdev *fsdev, phys_addr_t phys)
{
	for (int i = 0; i < fsdev->nr_ranges; i++) {
		const struct fsdev_range *range = &fsdev->ranges[i];

		if (phys >= range->physical.start && phys <= range->physical.end)
			return range;
	}
	return NULL;
}
