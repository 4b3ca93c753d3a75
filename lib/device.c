// SPDX-License-Identifier: LGPL-2.1-or-later
/* The devices there are, and an immutable snapshot of one. */
#include "device.h"

#include <string.h>
#include <syslog.h>

#include "device-dir.h"
#include "file-error.h"
#include "intent.h"
#include "journal.h"
#include "poison.h"
#include "sysfs.h"
#include "users.h"

bool value_is_unknown(int r)
{
	switch (r) {
	case -ENOMEM:
	case -EMFILE:
	case -ENFILE:
	case -EIO:
		return false;
	default:
		return r < 0;
	}
}

int device_fail_stranded(struct daxfs_ctx *ctx, const char *name)
{
	return daxfs_fail(
		ctx, -EBUSY,
		&(struct failure){ .class = DAXFS_CLASS_REBOOT,
				   .id = "stranded",
				   .device = name,
				   .hint = "only a reboot frees it: kmem was unbound while "
					   "its memory was online" },
		"%s: its range is still System RAM (kmem) without a driver", name);
}

/* For values of which "unknown" is an answer: keeps failures only. */
static int known(int r, bool *ret_has)
{
	*ret_has = r == 0;
	return value_is_unknown(r) ? 0 : r;
}

static int read_driver(struct device_dir *dir, struct daxfs_device *device)
{
	int r = sysfs_readlink_name(dir->fd, device_dir_at(dir, "driver"), &device->driver);

	/* Only a link that is not there says "bound to nothing"; any other answer says nothing. */
	if (r < 0 && r != -ENOENT)
		return r;
	device->mode = mode_from_driver(device->driver);
	return 0;
}

/*
 * nd_dax makes static regions only, hmem and CXL dynamic ones only. Elsewhere it shows by what the
 * kernel hides from a static region: `mapping` of the device, `available_size` of the region.
 */
static bool read_is_static(struct device_dir *dir, enum daxfs_kind kind)
{
	if (kind != DAXFS_KIND_OTHER)
		return kind == DAXFS_KIND_PMEM;
	return !sysfs_exists(dir->fd, device_dir_at(dir, "mapping")) &&
	       !sysfs_exists(dir->fd, device_dir_at(dir, "../dax_region/available_size"));
}

static int read_u64(struct device_dir *dir, const char *name, uint64_t *ret_value)
{
	return sysfs_read_u64(dir->fd, device_dir_at(dir, name), ret_value);
}

static int read_bool(struct device_dir *dir, const char *name, bool *ret_value)
{
	uint64_t value;
	int r;

	r = read_u64(dir, name, &value);
	if (r < 0)
		return r;
	if (value > 1)
		return -EINVAL;
	*ret_value = value;
	return 0;
}

/* What the module adds to a device that is bound to it. */
static int read_fsdev(struct device_dir *dir, struct daxfs_device *device)
{
	int r;

	if (device->mode != DAXFS_MODE_FAMFS)
		return 0;
	r = known(read_bool(dir, "fsdev/held", &device->held), &device->has_held);
	if (r == 0 && device->has_held)
		r = known(read_u64(dir, "fsdev/data_offset", &device->data_offset),
			  &device->has_data_offset);
	return r;
}

/* That of the region, so that one of its devices tells for all. */
static int read_target_node(struct device_dir *dir, struct daxfs_device *device)
{
	struct region_dir *region = &dir->ctx->region_dir;
	bool is_kept = dir->fd == region->fd;
	int r;

	if (is_kept && region->has_target_node) {
		device->has_target_node = true;
		device->target_node = region->target_node;
		return 0;
	}
	r = known(sysfs_read_int(dir->fd, device_dir_at(dir, "target_node"), &device->target_node),
		  &device->has_target_node);
	if (is_kept && device->has_target_node) {
		region->has_target_node = true;
		region->target_node = device->target_node;
	}
	return r;
}

static int read_size(struct device_dir *dir, struct daxfs_device *device)
{
	int r;

	r = read_u64(dir, "size", &device->size);
	if (r == -ENOENT && dir->is_old)
		return -ESTALE;
	r = known(r, &device->has_size);
	if (r < 0)
		return r;
	device->is_static = read_is_static(dir, device->kind);
	device->is_seed = device->has_size && device->size == 0 && !device->is_static;
	return 0;
}

static int read_basic(struct device_dir *dir, struct daxfs_device *device)
{
	int r;

	r = read_size(dir, device);
	if (r == 0)
		r = known(read_u64(dir, "align", &device->align), &device->has_align);
	if (r == 0)
		r = read_target_node(dir, device);
	if (r == 0)
		r = read_driver(dir, device);
	if (r == 0)
		r = read_fsdev(dir, device);
	return r;
}

static int read_detail(struct daxfs_ctx *ctx, struct device_dir *dir, struct daxfs_device *device)
{
	int r;

	device->journal = journal_state(ctx, device->name);
	/* With a driver there is nothing to come back to, whatever is on file. */
	if (device->mode == DAXFS_MODE_NONE)
		device->configured_mode = intent_read(ctx, device->name);

	r = known(sysfs_read_int(dir->fd, device_dir_at(dir, "numa_node"), &device->numa_node),
		  &device->has_numa_node);
	/* Of a device of size 0 the kernel tells the region's first address, which is not its own. */
	if (r == 0 && !(device->has_size && device->size == 0))
		r = known(read_u64(dir, "resource", &device->resource), &device->has_resource);
	if (r == 0)
		r = known(read_bool(dir, "memmap_on_memory", &device->memmap_on_memory),
			  &device->has_memmap_on_memory);
	if (r < 0)
		return r;
	r = sysfs_read_string(dir->fd, device_dir_at(dir, "dev"), &device->dev);
	return value_is_unknown(r) ? 0 : r;
}

static int read_range(struct device_dir *dir, unsigned int index, struct daxfs_range *ret_range)
{
	char name[64];
	int r;

	snprintf(name, sizeof(name), "mapping%u/start", index);
	r = read_u64(dir, name, &ret_range->start);
	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "mapping%u/end", index);
	r = read_u64(dir, name, &ret_range->end);
	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "mapping%u/page_offset", index);
	r = read_u64(dir, name, &ret_range->page_offset);
	if (r < 0)
		return r;
	return ret_range->end < ret_range->start ? -EINVAL : 0;
}

static int check_mapping(struct device_dir *dir, unsigned int index)
{
	char name[32];

	snprintf(name, sizeof(name), "mapping%u", index);
	return sysfs_check(dir->fd, device_dir_at(dir, name));
}

/* Keeps why the ranges are not known, for whoever cannot do without them. */
static int note_unknown_ranges(struct daxfs_device *device, int r)
{
	const char *path = file_error_path(r);

	if (!value_is_unknown(r))
		return r;
	if (device->ranges_err)
		return 0;
	device->ranges_err = -r;
	device->ranges_path = path ? strdup(path) : NULL;
	return path && !device->ranges_path ? -ENOMEM : 0;
}

/* 1 and the next range, if it may be known; 0 past the last. */
static int next_range(struct device_dir *dir, struct daxfs_device *device,
		      struct daxfs_range *ret_range)
{
	unsigned int i = device->n_mappings;
	/* Nearly every device has a first one: reading it tells. */
	int r = i == 0 ? 0 : check_mapping(dir, i);

	if (r == -ENOENT)
		return 0;
	if (r < 0) {
		r = note_unknown_ranges(device, r);
		return r < 0 ? r : 0;
	}
	/* The first that only root may read stands for all. */
	if (device->ranges_err)
		return 1;
	r = read_range(dir, i, ret_range);
	if (r == -ENOENT && i == 0) {
		int there = check_mapping(dir, i);

		if (there == -ENOENT)
			return 0;
		r = there < 0 ? there : r;
	}
	if (r < 0)
		r = note_unknown_ranges(device, r);
	return r < 0 ? r : 1;
}

static int read_ranges(struct device_dir *dir, struct daxfs_device *device)
{
	struct daxfs_range range = {};
	int r;

	if (device->ranges || device->has_ranges)
		return 0;
	while ((r = next_range(dir, device, &range)) > 0) {
		struct daxfs_range *ranges;

		ranges = reallocarray(device->ranges, device->n_mappings + 1, sizeof(*ranges));
		if (!ranges)
			return -ENOMEM;
		device->ranges = ranges;
		ranges[device->n_mappings++] = range;
	}
	if (r < 0)
		return r;
	/* Only a mapping that is not there says that these were all. */
	device->has_ranges = !device->ranges_err &&
			     (device->n_mappings > 0 || (device->has_size && device->size == 0));
	return 0;
}

int device_fail_ranges(struct daxfs_ctx *ctx, const struct daxfs_device *device)
{
	int err = device->ranges_err ? device->ranges_err : EACCES;

	return daxfs_fail(ctx, -err,
			  &(struct failure){ .id = "read-failed",
					     .device = device->name,
					     .path = device->ranges_path,
					     .err = err },
			  "%s: cannot read its ranges", device->name);
}

/*
 * kmem takes the blocks of a range away together with its entry in /proc/iomem, or neither: a
 * block left behind is what keeps other drivers out. A recorded tree may lack the one or the other.
 */
static int is_stranded(struct daxfs_ctx *ctx, const struct daxfs_device *device, bool *ret_stranded)
{
	bool by_blocks = false, by_iomem = false;
	int blocks, r;

	blocks = memory_has_blocks(ctx, device->ranges, device->n_mappings, &by_blocks);
	if (blocks == 0 && (by_blocks || !ctx->recorded)) {
		*ret_stranded = by_blocks;
		return 0;
	}
	r = iomem_has_kmem(ctx, device->ranges, device->n_mappings, &by_iomem);
	if (r == -ENOENT)
		r = 0;
	if (r < 0)
		return r;
	*ret_stranded = by_iomem;
	return 0;
}

static int read_state(struct daxfs_ctx *ctx, struct device_dir *dir, struct daxfs_device *device)
{
	bool stranded;
	int r;

	if (device->mode != DAXFS_MODE_NONE) {
		device->state = DAXFS_STATE_ENABLED;
		return 0;
	}
	if (device->has_size && device->size == 0) {
		device->state = DAXFS_STATE_DISABLED;
		return 0;
	}
	r = read_ranges(dir, device);
	if (r < 0 || !device->has_ranges)
		return r;
	r = is_stranded(ctx, device, &stranded);
	if (r < 0)
		return value_is_unknown(r) ? 0 : r;
	device->state = stranded ? DAXFS_STATE_STRANDED : DAXFS_STATE_DISABLED;
	return 0;
}

static int read_backing(struct daxfs_ctx *ctx, struct device_dir *dir, struct daxfs_device *device)
{
	int fd = -1;
	int r = device_dir_fd(dir, &fd);

	return r < 0 ? r : backing_read(ctx, fd, device);
}

static int read_sections(struct daxfs_ctx *ctx, struct device_dir *dir, struct daxfs_device *device)
{
	int r = 0;

	if (device->sections & (DAXFS_SECTION_DETAIL | DAXFS_SECTION_BACKING | DAXFS_SECTION_USERS))
		r = read_detail(ctx, dir, device);
	if (r == 0 && device->sections & (DAXFS_SECTION_MAPPINGS | DAXFS_SECTION_MEMORY |
					  DAXFS_SECTION_POISON))
		r = read_ranges(dir, device);
	if (r == 0 && device->sections & DAXFS_SECTION_BACKING)
		r = read_backing(ctx, dir, device);
	if (r == 0 && device->sections & DAXFS_SECTION_MEMORY)
		r = memory_read_section(ctx, device);
	if (r == 0 && device->sections & DAXFS_SECTION_USERS)
		r = users_read(ctx, device, false);
	if (r == 0 && device->sections & DAXFS_SECTION_POISON)
		r = poison_read(ctx, device);
	return r;
}

static int read_device(struct daxfs_ctx *ctx, struct device_dir *dir, struct daxfs_device *device)
{
	int r;

	r = device->sections & SECTION_SIZE_ONLY ? read_size(dir, device) : read_basic(dir, device);
	if (r == 0 && !(device->sections & (SECTION_NO_STATE | SECTION_SIZE_ONLY)))
		r = read_state(ctx, dir, device);
	if (r == 0)
		r = read_sections(ctx, dir, device);
	/* Every device has a size; without one the directory may be that of a device that has gone. */
	if (r == 0 && !device->has_size && !device_exists(ctx, device->name))
		r = -ENODEV;
	return r;
}

int device_fail_bad_name(struct daxfs_ctx *ctx, const char *name)
{
	return daxfs_fail(ctx, -EINVAL,
			  &(struct failure){ .class = DAXFS_CLASS_INVALID, .id = "bad-name" },
			  "'%s' is not the name of a device", name);
}

static int fail_unreadable(struct daxfs_ctx *ctx, const char *name, int r)
{
	/* For callers, ENODEV is a device that has gone. */
	return daxfs_fail(ctx, r == -ENODEV ? -EIO : r,
			  &(struct failure){ .id = "read-failed",
					     .device = name,
					     .path = file_error_path(r),
					     .err = -r },
			  "%s: cannot read its attributes", name);
}

/* -ESTALE when the device is not where its region was; then that is forgotten. */
static int look_at(struct daxfs_ctx *ctx, const char *name, unsigned int sections,
		   struct daxfs_device **ret_device)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	_cleanup_device_dir_ struct device_dir dir = DEVICE_DIR_INIT(ctx);
	unsigned int region, id;
	int r;

	if (daxfs_parse_device_name(name, &region, &id) < 0)
		return device_fail_bad_name(ctx, name);
	/* calloc() would go past the cache of malloc(), which shows with ten thousand. */
	device = malloc(sizeof(*device));
	if (!device)
		return -ENOMEM;
	*device = (struct daxfs_device){
		.refcount = 1, .sections = sections, .region_id = region, .id = id
	};
	strcpy(device->name, name); /* its room is that of any name */
	r = device_dir_open(&dir, device);
	if (r < 0)
		return r;
	r = read_device(ctx, &dir, device);
	if (r == -ESTALE && dir.is_old) {
		device_dir_forget(ctx);
		return r;
	}
	if (r == -ENODEV && !device_exists(ctx, name))
		return device_fail_gone(ctx, name);
	if (r == -ELIBACC) /* told already */
		return r;
	if (r < 0)
		return fail_unreadable(ctx, name, r);
	*ret_device = TAKE_PTR(device);
	return 0;
}

DAXFS_EXPORT int daxfs_device_new(struct daxfs_ctx *ctx, const char *name, unsigned int sections,
				  struct daxfs_device **ret_device)
{
	int r = look_at(ctx, name, sections, ret_device);

	return r == -ESTALE ? look_at(ctx, name, sections, ret_device) : r;
}

DAXFS_EXPORT int daxfs_device_check(struct daxfs_ctx *ctx, const char *name, bool *ret_is_seed)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	int r;

	r = daxfs_device_new(ctx, name, SECTION_SIZE_ONLY, &device);
	if (r == 0)
		*ret_is_seed = device->is_seed;
	return r;
}

DAXFS_EXPORT struct daxfs_device *daxfs_device_ref(struct daxfs_device *device)
{
	device->refcount++;
	return device;
}

DAXFS_EXPORT struct daxfs_device *daxfs_device_unref(struct daxfs_device *device)
{
	if (!device || --device->refcount > 0)
		return NULL;
	free(device->path);
	free(device->driver);
	free(device->dev);
	free(device->ranges);
	free(device->ranges_path);
	free(device->namespace);
	free(device->uuid);
	free(device->namespace_uuid);
	free(device->cxl_region);
	daxfs_free_names(device->cxl_memdevs);
	free(device->zones);
	users_free(device->users, device->n_users);
	free(device->poison);
	free(device);
	return NULL;
}
