// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#define PAGE 4096
#define MIB (UINT64_C(1) << 20)

/* The second range lies below the first, and a gap of 1 MiB is between them. */
static const struct daxfs_range swapped[] = {
	{ .start = 16 * MIB, .end = 20 * MIB - 1, .page_offset = 0 },
	{ .start = 13 * MIB, .end = 15 * MIB - 1, .page_offset = 1024 },
};

static const struct daxfs_range everything = { .start = 0, .end = UINT64_MAX };
static const struct daxfs_range inverted = { .start = 8 * MIB, .end = 4 * MIB };

static const struct daxfs_range halves[] = {
	{ .start = 0, .end = INT64_MAX, .page_offset = 0 },
	{ .start = UINT64_C(1) << 63, .end = UINT64_MAX, .page_offset = UINT64_C(1) << 51 },
};

/* The sum of the lengths */

static void no_ranges_have_size_zero(void **state)
{
	uint64_t size = UNTOUCHED;

	assert_int_equal(daxfs_ranges_size(NULL, 0, &size), 0);
	assert_int_equal(size, 0);
}

static void a_range_that_starts_where_it_ends_has_one_byte(void **state)
{
	struct daxfs_range range = { .start = 7, .end = 7 };
	uint64_t size;

	assert_int_equal(daxfs_ranges_size(&range, 1, &size), 0);
	assert_int_equal(size, 1);
}

static void the_size_leaves_out_gaps(void **state)
{
	uint64_t size;

	assert_int_equal(daxfs_ranges_size(swapped, 2, &size), 0);
	assert_int_equal(size, 6 * MIB);
}

static void an_inverted_range_has_no_size(void **state)
{
	uint64_t size = UNTOUCHED;

	assert_int_equal(daxfs_ranges_size(&inverted, 1, &size), -EINVAL);
	assert_int_equal(size, UNTOUCHED);
}

static void the_whole_address_space_has_no_size(void **state)
{
	uint64_t size = UNTOUCHED;

	assert_int_equal(daxfs_ranges_size(&everything, 1, &size), -ERANGE);
	assert_int_equal(size, UNTOUCHED);
}

static void a_sum_past_64_bits_is_refused(void **state)
{
	uint64_t size = UNTOUCHED;

	assert_int_equal(daxfs_ranges_size(halves, 2, &size), -ERANGE);
	assert_int_equal(size, UNTOUCHED);
}

static void the_largest_size_is_one_less_than_the_address_space(void **state)
{
	struct daxfs_range range = { .start = 1, .end = UINT64_MAX };
	uint64_t size;

	assert_int_equal(daxfs_ranges_size(&range, 1, &size), 0);
	assert_int_equal(size, UINT64_MAX);
}

/* Checks */

static void check_fails(const struct daxfs_range *ranges, size_t n, uint64_t align, int r,
			size_t index)
{
	size_t at = UNTOUCHED;

	assert_int_equal(daxfs_ranges_check(ranges, n, align, PAGE, &at), r);
	assert_int_equal(at, index);
	assert_int_equal(daxfs_ranges_check(ranges, n, align, PAGE, NULL), r);
}

static void check_passes(const struct daxfs_range *ranges, size_t n, uint64_t align)
{
	check_fails(ranges, n, align, 0, UNTOUCHED);
}

static void no_ranges_are_in_order(void **state)
{
	check_passes(NULL, 0, MIB);
}

static void ranges_need_not_ascend(void **state)
{
	check_passes(swapped, 2, MIB);
}

static void an_inverted_range_is_wrong(void **state)
{
	check_fails(&inverted, 1, 0, -EINVAL, 0);
}

static void an_unaligned_start_is_wrong(void **state)
{
	struct daxfs_range range = { .start = PAGE, .end = MIB + PAGE - 1 };

	check_fails(&range, 1, MIB, -EDOM, 0);
}

static void an_unaligned_length_is_wrong(void **state)
{
	struct daxfs_range range = { .start = MIB, .end = 2 * MIB + PAGE - 1 };

	check_fails(&range, 1, MIB, -EDOM, 0);
}

static void an_end_that_is_the_byte_after_is_unaligned(void **state)
{
	struct daxfs_range range = { .start = MIB, .end = 2 * MIB };

	check_fails(&range, 1, MIB, -EDOM, 0);
}

static void alignment_zero_is_not_asked(void **state)
{
	struct daxfs_range range = { .start = 1, .end = 3 };

	check_passes(&range, 1, 0);
}

static void an_alignment_of_three_is_taken_as_it_is(void **state)
{
	struct daxfs_range range = { .start = 3, .end = 8 };

	check_passes(&range, 1, 3);
	check_fails(&range, 1, 4, -EDOM, 0);
}

static void ranges_may_touch(void **state)
{
	struct daxfs_range ranges[] = {
		{ .start = MIB, .end = 2 * MIB - 1, .page_offset = 0 },
		{ .start = 2 * MIB, .end = 3 * MIB - 1, .page_offset = 256 },
		{ .start = 0, .end = MIB - 1, .page_offset = 512 },
	};

	check_passes(ranges, 3, MIB);
}

static void an_overlap_of_one_byte_is_wrong(void **state)
{
	struct daxfs_range ranges[] = {
		{ .start = MIB, .end = 2 * MIB - 1, .page_offset = 0 },
		{ .start = 2 * MIB - 1, .end = 3 * MIB, .page_offset = 256 },
	};

	check_fails(ranges, 2, 0, -EEXIST, 1);
}

static void a_range_inside_another_is_wrong(void **state)
{
	struct daxfs_range ranges[] = {
		{ .start = MIB, .end = 4 * MIB - 1, .page_offset = 0 },
		{ .start = 2 * MIB, .end = 3 * MIB - 1, .page_offset = 768 },
	};

	check_fails(ranges, 2, MIB, -EEXIST, 1);
}

static void an_overlap_with_one_that_is_no_neighbour_is_wrong(void **state)
{
	struct daxfs_range ranges[] = {
		{ .start = MIB, .end = 2 * MIB - 1, .page_offset = 0 },
		{ .start = 8 * MIB, .end = 9 * MIB - 1, .page_offset = 256 },
		{ .start = 0, .end = 2 * MIB - 1, .page_offset = 512 },
	};

	check_fails(ranges, 3, MIB, -EEXIST, 2);
}

static void the_first_range_begins_at_offset_zero(void **state)
{
	struct daxfs_range range = { .start = 0, .end = MIB - 1, .page_offset = 1 };

	check_fails(&range, 1, 0, -ERANGE, 0);
}

static void a_gap_in_offset_is_wrong(void **state)
{
	struct daxfs_range ranges[] = { swapped[0], swapped[1] };

	ranges[1].page_offset++;
	check_fails(ranges, 2, 0, -ERANGE, 1);
}

static void a_page_offset_that_wraps_to_the_right_one_is_wrong(void **state)
{
	struct daxfs_range range = { .start = 0, .end = MIB - 1 };

	range.page_offset = UINT64_C(1) << 52; /* times 4096 is 2^64 */
	check_fails(&range, 1, 0, -ERANGE, 0);
}

static void a_page_offset_counts_pages_of_the_machine(void **state)
{
	struct daxfs_range ranges[] = { swapped[0], swapped[1] };

	ranges[1].page_offset = 64;
	assert_int_equal(daxfs_ranges_check(ranges, 2, 0, 65536, NULL), 0);
	assert_int_equal(daxfs_ranges_check(ranges, 2, 0, 4096, NULL), -ERANGE);
}

static void an_offset_that_is_no_whole_page_cannot_be_told(void **state)
{
	struct daxfs_range ranges[] = {
		{ .start = 0, .end = 99, .page_offset = 0 },
		{ .start = MIB, .end = 2 * MIB - 1, .page_offset = 0 },
	};

	check_fails(ranges, 2, 0, -ERANGE, 1);
}

static void the_whole_address_space_is_too_much(void **state)
{
	check_fails(&everything, 1, PAGE, -ERANGE, 0);
	check_fails(halves, 2, PAGE, -ERANGE, 1);
}

static void the_last_address_can_be_in_a_range(void **state)
{
	struct daxfs_range range = { .start = UINT64_MAX - MIB + 1, .end = UINT64_MAX };

	check_passes(&range, 1, MIB);
}

static void a_page_size_of_zero_is_refused(void **state)
{
	size_t at = UNTOUCHED;

	assert_int_equal(daxfs_ranges_check(swapped, 2, 0, 0, NULL), -EINVAL);
	/* A caller prints the range that is wrong, so there must be one. */
	assert_int_equal(daxfs_ranges_check(swapped, 2, 0, 0, &at), -EINVAL);
	assert_int_equal(at, 0);
}

/* From physical address to offset */

static void has_offset(uint64_t phys, uint64_t expected)
{
	uint64_t offset;

	assert_int_equal(daxfs_ranges_phys_to_offset(swapped, 2, phys, &offset), 0);
	assert_int_equal(offset, expected);
}

static void has_no_offset(uint64_t phys)
{
	uint64_t offset = UNTOUCHED;

	assert_int_equal(daxfs_ranges_phys_to_offset(swapped, 2, phys, &offset), -ENXIO);
	assert_int_equal(offset, UNTOUCHED);
}

static void offsets_go_on_from_range_to_range(void **state)
{
	has_offset(16 * MIB, 0);
	has_offset(20 * MIB - 1, 4 * MIB - 1);
	has_offset(13 * MIB, 4 * MIB);
	has_offset(15 * MIB - 1, 6 * MIB - 1);
}

static void an_address_in_a_gap_has_no_offset(void **state)
{
	has_no_offset(15 * MIB);
	has_no_offset(16 * MIB - 1);
}

static void an_address_outside_has_no_offset(void **state)
{
	has_no_offset(0);
	has_no_offset(13 * MIB - 1);
	has_no_offset(20 * MIB);
	has_no_offset(UINT64_MAX);
}

static void without_ranges_no_address_has_an_offset(void **state)
{
	uint64_t offset = UNTOUCHED;

	assert_int_equal(daxfs_ranges_phys_to_offset(NULL, 0, 0, &offset), -ENXIO);
	assert_int_equal(offset, UNTOUCHED);
}

static void page_offset_does_not_decide_the_offset(void **state)
{
	struct daxfs_range ranges[] = { swapped[0], swapped[1] };
	uint64_t offset;

	ranges[1].page_offset = 0;
	assert_int_equal(daxfs_ranges_phys_to_offset(ranges, 2, 13 * MIB, &offset), 0);
	assert_int_equal(offset, 4 * MIB);
}

static void the_last_address_has_an_offset(void **state)
{
	uint64_t offset;

	assert_int_equal(daxfs_ranges_phys_to_offset(halves, 2, UINT64_MAX, &offset), 0);
	assert_int_equal(offset, UINT64_MAX);
}

/* From offset to physical address */

static void is_at(uint64_t offset, uint64_t expected, uint64_t expected_contiguous)
{
	uint64_t phys, contiguous;

	assert_int_equal(daxfs_ranges_offset_to_phys(swapped, 2, offset, &phys, &contiguous), 0);
	assert_int_equal(phys, expected);
	assert_int_equal(contiguous, expected_contiguous);
}

static void an_offset_is_found_in_the_range_that_holds_it(void **state)
{
	is_at(0, 16 * MIB, 4 * MIB);
	is_at(MIB, 17 * MIB, 3 * MIB);
	is_at(4 * MIB, 13 * MIB, 2 * MIB);
}

static void contiguous_bytes_end_with_the_range(void **state)
{
	is_at(4 * MIB - 1, 20 * MIB - 1, 1);
	is_at(6 * MIB - 1, 15 * MIB - 1, 1);
}

static void contiguous_bytes_need_not_be_asked_for(void **state)
{
	uint64_t phys;

	assert_int_equal(daxfs_ranges_offset_to_phys(swapped, 2, 5 * MIB, &phys, NULL), 0);
	assert_int_equal(phys, 14 * MIB);
}

static void an_offset_at_the_end_has_no_address(void **state)
{
	uint64_t phys = UNTOUCHED, contiguous = UNTOUCHED;

	assert_int_equal(daxfs_ranges_offset_to_phys(swapped, 2, 6 * MIB, &phys, &contiguous),
			 -ENXIO);
	assert_int_equal(daxfs_ranges_offset_to_phys(swapped, 2, UINT64_MAX, &phys, &contiguous),
			 -ENXIO);
	assert_int_equal(daxfs_ranges_offset_to_phys(NULL, 0, 0, &phys, &contiguous), -ENXIO);
	assert_int_equal(phys, UNTOUCHED);
	assert_int_equal(contiguous, UNTOUCHED);
}

static void the_last_offset_has_an_address(void **state)
{
	uint64_t phys, contiguous;

	assert_int_equal(daxfs_ranges_offset_to_phys(halves, 2, UINT64_MAX, &phys, &contiguous), 0);
	assert_int_equal(phys, UINT64_MAX);
	assert_int_equal(contiguous, 1);
}

/* What no kernel tells, but a recorded tree may hold */

static void the_whole_address_space_can_be_walked(void **state)
{
	uint64_t offset, phys, contiguous;

	assert_int_equal(daxfs_ranges_phys_to_offset(&everything, 1, 5, &offset), 0);
	assert_int_equal(offset, 5);
	assert_int_equal(daxfs_ranges_offset_to_phys(&everything, 1, 5, &phys, &contiguous), 0);
	assert_int_equal(phys, 5);
	assert_int_equal(contiguous, UINT64_MAX - 4);
	assert_int_equal(daxfs_ranges_offset_to_phys(&everything, 1, UINT64_MAX, &phys, NULL), 0);
	assert_int_equal(phys, UINT64_MAX);
	/* 2^64 bytes from there on are one more than can be told. */
	assert_int_equal(daxfs_ranges_offset_to_phys(&everything, 1, 0, &phys, &contiguous), 0);
	assert_int_equal(contiguous, UINT64_MAX);
}

static void an_inverted_range_holds_nothing(void **state)
{
	const struct daxfs_range ranges[] = { inverted, swapped[0] };
	uint64_t offset = UNTOUCHED, phys;

	assert_int_equal(daxfs_ranges_offset_to_phys(&inverted, 1, 0, &phys, NULL), -ENXIO);
	assert_int_equal(daxfs_ranges_phys_to_offset(&inverted, 1, 6 * MIB, &offset), -ENXIO);
	assert_int_equal(offset, UNTOUCHED);
	assert_int_equal(daxfs_ranges_phys_to_offset(ranges, 2, 17 * MIB, &offset), 0);
	assert_int_equal(offset, MIB);
	assert_int_equal(daxfs_ranges_offset_to_phys(ranges, 2, MIB, &phys, NULL), 0);
	assert_int_equal(phys, 17 * MIB);
}

static void an_offset_past_64_bits_is_none(void **state)
{
	const struct daxfs_range ranges[] = {
		{ .start = MIB, .end = UINT64_MAX },
		{ .start = MIB, .end = UINT64_MAX },
		{ .start = 0, .end = MIB - 1 },
	};
	uint64_t offset = UNTOUCHED;

	assert_int_equal(daxfs_ranges_phys_to_offset(ranges, 3, 0, &offset), -ENXIO);
	assert_int_equal(offset, UNTOUCHED);
	/* The last offset that can be told, and the first that cannot. */
	assert_int_equal(daxfs_ranges_phys_to_offset(ranges + 1, 2, MIB - 1, &offset), 0);
	assert_int_equal(offset, UINT64_MAX);
}

/* What stays of a device, and what it keeps */

static void the_common_part_ends_where_the_memory_differs(void **state)
{
	const struct daxfs_range a[] = { { 0, 99, 0 }, { 200, 299, 0 } };
	const struct daxfs_range split[] = { { 0, 49, 0 }, { 50, 99, 0 }, { 200, 249, 0 } };
	const struct daxfs_range moved[] = { { 0, 49, 0 }, { 60, 99, 0 } };

	assert_int_equal(ranges_common(a, 2, a, 2), 200);
	assert_int_equal(ranges_common(a, 2, split, 3), 150);
	assert_int_equal(ranges_common(split, 3, a, 2), 150);
	assert_int_equal(ranges_common(a, 2, moved, 2), 50);
	assert_int_equal(ranges_common(a, 2, a + 1, 1), 0);
	assert_int_equal(ranges_common(a, 2, NULL, 0), 0);
}

static void whole_ranges_are_kept(void **state)
{
	const struct daxfs_range wanted[] = { { 0, 99, 0 }, { 200, 299, 0 } };
	const struct daxfs_range longer[] = { { 0, 149, 0 }, { 200, 299, 0 } };
	const struct daxfs_range shorter[] = { { 0, 99, 0 }, { 200, 249, 0 } };
	size_t index;

	assert_int_equal(ranges_prefix(wanted, 2, wanted, 2, &index), 200);
	assert_int_equal(index, 2);
	assert_int_equal(ranges_prefix(wanted, 2, longer, 2, &index), 100);
	assert_int_equal(index, 1);
	assert_int_equal(ranges_prefix(wanted, 2, shorter, 2, &index), 100);
	assert_int_equal(index, 1);
	assert_int_equal(ranges_prefix(wanted, 2, NULL, 0, &index), 0);
	assert_int_equal(index, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_ranges_have_size_zero),
		cmocka_unit_test(a_range_that_starts_where_it_ends_has_one_byte),
		cmocka_unit_test(the_size_leaves_out_gaps),
		cmocka_unit_test(an_inverted_range_has_no_size),
		cmocka_unit_test(the_whole_address_space_has_no_size),
		cmocka_unit_test(a_sum_past_64_bits_is_refused),
		cmocka_unit_test(the_largest_size_is_one_less_than_the_address_space),
		cmocka_unit_test(no_ranges_are_in_order),
		cmocka_unit_test(ranges_need_not_ascend),
		cmocka_unit_test(an_inverted_range_is_wrong),
		cmocka_unit_test(an_unaligned_start_is_wrong),
		cmocka_unit_test(an_unaligned_length_is_wrong),
		cmocka_unit_test(an_end_that_is_the_byte_after_is_unaligned),
		cmocka_unit_test(alignment_zero_is_not_asked),
		cmocka_unit_test(an_alignment_of_three_is_taken_as_it_is),
		cmocka_unit_test(ranges_may_touch),
		cmocka_unit_test(an_overlap_of_one_byte_is_wrong),
		cmocka_unit_test(a_range_inside_another_is_wrong),
		cmocka_unit_test(an_overlap_with_one_that_is_no_neighbour_is_wrong),
		cmocka_unit_test(the_first_range_begins_at_offset_zero),
		cmocka_unit_test(a_gap_in_offset_is_wrong),
		cmocka_unit_test(a_page_offset_that_wraps_to_the_right_one_is_wrong),
		cmocka_unit_test(a_page_offset_counts_pages_of_the_machine),
		cmocka_unit_test(an_offset_that_is_no_whole_page_cannot_be_told),
		cmocka_unit_test(the_whole_address_space_is_too_much),
		cmocka_unit_test(the_last_address_can_be_in_a_range),
		cmocka_unit_test(a_page_size_of_zero_is_refused),
		cmocka_unit_test(offsets_go_on_from_range_to_range),
		cmocka_unit_test(an_address_in_a_gap_has_no_offset),
		cmocka_unit_test(an_address_outside_has_no_offset),
		cmocka_unit_test(without_ranges_no_address_has_an_offset),
		cmocka_unit_test(page_offset_does_not_decide_the_offset),
		cmocka_unit_test(the_last_address_has_an_offset),
		cmocka_unit_test(an_offset_is_found_in_the_range_that_holds_it),
		cmocka_unit_test(contiguous_bytes_end_with_the_range),
		cmocka_unit_test(contiguous_bytes_need_not_be_asked_for),
		cmocka_unit_test(an_offset_at_the_end_has_no_address),
		cmocka_unit_test(the_last_offset_has_an_address),
		cmocka_unit_test(the_whole_address_space_can_be_walked),
		cmocka_unit_test(an_inverted_range_holds_nothing),
		cmocka_unit_test(an_offset_past_64_bits_is_none),
		cmocka_unit_test(the_common_part_ends_where_the_memory_differs),
		cmocka_unit_test(whole_ranges_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
