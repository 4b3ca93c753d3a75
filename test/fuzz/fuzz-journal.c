// SPDX-License-Identifier: GPL-2.0-only
/* Journals: what is taken for one can be written and read again, and is the same then. */
#include "fuzz.h"

#include <inttypes.h>

#include "journal.h"

/* One line can stand for millions of blocks; that costs memory and finds nothing more. */
#define BLOCKS_LIMIT 1024

static bool has_many_blocks(const char *text)
{
	for (const char *s = strstr(text, "blocks "); s; s = strstr(s + 1, "blocks ")) {
		char *end = NULL;
		uint64_t first = strtoull(s + 7, &end, 0);

		if (strtoull(end, NULL, 0) - first > BLOCKS_LIMIT)
			return true;
	}
	return false;
}

static void same_device(const struct daxfs_device *a, const struct daxfs_device *b)
{
	REQUIRE(strcmp(a->name, b->name) == 0);
	REQUIRE(a->region_id == b->region_id && a->id == b->id);
	REQUIRE(!a->driver == !b->driver && (!a->driver || !strcmp(a->driver, b->driver)));
	REQUIRE(a->mode == b->mode && a->kind == b->kind);
	REQUIRE(a->size == b->size && a->align == b->align);
	REQUIRE(a->has_ranges == b->has_ranges && a->n_mappings == b->n_mappings);
	for (size_t i = 0; i < a->n_mappings; i++)
		REQUIRE(memcmp(&a->ranges[i], &b->ranges[i], sizeof(a->ranges[i])) == 0);
}

static void same_blocks(const struct journal *a, const struct journal *b)
{
	REQUIRE(a->n_blocks == b->n_blocks);
	for (size_t i = 0; i < a->n_blocks; i++) {
		const struct memory_block *x = &a->blocks[i], *y = &b->blocks[i];

		REQUIRE(x->index == y->index && x->is_present == y->is_present);
		REQUIRE(x->is_online == y->is_online && strcmp(x->zone, y->zone) == 0);
	}
}

static void same_journal(const struct journal *a, const struct journal *b)
{
	same_device(a->old, b->old);
	same_blocks(a, b);
	REQUIRE(strcmp(a->boot_id, b->boot_id) == 0);
	REQUIRE(a->pid == b->pid && a->pid_start == b->pid_start);
	REQUIRE(a->held == b->held && a->inode == b->inode);
	REQUIRE(a->old_match == b->old_match && a->restore_autoprobe == b->restore_autoprobe);
	REQUIRE(a->block_size == b->block_size && a->mode == b->mode);
	REQUIRE(a->size == b->size && a->align == b->align);
	REQUIRE(a->onlines == b->onlines && a->online == b->online);
}

/* What becomes part of a path, or is used as an index, is of the form it has to be. */
static void check_fields(const struct journal *journal)
{
	const struct daxfs_device *old = journal->old;

	REQUIRE(daxfs_parse_device_name(old->name, NULL, NULL) == 0);
	REQUIRE(!old->driver || strcmp(daxfs_mode_get_driver(old->mode), old->driver) == 0);
	REQUIRE(daxfs_kind_to_string(old->kind));
	REQUIRE(journal->mode < DAXFS_MODE_OTHER && journal->old_match <= MATCH_YES);
	REQUIRE(journal->pid >= 0 && journal->online <= DAXFS_ONLINE_NONE);
	for (size_t i = 0; i < old->n_mappings; i++)
		REQUIRE(old->ranges[i].start <= old->ranges[i].end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(journal_freep) struct journal *journal = NULL, *again = NULL;
	_cleanup_free_ char *text = fuzz_text(data, size), *first = NULL, *second = NULL;
	int r;

	if (has_many_blocks(text))
		return 0;
	r = journal_parse(text, &journal);
	if (r < 0) {
		REQUIRE(r == -EBADMSG && !journal);
		return 0;
	}
	check_fields(journal);
	REQUIRE(journal_format(journal, &first) == 0);
	REQUIRE(journal_parse(first, &again) == 0);
	same_journal(journal, again);
	REQUIRE(journal_format(again, &second) == 0);
	REQUIRE(strcmp(first, second) == 0);
	return 0;
}
