// SPDX-License-Identifier: LGPL-2.1-or-later
/* /proc/iomem: what the kernel takes physical addresses for. */
#include <fcntl.h>
#include <string.h>

#include "device.h"

struct entry {
	uint64_t start;
	uint64_t end;
	const char *name; /* within the line */
};

/* "  100000000-11fffffff : System RAM (kmem)"; the indentation is the nesting. */
static int parse_line(char *line, struct entry *ret_entry)
{
	char *dash, *colon;

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

static int open_iomem(struct daxfs_ctx *ctx, FILE **ret_file)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	FILE *file;

	if (asprintf(&path, "%s/iomem", ctx->proc_root) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	/* A recorded tree may hold a FIFO here. */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	file = fdopen(fd, "r");
	if (!file)
		return -errno;
	fd = -1; /* file owns it now */
	*ret_file = file;
	return 0;
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

	r = open_iomem(ctx, &file);
	return r < 0 ? r : iomem_find_kmem(file, ranges, n_ranges, ret_found);
}
