// SPDX-License-Identifier: LGPL-2.1-or-later
#include "badblocks-watch.h"

#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>

#include "pieces.h"
#include "poison.h"
#include "sysfs.h"

#define REGIONS "bus/nd/devices"

struct watched_region {
	int fd;		/* of its list */
	uint64_t start; /* its physical address */
	struct pieces known;
};

struct badblocks_watch {
	struct watched_region *regions;
	size_t n;
	struct pieces news; /* not told yet */
};

static void region_done(struct watched_region *region)
{
	close(region->fd);
	pieces_done(&region->known);
}

struct badblocks_watch *badblocks_watch_free(struct badblocks_watch *watch)
{
	if (!watch)
		return NULL;
	for (size_t i = 0; i < watch->n; i++)
		region_done(&watch->regions[i]);
	free(watch->regions);
	pieces_done(&watch->news);
	free(watch);
	return NULL;
}

/* Reading it has the kernel wake up the next poll() for the next change only. */
static int read_list(const struct watched_region *region, struct number_pair **ret_pairs,
		     size_t *ret_n)
{
	char text[SYSFS_TEXT_MAX + 1];
	ssize_t size = pread(region->fd, text, sizeof(text) - 1, 0);

	if (size < 0)
		return -errno;
	text[size] = '\0';
	return poison_parse_pairs(text, ret_pairs, ret_n);
}

/* What is gone from the list, and comes again, is new again. */
static int look(struct watched_region *region, struct pieces *news)
{
	_cleanup_(pieces_done) struct pieces now = {};
	_cleanup_free_ struct number_pair *pairs = NULL;
	size_t n = 0;
	int r;

	r = read_list(region, &pairs, &n);
	for (size_t i = 0; i < n && r == 0; i++) {
		struct daxfs_range range;

		r = poison_sectors(&pairs[i], region->start, &range);
		if (r == 0)
			r = pieces_add(&now, range.start, range_length(&range));
		if (r == 0)
			r = pieces_learn(&region->known, &range, news);
	}
	if (r < 0)
		return r;
	pieces_done(&region->known);
	region->known = now;
	now = (struct pieces){};
	return 0;
}

/* 0 as well for one that does not say where it is. */
static int add_region(struct daxfs_ctx *ctx, const char *name, int epoll_fd,
		      struct badblocks_watch *watch)
{
	struct watched_region *region = &watch->regions[watch->n];
	struct epoll_event interest = { .events = EPOLLPRI };
	_cleanup_close_ int dir_fd = -1, fd = -1;
	struct pieces old = {};
	char path[64];
	int r;

	snprintf(path, sizeof(path), REGIONS "/%s", name);
	if (sysfs_open_dir(ctx, path, &dir_fd) < 0 ||
	    sysfs_read_u64(dir_fd, "resource", &region->start) < 0)
		return 0;
	fd = openat(dir_fd, "badblocks", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	region->fd = fd;
	r = look(region, &old);
	pieces_done(&old);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	interest.data.fd = fd;
	watch->n++;
	TAKE_FD(fd);
	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, region->fd, &interest) < 0 ? -errno : 0;
}

int badblocks_watch_new(struct daxfs_ctx *ctx, int epoll_fd, struct badblocks_watch **ret_watch)
{
	_cleanup_(badblocks_watch_freep) struct badblocks_watch *watch = NULL;
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	_cleanup_close_ int fd = -1;
	size_t n = 0;
	int r;

	*ret_watch = NULL;
	if (sysfs_open_dir(ctx, REGIONS, &fd) < 0 || sysfs_list(fd, "region", &names, &n) < 0)
		return 0;
	watch = calloc(1, sizeof(*watch));
	if (!watch)
		return -ENOMEM;
	watch->regions = calloc(n + 1, sizeof(*watch->regions));
	if (!watch->regions)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		r = add_region(ctx, names[i], epoll_fd, watch);
		if (r < 0)
			return r;
	}
	if (watch->n > 0)
		*ret_watch = TAKE_PTR(watch);
	return 0;
}

/* One that is gone, or says what nobody understands, would wake us up again and again. */
static int look_at_all(struct badblocks_watch *watch)
{
	for (size_t i = watch->n; i-- > 0;) {
		int r = look(&watch->regions[i], &watch->news);

		if (r == -ENOMEM)
			return r;
		if (r < 0) {
			region_done(&watch->regions[i]);
			watch->regions[i] = watch->regions[--watch->n];
		}
	}
	return 0;
}

int badblocks_watch_next(struct badblocks_watch *watch, struct daxfs_range *ret_range)
{
	int r = watch->news.n ? 0 : look_at_all(watch);

	if (r < 0)
		return r;
	return pieces_take(&watch->news, ret_range) ? 0 : -EAGAIN;
}
