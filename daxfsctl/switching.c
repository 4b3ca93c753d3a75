// SPDX-License-Identifier: GPL-2.0-only
#include "switching.h"

#include "output.h"

DEFINE_CLEANUP(struct daxfs_plan *, daxfs_plan_free)

/* The steps and notes of a plan, as the output wants them; the arrays belong to the caller. */
static int show_plan(const struct daxfs_plan *plan, bool with_steps, struct change *change,
		     struct daxfs_step **ret_steps, const char ***ret_notes)
{
	_cleanup_free_ struct daxfs_step *steps = NULL;
	const char **notes;
	size_t n = daxfs_plan_get_n_steps(plan);
	size_t n_notes = daxfs_plan_get_n_notes(plan);

	steps = calloc(n ? n : 1, sizeof(*steps));
	notes = calloc(n_notes ? n_notes : 1, sizeof(*notes));
	if (!steps || !notes) {
		free(notes);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++)
		daxfs_plan_get_step(plan, i, &steps[i]);
	for (size_t i = 0; i < n_notes; i++)
		notes[i] = daxfs_plan_get_note(plan, i);
	change->has_plan = with_steps;
	change->steps = steps;
	change->n_steps = n;
	change->notes = notes;
	change->n_notes = n_notes;
	*ret_steps = TAKE_PTR(steps);
	*ret_notes = notes;
	return 0;
}

static enum status show_change(struct app *app, struct change *change,
			       const struct daxfs_plan *plan, bool with_steps)
{
	_cleanup_free_ struct daxfs_step *steps = NULL;
	_cleanup_free_ const char **notes = NULL;

	if (plan && show_plan(plan, with_steps, change, &steps, &notes) < 0)
		return lib_error(app, -ENOMEM);
	output_change(app->out, change);
	return STATUS_OK;
}

enum status switch_dry_run(struct app *app, const char *name, const struct daxfs_request *request)
{
	const unsigned int sections = DAXFS_SECTION_DETAIL | DAXFS_SECTION_MAPPINGS;
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	_cleanup_(daxfs_plan_freep) struct daxfs_plan *plan = NULL;
	struct change change = { .device = name, .result = "refused" };
	enum status status = STATUS_OK, shown;
	int r;

	r = daxfs_plan_new(app->ctx, name, request, &plan);
	if (r < 0) {
		status = lib_error(app, r);
		if (daxfs_device_new(app->ctx, name, sections, &device) < 0)
			return status;
	} else {
		device = daxfs_device_ref(daxfs_plan_get_device(plan));
		change.result = daxfs_plan_get_n_steps(plan) ? "would-change" : "unchanged";
	}
	change.before = device;
	if (plan && daxfs_plan_get_n_steps(plan)) {
		change.wanted_mode = daxfs_mode_to_string(daxfs_plan_get_mode(plan));
		change.wanted_size = daxfs_plan_get_size(plan);
		change.wanted_align = daxfs_plan_get_align(plan);
	} else {
		change.after = device;
	}
	shown = show_change(app, &change, plan, true);
	return status_merge(status, shown);
}

enum status switch_tell(struct app *app, const char *name, const struct daxfs_outcome *outcome)
{
	struct change change = { .device = name };
	enum status shown;

	for (size_t i = 0; i < daxfs_outcome_get_n_errors(outcome); i++)
		output_error(app->out, daxfs_outcome_get_error(outcome, i));
	change.result = daxfs_result_to_string(daxfs_outcome_get_result(outcome));
	change.before = daxfs_outcome_get_before(outcome);
	change.after = daxfs_outcome_get_after(outcome);
	change.has_elapsed_ms = true;
	change.elapsed_ms = daxfs_outcome_get_elapsed_ms(outcome);
	/* One that was refused for good reason has nothing to show but the error. */
	shown = show_change(app, &change, daxfs_outcome_get_plan(outcome), app->verbose);
	return status_merge((enum status)daxfs_outcome_get_class(outcome), shown);
}

enum status switch_one(struct app *app, const char *name, const struct patience *patience,
		       struct daxfs_request *request)
{
	_cleanup_(daxfs_outcome_freep) struct daxfs_outcome *outcome = NULL;
	int r;

	r = patience_switch(app, patience, name, request, &outcome);
	return outcome ? switch_tell(app, name, outcome) : lib_error(app, r);
}

enum status switch_selected(struct app *app, const struct selection *selection,
			    const struct patience *patience, struct daxfs_request *request)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	enum status status;
	size_t n = 0;

	status = select_names(app, selection, &names, &n);
	for (size_t i = 0; i < n; i++) {
		enum status one = patience ? switch_one(app, names[i], patience, request)
					   : switch_dry_run(app, names[i], request);

		status = status_merge(status, one);
	}
	return status;
}
