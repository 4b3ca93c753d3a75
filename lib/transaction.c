// SPDX-License-Identifier: LGPL-2.1-or-later
#include "transaction.h"

#include <string.h>

#include "bystanders.h"
#include "device.h"
#include "handle.h"
#include "journal.h"
#include "neighbours.h"
#include "outcome.h"
#include "plan.h"
#include "private.h"
#include "settle.h"
#include "sysfs.h"

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
		/* Any other answer the write itself will give, and be told with the step. */
		if (r != -EACCES && r != -EPERM && r != -EROFS)
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

void transaction_refuse(struct daxfs_ctx *ctx, struct transaction *t, int r)
{
	struct daxfs_outcome *outcome = t->outcome;

	t->r = r;
	t->is_done = true;
	outcome->result = DAXFS_RESULT_REFUSED;
	outcome_add_error(ctx, outcome, r, DAXFS_CLASS_OK);
	if (outcome_read_device(ctx, t->name, &outcome->after) < 0 && outcome->before)
		outcome->after = daxfs_device_ref(outcome->before);
	if (!outcome->before && outcome->after)
		outcome->before = daxfs_device_ref(outcome->after);
}

/* The device is what was asked, at the latest since an interrupted switch was settled. */
static void leave_alone(struct transaction *t)
{
	struct daxfs_outcome *outcome = t->outcome;

	t->is_done = true;
	outcome->result = outcome->settled == SETTLED_NOTHING ? DAXFS_RESULT_UNCHANGED
							      : DAXFS_RESULT_CHANGED;
	outcome->after = daxfs_device_ref(outcome->before);
}

static int take_plan(struct daxfs_ctx *ctx, struct transaction *t,
		     const struct daxfs_request *request)
{
	struct daxfs_outcome *outcome = t->outcome;
	int r;

	outcome->plan = daxfs_plan_free(outcome->plan);
	outcome->before = daxfs_device_unref(outcome->before);
	r = daxfs_plan_new(ctx, t->name, request, &outcome->plan);
	if (r < 0)
		return r;
	outcome->before = daxfs_device_ref(outcome->plan->facts->device);
	return 0;
}

/* Whether a refusal may come from a device that is just on its way, by another process. */
static bool is_passing(struct daxfs_ctx *ctx)
{
	return journal_any(ctx) ||
	       (ctx->error && ctx->error->id && strcmp(ctx->error->id, "bystander") == 0);
}

/*
 * Whether somebody who may write to the bus asks for a driver, and the link shows another one. Then
 * there is something to be done, or something that speaks against it, and one plan is enough: that
 * under the lock. The root of a user namespace may not write.
 */
static bool is_for_the_lock(struct daxfs_ctx *ctx, const char *device,
			    const struct daxfs_request *request)
{
	bool is_enable = request->flags & DAXFS_FLAG_ENABLE && !request->has_mode;
	_cleanup_free_ char *driver = NULL;
	enum daxfs_mode mode;

	if (ctx->recorded || !(request->has_mode || is_enable) || request->has_size ||
	    request->has_align || request->ranges ||
	    request->flags & (DAXFS_FLAG_DESTROY | DAXFS_FLAG_MEMORY) ||
	    sysfs_may_write(ctx, "bus/dax/drivers_autoprobe") < 0 ||
	    apply_read_driver(ctx, device, &driver) < 0)
		return false;
	mode = mode_from_driver(driver);
	if (is_enable)
		return mode == DAXFS_MODE_NONE;
	return mode != DAXFS_MODE_OTHER && mode != request->mode;
}

void transaction_look(struct daxfs_ctx *ctx, struct transaction *t,
		      const struct daxfs_request *request)
{
	struct daxfs_request first = *request;
	int r;

	if (is_for_the_lock(ctx, t->name, request) || journal_exists(ctx, t->name))
		return;
	first.skips_users = first.is_first = true;
	r = take_plan(ctx, t, &first);
	if (r == 0 && t->outcome->plan->n_steps == 0) {
		leave_alone(t);
		return;
	}
	if (r == 0)
		r = check_permission(ctx, t->outcome->plan);
	if (r < 0 && !is_passing(ctx))
		transaction_refuse(ctx, t, r);
}

/* First what another switch left, then the plan that counts. */
static int settle_and_plan(struct daxfs_ctx *ctx, struct transaction *t,
			   const struct daxfs_request *request)
{
	struct daxfs_outcome *outcome = t->outcome;
	int r;

	r = settle_device(ctx, t->name, false, &outcome->settled);
	if (r < 0 || outcome->settled != SETTLED_NOTHING)
		looks_drop(ctx);
	if (r == 0)
		r = take_plan(ctx, t, request);
	if (r == 0 && outcome->settled != SETTLED_NOTHING)
		r = plan_add_note(outcome->plan, "%s: %s", t->name,
				  settled_words(outcome->settled, false));
	if (r == 0)
		r = check_permission(ctx, outcome->plan);
	if (r == 0)
		r = bystanders_check_pending(ctx, outcome->plan);
	if (r == 0 && outcome->holds && outcome->plan->n_steps)
		r = handle_check_capture(ctx, outcome->before, request->flags);
	return r;
}

void transaction_prepare(struct daxfs_ctx *ctx, struct transaction *t,
			 const struct daxfs_request *request)
{
	int r;

	if (t->is_done)
		return;
	error_clear(ctx);
	r = settle_and_plan(ctx, t, request);
	if (r < 0)
		transaction_refuse(ctx, t, r);
	else if (t->outcome->plan->n_steps == 0)
		leave_alone(t);
}
