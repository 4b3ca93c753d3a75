/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One pass over /proc, which sees the users of all devices. */
#ifndef USERS_SCAN_H
#define USERS_SCAN_H

#include "mounts.h"
#include "users.h"

/* Which device a file is the node of; by name where there are no numbers. */
struct node {
	bool has_minor;
	unsigned int minor;
	char name[DEVICE_NAME_MAX];
};

/* One use that was seen. */
struct use {
	struct node node;
	struct daxfs_user user;
	bool is_own; /* of the process that looks */
};

struct users_scan {
	struct daxfs_ctx *ctx;
	int proc_fd;
	unsigned int major;	/* of all devices: the kernel gives them one */
	bool by_name;		/* a recorded tree */
	bool incomplete;	/* not everything could be seen */
	bool has_kernel_thread; /* one was looked at */
	bool has_kthreadd;	/* process 2 is it, by our own numbers as well */
	pid_t own;		/* as this /proc counts; -1 where it does not know us */
	struct use *uses;
	size_t n_uses;
	char **views; /* what was seen of mounts: a namespace, and the root in it */
	size_t n_views;
	struct mounts *mounts;
};

/*
 * Looks for users of nodes with this major number. Processes that end meanwhile and files that may
 * not be read are no errors; the latter make it incomplete.
 */
int users_scan_new(struct daxfs_ctx *ctx, unsigned int major, struct users_scan **ret_scan);

/* users-process.c: the files of the process @name of @scan->proc_fd. */
int users_scan_process(struct users_scan *scan, const char *name);

/* users-scan.c: a file that is not there, or whose process went, is 0; others are told. */
int users_scan_excuse(struct users_scan *scan, int r);
/* Notes a use, once. Takes nothing over. */
int users_scan_add(struct users_scan *scan, const struct use *use);

#endif
