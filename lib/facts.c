// SPDX-License-Identifier: LGPL-2.1-or-later
#include "facts.h"

#include <string.h>

#include "check-facts.h"
#include "device.h"
#include "file-error.h"
#include "neighbours.h"
#include "plan.h"
#include "poison.h"
#include "sysfs.h"
#include "users.h"

int driver_index(const char *driver)
{
	for (int i = 0; i < N_DRIVERS; i++)
		if (driver && strcmp(mode_drivers[i], driver) == 0)
			return i;
	return -ENOENT;
}

bool facts_driver_present(const struct facts *facts, const char *driver)
{
	int i = driver_index(driver);

	return i >= 0 && facts->driver_present[i];
}

enum match facts_match(const struct facts *facts, const char *driver, enum daxfs_kind kind)
{
	enum match is_kmem_type = MATCH_UNKNOWN;

	if (strcmp(driver, "fsdev_dax") == 0)
		return MATCH_NO;
	if (kind == DAXFS_KIND_PMEM)
		is_kmem_type = MATCH_NO;
	else if (kind == DAXFS_KIND_CXL)
		is_kmem_type = MATCH_YES;
	else if (kind == DAXFS_KIND_HMEM)
		is_kmem_type = facts->hmem_is_kmem_type;
	if (is_kmem_type == MATCH_UNKNOWN)
		return MATCH_UNKNOWN;
	if (strcmp(driver, "kmem") == 0)
		return is_kmem_type;
	return is_kmem_type == MATCH_YES ? MATCH_NO : MATCH_YES;
}

static const char *const policies[] = {
	[POLICY_OFFLINE] = "offline",
	[POLICY_ONLINE] = "online",
	[POLICY_ONLINE_KERNEL] = "online_kernel",
	[POLICY_ONLINE_MOVABLE] = "online_movable",
};

const char *policy_to_string(enum online_policy policy)
{
	return policies[policy] ? policies[policy] : "unknown";
}

struct facts *facts_free(struct facts *facts)
{
	if (!facts)
		return NULL;
	daxfs_device_unref(facts->device);
	free(facts->blocks);
	free(facts->neighbours);
	free(facts->taken);
	check_facts_free(facts->check);
	free(facts);
	return NULL;
}

static int fail_bus(struct daxfs_ctx *ctx, const struct facts *facts, int r)
{
	return daxfs_fail(ctx, r,
			  &(struct failure){ .id = "read-failed",
					     .device = facts->device->name,
					     .path = file_error_path(r),
					     .err = -r },
			  "%s: cannot tell the drivers of the dax bus", facts->device->name);
}

/* What plans share of the bus, between looks_begin() and looks_end(). */
struct bus_look {
	bool has_drivers;
	bool driver_present[N_DRIVERS];
	bool has_hmem_type;
	enum match hmem_is_kmem_type;
	struct daxfs_region *region; /* of the device before */
};

struct bus_look *bus_look_free(struct bus_look *look)
{
	if (look)
		daxfs_region_unref(look->region);
	free(look);
	return NULL;
}

/* NULL: nothing is shared. */
static struct bus_look *shared_look(struct daxfs_ctx *ctx)
{
	if (ctx->shares_looks && !ctx->bus_look)
		ctx->bus_look = calloc(1, sizeof(*ctx->bus_look));
	return ctx->shares_looks ? ctx->bus_look : NULL;
}

static int look_for_drivers(struct daxfs_ctx *ctx, struct facts *facts)
{
	int root = -1, r;

	r = sysfs_root_fd(ctx, &root);
	if (r < 0)
		return fail_bus(ctx, facts, r);
	for (size_t i = 0; i < N_DRIVERS; i++) {
		char path[64];

		snprintf(path, sizeof(path), "bus/dax/drivers/%s", mode_drivers[i]);
		/* One that is there but cannot be asked for is no reason to load its module. */
		r = sysfs_check(root, path);
		if (r < 0 && r != -ENOENT)
			return fail_bus(ctx, facts, r);
		facts->driver_present[i] = r == 0;
	}
	return 0;
}

static int gather_drivers(struct daxfs_ctx *ctx, struct facts *facts)
{
	struct bus_look *look = shared_look(ctx);
	int r;

	if (look && look->has_drivers) {
		memcpy(facts->driver_present, look->driver_present, sizeof(look->driver_present));
		return 0;
	}
	r = look_for_drivers(ctx, facts);
	if (r == 0 && look) {
		memcpy(look->driver_present, facts->driver_present, sizeof(look->driver_present));
		look->has_drivers = true;
	}
	return r;
}

static bool read_autoprobe(struct daxfs_ctx *ctx)
{
	_cleanup_close_ int fd = -1;
	char buf[16];

	/* Where it cannot be read, take the kernel's default. */
	return sysfs_open_dir(ctx, "bus/dax", &fd) < 0 ||
	       sysfs_read_text(fd, "drivers_autoprobe", buf, sizeof(buf)) < 0 ||
	       strcmp(buf, "0") != 0;
}

static enum match read_hmem_type(struct daxfs_ctx *ctx)
{
	char buf[16];
	int root = -1;

	if (sysfs_root_fd(ctx, &root) < 0 ||
	    sysfs_read_text(root, "module/dax_hmem/parameters/region_idle", buf, sizeof(buf)) < 0)
		return MATCH_UNKNOWN;
	return strcmp(buf, "Y") == 0 || strcmp(buf, "1") == 0 ? MATCH_NO : MATCH_YES;
}

static void gather_hmem_type(struct daxfs_ctx *ctx, struct facts *facts)
{
	struct bus_look *look = shared_look(ctx);

	facts->hmem_is_kmem_type = look && look->has_hmem_type ? look->hmem_is_kmem_type
							       : read_hmem_type(ctx);
	if (!look)
		return;
	look->hmem_is_kmem_type = facts->hmem_is_kmem_type;
	look->has_hmem_type = true;
}

enum online_policy facts_read_policy(struct daxfs_ctx *ctx)
{
	_cleanup_close_ int fd = -1;
	char buf[64];

	if (sysfs_open_dir(ctx, "devices/system/memory", &fd) < 0 ||
	    sysfs_read_text(fd, "auto_online_blocks", buf, sizeof(buf)) < 0)
		return POLICY_UNKNOWN;
	for (size_t i = POLICY_OFFLINE; i < ARRAY_SIZE(policies); i++)
		if (strcmp(buf, policies[i]) == 0)
			return i;
	return POLICY_UNKNOWN;
}

static int fail_read(struct daxfs_ctx *ctx, const struct facts *facts, const char *what, int r)
{
	return daxfs_fail(ctx, r,
			  &(struct failure){ .id = "read-failed",
					     .device = facts->device->name,
					     .path = file_error_path(r),
					     .err = -r },
			  "%s: cannot %s", facts->device->name, what);
}

/* Without it nobody can tell which blocks are the device's, and whether they are online. */
static int fail_block_size(struct daxfs_ctx *ctx, const char *device, int r)
{
	_cleanup_free_ char *path = sysfs_path(ctx, "devices/system/memory/block_size_bytes");

	return daxfs_fail(
		ctx, r,
		&(struct failure){ .id = "read-failed",
				   .device = device,
				   .path = path,
				   .err = -r,
				   .hint = "its memory blocks have to be seen offline before "
					   "it leaves system-ram" },
		"%s: cannot read the size of memory blocks from %s", device, path);
}

/* What there is to know of memory when the device is, or becomes, system-ram. */
static int gather_block_size(struct daxfs_ctx *ctx, const struct daxfs_request *request,
			     struct facts *facts)
{
	bool leaves = facts->device->mode == DAXFS_MODE_SYSTEM_RAM;
	bool enters = request->has_mode && request->mode == DAXFS_MODE_SYSTEM_RAM;
	int r = memory_block_size(ctx, &facts->block_size);

	/* A kernel without memory blocks says so; any other answer says nothing. */
	if (r < 0 && (leaves || (enters && r != -ENOENT)))
		return fail_block_size(ctx, facts->device->name, r);
	if (r < 0)
		facts->block_size = 0;
	return 0;
}

/* Whether memory blocks are the matter, not only of others that may have to be put back. */
static bool is_of_memory(const struct facts *facts, const struct daxfs_request *request)
{
	return facts->device->mode == DAXFS_MODE_SYSTEM_RAM || request->flags & DAXFS_FLAG_MEMORY ||
	       plan_target(facts->device, request) == DAXFS_MODE_SYSTEM_RAM;
}

static int gather_memory(struct daxfs_ctx *ctx, const struct daxfs_request *request,
			 struct facts *facts)
{
	const struct daxfs_range *ranges;
	size_t n_ranges;
	int r;

	if (is_of_memory(facts, request))
		facts->policy = facts_read_policy(ctx);
	else if (request->is_first)
		return 0;
	r = gather_block_size(ctx, request, facts);
	if (r < 0)
		return r;
	if (!facts->block_size || facts->device->mode != DAXFS_MODE_SYSTEM_RAM ||
	    !daxfs_device_get_ranges(facts->device, &ranges, &n_ranges))
		return 0;
	r = memory_read_blocks(ctx, ranges, n_ranges, facts->block_size, true, &facts->blocks,
			       &facts->n_blocks);
	if (r < 0)
		return fail_read(ctx, facts, "read its memory blocks", r);
	facts->has_blocks = true;
	return 0;
}

static void gather_region(struct daxfs_ctx *ctx, const struct daxfs_request *request,
			  struct facts *facts)
{
	_cleanup_(daxfs_region_unrefp) struct daxfs_region *region = NULL;
	bool is_disable = request->has_mode && request->mode == DAXFS_MODE_NONE;
	struct bus_look *look = shared_look(ctx);

	if ((request->is_first || is_disable) && !request->has_size && !request->ranges)
		return;
	if (look && look->region && look->region->id == facts->device->region_id) {
		region = daxfs_region_ref(look->region);
	} else if (daxfs_region_new(ctx, facts->device->name, &region) < 0) {
		/* Not known, then; nobody is to hear of that in place of another failure. */
		error_clear(ctx);
		return;
	}
	facts->has_available_size = daxfs_region_get_available_size(region, &facts->available_size);
	facts->has_region_size = daxfs_region_get_size(region, &facts->region_size);
	if (look) {
		daxfs_region_unref(look->region);
		look->region = TAKE_PTR(region);
	}
}

static int add_taken(struct facts *facts, const struct daxfs_device *device)
{
	size_t n = facts->n_taken + device->n_mappings;
	struct taken *taken = reallocarray(facts->taken, n ? n : 1, sizeof(*taken));

	if (!taken)
		return -ENOMEM;
	facts->taken = taken;
	for (size_t i = 0; device->has_ranges && i < device->n_mappings; i++) {
		taken = &facts->taken[facts->n_taken++];
		snprintf(taken->name, sizeof(taken->name), "%s", device->name);
		taken->range = device->ranges[i];
	}
	return 0;
}

/* What cannot be seen here the kernel refuses, with ENOMEM. */
static int gather_taken(struct daxfs_ctx *ctx, const struct daxfs_request *request,
			struct facts *facts)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	int r;

	if (!request->ranges)
		return 0;
	r = daxfs_list_devices(ctx, &names, NULL);
	if (r < 0)
		return r;
	for (size_t i = 0; names[i]; i++) {
		_cleanup_(daxfs_device_unrefp) struct daxfs_device *other = NULL;
		unsigned int region;

		if (daxfs_parse_device_name(names[i], &region, NULL) < 0 ||
		    region != facts->device->region_id)
			continue;
		r = daxfs_device_new(ctx, names[i], DAXFS_SECTION_MAPPINGS, &other);
		if (r == 0)
			r = add_taken(facts, other);
		if (r < 0 && r != -ENODEV)
			return r;
	}
	error_clear(ctx);
	return 0;
}

/* What only matters when the device gets another driver, or the same one again. */
static int gather_target(struct daxfs_ctx *ctx, const struct daxfs_request *request,
			 struct facts *facts)
{
	enum daxfs_mode mode = plan_target(facts->device, request);
	const char *driver = daxfs_mode_get_driver(mode);
	int r;

	if (!driver)
		return 0;
	facts->module = MODULE_LIVE;
	if (!facts_driver_present(facts, driver)) {
		r = module_check(ctx, mode_module(mode), &facts->module);
		if (r < 0)
			return r;
		facts->autoprobe = read_autoprobe(ctx);
	}
	/* new_id takes along whom the driver matches by type, and whose id somebody left there. */
	if (!request->is_first && facts_match(facts, driver, facts->device->kind) != MATCH_YES)
		return neighbours_gather(ctx, facts);
	return 0;
}

/*
 * A device that is bound to nothing counts too: who kept its node open over the unbind makes the
 * next bind break it.
 */
static int gather_users(struct daxfs_ctx *ctx, const struct daxfs_request *request,
			struct facts *facts)
{
	enum daxfs_mode mode = plan_target(facts->device, request);
	int r;

	if (!plan_differs(facts->device, request) ||
	    (mode == DAXFS_MODE_NONE && facts->device->mode == DAXFS_MODE_NONE &&
	     !(request->flags & DAXFS_FLAG_DESTROY)))
		return 0;
	if (request->skips_users) {
		facts->device->has_users = true;
		return 0;
	}
	r = users_read(ctx, facts->device, true);
	/* --force means to go on whoever there is; else, that library was told of. */
	if (r == -ELIBACC)
		return request->flags & DAXFS_FLAG_FORCE ? 0 : r;
	if (r < 0)
		return fail_read(ctx, facts, "look for who uses it", r);
	return 0;
}

/*
 * From where they could not be read, there is no way back to what they were, and no look at their
 * memory. Users do not see them: they may ask what would be done, which is all they can.
 */
static int check_ranges(struct daxfs_ctx *ctx, const struct daxfs_request *request,
			const struct daxfs_device *device)
{
	bool needed = device->mode == DAXFS_MODE_SYSTEM_RAM || request->has_size ||
		      request->has_align || request->flags & DAXFS_FLAG_DESTROY ||
		      (request->has_mode && request->mode == DAXFS_MODE_SYSTEM_RAM);

	if (!needed || !device->ranges_err || ctx->recorded || geteuid() != 0)
		return 0;
	return device_fail_ranges(ctx, device);
}

/* What is known to be poisoned, where the device would lose its driver. */
static int gather_poison(struct daxfs_ctx *ctx, const struct daxfs_request *request,
			 struct facts *facts)
{
	if (request->is_first || !plan_differs(facts->device, request))
		return 0;
	return poison_read(ctx, facts->device);
}

int facts_gather(struct daxfs_ctx *ctx, const char *device_name,
		 const struct daxfs_request *request, struct facts **ret_facts)
{
	_cleanup_(facts_freep) struct facts *facts = calloc(1, sizeof(*facts));
	int r;

	if (!facts)
		return -ENOMEM;
	facts->page_size = sysconf(_SC_PAGESIZE);
	r = daxfs_device_new(ctx, device_name,
			     DAXFS_SECTION_DETAIL | DAXFS_SECTION_MAPPINGS | DAXFS_SECTION_MEMORY,
			     &facts->device);
	if (r < 0)
		return r;
	r = gather_drivers(ctx, facts);
	if (r < 0)
		return r;
	if (!request->is_first)
		gather_hmem_type(ctx, facts);
	gather_region(ctx, request, facts);
	r = check_ranges(ctx, request, facts->device);
	if (r < 0)
		return r;
	r = gather_memory(ctx, request, facts);
	if (r < 0)
		return r;
	r = gather_taken(ctx, request, facts);
	if (r == 0)
		r = gather_target(ctx, request, facts);
	if (r == 0)
		r = gather_poison(ctx, request, facts);
	if (r == 0)
		r = gather_users(ctx, request, facts);
	if (r < 0)
		return r;
	*ret_facts = TAKE_PTR(facts);
	return 0;
}
