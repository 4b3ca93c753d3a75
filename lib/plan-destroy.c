// SPDX-License-Identifier: LGPL-2.1-or-later
/* Devices that are to give their memory back and go: delete_store() of dax/bus.c. */
#include "plan.h"

static int refuse_static(struct daxfs_ctx *ctx, const struct daxfs_device *device)
{
	return daxfs_fail(
		ctx, -EOPNOTSUPP,
		&(struct failure){ .class = DAXFS_CLASS_UNSUPPORTED,
				   .id = "static-device",
				   .device = device->name,
				   .step = "delete",
				   .hint = "it goes with its namespace, with all data: ndctl "
					   "destroy-namespace" },
		"%s: a static device cannot be destroyed", device->name);
}

static int refuse_enabled(struct daxfs_ctx *ctx, const struct daxfs_device *device)
{
	return daxfs_fail(ctx, -EBUSY,
			  &(struct failure){ .class = DAXFS_CLASS_BUSY,
					     .id = "enabled",
					     .device = device->name,
					     .override = "--force",
					     .hint = "disable it first, or say --force; either "
						     "way its data is lost" },
			  "%s: is enabled in mode %s", device->name,
			  daxfs_mode_to_string(device->mode));
}

int plan_check_destroy(struct daxfs_ctx *ctx, struct daxfs_plan *plan,
		       const struct daxfs_request *request)
{
	const struct daxfs_device *device = plan->facts->device;
	int r;

	if (device->is_static)
		return refuse_static(ctx, device);
	/* Who uses it is the better reason. */
	r = plan_check_memory(ctx, plan, request);
	if (r == 0)
		r = plan_check_users(ctx, plan, request);
	if (r < 0)
		return r;
	if (device->mode != DAXFS_MODE_NONE && !(request->flags & DAXFS_FLAG_FORCE))
		return refuse_enabled(ctx, device);
	if (plan->deletes)
		return 0;
	return plan_add_note(plan, "%s: device 0 of a region stays, empty: the kernel keeps it",
			     device->name);
}
