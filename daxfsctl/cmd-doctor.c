// SPDX-License-Identifier: GPL-2.0-only
/* doctor: what is wrong with the machine, as far as DAX devices depend on it. */
#include "cmd.h"
#include "output.h"

DEFINE_CLEANUP(struct daxfs_check *, daxfs_check_free)

static const struct opt opts[] = { {} };

static enum status run(struct app *app, int argc, char **argv)
{
	_cleanup_(daxfs_check_freep) struct daxfs_check *check = NULL;
	int r;

	if (app_getopt(app, app->cmd, argc, argv) != OPT_END)
		return app->stop_status;
	if (optind < argc)
		return usage_error(app, "unexpected argument '%s'", argv[optind]);
	r = daxfs_check_new_machine(app->ctx, &check);
	if (r < 0)
		return lib_error(app, r);
	output_doctor(app->out, check, app->verbose);
	return daxfs_check_has_errors(check) ? STATUS_FINDINGS : STATUS_OK;
}

const struct cmd cmd_doctor = {
	.name = "doctor",
	.summary = "look at this machine: kernel, driver, policies, leftovers",
	.about = "Nothing is changed. Exit status 9: a finding is an error.",
	.opts = opts,
	.run = run,
};
