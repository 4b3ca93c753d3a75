// SPDX-License-Identifier: GPL-2.0-only
/* online-memory and offline-memory: the memory blocks of devices in mode system-ram. */
#include "cmd.h"
#include "switching.h"

/* How long offline-memory tries again without --wait: what is there for a moment only is gone then. */
#define OFFLINE_TIMEOUT_MS (5 * 1000)

#define REGION_OPT                                                                       \
	{                                                                                \
		"region", 'r', "REGION", "only devices of this region (0, region0, all)" \
	}
#define DRY_RUN_OPT                                                            \
	{                                                                      \
		"dry-run", OPT_DRY_RUN, NULL, "show the steps, change nothing" \
	}

static const struct opt online_opts[] = {
	REGION_OPT,
	DRY_RUN_OPT,
	{ "no-movable", OPT_NO_MOVABLE, NULL, "online the memory in a kernel zone" },
	{ "wait", OPT_WAIT, "SEC", "another process switches: try again for so many seconds" },
	{}
};

static const struct opt offline_opts[] = {
	REGION_OPT,
	DRY_RUN_OPT,
	{ "wait", OPT_WAIT, "SEC", "memory that does not go: try again so many seconds; 5" },
	{}
};

static enum status run(struct app *app, int argc, char **argv, struct switch_args *args)
{
	_cleanup_(daxfs_request_freep) struct daxfs_request *request = NULL;
	const struct patience *patience = &args->patience;
	enum status status;
	int key;

	while ((key = app_getopt(app, app->cmd, argc, argv)) != OPT_END) {
		status = key == OPT_STOP ? app->stop_status : switch_option(app, key, args);
		if (key == OPT_STOP || status != STATUS_OK)
			return status;
	}
	status = switch_take_devices(app, argc, argv, args);
	if (status != STATUS_OK)
		return status;
	if (switch_make_request(app, args, &request) < 0)
		return lib_error(app, -ENOMEM);
	daxfs_request_set_offline_timeout(request, patience->deadline_ms ? patience->wait_ms
									 : OFFLINE_TIMEOUT_MS);
	return switch_selected(app, args, request);
}

static enum status run_online(struct app *app, int argc, char **argv)
{
	struct switch_args args = { .flags = DAXFS_FLAG_MEMORY };

	return run(app, argc, argv, &args);
}

static enum status run_offline(struct app *app, int argc, char **argv)
{
	struct switch_args args = { .flags = DAXFS_FLAG_MEMORY, .no_online = true };

	return run(app, argc, argv, &args);
}

const struct cmd cmd_online_memory = {
	.name = "online-memory",
	.summary = "online the memory of devices in mode system-ram",
	.args = "DEVICE...",
	.about = "DEVICE is dax0.0, /dev/dax0.0, 0.0, a glob as 'dax1.*', all, uuid:UUID,\n"
		 "resource:ADDRESS or cxl:REGION. Blocks that are online stay so, in their zone.",
	.opts = online_opts,
	.run = run_online,
};

const struct cmd cmd_offline_memory = {
	.name = "offline-memory",
	.summary = "set the memory of devices in mode system-ram offline",
	.args = "DEVICE...",
	.about =
		"DEVICE is dax0.0, /dev/dax0.0, 0.0, a glob as 'dax1.*', all, uuid:UUID,\n"
		"resource:ADDRESS or cxl:REGION. All of a device goes offline, or none: blocks that\n"
		"stay online are named.",
	.opts = offline_opts,
	.run = run_offline,
};
