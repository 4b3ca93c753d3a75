// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "check-facts.h"
#include "device.h"

static const char *const step_names[] = {
	[STEP_AUTOPROBE_OFF] = "autoprobe-off",
	[STEP_LOAD_MODULE] = "load-module",
	[STEP_AUTOPROBE_RESTORE] = "autoprobe-restore",
	[STEP_OFFLINE_MEMORY] = "offline-memory",
	[STEP_NEW_ID] = "new-id",
	[STEP_UNBIND] = "unbind",
	[STEP_SIZE] = "size",
	[STEP_MAPPING] = "mapping",
	[STEP_ALIGN] = "align",
	[STEP_BIND] = "bind",
	[STEP_REMOVE_ID] = "remove-id",
	[STEP_ONLINE_MEMORY] = "online-memory",
	[STEP_DELETE] = "delete",
};

DAXFS_EXPORT struct daxfs_plan *daxfs_plan_free(struct daxfs_plan *plan)
{
	if (!plan)
		return NULL;
	for (size_t i = 0; i < plan->n_steps; i++) {
		free(plan->steps[i].path);
		free(plan->steps[i].shown);
		free(plan->steps[i].value);
	}
	free(plan->steps);
	free(plan->ranges);
	daxfs_free_names(plan->notes);
	facts_free(plan->facts);
	free(plan);
	return NULL;
}

int plan_add_note(struct daxfs_plan *plan, const char *format, ...)
{
	char **notes;
	va_list args;
	int n;

	notes = reallocarray(plan->notes, plan->n_notes + 2, sizeof(*notes));
	if (!notes)
		return -ENOMEM;
	plan->notes = notes;
	notes[plan->n_notes + 1] = NULL;
	va_start(args, format);
	n = vasprintf(&notes[plan->n_notes], format, args);
	va_end(args);
	if (n < 0) {
		notes[plan->n_notes] = NULL;
		return -ENOMEM;
	}
	plan->n_notes++;
	return 0;
}

int plan_add_step(struct daxfs_ctx *ctx, struct daxfs_plan *plan, enum step_kind kind,
		  const char *value, const char *format, ...)
{
	struct plan_step *step;
	va_list args;
	int n;

	step = reallocarray(plan->steps, plan->n_steps + 1, sizeof(*step));
	if (!step)
		return -ENOMEM;
	plan->steps = step;
	step += plan->n_steps++;
	*step = (struct plan_step){ .kind = kind, .value = strdup(value) };
	if (!step->value)
		return -ENOMEM;
	if (!format)
		return 0;
	va_start(args, format);
	n = vasprintf(&step->path, format, args);
	va_end(args);
	if (n < 0) {
		step->path = NULL;
		return -ENOMEM;
	}
	if (asprintf(&step->shown, "%s/%s", ctx->sysfs_root, step->path) < 0) {
		step->shown = NULL;
		return -ENOMEM;
	}
	return 0;
}

static int add_load_steps(struct daxfs_ctx *ctx, struct daxfs_plan *plan)
{
	static const char autoprobe[] = "bus/dax/drivers_autoprobe";
	const struct facts *facts = plan->facts;
	int r;

	if (facts_driver_present(facts, daxfs_mode_get_driver(plan->mode)))
		return 0;
	if (facts->autoprobe) {
		r = plan_add_step(ctx, plan, STEP_AUTOPROBE_OFF, "0", autoprobe);
		if (r < 0)
			return r;
	}
	r = plan_add_step(ctx, plan, STEP_LOAD_MODULE, mode_module(plan->mode), NULL);
	if (r < 0 || !facts->autoprobe)
		return r;
	return plan_add_step(ctx, plan, STEP_AUTOPROBE_RESTORE, "1", autoprobe);
}

/*
 * An id of another device that somebody left with the driver would bind that device too: new_id
 * makes the driver look at all of them. Without such an id the removal does nothing.
 */
static int add_new_id_steps(struct daxfs_ctx *ctx, struct daxfs_plan *plan, const char *driver)
{
	const struct facts *facts = plan->facts;

	for (size_t i = 0; i < facts->n_neighbours && !plan->allows_capture; i++) {
		int r = plan_add_step(ctx, plan, STEP_REMOVE_ID, facts->neighbours[i].name,
				      "bus/dax/drivers/%s/remove_id", driver);

		if (r < 0)
			return r;
	}
	return plan_add_step(ctx, plan, STEP_NEW_ID, facts->device->name,
			     "bus/dax/drivers/%s/new_id", driver);
}

/*
 * Of an unbound device, new_id binds at once: it has to come after size and align, and in place of
 * bind. See do_id_store() in drivers/dax/bus.c.
 */
static int add_bind_unbound_steps(struct daxfs_ctx *ctx, struct daxfs_plan *plan,
				  const char *driver)
{
	const struct daxfs_device *device = plan->facts->device;
	bool by_type = facts_match(plan->facts, driver, device->kind) == MATCH_YES;
	int r;

	r = plan_add_resize_steps(ctx, plan);
	if (r < 0)
		return r;
	if (!by_type)
		return add_new_id_steps(ctx, plan, driver);
	return plan_add_step(ctx, plan, STEP_BIND, device->name, "bus/dax/drivers/%s/bind", driver);
}

static int add_offline_step(struct daxfs_ctx *ctx, struct daxfs_plan *plan)
{
	const struct facts *facts = plan->facts;

	if (facts->device->mode != DAXFS_MODE_SYSTEM_RAM || !facts->has_blocks ||
	    !plan_count_online(facts))
		return 0;
	return plan_add_step(ctx, plan, STEP_OFFLINE_MEMORY, "offline", "devices/system/memory");
}

static int add_unbind_step(struct daxfs_ctx *ctx, struct daxfs_plan *plan)
{
	const struct daxfs_device *device = plan->facts->device;

	return plan_add_step(ctx, plan, STEP_UNBIND, device->name, "bus/dax/drivers/%s/unbind",
			     device->driver);
}

static int add_disable_steps(struct daxfs_ctx *ctx, struct daxfs_plan *plan)
{
	int r;

	r = add_offline_step(ctx, plan);
	if (r == 0)
		r = add_unbind_step(ctx, plan);
	return r < 0 ? r : plan_add_resize_steps(ctx, plan);
}

static int add_driver_steps(struct daxfs_ctx *ctx, struct daxfs_plan *plan)
{
	const struct facts *facts = plan->facts;
	const struct daxfs_device *device = facts->device;
	const char *driver = daxfs_mode_get_driver(plan->mode);
	int r;

	r = add_load_steps(ctx, plan);
	if (r == 0)
		r = add_offline_step(ctx, plan);
	if (r < 0)
		return r;
	if (!device->driver)
		return add_bind_unbound_steps(ctx, plan, driver);
	if (facts_match(facts, driver, device->kind) != MATCH_YES) {
		r = add_new_id_steps(ctx, plan, driver);
		if (r < 0)
			return r;
	}
	r = add_unbind_step(ctx, plan);
	if (r == 0)
		r = plan_add_resize_steps(ctx, plan);
	if (r < 0)
		return r;
	return plan_add_step(ctx, plan, STEP_BIND, device->name, "bus/dax/drivers/%s/bind", driver);
}

/* A left id is a trap: the next new_id to that driver would bind the device if it is disabled. */
static int add_remove_id_steps(struct daxfs_ctx *ctx, struct daxfs_plan *plan)
{
	const char *target = daxfs_mode_get_driver(plan->mode);

	for (size_t i = 0; i < N_DRIVERS; i++) {
		int r;

		if (!plan->facts->driver_present[i] &&
		    !(target && strcmp(mode_drivers[i], target) == 0))
			continue;
		r = plan_add_step(ctx, plan, STEP_REMOVE_ID, plan->facts->device->name,
				  "bus/dax/drivers/%s/remove_id", mode_drivers[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The region's file, by the place of the device where that is known. */
static int add_delete_step(struct daxfs_ctx *ctx, struct daxfs_plan *plan)
{
	const struct daxfs_device *device = plan->facts->device;
	const char *slash = device->path ? strrchr(device->path, '/') : NULL;

	if (!slash)
		return plan_add_step(ctx, plan, STEP_DELETE, device->name,
				     "bus/dax/devices/%s/../dax_region/delete", device->name);
	return plan_add_step(ctx, plan, STEP_DELETE, device->name, "devices%.*s/dax_region/delete",
			     (int)(slash - device->path), device->path);
}

/* An id that is left would bind the next device of that name. */
static int add_destroy_steps(struct daxfs_ctx *ctx, struct daxfs_plan *plan)
{
	int r = 0;

	if (plan->unbinds)
		r = add_disable_steps(ctx, plan);
	else if (plan->resizes)
		r = plan_add_resize_steps(ctx, plan);
	if (r == 0 && (plan->unbinds || plan->resizes || plan->deletes))
		r = add_remove_id_steps(ctx, plan);
	return r == 0 && plan->deletes ? add_delete_step(ctx, plan) : r;
}

static int add_steps(struct daxfs_ctx *ctx, struct daxfs_plan *plan)
{
	int r = 0;

	if (plan->destroys)
		return add_destroy_steps(ctx, plan);
	if (plan->rebinds || plan->unbinds) {
		r = plan->rebinds ? add_driver_steps(ctx, plan) : add_disable_steps(ctx, plan);
		if (r == 0)
			r = add_remove_id_steps(ctx, plan);
	} else if (plan->resizes || plan->realigns) {
		r = plan_add_resize_steps(ctx, plan);
	}
	if (r == 0 && plan->offlines)
		r = add_offline_step(ctx, plan);
	if (r == 0 && plan->onlines)
		r = plan_add_step(ctx, plan, STEP_ONLINE_MEMORY,
				  plan->online == DAXFS_ONLINE_MOVABLE ? "online_movable"
								       : "online_kernel",
				  "devices/system/memory");
	return r;
}

static int refuse_unreadable(struct daxfs_ctx *ctx, const char *device, const char *attribute)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/bus/dax/devices/%s/%s", ctx->sysfs_root, device, attribute) < 0)
		path = NULL;
	return daxfs_fail(ctx, -EIO,
			  &(struct failure){ .id = "unreadable",
					     .device = device,
					     .path = path,
					     .hint = "read that file by hand; the kernel's "
						     "messages (dmesg) may say more" },
			  "%s: the kernel does not tell its %s", device, attribute);
}

int plan_refuse_state(struct daxfs_ctx *ctx, const struct daxfs_device *device)
{
	if (device->state == DAXFS_STATE_STRANDED)
		return device_fail_stranded(ctx, device->name);
	if (device->mode == DAXFS_MODE_OTHER)
		return daxfs_fail(
			ctx, -EOPNOTSUPP,
			&(struct failure){ .class = DAXFS_CLASS_UNSUPPORTED,
					   .id = "unknown-driver",
					   .device = device->name,
					   .hint = "unbind it by the means of that driver "
						   "first" },
			"%s: is bound to %s, a driver that cannot be switched back to",
			device->name, device->driver);
	if (!device->has_size || !device->has_align)
		return refuse_unreadable(ctx, device->name, device->has_size ? "align" : "size");
	return 0;
}

/* enable-device is not the way to another mode. */
int plan_refuse_enabled(struct daxfs_ctx *ctx, const struct daxfs_device *device,
			const struct daxfs_request *request)
{
	const char *mode = daxfs_mode_to_string(request->mode);

	if (!(request->flags & DAXFS_FLAG_ENABLE) || !request->has_mode ||
	    device->mode == DAXFS_MODE_NONE || device->mode == request->mode)
		return 0;
	return daxfs_fail(
		ctx, -EINVAL,
		&(struct failure){ .class = DAXFS_CLASS_INVALID,
				   .id = "already-enabled",
				   .device = device->name,
				   .hint = "to change the mode of a device that is enabled: "
					   "daxfsctl reconfigure-device -m MODE" },
		"%s: is enabled in mode %s, not in %s", device->name,
		daxfs_mode_to_string(device->mode), mode ? mode : "none");
}

/* A request that leaves the device without a driver, or would bind an empty one. */
int plan_refuse_request(struct daxfs_ctx *ctx, const struct daxfs_plan *plan,
			const struct daxfs_request *request)
{
	const struct daxfs_device *device = plan->facts->device;

	if (plan->mode == DAXFS_MODE_NONE && request->flags & DAXFS_FLAG_REBIND)
		return daxfs_fail(ctx, -EINVAL,
				  &(struct failure){ .class = DAXFS_CLASS_INVALID,
						     .id = "not-bound",
						     .device = device->name,
						     .hint = "say which mode: -m MODE" },
				  "%s: without a driver there is nothing to bind again",
				  device->name);
	if (plan->rebinds && plan->size == 0 && !plan->resizes)
		return daxfs_fail(ctx, -ENXIO,
				  &(struct failure){ .class = DAXFS_CLASS_INVALID,
						     .id = "empty-device",
						     .device = device->name,
						     .hint = "give it memory as well: daxfsctl "
							     "reconfigure-device -s SIZE" },
				  "%s: is of size 0, which no driver takes", device->name);
	return 0;
}

int plan_check_capture(struct daxfs_ctx *ctx, const struct daxfs_plan *plan,
		       const struct daxfs_request *request)
{
	const struct facts *facts = plan->facts;
	const char *driver = daxfs_mode_get_driver(plan->mode);

	if (!plan->rebinds || request->flags & DAXFS_FLAG_ALLOW_CAPTURE)
		return 0;
	for (size_t i = 0; i < facts->n_neighbours; i++) {
		const struct neighbour *other = &facts->neighbours[i];

		if (facts_match(facts, driver, other->kind) == MATCH_NO)
			continue;
		return daxfs_fail(ctx, -EBUSY,
				  &(struct failure){ .class = DAXFS_CLASS_BUSY,
						     .id = "bystander",
						     .device = facts->device->name,
						     .override = "--allow-capture",
						     .hint = "bind that device first, or say "
							     "--allow-capture" },
				  "%s: the switch would also bind %s, which is disabled, to %s",
				  facts->device->name, other->name, driver);
	}
	return 0;
}

enum daxfs_mode plan_target(const struct daxfs_device *device, const struct daxfs_request *request)
{
	if (request->flags & DAXFS_FLAG_DESTROY)
		return DAXFS_MODE_NONE;
	if (request->has_mode)
		return request->mode;
	if (!(request->flags & DAXFS_FLAG_ENABLE) || device->mode != DAXFS_MODE_NONE)
		return device->mode;
	/* Never system-ram unless it was: that could not be undone for sure. */
	return device->configured_mode != DAXFS_MODE_NONE ? device->configured_mode
							  : DAXFS_MODE_DEVDAX;
}

bool plan_differs(const struct daxfs_device *device, const struct daxfs_request *request)
{
	return request->flags & (DAXFS_FLAG_REBIND | DAXFS_FLAG_DESTROY) ||
	       plan_target(device, request) != device->mode ||
	       (request->has_size && request->size != device->size) ||
	       plan_moves(device, request) ||
	       (request->has_align && request->align != device->align);
}

/* Blocks that a request for system-ram onlines in a device that is in that mode already. */
static bool has_offline_blocks(const struct facts *facts, const struct daxfs_request *request)
{
	return !(request->flags & DAXFS_FLAG_ENABLE) && facts->has_blocks &&
	       plan_count_online(facts) < facts->n_blocks;
}

/* What is to be done, from what is and what is asked. */
void plan_decide(struct daxfs_plan *plan, const struct daxfs_request *request)
{
	const struct facts *facts = plan->facts;
	const struct daxfs_device *device = facts->device;

	plan->mode = plan_target(device, request);
	plan->destroys = request->flags & DAXFS_FLAG_DESTROY;
	/* The kernel answers EBUSY to the delete of device 0. */
	plan->deletes = plan->destroys && device->id > 0;
	plan->size = request->has_size ? request->size : device->size;
	plan->align = request->has_align ? request->align : device->align;
	if (plan->destroys) {
		plan->size = 0;
		plan->align = device->align;
	}
	plan->online = request->online;
	plan->allows_capture = request->flags & DAXFS_FLAG_ALLOW_CAPTURE;
	plan->empties = request->flags & DAXFS_FLAG_EMPTY && plan->size == 0 &&
			plan->mode == DAXFS_MODE_NONE && device->mode == DAXFS_MODE_NONE;
	plan->resizes = plan->size != device->size ||
			(!plan->destroys && plan_moves(device, request));
	plan->realigns = plan->align != device->align;
	/* Size and align of a device that is bound to nothing are written without binding it. */
	plan->rebinds = plan_differs(device, request) && plan->mode != DAXFS_MODE_NONE;
	plan->unbinds = plan->mode == DAXFS_MODE_NONE && device->mode != DAXFS_MODE_NONE;
	plan->onlines = plan->mode == DAXFS_MODE_SYSTEM_RAM && plan->online != DAXFS_ONLINE_NONE &&
			(plan->rebinds || has_offline_blocks(facts, request));
	plan->offlines = request->flags & DAXFS_FLAG_MEMORY && plan->online == DAXFS_ONLINE_NONE;
	plan->offline_timeout_ms = request->offline_timeout_ms;
}

static int copy_ranges(struct daxfs_plan *plan, const struct daxfs_request *request)
{
	if (!request->ranges || plan->destroys)
		return 0;
	plan->ranges = reallocarray(NULL, request->n_ranges, sizeof(*plan->ranges));
	if (!plan->ranges)
		return -ENOMEM;
	plan->n_ranges = request->n_ranges;
	memcpy(plan->ranges, request->ranges, plan->n_ranges * sizeof(*plan->ranges));
	return 0;
}

int plan_make(struct daxfs_ctx *ctx, struct facts **facts, const struct daxfs_request *request,
	      struct daxfs_plan **ret_plan)
{
	_cleanup_(daxfs_plan_freep) struct daxfs_plan *plan = NULL;
	int r;

	r = plan_refuse_state(ctx, (*facts)->device);
	if (r < 0)
		return r;
	plan = calloc(1, sizeof(*plan));
	if (!plan)
		return -ENOMEM;
	plan->facts = *facts;
	plan_decide(plan, request);
	r = copy_ranges(plan, request);
	if (r == 0)
		r = plan_check(ctx, plan, request);
	if (r == 0)
		r = add_steps(ctx, plan);
	if (r < 0) {
		plan->facts = NULL; /* still the caller's */
		return r;
	}
	*facts = NULL;
	*ret_plan = TAKE_PTR(plan);
	return 0;
}

/* What the checks of a device compare, where the device would get a driver. */
static int gather_check(struct daxfs_ctx *ctx, struct facts *facts,
			const struct daxfs_request *request)
{
	enum daxfs_mode mode = plan_target(facts->device, request);

	if (request->is_first || mode == DAXFS_MODE_NONE || !plan_differs(facts->device, request))
		return 0;
	return check_gather(ctx, facts, mode, false);
}

DAXFS_EXPORT int daxfs_plan_new(struct daxfs_ctx *ctx, const char *device_name,
				const struct daxfs_request *request, struct daxfs_plan **ret_plan)
{
	_cleanup_(facts_freep) struct facts *facts = NULL;
	int r;

	error_clear(ctx);
	r = facts_gather(ctx, device_name, request, &facts);
	if (r == 0)
		r = gather_check(ctx, facts, request);
	if (r < 0)
		return r;
	return plan_make(ctx, &facts, request, ret_plan);
}

DAXFS_EXPORT size_t daxfs_plan_get_n_steps(const struct daxfs_plan *plan)
{
	return plan->n_steps;
}

DAXFS_EXPORT bool daxfs_plan_get_step(const struct daxfs_plan *plan, size_t index,
				      struct daxfs_step *ret_step)
{
	const struct plan_step *step;

	if (index >= plan->n_steps)
		return false;
	step = &plan->steps[index];
	*ret_step = (struct daxfs_step){
		.name = step_names[step->kind],
		.path = step->shown,
		.value = step->value,
	};
	return true;
}

DAXFS_EXPORT struct daxfs_device *daxfs_plan_get_device(const struct daxfs_plan *plan)
{
	return plan->facts->device;
}

DAXFS_EXPORT enum daxfs_mode daxfs_plan_get_mode(const struct daxfs_plan *plan)
{
	return plan->mode;
}

DAXFS_EXPORT uint64_t daxfs_plan_get_size(const struct daxfs_plan *plan)
{
	return plan->size;
}

DAXFS_EXPORT uint64_t daxfs_plan_get_align(const struct daxfs_plan *plan)
{
	return plan->align;
}

DAXFS_EXPORT size_t daxfs_plan_get_n_notes(const struct daxfs_plan *plan)
{
	return plan->n_notes;
}

DAXFS_EXPORT const char *daxfs_plan_get_note(const struct daxfs_plan *plan, size_t index)
{
	return index < plan->n_notes ? plan->notes[index] : NULL;
}
