/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files that switch devices share: how a switch ended, and the switch itself. */
#ifndef SWITCH_H
#define SWITCH_H

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
	bool holds; /* the journal stays, see handle.c */
};

DEFINE_CLEANUP(struct daxfs_outcome *, daxfs_outcome_free)

/* Moves the context's last error into the outcome; @class, if any, replaces its own. */
void outcome_add_error(struct daxfs_ctx *ctx, struct daxfs_outcome *outcome, int r,
		       enum daxfs_class class);
/* Of a way back that failed: whether, by the context's last error, the device was touched at all. */
enum daxfs_result outcome_result_of_error(const struct daxfs_ctx *ctx);
/* A snapshot with what outcomes show. */
int outcome_read_device(struct daxfs_ctx *ctx, const char *name, struct daxfs_device **ret_device);

/* daxfs_switch(); with @holds the journal of a switch that was made stays. */
int switch_device(struct daxfs_ctx *ctx, const char *name, const struct daxfs_request *request,
		  bool holds, struct daxfs_outcome **ret_outcome);

#endif
