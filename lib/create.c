// SPDX-License-Identifier: LGPL-2.1-or-later
/* A new device of a region: an empty one, which becomes what is asked by a switch. */
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <syslog.h>

#include "device-dir.h"
#include "device.h"
#include "lock.h"
#include "outcome.h"
#include "plan.h"
#include "switch.h"
#include "sysfs.h"

/* Where it is made. */
struct place {
	char member[DEVICE_NAME_MAX]; /* any device of the region */
	char name[DEVICE_NAME_MAX];   /* of the new one: the seed's, else the one that comes next */
	bool has_seed;
};

static int fail_no_region(struct daxfs_ctx *ctx, unsigned int region)
{
	return daxfs_fail(
		ctx, -ENODEV,
		&(struct failure){ .class = DAXFS_CLASS_NO_DEVICE,
				   .id = "no-device",
				   .hint = "'daxfsctl list -R' shows the regions there are" },
		"region%u: no such region", region);
}

static bool is_free_seed(struct daxfs_ctx *ctx, const char *name)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;

	return daxfs_device_new(ctx, name, 0, &device) == 0 && device->is_seed &&
	       device->mode == DAXFS_MODE_NONE;
}

/* The kernel gives the lowest number that is free. */
static int find_place(struct daxfs_ctx *ctx, unsigned int region, bool another,
		      struct place *ret_place)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	struct place place = {};
	unsigned int next = 0;
	int r;

	r = daxfs_list_devices(ctx, &names, NULL);
	if (r < 0)
		return r;
	for (size_t i = 0; names[i] && !place.has_seed; i++) {
		unsigned int number, id;

		if (daxfs_parse_device_name(names[i], &number, &id) < 0 || number != region)
			continue;
		snprintf(place.member, sizeof(place.member), "%s", names[i]);
		next += id == next;
		place.has_seed = !(another && id == 0) && is_free_seed(ctx, names[i]);
	}
	error_clear(ctx);
	if (!place.member[0])
		return fail_no_region(ctx, region);
	if (place.has_seed)
		memcpy(place.name, place.member, sizeof(place.name));
	else
		snprintf(place.name, sizeof(place.name), "dax%u.%u", region, next);
	*ret_place = place;
	return 0;
}

/* Without a size: all that there is, in whole units. */
static int complete(struct daxfs_ctx *ctx, const struct daxfs_region *region,
		    struct daxfs_request *request)
{
	uint64_t unit = request->has_align && request->align > SUBSECTION_SIZE ? request->align
									       : SUBSECTION_SIZE;

	if (!request->has_mode)
		daxfs_request_set_mode(request, DAXFS_MODE_DEVDAX);
	if (region->has_align && region->align > unit)
		unit = region->align;
	if (!request->has_size)
		daxfs_request_set_size(request, region->available_size / unit * unit);
	if (request->size > 0 || region->available_size >= unit)
		return 0;
	return daxfs_fail(ctx, -ENOSPC,
			  &(struct failure){ .class = DAXFS_CLASS_INVALID,
					     .id = "no-space",
					     .step = "create",
					     .hint = "daxfsctl list -R shows what each region has "
						     "available" },
			  "region%u: no space: it has %" PRIu64 " bytes available", region->id,
			  region->available_size);
}

/* An empty device as it will be, for a plan that can be made, and refused, before it is there. */
static int imagine(const struct facts *facts, const struct place *place,
		   const struct daxfs_region *region, struct daxfs_device **ret_device)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = calloc(1, sizeof(*device));

	if (!device)
		return -ENOMEM;
	device->refcount = 1;
	memcpy(device->name, place->name, sizeof(device->name));
	device->kind = region->kind;
	device->region_id = region->id;
	device->is_seed = device->has_size = device->has_align = device->has_ranges = true;
	device->align = region->has_align ? region->align : SUBSECTION_SIZE;
	device->state = DAXFS_STATE_DISABLED;
	device->has_users = true;
	device->has_target_node = facts->device->has_target_node;
	device->target_node = facts->device->target_node;
	if (region->path && asprintf(&device->path, "%s/%s", region->path, place->name) < 0) {
		device->path = NULL;
		return -ENOMEM;
	}
	*ret_device = TAKE_PTR(device);
	return 0;
}

static int plan_new_device(struct daxfs_ctx *ctx, const struct place *place,
			   const struct daxfs_region *region, const struct daxfs_request *request,
			   struct daxfs_plan **ret_plan)
{
	_cleanup_(facts_freep) struct facts *facts = NULL;
	struct daxfs_device *device = NULL;
	struct daxfs_request unused = *request;
	int r;

	unused.skips_users = true;
	r = facts_gather(ctx, place->member, &unused, &facts);
	if (r == 0)
		r = imagine(facts, place, region, &device);
	if (r < 0)
		return r;
	daxfs_device_unref(facts->device);
	facts->device = device;
	return plan_make(ctx, &facts, request, ret_plan);
}

static int check(struct daxfs_ctx *ctx, unsigned int number, struct daxfs_request *request,
		 struct place *ret_place, struct daxfs_plan **ret_plan)
{
	_cleanup_(daxfs_region_unrefp) struct daxfs_region *region = NULL;
	int r;

	r = find_place(ctx, number, request->flags & DAXFS_FLAG_ANOTHER, ret_place);
	if (r == 0)
		r = daxfs_region_new(ctx, ret_place->member, &region);
	if (r < 0)
		return r;
	if (!region->has_available_size)
		return daxfs_fail(ctx, -EOPNOTSUPP,
				  &(struct failure){ .class = DAXFS_CLASS_UNSUPPORTED,
						     .id = "static-device",
						     .step = "create",
						     .hint = "ndctl create-namespace --mode=devdax "
							     "makes devices of pmem" },
				  "region%u: no devices can be made in a static region", number);
	r = complete(ctx, region, request);
	if (r < 0)
		return r;
	return plan_new_device(ctx, ret_place, region, request, ret_plan);
}

static int write_region(struct daxfs_ctx *ctx, const char *member, const char *file,
			const char *value)
{
	_cleanup_free_ char *shown = NULL;
	char path[96];
	int r;

	snprintf(path, sizeof(path), "bus/dax/devices/%s/../dax_region/%s", member, file);
	r = sysfs_write(ctx, path, value);
	if (r == 0)
		return 0;
	shown = sysfs_path(ctx, path);
	return daxfs_fail(ctx, r,
			  &(struct failure){ .id = "create-failed",
					     .step = file,
					     .path = shown,
					     .err = -r,
					     .hint = "see the kernel's messages (dmesg)" },
			  "%s: cannot write '%s'", file, value);
}

/* The kernel tells which one it made. */
static int make_seed(struct daxfs_ctx *ctx, struct place *place)
{
	_cleanup_free_ char *name = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	r = write_region(ctx, place->member, "create", "1");
	if (r < 0)
		return r;
	r = device_open_link(ctx, place->member, &fd);
	if (r == 0)
		r = sysfs_read_string(fd, "../dax_region/create", &name);
	if (r == 0 && daxfs_parse_device_name(name, NULL, NULL) < 0)
		r = -EIO;
	if (r < 0)
		return daxfs_fail(ctx, r, &(struct failure){ .id = "create-failed", .err = -r },
				  "cannot tell the name of the new device");
	snprintf(place->name, sizeof(place->name), "%s", name);
	return 0;
}

/* What was made for this only goes again; the journal of a failed way back keeps it. */
static void drop_seed(struct daxfs_ctx *ctx, const struct place *place)
{
	if (is_free_seed(ctx, place->name) &&
	    write_region(ctx, place->member, "delete", place->name) < 0)
		log_warning(ctx, "%s: an empty device stays, ignoring", place->name);
}

static int create_locked(struct daxfs_ctx *ctx, unsigned int region,
			 const struct daxfs_request *asked, struct daxfs_outcome **ret_outcome)
{
	_cleanup_(daxfs_plan_freep) struct daxfs_plan *plan = NULL;
	struct daxfs_request request = *asked;
	struct place place;
	int r;

	/* Again: the lock was somebody else's. */
	r = check(ctx, region, &request, &place, &plan);
	if (r == 0 && !place.has_seed)
		r = make_seed(ctx, &place);
	if (r < 0)
		return r;
	r = switch_device(ctx, place.name, &request, false, ret_outcome);
	if (r < 0 && !place.has_seed)
		drop_seed(ctx, &place);
	return r;
}

static int create(struct daxfs_ctx *ctx, unsigned int region, const struct daxfs_request *asked,
		  struct daxfs_outcome **ret_outcome)
{
	sigset_t all, saved;
	int r;

	if (ctx->recorded)
		return daxfs_fail(ctx, -EROFS,
				  &(struct failure){ .class = DAXFS_CLASS_INVALID,
						     .id = "recorded-tree",
						     .hint = "--dry-run shows what would be done" },
				  "region%u: a recorded tree cannot be changed", region);
	r = lock_bus(ctx, asked->lock_timeout_ms, &ctx->bus_lock);
	if (r < 0)
		return r;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &saved);
	r = create_locked(ctx, region, asked, ret_outcome);
	cleanup_close(&ctx->bus_lock);
	ctx->bus_lock = -1;
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
	return r;
}

DAXFS_EXPORT int daxfs_plan_new_device(struct daxfs_ctx *ctx, unsigned int region,
				       const struct daxfs_request *request,
				       struct daxfs_plan **ret_plan)
{
	struct daxfs_request completed = *request;
	struct place place;

	error_clear(ctx);
	return check(ctx, region, &completed, &place, ret_plan);
}

DAXFS_EXPORT int daxfs_create(struct daxfs_ctx *ctx, unsigned int region,
			      const struct daxfs_request *request,
			      struct daxfs_outcome **ret_outcome)
{
	_cleanup_(daxfs_plan_freep) struct daxfs_plan *plan = NULL;
	int r;

	/* Where the answer is no, no lock is taken and nothing is made. */
	r = daxfs_plan_new_device(ctx, region, request, &plan);
	return r < 0 ? r : create(ctx, region, request, ret_outcome);
}
