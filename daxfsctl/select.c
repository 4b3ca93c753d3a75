// SPDX-License-Identifier: GPL-2.0-only
#include "select.h"

#include <ctype.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "output.h"

/* The devices found so far, and all that there are, which are listed when first needed. */
struct search {
	struct app *app;
	bool has_region;
	unsigned int region;
	struct pick *picks;
	size_t n_picks;
	size_t room;
	struct daxfs_device_id *ids;
	size_t n_ids;
};

static void search_done(struct search *search)
{
	free(search->picks);
	free(search->ids);
}

#define _cleanup_search_ _cleanup_(search_done)

static enum status no_memory(struct app *app)
{
	return output_problem(
		app->out,
		&(struct problem){ .status = STATUS_FAILED, .id = "failed", .err = ENOMEM },
		"cannot go on");
}

static struct pick_name name_of(const struct daxfs_device_id *id)
{
	struct pick_name name;

	daxfs_format_device_name(id->region, id->id, name.text);
	return name;
}

struct pick_name pick_name(const struct pick *pick)
{
	return name_of(&(struct daxfs_device_id){ pick->region, pick->id });
}

/* Adds a device, unless -r leaves it out. */
static enum status add_pick(struct search *search, const struct daxfs_device_id *id, bool named)
{
	const struct pick pick = { .region = id->region, .id = id->id, .named = named };

	if (search->has_region && pick.region != search->region)
		return STATUS_OK;
	if (search->n_picks == search->room) {
		size_t room = search->room ? search->room * 2 : 16;
		struct pick *picks = reallocarray(search->picks, room, sizeof(*picks));

		if (!picks)
			return no_memory(search->app);
		search->picks = picks;
		search->room = room;
	}
	search->picks[search->n_picks++] = pick;
	return STATUS_OK;
}

static enum status list_ids(struct search *search)
{
	int r;

	if (search->ids)
		return STATUS_OK;
	r = daxfs_list_device_ids(search->app->ctx, &search->ids, &search->n_ids);
	return r < 0 ? lib_error(search->app, r) : STATUS_OK;
}

static enum status add_all(struct search *search)
{
	enum status status = list_ids(search);

	for (size_t i = 0; status == STATUS_OK && i < search->n_ids; i++)
		status = add_pick(search, &search->ids[i], false);
	return status;
}

/* 'dax1.*', or '1.*' as names may be given without "dax". */
static enum status add_glob(struct search *search, const char *glob)
{
	enum status status = list_ids(search);

	for (size_t i = 0; status == STATUS_OK && i < search->n_ids; i++) {
		const struct pick_name name = name_of(&search->ids[i]);

		if (fnmatch(glob, name.text, 0) == 0 || fnmatch(glob, name.text + 3, 0) == 0)
			status = add_pick(search, &search->ids[i], false);
	}
	return status;
}

/* A stable name: what a device is told by when its number may be another tomorrow. */
struct stable {
	const char *arg;
	const char *uuid;
	const char *cxl_region;
	bool has_resource;
	uint64_t resource;
};

static bool same_uuid(const char *a, const char *b)
{
	return b && strcasecmp(a, b) == 0;
}

static bool is_stable_match(const struct stable *stable, const struct daxfs_device *device)
{
	const char *cxl_region = daxfs_device_get_cxl_region(device);
	uint64_t resource;

	if (stable->uuid)
		return same_uuid(stable->uuid, daxfs_device_get_uuid(device)) ||
		       same_uuid(stable->uuid, daxfs_device_get_namespace_uuid(device));
	if (stable->cxl_region)
		return cxl_region && strcmp(cxl_region, stable->cxl_region) == 0;
	return daxfs_device_get_resource(device, &resource) && resource == stable->resource;
}

static enum status stable_not_found(struct search *search, const struct stable *stable,
				    bool is_hidden)
{
	if (is_hidden)
		return output_problem(
			search->app->out,
			&(struct problem){ .status = STATUS_PERMISSION,
					   .id = "not-permitted",
					   .hint = "only root may see addresses: run it as root" },
			"%s: cannot see the address of every device", stable->arg);
	return output_problem(
		search->app->out,
		&(struct problem){ .status = STATUS_NO_DEVICE,
				   .id = "no-device",
				   .hint = "'daxfsctl list --idle -v --backing --json' "
					   "shows what there is" },
		"%s: no such device", stable->arg);
}

/* An address that exists but is not to be seen: a device that has gone or is idle has none. */
static bool hides_resource(const struct daxfs_device *device)
{
	uint64_t value;

	return !daxfs_device_is_seed(device) && !daxfs_device_get_resource(device, &value);
}

static enum status add_stable(struct search *search, const struct stable *stable)
{
	unsigned int section = stable->has_resource ? DAXFS_SECTION_DETAIL : DAXFS_SECTION_BACKING;
	enum status status = list_ids(search);
	bool is_found = false, is_hidden = false;

	for (size_t i = 0; status == STATUS_OK && i < search->n_ids; i++) {
		_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;

		/* One that cannot be read is not this one, as far as anybody can tell. */
		if (daxfs_device_new(search->app->ctx, name_of(&search->ids[i]).text, section,
				     &device) < 0)
			continue;
		is_hidden = is_hidden || (stable->has_resource && hides_resource(device));
		if (!is_stable_match(stable, device))
			continue;
		is_found = true;
		status = add_pick(search, &search->ids[i], false);
	}
	if (status == STATUS_OK && !is_found)
		return stable_not_found(search, stable, is_hidden);
	return status;
}

static bool is_uuid(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i;

	for (i = 0; form[i] && text[i]; i++)
		if (form[i] == 'x' ? !isxdigit((unsigned char)text[i]) : text[i] != '-')
			return false;
	return !form[i] && !text[i];
}

/* A number as in names: digits, no leading zero. */
static bool parse_number(const char *text, unsigned int *ret_number)
{
	unsigned long number;

	if (!*text || strlen(text) > 10 || text[strspn(text, "0123456789")] ||
	    (text[0] == '0' && text[1]))
		return false;
	number = strtoul(text, NULL, 10);
	if (number > INT_MAX)
		return false;
	*ret_number = number;
	return true;
}

static enum status bad_argument(struct app *app, const char *arg)
{
	return usage_error(
		app,
		"'%s' is not a device: give dax0.0, /dev/dax0.0, 0.0, a glob as 'dax0.*', "
		"all, uuid:UUID, resource:ADDRESS or cxl:REGION",
		arg);
}

/* Whether @arg is a stable name, *ret_is_good: of the right form. */
static bool parse_stable(const char *arg, struct stable *ret_stable, bool *ret_is_good)
{
	struct stable stable = { .arg = arg };
	unsigned int number;

	if (strncmp(arg, "uuid:", 5) == 0) {
		stable.uuid = arg + 5;
		*ret_is_good = is_uuid(stable.uuid);
	} else if (strncmp(arg, "resource:", 9) == 0) {
		stable.has_resource = true;
		*ret_is_good = daxfs_parse_size(arg + 9, &stable.resource) == 0;
	} else if (strncmp(arg, "cxl:", 4) == 0) {
		stable.cxl_region = arg + 4;
		*ret_is_good = strncmp(stable.cxl_region, "region", 6) == 0 &&
			       parse_number(stable.cxl_region + 6, &number);
	} else {
		return false;
	}
	*ret_stable = stable;
	return true;
}

/* The device in "dax0.0", "/dev/dax0.0" or "0.0", in the one form that may reach sysfs. */
static bool parse_name(const char *arg, struct daxfs_device_id *ret_id)
{
	char name[64];

	if (strncmp(arg, "/dev/", 5) == 0)
		arg += 5;
	if (snprintf(name, sizeof(name), "%s%s", isdigit((unsigned char)*arg) ? "dax" : "", arg) >=
	    (int)sizeof(name))
		return false;
	return daxfs_parse_device_name(name, &ret_id->region, &ret_id->id) == 0;
}

/* Of what cannot match any name, "nothing matches" would be a poor answer. */
static bool is_glob(const char *arg)
{
	return strpbrk(arg, "*?[") && !arg[strspn(arg, "dax0123456789.*?[]!^-")];
}

static enum status add_argument(struct search *search, const char *arg)
{
	bool is_good = false;
	struct stable stable;
	struct daxfs_device_id id;
	const char *glob;

	if (strcmp(arg, "all") == 0)
		return add_all(search);
	if (parse_stable(arg, &stable, &is_good))
		return is_good ? add_stable(search, &stable) : bad_argument(search->app, arg);
	if (parse_name(arg, &id))
		return add_pick(search, &id, true);
	glob = strncmp(arg, "/dev/", 5) == 0 ? arg + 5 : arg;
	if (is_glob(glob))
		return add_glob(search, glob);
	return bad_argument(search->app, arg);
}

static enum status parse_region(struct search *search, const char *region)
{
	const char *number = region && strncmp(region, "region", 6) == 0 ? region + 6 : region;

	if (!region || strcmp(region, "all") == 0)
		return STATUS_OK;
	if (!parse_number(number, &search->region))
		return usage_error(search->app, "'%s' is not a region: give 0, region0 or all",
				   region);
	search->has_region = true;
	return STATUS_OK;
}

static int compare_picks(const void *a, const void *b)
{
	const struct pick *x = a, *y = b;

	if (x->region != y->region)
		return x->region < y->region ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* What was named once and matched by a glob as well was named. */
static void sort_picks(struct search *search)
{
	bool is_unsorted = false;
	size_t n = 0;

	if (search->n_picks == 0)
		return;
	/* Those of the bus come in order. */
	for (size_t i = 1; i < search->n_picks && !is_unsorted; i++)
		is_unsorted = compare_picks(&search->picks[i - 1], &search->picks[i]) > 0;
	if (is_unsorted)
		qsort(search->picks, search->n_picks, sizeof(*search->picks), compare_picks);
	for (size_t i = 1; i < search->n_picks; i++) {
		if (compare_picks(&search->picks[n], &search->picks[i]) == 0)
			search->picks[n].named |= search->picks[i].named;
		else
			search->picks[++n] = search->picks[i];
	}
	search->n_picks = n + 1;
}

static enum status add_selected(struct search *search, const struct selection *selection)
{
	enum status status = STATUS_OK;

	if (selection->scope == SELECT_NOTHING)
		return usage_error(search->app, "no device given: name one, or say 'all'");
	if (selection->scope == SELECT_ALL)
		return add_all(search);
	for (size_t i = 0; i < selection->n_args; i++) {
		enum status one = add_argument(search, selection->args[i]);

		if (one == STATUS_USAGE)
			return one;
		status = status_merge(status, one);
	}
	return status;
}

static enum status nothing_selected(struct app *app)
{
	return output_problem(
		app->out,
		&(struct problem){ .status = STATUS_NO_DEVICE,
				   .id = "nothing-selected",
				   .hint = "'daxfsctl list --idle' shows the devices there are" },
		"nothing is selected: no device matches");
}

enum status select_picks(struct app *app, const struct selection *selection,
			 struct pick **ret_picks, size_t *ret_n)
{
	_cleanup_search_ struct search search = { .app = app };
	enum status status;

	*ret_picks = NULL;
	*ret_n = 0;
	status = parse_region(&search, selection->region);
	if (status == STATUS_OK)
		status = add_selected(&search, selection);
	if (status == STATUS_USAGE)
		return status;
	sort_picks(&search);
	if (search.n_picks == 0 && selection->must_match && status == STATUS_OK)
		return nothing_selected(app);
	*ret_n = search.n_picks;
	*ret_picks = TAKE_PTR(search.picks);
	return status;
}

enum status select_read(struct app *app, const struct pick *pick, unsigned int sections,
			struct daxfs_device **ret_device)
{
	struct pick_name name = pick_name(pick);
	int r;

	*ret_device = NULL;
	r = daxfs_device_new(app->ctx, name.text, sections, ret_device);
	if (r == -ENODEV && !pick->named)
		return STATUS_OK;
	return r < 0 ? lib_error(app, r) : STATUS_OK;
}

static bool skips(struct app *app, const struct selection *selection, const struct pick *pick,
		  bool is_seed)
{
	if (!is_seed || pick->named || selection->idle)
		return false;
	if (app->verbose)
		output_note(app->out, "%s: idle, of size 0: left out", pick_name(pick).text);
	return true;
}

bool select_skips(struct app *app, const struct selection *selection, const struct pick *pick,
		  const struct daxfs_device *device)
{
	return skips(app, selection, pick, daxfs_device_is_seed(device));
}

/* One name if the device is there and not left out. */
static enum status check_pick(struct app *app, const struct selection *selection,
			      const struct pick *pick, char **ret_name)
{
	struct pick_name name = pick_name(pick);
	bool is_seed = false;
	int r;

	r = daxfs_device_check(app->ctx, name.text, &is_seed);
	if (r == -ENODEV && !pick->named)
		return STATUS_OK;
	if (r < 0)
		return lib_error(app, r);
	if (skips(app, selection, pick, is_seed))
		return STATUS_OK;
	*ret_name = strdup(name.text);
	return *ret_name ? STATUS_OK : no_memory(app);
}

enum status select_names(struct app *app, const struct selection *selection, char ***ret_names,
			 size_t *ret_n)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	_cleanup_free_ struct pick *picks = NULL;
	size_t n_picks, n = 0;
	enum status status;

	*ret_names = NULL;
	*ret_n = 0;
	status = select_picks(app, selection, &picks, &n_picks);
	names = calloc(n_picks + 1, sizeof(*names));
	if (!names)
		return no_memory(app);
	for (size_t i = 0; i < n_picks; i++) {
		status = status_merge(status, check_pick(app, selection, &picks[i], &names[n]));
		n += names[n] != NULL;
	}
	if (n == 0 && status == STATUS_OK && selection->must_match)
		return nothing_selected(app);
	*ret_n = n;
	*ret_names = TAKE_PTR(names);
	return status;
}
