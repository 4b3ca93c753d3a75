// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "cmd.h"
#include "output.h"

#define HELP_COLUMN 30

static void print_opt(FILE *f, const struct opt *opt)
{
	int width;

	if (!opt->help)
		return;
	if (opt->key < OPT_FIRST)
		width = fprintf(f, "  -%c, --%s", opt->key, opt->name);
	else
		width = fprintf(f, "      --%s", opt->name);
	if (opt->arg)
		width += fprintf(f, " %s", opt->arg);
	if (width >= HELP_COLUMN)
		width = fprintf(f, "\n") - 1;
	fprintf(f, "%*s%s\n", HELP_COLUMN - width, "", opt->help);
}

static void print_opts(FILE *f, const char *title, const struct opt *opts)
{
	if (!opts || !opts->name)
		return;
	fprintf(f, "\n%s:\n", title);
	for (; opts->name; opts++)
		print_opt(f, opts);
}

static void print_program_help(FILE *f)
{
	fputs("Usage: daxfsctl [OPTION...] COMMAND [OPTION...] [ARGUMENT...]\n\n"
	      "Administer DAX devices.\n\nCommands:\n",
	      f);
	for (size_t i = 0; commands[i]; i++)
		fprintf(f, "  %-*s%s\n", HELP_COLUMN - 2, commands[i]->name, commands[i]->summary);
	print_opts(f, "Options, before or after the command", global_opts);
	fputs("\n'daxfsctl help COMMAND' tells about a command.\n", f);
}

static void print_command_help(FILE *f, const struct cmd *cmd)
{
	fprintf(f, "Usage: daxfsctl %s [OPTION...]%s%s\n\n", cmd->name, cmd->args ? " " : "",
		cmd->args ? cmd->args : "");
	fprintf(f, "%c%s.\n", cmd->summary[0] - 'a' + 'A', cmd->summary + 1);
	if (cmd->about)
		fprintf(f, "\n%s\n", cmd->about);
	print_opts(f, "Options", cmd->opts);
	print_opts(f, "Global options", global_opts);
	if (cmd->print_more)
		cmd->print_more(f);
}

static void print_help(FILE *f, const struct cmd *cmd)
{
	if (cmd)
		print_command_help(f, cmd);
	else
		print_program_help(f);
}

enum status show_help(struct app *app, const struct cmd *cmd)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	FILE *f;

	output_begin(app->out, "help");
	if (!app->json) {
		print_help(stdout, cmd);
		return STATUS_OK;
	}
	f = open_memstream(&text, &length);
	if (f)
		print_help(f, cmd);
	if (!f || fclose(f) != 0)
		return output_problem(app->out,
				      &(struct problem){ .status = STATUS_FAILED, .id = "failed" },
				      "out of memory");
	output_text(app->out, "help", text);
	return STATUS_OK;
}

static enum status run_help(struct app *app, int argc, char **argv)
{
	const struct cmd *cmd = NULL;

	if (app_getopt(app, &cmd_help, argc, argv) != OPT_END)
		return app->stop_status;
	if (argc - optind > 1)
		return usage_error(app, "unexpected argument '%s'", argv[optind + 1]);
	if (optind < argc) {
		cmd = find_command(argv[optind]);
		if (!cmd)
			return unknown_command(app, argv[optind]);
	}
	return show_help(app, cmd);
}

const struct cmd cmd_help = {
	.name = "help",
	.summary = "tell about the program or a command",
	.args = "[COMMAND]",
	.run = run_help,
};
