/* SPDX-License-Identifier: GPL-2.0-only */
/* --wait=SEC: a switch that is refused while somebody is in the way is tried again. */
#ifndef PATIENCE_H
#define PATIENCE_H

#include <signal.h>

#include "cmd.h"

struct patience {
	uint64_t deadline_ms; /* of the monotonic clock; 0: what is refused stays so */
	uint64_t wait_ms;     /* the whole of it, for patience_again() */
	const sigset_t *ends; /* signals, all blocked, that end a wait; NULL: none */
};

/* One wait, from the first refusal on; to be ended by patience_done(). */
struct waiting {
	uint64_t step_ms;
	char *told;
	int signal; /* that ended it, or 0 */
};
void patience_done(struct waiting *waiting);

/* Of the argument of --wait, a whole number of seconds from now on; told when it is none. */
enum status patience_parse(struct app *app, const char *text, struct patience *ret_patience);

/* The same seconds anew, for something else. */
void patience_restart(struct patience *patience);

/* Whether @outcome is a refusal that goes away by itself, and there is time left to wait for that. */
bool patience_would_wait(const struct patience *patience, const struct daxfs_outcome *outcome);

/*
 * After an attempt: whether it was refused as in-use, locked or pending, and there is time for
 * another. Pauses before it says so.
 */
bool patience_again(struct app *app, const struct patience *patience, struct waiting *waiting,
		    const struct daxfs_outcome *outcome);

/*
 * As daxfs_switch(), until there is no patience for another attempt. The lock timeout of @request is
 * changed, so that no wait for the lock goes beyond it.
 */
int patience_switch(struct app *app, const struct patience *patience, const char *name,
		    struct daxfs_request *request, struct daxfs_outcome **ret_outcome);

DEFINE_CLEANUP(struct daxfs_outcome *, daxfs_outcome_free)

#endif
