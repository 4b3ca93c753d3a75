// SPDX-License-Identifier: LGPL-2.1-or-later
/* A switch from the first look to the last: plan, lock, plan again, apply, undo, report. */
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "apply.h"
#include "device.h"
#include "intent.h"
#include "journal.h"
#include "lock.h"
#include "plan.h"
#include "private.h"
#include "settle.h"
#include "sysfs.h"
#include "udev.h"
#include "undo.h"

/* How long to wait for udev to make a node that is missing. */
#define NODE_TIMEOUT_MS 5000

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
};

DEFINE_CLEANUP(struct daxfs_outcome *, daxfs_outcome_free)

DAXFS_EXPORT struct daxfs_outcome *daxfs_outcome_free(struct daxfs_outcome *outcome)
{
	if (!outcome)
		return NULL;
	for (size_t i = 0; i < outcome->n_errors; i++)
		error_free(outcome->errors[i]);
	free(outcome->errors);
	daxfs_plan_free(outcome->plan);
	daxfs_device_unref(outcome->before);
	daxfs_device_unref(outcome->after);
	free(outcome);
	return NULL;
}

/* Moves the context's last error into the outcome; @class, if any, replaces its own. */
static void add_error(struct daxfs_ctx *ctx, struct daxfs_outcome *outcome, int r,
		      enum daxfs_class class)
{
	_cleanup_(error_freep) struct daxfs_error *error = error_take(ctx, r);
	struct daxfs_error **errors;

	if (!error)
		return;
	if (class)
		error->class = class;
	errors = reallocarray(outcome->errors, outcome->n_errors + 1, sizeof(struct daxfs_error *));
	if (!errors)
		return;
	outcome->errors = errors;
	errors[outcome->n_errors++] = TAKE_PTR(error);
}

/* Whether every file of the plan that is there could be written: refuse before the first write. */
static int check_permission(struct daxfs_ctx *ctx, const struct daxfs_plan *plan)
{
	if (ctx->recorded)
		return daxfs_fail(ctx, -EROFS,
				  &(struct failure){ .class = DAXFS_CLASS_INVALID,
						     .id = "recorded-tree",
						     .hint = "--dry-run shows what would be done" },
				  "%s: a recorded tree cannot be changed",
				  plan->facts->device->name);
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];
		int r;

		/* The files of a driver come with its module; the others are directories. */
		if (!step->path || step->kind == STEP_OFFLINE_MEMORY ||
		    step->kind == STEP_ONLINE_MEMORY)
			continue;
		r = sysfs_may_write(ctx, step->path);
		if (r == 0 || r == -ENOENT)
			continue;
		return daxfs_fail(
			ctx, r,
			&(struct failure){ .class = DAXFS_CLASS_PERMISSION,
					   .id = "not-permitted",
					   .device = plan->facts->device->name,
					   .path = step->shown,
					   .err = -r,
					   .hint = r == -EROFS ? "/sys is mounted read-only here"
							       : "run as root" },
			"%s: not permitted to write %s", plan->facts->device->name, step->shown);
	}
	return 0;
}

/* The way back, and what it makes of the outcome; the journal goes when all is as it was. */
static void go_back(struct daxfs_ctx *ctx, struct daxfs_outcome *outcome)
{
	const struct undo undo = undo_of_plan(outcome->plan);
	int r;

	error_clear(ctx);
	r = undo_switch(ctx, &undo);
	intent_update(ctx, undo.old);
	if (r == 0)
		r = journal_remove(ctx, undo.old->name);
	outcome->result = r < 0 ? DAXFS_RESULT_FAILED : DAXFS_RESULT_ROLLED_BACK;
	if (r < 0)
		add_error(ctx, outcome, r, DAXFS_CLASS_NOT_RESTORED);
}

/* Whatever happens from here on, the way back is known, and so is the mode of before. */
static int put_on_file(struct daxfs_ctx *ctx, const struct daxfs_plan *plan)
{
	const struct daxfs_device *old = plan->facts->device;
	int r;

	/* First, so that whatever a kill leaves of the other file is put right with the rest. */
	r = journal_write(ctx, plan);
	if (r < 0 || !plan->unbinds)
		return r;
	r = intent_write(ctx, old);
	if (r < 0)
		journal_remove(ctx, old->name);
	return r;
}

static int journal_and_apply(struct daxfs_ctx *ctx, struct daxfs_outcome *outcome)
{
	const char *device = outcome->plan->facts->device->name;
	int r;

	error_clear(ctx);
	r = put_on_file(ctx, outcome->plan);
	if (r < 0) {
		outcome->result = DAXFS_RESULT_REFUSED;
		add_error(ctx, outcome, r, DAXFS_CLASS_OK);
		return r;
	}
	r = apply_plan(ctx, outcome->plan);
	if (r == 0) {
		intent_update(ctx, outcome->plan->facts->device);
		r = journal_remove(ctx, device);
	}
	if (r < 0) {
		add_error(ctx, outcome, r, DAXFS_CLASS_OK);
		go_back(ctx, outcome);
		return r;
	}
	outcome->result = DAXFS_RESULT_CHANGED;
	return 0;
}

/* Runs the plan with signals held back: one that ends the process waits until all is in place. */
static int apply_undisturbed(struct daxfs_ctx *ctx, struct daxfs_outcome *outcome)
{
	sigset_t all, saved;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &saved);
	r = journal_and_apply(ctx, outcome);
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
	return r;
}

static int read_after(struct daxfs_ctx *ctx, const char *name, struct daxfs_outcome *outcome)
{
	return daxfs_device_new(
		ctx, name, DAXFS_SECTION_DETAIL | DAXFS_SECTION_MAPPINGS | DAXFS_SECTION_MEMORY,
		&outcome->after);
}

/* Nothing was written: the device is after what it was before, if it can be read at all. */
static void refused(struct daxfs_ctx *ctx, const char *name, struct daxfs_outcome *outcome)
{
	if (!outcome->before && read_after(ctx, name, outcome) == 0)
		outcome->before = daxfs_device_ref(outcome->after);
	else if (outcome->before)
		outcome->after = daxfs_device_ref(outcome->before);
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

static int take_plan(struct daxfs_ctx *ctx, const char *name, const struct daxfs_request *request,
		     struct daxfs_outcome *outcome)
{
	int r;

	outcome->plan = daxfs_plan_free(outcome->plan);
	outcome->before = daxfs_device_unref(outcome->before);
	r = daxfs_plan_new(ctx, name, request, &outcome->plan);
	if (r < 0)
		return r;
	outcome->before = daxfs_device_ref(outcome->plan->facts->device);
	return 0;
}

/* Under the lock: first what another switch left, then the plan that counts. */
static int settle_and_plan(struct daxfs_ctx *ctx, const char *name,
			   const struct daxfs_request *request, struct daxfs_outcome *outcome)
{
	int r;

	r = settle_device(ctx, name, false, &outcome->settled);
	if (r < 0)
		return r;
	r = take_plan(ctx, name, request, outcome);
	if (r == 0 && outcome->settled != SETTLED_NOTHING)
		r = plan_add_note(outcome->plan, "%s: %s", name,
				  settled_words(outcome->settled, false));
	return r;
}

/*
 * Plans without the lock first: where nothing is to be done, or the answer is no, nothing is
 * created. What was seen may have changed until the lock is there, so the plan that counts is made
 * under it.
 */
static int prepare(struct daxfs_ctx *ctx, const char *name, const struct daxfs_request *request,
		   struct daxfs_outcome *outcome, int *ret_lock)
{
	int r;

	if (!journal_exists(ctx, name)) {
		r = take_plan(ctx, name, request, outcome);
		if (r < 0 || outcome->plan->n_steps == 0)
			return r;
		r = check_permission(ctx, outcome->plan);
		if (r < 0)
			return r;
	}
	r = lock_bus(ctx, request->lock_timeout_ms, ret_lock);
	if (r < 0)
		return r;
	return settle_and_plan(ctx, name, request, outcome);
}

DAXFS_EXPORT int daxfs_switch(struct daxfs_ctx *ctx, const char *device_name,
			      const struct daxfs_request *request,
			      struct daxfs_outcome **ret_outcome)
{
	_cleanup_(daxfs_outcome_freep) struct daxfs_outcome *outcome = calloc(1, sizeof(*outcome));
	uint64_t start = now_ms();
	_cleanup_close_ int lock = -1;
	int r;

	if (!outcome)
		return -ENOMEM;
	r = prepare(ctx, device_name, request, outcome, &lock);
	if (r < 0) {
		outcome->result = DAXFS_RESULT_REFUSED;
		add_error(ctx, outcome, r, DAXFS_CLASS_OK);
		refused(ctx, device_name, outcome);
	} else if (outcome->plan->n_steps == 0) {
		outcome->result = outcome->settled == SETTLED_NOTHING ? DAXFS_RESULT_UNCHANGED
								      : DAXFS_RESULT_CHANGED;
		outcome->after = daxfs_device_ref(outcome->before);
	} else {
		r = apply_undisturbed(ctx, outcome);
		wait_for_node(ctx, device_name, outcome->plan->mode);
		if (read_after(ctx, device_name, outcome) < 0 && r == 0) {
			r = -EIO;
			add_error(ctx, outcome, r, DAXFS_CLASS_NOT_RESTORED);
			outcome->result = DAXFS_RESULT_FAILED;
		}
	}
	outcome->elapsed_ms = now_ms() - start;
	*ret_outcome = TAKE_PTR(outcome);
	return r;
}

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
	r = read_after(ctx, name, outcome);
	if (r < 0)
		return r;
	/* A device without a journal can be beyond help all the same. */
	return outcome->after->state == DAXFS_STATE_STRANDED ? device_fail_stranded(ctx, name) : 0;
}

DAXFS_EXPORT int daxfs_recover(struct daxfs_ctx *ctx, const char *device_name, bool dry_run,
			       unsigned int lock_timeout_ms, struct daxfs_outcome **ret_outcome)
{
	_cleanup_(daxfs_outcome_freep) struct daxfs_outcome *outcome = calloc(1, sizeof(*outcome));
	uint64_t start = now_ms();
	int r;

	if (!outcome)
		return -ENOMEM;
	outcome->dry_run = dry_run;
	error_clear(ctx);
	r = daxfs_device_new(ctx, device_name,
			     DAXFS_SECTION_DETAIL | DAXFS_SECTION_MAPPINGS | DAXFS_SECTION_MEMORY,
			     &outcome->before);
	/* The journal of a device that is gone is dropped, and the device told as missing. */
	if (r == 0 || (r == -ENODEV && journal_exists(ctx, device_name)))
		r = recover(ctx, device_name, dry_run, lock_timeout_ms, outcome);
	outcome->result = r < 0 ? DAXFS_RESULT_FAILED : result_of_settled(outcome->settled);
	if (r < 0)
		add_error(ctx, outcome, r, DAXFS_CLASS_OK);
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

DAXFS_EXPORT const char *daxfs_outcome_get_settled(const struct daxfs_outcome *outcome)
{
	if (outcome->settled == SETTLED_NOTHING)
		return NULL;
	return settled_words(outcome->settled, outcome->dry_run);
}

DAXFS_EXPORT enum daxfs_result daxfs_outcome_get_result(const struct daxfs_outcome *outcome)
{
	return outcome->result;
}

DAXFS_EXPORT const struct daxfs_plan *daxfs_outcome_get_plan(const struct daxfs_outcome *outcome)
{
	return outcome->plan;
}

DAXFS_EXPORT struct daxfs_device *daxfs_outcome_get_before(const struct daxfs_outcome *outcome)
{
	return outcome->before;
}

DAXFS_EXPORT struct daxfs_device *daxfs_outcome_get_after(const struct daxfs_outcome *outcome)
{
	return outcome->after;
}

DAXFS_EXPORT uint64_t daxfs_outcome_get_elapsed_ms(const struct daxfs_outcome *outcome)
{
	return outcome->elapsed_ms;
}

DAXFS_EXPORT size_t daxfs_outcome_get_n_errors(const struct daxfs_outcome *outcome)
{
	return outcome->n_errors;
}

DAXFS_EXPORT const struct daxfs_error *daxfs_outcome_get_error(const struct daxfs_outcome *outcome,
							       size_t index)
{
	return index < outcome->n_errors ? outcome->errors[index] : NULL;
}

/* The worst of its errors: 8, then 7, then the cause. */
DAXFS_EXPORT enum daxfs_class daxfs_outcome_get_class(const struct daxfs_outcome *outcome)
{
	enum daxfs_class class = DAXFS_CLASS_OK;

	for (size_t i = 0; i < outcome->n_errors; i++) {
		enum daxfs_class other = outcome->errors[i]->class;

		if (class == DAXFS_CLASS_OK || other >= DAXFS_CLASS_NOT_RESTORED)
			class = other > class || class == DAXFS_CLASS_OK ? other : class;
	}
	return class;
}
