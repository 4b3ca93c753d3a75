// SPDX-License-Identifier: GPL-2.0-only
/* disable-device: devices lose their driver, and their mode is remembered. */
#include "cmd.h"
#include "switching.h"

static const struct opt opts[] = {
	{ "region", 'r', "REGION", "only devices of this region (0, region0, all)" },
	{ "dry-run", OPT_DRY_RUN, NULL, "show the steps, change nothing" },
	{ "force", 'f', NULL, "though in use; offline memory first" },
	{ "wait", OPT_WAIT, "SEC", "in use: try again for so many seconds" },
	WAITING_OPTS,
	{}
};

static enum status run(struct app *app, int argc, char **argv)
{
	struct switch_args args = { .has_mode = true, .mode = DAXFS_MODE_NONE };

	return switch_command(app, argc, argv, &args);
}

const struct cmd cmd_disable = {
	.name = "disable-device",
	.summary = "unbind devices from their driver; their mode is remembered",
	.args = "DEVICE...",
	.about = "DEVICE is dax0.0, /dev/dax0.0, 0.0, a glob as 'dax1.*', all, uuid:UUID,\n"
		 "resource:ADDRESS or cxl:REGION. enable-device brings the mode back.",
	.opts = opts,
	.run = run,
};
