// SPDX-License-Identifier: GPL-2.0-only
/* Journals as text: what is written is what is read, and nothing else is taken for one. */
#include "unit.h"

#include <string.h>

#include "journal.h"

#define GIB (UINT64_C(1) << 30)

static const char good[] = "daxfsctl-journal 1\n"
			   "boot 01234567-89ab-cdef-0123-456789abcdef\n"
			   "process 4711 123456\n"
			   "device dax0.0\n"
			   "from kmem\n"
			   "kind hmem\n"
			   "size 536870912\n"
			   "align 2097152\n"
			   "range 0x100000000 0x10fffffff 0x0\n"
			   "range 0x118000000 0x127ffffff 0x10000\n"
			   "match 2\n"
			   "autoprobe 1\n"
			   "block-size 134217728\n"
			   "blocks 32 33 online Movable\n"
			   "blocks 35 35 offline none\n"
			   "blocks 36 36 absent none\n"
			   "to fsdev_dax 1073741824 4096\n"
			   "online 1 2\n"
			   "end\n";

static struct journal *parse(const char *text)
{
	struct journal *journal = NULL;

	assert_int_equal(journal_parse(text, &journal), 0);
	assert_non_null(journal);
	return journal;
}

static void every_field_is_read(void **state)
{
	_cleanup_(journal_freep) struct journal *journal = parse(good);
	const struct daxfs_range *ranges;
	size_t n;

	assert_string_equal(journal->boot_id, "01234567-89ab-cdef-0123-456789abcdef");
	assert_int_equal(journal->pid, 4711);
	assert_int_equal(journal->pid_start, 123456);
	assert_string_equal(journal->old->name, "dax0.0");
	assert_string_equal(journal->old->driver, "kmem");
	assert_int_equal(journal->old->mode, DAXFS_MODE_SYSTEM_RAM);
	assert_int_equal(journal->old->kind, DAXFS_KIND_HMEM);
	assert_int_equal(journal->old->size, 536870912);
	assert_int_equal(journal->old->align, 2097152);
	assert_true(daxfs_device_get_ranges(journal->old, &ranges, &n));
	assert_int_equal(n, 2);
	assert_int_equal(ranges[1].start, 0x118000000);
	assert_int_equal(ranges[1].end, 0x127ffffff);
	assert_int_equal(ranges[1].page_offset, 0x10000);
	assert_int_equal(journal->old_match, MATCH_YES);
	assert_true(journal->restore_autoprobe);
	assert_int_equal(journal->mode, DAXFS_MODE_FAMFS);
	assert_int_equal(journal->size, GIB);
	assert_int_equal(journal->align, 4096);
	assert_true(journal->onlines);
	assert_int_equal(journal->online, DAXFS_ONLINE_NONE);
}

static void blocks_of_one_line_are_several(void **state)
{
	_cleanup_(journal_freep) struct journal *journal = parse(good);

	assert_int_equal(journal->n_blocks, 4);
	assert_int_equal(journal->blocks[1].index, 33);
	assert_true(journal->blocks[1].is_online);
	assert_string_equal(journal->blocks[1].zone, "Movable");
	assert_int_equal(journal->blocks[2].index, 35);
	assert_true(journal->blocks[2].is_present);
	assert_false(journal->blocks[2].is_online);
	assert_string_equal(journal->blocks[2].zone, "");
	assert_false(journal->blocks[3].is_present);
}

static void what_is_written_is_what_was_read(void **state)
{
	_cleanup_(journal_freep) struct journal *journal = parse(good);
	_cleanup_free_ char *text = NULL;

	assert_int_equal(journal_format(journal, &text), 0);
	assert_string_equal(text, good);
}

static void a_held_journal_says_so(void **state)
{
	_cleanup_(journal_freep) struct journal *journal = parse(good), *again = NULL;
	_cleanup_free_ char *text = NULL;

	assert_false(journal->held);
	journal->held = true;
	assert_int_equal(journal_format(journal, &text), 0);
	assert_non_null(strstr(text, "\nheld\n"));
	again = parse(text);
	assert_true(again->held);
	assert_int_equal(again->pid, 4711);
}

static void a_device_without_driver_and_ranges_comes_back(void **state)
{
	_cleanup_(journal_freep) struct journal *journal = parse(good), *again = NULL;
	_cleanup_free_ char *text = NULL;

	free(TAKE_PTR(journal->old->driver));
	journal->old->n_mappings = 0;
	journal->old->size = 0;
	journal->mode = DAXFS_MODE_NONE;
	assert_int_equal(journal_format(journal, &text), 0);
	again = parse(text);
	assert_null(again->old->driver);
	assert_true(again->old->has_ranges);
	assert_int_equal(again->mode, DAXFS_MODE_NONE);
}

/* Every file that was cut short is refused, wherever it was cut. */
static void a_journal_that_was_cut_short_is_refused(void **state)
{
	for (size_t length = 0; length < strlen(good) - 1; length++) {
		_cleanup_free_ char *text = strndup(good, length);
		struct journal *journal = NULL;

		assert_non_null(text);
		assert_int_equal(journal_parse(text, &journal), -EBADMSG);
		assert_null(journal);
	}
}

static void a_journal_without_one_of_its_lines_is_refused(void **state)
{
	static const char *const needed[] = { "boot ",	    "process ",	   "device ", "from ",
					      "kind ",	    "size ",	   "align ",  "match ",
					      "autoprobe ", "block-size ", "to ",     "online " };

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		_cleanup_free_ char *text = strdup(good);
		struct journal *journal = NULL;
		char pattern[32], *line, *end;

		assert_non_null(text);
		snprintf(pattern, sizeof(pattern), "\n%s", needed[i]);
		line = strstr(text, pattern);
		assert_non_null(line);
		end = strchr(line + 1, '\n');
		memmove(line, end, strlen(end) + 1);
		assert_int_equal(journal_parse(text, &journal), -EBADMSG);
	}
}

static void bad_lines_are_refused(void **state)
{
	static const char *const bad[][2] = {
		{ "device dax0.0", "device ../dax0.0" },
		{ "device dax0.0", "device dax0.0\ndevice dax0.1" },
		{ "from kmem", "from ../../evil" },
		{ "to fsdev_dax", "to evil" },
		{ "size 536870912", "size -1" },
		{ "size 536870912", "size 536870912 7" },
		{ "range 0x100000000 0x10fffffff 0x0", "range 0x10fffffff 0x100000000 0x0" },
		{ "range 0x100000000 0x10fffffff 0x0", "range 0x100000000" },
		{ "blocks 32 33 online Movable", "blocks 33 32 online Movable" },
		{ "blocks 32 33 online Movable", "blocks 0 18446744073709551615 online Movable" },
		{ "blocks 32 33 online Movable", "blocks 32 33 online MovableMovableMovable" },
		{ "blocks 32 33 online Movable", "blocks 32 33 sleeping Movable" },
		{ "match 2", "match 3" },
		{ "autoprobe 1", "autoprobe 2" },
		{ "online 1 2", "online 1 3" },
		{ "kind hmem", "kind novel" },
		{ "process 4711 123456", "process 99999999999 1" },
		{ "daxfsctl-journal 1", "daxfsctl-journal 2" },
		{ "end\n", "end\nmore\n" },
		{ "match 2", "novel 2" },
		{ "match 2", "match 2\nheld\nheld" },
		{ "match 2", "match 2\nheld 1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const char *at = strstr(good, bad[i][0]);
		_cleanup_free_ char *text = NULL;
		struct journal *journal = NULL;

		assert_non_null(at);
		if (asprintf(&text, "%.*s%s%s", (int)(at - good), good, bad[i][1],
			     at + strlen(bad[i][0])) < 0)
			fail();
		assert_int_equal(journal_parse(text, &journal), -EBADMSG);
		assert_null(journal);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_read),
		cmocka_unit_test(blocks_of_one_line_are_several),
		cmocka_unit_test(what_is_written_is_what_was_read),
		cmocka_unit_test(a_held_journal_says_so),
		cmocka_unit_test(a_device_without_driver_and_ranges_comes_back),
		cmocka_unit_test(a_journal_that_was_cut_short_is_refused),
		cmocka_unit_test(a_journal_without_one_of_its_lines_is_refused),
		cmocka_unit_test(bad_lines_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
