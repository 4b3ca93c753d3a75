/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A CXL region: where on its memory devices a byte of it lies, and what these have on their lists of
 * poison. A memory device knows nothing of the region: it counts its own bytes, from 0 on (DPA).
 */
#ifndef CXL_H
#define CXL_H

#include "pieces.h"

#define CXL_NAME_MAX 32
#define CXL_WAYS_MAX 16 /* that the specification has */

/* A memory device of a region: every so manieth granule is on it, from @dpa on without gaps. */
struct cxl_way {
	char memdev[CXL_NAME_MAX];
	uint64_t dpa;
};

struct cxl_layout {
	char region[CXL_NAME_MAX];
	uint64_t start; /* physical address */
	uint64_t size;
	uint64_t cache; /* bytes at the front that are memory of the machine's, and of no device */
	uint64_t granularity;		   /* after so many bytes comes the next device */
	struct cxl_way ways[CXL_WAYS_MAX]; /* in the order of the granules */
	size_t n_ways;			   /* 0: not known, or no simple order */
};

/* ---- cxl-layout.c: pure */

/* Whether the two below can be asked: no sum in there wraps, and the devices share it evenly. */
bool cxl_layout_is_sound(const struct cxl_layout *layout);
/* How much each device has of it. */
uint64_t cxl_way_size(const struct cxl_layout *layout);
/*
 * Which device has byte @offset of the region, and where; *ret_contiguous bytes from there on are
 * in one piece in both. -ENXIO past the end, and in the cache.
 */
int cxl_offset_to_dpa(const struct cxl_layout *layout, uint64_t offset, size_t *ret_way,
		      uint64_t *ret_dpa, uint64_t *ret_contiguous);
/* The way back. -ENXIO for what the region does not have of that device. */
int cxl_dpa_to_offset(const struct cxl_layout *layout, size_t way, uint64_t dpa,
		      uint64_t *ret_offset, uint64_t *ret_contiguous);

/*
 * Whether the window that has @address is interleaved by division, as above, or by exclusive or; from
 * the firmware's table CEDT. -ENOENT when no window has it, -EBADMSG when it is no such table.
 */
int cxl_window_is_modulo(const uint8_t *table, size_t size, uint64_t address, bool *ret_is_modulo);

/* ---- cxl-region.c */

/*
 * Reads the layout of the region that the dax device @dir_fd is in. What only root may see, or is of
 * another order, leaves n_ways at 0.
 */
int cxl_read_layout(struct daxfs_ctx *ctx, int dir_fd, const char *region,
		    struct cxl_layout *ret_layout);

/* ---- cxl-list.c */

struct cxl_poison {
	uint64_t dpa;
	uint64_t length;
};

/*
 * Asks a memory device for its list; *ret_poison is to be freed. *ret_is_whole: false when there is
 * more than it could tell.
 */
int cxl_read_list(struct daxfs_ctx *ctx, const char *memdev, struct cxl_poison **ret_poison,
		  size_t *ret_n, bool *ret_is_whole);

/* ---- poison-cxl-list.c */

/* Pure: adds what of an entry in the list of way @way is in the region: a piece for each granule. */
int cxl_pieces_add(struct pieces *pieces, const struct cxl_layout *layout, size_t way,
		   const struct cxl_poison *entry);
/*
 * What @failure, which a memory device told of at a physical address, comes to in the region of the dax
 * device @dir_fd at @path: its length counts bytes of the memory device. As it is told where the region
 * has no order that is known here.
 */
int cxl_pieces_of(struct daxfs_ctx *ctx, int dir_fd, const char *path,
		  const struct daxfs_range *failure, struct pieces *pieces);

#endif
