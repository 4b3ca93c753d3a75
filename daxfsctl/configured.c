// SPDX-License-Identifier: GPL-2.0-only
#include "configured.h"

#include <string.h>

#include "output.h"

DEFINE_CLEANUP(struct daxfs_plan *, daxfs_plan_free)

/* A device that a section is for. */
struct entry {
	char *name;
	const struct config_section *section;
	bool is_done;
};

struct entries {
	struct app *app;
	struct config *config;
	struct entry *entries; /* a section is NULL for one that --early bound, wrongly */
	size_t n;
};

static void entries_done(struct entries *entries)
{
	for (size_t i = 0; i < entries->n; i++)
		free(entries->entries[i].name);
	free(entries->entries);
	config_free(entries->config);
}

/* The configuration. */

static enum status bad_config(struct app *app, int r, const char *error)
{
	struct problem problem = { .status = STATUS_USAGE, .id = "bad-config" };

	if (r == -ELIBACC) {
		problem.status = STATUS_UNSUPPORTED;
		problem.id = "no-library";
		problem.hint = "install libinih1";
	} else if (r == -EACCES || r == -EPERM) {
		problem.status = STATUS_PERMISSION;
		problem.id = "not-permitted";
	} else if (r == -ENOMEM) {
		problem.status = STATUS_FAILED;
		problem.id = "failed";
	}
	return output_problem(app->out, &problem, "%s", error ? error : "out of memory");
}

static int read_directory(struct app *app, struct config *config, const char *name,
			  enum config_dialect dialect, char **ret_error)
{
	_cleanup_free_ char *dir = NULL;

	if (asprintf(&dir, "%s/etc/%s", app->sysroot ? app->sysroot : "", name) < 0) {
		dir = NULL;
		return -ENOMEM;
	}
	return config_read_directory(config, dir, dialect, ret_error);
}

enum status configured_read(struct app *app, struct config **ret_config)
{
	_cleanup_(config_freep) struct config *config = config_new();
	_cleanup_free_ char *error = NULL;
	int r = config ? 0 : -ENOMEM;

	if (r == 0)
		r = read_directory(app, config, "daxfsctl.conf.d", CONFIG_OURS, &error);
	if (r == 0)
		r = read_directory(app, config, "daxctl.conf.d", CONFIG_DAXCTL, &error);
	if (r < 0)
		return bad_config(app, r, error);
	*ret_config = TAKE_PTR(config);
	return STATUS_OK;
}

enum status configured_find(struct app *app, const struct config *config,
			    const struct daxfs_device *device,
			    const struct config_section **ret_section)
{
	_cleanup_free_ char *error = NULL;
	int r = config_match(config, device, ret_section, &error);

	return r < 0 ? bad_config(app, r, error) : STATUS_OK;
}

/* Devices. */

static enum status add_entry(struct entries *entries, const struct daxfs_device *device,
			     const struct config_section *section)
{
	struct entry *entry;

	entry = reallocarray(entries->entries, entries->n + 1, sizeof(*entry));
	if (!entry)
		return lib_error(entries->app, -ENOMEM);
	entries->entries = entry;
	entry += entries->n;
	*entry =
		(struct entry){ .name = strdup(daxfs_device_get_name(device)), .section = section };
	if (!entry->name)
		return lib_error(entries->app, -ENOMEM);
	entries->n++;
	return STATUS_OK;
}

/* --early can go by the name only: the other keys of the section may not hold of the device. */
static bool is_stray(struct app *app, const struct daxfs_device *device)
{
	enum daxfs_mode mode = daxfs_early_get_mode(app->ctx, daxfs_device_get_name(device));

	return mode != DAXFS_MODE_NONE && mode != DAXFS_MODE_DEVDAX &&
	       mode == daxfs_device_get_mode(device);
}

static enum status look_at(struct entries *entries, const struct selection *selection,
			   const struct pick *pick)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	const struct config_section *section = NULL;
	struct app *app = entries->app;
	enum status status;

	status = select_read(app, pick, CONFIGURED_SECTIONS, &device);
	if (!device || select_skips(app, selection, pick, device))
		return status;
	status = configured_find(app, entries->config, device, &section);
	if (section || (status == STATUS_OK && is_stray(app, device)))
		return add_entry(entries, device, section);
	if (status == STATUS_OK && app->verbose)
		output_note(app->out, "%s: no section of the configuration is for it",
			    daxfs_device_get_name(device));
	return status;
}

static enum status find_entries(struct entries *entries, const struct selection *selection)
{
	_cleanup_free_ struct pick *picks = NULL;
	enum status status;
	size_t n = 0;

	status = configured_read(entries->app, &entries->config);
	if (status != STATUS_OK)
		return status;
	status = select_picks(entries->app, selection, &picks, &n);
	for (size_t i = 0; i < n; i++)
		status = status_merge(status, look_at(entries, selection, &picks[i]));
	return status;
}

/* What is asked of them. */

static enum status make_request(struct app *app, const struct switch_args *args,
				const struct config_section *section,
				struct daxfs_request **ret_request)
{
	struct switch_args wanted = *args;

	wanted.has_mode = config_has(section, CONFIG_MODE);
	wanted.mode = section->mode;
	if (switch_make_request(app, &wanted, ret_request) < 0)
		return lib_error(app, -ENOMEM);
	if (wanted.has_mode && wanted.mode == DAXFS_MODE_SYSTEM_RAM)
		daxfs_request_set_online(*ret_request, config_online(section));
	if (config_has(section, CONFIG_ALIGN))
		daxfs_request_set_align(*ret_request, section->align);
	return STATUS_OK;
}

static bool same_wish(const struct config_section *a, const struct config_section *b)
{
	return config_has(a, CONFIG_MODE) == config_has(b, CONFIG_MODE) && a->mode == b->mode &&
	       config_has(a, CONFIG_ALIGN) == config_has(b, CONFIG_ALIGN) && a->align == b->align &&
	       config_online(a) == config_online(b) && a->on_failure == b->on_failure;
}

/* Those that shall become the same are switched together, so that they wait for the kernel at once. */
static enum status apply_wish(struct entries *entries, const struct switch_args *args, size_t first)
{
	_cleanup_(daxfs_request_freep) struct daxfs_request *request = NULL;
	const struct config_section *wish = entries->entries[first].section;
	_cleanup_free_ char **names = calloc(entries->n, sizeof(*names));
	enum status status;
	size_t n = 0;

	if (!names)
		return lib_error(entries->app, -ENOMEM);
	for (size_t i = first; i < entries->n; i++) {
		struct entry *entry = &entries->entries[i];

		if (entry->is_done || !entry->section || !same_wish(wish, entry->section))
			continue;
		entry->is_done = true;
		names[n++] = entry->name; /* stays the entry's */
	}
	status = make_request(entries->app, args, wish, &request);
	if (status != STATUS_OK)
		return status;
	status = switch_listed(entries->app, args, names, n, request);
	return wish->on_failure == CONFIG_IGNORE ? STATUS_OK : status;
}

/* Back to devdax: what it would have been without us, or what is next to it and does no harm. */
static enum status put_back(struct app *app, const struct switch_args *args, char *name)
{
	_cleanup_(daxfs_request_freep) struct daxfs_request *request = NULL;
	struct switch_args wanted = *args;
	enum status status;
	int r = 0;

	status = output_problem(
		app->out,
		&(struct problem){ .status = STATUS_FAILED,
				   .id = "early-mismatch",
				   .device = name,
				   .hint = "correct its section, or the name there" },
		"%s: 'apply --early' went by its name, but it is not the device that "
		"the configuration means",
		name);
	wanted.has_mode = true;
	wanted.mode = DAXFS_MODE_DEVDAX;
	if (switch_make_request(app, &wanted, &request) < 0)
		return lib_error(app, -ENOMEM);
	if (!args->dry_run)
		r = daxfs_early_forget(app->ctx, name);
	if (r < 0)
		status = status_merge(status, lib_error(app, r));
	return status_merge(status, switch_listed(app, args, &name, 1, request));
}

/* Whether a refusal says that the device is not what it shall be, rather than that nobody knows. */
static bool is_difference(enum status status)
{
	return status == STATUS_USAGE || status == STATUS_BUSY || status == STATUS_UNSUPPORTED ||
	       status == STATUS_REBOOT;
}

static enum status show_difference(struct app *app, const struct switch_args *args,
				   const struct entry *entry)
{
	_cleanup_(daxfs_request_freep) struct daxfs_request *request = NULL;
	_cleanup_(daxfs_plan_freep) struct daxfs_plan *plan = NULL;
	enum status status;

	status = make_request(app, args, entry->section, &request);
	if (status != STATUS_OK)
		return status;
	if (daxfs_plan_new(app->ctx, entry->name, request, &plan) == 0 &&
	    daxfs_plan_get_n_steps(plan) == 0)
		return STATUS_OK;
	status = switch_dry_run(app, entry->name, request);
	return status == STATUS_OK || is_difference(status) ? STATUS_FINDINGS : status;
}

static enum status show_differences(struct entries *entries, const struct switch_args *args)
{
	struct switch_args dry = *args;
	enum status status = STATUS_OK;

	dry.dry_run = true;
	for (size_t i = 0; i < entries->n; i++) {
		struct entry *entry = &entries->entries[i];

		if (entry->section)
			status = status_merge(status, show_difference(entries->app, args, entry));
		else if (put_back(entries->app, &dry, entry->name) != STATUS_OK)
			status = status_merge(status, STATUS_FINDINGS);
	}
	if (status == STATUS_OK && !entries->app->json)
		puts("nothing to do");
	return status;
}

enum status configured_apply(struct app *app, struct switch_args *args, bool diff)
{
	_cleanup_(entries_done) struct entries entries = { .app = app };
	enum status status = find_entries(&entries, &args->selection);

	if (diff)
		return status == STATUS_OK ? show_differences(&entries, args) : status;
	for (size_t i = 0; i < entries.n; i++) {
		struct entry *entry = &entries.entries[i];

		if (!entry->section)
			status = status_merge(status, put_back(app, args, entry->name));
		else if (!entry->is_done)
			status = status_merge(status, apply_wish(&entries, args, i));
	}
	return status;
}

/* Before there are devices. */

/* Whether another section wants something else of a device of that name. */
static bool is_ambiguous(const struct config *config, const struct config_section *section)
{
	for (size_t i = 0; i < config->n_sections; i++) {
		const struct config_section *other = &config->sections[i];

		if (config_has(other, CONFIG_NAME) && strcmp(other->name, section->name) == 0 &&
		    other->mode != section->mode)
			return true;
	}
	return false;
}

static enum status register_section(struct app *app, const struct config *config,
				    const struct config_section *section)
{
	struct change change = { .device = section->name, .result = "registered" };
	enum status status;
	int r;

	if (!config_has(section, CONFIG_MODE) || section->mode == DAXFS_MODE_SYSTEM_RAM)
		return STATUS_OK;
	if (!config_has(section, CONFIG_NAME) || is_ambiguous(config, section)) {
		output_note(app->out, "%s:%u: [%s]: has %s: left to 'daxfsctl apply'",
			    section->file, section->line, section->title,
			    config_has(section, CONFIG_NAME) ? "a name that another section has"
							     : "no name");
		return STATUS_OK;
	}
	r = daxfs_early_register(app->ctx, section->name, section->mode);
	if (r < 0) {
		status = lib_error(app, r);
		return section->on_failure == CONFIG_IGNORE ? STATUS_OK : status;
	}
	if (daxfs_early_get_mode(app->ctx, section->name) == DAXFS_MODE_NONE)
		change.result = "unchanged";
	output_change(app->out, &change);
	return STATUS_OK;
}

enum status configured_early(struct app *app)
{
	_cleanup_(config_freep) struct config *config = NULL;
	enum status status = configured_read(app, &config);

	for (size_t i = 0; config && i < config->n_sections; i++)
		status = status_merge(status, register_section(app, config, &config->sections[i]));
	return status;
}
