// SPDX-License-Identifier: GPL-2.0-only
/* monitor: tells of events until a signal, or until nobody reads any more. */
#include <poll.h>
#include <string.h>

#include "cmd.h"
#include "ending.h"
#include "monitoring.h"
#include "output.h"

struct telling {
	struct app *app;
	struct daxfs_monitor *monitor;
	int ending_fd;
	uint64_t seq;
};

static void telling_done(struct telling *telling)
{
	daxfs_monitor_free(telling->monitor);
	if (telling->ending_fd >= 0)
		close(telling->ending_fd);
}

/* False: there is no sense in going on. */
static bool tell(struct telling *telling, const struct daxfs_event *event)
{
	return output_event(telling->app->out, ++telling->seq, event, telling->monitor);
}

/* All that can be told now; -EAGAIN after the last one, -EPIPE when it could not be written. */
static int tell_all(struct telling *telling)
{
	const struct daxfs_event *event;
	int r;

	while ((r = daxfs_monitor_next(telling->monitor, &event)) == 0)
		if (!tell(telling, event))
			return -EPIPE;
	return r;
}

/* True when it is to end. A pipe whose reader has gone says so without being written to. */
static bool wait_for_more(struct telling *telling)
{
	struct pollfd fds[] = {
		{ .fd = daxfs_monitor_get_fd(telling->monitor), .events = POLLIN },
		{ .fd = telling->ending_fd, .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};

	if (poll(fds, ARRAY_SIZE(fds), -1) < 0)
		return errno != EINTR;
	return fds[1].revents || (fds[2].revents & POLLERR);
}

static enum status follow(struct telling *telling)
{
	bool is_over = false;
	int r;

	/* The first line says that from here on nothing is missed. */
	if (!tell(telling, NULL))
		return STATUS_OK;
	for (;;) {
		r = tell_all(telling);
		if (r == -EPIPE)
			return STATUS_OK;
		if (r != -EAGAIN)
			return lib_error(telling->app, r);
		/* What happened before the signal was told now. */
		if (is_over)
			return STATUS_OK;
		is_over = wait_for_more(telling);
	}
}

static enum status run(struct app *app, int argc, char **argv)
{
	_cleanup_(telling_done) struct telling telling = { .app = app, .ending_fd = -1 };
	int r;

	if (app_getopt(app, app->cmd, argc, argv) != OPT_END)
		return app->stop_status;
	if (optind < argc)
		return usage_error(app, "unexpected argument '%s'", argv[optind]);
	telling.ending_fd = ending_open();
	if (telling.ending_fd < 0)
		return lib_error(app, telling.ending_fd);
	r = daxfs_monitor_new(app->ctx, &telling.monitor);
	if (r < 0)
		return lib_error(app, r);
	if (!daxfs_monitor_sees_journals(telling.monitor))
		output_note(app->out, "only root sees journals and addresses");
	output_is_stream(app->out);
	return follow(&telling);
}

const struct cmd cmd_monitor = {
	.name = "monitor",
	.summary = "tell what happens to devices, as it happens",
	.about =
		"A line for each device that comes or goes, is bound or unbound or gets another mode, for\n"
		"memory failures and journals; with --json each is an object. Ends by SIGINT.",
	.run = run,
};
