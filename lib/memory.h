/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory blocks of ranges: devices/system/memory/memoryN, found by index (address / block size),
 * never by a scan.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include "private.h"

struct memory_block {
	uint64_t index;	 /* N of memoryN */
	bool is_present; /* the kernel has it */
	bool is_online;
	char zone[16]; /* "Movable", "Normal" of an online block; "" when not online or unknown */
};

/* The size of a block; -ENOENT on a kernel without memory hotplug. */
int memory_block_size(struct daxfs_ctx *ctx, uint64_t *ret_bytes);

/*
 * How many whole blocks kmem makes of ranges, and how many bytes lie outside any: each range is
 * cut to blocks on its own, as drivers/dax/kmem.c does. Pure.
 */
void memory_count_blocks(const struct daxfs_range *ranges, size_t n_ranges, uint64_t block_size,
			 uint64_t *ret_blocks, uint64_t *ret_lost_bytes);

/*
 * The blocks of ranges, in order of the ranges; *ret_blocks is to be freed. The zone is read of
 * online blocks when @with_zone.
 */
int memory_read_blocks(struct daxfs_ctx *ctx, const struct daxfs_range *ranges, size_t n_ranges,
		       uint64_t block_size, bool with_zone, struct memory_block **ret_blocks,
		       size_t *ret_n);

#endif
