// SPDX-License-Identifier: GPL-2.0-only
/* check-device: whether devices are sound, and whether they can be switched to a mode. */
#include "cmd.h"
#include "output.h"
#include "switching.h"

DEFINE_CLEANUP(struct daxfs_check *, daxfs_check_free)

static const struct opt opts[] = {
	{ "mode", 'm', "MODE", "also whether it can be switched to devdax, famfs or system-ram" },
	{ "region", 'r', "REGION", "only devices of this region (0, region0, all)" },
	{ "no-online", 'N', NULL, "system-ram: the memory is to be left offline" },
	{ "no-movable", OPT_NO_MOVABLE, NULL,
	  "system-ram: the memory is to go into a kernel zone" },
	{}
};

static enum status check_one(struct app *app, const char *name, const struct daxfs_request *request)
{
	_cleanup_(daxfs_check_freep) struct daxfs_check *check = NULL;
	int r;

	r = daxfs_check_new(app->ctx, name, request, &check);
	if (r < 0)
		return lib_error(app, r);
	output_check(app->out, check, app->verbose);
	return daxfs_check_has_errors(check) ? STATUS_FINDINGS : STATUS_OK;
}

static enum status check_selected(struct app *app, const struct switch_args *args)
{
	_cleanup_(daxfs_request_freep) struct daxfs_request *request = NULL;
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	enum status status;
	size_t n = 0;

	if (switch_make_request(app, args, &request) < 0)
		return lib_error(app, -ENOMEM);
	status = select_names(app, &args->selection, &names, &n);
	for (size_t i = 0; i < n; i++)
		status = status_merge(status, check_one(app, names[i], request));
	return status;
}

static enum status run(struct app *app, int argc, char **argv)
{
	struct switch_args args = {};
	enum status status;
	int key;

	while ((key = app_getopt(app, app->cmd, argc, argv)) != OPT_END) {
		status = key == OPT_STOP ? app->stop_status : switch_option(app, key, &args);
		if (key == OPT_STOP || status != STATUS_OK)
			return status;
	}
	status = switch_check_memory(app, &args);
	if (status == STATUS_OK)
		status = switch_take_devices(app, argc, argv, &args);
	return status == STATUS_OK ? check_selected(app, &args) : status;
}

const struct cmd cmd_check = {
	.name = "check-device",
	.summary = "look whether devices are sound and can be switched to a mode",
	.args = "DEVICE...",
	.about =
		"DEVICE is dax0.0, /dev/dax0.0, 0.0, a glob as 'dax1.*', all, uuid:UUID,\n"
		"resource:ADDRESS or cxl:REGION. Nothing is changed. Exit status 9: a finding is an\n"
		"error, for which a switch would be refused.",
	.opts = opts,
	.run = run,
};
