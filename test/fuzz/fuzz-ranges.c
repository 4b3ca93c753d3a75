// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lists of ranges. An input is a byte for the alignment, one for the page size, both as powers of
 * two, and 24 bytes for each range: start, end and page_offset.
 */
#include "fuzz.h"
#include "private.h"

#define RANGES_MAX 8

struct list {
	struct daxfs_range ranges[RANGES_MAX];
	size_t n;
	uint64_t align;
	uint64_t page_size;
};

static bool read_list(const uint8_t *data, size_t size, struct list *list)
{
	if (size < 2)
		return false;
	list->align = data[0] ? UINT64_C(1) << (data[0] & 63) : 0;
	list->page_size = data[1] ? UINT64_C(1) << (data[1] & 63) : 0;
	for (data += 2, size -= 2; size >= 24 && list->n < RANGES_MAX; data += 24, size -= 24) {
		struct daxfs_range *range = &list->ranges[list->n++];

		memcpy(&range->start, data, 8);
		memcpy(&range->end, data + 8, 8);
		memcpy(&range->page_offset, data + 16, 8);
	}
	return true;
}

/* The first error there is, else the sum. */
static int reference_size(const struct list *list, uint64_t *ret_bytes)
{
	unsigned __int128 sum = 0;

	for (size_t i = 0; i < list->n; i++) {
		if (list->ranges[i].end < list->ranges[i].start)
			return -EINVAL;
		sum += (unsigned __int128)list->ranges[i].end - list->ranges[i].start + 1;
		if (sum > UINT64_MAX)
			return -ERANGE;
	}
	*ret_bytes = sum;
	return 0;
}

static bool is_good(const struct list *list)
{
	unsigned __int128 offset = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct daxfs_range *a = &list->ranges[i];
		unsigned __int128 length = (unsigned __int128)a->end - a->start + 1;

		if (a->end < a->start)
			return false;
		if (list->align && (a->start % list->align || length % list->align))
			return false;
		for (size_t j = 0; j < i; j++)
			if (a->start <= list->ranges[j].end && a->end >= list->ranges[j].start)
				return false;
		if ((unsigned __int128)a->page_offset * list->page_size != offset)
			return false;
		offset += length;
		if (offset > UINT64_MAX)
			return false;
	}
	return list->page_size != 0;
}

/* There and back; @left bytes of the range are from @offset on. */
static void offset_is_at(const struct list *list, uint64_t offset, uint64_t phys, uint64_t left)
{
	uint64_t found_phys, found_offset, contiguous;

	REQUIRE(daxfs_ranges_offset_to_phys(list->ranges, list->n, offset, &found_phys,
					    &contiguous) == 0);
	REQUIRE(found_phys == phys && contiguous == left);
	REQUIRE(daxfs_ranges_phys_to_offset(list->ranges, list->n, phys, &found_offset) == 0);
	REQUIRE(found_offset == offset);
}

/* Whether a range holds @phys. */
static bool is_inside(const struct list *list, uint64_t phys)
{
	for (size_t i = 0; i < list->n; i++)
		if (phys >= list->ranges[i].start && phys <= list->ranges[i].end)
			return true;
	return false;
}

static void check_outside(const struct list *list, uint64_t phys)
{
	uint64_t offset = UNTOUCHED;

	if (is_inside(list, phys))
		return;
	REQUIRE(daxfs_ranges_phys_to_offset(list->ranges, list->n, phys, &offset) == -ENXIO);
	REQUIRE(offset == UNTOUCHED);
}

/* The ends of each range, what is beside it, and the end of all. */
static void check_good(const struct list *list)
{
	uint64_t offset = 0, phys = UNTOUCHED;

	for (size_t i = 0; i < list->n; i++) {
		const struct daxfs_range *range = &list->ranges[i];
		uint64_t length = range->end - range->start + 1;

		offset_is_at(list, offset, range->start, length);
		offset_is_at(list, offset + length - 1, range->end, 1);
		offset_is_at(list, offset + length / 2, range->start + length / 2,
			     length - length / 2);
		check_outside(list, range->start - 1);
		check_outside(list, range->end + 1);
		offset += length;
	}
	REQUIRE(daxfs_ranges_offset_to_phys(list->ranges, list->n, offset, &phys, NULL) == -ENXIO);
	REQUIRE(phys == UNTOUCHED);
}

/* The ranges of a recorded tree may be any: an answer has to be inside one all the same. */
static void check_any(const struct list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		uint64_t phys, offset, contiguous;

		offset = list->ranges[i].page_offset;
		if (daxfs_ranges_offset_to_phys(list->ranges, list->n, offset, &phys,
						&contiguous) == 0)
			REQUIRE(is_inside(list, phys) && contiguous > 0);
		phys = list->ranges[i].page_offset;
		if (daxfs_ranges_phys_to_offset(list->ranges, list->n, phys, &offset) == 0)
			REQUIRE(is_inside(list, phys));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct list list = {};
	uint64_t sum = UNTOUCHED, expected = UNTOUCHED;
	size_t index = UNTOUCHED;
	int r;

	if (!read_list(data, size, &list))
		return 0;
	REQUIRE(daxfs_ranges_size(list.ranges, list.n, &sum) == reference_size(&list, &expected));
	REQUIRE(sum == expected);
	r = daxfs_ranges_check(list.ranges, list.n, list.align, list.page_size, &index);
	REQUIRE(daxfs_ranges_check(list.ranges, list.n, list.align, list.page_size, NULL) == r);
	REQUIRE((r == 0) == is_good(&list));
	REQUIRE(r == 0 ? index == UNTOUCHED : index < list.n || list.page_size == 0);
	if (r == 0)
		check_good(&list);
	check_any(&list);
	return 0;
}
