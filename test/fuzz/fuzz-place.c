// SPDX-License-Identifier: GPL-2.0-only
/*
 * Places in a device. An input is a byte for the way a place is said, one for the unit as a power of
 * two, 8 bytes each for its value and length, and 16 for each range: its first page, and how many more
 * pages it has. What is found is compared with a walk in 128 bits.
 */
#include "fuzz.h"
#include "poison.h"

#define RANGES_MAX 8
#define PAGE UINT64_C(4096)

struct input {
	struct daxfs_poison_request request;
	uint64_t unit;
	struct daxfs_range ranges[RANGES_MAX];
	size_t n;
};

static bool read_input(const uint8_t *data, size_t size, struct input *input)
{
	unsigned __int128 sum = 0;

	if (size < 18)
		return false;
	input->request.place = data[0] % 3;
	input->request.exact = data[0] & 0x80;
	input->unit = UINT64_C(1) << data[1] % 13;
	memcpy(&input->request.value, data + 2, 8);
	memcpy(&input->request.length, data + 10, 8);
	for (data += 18, size -= 18; size >= 16 && input->n < RANGES_MAX; data += 16, size -= 16) {
		struct daxfs_range *range = &input->ranges[input->n];
		uint64_t first, more;

		memcpy(&first, data, 8);
		memcpy(&more, data + 8, 8);
		range->start = first * PAGE;
		if (__builtin_add_overflow(range->start, more % (1 << 20) * PAGE + PAGE - 1,
					   &range->end))
			return false;
		range->page_offset = sum / PAGE;
		sum += range->end - range->start + 1;
		input->n++;
	}
	/* what a plan or an injection has checked before */
	return daxfs_ranges_check(input->ranges, input->n, PAGE, PAGE, NULL) == 0;
}

/* The offset of the address that was said, or past the end. */
static unsigned __int128 reference_offset(const struct input *input, unsigned __int128 size)
{
	unsigned __int128 address = input->request.value, offset = 0;

	if (input->request.place == DAXFS_PLACE_OFFSET)
		return address;
	if (input->request.place == DAXFS_PLACE_PFN)
		address *= PAGE;
	for (size_t i = 0; i < input->n; i++) {
		const struct daxfs_range *range = &input->ranges[i];

		if (address >= range->start && address <= range->end)
			return offset + (address - range->start);
		offset += (unsigned __int128)range->end - range->start + 1;
	}
	return size;
}

static void require_pieces(const struct input *input, const struct extent *extent)
{
	_cleanup_free_ struct daxfs_target *targets = NULL;
	uint64_t expected = extent->offset;
	size_t n;

	REQUIRE(place_split(input->ranges, input->n, extent, PAGE, &targets, &n) == 0);
	for (size_t i = 0; i < n; i++) {
		const struct daxfs_range *range = &input->ranges[targets[i].mapping];

		REQUIRE(targets[i].offset == expected && targets[i].length > 0);
		REQUIRE(targets[i].address - range->start == expected - range->page_offset * PAGE);
		REQUIRE(targets[i].address + targets[i].length - 1 <= range->end);
		REQUIRE(targets[i].pfn == targets[i].address / PAGE);
		expected += targets[i].length;
	}
	REQUIRE(expected - extent->offset == extent->length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned __int128 total = 0, first, past;
	struct input input = {};
	struct extent extent = { .offset = UNTOUCHED };
	enum outside outside = UNTOUCHED;
	int r;

	if (!read_input(data, size, &input))
		return 0;
	for (size_t i = 0; i < input.n; i++)
		total += input.ranges[i].end - input.ranges[i].start + 1;
	first = reference_offset(&input, total);
	past = first + (input.request.length ? input.request.length : 1);
	r = place_resolve(input.ranges, input.n, &input.request, PAGE, input.unit, &extent,
			  &outside);
	REQUIRE(r == 0 || (r == -ENXIO && outside != UNTOUCHED && extent.offset == UNTOUCHED));
	if (first >= total || past > total) {
		REQUIRE(r < 0 && outside != OUTSIDE_MISALIGNED);
		return 0;
	}
	if (r < 0) {
		REQUIRE(outside == OUTSIDE_MISALIGNED && input.request.exact);
		return 0;
	}
	REQUIRE(outside == UNTOUCHED);
	REQUIRE(extent.offset <= first && first - extent.offset < input.unit);
	REQUIRE(extent.offset % input.unit == 0 && extent.length % input.unit == 0);
	REQUIRE((unsigned __int128)extent.offset + extent.length >= past);
	REQUIRE((unsigned __int128)extent.offset + extent.length - past < input.unit);
	REQUIRE(extent.moved == (extent.offset != first ||
				 (input.request.length &&
				  (unsigned __int128)extent.offset + extent.length != past)));
	require_pieces(&input, &extent);
	return 0;
}
