// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The way back. It does not replay the plan in reverse: it looks at what the device is now, and
 * brings it to what it was, whatever happened in between.
 */
#include <inttypes.h>
#include <string.h>

#include "apply.h"
#include "sysfs.h"

static int undo_failed(struct daxfs_ctx *ctx, const char *device, const char *step,
		       const char *path, int r)
{
	_cleanup_free_ char *shown = sysfs_path(ctx, path);

	return daxfs_fail(
		ctx, r,
		&(struct failure){ .class = DAXFS_CLASS_NOT_RESTORED,
				   .id = "not-restored",
				   .device = device,
				   .step = step,
				   .path = shown,
				   .err = -r,
				   .hint = "see the kernel's messages (dmesg), then switch "
					   "the device to the mode it should have" },
		"%s: while putting the old state back: %s failed", device, step);
}

static int write_driver_file(struct daxfs_ctx *ctx, const char *device, const char *driver,
			     const char *file)
{
	char path[96];
	int r;

	snprintf(path, sizeof(path), "bus/dax/drivers/%s/%s", driver, file);
	r = sysfs_write(ctx, path, device);
	return r < 0 ? undo_failed(ctx, device, file, path, r) : 0;
}

static int write_device_file(struct daxfs_ctx *ctx, const char *device, const char *file,
			     const char *value)
{
	char path[96];
	int r;

	snprintf(path, sizeof(path), "bus/dax/devices/%s/%s", device, file);
	r = sysfs_write(ctx, path, value);
	return r < 0 ? undo_failed(ctx, device, file, path, r) : 0;
}

static int write_device_number(struct daxfs_ctx *ctx, const char *device, const char *file,
			       uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	return write_device_file(ctx, device, file, text);
}

static bool same_ranges(const struct daxfs_device *a, const struct daxfs_device *b)
{
	const struct daxfs_range *x, *y;
	size_t n, m;

	if (!daxfs_device_get_ranges(a, &x, &n) || !daxfs_device_get_ranges(b, &y, &m))
		return a->has_size && b->has_size && a->size == b->size;
	if (n != m)
		return false;
	for (size_t i = 0; i < n; i++)
		if (x[i].start != y[i].start || x[i].end != y[i].end)
			return false;
	return true;
}

/*
 * How many bytes to keep so that what is left of @now is a prefix of @old in whole ranges of
 * @old; *ret_index is the first range of @old that is missing then.
 */
static uint64_t common_prefix(const struct daxfs_device *old, const struct daxfs_device *now,
			      size_t *ret_index)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < old->n_mappings && i < now->n_mappings; i++) {
		if (now->ranges[i].start != old->ranges[i].start ||
		    now->ranges[i].end < old->ranges[i].end)
			break;
		bytes += range_length(&old->ranges[i]);
		/* One that was extended is cut back; what follows it now is not what followed. */
		if (now->ranges[i].end != old->ranges[i].end) {
			i++;
			break;
		}
	}
	*ret_index = i;
	return bytes;
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
	keep = common_prefix(old, now, &i);
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
	if (r == 0 && !same_ranges(old, now))
		r = restore_ranges(ctx, old, now);
	if (r == 0 && old->align > now->align)
		r = write_device_number(ctx, old->name, "align", old->align);
	return r;
}

static int unbind_now(struct daxfs_ctx *ctx, const struct daxfs_plan *plan,
		      const struct daxfs_device *now)
{
	int r;

	if (!now->driver)
		return 0;
	if (now->mode == DAXFS_MODE_SYSTEM_RAM) {
		r = memory_offline(ctx, now, plan->facts->block_size);
		if (r == 0)
			r = memory_require_offline(ctx, now, plan->facts->block_size);
		if (r < 0)
			return r;
	}
	return write_driver_file(ctx, now->name, now->driver, "unbind");
}

static int bind_old(struct daxfs_ctx *ctx, const struct daxfs_plan *plan)
{
	const struct daxfs_device *old = plan->facts->device;
	_cleanup_free_ char *driver = NULL;
	int r;

	if (!old->driver)
		return 0;
	if (facts_match(plan->facts, old->driver, old->kind) != MATCH_YES) {
		/* This binds at once, but hides a probe's error: so ask again if it did not. */
		r = write_driver_file(ctx, old->name, old->driver, "new_id");
		if (r < 0)
			return r;
		if (apply_read_driver(ctx, old->name, &driver) == 0 && driver &&
		    strcmp(driver, old->driver) == 0)
			return 0;
	}
	return write_driver_file(ctx, old->name, old->driver, "bind");
}

static void remove_ids(struct daxfs_ctx *ctx, const struct daxfs_plan *plan)
{
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];

		/* A driver that is not there (its module did not load) holds no id. */
		if (step->kind == STEP_REMOVE_ID)
			sysfs_write(ctx, step->path, step->value);
	}
}

static void restore_autoprobe(struct daxfs_ctx *ctx, const struct daxfs_plan *plan)
{
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];

		if (step->kind == STEP_AUTOPROBE_RESTORE)
			sysfs_write(ctx, step->path, step->value);
	}
}

static int read_device(struct daxfs_ctx *ctx, const char *name, struct daxfs_device **ret_device)
{
	return daxfs_device_new(ctx, name, DAXFS_SECTION_MAPPINGS, ret_device);
}

static bool same_driver(const struct daxfs_device *a, const struct daxfs_device *b)
{
	return a->driver && b->driver ? strcmp(a->driver, b->driver) == 0 : a->driver == b->driver;
}

static int verify(struct daxfs_ctx *ctx, const struct daxfs_plan *plan)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *now = NULL;
	const struct daxfs_device *old = plan->facts->device;
	int r;

	r = read_device(ctx, old->name, &now);
	if (r < 0)
		return r;
	if (same_driver(old, now) && same_ranges(old, now) && old->align == now->align)
		return 0;
	return daxfs_fail(ctx, -EIO,
			  &(struct failure){ .class = DAXFS_CLASS_NOT_RESTORED,
					     .id = "not-restored",
					     .device = old->name,
					     .hint = "see the kernel's messages (dmesg)" },
			  "%s: was to be bound to %s with size %" PRIu64
			  " again, but is bound to %s "
			  "with size %" PRIu64,
			  old->name, old->driver ? old->driver : "nothing", old->size,
			  now->driver ? now->driver : "nothing", now->size);
}

/*
 * With whatever layout it has, a device with a driver is better than one without. What kept the
 * layout from coming back stays the error.
 */
static int bind_anyhow(struct daxfs_ctx *ctx, const struct daxfs_plan *plan, int r)
{
	struct daxfs_error *cause = TAKE_PTR(ctx->error);

	bind_old(ctx, plan);
	error_free(ctx->error);
	ctx->error = cause;
	return r;
}

int rollback_plan(struct daxfs_ctx *ctx, const struct daxfs_plan *plan)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *now = NULL;
	const struct facts *facts = plan->facts;
	const struct daxfs_device *old = facts->device;
	int r;

	restore_autoprobe(ctx, plan);
	r = read_device(ctx, old->name, &now);
	if (r < 0)
		return r;
	if (!same_driver(old, now) || !same_ranges(old, now) || old->align != now->align) {
		r = unbind_now(ctx, plan, now);
		if (r == 0)
			r = restore_layout(ctx, old, now);
		r = r < 0 ? bind_anyhow(ctx, plan, r) : bind_old(ctx, plan);
	}
	remove_ids(ctx, plan);
	if (r == 0 && facts->has_blocks)
		r = memory_restore(ctx, old, facts->block_size, facts->blocks, facts->n_blocks);
	return r < 0 ? r : verify(ctx, plan);
}
