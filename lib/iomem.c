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

static bool shares_a_byte(const struct entry *entry, const struct daxfs_range *ranges,
			  size_t n_ranges)
{
	for (size_t i = 0; i < n_ranges; i++)
		if (entry->start <= ranges[i].end && ranges[i].start <= entry->end)
			return true;
	return false;
}

/* The kernel has them in the order of their starts, what lies in an entry right behind that. */
static bool is_behind(const struct entry *entry, const struct iomem_filter *filter)
{
	for (size_t i = 0; i < filter->n_ranges; i++)
		if (entry->start <= filter->ranges[i].end)
			return false;
	return true;
}

static int append(struct iomem_entry **entries, size_t *n, const struct entry *entry)
{
	struct iomem_entry *more = reallocarray(*entries, *n + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	*entries = more;
	more += (*n)++;
	*more = (struct iomem_entry){ .start = entry->start,
				      .end = entry->end,
				      .depth = entry->depth };
	snprintf(more->name, sizeof(more->name), "%s", entry->name);
	return 0;
}

int iomem_read_file(FILE *file, const struct iomem_filter *filter, struct iomem_entry **ret_entries,
		    size_t *ret_n)
{
	bool has_addresses = false, is_through = !filter->is_name_last || !filter->name;
	_cleanup_free_ struct iomem_entry *entries = NULL;
	_cleanup_free_ char *line = NULL;
	struct entry entry;
	size_t room = 0, n = 0;

	/* With a thousand devices it has as many lines, and the kernel takes long for each. */
	while (getline(&line, &room, file) >= 0) {
		bool is_named;

		if (parse_line(line, &entry) < 0)
			continue;
		has_addresses = has_addresses || entry.end > 0;
		if (has_addresses && is_through && is_behind(&entry, filter))
			break;
		is_named = filter->name && strcmp(entry.name, filter->name) == 0;
		is_through = is_through || is_named;
		if (!is_named && !shares_a_byte(&entry, filter->ranges, filter->n_ranges))
			continue;
		if (append(&entries, &n, &entry) < 0)
			return -ENOMEM;
	}
	if (ferror(file))
		return -EIO;
	if (!has_addresses)
		return -EACCES;
	*ret_entries = TAKE_PTR(entries);
	*ret_n = n;
	return 0;
}

int iomem_read(struct daxfs_ctx *ctx, const struct iomem_filter *filter,
	       struct iomem_entry **ret_entries, size_t *ret_n)
{
	_cleanup_fclose_ FILE *file = NULL;
	int r;

	r = text_file_open(ctx->proc_root, "iomem", &file);
	/* The kernel walks all entries up to there for each read, and gives a page at most. */
	if (r == 0 && setvbuf(file, NULL, _IOFBF, 4096) != 0)
		r = -EIO;
	return r < 0 ? r : iomem_read_file(file, filter, ret_entries, ret_n);
}
