// SPDX-License-Identifier: GPL-2.0-only
/* apply: devices become what the configuration says. */
#include "cmd.h"
#include "configured.h"

enum {
	KEY_ALL = OPT_FIRST,
	KEY_DIFF,
	KEY_EARLY,
};

static const struct opt opts[] = {
	{ "all", KEY_ALL, NULL, "all devices that the configuration says something of" },
	{ "diff", KEY_DIFF, NULL, "show what is not as it says, change nothing; exit status 9" },
	{ "early", KEY_EARLY, NULL,
	  "before the devices are there: have them come up in their mode" },
	{ "dry-run", OPT_DRY_RUN, NULL, "show the steps, change nothing" },
	{ "wait", OPT_WAIT, "SEC", "in use: try again for so many seconds" },
	{ "allow-capture", OPT_ALLOW_CAPTURE, NULL,
	  "go on though a disabled device would be bound too" },
	WAITING_OPTS,
	{}
};

struct args {
	bool all, diff, early;
	struct switch_args common;
};

static enum status parse_option(struct app *app, int key, struct args *args)
{
	switch (key) {
	case KEY_ALL:
		args->all = true;
		break;
	case KEY_DIFF:
		args->diff = true;
		break;
	case KEY_EARLY:
		args->early = true;
		break;
	default:
		return switch_option(app, key, &args->common);
	}
	return STATUS_OK;
}

static enum status take_devices(struct app *app, int argc, char **argv, struct args *args)
{
	if (!args->all)
		return switch_take_devices(app, argc, argv, &args->common);
	if (optind < argc)
		return usage_error(app, "'%s': --all means all devices already", argv[optind]);
	args->common.selection.scope = SELECT_ALL;
	return STATUS_OK;
}

static enum status run(struct app *app, int argc, char **argv)
{
	struct args args = {};
	enum status status;
	int key;

	while ((key = app_getopt(app, app->cmd, argc, argv)) != OPT_END) {
		status = key == OPT_STOP ? app->stop_status : parse_option(app, key, &args);
		if (key == OPT_STOP || status != STATUS_OK)
			return status;
	}
	if (args.early && (optind < argc || args.all || args.diff || args.common.dry_run))
		return usage_error(app,
				   "--early is for all devices that are not there yet: nothing "
				   "else goes with it");
	if (args.early)
		return configured_early(app);
	status = take_devices(app, argc, argv, &args);
	return status == STATUS_OK ? configured_apply(app, &args.common, args.diff) : status;
}

const struct cmd cmd_apply = {
	.name = "apply",
	.summary = "make devices what the configuration says",
	.args = "[DEVICE...]",
	.about =
		"DEVICE is dax0.0, /dev/dax0.0, 0.0, a glob as 'dax1.*', all, uuid:UUID,\n"
		"resource:ADDRESS or cxl:REGION. The configuration is that of daxfsctl.conf(5). A\n"
		"device that it says nothing of stays as it is.",
	.opts = opts,
	.run = run,
};
