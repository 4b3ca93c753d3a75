// SPDX-License-Identifier: GPL-2.0-only
/* What is told of devices, by what the kernel says and by what a look at them shows. */
#include "unit.h"

#include <string.h>

#include "event-table.h"

static int setup(void **state)
{
	struct event_table *table = calloc(1, sizeof(*table));

	assert_non_null(table);
	event_table_init(table);
	*state = table;
	return 0;
}

static int teardown(void **state)
{
	event_table_done(*state);
	free(*state);
	return 0;
}

static void kernel_says(struct event_table *table, const char *action, const char *device,
			const char *driver)
{
	const struct uevent uevent = { .action = action, .device = device, .driver = driver };

	assert_int_equal(event_table_uevent(table, &uevent), 0);
}

static struct sighting seen(const char *device, const char *driver)
{
	struct sighting sighting = {};

	snprintf(sighting.device, sizeof(sighting.device), "%s", device);
	snprintf(sighting.driver, sizeof(sighting.driver), "%s", driver);
	return sighting;
}

static const char *name_of(enum daxfs_mode mode)
{
	return mode == DAXFS_MODE_NONE ? "-" : daxfs_mode_to_string(mode);
}

/* All that waits, as "bind dax0.0 devdax>famfs; ...", with a star for what was found by looking. */
static char *told(struct event_table *table)
{
	static char text[1024];
	struct queued_event *queued;
	size_t used = 0;

	text[0] = '\0';
	while ((queued = event_table_take(table))) {
		const struct daxfs_event *event = &queued->event;

		assert_true(event->time_us > 0);
		used += snprintf(text + used, sizeof(text) - used, "%s%s%s %s %s>%s",
				 used ? "; " : "", event->is_resync ? "*" : "",
				 daxfs_event_type_to_string(event->type),
				 event->device ? event->device : "-", name_of(event->mode_before),
				 name_of(event->mode));
		free(queued);
	}
	return text;
}

static void a_switch_is_unbind_bind_and_mode(void **state)
{
	struct event_table *table = *state;

	kernel_says(table, "add", "dax0.0", NULL);
	kernel_says(table, "bind", "dax0.0", "device_dax");
	kernel_says(table, "unbind", "dax0.0", NULL);
	kernel_says(table, "bind", "dax0.0", "fsdev_dax");
	assert_string_equal(told(table), "add dax0.0 ->-; bind dax0.0 ->devdax; "
					 "mode dax0.0 ->devdax; unbind dax0.0 devdax>-; "
					 "bind dax0.0 devdax>famfs; mode dax0.0 devdax>famfs");
}

static void the_same_driver_again_is_no_change_of_mode(void **state)
{
	struct event_table *table = *state;

	kernel_says(table, "bind", "dax0.0", "kmem");
	told(table);
	kernel_says(table, "unbind", "dax0.0", NULL);
	kernel_says(table, "bind", "dax0.0", "kmem");
	assert_string_equal(told(table),
			    "unbind dax0.0 system-ram>-; bind dax0.0 system-ram>system-ram");
}

static void an_unknown_driver_is_another_mode(void **state)
{
	struct event_table *table = *state;

	kernel_says(table, "bind", "dax0.0", "my_dax");
	assert_string_equal(table->first->event.driver, "my_dax");
	assert_string_equal(told(table), "bind dax0.0 ->other; mode dax0.0 ->other");
}

static void a_device_that_was_removed_is_another_one_when_it_is_added(void **state)
{
	struct event_table *table = *state;

	kernel_says(table, "bind", "dax0.0", "kmem");
	kernel_says(table, "remove", "dax0.0", NULL);
	assert_null(event_table_find(table, "dax0.0"));
	kernel_says(table, "add", "dax0.0", NULL);
	told(table);
	kernel_says(table, "bind", "dax0.0", "device_dax");
	assert_string_equal(told(table), "bind dax0.0 ->devdax; mode dax0.0 ->devdax");
}

static void what_is_not_a_device_is_passed_over(void **state)
{
	static const char *const names[] = {
		"", "dax0", "dax00.0", "dax_hmem", "dax0.0/x", "dax0.111111111111111111111111"
	};
	struct event_table *table = *state;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		kernel_says(table, "add", names[i], NULL);
	kernel_says(table, "change", "dax0.0", NULL);
	kernel_says(table, "move", "dax0.0", NULL);
	assert_string_equal(told(table), "");
}

/* "udevadm trigger" has the kernel say "add" again of each device that there is. */
static void what_somebody_asked_for_is_passed_over(void **state)
{
	const struct uevent again = { .action = "add", .device = "dax0.0", .is_synthetic = true };
	struct event_table *table = *state;

	kernel_says(table, "bind", "dax0.0", "kmem");
	told(table);
	assert_int_equal(event_table_uevent(table, &again), 0);
	assert_string_equal(told(table), "");
	assert_int_equal(event_table_find(table, "dax0.0")->mode, DAXFS_MODE_SYSTEM_RAM);
}

static void a_failure_has_its_place(void **state)
{
	const struct uevent failure = { .action = "change",
					.device = "dax0.0",
					.is_failure = true,
					.offset = 0x5000,
					.length = 0x1000 };
	struct event_table *table = *state;
	struct queued_event *queued;

	assert_int_equal(event_table_uevent(table, &failure), 0);
	queued = event_table_take(table);
	assert_int_equal(queued->event.type, DAXFS_EVENT_FAILURE);
	assert_int_equal(queued->event.offset, 0x5000);
	assert_int_equal(queued->event.length, 0x1000);
	assert_false(queued->event.has_address);
	assert_string_equal(daxfs_failure_source_to_string(queued->event.source), "fsdev");
	free(queued);
	assert_int_equal(event_table_failure(table, "dax0.1", 0x6000, 0x1000, DAXFS_FAILURE_KERNEL),
			 0);
	queued = event_table_take(table);
	assert_int_equal(queued->event.type, DAXFS_EVENT_FAILURE);
	assert_string_equal(queued->event.device, "dax0.1");
	assert_int_equal(queued->event.offset, 0x6000);
	assert_string_equal(daxfs_failure_source_to_string(queued->event.source), "memory-failure");
	assert_null(daxfs_failure_source_to_string(4));
	free(queued);
}

static void a_look_tells_of_what_differs_only(void **state)
{
	const struct sighting before[] = { seen("dax0.0", "device_dax"), seen("dax0.1", "kmem"),
					   seen("dax1.0", "") };
	const struct sighting after[] = { seen("dax0.0", "fsdev_dax"), seen("dax1.0", ""),
					  seen("dax2.0", "kmem") };
	struct event_table *table = *state;

	assert_int_equal(event_table_see(table, before, ARRAY_SIZE(before)), 0);
	event_table_forget(table);
	assert_int_equal(event_table_see(table, before, ARRAY_SIZE(before)), 0);
	assert_string_equal(told(table), "");
	assert_int_equal(event_table_resync(table), 0);
	assert_int_equal(event_table_see(table, after, ARRAY_SIZE(after)), 0);
	assert_string_equal(
		told(table),
		"resync - ->-; *unbind dax0.0 devdax>-; *bind dax0.0 devdax>famfs; "
		"*mode dax0.0 devdax>famfs; *add dax2.0 ->-; *bind dax2.0 ->system-ram; "
		"*mode dax2.0 ->system-ram; *remove dax0.1 system-ram>-");
	assert_int_equal(table->n_devices, 3);
}

static void all_of_them_can_go(void **state)
{
	const struct sighting before[] = { seen("dax0.0", ""), seen("dax0.1", ""),
					   seen("dax0.2", "") };
	struct event_table *table = *state;

	assert_int_equal(event_table_see(table, before, ARRAY_SIZE(before)), 0);
	event_table_forget(table);
	assert_int_equal(event_table_see(table, NULL, 0), 0);
	assert_string_equal(told(table),
			    "*remove dax0.2 ->-; *remove dax0.1 ->-; *remove dax0.0 ->-");
	assert_int_equal(table->n_devices, 0);
}

/* The link to a driver is there before its probe has succeeded. */
static void in_the_middle_of_a_switch_the_driver_does_not_count(void **state)
{
	struct sighting sighting = seen("dax0.0", "fsdev_dax");
	struct event_table *table = *state;

	sighting.is_unsettled = true;
	assert_int_equal(event_table_see(table, &sighting, 1), 0);
	event_table_forget(table);
	assert_int_equal(event_table_find(table, "dax0.0")->mode, DAXFS_MODE_NONE);
	assert_int_equal(event_table_settle(table, &sighting), 0);
	assert_string_equal(told(table), "");
	/* the switch is over, and has not moved the device after all */
	sighting = seen("dax0.0", "device_dax");
	assert_int_equal(event_table_settle(table, &sighting), 0);
	assert_string_equal(told(table), "*bind dax0.0 ->devdax; *mode dax0.0 ->devdax");
	sighting = seen("dax0.0", "kmem");
	assert_int_equal(event_table_settle(table, &sighting), 0);
	assert_string_equal(told(table), "");
}

static void an_event_ends_the_middle_of_a_switch(void **state)
{
	struct sighting sighting = seen("dax0.0", "fsdev_dax");
	struct event_table *table = *state;

	sighting.is_unsettled = true;
	assert_int_equal(event_table_see(table, &sighting, 1), 0);
	kernel_says(table, "bind", "dax0.0", "fsdev_dax");
	event_table_forget(table);
	sighting = seen("dax0.0", "kmem");
	assert_int_equal(event_table_settle(table, &sighting), 0);
	assert_string_equal(told(table), "");
	assert_int_equal(event_table_find(table, "dax0.0")->mode, DAXFS_MODE_FAMFS);
}

static void a_thousand_switches_are_told_in_order(void **state)
{
	struct event_table *table = *state;
	struct queued_event *queued;

	for (unsigned int i = 0; i < 1000; i++) {
		kernel_says(table, "unbind", "dax0.0", NULL);
		kernel_says(table, "bind", "dax0.0", i % 2 ? "device_dax" : "fsdev_dax");
	}
	for (unsigned int i = 0; i < 3000; i++) {
		static const enum daxfs_event_type types[] = { DAXFS_EVENT_UNBIND, DAXFS_EVENT_BIND,
							       DAXFS_EVENT_MODE };

		queued = event_table_take(table);
		assert_non_null(queued);
		assert_int_equal(queued->event.type, types[i % 3]);
		if (i % 3)
			assert_int_equal(queued->event.mode,
					 i / 3 % 2 ? DAXFS_MODE_DEVDAX : DAXFS_MODE_FAMFS);
		free(queued);
	}
	assert_null(event_table_take(table));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_switch_is_unbind_bind_and_mode),
		TEST(the_same_driver_again_is_no_change_of_mode),
		TEST(an_unknown_driver_is_another_mode),
		TEST(a_device_that_was_removed_is_another_one_when_it_is_added),
		TEST(what_is_not_a_device_is_passed_over),
		TEST(what_somebody_asked_for_is_passed_over),
		TEST(a_failure_has_its_place),
		TEST(a_look_tells_of_what_differs_only),
		TEST(all_of_them_can_go),
		TEST(in_the_middle_of_a_switch_the_driver_does_not_count),
		TEST(an_event_ends_the_middle_of_a_switch),
		TEST(a_thousand_switches_are_told_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
