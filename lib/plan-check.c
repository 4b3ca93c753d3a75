// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whatever a switch can be refused for: one by one, or all for daxfsctl check-device. */
#include "check.h"
#include "plan.h"

int plan_check_findings(struct daxfs_ctx *ctx, struct daxfs_plan *plan,
			const struct daxfs_request *request)
{
	const struct facts *facts = plan->facts;
	const struct check_goal goal = { .mode = plan->mode,
					 .binds = true,
					 .realigns = plan->realigns || plan->resizes };

	/* A way out, as an unbind, is open to a device in whatever state. */
	if (!plan->rebinds || !facts->check || facts->check->device != facts->device)
		return 0;
	return check_require_sound(ctx, facts, &goal);
}

static int check_blocks(struct daxfs_ctx *ctx, struct daxfs_plan *plan,
			const struct daxfs_request *request)
{
	return plan_check_blocks(ctx, plan, request);
}

static int check_enabled(struct daxfs_ctx *ctx, struct daxfs_plan *plan,
			 const struct daxfs_request *request)
{
	return plan_refuse_enabled(ctx, plan->facts->device, request);
}

static int check_request(struct daxfs_ctx *ctx, struct daxfs_plan *plan,
			 const struct daxfs_request *request)
{
	return plan_refuse_request(ctx, plan, request);
}

static int check_module(struct daxfs_ctx *ctx, struct daxfs_plan *plan,
			const struct daxfs_request *request)
{
	(void)request;
	if (!plan->rebinds)
		return 0;
	return module_refuse(ctx, plan->facts->device->name, mode_module(plan->mode),
			     plan->facts->module);
}

static int check_capture(struct daxfs_ctx *ctx, struct daxfs_plan *plan,
			 const struct daxfs_request *request)
{
	return plan_check_capture(ctx, plan, request);
}

/* Whatever can be refused, in this order. */
static int (*const checks[])(struct daxfs_ctx *ctx, struct daxfs_plan *plan,
			     const struct daxfs_request *request) = {
	check_blocks,	   check_enabled,	check_request,	   plan_check_size,  check_module,
	plan_check_memory, plan_check_findings, plan_check_poison, plan_check_users, check_capture,
};

int plan_check(struct daxfs_ctx *ctx, struct daxfs_plan *plan, const struct daxfs_request *request)
{
	int r = 0;

	if (plan->destroys)
		return plan_check_destroy(ctx, plan, request);
	for (size_t i = 0; i < ARRAY_SIZE(checks) && r == 0; i++)
		r = checks[i](ctx, plan, request);
	return r;
}

/* Hands the last error of @ctx on. */
static int hand_on(struct daxfs_ctx *ctx, int r,
		   void (*found)(void *userdata, const struct daxfs_error *error), void *userdata)
{
	_cleanup_(error_freep) struct daxfs_error *error = error_take(ctx, r);

	if (!error || r == -ENOMEM)
		return -ENOMEM;
	found(userdata, error);
	return 0;
}

int plan_collect(struct daxfs_ctx *ctx, struct facts *facts, const struct daxfs_request *request,
		 void (*found)(void *userdata, const struct daxfs_error *error), void *userdata)
{
	_cleanup_(daxfs_plan_freep) struct daxfs_plan *plan = calloc(1, sizeof(*plan));
	int r;

	if (!plan)
		return -ENOMEM;
	error_clear(ctx);
	r = plan_refuse_state(ctx, facts->device);
	if (r < 0)
		return hand_on(ctx, r, found, userdata);
	plan->facts = facts;
	plan_decide(plan, request);
	for (size_t i = 0; i < ARRAY_SIZE(checks) && r == 0; i++) {
		/* What it is refused for is found by the checks themselves. */
		if (checks[i] == plan_check_findings)
			continue;
		r = checks[i](ctx, plan, request);
		if (r < 0)
			r = hand_on(ctx, r, found, userdata);
	}
	plan->facts = NULL; /* still the caller's */
	return r;
}
