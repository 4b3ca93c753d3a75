/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a switch, or its recovery, ended. */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "plan.h"
#include "private.h"
#include "settle.h"

struct daxfs_outcome {
	char device[DEVICE_NAME_MAX];
	enum daxfs_result result;
	struct daxfs_plan *plan;
	struct daxfs_device *before;
	struct daxfs_device *after;
	struct daxfs_error **errors;
	size_t n_errors;
	uint64_t elapsed_ms;
	enum settled settled; /* what was done about an interrupted switch before */
	bool dry_run;
	bool is_pending; /* a write was left behind */
	bool holds;	 /* the journal stays, see handle.c */
};

DEFINE_CLEANUP(struct daxfs_outcome *, daxfs_outcome_free)

/* An empty one; NULL without memory. */
struct daxfs_outcome *outcome_new(const char *device);

/* Moves the context's last error into the outcome; @class, if any, replaces its own. */
void outcome_add_error(struct daxfs_ctx *ctx, struct daxfs_outcome *outcome, int r,
		       enum daxfs_class class);

/* Of a way back that failed: whether, by the context's last error, the device was touched at all. */
enum daxfs_result outcome_result_of_error(const struct daxfs_ctx *ctx);

/* A snapshot with what outcomes show. */
int outcome_read_device(struct daxfs_ctx *ctx, const char *name, struct daxfs_device **ret_device);

#endif
