// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pending.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "lock.h"
#include "run-file.h"
#include "sysfs.h"

#define RETRY_MS 10

/* How long a write may still take after a signal that ends the process: most are a matter of ms. */
#define GRACE_MS 1000

/* The child calls three functions. */
#define CHILD_STACK (16 * 1024)

/*
 * To copy the memory of the process takes longer than all the rest of a child, so it goes without a
 * memory of its own where it can do without libc, whose errno would be the parent's. What watches all
 * memory wants a process to have its own.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_WATCHED 1
#elif defined(__has_feature)
#define IS_WATCHED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define IS_WATCHED 0
#endif

#if defined(__x86_64__) && !IS_WATCHED
#define CHILD_FLAGS (CLONE_PIDFD | CLONE_VM)

static inline long child_call(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}
#else
#define CHILD_FLAGS CLONE_PIDFD

static inline long child_call(long number, long a, long b, long c)
{
	long result = syscall(number, a, b, c);

	return result < 0 ? -errno : result;
}
#endif

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

/*
 * The lock belongs to the open file, which the child inherits: it goes when the child does. 0 and the
 * file; -EAGAIN while an earlier child has it.
 */
static int take_lock(int dir, const char *device, int *ret_fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	_cleanup_close_ int fd = -1;

	fd = openat(dir, name_of(device).text, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (fcntl(fd, F_OFD_SETLK, &lock) < 0)
		return -errno;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* Asks without taking it, so that nobody is disturbed: 1 while a child has it. */
static int is_locked(int dir, const char *device)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	_cleanup_close_ int fd = -1;

	fd = openat(dir, name_of(device).text, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fcntl(fd, F_OFD_GETLK, &lock) < 0)
		return -errno;
	return lock.l_type != F_UNLCK;
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
		r = is_locked(dir, device);
		if (r <= 0 || now_ms() >= deadline)
			return r;
		nanosleep(&(struct timespec){ .tv_nsec = RETRY_MS * 1000000L }, NULL);
	}
}

int pending_list(struct daxfs_ctx *ctx, char ***ret_names)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	size_t n = 0, kept = 0;
	int r;

	r = run_file_list_devices(ctx, prefix, &names, &n);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *device = TAKE_PTR(names[i]);

		if (pending_check(ctx, device, 0) > 0)
			names[kept++] = TAKE_PTR(device);
	}
	*ret_names = TAKE_PTR(names);
	return 0;
}

/* ---- the child */

/* Its stack, and what it needs: the child's own until it is gone, whatever becomes of the parent. */
struct pending_child {
	int fd;	  /* what to write to */
	int lock; /* kept open until the end */
	size_t length;
	char value[DEVICE_NAME_MAX];
	char stack[CHILD_STACK] __attribute__((aligned(16)));
};

/* Whoever reads our output, and whoever waits for the lock of the bus, must not wait for a child. */
static void close_all_but(int a, int b)
{
	int low = a < b ? a : b, high = a < b ? b : a;

	if (low > 0)
		child_call(SYS_close_range, 0, low - 1, 0);
	if (high > low + 1)
		child_call(SYS_close_range, low + 1, high - 1, 0);
	child_call(SYS_close_range, high + 1, ~0U, 0);
}

/* Nothing but system calls: of a process that has threads, too, and in memory that others use. */
static int child_main(void *userdata)
{
	const struct pending_child *child = userdata;
	long n;

	close_all_but(child->fd, child->lock);
	n = child_call(SYS_write, child->fd, (long)child->value, child->length);
	/* The kernel takes an attribute as a whole or not at all. */
	child_call(SYS_exit_group, n < 0 ? -n : n != (long)child->length ? EIO : 0, 0, 0);
	__builtin_unreachable();
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
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/%s", ctx->run_dir, name_of(device).text) < 0)
		path = NULL;
	return daxfs_fail(ctx, r,
			  &(struct failure){ .id = "run-dir",
					     .device = device,
					     .step = "unbind",
					     .path = path,
					     .err = -r },
			  "%s: cannot %s for the unbind, so nothing was unbound", device, what);
}

/*
 * No signal at its end: the caller's SIGCHLD and wait() are the caller's. And none may come to it: a
 * handler of the caller's would run in the caller's memory.
 */
static int start_child(struct pending_write *write)
{
	struct pending_child *child = write->child;
	sigset_t all, saved;
	int pid, r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &saved);
	pid = clone(child_main, child->stack + CHILD_STACK, CHILD_FLAGS, child, &write->pidfd);
	r = pid < 0 ? -errno : 0;
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
	return r;
}

/* Everything that waiting needs is made before the write: while it is under way, time counts. */
static int start(struct pending_write *write)
{
	sigset_t set;

	ending_signals(&set);
	write->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return write->signals < 0 ? -errno : start_child(write);
}

static int make_child(int fd, int lock, const char *value, struct pending_child **ret_child)
{
	size_t length = strlen(value);
	struct pending_child *child;

	if (length >= sizeof(child->value))
		return -EINVAL;
	child = malloc(sizeof(*child));
	if (!child)
		return -ENOMEM;
	child->fd = fd;
	child->lock = lock;
	child->length = length;
	memcpy(child->value, value, length);
	*ret_child = child;
	return 0;
}

/* A file that stays is in nobody's way: it is the lock that counts. */
static void remove_file(struct daxfs_ctx *ctx, const char *device)
{
	_cleanup_close_ int dir = -1;

	if (run_dir_open(ctx, false, &dir) == 0)
		unlinkat(dir, name_of(device).text, 0);
}

int pending_start(struct daxfs_ctx *ctx, const char *device, int fd, const char *value,
		  struct pending_write *ret_write)
{
	struct pending_write write = PENDING_WRITE_NONE;
	_cleanup_close_ int dir = -1, lock = -1;
	int r;

	r = run_dir_open(ctx, true, &dir);
	if (r == 0)
		r = take_lock(dir, device, &lock);
	if (r == -EAGAIN)
		return pending_refuse(ctx, device);
	if (r < 0)
		return fail_start(ctx, device, "take a lock", r);
	/* Now, not while the write is under way. */
	cleanup_close(&dir);
	dir = -1;
	r = make_child(fd, lock, value, &write.child);
	if (r == 0)
		r = start(&write);
	if (r < 0) {
		remove_file(ctx, device);
		cleanup_close(&write.signals);
		free(write.child);
		return fail_start(ctx, device, "start a child", r);
	}
	*ret_write = write;
	return 0;
}

void pending_forget(struct daxfs_ctx *ctx, const char *device)
{
	if (pending_check(ctx, device, 0) == 0)
		remove_file(ctx, device);
}

void pending_end(struct daxfs_ctx *ctx, const char *device, struct pending_write *write)
{
	/* One that was left behind is still there, and is its parent's only after that. */
	if (write->is_over && !write->is_reaped)
		pending_result(write);
	cleanup_close(&write->pidfd);
	cleanup_close(&write->signals);
	/* A child that is gone has no lock any more; whether one that was left behind has, is to be asked. */
	if (write->is_reaped || !(CHILD_FLAGS & CLONE_VM))
		free(write->child);
	if (write->is_reaped)
		remove_file(ctx, device);
	else
		pending_forget(ctx, device);
	*write = PENDING_WRITE_NONE;
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

/* Whether the child has ended; it stays to be waited for. */
static bool has_ended(const struct pending_write *write)
{
	siginfo_t info = {};

	return waitid(P_PIDFD, write->pidfd, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0 &&
	       info.si_pid != 0;
}

static bool mark_ended(struct pending_write *const *writes, size_t n, const struct pollfd *fds)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (!writes[i]->is_over)
			writes[i]->is_over = fds ? fds[i].revents != 0 : has_ended(writes[i]);
		any |= writes[i]->is_over;
	}
	return any;
}

/* A signal that ends the process came: what is not over soon is left behind. */
static void hurry(struct pending_wait *wait)
{
	uint64_t grace = now_ms() + GRACE_MS;

	wait->is_interrupted = true;
	if (!wait->deadline_ms || grace < wait->deadline_ms)
		wait->deadline_ms = grace;
}

int pending_wait_any(struct pending_write *const *writes, size_t n, struct pending_wait *wait)
{
	struct pollfd fds[PENDING_MAX + 1];

	for (size_t i = 0; i < n; i++)
		fds[i] = (struct pollfd){ .fd = writes[i]->pidfd, .events = POLLIN };
	for (;;) {
		/* poll() passes over what is below 0 */
		fds[n] = (struct pollfd){ .fd = wait->is_interrupted ? -1 : writes[0]->signals,
					  .events = POLLIN };
		int ready = poll(fds, n + 1, poll_timeout(wait->deadline_ms));
		bool is_lost = ready < 0 && errno != EINTR;

		/* Never go on while the kernel may still unbind: then ask in turns. */
		if (is_lost)
			nanosleep(&(struct timespec){ .tv_nsec = RETRY_MS * 1000000L }, NULL);
		if ((ready > 0 || is_lost) && mark_ended(writes, n, is_lost ? NULL : fds))
			return 0;
		if (ready == 0 || (is_lost && wait->deadline_ms && now_ms() >= wait->deadline_ms))
			return wait->is_interrupted ? -EINTR : -ETIMEDOUT;
		if (ready > 0)
			hurry(wait);
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
	struct pending_write write = PENDING_WRITE_NONE, *one = &write;
	struct pending_wait wait = { .deadline_ms = deadline_ms };
	_cleanup_close_ int fd = -1;
	int r;

	r = sysfs_open_write(ctx, path, &fd);
	if (r == 0)
		r = pending_start(ctx, device, fd, value, &write);
	if (r < 0)
		return r;
	r = pending_wait_any(&one, 1, &wait);
	if (r == 0)
		r = pending_result(&write);
	pending_end(ctx, device, &write);
	return r;
}
