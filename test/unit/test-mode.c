// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

static const struct {
	enum daxfs_mode mode;
	const char *name;
	const char *driver;
} known[] = {
	{ DAXFS_MODE_DEVDAX, "devdax", "device_dax" },
	{ DAXFS_MODE_FAMFS, "famfs", "fsdev_dax" },
	{ DAXFS_MODE_SYSTEM_RAM, "system-ram", "kmem" },
};

static void each_mode_has_its_name_and_driver(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		assert_string_equal(daxfs_mode_to_string(known[i].mode), known[i].name);
		assert_string_equal(daxfs_mode_get_driver(known[i].mode), known[i].driver);
		assert_string_equal(mode_module(known[i].mode), known[i].driver);
	}
}

static void a_mode_is_found_by_its_name_and_by_its_driver(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		enum daxfs_mode mode = DAXFS_MODE_NONE;

		assert_int_equal(daxfs_mode_from_string(known[i].name, &mode), 0);
		assert_int_equal(mode, known[i].mode);
		mode = DAXFS_MODE_NONE;
		assert_int_equal(daxfs_mode_from_string(known[i].driver, &mode), 0);
		assert_int_equal(mode, known[i].mode);
	}
}

static void fsdev_is_famfs(void **state)
{
	enum daxfs_mode mode = DAXFS_MODE_NONE;

	assert_int_equal(daxfs_mode_from_string("fsdev", &mode), 0);
	assert_int_equal(mode, DAXFS_MODE_FAMFS);
}

static void other_spellings_are_no_mode(void **state)
{
	static const char *const wrong[] = {
		"",	      "other", "none",	    "DEVDAX",	"devdax ",    " devdax",
		"dev",	      "devda", "devdaxx",   "dax",	"system_ram", "ram",
		"device-dax", "fsdax", "fsdev-dax", "disabled",
	};
	enum daxfs_mode mode = DAXFS_MODE_NONE;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		if (daxfs_mode_from_string(wrong[i], &mode) != -EINVAL)
			fail_msg("'%s' is taken as a mode", wrong[i]);
	assert_int_equal(mode, DAXFS_MODE_NONE);
}

static void an_unknown_driver_is_the_mode_other(void **state)
{
	assert_int_equal(mode_from_driver("vendor_dax"), DAXFS_MODE_OTHER);
	assert_int_equal(mode_from_driver(""), DAXFS_MODE_OTHER);
	/* Names of modes are no drivers. */
	assert_int_equal(mode_from_driver("devdax"), DAXFS_MODE_OTHER);
	assert_int_equal(mode_from_driver("fsdev"), DAXFS_MODE_OTHER);
}

static void no_driver_is_no_mode(void **state)
{
	assert_int_equal(mode_from_driver(NULL), DAXFS_MODE_NONE);
	assert_null(daxfs_mode_to_string(DAXFS_MODE_NONE));
	assert_null(daxfs_mode_get_driver(DAXFS_MODE_NONE));
	assert_null(mode_module(DAXFS_MODE_NONE));
}

static void the_mode_other_has_a_name_but_no_driver(void **state)
{
	assert_string_equal(daxfs_mode_to_string(DAXFS_MODE_OTHER), "other");
	assert_null(daxfs_mode_get_driver(DAXFS_MODE_OTHER));
	assert_null(mode_module(DAXFS_MODE_OTHER));
}

static void drivers_are_listed_in_the_order_of_modes(void **state)
{
	assert_int_equal(ARRAY_SIZE(known), N_DRIVERS);
	for (size_t i = 0; i < N_DRIVERS; i++) {
		assert_string_equal(mode_drivers[i], known[i].driver);
		assert_int_equal(mode_from_driver(mode_drivers[i]), known[i].mode);
	}
}

static void a_kind_is_found_by_its_name(void **state)
{
	static const char *const names[] = { "other", "pmem", "hmem", "cxl" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		enum daxfs_kind kind;

		assert_int_equal(daxfs_kind_from_string(names[i], &kind), 0);
		assert_string_equal(daxfs_kind_to_string(kind), names[i]);
	}
}

static void each_kind_has_its_own_name(void **state)
{
	assert_string_equal(daxfs_kind_to_string(DAXFS_KIND_OTHER), "other");
	assert_string_equal(daxfs_kind_to_string(DAXFS_KIND_PMEM), "pmem");
	assert_string_equal(daxfs_kind_to_string(DAXFS_KIND_HMEM), "hmem");
	assert_string_equal(daxfs_kind_to_string(DAXFS_KIND_CXL), "cxl");
}

static void other_spellings_are_no_kind(void **state)
{
	enum daxfs_kind kind = DAXFS_KIND_CXL;

	assert_int_equal(daxfs_kind_from_string("", &kind), -EINVAL);
	assert_int_equal(daxfs_kind_from_string("PMEM", &kind), -EINVAL);
	assert_int_equal(daxfs_kind_from_string("pme", &kind), -EINVAL);
	assert_int_equal(kind, DAXFS_KIND_CXL);
}

static void a_state_is_found_by_its_name(void **state)
{
	static const char *const names[] = { "enabled", "disabled", "stranded" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		enum daxfs_state found;

		assert_int_equal(daxfs_state_from_string(names[i], &found), 0);
		assert_string_equal(daxfs_state_to_string(found), names[i]);
	}
}

static void the_unknown_state_has_no_name(void **state)
{
	enum daxfs_state found = DAXFS_STATE_STRANDED;

	assert_null(daxfs_state_to_string(DAXFS_STATE_UNKNOWN));
	assert_int_equal(daxfs_state_from_string("unknown", &found), -EINVAL);
	assert_int_equal(daxfs_state_from_string("", &found), -EINVAL);
	assert_int_equal(found, DAXFS_STATE_STRANDED);
}

static void each_result_has_its_name(void **state)
{
	assert_string_equal(daxfs_result_to_string(DAXFS_RESULT_CHANGED), "changed");
	assert_string_equal(daxfs_result_to_string(DAXFS_RESULT_UNCHANGED), "unchanged");
	assert_string_equal(daxfs_result_to_string(DAXFS_RESULT_REFUSED), "refused");
	assert_string_equal(daxfs_result_to_string(DAXFS_RESULT_ROLLED_BACK), "rolled-back");
	assert_string_equal(daxfs_result_to_string(DAXFS_RESULT_FAILED), "failed");
}

static void a_value_outside_its_enum_has_no_name(void **state)
{
	static const int wrong[] = { 5, 6, 1000, -1 };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_null(daxfs_mode_to_string((enum daxfs_mode)wrong[i]));
		assert_null(daxfs_mode_get_driver((enum daxfs_mode)wrong[i]));
		assert_null(mode_module((enum daxfs_mode)wrong[i]));
		assert_null(daxfs_kind_to_string((enum daxfs_kind)wrong[i]));
		assert_null(daxfs_state_to_string((enum daxfs_state)wrong[i]));
		assert_null(daxfs_result_to_string((enum daxfs_result)wrong[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mode_has_its_name_and_driver),
		cmocka_unit_test(a_mode_is_found_by_its_name_and_by_its_driver),
		cmocka_unit_test(fsdev_is_famfs),
		cmocka_unit_test(other_spellings_are_no_mode),
		cmocka_unit_test(an_unknown_driver_is_the_mode_other),
		cmocka_unit_test(no_driver_is_no_mode),
		cmocka_unit_test(the_mode_other_has_a_name_but_no_driver),
		cmocka_unit_test(drivers_are_listed_in_the_order_of_modes),
		cmocka_unit_test(a_kind_is_found_by_its_name),
		cmocka_unit_test(each_kind_has_its_own_name),
		cmocka_unit_test(other_spellings_are_no_kind),
		cmocka_unit_test(a_state_is_found_by_its_name),
		cmocka_unit_test(the_unknown_state_has_no_name),
		cmocka_unit_test(each_result_has_its_name),
		cmocka_unit_test(a_value_outside_its_enum_has_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
