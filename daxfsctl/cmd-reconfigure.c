// SPDX-License-Identifier: GPL-2.0-only
/* reconfigure-device: mode, size and align of devices, one transaction each. */
#include <inttypes.h>
#include <string.h>

#include "cmd.h"
#include "patience.h"
#include "select.h"
#include "switching.h"

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

static enum status run(struct app *app, int argc, char **argv)
{
	_cleanup_(daxfs_request_freep) struct daxfs_request *request = NULL;
	struct args args = {};
	enum status status;

	if (!parse_args(app, argc, argv, &args, &status))
		return status;
	if (make_request(app, &args, &request) < 0)
		return lib_error(app, -ENOMEM);
	return switch_selected(app, &args.selection, args.dry_run ? NULL : &args.patience, request);
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
