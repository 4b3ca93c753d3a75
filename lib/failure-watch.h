/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory failures of the whole machine, as the kernel handles them, by its tracepoint. */
#ifndef FAILURE_WATCH_H
#define FAILURE_WATCH_H

#include "private.h"

struct failure_watch;

/*
 * *ret_watch is NULL where the kernel has no such tracepoint, or not for the caller. @epoll_fd becomes
 * readable when there may be a failure. Processors that come later are not listened to.
 */
int failure_watch_new(struct daxfs_ctx *ctx, int epoll_fd, struct failure_watch **ret_watch);
struct failure_watch *failure_watch_free(struct failure_watch *watch);
DEFINE_CLEANUP(struct failure_watch *, failure_watch_free)

/* The page frame of the next one; never waits: -EAGAIN; -ENOBUFS when some were lost. */
int failure_watch_next(struct failure_watch *watch, uint64_t *ret_pfn);

#endif
