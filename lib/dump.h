/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files that fill a dump share. */
#ifndef DUMP_H
#define DUMP_H

#include "private.h"
#include "tar.h"

struct dump {
	struct daxfs_ctx *ctx;
	struct tar *tar;
	FILE *unread; /* a line for each file that is there and could not be read */
};

/* A directory of the machine, and what the archive calls it. */
struct dump_root {
	int fd;
	const char *name; /* "sys"; "" for the root of all */
};

/*
 * What is not there is passed over, what cannot be read is noted. 0, or a negative errno with words when
 * the archive cannot be written, or for want of memory.
 */

int dump_file(struct dump *dump, const struct dump_root *root, const char *path);
/*
 * A directory with all that is in it: directories, links as links, and files. One that only takes orders
 * is empty in the archive. Not what has nothing to do with DAX: power management, block devices.
 */
int dump_tree(struct dump *dump, const struct dump_root *root, const char *path);
/* The files of a directory whose names end with @suffix. */
int dump_files(struct dump *dump, const struct dump_root *root, const char *path,
	       const char *suffix);

/* dump-sysfs.c: what of sysfs has to do with DAX. */
int dump_sysfs(struct dump *dump);

/* dump-log.c: which messages of the kernel, as /dev/kmsg has them, go into a dump. */
bool dump_wants_message(const char *record);
int dump_log(struct dump *dump);

#endif
