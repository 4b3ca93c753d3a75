// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is done about a switch that was interrupted, when somebody asks for it. */
#include <pthread.h>
#include <signal.h>

#include "device.h"
#include "journal.h"
#include "lock.h"
#include "outcome.h"
#include "private.h"

static int recover_locked(struct daxfs_ctx *ctx, const char *name, bool dry_run,
			  struct daxfs_outcome *outcome)
{
	sigset_t all, saved;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &saved);
	r = settle_device(ctx, name, dry_run, &outcome->settled);
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
	return r;
}

static enum daxfs_result result_of_settled(enum settled settled)
{
	switch (settled) {
	case SETTLED_FINISHED:
		return DAXFS_RESULT_CHANGED;
	case SETTLED_UNDONE:
		return DAXFS_RESULT_ROLLED_BACK;
	default:
		return DAXFS_RESULT_UNCHANGED;
	}
}

static int recover(struct daxfs_ctx *ctx, const char *name, bool dry_run,
		   unsigned int lock_timeout_ms, struct daxfs_outcome *outcome)
{
	_cleanup_close_ int lock = -1;
	int r;

	if (journal_exists(ctx, name)) {
		if (!dry_run) {
			r = lock_bus(ctx, lock_timeout_ms, &lock);
			if (r < 0)
				return r;
		}
		r = recover_locked(ctx, name, dry_run, outcome);
		if (r < 0)
			return r;
	}
	r = outcome_read_device(ctx, name, &outcome->after);
	/* It was to be destroyed, and is. */
	if (r == -ENODEV && outcome->settled == SETTLED_FINISHED) {
		error_clear(ctx);
		return 0;
	}
	if (r < 0)
		return r;
	/* A device without a journal can be beyond help all the same. */
	return outcome->after->state == DAXFS_STATE_STRANDED ? device_fail_stranded(ctx, name) : 0;
}

DAXFS_EXPORT int daxfs_recover(struct daxfs_ctx *ctx, const char *device_name, bool dry_run,
			       unsigned int lock_timeout_ms, struct daxfs_outcome **ret_outcome)
{
	_cleanup_(daxfs_outcome_freep) struct daxfs_outcome *outcome = outcome_new(device_name);
	uint64_t start = now_ms();
	int r;

	if (!outcome)
		return -ENOMEM;
	outcome->dry_run = dry_run;
	error_clear(ctx);
	r = outcome_read_device(ctx, device_name, &outcome->before);
	/* The journal of a device that is gone is dropped, and the device told as missing. */
	if (r == 0 || (r == -ENODEV && journal_exists(ctx, device_name)))
		r = recover(ctx, device_name, dry_run, lock_timeout_ms, outcome);
	outcome->result = r < 0 ? outcome_result_of_error(ctx)
				: result_of_settled(outcome->settled);
	if (r < 0) {
		/* As long as there is a journal, the device is not what it was. */
		bool is_left = outcome->result == DAXFS_RESULT_FAILED &&
			       journal_exists(ctx, device_name) &&
			       !(ctx->error && ctx->error->class >= DAXFS_CLASS_NOT_RESTORED);

		outcome_add_error(ctx, outcome, r,
				  is_left ? DAXFS_CLASS_NOT_RESTORED : DAXFS_CLASS_OK);
		if (!outcome->after && outcome_read_device(ctx, device_name, &outcome->after) < 0)
			error_clear(ctx);
	}
	outcome->elapsed_ms = now_ms() - start;
	*ret_outcome = TAKE_PTR(outcome);
	return r;
}

DAXFS_EXPORT int daxfs_list_interrupted(struct daxfs_ctx *ctx, char ***ret_names, size_t *ret_n)
{
	size_t n;
	int r = journal_list(ctx, ret_names, &n);

	if (r == 0 && ret_n)
		*ret_n = n;
	return r;
}
