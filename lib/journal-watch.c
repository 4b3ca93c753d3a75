// SPDX-License-Identifier: LGPL-2.1-or-later
#include "journal-watch.h"

#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/syscall.h>

#include "journal.h"

#define JOURNAL_PREFIX "journal-"
#define PENDING_PREFIX "pending-"

/* A file is renamed into its place; the child that an unbind was left to closes its own at its end. */
#define FILE_EVENTS (IN_MOVED_TO | IN_DELETE | IN_CLOSE_WRITE | IN_DELETE_SELF | IN_MOVE_SELF)
#define PARENT_EVENTS (IN_CREATE | IN_MOVED_TO)

/* A journal that there is. */
struct watched {
	char device[DEVICE_NAME_MAX + 1];
	const char *state; /* what was told of it last */
	bool has_news;
	int pidfd; /* of the process that is at work; -1: none */
	struct watched *next;
};

struct journal_watch {
	struct daxfs_ctx *ctx;
	int epoll_fd;
	int fd;
	int dir_wd;    /* of the run directory; -1: there is none */
	int parent_wd; /* of the directory it will be in */
	char *parent;
	const char *name; /* of the run directory in there */
	struct watched *journals;
	char *events; /* a buffer, as read */
	size_t used;
	size_t size;
};

#define BUFFER_SIZE (16 * (sizeof(struct inotify_event) + NAME_MAX + 1))

static void drop_pidfd(struct watched *journal)
{
	/* closing it takes it out of the epoll set: nobody else has it */
	if (journal->pidfd >= 0)
		close(journal->pidfd);
	journal->pidfd = -1;
}

struct journal_watch *journal_watch_free(struct journal_watch *watch)
{
	if (!watch)
		return NULL;
	while (watch->journals) {
		struct watched *journal = watch->journals;

		watch->journals = journal->next;
		drop_pidfd(journal);
		free(journal);
	}
	if (watch->fd >= 0)
		close(watch->fd);
	free(watch->parent);
	free(watch->events);
	daxfs_ctx_unref(watch->ctx);
	free(watch);
	return NULL;
}

/* ---- which journals there are */

static int find_or_add(struct journal_watch *watch, const char *device, struct watched **ret)
{
	struct watched **end = &watch->journals;

	for (; *end; end = &(*end)->next)
		if (strcmp((*end)->device, device) == 0) {
			*ret = *end;
			return 0;
		}
	*end = calloc(1, sizeof(**end));
	if (!*end)
		return -ENOMEM;
	snprintf((*end)->device, sizeof((*end)->device), "%s", device);
	(*end)->pidfd = -1;
	*ret = *end;
	return 0;
}

static bool is_same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static void tell(struct watched *journal, const char *state)
{
	journal->has_news = !is_same(state, journal->state);
	journal->state = state;
}

/* Without it, that the process dies is noticed with the next event of the journal. */
static void follow(struct journal_watch *watch, struct watched *journal, pid_t pid)
{
	struct epoll_event interest = { .events = EPOLLIN };

	if (pid <= 0)
		return;
	journal->pidfd = syscall(SYS_pidfd_open, pid, 0);
	if (journal->pidfd < 0)
		return;
	interest.data.fd = journal->pidfd;
	if (epoll_ctl(watch->epoll_fd, EPOLL_CTL_ADD, journal->pidfd, &interest) < 0)
		drop_pidfd(journal);
}

/*
 * As journal_state(), which says "pending" of any unbind: while the process waits for it, the switch is
 * under way. Followed first, so that the process cannot end in between.
 */
static const char *find_state(struct journal_watch *watch, struct watched *journal)
{
	_cleanup_(journal_freep) struct journal *content = NULL;

	drop_pidfd(journal);
	if (journal_read(watch->ctx, journal->device, &content) == 0) {
		follow(watch, journal, content->pid);
		if (journal_is_alive(watch->ctx, content))
			return "active";
		drop_pidfd(journal);
	}
	return journal_state(watch->ctx, journal->device);
}

static void look(struct journal_watch *watch, struct watched *journal)
{
	tell(journal, find_state(watch, journal));
}

/* Of a switch that is over by now, only the file's name tells. */
static void on_written(struct journal_watch *watch, struct watched *journal)
{
	const char *state = find_state(watch, journal);

	tell(journal, state ? state : "active");
}

static void on_removed(struct watched *journal)
{
	drop_pidfd(journal);
	tell(journal, NULL);
}

/* What there is when the directory appears, or when nobody knows what happened in it. */
static int look_at_all(struct journal_watch *watch)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	size_t n = 0;
	int r;

	for (struct watched *journal = watch->journals; journal; journal = journal->next)
		look(watch, journal);
	r = journal_list(watch->ctx, &names, &n);
	for (size_t i = 0; i < n && r == 0; i++) {
		struct watched *journal;

		r = find_or_add(watch, names[i], &journal);
		if (r == 0)
			look(watch, journal);
	}
	return r;
}

/* ---- inotify */

/* The directory, or the one it will be in. -EACCES: not for the caller's eyes. */
static int watch_directory(struct journal_watch *watch)
{
	int flags = IN_ONLYDIR | IN_DONT_FOLLOW;

	/* first the parent, so that it cannot appear between the two unseen */
	if (watch->parent_wd < 0)
		watch->parent_wd =
			inotify_add_watch(watch->fd, watch->parent, PARENT_EVENTS | IN_ONLYDIR);
	watch->dir_wd = inotify_add_watch(watch->fd, watch->ctx->run_dir, FILE_EVENTS | flags);
	if (watch->dir_wd < 0 && errno != ENOENT)
		return -errno;
	return watch->dir_wd < 0 ? 0 : look_at_all(watch);
}

/* The device of a file of that kind; NULL: it is another file. */
static const char *device_of(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	if (strncmp(name, prefix, length) != 0 || strlen(name + length) > DEVICE_NAME_MAX ||
	    daxfs_parse_device_name(name + length, NULL, NULL) < 0)
		return NULL;
	return name + length;
}

static int on_file(struct journal_watch *watch, uint32_t mask, const char *name)
{
	const char *device = device_of(name, JOURNAL_PREFIX);
	bool is_pending = !device && (device = device_of(name, PENDING_PREFIX));
	struct watched *journal;
	int r;

	if (!device)
		return 0;
	r = find_or_add(watch, device, &journal);
	if (r < 0)
		return r;
	if (is_pending) {
		/* the end of a child of an unbind that is being waited for says nothing */
		if (journal->state && strcmp(journal->state, "pending") == 0)
			look(watch, journal);
	} else if (mask & IN_MOVED_TO) {
		on_written(watch, journal);
	} else if (mask & IN_DELETE) {
		on_removed(journal);
	}
	return 0;
}

static int on_event(struct journal_watch *watch, const struct inotify_event *event)
{
	const char *name = event->len ? event->name : "";

	if (event->mask & IN_Q_OVERFLOW)
		return look_at_all(watch);
	if (event->wd == watch->parent_wd)
		return watch->dir_wd < 0 && strcmp(name, watch->name) == 0 ? watch_directory(watch)
									   : 0;
	if (event->wd != watch->dir_wd)
		return 0;
	if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) {
		inotify_rm_watch(watch->fd, watch->dir_wd);
		watch->dir_wd = -1;
		return watch_directory(watch);
	}
	return on_file(watch, event->mask, name);
}

/* One event of those that were read; -EAGAIN: all are dealt with, and there are no more. */
static int next_event(struct journal_watch *watch)
{
	const struct inotify_event *event;

	if (watch->used == watch->size) {
		ssize_t n = read(watch->fd, watch->events, BUFFER_SIZE);

		if (n < 0)
			return -errno;
		watch->used = 0;
		watch->size = n;
	}
	event = (const struct inotify_event *)(watch->events + watch->used);
	watch->used += sizeof(*event) + event->len;
	return on_event(watch, event);
}

static bool take_news(struct journal_watch *watch, struct journal_news *ret_news)
{
	for (struct watched *journal = watch->journals; journal; journal = journal->next)
		if (journal->has_news) {
			journal->has_news = false;
			memcpy(ret_news->device, journal->device, sizeof(journal->device));
			ret_news->state = journal->state;
			return true;
		}
	return false;
}

/* The processes that have ended, and left a journal behind. */
static void look_at_ended(struct journal_watch *watch)
{
	for (struct watched *journal = watch->journals; journal; journal = journal->next) {
		struct pollfd pfd = { .fd = journal->pidfd, .events = POLLIN };

		if (journal->pidfd >= 0 && poll(&pfd, 1, 0) > 0)
			look(watch, journal);
	}
}

int journal_watch_next(struct journal_watch *watch, struct journal_news *ret_news)
{
	int r = 0;

	/* one event at a time: what is removed right after it was written is told twice */
	while (!take_news(watch, ret_news)) {
		r = next_event(watch);
		if (r == -EAGAIN) {
			look_at_ended(watch);
			return take_news(watch, ret_news) ? 0 : -EAGAIN;
		}
		if (r < 0 && r != -EINTR)
			return r;
	}
	return 0;
}

/* "/run" and "daxfsctl". */
static int split_run_dir(struct journal_watch *watch)
{
	const char *slash = strrchr(watch->ctx->run_dir, '/');
	size_t length = slash - watch->ctx->run_dir;

	watch->name = slash + 1;
	watch->parent = strndup(watch->ctx->run_dir, length ? length : 1);
	return watch->parent ? 0 : -ENOMEM;
}

static int open_watch(struct journal_watch *watch)
{
	struct epoll_event interest = { .events = EPOLLIN };
	int r;

	watch->events = malloc(BUFFER_SIZE);
	if (!watch->events)
		return -ENOMEM;
	watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch->fd < 0)
		return -errno;
	interest.data.fd = watch->fd;
	if (epoll_ctl(watch->epoll_fd, EPOLL_CTL_ADD, watch->fd, &interest) < 0)
		return -errno;
	r = split_run_dir(watch);
	return r < 0 ? r : watch_directory(watch);
}

int journal_watch_new(struct daxfs_ctx *ctx, int epoll_fd, struct journal_watch **ret_watch)
{
	_cleanup_(journal_watch_freep) struct journal_watch *watch = calloc(1, sizeof(*watch));
	int r;

	if (!watch)
		return -ENOMEM;
	watch->ctx = daxfs_ctx_ref(ctx);
	watch->epoll_fd = epoll_fd;
	watch->fd = watch->dir_wd = watch->parent_wd = -1;
	r = open_watch(watch);
	if (r < 0 && r != -EACCES)
		return r;
	/* what there is already is no news */
	for (struct watched *journal = watch->journals; journal; journal = journal->next)
		journal->has_news = false;
	*ret_watch = r == 0 ? TAKE_PTR(watch) : NULL;
	return 0;
}
