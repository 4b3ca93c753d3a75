// SPDX-License-Identifier: LGPL-2.1-or-later
/* What sysfs tells of the layout of a CXL region. */
#include <string.h>

#include "cxl.h"
#include "device.h"
#include "sysfs.h"
#include "text-file.h"

/* A table has a few hundred bytes. */
#define TABLE_MAX (64 << 10)

/* Unless the firmware says otherwise, which it need not, it is the simple order. */
static bool is_modulo(const struct daxfs_ctx *ctx, uint64_t address)
{
	_cleanup_fclose_ FILE *file = NULL;
	_cleanup_free_ uint8_t *table = malloc(TABLE_MAX);
	bool modulo = true;
	size_t size;

	if (!table || text_file_open(ctx->sysfs_root, "firmware/acpi/tables/CEDT", &file) < 0)
		return true;
	size = fread(table, 1, TABLE_MAX, file);
	cxl_window_is_modulo(table, size, address, &modulo);
	return modulo;
}

/* The part of it that a device has; *ret_size is how large that part is. */
static int read_way(struct daxfs_ctx *ctx, int region_fd, size_t number, struct cxl_way *ret_way,
		    uint64_t *ret_size)
{
	_cleanup_free_ char *memdev = NULL, *path = NULL;
	_cleanup_close_ int fd = -1;
	char decoder[64];
	int r;

	r = backing_read_target(ctx, region_fd, number, decoder, sizeof(decoder), &memdev);
	if (r < 0)
		return r;
	if (!backing_is_plain_name(memdev, "mem") || strlen(memdev) >= sizeof(ret_way->memdev))
		return -EINVAL;
	if (asprintf(&path, "bus/cxl/devices/%s", decoder) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	strcpy(ret_way->memdev, memdev);
	r = sysfs_open_dir(ctx, path, &fd);
	if (r == 0)
		r = sysfs_read_u64(fd, "dpa_resource", &ret_way->dpa);
	return r < 0 ? r : sysfs_read_u64(fd, "dpa_size", ret_size);
}

static int read_ways(struct daxfs_ctx *ctx, int region_fd, struct cxl_layout *layout)
{
	uint64_t n, size;
	int r;

	r = sysfs_read_u64(region_fd, "interleave_ways", &n);
	if (r == 0)
		r = sysfs_read_u64(region_fd, "interleave_granularity", &layout->granularity);
	if (r == 0 && (n == 0 || n > CXL_WAYS_MAX))
		r = -EINVAL;
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = read_way(ctx, region_fd, i, &layout->ways[i], &size);
		/* Each has the same part, or this is no order that is known here. */
		if (r == 0 && size != (layout->size - layout->cache) / n)
			r = -EINVAL;
	}
	if (r == 0)
		layout->n_ways = n;
	return r;
}

int cxl_read_layout(struct daxfs_ctx *ctx, int dir_fd, const char *region,
		    struct cxl_layout *ret_layout)
{
	struct cxl_layout layout = {};
	_cleanup_close_ int fd = -1;
	int r;

	if (!backing_is_plain_name(region, "region") || strlen(region) >= sizeof(layout.region))
		return -EINVAL;
	strcpy(layout.region, region);
	/* The dax device is at .../regionN/dax_regionN/daxX.Y. */
	r = sysfs_open_dir_at(dir_fd, "../..", &fd);
	if (r == 0)
		r = sysfs_read_u64(fd, "resource", &layout.start);
	if (r == 0)
		r = sysfs_read_u64(fd, "size", &layout.size);
	if (r < 0)
		return r;
	/* Where the kernel does not know of such a cache, there is none. */
	if (sysfs_read_u64(fd, "extended_linear_cache_size", &layout.cache) < 0)
		layout.cache = 0;
	r = layout.cache < layout.size ? read_ways(ctx, fd, &layout) : -EINVAL;
	if (r == -ENOMEM)
		return r;
	if (r < 0 || !cxl_layout_is_sound(&layout) || !is_modulo(ctx, layout.start))
		layout.n_ways = 0;
	*ret_layout = layout;
	return 0;
}
