// SPDX-License-Identifier: GPL-2.0-only
/* Directories of sysfs, and writes. */
#include <fcntl.h>
#include <string.h>

#include "alloc.h"
#include "sysfs-fixture.h"
#include "sysfs.h"

static void directories_are_opened_below_the_root(void **state)
{
	struct fixture *f = *state;
	_cleanup_close_ int fd = -1;
	uint64_t value;

	tree_write(f->tree, "bus/dax/devices/dax0.0/size", "5\n");
	assert_int_equal(sysfs_open_dir(f->ctx, "bus/dax/devices/dax0.0", &fd), 0);
	assert_int_equal(sysfs_read_u64(fd, "size", &value), 0);
	assert_int_equal(value, 5);
}

static void directories_are_opened_below_another(void **state)
{
	struct fixture *f = *state;
	_cleanup_close_ int bus = -1, dax = -1;

	tree_mkdir(f->tree, "bus/dax");
	assert_int_equal(sysfs_open_dir(f->ctx, "bus", &bus), 0);
	assert_int_equal(sysfs_open_dir_at(bus, "dax", &dax), 0);
}

static void what_is_no_directory_is_not_opened(void **state)
{
	struct fixture *f = *state;
	int fd = UNTOUCHED;

	tree_write(f->tree, "file", "");
	assert_int_equal(sysfs_open_dir(f->ctx, "bus", &fd), -ENOENT);
	assert_int_equal(sysfs_open_dir(f->ctx, "file", &fd), -ENOTDIR);
	assert_int_equal(fd, UNTOUCHED);
}

static void a_missing_root_is_ENOENT_each_time(void **state)
{
	struct fixture *f = *state;
	int fd = UNTOUCHED;

	assert_int_equal(daxfs_ctx_set_sysfs_root(f->ctx, "/nonexistent"), 0);
	assert_int_equal(sysfs_open_dir(f->ctx, "bus", &fd), -ENOENT);
	assert_int_equal(sysfs_open_dir(f->ctx, "bus", &fd), -ENOENT);
	assert_int_equal(sysfs_may_write(f->ctx, "bus"), -ENOENT);
	assert_int_equal(sysfs_open_write(f->ctx, "bus", &fd), -ENOENT);
	assert_int_equal(fd, UNTOUCHED);
}

static void the_root_is_opened_once(void **state)
{
	struct fixture *f = *state;
	unsigned int n;

	assert_int_equal(sysfs_may_write(f->ctx, "."), 0);
	n = count_fds();
	assert_int_equal(sysfs_may_write(f->ctx, "."), 0);
	assert_int_equal(count_fds(), n);
}

static bool has(char *const *names, const char *name)
{
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

static void a_list_has_every_name_with_the_prefix(void **state)
{
	struct fixture *f = *state;
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	size_t n;

	tree_mkdir(f->tree, "mapping0");
	tree_mkdir(f->tree, "mapping1");
	tree_write(f->tree, "mapping", "");
	tree_write(f->tree, "map", "");
	tree_symlink(f->tree, "mapping2", "nowhere");
	assert_int_equal(sysfs_list(f->tree->fd, "mapping", &names, &n), 0);
	assert_int_equal(n, 4);
	assert_true(has(names, "mapping"));
	assert_true(has(names, "mapping0"));
	assert_true(has(names, "mapping1"));
	assert_true(has(names, "mapping2"));
	assert_null(names[4]);
}

static void an_empty_prefix_lists_all_but_hidden_names(void **state)
{
	struct fixture *f = *state;
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	size_t n;

	tree_write(f->tree, "a", "");
	tree_write(f->tree, ".hidden", "");
	assert_int_equal(sysfs_list(f->tree->fd, "", &names, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(names[0], "a");
	assert_null(names[1]);
}

static void an_empty_directory_has_an_empty_list(void **state)
{
	struct fixture *f = *state;
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	size_t n = UNTOUCHED;

	assert_int_equal(sysfs_list(f->tree->fd, "", &names, &n), 0);
	assert_int_equal(n, 0);
	assert_non_null(names);
	assert_null(names[0]);
}

static void a_list_can_be_taken_again(void **state)
{
	struct fixture *f = *state;

	tree_write(f->tree, "a", "");
	for (int i = 0; i < 2; i++) {
		_cleanup_(daxfs_free_namesp) char **names = NULL;
		size_t n;

		assert_int_equal(sysfs_list(f->tree->fd, "", &names, &n), 0);
		assert_int_equal(n, 1);
	}
}

/* The array grows by doubling from 16: one less, as many, and one more must all be ended. */
static void lists_of_any_length_are_ended_by_NULL(void **state)
{
	struct fixture *f = *state;

	for (size_t length = 1; length <= 70; length++) {
		_cleanup_(daxfs_free_namesp) char **names = NULL;
		char name[16];
		size_t n;

		snprintf(name, sizeof(name), "dax0.%zu", length);
		tree_write(f->tree, name, "");
		assert_int_equal(sysfs_list(f->tree->fd, "dax", &names, &n), 0);
		assert_int_equal(n, length);
		for (size_t i = 0; i < n; i++)
			assert_non_null(names[i]);
		assert_null(names[n]);
	}
}

static void a_file_has_no_list(void **state)
{
	struct fixture *f = *state;
	_cleanup_close_ int fd = -1;
	char **names = NULL;
	size_t n = UNTOUCHED;

	tree_write(f->tree, "file", "");
	fd = openat(f->tree->fd, "file", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(sysfs_list(fd, "", &names, &n), -ENOTDIR);
	assert_null(names);
	assert_int_equal(n, UNTOUCHED);
}

static void freeing_no_names_is_allowed(void **state)
{
	daxfs_free_names(NULL);
}

/* Memory */

static void without_memory_there_is_no_list(void **state)
{
	struct fixture *f = *state;
	unsigned int failures = 0;
	char name[16];

	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "dax0.%d", i);
		tree_write(f->tree, name, "");
	}
	for (;; failures++) {
		_cleanup_(daxfs_free_namesp) char **names = NULL;
		size_t n;
		int r;

		alloc_fail_after(failures);
		r = sysfs_list(f->tree->fd, "", &names, &n);
		if (!alloc_failed()) {
			assert_int_equal(r, 0);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_null(names);
	}
	assert_int_equal(failures, 22);
}

static void without_memory_there_is_no_empty_list(void **state)
{
	struct fixture *f = *state;
	char **names = NULL;
	size_t n;

	alloc_fail_after(0);
	assert_int_equal(sysfs_list(f->tree->fd, "", &names, &n), -ENOMEM);
	assert_true(alloc_failed());
	assert_null(names);
}

/* Paths and writes */

static void paths_for_people_begin_with_the_root(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = sysfs_path(f->ctx, "bus/dax");
	_cleanup_free_ char *expected = tree_path(f->tree, "bus/dax");

	assert_string_equal(path, expected);
}

static void a_write_replaces_no_more_than_it_writes(void **state)
{
	struct fixture *f = *state;

	tree_write(f->tree, "bus/bind", "12345");
	assert_int_equal(sysfs_write(f->ctx, "bus/bind", "abc"), 0);
	reads_as(f, "bus/bind", "abc45");
}

static void a_write_creates_nothing(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(sysfs_write(f->ctx, "bind", "dax0.0"), -ENOENT);
	assert_false(sysfs_exists(f->tree->fd, "bind"));
}

static void the_errno_of_a_write_is_kept(void **state)
{
	_cleanup_close_ int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(sysfs_write_fd(fd, "dax0.0"), -ENOSPC);
}

static void half_a_write_is_EIO(void **state)
{
	_cleanup_free_ char *much = calloc(1, 1 << 20);
	_cleanup_close_ int in = -1, out = -1;
	int fds[2];

	assert_non_null(much);
	memset(much, 'a', (1 << 20) - 1);
	assert_int_equal(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
	in = fds[0];
	out = fds[1];
	assert_int_equal(sysfs_write_fd(out, much), -EIO);
}

static void whether_a_file_can_be_written_is_asked_without_writing(void **state)
{
	struct fixture *f = *state;

	tree_write(f->tree, "bind", "old\n");
	assert_int_equal(sysfs_may_write(f->ctx, "bind"), 0);
	assert_int_equal(sysfs_may_write(f->ctx, "unbind"), -ENOENT);
	reads_as(f, "bind", "old");
}

static void a_read_only_file_may_not_be_written(void **state)
{
	struct fixture *f = *state;

	tree_write(f->tree, "size", "0\n");
	tree_chmod(f->tree, "size", 0444);
	assert_int_equal(sysfs_may_write(f->ctx, "size"), -EACCES);
	assert_int_equal(sysfs_write(f->ctx, "size", "1"), -EACCES);
}

static void a_recorded_tree_is_never_written(void **state)
{
	struct fixture *f = *state;
	int fd = UNTOUCHED;

	tree_write(f->tree, "bus/bind", "old\n");
	assert_int_equal(daxfs_ctx_set_sysroot(f->ctx, f->tree->path), 0);
	assert_int_equal(sysfs_write(f->ctx, "bus/bind", "new"), -EROFS);
	assert_int_equal(sysfs_open_write(f->ctx, "bus/bind", &fd), -EROFS);
	assert_int_equal(sysfs_open_write(f->ctx, "bus/missing", &fd), -EROFS);
	assert_int_equal(fd, UNTOUCHED);
	reads_as(f, "bus/bind", "old");
}

static void a_recorded_tree_is_never_written_with_another_root(void **state)
{
	struct fixture *f = *state;

	tree_write(f->tree, "bus/bind", "old\n");
	assert_int_equal(daxfs_ctx_set_sysroot(f->ctx, f->tree->path), 0);
	assert_int_equal(daxfs_ctx_set_sysfs_root(f->ctx, f->tree->path), 0);
	assert_int_equal(sysfs_write(f->ctx, "bus/bind", "new"), -EROFS);
	reads_as(f, "bus/bind", "old");
}

struct lines {
	unsigned int n;
	char last[256];
};

static void __attribute__((format(printf, 3, 0)))
remember(void *userdata, int priority, const char *format, va_list args)
{
	struct lines *lines = userdata;

	lines->n++;
	vsnprintf(lines->last, sizeof(lines->last), format, args);
}

static void each_write_is_logged_with_its_answer(void **state)
{
	struct fixture *f = *state;
	struct lines lines = { 0 };

	daxfs_ctx_set_log_fn(f->ctx, remember, &lines);
	tree_write(f->tree, "bind", "");
	assert_int_equal(sysfs_write(f->ctx, "bind", "dax0.0"), 0);
	assert_int_equal(lines.n, 1);
	assert_non_null(strstr(lines.last, "/bind"));
	assert_non_null(strstr(lines.last, "'dax0.0'"));
	assert_int_equal(sysfs_write(f->ctx, "unbind", "dax0.0"), -ENOENT);
	assert_int_equal(lines.n, 2);
	assert_non_null(strstr(lines.last, strerror(ENOENT)));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(directories_are_opened_below_the_root),
		TEST(directories_are_opened_below_another),
		TEST(what_is_no_directory_is_not_opened),
		TEST(a_missing_root_is_ENOENT_each_time),
		TEST(the_root_is_opened_once),
		TEST(a_list_has_every_name_with_the_prefix),
		TEST(an_empty_prefix_lists_all_but_hidden_names),
		TEST(an_empty_directory_has_an_empty_list),
		TEST(a_list_can_be_taken_again),
		TEST(lists_of_any_length_are_ended_by_NULL),
		TEST(a_file_has_no_list),
		TEST(freeing_no_names_is_allowed),
		TEST(without_memory_there_is_no_list),
		TEST(without_memory_there_is_no_empty_list),
		TEST(paths_for_people_begin_with_the_root),
		TEST(a_write_replaces_no_more_than_it_writes),
		TEST(a_write_creates_nothing),
		TEST(the_errno_of_a_write_is_kept),
		TEST(half_a_write_is_EIO),
		TEST(whether_a_file_can_be_written_is_asked_without_writing),
		TEST(a_read_only_file_may_not_be_written),
		TEST(a_recorded_tree_is_never_written),
		TEST(a_recorded_tree_is_never_written_with_another_root),
		TEST(each_write_is_logged_with_its_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
