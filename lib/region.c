// SPDX-License-Identifier: LGPL-2.1-or-later
/* Regions: what a device is carved from, found as the parent of a device. */
#include <ctype.h>
#include <string.h>

#include "device.h"
#include "file-error.h"
#include "sysfs.h"

/* Whether the name at @name, which ends at a slash or at the end of the text, is PREFIXn. */
static bool is_numbered(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	if (strncmp(name, prefix, length) != 0)
		return false;
	name += length;
	return name[strspn(name, "0123456789")] == '/' ||
	       (isdigit((unsigned char)*name) && !name[strspn(name, "0123456789")]);
}

static bool has_component(const char *path, const char *prefix)
{
	for (const char *s = strchr(path, '/'); s; s = strchr(s + 1, '/'))
		if (is_numbered(s + 1, prefix))
			return true;
	return false;
}

enum daxfs_kind region_kind_of_path(const char *path)
{
	const char *name = path ? strrchr(path, '/') : NULL;

	if (!name)
		return DAXFS_KIND_OTHER;
	if (has_component(path, "ndbus"))
		return DAXFS_KIND_PMEM;
	if (is_numbered(name + 1, "hmem."))
		return DAXFS_KIND_HMEM;
	if (is_numbered(name + 1, "dax_region") && has_component(path, "region"))
		return DAXFS_KIND_CXL;
	return DAXFS_KIND_OTHER;
}

/* Cuts the last component off; "" has none. */
static char *parent_of(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? strndup(path, slash - path) : NULL;
}

enum daxfs_kind region_kind_of_device(const char *path)
{
	_cleanup_free_ char *parent = parent_of(path);

	return region_kind_of_path(parent);
}

static int known(int r, bool *ret_has)
{
	*ret_has = r == 0;
	return value_is_unknown(r) ? 0 : r;
}

static int read_region(int dir_fd, struct daxfs_region *region)
{
	int r;

	r = known(sysfs_read_u64(dir_fd, "../dax_region/size", &region->size), &region->has_size);
	if (r == 0)
		r = known(sysfs_read_u64(dir_fd, "../dax_region/available_size",
					 &region->available_size),
			  &region->has_available_size);
	if (r == 0)
		r = known(sysfs_read_u64(dir_fd, "../dax_region/align", &region->align),
			  &region->has_align);
	return r;
}

DAXFS_EXPORT int daxfs_region_new(struct daxfs_ctx *ctx, const char *device_name,
				  struct daxfs_region **ret_region)
{
	_cleanup_(daxfs_region_unrefp) struct daxfs_region *region = NULL;
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	unsigned int id;
	int r;

	if (daxfs_parse_device_name(device_name, &id, NULL) < 0)
		return device_fail_bad_name(ctx, device_name);
	r = device_open(ctx, device_name, &fd, &path);
	if (r < 0)
		return r;
	region = calloc(1, sizeof(*region));
	if (!region)
		return -ENOMEM;
	region->refcount = 1;
	region->id = id;
	region->path = parent_of(path);
	if (path && !region->path)
		return -ENOMEM;
	region->kind = region_kind_of_path(region->path);
	r = read_region(fd, region);
	if (r < 0)
		return daxfs_fail(ctx, r,
				  &(struct failure){ .id = "read-failed",
						     .device = device_name,
						     .path = file_error_path(r),
						     .err = -r },
				  "%s: cannot read the attributes of its region", device_name);
	*ret_region = TAKE_PTR(region);
	return 0;
}

DAXFS_EXPORT struct daxfs_region *daxfs_region_ref(struct daxfs_region *region)
{
	region->refcount++;
	return region;
}

DAXFS_EXPORT struct daxfs_region *daxfs_region_unref(struct daxfs_region *region)
{
	if (!region || --region->refcount > 0)
		return NULL;
	free(region->path);
	free(region);
	return NULL;
}

DAXFS_EXPORT unsigned int daxfs_region_get_id(const struct daxfs_region *region)
{
	return region->id;
}

DAXFS_EXPORT const char *daxfs_region_get_path(const struct daxfs_region *region)
{
	return region->path;
}

DAXFS_EXPORT enum daxfs_kind daxfs_region_get_kind(const struct daxfs_region *region)
{
	return region->kind;
}

DAXFS_EXPORT bool daxfs_region_get_size(const struct daxfs_region *region, uint64_t *ret_bytes)
{
	if (region->has_size)
		*ret_bytes = region->size;
	return region->has_size;
}

DAXFS_EXPORT bool daxfs_region_get_available_size(const struct daxfs_region *region,
						  uint64_t *ret_bytes)
{
	if (region->has_available_size)
		*ret_bytes = region->available_size;
	return region->has_available_size;
}

DAXFS_EXPORT bool daxfs_region_get_align(const struct daxfs_region *region, uint64_t *ret_bytes)
{
	if (region->has_align)
		*ret_bytes = region->align;
	return region->has_align;
}
