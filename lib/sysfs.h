/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The only file that opens /sys: everything goes through openat() below the context's root.
 *
 * Attributes are text of at most one page. Readers strip the newline at the end. All functions
 * return 0 or a negative errno and do not touch the context's error; their callers know the words.
 */
#ifndef SYSFS_H
#define SYSFS_H

#include "private.h"

#define SYSFS_TEXT_MAX 4096

/* Four bytes of attributes, then 1 where the firmware starts signed programs only. */
#define SECURE_BOOT_FILE "firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* The root of sysfs, opened on first use; belongs to the context. */
int sysfs_root_fd(struct daxfs_ctx *ctx, int *ret_fd);
/* The directory @path, relative to the root of sysfs. */
int sysfs_open_dir(struct daxfs_ctx *ctx, const char *path, int *ret_fd);
/* The directory @path, relative to @dir_fd. */
int sysfs_open_dir_at(int dir_fd, const char *path, int *ret_fd);

int sysfs_read_text(int dir_fd, const char *name, char *buf, size_t size);
int sysfs_read_string(int dir_fd, const char *name, char **ret_text);
/*
 * All of a file, whatever is in it, of at most @limit bytes, else -EFBIG; *ret_data is to be freed, and
 * has a NUL behind its end.
 */
int sysfs_read_bytes(int dir_fd, const char *name, size_t limit, char **ret_data, size_t *ret_size);
/* Decimal, or hexadecimal after 0x. */
int sysfs_read_u64(int dir_fd, const char *name, uint64_t *ret_value);
/* Hexadecimal without 0x, as memory/block_size_bytes. */
int sysfs_read_hex(int dir_fd, const char *name, uint64_t *ret_value);
int sysfs_read_int(int dir_fd, const char *name, int *ret_value);

/* Where the link @name points to, as it is written in the link. */
int sysfs_readlink(int dir_fd, const char *name, char **ret_target);
/* The last component of where it points to: the name of a driver, say. */
int sysfs_readlink_name(int dir_fd, const char *name, char **ret_name);
/* 0 when it is there, -ENOENT when it is not; anything else says neither. */
int sysfs_check(int dir_fd, const char *name);
bool sysfs_exists(int dir_fd, const char *name);

/* Calls @fn for each name in a directory, in no order, as long as it returns 0. */
typedef int (*sysfs_visit_fn)(void *userdata, const char *name);
int sysfs_visit(int dir_fd, sysfs_visit_fn fn, void *userdata);
/* The names in a directory that begin with @prefix ("" for all), in no order; NULL-terminated. */
int sysfs_list(int dir_fd, const char *prefix, char ***ret_names, size_t *ret_n);

/* "/sys/bus/dax/..." from "bus/dax/...", for messages; to be freed. NULL without memory. */
char *sysfs_path(struct daxfs_ctx *ctx, const char *path);

/* Whether the caller could write @path, relative to the root: 0, -EACCES, -EROFS, -ENOENT, ... */
int sysfs_may_write(struct daxfs_ctx *ctx, const char *path);
/* Opens @path, relative to the root, for writing; refused in a recorded tree. */
int sysfs_open_write(struct daxfs_ctx *ctx, const char *path, int *ret_fd);
/* One write() of the whole of @value: sysfs acts on each write. A signal does not repeat it. */
int sysfs_write_fd(int fd, const char *value);
/* The same, with a line in the debug log that calls the file @path. */
int sysfs_write_opened(struct daxfs_ctx *ctx, int fd, const char *path, const char *value);
/* Opens and writes, with a line in the debug log. */
int sysfs_write(struct daxfs_ctx *ctx, const char *path, const char *value);

#endif
