// SPDX-License-Identifier: GPL-2.0-only
/* enable-device: devices without a driver get one, that of the mode they had. */
#include "cmd.h"
#include "patience.h"
#include "select.h"
#include "switching.h"

enum {
	OPT_DRY_RUN = OPT_FIRST,
	OPT_NO_MOVABLE,
	OPT_ALLOW_CAPTURE,
	OPT_WAIT,
};

static const struct opt opts[] = {
	{ "mode", 'm', "MODE",
	  "devdax, famfs or system-ram; default: the one it had, else devdax" },
	{ "region", 'r', "REGION", "only devices of this region (0, region0, all)" },
	{ "dry-run", OPT_DRY_RUN, NULL, "show the steps, change nothing" },
	{ "no-online", 'N', NULL, "system-ram: leave the memory offline" },
	{ "no-movable", OPT_NO_MOVABLE, NULL, "system-ram: online the memory in a kernel zone" },
	{ "force", 'f', NULL, "though in use" },
	{ "wait", OPT_WAIT, "SEC", "in use: try again for so many seconds" },
	{ "allow-capture", OPT_ALLOW_CAPTURE, NULL,
	  "go on though another disabled device would be bound too" },
	WAITING_OPTS,
	{}
};

struct args {
	bool has_mode;
	bool dry_run;
	enum daxfs_mode mode;
	unsigned int flags; /* enum daxfs_flag */
	struct memory_args memory;
	struct patience patience;
	struct selection selection;
};

static enum status parse_option(struct app *app, int key, struct args *args)
{
	switch (key) {
	case 'm':
		args->has_mode = true;
		return switch_parse_mode(app, optarg, &args->mode);
	case 'r':
		args->selection.region = optarg;
		break;
	case 'N':
		args->memory.no_online = true;
		break;
	case 'f':
		args->flags |= DAXFS_FLAG_FORCE;
		break;
	case OPT_DRY_RUN:
		args->dry_run = true;
		break;
	case OPT_NO_MOVABLE:
		args->memory.no_movable = true;
		break;
	case OPT_ALLOW_CAPTURE:
		args->flags |= DAXFS_FLAG_ALLOW_CAPTURE;
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
	struct args args = { .flags = DAXFS_FLAG_ENABLE };
	enum status status;
	int key;

	while ((key = app_getopt(app, app->cmd, argc, argv)) != OPT_END) {
		status = key == OPT_STOP ? app->stop_status : parse_option(app, key, &args);
		if (key == OPT_STOP || status != STATUS_OK)
			return status;
	}
	status = switch_check_memory(app, &args.memory, args.has_mode ? &args.mode : NULL);
	if (status == STATUS_OK)
		status = switch_take_devices(app, argc, argv, &args.selection);
	if (status != STATUS_OK)
		return status;
	if (switch_make_request(app, &args.memory, args.flags, &request) < 0)
		return lib_error(app, -ENOMEM);
	if (args.has_mode)
		daxfs_request_set_mode(request, args.mode);
	return switch_selected(app, &args.selection, args.dry_run ? NULL : &args.patience, request);
}

const struct cmd cmd_enable = {
	.name = "enable-device",
	.summary = "bind devices that are disabled, in the mode they had",
	.args = "DEVICE...",
	.about =
		"DEVICE is dax0.0, /dev/dax0.0, 0.0, a glob as 'dax1.*', all, uuid:UUID,\n"
		"resource:ADDRESS or cxl:REGION. Without -m and where the mode before is not known,\n"
		"a device becomes devdax. A device that is enabled stays as it is.",
	.opts = opts,
	.run = run,
};
