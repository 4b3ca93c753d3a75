// SPDX-License-Identifier: GPL-2.0-only
/* destroy-device: devices of dynamic regions give their memory back and go. */
#include "cmd.h"
#include "switching.h"

static const struct opt opts[] = {
	{ "region", 'r', "REGION", "only devices of this region (0, region0, all)" },
	{ "dry-run", OPT_DRY_RUN, NULL, "show the steps, change nothing" },
	{ "force", 'f', NULL, "though enabled or in use; offline memory first" },
	{ "wait", OPT_WAIT, "SEC", "in use: try again for so many seconds" },
	WAITING_OPTS,
	{}
};

static enum status run(struct app *app, int argc, char **argv)
{
	struct switch_args args = { .flags = DAXFS_FLAG_DESTROY };

	return switch_command(app, argc, argv, &args);
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
