/* SPDX-License-Identifier: GPL-2.0-only */
/* --wait=SEC: a switch that is refused while somebody is in the way is tried again. */
#ifndef PATIENCE_H
#define PATIENCE_H

#include "cmd.h"

struct patience {
	uint64_t deadline_ms; /* of the monotonic clock; 0: what is refused stays so */
};

/* Of the argument of --wait, a whole number of seconds from now on; told when it is none. */
enum status patience_parse(struct app *app, const char *text, struct patience *ret_patience);

/* Whether @outcome is a refusal that goes away by itself, and there is time left to wait for that. */
bool patience_would_wait(const struct patience *patience, const struct daxfs_outcome *outcome);

/*
 * As daxfs_switch(), until it is refused for another reason than in-use and locked, or the deadline
 * has come. The lock timeout of @request is changed, so that no wait for the lock goes beyond it.
 */
int patience_switch(struct app *app, const struct patience *patience, const char *name,
		    struct daxfs_request *request, struct daxfs_outcome **ret_outcome);

DEFINE_CLEANUP(struct daxfs_outcome *, daxfs_outcome_free)

#endif
