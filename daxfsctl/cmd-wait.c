// SPDX-License-Identifier: GPL-2.0-only
/* wait-device: until devices are there, and in a mode, by the kernel's events. */
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <string.h>

#include "cmd.h"
#include "ending.h"
#include "monitoring.h"
#include "output.h"
#include "select.h"
#include "switching.h"

static const struct opt opts[] = {
	{ "mode", 'm', "MODE", "wait until it is devdax, famfs or system-ram" },
	{ "timeout", OPT_TIMEOUT, "SEC", "give up after that time; 0, the default: never" },
	{}
};

struct wait {
	struct app *app;
	struct daxfs_monitor *monitor; /* NULL of a recorded tree */
	struct output *silence;	       /* what is not there yet is no error */
	struct selection selection;
	bool has_mode;
	enum daxfs_mode mode;
	unsigned int timeout_ms;
	uint64_t deadline_ms; /* 0: none */
	int ending_fd;
};

static void wait_done(struct wait *wait)
{
	daxfs_monitor_free(wait->monitor);
	output_free(wait->silence);
	if (wait->ending_fd >= 0)
		close(wait->ending_fd);
}

/* False: return *ret_status. */
static bool parse(struct wait *wait, int argc, char **argv, enum status *ret_status)
{
	struct app *app = wait->app;
	struct switch_args args = {};
	int key;

	*ret_status = STATUS_USAGE;
	while ((key = app_getopt(app, app->cmd, argc, argv)) != OPT_END) {
		if (key == OPT_STOP) {
			*ret_status = app->stop_status;
			return false;
		}
		if (key == OPT_TIMEOUT && !parse_seconds(app, "timeout", optarg, &wait->timeout_ms))
			return false;
		if (key == 'm' && switch_option(app, key, &args) != STATUS_OK)
			return false;
	}
	wait->has_mode = args.has_mode;
	wait->mode = args.mode;
	if (optind == argc)
		usage_error(app, "no device given: name one, or say 'all'");
	wait->selection = (struct selection){ .scope = SELECT_ARGS,
					      .args = argv + optind,
					      .n_args = argc - optind,
					      .must_match = true };
	return optind < argc;
}

/* ---- what there is */

/* False when it is not there, as far as the events tell. */
static bool find_mode(const struct wait *wait, const char *name, enum daxfs_mode *ret_mode)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	const char *known;

	if (!wait->monitor) {
		if (daxfs_device_new(wait->app->ctx, name, 0, &device) < 0)
			return false;
		*ret_mode = daxfs_device_get_mode(device);
		return true;
	}
	for (size_t i = 0; daxfs_monitor_get_device(wait->monitor, i, &known, ret_mode); i++)
		if (strcmp(known, name) == 0)
			return true;
	return false;
}

/* The devices of one argument, without a word when they are not there. */
static enum status find_devices(struct wait *wait, char **arg, char ***ret_names, size_t *ret_n)
{
	struct selection one = wait->selection;
	struct output *out = wait->app->out;
	enum status status;

	one.args = arg;
	one.n_args = 1;
	wait->app->out = wait->silence;
	status = select_names(wait->app, &one, ret_names, ret_n);
	wait->app->out = out;
	if (status == STATUS_OK || status == STATUS_NO_DEVICE)
		return status;
	daxfs_free_names(TAKE_PTR(*ret_names));
	return select_names(wait->app, &one, ret_names, ret_n);
}

/* What is not as it is to be. */
struct lack {
	char name[64];
	bool is_there;
	enum daxfs_mode mode;
};

/* Whether all that an argument stands for is ready; the first that is not is *ret_lack. */
static enum status check_argument(struct wait *wait, char **arg, bool *ret_ready,
				  struct lack *ret_lack)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	struct lack lack = {};
	enum status status;
	size_t n = 0;

	*ret_ready = false;
	status = find_devices(wait, arg, &names, &n);
	if (status == STATUS_NO_DEVICE)
		snprintf(ret_lack->name, sizeof(ret_lack->name), "%s", *arg);
	if (status != STATUS_OK)
		return status == STATUS_NO_DEVICE ? STATUS_OK : status;
	for (size_t i = 0; i < n; i++) {
		lack.is_there = find_mode(wait, names[i], &lack.mode);
		if (lack.is_there && (!wait->has_mode || lack.mode == wait->mode))
			continue;
		snprintf(lack.name, sizeof(lack.name), "%s", names[i]);
		*ret_lack = lack;
		return STATUS_OK;
	}
	*ret_ready = true;
	return STATUS_OK;
}

static enum status check_all(struct wait *wait, bool *ret_ready)
{
	enum status status = STATUS_OK;
	bool is_ready = true;

	for (size_t i = 0; i < wait->selection.n_args && status == STATUS_OK && is_ready; i++) {
		struct lack lack = {};

		status = check_argument(wait, &wait->selection.args[i], &is_ready, &lack);
	}
	*ret_ready = status == STATUS_OK && is_ready;
	return status;
}

/* ---- what came of it */

static enum status tell_lack(struct wait *wait, const struct problem *problem,
			     const struct lack *lack, const char *when)
{
	struct problem one = *problem;
	const char *mode = daxfs_mode_to_string(wait->mode);

	if (daxfs_parse_device_name(lack->name, NULL, NULL) == 0)
		one.device = lack->name;
	if (!lack->is_there) {
		one.hint = "'daxfsctl list --idle' shows the devices there are";
		return output_problem(wait->app->out, &one, "%s: is not there %s", lack->name,
				      when);
	}
	if (lack->mode == DAXFS_MODE_NONE)
		return output_problem(wait->app->out, &one,
				      "%s: has no driver %s, so it is not in mode %s", lack->name,
				      when, mode);
	return output_problem(wait->app->out, &one, "%s: is in mode %s %s, not in mode %s",
			      lack->name, daxfs_mode_to_string(lack->mode), when, mode);
}

static enum status tell_ready(struct wait *wait)
{
	struct app *app = wait->app;
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	enum status status;
	size_t n = 0;

	status = select_names(app, &wait->selection, &names, &n);
	for (size_t i = 0; i < n; i++) {
		_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
		const char *mode;

		if (daxfs_device_new(app->ctx, names[i], 0, &device) < 0)
			continue; /* was ready, and went */
		mode = daxfs_mode_to_string(daxfs_device_get_mode(device));
		if (app->json)
			output_device(app->out, device, 0);
		else
			printf("%s: %s\n", names[i], mode ? mode : "no driver");
	}
	return status;
}

/* Tells of each argument what is missing, unless that has come right now. */
static enum status fail(struct wait *wait, const struct problem *problem, const char *when)
{
	bool is_late = false;

	for (size_t i = 0; i < wait->selection.n_args; i++) {
		struct lack lack = {};
		bool is_ready;
		enum status status =
			check_argument(wait, &wait->selection.args[i], &is_ready, &lack);

		if (status != STATUS_OK)
			return status;
		if (!is_ready)
			tell_lack(wait, problem, &lack, when);
		is_late |= !is_ready;
	}
	return is_late ? problem->status : tell_ready(wait);
}

static enum status fail_late(struct wait *wait)
{
	char when[32];

	snprintf(when, sizeof(when), "after %g s", wait->timeout_ms / 1000.0);
	return fail(wait, &(struct problem){ .status = STATUS_FAILED, .id = "timeout" }, when);
}

static enum status fail_by_signal(struct wait *wait, int signal)
{
	char when[32];

	snprintf(when, sizeof(when), "when SIG%s came", sigabbrev_np(signal));
	return fail(wait,
		    &(struct problem){ .status = (enum status)(128 + signal), .id = "interrupted" },
		    when);
}

/* ---- waiting */

/* 0 after events, the signal that came, or -ETIMEDOUT. */
static int pause_until_event(const struct wait *wait)
{
	struct pollfd fds[] = {
		{ .fd = daxfs_monitor_get_fd(wait->monitor), .events = POLLIN },
		{ .fd = wait->ending_fd, .events = POLLIN },
	};
	uint64_t now = now_ms();

	if (wait->deadline_ms && now >= wait->deadline_ms)
		return -ETIMEDOUT;
	if (poll(fds, ARRAY_SIZE(fds), wait->deadline_ms ? (int)(wait->deadline_ms - now) : -1) < 0)
		return errno == EINTR ? 0 : -errno;
	return fds[1].revents ? ending_signal(wait->ending_fd) : 0;
}

static enum status wait_for_all(struct wait *wait)
{
	const struct daxfs_event *event;
	enum status status;
	bool is_ready;
	int r;

	for (;;) {
		while ((r = daxfs_monitor_next(wait->monitor, &event)) == 0)
			;
		if (r != -EAGAIN)
			return lib_error(wait->app, r);
		status = check_all(wait, &is_ready);
		if (status != STATUS_OK || is_ready)
			return is_ready ? tell_ready(wait) : status;
		r = pause_until_event(wait);
		if (r == -ETIMEDOUT)
			return fail_late(wait);
		if (r > 0)
			return fail_by_signal(wait, r);
		if (r < 0)
			return lib_error(wait->app, r);
	}
}

static enum status look_once(struct wait *wait)
{
	bool is_ready;
	enum status status = check_all(wait, &is_ready);

	if (status != STATUS_OK || is_ready)
		return is_ready ? tell_ready(wait) : status;
	return fail(wait, &(struct problem){ .status = STATUS_FAILED, .id = "timeout" },
		    "in this recorded tree");
}

static enum status run(struct app *app, int argc, char **argv)
{
	_cleanup_(wait_done) struct wait wait = { .app = app, .ending_fd = -1 };
	enum status status;
	int r;

	if (!parse(&wait, argc, argv, &status))
		return status;
	wait.silence = output_new(OUTPUT_JSON);
	if (!wait.silence)
		return lib_error(app, -ENOMEM);
	if (app->sysroot)
		return look_once(&wait);
	wait.deadline_ms = wait.timeout_ms ? now_ms() + wait.timeout_ms : 0;
	wait.ending_fd = ending_open();
	if (wait.ending_fd < 0)
		return lib_error(app, wait.ending_fd);
	r = daxfs_monitor_new(app->ctx, &wait.monitor);
	return r < 0 ? lib_error(app, r) : wait_for_all(&wait);
}

const struct cmd cmd_wait = {
	.name = "wait-device",
	.summary = "wait until devices are there, or in a mode",
	.args = "DEVICE...",
	.about =
		"Returns at once when they are. A DEVICE need not be there yet; of a glob, all that match\n"
		"by then, and one at least.",
	.opts = opts,
	.run = run,
};
