// SPDX-License-Identifier: GPL-2.0-only
/*
 * Layouts of CXL regions. An input is a byte for the number of devices, one for the granule as a power
 * of two, 8 bytes each for the start, the size, the cache in front, an address and a length on a
 * device, and 8 for each device's first address. Any layout is judged; what is said of a sound one is
 * compared with 128 bits.
 */
#include "cxl.h"
#include "fuzz.h"

#define N_NUMBERS 5
#define PIECES_MAX 4096

typedef unsigned __int128 wide;

static bool is_sound(const struct cxl_layout *layout)
{
	wide memory = (wide)layout->size - layout->cache, past = (wide)layout->start + layout->size;

	if (layout->n_ways == 0 || layout->n_ways > CXL_WAYS_MAX || layout->granularity == 0 ||
	    layout->size <= layout->cache || past > (wide)UINT64_MAX + 1 ||
	    (wide)layout->granularity * layout->n_ways > UINT64_MAX ||
	    memory % (layout->granularity * layout->n_ways) != 0)
		return false;
	for (size_t i = 0; i < layout->n_ways; i++)
		if (layout->ways[i].dpa + memory / layout->n_ways > (wide)UINT64_MAX + 1)
			return false;
	return true;
}

/* There and back; and the last byte of the piece is of the same device. */
static void check_offset(const struct cxl_layout *layout, uint64_t offset)
{
	uint64_t dpa = UNTOUCHED, length = UNTOUCHED, back, last, left;
	size_t way = UNTOUCHED, last_way;
	int r = cxl_offset_to_dpa(layout, offset, &way, &dpa, &length);

	REQUIRE((r == 0) == (offset >= layout->cache && offset < layout->size));
	if (r < 0) {
		REQUIRE(r == -ENXIO && way == UNTOUCHED && dpa == UNTOUCHED && length == UNTOUCHED);
		return;
	}
	REQUIRE(way < layout->n_ways && length > 0 && length <= layout->size - offset);
	REQUIRE(dpa - layout->ways[way].dpa < cxl_way_size(layout));
	REQUIRE(cxl_dpa_to_offset(layout, way, dpa, &back, &left) == 0);
	REQUIRE(back == offset && left == length);
	REQUIRE(cxl_offset_to_dpa(layout, offset + length - 1, &last_way, &last, &left) == 0);
	REQUIRE(last_way == way && last == dpa + length - 1 && left == 1);
}

/* What an entry of a device comes to is no more than it, and in the region. */
static void check_pieces(const struct cxl_layout *layout, const struct cxl_poison *entry)
{
	_cleanup_(pieces_done) struct pieces pieces = {};
	uint64_t sum = 0;

	/* Many pieces take long, and show nothing that few do not. */
	if (layout->n_ways > 1 && entry->length / layout->granularity > PIECES_MAX)
		return;
	REQUIRE(cxl_pieces_add(&pieces, layout, 0, entry) == 0);
	pieces_merge(&pieces);
	for (size_t i = 0; i < pieces.n; i++) {
		const struct daxfs_range *range = &pieces.ranges[i];

		REQUIRE(range->start >= layout->start && range->end >= range->start);
		REQUIRE(range->end - layout->start < layout->size);
		REQUIRE(i == 0 || range->start > pieces.ranges[i - 1].end + 1);
		sum += range_length(range);
	}
	REQUIRE(sum <= entry->length && sum <= cxl_way_size(layout));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cxl_layout layout = {};
	uint64_t numbers[N_NUMBERS];
	struct cxl_poison entry;

	if (size < 2 + sizeof(numbers))
		return 0;
	layout.n_ways = data[0] % (CXL_WAYS_MAX + 2);
	layout.granularity = data[1] & 0x80 ? 0 : UINT64_C(1) << (data[1] & 63);
	memcpy(numbers, data + 2, sizeof(numbers));
	layout.start = numbers[0];
	layout.size = numbers[1];
	layout.cache = numbers[2];
	entry = (struct cxl_poison){ .dpa = numbers[3], .length = numbers[4] };
	data += 2 + sizeof(numbers);
	size -= 2 + sizeof(numbers);
	for (size_t i = 0; i < CXL_WAYS_MAX && size >= 8; i++, data += 8, size -= 8)
		memcpy(&layout.ways[i].dpa, data, 8);
	REQUIRE(cxl_layout_is_sound(&layout) == is_sound(&layout));
	if (!is_sound(&layout))
		return 0;
	check_offset(&layout, numbers[3]);
	check_offset(&layout, layout.cache);
	check_offset(&layout, layout.size - 1);
	check_offset(&layout, layout.cache + entry.length % (layout.size - layout.cache));
	check_pieces(&layout, &entry);
	return 0;
}
