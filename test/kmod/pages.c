// SPDX-License-Identifier: GPL-2.0-only
/* What a file system does with the pages of the device that it holds */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/kstrtox.h>
#include <linux/mm.h>
#include <linux/uio.h>

#include "holder.h"

/* As the operation zero_page_range is declared */
typedef int (*zero_function)(struct dax_device *dax_dev, pgoff_t pgoff, size_t nr_pages);

long holder_address_of(unsigned long page, long count, void **kaddr, unsigned long *pfn)
{
	long rc;
	int id;

	if (!holder_device())
		return -ENOENT;
	id = dax_read_lock();
	rc = dax_direct_access(holder_device(), page, count, DAX_ACCESS, kaddr, pfn);
	dax_read_unlock(id);
	return rc;
}

/* "PAGE NUMBER" */
static int two_numbers(const char *text, unsigned long *page, unsigned long *number)
{
	return sscanf(text, "%li %li", (long *)page, (long *)number) == 2 ? 0 : -EINVAL;
}

static int do_access(const char *arguments)
{
	unsigned long page, count, pfn = 0;
	void *kaddr = NULL;
	long rc = two_numbers(arguments, &page, &count);

	if (!rc)
		rc = holder_address_of(page, count, &kaddr, &pfn);
	if (rc < 0)
		return rc;
	pr_info("page %#lx: %ld pages at frame %#lx, address %s\n", page, rc, pfn,
		kaddr == __va(PFN_PHYS(pfn)) ? "right" : "wrong");
	return 0;
}

static u64 *last_word(void *page)
{
	return page + PAGE_SIZE - sizeof(u64);
}

static int do_touch(const char *arguments)
{
	unsigned long page, pfn;
	void *kaddr;
	long rc = kstrtoul(arguments, 0, &page);

	if (!rc)
		rc = holder_address_of(page, 1, &kaddr, &pfn);
	if (rc < 0)
		return rc;
	pr_info("page %#lx: words %#llx %#llx\n", page, READ_ONCE(*(u64 *)kaddr),
		READ_ONCE(*last_word(kaddr)));
	return 0;
}

/*
 * The core refuses to zero more than one page at once, so nobody would ever see a driver do so. Its
 * function is found as a probe would be, that is never armed.
 */
static zero_function find_zero_function(void)
{
	static const char *const names[] = { "fsdev_zero_page_range", "fsdev_dax_zero_page_range" };

	for (int i = 0; i < ARRAY_SIZE(names); i++) {
		struct kprobe probe = { .symbol_name = names[i], .flags = KPROBE_FLAG_DISABLED };

		if (register_kprobe(&probe))
			continue;
		unregister_kprobe(&probe);
		return (zero_function)probe.addr;
	}
	return NULL;
}

static int do_zero(const char *arguments)
{
	unsigned long page, count;
	zero_function function;
	int id, rc;

	if (two_numbers(arguments, &page, &count))
		return -EINVAL;
	if (!holder_device())
		return -ENOENT;
	function = count == 1 ? dax_zero_page_range : find_zero_function();
	if (!function)
		return -ENOENT;
	id = dax_read_lock();
	rc = function(holder_device(), page, count);
	dax_read_unlock(id);
	return rc;
}

/* A page in an address space of the kernel's own, as the core hands it on */
static int do_recover(const char *arguments)
{
	unsigned long page, byte, pfn;
	struct kvec from = { .iov_len = PAGE_SIZE };
	struct iov_iter iter;
	void *kaddr;
	long rc = two_numbers(arguments, &page, &byte);
	int id;

	if (!rc)
		rc = holder_address_of(page, 1, &kaddr, &pfn);
	if (rc < 0)
		return rc;
	from.iov_base = (void *)get_zeroed_page(GFP_KERNEL);
	if (!from.iov_base)
		return -ENOMEM;
	memset(from.iov_base, byte, PAGE_SIZE);
	iov_iter_kvec(&iter, ITER_SOURCE, &from, 1, PAGE_SIZE);
	id = dax_read_lock();
	rc = dax_recovery_write(holder_device(), page, kaddr, PAGE_SIZE, &iter);
	dax_read_unlock(id);
	free_page((unsigned long)from.iov_base);
	return rc == PAGE_SIZE ? 0 : -EIO;
}

/* What a page has in its first and last word; test/vm/helper/pattern.c has the same */
static u64 pattern_of(unsigned long page, u64 seed)
{
	return (page + 1) * 0x9e3779b97f4a7c15ull ^ seed;
}

static bool fill_page(u64 *page, u64 pattern)
{
	*page = pattern;
	*last_word(page) = ~pattern;
	return true;
}

static bool is_filled(u64 *page, u64 pattern)
{
	return *page == pattern && *last_word(page) == ~pattern;
}

/* Calls @function for each page of the device, and tells of the first one where it says no */
static int each_page(const char *arguments, bool (*function)(u64 *page, u64 pattern))
{
	unsigned long page, pfn;
	void *kaddr;
	u64 seed;

	if (kstrtou64(arguments, 0, &seed))
		return -EINVAL;
	for (page = 0; holder_address_of(page, 1, &kaddr, &pfn) == 1; page++) {
		if (!function(kaddr, pattern_of(page, seed))) {
			pr_info("page %#lx: words %#llx %#llx\n", page, *(u64 *)kaddr,
				*last_word(kaddr));
			return -EILSEQ;
		}
		cond_resched();
	}
	pr_info("%#lx pages\n", page);
	return page ? 0 : -ENXIO;
}

static int do_fill(const char *arguments)
{
	return each_page(arguments, fill_page);
}

static int do_verify(const char *arguments)
{
	return each_page(arguments, is_filled);
}

static int do_order(const char *arguments)
{
	unsigned long page, pfn;
	void *kaddr;
	long rc = kstrtoul(arguments, 0, &page);

	if (!rc)
		rc = holder_address_of(page, 1, &kaddr, &pfn);
	if (rc < 0)
		return rc;
	pr_info("page %#lx: order %u\n", page, folio_order(pfn_folio(pfn)));
	return 0;
}

HOLDER_COMMAND(access, do_access);
HOLDER_COMMAND(touch, do_touch);
HOLDER_COMMAND(zero, do_zero);
HOLDER_COMMAND(recover, do_recover);
HOLDER_COMMAND(fill, do_fill);
HOLDER_COMMAND(verify, do_verify);
HOLDER_COMMAND(order, do_order);
