// SPDX-License-Identifier: GPL-2.0-only
/* reconfigure-device: mode, size and align of devices, one transaction each. */
#include <inttypes.h>
#include <string.h>

#include "cmd.h"
#include "output.h"
#include "patience.h"
#include "select.h"

DEFINE_CLEANUP(struct daxfs_request *, daxfs_request_free)
DEFINE_CLEANUP(struct daxfs_plan *, daxfs_plan_free)

enum {
	OPT_DRY_RUN = OPT_FIRST,
	OPT_REBIND,
	OPT_NO_MOVABLE,
	OPT_SHRINK,
	OPT_ALLOW_CAPTURE,
	OPT_WAIT,
};

static const struct opt opts[] = {
	{ "mode", 'm', "MODE", "devdax, famfs or system-ram" },
	{ "size", 's', "SIZE", "new size, in bytes or with K, M, G, T (dynamic devices)" },
	{ "align", 'a', "ALIGN", "new alignment: 4K, 2M or 1G (dynamic devices)" },
	{ "region", 'r', "REGION", "only devices of this region (0, region0, all)" },
	{ "dry-run", OPT_DRY_RUN, NULL, "show the steps, change nothing" },
	{ "rebind", OPT_REBIND, NULL, "unbind and bind even when the mode is right" },
	{ "no-online", 'N', NULL, "system-ram: leave the memory offline" },
	{ "no-movable", OPT_NO_MOVABLE, NULL, "system-ram: online the memory in a kernel zone" },
	{ "force", 'f', NULL, "though in use; offline memory first; system-ram to famfs directly" },
	{ "wait", OPT_WAIT, "SEC", "in use: try again for so many seconds" },
	{ "shrink", OPT_SHRINK, NULL, "a smaller size is meant, data at the end is lost" },
	{ "allow-capture", OPT_ALLOW_CAPTURE, NULL,
	  "go on though a disabled device would be bound too" },
	{}
};

struct args {
	bool has_mode, has_size, has_align;
	bool dry_run, no_online, no_movable;
	enum daxfs_mode mode;
	uint64_t size;
	uint64_t align;
	unsigned int flags; /* enum daxfs_flag */
	struct patience patience;
	struct selection selection;
};

static enum status parse_bytes(struct app *app, const char *option, const char *text, bool *ret_has,
			       uint64_t *ret_bytes)
{
	if (daxfs_parse_size(text, ret_bytes) < 0)
		return usage_error(app,
				   "%s: '%s' is not a size; allowed are bytes, as 268435456, or a "
				   "number with K, M, G or T, as 256M",
				   option, text);
	*ret_has = true;
	return STATUS_OK;
}

static enum status parse_mode(struct app *app, const char *text, struct args *args)
{
	if (daxfs_mode_from_string(text, &args->mode) < 0)
		return usage_error(
			app, "--mode: '%s' is not a mode; modes are devdax, famfs, system-ram",
			text);
	args->has_mode = true;
	return STATUS_OK;
}

static enum status parse_option(struct app *app, int key, struct args *args)
{
	switch (key) {
	case 'm':
		return parse_mode(app, optarg, args);
	case 's':
		return parse_bytes(app, "--size", optarg, &args->has_size, &args->size);
	case 'a':
		return parse_bytes(app, "--align", optarg, &args->has_align, &args->align);
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
	case OPT_REBIND:
		args->flags |= DAXFS_FLAG_REBIND;
		break;
	case OPT_NO_MOVABLE:
		args->no_movable = true;
		break;
	case OPT_SHRINK:
		args->flags |= DAXFS_FLAG_SHRINK;
		break;
	case OPT_ALLOW_CAPTURE:
		args->flags |= DAXFS_FLAG_ALLOW_CAPTURE;
		break;
	case OPT_WAIT:
		return patience_parse(app, optarg, &args->patience);
	}
	return STATUS_OK;
}

/* What no device can make sense of. */
static enum status check_args(struct app *app, const struct args *args)
{
	const char *online = args->no_online ? "--no-online" : "--no-movable";

	if (!args->has_mode && !args->has_size && !args->has_align &&
	    !(args->flags & DAXFS_FLAG_REBIND) && !args->no_online && !args->no_movable)
		return usage_error(app, "nothing is asked for; give -m MODE, -s SIZE, -a ALIGN or "
					"--rebind");
	if (args->no_online && args->no_movable)
		return usage_error(app, "--no-online and --no-movable exclude each other");
	if ((args->no_online || args->no_movable) && args->has_mode &&
	    args->mode != DAXFS_MODE_SYSTEM_RAM)
		return usage_error(app, "%s goes with --mode=system-ram only, not with %s", online,
				   daxfs_mode_to_string(args->mode));
	if (args->selection.n_args == 0 && !args->selection.region)
		return usage_error(app, "no device given; name devices (dax0.0, 'dax1.*') or all");
	return STATUS_OK;
}

/* False when the command ends here, with *ret_status: after --help, or a usage error. */
static bool parse_args(struct app *app, int argc, char **argv, struct args *args,
		       enum status *ret_status)
{
	int key;

	while ((key = app_getopt(app, app->cmd, argc, argv)) != OPT_END) {
		*ret_status = key == OPT_STOP ? app->stop_status : parse_option(app, key, args);
		if (key == OPT_STOP || *ret_status != STATUS_OK)
			return false;
	}
	args->selection.args = argv + optind;
	args->selection.n_args = argc - optind;
	args->selection.scope = args->selection.n_args ? SELECT_ARGS : SELECT_ALL;
	args->selection.must_match = true;
	*ret_status = check_args(app, args);
	return *ret_status == STATUS_OK;
}

static int make_request(const struct app *app, const struct args *args,
			struct daxfs_request **ret_request)
{
	struct daxfs_request *request;
	int r = daxfs_request_new(&request);

	if (r < 0)
		return r;
	if (args->has_mode)
		daxfs_request_set_mode(request, args->mode);
	if (args->has_size)
		daxfs_request_set_size(request, args->size);
	if (args->has_align)
		daxfs_request_set_align(request, args->align);
	if (args->no_online)
		daxfs_request_set_online(request, DAXFS_ONLINE_NONE);
	if (args->no_movable)
		daxfs_request_set_online(request, DAXFS_ONLINE_KERNEL);
	if (app->has_lock_timeout)
		daxfs_request_set_lock_timeout(request, app->lock_timeout_ms);
	daxfs_request_set_flags(request, args->flags);
	*ret_request = request;
	return 0;
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

static enum status dry_run(struct app *app, const char *name, const struct daxfs_request *request)
{
	const unsigned int sections = DAXFS_SECTION_DETAIL | DAXFS_SECTION_MAPPINGS;
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	_cleanup_(daxfs_plan_freep) struct daxfs_plan *plan = NULL;
	struct change change = { .device = name, .result = "refused" };
	enum status status = STATUS_OK;
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
	show_change(app, &change, plan, true);
	return status;
}

static enum status switch_one(struct app *app, const char *name, const struct patience *patience,
			      struct daxfs_request *request)
{
	_cleanup_(daxfs_outcome_freep) struct daxfs_outcome *outcome = NULL;
	struct change change = { .device = name };
	int r;

	r = patience_switch(app, patience, name, request, &outcome);
	if (!outcome)
		return lib_error(app, r);
	for (size_t i = 0; i < daxfs_outcome_get_n_errors(outcome); i++)
		output_error(app->out, daxfs_outcome_get_error(outcome, i));
	change.result = daxfs_result_to_string(daxfs_outcome_get_result(outcome));
	change.before = daxfs_outcome_get_before(outcome);
	change.after = daxfs_outcome_get_after(outcome);
	change.has_elapsed_ms = true;
	change.elapsed_ms = daxfs_outcome_get_elapsed_ms(outcome);
	/* One that was refused for good reason has nothing to show but the error. */
	show_change(app, &change, daxfs_outcome_get_plan(outcome), app->verbose);
	return (enum status)daxfs_outcome_get_class(outcome);
}

static enum status run(struct app *app, int argc, char **argv)
{
	_cleanup_(daxfs_request_freep) struct daxfs_request *request = NULL;
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	struct args args = {};
	enum status status;
	size_t n = 0;

	if (!parse_args(app, argc, argv, &args, &status))
		return status;
	if (make_request(app, &args, &request) < 0)
		return lib_error(app, -ENOMEM);
	status = select_names(app, &args.selection, &names, &n);
	for (size_t i = 0; i < n; i++) {
		enum status one = args.dry_run ? dry_run(app, names[i], request)
					       : switch_one(app, names[i], &args.patience, request);

		status = status_merge(status, one);
	}
	return status;
}

const struct cmd cmd_reconfigure = {
	.name = "reconfigure-device",
	.summary = "switch devices between devdax, famfs and system-ram; change size and align",
	.args = "DEVICE...",
	.about = "DEVICE is dax0.0, /dev/dax0.0, 0.0, a glob as 'dax1.*', all, uuid:UUID,\n"
		 "resource:ADDRESS or cxl:REGION. Each device is one transaction: on any failure\n"
		 "its old mode and ranges are put back.",
	.opts = opts,
	.run = run,
};
