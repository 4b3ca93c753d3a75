// SPDX-License-Identifier: LGPL-2.1-or-later
#include "outcome.h"

#include <string.h>

struct daxfs_outcome *outcome_new(const char *device)
{
	struct daxfs_outcome *outcome = calloc(1, sizeof(*outcome));

	if (outcome)
		snprintf(outcome->device, sizeof(outcome->device), "%s", device);
	return outcome;
}

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

void outcome_add_error(struct daxfs_ctx *ctx, struct daxfs_outcome *outcome, int r,
		       enum daxfs_class class)
{
	_cleanup_(error_freep) struct daxfs_error *error = error_take(ctx, r);
	struct daxfs_error **errors;

	if (!error)
		return;
	/* Without memory for it the message has to do. */
	if (!error->device)
		error->device = strdup(outcome->device);
	if (class)
		error->class = class;
	/* As a refusal the same word means another's write. */
	if (error->class == DAXFS_CLASS_NOT_RESTORED && error->id &&
	    strcmp(error->id, "pending") == 0)
		outcome->is_pending = true;
	errors = reallocarray(outcome->errors, outcome->n_errors + 1, sizeof(struct daxfs_error *));
	if (!errors)
		return;
	outcome->errors = errors;
	errors[outcome->n_errors++] = TAKE_PTR(error);
}

enum daxfs_result outcome_result_of_error(const struct daxfs_ctx *ctx)
{
	static const char *const ids[] = { "in-use", "bystander", "locked", "pending" };

	/* What was left behind has the id of what is refused for it, but is a failure. */
	if (!ctx->error || ctx->error->class == DAXFS_CLASS_NOT_RESTORED)
		return DAXFS_RESULT_FAILED;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		if (ctx->error->id && strcmp(ctx->error->id, ids[i]) == 0)
			return DAXFS_RESULT_REFUSED;
	return DAXFS_RESULT_FAILED;
}

int outcome_read_device(struct daxfs_ctx *ctx, const char *name, struct daxfs_device **ret_device)
{
	return daxfs_device_new(
		ctx, name, DAXFS_SECTION_DETAIL | DAXFS_SECTION_MAPPINGS | DAXFS_SECTION_MEMORY,
		ret_device);
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

DAXFS_EXPORT bool daxfs_outcome_is_pending(const struct daxfs_outcome *outcome)
{
	return outcome->is_pending;
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

/* The worst of its errors: 8, then 7, then the cause; and the result, should memory for them lack. */
DAXFS_EXPORT enum daxfs_class daxfs_outcome_get_class(const struct daxfs_outcome *outcome)
{
	enum daxfs_class class = DAXFS_CLASS_OK;

	for (size_t i = 0; i < outcome->n_errors; i++) {
		enum daxfs_class other = outcome->errors[i]->class;

		if (class == DAXFS_CLASS_OK || other >= DAXFS_CLASS_NOT_RESTORED)
			class = other > class || class == DAXFS_CLASS_OK ? other : class;
	}
	/* Of a switch, which has a plan, the way back is a failure; of a recovery it is none. */
	if (class == DAXFS_CLASS_OK &&
	    (outcome->result == DAXFS_RESULT_REFUSED ||
	     (outcome->result == DAXFS_RESULT_ROLLED_BACK && outcome->plan)))
		class = DAXFS_CLASS_FAILED;
	if (class == DAXFS_CLASS_OK && outcome->result == DAXFS_RESULT_FAILED)
		class = DAXFS_CLASS_NOT_RESTORED;
	return class;
}

DAXFS_EXPORT const char *daxfs_outcome_get_device(const struct daxfs_outcome *outcome)
{
	return outcome->device;
}
