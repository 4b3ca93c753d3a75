// SPDX-License-Identifier: GPL-2.0-only
/* destroy-device: devices of dynamic regions give their memory back and go. */
#include "cmd.h"
#include "patience.h"
#include "select.h"
#include "switching.h"

enum {
	OPT_DRY_RUN = OPT_FIRST,
	OPT_WAIT,
};

static const struct opt opts[] = {
	{ "region", 'r', "REGION", "only devices of this region (0, region0, all)" },
	{ "dry-run", OPT_DRY_RUN, NULL, "show the steps, change nothing" },
	{ "force", 'f', NULL, "though enabled or in use; offline memory first" },
	{ "wait", OPT_WAIT, "SEC", "in use: try again for so many seconds" },
	WAITING_OPTS,
	{}
};

struct args {
	bool dry_run;
	unsigned int flags; /* enum daxfs_flag */
	struct patience patience;
	struct selection selection;
};

static enum status parse_option(struct app *app, int key, struct args *args)
{
	switch (key) {
	case 'r':
		args->selection.region = optarg;
		break;
	case 'f':
		args->flags |= DAXFS_FLAG_FORCE;
		break;
	case OPT_DRY_RUN:
		args->dry_run = true;
		break;
	case OPT_WAIT:
		return patience_parse(app, optarg, &args->patience);
	default:
		return switch_option(app, key);
	}
	return STATUS_OK;
}

static enum status run(struct app *app, int argc, char **argv)
{
	_cleanup_(daxfs_request_freep) struct daxfs_request *request = NULL;
	struct args args = { .flags = DAXFS_FLAG_DESTROY };
	enum status status;
	int key;

	while ((key = app_getopt(app, app->cmd, argc, argv)) != OPT_END) {
		status = key == OPT_STOP ? app->stop_status : parse_option(app, key, &args);
		if (key == OPT_STOP || status != STATUS_OK)
			return status;
	}
	status = switch_take_devices(app, argc, argv, &args.selection);
	if (status != STATUS_OK)
		return status;
	if (switch_make_request(app, &(struct memory_args){}, args.flags, &request) < 0)
		return lib_error(app, -ENOMEM);
	return switch_selected(app, &args.selection, args.dry_run ? NULL : &args.patience, request);
}

const struct cmd cmd_destroy = {
	.name = "destroy-device",
	.summary = "give the memory of devices back to their region; all data is lost",
	.args = "DEVICE...",
	.about = "DEVICE is dax0.0, /dev/dax0.0, 0.0, a glob as 'dax1.*', all, uuid:UUID,\n"
		 "resource:ADDRESS or cxl:REGION. Device 0 of a region stays, empty.",
	.opts = opts,
	.run = run,
};
