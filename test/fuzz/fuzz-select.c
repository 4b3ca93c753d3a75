// SPDX-License-Identifier: GPL-2.0-only
/*
 * Device arguments, one per line, on a bus of a few devices, which is all there is of the
 * library here. The first line is the region of -r; empty for none.
 */
#include "fuzz.h"

#include <fnmatch.h>
#include <strings.h>

#include "output.h"
#include "select.h"

#define ARGS_MAX 8

#define UUID "4f1c1e9e-3a5b-4c51-8a55-0f0a8c3b7d21"
#define NAMESPACE_UUID "d2b1f3a4-0c6d-4e7f-9a8b-1c2d3e4f5a6b"

struct daxfs_device {
	const char *name;
	const char *uuid;
	const char *namespace_uuid;
	const char *cxl_region;
	bool has_resource;
	uint64_t resource;
};

/* In the order in which they are found, which is that of their numbers. */
static struct daxfs_device bus[] = {
	{ .name = "dax0.0", .has_resource = true, .resource = 0x100000000 },
	{ .name = "dax0.1", .has_resource = true, .resource = 1, .cxl_region = "region0" },
	{ .name = "dax1.0", .uuid = UUID, .namespace_uuid = NAMESPACE_UUID },
	{ .name = "dax1.10", .has_resource = true, .cxl_region = "region12" },
	{ .name = "dax12.3" },
};

/* What select.c uses of the library. */

int daxfs_list_device_ids(struct daxfs_ctx *ctx, struct daxfs_device_id **ret_ids, size_t *ret_n)
{
	struct daxfs_device_id *ids = calloc(ARRAY_SIZE(bus), sizeof(*ids));

	REQUIRE(ids);
	for (size_t i = 0; i < ARRAY_SIZE(bus); i++)
		REQUIRE(daxfs_parse_device_name(bus[i].name, &ids[i].region, &ids[i].id) == 0);
	*ret_ids = ids;
	*ret_n = ARRAY_SIZE(bus);
	return 0;
}

void daxfs_free_names(char **names)
{
	for (size_t i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
}

int daxfs_device_new(struct daxfs_ctx *ctx, const char *name, unsigned int sections,
		     struct daxfs_device **ret_device)
{
	for (size_t i = 0; i < ARRAY_SIZE(bus); i++)
		if (strcmp(bus[i].name, name) == 0) {
			*ret_device = &bus[i];
			return 0;
		}
	return -ENODEV;
}

int daxfs_device_check(struct daxfs_ctx *ctx, const char *name, bool *ret_is_seed)
{
	struct daxfs_device *device;

	*ret_is_seed = false;
	return daxfs_device_new(ctx, name, 0, &device);
}

struct daxfs_device *daxfs_device_unref(struct daxfs_device *device)
{
	return NULL;
}

const char *daxfs_device_get_name(const struct daxfs_device *device)
{
	return device->name;
}

const char *daxfs_device_get_uuid(const struct daxfs_device *device)
{
	return device->uuid;
}

const char *daxfs_device_get_namespace_uuid(const struct daxfs_device *device)
{
	return device->namespace_uuid;
}

const char *daxfs_device_get_cxl_region(const struct daxfs_device *device)
{
	return device->cxl_region;
}

bool daxfs_device_is_seed(const struct daxfs_device *device)
{
	return false;
}

bool daxfs_device_get_resource(const struct daxfs_device *device, uint64_t *ret_address)
{
	if (device->has_resource)
		*ret_address = device->resource;
	return device->has_resource;
}

/* What select.c uses of the program. */

enum status usage_error(struct app *app, const char *format, ...)
{
	return STATUS_USAGE;
}

enum status lib_error(struct app *app, int r)
{
	return STATUS_FAILED;
}

enum status output_problem(struct output *out, const struct problem *problem, const char *format,
			   ...)
{
	return problem->status;
}

void output_note(struct output *out, const char *format, ...)
{
}

/* Whether @arg says this device: by its name, a pattern, or a stable name. */
static bool is_meant(const char *arg, const struct daxfs_device *device)
{
	const char *name = strncmp(arg, "/dev/", 5) == 0 ? arg + 5 : arg;
	uint64_t address;

	if (strcmp(arg, "all") == 0)
		return true;
	if (strncmp(arg, "uuid:", 5) == 0)
		return device->uuid && (!strcasecmp(arg + 5, device->uuid) ||
					!strcasecmp(arg + 5, device->namespace_uuid));
	if (strncmp(arg, "cxl:", 4) == 0)
		return device->cxl_region && !strcmp(arg + 4, device->cxl_region);
	if (strncmp(arg, "resource:", 9) == 0)
		return daxfs_parse_size(arg + 9, &address) == 0 && device->has_resource &&
		       address == device->resource;
	return fnmatch(name, device->name, 0) == 0 || fnmatch(name, device->name + 3, 0) == 0;
}

/* Whether @arg is this very name, though no such device need be there. */
static bool is_named(const char *arg, const char *name)
{
	if (strncmp(arg, "/dev/", 5) == 0)
		arg += 5;
	return strcmp(arg, name) == 0 || strcmp(arg, name + 3) == 0;
}

static bool is_in_region(const char *region, unsigned int number)
{
	char text[32];

	snprintf(text, sizeof(text), "region%u", number);
	return !region || !strcmp(region, "all") || !strcmp(region, text) ||
	       !strcmp(region, text + 6);
}

/* Every device that was picked was asked for; in order; once. */
static void check_picks(const struct selection *selection, const struct pick *picks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct pick_name name = pick_name(&picks[i]);
		const struct daxfs_device like = { .name = name.text }, *device = &like;
		bool asked = false, named = false;

		REQUIRE(daxfs_parse_device_name(name.text, NULL, NULL) == 0);
		REQUIRE(is_in_region(selection->region, picks[i].region));
		REQUIRE(i == 0 || picks[i - 1].region < picks[i].region ||
			(picks[i - 1].region == picks[i].region && picks[i - 1].id < picks[i].id));
		for (size_t j = 0; j < ARRAY_SIZE(bus); j++)
			if (strcmp(bus[j].name, name.text) == 0)
				device = &bus[j];
		for (size_t j = 0; j < selection->n_args; j++) {
			named |= is_named(selection->args[j], name.text);
			asked |= device != &like && is_meant(selection->args[j], device);
		}
		REQUIRE(picks[i].named == named && (named || asked));
	}
}

static bool is_picked(const struct pick *picks, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(pick_name(&picks[i]).text, name) == 0)
			return true;
	return false;
}

/* Every device that was asked for was picked. */
static void check_bus(const struct selection *selection, const struct pick *picks, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(bus); i++)
		for (size_t j = 0; j < selection->n_args; j++)
			if (is_meant(selection->args[j], &bus[i]) &&
			    is_in_region(selection->region, strtoul(bus[i].name + 3, NULL, 10)))
				REQUIRE(is_picked(picks, n, bus[i].name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	_cleanup_free_ struct pick *picks = NULL;
	struct selection selection = { .scope = SELECT_ARGS };
	char *args[ARGS_MAX], *rest = text;
	struct app app = {};
	enum status status;
	size_t n;

	selection.region = strsep(&rest, "\n");
	if (!*selection.region)
		selection.region = NULL;
	while (rest && selection.n_args < ARGS_MAX)
		args[selection.n_args++] = strsep(&rest, "\n");
	selection.args = args;
	status = select_picks(&app, &selection, &picks, &n);
	if (status == STATUS_USAGE) {
		REQUIRE(n == 0 && !picks);
		return 0;
	}
	check_picks(&selection, picks, n);
	check_bus(&selection, picks, n);
	return 0;
}
