// SPDX-License-Identifier: GPL-2.0-only
/* recover: finishes or undoes what an interrupted switch left. */
#include <string.h>

#include "cmd.h"
#include "output.h"
#include "progress.h"
#include "select.h"
#include "switching.h"

enum {
	OPT_ALL = OPT_FIRST,
};

#define DEFAULT_LOCK_TIMEOUT_MS (10 * 1000)

static const struct opt opts[] = {
	{ "all", OPT_ALL, NULL, "every device; the same as naming none" },
	{ "dry-run", OPT_DRY_RUN, NULL, "tell what would be done, change nothing" },
	WAITING_OPTS,
	{}
};

static unsigned int lock_timeout(const struct app *app)
{
	return app->has_lock_timeout ? app->lock_timeout_ms : DEFAULT_LOCK_TIMEOUT_MS;
}

static enum status tell(struct app *app, const char *name, bool dry_run, int r,
			const struct daxfs_outcome *outcome)
{
	const char *settled = daxfs_outcome_get_settled(outcome);
	struct change change = { .device = name };

	for (size_t i = 0; i < daxfs_outcome_get_n_errors(outcome); i++)
		output_error(app->out, daxfs_outcome_get_error(outcome, i));
	change.result = dry_run && settled && r == 0
				? "would-change"
				: daxfs_result_to_string(daxfs_outcome_get_result(outcome));
	change.before = daxfs_outcome_get_before(outcome);
	change.after = daxfs_outcome_get_after(outcome);
	change.notes = settled ? &settled : NULL;
	change.n_notes = settled ? 1 : 0;
	change.gone = !dry_run && r == 0 && !change.after;
	change.pending = daxfs_outcome_is_pending(outcome);
	change.has_elapsed_ms = !dry_run;
	change.elapsed_ms = daxfs_outcome_get_elapsed_ms(outcome);
	output_change(app->out, &change);
	return (enum status)daxfs_outcome_get_class(outcome);
}

static enum status recover_one(struct app *app, const char *name, bool dry_run)
{
	_cleanup_(daxfs_outcome_freep) struct daxfs_outcome *outcome = NULL;
	struct progress *progress = progress_start(app);
	int r;

	r = daxfs_recover(app->ctx, name, dry_run, lock_timeout(app), &outcome);
	progress_stop(progress);
	return outcome ? tell(app, name, dry_run, r, outcome) : lib_error(app, r);
}

/*
 * Of a device that is not there any more: if it was to be destroyed, it is; else its journal is
 * dropped, which is all there is to do.
 */
static enum status recover_gone(struct app *app, const char *name, bool dry_run)
{
	_cleanup_(daxfs_outcome_freep) struct daxfs_outcome *outcome = NULL;
	int r;

	r = daxfs_recover(app->ctx, name, dry_run, lock_timeout(app), &outcome);
	if (!outcome)
		return lib_error(app, r);
	if (daxfs_outcome_get_class(outcome) != DAXFS_CLASS_NO_DEVICE)
		return tell(app, name, dry_run, r, outcome);
	output_note(app->out, "%s: is gone; its journal %s dropped", name,
		    dry_run ? "would be" : "was");
	return STATUS_OK;
}

static bool is_among(const char *name, char **names)
{
	for (size_t i = 0; names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* Devices with a journal, and those that are stranded without one: nobody is passed over. */
static bool is_of_interest(struct app *app, const char *name, char **interrupted)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;

	return is_among(name, interrupted) ||
	       (daxfs_device_new(app->ctx, name, 0, &device) == 0 &&
		daxfs_device_get_state(device) == DAXFS_STATE_STRANDED);
}

static enum status recover_all(struct app *app, char **interrupted, bool dry_run)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	enum status status = STATUS_OK;
	size_t done = 0;
	int r;

	r = daxfs_list_devices(app->ctx, &names, NULL);
	if (r < 0)
		return lib_error(app, r);
	for (size_t i = 0; names[i]; i++) {
		if (!is_of_interest(app, names[i], interrupted))
			continue;
		status = status_merge(status, recover_one(app, names[i], dry_run));
		done++;
	}
	for (size_t i = 0; interrupted[i]; i++)
		if (!is_among(interrupted[i], names)) {
			status = status_merge(status, recover_gone(app, interrupted[i], dry_run));
			done++;
		}
	if (!done)
		output_note(app->out, "nothing to recover");
	return status;
}

/* Whether @name is that of a journal, but not of a device. */
static bool is_gone(struct app *app, const char *name, char **interrupted)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;

	return is_among(name, interrupted) &&
	       daxfs_device_new(app->ctx, name, 0, &device) == -ENODEV;
}

static enum status recover_named(struct app *app, struct selection *selection, char **interrupted,
				 bool dry_run)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	enum status status = STATUS_OK;
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < selection->n_args; i++)
		if (is_gone(app, selection->args[i], interrupted))
			status = status_merge(status,
					      recover_gone(app, selection->args[i], dry_run));
		else
			selection->args[kept++] = selection->args[i];
	selection->n_args = kept;
	if (!kept)
		return status;
	selection->scope = SELECT_ARGS;
	selection->must_match = true;
	selection->idle = true;
	status = status_merge(status, select_names(app, selection, &names, &n));
	for (size_t i = 0; i < n; i++)
		status = status_merge(status, recover_one(app, names[i], dry_run));
	return status;
}

static enum status run(struct app *app, int argc, char **argv)
{
	struct selection selection = {};
	_cleanup_(daxfs_free_namesp) char **interrupted = NULL;
	bool all = false, dry_run = false;
	int key, r;

	while ((key = app_getopt(app, app->cmd, argc, argv)) != OPT_END) {
		if (key == OPT_STOP)
			return app->stop_status;
		if (key == OPT_ALL)
			all = true;
		else if (key == OPT_DRY_RUN)
			dry_run = true;
		else if (waiting_option(app, key) != STATUS_OK)
			return STATUS_USAGE;
	}
	selection.args = argv + optind;
	selection.n_args = argc - optind;
	if (all && selection.n_args)
		return usage_error(app, "--all and names of devices exclude each other");
	r = daxfs_list_interrupted(app->ctx, &interrupted, NULL);
	/* Of named devices each one tells by itself what is in the way. */
	if (r < 0 && !selection.n_args)
		return lib_error(app, r);
	if (r < 0)
		interrupted = calloc(1, sizeof(*interrupted));
	if (!interrupted)
		return lib_error(app, -ENOMEM);
	return selection.n_args ? recover_named(app, &selection, interrupted, dry_run)
				: recover_all(app, interrupted, dry_run);
}

const struct cmd cmd_recover = {
	.name = "recover",
	.summary = "finish or undo a switch that was interrupted",
	.args = "[DEVICE...]",
	.about = "Brings each device that a killed or failed switch left into its old or its new\n"
		 "mode, and says which. Doing it twice does no harm.",
	.opts = opts,
	.run = run,
};
