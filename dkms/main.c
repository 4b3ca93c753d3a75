// SPDX-License-Identifier: GPL-2.0-only
/*
 * fsdev_dax: binds a DAX device for file systems such as famfs. It takes the place of the driver of
 * that name in the kernel, and is bound in the same way.
 *
 * The order of a probe is what keeps it safe; the unbind is its reverse, by devres:
 *
 *	check that the device is what this module was built for
 *	copy the ranges
 *	claim the memory; give the page map its operations
 *	map the pages; reset the folios	(unbind: wait for pinned pages, reset, unmap)
 *	character device; operations	(unbind: clear them)
 *	let file systems in		(unbind: tell the holder, keep others out)
 *	check that the ranges are still those
 *	publish the page map
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cacheinfo.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "fsdev.h"
#include "test-faults.h"

static struct dax_device_driver fsdev_driver;

/* Wherever a pointer is not one, reading is an error here and no oops. */
static bool fsdev_peek(void *to, const void *from, size_t bytes)
{
	return copy_from_kernel_nofault(to, from, bytes) == 0;
}

static bool fsdev_range_plausible(const struct dev_dax_range *at)
{
	struct dev_dax_range range;

	return fsdev_peek(&range, at, sizeof(range)) && range.range.start < range.range.end &&
	       PAGE_ALIGNED(range.range.start) && PAGE_ALIGNED(range.range.end + 1);
}

static bool fsdev_ranges_plausible(struct dev_dax *dev_dax)
{
	struct dev_dax_range *ranges;
	int nr_range;

	if (!fsdev_peek(&ranges, &dev_dax->ranges, sizeof(ranges)) ||
	    !fsdev_peek(&nr_range, &dev_dax->nr_range, sizeof(nr_range)) || nr_range < 1)
		return false;
	for (int i = 0; i < nr_range; i++) {
		if (!fsdev_range_plausible(&ranges[i]))
			return false;
	}
	return true;
}

/*
 * Is what BTF told at build time true of this very device? The driver must be ours on our bus, and
 * the number of the character device is told twice.
 */
static bool fsdev_layout_true(struct dev_dax *dev_dax)
{
	struct device_driver *driver;
	struct dax_device *dax_dev;
	dev_t number, node;

	if (!fsdev_peek(&driver, &dev_dax->dev.driver, sizeof(driver)) ||
	    driver != &fsdev_driver.drv)
		return false;
	if (!fsdev_peek(&number, &dev_dax->dev.devt, sizeof(number)) ||
	    !fsdev_peek(&dax_dev, &dev_dax->dax_dev, sizeof(dax_dev)) || !dax_dev ||
	    !fsdev_peek(&node, &dax_inode(dax_dev)->i_rdev, sizeof(node)) || node != number)
		return false;
	return fsdev_ranges_plausible(dev_dax);
}

static int fsdev_probe(struct dev_dax *dev_dax)
{
	struct fsdev *fsdev;
	int rc;

	if (!fsdev_layout_true(dev_dax)) {
		/* not by dev_err(): where would the device be? */
		pr_err("struct dev_dax is not what this module was built for, build it again\n");
		return -ENODEV;
	}
	/* alloc_dax() asks, but this device was made without operations */
	if (cpu_dcache_is_aliasing() || fsdev_test_fault(FSDEV_FAULT_ALIASING))
		return dev_err_probe(&dev_dax->dev, -EOPNOTSUPP,
				     "the data cache aliases: no use for file systems\n");

	fsdev = fsdev_map_create(dev_dax);
	if (IS_ERR(fsdev))
		return PTR_ERR(fsdev);
	rc = fsdev_map_pages(fsdev);
	if (rc)
		return rc;
	rc = fsdev_start(fsdev);
	if (rc)
		return rc;
	if (fsdev_test_fault(FSDEV_FAULT_SLOW))
		msleep(2 * MSEC_PER_SEC);
	if (fsdev_test_fault(FSDEV_FAULT_LATE))
		return dev_err_probe(&dev_dax->dev, -EIO, "a test asked for a late failure\n");
	if (!fsdev_map_is_current(fsdev))
		return dev_err_probe(&dev_dax->dev, -EAGAIN, "its ranges changed meanwhile\n");
	/* last: what fails must not leave it behind */
	dev_dax->pgmap = fsdev->pgmap;
	return 0;
}

static struct dax_device_driver fsdev_driver = {
	.drv = { .dev_groups = fsdev_attribute_groups },
	.type = DAXDRV_FSDEV_TYPE,
	.probe = fsdev_probe,
};

/* The core has initialised the list and named the bus: are they where this module has them? */
static bool fsdev_driver_true(void)
{
	const struct list_head *ids = &fsdev_driver.ids;

	return ids->next == ids && ids->prev == ids && fsdev_driver.drv.bus &&
	       !strcmp(fsdev_driver.drv.bus->name, "dax");
}

static int __init fsdev_init(void)
{
	int rc = __dax_driver_register(&fsdev_driver, THIS_MODULE, KBUILD_MODNAME);

	if (rc)
		return rc;
	if (fsdev_driver_true())
		return 0;
	dax_driver_unregister(&fsdev_driver);
	pr_err("struct dax_device_driver is not what this module was built for, build it again\n");
	return -ENOEXEC;
}

static void __exit fsdev_exit(void)
{
	dax_driver_unregister(&fsdev_driver);
}

module_init(fsdev_init);
module_exit(fsdev_exit);

#ifdef FSDEV_TEST
unsigned int fsdev_test_faults;
module_param_named(faults, fsdev_test_faults, uint, 0600);
MODULE_PARM_DESC(faults, "What fails, for tests");
#endif

MODULE_DESCRIPTION("DAX devices for file systems, of the package daxfs");
MODULE_AUTHOR("The authors of daxfsctl");
MODULE_LICENSE("GPL");
MODULE_VERSION(FSDEV_VERSION);
/* what this driver does and the kernel's own, in some version, does not */
MODULE_INFO(fixes,
	    "ranges data-offset pins stale-pgmap late-publish ops-order vmemmap-shift aliasing");
MODULE_ALIAS("dax:t0*");
