// SPDX-License-Identifier: LGPL-2.1-or-later
/* Places in a device: an offset, an address or a page frame becomes whole units of it. Pure. */
#include "poison.h"

/* An address that no range holds. */
static enum outside where_is(const struct daxfs_range *ranges, size_t n_ranges, uint64_t address)
{
	bool has_below = false, has_above = false;

	for (size_t i = 0; i < n_ranges; i++) {
		has_below |= ranges[i].end < address;
		has_above |= ranges[i].start > address;
	}
	if (has_below && has_above)
		return OUTSIDE_GAP;
	return has_below ? OUTSIDE_BEHIND : OUTSIDE_BEFORE;
}

/* The offset of the first byte that was asked for. */
static int find_begin(const struct daxfs_range *ranges, size_t n_ranges,
		      const struct daxfs_poison_request *request, uint64_t page_size,
		      uint64_t *ret_offset, enum outside *ret_outside)
{
	uint64_t address = request->value;

	if (request->place == DAXFS_PLACE_OFFSET) {
		*ret_offset = request->value;
		return 0;
	}
	if (request->place == DAXFS_PLACE_PFN &&
	    __builtin_mul_overflow(request->value, page_size, &address)) {
		*ret_outside = OUTSIDE_BEHIND;
		return -ENXIO;
	}
	if (daxfs_ranges_phys_to_offset(ranges, n_ranges, address, ret_offset) == 0)
		return 0;
	*ret_outside = where_is(ranges, n_ranges, address);
	return -ENXIO;
}

static int refuse(enum outside outside, enum outside *ret_outside)
{
	*ret_outside = outside;
	return -ENXIO;
}

int place_resolve(const struct daxfs_range *ranges, size_t n_ranges,
		  const struct daxfs_poison_request *request, uint64_t page_size, uint64_t unit,
		  struct extent *ret_extent, enum outside *ret_outside)
{
	uint64_t offset, length = request->length ? request->length : 1, size, first, past;
	bool is_whole;
	int r;

	r = find_begin(ranges, n_ranges, request, page_size, &offset, ret_outside);
	if (r < 0)
		return r;
	if (daxfs_ranges_size(ranges, n_ranges, &size) < 0 || offset >= size ||
	    length > size - offset)
		return refuse(OUTSIDE_PAST_END, ret_outside);
	/* Ranges are whole pages, so that the last unit ends at the latest with the device. */
	first = offset - offset % unit;
	past = offset + length;
	past += (unit - past % unit) % unit;
	is_whole = first == offset && (!request->length || past == offset + length);
	if (request->exact && !is_whole)
		return refuse(OUTSIDE_MISALIGNED, ret_outside);
	*ret_extent =
		(struct extent){ .offset = first, .length = past - first, .moved = !is_whole };
	return 0;
}

/* Which range holds @address. */
static size_t mapping_of(const struct daxfs_range *ranges, size_t n_ranges, uint64_t address)
{
	size_t i = 0;

	while (i < n_ranges && (address < ranges[i].start || address > ranges[i].end))
		i++;
	return i;
}

int place_split(const struct daxfs_range *ranges, size_t n_ranges, const struct extent *extent,
		uint64_t page_size, struct daxfs_target **ret_targets, size_t *ret_n)
{
	_cleanup_free_ struct daxfs_target *targets = NULL;
	uint64_t done = 0;
	size_t n = 0;

	while (done < extent->length) {
		uint64_t left = extent->length - done, contiguous;
		struct daxfs_target *more;
		int r;

		more = reallocarray(targets, n + 1, sizeof(*more));
		if (!more)
			return -ENOMEM;
		targets = more;
		more += n++;
		*more = (struct daxfs_target){ .offset = extent->offset + done };
		r = daxfs_ranges_offset_to_phys(ranges, n_ranges, more->offset, &more->address,
						&contiguous);
		if (r < 0)
			return r;
		more->length = contiguous < left ? contiguous : left;
		more->pfn = more->address / page_size;
		more->mapping = mapping_of(ranges, n_ranges, more->address);
		done += more->length;
	}
	*ret_targets = TAKE_PTR(targets);
	*ret_n = n;
	return 0;
}
