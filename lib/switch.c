// SPDX-License-Identifier: LGPL-2.1-or-later
/* Switches from the first look to the last: plan, lock, plan again, apply, undo, report. */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <syslog.h>

#include "bystanders.h"
#include "device.h"
#include "intent.h"
#include "journal.h"
#include "lock.h"
#include "neighbours.h"
#include "outcome.h"
#include "pending.h"
#include "plan.h"
#include "poison.h"
#include "private.h"
#include "switch.h"
#include "transaction.h"
#include "udev.h"
#include "undo.h"

/* How long to wait for udev to make a node that is missing. */
#define NODE_TIMEOUT_MS 5000

/*
 * How many devices are on their way together, and how many of these are looked at together, right
 * before the first write to one of them. Signals wait for a batch to end.
 */
struct pace {
	size_t batch;
	size_t group;
};

#define BATCH_MAX PENDING_MAX

/* A call of the library: what is to become of which devices. */
struct call {
	struct daxfs_ctx *ctx;
	const char *const *names;
	size_t n;
	const struct daxfs_request *request;
};

/* ---- the way back */

/* The journal stays, but no longer as that of a switch that is under way: this process may live. */
static void give_up(struct daxfs_ctx *ctx, const char *device)
{
	_cleanup_(journal_freep) struct journal *journal = NULL;

	if (journal_read(ctx, device, &journal) < 0 || journal_abandon(ctx, journal) < 0)
		log_warning(ctx,
			    "%s: 'daxfsctl recover' has to wait until this process ends, ignoring",
			    device);
}

static struct undo undo_of(const struct transaction *t)
{
	struct undo undo = undo_of_plan(t->outcome->plan);

	undo.has_traces = t->apply.has_traces;
	return undo;
}

/* The journal goes when all is as it was. */
static void go_back(struct daxfs_ctx *ctx, struct transaction *t)
{
	struct daxfs_outcome *outcome = t->outcome;
	const struct undo undo = undo_of(t);
	int r;

	error_clear(ctx);
	r = undo_switch(ctx, &undo);
	intent_update(ctx, undo.old);
	if (r == 0)
		r = journal_remove(ctx, t->name);
	outcome->result = r < 0 ? DAXFS_RESULT_FAILED : DAXFS_RESULT_ROLLED_BACK;
	if (r == 0)
		return;
	outcome_add_error(ctx, outcome, r, DAXFS_CLASS_NOT_RESTORED);
	give_up(ctx, t->name);
}

/* The device cannot come back before the kernel has answered; but nothing of ours is to stay. */
static void leave_behind(struct daxfs_ctx *ctx, struct transaction *t)
{
	const struct undo undo = undo_of(t);

	t->outcome->result = DAXFS_RESULT_FAILED;
	undo_traces(ctx, &undo); /* what stays is in the journal, which stays as well */
	give_up(ctx, t->name);
}

/* ---- a batch: each step for all of them before the next step is taken */

/* What a transaction does in one step of the batch; a failure ends it, but not the others. */
typedef int (*batch_fn)(struct daxfs_ctx *ctx, struct transaction *t);

static void for_each(struct daxfs_ctx *ctx, struct transaction *batch, size_t n, batch_fn step)
{
	for (size_t i = 0; i < n; i++) {
		struct transaction *t = &batch[i];

		if (t->is_done || t->r < 0)
			continue;
		t->r = step(ctx, t);
		if (t->r < 0)
			outcome_add_error(ctx, t->outcome, t->r, DAXFS_CLASS_OK);
	}
}

/* Whatever happens from here on, the way back is known, and so is the mode of before. */
static int put_on_file(struct daxfs_ctx *ctx, const struct daxfs_plan *plan, bool holds)
{
	const struct daxfs_device *old = plan->facts->device;
	int r;

	/* First, so that whatever a kill leaves of the other file is put right with the rest. */
	r = journal_write(ctx, plan, holds);
	if (r < 0 || !plan->unbinds || plan->destroys)
		return r;
	r = intent_write(ctx, old);
	if (r < 0)
		journal_remove(ctx, old->name);
	return r;
}

static int write_journal(struct daxfs_ctx *ctx, struct transaction *t)
{
	int r;

	t->apply = APPLY_INIT(ctx, t->outcome->plan);
	r = put_on_file(ctx, t->outcome->plan, t->outcome->holds);
	t->is_applied = r == 0;
	return r;
}

/*
 * One that is bound to nothing is bound by its new_id, which would take others of the batch along
 * if they were unbound already: so such plans come first, whole.
 */
static int run_if_unbound(struct daxfs_ctx *ctx, struct transaction *t)
{
	(void)ctx;
	return apply_has_unbind(&t->apply) ? 0 : apply_run(&t->apply, APPLY_ALL);
}

static int run_up_to_unbind(struct daxfs_ctx *ctx, struct transaction *t)
{
	(void)ctx;
	return apply_has_unbind(&t->apply) ? apply_run(&t->apply, APPLY_UP_TO_UNBIND) : 0;
}

static int start_unbind(struct daxfs_ctx *ctx, struct transaction *t)
{
	int r;

	(void)ctx;
	if (!apply_has_unbind(&t->apply))
		return 0;
	r = apply_start_unbind(&t->apply);
	t->is_unbinding = r == 0;
	return r;
}

static int finish_unbind_and_bind(struct daxfs_ctx *ctx, struct transaction *t)
{
	int r;

	(void)ctx;
	t->is_unbinding = false;
	r = apply_finish_unbind(&t->apply);
	return r < 0 ? r : apply_run(&t->apply, APPLY_UP_TO_BIND);
}

/* What is not over in time is left behind: each of them by its own words. */
static void leave_unbinds(struct daxfs_ctx *ctx, struct transaction *batch, size_t n, int r)
{
	for (size_t i = 0; i < n; i++) {
		struct transaction *t = &batch[i];

		if (!t->is_unbinding)
			continue;
		t->is_unbinding = false;
		t->r = apply_leave_unbind(&t->apply, r);
		outcome_add_error(ctx, t->outcome, t->r, DAXFS_CLASS_OK);
	}
}

/* Whichever is over first is bound first, and waits for none of the others. */
static void finish_unbinds(struct daxfs_ctx *ctx, struct transaction *batch, size_t n)
{
	struct pending_wait wait = { .deadline_ms = ctx_deadline(ctx) };
	struct pending_write *writes[BATCH_MAX];

	for (;;) {
		size_t open = 0;
		int r;

		for (size_t i = 0; i < n; i++)
			if (batch[i].is_unbinding)
				writes[open++] = &batch[i].apply.unbind;
		if (open == 0)
			return;
		r = pending_wait_any(writes, open, &wait);
		if (r < 0) {
			leave_unbinds(ctx, batch, n, r);
			return;
		}
		for (size_t i = 0; i < n; i++)
			if (batch[i].is_unbinding && batch[i].apply.unbind.is_over)
				for_each(ctx, &batch[i], 1, finish_unbind_and_bind);
	}
}

/* The switch is through; what stays on file too long is only told once more. */
static void discard_poison(struct daxfs_ctx *ctx, const struct daxfs_device *device)
{
	int r = poison_record_forget(ctx, device->ranges, device->n_mappings);

	if (r < 0)
		log_warning(ctx, "%s: its poison is still on record (%s), ignoring", device->name,
			    strerror(-r));
}

static int run_rest(struct daxfs_ctx *ctx, struct transaction *t)
{
	int r = apply_run(&t->apply, APPLY_ALL);

	if (r < 0)
		return r;
	if (t->outcome->plan->discards_poison)
		discard_poison(ctx, t->outcome->before);
	if (t->outcome->holds) /* the mode before may still be that to come back to */
		return 0;
	if (t->outcome->plan->destroys)
		intent_forget(ctx, t->name);
	else
		intent_update(ctx, t->outcome->before);
	return journal_remove(ctx, t->name);
}

/* Afterwards, when no other device of the batch is without a driver that the way back could take. */
static void conclude(struct daxfs_ctx *ctx, struct transaction *t)
{
	if (t->is_done)
		return;
	t->is_done = true;
	if (!t->is_applied) {
		t->outcome->result = DAXFS_RESULT_REFUSED;
		t->outcome->after = daxfs_device_ref(t->outcome->before);
		return;
	}
	if (t->r == 0)
		t->outcome->result = DAXFS_RESULT_CHANGED;
	else if (t->apply.is_pending)
		leave_behind(ctx, t);
	else
		go_back(ctx, t);
	apply_end(&t->apply);
}

/* Whoever was bound to nothing before the batch and is no part of the call has to be so after it. */
static void restore_bystanders(const struct call *call, struct transaction *batch, size_t n)
{
	struct daxfs_ctx *ctx = call->ctx;

	for (size_t i = 0; i < n; i++) {
		struct transaction *t = &batch[i];
		int r;

		/* one of an earlier round has been looked at then */
		if (!t->is_applied || t->apply.is_pending || t->outcome->after)
			continue;
		error_clear(ctx);
		r = bystanders_restore(ctx, t->outcome->plan, call->names, call->n);
		if (r < 0) {
			t->r = r;
			t->outcome->result = DAXFS_RESULT_FAILED;
			outcome_add_error(ctx, t->outcome, r, DAXFS_CLASS_NOT_RESTORED);
		}
	}
}

/* Looks at them, and goes as far as can be without waiting for the kernel. */
static void start_group(const struct call *call, struct transaction *group, size_t n)
{
	static const batch_fn steps[] = { write_journal, run_if_unbound, run_up_to_unbind,
					  start_unbind };
	struct daxfs_ctx *ctx = call->ctx;

	looks_begin(ctx);
	for (size_t i = 0; i < n; i++)
		transaction_prepare(ctx, &group[i], call->request);
	looks_end(ctx);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		for_each(ctx, group, n, steps[i]);
}

static void finish_batch(const struct call *call, struct transaction *batch, size_t n)
{
	struct daxfs_ctx *ctx = call->ctx;

	finish_unbinds(ctx, batch, n);
	for_each(ctx, batch, n, run_rest);
	/* First those that are locked, so that no driver has their ids when others go back. */
	for (size_t i = 0; i < n; i++)
		if (batch[i].apply.is_pending)
			conclude(ctx, &batch[i]);
	for (size_t i = 0; i < n; i++)
		conclude(ctx, &batch[i]);
	restore_bystanders(call, batch, n);
}

/* The node stays while a device changes drivers; it is waited for only where it is not there. */
static void wait_for_node(struct daxfs_ctx *ctx, const char *name, enum daxfs_mode mode)
{
	int r;

	if (mode != DAXFS_MODE_DEVDAX && mode != DAXFS_MODE_FAMFS)
		return;
	r = udev_wait_node(ctx, name, NODE_TIMEOUT_MS);
	if (r < 0)
		log_warning(ctx, "%s/%s is not there (%s), ignoring", ctx->dev_root, name,
			    strerror(-r));
}

/* The link was right when the journal went: since then somebody else was at work. */
static int fail_meanwhile(struct daxfs_ctx *ctx, const struct transaction *t)
{
	const char *driver = t->outcome->after->driver;
	const char *wanted = daxfs_mode_get_driver(t->outcome->plan->mode);

	return daxfs_fail(ctx, -EIO,
			  &(struct failure){ .class = DAXFS_CLASS_NOT_RESTORED,
					     .id = "wrong-driver",
					     .device = t->name,
					     .hint = "something else switches devices at the same "
						     "time; stop it and try again" },
			  "%s: was bound to %s, but is bound to %s now", t->name,
			  wanted ? wanted : "nothing", driver ? driver : "nothing");
}

static void look_again(struct daxfs_ctx *ctx, struct transaction *t)
{
	struct daxfs_outcome *outcome = t->outcome;
	int r;

	if (!t->is_applied || outcome->after)
		return;
	outcome->elapsed_ms = now_ms() - t->start_ms;
	wait_for_node(ctx, t->name, outcome->plan->mode);
	error_clear(ctx);
	r = outcome_read_device(ctx, t->name, &outcome->after);
	if (t->r < 0 || (r == -ENODEV && outcome->plan->deletes))
		return;
	if (r == 0 && outcome->after->mode != outcome->plan->mode)
		r = fail_meanwhile(ctx, t);
	if (r < 0) {
		t->r = r;
		outcome_add_error(ctx, outcome, r, DAXFS_CLASS_NOT_RESTORED);
		outcome->result = DAXFS_RESULT_FAILED;
	}
}

/* Signals are held back: one that ends the process waits until all is in place. */
static void run_batch(const struct call *call, struct transaction *batch, size_t n, size_t group)
{
	sigset_t all, saved;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &saved);
	for (size_t i = 0; i < n; i += group)
		start_group(call, &batch[i], n - i < group ? n - i : group);
	finish_batch(call, batch, n);
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
	for (size_t i = 0; i < n; i++)
		look_again(call->ctx, &batch[i]);
}

/* ---- all of them */

static int begin(const struct call *call, struct transaction *all, bool holds)
{
	for (size_t i = 0; i < call->n; i++) {
		struct transaction *t = &all[i];

		t->name = call->names[i];
		t->start_ms = now_ms();
		t->outcome = outcome_new(t->name);
		if (!t->outcome)
			return -ENOMEM;
		t->outcome->holds = holds;
		transaction_look(call->ctx, t, call->request);
		t->outcome->elapsed_ms = now_ms() - t->start_ms;
	}
	return 0;
}

/* Those that are left share the lock, and what keeps it from them. */
static int lock_for(const struct call *call, struct transaction *all, int *ret_lock)
{
	unsigned int timeout_ms = call->request->lock_timeout_ms;
	int r = -EALREADY; /* nobody wants it */

	for (size_t i = 0; i < call->n; i++) {
		if (all[i].is_done)
			continue;
		r = lock_bus(call->ctx, timeout_ms, ret_lock);
		if (r == 0)
			return 0;
		transaction_refuse(call->ctx, &all[i], r);
		timeout_ms = 0; /* has been waited for */
	}
	return r;
}

static size_t count_changed(const struct transaction *all, size_t n)
{
	size_t changed = 0;

	for (size_t i = 0; i < n; i++)
		changed += all[i].outcome->result == DAXFS_RESULT_CHANGED;
	return changed;
}

/* Takes a refusal for a bystander back: that one may be no longer disabled. */
static bool may_try_again(struct transaction *t)
{
	struct daxfs_outcome *outcome = t->outcome;

	if (outcome->result != DAXFS_RESULT_REFUSED || outcome->n_errors != 1 ||
	    !outcome->errors[0]->id || strcmp(outcome->errors[0]->id, "bystander") != 0)
		return false;
	outcome->n_errors = 0;
	error_free(outcome->errors[0]);
	outcome->before = daxfs_device_unref(outcome->before);
	outcome->after = daxfs_device_unref(outcome->after);
	t->is_done = false;
	t->r = 0;
	return true;
}

/*
 * An unbind waits for the kernel, and nothing waits for a device that stays without a driver: the next
 * ones are looked at in the meantime. Of those that are unbound already, nobody opens the node, so that
 * a look lasts. Where a device is to be bound again, few others are to make it wait.
 */
static struct pace pace_of(const struct daxfs_request *request)
{
	if (request->flags & DAXFS_FLAG_ENABLE)
		return (struct pace){ .batch = BATCH_MAX / 2, .group = BATCH_MAX / 2 };
	if (request->has_mode && request->mode == DAXFS_MODE_NONE)
		return (struct pace){ .batch = BATCH_MAX, .group = BATCH_MAX / 4 };
	return (struct pace){ .batch = BATCH_MAX / 4, .group = BATCH_MAX / 4 };
}

static void run_all(const struct call *call, struct transaction *all)
{
	const struct pace pace = pace_of(call->request);

	for (size_t i = 0; i < call->n; i += pace.batch)
		run_batch(call, all + i, call->n - i < pace.batch ? call->n - i : pace.batch,
			  pace.group);
}

/* Of devices that stand in each other's way, each one that is bound makes way for the next. */
static void switch_all(const struct call *call, struct transaction *all)
{
	_cleanup_close_ int lock = -1;
	size_t changed = 0, before;
	bool again;

	if (lock_for(call, all, &lock) < 0)
		return;
	run_dir_keep(call->ctx);
	do {
		before = changed;
		run_all(call, all);
		changed = count_changed(all, call->n);
		again = false;
		for (size_t i = 0; changed > before && i < call->n; i++)
			again |= may_try_again(&all[i]);
	} while (again);
	run_dir_release(call->ctx);
}

static int switch_many(const struct call *call, bool holds, struct daxfs_outcome **ret_outcomes)
{
	_cleanup_free_ struct transaction *all = calloc(call->n ? call->n : 1, sizeof(*all));
	int r;

	if (!all)
		return -ENOMEM;
	r = begin(call, all, holds);
	if (r < 0) {
		for (size_t i = 0; i < call->n; i++)
			daxfs_outcome_free(all[i].outcome);
		return r;
	}
	switch_all(call, all);
	for (size_t i = 0; i < call->n; i++) {
		ret_outcomes[i] = all[i].outcome;
		if (r == 0)
			r = all[i].r;
	}
	return r;
}

int switch_device(struct daxfs_ctx *ctx, const char *name, const struct daxfs_request *request,
		  bool holds, struct daxfs_outcome **ret_outcome)
{
	const struct call call = { .ctx = ctx, .names = &name, .n = 1, .request = request };

	return switch_many(&call, holds, ret_outcome);
}

DAXFS_EXPORT int daxfs_switch_many(struct daxfs_ctx *ctx, const char *const *device_names, size_t n,
				   const struct daxfs_request *request,
				   struct daxfs_outcome **ret_outcomes)
{
	const struct call call = { .ctx = ctx, .names = device_names, .n = n, .request = request };

	return switch_many(&call, false, ret_outcomes);
}

DAXFS_EXPORT int daxfs_switch(struct daxfs_ctx *ctx, const char *device_name,
			      const struct daxfs_request *request,
			      struct daxfs_outcome **ret_outcome)
{
	return switch_device(ctx, device_name, request, false, ret_outcome);
}
