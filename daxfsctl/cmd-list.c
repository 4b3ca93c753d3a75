// SPDX-License-Identifier: GPL-2.0-only
/* list: devices and regions, as a table or as JSON. */
#include <string.h>

#include "cmd.h"
#include "list-cells.h"
#include "list-table.h"
#include "output.h"
#include "select.h"

enum {
	KEY_MODE = OPT_FIRST,
	KEY_KIND,
	KEY_STATE,
	KEY_MEMORY,
	KEY_BACKING,
	KEY_USERS,
	KEY_POISON,
	KEY_NOHEADINGS,
	KEY_TREE,
};

static const struct opt opts[] = {
	{ "dev", 'd', "DEVICE", "list this device; may be repeated" },
	{ "region", 'r', "REGION", "only devices of this region: 0, region0, all" },
	{ "mode", KEY_MODE, "MODE", "only devdax, famfs, system-ram, other or none (no driver)" },
	{ "kind", KEY_KIND, "KIND", "only pmem, hmem, cxl or other" },
	{ "state", KEY_STATE, "STATE", "only enabled, disabled or stranded" },
	{ "idle", 'i', NULL, "also idle devices of size 0" },
	{ "devices", 'D', NULL, "devices (the default without -R)" },
	{ "regions", 'R', NULL, "regions; with -D, each with its devices" },
	{ "mappings", 'M', NULL, "the physical ranges of devices (root only)" },
	{ "memory", KEY_MEMORY, NULL, "the memory blocks of system-ram devices (root only)" },
	{ "users", KEY_USERS, NULL, "who uses devices (root only)" },
	{ "poison", KEY_POISON, NULL, "what is known to be poisoned (root only)" },
	{ "backing", KEY_BACKING, NULL, "namespaces and CXL memory devices behind devices" },
	{ "tree", KEY_TREE, NULL, "a tree: regions, devices, mappings and users" },
	{ "output", 'o', "COLUMNS",
	  "columns of the table, as DEVICE,MODE; +COLUMNS adds to the usual" },
	{ "bytes", 'b', NULL, "sizes in bytes" },
	{ "noheadings", KEY_NOHEADINGS, NULL, "no line of headings" },
	{ NULL },
};

struct filter {
	bool has_mode, has_kind, has_state;
	enum daxfs_mode mode;
	enum daxfs_kind kind;
	enum daxfs_state state;
};

struct listing {
	struct app *app;
	struct selection selection;
	struct filter filter;
	struct table_style style;
	unsigned int sections;
	struct table *table;  /* NULL: JSON */
	struct pick *regions; /* one device of each, to print after the devices */
	size_t n_regions;
	bool has_region; /* the last one told */
	bool has_all_regions;
	unsigned int region;
};

static void listing_done(struct listing *listing)
{
	table_free(listing->table);
	free(listing->regions);
	free(listing->selection.args);
}

static enum status parse_mode_filter(struct app *app, struct filter *filter, const char *text)
{
	filter->has_mode = true;
	if (strcmp(text, "none") == 0)
		filter->mode = DAXFS_MODE_NONE;
	else if (strcmp(text, "other") == 0)
		filter->mode = DAXFS_MODE_OTHER;
	else if (daxfs_mode_from_string(text, &filter->mode) < 0)
		return usage_error(
			app,
			"--mode: '%s' is not a mode: give devdax, famfs, system-ram, other or "
			"none",
			text);
	return STATUS_OK;
}

static enum status parse_kind_filter(struct app *app, struct filter *filter, const char *text)
{
	filter->has_kind = true;
	if (daxfs_kind_from_string(text, &filter->kind) < 0)
		return usage_error(app, "--kind: '%s' is not a kind: give pmem, hmem, cxl or other",
				   text);
	return STATUS_OK;
}

static enum status parse_state_filter(struct app *app, struct filter *filter, const char *text)
{
	filter->has_state = true;
	if (daxfs_state_from_string(text, &filter->state) < 0)
		return usage_error(
			app, "--state: '%s' is not a state: give enabled, disabled or stranded",
			text);
	return STATUS_OK;
}

static enum status take_style_option(struct listing *listing, int key)
{
	struct table_style *style = &listing->style;

	switch (key) {
	case 'D':
		style->devices = true;
		break;
	case 'R':
		style->regions = true;
		break;
	case 'M':
		style->mappings = true;
		break;
	case KEY_MEMORY:
		style->memory = true;
		break;
	case KEY_BACKING:
		style->backing = true;
		break;
	case KEY_USERS:
		style->users = true;
		break;
	case KEY_POISON:
		style->poison = true;
		break;
	case 'o':
		style->columns = optarg;
		break;
	case 'b':
		style->in_bytes = true;
		break;
	case KEY_TREE:
		style->tree = style->regions = style->devices = true;
		break;
	case KEY_NOHEADINGS:
		style->noheadings = true;
		break;
	}
	return STATUS_OK;
}

static enum status take_option(struct listing *listing, int key)
{
	switch (key) {
	case 'd':
		listing->selection.args[listing->selection.n_args++] = optarg;
		return STATUS_OK;
	case 'r':
		listing->selection.region = optarg;
		return STATUS_OK;
	case 'i':
		listing->selection.idle = true;
		return STATUS_OK;
	case KEY_MODE:
		return parse_mode_filter(listing->app, &listing->filter, optarg);
	case KEY_KIND:
		return parse_kind_filter(listing->app, &listing->filter, optarg);
	case KEY_STATE:
		return parse_state_filter(listing->app, &listing->filter, optarg);
	default:
		return take_style_option(listing, key);
	}
}

/* Whether there is something to do; else *ret_status is how the program ends. */
static bool parse_options(struct listing *listing, int argc, char **argv, enum status *ret_status)
{
	int key;

	while ((key = app_getopt(listing->app, &cmd_list, argc, argv)) != OPT_END) {
		*ret_status = key == OPT_STOP ? listing->app->stop_status
					      : take_option(listing, key);
		if (key == OPT_STOP || *ret_status != STATUS_OK)
			return false;
	}
	*ret_status = STATUS_OK;
	if (listing->app->json && listing->style.columns)
		*ret_status =
			usage_error(listing->app, "-o chooses columns of a table: --json has none");
	else if (listing->app->json && listing->style.tree)
		*ret_status = usage_error(listing->app, "--tree is a table: give -RDM and --users "
							"with --json");
	return *ret_status == STATUS_OK;
}

static bool parse(struct listing *listing, int argc, char **argv, enum status *ret_status)
{
	struct selection *selection = &listing->selection;

	/* Not more devices than words. */
	selection->args = calloc(argc, sizeof(*selection->args));
	if (!selection->args) {
		*ret_status = lib_error(listing->app, -ENOMEM);
		return false;
	}
	if (!parse_options(listing, argc, argv, ret_status))
		return false;
	while (optind < argc)
		selection->args[selection->n_args++] = argv[optind++];
	selection->scope = selection->n_args ? SELECT_ARGS : SELECT_ALL;
	/* daxctl lists regions where one is named, and devices where one is */
	if (listing->app->compat && !listing->style.devices && !listing->style.regions) {
		listing->style.regions = selection->region;
		listing->style.devices = selection->n_args;
	}
	listing->style.devices |= !listing->style.regions;
	listing->style.detail = listing->app->verbose;
	return true;
}

/* What daxctl's arrays have, and in which order. */
static enum status prepare_daxctl(struct listing *listing)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	const struct table_style *style = &listing->style;
	struct output *out = listing->app->out;
	int r;

	listing->sections = DAXFS_SECTION_MEMORY | (style->mappings ? DAXFS_SECTION_MAPPINGS : 0);
	if (style->regions)
		output_expect_regions(out);
	output_expect_list(out, style->devices);
	r = daxfs_list_devices_unsorted(listing->app->ctx, &names, NULL);
	if (r == 0)
		r = output_set_order(out, names);
	return r < 0 ? lib_error(listing->app, r) : STATUS_OK;
}

static enum status prepare(struct listing *listing)
{
	const struct table_style *style = &listing->style;
	enum status status;

	if (listing->app->compat && !listing->app->json)
		return prepare_daxctl(listing);
	if (listing->app->json) {
		listing->sections = (style->detail ? DAXFS_SECTION_DETAIL : 0) |
				    (style->mappings ? DAXFS_SECTION_MAPPINGS : 0) |
				    (style->backing ? DAXFS_SECTION_BACKING : 0) |
				    (style->memory ? DAXFS_SECTION_MEMORY : 0) |
				    (style->users ? DAXFS_SECTION_USERS : 0) |
				    (style->poison ? DAXFS_SECTION_POISON : 0);
		if (style->regions)
			output_expect_regions(listing->app->out);
		return STATUS_OK;
	}
	status = table_new(listing->app, style, &listing->table);
	if (status != STATUS_OK)
		return status;
	listing->sections = table_sections(listing->table);
	return STATUS_OK;
}

static bool matches(const struct filter *filter, const struct daxfs_device *device)
{
	return (!filter->has_mode || filter->mode == daxfs_device_get_mode(device)) &&
	       (!filter->has_kind || filter->kind == daxfs_device_get_kind(device)) &&
	       (!filter->has_state || filter->state == daxfs_device_get_state(device));
}

static enum status tell_region(struct listing *listing, const struct pick *pick)
{
	_cleanup_(daxfs_region_unrefp) struct daxfs_region *region = NULL;
	struct pick_name name = pick_name(pick);
	int r;

	r = daxfs_region_new(listing->app->ctx, name.text, &region);
	if (r == -ENODEV && !pick->named)
		return STATUS_OK;
	if (r == 0 && listing->table)
		r = table_add_region(listing->table, region);
	if (r < 0)
		return lib_error(listing->app, r);
	if (!listing->table)
		output_region(listing->app->out, region);
	return STATUS_OK;
}

/* Picks are in order, so that a region is new when it is not the last one. */
static enum status see_region(struct listing *listing, const struct pick *pick)
{
	struct pick *regions;

	if (!listing->style.regions || listing->has_all_regions ||
	    (listing->has_region && listing->region == pick->region))
		return STATUS_OK;
	listing->has_region = true;
	listing->region = pick->region;
	if (listing->table)
		return tell_region(listing, pick);
	regions = reallocarray(listing->regions, listing->n_regions + 1, sizeof(*regions));
	if (!regions)
		return lib_error(listing->app, -ENOMEM);
	listing->regions = regions;
	regions[listing->n_regions++] = *pick;
	return STATUS_OK;
}

static enum status tell_device(struct listing *listing, const struct daxfs_device *device)
{
	if (!listing->table) {
		output_device(listing->app->out, device, listing->sections);
		return STATUS_OK;
	}
	if (table_add_device(listing->table, device) < 0)
		return lib_error(listing->app, -ENOMEM);
	return STATUS_OK;
}

static enum status visit(struct listing *listing, const struct pick *pick)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	enum status status;

	status = select_read(listing->app, pick, listing->sections, &device);
	if (!device || !matches(&listing->filter, device))
		return status;
	status = see_region(listing, pick);
	if (!listing->style.devices ||
	    select_skips(listing->app, &listing->selection, pick, device))
		return status;
	return status_merge(status, tell_device(listing, device));
}

/* Whether names alone tell what to print: regions only, of whatever devices there are. */
static bool needs_no_devices(const struct listing *listing)
{
	const struct filter *filter = &listing->filter;

	return !listing->style.devices && listing->selection.scope == SELECT_ALL &&
	       !filter->has_mode && !filter->has_kind && !filter->has_state;
}

static enum status finish(struct listing *listing)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; i < listing->n_regions; i++)
		status = status_merge(status, tell_region(listing, &listing->regions[i]));
	if (!listing->table)
		return status;
	if (table_is_empty(listing->table)) {
		output_note(listing->app->out, "no %s to list",
			    listing->style.devices ? "devices" : "regions");
		return status;
	}
	/* What stdout did not take shows at the end of the program. */
	if (table_print(listing->table) == -ENOMEM)
		return lib_error(listing->app, -ENOMEM);
	return status;
}

/* daxctl's -d says which devices to show in regions, not which regions. */
static enum status see_all_regions(struct listing *listing)
{
	const struct selection all = { .scope = SELECT_ALL, .region = listing->selection.region };
	_cleanup_free_ struct pick *picks = NULL;
	enum status status;
	size_t n = 0;

	status = select_picks(listing->app, &all, &picks, &n);
	for (size_t i = 0; i < n; i++)
		status = status_merge(status, see_region(listing, &picks[i]));
	listing->has_all_regions = true;
	return status;
}

static enum status run_list(struct app *app, int argc, char **argv)
{
	_cleanup_(listing_done) struct listing listing = { .app = app };
	_cleanup_free_ struct pick *picks = NULL;
	enum status status;
	size_t n;

	if (!parse(&listing, argc, argv, &status))
		return status;
	daxfs_ctx_set_keep_users(app->ctx, true);
	status = prepare(&listing);
	if (status != STATUS_OK)
		return status;
	if (app->compat && !app->json)
		status = see_all_regions(&listing);
	status = status_merge(status, select_picks(app, &listing.selection, &picks, &n));
	for (size_t i = 0; i < n; i++)
		status = status_merge(status, needs_no_devices(&listing)
						      ? see_region(&listing, &picks[i])
						      : visit(&listing, &picks[i]));
	return status_merge(status, finish(&listing));
}

const struct cmd cmd_list = {
	.name = "list",
	.summary = "list devices and regions",
	.args = "[DEVICE...]",
	.about =
		"A DEVICE is dax0.0, /dev/dax0.0, 0.0, a glob as 'dax1.*', all, uuid:UUID,\n"
		"resource:ADDRESS or cxl:REGION. Without one, all devices but idle ones are listed.",
	.opts = opts,
	.print_more = list_print_columns,
	.run = run_list,
};
