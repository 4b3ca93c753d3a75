// SPDX-License-Identifier: LGPL-2.1-or-later
/* A place in a device: found, poisoned, cleared. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "check.h"
#include "device.h"
#include "file-error.h"
#include "lock.h"
#include "poison-method.h"
#include "request.h"
#include "users.h"

DEFINE_CLEANUP(struct daxfs_spot *, daxfs_spot_free)

#define DEFAULT_LOCK_TIMEOUT_MS (10 * 1000)

/* ---- requests */

DAXFS_EXPORT int daxfs_poison_request_new(struct daxfs_poison_request **ret_request)
{
	struct daxfs_poison_request *request = calloc(1, sizeof(*request));

	if (!request)
		return -ENOMEM;
	request->lock_timeout_ms = DEFAULT_LOCK_TIMEOUT_MS;
	*ret_request = request;
	return 0;
}

DAXFS_EXPORT struct daxfs_poison_request *
daxfs_poison_request_free(struct daxfs_poison_request *request)
{
	free(request);
	return NULL;
}

DAXFS_EXPORT void daxfs_poison_request_set_place(struct daxfs_poison_request *request,
						 enum daxfs_place place, uint64_t value,
						 uint64_t length_bytes)
{
	request->place = place;
	request->value = value;
	request->length = length_bytes;
}

DAXFS_EXPORT void daxfs_poison_request_set_method(struct daxfs_poison_request *request,
						  enum daxfs_poison_method method)
{
	request->method = method;
}

DAXFS_EXPORT void daxfs_poison_request_set_exact(struct daxfs_poison_request *request, bool exact)
{
	request->exact = exact;
}

DAXFS_EXPORT void daxfs_poison_request_set_force(struct daxfs_poison_request *request, bool force)
{
	request->force = force;
}

DAXFS_EXPORT void daxfs_poison_request_set_lock_timeout(struct daxfs_poison_request *request,
							unsigned int timeout_ms)
{
	request->lock_timeout_ms = timeout_ms;
}

/* ---- the place */

DAXFS_EXPORT struct daxfs_spot *daxfs_spot_free(struct daxfs_spot *spot)
{
	if (!spot)
		return NULL;
	facts_free(spot->facts);
	free(spot->targets);
	daxfs_free_names(spot->notes);
	nvdimm_free(spot->nvdimm);
	free(spot);
	return NULL;
}

int spot_add_note(struct daxfs_spot *spot, const char *format, ...)
{
	char **notes = reallocarray(spot->notes, spot->n_notes + 2, sizeof(*notes));
	va_list args;
	int n;

	if (!notes)
		return -ENOMEM;
	spot->notes = notes;
	notes[spot->n_notes + 1] = NULL;
	va_start(args, format);
	n = vasprintf(&notes[spot->n_notes], format, args);
	va_end(args);
	if (n < 0) {
		notes[spot->n_notes] = NULL;
		return -ENOMEM;
	}
	spot->n_notes++;
	return 0;
}

static int refuse_users(struct daxfs_ctx *ctx, const struct daxfs_device *device)
{
	_cleanup_free_ char *who = users_describe(device->users, device->n_users);

	return daxfs_fail(ctx, -EBUSY,
			  &(struct failure){ .class = DAXFS_CLASS_BUSY,
					     .id = "in-use",
					     .device = device->name,
					     .override = "--force",
					     .hint = "--force poisons it all the same: who touches "
						     "that page is killed",
					     .users = device->users,
					     .n_users = device->n_users },
			  "%s: in use by %s", device->name, who ? who : "?");
}

/* What poison would do to whom. To clear it does good to everybody. */
static int check_harm(struct daxfs_ctx *ctx, const struct daxfs_spot *spot)
{
	const struct daxfs_device *device = spot->facts->device;

	if (spot->clears || spot->force)
		return 0;
	if (device->mode == DAXFS_MODE_SYSTEM_RAM || device->state == DAXFS_STATE_STRANDED)
		return daxfs_fail(
			ctx, -EBUSY,
			&(struct failure){ .class = DAXFS_CLASS_BUSY,
					   .id = "system-ram",
					   .device = device->name,
					   .override = "--force",
					   .hint = "it may kill any process, or the machine; "
						   "switch the device to another mode first" },
			"%s: is system-ram: its pages may be anybody's, the kernel's too",
			device->name);
	if (device->n_users > 0)
		return refuse_users(ctx, device);
	return 0;
}

/* Where it cannot be told for sure what lies at an offset, nothing may be poisoned there. */
static int check_sound(struct daxfs_ctx *ctx, const struct facts *facts)
{
	const struct check_goal goal = { .mode = DAXFS_MODE_NONE };

	return check_require_sound(ctx, facts, &goal);
}

static int check_ranges_known(struct daxfs_ctx *ctx, const struct daxfs_device *device)
{
	if (device->has_size && device->size == 0)
		return daxfs_fail(ctx, -ENXIO,
				  &(struct failure){ .class = DAXFS_CLASS_INVALID,
						     .id = "empty-device",
						     .device = device->name },
				  "%s: is of size 0", device->name);
	if (device->has_ranges)
		return 0;
	if (device->ranges_err && device->ranges_err != EACCES && device->ranges_err != EPERM)
		return device_fail_ranges(ctx, device);
	return daxfs_fail(ctx, -EACCES,
			  &(struct failure){ .class = DAXFS_CLASS_PERMISSION,
					     .id = "not-permitted",
					     .device = device->name,
					     .hint = "run as root" },
			  "%s: only root may know where the device lies", device->name);
}

/* The namespace or the region behind it. What of it is not known, no method of theirs can use. */
static int gather_backing(struct daxfs_ctx *ctx, struct daxfs_spot *spot)
{
	struct daxfs_device *device = spot->facts->device;
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	r = device_open(ctx, device->name, &fd, &path);
	if (r == 0)
		r = backing_read(ctx, fd, device);
	if (r < 0 || !device->cxl_region)
		return r;
	r = cxl_read_layout(ctx, fd, device->cxl_region, &spot->layout);
	return r == -ENOMEM ? r : 0;
}

static int gather(struct daxfs_ctx *ctx, const char *device_name, struct daxfs_spot *spot)
{
	const struct daxfs_request nothing = {};
	int r;

	r = facts_gather(ctx, device_name, &nothing, &spot->facts);
	if (r == 0)
		r = check_ranges_known(ctx, spot->facts->device);
	if (r == 0)
		r = check_gather(ctx, spot->facts, DAXFS_MODE_NONE, false);
	if (r == 0)
		r = check_sound(ctx, spot->facts);
	if (r == 0)
		r = gather_backing(ctx, spot);
	if (r < 0 || ctx->recorded || spot->force || spot->clears)
		return r;
	r = users_read(ctx, spot->facts->device, true);
	if (r < 0 && r != -ELIBACC)
		return daxfs_fail(ctx, r,
				  &(struct failure){ .id = "read-failed",
						     .device = device_name,
						     .path = file_error_path(r),
						     .err = -r },
				  "%s: cannot look for who uses it", device_name);
	return r;
}

/*
 * Memory that clears itself does not make the kernel forget that it took the page for broken. Nobody
 * is to be told that it is well then, unless he asked for this method by name.
 */
static int check_record(struct daxfs_ctx *ctx, enum daxfs_poison_method wanted,
			struct daxfs_spot *spot)
{
	_cleanup_(poison_record_done) struct poison_record record = {};
	const struct daxfs_device *device = spot->facts->device;
	bool is_recorded = false;
	int r;

	if (!spot->clears || poison_method(spot->method)->is_recorded || ctx->recorded)
		return 0;
	r = poison_record_read(ctx, &record);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; i < spot->n_targets; i++)
		is_recorded |= poison_record_has(&record, spot->targets[i].address,
						 spot->targets[i].length);
	if (!is_recorded)
		return 0;
	if (wanted == DAXFS_POISON_AUTO)
		return poison_refuse_clear(ctx, device);
	return spot_add_note(spot,
			     "%s: the kernel goes on to take a page there for poisoned, by an "
			     "injection that is on record",
			     device->name);
}

DAXFS_EXPORT int daxfs_spot_new(struct daxfs_ctx *ctx, const char *device_name,
				const struct daxfs_poison_request *request, bool clears,
				struct daxfs_spot **ret_spot)
{
	_cleanup_(daxfs_spot_freep) struct daxfs_spot *spot = calloc(1, sizeof(*spot));
	int r;

	if (!spot)
		return -ENOMEM;
	error_clear(ctx);
	spot->clears = clears;
	spot->force = request->force;
	spot->lock_timeout_ms = request->lock_timeout_ms;
	r = gather(ctx, device_name, spot);
	if (r == 0)
		r = poison_choose(ctx, request->method, spot);
	if (r == 0)
		r = spot_resolve(ctx, request, spot);
	if (r == 0)
		r = check_record(ctx, request->method, spot);
	if (r == 0)
		r = check_harm(ctx, spot);
	if (r == 0 && !ctx->recorded)
		r = poison_check(ctx, request->method, spot);
	if (r < 0)
		return r;
	*ret_spot = TAKE_PTR(spot);
	return 0;
}

/* ---- under the lock */

static int fail_meanwhile(struct daxfs_ctx *ctx, const char *device)
{
	return daxfs_fail(ctx, -EBUSY,
			  &(struct failure){ .class = DAXFS_CLASS_BUSY,
					     .id = "changed-meanwhile",
					     .device = device,
					     .hint = "look at it again, and try again" },
			  "%s: its driver or its ranges changed since they were looked at", device);
}

static int fail_journal(struct daxfs_ctx *ctx, const struct daxfs_device *device)
{
	return daxfs_fail(ctx, -EBUSY,
			  &(struct failure){ .class = DAXFS_CLASS_BUSY,
					     .id = "pending",
					     .device = device->name,
					     .hint = "daxfsctl recover" },
			  "%s: there is a journal of a switch (%s)", device->name, device->journal);
}

/* A switch in the meantime could have made anything of that memory, RAM included. */
static int look_again(struct daxfs_ctx *ctx, const struct daxfs_device *before)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *now = NULL;
	int r;

	r = daxfs_device_new(ctx, before->name, DAXFS_SECTION_DETAIL | DAXFS_SECTION_MAPPINGS,
			     &now);
	if (r < 0)
		return r;
	/* One that is held by `daxfsctl run` is in the mode that it is to be in. */
	if (now->journal && strcmp(now->journal, "active") != 0)
		return fail_journal(ctx, now);
	if (now->mode != before->mode || !now->has_ranges || now->n_mappings != before->n_mappings)
		return fail_meanwhile(ctx, before->name);
	for (size_t i = 0; i < now->n_mappings; i++)
		if (now->ranges[i].start != before->ranges[i].start ||
		    now->ranges[i].end != before->ranges[i].end)
			return fail_meanwhile(ctx, before->name);
	return 0;
}

static const char *hint_for(const struct daxfs_spot *spot, int r)
{
	bool is_page = poison_method(spot->method)->needs_counters;

	if (is_page && r == -ENXIO)
		return "the kernel has no page there: is the device enabled?";
	/* See unpoison_memory() in the kernel's mm/memory-failure.c. */
	if (is_page && spot->clears && r == -EOPNOTSUPP)
		return "after a memory failure of the hardware the kernel takes none back";
	return "the kernel's messages (dmesg) may say why";
}

static int fail_injection(struct daxfs_ctx *ctx, const struct daxfs_spot *spot,
			  const struct daxfs_target *target, uint64_t done, int r)
{
	bool is_page = poison_method(spot->method)->needs_counters;
	const char *device = spot->facts->device->name;

	/* EBUSY and EIO are answers of the method; another errno has the exit status it always has. */
	return daxfs_fail(ctx, r < 0 ? r : -EIO,
			  &(struct failure){ .class = r < 0 && r != -EBUSY && r != -EIO
							      ? DAXFS_CLASS_OK
							      : DAXFS_CLASS_FAILED,
					     .id = spot->clears ? "not-cleared" : "not-injected",
					     .device = device,
					     .step = spot->clears ? "clear" : "inject",
					     .path = file_error_path(r),
					     .err = r < 0 ? -r : 0,
					     .hint = hint_for(spot, r) },
			  "%s: the %s at offset 0x%" PRIx64 " was not %s%s", device,
			  is_page ? "page" : "place", target->offset + done,
			  spot->clears ? "cleared" : "poisoned",
			  r < 0 || spot->clears ? "" : ": no counter of memory failures moved");
}

/* One unit. The kernel's answer may be an error though the page is poisoned: the counters tell. */
static int inject_unit(struct daxfs_ctx *ctx, struct daxfs_spot *spot,
		       const struct daxfs_target *target, uint64_t done)
{
	const struct poison_method *method = poison_method(spot->method);
	struct daxfs_failures before = spot->after;
	int answer, r;

	answer = method->inject(ctx, spot, target, done);
	if (!method->needs_counters)
		return answer < 0 ? fail_injection(ctx, spot, target, done, answer) : 0;
	r = counters_read(ctx, &spot->after);
	if (r < 0)
		return r;
	if (!counters_moved(&before, &spot->after))
		return fail_injection(ctx, spot, target, done, answer);
	spot->has_recovered = true;
	spot->recovered =
		spot->recovered &&
		(spot->after.has_nodes ? spot->after.recovered > before.recovered : answer == 0);
	return 0;
}

static int clear_unit(struct daxfs_ctx *ctx, struct daxfs_spot *spot,
		      const struct daxfs_target *target, uint64_t done)
{
	int r = poison_method(spot->method)->clear(ctx, spot, target, done);

	return r < 0 ? fail_injection(ctx, spot, target, done, r) : 0;
}

/* First on file, then in memory: what is on file too much does no harm. */
static int note_target(struct daxfs_ctx *ctx, const struct daxfs_spot *spot,
		       const struct daxfs_target *target)
{
	struct poison_entry entry = { .address = target->address,
				      .length = target->length,
				      .method = spot->method };

	snprintf(entry.device, sizeof(entry.device), "%s", spot->facts->device->name);
	return poison_record_note(ctx, &entry);
}

/* Takes what is from byte @done of @target on from the record again, or all of it after a clear. */
static int forget_target(struct daxfs_ctx *ctx, const struct daxfs_target *target, uint64_t from,
			 uint64_t to)
{
	const struct daxfs_range range = { .start = target->address + from,
					   .end = target->address + to - 1 };

	return from < to ? poison_record_forget(ctx, &range, 1) : 0;
}

static int run_target(struct daxfs_ctx *ctx, struct daxfs_spot *spot,
		      const struct daxfs_target *target)
{
	bool is_recorded = poison_method(spot->method)->is_recorded;
	uint64_t done = 0;
	int r = 0;

	if (is_recorded && !spot->clears)
		r = note_target(ctx, spot, target);
	for (; r == 0 && done < target->length; done += spot->unit) {
		r = spot->clears ? clear_unit(ctx, spot, target, done)
				 : inject_unit(ctx, spot, target, done);
		if (r < 0)
			break;
		spot->n_done++;
	}
	if (!is_recorded)
		return r;
	if (spot->clears)
		forget_target(ctx, target, 0, done);
	else if (r < 0) {
		_cleanup_(error_freep) struct daxfs_error *error = error_take(ctx, r);

		/* What it failed of is what is to be told. */
		forget_target(ctx, target, done, target->length);
		error_clear(ctx);
		ctx->error = TAKE_PTR(error);
	}
	return r;
}

static int run(struct daxfs_ctx *ctx, struct daxfs_spot *spot)
{
	const struct poison_method *method = poison_method(spot->method);
	int r = 0;

	if (method->prepare)
		r = method->prepare(ctx, spot);
	if (r == 0 && method->needs_counters) {
		r = counters_read(ctx, &spot->before);
		spot->has_counters = r == 0;
		spot->after = spot->before;
	}
	spot->recovered = true;
	for (size_t i = 0; i < spot->n_targets && r == 0; i++)
		r = run_target(ctx, spot, &spot->targets[i]);
	if (spot->clears && spot->has_counters)
		counters_read(ctx, &spot->after); /* evidence only: the answers have decided */
	return r;
}

DAXFS_EXPORT int daxfs_spot_run(struct daxfs_ctx *ctx, struct daxfs_spot *spot)
{
	_cleanup_close_ int lock = -1;
	int r;

	error_clear(ctx);
	if (ctx->recorded)
		return daxfs_fail(ctx, -EROFS,
				  &(struct failure){ .class = DAXFS_CLASS_INVALID,
						     .id = "recorded-tree",
						     .device = spot->facts->device->name,
						     .hint = "--dry-run shows what would be hit" },
				  "%s: a recorded tree cannot be changed",
				  spot->facts->device->name);
	r = lock_bus(ctx, spot->lock_timeout_ms, &lock);
	if (r == 0)
		r = look_again(ctx, spot->facts->device);
	return r == 0 ? run(ctx, spot) : r;
}

/* ---- what there is to tell */

DAXFS_EXPORT struct daxfs_device *daxfs_spot_get_device(const struct daxfs_spot *spot)
{
	return spot->facts->device;
}

DAXFS_EXPORT enum daxfs_poison_method daxfs_spot_get_method(const struct daxfs_spot *spot)
{
	return spot->method;
}

DAXFS_EXPORT size_t daxfs_spot_get_targets(const struct daxfs_spot *spot,
					   const struct daxfs_target **ret_targets)
{
	*ret_targets = spot->targets;
	return spot->n_targets;
}

DAXFS_EXPORT const char *daxfs_spot_get_note(const struct daxfs_spot *spot, size_t index)
{
	return index < spot->n_notes ? spot->notes[index] : NULL;
}

DAXFS_EXPORT uint64_t daxfs_spot_get_n_done(const struct daxfs_spot *spot)
{
	return spot->n_done;
}

DAXFS_EXPORT bool daxfs_spot_get_recovered(const struct daxfs_spot *spot, bool *ret_recovered)
{
	if (spot->has_recovered)
		*ret_recovered = spot->recovered;
	return spot->has_recovered;
}

DAXFS_EXPORT bool daxfs_spot_get_failures(const struct daxfs_spot *spot,
					  struct daxfs_failures *ret_before,
					  struct daxfs_failures *ret_after)
{
	if (!spot->has_counters)
		return false;
	*ret_before = spot->before;
	*ret_after = spot->after;
	return true;
}
