// SPDX-License-Identifier: GPL-2.0-only
/* create-device: a new device of a dynamic region. */
#include <limits.h>
#include <string.h>

#include "cmd.h"
#include "document.h"
#include "output.h"
#include "progress.h"
#include "switching.h"

static const struct opt opts[] = {
	{ "region", 'r', "REGION", "the region: 0, region0; with --input, in place of its own" },
	{ "size", 's', "SIZE", "bytes, or with K, M, G, T; default: all that is available" },
	{ "align", 'a', "ALIGN", "4K, 2M or 1G; default: the region's" },
	{ "mode", 'm', "MODE", "devdax, famfs or system-ram; default: devdax" },
	INPUT_OPT("make the devices of this document, with their ranges"),
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

static enum status show_or_create(struct app *app, const struct args *args, unsigned int region,
				  const struct daxfs_request *request)
{
	return args->common.dry_run ? show(app, region, request) : create(app, region, request);
}

/* One device of a document: its region is -r's, else the one that its name has. */
struct wanted {
	unsigned int region;
	struct daxfs_request *request; /* NULL: left out */
};

static void free_wanted(struct wanted *wanted, size_t n)
{
	for (size_t i = 0; wanted && i < n; i++)
		daxfs_request_free(wanted[i].request);
	free(wanted);
}

static enum status make_requests(struct app *app, const struct args *args,
				 const struct input *input, struct wanted *wanted)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; status == STATUS_OK && i < input->n_devices; i++) {
		const struct input_device *device = &input->devices[i];

		if (args->common.selection.region)
			status =
				parse_region(app, args->common.selection.region, &wanted[i].region);
		else
			daxfs_parse_device_name(device->chardev, &wanted[i].region, NULL);
		if (status == STATUS_OK)
			status = document_request(app, &args->common, device, &wanted[i].request);
	}
	return status;
}

/* What cannot be made is refused before the first device is. */
static enum status check_all(struct app *app, const struct wanted *wanted, size_t n)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; i < n; i++) {
		_cleanup_(daxfs_plan_freep) struct daxfs_plan *plan = NULL;
		int r = 0;

		if (wanted[i].request)
			r = daxfs_plan_new_device(app->ctx, wanted[i].region, wanted[i].request,
						  &plan);
		if (r < 0)
			status = status_merge(status, lib_error(app, r));
	}
	return status;
}

static enum status create_input(struct app *app, const struct args *args)
{
	_cleanup_(input_freep) struct input *input = NULL;
	struct wanted *wanted;
	enum status status;

	if (args->has_size || args->has_align)
		return usage_error(app,
				   "--input says size and align: neither -s nor -a goes with it");
	status = document_read(app, args->common.input, &input);
	if (status != STATUS_OK)
		return status;
	wanted = calloc(input->n_devices + 1, sizeof(*wanted));
	if (!wanted)
		return lib_error(app, -ENOMEM);
	status = make_requests(app, args, input, wanted);
	if (status == STATUS_OK && !args->common.dry_run)
		status = check_all(app, wanted, input->n_devices);
	if (status == STATUS_OK)
		for (size_t i = 0; i < input->n_devices; i++)
			if (wanted[i].request)
				status = status_merge(status,
						      show_or_create(app, args, wanted[i].region,
								     wanted[i].request));
	free_wanted(wanted, input->n_devices);
	return status;
}

/* The one that is dynamic, if there is one only: daxctl needs no -r. */
static enum status find_region(struct app *app, char *buf, size_t size)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	int r = daxfs_list_devices(app->ctx, &names, NULL);
	unsigned int region, last = UINT_MAX, n = 0;

	if (r < 0)
		return lib_error(app, r);
	for (size_t i = 0; names[i]; i++) {
		_cleanup_(daxfs_region_unrefp) struct daxfs_region *info = NULL;
		uint64_t available;

		if (daxfs_parse_device_name(names[i], &region, NULL) < 0 || region == last)
			continue;
		last = region;
		if (daxfs_region_new(app->ctx, names[i], &info) < 0 ||
		    !daxfs_region_get_available_size(info, &available))
			continue;
		snprintf(buf, size, "%u", region);
		n++;
	}
	if (n == 1)
		return STATUS_OK;
	return usage_error(app, "%u regions can have devices: say which, by -r REGION", n);
}

static enum status create_one(struct app *app, struct args *args)
{
	struct selection *selection = &args->common.selection;
	char found[16];
	_cleanup_(daxfs_request_freep) struct daxfs_request *request = NULL;
	enum status status;
	unsigned int region;

	if (!args->common.has_mode) {
		args->common.has_mode = true;
		args->common.mode = DAXFS_MODE_DEVDAX;
	}
	if (app->compat && (!selection->region || strcmp(selection->region, "all") == 0)) {
		status = find_region(app, found, sizeof(found));
		if (status != STATUS_OK)
			return status;
		selection->region = found;
	}
	status = parse_region(app, selection->region, &region);
	if (status == STATUS_OK)
		status = switch_check_memory(app, &args->common);
	if (status != STATUS_OK)
		return status;
	if (switch_make_request(app, &args->common, &request) < 0)
		return lib_error(app, -ENOMEM);
	if (args->has_size)
		daxfs_request_set_size(request, args->size);
	if (args->has_align)
		daxfs_request_set_align(request, args->align);
	return show_or_create(app, args, region, request);
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
	output_list_changed(app->out);
	if (optind < argc)
		return usage_error(app, "'%s': the kernel names devices; give a region by -r",
				   argv[optind]);
	return args.common.input ? create_input(app, &args) : create_one(app, &args);
}

const struct cmd cmd_create = {
	.name = "create-device",
	.summary = "make a new device of a region's memory",
	.about = "The kernel names the device; the result tells its name.",
	.opts = opts,
	.run = run,
};
