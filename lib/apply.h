/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs plans: one write per step, and a look at what came of it. Decides nothing. */
#ifndef APPLY_H
#define APPLY_H

#include "pending.h"
#include "plan.h"
#include "private.h"

/* A plan being run. It borrows what it points to. */
struct apply {
	struct daxfs_ctx *ctx;
	const struct daxfs_plan *plan;
	size_t next;	 /* the step that comes next */
	bool has_traces; /* it has registered an id, or the bus does not bind by itself */
	bool is_pending; /* the kernel did not answer to the unbind: it was left behind */
	struct pending_write unbind; /* by a child */
	int bind_fd;   /* opened before the unbind: the time without a driver is short */
	int device_fd; /* the same: where the driver link is */
};

#define APPLY_INIT(context, the_plan)                  \
	((struct apply){ .ctx = (context),             \
			 .plan = (the_plan),           \
			 .unbind = PENDING_WRITE_NONE, \
			 .bind_fd = -1,                \
			 .device_fd = -1 })

enum apply_end {
	APPLY_UP_TO_UNBIND, /* that step not included */
	APPLY_UP_TO_BIND,   /* all that happens without a driver, and the bind */
	APPLY_ALL,
};

bool apply_has_unbind(const struct apply *apply);

/*
 * Runs the steps from the next one on. Stops at the first that fails, with daxfs_fail(). Undoing is
 * undo.c's.
 */
int apply_run(struct apply *apply, enum apply_end end);

/* The next step is an unbind: starts it, so that those of several devices go on at a time. */
int apply_start_unbind(struct apply *apply);
/* What came of it, when apply->unbind is over. */
int apply_finish_unbind(struct apply *apply);
/* It was not over in time, which pending_wait_any() told by @r: daxfs_fail(). */
int apply_leave_unbind(struct apply *apply, int r);

/* Frees what it holds; it is called in every case. */
void apply_end(struct apply *apply);

/* The name of the driver that @device is bound to, NULL for none; *ret_driver is to be freed. */
int apply_read_driver(struct daxfs_ctx *ctx, const char *device, char **ret_driver);

/* memory-ops.c */

/*
 * Sets every block of @device offline, and looks that none is online. What does not go is tried again
 * for @timeout_ms, or until a signal comes that ends the process.
 */
int memory_offline(struct daxfs_ctx *ctx, const struct daxfs_device *device, uint64_t block_size,
		   unsigned int timeout_ms);
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
