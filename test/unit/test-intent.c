// SPDX-License-Identifier: GPL-2.0-only
/* The mode of before, as a file: only one that was written in this boot, for this device, counts. */
#include "unit.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "intent.h"
#include "tree.h"

#define BOOT "01234567-89ab-cdef-0123-456789abcdef"
#define TEXT "daxfsctl-mode 1\nboot " BOOT "\ndevice dax0.0\nmode famfs\nend\n"

struct fixture {
	struct tree *tree;
	struct daxfs_ctx *ctx;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	_cleanup_free_ char *sys = NULL, *proc = NULL, *run = NULL;

	assert_non_null(fixture);
	fixture->tree = tree_new();
	tree_mkdir(fixture->tree, "sys/bus/dax/devices/dax0.0");
	tree_write(fixture->tree, "proc/sys/kernel/random/boot_id", BOOT "\n");
	sys = tree_path(fixture->tree, "sys");
	proc = tree_path(fixture->tree, "proc");
	run = tree_path(fixture->tree, "run");
	assert_int_equal(daxfs_ctx_new(&fixture->ctx), 0);
	assert_int_equal(daxfs_ctx_set_sysfs_root(fixture->ctx, sys), 0);
	assert_int_equal(daxfs_ctx_set_proc_root(fixture->ctx, proc), 0);
	assert_int_equal(daxfs_ctx_set_run_dir(fixture->ctx, run), 0);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	daxfs_ctx_unref(fixture->ctx);
	tree_remove(fixture->tree);
	free(fixture);
	return 0;
}

static struct daxfs_device device_in(enum daxfs_mode mode)
{
	return (struct daxfs_device){ .name = "dax0.0", .mode = mode };
}

static void bind_device(struct fixture *fixture)
{
	tree_symlink(fixture->tree, "sys/bus/dax/devices/dax0.0/driver", "../drivers/fsdev_dax");
}

static bool is_on_file(struct fixture *fixture)
{
	struct stat st;

	return fstatat(fixture->tree->fd, "run/mode-dax0.0", &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void assert_read(struct fixture *fixture, enum daxfs_mode mode)
{
	assert_int_equal(intent_read(fixture->ctx, "dax0.0"), mode);
}

static void each_mode_is_read_as_it_was_written(void **state)
{
	struct fixture *fixture = *state;

	assert_read(fixture, DAXFS_MODE_NONE);
	for (enum daxfs_mode mode = DAXFS_MODE_DEVDAX; mode < DAXFS_MODE_OTHER; mode++) {
		const struct daxfs_device device = device_in(mode);

		assert_int_equal(intent_write(fixture->ctx, &device), 0);
		assert_read(fixture, mode);
	}
	assert_int_equal(intent_read(fixture->ctx, "dax0.1"), DAXFS_MODE_NONE);
}

static void the_file_is_roots(void **state)
{
	struct fixture *fixture = *state;
	const struct daxfs_device device = device_in(DAXFS_MODE_FAMFS);
	struct stat st;

	assert_int_equal(intent_write(fixture->ctx, &device), 0);
	assert_int_equal(fstatat(fixture->tree->fd, "run/mode-dax0.0", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
}

static void what_is_not_that_very_text_is_ignored(void **state)
{
	struct fixture *fixture = *state;
	static const char *const bad[] = {
		"",
		"daxfsctl-mode 1\nboot 11111111-89ab-cdef-0123-456789abcdef\ndevice dax0.0\n"
		"mode famfs\nend\n",
		"daxfsctl-mode 1\nboot " BOOT "\ndevice dax0.1\nmode famfs\nend\n",
		"daxfsctl-mode 1\nboot " BOOT "\ndevice dax0.0\nmode other\nend\n",
		"daxfsctl-mode 1\nboot " BOOT "\ndevice dax0.0\nmode ../famfs\nend\n",
		"daxfsctl-mode 2\nboot " BOOT "\ndevice dax0.0\nmode famfs\nend\n",
		TEXT "more\n",
	};

	tree_mkdir(fixture->tree, "run");
	tree_write(fixture->tree, "run/mode-dax0.0", TEXT);
	assert_read(fixture, DAXFS_MODE_FAMFS);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		tree_write(fixture->tree, "run/mode-dax0.0", bad[i]);
		assert_read(fixture, DAXFS_MODE_NONE);
	}
}

static void every_text_that_was_cut_short_is_ignored(void **state)
{
	struct fixture *fixture = *state;

	tree_mkdir(fixture->tree, "run");
	for (size_t length = 0; length < strlen(TEXT); length++) {
		tree_write_bytes(fixture->tree, "run/mode-dax0.0", TEXT, length);
		assert_read(fixture, DAXFS_MODE_NONE);
	}
}

static void what_is_no_plain_small_file_is_ignored(void **state)
{
	struct fixture *fixture = *state;
	char large[4096];

	tree_mkdir(fixture->tree, "run");
	tree_write(fixture->tree, "elsewhere", TEXT);
	tree_symlink(fixture->tree, "run/mode-dax0.0", "../elsewhere");
	assert_read(fixture, DAXFS_MODE_NONE);
	assert_int_equal(unlinkat(fixture->tree->fd, "run/mode-dax0.0", 0), 0);
	tree_mkdir(fixture->tree, "run/mode-dax0.0");
	assert_read(fixture, DAXFS_MODE_NONE);
	assert_int_equal(unlinkat(fixture->tree->fd, "run/mode-dax0.0", AT_REMOVEDIR), 0);
	assert_int_equal(mkfifoat(fixture->tree->fd, "run/mode-dax0.0", 0600), 0);
	assert_read(fixture, DAXFS_MODE_NONE);
	assert_int_equal(unlinkat(fixture->tree->fd, "run/mode-dax0.0", 0), 0);
	memset(large, 'x', sizeof(large));
	memcpy(large, TEXT, strlen(TEXT));
	tree_write_bytes(fixture->tree, "run/mode-dax0.0", large, sizeof(large));
	assert_read(fixture, DAXFS_MODE_NONE);
}

static void a_run_directory_that_others_can_write_is_not_used(void **state)
{
	struct fixture *fixture = *state;
	const struct daxfs_device device = device_in(DAXFS_MODE_FAMFS);
	const struct daxfs_error *error;

	tree_mkdir(fixture->tree, "run");
	tree_write(fixture->tree, "run/mode-dax0.0", TEXT);
	assert_int_equal(fchmodat(fixture->tree->fd, "run", 0777, 0), 0);
	assert_read(fixture, DAXFS_MODE_NONE);
	assert_int_equal(intent_write(fixture->ctx, &device), -EPERM);
	error = daxfs_ctx_get_error(fixture->ctx);
	assert_string_equal(daxfs_error_get_id(error), "mode-file");
	assert_string_equal(daxfs_error_get_device(error), "dax0.0");
}

static void a_device_that_is_bound_loses_its_file(void **state)
{
	struct fixture *fixture = *state;
	const struct daxfs_device device = device_in(DAXFS_MODE_FAMFS);

	assert_int_equal(intent_write(fixture->ctx, &device), 0);
	bind_device(fixture);
	intent_update(fixture->ctx, &device);
	assert_false(is_on_file(fixture));
	/* and to have none is no error */
	intent_update(fixture->ctx, &device);
}

static void a_device_that_lost_its_driver_gets_a_file(void **state)
{
	struct fixture *fixture = *state;
	const struct daxfs_device device = device_in(DAXFS_MODE_SYSTEM_RAM);

	intent_update(fixture->ctx, &device);
	assert_read(fixture, DAXFS_MODE_SYSTEM_RAM);
}

/* What it was before it was disabled stays known when another switch leaves it disabled. */
static void a_device_that_had_no_driver_keeps_its_file(void **state)
{
	struct fixture *fixture = *state;
	const struct daxfs_device before = device_in(DAXFS_MODE_FAMFS);
	const struct daxfs_device device = device_in(DAXFS_MODE_NONE);

	intent_update(fixture->ctx, &device);
	assert_false(is_on_file(fixture));
	assert_int_equal(intent_write(fixture->ctx, &before), 0);
	intent_update(fixture->ctx, &device);
	assert_read(fixture, DAXFS_MODE_FAMFS);
}

static void a_snapshot_tells_it_of_a_device_without_a_driver_only(void **state)
{
	struct fixture *fixture = *state;
	const struct daxfs_device before = device_in(DAXFS_MODE_FAMFS);

	assert_int_equal(intent_write(fixture->ctx, &before), 0);
	for (int is_bound = 0; is_bound < 2; is_bound++) {
		_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;

		if (is_bound)
			bind_device(fixture);
		assert_int_equal(
			daxfs_device_new(fixture->ctx, "dax0.0", DAXFS_SECTION_DETAIL, &device), 0);
		assert_int_equal(daxfs_device_get_configured_mode(device),
				 is_bound ? DAXFS_MODE_NONE : DAXFS_MODE_FAMFS);
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_mode_is_read_as_it_was_written),
		TEST(the_file_is_roots),
		TEST(what_is_not_that_very_text_is_ignored),
		TEST(every_text_that_was_cut_short_is_ignored),
		TEST(what_is_no_plain_small_file_is_ignored),
		TEST(a_run_directory_that_others_can_write_is_not_used),
		TEST(a_device_that_is_bound_loses_its_file),
		TEST(a_device_that_lost_its_driver_gets_a_file),
		TEST(a_device_that_had_no_driver_keeps_its_file),
		TEST(a_snapshot_tells_it_of_a_device_without_a_driver_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
