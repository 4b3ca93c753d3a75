// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A mode for a while: begin switches and keeps the journal, marked as held by this process; commit
 * drops it; rollback goes back by it. Whoever finds it after the process is gone goes back, too.
 */
#include "handle.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <syslog.h>

#include "intent.h"
#include "journal.h"
#include "lock.h"
#include "outcome.h"
#include "plan.h"
#include "switch.h"
#include "users.h"

struct daxfs_switch {
	struct daxfs_ctx *ctx;
	char *device;
	struct daxfs_outcome *begun;
	pid_t pid; /* a copy in a forked child holds nothing */
	unsigned int flags;
	unsigned int lock_timeout_ms;
	bool holds;   /* there is something to go back from */
	bool decided; /* by the caller: free leaves it as it is */
};

DEFINE_CLEANUP(struct daxfs_switch *, daxfs_switch_free)

static int refuse_users(struct daxfs_ctx *ctx, const struct daxfs_device *device)
{
	_cleanup_free_ char *who = users_describe(device->users, device->n_users);

	return daxfs_fail(ctx, -EBUSY,
			  &(struct failure){ .class = DAXFS_CLASS_BUSY,
					     .id = "in-use",
					     .device = device->name,
					     .hint = "end that use, then: daxfsctl recover",
					     .users = device->users,
					     .n_users = device->n_users },
			  "%s: cannot go back to its old mode: in use by %s", device->name,
			  who ? who : "?");
}

/* What both ways need to know of the device, and of the way to @old. */
static int gather(struct daxfs_ctx *ctx, const struct daxfs_device *old, unsigned int flags,
		  struct facts **ret_facts)
{
	const struct daxfs_request request = { .has_mode = true,
					       .mode = old->mode,
					       .flags = flags };

	return facts_gather(ctx, old->name, &request, ret_facts);
}

/* Before it begins: later, going back must not depend on who is disabled by then. */
int handle_check_capture(struct daxfs_ctx *ctx, const struct daxfs_device *old, unsigned int flags)
{
	const struct daxfs_request request = { .flags = flags };
	_cleanup_(facts_freep) struct facts *facts = NULL;
	int r;

	r = gather(ctx, old, flags, &facts);
	if (r < 0)
		return r;
	return plan_check_capture(
		ctx, &(struct daxfs_plan){ .facts = facts, .mode = old->mode, .rebinds = true },
		&request);
}

int handle_check_way_back(struct daxfs_ctx *ctx, const struct daxfs_device *old, unsigned int flags)
{
	_cleanup_(facts_freep) struct facts *facts = NULL;
	int r;

	r = gather(ctx, old, flags | DAXFS_FLAG_REBIND, &facts);
	if (r < 0)
		return r;
	if (facts->device->n_users > 0 && !(flags & DAXFS_FLAG_FORCE))
		return refuse_users(ctx, facts->device);
	return 0;
}

/* The journal of begin; -ESTALE when it is not there any more, or somebody else's. */
static int read_own(const struct daxfs_switch *handle, struct journal **ret_journal)
{
	_cleanup_(journal_freep) struct journal *journal = NULL;
	int r;

	r = journal_read(handle->ctx, handle->device, &journal);
	if (r < 0 && r != -ENOENT)
		return r;
	if (r == 0 && journal->held && journal_is_own(handle->ctx, journal)) {
		*ret_journal = TAKE_PTR(journal);
		return 0;
	}
	return daxfs_fail(
		handle->ctx, -ESTALE,
		&(struct failure){ .class = DAXFS_CLASS_NOT_RESTORED,
				   .id = "journal",
				   .device = handle->device,
				   .hint = "look at the device, and switch it to the mode "
					   "that it should have" },
		"%s: its journal is gone, or not of this process: it stays as it is",
		handle->device);
}

/* Nobody waits for this process any more: the next recover goes back. */
static void abandon(struct daxfs_switch *handle)
{
	_cleanup_(journal_freep) struct journal *journal = NULL;
	int r;

	handle->holds = false;
	r = read_own(handle, &journal);
	if (r == 0)
		r = journal_abandon(handle->ctx, journal);
	if (r < 0 && r != -ESTALE)
		log_warning(handle->ctx,
			    "%s: 'daxfsctl recover' has to wait until pid %ld ends, ignoring",
			    handle->device, (long)handle->pid);
}

DAXFS_EXPORT int daxfs_switch_begin(struct daxfs_ctx *ctx, const char *device_name,
				    const struct daxfs_request *request,
				    struct daxfs_switch **ret_handle)
{
	_cleanup_(daxfs_switch_freep) struct daxfs_switch *handle = calloc(1, sizeof(*handle));
	int r;

	if (!handle)
		return -ENOMEM;
	if (request->flags & DAXFS_FLAG_DESTROY)
		return daxfs_fail(ctx, -EINVAL,
				  &(struct failure){ .class = DAXFS_CLASS_INVALID,
						     .id = "usage",
						     .device = device_name },
				  "%s: from a device that is gone there is no way back",
				  device_name);
	handle->ctx = daxfs_ctx_ref(ctx);
	handle->device = strdup(device_name);
	if (!handle->device)
		return -ENOMEM;
	handle->pid = getpid();
	handle->flags = request->flags;
	handle->lock_timeout_ms = request->lock_timeout_ms;
	r = switch_device(ctx, device_name, request, true, &handle->begun);
	if (!handle->begun)
		return r;
	handle->holds = handle->begun->result == DAXFS_RESULT_CHANGED && handle->begun->plan &&
			handle->begun->plan->n_steps > 0;
	if (handle->begun->result == DAXFS_RESULT_FAILED)
		abandon(handle);
	*ret_handle = TAKE_PTR(handle);
	return r;
}

DAXFS_EXPORT const struct daxfs_outcome *daxfs_switch_get_outcome(const struct daxfs_switch *handle)
{
	return handle->begun;
}

static int refuse_child(const struct daxfs_switch *handle)
{
	return daxfs_fail(handle->ctx, -EPERM,
			  &(struct failure){ .class = DAXFS_CLASS_FAILED,
					     .id = "journal",
					     .device = handle->device },
			  "%s: is held by pid %ld, which this process is only a child of",
			  handle->device, (long)handle->pid);
}

DAXFS_EXPORT int daxfs_switch_commit(struct daxfs_switch *handle)
{
	_cleanup_(journal_freep) struct journal *journal = NULL;
	int r;

	if (!handle->holds)
		return 0;
	if (handle->pid != getpid())
		return refuse_child(handle);
	r = read_own(handle, &journal);
	if (r == 0)
		r = journal_remove(handle->ctx, handle->device);
	if (r < 0)
		return r;
	intent_update(handle->ctx, journal->old);
	handle->holds = false;
	return 0;
}

static int go_back(struct daxfs_switch *handle, enum settled *ret_settled)
{
	_cleanup_(journal_freep) struct journal *journal = NULL;
	_cleanup_close_ int lock = -1;
	sigset_t all, saved;
	int r;

	error_clear(handle->ctx);
	r = lock_bus(handle->ctx, handle->lock_timeout_ms, &lock);
	if (r == 0)
		r = read_own(handle, &journal);
	if (r < 0)
		return r;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &saved);
	r = settle_journal(handle->ctx, journal, handle->flags, false, ret_settled);
	/* A device that is gone has nothing to come back to. */
	if (r == 0 || settle_is_gone(handle->ctx, handle->device)) {
		handle->holds = false;
		if (journal_remove(handle->ctx, handle->device) < 0 && r == 0)
			r = -EIO;
	}
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
	return r;
}

static int go_back_and_tell(struct daxfs_switch *handle, struct daxfs_outcome *outcome)
{
	struct daxfs_ctx *ctx = handle->ctx;
	int r;

	if (outcome_read_device(ctx, handle->device, &outcome->before) < 0)
		error_clear(ctx);
	if (!handle->holds) {
		outcome->result = DAXFS_RESULT_UNCHANGED;
		if (outcome->before)
			outcome->after = daxfs_device_ref(outcome->before);
		return 0;
	}
	r = go_back(handle, &outcome->settled);
	outcome->result = DAXFS_RESULT_ROLLED_BACK;
	if (r < 0) {
		outcome->result = outcome_result_of_error(ctx);
		outcome_add_error(ctx, outcome, r, DAXFS_CLASS_OK);
	}
	if (outcome_read_device(ctx, handle->device, &outcome->after) < 0)
		error_clear(ctx);
	return r;
}

DAXFS_EXPORT int daxfs_switch_rollback(struct daxfs_switch *handle,
				       struct daxfs_outcome **ret_outcome)
{
	_cleanup_(daxfs_outcome_freep) struct daxfs_outcome *outcome = NULL;
	uint64_t start = now_ms();
	int r;

	if (handle->holds && handle->pid != getpid())
		return refuse_child(handle);
	handle->decided = true;
	if (!ret_outcome)
		return handle->holds ? go_back(handle, &(enum settled){ 0 }) : 0;
	outcome = outcome_new(handle->device);
	if (!outcome)
		return -ENOMEM;
	r = go_back_and_tell(handle, outcome);
	outcome->elapsed_ms = now_ms() - start;
	*ret_outcome = TAKE_PTR(outcome);
	return r;
}

DAXFS_EXPORT struct daxfs_switch *daxfs_switch_free(struct daxfs_switch *handle)
{
	if (!handle)
		return NULL;
	if (handle->holds && handle->pid == getpid()) {
		if (!handle->decided && go_back(handle, &(enum settled){ 0 }) < 0)
			log_warning(handle->ctx, "%s: cannot go back to its old mode, ignoring",
				    handle->device);
		if (handle->holds)
			abandon(handle);
	}
	daxfs_outcome_free(handle->begun);
	free(handle->device);
	daxfs_ctx_unref(handle->ctx);
	free(handle);
	return NULL;
}
