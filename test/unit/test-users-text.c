// SPDX-License-Identifier: GPL-2.0-only
/* What /proc says of users, line by line, and how users are told. */
#include "unit.h"

#include <string.h>

#include "users.h"

/* Lines of maps */

static int parse_map(const char *text, struct map_line *ret_map)
{
	static char line[256];

	snprintf(line, sizeof(line), "%s", text);
	return users_parse_map(line, ret_map);
}

static void a_shared_mapping_is_taken_apart(void **state)
{
	struct map_line map;

	assert_int_equal(parse_map("00401000-7f0000200000 rw-s 00001000 00:06 425       "
				   "             /dev/dax0.0\n",
				   &map),
			 0);
	assert_true(map.is_shared);
	assert_int_equal(map.start, 0x401000);
	assert_int_equal(map.last, 0x7f0000200000);
	assert_string_equal(map.path, "/dev/dax0.0");
}

static void a_path_may_hold_blanks_and_newlines(void **state)
{
	struct map_line map;

	assert_int_equal(parse_map("1000-2000 rw-s 0 00:06 4   /a b/c\\012d  (deleted)\n", &map),
			 0);
	assert_string_equal(map.path, "/a b/c\nd  (deleted)");
}

static void a_mapping_may_have_no_path(void **state)
{
	struct map_line map;

	assert_int_equal(parse_map("1000-2000 rw-s 00000000 00:01 4 \n", &map), 0);
	assert_string_equal(map.path, "");
	assert_int_equal(parse_map("1000-2000 rw-s 00000000 00:01 4\n", &map), 0);
	assert_string_equal(map.path, "");
}

static void a_private_mapping_is_no_mapping_of_a_device(void **state)
{
	struct map_line map;

	assert_int_equal(parse_map("1000-2000 r-xp 00000000 08:01 4 /dev/dax0.0\n", &map), 0);
	assert_false(map.is_shared);
}

static void what_is_no_line_of_maps_is_refused(void **state)
{
	static const char *const lines[] = {
		"",
		"\n",
		"1000-2000\n",
		"1000-2000 rw-\n",
		"1000 rw-s 0 0:0 0 /a",
		"1000-x rw-s 0 0:0 0 /a",
		"1000-2000 rw-s 0 0:0\n",
		" 1000-2000 rw-s 0 0:0 4 /a",
	};
	struct map_line map;

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_int_equal(parse_map(lines[i], &map), -EINVAL);
}

/* Names */

static void a_node_is_known_by_its_path_also_when_deleted(void **state)
{
	char name[DEVICE_NAME_MAX];

	assert_int_equal(users_name_of_path("/dev/dax0.0", name), 0);
	assert_string_equal(name, "dax0.0");
	assert_int_equal(users_name_of_path("/dev/dax12.3 (deleted)", name), 0);
	assert_string_equal(name, "dax12.3");
}

static void other_paths_are_no_nodes(void **state)
{
	static const char *const paths[] = {
		"",
		"/dev/",
		"/dev/null",
		"dax0.0",
		"/dev/dax/0.0",
		"/dev/dax0.0x",
		"/dev/dax00.0",
		"/tmp/dev/dax0.0",
		"/dev/dax0.0 (deleted) (deleted)",
		" (deleted)",
		"/dev/dax0.11111111111111111111111111111111111111111111111111",
	};
	char name[DEVICE_NAME_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		assert_int_equal(users_name_of_path(paths[i], name), -ENXIO);
}

static void a_device_number_is_two_numbers(void **state)
{
	static const char *const wrong[] = {
		"", ":", "1", "1:", ":3", "1:3:", "a:b", "1:4294967296"
	};
	unsigned int major = 0, minor = 0;

	assert_int_equal(users_parse_dev("252:17", &major, &minor), 0);
	assert_int_equal(major, 252);
	assert_int_equal(minor, 17);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(users_parse_dev(wrong[i], &major, &minor), -EINVAL);
}

/* Words */

static void described_as(const struct daxfs_user *users, size_t n, const char *expected)
{
	_cleanup_free_ char *text = users_describe(users, n);

	assert_non_null(text);
	assert_string_equal(text, expected);
}

static void a_message_names_the_first_few(void **state)
{
	static const struct daxfs_user users[] = {
		{ .how = DAXFS_USAGE_FD, .pid = 12, .uid = 0, .comm = "cat" },
		{ .how = DAXFS_USAGE_MAP, .pid = 12, .uid = 0, .comm = "cat" },
		{ .how = DAXFS_USAGE_MAP, .pid = 13, .uid = DAXFS_UID_UNKNOWN },
		{ .how = DAXFS_USAGE_MOUNT, .mountpoint = "/mnt" },
		{ .how = DAXFS_USAGE_FD, .pid = 14, .uid = 0, .comm = "dd" },
		{ .how = DAXFS_USAGE_MAP, .pid = 14, .uid = 0, .comm = "dd" },
		{ .how = DAXFS_USAGE_HELD },
	};

	described_as(users, 2, "pid 12 (cat, uid 0): open, mapped");
	described_as(users + 6, 1, "a file system that holds it");
	described_as(users, ARRAY_SIZE(users),
		     "pid 12 (cat, uid 0): open, mapped; pid 13 (?): mapped; a mount on /mnt; "
		     "and 2 more");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shared_mapping_is_taken_apart),
		cmocka_unit_test(a_path_may_hold_blanks_and_newlines),
		cmocka_unit_test(a_mapping_may_have_no_path),
		cmocka_unit_test(a_private_mapping_is_no_mapping_of_a_device),
		cmocka_unit_test(what_is_no_line_of_maps_is_refused),
		cmocka_unit_test(a_node_is_known_by_its_path_also_when_deleted),
		cmocka_unit_test(other_paths_are_no_nodes),
		cmocka_unit_test(a_device_number_is_two_numbers),
		cmocka_unit_test(a_message_names_the_first_few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
