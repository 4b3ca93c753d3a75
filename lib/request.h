/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef REQUEST_H
#define REQUEST_H

#include "private.h"

struct daxfs_request {
	bool has_mode, has_size, has_align, has_online;
	enum daxfs_mode mode;
	uint64_t size;
	uint64_t align;
	struct daxfs_range *ranges; /* NULL: whatever the kernel gives */
	size_t n_ranges;
	enum daxfs_online online;
	unsigned int flags; /* enum daxfs_flag */
	bool skips_users;   /* who uses the device is not asked */
	bool is_first;	    /* what takes long, or only matters under the lock, is not asked yet */
	unsigned int lock_timeout_ms;
	unsigned int offline_timeout_ms;
};

DEFINE_CLEANUP(struct daxfs_request *, daxfs_request_free)

#endif
