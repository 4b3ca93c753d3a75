// SPDX-License-Identifier: GPL-2.0-only
/* What holds of any layout of ranges, in random ones. */
#include "unit.h"

#include "prng.h"

#define PAGE 4096
#define MAX_RANGES 8

struct layout {
	struct daxfs_range ranges[MAX_RANGES]; /* in the order of their mappings */
	size_t n;
	uint64_t gap; /* an address between, below or above the ranges */
	uint64_t size;
};

/* A number of pages, of any magnitude up to 2^44: many are small, some are huge. */
static uint64_t random_pages(uint64_t *seed)
{
	return 1 + (prng_next(seed) >> (20 + prng_below(seed, 44)));
}

/*
 * Ranges are laid out upwards with a gap below each, then shuffled. Eight lengths and eight gaps
 * of at most 2^44 pages stay within 2^60 bytes; every other layout ends at the last address.
 */
static void random_layout(uint64_t *seed, struct layout *layout)
{
	uint64_t next = 0, top, offset = 0;
	size_t in_gap;

	layout->n = 1 + prng_below(seed, MAX_RANGES);
	in_gap = prng_below(seed, layout->n);
	for (size_t i = 0; i < layout->n; i++) {
		uint64_t gap = random_pages(seed) * PAGE;

		if (i == in_gap)
			layout->gap = next + prng_below(seed, gap);
		layout->ranges[i].start = next + gap;
		next += gap + random_pages(seed) * PAGE;
		layout->ranges[i].end = next - 1;
	}
	top = prng_below(seed, 2) ? -next : 0;
	layout->gap += top;
	for (size_t i = 0; i < layout->n; i++) {
		size_t j = i + prng_below(seed, layout->n - i);
		struct daxfs_range range = layout->ranges[j];

		layout->ranges[j] = layout->ranges[i];
		range.start += top;
		range.end += top;
		range.page_offset = offset / PAGE;
		offset += range.end - range.start + 1;
		layout->ranges[i] = range;
	}
	layout->size = offset;
}

/* Every relation that a layout has to hold, at one random place in it. */
static bool layout_holds(uint64_t *seed, const struct layout *layout)
{
	const struct daxfs_range *range = &layout->ranges[prng_below(seed, layout->n)];
	uint64_t into = prng_below(seed, range->end - range->start + 1);
	uint64_t expected = range->page_offset * PAGE + into;
	uint64_t offset, phys, contiguous, size;

	return daxfs_ranges_check(layout->ranges, layout->n, PAGE, PAGE, NULL) == 0 &&
	       daxfs_ranges_size(layout->ranges, layout->n, &size) == 0 && size == layout->size &&
	       daxfs_ranges_phys_to_offset(layout->ranges, layout->n, range->start + into,
					   &offset) == 0 &&
	       offset == expected &&
	       daxfs_ranges_offset_to_phys(layout->ranges, layout->n, offset, &phys, &contiguous) ==
		       0 &&
	       phys == range->start + into && contiguous == range->end - phys + 1 &&
	       daxfs_ranges_phys_to_offset(layout->ranges, layout->n, layout->gap, &offset) ==
		       -ENXIO &&
	       daxfs_ranges_offset_to_phys(layout->ranges, layout->n, size, &phys, NULL) == -ENXIO;
}

static void phys_to_offset_to_phys_is_the_identity(void **state)
{
	uint64_t seed = 20;

	for (unsigned int i = 0; i < N_LAYOUTS; i++) {
		struct layout layout = { 0 };

		random_layout(&seed, &layout);
		if (!layout_holds(&seed, &layout)) {
			for (size_t j = 0; j < layout.n; j++)
				print_error("%#jx-%#jx at page %#jx\n",
					    (uintmax_t)layout.ranges[j].start,
					    (uintmax_t)layout.ranges[j].end,
					    (uintmax_t)layout.ranges[j].page_offset);
			fail_msg("layout %u, with an address outside at %#jx", i,
				 (uintmax_t)layout.gap);
		}
	}
	print_message("# %u layouts\n", N_LAYOUTS);
}

/* One of two neighbours, in physical order, is made to reach into the other. */
static void random_overlaps_are_found(void **state)
{
	uint64_t seed = 21;

	for (unsigned int i = 0; i < N_LAYOUTS / 10; i++) {
		struct layout layout = { 0 };
		struct daxfs_range *a, *b;

		do
			random_layout(&seed, &layout);
		while (layout.n < 2);
		a = &layout.ranges[prng_below(&seed, layout.n - 1)];
		b = &layout.ranges[layout.n - 1];
		b->start = a->start + prng_below(&seed, a->end - a->start + 1);
		if (b->end < b->start)
			b->end = b->start;
		if (daxfs_ranges_check(layout.ranges, layout.n, 0, PAGE, NULL) != -EEXIST)
			fail_msg("layout %u", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(phys_to_offset_to_phys_is_the_identity),
		cmocka_unit_test(random_overlaps_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
