// SPDX-License-Identifier: LGPL-2.1-or-later
#include "listing.h"

#include <fcntl.h>

#include "file-error.h"

int listing_open(int dir_fd, const char *path, struct listing *listing)
{
	listing->at = listing->used = 0;
	listing->fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return listing->fd < 0 ? file_error(dir_fd, path) : 0;
}

struct dirent64 *listing_next(struct listing *listing, int *ret_r)
{
	struct dirent64 *entry;

	*ret_r = 0;
	if (listing->at >= listing->used) {
		listing->at = 0;
		listing->used = getdents64(listing->fd, listing->buf, sizeof(listing->buf));
		if (listing->used < 0)
			*ret_r = file_error(listing->fd, "");
		if (listing->used <= 0)
			return NULL;
	}
	entry = (struct dirent64 *)(listing->buf + listing->at);
	listing->at += entry->d_reclen;
	return entry;
}
