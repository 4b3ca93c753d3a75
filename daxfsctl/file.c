// SPDX-License-Identifier: GPL-2.0-only
#include "file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"

#define FIRST_ROOM 4096

/*
 * A pipe is what `--input <(jq ...)` gives; a terminal or a directory was not meant. Opening a FIFO
 * that nobody writes must not wait for ever, but reading from one that somebody writes has to wait.
 */
static int open_file(int dir_fd, const char *name, int *ret_fd)
{
	_cleanup_close_ int fd = openat(dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
		return -EINVAL;
	if (fcntl(fd, F_SETFL, O_RDONLY) < 0)
		return -errno;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* Makes room for more than @used bytes, and a NUL. */
static int grow(char **text, size_t used, size_t limit, size_t *room)
{
	size_t more = used ? 2 * used : FIRST_ROOM;
	char *longer;

	if (used + 1 < *room)
		return 0;
	if (used > limit)
		return -EFBIG;
	longer = realloc(*text, more + 1);
	if (!longer)
		return -ENOMEM;
	*text = longer;
	*room = more + 1;
	return 0;
}

int file_read(int dir_fd, const char *name, size_t limit, char **ret_text, size_t *ret_length)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	size_t used = 0, room = 0;
	ssize_t n;
	int r;

	r = open_file(dir_fd, name, &fd);
	if (r < 0)
		return r;
	do {
		r = grow(&text, used, limit, &room);
		if (r < 0)
			return r;
		n = read(fd, text + used, room - 1 - used);
		if (n < 0 && errno != EINTR)
			return -errno;
		used += n > 0 ? n : 0;
	} while (n != 0);
	if (used > limit)
		return -EFBIG;
	text[used] = '\0';
	*ret_text = TAKE_PTR(text);
	*ret_length = used;
	return 0;
}

const char *file_strerror(int r)
{
	switch (r) {
	case -EFBIG:
		return "is too large";
	case -EINVAL:
		return "is no file";
	default:
		return strerror(-r);
	}
}
