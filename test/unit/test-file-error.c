// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <string.h>

#include "device.h"
#include "file-error.h"
#include "memory.h"
#include "sysfs-fixture.h"
#include "sysfs.h"

#define BLOCK_SIZE 0x8000000

static void is_told(struct fixture *f, int r, const char *path)
{
	_cleanup_free_ char *full = tree_path(f->tree, path);

	assert_string_equal(file_error_path(r), full);
}

static void a_read_that_fails_tells_its_file(void **state)
{
	struct fixture *f = *state;
	char buf[16];

	tree_mkdir(f->tree, "dir/a");
	assert_int_equal(sysfs_read_text(f->tree->fd, "dir/a", buf, sizeof(buf)), -EISDIR);
	is_told(f, -EISDIR, "dir/a");
	assert_null(file_error_path(-EIO));
	assert_null(file_error_path(0));
}

static void a_write_that_fails_tells_its_file(void **state)
{
	struct fixture *f = *state;

	tree_mkdir(f->tree, "dir/a");
	assert_int_equal(sysfs_write(f->ctx, "dir/a", "1"), -EISDIR);
	is_told(f, -EISDIR, "dir/a");
}

static void make_device(struct fixture *f)
{
	tree_write(f->tree, "devices/system/memory/block_size_bytes", "8000000\n");
	tree_write(f->tree, "bus/dax/devices/dax0.0/size", "134217728\n");
	tree_write(f->tree, "bus/dax/devices/dax0.0/align", "2097152\n");
	tree_write(f->tree, "bus/dax/devices/dax0.0/mapping0/start", "0x8000000\n");
	tree_write(f->tree, "bus/dax/devices/dax0.0/mapping0/end", "0xfffffff\n");
	tree_write(f->tree, "bus/dax/devices/dax0.0/mapping0/page_offset", "0x0\n");
}

static void a_device_that_cannot_be_read_names_the_file(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = tree_path(f->tree, "bus/dax/devices/dax0.0/driver");
	struct daxfs_device *device = NULL;
	const struct daxfs_error *error;

	make_device(f);
	/* EINVAL of readlink(): not a link */
	tree_write(f->tree, "bus/dax/devices/dax0.0/driver", "");
	assert_int_equal(daxfs_device_new(f->ctx, "dax0.0", 0, &device), -EINVAL);
	error = daxfs_ctx_get_error(f->ctx);
	assert_string_equal(daxfs_error_get_device(error), "dax0.0");
	assert_string_equal(daxfs_error_get_path(error), path);
}

static void ranges_that_cannot_be_read_name_the_file(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = tree_path(f->tree, "bus/dax/devices/dax0.0/mapping1/start");
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	const struct daxfs_error *error;

	make_device(f);
	tree_mkdir(f->tree, "bus/dax/devices/dax0.0/mapping1/start");
	assert_int_equal(daxfs_device_new(f->ctx, "dax0.0", DAXFS_SECTION_MAPPINGS, &device), 0);
	assert_false(device->has_ranges);
	assert_int_equal(device_fail_ranges(f->ctx, device), -EISDIR);
	error = daxfs_ctx_get_error(f->ctx);
	assert_string_equal(daxfs_error_get_path(error), path);
}

/* A mapping that cannot be asked for is not the end of the list: the device would look smaller. */
static void a_mapping_that_cannot_be_asked_for_leaves_the_ranges_unknown(void **state)
{
	struct fixture *f = *state;
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;

	make_device(f);
	tree_symlink(f->tree, "bus/dax/devices/dax0.0/mapping1", "mapping1"); /* ELOOP */
	assert_int_equal(daxfs_device_new(f->ctx, "dax0.0", DAXFS_SECTION_MAPPINGS, &device), 0);
	assert_false(device->has_ranges);
}

/* Taken for unknown, it would be brought back in another zone. */
static void a_zone_that_cannot_be_read_is_an_error(void **state)
{
	struct fixture *f = *state;
	const struct daxfs_range range = { .start = BLOCK_SIZE, .end = 2 * BLOCK_SIZE - 1 };
	struct memory_block *blocks = NULL;
	size_t n;

	tree_write(f->tree, "devices/system/memory/memory1/state", "online\n");
	tree_mkdir(f->tree, "devices/system/memory/memory1/valid_zones");
	assert_int_equal(memory_read_blocks(f->ctx, &range, 1, BLOCK_SIZE, true, &blocks, &n),
			 -EISDIR);
	is_told(f, -EISDIR, "devices/system/memory/memory1/valid_zones");
	assert_int_equal(memory_read_blocks(f->ctx, &range, 1, BLOCK_SIZE, false, &blocks, &n), 0);
	free(blocks);
}

static void a_kernel_without_zones_is_no_error(void **state)
{
	struct fixture *f = *state;
	const struct daxfs_range range = { .start = BLOCK_SIZE, .end = 2 * BLOCK_SIZE - 1 };
	_cleanup_free_ struct memory_block *blocks = NULL;
	size_t n;

	tree_write(f->tree, "devices/system/memory/memory1/state", "online\n");
	assert_int_equal(memory_read_blocks(f->ctx, &range, 1, BLOCK_SIZE, true, &blocks, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(blocks[0].zone, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_read_that_fails_tells_its_file),
		TEST(a_write_that_fails_tells_its_file),
		TEST(a_device_that_cannot_be_read_names_the_file),
		TEST(ranges_that_cannot_be_read_name_the_file),
		TEST(a_mapping_that_cannot_be_asked_for_leaves_the_ranges_unknown),
		TEST(a_zone_that_cannot_be_read_is_an_error),
		TEST(a_kernel_without_zones_is_no_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
