// SPDX-License-Identifier: LGPL-2.1-or-later
/* Nobody who uses a device is to be cut off unasked. */
#include "plan.h"
#include "users.h"

static int refuse(struct daxfs_ctx *ctx, const struct daxfs_device *device, const char *who)
{
	return daxfs_fail(
		ctx, -EBUSY,
		&(struct failure){ .class = DAXFS_CLASS_BUSY,
				   .id = "in-use",
				   .device = device->name,
				   .override = "--force",
				   .hint = "--wait=SEC tries until it is free; --force goes on, "
					   "which kills who has it mapped and takes it from a "
					   "file system",
				   .users = device->users,
				   .n_users = device->n_users },
		"%s: in use by %s", device->name, who);
}

int plan_check_users(struct daxfs_ctx *ctx, struct daxfs_plan *plan,
		     const struct daxfs_request *request)
{
	const struct daxfs_device *device = plan->facts->device;
	_cleanup_free_ char *who = NULL;

	if (!plan->rebinds && !plan->unbinds && !plan->destroys)
		return 0;
	if (device->n_users > 0) {
		who = users_describe(device->users, device->n_users);
		if (!who)
			return -ENOMEM;
		if (!(request->flags & DAXFS_FLAG_FORCE))
			return refuse(ctx, device, who);
		return plan_add_note(plan, "%s: goes on though in use by %s", device->name, who);
	}
	if (!device->has_users && !ctx->recorded)
		return plan_add_note(
			plan, "%s: not all processes can be seen from here, so it may be in use",
			device->name);
	return 0;
}
