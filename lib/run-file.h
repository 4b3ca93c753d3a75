/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that the library keeps in the run directory, and which boot they are of. */
#ifndef RUN_FILE_H
#define RUN_FILE_H

#include "private.h"

/*
 * Writes a file of the run directory, for root only. Whole or not at all: a reader finds the old
 * file, or none, until the new one is on disk.
 */
int run_file_write(int dir_fd, const char *name, const char *text);

/* The whole of such a file, as a string; -EBADMSG for one that does not fit or is no plain file. */
int run_file_read(int dir_fd, const char *name, char *buf, size_t size);

/* The same into memory of its own; -EBADMSG from @max bytes on. */
int run_file_load(int dir_fd, const char *name, size_t max, char **ret_text);

/*
 * The devices that have a file of the run directory whose name is @prefix and theirs. None where
 * there is no such directory. The list ends with NULL and belongs to the caller.
 */
int run_file_list_devices(struct daxfs_ctx *ctx, const char *prefix, char ***ret_names,
			  size_t *ret_n);

/* A short file of /proc, as a string. */
int run_read_proc(struct daxfs_ctx *ctx, const char *name, char *buf, size_t size);

/* What tells this boot of the machine from any other: BOOT_ID_SIZE bytes at most. */
int run_read_boot_id(struct daxfs_ctx *ctx, char *buf, size_t size);

#endif
