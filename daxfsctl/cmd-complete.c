// SPDX-License-Identifier: GPL-2.0-only
/*
 * _complete: what shells ask to complete a command line, and the whole completion of zsh and fish. All
 * of it comes from the tables of commands and options. Not for users, so it is in no list of commands.
 *
 *	_complete words MODE	the words for an argument of that name, as --help calls it; one per line
 *	_complete zsh | fish	a script, from which the shell asks as above
 */
#include <ctype.h>
#include <string.h>

#include "cmd.h"
#include "list-cells.h"
#include "output.h"

/* ---- words for arguments */

static const struct {
	const char *argument;
	const char *words;
} word_lists[] = {
	{ "ALIGN", "4K 2M 1G" },
	{ "HOW", "auto json none" },
	{ "KIND", "pmem hmem cxl other" },
	{ "METHOD", "auto hwpoison offline" },
	{ "MODE", "devdax famfs system-ram" },
	{ "STATE", "enabled disabled stranded" },
	{ "TOOL", "daxctl" },
	{ "WHEN", "always on-failure never" },
};

/* Each on a line of its own. */
static void print_words(const char *words, const char *separators)
{
	while (*words) {
		size_t length = strcspn(words, separators);

		if (length)
			printf("%.*s\n", (int)length, words);
		words += length;
		words += strspn(words, separators);
	}
}

static void print_devices(struct app *app, bool regions)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	unsigned int last = 0;

	puts("all");
	/* A shell that completes has no place for errors. */
	if (daxfs_list_devices(app->ctx, &names, NULL) < 0)
		return;
	for (size_t i = 0; names[i]; i++) {
		unsigned int region = 0;

		if (!regions) {
			puts(names[i]);
			continue;
		}
		daxfs_parse_device_name(names[i], &region, NULL);
		if (i == 0 || region != last)
			printf("%u\n", region);
		last = region;
	}
}

static void print_columns(void)
{
	_cleanup_free_ char *names = list_column_names();

	print_words(names ? names : "", ", ");
}

static void print_words_for(struct app *app, const char *argument)
{
	if (strchr(argument, '|'))
		print_words(argument, "|");
	else if (strcmp(argument, "DEVICE") == 0 || strcmp(argument, "REGION") == 0)
		print_devices(app, argument[0] == 'R');
	else if (strcmp(argument, "COLUMNS") == 0)
		print_columns();
	else if (strcmp(argument, "COMMAND") == 0)
		for (size_t i = 0; commands[i]; i++)
			puts(commands[i]->name);
	for (size_t i = 0; i < ARRAY_SIZE(word_lists); i++)
		if (strcmp(argument, word_lists[i].argument) == 0)
			print_words(word_lists[i].words, " ");
}

/* "DEVICE" of "[DEVICE...]"; "test|show" stays; "" when there is none. */
static void print_first_argument(const char *args)
{
	if (!args)
		return;
	args += *args == '[';
	printf("%.*s", (int)strcspn(args, ". ]"), args);
}

/* ---- zsh */

/* Inside single quotes, where _arguments also has a meaning for brackets and colons. */
static void print_zsh_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\'", stdout);
		else if (strchr("[]:\\", *text))
			putchar('\\');
		putchar(*text);
	}
}

static void print_zsh_argument(const char *argument)
{
	printf(":%s:", argument);
	if (strcmp(argument, "FILE") == 0)
		fputs("_files", stdout);
	else if (strcmp(argument, "DIR") == 0)
		fputs("_files -/", stdout);
	else
		printf("_daxfsctl_words %s", argument);
}

static void print_zsh_opts(const struct opt *opts)
{
	for (; opts && opts->name; opts++) {
		if (!opts->help)
			continue;
		fputs(" \\\n\t\t\t", stdout);
		if (strstr(opts->help, "repeated"))
			fputs("'*'", stdout);
		else if (opts->key < OPT_FIRST)
			printf("'(-%c --%s)'", opts->key, opts->name);
		if (opts->key < OPT_FIRST)
			printf("{-%c%s,--%s%s}", opts->key, opts->arg ? "+" : "", opts->name,
			       opts->arg ? "=" : "");
		else
			printf("--%s%s", opts->name, opts->arg ? "=" : "");
		fputs("'[", stdout);
		print_zsh_text(opts->help);
		putchar(']');
		if (opts->arg)
			print_zsh_argument(opts->arg);
		putchar('\'');
	}
}

static void print_zsh_command(const struct cmd *cmd)
{
	printf("\t%s)\n\t\t_arguments -s", cmd->name);
	print_zsh_opts(cmd->opts);
	print_zsh_opts(global_opts);
	if (cmd->args) {
		fputs(" \\\n\t\t\t'*:argument:_daxfsctl_words \"", stdout);
		print_first_argument(cmd->args);
		fputs("\"'", stdout);
	}
	fputs("\n\t\t;;\n", stdout);
}

static void print_zsh(void)
{
	fputs("#compdef daxfsctl\n"
	      "# SPDX-License-Identifier: GPL-2.0-only\n"
	      "# Made by `daxfsctl _complete zsh`.\n\n"
	      "_daxfsctl_words() {\n"
	      "\tlocal -a offered\n"
	      "\t# _arguments puts options for compadd before what is asked for\n"
	      "\toffered=(${(f)\"$(daxfsctl _complete words \"$argv[-1]\" 2> /dev/null)\"})\n"
	      "\tcompadd \"${(@)argv[1,-2]}\" -a offered\n"
	      "}\n\n"
	      "_daxfsctl_commands() {\n"
	      "\tlocal -a commands=(\n",
	      stdout);
	for (size_t i = 0; commands[i]; i++) {
		printf("\t\t'%s:", commands[i]->name);
		print_zsh_text(commands[i]->summary);
		fputs("'\n", stdout);
	}
	fputs("\t)\n\t_describe command commands\n}\n\n"
	      "local context state state_descr line\n"
	      "typeset -A opt_args\n"
	      "_arguments -s -C",
	      stdout);
	print_zsh_opts(global_opts);
	fputs(" \\\n\t\t\t':command:_daxfsctl_commands' '*:: :->rest' && return\n"
	      "[[ $state == rest ]] || return\n"
	      "case $line[1] in\n",
	      stdout);
	for (size_t i = 0; commands[i]; i++)
		print_zsh_command(commands[i]);
	fputs("esac\n", stdout);
}

/* ---- fish */

static void print_fish_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
}

static void print_fish_opts(const struct opt *opts, const char *command)
{
	for (; opts && opts->name; opts++) {
		if (!opts->help)
			continue;
		fputs("complete -c daxfsctl", stdout);
		if (command)
			printf(" -n '__fish_seen_subcommand_from %s'", command);
		if (opts->key < OPT_FIRST)
			printf(" -s %c", opts->key);
		printf(" -l %s", opts->name);
		if (opts->arg && strcmp(opts->arg, "FILE") == 0)
			fputs(" -r -F", stdout);
		else if (opts->arg && strcmp(opts->arg, "DIR") == 0)
			fputs(" -x -a '(__fish_complete_directories)'", stdout);
		else if (opts->arg)
			printf(" -x -a '(__daxfsctl_words %s)'", opts->arg);
		fputs(" -d '", stdout);
		print_fish_text(opts->help);
		fputs("'\n", stdout);
	}
}

static void print_fish_command(const struct cmd *cmd)
{
	printf("\ncomplete -c daxfsctl -n __fish_use_subcommand -a %s -d '", cmd->name);
	print_fish_text(cmd->summary);
	fputs("'\n", stdout);
	print_fish_opts(cmd->opts, cmd->name);
	if (!cmd->args)
		return;
	printf("complete -c daxfsctl -n '__fish_seen_subcommand_from %s' -a '(__daxfsctl_words ",
	       cmd->name);
	fputs("\"", stdout);
	print_first_argument(cmd->args);
	fputs("\")'\n", stdout);
}

static void print_fish(void)
{
	fputs("# SPDX-License-Identifier: GPL-2.0-only\n"
	      "# Made by `daxfsctl _complete fish`.\n\n"
	      "function __daxfsctl_words\n"
	      "\tdaxfsctl _complete words $argv[1] 2> /dev/null\n"
	      "end\n\n"
	      "complete -c daxfsctl -f\n",
	      stdout);
	print_fish_opts(global_opts, NULL);
	for (size_t i = 0; commands[i]; i++)
		print_fish_command(commands[i]);
}

static enum status run(struct app *app, int argc, char **argv)
{
	if (app_getopt(app, app->cmd, argc, argv) != OPT_END)
		return app->stop_status;
	argc -= optind;
	argv += optind;
	if (argc == 2 && strcmp(argv[0], "words") == 0)
		print_words_for(app, argv[1]);
	else if (argc == 1 && strcmp(argv[0], "zsh") == 0)
		print_zsh();
	else if (argc == 1 && strcmp(argv[0], "fish") == 0)
		print_fish();
	else
		return usage_error(app, "give 'words NAME', 'zsh' or 'fish'");
	return STATUS_OK;
}

const struct cmd cmd_complete = {
	.name = "_complete",
	.summary = "tell shells how a command line goes on",
	.args = "words NAME|zsh|fish",
	.run = run,
};
