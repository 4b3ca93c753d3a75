// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes of sysfs, as text and as numbers. The first byte of an input is how many bytes a
 * read() gives at most; 0 is no limit, as the kernel does it. The linker puts the two functions
 * here in place of libc's.
 */
#include "reference.h"

#include <fcntl.h>

#include "sysfs.h"

static const uint8_t *content;
static size_t content_size, position, piece;
static bool is_active;
static int null_fd = -1;

int __real_openat(int dir_fd, const char *path, int flags, ...);
int __real_openat64(int dir_fd, const char *path, int flags, ...);
int __wrap_openat(int dir_fd, const char *path, int flags, ...);
int __wrap_openat64(int dir_fd, const char *path, int flags, ...);
ssize_t __real_read(int fd, void *buf, size_t size);
ssize_t __wrap_read(int fd, void *buf, size_t size);

static int open_fake(void)
{
	position = 0;
	return dup(null_fd);
}

int __wrap_openat(int dir_fd, const char *path, int flags, ...)
{
	return is_active ? open_fake() : __real_openat(dir_fd, path, flags, 0600);
}

int __wrap_openat64(int dir_fd, const char *path, int flags, ...)
{
	return is_active ? open_fake() : __real_openat64(dir_fd, path, flags, 0600);
}

ssize_t __wrap_read(int fd, void *buf, size_t size)
{
	size_t n = content_size - position;

	if (!is_active)
		return __real_read(fd, buf, size);
	if (n > size)
		n = size;
	if (piece && n > piece)
		n = piece;
	if (n > 0)
		memcpy(buf, content + position, n);
	position += n;
	return n;
}

/* The text has to fit with its NUL; a newline that ends a piece ends it. */
static int reference_text(size_t room, char *ret_text)
{
	size_t length = 0;

	while (length < content_size) {
		size_t n = piece && piece < content_size - length ? piece : content_size - length;

		if (n > room - length)
			n = room - length;
		length += n;
		if (length == room)
			return -EFBIG;
		if (content[length - 1] == '\n')
			break;
	}
	if (length && memchr(content, '\0', length))
		return -EINVAL;
	while (length > 0 && content[length - 1] == '\n')
		length--;
	if (length)
		memcpy(ret_text, content, length);
	ret_text[length] = '\0';
	return 0;
}

static void check_texts(void)
{
	char text[SYSFS_TEXT_MAX] = "", expected[SYSFS_TEXT_MAX] = "";
	_cleanup_free_ char *string = NULL;
	int r = reference_text(sizeof(expected), expected);

	REQUIRE(sysfs_read_text(-1, "x", text, sizeof(text)) == r);
	REQUIRE(sysfs_read_string(-1, "x", &string) == r);
	if (r == 0)
		REQUIRE(strcmp(text, expected) == 0 && strcmp(string, expected) == 0);
	r = reference_text(8, expected);
	REQUIRE(sysfs_read_text(-1, "x", text, 8) == r);
	if (r == 0)
		REQUIRE(strcmp(text, expected) == 0);
}

static void check_numbers(void)
{
	uint64_t value = UNTOUCHED, expected = UNTOUCHED;
	int number = UNTOUCHED, expected_number = UNTOUCHED, r;
	char text[64];

	r = reference_text(sizeof(text), text);
	REQUIRE(sysfs_read_u64(-1, "x", &value) == (r ? r : reference_u64(text, 0, &expected)));
	REQUIRE(value == expected);
	REQUIRE(sysfs_read_hex(-1, "x", &value) == (r ? r : reference_u64(text, 16, &expected)));
	REQUIRE(value == expected);
	REQUIRE(sysfs_read_int(-1, "x", &number) ==
		(r ? r : reference_int(text, &expected_number)));
	REQUIRE(number == expected_number);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (null_fd < 0)
		null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	REQUIRE(null_fd >= 0);
	if (size == 0)
		return 0;
	piece = data[0];
	content = data + 1;
	content_size = size - 1;
	is_active = true;
	check_texts();
	check_numbers();
	is_active = false;
	return 0;
}
