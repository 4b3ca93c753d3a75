// SPDX-License-Identifier: GPL-2.0-only
/* Places in devices, the record of poison, and what is known of it. */
#include "unit.h"

#include <string.h>
#include <sys/stat.h>

#include "poison.h"
#include "prng.h"
#include "tree.h"

#define PAGE 4096
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

/* The second range lies below the first, and a gap of 1 MiB is between them. */
static const struct daxfs_range swapped[] = {
	{ .start = 16 * MIB, .end = 20 * MIB - 1, .page_offset = 0 },
	{ .start = 13 * MIB, .end = 15 * MIB - 1, .page_offset = 1024 },
};

static struct daxfs_poison_request at(enum daxfs_place place, uint64_t value, uint64_t length)
{
	return (struct daxfs_poison_request){ .place = place, .value = value, .length = length };
}

/* Places */

static void expect_place(const struct daxfs_poison_request *request, uint64_t unit, uint64_t offset,
			 uint64_t length, bool moved)
{
	enum outside outside = UNTOUCHED;
	struct extent extent;

	assert_int_equal(place_resolve(swapped, 2, request, PAGE, unit, &extent, &outside), 0);
	assert_int_equal(extent.offset, offset);
	assert_int_equal(extent.length, length);
	assert_int_equal(extent.moved, moved);
	assert_int_equal(outside, UNTOUCHED);
}

static void expect_outside(const struct daxfs_poison_request *request, enum outside expected)
{
	struct extent extent = { .offset = UNTOUCHED };
	enum outside outside;

	assert_int_equal(place_resolve(swapped, 2, request, PAGE, PAGE, &extent, &outside), -ENXIO);
	assert_int_equal(outside, expected);
	assert_int_equal(extent.offset, UNTOUCHED);
}

static void an_offset_is_taken_as_its_page(void **state)
{
	const struct daxfs_poison_request first = at(DAXFS_PLACE_OFFSET, 0, 0);
	const struct daxfs_poison_request inside = at(DAXFS_PLACE_OFFSET, 4 * MIB + 5, 0);
	const struct daxfs_poison_request last = at(DAXFS_PLACE_OFFSET, 6 * MIB - 1, 0);

	expect_place(&first, PAGE, 0, PAGE, false);
	expect_place(&inside, PAGE, 4 * MIB, PAGE, true);
	expect_place(&inside, 512, 4 * MIB, 512, true);
	expect_place(&last, PAGE, 6 * MIB - PAGE, PAGE, true);
}

static void a_length_is_taken_as_the_pages_that_hold_it(void **state)
{
	const struct daxfs_poison_request byte = at(DAXFS_PLACE_OFFSET, PAGE, 1);
	const struct daxfs_poison_request two = at(DAXFS_PLACE_OFFSET, PAGE - 1, 2);
	const struct daxfs_poison_request whole = at(DAXFS_PLACE_OFFSET, 0, 6 * MIB);

	expect_place(&byte, PAGE, PAGE, PAGE, true);
	expect_place(&two, PAGE, 0, 2 * PAGE, true);
	expect_place(&whole, PAGE, 0, 6 * MIB, false);
}

static void an_address_is_found_in_whatever_range(void **state)
{
	const struct daxfs_poison_request first = at(DAXFS_PLACE_ADDRESS, 16 * MIB, 0);
	const struct daxfs_poison_request second = at(DAXFS_PLACE_ADDRESS, 13 * MIB, 0);
	const struct daxfs_poison_request frame = at(DAXFS_PLACE_PFN, 13 * MIB / PAGE + 1, 0);

	expect_place(&first, PAGE, 0, PAGE, false);
	expect_place(&second, PAGE, 4 * MIB, PAGE, false);
	expect_place(&frame, PAGE, 4 * MIB + PAGE, PAGE, false);
}

static void what_is_outside_is_told_apart(void **state)
{
	const struct daxfs_poison_request gap = at(DAXFS_PLACE_ADDRESS, 15 * MIB, 0);
	const struct daxfs_poison_request below = at(DAXFS_PLACE_ADDRESS, 13 * MIB - 1, 0);
	const struct daxfs_poison_request above = at(DAXFS_PLACE_ADDRESS, 20 * MIB, 0);
	const struct daxfs_poison_request far = at(DAXFS_PLACE_PFN, UINT64_MAX, 0);
	const struct daxfs_poison_request past = at(DAXFS_PLACE_OFFSET, 6 * MIB, 0);
	const struct daxfs_poison_request wraps = at(DAXFS_PLACE_OFFSET, PAGE, UINT64_MAX);
	const struct daxfs_poison_request too_long = at(DAXFS_PLACE_OFFSET, 5 * MIB, MIB + 1);

	expect_outside(&gap, OUTSIDE_GAP);
	expect_outside(&below, OUTSIDE_BEFORE);
	expect_outside(&above, OUTSIDE_BEHIND);
	expect_outside(&far, OUTSIDE_BEHIND);
	expect_outside(&past, OUTSIDE_PAST_END);
	expect_outside(&wraps, OUTSIDE_PAST_END);
	expect_outside(&too_long, OUTSIDE_PAST_END);
}

static void an_exact_place_is_whole_units(void **state)
{
	struct daxfs_poison_request request = at(DAXFS_PLACE_OFFSET, PAGE, PAGE);

	request.exact = true;
	expect_place(&request, PAGE, PAGE, PAGE, false);
	request.length = 0;
	expect_place(&request, PAGE, PAGE, PAGE, false);
	request.length = PAGE - 1;
	expect_outside(&request, OUTSIDE_MISALIGNED);
	request.value--;
	request.length = PAGE;
	expect_outside(&request, OUTSIDE_MISALIGNED);
}

/* Pieces */

static void an_extent_is_split_where_ranges_end(void **state)
{
	const struct extent extent = { .offset = 4 * MIB - PAGE, .length = 3 * PAGE };
	_cleanup_free_ struct daxfs_target *targets = NULL;
	size_t n;

	assert_int_equal(place_split(swapped, 2, &extent, PAGE, &targets, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(targets[0].offset, 4 * MIB - PAGE);
	assert_int_equal(targets[0].length, PAGE);
	assert_int_equal(targets[0].address, 20 * MIB - PAGE);
	assert_int_equal(targets[0].mapping, 0);
	assert_int_equal(targets[1].offset, 4 * MIB);
	assert_int_equal(targets[1].length, 2 * PAGE);
	assert_int_equal(targets[1].address, 13 * MIB);
	assert_int_equal(targets[1].pfn, 13 * MIB / PAGE);
	assert_int_equal(targets[1].mapping, 1);
}

/* Ranges of whole pages in any order, apart from each other. */
static size_t random_ranges(uint64_t *seed, struct daxfs_range *ranges)
{
	size_t n = 1 + prng_below(seed, 8);
	uint64_t address = prng_below(seed, 1 << 20) * PAGE, offset = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t length = (1 + prng_below(seed, 1 << 18)) * PAGE;

		address += prng_below(seed, 1 << 10) * PAGE;
		ranges[i] = (struct daxfs_range){ .start = address, .end = address + length - 1 };
		address += length;
	}
	for (size_t i = n - 1; i > 0; i--) {
		size_t j = prng_below(seed, i + 1);
		struct daxfs_range other = ranges[i];

		ranges[i] = ranges[j];
		ranges[j] = other;
	}
	for (size_t i = 0; i < n; i++) {
		ranges[i].page_offset = offset / PAGE;
		offset += range_length(&ranges[i]);
	}
	return n;
}

/* The pieces of an extent are all of it, in order, each where the ranges have it. */
static void expect_pieces(const struct daxfs_range *ranges, size_t n_ranges,
			  const struct extent *extent)
{
	_cleanup_free_ struct daxfs_target *targets = NULL;
	uint64_t expected = extent->offset;
	size_t n;

	assert_int_equal(place_split(ranges, n_ranges, extent, PAGE, &targets, &n), 0);
	for (size_t i = 0; i < n; i++) {
		const struct daxfs_range *range = &ranges[targets[i].mapping];
		uint64_t first, last;

		assert_true(targets[i].mapping < n_ranges && targets[i].length > 0);
		assert_true(targets[i].offset == expected);
		assert_true(targets[i].address >= range->start &&
			    targets[i].address + targets[i].length - 1 <= range->end);
		assert_int_equal(daxfs_ranges_phys_to_offset(ranges, n_ranges, targets[i].address,
							     &first),
				 0);
		assert_int_equal(daxfs_ranges_phys_to_offset(
					 ranges, n_ranges,
					 targets[i].address + targets[i].length - 1, &last),
				 0);
		assert_true(first == expected && last == expected + targets[i].length - 1);
		expected += targets[i].length;
	}
	assert_true(expected == extent->offset + extent->length);
}

/* By offset, and by the address and the page frame of what is there, it is the same place. */
static void a_place_is_the_same_however_it_is_said(void **state)
{
	uint64_t seed = 30;

	for (unsigned int i = 0; i < N_LAYOUTS; i++) {
		struct daxfs_poison_request request = at(DAXFS_PLACE_OFFSET, 0, 0);
		struct daxfs_range ranges[8];
		struct extent by_offset, other;
		uint64_t size, address, unit = i % 2 ? PAGE : 64;
		enum outside outside;
		size_t n = random_ranges(&seed, ranges);

		assert_int_equal(daxfs_ranges_size(ranges, n, &size), 0);
		request.value = prng_below(&seed, size);
		request.length = i % 3 ? 0 : 1 + prng_below(&seed, size - request.value);
		assert_int_equal(
			place_resolve(ranges, n, &request, PAGE, unit, &by_offset, &outside), 0);
		assert_true(by_offset.offset <= request.value &&
			    request.value - by_offset.offset < unit &&
			    by_offset.length % unit == 0 &&
			    by_offset.offset + by_offset.length <= size);
		assert_int_equal(
			daxfs_ranges_offset_to_phys(ranges, n, request.value, &address, NULL), 0);
		request.place = DAXFS_PLACE_ADDRESS;
		request.value = address;
		assert_int_equal(place_resolve(ranges, n, &request, PAGE, unit, &other, &outside),
				 0);
		assert_true(other.offset == by_offset.offset && other.length == by_offset.length &&
			    other.moved == by_offset.moved);
		if (i % 16 == 0)
			expect_pieces(ranges, n, &by_offset);
		request = at(DAXFS_PLACE_PFN, address / PAGE, 0);
		assert_int_equal(place_resolve(ranges, n, &request, PAGE, PAGE, &other, &outside),
				 0);
		assert_true(other.offset == by_offset.offset / PAGE * PAGE && !other.moved);
	}
	print_message("# %u layouts\n", N_LAYOUTS);
}

/* The record */

static struct poison_entry entry_at(uint64_t address, uint64_t length)
{
	return (struct poison_entry){ .address = address,
				      .length = length,
				      .method = DAXFS_POISON_HWPOISON,
				      .device = "dax0.0" };
}

static void add(struct poison_record *record, uint64_t address, uint64_t length)
{
	const struct poison_entry entry = entry_at(address, length);

	assert_int_equal(poison_record_add(record, &entry), 0);
}

static void expect_entry(const struct poison_record *record, size_t i, uint64_t address,
			 uint64_t length)
{
	assert_true(i < record->n);
	assert_int_equal(record->entries[i].address, address);
	assert_int_equal(record->entries[i].length, length);
}

static void entries_are_in_order_and_neighbours_are_one(void **state)
{
	_cleanup_(poison_record_done) struct poison_record record = {};

	add(&record, 4 * PAGE, PAGE);
	add(&record, 0, PAGE);
	add(&record, 2 * PAGE, PAGE);
	assert_int_equal(record.n, 3);
	add(&record, PAGE, PAGE);
	assert_int_equal(record.n, 2);
	expect_entry(&record, 0, 0, 3 * PAGE);
	add(&record, 3 * PAGE, PAGE);
	assert_int_equal(record.n, 1);
	expect_entry(&record, 0, 0, 5 * PAGE);
	/* again */
	add(&record, 2 * PAGE, PAGE);
	assert_int_equal(record.n, 1);
	expect_entry(&record, 0, 0, 5 * PAGE);
}

static void entries_of_other_methods_or_devices_stay_apart(void **state)
{
	_cleanup_(poison_record_done) struct poison_record record = {};
	struct poison_entry entry = entry_at(PAGE, PAGE);

	add(&record, 0, 3 * PAGE);
	entry.method = DAXFS_POISON_OFFLINE;
	assert_int_equal(poison_record_add(&record, &entry), 0);
	assert_int_equal(record.n, 3);
	expect_entry(&record, 0, 0, PAGE);
	expect_entry(&record, 1, PAGE, PAGE);
	expect_entry(&record, 2, 2 * PAGE, PAGE);
	strcpy(entry.device, "dax0.1");
	entry.address = 3 * PAGE;
	entry.method = DAXFS_POISON_HWPOISON;
	assert_int_equal(poison_record_add(&record, &entry), 0);
	assert_int_equal(record.n, 4);
}

static void what_is_taken_out_leaves_the_rest(void **state)
{
	_cleanup_(poison_record_done) struct poison_record record = {};

	add(&record, PAGE, 4 * PAGE);
	add(&record, 8 * PAGE, PAGE);
	assert_int_equal(poison_record_remove(&record, 2 * PAGE, PAGE), 0);
	assert_int_equal(record.n, 3);
	expect_entry(&record, 0, PAGE, PAGE);
	expect_entry(&record, 1, 3 * PAGE, 2 * PAGE);
	assert_int_equal(poison_record_remove(&record, 0, 4 * PAGE), 0);
	assert_int_equal(record.n, 2);
	expect_entry(&record, 0, 4 * PAGE, PAGE);
	assert_int_equal(poison_record_remove(&record, 0, UINT64_MAX), 0);
	assert_int_equal(record.n, 0);
}

static void a_record_is_read_as_it_was_written(void **state)
{
	_cleanup_(poison_record_done) struct poison_record record = { .boot_id = "1-2" };
	_cleanup_(poison_record_done) struct poison_record read = {};
	_cleanup_free_ char *text = NULL;

	add(&record, 0x100005000, PAGE);
	add(&record, UINT64_MAX - PAGE + 1, PAGE);
	assert_int_equal(poison_record_format(&record, &text), 0);
	assert_string_equal(text, "daxfsctl-poison 1\nboot 1-2\n"
				  "page 0x100005000 4096 hwpoison dax0.0\n"
				  "page 0xfffffffffffff000 4096 hwpoison dax0.0\nend\n");
	assert_int_equal(poison_record_parse(text, &read), 0);
	assert_string_equal(read.boot_id, "1-2");
	assert_int_equal(read.n, 2);
	expect_entry(&read, 1, UINT64_MAX - PAGE + 1, PAGE);
}

static void a_damaged_record_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"daxfsctl-poison 2\nboot 1\nend\n",
		"daxfsctl-poison 1\nboot 1\n",
		"daxfsctl-poison 1\nboot 1\nend",
		"daxfsctl-poison 1\nend\n",
		"daxfsctl-poison 1\nboot \nend\n",
		"daxfsctl-poison 1\nboot a b\nend\n",
		"daxfsctl-poison 1\nboot 1\nend\nend\n",
		"daxfsctl-poison 1\nboot 1\npage\nend\n",
		"daxfsctl-poison 1\nboot 1\npage 0 0 hwpoison dax0.0\nend\n",
		"daxfsctl-poison 1\nboot 1\npage 0 4096 hwpoison dax0.0 more\nend\n",
		"daxfsctl-poison 1\nboot 1\npage 0 4096 bogus dax0.0\nend\n",
		"daxfsctl-poison 1\nboot 1\npage 0 4096 hwpoison ../0\nend\n",
		"daxfsctl-poison 1\nboot 1\npage 0xffffffffffffffff 2 hwpoison dax0.0\nend\n",
		"daxfsctl-poison 1\nboot 1\nbook 0 4096 hwpoison dax0.0\nend\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct poison_record record = { .n = UNTOUCHED };

		assert_int_equal(poison_record_parse(texts[i], &record), -EBADMSG);
		assert_int_equal(record.n, UNTOUCHED);
	}
}

/* The file */

struct fixture {
	struct daxfs_ctx *ctx;
	struct tree *tree;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char *path;

	assert_non_null(f);
	f->tree = tree_new();
	assert_int_equal(daxfs_ctx_new(&f->ctx), 0);
	path = tree_path(f->tree, "run");
	assert_int_equal(daxfs_ctx_set_run_dir(f->ctx, path), 0);
	free(path);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	daxfs_ctx_unref(f->ctx);
	tree_remove(f->tree);
	free(f);
	return 0;
}

static void what_is_noted_is_read_until_it_is_forgotten(void **state)
{
	_cleanup_(poison_record_done) struct poison_record record = {};
	const struct poison_entry entry = entry_at(GIB, 2 * PAGE);
	const struct daxfs_range range = { .start = GIB + PAGE, .end = 2 * GIB };
	struct fixture *f = *state;

	assert_int_equal(poison_record_read(f->ctx, &record), 0);
	assert_int_equal(record.n, 0);
	poison_record_done(&record);
	assert_int_equal(poison_record_note(f->ctx, &entry), 0);
	assert_int_equal(poison_record_read(f->ctx, &record), 0);
	expect_entry(&record, 0, GIB, 2 * PAGE);
	poison_record_done(&record);
	assert_int_equal(poison_record_forget(f->ctx, &range, 1), 0);
	assert_int_equal(poison_record_read(f->ctx, &record), 0);
	expect_entry(&record, 0, GIB, PAGE);
}

static void an_empty_record_is_no_file(void **state)
{
	const struct poison_entry entry = entry_at(GIB, PAGE);
	const struct daxfs_range range = { .start = 0, .end = 2 * GIB };
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(poison_record_note(f->ctx, &entry), 0);
	assert_int_equal(fstatat(f->tree->fd, "run/poison", &st, 0), 0);
	assert_int_equal(poison_record_forget(f->ctx, &range, 1), 0);
	assert_int_equal(fstatat(f->tree->fd, "run/poison", &st, 0), -1);
	/* and nothing is made to forget nothing */
	assert_int_equal(poison_record_forget(f->ctx, &range, 1), 0);
	assert_int_equal(fstatat(f->tree->fd, "run/poison", &st, 0), -1);
}

static void a_damaged_file_is_not_written_over(void **state)
{
	const struct poison_entry entry = entry_at(GIB, PAGE);
	struct fixture *f = *state;

	assert_int_equal(poison_record_note(f->ctx, &entry), 0);
	tree_write(f->tree, "run/poison", "daxfsctl-poison 1\n");
	assert_int_equal(poison_record_note(f->ctx, &entry), -EBADMSG);
	assert_string_equal(daxfs_error_get_id(daxfs_ctx_get_error(f->ctx)), "poison-record");
}

static void a_record_of_another_boot_is_empty(void **state)
{
	_cleanup_(poison_record_done) struct poison_record record = {};
	const struct poison_entry entry = entry_at(GIB, PAGE);
	struct fixture *f = *state;

	assert_int_equal(poison_record_note(f->ctx, &entry), 0);
	tree_write(f->tree, "run/poison",
		   "daxfsctl-poison 1\nboot 0\npage 0 4096 hwpoison dax0.0\nend\n");
	assert_int_equal(poison_record_read(f->ctx, &record), 0);
	assert_int_equal(record.n, 0);
	assert_true(record.boot_id[0] && strcmp(record.boot_id, "0") != 0);
}

/* What is known */

static void physical_poison_is_told_by_offsets(void **state)
{
	struct daxfs_device device = { .ranges = (struct daxfs_range *)swapped, .n_mappings = 2 };

	/* over the gap, from the end of the second range to the begin of the first */
	assert_int_equal(poison_add_physical(&device, 15 * MIB - PAGE, MIB + 2 * PAGE,
					     DAXFS_POISON_BADBLOCKS),
			 0);
	assert_int_equal(device.n_poison, 2);
	assert_int_equal(device.poison[0].offset, 0);
	assert_int_equal(device.poison[0].length, PAGE);
	assert_int_equal(device.poison[1].offset, 6 * MIB - PAGE);
	assert_int_equal(device.poison[1].length, PAGE);
	/* outside, and nothing at all */
	assert_int_equal(poison_add_physical(&device, 0, 13 * MIB, DAXFS_POISON_BADBLOCKS), 0);
	assert_int_equal(poison_add_physical(&device, 15 * MIB, MIB, DAXFS_POISON_BADBLOCKS), 0);
	assert_int_equal(poison_add_physical(&device, 20 * MIB, UINT64_MAX, DAXFS_POISON_RECORD),
			 0);
	assert_int_equal(poison_add_physical(&device, 16 * MIB, 0, DAXFS_POISON_RECORD), 0);
	assert_int_equal(device.n_poison, 2);
	free(device.poison);
}

static void pairs_of_numbers_are_read(void **state)
{
	_cleanup_free_ struct number_pair *pairs = NULL;
	char good[] = "8 16\n0x5000 0x1000\n", none[] = "", one[] = "8\n", word[] = "8 x\n";
	size_t n = UNTOUCHED;

	assert_int_equal(poison_parse_pairs(one, &pairs, &n), -EBADMSG);
	assert_int_equal(poison_parse_pairs(word, &pairs, &n), -EBADMSG);
	assert_int_equal(n, UNTOUCHED);
	assert_int_equal(poison_parse_pairs(none, &pairs, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(poison_parse_pairs(good, &pairs, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(pairs[0].first, 8);
	assert_int_equal(pairs[0].second, 16);
	assert_int_equal(pairs[1].first, 0x5000);
	assert_int_equal(pairs[1].second, 0x1000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_offset_is_taken_as_its_page),
		cmocka_unit_test(a_length_is_taken_as_the_pages_that_hold_it),
		cmocka_unit_test(an_address_is_found_in_whatever_range),
		cmocka_unit_test(what_is_outside_is_told_apart),
		cmocka_unit_test(an_exact_place_is_whole_units),
		cmocka_unit_test(an_extent_is_split_where_ranges_end),
		cmocka_unit_test(a_place_is_the_same_however_it_is_said),
		cmocka_unit_test(entries_are_in_order_and_neighbours_are_one),
		cmocka_unit_test(entries_of_other_methods_or_devices_stay_apart),
		cmocka_unit_test(what_is_taken_out_leaves_the_rest),
		cmocka_unit_test(a_record_is_read_as_it_was_written),
		cmocka_unit_test(a_damaged_record_is_refused),
		TEST(what_is_noted_is_read_until_it_is_forgotten),
		TEST(an_empty_record_is_no_file),
		TEST(a_damaged_file_is_not_written_over),
		TEST(a_record_of_another_boot_is_empty),
		cmocka_unit_test(physical_poison_is_told_by_offsets),
		cmocka_unit_test(pairs_of_numbers_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
