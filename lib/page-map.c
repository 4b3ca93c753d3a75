// SPDX-License-Identifier: LGPL-2.1-or-later
#include "page-map.h"

#include <inttypes.h>
#include <string.h>

#include "device.h"
#include "sysfs.h"

bool page_map_is_left(const struct daxfs_device *device, const char *driver, int r)
{
	return r == -EINVAL && !device->is_static && strcmp(driver, "kmem") != 0;
}

/* Makes the device anew, as the kernel allows for all but the first one of a region. */
static void print_gentle(FILE *f, const struct daxfs_ctx *ctx, const struct daxfs_device *old)
{
	const char *root = ctx->sysfs_root;

	fprintf(f, "run: cd \"$(dirname \"$(readlink -f %s/bus/dax/devices/%s)\")\"", root,
		old->name);
	fprintf(f, " && echo 0 > %s/size && echo %s > dax_region/delete", old->name, old->name);
	fprintf(f, " && echo 1 > dax_region/create");
	for (size_t i = 0; i < old->n_mappings; i++)
		fprintf(f, " && echo 0x%" PRIx64 "-0x%" PRIx64 " > %s/mapping",
			old->ranges[i].start, old->ranges[i].end, old->name);
	fprintf(f, " && daxfsctl recover %s", old->name);
}

/* Another device of the region that has memory; an empty name: there is none. */
static int find_sibling(struct daxfs_ctx *ctx, const struct daxfs_device *old,
			char ret_name[DEVICE_NAME_MAX])
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	int r;

	ret_name[0] = '\0';
	r = daxfs_list_devices(ctx, &names, NULL);
	for (size_t i = 0; r == 0 && names[i]; i++) {
		_cleanup_(daxfs_device_unrefp) struct daxfs_device *other = NULL;

		r = daxfs_device_new(ctx, names[i], 0, &other);
		if (r == -ENODEV) /* gone since the directory was read */
			r = 0;
		else if (r == 0 && other->id != old->id && other->region_id == old->region_id &&
			 !(other->has_size && other->size == 0))
			snprintf(ret_name, DEVICE_NAME_MAX, "%s", other->name);
	}
	return r;
}

/* The first device of a region cannot be deleted: only the region as a whole can be made anew. */
static int print_harsh(FILE *f, struct daxfs_ctx *ctx, const struct daxfs_device *old)
{
	char sibling[DEVICE_NAME_MAX];
	int r;

	r = find_sibling(ctx, old, sibling);
	if (r < 0)
		return r;
	if (sibling[0])
		fprintf(f,
			"the first device of a region cannot be deleted, and to probe the region again "
			"would destroy %s as well: reboot, or use it in mode system-ram until then",
			sibling);
	else
		fprintf(f, "the first device of a region cannot be deleted: unbind the region's "
			   "device from its driver and bind it again, which destroys the size and "
			   "the ranges of this device, or reboot");
	return 0;
}

static int make_hint(struct daxfs_ctx *ctx, const struct daxfs_device *old, char **ret_hint)
{
	_cleanup_fclose_ FILE *f = NULL;
	char *hint = NULL;
	size_t size;
	int r = 0;

	f = open_memstream(&hint, &size);
	if (!f)
		return -ENOMEM;
	if (old->id > 0 && old->has_ranges)
		print_gentle(f, ctx, old);
	else
		r = print_harsh(f, ctx, old);
	if (ferror(f) | fclose(TAKE_PTR(f)) || !hint)
		r = -ENOMEM;
	if (r < 0)
		free(hint);
	else
		*ret_hint = hint;
	return r;
}

int page_map_fail_left(struct daxfs_ctx *ctx, const struct daxfs_device *old, const char *path,
		       int r)
{
	_cleanup_free_ char *hint = NULL;

	if (make_hint(ctx, old, &hint) < 0)
		hint = NULL;
	return daxfs_fail(ctx, r,
			  &(struct failure){ .class = DAXFS_CLASS_NOT_RESTORED,
					     .id = "left-page-map",
					     .device = old->name,
					     .step = "bind",
					     .path = path,
					     .err = -r,
					     .hint = hint },
			  "%s: cannot be bound to %s again: a probe of device_dax that failed left "
			  "its page map in the way",
			  old->name, old->driver);
}
