// SPDX-License-Identifier: GPL-2.0-only
/* Sizes: the same answer as another, wider, parser gives. */
#include "reference.h"

/* The power of two of a suffix; -1 for none that is known. */
static int reference_shift(const char *suffix)
{
	static const char *const suffixes[][3] = {
		{ "k", "K", "iB" }, { "m", "M", "iB" }, { "g", "G", "iB" }, { "t", "T", "iB" }
	};

	if (!*suffix)
		return 0;
	for (int i = 0; i < 4; i++)
		if (*suffix == *suffixes[i][0] || *suffix == *suffixes[i][1])
			return !suffix[1] || !strcmp(suffix + 1, suffixes[i][2]) ? 10 * (i + 1)
										 : -1;
	return -1;
}

static int reference_size(const char *text, uint64_t *ret_bytes)
{
	const char *end;
	unsigned __int128 value = reference_digits(text, 0, &end);
	int shift = reference_shift(end);

	if (end == text)
		return -EINVAL;
	/* Too many digits are found before a bad suffix. */
	if (value > UINT64_MAX)
		return -ERANGE;
	if (shift < 0)
		return -EINVAL;
	if (value << shift > UINT64_MAX)
		return -ERANGE;
	*ret_bytes = value << shift;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	uint64_t bytes = UNTOUCHED, expected = UNTOUCHED;
	char again[32];

	REQUIRE(daxfs_parse_size(text, &bytes) == reference_size(text, &expected));
	REQUIRE(bytes == expected);
	/* Any value can be written so that it is read again. */
	snprintf(again, sizeof(again), "0x%llx", (unsigned long long)bytes);
	REQUIRE(daxfs_parse_size(again, &expected) == 0 && expected == bytes);
	return 0;
}
