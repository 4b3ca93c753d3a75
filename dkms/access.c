// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a file system calls, by way of the core: addresses of pages, zeroing, writing over what is
 * broken.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/uio.h>

#include "fsdev.h"

static struct fsdev *fsdev_of(struct dax_device *dax_dev)
{
	struct dev_dax *dev_dax = dax_get_private(dax_dev);

	/* none when the device is being unbound */
	return dev_dax ? dev_get_drvdata(&dev_dax->dev) : NULL;
}

/* A request that goes on behind the end of a range gets what is left of the range. */
static long fsdev_direct_access(struct dax_device *dax_dev, pgoff_t pgoff, long nr_pages,
				enum dax_access_mode mode, void **kaddr, unsigned long *pfn)
{
	struct fsdev *fsdev = fsdev_of(dax_dev);
	const struct fsdev_range *range;
	phys_addr_t phys;

	if (!fsdev)
		return -ENXIO;
	if (nr_pages <= 0 || pgoff >= PHYS_PFN(fsdev->size))
		return -EINVAL;
	range = fsdev_range_of_offset(fsdev, PFN_PHYS(pgoff));
	if (!range)
		return -EFAULT;
	phys = range->physical.start + (PFN_PHYS(pgoff) - range->offset);
	if (kaddr)
		*kaddr = __va(phys);
	if (pfn)
		*pfn = PHYS_PFN(phys);
	return min_t(u64, nr_pages, PHYS_PFN(range->physical.end + 1 - phys));
}

static void fsdev_zero(void *kaddr, long nr_pages)
{
	for (long i = 0; i < nr_pages; i++)
		memcpy_flushcache(kaddr + i * PAGE_SIZE, page_address(ZERO_PAGE(0)), PAGE_SIZE);
}

static int fsdev_zero_page_range(struct dax_device *dax_dev, pgoff_t pgoff, size_t nr_pages)
{
	while (nr_pages > 0) {
		void *kaddr;
		long count =
			fsdev_direct_access(dax_dev, pgoff, nr_pages, DAX_ACCESS, &kaddr, NULL);

		if (count < 0)
			return count;
		fsdev_zero(kaddr, count);
		pgoff += count;
		nr_pages -= count;
	}
	return 0;
}

static size_t fsdev_recovery_write(struct dax_device *dax_dev, pgoff_t pgoff, void *addr,
				   size_t bytes, struct iov_iter *iter)
{
	return _copy_from_iter_flushcache(addr, bytes, iter);
}

static const struct dax_operations fsdev_dax_ops = {
	.direct_access = fsdev_direct_access,
	.zero_page_range = fsdev_zero_page_range,
	.recovery_write = fsdev_recovery_write,
};

/* The node is for mounting: it can be opened, and nothing else. */
static int fsdev_open(struct inode *inode, struct file *file)
{
	return 0;
}

static const struct file_operations fsdev_fops = {
	.owner = THIS_MODULE,
	.open = fsdev_open,
	.llseek = noop_llseek,
};

static void fsdev_delete_cdev(void *data)
{
	cdev_del(data);
}

/*
 * The character device is part of struct dax_device and is made anew by every driver. A file that
 * was opened under the last driver has a reference to the old one, which would be taken from the
 * new one when it is closed. A count that is not positive is what such a close has left: no file.
 */
static bool fsdev_cdev_in_use(const struct cdev *cdev)
{
	return (int)kref_read(&cdev->kobj.kref) > 0;
}

static int fsdev_add_cdev(struct fsdev *fsdev)
{
	struct device *dev = &fsdev->dev_dax->dev;
	struct cdev *cdev = dax_inode(fsdev->dax_dev)->i_cdev;
	int rc;

	if (fsdev_cdev_in_use(cdev))
		return dev_err_probe(dev, -EBUSY, "its node is still open, from before\n");
	cdev_init(cdev, &fsdev_fops);
	cdev->owner = THIS_MODULE;
	cdev_set_parent(cdev, &dev->kobj);
	rc = cdev_add(cdev, dev->devt, 1);
	return rc ?: devm_add_action_or_reset(dev, fsdev_delete_cdev, cdev);
}

static void fsdev_clear_ops(void *data)
{
	struct fsdev *fsdev = data;

	dax_set_ops(fsdev->dax_dev, NULL);
}

/* The holder is told and forgotten, and when this returns nobody is inside of the operations. */
static void fsdev_kill(void *data)
{
	struct fsdev *fsdev = data;

	kill_dev_dax(fsdev->dev_dax);
}

/* The operations are there before the device is alive, and until it is dead. */
int fsdev_start(struct fsdev *fsdev)
{
	struct device *dev = &fsdev->dev_dax->dev;
	int rc;

	rc = fsdev_add_cdev(fsdev);
	if (rc)
		return rc;
	dev_set_drvdata(dev, fsdev);
	rc = dax_set_ops(fsdev->dax_dev, &fsdev_dax_ops);
	if (rc)
		return dev_err_probe(dev, rc, "it has operations of another driver\n");
	rc = devm_add_action_or_reset(dev, fsdev_clear_ops, fsdev);
	if (rc)
		return rc;
	run_dax(fsdev->dax_dev);
	return devm_add_action_or_reset(dev, fsdev_kill, fsdev);
}
