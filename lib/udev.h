/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for udev, with a deadline and without sleeping. */
#ifndef UDEV_H
#define UDEV_H

#include "private.h"

/*
 * Waits until DEV_ROOT/@name is a character device. Returns at once when it is; -ENOENT at once
 * when it is not and no udev runs here that could make it; -ETIMEDOUT after @timeout_ms.
 */
int udev_wait_node(struct daxfs_ctx *ctx, const char *name, unsigned int timeout_ms);

#endif
