// SPDX-License-Identifier: GPL-2.0-only
/* The list of devices, and where they are looked for. */
#include "unit.h"

#include <limits.h>
#include <string.h>

#include "private.h"
#include "sysfs-fixture.h"

/* A device in @dir, below devices/, without a link from the bus. */
static void make_directory(struct fixture *f, const char *dir, const char *name, const char *size,
			   const char *node)
{
	char path[128];

	snprintf(path, sizeof(path), "devices/%s/%s/size", dir, name);
	tree_write(f->tree, path, size);
	snprintf(path, sizeof(path), "devices/%s/%s/target_node", dir, name);
	tree_write(f->tree, path, node);
}

static void link_from_bus(struct fixture *f, const char *dir, const char *name)
{
	char path[128], target[128];

	snprintf(path, sizeof(path), "bus/dax/devices/%s", name);
	snprintf(target, sizeof(target), "../../../devices/%s/%s", dir, name);
	tree_symlink(f->tree, path, target);
}

static void make_device(struct fixture *f, const char *dir, const char *name, const char *size)
{
	make_directory(f, dir, name, size, "1\n");
	link_from_bus(f, dir, name);
}

static void is_seen(struct fixture *f, const char *name, uint64_t size, const char *path)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	uint64_t seen = 0;

	assert_int_equal(daxfs_device_new(f->ctx, name, 0, &device), 0);
	assert_true(daxfs_device_get_size(device, &seen));
	assert_int_equal(seen, size);
	assert_string_equal(daxfs_device_get_path(device), path);
	assert_string_equal(daxfs_device_get_name(device), name);
}

static void numbers_are_in_order(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ struct daxfs_device_id *ids = NULL;
	size_t n = 0;

	make_device(f, "platform/hmem.1", "dax1.0", "1\n");
	make_device(f, "platform/hmem.0", "dax0.10", "1\n");
	make_device(f, "platform/hmem.0", "dax0.2", "1\n");
	tree_mkdir(f->tree, "bus/dax/devices/dax0.02");
	assert_int_equal(daxfs_list_device_ids(f->ctx, &ids, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(ids[0].id, 2);
	assert_int_equal(ids[1].id, 10);
	assert_int_equal(ids[2].region, 1);
}

static void without_a_bus_there_are_no_devices(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ struct daxfs_device_id *ids = NULL;
	size_t n = 1;

	assert_int_equal(daxfs_list_device_ids(f->ctx, &ids, &n), 0);
	assert_int_equal(n, 0);
	assert_non_null(ids);
}

static void names_are_what_numbers_make(void **state)
{
	char name[DAXFS_DEVICE_NAME_SIZE];

	(void)state;
	daxfs_format_device_name(0, 0, name);
	assert_string_equal(name, "dax0.0");
	daxfs_format_device_name(INT_MAX, 10, name);
	assert_string_equal(name, "dax2147483647.10");
}

static void devices_of_a_region_are_found_side_by_side(void **state)
{
	struct fixture *f = *state;

	make_device(f, "platform/hmem.0", "dax0.0", "10\n");
	make_device(f, "platform/hmem.0", "dax0.1", "11\n");
	make_device(f, "platform/hmem.1", "dax1.0", "20\n");
	is_seen(f, "dax0.0", 10, "/platform/hmem.0/dax0.0");
	is_seen(f, "dax0.1", 11, "/platform/hmem.0/dax0.1");
	is_seen(f, "dax1.0", 20, "/platform/hmem.1/dax1.0");
	is_seen(f, "dax0.0", 10, "/platform/hmem.0/dax0.0");
}

/* As namespaces of one nd region: each device has a parent of its own. */
static void a_device_that_is_elsewhere_is_found_by_its_link(void **state)
{
	struct fixture *f = *state;

	make_device(f, "ndbus0/region0/dax0.0", "dax0.0", "10\n");
	make_device(f, "ndbus0/region0/dax0.1", "dax0.1", "11\n");
	is_seen(f, "dax0.0", 10, "/ndbus0/region0/dax0.0/dax0.0");
	is_seen(f, "dax0.1", 11, "/ndbus0/region0/dax0.1/dax0.1");
}

static void a_region_that_came_back_elsewhere_is_found(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *old = tree_path(f->tree, "devices/platform/hmem.0");
	_cleanup_free_ char *away = tree_path(f->tree, "away");
	_cleanup_free_ char *link = tree_path(f->tree, "bus/dax/devices/dax0.0");
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	int node = 0;

	make_device(f, "platform/hmem.0", "dax0.0", "10\n");
	is_seen(f, "dax0.0", 10, "/platform/hmem.0/dax0.0");
	assert_int_equal(rename(old, away), 0);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(unlinkat(f->tree->fd, "away/dax0.0/size", 0), 0);
	make_directory(f, "platform/hmem.7", "dax0.0", "70\n", "7\n");
	link_from_bus(f, "platform/hmem.7", "dax0.0");
	is_seen(f, "dax0.0", 70, "/platform/hmem.7/dax0.0");
	assert_int_equal(daxfs_device_new(f->ctx, "dax0.0", 0, &device), 0);
	assert_true(daxfs_device_get_target_node(device, &node));
	assert_int_equal(node, 7);
}

static void a_device_that_has_gone_is_none(void **state)
{
	struct fixture *f = *state;
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	_cleanup_free_ char *link = tree_path(f->tree, "bus/dax/devices/dax0.1");

	make_device(f, "platform/hmem.0", "dax0.0", "10\n");
	make_device(f, "platform/hmem.0", "dax0.1", "11\n");
	is_seen(f, "dax0.0", 10, "/platform/hmem.0/dax0.0");
	assert_int_equal(unlink(link), 0);
	assert_int_equal(unlinkat(f->tree->fd, "devices/platform/hmem.0/dax0.1/size", 0), 0);
	assert_int_equal(daxfs_device_new(f->ctx, "dax0.1", 0, &device), -ENODEV);
	assert_string_equal(daxfs_error_get_id(daxfs_ctx_get_error(f->ctx)), "no-device");
}

static void a_check_tells_seeds_from_devices_and_from_nothing(void **state)
{
	struct fixture *f = *state;
	bool is_seed = true;

	make_device(f, "platform/hmem.0", "dax0.0", "10\n");
	make_device(f, "platform/hmem.0", "dax0.1", "0\n");
	assert_int_equal(daxfs_device_check(f->ctx, "dax0.0", &is_seed), 0);
	assert_false(is_seed);
	assert_int_equal(daxfs_device_check(f->ctx, "dax0.1", &is_seed), 0);
	assert_true(is_seed);
	assert_int_equal(daxfs_device_check(f->ctx, "dax0.2", &is_seed), -ENODEV);
	assert_string_equal(daxfs_error_get_id(daxfs_ctx_get_error(f->ctx)), "no-device");
	assert_int_equal(daxfs_device_check(f->ctx, "mem0", &is_seed), -EINVAL);
	assert_true(is_seed);
}

static void a_directory_in_place_of_a_link_has_no_path(void **state)
{
	struct fixture *f = *state;
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	uint64_t size = 0;

	tree_write(f->tree, "bus/dax/devices/dax0.0/size", "10\n");
	tree_write(f->tree, "bus/dax/devices/dax0.1/size", "11\n");
	assert_int_equal(daxfs_device_new(f->ctx, "dax0.0", 0, &device), 0);
	assert_null(daxfs_device_get_path(device));
	daxfs_device_unref(TAKE_PTR(device));
	assert_int_equal(daxfs_device_new(f->ctx, "dax0.1", 0, &device), 0);
	assert_null(daxfs_device_get_path(device));
	assert_true(daxfs_device_get_size(device, &size));
	assert_int_equal(size, 11);
}

static void no_descriptor_stays_open(void **state)
{
	struct fixture *f = *state;
	unsigned int before = count_fds();
	struct daxfs_ctx *ctx = NULL;
	struct fixture other = { f->tree };

	assert_int_equal(daxfs_ctx_new(&ctx), 0);
	other.ctx = ctx;
	assert_int_equal(daxfs_ctx_set_sysfs_root(ctx, f->tree->path), 0);
	make_device(f, "platform/hmem.0", "dax0.0", "10\n");
	make_device(f, "platform/hmem.1", "dax1.0", "20\n");
	is_seen(&other, "dax0.0", 10, "/platform/hmem.0/dax0.0");
	is_seen(&other, "dax1.0", 20, "/platform/hmem.1/dax1.0");
	daxfs_ctx_unref(ctx);
	assert_int_equal(count_fds(), before);
}

/* Ranges */

static void make_range(struct fixture *f, const char *mapping, const char *start, const char *end)
{
	char path[128];

	snprintf(path, sizeof(path), "devices/platform/hmem.0/dax0.0/%s/start", mapping);
	tree_write(f->tree, path, start);
	snprintf(path, sizeof(path), "devices/platform/hmem.0/dax0.0/%s/end", mapping);
	tree_write(f->tree, path, end);
	snprintf(path, sizeof(path), "devices/platform/hmem.0/dax0.0/%s/page_offset", mapping);
	tree_write(f->tree, path, "0\n");
}

static size_t n_ranges(struct fixture *f, bool *ret_known)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	const struct daxfs_range *ranges;
	size_t n = 0;

	assert_int_equal(daxfs_device_new(f->ctx, "dax0.0", DAXFS_SECTION_MAPPINGS, &device), 0);
	*ret_known = daxfs_device_get_ranges(device, &ranges, &n);
	return daxfs_device_get_n_mappings(device);
}

static void ranges_end_where_a_mapping_is_not_there(void **state)
{
	struct fixture *f = *state;
	bool known = false;

	make_device(f, "platform/hmem.0", "dax0.0", "8192\n");
	assert_int_equal(n_ranges(f, &known), 0);
	assert_false(known);
	make_range(f, "mapping0", "0x1000\n", "0x1fff\n");
	assert_int_equal(n_ranges(f, &known), 1);
	assert_true(known);
	make_range(f, "mapping1", "0x3000\n", "0x3fff\n");
	assert_int_equal(n_ranges(f, &known), 2);
	assert_true(known);
}

static void a_mapping_without_its_files_is_one_that_is_not_known(void **state)
{
	struct fixture *f = *state;
	bool known = true;

	make_device(f, "platform/hmem.0", "dax0.0", "8192\n");
	tree_mkdir(f->tree, "devices/platform/hmem.0/dax0.0/mapping0");
	tree_mkdir(f->tree, "devices/platform/hmem.0/dax0.0/mapping1");
	assert_int_equal(n_ranges(f, &known), 2);
	assert_false(known);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(numbers_are_in_order),
		TEST(without_a_bus_there_are_no_devices),
		TEST(names_are_what_numbers_make),
		TEST(devices_of_a_region_are_found_side_by_side),
		TEST(a_device_that_is_elsewhere_is_found_by_its_link),
		TEST(a_region_that_came_back_elsewhere_is_found),
		TEST(a_device_that_has_gone_is_none),
		TEST(a_check_tells_seeds_from_devices_and_from_nothing),
		TEST(a_directory_in_place_of_a_link_has_no_path),
		TEST(no_descriptor_stays_open),
		TEST(ranges_end_where_a_mapping_is_not_there),
		TEST(a_mapping_without_its_files_is_one_that_is_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
