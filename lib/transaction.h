/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One device of a switch: what is decided about it before its first write. */
#ifndef TRANSACTION_H
#define TRANSACTION_H

#include "apply.h"

struct daxfs_outcome;

/* One device on its way. */
struct transaction {
	const char *name;
	struct daxfs_outcome *outcome;
	struct apply apply;
	uint64_t start_ms;
	bool is_done;	   /* nothing is left to do: refused, unchanged, or through */
	bool is_unbinding; /* a child is at it */
	bool is_applied;   /* a journal was written, so that the plan may have been begun */
	int r;
};

/*
 * Plans without the lock: where nothing is to be done, or the answer is no, nothing is created.
 * What was seen may have changed until the lock is there, so the plan that counts is made under it,
 * and so is a refusal that may pass. Who uses the device is asked then only: that takes long. Of who
 * may write to the bus, a link that shows another driver than is wanted is enough: then that plan is
 * the only one.
 */
void transaction_look(struct daxfs_ctx *ctx, struct transaction *t,
		      const struct daxfs_request *request);

/* The same under the lock, where it is the last word. */
void transaction_prepare(struct daxfs_ctx *ctx, struct transaction *t,
			 const struct daxfs_request *request);

/* Nothing was written by us; but another switch may have been waited for. */
void transaction_refuse(struct daxfs_ctx *ctx, struct transaction *t, int r);

#endif
