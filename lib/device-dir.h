/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the attributes of a device are read. Devices of a region lie side by side in its directory,
 * so that is opened once, and kept from one device to the next.
 */
#ifndef DEVICE_DIR_H
#define DEVICE_DIR_H

#include <string.h>

#include "private.h"

struct device_dir {
	struct daxfs_ctx *ctx;
	int fd;	     /* of the region, which is the context's; of the device, where it is alone */
	int own_fd;  /* of the device; -1: not opened */
	bool is_old; /* from before: when the device is not there, it may be elsewhere */
	size_t prefix_length;
	char path[DEVICE_NAME_MAX + 64];
};

void device_dir_close(struct device_dir *dir);
#define _cleanup_device_dir_ _cleanup_(device_dir_close)
#define DEVICE_DIR_INIT(c)                         \
	{                                          \
		.ctx = (c), .fd = -1, .own_fd = -1 \
	}

/*
 * Finds the directory of @device by its name; sets its path and kind. -ENODEV, with words, when
 * there is no such device.
 */
int device_dir_open(struct device_dir *dir, struct daxfs_device *device);
/* @attribute, a literal or no longer than one, relative to dir->fd; good until the next call. */
static inline const char *device_dir_at(struct device_dir *dir, const char *attribute)
{
	memcpy(dir->path + dir->prefix_length, attribute, strlen(attribute) + 1);
	return dir->path;
}

/* The directory of the device itself, opened on first use; closed with @dir. */
int device_dir_fd(struct device_dir *dir, int *ret_fd);

/* The directory of the device @name, in that which is kept or by the bus; no words of an error. */
int device_open_dir(struct daxfs_ctx *ctx, const char *name, int *ret_fd);

/* The same by the link that the bus has alone, which tells best whether the device is still there. */
int device_open_link(struct daxfs_ctx *ctx, const char *name, int *ret_fd);

/* What is kept, for where the devices are not where they were. */
void device_dir_forget(struct daxfs_ctx *ctx);

/* As the bus has it: its link, not what may be left of its directory. */
bool device_exists(struct daxfs_ctx *ctx, const char *name);
/* -ENODEV, with words. */
int device_fail_gone(struct daxfs_ctx *ctx, const char *name);

#endif
