// SPDX-License-Identifier: LGPL-2.1-or-later
/* The lists of a CXL region's memory devices, as places in a dax device of that region. */
#include <string.h>

#include "cxl.h"
#include "device.h"
#include "poison.h"

int cxl_pieces_add(struct pieces *pieces, const struct cxl_layout *layout, size_t way,
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
		r = pieces_add(pieces, layout->start + offset, step);
	}
	return r;
}

/* One way. */
static int ask_way(struct daxfs_ctx *ctx, const struct cxl_layout *layout, size_t way,
		   struct pieces *pieces)
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
	_cleanup_(pieces_done) struct pieces pieces = {};
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
	pieces_merge(&pieces);
	for (size_t i = 0; i < pieces.n && answer != -ENOMEM; i++) {
		r = poison_add_physical(device, pieces.ranges[i].start,
					range_length(&pieces.ranges[i]), DAXFS_POISON_CXL);
		answer = r < 0 ? r : answer;
	}
	return answer;
}

int cxl_pieces_of(struct daxfs_ctx *ctx, int dir_fd, const char *path,
		  const struct daxfs_range *failure, struct pieces *pieces)
{
	struct cxl_poison entry = { .length = range_length(failure) };
	_cleanup_free_ char *region = backing_region_of_path(path);
	uint64_t contiguous;
	struct cxl_layout layout;
	size_t way;
	int r;

	if (!region)
		return -ENOMEM;
	r = cxl_read_layout(ctx, dir_fd, region, &layout);
	if (r == 0 && layout.n_ways > 0 && failure->start >= layout.start &&
	    cxl_offset_to_dpa(&layout, failure->start - layout.start, &way, &entry.dpa,
			      &contiguous) == 0)
		return cxl_pieces_add(pieces, &layout, way, &entry);
	return r == -ENOMEM ? r : pieces_add(pieces, failure->start, range_length(failure));
}
