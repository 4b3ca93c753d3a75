/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory failures of the whole machine: as the kernel handles them and as CXL memory devices have them on
 * their lists, by tracepoints; where the kernel's handling cannot be listened to, by the lists of bad
 * blocks that nvdimm regions have.
 */
#ifndef FAILURE_WATCH_H
#define FAILURE_WATCH_H

#include "private.h"

struct memory_failure {
	struct daxfs_range range; /* CXL: its length counts bytes of the memory device */
	enum daxfs_failure_source source;
};

struct failure_watch;

/*
 * *ret_watch is NULL where nothing of that is to be had, or not for the caller. @epoll_fd becomes
 * readable when there may be a failure. Processors that come later are not listened to.
 */
int failure_watch_new(struct daxfs_ctx *ctx, int epoll_fd, struct failure_watch **ret_watch);
struct failure_watch *failure_watch_free(struct failure_watch *watch);
DEFINE_CLEANUP(struct failure_watch *, failure_watch_free)

/* The next one; never waits: -EAGAIN; -ENOBUFS when some were lost. */
int failure_watch_next(struct failure_watch *watch, struct memory_failure *ret_failure);

#endif
