// SPDX-License-Identifier: GPL-2.0-only
/* Numbers as sysfs and /proc have them: the same answer as another, wider, parser gives. */
#include "reference.h"
#include "users.h"

static void check_u64(const char *text, int base)
{
	uint64_t value = UNTOUCHED, expected = UNTOUCHED;

	REQUIRE(parse_u64(text, base, &value) == reference_u64(text, base, &expected));
	REQUIRE(value == expected);
}

static void check_int(const char *text)
{
	int value = UNTOUCHED, expected = UNTOUCHED;

	REQUIRE(parse_int(text, &value) == reference_int(text, &expected));
	REQUIRE(value == expected);
}

/* "MAJOR:MINOR" */
static void check_dev(const char *text)
{
	unsigned int major = UNTOUCHED, minor = UNTOUCHED;
	const char *colon = strchr(text, ':');
	_cleanup_free_ char *first = colon ? strndup(text, colon - text) : NULL;
	uint64_t numbers[2];
	int r = users_parse_dev(text, &major, &minor);

	if (r == 0) {
		REQUIRE(first && reference_u64(first, 10, &numbers[0]) == 0 && numbers[0] == major);
		REQUIRE(reference_u64(colon + 1, 10, &numbers[1]) == 0 && numbers[1] == minor);
	} else {
		REQUIRE(r == -EINVAL && major == UNTOUCHED && minor == UNTOUCHED);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);

	check_u64(text, 0);
	check_u64(text, 10);
	check_u64(text, 16);
	check_int(text);
	check_dev(text);
	return 0;
}
