/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that the user names, or wrote. */
#ifndef FILE_H
#define FILE_H

#include <stddef.h>

/*
 * Reads the regular file @name in the directory @dir_fd, of at most @limit bytes. *ret_text, to be
 * freed, has a NUL behind its *ret_length bytes, of which some may be NULs. Returns a negative errno
 * after an error; -EFBIG when the file is larger, -EINVAL when it is no regular file or pipe.
 */
int file_read(int dir_fd, const char *name, size_t limit, char **ret_text, size_t *ret_length);

/* What file_read() answered, in words that follow the file's name; constant, or strerror()'s. */
const char *file_strerror(int r);

#endif
