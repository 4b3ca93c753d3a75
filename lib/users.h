/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who uses devices. The kernel unbinds a device whoever uses it, so this is looked for before: in
 * /proc/PID/fd and /proc/PID/maps of every process, in every mount namespace, and in fsdev/held.
 *
 * A node is known by its major and minor number, not by its path: it may be made anew anywhere, be
 * bind-mounted, deleted, or lie in another mount namespace. Only a recorded tree, where links are
 * mere text, is matched by names.
 */
#ifndef USERS_H
#define USERS_H

#include "private.h"

/* One look at all processes, good for every device; belongs to nobody but the caller. */
struct users_scan;

struct users_scan *users_scan_free(struct users_scan *scan);
DEFINE_CLEANUP(struct users_scan *, users_scan_free)

/*
 * Fills in the users of @device, which has its `dev`. What cannot be seen is no error: then
 * device->has_users stays false, and device->users has those that were seen. The look is shared
 * between devices if daxfs_ctx_set_keep_users() said so, unless it has to be @fresh.
 */
int users_read(struct daxfs_ctx *ctx, struct daxfs_device *device, bool fresh);

/* Appends a copy of @user. */
int users_add(struct daxfs_user **users, size_t *n_users, const struct daxfs_user *user);
void users_free(struct daxfs_user *users, size_t n_users);

/*
 * The first few, for a message: "pid 12 (cat, uid 0): open, mapped; a mount on /mnt; and 3 more".
 * To be freed; NULL without memory.
 */
char *users_describe(const struct daxfs_user *users, size_t n_users);

/* users-parse.c: pure */

/* A line of /proc/PID/maps. */
struct map_line {
	uint64_t start;
	uint64_t last;	  /* the address behind its last byte, as in the file */
	bool is_shared;	  /* false: the other fields are not filled in */
	const char *path; /* within the line; "" for none */
};

/* Takes the line apart, which is changed by that. -EINVAL when it is none. */
int users_parse_map(char *line, struct map_line *ret_map);

/* The device whose node @path is in /dev, also after the node was deleted; -ENXIO for none. */
int users_name_of_path(const char *path, char ret_name[DEVICE_NAME_MAX]);

/* "252:1" */
int users_parse_dev(const char *text, unsigned int *ret_major, unsigned int *ret_minor);

/* The effective user of a line "Uid:\t0\t0\t0\t0" of /proc/PID/status; -EINVAL of another line. */
int users_parse_uid(const char *line, unsigned int *ret_uid);

/* Whether a line "flags:\t0102001" of /proc/PID/fdinfo/N has O_PATH: such a file is not open. */
bool users_is_path_only(const char *line);

#endif
