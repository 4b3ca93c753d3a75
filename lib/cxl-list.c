// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a CXL memory device has on its list of poison. The kernel asks for the list when something is
 * written to its trigger_poison_list, and tells each entry by the tracepoint cxl_poison, in the process
 * that wrote. So that is listened to, for this process alone.
 */
#include "cxl.h"
#include "sysfs.h"
#include "tracepoint.h"

/* For two thousand entries or so. */
#define RING_SIZE (512 << 10)

/* CXL_POISON_FLAG_OVERFLOW: the device had no room for all that it found */
#define FLAG_OVERFLOW 2

enum { FIELD_DPA, FIELD_LENGTH, FIELD_FLAGS, N_FIELDS };

static const char *const fields[N_FIELDS] = {
	[FIELD_DPA] = "dpa",
	[FIELD_LENGTH] = "dpa_length",
	[FIELD_FLAGS] = "flags",
};

struct list {
	struct cxl_poison *poison;
	size_t n;
	bool is_whole;
};

static int add(struct list *list, const uint64_t values[N_FIELDS])
{
	struct cxl_poison *more = reallocarray(list->poison, list->n + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	list->poison = more;
	more[list->n++] = (struct cxl_poison){ values[FIELD_DPA], values[FIELD_LENGTH] };
	if (values[FIELD_FLAGS] & FLAG_OVERFLOW)
		list->is_whole = false;
	return 0;
}

static int take(struct list *list, struct trace_ring *ring, const struct tracepoint *tracepoint)
{
	uint64_t values[TRACE_FIELDS_MAX];
	int r = 0;

	/* That some were lost is told with the next one that fits. */
	list->is_whole = !trace_ring_is_full(ring);
	while (r == 0) {
		r = trace_ring_next(ring, tracepoint, values);
		if (r == 0)
			r = add(list, values);
		if (r == -ENOBUFS) {
			list->is_whole = false;
			r = 0;
		}
	}
	return r == -EAGAIN ? 0 : r;
}

int cxl_read_list(struct daxfs_ctx *ctx, const char *memdev, struct cxl_poison **ret_poison,
		  size_t *ret_n, bool *ret_is_whole)
{
	_cleanup_(trace_ring_close) struct trace_ring ring = {};
	struct tracepoint tracepoint;
	struct list list = {};
	char path[128];
	int r;

	r = ctx->recorded ? -EROFS
			  : tracepoint_find(ctx, "cxl/cxl_poison", fields, N_FIELDS, &tracepoint);
	if (r == 0)
		r = trace_ring_open(&tracepoint, 0, -1, RING_SIZE, &ring);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "bus/cxl/devices/%s/trigger_poison_list", memdev);
	r = sysfs_write(ctx, path, "1");
	if (r == 0)
		r = take(&list, &ring, &tracepoint);
	if (r < 0) {
		free(list.poison);
		return r;
	}
	*ret_poison = list.poison;
	*ret_n = list.n;
	*ret_is_whole = list.is_whole;
	return 0;
}
