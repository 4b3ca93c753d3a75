// SPDX-License-Identifier: LGPL-2.1-or-later
#include "failure-watch.h"

#include <string.h>
#include <sys/epoll.h>
#include <syslog.h>

#include "badblocks-watch.h"
#include "pieces.h"
#include "tracepoint.h"

/* For some hundred failures at a time, on each processor. */
#define RING_SIZE (64 << 10)

/* A tracepoint, on all processors. */
struct listener {
	struct tracepoint tracepoint;
	struct trace_ring *rings;
	size_t n;
};

struct failure_watch {
	struct listener kernel;
	struct listener cxl;
	struct pieces listed; /* by CXL memory devices, as was told */
	struct pieces news;   /* of these, not told yet */
	struct badblocks_watch *badblocks;
};

/* ---- tracepoints */

static void listener_done(struct listener *listener)
{
	for (size_t i = 0; i < listener->n; i++)
		trace_ring_close(&listener->rings[i]);
	free(listener->rings);
	*listener = (struct listener){};
}

/* A processor that is off has no events. */
static int listen_on(struct listener *listener, int cpu, int epoll_fd)
{
	struct trace_ring *ring = &listener->rings[listener->n];
	struct epoll_event interest = { .events = EPOLLIN };
	int r = trace_ring_open(&listener->tracepoint, -1, cpu, RING_SIZE, ring);

	if (r < 0)
		return r == -ENODEV ? 0 : r;
	listener->n++;
	interest.data.fd = ring->fd;
	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, ring->fd, &interest) < 0 ? -errno : 0;
}

/* Listens to the first of @events that there is. */
static int listen_to(struct daxfs_ctx *ctx, const char *const *events, size_t n_events,
		     const char *const *fields, size_t n_fields, int epoll_fd,
		     struct listener *listener)
{
	long n_cpus = sysconf(_SC_NPROCESSORS_CONF);
	int r = -ENOENT;

	for (size_t i = 0; i < n_events && r == -ENOENT; i++)
		r = tracepoint_find(ctx, events[i], fields, n_fields, &listener->tracepoint);
	if (r < 0)
		return r;
	listener->rings = calloc(n_cpus, sizeof(*listener->rings));
	if (!listener->rings)
		return -ENOMEM;
	for (int cpu = 0; cpu < n_cpus && r == 0; cpu++)
		r = listen_on(listener, cpu, epoll_fd);
	if (r < 0)
		listener_done(listener);
	return r;
}

static int listener_next(struct listener *listener, uint64_t values[TRACE_FIELDS_MAX])
{
	int r = -EAGAIN;

	for (size_t i = 0; i < listener->n && r == -EAGAIN; i++)
		r = trace_ring_next(&listener->rings[i], &listener->tracepoint, values);
	return r;
}

/* ---- the kernel's handling */

static int listen_to_kernel(struct daxfs_ctx *ctx, int epoll_fd, struct failure_watch *watch)
{
	/* It was moved from one subsystem to another. */
	static const char *const events[] = { "memory_failure/memory_failure_event",
					      "ras/memory_failure_event" };
	static const char *const field = "pfn";

	return listen_to(ctx, events, ARRAY_SIZE(events), &field, 1, epoll_fd, &watch->kernel);
}

static int next_of_kernel(struct failure_watch *watch, struct memory_failure *ret_failure)
{
	uint64_t values[TRACE_FIELDS_MAX], page_size = sysconf(_SC_PAGESIZE);
	int r = listener_next(&watch->kernel, values);

	if (r < 0)
		return r;
	*ret_failure = (struct memory_failure){
		.range = { .start = values[0] * page_size,
			   .end = values[0] * page_size + page_size - 1 },
		.source = DAXFS_FAILURE_KERNEL,
	};
	return 0;
}

/* ---- CXL memory devices */

enum { FIELD_ADDRESS, FIELD_LENGTH, FIELD_TYPE, N_FIELDS };

/* What the kernel tells of: an entry of a list that it was made to read, or what it wrote itself. */
enum { TYPE_LIST, TYPE_INJECT, TYPE_CLEAR };

static int listen_to_cxl(struct daxfs_ctx *ctx, int epoll_fd, struct failure_watch *watch)
{
	static const char *const event = "cxl/cxl_poison";
	/* A kernel that has no physical address there tells too little. */
	static const char *const fields[N_FIELDS] = {
		[FIELD_ADDRESS] = "hpa",
		[FIELD_LENGTH] = "dpa_length",
		[FIELD_TYPE] = "trace_type",
	};

	return listen_to(ctx, &event, 1, fields, N_FIELDS, epoll_fd, &watch->cxl);
}

/* A list may be read again and again: what is on it is news only once, until it is cleared. */
static int learn_cxl(struct failure_watch *watch, const uint64_t values[TRACE_FIELDS_MAX])
{
	struct daxfs_range range = { .start = values[FIELD_ADDRESS] };
	int r = 0;

	/* Of an address that is in no region, the kernel says that it is the last one. */
	if (values[FIELD_LENGTH] == 0 ||
	    __builtin_add_overflow(range.start, values[FIELD_LENGTH] - 1, &range.end))
		return 0;
	if (values[FIELD_TYPE] != TYPE_LIST)
		r = pieces_forget(&watch->listed, &range);
	if (r == 0 && values[FIELD_TYPE] != TYPE_CLEAR)
		r = pieces_learn(&watch->listed, &range, &watch->news);
	return r;
}

static int next_of_cxl(struct failure_watch *watch, struct memory_failure *ret_failure)
{
	uint64_t values[TRACE_FIELDS_MAX];
	int r = 0;

	ret_failure->source = DAXFS_FAILURE_CXL;
	while (r == 0 && !pieces_take(&watch->news, &ret_failure->range)) {
		r = listener_next(&watch->cxl, values);
		if (r == 0)
			r = learn_cxl(watch, values);
	}
	return r;
}

/* ---- nvdimm regions */

static int next_of_badblocks(struct failure_watch *watch, struct memory_failure *ret_failure)
{
	ret_failure->source = DAXFS_FAILURE_BADBLOCKS;
	return badblocks_watch_next(watch->badblocks, &ret_failure->range);
}

/* ---- all of them */

struct failure_watch *failure_watch_free(struct failure_watch *watch)
{
	if (!watch)
		return NULL;
	listener_done(&watch->kernel);
	listener_done(&watch->cxl);
	pieces_done(&watch->listed);
	pieces_done(&watch->news);
	badblocks_watch_free(watch->badblocks);
	free(watch);
	return NULL;
}

/* What cannot be listened to takes nothing from the others. */
static int note(struct daxfs_ctx *ctx, const char *what, int r)
{
	if (r < 0)
		log_debug(ctx, "%s cannot be listened to: %s", what, strerror(-r));
	return r == -ENOMEM ? r : 0;
}

int failure_watch_new(struct daxfs_ctx *ctx, int epoll_fd, struct failure_watch **ret_watch)
{
	_cleanup_(failure_watch_freep) struct failure_watch *watch = calloc(1, sizeof(*watch));
	int r;

	if (!watch)
		return -ENOMEM;
	*ret_watch = NULL;
	r = note(ctx, "memory failures", listen_to_kernel(ctx, epoll_fd, watch));
	if (r == 0)
		r = note(ctx, "CXL memory devices", listen_to_cxl(ctx, epoll_fd, watch));
	if (r == 0 && watch->kernel.n == 0)
		r = note(ctx, "nvdimm regions",
			 badblocks_watch_new(ctx, epoll_fd, &watch->badblocks));
	if (r < 0)
		return r;
	if (watch->kernel.n > 0 || watch->cxl.n > 0 || watch->badblocks)
		*ret_watch = TAKE_PTR(watch);
	return 0;
}

int failure_watch_next(struct failure_watch *watch, struct memory_failure *ret_failure)
{
	int r = next_of_kernel(watch, ret_failure);

	if (r == -EAGAIN)
		r = next_of_cxl(watch, ret_failure);
	if (r == -EAGAIN && watch->badblocks)
		r = next_of_badblocks(watch, ret_failure);
	return r;
}
