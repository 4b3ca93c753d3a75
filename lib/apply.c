// SPDX-License-Identifier: LGPL-2.1-or-later
#include "apply.h"

#include <inttypes.h>
#include <string.h>

#include "sysfs.h"

/* A plan being run. */
struct run {
	struct daxfs_ctx *ctx;
	const struct daxfs_plan *plan;
	int bind_fd; /* opened before the unbind: the window without a driver is kept short */
};

static const char *step_name(const struct daxfs_plan *plan, const struct plan_step *step)
{
	struct daxfs_step shown;

	return daxfs_plan_get_step(plan, step - plan->steps, &shown) ? shown.name : "?";
}

/* What to do about an answer of the kernel to a step; NULL where nothing general can be said. */
static const char *step_hint(enum step_kind kind, int err)
{
	if (err == EACCES || err == EPERM || err == EROFS)
		return "run as root, with /sys writable";
	if (kind == STEP_BIND || kind == STEP_NEW_ID)
		switch (err) {
		case ENODEV:
			return "the driver does not match this device; see dmesg";
		case EBUSY:
			return "something else has its range: see /proc/iomem and dmesg";
		case EINVAL:
			return "dmesg has the driver's reason; \"pre-populated page map\" means that a "
			       "device_dax probe failed before: daxfsctl help reconfigure-device";
		default:
			return "dmesg has the driver's reason";
		}
	if (kind == STEP_SIZE && err == ENOSPC)
		return "daxfsctl list -R shows what each region has available";
	if ((kind == STEP_SIZE || kind == STEP_ALIGN) && err == EBUSY)
		return "a driver was bound to it in the meantime";
	return "see the kernel's messages (dmesg)";
}

static int step_failed(const struct run *run, const struct plan_step *step, int r,
		       const char *words)
{
	const char *device = run->plan->facts->device->name;
	char id[48];

	snprintf(id, sizeof(id), "%s-failed", step_name(run->plan, step));
	return daxfs_fail(run->ctx, r,
			  &(struct failure){ .id = id,
					     .device = device,
					     .step = step_name(run->plan, step),
					     .path = step->shown,
					     .err = -r,
					     .hint = step_hint(step->kind, -r) },
			  "%s: %s: cannot write '%s' to %s", device, words, step->value,
			  step->shown);
}

int apply_read_driver(struct daxfs_ctx *ctx, const char *device, char **ret_driver)
{
	_cleanup_close_ int fd = -1;
	char path[64];
	int r;

	snprintf(path, sizeof(path), "bus/dax/devices/%s", device);
	r = sysfs_open_dir(ctx, path, &fd);
	if (r < 0)
		return r;
	r = sysfs_readlink_name(fd, "driver", ret_driver);
	if (r == -ENOENT) {
		*ret_driver = NULL;
		return 0;
	}
	return r;
}

/* Whether the device is bound to @driver (NULL: to nothing), as the link says. */
static int require_driver(const struct run *run, const struct plan_step *step, const char *driver)
{
	const char *device = run->plan->facts->device->name;
	_cleanup_free_ char *now = NULL;
	int r;

	r = apply_read_driver(run->ctx, device, &now);
	if (r < 0)
		return step_failed(run, step, r, "cannot tell the driver afterwards");
	if (driver ? now && strcmp(now, driver) == 0 : !now)
		return 0;
	return daxfs_fail(run->ctx, -EIO,
			  &(struct failure){ .id = "wrong-driver",
					     .device = device,
					     .step = step_name(run->plan, step),
					     .path = step->shown,
					     .hint = "dmesg has the driver's reason" },
			  "%s: bound to %s after the step %s, not to %s", device,
			  now ? now : "nothing", step_name(run->plan, step),
			  driver ? driver : "nothing");
}

static int load_module(const struct run *run, const struct plan_step *step)
{
	const char *device = run->plan->facts->device->name;
	const char *driver = daxfs_mode_get_driver(run->plan->mode);
	_cleanup_close_ int fd = -1;
	char path[64];
	int r;

	r = module_load(run->ctx, device, step->value);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "bus/dax/drivers/%s", driver);
	r = sysfs_open_dir(run->ctx, path, &fd);
	if (r < 0)
		return daxfs_fail(run->ctx, r,
				  &(struct failure){ .class = DAXFS_CLASS_UNSUPPORTED,
						     .id = "no-driver",
						     .device = device,
						     .step = "load-module",
						     .err = -r,
						     .hint = "see the kernel's messages (dmesg)" },
				  "%s: module %s is loaded, but the bus has no driver %s", device,
				  step->value, driver);
	return 0;
}

/* What bind answers to a device that new_id did not bind: new_id itself hides a probe's error. */
static int ask_bind(const struct run *run, const struct plan_step *step)
{
	const char *device = run->plan->facts->device->name;
	const char *driver = daxfs_mode_get_driver(run->plan->mode);
	char path[96];
	int r;

	snprintf(path, sizeof(path), "bus/dax/drivers/%s/bind", driver);
	r = sysfs_write(run->ctx, path, device);
	return r < 0 ? step_failed(run, step, r, "cannot bind") : 0;
}

/* On a device that is bound, new_id only registers; an unbound one it binds. */
static int new_id(const struct run *run, const struct plan_step *step)
{
	const struct daxfs_device *device = run->plan->facts->device;
	_cleanup_free_ char *now = NULL;
	int r;

	r = sysfs_write(run->ctx, step->path, step->value);
	if (r < 0)
		return step_failed(run, step, r, "cannot register it with the driver");
	if (device->driver)
		return require_driver(run, step, device->driver);
	if (apply_read_driver(run->ctx, device->name, &now) == 0 && !now) {
		r = ask_bind(run, step);
		if (r < 0)
			return r;
	}
	return require_driver(run, step, daxfs_mode_get_driver(run->plan->mode));
}

/* Opens what the bind will write to, so that nothing but writes happens without a driver. */
static int open_bind(struct run *run, const struct plan_step *unbind)
{
	const struct plan_step *end = run->plan->steps + run->plan->n_steps;

	for (const struct plan_step *step = unbind; step < end; step++) {
		int r;

		if (step->kind != STEP_BIND)
			continue;
		r = sysfs_open_write(run->ctx, step->path, &run->bind_fd);
		return r < 0 ? step_failed(run, step, r, "cannot bind") : 0;
	}
	return 0;
}

static int unbind(struct run *run, const struct plan_step *step)
{
	const struct facts *facts = run->plan->facts;
	int r;

	r = open_bind(run, step);
	if (r < 0)
		return r;
	/* The one mistake that cannot be undone: right before the write, look again. */
	if (facts->device->mode == DAXFS_MODE_SYSTEM_RAM) {
		r = memory_require_offline(run->ctx, facts->device, facts->block_size);
		if (r < 0)
			return r;
	}
	r = sysfs_write(run->ctx, step->path, step->value);
	if (r < 0)
		return step_failed(run, step, r, "cannot unbind");
	return require_driver(run, step, NULL);
}

static int bind(const struct run *run, const struct plan_step *step)
{
	int r;

	if (run->bind_fd >= 0)
		r = sysfs_write_fd(run->bind_fd, step->value);
	else
		r = sysfs_write(run->ctx, step->path, step->value);
	if (r < 0)
		return step_failed(run, step, r, "cannot bind");
	return require_driver(run, step, daxfs_mode_get_driver(run->plan->mode));
}

/* A grow can be partial, and a write can succeed and do nothing: the attribute decides. */
static int write_number(const struct run *run, const struct plan_step *step, uint64_t wanted)
{
	const char *device = run->plan->facts->device->name;
	_cleanup_close_ int fd = -1;
	uint64_t now;
	char path[64];
	int r;

	r = sysfs_write(run->ctx, step->path, step->value);
	if (r < 0)
		return step_failed(run, step, r, "cannot change it");
	snprintf(path, sizeof(path), "bus/dax/devices/%s", device);
	r = sysfs_open_dir(run->ctx, path, &fd);
	if (r == 0)
		r = sysfs_read_u64(fd, step_name(run->plan, step), &now);
	if (r < 0)
		return step_failed(run, step, r, "cannot read it back");
	if (now == wanted)
		return 0;
	return daxfs_fail(run->ctx, -EIO,
			  &(struct failure){ .id = "not-taken",
					     .device = device,
					     .step = step_name(run->plan, step),
					     .path = step->shown,
					     .hint = "see the kernel's messages (dmesg)" },
			  "%s: the kernel made %s %" PRIu64 " in place of %" PRIu64, device,
			  step_name(run->plan, step), now, wanted);
}

static int plain_write(const struct run *run, const struct plan_step *step)
{
	int r = sysfs_write(run->ctx, step->path, step->value);

	return r < 0 ? step_failed(run, step, r, "cannot change it") : 0;
}

static int run_step(struct run *run, const struct plan_step *step)
{
	const struct daxfs_plan *plan = run->plan;
	const struct facts *facts = plan->facts;

	switch (step->kind) {
	case STEP_LOAD_MODULE:
		return load_module(run, step);
	case STEP_OFFLINE_MEMORY:
		return memory_offline(run->ctx, facts->device, facts->block_size);
	case STEP_NEW_ID:
		return new_id(run, step);
	case STEP_UNBIND:
		return unbind(run, step);
	case STEP_SIZE:
		return write_number(run, step, plan->size);
	case STEP_ALIGN:
		return write_number(run, step, plan->align);
	case STEP_BIND:
		return bind(run, step);
	case STEP_ONLINE_MEMORY:
		return memory_online(run->ctx, facts->device, facts->block_size, plan->online);
	case STEP_AUTOPROBE_OFF:
	case STEP_AUTOPROBE_RESTORE:
	case STEP_REMOVE_ID:
		break;
	}
	return plain_write(run, step);
}

int apply_plan(struct daxfs_ctx *ctx, const struct daxfs_plan *plan)
{
	struct run run = { .ctx = ctx, .plan = plan, .bind_fd = -1 };
	int r = 0;

	for (size_t i = 0; i < plan->n_steps && r == 0; i++)
		r = run_step(&run, &plan->steps[i]);
	cleanup_close(&run.bind_fd);
	return r;
}
