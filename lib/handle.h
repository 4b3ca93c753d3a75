/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands in the way back of a device that is held in another mode for a while. */
#ifndef HANDLE_H
#define HANDLE_H

#include "private.h"

/*
 * Whether the driver of @old, bound again, would take another device along, which is disabled now:
 * 0, or daxfs_fail() with class BUSY. @flags, of enum daxfs_flag, are what is permitted.
 */
int handle_check_capture(struct daxfs_ctx *ctx, const struct daxfs_device *old, unsigned int flags);

/* The same, and whether nobody uses the device. */
int handle_check_way_back(struct daxfs_ctx *ctx, const struct daxfs_device *old,
			  unsigned int flags);

#endif
