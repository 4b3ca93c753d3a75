// SPDX-License-Identifier: LGPL-2.1-or-later
#include "apply.h"

#include <inttypes.h>
#include <string.h>
#include <syslog.h>

#include "device-dir.h"
#include "file-error.h"
#include "sysfs.h"

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
			       "device_dax probe failed before: see daxfsctl-reconfigure-device(1)";
		default:
			return "dmesg has the driver's reason";
		}
	if (kind == STEP_SIZE && err == ENOSPC)
		return "daxfsctl list -R shows what each region has available";
	if (kind == STEP_MAPPING && err == ENOMEM)
		return "it is outside of the region, or somebody else's: see /proc/iomem";
	if ((kind == STEP_SIZE || kind == STEP_ALIGN || kind == STEP_MAPPING) && err == EBUSY)
		return "a driver was bound to it in the meantime";
	return "see the kernel's messages (dmesg)";
}

static int step_failed(const struct apply *apply, const struct plan_step *step, int r,
		       const char *words)
{
	const char *device = apply->plan->facts->device->name;
	char id[48];

	snprintf(id, sizeof(id), "%s-failed", step_name(apply->plan, step));
	return daxfs_fail(apply->ctx, r,
			  &(struct failure){ .id = id,
					     .device = device,
					     .step = step_name(apply->plan, step),
					     .path = step->shown,
					     .err = -r,
					     .hint = step_hint(step->kind, -r) },
			  "%s: %s: cannot write '%s' to %s", device, words, step->value,
			  step->shown);
}

/* A look at the device, not a write, failed. */
static int look_failed(const struct apply *apply, const struct plan_step *step, int r,
		       const char *when)
{
	const char *device = apply->plan->facts->device->name;
	char id[48];

	snprintf(id, sizeof(id), "%s-failed", step_name(apply->plan, step));
	return daxfs_fail(apply->ctx, r,
			  &(struct failure){ .id = id,
					     .device = device,
					     .step = step_name(apply->plan, step),
					     .path = file_error_path(r),
					     .err = -r },
			  "%s: cannot tell its driver %s the step %s", device, when,
			  step_name(apply->plan, step));
}

static int read_driver_at(int device_fd, char **ret_driver)
{
	int r = sysfs_readlink_name(device_fd, "driver", ret_driver);

	if (r == -ENOENT) {
		*ret_driver = NULL;
		return 0;
	}
	return r;
}

int apply_read_driver(struct daxfs_ctx *ctx, const char *device, char **ret_driver)
{
	_cleanup_close_ int fd = -1;
	int r;

	r = device_open_dir(ctx, device, &fd);
	return r < 0 ? r : read_driver_at(fd, ret_driver);
}

/* Whether the device is bound to @driver (NULL: to nothing), as the link says. */
static int require_driver(const struct apply *apply, const struct plan_step *step,
			  const char *driver)
{
	const char *device = apply->plan->facts->device->name;
	_cleanup_free_ char *now = NULL;
	int r;

	if (apply->device_fd >= 0)
		r = read_driver_at(apply->device_fd, &now);
	else
		r = apply_read_driver(apply->ctx, device, &now);
	if (r < 0)
		return look_failed(apply, step, r, "after");
	if (driver ? now && strcmp(now, driver) == 0 : !now)
		return 0;
	return daxfs_fail(apply->ctx, -EIO,
			  &(struct failure){ .id = "wrong-driver",
					     .device = device,
					     .step = step_name(apply->plan, step),
					     .path = step->shown,
					     .hint = "dmesg has the driver's reason" },
			  "%s: bound to %s after the step %s, not to %s", device,
			  now ? now : "nothing", step_name(apply->plan, step),
			  driver ? driver : "nothing");
}

static int load_module(const struct apply *apply, const struct plan_step *step)
{
	const char *device = apply->plan->facts->device->name;
	const char *driver = daxfs_mode_get_driver(apply->plan->mode);
	_cleanup_close_ int fd = -1;
	char path[64];
	int r;

	r = module_load(apply->ctx, device, step->value);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "bus/dax/drivers/%s", driver);
	r = sysfs_open_dir(apply->ctx, path, &fd);
	if (r < 0)
		return daxfs_fail(apply->ctx, r,
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
static int ask_bind(const struct apply *apply, const struct plan_step *step)
{
	const char *device = apply->plan->facts->device->name;
	const char *driver = daxfs_mode_get_driver(apply->plan->mode);
	char path[96];
	int r;

	snprintf(path, sizeof(path), "bus/dax/drivers/%s/bind", driver);
	r = sysfs_write(apply->ctx, path, device);
	return r < 0 ? step_failed(apply, step, r, "cannot bind") : 0;
}

/* On a device that is bound, new_id only registers; an unbound one it binds. */
static int new_id(struct apply *apply, const struct plan_step *step)
{
	const struct daxfs_device *device = apply->plan->facts->device;
	_cleanup_free_ char *now = NULL;
	int r;

	r = sysfs_write(apply->ctx, step->path, step->value);
	if (r < 0)
		return step_failed(apply, step, r, "cannot register it with the driver");
	apply->has_traces = true;
	if (device->driver)
		return require_driver(apply, step, device->driver);
	if (apply_read_driver(apply->ctx, device->name, &now) == 0 && !now) {
		r = ask_bind(apply, step);
		if (r < 0)
			return r;
	}
	return require_driver(apply, step, daxfs_mode_get_driver(apply->plan->mode));
}

/* Opens what will be needed then, so that little happens without a driver. */
static int open_for_window(struct apply *apply, const struct plan_step *unbind)
{
	const struct plan_step *end = apply->plan->steps + apply->plan->n_steps;
	int r;

	for (const struct plan_step *step = unbind; step < end; step++) {
		if (step->kind != STEP_BIND)
			continue;
		r = sysfs_open_write(apply->ctx, step->path, &apply->bind_fd);
		if (r < 0)
			return step_failed(apply, step, r, "cannot bind");
	}
	r = device_open_dir(apply->ctx, apply->plan->facts->device->name, &apply->device_fd);
	return r < 0 ? look_failed(apply, unbind, r, "before") : 0;
}

int apply_start_unbind(struct apply *apply)
{
	const struct plan_step *step = &apply->plan->steps[apply->next];
	const struct facts *facts = apply->plan->facts;
	_cleanup_close_ int fd = -1;
	int r;

	r = open_for_window(apply, step);
	if (r < 0)
		return r;
	/* The one mistake that cannot be undone: right before the write, look again. */
	if (facts->device->mode == DAXFS_MODE_SYSTEM_RAM) {
		r = memory_require_offline(apply->ctx, facts->device, facts->block_size);
		if (r < 0)
			return r;
	}
	r = sysfs_open_write(apply->ctx, step->path, &fd);
	if (r < 0)
		return step_failed(apply, step, r, "cannot unbind");
	r = pending_start(apply->ctx, facts->device->name, fd, step->value, &apply->unbind);
	if (r == 0)
		ctx_step(apply->ctx, facts->device->name, "unbind", true);
	return r;
}

int apply_finish_unbind(struct apply *apply)
{
	const struct plan_step *step = &apply->plan->steps[apply->next++];
	int r, answer;

	ctx_step(apply->ctx, apply->plan->facts->device->name, "unbind", false);
	/* The link decides; what the kernel answered is asked for when it is needed. */
	r = require_driver(apply, step, NULL);
	if (r == 0)
		return 0;
	answer = pending_result(&apply->unbind);
	return answer < 0 && answer != -ECHILD ? step_failed(apply, step, answer, "cannot unbind")
					       : r;
}

int apply_leave_unbind(struct apply *apply, int r)
{
	const struct plan_step *step = &apply->plan->steps[apply->next];
	const char *device = apply->plan->facts->device->name;

	ctx_step(apply->ctx, device, "unbind", false);
	apply->is_pending = true;
	return pending_fail_left(apply->ctx, device, step->shown, r);
}

static int bind(const struct apply *apply, const struct plan_step *step)
{
	int r;

	if (apply->bind_fd >= 0)
		r = sysfs_write_opened(apply->ctx, apply->bind_fd, step->path, step->value);
	else
		r = sysfs_write(apply->ctx, step->path, step->value);
	if (r < 0)
		return step_failed(apply, step, r, "cannot bind");
	return require_driver(apply, step, daxfs_mode_get_driver(apply->plan->mode));
}

/* A grow can be partial, and a write can succeed and do nothing: the attribute decides. */
static int write_number(const struct apply *apply, const struct plan_step *step)
{
	const char *device = apply->plan->facts->device->name;
	_cleanup_close_ int fd = -1;
	uint64_t now;
	int r;

	r = sysfs_write(apply->ctx, step->path, step->value);
	if (r < 0)
		return step_failed(apply, step, r, "cannot change it");
	r = device_open_link(apply->ctx, device, &fd);
	if (r == 0)
		r = sysfs_read_u64(fd, step_name(apply->plan, step), &now);
	if (r < 0)
		return step_failed(apply, step, r, "cannot read it back");
	if (now == step->number)
		return 0;
	return daxfs_fail(apply->ctx, -EIO,
			  &(struct failure){ .id = "not-taken",
					     .device = device,
					     .step = step_name(apply->plan, step),
					     .path = step->shown,
					     .hint = "see the kernel's messages (dmesg)" },
			  "%s: the kernel made %s %" PRIu64 " in place of %" PRIu64, device,
			  step_name(apply->plan, step), now, step->number);
}

/* The kernel answers with success to a range that it does not like, too. */
static int write_mapping(const struct apply *apply, const struct plan_step *step)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *now = NULL;
	const char *device = apply->plan->facts->device->name;
	const struct daxfs_range *ranges;
	size_t n;
	int r;

	r = sysfs_write(apply->ctx, step->path, step->value);
	if (r < 0)
		return step_failed(apply, step, r, "cannot give it this range");
	r = daxfs_device_new(apply->ctx, device, DAXFS_SECTION_MAPPINGS, &now);
	if (r < 0)
		return r;
	if (daxfs_device_get_ranges(now, &ranges, &n) && n > 0 &&
	    ranges_equal(&ranges[n - 1], 1, &step->range, 1))
		return 0;
	return daxfs_fail(apply->ctx, -EIO,
			  &(struct failure){ .id = "not-taken",
					     .device = device,
					     .step = step_name(apply->plan, step),
					     .path = step->shown,
					     .hint = "see the kernel's messages (dmesg)" },
			  "%s: the kernel did not give it the range %s", device, step->value);
}

static int plain_write(const struct apply *apply, const struct plan_step *step)
{
	int r = sysfs_write(apply->ctx, step->path, step->value);

	return r < 0 ? step_failed(apply, step, r, "cannot change it") : 0;
}

static int delete_device(const struct apply *apply, const struct plan_step *step)
{
	const char *device = apply->plan->facts->device->name;
	_cleanup_close_ int fd = -1;
	int r;

	r = sysfs_write(apply->ctx, step->path, step->value);
	if (r < 0)
		return step_failed(apply, step, r, "cannot delete it");
	r = device_open_link(apply->ctx, device, &fd);
	if (r == -ENOENT)
		return 0;
	return daxfs_fail(apply->ctx, r < 0 ? r : -EIO,
			  &(struct failure){ .id = "not-taken",
					     .device = device,
					     .step = step_name(apply->plan, step),
					     .path = step->shown,
					     .err = r < 0 ? -r : 0,
					     .hint = "see the kernel's messages (dmesg)" },
			  "%s: is still there after its delete", device);
}

static int do_step(struct apply *apply, const struct plan_step *step)
{
	const struct daxfs_plan *plan = apply->plan;
	const struct facts *facts = plan->facts;

	switch (step->kind) {
	case STEP_LOAD_MODULE:
		return load_module(apply, step);
	case STEP_OFFLINE_MEMORY:
		return memory_offline(apply->ctx, facts->device, facts->block_size,
				      plan->offline_timeout_ms);
	case STEP_NEW_ID:
		return new_id(apply, step);
	case STEP_SIZE:
	case STEP_ALIGN:
		return write_number(apply, step);
	case STEP_MAPPING:
		return write_mapping(apply, step);
	case STEP_BIND:
		return bind(apply, step);
	case STEP_ONLINE_MEMORY:
		return memory_online(apply->ctx, facts->device, facts->block_size, plan->online);
	case STEP_DELETE:
		return delete_device(apply, step);
	case STEP_AUTOPROBE_OFF:
		apply->has_traces = true;
		return plain_write(apply, step);
	case STEP_UNBIND: /* has functions of its own */
	case STEP_AUTOPROBE_RESTORE:
	case STEP_REMOVE_ID:
		break;
	}
	return plain_write(apply, step);
}

static int run_step(struct apply *apply, const struct plan_step *step)
{
	const char *device = apply->plan->facts->device->name;
	int r;

	ctx_step(apply->ctx, device, step_name(apply->plan, step), true);
	r = do_step(apply, step);
	ctx_step(apply->ctx, device, step_name(apply->plan, step), false);
	return r;
}

bool apply_has_unbind(const struct apply *apply)
{
	for (size_t i = 0; i < apply->plan->n_steps; i++)
		if (apply->plan->steps[i].kind == STEP_UNBIND)
			return true;
	return false;
}

/* Whether a run that goes up to @end stops before @step. */
static bool is_beyond(const struct plan_step *step, enum apply_end end)
{
	switch (end) {
	case APPLY_UP_TO_UNBIND:
		return step->kind == STEP_UNBIND;
	case APPLY_UP_TO_BIND:
		return step->kind == STEP_REMOVE_ID || step->kind == STEP_ONLINE_MEMORY;
	case APPLY_ALL:
		break;
	}
	return false;
}

int apply_run(struct apply *apply, enum apply_end end)
{
	int r = 0;

	while (r == 0 && apply->next < apply->plan->n_steps &&
	       !is_beyond(&apply->plan->steps[apply->next], end))
		r = run_step(apply, &apply->plan->steps[apply->next++]);
	return r;
}

void apply_end(struct apply *apply)
{
	const char *device = apply->plan->facts->device->name;

	if (apply->unbind.pidfd >= 0)
		pending_end(apply->ctx, device, &apply->unbind);
	cleanup_close(&apply->bind_fd);
	cleanup_close(&apply->device_fd);
	apply->bind_fd = apply->device_fd = -1;
}
