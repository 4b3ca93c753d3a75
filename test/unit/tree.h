/* SPDX-License-Identifier: GPL-2.0-only */
/* A temporary directory to be read as if it were sysfs. What goes wrong here ends the program. */
#ifndef TREE_H
#define TREE_H

#include <stddef.h>

struct tree {
	char *path; /* absolute */
	int fd;
};

struct tree *tree_new(void);
void tree_remove(struct tree *tree);

/* Paths are relative to the tree; the directories above a new entry are made. */
void tree_mkdir(struct tree *tree, const char *path);
void tree_write(struct tree *tree, const char *path, const char *text);
void tree_write_bytes(struct tree *tree, const char *path, const void *data, size_t size);
void tree_symlink(struct tree *tree, const char *path, const char *target);
/* The absolute path, to be freed. */
char *tree_path(struct tree *tree, const char *path);

/*
 * Makes an entry as if it belonged to somebody who permits nothing beyond @mode: root's right to
 * override it is given up until tree_allow_override(). Root runs these tests as well as others do.
 */
void tree_chmod(struct tree *tree, const char *path, unsigned int mode);
void tree_allow_override(void);

/* How many file descriptors the process has open. */
unsigned int count_fds(void);

#endif
