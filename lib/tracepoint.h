/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tracepoints of the kernel, by perf_event_open(): that touches nobody else's tracing, and leaves
 * nothing behind when the process is killed. Root only.
 */
#ifndef TRACEPOINT_H
#define TRACEPOINT_H

#include "private.h"

#define TRACE_FIELDS_MAX 3

/* Where a field is in an event. */
struct trace_field {
	size_t offset;
	size_t size;
};

struct tracepoint {
	uint64_t id;
	struct trace_field fields[TRACE_FIELDS_MAX];
	size_t n_fields;
};

/* Pure: finds field @name in the text of a tracepoint's file `format`; -ENOENT. */
int trace_find_field(FILE *format, const char *name, struct trace_field *ret_field);
/* Pure: the number in a field of an event; -EBADMSG when the event ends before, or it is none. */
int trace_read_field(const uint8_t *event, size_t size, const struct trace_field *field,
		     uint64_t *ret_value);

/* Tracepoint @event, as "cxl/cxl_poison", and its fields of these names. -ENOENT: no such thing. */
int tracepoint_find(const struct daxfs_ctx *ctx, const char *event, const char *const *names,
		    size_t n_names, struct tracepoint *ret_tracepoint);

/* The events of one process, or of one processor. */
struct trace_ring {
	int fd;
	uint8_t *map; /* NULL: not open */
	size_t page_size;
	size_t size;
	uint64_t at; /* what comes next */
};

/*
 * @pid 0 and @cpu -1: of the caller alone; -1 and a number: whatever happens on that processor. @size
 * is a power of two, and whole pages. What the kernel answers.
 */
int trace_ring_open(const struct tracepoint *tracepoint, int pid, int cpu, size_t size,
		    struct trace_ring *ret_ring);
void trace_ring_close(struct trace_ring *ring);
/* Whether there may have been no room for what came last. */
bool trace_ring_is_full(const struct trace_ring *ring);
/*
 * The next event's fields. Returns 0; -EAGAIN: there is none; -ENOBUFS: some were lost here; -EBADMSG.
 */
int trace_ring_next(struct trace_ring *ring, const struct tracepoint *tracepoint,
		    uint64_t ret_values[TRACE_FIELDS_MAX]);

#endif
