// SPDX-License-Identifier: LGPL-2.1-or-later
#include "failure-watch.h"

#include <string.h>
#include <sys/epoll.h>
#include <syslog.h>

#include "tracepoint.h"

/* For some hundred failures at a time, on each processor. */
#define RING_SIZE (64 << 10)

struct failure_watch {
	struct tracepoint tracepoint;
	struct trace_ring *rings;
	size_t n;
};

struct failure_watch *failure_watch_free(struct failure_watch *watch)
{
	if (!watch)
		return NULL;
	for (size_t i = 0; i < watch->n; i++)
		trace_ring_close(&watch->rings[i]);
	free(watch->rings);
	free(watch);
	return NULL;
}

/* It was moved from one subsystem to another. */
static int find(const struct daxfs_ctx *ctx, struct tracepoint *ret_tracepoint)
{
	static const char *const events[] = { "memory_failure/memory_failure_event",
					      "ras/memory_failure_event" };
	static const char *const field = "pfn";
	int r = -ENOENT;

	for (size_t i = 0; i < ARRAY_SIZE(events) && r == -ENOENT; i++)
		r = tracepoint_find(ctx, events[i], &field, 1, ret_tracepoint);
	return r;
}

/* A processor that is off has no events. */
static int listen_to(struct failure_watch *watch, int cpu, int epoll_fd)
{
	struct trace_ring *ring = &watch->rings[watch->n];
	struct epoll_event interest = { .events = EPOLLIN };
	int r = trace_ring_open(&watch->tracepoint, -1, cpu, RING_SIZE, ring);

	if (r < 0)
		return r == -ENODEV ? 0 : r;
	watch->n++;
	interest.data.fd = ring->fd;
	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, ring->fd, &interest) < 0 ? -errno : 0;
}

int failure_watch_new(struct daxfs_ctx *ctx, int epoll_fd, struct failure_watch **ret_watch)
{
	_cleanup_(failure_watch_freep) struct failure_watch *watch = calloc(1, sizeof(*watch));
	long n_cpus = sysconf(_SC_NPROCESSORS_CONF);
	int r;

	if (!watch)
		return -ENOMEM;
	*ret_watch = NULL;
	r = find(ctx, &watch->tracepoint);
	watch->rings = calloc(n_cpus, sizeof(*watch->rings));
	if (!watch->rings)
		return -ENOMEM;
	for (int cpu = 0; cpu < n_cpus && r == 0; cpu++)
		r = listen_to(watch, cpu, epoll_fd);
	if (r == 0)
		*ret_watch = TAKE_PTR(watch);
	else
		log_debug(ctx, "memory failures cannot be listened to: %s", strerror(-r));
	return r == -ENOMEM ? r : 0;
}

int failure_watch_next(struct failure_watch *watch, uint64_t *ret_pfn)
{
	uint64_t values[TRACE_FIELDS_MAX];
	int r = -EAGAIN;

	for (size_t i = 0; i < watch->n && r == -EAGAIN; i++)
		r = trace_ring_next(&watch->rings[i], &watch->tracepoint, values);
	if (r == 0)
		*ret_pfn = values[0];
	return r;
}
