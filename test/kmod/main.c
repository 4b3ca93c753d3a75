// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds a DAX device as a file system does, and logs what it is told. Each of its parameters is a
 * command, and what is written to it the argument:
 *
 *	get PATH		hold the device of that node
 *	put 1			let it go
 *	access PAGE COUNT	ask for the address of COUNT pages from the device's page PAGE on
 *	touch PAGE		read a byte
 *	zero PAGE		fill with zeroes
 *	pin PAGE		keep a reference to a page, as direct I/O does
 *	unpin 1
 *
 * A write fails as the command does; what else there is to know is in the kernel's log.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/dax.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

/* drivers/dax exports it and has it in a header of its own */
struct dax_device *inode_dax(struct inode *inode);

static DEFINE_MUTEX(lock); /* for the two below */
static struct dax_device *held;
static struct page *pinned;

static int notified(struct dax_device *dax_dev, u64 offset, u64 length, int flags)
{
	pr_info("told of offset %#llx length %#llx flags %#x\n", offset, length, flags);
	return 0;
}

static const struct dax_holder_operations holder_ops = { .notify_failure = notified };

static int do_get(const char *path)
{
	struct dax_device *dax_dev;
	struct file *file;
	int rc;

	if (held)
		return -EBUSY;
	file = filp_open(path, O_RDONLY, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	dax_dev = inode_dax(file_inode(file));
	rc = fs_dax_get(dax_dev, &held, &holder_ops);
	if (!rc)
		held = dax_dev;
	fput(file);
	return rc;
}

static int do_put(const char *unused)
{
	if (!held)
		return -ENOENT;
	fs_put_dax(held, &held);
	held = NULL;
	return 0;
}

/* The number of pages that are contiguous there, at most @count, or an error */
static long address_of(unsigned long page, long count, void **kaddr, unsigned long *pfn)
{
	long rc;
	int id;

	if (!held)
		return -ENOENT;
	id = dax_read_lock();
	rc = dax_direct_access(held, page, count, DAX_ACCESS, kaddr, pfn);
	dax_read_unlock(id);
	return rc;
}

static int do_access(const char *arguments)
{
	unsigned long page, pfn = 0;
	void *kaddr = NULL;
	long count, rc;

	if (sscanf(arguments, "%li %li", (long *)&page, &count) != 2)
		return -EINVAL;
	rc = address_of(page, count, &kaddr, &pfn);
	if (rc < 0)
		return rc;
	pr_info("page %#lx: %ld pages at frame %#lx, address %s\n", page, rc, pfn,
		kaddr == __va(PFN_PHYS(pfn)) ? "right" : "wrong");
	return 0;
}

static int do_touch(const char *arguments)
{
	unsigned long page, pfn;
	void *kaddr;
	long rc;

	if (kstrtoul(arguments, 0, &page))
		return -EINVAL;
	rc = address_of(page, 1, &kaddr, &pfn);
	if (rc < 0)
		return rc;
	pr_info("page %#lx: byte %#x\n", page, *(volatile unsigned char *)kaddr);
	return 0;
}

/* The core refuses to zero more than one page at once. */
static int do_zero(const char *arguments)
{
	unsigned long page;
	int id, rc;

	if (!held)
		return -ENOENT;
	if (kstrtoul(arguments, 0, &page))
		return -EINVAL;
	id = dax_read_lock();
	rc = dax_zero_page_range(held, page, 1);
	dax_read_unlock(id);
	return rc;
}

static int do_pin(const char *arguments)
{
	unsigned long page, pfn;
	void *kaddr;
	long rc;

	if (pinned)
		return -EBUSY;
	if (kstrtoul(arguments, 0, &page))
		return -EINVAL;
	rc = address_of(page, 1, &kaddr, &pfn);
	if (rc < 0)
		return rc;
	pinned = pfn_to_page(pfn);
	page_ref_inc(pinned);
	return 0;
}

static int do_unpin(const char *unused)
{
	if (!pinned)
		return -ENOENT;
	put_page(pinned);
	pinned = NULL;
	return 0;
}

static int command(const char *text, const struct kernel_param *param)
{
	int (*function)(const char *) = param->arg;
	char *copy = kstrdup(text, GFP_KERNEL);
	int rc;

	if (!copy)
		return -ENOMEM;
	mutex_lock(&lock);
	rc = function(strim(copy));
	mutex_unlock(&lock);
	pr_info("%s %s: %d\n", param->name, strim(copy), rc);
	kfree(copy);
	return rc;
}

static const struct kernel_param_ops command_ops = { .set = command };

module_param_cb(get, &command_ops, do_get, 0200);
module_param_cb(put, &command_ops, do_put, 0200);
module_param_cb(access, &command_ops, do_access, 0200);
module_param_cb(touch, &command_ops, do_touch, 0200);
module_param_cb(zero, &command_ops, do_zero, 0200);
module_param_cb(pin, &command_ops, do_pin, 0200);
module_param_cb(unpin, &command_ops, do_unpin, 0200);

static int __init holder_init(void)
{
	return 0;
}

static void __exit holder_exit(void)
{
	do_unpin(NULL);
	do_put(NULL);
}

module_init(holder_init);
module_exit(holder_exit);
MODULE_DESCRIPTION("Holds a DAX device, for tests");
MODULE_LICENSE("GPL");
