// SPDX-License-Identifier: GPL-2.0-only
/* reconfigure-device: mode, size and align of devices, one transaction each. */
#include <string.h>

#include "cmd.h"
#include "configured.h"
#include "document.h"
#include "output.h"

enum {
	OPT_REBIND = OPT_FIRST,
	OPT_SHRINK,
};

static const struct opt opts[] = {
	{ "mode", 'm', "MODE", "devdax, famfs or system-ram" },
	{ "size", 's', "SIZE", "new size, in bytes or with K, M, G, T (dynamic devices)" },
	{ "align", 'a', "ALIGN", "new alignment: 4K, 2M or 1G (dynamic devices)" },
	INPUT_OPT("make devices what this document says: mode, align, ranges or size"),
	{ "check-config", 'C', NULL, "make devices what the configuration says, as apply does" },
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
	{ "discard-poison", OPT_DISCARD_POISON, NULL,
	  "drop the poison on record, also on the way to system-ram" },
	WAITING_OPTS,
	{}
};

struct args {
	bool has_size, has_align, check_config;
	uint64_t size;
	uint64_t align;
	struct switch_args common;
};

static enum status parse_option(struct app *app, int key, struct args *args)
{
	switch (key) {
	case 's':
		return switch_parse_bytes(app, "--size", &args->has_size, &args->size);
	case 'a':
		return switch_parse_bytes(app, "--align", &args->has_align, &args->align);
	case 'C':
		args->check_config = true;
		break;
	case OPT_REBIND:
		args->common.flags |= DAXFS_FLAG_REBIND;
		break;
	case OPT_SHRINK:
		args->common.flags |= DAXFS_FLAG_SHRINK;
		break;
	default:
		return switch_option(app, key, &args->common);
	}
	return STATUS_OK;
}

/* What no device can make sense of. */
static enum status check_args(struct app *app, const struct args *args)
{
	const struct switch_args *common = &args->common;

	if (common->input && (common->has_mode || args->has_size || args->has_align))
		return usage_error(app, "--input says mode, size and align: neither -m, -s nor -a "
					"goes with it");
	if (args->check_config && (common->has_mode || args->has_size || args->has_align ||
				   common->input || common->no_online || common->no_movable))
		return usage_error(app, "-C takes all from the configuration: none of -m, -s, -a, "
					"-N, --no-movable and --input goes with it");
	if (!common->has_mode && !args->has_size && !args->has_align && !common->input &&
	    !args->check_config && !(common->flags & DAXFS_FLAG_REBIND) && !common->no_online &&
	    !common->no_movable)
		return usage_error(app, "nothing is asked for; give -m MODE, -s SIZE, -a ALIGN or "
					"--rebind");
	return switch_check_memory(app, common);
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
	*ret_status = check_args(app, args);
	if (*ret_status == STATUS_OK)
		*ret_status = switch_take_devices(app, argc, argv, &args->common);
	return *ret_status == STATUS_OK;
}

static const struct input_device *find_device(const struct input *input, const char *name)
{
	for (size_t i = 0; i < input->n_devices; i++)
		if (strcmp(input->devices[i].chardev, name) == 0)
			return &input->devices[i];
	return NULL;
}

static enum status not_in_input(struct app *app, const struct args *args, const char *name)
{
	return output_problem(app->out,
			      &(struct problem){ .status = STATUS_USAGE,
						 .id = "bad-input",
						 .device = name,
						 .path = args->common.input },
			      "%s: %s says nothing of it", name, args->common.input);
}

static enum status switch_input_device(struct app *app, const struct args *args,
				       const struct input_device *device)
{
	_cleanup_(daxfs_request_freep) struct daxfs_request *request = NULL;
	enum status status = document_request(app, &args->common, device, &request);
	char *name = device->chardev;

	return request ? switch_listed(app, &args->common, &name, 1, request) : status;
}

/* Those of the document that are selected; one that is named has to be there. */
static enum status switch_picks(struct app *app, const struct args *args, const struct input *input)
{
	_cleanup_free_ struct pick *picks = NULL;
	enum status status;
	size_t n = 0;

	status = select_picks(app, &args->common.selection, &picks, &n);
	for (size_t i = 0; i < n; i++) {
		struct pick_name name = pick_name(&picks[i]);
		const struct input_device *device = find_device(input, name.text);

		if (device)
			status = status_merge(status, switch_input_device(app, args, device));
		else if (picks[i].named)
			status = status_merge(status, not_in_input(app, args, name.text));
	}
	return status;
}

static enum status switch_input(struct app *app, const struct args *args)
{
	const struct selection *selection = &args->common.selection;
	_cleanup_(input_freep) struct input *input = NULL;
	enum status status;

	status = document_read(app, args->common.input, &input);
	if (status != STATUS_OK)
		return status;
	if (selection->n_args || selection->region)
		return switch_picks(app, args, input);
	for (size_t i = 0; i < input->n_devices; i++)
		status = status_merge(status, switch_input_device(app, args, &input->devices[i]));
	return status;
}

static enum status run(struct app *app, int argc, char **argv)
{
	_cleanup_(daxfs_request_freep) struct daxfs_request *request = NULL;
	struct args args = {};
	enum status status;

	if (!parse_args(app, argc, argv, &args, &status))
		return status;
	/* To a size alone, daxctl prints no device. */
	if (!args.has_size || args.has_align || args.common.has_mode)
		output_list_changed(app->out);
	if (args.check_config)
		return configured_apply(app, &args.common, false);
	if (args.common.input)
		return switch_input(app, &args);
	if (switch_make_request(app, &args.common, &request) < 0)
		return lib_error(app, -ENOMEM);
	if (args.has_size)
		daxfs_request_set_size(request, args.size);
	if (args.has_align)
		daxfs_request_set_align(request, args.align);
	return switch_selected(app, &args.common, request);
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
