// SPDX-License-Identifier: GPL-2.0-only
/* create-device: a new device of a dynamic region. */
#include <string.h>

#include "cmd.h"
#include "output.h"
#include "progress.h"
#include "switching.h"

static const struct opt opts[] = {
	{ "region", 'r', "REGION", "the region: 0, region0" },
	{ "size", 's', "SIZE", "bytes, or with K, M, G, T; default: all that is available" },
	{ "align", 'a', "ALIGN", "4K, 2M or 1G; default: the region's" },
	{ "mode", 'm', "MODE", "devdax, famfs or system-ram; default: devdax" },
	{ "dry-run", OPT_DRY_RUN, NULL, "show the steps, change nothing" },
	{ "no-online", 'N', NULL, "system-ram: leave the memory offline" },
	{ "no-movable", OPT_NO_MOVABLE, NULL, "system-ram: online the memory in a kernel zone" },
	{ "allow-capture", OPT_ALLOW_CAPTURE, NULL,
	  "go on though another disabled device would be bound too" },
	WAITING_OPTS,
	{}
};

struct args {
	bool has_size, has_align;
	uint64_t size, align;
	struct switch_args common;
};

static enum status parse_option(struct app *app, int key, struct args *args)
{
	switch (key) {
	case 's':
		return switch_parse_bytes(app, "--size", &args->has_size, &args->size);
	case 'a':
		return switch_parse_bytes(app, "--align", &args->has_align, &args->align);
	default:
		return switch_option(app, key, &args->common);
	}
}

static enum status parse_region(struct app *app, const char *text, unsigned int *ret_region)
{
	const char *number = text && strncmp(text, "region", 6) == 0 ? text + 6 : text;
	char name[32];

	if (!text)
		return usage_error(app, "no region given: -r REGION");
	/* A region's number is the first one of the names of its devices. */
	if (snprintf(name, sizeof(name), "dax%s.0", number) >= (int)sizeof(name) ||
	    daxfs_parse_device_name(name, ret_region, NULL) < 0)
		return usage_error(app, "'%s' is not a region: give 0 or region0", text);
	return STATUS_OK;
}

DEFINE_CLEANUP(struct daxfs_plan *, daxfs_plan_free)

static enum status show(struct app *app, unsigned int region, const struct daxfs_request *request)
{
	_cleanup_(daxfs_plan_freep) struct daxfs_plan *plan = NULL;
	int r = daxfs_plan_new_device(app->ctx, region, request, &plan);

	return r < 0 ? lib_error(app, r) : switch_show_plan(app, plan);
}

static enum status create(struct app *app, unsigned int region, const struct daxfs_request *request)
{
	_cleanup_(daxfs_outcome_freep) struct daxfs_outcome *outcome = NULL;
	struct progress *progress = progress_start(app);
	int r = daxfs_create(app->ctx, region, request, &outcome);

	progress_stop(progress);
	return outcome ? switch_tell(app, daxfs_outcome_get_device(outcome), outcome)
		       : lib_error(app, r);
}

static enum status run(struct app *app, int argc, char **argv)
{
	_cleanup_(daxfs_request_freep) struct daxfs_request *request = NULL;
	struct args args = { .common = { .has_mode = true, .mode = DAXFS_MODE_DEVDAX } };
	unsigned int region = 0;
	enum status status;
	int key;

	while ((key = app_getopt(app, app->cmd, argc, argv)) != OPT_END) {
		status = key == OPT_STOP ? app->stop_status : parse_option(app, key, &args);
		if (key == OPT_STOP || status != STATUS_OK)
			return status;
	}
	if (optind < argc)
		return usage_error(app, "'%s': the kernel names devices; give a region by -r",
				   argv[optind]);
	status = parse_region(app, args.common.selection.region, &region);
	if (status == STATUS_OK)
		status = switch_check_memory(app, &args.common);
	if (status != STATUS_OK)
		return status;
	if (switch_make_request(app, &args.common, &request) < 0)
		return lib_error(app, -ENOMEM);
	if (args.has_size)
		daxfs_request_set_size(request, args.size);
	if (args.has_align)
		daxfs_request_set_align(request, args.align);
	return args.common.dry_run ? show(app, region, request) : create(app, region, request);
}

const struct cmd cmd_create = {
	.name = "create-device",
	.summary = "make a new device of a region's memory",
	.about = "The kernel names the device; the result tells its name.",
	.opts = opts,
	.run = run,
};
