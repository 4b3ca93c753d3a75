/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a device was before a switch, and the way back to it. */
#ifndef UNDO_H
#define UNDO_H

#include "facts.h"
#include "private.h"

struct daxfs_plan;

/* Everything that the way back needs. It owns nothing. */
struct undo {
	const struct daxfs_device *old; /* name, driver, mode, size, align, ranges */
	enum match old_match;		/* whether its driver takes it without an id */
	bool restore_autoprobe;
	bool has_traces; /* an id may be registered, or the bus not bind by itself */
	uint64_t block_size;
	const struct memory_block *blocks; /* of a device that was in system-ram mode */
	size_t n_blocks;
};

/* Without traces: what of the plan has been done, it does not know. */
struct undo undo_of_plan(const struct daxfs_plan *plan);

/*
 * Brings the device back, whatever happened since, and looks whether it is so. 0, or daxfs_fail()
 * with what stands in the way.
 */
int undo_switch(struct daxfs_ctx *ctx, const struct undo *undo);

/*
 * What every switch leaves: no driver has an id of the device, the bus binds by itself again. 0, or
 * daxfs_fail() with what cannot be written; not if there is nothing to take back.
 */
int undo_traces(struct daxfs_ctx *ctx, const struct undo *undo);

/* Whether the device has driver, ranges and align of before; *ret_now, if wanted, is it now. */
int undo_is_done(struct daxfs_ctx *ctx, const struct undo *undo, bool *ret_done,
		 struct daxfs_device **ret_now);

bool undo_same_ranges(const struct daxfs_device *a, const struct daxfs_device *b);

#endif
