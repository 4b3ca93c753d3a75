// SPDX-License-Identifier: GPL-2.0-only
/*
 * The format of a tracepoint, up to the first NUL, and behind that an event of it: what is found is
 * within bounds.
 */
#include "fuzz.h"
#include "tracepoint.h"

static void check_field(FILE *format, const char *name, const uint8_t *event, size_t size)
{
	struct trace_field field = { UNTOUCHED, UNTOUCHED };
	uint64_t value = UNTOUCHED;
	int r;

	rewind(format);
	r = trace_find_field(format, name, &field);
	REQUIRE(r == 0 || r == -ENOENT);
	if (r < 0) {
		REQUIRE(field.offset == UNTOUCHED && field.size == UNTOUCHED);
		return;
	}
	r = trace_read_field(event, size, &field, &value);
	REQUIRE(r == 0 || (r == -EBADMSG && value == UNTOUCHED));
	REQUIRE(r < 0 || field.offset + field.size <= size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "dpa", "dpa_length", "flags", "" };
	_cleanup_free_ char *text = fuzz_text(data, size);
	_cleanup_fclose_ FILE *format = NULL;
	size_t length = strlen(text);

	if (length == 0)
		return 0;
	format = fmemopen(text, length, "r");
	REQUIRE(format);
	data += length < size ? length + 1 : length;
	size -= length < size ? length + 1 : length;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		check_field(format, names[i], data, size);
	return 0;
}
