/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /proc/iomem: what the kernel takes physical addresses for. */
#ifndef IOMEM_H
#define IOMEM_H

#include "private.h"

/* Which entries are wanted: those that share a byte with a range, and those of a name. */
struct iomem_filter {
	const struct daxfs_range *ranges;
	size_t n_ranges;
	const char *name;  /* NULL: none by name */
	bool is_name_last; /* the first of that name is wanted though it comes behind all ranges */
};

struct iomem_entry {
	uint64_t start;
	uint64_t end;
	unsigned int depth; /* 0: at the top; one more for each entry that it lies in */
	char name[64];
};

/*
 * The entries that are wanted, in the order of the file, which is not read further than has to be;
 * *ret_entries is to be freed. -EACCES when the kernel hid the addresses, as it does from everybody but
 * root; -ENOENT without the file.
 */
int iomem_read(struct daxfs_ctx *ctx, const struct iomem_filter *filter,
	       struct iomem_entry **ret_entries, size_t *ret_n);
/* The same of an opened /proc/iomem. */
int iomem_read_file(FILE *file, const struct iomem_filter *filter, struct iomem_entry **ret_entries,
		    size_t *ret_n);
/* What of it plans share, between looks_begin() and looks_end(): the file, as far as it was read. */
struct iomem_text *iomem_text_free(struct iomem_text *text);

#endif
