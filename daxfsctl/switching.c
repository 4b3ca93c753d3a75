// SPDX-License-Identifier: GPL-2.0-only
#include "switching.h"

#include "output.h"
#include "progress.h"

DEFINE_CLEANUP(struct daxfs_plan *, daxfs_plan_free)

enum status waiting_option(struct app *app, int key)
{
	unsigned int timeout_ms;

	if (key == OPT_PROGRESS)
		return progress_parse(app, optarg);
	if (key != OPT_TIMEOUT)
		return STATUS_OK;
	if (!parse_seconds(app, "timeout", optarg, &timeout_ms))
		return STATUS_USAGE;
	daxfs_ctx_set_timeout(app->ctx, timeout_ms);
	return STATUS_OK;
}

static enum status parse_mode(struct app *app, struct switch_args *args)
{
	if (daxfs_mode_from_string(optarg, &args->mode) < 0)
		return usage_error(
			app, "--mode: '%s' is not a mode; modes are devdax, famfs, system-ram",
			optarg);
	args->has_mode = true;
	return STATUS_OK;
}

enum status switch_option(struct app *app, int key, struct switch_args *args)
{
	switch (key) {
	case 'm':
		return parse_mode(app, args);
	case 'r':
		args->selection.region = optarg;
		break;
	case 'N':
		args->no_online = true;
		break;
	case 'f':
		args->flags |= DAXFS_FLAG_FORCE;
		break;
	case OPT_DRY_RUN:
		args->dry_run = true;
		break;
	case OPT_NO_MOVABLE:
		args->no_movable = true;
		break;
	case OPT_ALLOW_CAPTURE:
		args->flags |= DAXFS_FLAG_ALLOW_CAPTURE;
		break;
	case OPT_INPUT:
		args->input = optarg;
		break;
	case OPT_DISCARD_POISON:
		args->flags |= DAXFS_FLAG_DISCARD_POISON;
		break;
	case OPT_WAIT:
		return patience_parse(app, optarg, &args->patience);
	default:
		return waiting_option(app, key);
	}
	return STATUS_OK;
}

enum status switch_parse_bytes(struct app *app, const char *option, bool *ret_has,
			       uint64_t *ret_bytes)
{
	if (daxfs_parse_size(optarg, ret_bytes) < 0)
		return usage_error(app,
				   "%s: '%s' is not a size; allowed are bytes, as 268435456, or a "
				   "number with K, M, G or T, as 256M",
				   option, optarg);
	*ret_has = true;
	return STATUS_OK;
}

enum status switch_check_memory(struct app *app, const struct switch_args *args)
{
	if (args->no_online && args->no_movable)
		return usage_error(app, "--no-online and --no-movable exclude each other");
	if ((args->no_online || args->no_movable) && args->has_mode &&
	    args->mode != DAXFS_MODE_SYSTEM_RAM)
		return usage_error(app, "%s goes with --mode=system-ram only, not with %s",
				   args->no_online ? "--no-online" : "--no-movable",
				   daxfs_mode_to_string(args->mode));
	return STATUS_OK;
}

enum status switch_take_devices(struct app *app, int argc, char **argv, struct switch_args *args)
{
	struct selection *selection = &args->selection;

	selection->args = argv + optind;
	selection->n_args = argc - optind;
	selection->scope = selection->n_args ? SELECT_ARGS : SELECT_ALL;
	selection->must_match = true;
	if (selection->n_args == 0 && !selection->region && !args->input)
		return usage_error(app, "no device given; name devices (dax0.0, 'dax1.*') or all");
	return STATUS_OK;
}

int switch_make_request(const struct app *app, const struct switch_args *args,
			struct daxfs_request **ret_request)
{
	struct daxfs_request *request;
	int r = daxfs_request_new(&request);

	if (r < 0)
		return r;
	if (args->has_mode)
		daxfs_request_set_mode(request, args->mode);
	if (args->no_online)
		daxfs_request_set_online(request, DAXFS_ONLINE_NONE);
	if (args->no_movable)
		daxfs_request_set_online(request, DAXFS_ONLINE_KERNEL);
	if (app->has_lock_timeout)
		daxfs_request_set_lock_timeout(request, app->lock_timeout_ms);
	/* daxctl's -s makes a device smaller, or empty, and its create leaves device 0 alone. */
	daxfs_request_set_flags(request, app->compat ? args->flags | DAXFS_FLAG_SHRINK |
							       DAXFS_FLAG_EMPTY | DAXFS_FLAG_ANOTHER
						     : args->flags);
	*ret_request = request;
	return 0;
}

enum status switch_command(struct app *app, int argc, char **argv, struct switch_args *args)
{
	_cleanup_(daxfs_request_freep) struct daxfs_request *request = NULL;
	enum status status;
	int key;

	while ((key = app_getopt(app, app->cmd, argc, argv)) != OPT_END) {
		status = key == OPT_STOP ? app->stop_status : switch_option(app, key, args);
		if (key == OPT_STOP || status != STATUS_OK)
			return status;
	}
	status = switch_check_memory(app, args);
	if (status == STATUS_OK)
		status = switch_take_devices(app, argc, argv, args);
	if (status != STATUS_OK)
		return status;
	if (switch_make_request(app, args, &request) < 0)
		return lib_error(app, -ENOMEM);
	return switch_selected(app, args, request);
}

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

static void show_change(struct app *app, struct change *change, const struct daxfs_plan *plan,
			bool with_steps)
{
	_cleanup_free_ struct daxfs_step *steps = NULL;
	_cleanup_free_ const char **notes = NULL;

	/* What became of the device is told without its steps, too. */
	if (plan && show_plan(plan, with_steps, change, &steps, &notes) < 0)
		output_lacks_memory(app->out);
	output_change(app->out, change);
}

/*
 * What an earlier switch left comes before this one: refused as long as that is under way, told
 * when it would be settled first. The words of *ret_note are constant.
 */
static enum status look_at_journal(struct app *app, const char *name, const char **ret_note)
{
	_cleanup_(daxfs_outcome_freep) struct daxfs_outcome *outcome = NULL;
	int r;

	r = daxfs_recover(app->ctx, name, true, 0, &outcome);
	if (!outcome)
		return lib_error(app, r);
	for (size_t i = 0; i < daxfs_outcome_get_n_errors(outcome); i++)
		output_error(app->out, daxfs_outcome_get_error(outcome, i));
	*ret_note = daxfs_outcome_get_settled(outcome);
	return (enum status)daxfs_outcome_get_class(outcome);
}

static void show_wanted(const struct daxfs_plan *plan, struct change *change)
{
	change->result = "would-change";
	change->after = NULL;
	change->wanted_mode = daxfs_mode_to_string(daxfs_plan_get_mode(plan));
	change->wanted_size = daxfs_plan_get_size(plan);
	change->wanted_align = daxfs_plan_get_align(plan);
}

enum status switch_dry_run(struct app *app, const char *name, const struct daxfs_request *request)
{
	const unsigned int sections = DAXFS_SECTION_DETAIL | DAXFS_SECTION_MAPPINGS |
				      DAXFS_SECTION_MEMORY;
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	_cleanup_(daxfs_plan_freep) struct daxfs_plan *plan = NULL;
	struct change change = { .device = name, .result = "refused" };
	enum status status = STATUS_OK;
	const char *note = NULL;
	int r;

	r = daxfs_plan_new(app->ctx, name, request, &plan);
	if (r < 0) {
		status = lib_error(app, r);
		if (daxfs_device_new(app->ctx, name, sections, &device) < 0)
			return status;
	} else {
		device = daxfs_device_ref(daxfs_plan_get_device(plan));
	}
	change.before = change.after = device;
	if (plan && daxfs_device_get_journal(device))
		status = look_at_journal(app, name, &note);
	if (plan && status == STATUS_OK) {
		change.result = note ? "would-change" : "unchanged";
		if (daxfs_plan_get_n_steps(plan))
			show_wanted(plan, &change);
	}
	if (note)
		output_note(app->out, "%s: %s first", name, note);
	show_change(app, &change, status == STATUS_OK ? plan : NULL, true);
	return status;
}

enum status switch_show_plan(struct app *app, const struct daxfs_plan *plan)
{
	struct daxfs_device *device = daxfs_plan_get_device(plan);
	struct change change = { .device = daxfs_device_get_name(device), .before = device };

	show_wanted(plan, &change);
	show_change(app, &change, plan, true);
	return STATUS_OK;
}

enum status switch_tell(struct app *app, const char *name, const struct daxfs_outcome *outcome)
{
	struct change change = { .device = name };

	for (size_t i = 0; i < daxfs_outcome_get_n_errors(outcome); i++)
		output_error(app->out, daxfs_outcome_get_error(outcome, i));
	change.result = daxfs_result_to_string(daxfs_outcome_get_result(outcome));
	change.before = daxfs_outcome_get_before(outcome);
	change.after = daxfs_outcome_get_after(outcome);
	change.gone = daxfs_outcome_get_result(outcome) == DAXFS_RESULT_CHANGED && !change.after;
	change.pending = daxfs_outcome_is_pending(outcome);
	change.has_elapsed_ms = true;
	change.elapsed_ms = daxfs_outcome_get_elapsed_ms(outcome);
	/* One that was refused for good reason has nothing to show but the error. */
	show_change(app, &change, daxfs_outcome_get_plan(outcome), app->verbose);
	return (enum status)daxfs_outcome_get_class(outcome);
}

/* All at once; then, one by one, those that --wait may help. */
static int switch_together(struct app *app, char **names, size_t n, const struct patience *patience,
			   struct daxfs_request *request, struct daxfs_outcome **outcomes)
{
	struct progress *progress = progress_start(app);
	int r;

	r = daxfs_switch_many(app->ctx, (const char *const *)names, n, request, outcomes);
	for (size_t i = 0; i < n && outcomes[i]; i++) {
		if (!patience_would_wait(patience, outcomes[i]))
			continue;
		outcomes[i] = daxfs_outcome_free(outcomes[i]);
		r = patience_switch(app, patience, names[i], request, &outcomes[i]);
	}
	progress_stop(progress);
	return r;
}

static enum status switch_names(struct app *app, char **names, size_t n,
				const struct patience *patience, struct daxfs_request *request)
{
	_cleanup_free_ struct daxfs_outcome **outcomes = calloc(n + 1, sizeof(*outcomes));
	enum status status = STATUS_OK;
	int r = -ENOMEM;

	if (outcomes)
		r = switch_together(app, names, n, patience, request, outcomes);
	for (size_t i = 0; i < n; i++) {
		if (!outcomes || !outcomes[i])
			return status_merge(status, lib_error(app, r));
		status = status_merge(status, switch_tell(app, names[i], outcomes[i]));
		daxfs_outcome_free(outcomes[i]);
	}
	return status;
}

enum status switch_listed(struct app *app, const struct switch_args *args, char **names, size_t n,
			  struct daxfs_request *request)
{
	enum status status = STATUS_OK;

	if (!args->dry_run && n)
		return switch_names(app, names, n, &args->patience, request);
	for (size_t i = 0; i < n; i++)
		status = status_merge(status, switch_dry_run(app, names[i], request));
	return status;
}

enum status switch_selected(struct app *app, const struct switch_args *args,
			    struct daxfs_request *request)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	enum status status;
	size_t n = 0;

	status = select_names(app, &args->selection, &names, &n);
	return status_merge(status, switch_listed(app, args, names, n, request));
}
