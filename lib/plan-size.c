// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a device may be resized and realigned to: size_store() and align_store() of dax/bus.c. */
#include <inttypes.h>

#include "plan.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static int refuse_static(struct daxfs_ctx *ctx, const char *device, const char *what)
{
	return daxfs_fail(
		ctx, -EOPNOTSUPP,
		&(struct failure){ .class = DAXFS_CLASS_UNSUPPORTED,
				   .id = "static-device",
				   .device = device,
				   .step = what,
				   .hint = "its namespace fixes it; to change it, losing "
					   "all data: ndctl destroy-namespace, then ndctl "
					   "create-namespace --mode=devdax --size=... "
					   "--align=..." },
		"%s: the %s of a static device cannot be changed", device, what);
}

static int refuse_value(struct daxfs_ctx *ctx, const char *device, const char *step, const char *id,
			const char *hint, const char *message)
{
	return daxfs_fail(ctx, -EINVAL,
			  &(struct failure){ .class = DAXFS_CLASS_INVALID,
					     .id = id,
					     .device = device,
					     .step = step,
					     .hint = hint },
			  "%s: %s", device, message);
}

static int check_align_value(struct daxfs_ctx *ctx, const struct daxfs_plan *plan)
{
	const char *device = plan->facts->device->name;
	char message[128];

	if (plan->align == plan->facts->page_size || plan->align == 2 * MIB || plan->align == GIB)
		return 0;
	snprintf(message, sizeof(message),
		 "align %" PRIu64 " is not supported; allowed are %" PRIu64 ", 2M and 1G",
		 plan->align, plan->facts->page_size);
	return refuse_value(ctx, device, "align", "bad-align", NULL, message);
}

/* A new align must suit the ranges that stay; those that a resize makes, the kernel aligns. */
static int check_align_of_ranges(struct daxfs_ctx *ctx, const struct daxfs_plan *plan)
{
	const struct daxfs_device *device = plan->facts->device;
	const struct daxfs_range *ranges;
	char message[160];
	size_t n;

	if (plan->resizes || !daxfs_device_get_ranges(device, &ranges, &n))
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (ranges[i].start % plan->align == 0 &&
		    range_length(&ranges[i]) % plan->align == 0)
			continue;
		snprintf(message, sizeof(message),
			 "align %" PRIu64 " does not suit range %zu, 0x%" PRIx64 "-0x%" PRIx64,
			 plan->align, i, ranges[i].start, ranges[i].end);
		return refuse_value(
			ctx, device->name, "align", "bad-align",
			"start and length of every range must be multiples of the align", message);
	}
	return 0;
}

static int check_size_value(struct daxfs_ctx *ctx, const struct daxfs_plan *plan)
{
	const struct daxfs_device *device = plan->facts->device;
	uint64_t unit = plan->align > SUBSECTION_SIZE ? plan->align : SUBSECTION_SIZE;
	char message[192];

	if (plan->size == 0 && plan->empties)
		return 0;
	if (plan->size == 0)
		return refuse_value(ctx, device->name, "size", "bad-size",
				    "to give the memory back, destroy the device",
				    "size 0 is not allowed");
	if (plan->size % unit != 0) {
		snprintf(message, sizeof(message),
			 "size %" PRIu64 " is not a multiple of %" PRIu64 ", %s", plan->size, unit,
			 unit == plan->align ? "its align" : "the unit of device memory");
		return refuse_value(ctx, device->name, "size", "bad-size", NULL, message);
	}
	return 0;
}

static int check_space(struct daxfs_ctx *ctx, const struct daxfs_plan *plan)
{
	const struct facts *facts = plan->facts;
	const struct daxfs_device *device = facts->device;
	char message[192];

	if (plan->size <= device->size || !facts->has_available_size ||
	    plan->size - device->size <= facts->available_size)
		return 0;
	snprintf(message, sizeof(message),
		 "no space: size %" PRIu64 " needs %" PRIu64 " bytes more, its region has %" PRIu64
		 " available",
		 plan->size, plan->size - device->size, facts->available_size);
	return refuse_value(ctx, device->name, "size", "no-space",
			    "daxfsctl list -R shows what each region has available", message);
}

/*
 * A smaller size gives up what the end of the device holds, and so does other memory. Asked for
 * together with another mode it belongs to the new use of the device, and is told; asked for alone
 * it has to be meant.
 */
static int check_shrink(struct daxfs_ctx *ctx, struct daxfs_plan *plan,
			const struct daxfs_request *request)
{
	const struct daxfs_device *device = plan->facts->device;
	uint64_t lost = plan_lost_bytes(plan);
	bool is_smaller = plan->size < device->size;
	char message[96];

	if (lost == 0)
		return 0;
	if (request->flags & DAXFS_FLAG_SHRINK || plan->mode != device->mode)
		return plan_add_note(plan,
				     "%s: %s: what its last %" PRIu64 " bytes hold is given up",
				     device->name,
				     is_smaller ? "becomes smaller" : "gets other memory", lost);
	if (is_smaller)
		snprintf(message, sizeof(message),
			 "size %" PRIu64 " is less than its %" PRIu64 " bytes", plan->size,
			 device->size);
	else
		snprintf(message, sizeof(message),
			 "its last %" PRIu64 " bytes would be other memory", lost);
	return daxfs_fail(
		ctx, -EINVAL,
		&(struct failure){ .class = DAXFS_CLASS_INVALID,
				   .id = "shrink",
				   .device = device->name,
				   .step = "size",
				   .override = "--shrink",
				   .hint = "what the end of the device holds would be lost; "
					   "--shrink says that this is meant" },
		"%s: %s", device->name, message);
}

int plan_check_size(struct daxfs_ctx *ctx, struct daxfs_plan *plan,
		    const struct daxfs_request *request)
{
	const struct daxfs_device *device = plan->facts->device;
	int r;

	if (device->is_static && plan->resizes)
		return refuse_static(ctx, device->name, "size");
	if (device->is_static && plan->realigns)
		return refuse_static(ctx, device->name, "align");
	if (plan->realigns) {
		r = check_align_value(ctx, plan);
		if (r == 0)
			r = check_align_of_ranges(ctx, plan);
		if (r < 0)
			return r;
	}
	if (!plan->resizes)
		return 0;
	r = plan->ranges ? plan_check_ranges(ctx, plan) : check_size_value(ctx, plan);
	if (r == 0)
		r = check_space(ctx, plan);
	if (r == 0)
		r = check_shrink(ctx, plan, request);
	return r;
}
