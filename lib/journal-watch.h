/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whoever makes a journal, changes it, dies with it or removes it: noticed by inotify and, of a
 * process that ends, by its pidfd. The run directory need not be there yet.
 */
#ifndef JOURNAL_WATCH_H
#define JOURNAL_WATCH_H

#include "private.h"

/* What became of the journal of a device. */
struct journal_news {
	char device[DEVICE_NAME_MAX + 1];
	const char *state; /* a constant, as of journal_state(); NULL: it is gone */
};

struct journal_watch;

/*
 * *ret_watch is NULL for who may not see journals. @epoll_fd becomes readable when there may be
 * news; it has to outlive the watch.
 */
int journal_watch_new(struct daxfs_ctx *ctx, int epoll_fd, struct journal_watch **ret_watch);
struct journal_watch *journal_watch_free(struct journal_watch *watch);
DEFINE_CLEANUP(struct journal_watch *, journal_watch_free)

/* The next ones, each once; never waits: -EAGAIN when there are none. */
int journal_watch_next(struct journal_watch *watch, struct journal_news *ret_news);

#endif
