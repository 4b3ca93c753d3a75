/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The mounts of a namespace, by libmount. */
#ifndef MOUNTS_H
#define MOUNTS_H

#include "private.h"

struct mounts; /* libmount, once it is loaded */

struct mounts *mounts_free(struct mounts *mounts);

/* One mount that could be on a device; 0 to go on, else a negative errno. */
typedef int (*mounts_fn)(void *userdata, const char *source, const char *mountpoint);

/* Whether @source, an absolute path, is worth a call of the above. */
typedef bool (*mounts_filter_fn)(void *userdata, const char *source);

/*
 * Calls @fn for each mount of @file, a /proc/PID/mountinfo opened by that name, whose source is an
 * absolute path. *mounts, NULL at first, is made when it is needed: not for a file without any mount that
 * @filter lets pass. Without one, all pass.
 */
int mounts_each(struct daxfs_ctx *ctx, struct mounts **mounts, FILE *file, const char *name,
		mounts_filter_fn filter, mounts_fn fn, void *userdata);

#endif
