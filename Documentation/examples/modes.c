// SPDX-License-Identifier: GPL-2.0-only
/*
 * modes [DIRECTORY]: the DAX devices of this machine, or of the tree recorded in DIRECTORY, and their
 * modes; on a machine also what becomes of them from then on.
 *
 *	cc -o modes modes.c $(pkg-config --cflags --libs libdaxfs)
 */
#include <errno.h>
#include <libdaxfs.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

static const char *name_of(enum daxfs_mode mode)
{
	return mode == DAXFS_MODE_NONE ? "no driver" : daxfs_mode_to_string(mode);
}

/* What went wrong, in words, is in the context; memory may be too short even for these. */
static int complain(const struct daxfs_ctx *ctx)
{
	const struct daxfs_error *error = daxfs_ctx_get_error(ctx);

	fprintf(stderr, "modes: %s\n", error ? daxfs_error_get_message(error) : "out of memory");
	return error ? (int)daxfs_error_get_class(error) : EXIT_FAILURE;
}

static int list(struct daxfs_ctx *ctx)
{
	char **names;

	if (daxfs_list_devices(ctx, &names, NULL) < 0)
		return complain(ctx);
	for (size_t i = 0; names[i]; i++) {
		struct daxfs_device *device;

		if (daxfs_device_new(ctx, names[i], 0, &device) < 0)
			continue; /* gone meanwhile */
		printf("%s: %s\n", names[i], name_of(daxfs_device_get_mode(device)));
		daxfs_device_unref(device);
	}
	daxfs_free_names(names);
	return 0;
}

static int follow(struct daxfs_ctx *ctx)
{
	const struct daxfs_event *event;
	struct daxfs_monitor *monitor;
	int r;

	if (daxfs_monitor_new(ctx, &monitor) < 0)
		return complain(ctx);
	for (;;) {
		struct pollfd pfd = { .fd = daxfs_monitor_get_fd(monitor), .events = POLLIN };

		while ((r = daxfs_monitor_next(monitor, &event)) == 0)
			if (event->type == DAXFS_EVENT_MODE)
				printf("%s: %s -> %s\n", event->device, name_of(event->mode_before),
				       name_of(event->mode));
		fflush(stdout);
		if (r != -EAGAIN || poll(&pfd, 1, -1) < 0)
			break;
	}
	daxfs_monitor_free(monitor);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct daxfs_ctx *ctx;
	int status;

	if (daxfs_ctx_new(&ctx) < 0)
		return EXIT_FAILURE;
	if (argc > 1 && daxfs_ctx_set_sysroot(ctx, argv[1]) < 0)
		status = complain(ctx);
	else
		status = list(ctx);
	if (status == 0 && argc == 1)
		status = follow(ctx);
	daxfs_ctx_unref(ctx);
	return status;
}
