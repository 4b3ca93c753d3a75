// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is behind a device: the nvdimm namespace, or the CXL region and its memory devices. */
#include <string.h>

#include "device.h"
#include "sysfs.h"

/*
 * Before 5.4 the kernel moved the start of a page map up to the next memory section. Larger where
 * the architecture had larger sections.
 */
#if defined(__aarch64__)
#define SECTION_SIZE (1ULL << 30)
#else
#define SECTION_SIZE (128ULL << 20)
#endif

bool backing_is_plain_name(const char *name, const char *prefix)
{
	size_t length = strlen(name);

	return strncmp(name, prefix, strlen(prefix)) == 0 && length > strlen(prefix) &&
	       length < 64 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._") == length;
}

static int read_optional_string(int dir_fd, const char *name, char **ret_text)
{
	_cleanup_free_ char *text = NULL;
	int r;

	r = sysfs_read_string(dir_fd, name, &text);
	if (r < 0)
		return value_is_unknown(r) ? 0 : r;
	if (*text)
		*ret_text = TAKE_PTR(text);
	return 0;
}

/*
 * The page map runs from the namespace's start (plus a padding, on namespaces of old kernels, that
 * sysfs does not tell) to the device's end.
 */
static void set_pgmap(struct daxfs_device *device, uint64_t namespace_start)
{
	uint64_t past_padding = namespace_start + (-namespace_start & (SECTION_SIZE - 1));

	if (!device->has_resource || !device->has_size || device->size == 0 ||
	    device->resource < namespace_start)
		return;
	/* Padded, the page map would begin at the next section. Below it, there is no padding. */
	if (past_padding != namespace_start && device->resource >= past_padding)
		return;
	device->pgmap = (struct daxfs_pgmap){
		.start = namespace_start,
		.end = device->resource + device->size - 1,
		.data_offset = device->resource - namespace_start,
	};
	device->has_pgmap = true;
	if (device->mode == DAXFS_MODE_FAMFS && !device->has_data_offset) {
		device->data_offset = device->pgmap.data_offset;
		device->has_data_offset = true;
	}
}

static int read_namespace(int nd_fd, struct daxfs_device *device)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	uint64_t start;
	int r;

	if (asprintf(&path, "../%s", device->namespace) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = sysfs_open_dir_at(nd_fd, path, &fd);
	if (r < 0)
		return value_is_unknown(r) ? 0 : r;
	r = read_optional_string(fd, "uuid", &device->namespace_uuid);
	if (r < 0)
		return r;
	r = sysfs_read_u64(fd, "resource", &start);
	if (r < 0)
		return value_is_unknown(r) ? 0 : r;
	set_pgmap(device, start);
	return 0;
}

/* The parent of a static device is the nd device daxA.B, whose numbers are not its own. */
static int read_pmem(int dir_fd, struct daxfs_device *device)
{
	_cleanup_free_ char *namespace = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	r = sysfs_open_dir_at(dir_fd, "..", &fd);
	if (r < 0)
		return r;
	r = read_optional_string(fd, "uuid", &device->uuid);
	if (r == 0)
		r = read_optional_string(fd, "namespace", &namespace);
	if (r < 0 || !namespace || !backing_is_plain_name(namespace, "namespace"))
		return r;
	device->namespace = TAKE_PTR(namespace);
	return read_namespace(fd, device);
}

/* The memory device of an endpoint decoder: the uport of the port that the decoder belongs to. */
static int read_memdev(struct daxfs_ctx *ctx, const char *decoder, char **ret_name)
{
	_cleanup_free_ char *path = NULL;
	int root = -1, r;

	r = sysfs_root_fd(ctx, &root);
	if (r < 0)
		return r;
	if (asprintf(&path, "bus/cxl/devices/%s/../uport", decoder) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return sysfs_readlink_name(root, path, ret_name);
}

static int add_name(char ***names, size_t n, char *name)
{
	char **longer = reallocarray(*names, n + 2, sizeof(*longer));

	if (!longer)
		return -ENOMEM;
	longer[n] = name;
	longer[n + 1] = NULL;
	*names = longer;
	return 0;
}

int backing_read_target(struct daxfs_ctx *ctx, int region_fd, size_t number, char *decoder,
			size_t size, char **ret_memdev)
{
	char attr[32];
	int r;

	snprintf(attr, sizeof(attr), "target%zu", number);
	r = sysfs_read_text(region_fd, attr, decoder, size);
	if (r < 0)
		return r;
	return backing_is_plain_name(decoder, "decoder") ? read_memdev(ctx, decoder, ret_memdev)
							 : -EINVAL;
}

/* In the order of interleaving: target0, target1, ... One unknown makes the list unknown. */
static int read_memdevs(struct daxfs_ctx *ctx, int region_fd, char ***ret_names)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	int r;

	for (size_t n = 0;; n++) {
		_cleanup_free_ char *memdev = NULL;
		char attr[32], decoder[64];

		snprintf(attr, sizeof(attr), "target%zu", n);
		/* Past the last way the attributes are hidden. */
		if (n > 0 && sysfs_check(region_fd, attr) == -ENOENT)
			break;
		r = backing_read_target(ctx, region_fd, n, decoder, sizeof(decoder), &memdev);
		if (r == 0)
			r = add_name(&names, n, memdev);
		if (r < 0)
			return r;
		memdev = NULL; /* the list has it */
	}
	*ret_names = TAKE_PTR(names);
	return 0;
}

/* The device is at .../regionN/dax_regionN/daxX.Y. */
char *backing_region_of_path(const char *path)
{
	const char *end = path + strlen(path), *start;

	for (unsigned int up = 0; up < 2; up++) {
		end = memrchr(path, '/', end - path);
		if (!end)
			return NULL;
	}
	start = memrchr(path, '/', end - path);
	return start ? strndup(start + 1, end - start - 1) : NULL;
}

static int read_cxl(struct daxfs_ctx *ctx, int dir_fd, struct daxfs_device *device)
{
	_cleanup_close_ int fd = -1;
	int r;

	device->cxl_region = backing_region_of_path(device->path);
	if (!device->cxl_region)
		return -ENOMEM;
	r = sysfs_open_dir_at(dir_fd, "../..", &fd);
	if (r < 0)
		return r;
	return read_memdevs(ctx, fd, &device->cxl_memdevs);
}

int backing_read(struct daxfs_ctx *ctx, int dir_fd, struct daxfs_device *device)
{
	int r = 0;

	if (device->kind == DAXFS_KIND_PMEM)
		r = read_pmem(dir_fd, device);
	else if (device->kind == DAXFS_KIND_CXL)
		r = read_cxl(ctx, dir_fd, device);
	return value_is_unknown(r) ? 0 : r;
}
