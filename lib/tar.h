/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes an archive, by libarchive: a tar that every tar reads. Paths are relative. */
#ifndef TAR_H
#define TAR_H

#include <sys/types.h>

#include "private.h"

struct tar;

/* To the file @fd, which stays the caller's. */
int tar_new(struct daxfs_ctx *ctx, int fd, struct tar **ret_tar);
struct tar *tar_free(struct tar *tar);
DEFINE_CLEANUP(struct tar *, tar_free)

/* These return 0 or a negative errno, with words. */
int tar_add_file(struct tar *tar, const char *path, mode_t mode, const void *data, size_t size);
int tar_add_link(struct tar *tar, const char *path, const char *target);
int tar_add_directory(struct tar *tar, const char *path);
/* All of it is written, and its end. */
int tar_finish(struct tar *tar);

#endif
