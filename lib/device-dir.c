// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device-dir.h"

#include <fcntl.h>

#include "device.h"
#include "file-error.h"
#include "sysfs.h"

#define DEVICES_DIR "bus/dax/devices"
#define LINK_MAX_LENGTH (sizeof(DEVICES_DIR) + 1 + DEVICE_NAME_MAX + sizeof("/.."))

/* "/platform/hmem.0/dax0.0" of "../../../devices/platform/hmem.0/dax0.0"; NULL of anything else. */
static const char *path_of_link(const char *target)
{
	while (strncmp(target, "../", 3) == 0)
		target += 3;
	return strncmp(target, "devices/", 8) == 0 ? target + 7 : NULL;
}

int device_fail_gone(struct daxfs_ctx *ctx, const char *name)
{
	return daxfs_fail(
		ctx, -ENODEV,
		&(struct failure){ .class = DAXFS_CLASS_NO_DEVICE,
				   .id = "no-device",
				   .device = name,
				   .hint = "'daxfsctl list --idle' shows the devices there are" },
		"%s: no such device", name);
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

/* Without snprintf(), which took a tenth of a list of as many regions as devices. */
static void put_link(char link[LINK_MAX_LENGTH], const char *name)
{
	size_t length = strnlen(name, DEVICE_NAME_MAX);

	link = mempcpy(link, DEVICES_DIR "/", strlen(DEVICES_DIR "/"));
	memcpy(link, name, length);
	link[length] = '\0';
}

bool device_exists(struct daxfs_ctx *ctx, const char *name)
{
	char link[LINK_MAX_LENGTH];
	int root = -1;

	put_link(link, name);
	return sysfs_root_fd(ctx, &root) == 0 && sysfs_exists(root, link);
}

static int fail_open(struct daxfs_ctx *ctx, const char *name, const char *link, int r)
{
	if (r == -ENOENT || r == -ENOTDIR || (r == -ENODEV && !device_exists(ctx, name)))
		return device_fail_gone(ctx, name);
	/* For callers, ENODEV is a device that has gone. */
	return daxfs_fail(ctx, r == -ENODEV ? -EIO : r,
			  &(struct failure){ .id = "read-failed",
					     .device = name,
					     .path = file_error_path(r),
					     .err = -r },
			  "%s: cannot open %s%s%s", name, ctx->sysfs_root, *link ? "/" : "", link);
}

/* The link that the bus has of a device, and where it points to; *ret_path as of device_open(). */
static int read_link(struct daxfs_ctx *ctx, const char *name, char *link, int *ret_root,
		     char **ret_path)
{
	int r;

	*link = '\0';
	r = sysfs_root_fd(ctx, ret_root);
	if (r < 0)
		return r;
	put_link(link, name);
	return read_path(*ret_root, link, ret_path);
}

/*
 * In the directory that is kept, should that be its region's; -ENOENT else, and when there is nothing
 * of the name in it: then the region may be another one by now, and the bus has to tell.
 */
static int open_kept(struct daxfs_ctx *ctx, const char *name, int *ret_fd)
{
	unsigned int region;

	if (ctx->region_dir.fd < 0 || daxfs_parse_device_name(name, &region, NULL) < 0 ||
	    region != ctx->region_dir.id)
		return -ENOENT;
	return sysfs_open_dir_at(ctx->region_dir.fd, name, ret_fd);
}

int device_open_link(struct daxfs_ctx *ctx, const char *name, int *ret_fd)
{
	char link[LINK_MAX_LENGTH];

	put_link(link, name);
	return sysfs_open_dir(ctx, link, ret_fd);
}

int device_open_dir(struct daxfs_ctx *ctx, const char *name, int *ret_fd)
{
	int r = open_kept(ctx, name, ret_fd);

	return r == -ENOENT ? device_open_link(ctx, name, ret_fd) : r;
}

/* By the link as well, but it also finds out where the device is. */
static int open_by_link(struct daxfs_ctx *ctx, const char *name, int *ret_fd, char **ret_path)
{
	_cleanup_free_ char *path = NULL;
	char link[LINK_MAX_LENGTH];
	int root = -1, r;

	r = read_link(ctx, name, link, &root, &path);
	if (r == 0)
		r = sysfs_open_dir_at(root, link, ret_fd);
	if (r < 0)
		return fail_open(ctx, name, link, r);
	*ret_path = TAKE_PTR(path);
	return 0;
}

int device_open(struct daxfs_ctx *ctx, const char *name, int *ret_fd, char **ret_path)
{
	_cleanup_close_ int fd = -1;
	int r = open_kept(ctx, name, &fd);

	if (r == -ENOENT)
		return open_by_link(ctx, name, ret_fd, ret_path);
	if (r < 0)
		return fail_open(ctx, name, "", r);
	if (asprintf(ret_path, "%s/%s", ctx->region_dir.path, name) < 0) {
		*ret_path = NULL;
		return -ENOMEM;
	}
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* ---- the directory of a region, kept */

void device_dir_forget(struct daxfs_ctx *ctx)
{
	struct region_dir *region = &ctx->region_dir;

	if (region->fd >= 0)
		close(region->fd);
	free(region->path);
	*region = (struct region_dir){ .fd = -1 };
}

/* Where @path ends with the name of the device, which it does unless somebody made it up. */
static const char *name_in_path(const char *path, const char *name)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash && strcmp(slash + 1, name) == 0 ? slash : NULL;
}

/* Opens the directory that @link lies in, and keeps it; @parent is its path. */
static int keep(struct daxfs_ctx *ctx, const struct daxfs_device *device, int root, char *link,
		const char *parent, size_t parent_length)
{
	int fd;

	strcat(link, "/.."); /* LINK_MAX_LENGTH has the room */
	fd = openat(root, link, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return file_error(root, link);
	device_dir_forget(ctx);
	ctx->region_dir.fd = fd;
	ctx->region_dir.id = device->region_id;
	ctx->region_dir.path = strndup(parent, parent_length);
	if (!ctx->region_dir.path) {
		device_dir_forget(ctx);
		return -ENOMEM;
	}
	ctx->region_dir.kind = region_kind_of_path(ctx->region_dir.path);
	return 0;
}

/* ---- one device */

void device_dir_close(struct device_dir *dir)
{
	cleanup_close(&dir->own_fd);
}

static void set_prefix(struct device_dir *dir, int fd, const char *name)
{
	dir->fd = fd;
	dir->prefix_length = strlen(name);
	memcpy(dir->path, name, dir->prefix_length);
	if (dir->prefix_length)
		dir->path[dir->prefix_length++] = '/';
}

/* The path and the kind are those of the directory kept. */
static int use_kept(struct device_dir *dir, struct daxfs_device *device)
{
	const struct region_dir *region = &dir->ctx->region_dir;
	size_t length = strlen(region->path);
	char *path = malloc(length + 1 + strlen(device->name) + 1);

	if (!path)
		return -ENOMEM;
	memcpy(path, region->path, length);
	path[length] = '/';
	strcpy(path + length + 1, device->name);
	free(device->path);
	device->path = path;
	device->kind = region->kind;
	set_prefix(dir, region->fd, device->name);
	return 0;
}

/* By the link that the bus has. */
static int find(struct device_dir *dir, struct daxfs_device *device, char *link)
{
	const char *slash;
	int root = -1, r;

	r = read_link(dir->ctx, device->name, link, &root, &device->path);
	if (r < 0)
		return r;
	slash = name_in_path(device->path, device->name);
	if (slash) {
		r = keep(dir->ctx, device, root, link, device->path, slash - device->path);
		return r < 0 ? r : use_kept(dir, device);
	}
	device->kind = region_kind_of_device(device->path);
	r = sysfs_open_dir_at(root, link, &dir->own_fd);
	if (r == 0)
		set_prefix(dir, dir->own_fd, "");
	return r;
}

int device_dir_open(struct device_dir *dir, struct daxfs_device *device)
{
	const struct region_dir *region = &dir->ctx->region_dir;
	char link[LINK_MAX_LENGTH];
	int r;

	dir->is_old = region->fd >= 0 && region->id == device->region_id;
	if (dir->is_old)
		return use_kept(dir, device);
	r = find(dir, device, link);
	return r < 0 ? fail_open(dir->ctx, device->name, link, r) : 0;
}

int device_dir_fd(struct device_dir *dir, int *ret_fd)
{
	int r = 0;

	if (dir->own_fd < 0)
		r = sysfs_open_dir_at(dir->fd, device_dir_at(dir, ""), &dir->own_fd);
	*ret_fd = dir->own_fd;
	return r;
}
