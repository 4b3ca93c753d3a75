// SPDX-License-Identifier: LGPL-2.1-or-later
#include "memory.h"

#include <inttypes.h>
#include <string.h>

#include "device.h"
#include "sysfs.h"

#define MEMORY_DIR "devices/system/memory"

int memory_block_size(struct daxfs_ctx *ctx, uint64_t *ret_bytes)
{
	int root = -1, r = 0;
	uint64_t bytes = ctx->block_size;

	if (!bytes)
		r = sysfs_root_fd(ctx, &root);
	if (r == 0 && !bytes)
		r = sysfs_read_hex(root, MEMORY_DIR "/block_size_bytes", &bytes);
	if (r < 0)
		return r;
	if (bytes == 0 || (bytes & (bytes - 1)))
		return -EINVAL;
	*ret_bytes = ctx->block_size = bytes;
	return 0;
}

/* The whole blocks of a range: *ret_n of them from *ret_first on. */
static void blocks_of_range(const struct daxfs_range *range, uint64_t block_size,
			    uint64_t *ret_first, uint64_t *ret_n)
{
	uint64_t first = range->start / block_size + (range->start % block_size != 0);
	/* One past the last: counted from the last byte, since end + 1 may not fit. */
	uint64_t past = range->end / block_size + (range->end % block_size == block_size - 1);

	*ret_first = first;
	*ret_n = past > first ? past - first : 0;
}

void memory_count_blocks(const struct daxfs_range *ranges, size_t n_ranges, uint64_t block_size,
			 uint64_t *ret_blocks, uint64_t *ret_lost_bytes)
{
	uint64_t blocks = 0, lost = 0;

	for (size_t i = 0; i < n_ranges; i++) {
		uint64_t first, n;

		blocks_of_range(&ranges[i], block_size, &first, &n);
		blocks += n;
		lost += range_length(&ranges[i]) - n * block_size;
	}
	*ret_blocks = blocks;
	*ret_lost_bytes = lost;
}

/*
 * "Movable" or "Normal" of an online block: the kernel prints the one zone it is in. Only a kernel
 * without the attribute leaves that open: what is taken for unknown for another reason would be
 * brought back in another zone.
 */
static int read_zone(int dir_fd, const char *dir, struct memory_block *block)
{
	char name[64], text[sizeof(block->zone)];
	int r;

	snprintf(name, sizeof(name), "%s/valid_zones", dir);
	r = sysfs_read_text(dir_fd, name, text, sizeof(text));
	if (r == -ENOENT || (r == 0 && strcmp(text, "none") == 0))
		return 0;
	if (r == 0)
		memcpy(block->zone, text, sizeof(text));
	return r;
}

static int read_block(int dir_fd, uint64_t index, bool with_zone, struct memory_block *block)
{
	char dir[32], name[64], state[32] = "";
	int r;

	*block = (struct memory_block){ .index = index };
	snprintf(dir, sizeof(dir), "memory%" PRIu64, index);
	snprintf(name, sizeof(name), "%s/state", dir);
	r = sysfs_read_text(dir_fd, name, state, sizeof(state));
	if (r == -ENOENT || r == -ENODEV)
		return 0;
	if (r < 0)
		return r;
	block->is_present = true;
	/* "going-offline" still holds pages, and a block that may be in use counts as used. */
	block->is_online = strcmp(state, "offline") != 0;
	return with_zone && block->is_online ? read_zone(dir_fd, dir, block) : 0;
}

int memory_read_blocks(struct daxfs_ctx *ctx, const struct daxfs_range *ranges, size_t n_ranges,
		       uint64_t block_size, bool with_zone, struct memory_block **ret_blocks,
		       size_t *ret_n)
{
	_cleanup_free_ struct memory_block *blocks = NULL;
	_cleanup_close_ int fd = -1;
	uint64_t total, lost;
	size_t n = 0;
	int r;

	memory_count_blocks(ranges, n_ranges, block_size, &total, &lost);
	r = sysfs_open_dir(ctx, MEMORY_DIR, &fd);
	if (r < 0)
		return r;
	if (total > SIZE_MAX)
		return -ENOMEM;
	blocks = calloc(total ? total : 1, sizeof(*blocks));
	if (!blocks)
		return -ENOMEM;
	for (size_t i = 0; i < n_ranges; i++) {
		uint64_t first, count;

		blocks_of_range(&ranges[i], block_size, &first, &count);
		for (uint64_t k = 0; k < count; k++) {
			r = read_block(fd, first + k, with_zone, &blocks[n++]);
			if (r < 0)
				return r;
		}
	}
	*ret_blocks = TAKE_PTR(blocks);
	*ret_n = n;
	return 0;
}

static int has_block(int dir_fd, uint64_t index, bool *ret_found)
{
	char name[32];
	int r;

	snprintf(name, sizeof(name), "memory%" PRIu64, index);
	r = sysfs_check(dir_fd, name);
	if (r < 0 && r != -ENOENT)
		return r;
	*ret_found = r == 0;
	return 0;
}

int memory_has_blocks(struct daxfs_ctx *ctx, const struct daxfs_range *ranges, size_t n_ranges,
		      bool *ret_found)
{
	_cleanup_close_ int fd = -1;
	uint64_t block_size;
	bool found = false;
	int r;

	r = memory_block_size(ctx, &block_size);
	if (r == 0)
		r = sysfs_open_dir(ctx, MEMORY_DIR, &fd);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n_ranges && !found; i++) {
		uint64_t first, n;

		/* The kernel removes all blocks of a range or none: its ends tell. */
		blocks_of_range(&ranges[i], block_size, &first, &n);
		if (n == 0)
			continue;
		r = has_block(fd, first, &found);
		if (r == 0 && !found)
			r = has_block(fd, first + n - 1, &found);
		if (r < 0)
			return r;
	}
	*ret_found = found;
	return 0;
}

/* Whether @word is one of the words of @list, which are separated by blanks. */
static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *s = strstr(list, word); s; s = strstr(s + 1, word))
		if ((s == list || s[-1] == ' ') && (s[length] == '\0' || s[length] == ' '))
			return true;
	return false;
}

static int add_word(char **list, const char *word)
{
	char *longer;

	if (!*word || has_word(*list, word))
		return 0;
	if (asprintf(&longer, "%s%s%s", *list, **list ? " " : "", word) < 0)
		return -ENOMEM;
	free(*list);
	*list = longer;
	return 0;
}

static int summarize(const struct memory_block *blocks, size_t n, struct daxfs_memory *memory,
		     char **ret_zones)
{
	_cleanup_free_ char *zones = strdup("");

	if (!zones)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		memory->present_blocks += blocks[i].is_present;
		memory->online_blocks += blocks[i].is_online;
		memory->n_movable += strcmp(blocks[i].zone, "Movable") == 0;
		if (add_word(&zones, blocks[i].zone) < 0)
			return -ENOMEM;
	}
	*ret_zones = TAKE_PTR(zones);
	return 0;
}

int memory_read_section(struct daxfs_ctx *ctx, struct daxfs_device *device)
{
	_cleanup_free_ struct memory_block *blocks = NULL;
	struct daxfs_memory memory = { 0 };
	size_t n;
	int r;

	if (device->mode != DAXFS_MODE_SYSTEM_RAM || !device->has_ranges)
		return 0;
	r = memory_block_size(ctx, &memory.block_size);
	if (r < 0)
		return value_is_unknown(r) ? 0 : r;
	memory_count_blocks(device->ranges, device->n_mappings, memory.block_size,
			    &memory.total_blocks, &memory.lost_bytes);
	r = memory_read_blocks(ctx, device->ranges, device->n_mappings, memory.block_size, true,
			       &blocks, &n);
	if (r < 0)
		return value_is_unknown(r) ? 0 : r;
	r = summarize(blocks, n, &memory, &device->zones);
	if (r < 0)
		return r;
	device->memory = memory;
	device->has_memory = true;
	return 0;
}
