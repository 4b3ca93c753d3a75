// SPDX-License-Identifier: GPL-2.0-only
/* /proc/iomem: the same answer as another reader of it gives. */
#include "reference.h"

#include "device.h"
#include "iomem.h"

static const struct daxfs_range ranges[] = {
	{ .start = 0x100000000, .end = 0x11fffffff },
	{ .start = 0x140000000, .end = 0x14fffffff },
};

/* A number that ends at @end, which is a character in its text. */
static bool read_address(const char *text, const char *end, uint64_t *ret_address)
{
	_cleanup_free_ char *number = strndup(text, end - text);

	REQUIRE(number);
	return reference_u64(number, 16, ret_address) == 0;
}

static bool read_line(const char *line, uint64_t *ret_start, uint64_t *ret_end, const char **name)
{
	const char *dash, *colon;

	while (*line == ' ')
		line++;
	dash = strchr(line, '-');
	colon = strstr(line, " : ");
	if (!dash || !colon || dash > colon)
		return false;
	*name = colon + 3;
	return read_address(line, dash, ret_start) && read_address(dash + 1, colon, ret_end) &&
	       *ret_start <= *ret_end;
}

static bool shares_a_byte(uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		if (start <= ranges[i].end && end >= ranges[i].start)
			return true;
	return false;
}

/*
 * *ret_n is how many entries iomem_read_file() has to find: none from the first on that begins behind
 * the ranges, but after that of the name if @is_name_last.
 */
static int reference(const uint8_t *data, size_t size, bool is_name_last, bool *ret_found,
		     size_t *ret_n)
{
	bool has_addresses = false, found = false, is_named = !is_name_last, is_through = false;
	size_t n = 0;

	while (size > 0) {
		const uint8_t *newline = memchr(data, '\n', size);
		size_t length = newline ? (size_t)(newline - data) : size;
		_cleanup_free_ char *line = fuzz_text(data, length);
		uint64_t start = 0, end = 0;
		const char *name;

		data += length + !!newline;
		size -= length + !!newline;
		if (!read_line(line, &start, &end, &name))
			continue;
		has_addresses |= end > 0;
		is_through |= has_addresses && is_named &&
			      start > ranges[ARRAY_SIZE(ranges) - 1].end;
		is_named |= !strcmp(name, "hmem.0");
		n += !is_through && (shares_a_byte(start, end) || !strcmp(name, "hmem.0"));
		for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
			found |= !strcmp(name, "System RAM (kmem)") && start >= ranges[i].start &&
				 end <= ranges[i].end;
	}
	if (!has_addresses)
		return -EACCES;
	*ret_found = found;
	*ret_n = n;
	return 0;
}

static void require_entries(FILE *file, bool is_name_last, int expected, size_t n_expected)
{
	const struct iomem_filter filter = { .ranges = ranges,
					     .n_ranges = ARRAY_SIZE(ranges),
					     .name = "hmem.0",
					     .is_name_last = is_name_last };
	_cleanup_free_ struct iomem_entry *entries = NULL;
	size_t n = 0;

	rewind(file);
	REQUIRE(iomem_read_file(file, &filter, &entries, &n) == expected);
	REQUIRE(n == n_expected);
	for (size_t i = 0; i < n; i++)
		REQUIRE(entries[i].start <= entries[i].end &&
			(shares_a_byte(entries[i].start, entries[i].end) ||
			 !strcmp(entries[i].name, "hmem.0")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_fclose_ FILE *file = NULL;
	bool found = false, expected = false;
	size_t n = 0;
	int r;

	if (size == 0)
		return 0;
	file = fmemopen((void *)data, size, "r");
	REQUIRE(file);
	for (int is_name_last = 0; is_name_last < 2; is_name_last++) {
		rewind(file);
		r = reference(data, size, is_name_last, &expected, &n);
		REQUIRE(iomem_find_kmem(file, ranges, ARRAY_SIZE(ranges), &found) == r);
		REQUIRE(found == expected);
		require_entries(file, is_name_last, r, n);
	}
	return 0;
}
