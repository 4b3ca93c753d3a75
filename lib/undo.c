// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The way back. It does not replay the plan in reverse: it looks at what the device is now, and
 * brings it to what it was, whatever happened in between.
 */
#include <inttypes.h>
#include <string.h>

#include "apply.h"
#include "bystanders.h"
#include "page-map.h"
#include "pending.h"
#include "sysfs.h"
#include "undo.h"

/* What is so, and what to do about it, when a write of the way back fails. */
struct rest {
	const char *what;
	const char *hint;
};

static int rest_failed(struct daxfs_ctx *ctx, const char *device, const char *step,
		       const char *path, const struct rest *rest, int r)
{
	_cleanup_free_ char *shown = sysfs_path(ctx, path);

	return daxfs_fail(ctx, r,
			  &(struct failure){ .class = DAXFS_CLASS_NOT_RESTORED,
					     .id = "not-restored",
					     .device = device,
					     .step = step,
					     .path = shown,
					     .err = -r,
					     .hint = rest->hint },
			  "%s: %s: %s failed", device, rest->what, step);
}

static int undo_failed(struct daxfs_ctx *ctx, const char *device, const char *step,
		       const char *path, int r)
{
	static const struct rest rest = {
		.what = "while putting the old state back",
		.hint = "see the kernel's messages (dmesg), then switch the device to the mode it "
			"should have",
	};

	return rest_failed(ctx, device, step, path, &rest, r);
}

/* Writes bus/dax/@directory/@owner/@file; the name of the file is the step's. */
static int write_file(struct daxfs_ctx *ctx, const char *device, const char *directory,
		      const char *owner, const char *file, const char *value)
{
	char path[96];
	int r;

	snprintf(path, sizeof(path), "bus/dax/%s/%s/%s", directory, owner, file);
	ctx_step(ctx, device, file, true);
	r = sysfs_write(ctx, path, value);
	ctx_step(ctx, device, file, false);
	return r < 0 ? undo_failed(ctx, device, file, path, r) : 0;
}

static int write_driver_file(struct daxfs_ctx *ctx, const char *device, const char *driver,
			     const char *file)
{
	return write_file(ctx, device, "drivers", driver, file, device);
}

static int write_device_file(struct daxfs_ctx *ctx, const char *device, const char *file,
			     const char *value)
{
	return write_file(ctx, device, "devices", device, file, value);
}

static int write_device_number(struct daxfs_ctx *ctx, const char *device, const char *file,
			       uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return write_device_file(ctx, device, file, text);
}

bool undo_same_ranges(const struct daxfs_device *a, const struct daxfs_device *b)
{
	const struct daxfs_range *x, *y;
	size_t n, m;

	if (!daxfs_device_get_ranges(a, &x, &n) || !daxfs_device_get_ranges(b, &y, &m))
		return a->has_size && b->has_size && a->size == b->size;
	return ranges_equal(x, n, y, m);
}

/* Growing by size would take other memory: the lost ranges are asked for by address. */
static int restore_ranges(struct daxfs_ctx *ctx, const struct daxfs_device *old,
			  const struct daxfs_device *now)
{
	uint64_t keep;
	size_t i;
	int r;

	if (!old->has_ranges || !now->has_ranges)
		return undo_failed(ctx, old->name, "mapping", "bus/dax/devices", -EACCES);
	keep = ranges_prefix(old->ranges, old->n_mappings, now->ranges, now->n_mappings, &i);
	if (keep != now->size) {
		r = write_device_number(ctx, old->name, "size", keep);
		if (r < 0)
			return r;
	}
	for (; i < old->n_mappings; i++) {
		char text[48];

		snprintf(text, sizeof(text), "0x%" PRIx64 "-0x%" PRIx64, old->ranges[i].start,
			 old->ranges[i].end);
		r = write_device_file(ctx, old->name, "mapping", text);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Size and align; the device is bound to nothing. The smaller align is set around the resize. */
static int restore_layout(struct daxfs_ctx *ctx, const struct daxfs_device *old,
			  const struct daxfs_device *now)
{
	int r = 0;

	if (old->align < now->align)
		r = write_device_number(ctx, old->name, "align", old->align);
	if (r == 0 && !undo_same_ranges(old, now))
		r = restore_ranges(ctx, old, now);
	if (r == 0 && old->align > now->align)
		r = write_device_number(ctx, old->name, "align", old->align);
	return r;
}

static int unbind_now(struct daxfs_ctx *ctx, const struct undo *undo,
		      const struct daxfs_device *now)
{
	char path[96];
	int r;

	if (!now->driver)
		return 0;
	if (now->mode == DAXFS_MODE_SYSTEM_RAM) {
		ctx_step(ctx, now->name, "offline-memory", true);
		r = memory_offline(ctx, now, undo->block_size, 0);
		ctx_step(ctx, now->name, "offline-memory", false);
		if (r == 0)
			r = memory_require_offline(ctx, now, undo->block_size);
		if (r < 0)
			return r;
	}
	snprintf(path, sizeof(path), "bus/dax/drivers/%s/unbind", now->driver);
	ctx_step(ctx, now->name, "unbind", true);
	r = pending_write_file(ctx, now->name, path, now->name, ctx_deadline(ctx));
	ctx_step(ctx, now->name, "unbind", false);
	if (r == -ETIMEDOUT || r == -EINTR) {
		_cleanup_free_ char *shown = sysfs_path(ctx, path);

		return pending_fail_left(ctx, now->name, shown, r);
	}
	return r < 0 ? undo_failed(ctx, now->name, "unbind", path, r) : 0;
}

static int write_bind(struct daxfs_ctx *ctx, const struct daxfs_device *old)
{
	_cleanup_free_ char *shown = NULL;
	char path[96];
	int r;

	snprintf(path, sizeof(path), "bus/dax/drivers/%s/bind", old->driver);
	ctx_step(ctx, old->name, "bind", true);
	r = sysfs_write(ctx, path, old->name);
	ctx_step(ctx, old->name, "bind", false);
	if (r == 0)
		return 0;
	if (!page_map_is_left(old, old->driver, r))
		return undo_failed(ctx, old->name, "bind", path, r);
	shown = sysfs_path(ctx, path);
	return page_map_fail_left(ctx, old, shown, r);
}

/*
 * new_id binds at once, but hides a probe's error: so ask again if it did not. It also takes along
 * every disabled device that the driver takes by type: who was disabled is so afterwards.
 */
static int bind_by_id(struct daxfs_ctx *ctx, const struct undo *undo)
{
	_cleanup_free_ struct daxfs_device_id *unbound = NULL;
	const struct daxfs_device *old = undo->old;
	_cleanup_free_ char *driver = NULL;
	size_t n_unbound = 0;
	int r;

	/* Even if nobody can tell who is disabled, this device has to come back. */
	if (bystanders_list_unbound(ctx, &unbound, &n_unbound) < 0)
		error_clear(ctx);
	r = bystanders_check_way_back(ctx, old->name, old->driver);
	if (r == 0)
		r = write_driver_file(ctx, old->name, old->driver, "new_id");
	if (r == 0 && (apply_read_driver(ctx, old->name, &driver) < 0 || !driver ||
		       strcmp(driver, old->driver) != 0))
		r = write_bind(ctx, old);
	if (r < 0 || !unbound)
		return r;
	return bystanders_put_back(ctx, unbound, n_unbound, old->name, old->driver,
				   undo->block_size);
}

static int bind_old(struct daxfs_ctx *ctx, const struct undo *undo)
{
	if (!undo->old->driver)
		return 0;
	return undo->old_match != MATCH_YES ? bind_by_id(ctx, undo) : write_bind(ctx, undo->old);
}

/* Of @r, whose words are in @cause, and what was done after it, with @next: the first to fail. */
static int first_failure(struct daxfs_ctx *ctx, int r, struct daxfs_error *cause, int next)
{
	if (r == 0) {
		error_free(cause);
		return next;
	}
	error_free(ctx->error);
	ctx->error = cause;
	return r;
}

/*
 * With whatever layout it has, a device with a driver is better than one without. What kept the
 * layout from coming back stays the error.
 */
static int bind_anyhow(struct daxfs_ctx *ctx, const struct undo *undo, int r)
{
	struct daxfs_error *cause = TAKE_PTR(ctx->error);

	return first_failure(ctx, r, cause, bind_old(ctx, undo));
}

/* A signal or an error that comes once is no reason to leave a trace behind. */
static int write_twice(struct daxfs_ctx *ctx, const char *path, const char *value)
{
	int r = sysfs_write(ctx, path, value);

	return r < 0 && r != -ENOENT ? sysfs_write(ctx, path, value) : r;
}

static int trace_stays(struct daxfs_ctx *ctx, const char *device, const char *step,
		       const char *path, const char *what, int r)
{
	const struct rest rest = {
		.what = what,
		.hint = "see the kernel's messages (dmesg), then: daxfsctl recover",
	};

	return rest_failed(ctx, device, step, path, &rest, r);
}

/* A driver that is not there holds no id, and to remove one that is not there is no error. */
static int remove_id(struct daxfs_ctx *ctx, const char *device, const char *driver)
{
	char path[96], what[96];
	int r;

	snprintf(path, sizeof(path), "bus/dax/drivers/%s/remove_id", driver);
	r = write_twice(ctx, path, device);
	if (r == 0 || r == -ENOENT)
		return 0;
	snprintf(what, sizeof(what), "a switch is over, but %s may still have its id", driver);
	return trace_stays(ctx, device, "remove-id", path, what, r);
}

int undo_traces(struct daxfs_ctx *ctx, const struct undo *undo)
{
	static const char autoprobe[] = "bus/dax/drivers_autoprobe";
	const char *device = undo->old->name;
	int r = 0;

	if (undo->restore_autoprobe)
		r = write_twice(ctx, autoprobe, "1");
	if (r < 0)
		r = trace_stays(ctx, device, "autoprobe-restore", autoprobe,
				"a switch is over, but the bus binds no device by itself", r);
	for (size_t i = 0; i < N_DRIVERS; i++) {
		struct daxfs_error *cause = TAKE_PTR(ctx->error);

		r = first_failure(ctx, r, cause, remove_id(ctx, device, mode_drivers[i]));
	}
	if (undo->has_traces)
		return r;
	error_clear(ctx);
	return 0;
}

static bool same_driver(const struct daxfs_device *a, const struct daxfs_device *b)
{
	return a->driver && b->driver ? strcmp(a->driver, b->driver) == 0 : a->driver == b->driver;
}

static bool is_same(const struct daxfs_device *a, const struct daxfs_device *b)
{
	return same_driver(a, b) && undo_same_ranges(a, b) && a->align == b->align;
}

int undo_is_done(struct daxfs_ctx *ctx, const struct undo *undo, bool *ret_done,
		 struct daxfs_device **ret_now)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *now = NULL;
	int r;

	r = daxfs_device_new(ctx, undo->old->name, DAXFS_SECTION_MAPPINGS, &now);
	if (r < 0)
		return r;
	*ret_done = is_same(undo->old, now);
	if (ret_now)
		*ret_now = TAKE_PTR(now);
	return 0;
}

static int verify(struct daxfs_ctx *ctx, const struct undo *undo)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *now = NULL;
	const struct daxfs_device *old = undo->old;
	bool done;
	int r;

	r = undo_is_done(ctx, undo, &done, &now);
	if (r < 0 || done)
		return r;
	return daxfs_fail(
		ctx, -EIO,
		&(struct failure){
			.class = DAXFS_CLASS_NOT_RESTORED,
			.id = "not-restored",
			.device = old->name,
			.hint = "see the kernel's messages (dmesg), then: daxfsctl recover" },
		"%s: was to be bound to %s with size %" PRIu64 " again, but is bound to %s "
		"with size %" PRIu64,
		old->name, old->driver ? old->driver : "nothing", old->size,
		now->driver ? now->driver : "nothing", now->size);
}

/* Layout and driver of a device that is bound to nothing now. */
static int rebuild(struct daxfs_ctx *ctx, const struct undo *undo, const struct daxfs_device *now)
{
	int r = restore_layout(ctx, undo->old, now);

	return r < 0 ? bind_anyhow(ctx, undo, r) : bind_old(ctx, undo);
}

int undo_switch(struct daxfs_ctx *ctx, const struct undo *undo)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *now = NULL;
	struct undo traces = *undo;
	struct daxfs_error *cause;
	bool done = false;
	int r;

	if (undo->restore_autoprobe)
		sysfs_write(ctx, "bus/dax/drivers_autoprobe", "1");
	r = undo_is_done(ctx, undo, &done, &now);
	if (r < 0)
		return r;
	if (!done) {
		traces.has_traces |= undo->old_match != MATCH_YES; /* it is bound by its id */
		r = unbind_now(ctx, undo, now);
		if (r == 0)
			r = rebuild(ctx, undo, now);
	}
	if (r == 0 && undo->n_blocks)
		r = memory_restore(ctx, undo->old, undo->block_size, undo->blocks, undo->n_blocks);
	if (r == 0)
		r = verify(ctx, undo);
	cause = TAKE_PTR(ctx->error);
	return first_failure(ctx, r, cause, undo_traces(ctx, &traces));
}

struct undo undo_of_plan(const struct daxfs_plan *plan)
{
	const struct facts *facts = plan->facts;
	const struct daxfs_device *old = facts->device;
	struct undo undo = {
		.old = old,
		.old_match = old->driver ? facts_match(facts, old->driver, old->kind) : MATCH_NO,
		.block_size = facts->block_size,
		.blocks = facts->blocks,
		.n_blocks = facts->n_blocks,
	};

	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].kind == STEP_AUTOPROBE_RESTORE)
			undo.restore_autoprobe = true;
	return undo;
}
