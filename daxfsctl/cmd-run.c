// SPDX-License-Identifier: GPL-2.0-only
/* run: a command with devices in a mode, and back. */
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>

#include "child.h"
#include "cmd.h"
#include "output.h"
#include "patience.h"
#include "progress.h"
#include "select.h"
#include "switching.h"

/* Exit statuses that other commands do not have, as those of env(1). */
enum {
	EXIT_NOT_SWITCHED = 125,
	EXIT_NOT_EXECUTABLE = 126,
	EXIT_NOT_FOUND = 127,
	EXIT_SIGNAL = 128,
};

enum restore {
	RESTORE_ALWAYS,
	RESTORE_ON_FAILURE,
	RESTORE_NEVER,
};

enum {
	OPT_RESTORE = OPT_FIRST,
	OPT_REPORT,
};

static const struct opt opts[] = {
	{ "mode", 'm', "MODE", "devdax, famfs or system-ram" },
	{ "restore", OPT_RESTORE, "WHEN", "go back: always (default), on-failure or never" },
	{ "report", OPT_REPORT, "FILE", "write results and errors there, not to stderr" },
	{ "force", 'f', NULL, "though in use, there and back; system-ram to famfs directly" },
	{ "wait", OPT_WAIT, "SEC", "in use: try again for so many seconds, there and back" },
	{ "allow-capture", OPT_ALLOW_CAPTURE, NULL,
	  "go on though a disabled device would be bound too" },
	WAITING_OPTS,
	{}
};

struct args {
	enum restore restore;
	const char *report;
	char **command; /* with its arguments; ends with NULL */
	struct switch_args common;
};

/* A run of the command, from the first switch to the last. */
struct job {
	struct app *app;
	const struct args *args;
	struct daxfs_request *request;
	struct child child;
	struct patience patience;
	char **names;
	struct daxfs_switch **handles; /* in the order of names; NULL where none was begun */
	size_t n;
	enum status lost; /* of a device whose own way back failed while it was switched */
	int signal;	  /* that came before the command was started, or after it had ended */
};

static enum status parse_restore(struct app *app, const char *text, struct args *args)
{
	static const char *const words[] = {
		[RESTORE_ALWAYS] = "always",
		[RESTORE_ON_FAILURE] = "on-failure",
		[RESTORE_NEVER] = "never",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(text, words[i]) == 0) {
			args->restore = i;
			return STATUS_OK;
		}
	return usage_error(app, "--restore: '%s' is none of always, on-failure, never", text);
}

static enum status parse_option(struct app *app, int key, struct args *args)
{
	switch (key) {
	case OPT_RESTORE:
		return parse_restore(app, optarg, args);
	case OPT_REPORT:
		args->report = optarg;
		return STATUS_OK;
	default:
		return switch_option(app, key, &args->common);
	}
}

static enum status check_args(struct app *app, const struct args *args)
{
	if (!args->command || !*args->command)
		return usage_error(app, "no command to run; it follows the devices and --");
	if (!args->common.has_mode)
		return usage_error(app, "no mode given; give -m MODE");
	if (args->common.selection.n_args == 0)
		return usage_error(app, "no device given; name devices (dax0.0, 'dax1.*') or all");
	return STATUS_OK;
}

/*
 * False when the command ends here, with *ret_status: after --help, or a usage error. What follows
 * the first "--" is the command's: getopt_long() does not see it, for it would move the devices
 * behind the "--".
 */
static bool parse_args(struct app *app, int argc, char **argv, struct args *args,
		       enum status *ret_status)
{
	int n = 1, key;

	while (n < argc && strcmp(argv[n], "--") != 0)
		n++;
	if (n < argc)
		args->command = argv + n + 1;
	while ((key = app_getopt(app, app->cmd, n, argv)) != OPT_END) {
		*ret_status = key == OPT_STOP ? app->stop_status : parse_option(app, key, args);
		if (key == OPT_STOP || *ret_status != STATUS_OK)
			return false;
	}
	args->common.selection.args = argv + optind;
	args->common.selection.n_args = n - optind;
	args->common.selection.scope = SELECT_ARGS;
	args->common.selection.must_match = true;
	*ret_status = check_args(app, args);
	return *ret_status == STATUS_OK;
}

/* Puts @fd in the place of @standard; *ret_saved is what the command is to have there. */
static int replace(int fd, int standard, int *ret_saved)
{
	int saved = fcntl(standard, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	if (saved < 0)
		return -errno;
	if (dup2(fd, standard) < 0) {
		close(saved);
		return -errno;
	}
	*ret_saved = saved;
	return 0;
}

/* Standard output is the command's: what is printed from here on goes beside it. */
static int redirect(struct job *job)
{
	const char *report = job->args->report;
	_cleanup_close_ int fd = -1;
	int r = 0;

	/* main() filled the place of one that was closed; such are closed in an exec. */
	job->child.stdout_closed = fcntl(STDOUT_FILENO, F_GETFD) & FD_CLOEXEC;
	if (report) {
		fd = open(report, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
		if (fd < 0)
			return -errno;
		r = replace(fd, STDERR_FILENO, &job->child.stderr_fd);
	}
	if (r == 0)
		r = replace(STDERR_FILENO, STDOUT_FILENO, &job->child.stdout_fd);
	if (r == 0)
		output_is_report(job->app->out);
	return r;
}

static int exit_of_errno(int r)
{
	return r == -ENOENT || r == -ENOTDIR ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

static int tell_not_started(struct job *job, int r)
{
	output_problem(job->app->out,
		       &(struct problem){ .status = STATUS_FAILED, .id = "command", .err = -r },
		       "cannot run '%s'", job->args->command[0]);
	return exit_of_errno(r);
}

static void tell_begun(const struct job *job, size_t i)
{
	switch_tell(job->app, job->names[i], daxfs_switch_get_outcome(job->handles[i]));
}

/* A document waits for the command to end, which may print to the same place. */
static void tell_all_begun(const struct job *job)
{
	for (size_t i = 0; job->app->json && i < job->n; i++)
		if (job->handles[i])
			tell_begun(job, i);
}

static int begin_one(struct job *job, size_t i)
{
	struct waiting waiting = {};
	const struct daxfs_outcome *outcome;
	int r;

	do {
		job->handles[i] = daxfs_switch_free(job->handles[i]);
		r = daxfs_switch_begin(job->app->ctx, job->names[i], job->request,
				       &job->handles[i]);
		outcome = job->handles[i] ? daxfs_switch_get_outcome(job->handles[i]) : NULL;
	} while (patience_again(job->app, &job->patience, &waiting, outcome));
	job->signal = waiting.signal;
	patience_done(&waiting);
	if (!outcome)
		lib_error(job->app, r);
	return r;
}

static void tell_signal(const struct job *job)
{
	output_problem(job->app->out, &(struct problem){ .status = STATUS_FAILED, .id = "signal" },
		       "ended by signal %d (%s) before the command was started", job->signal,
		       strsignal(job->signal));
}

/* A device that was not switched, but is not what it was either. */
static void note_lost(struct job *job, size_t i)
{
	enum daxfs_class class = DAXFS_CLASS_OK;

	if (job->handles[i])
		class = daxfs_outcome_get_class(daxfs_switch_get_outcome(job->handles[i]));
	if (class >= DAXFS_CLASS_NOT_RESTORED)
		job->lost = (enum status) class;
}

/* False when a device was not switched, or a signal came; that is told. */
static bool begin(struct job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		int r = begin_one(job, i);

		if (job->handles[i] && !job->app->json)
			tell_begun(job, i);
		if (!job->signal)
			job->signal = child_take_signal(&job->child);
		if (r == 0 && !job->signal)
			continue;
		note_lost(job, i);
		tell_all_begun(job);
		if (job->signal)
			tell_signal(job);
		return false;
	}
	return true;
}

/* The device is not what it was; the errors told why. */
static enum status tell_not_restored(const struct job *job, size_t i, enum status status)
{
	output_problem(job->app->out,
		       &(struct problem){ .status = STATUS_NOT_RESTORED,
					  .id = "not-restored",
					  .device = job->names[i],
					  .hint = "daxfsctl recover brings its old mode back" },
		       "%s: was not brought back to what it was", job->names[i]);
	return status == STATUS_REBOOT ? status : STATUS_NOT_RESTORED;
}

static enum status roll_back(struct job *job, size_t i)
{
	_cleanup_(daxfs_outcome_freep) struct daxfs_outcome *outcome = NULL;
	struct waiting waiting = {};
	enum status status;
	int r;

	patience_restart(&job->patience);
	do {
		outcome = daxfs_outcome_free(outcome);
		r = daxfs_switch_rollback(job->handles[i], &outcome);
	} while (patience_again(job->app, &job->patience, &waiting, outcome));
	if (waiting.signal)
		job->signal = waiting.signal;
	patience_done(&waiting);
	if (!outcome)
		status = lib_error(job->app, r);
	else if (daxfs_outcome_get_result(outcome) == DAXFS_RESULT_UNCHANGED)
		return STATUS_OK;
	else
		status = switch_tell(job->app, job->names[i], outcome);
	return r < 0 ? tell_not_restored(job, i, status) : STATUS_OK;
}

static enum status keep(struct job *job, size_t i)
{
	int r = daxfs_switch_commit(job->handles[i]);

	if (r < 0) {
		lib_error(job->app, r);
		return STATUS_NOT_RESTORED;
	}
	return STATUS_OK;
}

/* In reverse, so that devices that depend on one another come back as they went. */
static enum status end(struct job *job, bool goes_back)
{
	enum status status = STATUS_OK;

	for (size_t i = job->n; i-- > 0;)
		if (job->handles[i])
			status = status_merge(status, goes_back ? roll_back(job, i) : keep(job, i));
	return status;
}

/* *ret_started is false when there was nothing to wait for. */
static int run_command(struct job *job, bool *ret_started)
{
	int status, r;

	fflush(stdout);
	r = child_run(&job->child, job->args->command, &status);
	tell_all_begun(job);
	*ret_started = r == 0;
	if (r < 0)
		return tell_not_started(job, r);
	status = WIFSIGNALED(status) ? EXIT_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
	output_number(job->app->out, "status", true, status);
	return status;
}

static bool goes_back(const struct job *job, bool started, int status)
{
	if (!started)
		return true;
	return job->args->restore == RESTORE_ALWAYS ||
	       (job->args->restore == RESTORE_ON_FAILURE && status != 0);
}

/* The exit status: of the way back if that failed, else of a signal, else of the command. */
static int carry_out(struct job *job)
{
	int status = EXIT_NOT_SWITCHED;
	struct progress *progress;
	bool started = false, begun;
	enum status back;

	/* Not while the command runs, which may have the same terminal. */
	progress = progress_start(job->app);
	begun = begin(job);
	progress_stop(progress);
	if (begun)
		status = run_command(job, &started);
	progress = progress_start(job->app);
	back = status_merge(job->lost, end(job, goes_back(job, started, status)));
	progress_stop(progress);
	if (!job->signal)
		job->signal = child_take_signal(&job->child);
	if (back != STATUS_OK)
		return back;
	return job->signal ? EXIT_SIGNAL + job->signal : status;
}

static int select_and_carry_out(struct job *job)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	int r, status;

	if (select_names(job->app, &job->args->common.selection, &names, &job->n) != STATUS_OK)
		return EXIT_NOT_SWITCHED;
	/* Before the first switch, for a mistyped word is no reason for one. */
	r = child_find(job->args->command[0]);
	if (r < 0)
		return tell_not_started(job, r);
	job->names = names;
	job->handles = calloc(job->n, sizeof(struct daxfs_switch *));
	if (!job->handles) {
		lib_error(job->app, -ENOMEM);
		return EXIT_NOT_SWITCHED;
	}
	status = carry_out(job);
	for (size_t i = 0; i < job->n; i++)
		daxfs_switch_free(job->handles[i]);
	free(job->handles);
	return status;
}

static int run_job(struct job *job)
{
	const char *report = job->args->report;
	int r;

	child_prepare(&job->child, job->app->ignored_sigpipe);
	job->patience = job->args->common.patience;
	job->patience.ends = &job->child.signals;
	r = redirect(job);
	if (r < 0) {
		output_problem(job->app->out,
			       &(struct problem){ .status = STATUS_FAILED,
						  .id = "report",
						  .path = report,
						  .err = -r },
			       "%s: cannot write the report there", report ? report : "stderr");
		return EXIT_NOT_SWITCHED;
	}
	return select_and_carry_out(job);
}

static enum status run(struct app *app, int argc, char **argv)
{
	_cleanup_(daxfs_request_freep) struct daxfs_request *request = NULL;
	struct args args = {};
	struct job job = { .app = app, .args = &args };
	enum status status;

	if (!parse_args(app, argc, argv, &args, &status))
		return status;
	if (switch_make_request(app, &args.common, &request) < 0)
		return lib_error(app, -ENOMEM);
	job.request = request;
	return (enum status)run_job(&job);
}

const struct cmd cmd_run = {
	.name = "run",
	.summary = "run a command with devices in a mode, and switch them back",
	.args = "DEVICE... -- COMMAND [ARGUMENT...]",
	.about =
		"Switches each DEVICE, runs COMMAND, and puts the devices back, however COMMAND or\n"
		"this program ends. The exit status is COMMAND's; 125 when a device was not switched\n"
		"and COMMAND not run, 126 or 127 when it cannot be run, 7 or 8 when the way back failed.",
	.opts = opts,
	.run = run,
};
