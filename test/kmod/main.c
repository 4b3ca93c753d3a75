// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds a DAX device as a file system does, and logs what it is told. Each of its parameters is a
 * command, and what is written to it the argument:
 *
 *	get PATH		hold the device of that node
 *	put 1			let it go
 *	reset 1			put, unpin, release, unblock: whatever of these there is to be done
 *
 * pages.c:
 *	access PAGE COUNT	ask for the address of COUNT pages from the device's page PAGE on
 *	touch PAGE		read the first and the last word
 *	zero PAGE COUNT		fill with zeroes
 *	recover PAGE BYTE	write over it as a file system writes over what is broken
 *	fill SEED		write a pattern to the whole device
 *	verify SEED		compare with it
 *	order PAGE		tell the order of its folio
 *
 * obstacles.c:
 *	pin PAGE		keep a reference to a page, as direct I/O does
 *	unpin 1
 *	reserve ADDRESS		take a page of physical memory, so that no driver gets it
 *	release 1
 *	block PATH		give the device operations, so that fsdev_dax cannot give it its own
 *	unblock 1
 *
 * race.c:
 *	race PATH ROUNDS	get, notify and put in two threads
 *
 * A write fails as the command does; what else there is to know is in the kernel's log.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "holder.h"

/* drivers/dax exports it and has it in a header of its own */
struct dax_device *inode_dax(struct inode *inode);

static DEFINE_MUTEX(lock); /* one command at a time */
static struct dax_device *held;

struct dax_device *holder_device(void)
{
	return held;
}

int holder_with_node(const char *path, int (*function)(struct dax_device *dax_dev, void *data),
		     void *data)
{
	struct file *file = filp_open(path, O_RDONLY, 0);
	int rc;

	if (IS_ERR(file))
		return PTR_ERR(file);
	rc = function(inode_dax(file_inode(file)), data);
	fput(file);
	return rc;
}

static int notified(struct dax_device *dax_dev, u64 offset, u64 length, int flags)
{
	pr_info("told of offset %#llx length %#llx flags %#x\n", offset, length, flags);
	return 0;
}

static const struct dax_holder_operations holder_ops = { .notify_failure = notified };

static int hold(struct dax_device *dax_dev, void *unused)
{
	int rc = fs_dax_get(dax_dev, &held, &holder_ops);

	if (!rc)
		held = dax_dev;
	return rc;
}

static int do_get(const char *path)
{
	return held ? -EBUSY : holder_with_node(path, hold, NULL);
}

static int do_put(const char *unused)
{
	if (!held)
		return -ENOENT;
	fs_put_dax(held, &held);
	held = NULL;
	return 0;
}

static int do_reset(const char *unused)
{
	holder_reset_obstacles();
	if (held)
		do_put(NULL);
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

const struct kernel_param_ops holder_command_ops = { .set = command };

HOLDER_COMMAND(get, do_get);
HOLDER_COMMAND(put, do_put);
HOLDER_COMMAND(reset, do_reset);

static int __init holder_init(void)
{
	return 0;
}

static void __exit holder_exit(void)
{
	do_reset(NULL);
}

module_init(holder_init);
module_exit(holder_exit);
MODULE_DESCRIPTION("Holds a DAX device, for tests");
MODULE_AUTHOR("The authors of daxfsctl");
MODULE_LICENSE("GPL");
