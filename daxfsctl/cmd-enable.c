// SPDX-License-Identifier: GPL-2.0-only
/* enable-device: devices without a driver get one, that of the mode they had. */
#include "cmd.h"
#include "switching.h"

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
	{ "discard-poison", OPT_DISCARD_POISON, NULL,
	  "drop the poison on record, also on the way to system-ram" },
	WAITING_OPTS,
	{}
};

static enum status run(struct app *app, int argc, char **argv)
{
	struct switch_args args = { .flags = DAXFS_FLAG_ENABLE };

	return switch_command(app, argc, argv, &args);
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
