// SPDX-License-Identifier: GPL-2.0-only
/* CXL regions: from a byte of them to one of a memory device, and back; lists; the firmware's table. */
#include "unit.h"

#include <string.h>

#include "cxl.h"
#include "prng.h"
#include "tracepoint.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

/* Three devices, the second of which has something else in front. */
static const struct cxl_layout three = {
	.region = "region0",
	.start = 16 * GIB,
	.size = 3 * GIB,
	.granularity = 256,
	.ways = { { "mem2", 0 }, { "mem0", 4 * GIB }, { "mem1", 0 } },
	.n_ways = 3,
};

static void expect_dpa(const struct cxl_layout *layout, uint64_t offset, size_t way, uint64_t dpa,
		       uint64_t contiguous)
{
	size_t found_way = UNTOUCHED;
	uint64_t found_dpa = 0, found_offset = 0, length = 0;

	assert_int_equal(cxl_offset_to_dpa(layout, offset, &found_way, &found_dpa, &length), 0);
	assert_int_equal(found_way, way);
	assert_int_equal(found_dpa, dpa);
	assert_int_equal(length, contiguous);
	assert_int_equal(cxl_dpa_to_offset(layout, way, dpa, &found_offset, &length), 0);
	assert_int_equal(found_offset, offset);
	assert_int_equal(length, contiguous);
}

static void granules_are_dealt_in_turn(void **state)
{
	assert_true(cxl_layout_is_sound(&three));
	expect_dpa(&three, 0, 0, 0, 256);
	expect_dpa(&three, 255, 0, 255, 1);
	expect_dpa(&three, 256, 1, 4 * GIB, 256);
	expect_dpa(&three, 512, 2, 0, 256);
	expect_dpa(&three, 768, 0, 256, 256);
	expect_dpa(&three, 7 * 256 + 10, 1, 4 * GIB + 2 * 256 + 10, 246);
	expect_dpa(&three, 3 * GIB - 1, 2, GIB - 1, 1);
}

static void one_device_has_it_all_in_one_piece(void **state)
{
	const struct cxl_layout one = { .start = GIB,
					.size = GIB,
					.granularity = 256,
					.ways = { { "mem0", MIB } },
					.n_ways = 1 };

	expect_dpa(&one, 0, 0, MIB, GIB);
	expect_dpa(&one, 300, 0, MIB + 300, GIB - 300);
}

static void a_cache_in_front_is_no_memory_of_the_devices(void **state)
{
	struct cxl_layout layout = three;
	uint64_t dpa = UNTOUCHED, length = UNTOUCHED;
	size_t way = UNTOUCHED;

	layout.cache = 3 * MIB;
	layout.size += layout.cache;
	assert_true(cxl_layout_is_sound(&layout));
	assert_int_equal(cxl_offset_to_dpa(&layout, 3 * MIB - 1, &way, &dpa, &length), -ENXIO);
	assert_int_equal(way, UNTOUCHED);
	expect_dpa(&layout, 3 * MIB + 256, 1, 4 * GIB, 256);
}

static void what_is_outside_is_nowhere(void **state)
{
	uint64_t value = UNTOUCHED, length = UNTOUCHED;
	size_t way = UNTOUCHED;

	assert_int_equal(cxl_offset_to_dpa(&three, 3 * GIB, &way, &value, &length), -ENXIO);
	assert_int_equal(cxl_dpa_to_offset(&three, 0, GIB, &value, &length), -ENXIO);
	assert_int_equal(cxl_dpa_to_offset(&three, 1, 4 * GIB - 1, &value, &length), -ENXIO);
	assert_int_equal(cxl_dpa_to_offset(&three, 3, 0, &value, &length), -ENXIO);
	assert_int_equal(value, UNTOUCHED);
	assert_int_equal(length, UNTOUCHED);
}

static void layouts_that_cannot_be_are_not_sound(void **state)
{
	struct cxl_layout layout = three;

	layout.n_ways = 0;
	assert_false(cxl_layout_is_sound(&layout));
	layout.n_ways = CXL_WAYS_MAX + 1;
	assert_false(cxl_layout_is_sound(&layout));
	layout = three;
	layout.granularity = 0;
	assert_false(cxl_layout_is_sound(&layout));
	layout.granularity = UINT64_MAX / 2;
	assert_false(cxl_layout_is_sound(&layout));
	layout = three;
	layout.size += 256;
	assert_false(cxl_layout_is_sound(&layout));
	layout = three;
	layout.start = UINT64_MAX - 3 * GIB + 2;
	assert_false(cxl_layout_is_sound(&layout));
	layout = three;
	layout.ways[1].dpa = UINT64_MAX - GIB + 2;
	assert_false(cxl_layout_is_sound(&layout));
	layout = three;
	layout.cache = layout.size;
	assert_false(cxl_layout_is_sound(&layout));
}

/*
 * As the decoders of the hardware do it: with 2^@bits devices those many bits of the address above
 * the granule's choose the device, and drop out; with three times as many, what is above is also
 * divided by three.
 */
static void decode(uint64_t offset, unsigned int granule_bits, unsigned int bits, bool by_three,
		   uint64_t *ret_way, uint64_t *ret_dpa)
{
	uint64_t upper = offset >> (granule_bits + bits);
	uint64_t low_way = offset >> granule_bits & ((UINT64_C(1) << bits) - 1);
	uint64_t inside = offset & ((UINT64_C(1) << granule_bits) - 1);

	*ret_way = by_three ? (upper % 3 << bits | low_way) : low_way;
	*ret_dpa = (by_three ? upper / 3 : upper) << granule_bits | inside;
}

/* Of 1 to 16 devices, as the specification has them: powers of two, and three times these. */
static struct cxl_layout random_layout(uint64_t *seed, unsigned int *ret_granule_bits,
				       unsigned int *ret_bits, bool *ret_by_three)
{
	struct cxl_layout layout = { .start = prng_below(seed, 1 << 20) * 256 * MIB };
	unsigned int bits = prng_below(seed, 5), granule_bits = 8 + prng_below(seed, 7);
	bool by_three = bits <= 2 && prng_below(seed, 2);

	layout.n_ways = (by_three ? 3 : 1) << bits;
	layout.granularity = UINT64_C(1) << granule_bits;
	layout.size = layout.n_ways * (1 + prng_below(seed, 1024)) * 256 * MIB;
	for (size_t i = 0; i < layout.n_ways; i++)
		layout.ways[i].dpa = prng_below(seed, 1 << 10) * 256 * MIB;
	*ret_granule_bits = granule_bits;
	*ret_bits = bits;
	*ret_by_three = by_three;
	return layout;
}

static void a_byte_is_where_the_hardware_has_it_and_the_way_back_is_the_same(void **state)
{
	unsigned int granule_bits, bits;
	uint64_t seed = 11;
	bool by_three;

	for (unsigned int i = 0; i < N_LAYOUTS; i++) {
		struct cxl_layout layout = random_layout(&seed, &granule_bits, &bits, &by_three);
		uint64_t offset = prng_below(&seed, layout.size), dpa, back, length, back_length;
		uint64_t reference_way, reference_dpa;
		size_t way;

		assert_true(cxl_layout_is_sound(&layout));
		assert_int_equal(cxl_offset_to_dpa(&layout, offset, &way, &dpa, &length), 0);
		/* with three times a power of two the low bits of the way are the granule's */
		decode(offset, granule_bits, bits, by_three, &reference_way, &reference_dpa);
		assert_true(dpa - layout.ways[way].dpa == reference_dpa);
		if (!by_three || bits == 0)
			assert_true(way == reference_way);
		assert_int_equal(cxl_dpa_to_offset(&layout, way, dpa, &back, &back_length), 0);
		assert_true(back == offset && back_length == length);
		assert_true(length > 0 && length <= layout.size - offset);
	}
	print_message("# %u layouts\n", N_LAYOUTS);
}

/* No two bytes of a region are the same byte of a device, and all of a device is used. */
static void devices_are_used_up_evenly(void **state)
{
	struct cxl_layout layout = { .size = 6 * 1024, .granularity = 512, .n_ways = 3 };
	bool used[3][2048] = {};

	for (uint64_t offset = 0; offset < layout.size; offset++) {
		uint64_t dpa, length;
		size_t way;

		assert_int_equal(cxl_offset_to_dpa(&layout, offset, &way, &dpa, &length), 0);
		assert_true(dpa < 2048);
		assert_false(used[way][dpa]);
		used[way][dpa] = true;
	}
}

/* Lists */

static void entries_become_pieces_of_memory(void **state)
{
	const struct cxl_poison entries[] = { { 64, 64 }, { 192, 128 }, { GIB - 64, 1024 } };
	_cleanup_(pieces_done) struct pieces pieces = {};

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		assert_int_equal(cxl_pieces_add(&pieces, &three, 0, &entries[i]), 0);
	assert_int_equal(pieces.n, 4);
	assert_int_equal(pieces.ranges[0].start, 16 * GIB + 64);
	assert_int_equal(pieces.ranges[0].end, 16 * GIB + 127);
	/* over the end of a granule: the next one of that device is two granules further on */
	assert_int_equal(pieces.ranges[1].start, 16 * GIB + 192);
	assert_int_equal(pieces.ranges[1].end, 16 * GIB + 255);
	assert_int_equal(pieces.ranges[2].start, 16 * GIB + 768);
	assert_int_equal(pieces.ranges[2].end, 16 * GIB + 831);
	/* the rest of the entry is not the region's */
	assert_int_equal(range_length(&pieces.ranges[3]), 64);
}

static void entries_of_other_memory_are_none(void **state)
{
	const struct cxl_poison entries[] = {
		{ 0, 64 }, { 4 * GIB - 64, 64 }, { 5 * GIB, UINT64_MAX }, { 4 * GIB, 0 }
	};
	_cleanup_(pieces_done) struct pieces pieces = {};

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		assert_int_equal(cxl_pieces_add(&pieces, &three, 1, &entries[i]), 0);
	assert_int_equal(pieces.n, 0);
}

static void pieces_that_meet_become_one(void **state)
{
	const struct cxl_poison whole = { 0, UINT64_MAX };
	_cleanup_(pieces_done) struct pieces pieces = {};
	struct cxl_layout layout = three;

	layout.size = 3 * MIB;
	layout.ways[1].dpa = 0;
	for (size_t way = 0; way < 3; way++)
		assert_int_equal(cxl_pieces_add(&pieces, &layout, way, &whole), 0);
	assert_int_equal(pieces.n, 3 * MIB / 256);
	pieces_merge(&pieces);
	assert_int_equal(pieces.n, 1);
	assert_int_equal(pieces.ranges[0].start, layout.start);
	assert_int_equal(range_length(&pieces.ranges[0]), 3 * MIB);
}

static void pieces_apart_stay_apart(void **state)
{
	const struct cxl_poison entries[] = { { 512, 64 }, { 0, 64 }, { 0, 64 }, { 128, 64 } };
	_cleanup_(pieces_done) struct pieces pieces = {};

	pieces_merge(&pieces);
	assert_int_equal(pieces.n, 0);
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		assert_int_equal(cxl_pieces_add(&pieces, &three, 0, &entries[i]), 0);
	pieces_merge(&pieces);
	assert_int_equal(pieces.n, 3);
	assert_int_equal(pieces.ranges[0].start, 16 * GIB);
	assert_int_equal(pieces.ranges[1].start, 16 * GIB + 128);
	assert_int_equal(pieces.ranges[2].start, 16 * GIB + 1536);
}

/* Events */

static FILE *open_text(const char *text)
{
	FILE *file = fmemopen((void *)text, strlen(text), "r");

	assert_non_null(file);
	return file;
}

static const char format_text[] =
	"name: cxl_poison\nID: 1454\nformat:\n"
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
	"\n"
	"\tfield:__data_loc char[] memdev;\toffset:8;\tsize:4;\tsigned:0;\n"
	"\tfield:u64 dpa;\toffset:56;\tsize:8;\tsigned:0;\n"
	"\tfield:u32 dpa_length;\toffset:64;\tsize:4;\tsigned:0;\n"
	"\tfield:u8 flags;\toffset:85;\tsize:1;\tsigned:0;\n"
	"\tfield:u8 odd;\toffset:87;\tsize:x;\tsigned:0;\n"
	"\nprint fmt: \"memdev=%s dpa=0x%llx\", __get_str(memdev), REC->dpa\n";

static void fields_are_found_by_name(void **state)
{
	_cleanup_fclose_ FILE *format = open_text(format_text);
	struct trace_field field = {};

	assert_int_equal(trace_find_field(format, "dpa", &field), 0);
	assert_int_equal(field.offset, 56);
	assert_int_equal(field.size, 8);
	rewind(format);
	assert_int_equal(trace_find_field(format, "dpa_length", &field), 0);
	assert_int_equal(field.offset, 64);
	assert_int_equal(field.size, 4);
	for (size_t i = 0; i < 4; i++) {
		static const char *const missing[] = { "hpa", "odd", "u64 dpa", "" };

		rewind(format);
		assert_int_equal(trace_find_field(format, missing[i], &field), -ENOENT);
	}
	assert_int_equal(field.offset, 64);
}

static void fields_are_read_as_far_as_the_event_goes(void **state)
{
	const struct trace_field byte = { 1, 1 }, word = { 4, 4 }, number = { 8, 8 };
	const struct trace_field odd = { 0, 3 }, large = { 0, 16 }, far = { SIZE_MAX, 1 };
	uint8_t event[16] = { 0, 7 };
	uint64_t value = 0;
	uint32_t u32 = 0xfedcba98;

	memcpy(event + 4, &u32, sizeof(u32));
	assert_int_equal(trace_read_field(event, 2, &byte, &value), 0);
	assert_int_equal(value, 7);
	assert_int_equal(trace_read_field(event, 8, &word, &value), 0);
	assert_int_equal(value, 0xfedcba98);
	assert_int_equal(trace_read_field(event, 16, &number, &value), 0);
	assert_int_equal(value, 0);
	assert_int_equal(trace_read_field(event, 15, &number, &value), -EBADMSG);
	assert_int_equal(trace_read_field(event, 1, &byte, &value), -EBADMSG);
	assert_int_equal(trace_read_field(event, 16, &odd, &value), -EBADMSG);
	assert_int_equal(trace_read_field(event, 16, &large, &value), -EBADMSG);
	assert_int_equal(trace_read_field(event, 16, &far, &value), -EBADMSG);
}

/* The firmware's table */

#define TABLE_SIZE (36 + 32 + 40 + 44)

static void put(uint8_t *at, uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		at[i] = value >> (8 * i);
}

/* A host bridge, a window from 4 GiB on for 1 GiB, and one behind it that is interleaved otherwise. */
static void make_table(uint8_t table[TABLE_SIZE])
{
	memset(table, 0, TABLE_SIZE);
	memcpy(table, "CEDT", 4);
	put(table + 36 + 2, 32, 2);
	table[68] = 1;
	put(table + 68 + 2, 40, 2);
	put(table + 68 + 8, 4 * GIB, 8);
	put(table + 68 + 16, GIB, 8);
	table[108] = 1;
	put(table + 108 + 2, 44, 2);
	put(table + 108 + 8, 5 * GIB, 8);
	put(table + 108 + 16, GIB, 8);
	table[108 + 25] = 1;
}

static void windows_tell_how_they_are_interleaved(void **state)
{
	uint8_t table[TABLE_SIZE];
	bool modulo = false;

	make_table(table);
	assert_int_equal(cxl_window_is_modulo(table, TABLE_SIZE, 5 * GIB - 1, &modulo), 0);
	assert_true(modulo);
	assert_int_equal(cxl_window_is_modulo(table, TABLE_SIZE, 5 * GIB, &modulo), 0);
	assert_false(modulo);
	assert_int_equal(cxl_window_is_modulo(table, TABLE_SIZE, 4 * GIB - 1, &modulo), -ENOENT);
	assert_int_equal(cxl_window_is_modulo(table, TABLE_SIZE, 6 * GIB, &modulo), -ENOENT);
}

static void a_damaged_table_is_refused(void **state)
{
	uint8_t table[TABLE_SIZE];
	bool modulo;

	make_table(table);
	assert_int_equal(cxl_window_is_modulo(table, 35, 4 * GIB, &modulo), -EBADMSG);
	assert_int_equal(cxl_window_is_modulo(table, TABLE_SIZE - 1, 5 * GIB, &modulo), -EBADMSG);
	assert_int_equal(cxl_window_is_modulo(table, 36 + 3, 5 * GIB, &modulo), -EBADMSG);
	put(table + 36 + 2, 0, 2);
	assert_int_equal(cxl_window_is_modulo(table, TABLE_SIZE, 4 * GIB, &modulo), -EBADMSG);
	table[0] = 'X';
	assert_int_equal(cxl_window_is_modulo(table, TABLE_SIZE, 4 * GIB, &modulo), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(granules_are_dealt_in_turn),
		cmocka_unit_test(one_device_has_it_all_in_one_piece),
		cmocka_unit_test(a_cache_in_front_is_no_memory_of_the_devices),
		cmocka_unit_test(what_is_outside_is_nowhere),
		cmocka_unit_test(layouts_that_cannot_be_are_not_sound),
		cmocka_unit_test(a_byte_is_where_the_hardware_has_it_and_the_way_back_is_the_same),
		cmocka_unit_test(devices_are_used_up_evenly),
		cmocka_unit_test(entries_become_pieces_of_memory),
		cmocka_unit_test(entries_of_other_memory_are_none),
		cmocka_unit_test(pieces_that_meet_become_one),
		cmocka_unit_test(pieces_apart_stay_apart),
		cmocka_unit_test(fields_are_found_by_name),
		cmocka_unit_test(fields_are_read_as_far_as_the_event_goes),
		cmocka_unit_test(windows_tell_how_they_are_interleaved),
		cmocka_unit_test(a_damaged_table_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
