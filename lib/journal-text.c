// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Journals as text: a line per fact, a word that names it and its values. Pure.
 *
 *	daxfsctl-journal 1
 *	device dax0.0
 *	range 0x100000000 0x11fffffff 0x0
 *	...
 *	end
 *
 * The last line tells a file that was cut short.
 */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "journal.h"

#define MAGIC "daxfsctl-journal 1"
#define NONE "none" /* no driver, no zone */

static void format_device(FILE *f, const struct daxfs_device *old)
{
	fprintf(f, "device %s\n", old->name);
	fprintf(f, "from %s\n", old->driver ? old->driver : NONE);
	fprintf(f, "kind %s\n", daxfs_kind_to_string(old->kind));
	fprintf(f, "size %" PRIu64 "\n", old->size);
	fprintf(f, "align %" PRIu64 "\n", old->align);
	for (size_t i = 0; old->has_ranges && i < old->n_mappings; i++)
		fprintf(f, "range 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64 "\n",
			old->ranges[i].start, old->ranges[i].end, old->ranges[i].page_offset);
}

/* Blocks that follow one another in the same state are one line. */
static void format_blocks(FILE *f, const struct memory_block *blocks, size_t n)
{
	for (size_t i = 0, first = 0; i < n; i++) {
		const struct memory_block *a = &blocks[i], *b = &blocks[i + 1];

		if (i + 1 < n && b->index == a->index + 1 && b->is_online == a->is_online &&
		    b->is_present == a->is_present && strcmp(a->zone, b->zone) == 0)
			continue;
		fprintf(f, "blocks %" PRIu64 " %" PRIu64 " %s %s\n", blocks[first].index, a->index,
			a->is_online	? "online"
			: a->is_present ? "offline"
					: "absent",
			a->zone[0] ? a->zone : NONE);
		first = i + 1;
	}
}

int journal_format(const struct journal *journal, char **ret_text)
{
	_cleanup_fclose_ FILE *f = NULL;
	char *text = NULL;
	size_t size;

	f = open_memstream(&text, &size);
	if (!f)
		return -ENOMEM;
	fprintf(f, MAGIC "\n");
	fprintf(f, "boot %s\n", journal->boot_id);
	fprintf(f, "process %ld %" PRIu64 "\n", (long)journal->pid, journal->pid_start);
	if (journal->held)
		fprintf(f, "held\n");
	if (journal->inode)
		fprintf(f, "inode %" PRIu64 "\n", journal->inode);
	format_device(f, journal->old);
	fprintf(f, "match %d\n", (int)journal->old_match);
	fprintf(f, "autoprobe %d\n", journal->restore_autoprobe);
	fprintf(f, "block-size %" PRIu64 "\n", journal->block_size);
	format_blocks(f, journal->blocks, journal->n_blocks);
	fprintf(f, "to %s %" PRIu64 " %" PRIu64 "\n",
		journal->mode == DAXFS_MODE_NONE ? NONE : daxfs_mode_get_driver(journal->mode),
		journal->size, journal->align);
	fprintf(f, "online %d %d\n", journal->onlines, (int)journal->online);
	if (journal->deletes)
		fprintf(f, "deletes\n");
	fprintf(f, "end\n");
	/* Without memory at the very end there is no text, whatever fclose() says. */
	if (ferror(f) | fclose(TAKE_PTR(f)) || !text) {
		free(text);
		return -ENOMEM;
	}
	*ret_text = text;
	return 0;
}

/* ---- and back */

/* The lines so far. */
struct reader {
	struct journal *journal;
	unsigned int seen; /* which of the lines that must be there */
};

static int read_number(char **save, uint64_t max, uint64_t *ret_value)
{
	const char *word = strtok_r(NULL, " ", save);
	uint64_t value;

	if (!word || parse_u64(word, 0, &value) < 0 || value > max)
		return -EBADMSG;
	*ret_value = value;
	return 0;
}

static int read_boot(struct reader *reader, char **save)
{
	const char *word = strtok_r(NULL, " ", save);

	if (!word || strlen(word) >= sizeof(reader->journal->boot_id))
		return -EBADMSG;
	strcpy(reader->journal->boot_id, word);
	return 0;
}

static int read_process(struct reader *reader, char **save)
{
	uint64_t pid;

	if (read_number(save, INT_MAX, &pid) < 0)
		return -EBADMSG;
	reader->journal->pid = pid;
	return read_number(save, UINT64_MAX, &reader->journal->pid_start);
}

static int read_held(struct reader *reader, char **save)
{
	if (reader->journal->held)
		return -EBADMSG;
	reader->journal->held = true;
	return 0;
}

static int read_inode(struct reader *reader, char **save)
{
	return reader->journal->inode ? -EBADMSG
				      : read_number(save, UINT64_MAX, &reader->journal->inode);
}

static int read_device(struct reader *reader, char **save)
{
	const char *word = strtok_r(NULL, " ", save);
	struct daxfs_device *old = reader->journal->old;

	if (!word || *old->name || daxfs_parse_device_name(word, &old->region_id, &old->id) < 0)
		return -EBADMSG;
	strcpy(old->name, word); /* its room is that of any name */
	return 0;
}

static int read_from(struct reader *reader, char **save)
{
	const char *word = strtok_r(NULL, " ", save);
	struct daxfs_device *old = reader->journal->old;

	if (!word || old->driver)
		return -EBADMSG;
	if (strcmp(word, NONE) == 0)
		return 0;
	/* The name becomes part of a path: only the drivers that are known. */
	if (driver_index(word) < 0)
		return -EBADMSG;
	old->driver = strdup(word);
	if (!old->driver)
		return -ENOMEM;
	old->mode = mode_from_driver(word);
	return 0;
}

static int read_kind(struct reader *reader, char **save)
{
	const char *word = strtok_r(NULL, " ", save);

	if (!word || daxfs_kind_from_string(word, &reader->journal->old->kind) < 0)
		return -EBADMSG;
	return 0;
}

static int read_size(struct reader *reader, char **save)
{
	reader->journal->old->has_size = true;
	return read_number(save, UINT64_MAX, &reader->journal->old->size);
}

static int read_align(struct reader *reader, char **save)
{
	reader->journal->old->has_align = true;
	return read_number(save, UINT64_MAX, &reader->journal->old->align);
}

static int read_range(struct reader *reader, char **save)
{
	struct daxfs_device *old = reader->journal->old;
	struct daxfs_range *ranges, *range;

	ranges = reallocarray(old->ranges, old->n_mappings + 1, sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	old->ranges = ranges;
	range = &ranges[old->n_mappings++];
	*range = (struct daxfs_range){};
	if (read_number(save, UINT64_MAX, &range->start) < 0 ||
	    read_number(save, UINT64_MAX, &range->end) < 0 ||
	    read_number(save, UINT64_MAX, &range->page_offset) < 0 || range->end < range->start)
		return -EBADMSG;
	return 0;
}

static int read_match(struct reader *reader, char **save)
{
	uint64_t value;

	if (read_number(save, MATCH_YES, &value) < 0)
		return -EBADMSG;
	reader->journal->old_match = value;
	return 0;
}

static int read_autoprobe(struct reader *reader, char **save)
{
	uint64_t value;

	if (read_number(save, 1, &value) < 0)
		return -EBADMSG;
	reader->journal->restore_autoprobe = value;
	return 0;
}

static int read_block_size(struct reader *reader, char **save)
{
	return read_number(save, UINT64_MAX, &reader->journal->block_size);
}

/* More blocks than a journal of the largest machine names are a broken file. */
#define BLOCKS_MAX (1 << 20)

static int add_blocks(struct journal *journal, uint64_t first, uint64_t last,
		      const struct memory_block *like)
{
	size_t n = last - first + 1;
	struct memory_block *blocks;

	blocks = reallocarray(journal->blocks, journal->n_blocks + n, sizeof(*blocks));
	if (!blocks)
		return -ENOMEM;
	journal->blocks = blocks;
	for (uint64_t index = first; index <= last; index++) {
		blocks[journal->n_blocks] = *like;
		blocks[journal->n_blocks++].index = index;
	}
	return 0;
}

static int read_blocks(struct reader *reader, char **save)
{
	struct memory_block like = {};
	const char *state, *zone;
	uint64_t first, last;

	if (read_number(save, UINT64_MAX, &first) < 0 || read_number(save, UINT64_MAX, &last) < 0)
		return -EBADMSG;
	state = strtok_r(NULL, " ", save);
	zone = strtok_r(NULL, " ", save);
	if (!state || !zone || strlen(zone) >= sizeof(like.zone) || last < first ||
	    last - first >= BLOCKS_MAX - reader->journal->n_blocks)
		return -EBADMSG;
	like.is_online = strcmp(state, "online") == 0;
	like.is_present = like.is_online || strcmp(state, "offline") == 0;
	if (!like.is_present && strcmp(state, "absent") != 0)
		return -EBADMSG;
	if (strcmp(zone, NONE) != 0)
		strcpy(like.zone, zone);
	return add_blocks(reader->journal, first, last, &like);
}

static int read_to(struct reader *reader, char **save)
{
	const char *word = strtok_r(NULL, " ", save);

	if (!word || (strcmp(word, NONE) != 0 && driver_index(word) < 0))
		return -EBADMSG;
	reader->journal->mode = strcmp(word, NONE) == 0 ? DAXFS_MODE_NONE : mode_from_driver(word);
	if (read_number(save, UINT64_MAX, &reader->journal->size) < 0)
		return -EBADMSG;
	return read_number(save, UINT64_MAX, &reader->journal->align);
}

static int read_online(struct reader *reader, char **save)
{
	uint64_t onlines, online;

	if (read_number(save, 1, &onlines) < 0 || read_number(save, DAXFS_ONLINE_NONE, &online) < 0)
		return -EBADMSG;
	reader->journal->onlines = onlines;
	reader->journal->online = online;
	return 0;
}

static int read_deletes(struct reader *reader, char **save)
{
	(void)save;
	if (reader->journal->deletes)
		return -EBADMSG;
	reader->journal->deletes = true;
	return 0;
}

static const struct {
	const char *word;
	int (*read)(struct reader *reader, char **save);
	bool may_repeat; /* and may be absent */
} lines[] = {
	{ "boot", read_boot, false },
	{ "process", read_process, false },
	{ "held", read_held, true },
	{ "inode", read_inode, true },
	{ "device", read_device, false },
	{ "from", read_from, false },
	{ "kind", read_kind, false },
	{ "size", read_size, false },
	{ "align", read_align, false },
	{ "range", read_range, true },
	{ "match", read_match, false },
	{ "autoprobe", read_autoprobe, false },
	{ "block-size", read_block_size, false },
	{ "blocks", read_blocks, true },
	{ "to", read_to, false },
	{ "online", read_online, false },
	{ "deletes", read_deletes, true },
};

static int read_line(struct reader *reader, char *line)
{
	char *save = NULL;
	const char *word = strtok_r(line, " ", &save);

	for (size_t i = 0; word && i < ARRAY_SIZE(lines); i++) {
		int r;

		if (strcmp(word, lines[i].word) != 0)
			continue;
		if (!lines[i].may_repeat && reader->seen & 1U << i)
			return -EBADMSG;
		reader->seen |= 1U << i;
		r = lines[i].read(reader, &save);
		return r == 0 && strtok_r(NULL, " ", &save) ? -EBADMSG : r;
	}
	return -EBADMSG;
}

static bool is_complete(const struct reader *reader)
{
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (!lines[i].may_repeat && !(reader->seen & 1U << i))
			return false;
	return true;
}

static int read_lines(struct reader *reader, char *text)
{
	char *save = NULL, *line = strtok_r(text, "\n", &save);

	if (!line || strcmp(line, MAGIC) != 0)
		return -EBADMSG;
	while ((line = strtok_r(NULL, "\n", &save))) {
		int r;

		if (strcmp(line, "end") == 0)
			return is_complete(reader) && !strtok_r(NULL, "\n", &save) ? 0 : -EBADMSG;
		r = read_line(reader, line);
		if (r < 0)
			return r;
	}
	return -EBADMSG;
}

int journal_parse(const char *text, struct journal **ret_journal)
{
	_cleanup_(journal_freep) struct journal *journal = calloc(1, sizeof(*journal));
	struct reader reader = { .journal = journal };
	_cleanup_free_ char *copy = strdup(text);
	int r;

	if (!journal || !copy)
		return -ENOMEM;
	journal->old = calloc(1, sizeof(*journal->old));
	if (!journal->old)
		return -ENOMEM;
	journal->old->refcount = 1;
	r = read_lines(&reader, copy);
	if (r < 0)
		return r;
	journal->old->has_ranges = journal->old->n_mappings > 0 || journal->old->size == 0;
	*ret_journal = TAKE_PTR(journal);
	return 0;
}
