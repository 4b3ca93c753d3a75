// SPDX-License-Identifier: LGPL-2.1-or-later
#include "users-scan.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "file-error.h"

/* The inode of the first pid namespace: PROC_PID_INIT_INO of include/linux/proc_ns.h. */
#define INITIAL_PID_NAMESPACE 0xEFFFFFFCU

struct users_scan *users_scan_free(struct users_scan *scan)
{
	if (!scan)
		return NULL;
	for (size_t i = 0; i < scan->n_uses; i++) {
		free((char *)scan->uses[i].user.comm);
		free((char *)scan->uses[i].user.mountpoint);
	}
	free(scan->uses);
	daxfs_free_names(scan->views);
	mounts_free(scan->mounts);
	if (scan->proc_fd >= 0)
		close(scan->proc_fd);
	free(scan);
	return NULL;
}

int users_scan_excuse(struct users_scan *scan, int r)
{
	switch (r) {
	case 0:
	case -ENOMEM:
	case -EMFILE:
	case -ENFILE:
	case -ELIBACC:
		return r;
	case -ENOENT: /* no such file or process any more */
	case -ESRCH:
	case -ENXIO: /* none of ours */
	case -ENOTDIR:
	case -EINVAL:
	case -ELOOP:
	case -ENAMETOOLONG:
	case -ENOTCONN: /* on a file system whose server is gone: no node of a device */
	case -ESTALE:
		return 0;
	default:
		scan->incomplete = true;
		return 0;
	}
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_same_use(const struct use *a, const struct use *b)
{
	return a->user.pid == b->user.pid && a->user.how == b->user.how &&
	       a->node.has_minor == b->node.has_minor && a->node.minor == b->node.minor &&
	       strcmp(a->node.name, b->node.name) == 0 &&
	       same_text(a->user.mountpoint, b->user.mountpoint);
}

int users_scan_add(struct users_scan *scan, const struct use *use)
{
	_cleanup_free_ char *comm = NULL, *mountpoint = NULL;
	struct use *uses;

	for (size_t i = 0; i < scan->n_uses; i++)
		if (is_same_use(&scan->uses[i], use))
			return 0;
	if (use->user.comm && !(comm = strdup(use->user.comm)))
		return -ENOMEM;
	if (use->user.mountpoint && !(mountpoint = strdup(use->user.mountpoint)))
		return -ENOMEM;
	uses = reallocarray(scan->uses, scan->n_uses + 1, sizeof(*uses));
	if (!uses)
		return -ENOMEM;
	scan->uses = uses;
	uses += scan->n_uses++;
	*uses = *use;
	uses->user.comm = TAKE_PTR(comm);
	uses->user.mountpoint = TAKE_PTR(mountpoint);
	return 0;
}

static pid_t own_pid(int proc_fd)
{
	char text[24];
	ssize_t n = readlinkat(proc_fd, "self", text, sizeof(text) - 1);
	int pid;

	if (n < 0)
		return -1;
	text[n] = '\0';
	return parse_int(text, &pid) < 0 ? -1 : pid;
}

/*
 * Whether this /proc shows all processes of the machine: process 1 is hidden from users by hidepid,
 * and in a container it is not the machine's.
 */
static bool shows_all(struct users_scan *scan)
{
	struct stat st;

	if (fstatat(scan->proc_fd, "1/ns/pid", &st, 0) == 0) {
		bool is_initial = st.st_ino == INITIAL_PID_NAMESPACE;

		/* There, process 2 is kthreadd for ever. */
		scan->has_kthreadd = is_initial && scan->own == getpid();
		return is_initial || strcmp(scan->ctx->proc_root, "/proc") != 0;
	}
	return errno == ENOENT && fstatat(scan->proc_fd, "1", &st, 0) == 0;
}

static int scan_all(struct users_scan *scan)
{
	_cleanup_closedir_ DIR *dir = NULL;
	bool any = false, all = scan->by_name || shows_all(scan);
	struct dirent *entry;
	int fd, r;

	fd = openat(scan->proc_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return file_error(scan->proc_fd, "");
	dir = fdopendir(fd);
	if (!dir) {
		r = file_error(scan->proc_fd, "");
		close(fd);
		return r;
	}
	while (errno = 0, (entry = readdir(dir))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		any = true;
		r = users_scan_process(scan, entry->d_name);
		if (r < 0)
			return r;
	}
	if (errno)
		return file_error(scan->proc_fd, "");
	/* A tree that was recorded without processes does not say that there were none. */
	scan->incomplete = scan->incomplete || !all || (scan->by_name && !any);
	return 0;
}

int users_scan_new(struct daxfs_ctx *ctx, unsigned int major, struct users_scan **ret_scan)
{
	_cleanup_(users_scan_freep) struct users_scan *scan = calloc(1, sizeof(*scan));
	int r;

	if (!scan)
		return -ENOMEM;
	scan->ctx = ctx;
	scan->major = major;
	scan->by_name = ctx->recorded;
	scan->proc_fd = open(ctx->proc_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (scan->proc_fd < 0 && errno != ENOENT && errno != EACCES)
		return file_error(AT_FDCWD, ctx->proc_root);
	if (scan->proc_fd < 0) {
		scan->incomplete = true;
	} else {
		scan->own = scan->by_name ? -1 : own_pid(scan->proc_fd);
		r = scan_all(scan);
		if (r < 0)
			return r;
	}
	*ret_scan = TAKE_PTR(scan);
	return 0;
}
