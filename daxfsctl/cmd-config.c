// SPDX-License-Identifier: GPL-2.0-only
/* config: what the configuration says, and of which devices. */
#include <inttypes.h>
#include <string.h>

#include "cmd.h"
#include "configured.h"
#include "output.h"

/* The devices that match, each by the index of its section. */
struct matches {
	struct daxfs_device **devices;
	size_t *sections;
	size_t n;
};

static void matches_done(struct matches *matches)
{
	for (size_t i = 0; i < matches->n; i++)
		daxfs_device_unref(matches->devices[i]);
	free(matches->devices);
	free(matches->sections);
}

static enum status match(struct app *app, const struct config *config, const struct pick *pick,
			 struct matches *matches)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	const struct config_section *section = NULL;
	enum status status;

	status = select_read(app, pick, CONFIGURED_SECTIONS, &device);
	/* Idle ones are nobody's, as for apply. */
	if (!device || daxfs_device_is_seed(device))
		return status;
	status = configured_find(app, config, device, &section);
	if (!section)
		return status;
	matches->sections[matches->n] = section - config->sections;
	matches->devices[matches->n++] = TAKE_PTR(device);
	return STATUS_OK;
}

static enum status match_all(struct app *app, const struct config *config, struct matches *matches)
{
	const struct selection selection = { .scope = SELECT_ALL };
	_cleanup_free_ struct pick *picks = NULL;
	enum status status;
	size_t n = 0;

	status = select_picks(app, &selection, &picks, &n);
	matches->devices = calloc(n + 1, sizeof(*matches->devices));
	matches->sections = calloc(n + 1, sizeof(*matches->sections));
	if (!matches->devices || !matches->sections)
		return lib_error(app, -ENOMEM);
	for (size_t i = 0; i < n; i++)
		status = status_merge(status, match(app, config, &picks[i], matches));
	return status;
}

/* "mode = famfs, align = 2097152" */
static void print_wish(const struct config_section *section)
{
	const char *separator = "";

	if (config_has(section, CONFIG_MODE)) {
		printf("mode = %s", daxfs_mode_to_string(section->mode));
		separator = ", ";
	}
	if (config_has(section, CONFIG_ALIGN)) {
		printf("%salign = %" PRIu64, separator, section->align);
		separator = ", ";
	}
	if (config_has(section, CONFIG_ONLINE))
		printf("%sonline = %s", separator, section->online ? "yes" : "no");
	if (config_has(section, CONFIG_MOVABLE))
		printf("%smovable = %s", separator, section->movable ? "yes" : "no");
	if (section->on_failure == CONFIG_IGNORE)
		printf("%son-failure = ignore", separator);
}

static void print_section(const struct config *config, size_t index, const struct matches *matches)
{
	const struct config_section *section = &config->sections[index];
	size_t n = 0;

	printf("%s:%u: [%s]: ", section->file, section->line, section->title);
	print_wish(section);
	putchar('\n');
	for (size_t i = 0; i < matches->n; i++) {
		if (matches->sections[i] != index)
			continue;
		printf("  %s\n", daxfs_device_get_name(matches->devices[i]));
		n++;
	}
	if (n == 0)
		puts("  no device");
}

static enum status put_section(struct app *app, const struct config *config, size_t index,
			       const struct matches *matches)
{
	_cleanup_free_ const char **names = calloc(matches->n + 1, sizeof(*names));
	size_t n = 0;

	if (!names)
		return lib_error(app, -ENOMEM);
	for (size_t i = 0; i < matches->n; i++)
		if (matches->sections[i] == index)
			names[n++] = daxfs_device_get_name(matches->devices[i]);
	output_section(app->out, &config->sections[index], names, n);
	return STATUS_OK;
}

static enum status show(struct app *app, const struct config *config, const struct matches *matches)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; i < config->n_sections; i++) {
		if (app->json)
			status = status_merge(status, put_section(app, config, i, matches));
		else
			print_section(config, i, matches);
	}
	if (!app->json && config->n_sections == 0)
		puts("no sections");
	return status;
}

static enum status run(struct app *app, int argc, char **argv)
{
	_cleanup_(matches_done) struct matches matches = {};
	_cleanup_(config_freep) struct config *config = NULL;
	enum status status;
	bool is_test;

	if (app_getopt(app, app->cmd, argc, argv) != OPT_END)
		return app->stop_status;
	if (argc - optind != 1)
		return usage_error(app, "say what: test or show");
	is_test = strcmp(argv[optind], "test") == 0;
	if (!is_test && strcmp(argv[optind], "show") != 0)
		return usage_error(app, "'%s': there are test and show", argv[optind]);
	output_expect_sections(app->out);
	status = configured_read(app, &config);
	if (status == STATUS_OK)
		status = match_all(app, config, &matches);
	if (config && (app->json || !is_test))
		status = status_merge(status, show(app, config, &matches));
	else if (status == STATUS_OK)
		printf("%zu sections, no errors\n", config->n_sections);
	return status;
}

const struct cmd cmd_config = {
	.name = "config",
	.summary = "test or show the configuration, and which devices it is for",
	.args = "test|show",
	.about = "test: whether it can be read, and says one thing of each device.\n"
		 "show: all sections, and the devices that each is for.",
	.run = run,
};
