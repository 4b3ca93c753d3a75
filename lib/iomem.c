// SPDX-License-Identifier: LGPL-2.1-or-later
#include "iomem.h"

#include <string.h>

#include "device.h"
#include "text-file.h"

struct entry {
	uint64_t start;
	uint64_t end;
	unsigned int depth;
	const char *name; /* within the line */
};

/* "  100000000-11fffffff : System RAM (kmem)"; the indentation is the nesting. */
static int parse_line(char *line, struct entry *ret_entry)
{
	char *dash, *colon;

	ret_entry->depth = strspn(line, " ") / 2;
	line += strspn(line, " ");
	line[strcspn(line, "\n")] = '\0';
	dash = strchr(line, '-');
	colon = strstr(line, " : ");
	if (!dash || !colon || colon < dash)
		return -EINVAL;
	*dash = *colon = '\0';
	if (parse_u64(line, 16, &ret_entry->start) < 0 ||
	    parse_u64(dash + 1, 16, &ret_entry->end) < 0 || ret_entry->end < ret_entry->start)
		return -EINVAL;
	ret_entry->name = colon + 3;
	return 0;
}

static bool is_inside_one(const struct entry *entry, const struct daxfs_range *ranges,
			  size_t n_ranges)
{
	for (size_t i = 0; i < n_ranges; i++)
		if (entry->start >= ranges[i].start && entry->end <= ranges[i].end)
			return true;
	return false;
}

int iomem_find_kmem(FILE *file, const struct daxfs_range *ranges, size_t n_ranges, bool *ret_found)
{
	_cleanup_free_ char *line = NULL;
	bool has_addresses = false;
	struct entry entry;
	size_t room = 0;

	while (getline(&line, &room, file) >= 0) {
		if (parse_line(line, &entry) < 0)
			continue;
		has_addresses = has_addresses || entry.end > 0;
		if (strcmp(entry.name, "System RAM (kmem)") == 0 &&
		    is_inside_one(&entry, ranges, n_ranges)) {
			*ret_found = true;
			return 0;
		}
	}
	if (ferror(file))
		return -EIO;
	if (!has_addresses)
		return -EACCES;
	*ret_found = false;
	return 0;
}

int iomem_has_kmem(struct daxfs_ctx *ctx, const struct daxfs_range *ranges, size_t n_ranges,
		   bool *ret_found)
{
	_cleanup_fclose_ FILE *file = NULL;
	int r;

	r = text_file_open(ctx->proc_root, "iomem", &file);
	return r < 0 ? r : iomem_find_kmem(file, ranges, n_ranges, ret_found);
}

static bool shares_a_byte(const struct iomem_entry *entry, const struct daxfs_range *ranges,
			  size_t n_ranges)
{
	for (size_t i = 0; i < n_ranges; i++)
		if (entry->start <= ranges[i].end && ranges[i].start <= entry->end)
			return true;
	return false;
}

/* The kernel has them in the order of their starts, what lies in an entry right behind that. */
static bool is_behind(const struct iomem_entry *entry, const struct iomem_filter *filter)
{
	for (size_t i = 0; i < filter->n_ranges; i++)
		if (entry->start <= filter->ranges[i].end)
			return false;
	return true;
}

static int append(struct iomem_entry **entries, size_t *n, const struct iomem_entry *entry)
{
	struct iomem_entry *more = *entries;

	/* Room is made for 1, 2, 4, ... */
	if ((*n & (*n - 1)) == 0)
		more = reallocarray(*entries, *n ? 2 * *n : 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	*entries = more;
	more[(*n)++] = *entry;
	return 0;
}

/* The file, as far as it was read. */
struct iomem_text {
	FILE *file;
	char *line; /* the last one, with room for so much */
	size_t room;
	struct iomem_entry *entries;
	size_t n;
};

struct iomem_text *iomem_text_free(struct iomem_text *text)
{
	if (!text)
		return NULL;
	if (text->file)
		fclose(text->file);
	free(text->line);
	free(text->entries);
	free(text);
	return NULL;
}

DEFINE_CLEANUP(struct iomem_text *, iomem_text_free)

/* Reads one more entry: 1; 0 at the end. */
static int read_more(struct iomem_text *text)
{
	struct iomem_entry entry = {};
	struct entry parsed;
	int r;

	do {
		if (getline(&text->line, &text->room, text->file) < 0)
			return ferror(text->file) ? -EIO : 0;
	} while (parse_line(text->line, &parsed) < 0);
	entry.start = parsed.start;
	entry.end = parsed.end;
	entry.depth = parsed.depth;
	snprintf(entry.name, sizeof(entry.name), "%s", parsed.name);
	r = append(&text->entries, &text->n, &entry);
	return r < 0 ? r : 1;
}

/* Entry @i: 1; 0 when there are not so many. */
static int entry_at(struct iomem_text *text, size_t i, const struct iomem_entry **ret_entry)
{
	int r = 1;

	while (r > 0 && i >= text->n)
		r = read_more(text);
	if (r > 0)
		*ret_entry = &text->entries[i];
	return r;
}

static int filter_text(struct iomem_text *text, const struct iomem_filter *filter,
		       struct iomem_entry **ret_entries, size_t *ret_n)
{
	bool has_addresses = false, is_through = !filter->is_name_last || !filter->name;
	_cleanup_free_ struct iomem_entry *entries = NULL;
	const struct iomem_entry *entry;
	size_t n = 0;
	int r;

	/* With a thousand devices it has as many lines, and the kernel takes long for each. */
	for (size_t i = 0; (r = entry_at(text, i, &entry)) > 0; i++) {
		bool is_named;

		has_addresses = has_addresses || entry->end > 0;
		if (has_addresses && is_through && is_behind(entry, filter))
			break;
		is_named = filter->name && strcmp(entry->name, filter->name) == 0;
		is_through = is_through || is_named;
		if (!is_named && !shares_a_byte(entry, filter->ranges, filter->n_ranges))
			continue;
		if (append(&entries, &n, entry) < 0)
			return -ENOMEM;
	}
	if (r < 0)
		return r;
	if (!has_addresses)
		return -EACCES;
	*ret_entries = TAKE_PTR(entries);
	*ret_n = n;
	return 0;
}

int iomem_read_file(FILE *file, const struct iomem_filter *filter, struct iomem_entry **ret_entries,
		    size_t *ret_n)
{
	struct iomem_text text = { .file = file };
	int r = filter_text(&text, filter, ret_entries, ret_n);

	free(text.line);
	free(text.entries);
	return r;
}

static int open_text(struct daxfs_ctx *ctx, struct iomem_text **ret_text)
{
	_cleanup_(iomem_text_freep) struct iomem_text *text = calloc(1, sizeof(*text));
	int r;

	if (!text)
		return -ENOMEM;
	r = text_file_open(ctx->proc_root, "iomem", &text->file);
	if (r < 0)
		return r;
	/* The kernel walks all entries up to there for each read, and gives a page at most. */
	if (setvbuf(text->file, NULL, _IOFBF, 4096) != 0)
		return -EIO;
	*ret_text = TAKE_PTR(text);
	return 0;
}

int iomem_read(struct daxfs_ctx *ctx, const struct iomem_filter *filter,
	       struct iomem_entry **ret_entries, size_t *ret_n)
{
	_cleanup_(iomem_text_freep) struct iomem_text *own = NULL;
	int r;

	if (ctx->iomem)
		return filter_text(ctx->iomem, filter, ret_entries, ret_n);
	r = open_text(ctx, &own);
	if (r == 0)
		r = filter_text(own, filter, ret_entries, ret_n);
	/* One that fails in the middle is nothing to go on with. */
	if (r == 0 && ctx->shares_looks)
		ctx->iomem = TAKE_PTR(own);
	return r;
}
