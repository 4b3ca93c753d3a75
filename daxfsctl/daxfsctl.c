// SPDX-License-Identifier: GPL-2.0-only
/* daxfsctl: administer DAX devices. Global options, the table of commands, one exit point. */
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <syslog.h>

#include "cmd.h"
#include "output.h"

const struct cmd *const commands[] = {
	&cmd_list,
	&cmd_reconfigure,
	&cmd_disable,
	&cmd_enable,
	&cmd_create,
	&cmd_destroy,
	&cmd_online_memory,
	&cmd_offline_memory,
	&cmd_run,
	&cmd_recover,
	&cmd_apply,
	&cmd_config,
	&cmd_check,
	&cmd_inject,
	&cmd_clear,
	&cmd_doctor,
	&cmd_dump,
	&cmd_metrics,
	&cmd_monitor,
	&cmd_wait,
	&cmd_version,
	&cmd_help,
	NULL,
};

const struct cmd *find_command(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	/* for shells, in no list */
	return strcmp(cmd_complete.name, name) == 0 ? &cmd_complete : NULL;
}

enum status unknown_command(struct app *app, const char *name)
{
	struct suggestion suggestion = { .word = name };

	for (size_t i = 0; commands[i]; i++)
		suggest(&suggestion, commands[i]->name);
	if (suggestion.best)
		return usage_error(app, "unknown command '%s': did you mean '%s'?", name,
				   suggestion.best);
	return usage_error(app, "unknown command '%s'", name);
}

/* Known before anything else is, so that a usage error is a document too. */
static bool has_json(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0)
			return true;
	return false;
}

/* Called by daxctl's name, or told to be it: known before anything else is, too. */
static bool is_compat(int argc, char **argv)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;

	if (argc > 0 && strcmp(slash ? slash + 1 : argv[0], "daxctl") == 0)
		return true;
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--compat=daxctl") == 0 ||
		    (i > 1 && strcmp(argv[i - 1], "--compat") == 0 &&
		     strcmp(argv[i], "daxctl") == 0))
			return true;
	return false;
}

/*
 * Started with a closed stdout, the next file opened would become it, and what is printed would
 * land in sysfs.
 */
static int occupy_standard_fds(void)
{
	for (;;) {
		int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			return -errno;
		if (fd > STDERR_FILENO) {
			close(fd);
			return 0;
		}
	}
}

static void log_to_stderr(void *userdata, int priority, const char *format, va_list args)
	PRINTF_FORMAT(3, 0);

static void log_to_stderr(void *userdata, int priority, const char *format, va_list args)
{
	const struct app *app = userdata;

	if (priority > LOG_WARNING && !app->verbose)
		return;
	fputs(priority > LOG_WARNING ? "daxfsctl: " : "daxfsctl: warning: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

static enum status dispatch(struct app *app, int argc, char **argv)
{
	const struct cmd *cmd;

	/* No command has the global options only, so anything but the end is a stop. */
	if (app_getopt(app, NULL, argc, argv) != OPT_END)
		return app->stop_status;
	argc -= optind;
	argv += optind;
	if (argc == 0)
		return usage_error(app, "no command given");
	cmd = find_command(argv[0]);
	if (!cmd)
		return unknown_command(app, argv[0]);
	app->cmd = cmd;
	output_begin(app->out, cmd->name);
	optind = 0; /* from the start, with another table */
	return cmd->run(app, argc, argv);
}

int main(int argc, char **argv)
{
	_cleanup_(output_freep) struct output *out = NULL;
	_cleanup_(daxfs_ctx_unrefp) struct daxfs_ctx *ctx = NULL;
	struct app app = { .json = has_json(argc, argv) };

	/* A closed pipe is an error that is told, not a signal. */
	app.ignored_sigpipe = signal(SIGPIPE, SIG_IGN) == SIG_IGN;
	app.compat = is_compat(argc, argv);
	out = output_new(app.json ? OUTPUT_JSON : app.compat ? OUTPUT_DAXCTL : OUTPUT_TEXT);
	if (!out || occupy_standard_fds() < 0 || daxfs_ctx_new(&ctx) < 0) {
		fputs("daxfsctl: cannot start: out of memory or file descriptors\n", stderr);
		return STATUS_FAILED;
	}
	daxfs_ctx_set_log_fn(ctx, log_to_stderr, &app);
	app.out = out;
	app.ctx = ctx;
	return output_finish(out, dispatch(&app, argc, argv));
}
