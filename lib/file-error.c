// SPDX-License-Identifier: LGPL-2.1-or-later
#include "file-error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static _Thread_local struct {
	int err;
	char path[PATH_MAX];
} last;

int file_error(int dir_fd, const char *name)
{
	char link[32];
	int err = errno;
	ssize_t n = 0;
	size_t length;

	last.err = err;
	/* No such file is mostly an answer, as after an unbind, where no call too many is wanted. */
	if (name[0] != '/' && dir_fd != AT_FDCWD && err != ENOENT) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", dir_fd);
		n = readlink(link, last.path, sizeof(last.path) - 2);
		if (n < 0)
			n = 0;
	}
	if (n > 0 && *name)
		last.path[n++] = '/';
	length = strnlen(name, sizeof(last.path) - n - 1);
	memcpy(last.path + n, name, length);
	last.path[n + length] = '\0';
	errno = err;
	return -err;
}

const char *file_error_path(int r)
{
	return r == -last.err && last.path[0] ? last.path : NULL;
}
