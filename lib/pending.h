/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writes that the kernel may never answer. An unbind waits for whoever has pinned pages of the
 * device or holds it: no signal ends that, and while it lasts the kernel holds the device's lock.
 * So it is made by a child that can be left behind. The child holds a lock of its own,
 * RUN_DIR/pending-DEVICE, never that of the bus: as long as it is held, the write is under way.
 */
#ifndef PENDING_H
#define PENDING_H

#include <sys/types.h>

#include "private.h"

struct pending_child;

struct pending_write {
	struct pending_child *child; /* its memory; of one that is left behind, for good */
	int pidfd;
	int signals;  /* readable when one came that would end the process */
	bool is_over; /* the child has ended */
	bool is_reaped;
};

#define PENDING_WRITE_NONE ((struct pending_write){ .pidfd = -1, .signals = -1 })

/*
 * Starts to write @value to @fd, an open file of sysfs. The lock of the bus is held. What comes of
 * it is freed by pending_end().
 *
 * 0; -EBUSY with words when an earlier write to @device is still under way; -errno with words.
 */
int pending_start(struct daxfs_ctx *ctx, const char *device, int fd, const char *value,
		  struct pending_write *ret_write);

/* So many writes can be waited for together. */
#define PENDING_MAX 64

/* How long. */
struct pending_wait {
	uint64_t deadline_ms; /* of now_ms(); 0: for ever */
	bool is_interrupted;  /* a signal came, which made the deadline an early one */
};

/*
 * Waits until one or more of @writes are over, which none of them is yet, and marks these; called
 * with all signals blocked, it gives up soon after one came that would end the process. 0;
 * -ETIMEDOUT or -EINTR when the kernel has answered to none: then they are left behind.
 */
int pending_wait_any(struct pending_write *const *writes, size_t n, struct pending_wait *wait);

/*
 * What the kernel answered to a write that is over: 0 or -errno; -ECHILD when the child was killed,
 * and nobody knows.
 */
int pending_result(struct pending_write *write);

void pending_end(struct daxfs_ctx *ctx, const char *device, struct pending_write *write);

/* Removes what is left of a write that is over. The lock of the bus is held. */
void pending_forget(struct daxfs_ctx *ctx, const char *device);

/*
 * Whether a write to @device is still under way, after waiting for @timeout_ms at most: 0 when none
 * is, 1 when one is, -errno when nobody can tell.
 */
int pending_check(struct daxfs_ctx *ctx, const char *device, unsigned int timeout_ms);

/* The devices that a write is still under way to; an array ended by NULL. */
int pending_list(struct daxfs_ctx *ctx, char ***ret_names);

/* daxfs_fail() for a device that a write is still under way to; returns -EBUSY. */
int pending_refuse(struct daxfs_ctx *ctx, const char *device);

/* daxfs_fail() for a write to @path that was left behind; @r is what pending_wait() returned. */
int pending_fail_left(struct daxfs_ctx *ctx, const char *device, const char *path, int r);

/* Whether a signal that would end the process waits to be delivered: all signals are blocked. */
bool pending_signal(void);

/* All of it in one. @path is relative to the root of sysfs. */
int pending_write_file(struct daxfs_ctx *ctx, const char *device, const char *path,
		       const char *value, uint64_t deadline_ms);

#endif
