/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs plans: one write per step, and a look at what came of it. Decides nothing. */
#ifndef APPLY_H
#define APPLY_H

#include "plan.h"
#include "private.h"

/* Runs every step; stops at the first that fails, with daxfs_fail(). Undoing is undo.c's. */
int apply_plan(struct daxfs_ctx *ctx, const struct daxfs_plan *plan);

/* The name of the driver that @device is bound to, NULL for none; *ret_driver is to be freed. */
int apply_read_driver(struct daxfs_ctx *ctx, const char *device, char **ret_driver);

/* memory-ops.c */

/* Sets every block of @device in @ranges offline, and looks that none is online. */
int memory_offline(struct daxfs_ctx *ctx, const struct daxfs_device *device, uint64_t block_size);
/* Sets them online in the zone that @online says, and looks that all are. */
int memory_online(struct daxfs_ctx *ctx, const struct daxfs_device *device, uint64_t block_size,
		  enum daxfs_online online);
/* Fails unless every block is offline or gone: unbinding kmem before that strands the range. */
int memory_require_offline(struct daxfs_ctx *ctx, const struct daxfs_device *device,
			   uint64_t block_size);
/* Brings blocks back to the states of @old, for rollback. */
int memory_restore(struct daxfs_ctx *ctx, const struct daxfs_device *device, uint64_t block_size,
		   const struct memory_block *old, size_t n_old);

#endif
