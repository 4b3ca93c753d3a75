// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pending.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "lock.h"
#include "sysfs.h"

#define RETRY_MS 10

/* How long a write may still take after a signal that ends the process: most are a matter of ms. */
#define GRACE_MS 1000

/* The child calls half a dozen functions. */
#define CHILD_STACK (64 * 1024)

static const char prefix[] = "pending-";

struct lock_name {
	char text[DEVICE_NAME_MAX + sizeof(prefix)];
};

static struct lock_name name_of(const char *device)
{
	struct lock_name name;

	snprintf(name.text, sizeof(name.text), "%s%s", prefix, device);
	return name;
}

int pending_refuse(struct daxfs_ctx *ctx, const char *device)
{
	_cleanup_free_ char *hint = NULL;

	if (asprintf(&hint,
		     "wait until nobody uses %s any more, then: daxfsctl recover %s; daxfsctl "
		     "list --users names the users that can be seen",
		     device, device) < 0)
		hint = NULL;
	return daxfs_fail(ctx, -EBUSY,
			  &(struct failure){ .class = DAXFS_CLASS_BUSY,
					     .id = "pending",
					     .device = device,
					     .step = "unbind",
					     .hint = hint },
			  "%s: the kernel has not finished to unbind it: something holds it or has "
			  "its pages pinned",
			  device);
}

/* ---- the child's lock */

/* 0 and the lock, -EWOULDBLOCK while a child has it. */
static int take_lock(int dir, const char *device, int flags, int *ret_fd)
{
	_cleanup_close_ int fd = -1;

	fd = openat(dir, name_of(device).text, O_RDWR | O_NOFOLLOW | O_CLOEXEC | flags, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int pending_check(struct daxfs_ctx *ctx, const char *device, unsigned int timeout_ms)
{
	uint64_t deadline = now_ms() + timeout_ms;
	_cleanup_close_ int dir = -1;
	int r;

	r = run_dir_open(ctx, false, &dir);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (;;) {
		_cleanup_close_ int fd = -1;

		r = take_lock(dir, device, 0, &fd);
		if (r != -EWOULDBLOCK)
			return r == -ENOENT ? 0 : r;
		if (now_ms() >= deadline)
			return -EBUSY;
		nanosleep(&(struct timespec){ .tv_nsec = RETRY_MS * 1000000L }, NULL);
	}
}

int pending_list(struct daxfs_ctx *ctx, char ***ret_names)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	_cleanup_close_ int dir = -1;
	size_t n = 0, kept = 0;
	int r;

	r = run_dir_open(ctx, false, &dir);
	if (r == 0)
		r = sysfs_list(dir, prefix, &names, &n);
	if (r < 0 && r != -ENOENT)
		return r;
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *name = TAKE_PTR(names[i]);
		char *device = name + strlen(prefix);

		if (daxfs_parse_device_name(device, NULL, NULL) < 0 ||
		    pending_check(ctx, device, 0) != -EBUSY)
			continue;
		memmove(name, device, strlen(device) + 1);
		names[kept++] = TAKE_PTR(name);
	}
	if (!names)
		names = calloc(1, sizeof(*names));
	if (!names)
		return -ENOMEM;
	*ret_names = TAKE_PTR(names);
	return 0;
}

/* ---- the child */

struct child {
	int fd;	  /* what to write to */
	int lock; /* kept open until the end */
	const char *value;
};

/* Whoever reads our output, and whoever waits for the lock of the bus, must not wait for a child. */
static void close_all_but(int a, int b)
{
	int low = a < b ? a : b, high = a < b ? b : a;

	if (low > 0)
		close_range(0, low - 1, 0);
	if (high > low + 1)
		close_range(low + 1, high - 1, 0);
	close_range(high + 1, ~0U, 0);
}

/* Between fork and exit of a process that may have threads: nothing but system calls. */
static int child_main(void *userdata)
{
	const struct child *child = userdata;

	close_all_but(child->fd, child->lock);
	_exit(-sysfs_write_fd(child->fd, child->value));
}

/* The signals that end a process which does nothing about them, but not those that it ignores. */
static void ending_signals(sigset_t *ret_set)
{
	static const int candidates[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

	sigemptyset(ret_set);
	for (size_t i = 0; i < ARRAY_SIZE(candidates); i++) {
		struct sigaction action;

		if (sigaction(candidates[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(ret_set, candidates[i]);
	}
}

bool pending_signal(void)
{
	sigset_t set, waiting;

	ending_signals(&set);
	if (sigpending(&waiting) < 0)
		return false;
	sigandset(&set, &set, &waiting);
	return !sigisemptyset(&set);
}

static int fail_start(struct daxfs_ctx *ctx, const char *device, const char *what, int r)
{
	return daxfs_fail(ctx, r,
			  &(struct failure){ .id = "run-dir",
					     .device = device,
					     .step = "unbind",
					     .path = ctx->run_dir,
					     .err = -r },
			  "%s: cannot %s for the unbind; nothing was unbound", device, what);
}

/* Everything that waiting needs is made before the write: while it is under way, time counts. */
static int start(struct pending_write *write, struct child *child)
{
	_cleanup_free_ char *stack = malloc(CHILD_STACK);
	sigset_t set;
	int pid;

	if (!stack)
		return -ENOMEM;
	ending_signals(&set);
	write->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (write->signals < 0)
		return -errno;
	/* No signal at its end: the caller's SIGCHLD and wait() are the caller's. */
	pid = clone(child_main, stack + CHILD_STACK, CLONE_PIDFD, child, &write->pidfd);
	return pid < 0 ? -errno : 0;
}

int pending_start(struct daxfs_ctx *ctx, const char *device, int fd, const char *value,
		  struct pending_write *ret_write)
{
	struct pending_write write = PENDING_WRITE_NONE;
	struct child child = { .fd = fd, .value = value };
	_cleanup_close_ int dir = -1, lock = -1;
	int r;

	r = run_dir_open(ctx, true, &dir);
	if (r == 0)
		r = take_lock(dir, device, O_CREAT, &lock);
	if (r == -EWOULDBLOCK)
		return pending_refuse(ctx, device);
	if (r < 0)
		return fail_start(ctx, device, "take a lock", r);
	child.lock = lock;
	r = start(&write, &child);
	if (r < 0) {
		unlinkat(dir, name_of(device).text, 0);
		cleanup_close(&write.signals);
		return fail_start(ctx, device, "start a child", r);
	}
	*ret_write = write;
	return 0;
}

void pending_forget(struct daxfs_ctx *ctx, const char *device)
{
	_cleanup_close_ int dir = -1;

	/* A file that stays is in nobody's way: it is the lock that counts. */
	if (pending_check(ctx, device, 0) == 0 && run_dir_open(ctx, false, &dir) == 0)
		unlinkat(dir, name_of(device).text, 0);
}

void pending_end(struct daxfs_ctx *ctx, const char *device, struct pending_write *write)
{
	/* One that was left behind is still there, and is its parent's only after that. */
	if (write->is_over && !write->is_reaped)
		pending_result(write);
	cleanup_close(&write->pidfd);
	cleanup_close(&write->signals);
	*write = PENDING_WRITE_NONE;
	pending_forget(ctx, device);
}

/* ---- the wait */

static int poll_timeout(uint64_t deadline_ms)
{
	uint64_t now = now_ms();

	if (!deadline_ms)
		return -1;
	if (now >= deadline_ms)
		return 0;
	return deadline_ms - now < INT32_MAX ? (int)(deadline_ms - now) : INT32_MAX;
}

int pending_wait(struct pending_write *write, uint64_t deadline_ms)
{
	struct pollfd fds[] = {
		{ .fd = write->pidfd, .events = POLLIN },
		{ .fd = write->signals, .events = POLLIN },
	};

	for (;;) {
		int n = poll(fds, ARRAY_SIZE(fds), poll_timeout(deadline_ms));

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return fds[1].fd < 0 ? -EINTR : -ETIMEDOUT;
		if (n > 0 && fds[0].revents) {
			write->is_over = true;
			return 0;
		}
		if (n > 0) {
			uint64_t grace = now_ms() + GRACE_MS;

			fds[1].fd = -1; /* seen; poll() passes it over from now on */
			if (!deadline_ms || grace < deadline_ms)
				deadline_ms = grace;
		}
	}
}

int pending_result(struct pending_write *write)
{
	siginfo_t info = {};
	int r;

	do
		r = waitid(P_PIDFD, write->pidfd, &info, WEXITED | __WALL);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	write->is_reaped = true;
	return info.si_code == CLD_EXITED ? -info.si_status : -ECHILD;
}

int pending_fail_left(struct daxfs_ctx *ctx, const char *device, const char *path, int r)
{
	_cleanup_free_ char *hint = NULL;

	if (asprintf(&hint,
		     "it goes on by itself once nobody uses %s any more (daxfsctl list --users "
		     "names who can be seen); then: daxfsctl recover %s",
		     device, device) < 0)
		hint = NULL;
	return daxfs_fail(
		ctx, r,
		&(struct failure){ .class = DAXFS_CLASS_NOT_RESTORED,
				   .id = "pending",
				   .device = device,
				   .step = "unbind",
				   .path = path,
				   .hint = hint },
		"%s: unbind: the kernel did not answer in time: something holds the device "
		"or has its pages pinned%s",
		device, r == -EINTR ? "; a signal ended the wait" : "");
}

int pending_write_file(struct daxfs_ctx *ctx, const char *device, const char *path,
		       const char *value, uint64_t deadline_ms)
{
	struct pending_write write = PENDING_WRITE_NONE;
	_cleanup_close_ int fd = -1;
	int r;

	r = sysfs_open_write(ctx, path, &fd);
	if (r == 0)
		r = pending_start(ctx, device, fd, value, &write);
	if (r < 0)
		return r;
	r = pending_wait(&write, deadline_ms);
	if (r == 0)
		r = pending_result(&write);
	pending_end(ctx, device, &write);
	return r;
}
