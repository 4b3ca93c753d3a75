// SPDX-License-Identifier: LGPL-2.1-or-later
/* What stands between a device and system-ram mode, in either direction. */
#include <inttypes.h>
#include <string.h>

#include "plan.h"

size_t plan_count_online(const struct facts *facts)
{
	size_t n = 0;

	for (size_t i = 0; i < facts->n_blocks; i++)
		n += facts->blocks[i].is_online;
	return n;
}

static int refuse_unsupported(struct daxfs_ctx *ctx, const char *device, const char *id,
			      const char *hint, const char *message)
{
	return daxfs_fail(ctx, -EOPNOTSUPP,
			  &(struct failure){ .class = DAXFS_CLASS_UNSUPPORTED,
					     .id = id,
					     .device = device,
					     .hint = hint },
			  "%s: %s", device, message);
}

/* The zone that blocks would get from the policy equals the one that is asked for. */
static bool policy_gives(enum online_policy policy, enum daxfs_online online)
{
	switch (policy) {
	case POLICY_ONLINE_MOVABLE:
		return online == DAXFS_ONLINE_MOVABLE;
	case POLICY_ONLINE:
	case POLICY_ONLINE_KERNEL:
		return online == DAXFS_ONLINE_KERNEL;
	default:
		return true;
	}
}

static const char *online_words(enum daxfs_online online)
{
	switch (online) {
	case DAXFS_ONLINE_MOVABLE:
		return "movable";
	case DAXFS_ONLINE_KERNEL:
		return "in a kernel zone (--no-movable)";
	default:
		return "left offline (--no-online)";
	}
}

static int check_policy(struct daxfs_ctx *ctx, const struct daxfs_plan *plan)
{
	const struct facts *facts = plan->facts;
	char message[192];

	if (policy_gives(facts->policy, plan->online))
		return 0;
	snprintf(message, sizeof(message),
		 "the kernel's auto-online policy is %s, so its memory cannot be %s",
		 policy_to_string(facts->policy), online_words(plan->online));
	return refuse_unsupported(
		ctx, facts->device->name, "online-policy",
		facts->policy == POLICY_ONLINE_MOVABLE
			? "ask for what the policy gives, with neither -N nor "
			  "--no-movable; or change the policy: echo offline > "
			  "/sys/devices/system/memory/auto_online_blocks"
			: "ask for what the policy gives, with --no-movable; or change "
			  "the policy: echo offline > "
			  "/sys/devices/system/memory/auto_online_blocks",
		message);
}

/* kmem takes whole blocks only, and refuses a device that has none (EINVAL, cause in dmesg). */
static int check_blocks(struct daxfs_ctx *ctx, struct daxfs_plan *plan)
{
	const struct facts *facts = plan->facts;
	const struct daxfs_device *device = facts->device;
	const struct daxfs_range *ranges;
	uint64_t blocks, lost;
	char message[192];
	size_t n;

	if (!facts->block_size)
		return refuse_unsupported(ctx, device->name, "no-memory-hotplug",
					  "it needs CONFIG_MEMORY_HOTPLUG",
					  "this kernel has no memory blocks");
	if (plan->ranges) {
		memory_count_blocks(plan->ranges, plan->n_ranges, facts->block_size, &blocks,
				    &lost);
	} else if (plan->resizes || !daxfs_device_get_ranges(device, &ranges, &n)) {
		blocks = plan->size / facts->block_size;
		lost = plan->size % facts->block_size;
	} else {
		memory_count_blocks(ranges, n, facts->block_size, &blocks, &lost);
	}
	if (blocks == 0) {
		snprintf(message, sizeof(message),
			 "none of its ranges holds a whole memory block of %" PRIu64
			 " bytes, which system-ram needs",
			 facts->block_size);
		return refuse_unsupported(ctx, device->name, "range-too-small",
					  "make the device larger: -s SIZE", message);
	}
	if (lost &&
	    plan_add_note(plan,
			  "%s: %" PRIu64 " bytes lie outside whole memory blocks of %" PRIu64
			  " bytes and cannot be used as system-ram",
			  device->name, lost, facts->block_size) < 0)
		return -ENOMEM;
	return 0;
}

static int check_entering(struct daxfs_ctx *ctx, struct daxfs_plan *plan)
{
	const struct daxfs_device *device = plan->facts->device;
	int node, r;

	if (daxfs_device_get_target_node(device, &node) && node < 0)
		return refuse_unsupported(ctx, device->name, "no-target-node",
					  "the firmware's tables (SRAT, HMAT) do not say where its "
					  "memory belongs",
					  "it has no target node, which system-ram needs");
	r = check_blocks(ctx, plan);
	if (r < 0)
		return r;
	return check_policy(ctx, plan);
}

static int check_leaving(struct daxfs_ctx *ctx, struct daxfs_plan *plan,
			 const struct daxfs_request *request)
{
	const struct facts *facts = plan->facts;
	const struct daxfs_device *device = facts->device;
	size_t online = plan_count_online(facts);
	bool force = request->flags & DAXFS_FLAG_FORCE;

	if (!facts->has_blocks)
		return plan_add_note(plan,
				     "%s: only root can tell whether its memory blocks are online",
				     device->name);
	if (online > 0 && !force)
		return daxfs_fail(
			ctx, -EBUSY,
			&(struct failure){ .class = DAXFS_CLASS_BUSY,
					   .id = "memory-online",
					   .device = device->name,
					   .override = "--force",
					   .hint = "--force sets them offline first, which "
						   "moves what they hold elsewhere" },
			"%s: in use: %zu of its %zu memory blocks are online", device->name, online,
			facts->n_blocks);
	if (plan->mode == DAXFS_MODE_FAMFS && !force)
		return daxfs_fail(
			ctx, -EBUSY,
			&(struct failure){ .class = DAXFS_CLASS_BUSY,
					   .id = "from-system-ram",
					   .device = device->name,
					   .override = "--force",
					   .hint = "switch to devdax first, or say --force" },
			"%s: a device does not go from system-ram to famfs directly", device->name);
	return 0;
}

int plan_check_blocks(struct daxfs_ctx *ctx, const struct daxfs_plan *plan,
		      const struct daxfs_request *request)
{
	const struct daxfs_device *device = plan->facts->device;
	const char *mode = daxfs_mode_to_string(device->mode);

	if (!(request->flags & DAXFS_FLAG_MEMORY))
		return 0;
	if (device->mode != DAXFS_MODE_SYSTEM_RAM)
		return daxfs_fail(ctx, -EINVAL,
				  &(struct failure){ .class = DAXFS_CLASS_INVALID,
						     .id = "not-system-ram",
						     .device = device->name,
						     .hint = "daxfsctl reconfigure-device -m "
							     "system-ram makes it memory" },
				  "%s: has no memory blocks: it is %s%s, not in mode system-ram",
				  device->name, mode ? "in mode " : "disabled", mode ? mode : "");
	if (!plan->facts->has_blocks)
		return daxfs_fail(ctx, -EACCES,
				  &(struct failure){ .class = DAXFS_CLASS_PERMISSION,
						     .id = "not-permitted",
						     .device = device->name,
						     .hint = "run as root" },
				  "%s: only root can tell whether its memory blocks are online",
				  device->name);
	return 0;
}

int plan_check_memory(struct daxfs_ctx *ctx, struct daxfs_plan *plan,
		      const struct daxfs_request *request)
{
	int r;

	if (!plan->rebinds && !plan->unbinds)
		return 0;
	if (plan->facts->device->mode == DAXFS_MODE_SYSTEM_RAM) {
		r = check_leaving(ctx, plan, request);
		if (r < 0)
			return r;
	}
	if (plan->mode == DAXFS_MODE_SYSTEM_RAM)
		return check_entering(ctx, plan);
	return 0;
}
