// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Ranges of a device. Pure: no I/O, no allocation.
 *
 * The offset in a device of a physical address is found by walking the ranges in the order of
 * their mappings: from the second range on, address minus first start is wrong.
 */
#include "private.h"

DAXFS_EXPORT int daxfs_ranges_size(const struct daxfs_range *ranges, size_t n_ranges,
				   uint64_t *ret_bytes)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n_ranges; i++) {
		if (ranges[i].end < ranges[i].start)
			return -EINVAL;
		/* 0 to 2^64-1 has a length that does not fit: range_length() wraps to 0 */
		if (range_length(&ranges[i]) == 0 ||
		    __builtin_add_overflow(sum, range_length(&ranges[i]), &sum))
			return -ERANGE;
	}
	*ret_bytes = sum;
	return 0;
}

static bool overlap(const struct daxfs_range *a, const struct daxfs_range *b)
{
	return a->start <= b->end && b->start <= a->end;
}

static int check_one(const struct daxfs_range *ranges, size_t i, uint64_t align_bytes,
		     uint64_t page_size_bytes, uint64_t expected_offset_bytes)
{
	const struct daxfs_range *range = &ranges[i];
	uint64_t offset;

	if (range->end < range->start)
		return -EINVAL;
	if (align_bytes && (range->start % align_bytes || range_length(range) % align_bytes))
		return -EDOM;
	for (size_t j = 0; j < i; j++)
		if (overlap(range, &ranges[j]))
			return -EEXIST;
	if (__builtin_mul_overflow(range->page_offset, page_size_bytes, &offset) ||
	    offset != expected_offset_bytes)
		return -ERANGE;
	return 0;
}

DAXFS_EXPORT int daxfs_ranges_check(const struct daxfs_range *ranges, size_t n_ranges,
				    uint64_t align_bytes, uint64_t page_size_bytes,
				    size_t *ret_index)
{
	uint64_t offset = 0;
	int r = 0;

	if (page_size_bytes == 0) {
		if (ret_index)
			*ret_index = 0;
		return -EINVAL;
	}
	for (size_t i = 0; i < n_ranges; i++) {
		r = check_one(ranges, i, align_bytes, page_size_bytes, offset);
		if (r == 0 && (range_length(&ranges[i]) == 0 ||
			       __builtin_add_overflow(offset, range_length(&ranges[i]), &offset)))
			r = -ERANGE;
		if (r < 0) {
			if (ret_index)
				*ret_index = i;
			return r;
		}
	}
	return 0;
}

/*
 * These two are total: a recorded tree can hold ranges that daxfs_ranges_check() refuses. A range
 * that ends before it starts holds nothing.
 */
DAXFS_EXPORT int daxfs_ranges_phys_to_offset(const struct daxfs_range *ranges, size_t n_ranges,
					     uint64_t phys, uint64_t *ret_offset_bytes)
{
	uint64_t offset = 0;

	for (size_t i = 0; i < n_ranges; i++) {
		const struct daxfs_range *range = &ranges[i];
		bool found = phys >= range->start && phys <= range->end;

		if (range->end < range->start)
			continue;
		if (__builtin_add_overflow(
			    offset, found ? phys - range->start : range_length(range), &offset))
			return -ENXIO;
		if (found) {
			*ret_offset_bytes = offset;
			return 0;
		}
	}
	return -ENXIO;
}

DAXFS_EXPORT int daxfs_ranges_offset_to_phys(const struct daxfs_range *ranges, size_t n_ranges,
					     uint64_t offset_bytes, uint64_t *ret_phys,
					     uint64_t *ret_contiguous_bytes)
{
	for (size_t i = 0; i < n_ranges; i++) {
		/* The last offset in the range: its length could be 2^64, which does not fit. */
		uint64_t last = ranges[i].end - ranges[i].start;

		if (ranges[i].end < ranges[i].start)
			continue;
		if (offset_bytes <= last) {
			uint64_t after = last - offset_bytes;

			*ret_phys = ranges[i].start + offset_bytes;
			if (ret_contiguous_bytes)
				*ret_contiguous_bytes = after < UINT64_MAX ? after + 1 : after;
			return 0;
		}
		offset_bytes -= last + 1;
	}
	return -ENXIO;
}

uint64_t ranges_prefix(const struct daxfs_range *wanted, size_t n_wanted,
		       const struct daxfs_range *now, size_t n_now, size_t *ret_index)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < n_wanted && i < n_now; i++) {
		if (now[i].start != wanted[i].start || now[i].end < wanted[i].end)
			break;
		bytes += range_length(&wanted[i]);
		/* One that was extended is cut back; what follows it now is not what followed. */
		if (now[i].end != wanted[i].end) {
			i++;
			break;
		}
	}
	*ret_index = i;
	return bytes;
}

uint64_t ranges_common(const struct daxfs_range *a, size_t n_a, const struct daxfs_range *b,
		       size_t n_b)
{
	uint64_t bytes = 0, used_a = 0, used_b = 0;
	size_t i = 0, j = 0;

	while (i < n_a && j < n_b && a[i].start + used_a == b[j].start + used_b) {
		uint64_t left_a = range_length(&a[i]) - used_a;
		uint64_t left_b = range_length(&b[j]) - used_b;
		uint64_t step = left_a < left_b ? left_a : left_b;

		bytes += step;
		used_a = step == left_a ? 0 : used_a + step;
		used_b = step == left_b ? 0 : used_b + step;
		i += step == left_a;
		j += step == left_b;
	}
	return bytes;
}

bool ranges_equal(const struct daxfs_range *a, size_t n_a, const struct daxfs_range *b, size_t n_b)
{
	if (n_a != n_b)
		return false;
	for (size_t i = 0; i < n_a; i++)
		if (a[i].start != b[i].start || a[i].end != b[i].end)
			return false;
	return true;
}
