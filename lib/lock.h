/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One switch at a time: the lock of the bus, RUN_DIR/lock. */
#ifndef LOCK_H
#define LOCK_H

#include "private.h"

/*
 * Opens the run directory: root's own, never through a symbolic link; made if @create. -ENOENT when
 * it is not there; -EPERM when it is somebody else's or others can write it.
 */
int run_dir_open(struct daxfs_ctx *ctx, bool create, int *ret_fd);

/* Has run_dir_open() answer with the same directory until it is released: for a switch, which asks often. */
void run_dir_keep(struct daxfs_ctx *ctx);
void run_dir_release(struct daxfs_ctx *ctx);

/*
 * Takes the lock, waiting for @timeout_ms at most. It is held until *ret_fd is closed, at the
 * latest when the process ends. -EBUSY names the process that has it.
 */
int lock_bus(struct daxfs_ctx *ctx, unsigned int timeout_ms, int *ret_fd);

#endif
