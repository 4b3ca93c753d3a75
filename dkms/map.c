// SPDX-License-Identifier: GPL-2.0-only
/*
 * The map of a device: which physical ranges it consists of. A dynamic device may have several,
 * with gaps between them, that follow one another in the device without any.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "fsdev.h"

/* Refuses what does not follow on the ranges before it */
static int fsdev_add_range(struct fsdev *fsdev, int number, const struct dev_dax_range *from)
{
	struct fsdev_range *to = &fsdev->ranges[number];

	to->physical = from->range;
	to->offset = PFN_PHYS((u64)from->pgoff);
	if (to->offset != fsdev->size)
		return dev_err_probe(&fsdev->dev_dax->dev, -EINVAL,
				     "range %d is at offset %#llx instead of %#llx\n", number,
				     to->offset, fsdev->size);
	fsdev->size += range_len(&to->physical);
	return 0;
}

static int fsdev_copy_ranges(struct fsdev *fsdev)
{
	const struct dev_dax_range *ranges = READ_ONCE(fsdev->dev_dax->ranges);

	for (int i = 0; i < fsdev->nr_ranges; i++) {
		struct dev_dax_range range;
		int rc;

		/* it may be freed right now, see fsdev_map_is_current() */
		if (copy_from_kernel_nofault(&range, &ranges[i], sizeof(range)))
			return -EAGAIN;
		rc = fsdev_add_range(fsdev, i, &range);
		if (rc)
			return rc;
	}
	return 0;
}

struct fsdev *fsdev_map_create(struct dev_dax *dev_dax)
{
	int nr_ranges = READ_ONCE(dev_dax->nr_range);
	struct fsdev *fsdev;
	int rc;

	fsdev = devm_kzalloc(&dev_dax->dev, struct_size(fsdev, ranges, nr_ranges), GFP_KERNEL);
	if (!fsdev)
		return ERR_PTR(-ENOMEM);
	spin_lock_init(&fsdev->failures_lock);
	fsdev->dev_dax = dev_dax;
	fsdev->dax_dev = dev_dax->dax_dev;
	fsdev->nr_ranges = nr_ranges;
	rc = fsdev_copy_ranges(fsdev);
	return rc ? ERR_PTR(rc) : fsdev;
}

/*
 * The core does not hold the lock of its ranges over a probe, and modules cannot take it. A write
 * to "mapping" moves them and adds one; nothing takes one away while there is a driver. So a
 * number that is still the same says that nobody has written since the map was made.
 */
bool fsdev_map_is_current(const struct fsdev *fsdev)
{
	return READ_ONCE(fsdev->dev_dax->nr_range) == fsdev->nr_ranges;
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
