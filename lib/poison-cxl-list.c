// SPDX-License-Identifier: LGPL-2.1-or-later
/* The lists of a CXL region's memory devices, as places in a dax device of that region. */
#include <string.h>

#include "cxl.h"
#include "device.h"
#include "poison.h"

/* One that is poisoned all over would make millions of pieces. */
#define PIECES_MAX (1 << 20)

static int add_piece(struct cxl_pieces *pieces, uint64_t start, uint64_t length)
{
	struct daxfs_range *more;

	if (pieces->n >= PIECES_MAX)
		return -EFBIG;
	/* There is room for a power of two. */
	if ((pieces->n & (pieces->n - 1)) == 0) {
		more = reallocarray(pieces->ranges, pieces->n ? pieces->n * 2 : 1, sizeof(*more));
		if (!more)
			return -ENOMEM;
		pieces->ranges = more;
	}
	pieces->ranges[pieces->n++] =
		(struct daxfs_range){ .start = start, .end = start + length - 1 };
	return 0;
}

int cxl_pieces_add(struct cxl_pieces *pieces, const struct cxl_layout *layout, size_t way,
		   const struct cxl_poison *entry)
{
	uint64_t from = layout->ways[way].dpa, end = from + (cxl_way_size(layout) - 1), last;
	uint64_t offset, step;
	int r = 0;

	if (entry->length == 0 || entry->dpa > end)
		return 0;
	if (__builtin_add_overflow(entry->dpa, entry->length - 1, &last) || last > end)
		last = end;
	if (entry->dpa > from)
		from = entry->dpa;
	/* What is left is counted, for the last address may be the last one there is. */
	for (uint64_t left = last >= from ? last - from + 1 : 0; left > 0 && r == 0;
	     left -= step, from += step) {
		r = cxl_dpa_to_offset(layout, way, from, &offset, &step);
		if (r < 0)
			return r;
		step = step < left ? step : left;
		r = add_piece(pieces, layout->start + offset, step);
	}
	return r;
}

static int compare(const void *a, const void *b)
{
	const struct daxfs_range *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

void cxl_pieces_merge(struct cxl_pieces *pieces)
{
	struct daxfs_range *ranges = pieces->ranges;
	size_t n = 0;

	if (pieces->n == 0)
		return;
	qsort(ranges, pieces->n, sizeof(*ranges), compare);
	for (size_t i = 1; i < pieces->n; i++) {
		if (ranges[i].start > ranges[n].end && ranges[i].start - ranges[n].end > 1)
			ranges[++n] = ranges[i];
		else if (ranges[i].end > ranges[n].end)
			ranges[n].end = ranges[i].end;
	}
	pieces->n = n + 1;
}

void cxl_pieces_done(struct cxl_pieces *pieces)
{
	free(pieces->ranges);
}

/* One way. */
static int ask_way(struct daxfs_ctx *ctx, const struct cxl_layout *layout, size_t way,
		   struct cxl_pieces *pieces)
{
	_cleanup_free_ struct cxl_poison *entries = NULL;
	bool is_whole;
	size_t n;
	int r;

	r = cxl_read_list(ctx, layout->ways[way].memdev, &entries, &n, &is_whole);
	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = cxl_pieces_add(pieces, layout, way, &entries[i]);
	return r == 0 && !is_whole ? -ENODATA : r;
}

/* A device that does not answer takes nothing from what the others say. */
int poison_read_cxl(struct daxfs_ctx *ctx, int dir_fd, struct daxfs_device *device)
{
	_cleanup_(cxl_pieces_done) struct cxl_pieces pieces = {};
	_cleanup_free_ char *region = NULL;
	struct cxl_layout layout;
	int r, answer = 0;

	region = backing_region_of_path(device->path);
	if (!region)
		return -ENOMEM;
	r = cxl_read_layout(ctx, dir_fd, region, &layout);
	if (r < 0)
		return r;
	if (layout.n_ways == 0)
		return -EOPNOTSUPP;
	for (size_t i = 0; i < layout.n_ways && answer != -ENOMEM; i++) {
		r = ask_way(ctx, &layout, i, &pieces);
		answer = r < 0 ? r : answer;
	}
	cxl_pieces_merge(&pieces);
	for (size_t i = 0; i < pieces.n && answer != -ENOMEM; i++) {
		r = poison_add_physical(device, pieces.ranges[i].start,
					range_length(&pieces.ranges[i]), DAXFS_POISON_CXL);
		answer = r < 0 ? r : answer;
	}
	return answer;
}
