// SPDX-License-Identifier: GPL-2.0-only
/* BTF that is damaged is refused, or read as what it says; nothing outside of it is touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "btf.h"

#include "../unit/prng.h"

#define DAMAGES 20000

/* A word each: an int, struct s { int first; int second; }, enum e { ONE = 1 }, and f(first) */
static const struct image {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t header_bytes, types_offset, types_bytes, strings_offset, strings_bytes;
	uint32_t types[4 + 9 + 5 + 5 + 3];
	char strings[32];
} image = {
	.magic = 0xeb9f,
	.version = 1,
	.header_bytes = 24,
	.types_bytes = sizeof(image.types),
	.strings_offset = sizeof(image.types),
	.strings_bytes = sizeof(image.strings),
	/* clang-format off */
	.types = {
		1, 1 << 24, 4, 32,					/* 1: int */
		5, 4 << 24 | 2, 8, 7, 1, 0, 13, 1, 32,			/* 2: struct s */
		20, 6 << 24 | 1, 4, 22, 1,				/* 3: enum e */
		0, 13 << 24 | 1, 1, 7, 1,				/* 4: a prototype */
		26, 12 << 24, 4,					/* 5: f */
	},
	/* clang-format on */
	.strings = "\0int\0s\0first\0second\0e\0ONE\0f",
};

static struct btf *open_image(const void *bytes, size_t count)
{
	int fd = memfd_create("btf", 0);
	struct btf *btf;
	char path[32];

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, count), count);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	btf = btf_open(path);
	close(fd);
	return btf;
}

static void what_is_asked_for_is_found(void **state)
{
	struct btf *btf = open_image(&image, sizeof(image));
	struct btf_member member;
	int32_t value;

	assert_non_null(btf);
	assert_int_equal(btf_find(btf, BTF_STRUCT, "s"), 2);
	assert_int_equal(btf_find(btf, BTF_ENUM, "s"), 0);
	assert_int_equal(btf_size(btf, 2), 8);
	assert_true(btf_member(btf, 2, "second", &member));
	assert_int_equal(member.offset, 4);
	assert_int_equal(member.size, 4);
	assert_false(btf_member(btf, 2, "third", &member));
	assert_true(btf_enumerator(btf, btf_find(btf, BTF_ENUM, "e"), "ONE", &value));
	assert_int_equal(value, 1);
	assert_int_equal(btf_arguments(btf, btf_find(btf, BTF_FUNC, "f")), 1);
	btf_close(btf);
}

static void ask_everything(const struct btf *btf)
{
	uint32_t id;
	struct btf_member member;
	int32_t value;

	id = btf_find(btf, BTF_STRUCT, "s");
	if (id) {
		btf_size(btf, id);
		btf_member(btf, id, "second", &member);
	}
	id = btf_find(btf, BTF_ENUM, "e");
	if (id)
		btf_enumerator(btf, id, "ONE", &value);
	id = btf_find(btf, BTF_FUNC, "f");
	if (id)
		btf_arguments(btf, id);
}

/* A sanitizer sees what is read where it should not be */
static void damages_do_no_harm(void **state)
{
	uint64_t random = 7;
	int opened = 0;

	/* what is refused is told on stderr */
	assert_non_null(freopen("/dev/null", "w", stderr));
	for (int i = 0; i < DAMAGES; i++) {
		unsigned char bytes[sizeof(image)];
		size_t count = sizeof(bytes);
		struct btf *btf;

		memcpy(bytes, &image, sizeof(bytes));
		for (uint64_t n = 1 + prng_below(&random, 3); n > 0; n--)
			bytes[prng_below(&random, sizeof(bytes))] = prng_next(&random);
		if (prng_below(&random, 4) == 0)
			count = prng_below(&random, count);
		btf = open_image(bytes, count);
		if (!btf)
			continue;
		ask_everything(btf);
		opened++;
		btf_close(btf);
	}
	/* both happened */
	assert_in_range(opened, DAMAGES / 100, DAMAGES - DAMAGES / 100);
}

static void types_that_go_in_circles_have_no_size(void **state)
{
	struct image circle = image;
	struct btf *btf;

	/* the int becomes a typedef of itself */
	circle.types[1] = 8 << 24;
	circle.types[2] = 1;
	/* which has a word less */
	memmove(&circle.types[3], &image.types[4], sizeof(image.types) - sizeof(uint32_t) * 4);
	circle.types_bytes -= sizeof(uint32_t);
	btf = open_image(&circle, sizeof(circle));
	assert_non_null(btf);
	assert_int_equal(btf_size(btf, 1), 0);
	btf_close(btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_asked_for_is_found),
		cmocka_unit_test(types_that_go_in_circles_have_no_size),
		cmocka_unit_test(damages_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
