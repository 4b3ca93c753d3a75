/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A probe of device_dax that fails leaves the page map of a dynamic device behind, and no driver but
 * kmem takes the device any more: bind answers EINVAL ("pre-populated page map" in dmesg).
 */
#ifndef PAGE_MAP_H
#define PAGE_MAP_H

#include "private.h"

/* Whether @r, the answer to a bind of @device to @driver, is what a page map left behind gives. */
bool page_map_is_left(const struct daxfs_device *device, const char *driver, int r);

/*
 * daxfs_fail() for such a device, which was to be bound to @old->driver again; @path is what was
 * written to. The hint has the commands that help: they make the device anew with the same ranges,
 * which destroys nothing, where the kernel can. Returns @r.
 */
int page_map_fail_left(struct daxfs_ctx *ctx, const struct daxfs_device *old, const char *path,
		       int r);

#endif
