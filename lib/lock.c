// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lock.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define RETRY_MS 20

static int open_again(int fd, int *ret_fd)
{
	*ret_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return *ret_fd < 0 ? -errno : 0;
}

int run_dir_open(struct daxfs_ctx *ctx, bool create, int *ret_fd)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (ctx->run_fd >= 0)
		return open_again(ctx->run_fd, ret_fd);
	if (create && mkdir(ctx->run_dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = open(ctx->run_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid != geteuid() || st.st_mode & (S_IWGRP | S_IWOTH))
		return -EPERM;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

void run_dir_keep(struct daxfs_ctx *ctx)
{
	int fd;

	/* Where it cannot be had, whoever needs it will say so. */
	if (ctx->run_fd < 0 && run_dir_open(ctx, true, &fd) == 0)
		ctx->run_fd = fd;
}

void run_dir_release(struct daxfs_ctx *ctx)
{
	cleanup_close(&ctx->run_fd);
	ctx->run_fd = -1;
}

static int open_lock_file(struct daxfs_ctx *ctx, int *ret_fd)
{
	_cleanup_close_ int dir = -1;
	int fd, r;

	r = run_dir_open(ctx, true, &dir);
	if (r < 0)
		return daxfs_fail(
			ctx, r,
			&(struct failure){ .id = "run-dir",
					   .step = "lock",
					   .path = ctx->run_dir,
					   .err = -r,
					   .hint = "it must be a directory that belongs to the "
						   "caller and that nobody else can write" },
			"%s: cannot use the run directory", ctx->run_dir);
	fd = openat(dir, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return daxfs_fail(ctx, -errno,
				  &(struct failure){ .id = "run-dir",
						     .step = "lock",
						     .path = ctx->run_dir,
						     .err = errno },
				  "%s/lock: cannot open the lock", ctx->run_dir);
	*ret_fd = fd;
	return 0;
}

/* Who has it, as it wrote into the file: "pid 123 (daxfsctl)". False when that one is gone. */
static bool read_holder(int fd, char *holder, size_t size)
{
	ssize_t n = pread(fd, holder, size - 1, 0);
	long pid;

	holder[n > 0 ? n : 0] = '\0';
	holder[strcspn(holder, "\n")] = '\0';
	return sscanf(holder, "pid %ld", &pid) == 1 && pid > 0 &&
	       (kill(pid, 0) == 0 || errno == EPERM);
}

static int refuse(struct daxfs_ctx *ctx, int fd, unsigned int timeout_ms)
{
	char holder[80];
	bool known = read_holder(fd, holder, sizeof(holder));

	return daxfs_fail(ctx, -EBUSY,
			  &(struct failure){ .class = DAXFS_CLASS_BUSY,
					     .id = "locked",
					     .step = "lock",
					     .path = ctx->run_dir,
					     .hint = "wait for it, or raise --lock-timeout" },
			  "%s/lock: another switch is under way (%s); waited %u ms", ctx->run_dir,
			  known ? holder : "its process is not known", timeout_ms);
}

static void write_holder(int fd)
{
	char text[80];
	size_t length;

	snprintf(text, sizeof(text), "pid %ld (%s)\n", (long)getpid(),
		 program_invocation_short_name);
	/* Of the same length each time, so that nothing of an earlier one stays. */
	length = strlen(text);
	memset(text + length, '\n', sizeof(text) - length);
	/* Only words for whoever waits: without them the lock is as good. */
	if (pwrite(fd, text, sizeof(text), 0) < 0)
		return;
}

int lock_bus(struct daxfs_ctx *ctx, unsigned int timeout_ms, int *ret_fd)
{
	uint64_t deadline = now_ms() + timeout_ms;
	_cleanup_close_ int fd = -1;
	int r;

	if (ctx->bus_lock >= 0)
		return open_again(ctx->bus_lock, ret_fd);
	r = open_lock_file(ctx, &fd);
	if (r < 0)
		return r;
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		const struct timespec pause = { .tv_nsec = RETRY_MS * 1000000L };

		if (errno != EWOULDBLOCK && errno != EINTR)
			return daxfs_fail(ctx, -errno,
					  &(struct failure){ .id = "run-dir",
							     .step = "lock",
							     .path = ctx->run_dir,
							     .err = errno },
					  "%s/lock: cannot take the lock", ctx->run_dir);
		if (now_ms() >= deadline)
			return refuse(ctx, fd, timeout_ms);
		nanosleep(&pause, NULL);
	}
	write_holder(fd);
	*ret_fd = TAKE_FD(fd);
	return 0;
}
