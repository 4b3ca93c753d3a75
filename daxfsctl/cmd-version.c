// SPDX-License-Identifier: GPL-2.0-only
#include "cmd.h"
#include "output.h"

/* The daxctl whose arguments and output --compat has. */
#define DAXCTL_VERSION "85"

enum status show_version(struct app *app)
{
	output_begin(app->out, "version");
	if (app->compat && !app->json) {
		/* What scripts compare; what it is, people read. */
		puts(DAXCTL_VERSION);
		fputs("daxfsctl " PACKAGE_VERSION "\n", stderr);
	} else if (app->json)
		output_text(app->out, "version", PACKAGE_VERSION);
	else
		puts("daxfsctl " PACKAGE_VERSION);
	return STATUS_OK;
}

static enum status run_version(struct app *app, int argc, char **argv)
{
	if (app_getopt(app, &cmd_version, argc, argv) != OPT_END)
		return app->stop_status;
	if (optind < argc)
		return usage_error(app, "unexpected argument '%s'", argv[optind]);
	return show_version(app);
}

const struct cmd cmd_version = {
	.name = "version",
	.summary = "show the version",
	.run = run_version,
};
