/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A directory of few entries: opendir() and readdir() make four more calls for each. */
#ifndef LISTING_H
#define LISTING_H

#include "private.h"

struct listing {
	int fd;
	ssize_t at, used; /* of buf */
	char buf[4096] __attribute__((aligned(__alignof__(struct dirent64))));
};

static inline void listing_close(struct listing *listing)
{
	cleanup_close(&listing->fd);
}

#define _cleanup_listing_ _cleanup_(listing_close)

/* Opens the directory @path; 0 or file_error(). */
int listing_open(int dir_fd, const char *path, struct listing *listing);
/* The next entry, "." and ".." too; NULL at the end, with *ret_r how it came to that. */
struct dirent64 *listing_next(struct listing *listing, int *ret_r);

#endif
