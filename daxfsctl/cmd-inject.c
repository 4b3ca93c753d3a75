// SPDX-License-Identifier: GPL-2.0-only
/* inject-error, clear-error: poison at a place of a device, and the way back where there is one. */
#include <ctype.h>
#include <string.h>

#include "cmd.h"
#include "confirm.h"
#include "output.h"
#include "select.h"

DEFINE_CLEANUP(struct daxfs_poison_request *, daxfs_poison_request_free)
DEFINE_CLEANUP(struct daxfs_spot *, daxfs_spot_free)

enum {
	OPT_OFFSET = OPT_FIRST,
	OPT_ADDRESS,
	OPT_PFN,
	OPT_METHOD,
	OPT_EXACT,
	OPT_STATUS,
	OPT_DRY_RUN_HERE,
};

#define PLACE_OPTS                                                                             \
	{ "offset", OPT_OFFSET, "OFFSET",                                                      \
	  "bytes from the start of the device; OFFSET:LENGTH for more" },                      \
		{ "address", OPT_ADDRESS, "ADDRESS", "a physical address in the device" },     \
		{ "pfn", OPT_PFN, "NUMBER", "a page frame: a physical address in pages" },     \
	{                                                                                      \
		"exact", OPT_EXACT, NULL, "refuse a place that is no whole unit of the method" \
	}
#define DRY_RUN_OPT                                                                         \
	{                                                                                   \
		"dry-run", OPT_DRY_RUN_HERE, NULL, "show what would be hit, change nothing" \
	}

static const struct opt inject_opts[] = {
	PLACE_OPTS,
	{ "method", OPT_METHOD, "METHOD", "auto, hwpoison, offline, pmem or cxl" },
	{ "status", OPT_STATUS, NULL, "show what is poisoned, and which methods there are" },
	DRY_RUN_OPT,
	{ "force", 'f', NULL, "though in use, or system-ram" },
	{}
};

static const struct opt clear_opts[] = { PLACE_OPTS,
					 { "method", OPT_METHOD, "METHOD",
					   "auto, hwpoison, pmem or cxl" },
					 DRY_RUN_OPT,
					 {} };

struct args {
	bool has_place, has_length, exact, force, dry_run, status, clears;
	const char *place_option;
	enum daxfs_place place;
	uint64_t value;
	uint64_t length;
	enum daxfs_poison_method method;
};

/* "0x5000" or "2M:8K" */
static enum status parse_offset(struct app *app, struct args *args)
{
	_cleanup_free_ char *text = strdup(optarg);
	char *colon;

	if (!text)
		return lib_error(app, -ENOMEM);
	colon = strchr(text, ':');
	if (colon)
		*colon = '\0';
	if (daxfs_parse_size(text, &args->value) < 0 ||
	    (colon && daxfs_parse_size(colon + 1, &args->length) < 0))
		return usage_error(
			app,
			"--offset: '%s' is not a place; give bytes, as 0x5000 or 2M, and "
			"after a colon a length",
			optarg);
	if (colon && args->length == 0)
		return usage_error(app, "--offset: '%s' has a length of 0", optarg);
	return STATUS_OK;
}

/* A number without a unit. */
static enum status parse_number(struct app *app, const char *option, struct args *args)
{
	size_t length = strlen(optarg);

	if (length == 0 || !isxdigit((unsigned char)optarg[length - 1]) ||
	    daxfs_parse_size(optarg, &args->value) < 0)
		return usage_error(app, "--%s: '%s' is not a number, as 0x140005000", option,
				   optarg);
	return STATUS_OK;
}

static enum status parse_place(struct app *app, int key, struct args *args)
{
	static const struct {
		const char *option;
		enum daxfs_place place;
	} places[] = {
		[OPT_OFFSET - OPT_OFFSET] = { "offset", DAXFS_PLACE_OFFSET },
		[OPT_ADDRESS - OPT_OFFSET] = { "address", DAXFS_PLACE_ADDRESS },
		[OPT_PFN - OPT_OFFSET] = { "pfn", DAXFS_PLACE_PFN },
	};
	const char *option = places[key - OPT_OFFSET].option;

	if (args->has_place)
		return usage_error(app, "--%s and --%s: give one place", args->place_option,
				   option);
	args->has_place = true;
	args->place_option = option;
	args->place = places[key - OPT_OFFSET].place;
	return key == OPT_OFFSET ? parse_offset(app, args) : parse_number(app, option, args);
}

static enum status parse_option(struct app *app, int key, struct args *args)
{
	switch (key) {
	case OPT_OFFSET:
	case OPT_ADDRESS:
	case OPT_PFN:
		return parse_place(app, key, args);
	case OPT_METHOD:
		if (daxfs_poison_method_from_string(optarg, &args->method) < 0)
			return usage_error(app,
					   "--method: '%s' is not a method; give auto, hwpoison, "
					   "offline, pmem or cxl",
					   optarg);
		break;
	case OPT_EXACT:
		args->exact = true;
		break;
	case OPT_STATUS:
		args->status = true;
		break;
	case OPT_DRY_RUN_HERE:
		args->dry_run = true;
		break;
	case 'f':
		args->force = true;
		break;
	}
	return STATUS_OK;
}

/* The one device that is named: a glob that matches two is too much for what cannot be undone. */
static enum status take_device(struct app *app, int argc, char **argv, char **ret_name)
{
	struct selection selection = { .scope = SELECT_ARGS,
				       .args = argv + optind,
				       .n_args = argc - optind,
				       .must_match = true };
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	enum status status;
	size_t n;

	if (optind == argc)
		return usage_error(app, "no device given");
	status = select_names(app, &selection, &names, &n);
	if (status != STATUS_OK)
		return status;
	if (n != 1)
		return usage_error(app, "%zu devices are selected: give one", n);
	*ret_name = names[0];
	names[0] = NULL;
	return STATUS_OK;
}

static int make_request(const struct app *app, const struct args *args,
			struct daxfs_poison_request **ret_request)
{
	struct daxfs_poison_request *request;
	int r = daxfs_poison_request_new(&request);

	if (r < 0)
		return r;
	daxfs_poison_request_set_place(request, args->place, args->value, args->length);
	daxfs_poison_request_set_method(request, args->method);
	daxfs_poison_request_set_exact(request, args->exact);
	daxfs_poison_request_set_force(request, args->force);
	if (app->has_lock_timeout)
		daxfs_poison_request_set_lock_timeout(request, app->lock_timeout_ms);
	*ret_request = request;
	return 0;
}

static enum status refused(struct app *app, const char *name, int r)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	enum status status = lib_error(app, r);

	if (daxfs_device_new(app->ctx, name, 0, &device) == 0)
		output_refused(app->out, device);
	return status;
}

static enum status run_spot(struct app *app, const struct args *args, struct daxfs_spot *spot)
{
	const char *done = args->clears ? "cleared" : "injected";
	enum status status;
	int r;

	/* What will be hit is said before it is. */
	if (!app->json || !app->yes)
		output_targets(app->json ? stderr : stdout, spot);
	status = confirm(app, args->clears ? "Clear it?" : "Poison it?");
	if (status != STATUS_OK) {
		output_spot(app->out, spot, "refused");
		return status;
	}
	r = daxfs_spot_run(app->ctx, spot);
	if (r == 0) {
		output_spot(app->out, spot, done);
		return STATUS_OK;
	}
	status = lib_error(app, r);
	output_spot(app->out, spot, daxfs_spot_get_n_done(spot) ? "failed" : "refused");
	return status;
}

static enum status run_on(struct app *app, const char *name, const struct args *args)
{
	_cleanup_(daxfs_poison_request_freep) struct daxfs_poison_request *request = NULL;
	_cleanup_(daxfs_spot_freep) struct daxfs_spot *spot = NULL;
	int r;

	r = make_request(app, args, &request);
	if (r < 0)
		return lib_error(app, r);
	r = daxfs_spot_new(app->ctx, name, request, args->clears, &spot);
	if (r < 0)
		return refused(app, name, r);
	if (!args->dry_run)
		return run_spot(app, args, spot);
	if (!app->json)
		output_targets(stdout, spot);
	output_spot(app->out, spot, "would-change");
	return STATUS_OK;
}

/* What is known of the device, and each method with what is in its way. */
static enum status show_status(struct app *app, const char *name)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	int r;

	r = daxfs_device_new(app->ctx, name, DAXFS_SECTION_POISON, &device);
	if (r < 0)
		return lib_error(app, r);
	r = output_poison_status(app->out, app->ctx, device);
	return r < 0 ? lib_error(app, r) : STATUS_OK;
}

static enum status run(struct app *app, int argc, char **argv, struct args *args)
{
	_cleanup_free_ char *name = NULL;
	enum status status;
	int key;

	while ((key = app_getopt(app, app->cmd, argc, argv)) != OPT_END) {
		status = key == OPT_STOP ? app->stop_status : parse_option(app, key, args);
		if (key == OPT_STOP || status != STATUS_OK)
			return status;
	}
	if (args->status && args->has_place)
		return usage_error(app, "--status and --%s exclude each other", args->place_option);
	if (!args->status && !args->has_place)
		return usage_error(app, "no place given; give --offset, --address or --pfn");
	status = take_device(app, argc, argv, &name);
	if (status != STATUS_OK)
		return status;
	return args->status ? show_status(app, name) : run_on(app, name, args);
}

static enum status run_inject(struct app *app, int argc, char **argv)
{
	struct args args = {};

	return run(app, argc, argv, &args);
}

static enum status run_clear(struct app *app, int argc, char **argv)
{
	struct args args = { .clears = true };

	return run(app, argc, argv, &args);
}

const struct cmd cmd_inject = {
	.name = "inject-error",
	.summary = "poison memory of a device, whatever is behind it",
	.args = "DEVICE",
	.about =
		"DEVICE is dax0.0, /dev/dax0.0, 0.0, uuid:UUID, resource:ADDRESS or cxl:REGION. What\n"
		"will be hit is shown first, and asked about; where nobody can be asked, say --yes.",
	.opts = inject_opts,
	.run = run_inject,
};

const struct cmd cmd_clear = {
	.name = "clear-error",
	.summary = "clear the poison of memory, where there is a way",
	.args = "DEVICE",
	.about =
		"DEVICE is dax0.0, /dev/dax0.0, 0.0, uuid:UUID, resource:ADDRESS or cxl:REGION. What\n"
		"was injected into a page that is not system-ram stays until the device is bound anew.",
	.opts = clear_opts,
	.run = run_clear,
};
