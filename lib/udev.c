// SPDX-License-Identifier: LGPL-2.1-or-later
/* The only file that includes libudev.h. */
#include "udev.h"

#include <libudev.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "dlopen.h"

DLOPEN_NOTE(udev, "events", "Wait for nodes of devices, and for what becomes of devices",
	    "libudev.so.1");

/* Where udevd listens; the way sd-device, too, tells whether there is one. */
#define UDEV_CONTROL "/run/udev/control"

/* Some thousand events, for a reader that is stopped for a while; what is more is told as lost. */
#define BUFFER_SIZE (4 << 20)

struct udev_api {
	__typeof__(&udev_new) new;
	__typeof__(&udev_unref) unref;
	__typeof__(&udev_monitor_new_from_netlink) monitor_new;
	__typeof__(&udev_monitor_unref) monitor_unref;
	__typeof__(&udev_monitor_filter_add_match_subsystem_devtype) monitor_filter;
	__typeof__(&udev_monitor_set_receive_buffer_size) monitor_set_buffer;
	__typeof__(&udev_monitor_enable_receiving) monitor_enable;
	__typeof__(&udev_monitor_get_fd) monitor_fd;
	__typeof__(&udev_monitor_receive_device) monitor_receive;
	__typeof__(&udev_device_unref) device_unref;
	__typeof__(&udev_device_get_action) device_action;
	__typeof__(&udev_device_get_sysname) device_sysname;
	__typeof__(&udev_device_get_property_value) device_property;
};

struct uevents {
	struct udev_api api;
	struct udev *udev;
	struct udev_monitor *monitor;
	struct udev_device *device; /* that the last event is of */
};

static void watch_close(struct uevents *watch)
{
	if (watch->device)
		watch->api.device_unref(watch->device);
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
		{ "udev_monitor_set_receive_buffer_size", (void **)&api->monitor_set_buffer },
		{ "udev_monitor_enable_receiving", (void **)&api->monitor_enable },
		{ "udev_monitor_get_fd", (void **)&api->monitor_fd },
		{ "udev_monitor_receive_device", (void **)&api->monitor_receive },
		{ "udev_device_unref", (void **)&api->device_unref },
		{ "udev_device_get_action", (void **)&api->device_action },
		{ "udev_device_get_sysname", (void **)&api->device_sysname },
		{ "udev_device_get_property_value", (void **)&api->device_property },
	};

	return dlopen_symbols(ctx, "libudev.so.1", symbols, ARRAY_SIZE(symbols));
}

/* @group: "udev", of what udevd has dealt with, or "kernel". */
static int watch_open(struct daxfs_ctx *ctx, struct uevents *watch, const char *group)
{
	int r;

	r = load_api(ctx, &watch->api);
	if (r < 0)
		return r;
	watch->udev = watch->api.new();
	if (!watch->udev)
		return -ENOMEM;
	watch->monitor = watch->api.monitor_new(watch->udev, group);
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
	_cleanup_(watch_close) struct uevents watch = {};
	uint64_t deadline = now_ms() + timeout_ms;
	int r;

	if (node_is_there(ctx, name))
		return 0;
	if (access(UDEV_CONTROL, F_OK) < 0)
		return -ENOENT;
	r = watch_open(ctx, &watch, "udev");
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

/* ---- what becomes of devices */

struct uevents *uevents_free(struct uevents *uevents)
{
	if (uevents)
		watch_close(uevents);
	free(uevents);
	return NULL;
}

int uevents_new(struct daxfs_ctx *ctx, struct uevents **ret_uevents)
{
	_cleanup_(uevents_freep) struct uevents *uevents = calloc(1, sizeof(*uevents));
	int r;

	if (!uevents)
		return -ENOMEM;
	r = watch_open(ctx, uevents, "kernel");
	if (r < 0)
		return r;
	/* Who is not root gets what net.core.rmem_max permits, or what there was. */
	uevents->api.monitor_set_buffer(uevents->monitor, BUFFER_SIZE);
	*ret_uevents = TAKE_PTR(uevents);
	return 0;
}

int uevents_fd(struct uevents *uevents)
{
	return uevents->api.monitor_fd(uevents->monitor);
}

/* Hexadecimal after 0x, as our module has it. */
static bool property_number(struct uevents *watch, const char *name, uint64_t *ret_value)
{
	const char *text = watch->api.device_property(watch->device, name);

	return text && parse_u64(text, 0, ret_value) == 0;
}

static void fill(struct uevents *watch, struct uevent *event)
{
	const char *action = watch->api.device_action(watch->device);
	const char *name = watch->api.device_sysname(watch->device);
	const char *what = watch->api.device_property(watch->device, "DAXFS_EVENT");

	*event = (struct uevent){
		.action = action ? action : "",
		.device = name ? name : "",
		.driver = watch->api.device_property(watch->device, "DRIVER"),
		.is_synthetic = watch->api.device_property(watch->device, "SYNTH_UUID"),
	};
	event->is_failure = what && strcmp(what, "memory-failure") == 0 &&
			    property_number(watch, "DAXFS_OFFSET", &event->offset) &&
			    property_number(watch, "DAXFS_LENGTH", &event->length);
}

int uevents_next(struct uevents *uevents, struct uevent *ret_event)
{
	if (uevents->device)
		uevents->device = uevents->api.device_unref(uevents->device);
	errno = 0;
	uevents->device = uevents->api.monitor_receive(uevents->monitor);
	if (!uevents->device)
		return errno ? -errno : -EAGAIN;
	fill(uevents, ret_event);
	return 0;
}
