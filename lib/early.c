// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Devices that are not there yet. A driver that has the name of a device takes it as soon as it
 * appears, unless another one that matches registered before: the bus asks them in that order.
 */
#include <string.h>

#include "device.h"
#include "facts.h"
#include "intent.h"
#include "lock.h"
#include "module.h"
#include "sysfs.h"

#define EARLY "early"
#define EARLY_LOCK_TIMEOUT_MS (10 * 1000)

static bool is_driver(struct daxfs_ctx *ctx, const char *driver)
{
	_cleanup_close_ int fd = -1;
	char path[64];

	snprintf(path, sizeof(path), "bus/dax/drivers/%s", driver);
	return sysfs_open_dir(ctx, path, &fd) == 0;
}

/*
 * Whether @other registered before @driver, as far as can be told: the newest module is listed first,
 * and what is built in is not listed and was there from the start.
 */
static bool is_before(struct daxfs_ctx *ctx, const char *other, const char *driver)
{
	_cleanup_free_ char *path = NULL, *line = NULL;
	_cleanup_fclose_ FILE *f = NULL;
	bool is_driver_seen = false;
	size_t size = 0;

	if (!is_driver(ctx, other))
		return false;
	if (asprintf(&path, "%s/modules", ctx->proc_root) < 0) {
		path = NULL;
		return true;
	}
	f = is_driver(ctx, driver) ? fopen(path, "re") : NULL;
	while (f && getline(&line, &size, f) > 0) {
		line[strcspn(line, " ")] = '\0';
		if (strcmp(line, other) == 0)
			return is_driver_seen;
		is_driver_seen = is_driver_seen || strcmp(line, driver) == 0;
	}
	return true;
}

static int check_order(struct daxfs_ctx *ctx, const char *device, const char *driver)
{
	for (size_t i = 0; i < N_DRIVERS; i++) {
		if (strcmp(mode_drivers[i], driver) == 0 ||
		    !is_before(ctx, mode_drivers[i], driver))
			continue;
		return daxfs_fail(
			ctx, -EBUSY,
			&(struct failure){ .id = "driver-first",
					   .class = DAXFS_CLASS_FAILED,
					   .device = device,
					   .step = "new-id",
					   .hint = "load it later; or let 'daxfsctl apply' "
						   "switch the device when it is there" },
			"%s: %s was there before %s, and takes the device if it matches", device,
			mode_drivers[i], driver);
	}
	return 0;
}

/* Too late for a device that is there: that is a switch, unless it is bound as is asked. */
static int check_absent(struct daxfs_ctx *ctx, const char *name, enum daxfs_mode mode,
			bool *ret_done)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	int r = daxfs_device_new(ctx, name, 0, &device);

	*ret_done = r == 0 && device->mode == mode;
	error_clear(ctx);
	if (r == -ENODEV || *ret_done)
		return 0;
	if (r < 0)
		return r;
	return daxfs_fail(ctx, -EEXIST,
			  &(struct failure){ .id = "too-late",
					     .class = DAXFS_CLASS_FAILED,
					     .device = name,
					     .hint = "'daxfsctl apply' switches it" },
			  "%s: is there already, bound to %s", name,
			  device->driver ? device->driver : "nothing");
}

static int write_id(struct daxfs_ctx *ctx, const char *device, const char *driver, const char *file)
{
	_cleanup_free_ char *shown = NULL;
	char path[96];
	int r;

	snprintf(path, sizeof(path), "bus/dax/drivers/%s/%s", driver, file);
	r = sysfs_write(ctx, path, device);
	if (r == 0)
		return 0;
	shown = sysfs_path(ctx, path);
	return daxfs_fail(ctx, r,
			  &(struct failure){ .id = "new-id-failed",
					     .device = device,
					     .step = "new-id",
					     .path = shown,
					     .err = -r },
			  "%s: cannot write to %s", device, shown ? shown : file);
}

static int fail_file(struct daxfs_ctx *ctx, const char *device, int r)
{
	return daxfs_fail(
		ctx, r,
		&(struct failure){
			.id = "mode-file", .device = device, .path = ctx->run_dir, .err = -r },
		"%s: cannot put on file in %s that it was registered", device, ctx->run_dir);
}

static int load(struct daxfs_ctx *ctx, const char *device, enum daxfs_mode mode)
{
	enum module_state state = MODULE_UNKNOWN;
	int r;

	if (is_driver(ctx, daxfs_mode_get_driver(mode)))
		return 0;
	r = module_check(ctx, mode_module(mode), &state);
	if (r == 0)
		r = module_refuse(ctx, device, mode_module(mode), state);
	return r < 0 ? r : module_load(ctx, device, mode_module(mode));
}

static int register_device(struct daxfs_ctx *ctx, const char *name, enum daxfs_mode mode)
{
	const char *driver = daxfs_mode_get_driver(mode);
	bool is_done = false;
	int r;

	r = check_absent(ctx, name, mode, &is_done);
	if (r < 0 || is_done)
		return r;
	r = check_order(ctx, name, driver);
	if (r == 0)
		r = load(ctx, name, mode);
	if (r < 0)
		return r;
	/* First, so that whatever appears by the id can be told from what was switched. */
	r = mode_file_write(ctx, EARLY, name, mode);
	if (r < 0)
		return fail_file(ctx, name, r);
	r = write_id(ctx, name, driver, "new_id");
	if (r < 0)
		mode_file_remove(ctx, EARLY, name);
	return r;
}

DAXFS_EXPORT int daxfs_early_register(struct daxfs_ctx *ctx, const char *device_name,
				      enum daxfs_mode mode)
{
	_cleanup_close_ int lock = -1;
	int r;

	error_clear(ctx);
	if (daxfs_parse_device_name(device_name, NULL, NULL) < 0)
		return device_fail_bad_name(ctx, device_name);
	if (mode != DAXFS_MODE_FAMFS && mode != DAXFS_MODE_DEVDAX)
		return -EINVAL;
	if (ctx->recorded)
		return daxfs_fail(ctx, -EROFS,
				  &(struct failure){ .class = DAXFS_CLASS_INVALID,
						     .id = "recorded-tree",
						     .device = device_name },
				  "%s: a recorded tree cannot be changed", device_name);
	r = lock_bus(ctx, EARLY_LOCK_TIMEOUT_MS, &lock);
	return r < 0 ? r : register_device(ctx, device_name, mode);
}

DAXFS_EXPORT enum daxfs_mode daxfs_early_get_mode(struct daxfs_ctx *ctx, const char *device_name)
{
	return mode_file_read(ctx, EARLY, device_name);
}

DAXFS_EXPORT int daxfs_early_forget(struct daxfs_ctx *ctx, const char *device_name)
{
	const char *driver = daxfs_mode_get_driver(daxfs_early_get_mode(ctx, device_name));
	int r = 0;

	error_clear(ctx);
	if (!driver)
		return 0;
	if (is_driver(ctx, driver))
		r = write_id(ctx, device_name, driver, "remove_id");
	if (r == 0)
		r = mode_file_remove(ctx, EARLY, device_name);
	return r;
}
