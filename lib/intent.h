/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The mode that a device without a driver had before it was disabled, or before a switch failed that
 * could not be undone: what it is to have again. On file as RUN_DIR/mode-DEVICE, for this boot, as
 * long as the device is bound to nothing.
 */
#ifndef INTENT_H
#define INTENT_H

#include "private.h"

/*
 * A mode of a device on file for this boot, as RUN_DIR/KIND-DEVICE. Reading gives DAXFS_MODE_NONE
 * when there is none; the others return 0 or -errno.
 */
int mode_file_write(struct daxfs_ctx *ctx, const char *kind, const char *device,
		    enum daxfs_mode mode);
enum daxfs_mode mode_file_read(struct daxfs_ctx *ctx, const char *kind, const char *device);
int mode_file_remove(struct daxfs_ctx *ctx, const char *kind, const char *device);

/*
 * Puts the mode of @device on file, before it is unbound for good. The lock of the bus is held.
 * 0 or daxfs_fail().
 */
int intent_write(struct daxfs_ctx *ctx, const struct daxfs_device *device);

/* The mode on file; DAXFS_MODE_NONE when there is none, or none that is of this boot. */
enum daxfs_mode intent_read(struct daxfs_ctx *ctx, const char *device);

/* Drops what is on file of a device that was destroyed. 0 or -errno. */
int intent_forget(struct daxfs_ctx *ctx, const char *device);

/*
 * After a switch of @old, or what an interrupted one left: a device that has a driver needs no file,
 * and one that lost it gets one. Tells nothing: the file only helps whoever asks for it.
 */
void intent_update(struct daxfs_ctx *ctx, const struct daxfs_device *old);

#endif
