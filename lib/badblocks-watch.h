/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is new in the lists of bad blocks that nvdimm regions have: the kernel wakes up who polls them. */
#ifndef BADBLOCKS_WATCH_H
#define BADBLOCKS_WATCH_H

#include "private.h"

struct badblocks_watch;

/*
 * *ret_watch is NULL where no region's list can be read, or its address not, as by all but root.
 * @epoll_fd becomes readable when there may be news. Regions that come later are not watched.
 */
int badblocks_watch_new(struct daxfs_ctx *ctx, int epoll_fd, struct badblocks_watch **ret_watch);
struct badblocks_watch *badblocks_watch_free(struct badblocks_watch *watch);
DEFINE_CLEANUP(struct badblocks_watch *, badblocks_watch_free)

/* The next ones; never waits: -EAGAIN. */
int badblocks_watch_next(struct badblocks_watch *watch, struct daxfs_range *ret_range);

#endif
