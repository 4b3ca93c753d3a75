// SPDX-License-Identifier: GPL-2.0-only
/* The module's arithmetic: between the physical ranges of a device and offsets in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "shim/kernel.h"

#include "fsdev.h"

#include "../unit/prng.h"

#define MIB (UINT64_C(1) << 20)
#define MOST_RANGES 8

static struct dax_device dax_device;
static struct dev_dax changing;
void (*meanwhile)(void);

/* Three ranges with gaps, the last one below the others */
static struct dev_dax_range three[] = {
	{ .pgoff = 0, .range = { 64 * MIB, 66 * MIB - 1 } },
	{ .pgoff = 512, .range = { 80 * MIB, 84 * MIB - 1 } },
	{ .pgoff = 1536, .range = { 16 * MIB, 17 * MIB - 1 } },
};

static struct fsdev *map_of(struct dev_dax *dev_dax, struct dev_dax_range *ranges, int count)
{
	*dev_dax = (struct dev_dax){ .dax_dev = &dax_device, .nr_range = count, .ranges = ranges };
	return fsdev_map_create(dev_dax);
}

static void assert_place(const struct fsdev *fsdev, uint64_t offset, uint64_t physical)
{
	const struct fsdev_range *range = fsdev_range_of_offset(fsdev, offset);

	assert_non_null(range);
	assert_ptr_equal(range, fsdev_range_of_phys(fsdev, physical));
	assert_int_equal(range->physical.start + (offset - range->offset), physical);
}

static void offsets_go_on_over_gaps(void **state)
{
	struct dev_dax dev_dax;
	struct fsdev *fsdev = map_of(&dev_dax, three, 3);

	assert_int_equal(fsdev->size, 7 * MIB);
	assert_place(fsdev, 0, 64 * MIB);
	assert_place(fsdev, 2 * MIB - 1, 66 * MIB - 1);
	assert_place(fsdev, 2 * MIB, 80 * MIB);
	assert_place(fsdev, 6 * MIB, 16 * MIB);
	assert_place(fsdev, 7 * MIB - 1, 17 * MIB - 1);
	free(dev_dax.dev.managed);
}

static void what_is_outside_has_no_place(void **state)
{
	static const uint64_t physical[] = { 0,		16 * MIB - 1, 17 * MIB,
					     66 * MIB,	80 * MIB - 1, 84 * MIB,
					     UINT64_MAX };
	struct dev_dax dev_dax;
	struct fsdev *fsdev = map_of(&dev_dax, three, 3);

	for (size_t i = 0; i < sizeof(physical) / sizeof(*physical); i++)
		assert_null(fsdev_range_of_phys(fsdev, physical[i]));
	assert_null(fsdev_range_of_offset(fsdev, 7 * MIB));
	assert_null(fsdev_range_of_offset(fsdev, UINT64_MAX));
	free(dev_dax.dev.managed);
}

static void the_last_byte_of_all_has_a_place(void **state)
{
	struct dev_dax_range range = { .range = { UINT64_MAX - MIB + 1, UINT64_MAX } };
	struct dev_dax dev_dax;
	struct fsdev *fsdev = map_of(&dev_dax, &range, 1);

	assert_place(fsdev, MIB - 1, UINT64_MAX);
	free(dev_dax.dev.managed);
}

/* A write to the attribute "mapping" gives the core another array, and frees this one */
static void the_core_may_replace_its_ranges(void **state)
{
	struct dev_dax dev_dax;
	struct dev_dax_range ranges[3];
	struct fsdev *fsdev;

	memcpy(ranges, three, sizeof(ranges));
	fsdev = map_of(&dev_dax, ranges, 3);
	memset(ranges, 0x55, sizeof(ranges));
	dev_dax.ranges = NULL;
	dev_dax.nr_range = 9;
	assert_place(fsdev, 2 * MIB, 80 * MIB);
	assert_int_equal(fsdev->size, 7 * MIB);
	free(dev_dax.dev.managed);
}

static void add_a_range(void)
{
	changing.nr_range++;
}

/* So does a write to it in the middle of a probe */
static void a_range_that_comes_meanwhile_is_noticed(void **state)
{
	struct fsdev *fsdev;

	meanwhile = add_a_range;
	fsdev = map_of(&changing, three, 2);
	meanwhile = NULL;
	assert_int_equal(fsdev->nr_ranges, 2);
	assert_int_equal(fsdev->size, 6 * MIB);
	assert_false(fsdev_map_is_current(fsdev));
	changing.nr_range--;
	assert_true(fsdev_map_is_current(fsdev));
	free(changing.dev.managed);
}

static void ranges_that_do_not_follow_one_another_are_refused(void **state)
{
	static const unsigned long wrong[] = { 0, 511, 513, -1UL };
	struct dev_dax_range ranges[2];
	struct dev_dax dev_dax;

	memcpy(ranges, three, sizeof(ranges));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct fsdev *fsdev;

		ranges[1].pgoff = wrong[i];
		fsdev = map_of(&dev_dax, ranges, 2);
		assert_true(IS_ERR(fsdev));
		assert_int_equal(PTR_ERR(fsdev), -EINVAL);
		free(dev_dax.dev.managed);
	}
}

/* Ranges in any order, none of which overlap: slots of memory, each used once */
static int random_ranges(uint64_t *random, struct dev_dax_range *ranges)
{
	int count = 1 + prng_below(random, MOST_RANGES);
	uint64_t used = 0, pages = 0;

	for (int i = 0; i < count; i++) {
		uint64_t slot, length;

		do
			slot = prng_below(random, 16);
		while (used >> slot & 1);
		used |= UINT64_C(1) << slot;
		length = 1 + prng_below(random, 1 << 18);
		ranges[i].pgoff = pages;
		ranges[i].range.start = slot << 40;
		ranges[i].range.end = ranges[i].range.start + length * PAGE_SIZE - 1;
		pages += length;
	}
	return count;
}

/* Where the ranges say that an offset is, counted by taking away one after the other */
static uint64_t physical_of(const struct dev_dax_range *ranges, uint64_t offset)
{
	while (offset >= range_len(&ranges->range)) {
		offset -= range_len(&ranges->range);
		ranges++;
	}
	return ranges->range.start + offset;
}

static void any_offset_comes_back(void **state)
{
	uint64_t random = 4;

	for (int i = 0; i < N_LAYOUTS; i++) {
		struct dev_dax_range ranges[MOST_RANGES];
		int count = random_ranges(&random, ranges);
		struct dev_dax dev_dax;
		struct fsdev *fsdev = map_of(&dev_dax, ranges, count);
		uint64_t offset = prng_below(&random, fsdev->size);

		assert_place(fsdev, offset, physical_of(ranges, offset));
		assert_place(fsdev, fsdev->size - 1, physical_of(ranges, fsdev->size - 1));
		assert_null(fsdev_range_of_offset(fsdev, fsdev->size));
		free(dev_dax.dev.managed);
	}
}

/* ---- memory failures */

static struct {
	int told;
	u64 offset, length;
	int flags;
	char event[256];
} seen;

int kobject_uevent_env(struct kobject *kobj, int action, char **environment)
{
	assert_int_equal(action, KOBJ_CHANGE);
	for (; *environment; environment++) {
		strcat(seen.event, *environment);
		strcat(seen.event, " ");
	}
	return 0;
}

int dax_holder_notify_failure(struct dax_device *dax_dev, u64 offset, u64 length, int flags)
{
	assert_ptr_equal(dax_dev, &dax_device);
	seen.told++;
	seen.offset = offset;
	seen.length = length;
	seen.flags = flags;
	return -EIO;
}

static int fail_pages(struct fsdev *fsdev, uint64_t physical, unsigned long count)
{
	struct dev_pagemap pgmap = { .owner = fsdev };

	memset(&seen, 0, sizeof(seen));
	return fsdev_pgmap_ops.memory_failure(&pgmap, PHYS_PFN(physical), count, 5);
}

static void a_failure_is_told_by_its_offset(void **state)
{
	struct dev_dax dev_dax;
	struct fsdev *fsdev = map_of(&dev_dax, three, 3);

	assert_int_equal(fail_pages(fsdev, 80 * MIB + 0x5000, 1), -EIO);
	assert_int_equal(seen.told, 1);
	assert_int_equal(seen.offset, 2 * MIB + 0x5000);
	assert_int_equal(seen.length, 0x1000);
	assert_int_equal(seen.flags, 5);
	assert_string_equal(seen.event, "DAXFS_EVENT=memory-failure DAXFS_OFFSET=0x205000 "
					"DAXFS_LENGTH=0x1000 ");
	assert_int_equal(fsdev->failures_seen, 1);
	assert_int_equal(fsdev->failures[0].offset, 2 * MIB + 0x5000);
	assert_int_equal(fsdev->failures_lock, 0);
	free(dev_dax.dev.managed);
}

static void a_failure_ends_with_its_range(void **state)
{
	struct dev_dax dev_dax;
	struct fsdev *fsdev = map_of(&dev_dax, three, 3);

	assert_int_equal(fail_pages(fsdev, 66 * MIB - 0x2000, 512), -EIO);
	assert_int_equal(seen.offset, 2 * MIB - 0x2000);
	assert_int_equal(seen.length, 0x2000);
	free(dev_dax.dev.managed);
}

static void a_page_that_is_no_data_is_told_to_nobody(void **state)
{
	struct dev_dax dev_dax;
	struct fsdev *fsdev = map_of(&dev_dax, three, 3);

	/* where the metadata of a static device is, and in a gap */
	assert_int_equal(fail_pages(fsdev, 64 * MIB - 0x1000, 1), -EOPNOTSUPP);
	assert_int_equal(fail_pages(fsdev, 70 * MIB, 1), -EOPNOTSUPP);
	assert_int_equal(seen.told, 0);
	assert_string_equal(seen.event, "");
	assert_int_equal(fsdev->failures_seen, 0);
	free(dev_dax.dev.managed);
}

static void the_last_failures_stay(void **state)
{
	struct dev_dax dev_dax;
	struct fsdev *fsdev = map_of(&dev_dax, three, 3);

	for (unsigned int i = 0; i < FSDEV_FAILURES + 2; i++)
		fail_pages(fsdev, 64 * MIB + i * PAGE_SIZE, 1);
	assert_int_equal(fsdev->failures_seen, FSDEV_FAILURES + 2);
	assert_int_equal(fsdev->failures[1].offset, (FSDEV_FAILURES + 1) * PAGE_SIZE);
	assert_int_equal(fsdev->failures[2].offset, 2 * PAGE_SIZE);
	free(dev_dax.dev.managed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offsets_go_on_over_gaps),
		cmocka_unit_test(what_is_outside_has_no_place),
		cmocka_unit_test(the_last_byte_of_all_has_a_place),
		cmocka_unit_test(the_core_may_replace_its_ranges),
		cmocka_unit_test(a_range_that_comes_meanwhile_is_noticed),
		cmocka_unit_test(ranges_that_do_not_follow_one_another_are_refused),
		cmocka_unit_test(any_offset_comes_back),
		cmocka_unit_test(a_failure_is_told_by_its_offset),
		cmocka_unit_test(a_failure_ends_with_its_range),
		cmocka_unit_test(a_page_that_is_no_data_is_told_to_nobody),
		cmocka_unit_test(the_last_failures_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
