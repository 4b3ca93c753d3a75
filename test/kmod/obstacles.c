// SPDX-License-Identifier: GPL-2.0-only
/* What keeps a driver from letting go of a device, or from getting it */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ioport.h>
#include <linux/kstrtox.h>
#include <linux/mm.h>

#include "holder.h"

static struct page *pinned;
static resource_size_t reserved;
static struct dax_device *blocked;

static int do_pin(const char *arguments)
{
	unsigned long page, pfn;
	void *kaddr;
	long rc = kstrtoul(arguments, 0, &page);

	if (pinned)
		return -EBUSY;
	if (!rc)
		rc = holder_address_of(page, 1, &kaddr, &pfn);
	if (rc < 0)
		return rc;
	pinned = pfn_to_page(pfn);
	page_ref_inc(pinned);
	return 0;
}

static int do_unpin(const char *unused)
{
	struct page *page = pinned;

	if (!page)
		return -ENOENT;
	pinned = NULL;
	put_page(page);
	return 0;
}

static int do_reserve(const char *arguments)
{
	unsigned long long address;

	if (reserved)
		return -EBUSY;
	if (kstrtoull(arguments, 0, &address) || !address)
		return -EINVAL;
	if (!request_mem_region(address, PAGE_SIZE, KBUILD_MODNAME))
		return -EADDRINUSE;
	reserved = address;
	return 0;
}

static int do_release(const char *unused)
{
	if (!reserved)
		return -ENOENT;
	release_mem_region(reserved, PAGE_SIZE);
	reserved = 0;
	return 0;
}

/* The device has to stay until unblock: nothing here keeps it. */
static int block(struct dax_device *dax_dev, void *unused)
{
	static const struct dax_operations nothing;
	int rc = dax_set_ops(dax_dev, &nothing);

	if (!rc)
		blocked = dax_dev;
	return rc;
}

static int do_block(const char *path)
{
	return blocked ? -EBUSY : holder_with_node(path, block, NULL);
}

static int do_unblock(const char *unused)
{
	if (!blocked)
		return -ENOENT;
	dax_set_ops(blocked, NULL);
	blocked = NULL;
	return 0;
}

void holder_reset_obstacles(void)
{
	do_unpin(NULL);
	do_release(NULL);
	do_unblock(NULL);
}

HOLDER_COMMAND(pin, do_pin);
HOLDER_COMMAND(unpin, do_unpin);
HOLDER_COMMAND(reserve, do_reserve);
HOLDER_COMMAND(release, do_release);
HOLDER_COMMAND(block, do_block);
HOLDER_COMMAND(unblock, do_unblock);
