// SPDX-License-Identifier: LGPL-2.1-or-later
/* The devices there are, and an immutable snapshot of one. */
#include "device.h"

#include <string.h>
#include <syslog.h>

#include "file-error.h"
#include "intent.h"
#include "journal.h"
#include "poison.h"
#include "sysfs.h"
#include "users.h"

#define DEVICES_DIR "bus/dax/devices"
#define LINK_MAX_LENGTH (sizeof(DEVICES_DIR) + 1 + DEVICE_NAME_MAX)

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

static int compare_names(const void *a, const void *b)
{
	unsigned int region_a, id_a, region_b, id_b;

	/* Only names that were parsed before are sorted. */
	if (daxfs_parse_device_name(*(char *const *)a, &region_a, &id_a) < 0 ||
	    daxfs_parse_device_name(*(char *const *)b, &region_b, &id_b) < 0)
		return 0;
	if (region_a != region_b)
		return region_a < region_b ? -1 : 1;
	return (id_a > id_b) - (id_a < id_b);
}

/* Keeps the names that a device can have; returns how many. */
static size_t drop_strange_names(struct daxfs_ctx *ctx, char **names, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (daxfs_parse_device_name(names[i], NULL, NULL) < 0) {
			log_warning(ctx, "%s/%s/%s: not the name of a device, ignoring",
				    ctx->sysfs_root, DEVICES_DIR, names[i]);
			free(names[i]);
			continue;
		}
		names[kept++] = names[i];
	}
	names[kept] = NULL;
	return kept;
}

DAXFS_EXPORT int daxfs_list_devices_unsorted(struct daxfs_ctx *ctx, char ***ret_names,
					     size_t *ret_n)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	_cleanup_close_ int fd = -1;
	size_t n = 0;
	int r;

	r = sysfs_open_dir(ctx, DEVICES_DIR, &fd);
	if (r == 0)
		r = sysfs_list(fd, "", &names, &n);
	if (r == -ENOENT) { /* no dax bus: no devices */
		names = calloc(1, sizeof(*names));
		r = names ? 0 : -ENOMEM;
	}
	if (r < 0)
		return daxfs_fail(ctx, r,
				  &(struct failure){ .id = "list-failed",
						     .path = file_error_path(r),
						     .err = -r },
				  "%s/%s: cannot list the devices", ctx->sysfs_root, DEVICES_DIR);
	n = drop_strange_names(ctx, names, n);
	if (ret_n)
		*ret_n = n;
	*ret_names = TAKE_PTR(names);
	return 0;
}

DAXFS_EXPORT int daxfs_list_devices(struct daxfs_ctx *ctx, char ***ret_names, size_t *ret_n)
{
	size_t n = 0;
	int r = daxfs_list_devices_unsorted(ctx, ret_names, &n);

	if (r < 0)
		return r;
	qsort(*ret_names, n, sizeof(**ret_names), compare_names);
	if (ret_n)
		*ret_n = n;
	return 0;
}

/* "/platform/hmem.0/dax0.0" of "../../../devices/platform/hmem.0/dax0.0"; NULL of anything else. */
static const char *path_of_link(const char *target)
{
	while (strncmp(target, "../", 3) == 0)
		target += 3;
	return strncmp(target, "devices/", 8) == 0 ? target + 7 : NULL;
}

static int fail_no_device(struct daxfs_ctx *ctx, const char *name)
{
	return daxfs_fail(
		ctx, -ENODEV,
		&(struct failure){ .class = DAXFS_CLASS_NO_DEVICE,
				   .id = "no-device",
				   .device = name,
				   .hint = "'daxfsctl list --idle' shows the devices there are" },
		"%s: no such device", name);
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

static int read_path(int root_fd, const char *link, char **ret_path)
{
	_cleanup_free_ char *target = NULL;
	const char *path;
	int r;

	r = sysfs_readlink(root_fd, link, &target);
	/* A recorded tree may hold a directory in place of the link. */
	if (r == -EINVAL) {
		*ret_path = NULL;
		return 0;
	}
	if (r < 0)
		return r;
	path = path_of_link(target);
	*ret_path = path ? strdup(path) : NULL;
	return path && !*ret_path ? -ENOMEM : 0;
}

static bool device_exists(struct daxfs_ctx *ctx, const char *name)
{
	char link[LINK_MAX_LENGTH];
	int root = -1;

	snprintf(link, sizeof(link), "%s/%s", DEVICES_DIR, name);
	return sysfs_root_fd(ctx, &root) == 0 && sysfs_exists(root, link);
}

static int fail_open(struct daxfs_ctx *ctx, const char *name, const char *link, int r)
{
	/* For callers, ENODEV is a device that has gone. */
	return daxfs_fail(ctx, r == -ENODEV ? -EIO : r,
			  &(struct failure){ .id = "read-failed",
					     .device = name,
					     .path = file_error_path(r),
					     .err = -r },
			  "%s: cannot open %s%s%s", name, ctx->sysfs_root, *link ? "/" : "", link);
}

int device_open(struct daxfs_ctx *ctx, const char *name, int *ret_fd, char **ret_path)
{
	char link[LINK_MAX_LENGTH];
	_cleanup_free_ char *path = NULL;
	int root = -1, r;

	snprintf(link, sizeof(link), "%s/%s", DEVICES_DIR, name);
	r = sysfs_root_fd(ctx, &root);
	if (r < 0)
		return fail_open(ctx, name, "", r);
	r = read_path(root, link, &path);
	if (r == 0)
		r = sysfs_open_dir_at(root, link, ret_fd);
	if (r == -ENOENT || r == -ENOTDIR || (r == -ENODEV && !device_exists(ctx, name)))
		return fail_no_device(ctx, name);
	if (r < 0)
		return fail_open(ctx, name, link, r);
	*ret_path = TAKE_PTR(path);
	return 0;
}

/* For values of which "unknown" is an answer: keeps failures only. */
static int known(int r, bool *ret_has)
{
	*ret_has = r == 0;
	return value_is_unknown(r) ? 0 : r;
}

static int read_driver(int dir_fd, struct daxfs_device *device)
{
	int r = sysfs_readlink_name(dir_fd, "driver", &device->driver);

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
static bool read_is_static(int dir_fd, enum daxfs_kind kind)
{
	if (kind != DAXFS_KIND_OTHER)
		return kind == DAXFS_KIND_PMEM;
	return !sysfs_exists(dir_fd, "mapping") &&
	       !sysfs_exists(dir_fd, "../dax_region/available_size");
}

static int read_bool(int dir_fd, const char *name, bool *ret_value)
{
	uint64_t value;
	int r;

	r = sysfs_read_u64(dir_fd, name, &value);
	if (r < 0)
		return r;
	if (value > 1)
		return -EINVAL;
	*ret_value = value;
	return 0;
}

/* What the module adds to a device that is bound to it. */
static int read_fsdev(int dir_fd, struct daxfs_device *device)
{
	int r;

	if (device->mode != DAXFS_MODE_FAMFS)
		return 0;
	r = known(read_bool(dir_fd, "fsdev/held", &device->held), &device->has_held);
	if (r == 0 && device->has_held)
		r = known(sysfs_read_u64(dir_fd, "fsdev/data_offset", &device->data_offset),
			  &device->has_data_offset);
	return r;
}

static int read_basic(int dir_fd, struct daxfs_device *device)
{
	int r;

	r = known(sysfs_read_u64(dir_fd, "size", &device->size), &device->has_size);
	if (r == 0)
		r = known(sysfs_read_u64(dir_fd, "align", &device->align), &device->has_align);
	if (r == 0)
		r = known(sysfs_read_int(dir_fd, "target_node", &device->target_node),
			  &device->has_target_node);
	if (r == 0)
		r = read_driver(dir_fd, device);
	if (r == 0)
		r = read_fsdev(dir_fd, device);
	if (r < 0)
		return r;
	device->is_static = read_is_static(dir_fd, device->kind);
	device->is_seed = device->has_size && device->size == 0 && !device->is_static;
	return 0;
}

static int read_detail(struct daxfs_ctx *ctx, int dir_fd, struct daxfs_device *device)
{
	int r;

	device->journal = journal_state(ctx, device->name);
	/* With a driver there is nothing to come back to, whatever is on file. */
	if (device->mode == DAXFS_MODE_NONE)
		device->configured_mode = intent_read(ctx, device->name);

	r = known(sysfs_read_int(dir_fd, "numa_node", &device->numa_node), &device->has_numa_node);
	/* Of a device of size 0 the kernel tells the region's first address, which is not its own. */
	if (r == 0 && !(device->has_size && device->size == 0))
		r = known(sysfs_read_u64(dir_fd, "resource", &device->resource),
			  &device->has_resource);
	if (r == 0)
		r = known(read_bool(dir_fd, "memmap_on_memory", &device->memmap_on_memory),
			  &device->has_memmap_on_memory);
	if (r < 0)
		return r;
	r = sysfs_read_string(dir_fd, "dev", &device->dev);
	return value_is_unknown(r) ? 0 : r;
}

static int read_range(int dir_fd, unsigned int index, struct daxfs_range *ret_range)
{
	char name[64];
	int r;

	snprintf(name, sizeof(name), "mapping%u/start", index);
	r = sysfs_read_u64(dir_fd, name, &ret_range->start);
	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "mapping%u/end", index);
	r = sysfs_read_u64(dir_fd, name, &ret_range->end);
	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "mapping%u/page_offset", index);
	r = sysfs_read_u64(dir_fd, name, &ret_range->page_offset);
	if (r < 0)
		return r;
	return ret_range->end < ret_range->start ? -EINVAL : 0;
}

static int check_mapping(int dir_fd, unsigned int index)
{
	char name[32];

	snprintf(name, sizeof(name), "mapping%u", index);
	return sysfs_check(dir_fd, name);
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

int device_read_ranges(struct daxfs_ctx *ctx, int dir_fd, struct daxfs_device *device)
{
	int r;

	if (device->ranges || device->has_ranges)
		return 0;
	for (unsigned int i = 0; (r = check_mapping(dir_fd, i)) == 0; i++) {
		struct daxfs_range *ranges;

		ranges = reallocarray(device->ranges, i + 1, sizeof(*ranges));
		if (!ranges)
			return -ENOMEM;
		device->ranges = ranges;
		device->n_mappings = i + 1;
		/* The first that only root may read stands for all. */
		r = device->ranges_err ? 0 : read_range(dir_fd, i, &ranges[i]);
		if (r < 0)
			r = note_unknown_ranges(device, r);
		if (r < 0)
			return r;
	}
	/* Only a mapping that is not there says that these were all. */
	if (r != -ENOENT) {
		r = note_unknown_ranges(device, r);
		if (r < 0)
			return r;
	}
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

static int read_state(struct daxfs_ctx *ctx, int dir_fd, struct daxfs_device *device)
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
	r = device_read_ranges(ctx, dir_fd, device);
	if (r < 0 || !device->has_ranges)
		return r;
	r = is_stranded(ctx, device, &stranded);
	if (r < 0)
		return value_is_unknown(r) ? 0 : r;
	device->state = stranded ? DAXFS_STATE_STRANDED : DAXFS_STATE_DISABLED;
	return 0;
}

static int read_sections(struct daxfs_ctx *ctx, int dir_fd, struct daxfs_device *device)
{
	int r = 0;

	if (device->sections & (DAXFS_SECTION_DETAIL | DAXFS_SECTION_BACKING | DAXFS_SECTION_USERS))
		r = read_detail(ctx, dir_fd, device);
	if (r == 0 && device->sections & (DAXFS_SECTION_MAPPINGS | DAXFS_SECTION_MEMORY |
					  DAXFS_SECTION_POISON))
		r = device_read_ranges(ctx, dir_fd, device);
	if (r == 0 && device->sections & DAXFS_SECTION_BACKING)
		r = backing_read(ctx, dir_fd, device);
	if (r == 0 && device->sections & DAXFS_SECTION_MEMORY)
		r = memory_read_section(ctx, device);
	if (r == 0 && device->sections & DAXFS_SECTION_USERS)
		r = users_read(ctx, device, false);
	if (r == 0 && device->sections & DAXFS_SECTION_POISON)
		r = poison_read(ctx, device, true);
	return r;
}

static int read_device(struct daxfs_ctx *ctx, int dir_fd, struct daxfs_device *device)
{
	int r;

	r = read_basic(dir_fd, device);
	if (r == 0)
		r = read_state(ctx, dir_fd, device);
	if (r == 0)
		r = read_sections(ctx, dir_fd, device);
	/* Every device has a size; without one the directory may be that of a device that has gone. */
	if (r == 0 && !device->has_size && !device_exists(ctx, device->name))
		r = -ENODEV;
	return r;
}

static int device_alloc(const char *name, unsigned int sections, struct daxfs_device **ret_device)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = calloc(1, sizeof(*device));

	if (!device)
		return -ENOMEM;
	device->refcount = 1;
	device->sections = sections;
	device->name = strdup(name);
	if (!device->name)
		return -ENOMEM;
	*ret_device = TAKE_PTR(device);
	return 0;
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

DAXFS_EXPORT int daxfs_device_new(struct daxfs_ctx *ctx, const char *name, unsigned int sections,
				  struct daxfs_device **ret_device)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	_cleanup_close_ int fd = -1;
	unsigned int region, id;
	int r;

	if (daxfs_parse_device_name(name, &region, &id) < 0)
		return device_fail_bad_name(ctx, name);
	r = device_alloc(name, sections, &device);
	if (r < 0)
		return r;
	device->region_id = region;
	device->id = id;
	r = device_open(ctx, name, &fd, &device->path);
	if (r < 0)
		return r;
	device->kind = region_kind_of_device(device->path);
	r = read_device(ctx, fd, device);
	if (r == -ENODEV && !device_exists(ctx, name))
		return fail_no_device(ctx, name);
	if (r == -ELIBACC) /* told already */
		return r;
	if (r < 0)
		return fail_unreadable(ctx, name, r);
	*ret_device = TAKE_PTR(device);
	return 0;
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
	free(device->name);
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
