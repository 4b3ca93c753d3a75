/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a switch, or its recovery, ended. */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "plan.h"
#include "private.h"
#include "settle.h"

struct daxfs_outcome {
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
};

DEFINE_CLEANUP(struct daxfs_outcome *, daxfs_outcome_free)

/* Moves the context's last error into the outcome; @class, if any, replaces its own. */
void outcome_add_error(struct daxfs_ctx *ctx, struct daxfs_outcome *outcome, int r,
		       enum daxfs_class class);

/* Takes the snapshot of the device as it is now. */
int outcome_read_after(struct daxfs_ctx *ctx, const char *name, struct daxfs_outcome *outcome);

#endif
