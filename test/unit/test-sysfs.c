// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "alloc.h"
#include "sysfs-fixture.h"
#include "sysfs.h"

/* How read() of this program behaves: interrupted at first, and this much in one piece. */
static unsigned int interruptions;
static size_t piece;

ssize_t __real_read(int fd, void *buf, size_t size);
ssize_t __wrap_read(int fd, void *buf, size_t size);
ssize_t __wrap___read_chk(int fd, void *buf, size_t size, size_t buf_size);

ssize_t __wrap_read(int fd, void *buf, size_t size)
{
	if (interruptions > 0) {
		interruptions--;
		errno = EINTR;
		return -1;
	}
	return __real_read(fd, buf, piece && piece < size ? piece : size);
}

ssize_t __wrap___read_chk(int fd, void *buf, size_t size, size_t buf_size)
{
	assert_true(size <= buf_size);
	return __wrap_read(fd, buf, size);
}

static int setup(void **state)
{
	interruptions = 0;
	piece = 0;
	return fixture_setup(state);
}

static void fails_to_read(struct fixture *f, const char *name, int r)
{
	char *text = NULL;

	assert_int_equal(sysfs_read_string(f->tree->fd, name, &text), r);
	assert_null(text);
}

/* Text */

static void the_newline_at_the_end_is_stripped(void **state)
{
	struct fixture *f = *state;

	tree_write(f->tree, "a", "text\n");
	reads_as(f, "a", "text");
}

static void a_missing_newline_is_no_matter(void **state)
{
	struct fixture *f = *state;

	tree_write(f->tree, "a", "text");
	reads_as(f, "a", "text");
}

static void an_empty_file_is_empty_text(void **state)
{
	struct fixture *f = *state;

	tree_write(f->tree, "a", "");
	reads_as(f, "a", "");
	tree_write(f->tree, "b", "\n");
	reads_as(f, "b", "");
}

static void newlines_and_blanks_inside_stay(void **state)
{
	struct fixture *f = *state;

	tree_write(f->tree, "a", " a\n\nb \n");
	reads_as(f, "a", " a\n\nb ");
}

static void a_NUL_byte_is_no_text(void **state)
{
	struct fixture *f = *state;

	tree_write_bytes(f->tree, "inside", "a\0b\n", 4);
	tree_write_bytes(f->tree, "first", "\0", 1);
	tree_write_bytes(f->tree, "last", "a\n\0", 3);
	fails_to_read(f, "inside", -EINVAL);
	fails_to_read(f, "first", -EINVAL);
	fails_to_read(f, "last", -EINVAL);
}

static void text_longer_than_a_page_is_too_big(void **state)
{
	struct fixture *f = *state;
	char page[SYSFS_TEXT_MAX + 1];

	memset(page, 'a', sizeof(page));
	tree_write_bytes(f->tree, "a", page, sizeof(page));
	fails_to_read(f, "a", -EFBIG);
}

static void text_that_fills_the_buffer_is_too_big(void **state)
{
	struct fixture *f = *state;
	char buf[4] = "xyz";

	tree_write(f->tree, "a", "1234");
	assert_int_equal(sysfs_read_text(f->tree->fd, "a", buf, sizeof(buf)), -EFBIG);
}

/* The kernel's sysfs_emit() writes up to a page less one byte. */
static void text_that_just_fits_is_read(void **state)
{
	struct fixture *f = *state;
	char buf[4], page[SYSFS_TEXT_MAX];

	tree_write(f->tree, "a", "123");
	assert_int_equal(sysfs_read_text(f->tree->fd, "a", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "123");
	tree_write(f->tree, "b", "12\n");
	assert_int_equal(sysfs_read_text(f->tree->fd, "b", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "12");
	memset(page, 'a', sizeof(page));
	page[sizeof(page) - 1] = '\0';
	tree_write(f->tree, "page", page);
	reads_as(f, "page", page);
}

static void lines_past_the_buffer_are_too_big(void **state)
{
	struct fixture *f = *state;
	char buf[4];

	/* A newline is where the buffer ends: what was read looks whole. */
	tree_write(f->tree, "a", "12\n45\n");
	assert_int_equal(sysfs_read_text(f->tree->fd, "a", buf, sizeof(buf)), -EFBIG);
	tree_write(f->tree, "b", "123\n5\n");
	assert_int_equal(sysfs_read_text(f->tree->fd, "b", buf, sizeof(buf)), -EFBIG);
}

/* In pieces, interrupted, and longer than what is first made room for. */
static void bytes_are_read_as_they_are(void **state)
{
	static const size_t sizes[] = { 0, 1, SYSFS_TEXT_MAX, 5 * SYSFS_TEXT_MAX, 100000 };
	struct fixture *f = *state;

	piece = 4097;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		_cleanup_free_ char *expected = malloc(sizes[i] + 1), *data = NULL;
		size_t size = UNTOUCHED;

		for (size_t k = 0; k < sizes[i]; k++)
			expected[k] = k % 251;
		tree_write_bytes(f->tree, "a", expected, sizes[i]);
		interruptions = 2;
		assert_int_equal(sysfs_read_bytes(f->tree->fd, "a", 100000, &data, &size), 0);
		assert_int_equal(size, sizes[i]);
		assert_memory_equal(data, expected, size);
		assert_int_equal(data[size], '\0');
	}
}

static void more_bytes_than_the_limit_are_EFBIG(void **state)
{
	struct fixture *f = *state;
	size_t size = UNTOUCHED;
	char *data = NULL;

	tree_write(f->tree, "a", "12345");
	assert_int_equal(sysfs_read_bytes(f->tree->fd, "a", 4, &data, &size), -EFBIG);
	assert_int_equal(sysfs_read_bytes(f->tree->fd, "none", 4, &data, &size), -ENOENT);
	assert_null(data);
	assert_int_equal(size, UNTOUCHED);
}

static void a_missing_file_is_ENOENT(void **state)
{
	fails_to_read(*state, "a", -ENOENT);
}

static void a_directory_is_no_text(void **state)
{
	struct fixture *f = *state;

	tree_mkdir(f->tree, "a");
	fails_to_read(f, "a", -EISDIR);
}

static void a_file_that_may_not_be_read_is_EACCES(void **state)
{
	struct fixture *f = *state;

	tree_write(f->tree, "a", "1\n");
	tree_chmod(f->tree, "a", 0);
	fails_to_read(f, "a", -EACCES);
}

static void text_in_pieces_is_put_together(void **state)
{
	struct fixture *f = *state;

	tree_write(f->tree, "a", "0x140000000\n");
	piece = 1;
	reads_as(f, "a", "0x140000000");
}

static void a_signal_does_not_end_a_read(void **state)
{
	struct fixture *f = *state;

	tree_write(f->tree, "a", "text\n");
	interruptions = 3;
	reads_as(f, "a", "text");
	assert_int_equal(interruptions, 0);
}

/* In a tree that somebody sent: nobody ever writes to it. */
static void a_fifo_does_not_block(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *text = NULL;

	assert_int_equal(mkfifoat(f->tree->fd, "size", 0666), 0);
	alarm(5);
	assert_int_equal(sysfs_read_string(f->tree->fd, "size", &text), 0);
	alarm(0);
	assert_string_equal(text, "");
}

static void a_link_is_followed_for_reading(void **state)
{
	struct fixture *f = *state;

	tree_write(f->tree, "dir/size", "5\n");
	tree_symlink(f->tree, "device", "dir");
	reads_as(f, "device/size", "5");
}

/* Numbers */

static void numbers_are_decimal_or_hexadecimal(void **state)
{
	struct fixture *f = *state;
	uint64_t value;

	tree_write(f->tree, "size", "17179869184\n");
	tree_write(f->tree, "resource", "0x140000000\n");
	tree_write(f->tree, "block_size_bytes", "80000000\n");
	assert_int_equal(sysfs_read_u64(f->tree->fd, "size", &value), 0);
	assert_int_equal(value, UINT64_C(17179869184));
	assert_int_equal(sysfs_read_u64(f->tree->fd, "resource", &value), 0);
	assert_int_equal(value, UINT64_C(0x140000000));
	assert_int_equal(sysfs_read_hex(f->tree->fd, "block_size_bytes", &value), 0);
	assert_int_equal(value, UINT64_C(0x80000000));
}

static void an_int_may_be_minus_one(void **state)
{
	struct fixture *f = *state;
	int value;

	tree_write(f->tree, "numa_node", "-1\n");
	assert_int_equal(sysfs_read_int(f->tree->fd, "numa_node", &value), 0);
	assert_int_equal(value, -1);
}

static void what_is_no_number_is_refused(void **state)
{
	static const char *const wrong[] = {
		"", "\n", "x\n", "1 2\n", " 1\n", "1\n2\n", "(null)\n"
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		uint64_t value = UNTOUCHED;
		int n = UNTOUCHED;

		tree_write(f->tree, "a", wrong[i]);
		assert_int_equal(sysfs_read_u64(f->tree->fd, "a", &value), -EINVAL);
		assert_int_equal(sysfs_read_hex(f->tree->fd, "a", &value), -EINVAL);
		assert_int_equal(sysfs_read_int(f->tree->fd, "a", &n), -EINVAL);
		assert_int_equal(value, UNTOUCHED);
		assert_int_equal(n, UNTOUCHED);
	}
}

static void a_number_of_a_hundred_digits_is_too_big(void **state)
{
	struct fixture *f = *state;
	uint64_t value = UNTOUCHED;
	char digits[100];
	int n = UNTOUCHED;

	memset(digits, '0', sizeof(digits));
	tree_write_bytes(f->tree, "a", digits, sizeof(digits));
	assert_int_equal(sysfs_read_u64(f->tree->fd, "a", &value), -EFBIG);
	assert_int_equal(sysfs_read_int(f->tree->fd, "a", &n), -EFBIG);
	assert_int_equal(value, UNTOUCHED);
	assert_int_equal(n, UNTOUCHED);
}

static void a_missing_number_is_ENOENT(void **state)
{
	struct fixture *f = *state;
	uint64_t value;
	int n;

	assert_int_equal(sysfs_read_u64(f->tree->fd, "a", &value), -ENOENT);
	assert_int_equal(sysfs_read_hex(f->tree->fd, "a", &value), -ENOENT);
	assert_int_equal(sysfs_read_int(f->tree->fd, "a", &n), -ENOENT);
}

/* Links */

static void a_link_is_told_as_it_is_written(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *target = NULL;

	tree_symlink(f->tree, "driver", "../../bus/dax/drivers/kmem");
	assert_int_equal(sysfs_readlink(f->tree->fd, "driver", &target), 0);
	assert_string_equal(target, "../../bus/dax/drivers/kmem");
}

static void the_name_of_a_link_is_its_last_component(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *driver = NULL, *plain = NULL;

	tree_symlink(f->tree, "driver", "../../bus/dax/drivers/kmem");
	tree_symlink(f->tree, "plain", "fsdev_dax");
	assert_int_equal(sysfs_readlink_name(f->tree->fd, "driver", &driver), 0);
	assert_string_equal(driver, "kmem");
	assert_int_equal(sysfs_readlink_name(f->tree->fd, "plain", &plain), 0);
	assert_string_equal(plain, "fsdev_dax");
}

static void no_link_is_ENOENT_and_a_file_is_EINVAL(void **state)
{
	struct fixture *f = *state;
	char *target = NULL;

	tree_write(f->tree, "file", "");
	assert_int_equal(sysfs_readlink(f->tree->fd, "driver", &target), -ENOENT);
	assert_int_equal(sysfs_readlink_name(f->tree->fd, "driver", &target), -ENOENT);
	assert_int_equal(sysfs_readlink(f->tree->fd, "file", &target), -EINVAL);
	assert_int_equal(sysfs_readlink_name(f->tree->fd, "file", &target), -EINVAL);
	assert_null(target);
}

static void a_dangling_link_can_be_told_but_does_not_exist(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *name = NULL;

	tree_symlink(f->tree, "driver", "nowhere/kmem");
	assert_int_equal(sysfs_readlink_name(f->tree->fd, "driver", &name), 0);
	assert_string_equal(name, "kmem");
	assert_false(sysfs_exists(f->tree->fd, "driver"));
}

static void a_long_link_is_told_whole(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *target = NULL;
	char path[1000];

	memset(path, 'a', sizeof(path));
	for (size_t i = 100; i < sizeof(path); i += 100)
		path[i] = '/';
	path[sizeof(path) - 1] = '\0';
	tree_symlink(f->tree, "long", path);
	assert_int_equal(sysfs_readlink(f->tree->fd, "long", &target), 0);
	assert_string_equal(target, path);
}

static void files_and_directories_exist(void **state)
{
	struct fixture *f = *state;

	tree_write(f->tree, "dir/file", "");
	assert_true(sysfs_exists(f->tree->fd, "dir"));
	assert_true(sysfs_exists(f->tree->fd, "dir/file"));
	assert_false(sysfs_exists(f->tree->fd, "dir/other"));
	assert_false(sysfs_exists(f->tree->fd, "dir/file/other"));
}

static void without_memory_there_is_no_text(void **state)
{
	struct fixture *f = *state;
	char *text = NULL;

	tree_write(f->tree, "a", "text\n");
	tree_symlink(f->tree, "link", "x/y");
	alloc_fail_after(0);
	assert_int_equal(sysfs_read_string(f->tree->fd, "a", &text), -ENOMEM);
	alloc_fail_after(0);
	assert_int_equal(sysfs_readlink(f->tree->fd, "link", &text), -ENOMEM);
	alloc_fail_after(0);
	assert_int_equal(sysfs_readlink_name(f->tree->fd, "link", &text), -ENOMEM);
	assert_true(alloc_failed());
	assert_null(text);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_newline_at_the_end_is_stripped),
		TEST(a_missing_newline_is_no_matter),
		TEST(an_empty_file_is_empty_text),
		TEST(newlines_and_blanks_inside_stay),
		TEST(a_NUL_byte_is_no_text),
		TEST(text_longer_than_a_page_is_too_big),
		TEST(text_that_fills_the_buffer_is_too_big),
		TEST(text_that_just_fits_is_read),
		TEST(lines_past_the_buffer_are_too_big),
		TEST(bytes_are_read_as_they_are),
		TEST(more_bytes_than_the_limit_are_EFBIG),
		TEST(a_missing_file_is_ENOENT),
		TEST(a_directory_is_no_text),
		TEST(a_file_that_may_not_be_read_is_EACCES),
		TEST(text_in_pieces_is_put_together),
		TEST(a_signal_does_not_end_a_read),
		TEST(a_fifo_does_not_block),
		TEST(a_link_is_followed_for_reading),
		TEST(numbers_are_decimal_or_hexadecimal),
		TEST(an_int_may_be_minus_one),
		TEST(what_is_no_number_is_refused),
		TEST(a_number_of_a_hundred_digits_is_too_big),
		TEST(a_missing_number_is_ENOENT),
		TEST(a_link_is_told_as_it_is_written),
		TEST(the_name_of_a_link_is_its_last_component),
		TEST(no_link_is_ENOENT_and_a_file_is_EINVAL),
		TEST(a_dangling_link_can_be_told_but_does_not_exist),
		TEST(a_long_link_is_told_whole),
		TEST(files_and_directories_exist),
		TEST(without_memory_there_is_no_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
