/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which file a call failed on. Functions that read hand on an errno only; whoever makes words of it,
 * calls above, names the file by this. It is kept for each thread, and of no effect but on words.
 */
#ifndef FILE_ERROR_H
#define FILE_ERROR_H

/* Notes @name of the directory @dir_fd, and returns -errno. */
int file_error(int dir_fd, const char *name);
/* The file that failed last with @r, a negative errno; NULL when there was none. */
const char *file_error_path(int r);

#endif
