// SPDX-License-Identifier: LGPL-2.1-or-later
/* The only file that includes libudev.h. */
#include "udev.h"

#include <libudev.h>
#include <poll.h>
#include <sys/stat.h>
#include <time.h>

#include "dlopen.h"

DLOPEN_NOTE(udev, "node", "Wait for the node of a new device", "libudev.so.1");

/* Where udevd listens; the way sd-device, too, tells whether there is one. */
#define UDEV_CONTROL "/run/udev/control"

struct udev_api {
	__typeof__(&udev_new) new;
	__typeof__(&udev_unref) unref;
	__typeof__(&udev_monitor_new_from_netlink) monitor_new;
	__typeof__(&udev_monitor_unref) monitor_unref;
	__typeof__(&udev_monitor_filter_add_match_subsystem_devtype) monitor_filter;
	__typeof__(&udev_monitor_enable_receiving) monitor_enable;
	__typeof__(&udev_monitor_get_fd) monitor_fd;
	__typeof__(&udev_monitor_receive_device) monitor_receive;
	__typeof__(&udev_device_unref) device_unref;
};

struct watch {
	struct udev_api api;
	struct udev *udev;
	struct udev_monitor *monitor;
};

static void watch_close(struct watch *watch)
{
	if (watch->monitor)
		watch->api.monitor_unref(watch->monitor);
	if (watch->udev)
		watch->api.unref(watch->udev);
}

static int load_api(struct daxfs_ctx *ctx, struct udev_api *api)
{
	const struct dlopen_symbol symbols[] = {
		{ "udev_new", (void **)&api->new },
		{ "udev_unref", (void **)&api->unref },
		{ "udev_monitor_new_from_netlink", (void **)&api->monitor_new },
		{ "udev_monitor_unref", (void **)&api->monitor_unref },
		{ "udev_monitor_filter_add_match_subsystem_devtype",
		  (void **)&api->monitor_filter },
		{ "udev_monitor_enable_receiving", (void **)&api->monitor_enable },
		{ "udev_monitor_get_fd", (void **)&api->monitor_fd },
		{ "udev_monitor_receive_device", (void **)&api->monitor_receive },
		{ "udev_device_unref", (void **)&api->device_unref },
	};

	return dlopen_symbols(ctx, "libudev.so.1", symbols, ARRAY_SIZE(symbols));
}

static int watch_open(struct daxfs_ctx *ctx, struct watch *watch)
{
	int r;

	r = load_api(ctx, &watch->api);
	if (r < 0)
		return r;
	watch->udev = watch->api.new();
	if (!watch->udev)
		return -ENOMEM;
	watch->monitor = watch->api.monitor_new(watch->udev, "udev");
	if (!watch->monitor)
		return -EIO;
	r = watch->api.monitor_filter(watch->monitor, "dax", NULL);
	return r < 0 ? r : watch->api.monitor_enable(watch->monitor);
}

static bool node_is_there(struct daxfs_ctx *ctx, const char *name)
{
	_cleanup_free_ char *path = NULL;
	struct stat st;

	if (asprintf(&path, "%s/%s", ctx->dev_root, name) < 0) {
		path = NULL;
		return false;
	}
	return stat(path, &st) == 0 && S_ISCHR(st.st_mode);
}

int udev_wait_node(struct daxfs_ctx *ctx, const char *name, unsigned int timeout_ms)
{
	_cleanup_(watch_close) struct watch watch = {};
	uint64_t deadline = now_ms() + timeout_ms;
	int r;

	if (node_is_there(ctx, name))
		return 0;
	if (access(UDEV_CONTROL, F_OK) < 0)
		return -ENOENT;
	r = watch_open(ctx, &watch);
	if (r < 0)
		return r;
	/* Only now, with the monitor listening, can no event be missed. */
	while (!node_is_there(ctx, name)) {
		struct pollfd pfd = { .fd = watch.api.monitor_fd(watch.monitor), .events = POLLIN };
		uint64_t now = now_ms();
		struct udev_device *event;

		if (now >= deadline)
			return -ETIMEDOUT;
		r = poll(&pfd, 1, deadline - now);
		if (r < 0 && errno != EINTR)
			return -errno;
		event = r > 0 ? watch.api.monitor_receive(watch.monitor) : NULL;
		if (event)
			watch.api.device_unref(event);
	}
	return 0;
}
