/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Devices that are no part of a switch. One that is bound to nothing can be bound by it all the
 * same: new_id binds whatever the driver matches, by type or by an id that somebody left there.
 */
#ifndef BYSTANDERS_H
#define BYSTANDERS_H

#include "plan.h"

/*
 * The devices that are bound to nothing, in order: those of the bus that no driver has, at the cost of
 * one directory per driver. *ret_ids, never NULL, is to be freed.
 */
int bystanders_list_unbound(struct daxfs_ctx *ctx, struct daxfs_device_id **ret_ids, size_t *ret_n);

/*
 * Unbinds again what was bound to nothing when @plan was made and is bound to its driver now, except
 * @members, which are switched by the same call; and adds a note for each. Those that
 * --allow-capture allowed are only told. 0, or daxfs_fail().
 */
int bystanders_restore(struct daxfs_ctx *ctx, struct daxfs_plan *plan, const char *const *members,
		       size_t n_members);

/*
 * Unbinds again which of the @n @unbound, a list of before, is bound to @driver by now, but not @device,
 * whose way back did that. 0, or daxfs_fail().
 */
int bystanders_put_back(struct daxfs_ctx *ctx, const struct daxfs_device_id *unbound, size_t n,
			const char *device, const char *driver, uint64_t block_size);

/*
 * While the kernel has not answered to an unbind it has that device locked, and a new_id to a driver
 * that matches the device would wait for it too. 0, or daxfs_fail() with -EBUSY.
 */
int bystanders_check_pending(struct daxfs_ctx *ctx, const struct daxfs_plan *plan);
/* The same on the way back of @device, by a new_id to @driver; whatever its type. */
int bystanders_check_way_back(struct daxfs_ctx *ctx, const char *device, const char *driver);

#endif
