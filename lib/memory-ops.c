// SPDX-License-Identifier: LGPL-2.1-or-later
/* Memory blocks on and off. */
#include <inttypes.h>
#include <string.h>

#include "apply.h"
#include "device.h"
#include "file-error.h"
#include "memory.h"
#include "pending.h"
#include "sysfs.h"

/* Between two tries to set blocks offline: most that do not go are in use for a moment only. */
#define RETRY_MS 100

/* So many runs of blocks are named in words; all are in the error. */
#define RUNS_SHOWN 8

/* The blocks of a device as they are now. */
struct block_list {
	struct memory_block *blocks;
	size_t n;
	size_t n_present;
	size_t n_online;
};

static void block_list_free(struct block_list *list)
{
	cleanup_free(&list->blocks);
}

static int read_list(struct daxfs_ctx *ctx, const char *name, uint64_t block_size, bool with_zone,
		     struct block_list *ret_list)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	const struct daxfs_range *ranges;
	struct block_list list = {};
	size_t n_ranges;
	int r;

	/* Whoever asks has read it before; never go on as if there were no blocks. */
	if (!block_size)
		return daxfs_fail(ctx, -EIO, &(struct failure){ .device = name },
				  "%s: the size of memory blocks is not known", name);
	/* A fresh look: the ranges may be new since the plan was made. */
	r = daxfs_device_new(ctx, name, DAXFS_SECTION_MAPPINGS, &device);
	if (r < 0)
		return r;
	if (!daxfs_device_get_ranges(device, &ranges, &n_ranges))
		return device_fail_ranges(ctx, device);
	r = memory_read_blocks(ctx, ranges, n_ranges, block_size, with_zone, &list.blocks, &list.n);
	if (r < 0)
		return daxfs_fail(ctx, r,
				  &(struct failure){ .id = "read-failed",
						     .device = name,
						     .path = file_error_path(r),
						     .err = -r },
				  "%s: cannot read its memory blocks", name);
	for (size_t i = 0; i < list.n; i++) {
		list.n_present += list.blocks[i].is_present;
		list.n_online += list.blocks[i].is_online;
	}
	*ret_list = list;
	return 0;
}

/* kmem has the attribute from Linux 7.3 on; it takes blocks off or on in one step. */
static bool has_state(struct daxfs_ctx *ctx, const char *name, char *path, size_t size)
{
	snprintf(path, size, "bus/dax/devices/%s/state", name);
	return sysfs_may_write(ctx, path) == 0;
}

static int write_block(struct daxfs_ctx *ctx, uint64_t index, const char *value)
{
	char path[64];

	snprintf(path, sizeof(path), "devices/system/memory/memory%" PRIu64 "/state", index);
	return sysfs_write(ctx, path, value);
}

/* The state of a block, or of all of them where none is to blame. */
struct state_path {
	char text[128];
};

static struct state_path path_of_block(struct daxfs_ctx *ctx, const struct memory_block *block)
{
	struct state_path path;

	if (block)
		snprintf(path.text, sizeof(path.text),
			 "%.64s/devices/system/memory/memory%" PRIu64 "/state", ctx->sysfs_root,
			 block->index);
	else
		snprintf(path.text, sizeof(path.text), "%.64s/devices/system/memory",
			 ctx->sysfs_root);
	return path;
}

/* The first block that is @online, or is not; NULL without one. */
static const struct memory_block *find_block(const struct block_list *list, bool online)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->blocks[i].is_online == online)
			return &list->blocks[i];
	return NULL;
}

/* Which blocks are online: their numbers, and in words, "32-34 40". */
struct online_blocks {
	uint64_t *indexes;
	size_t n;
	char text[256];
};

static void online_blocks_free(struct online_blocks *online)
{
	cleanup_free(&online->indexes);
}

static void print_runs(struct online_blocks *online)
{
	size_t length = 0, runs = 0;

	for (size_t i = 0, last; i < online->n; i = last + 1, runs++) {
		char *end = online->text + length;
		size_t space = sizeof(online->text) - length;

		for (last = i; last + 1 < online->n; last++)
			if (online->indexes[last + 1] != online->indexes[last] + 1)
				break;
		if (runs == RUNS_SHOWN) {
			snprintf(end, space, " ...");
			return;
		}
		length += snprintf(end, space, " %" PRIu64, online->indexes[i]);
		if (last > i)
			length += snprintf(online->text + length, sizeof(online->text) - length,
					   "-%" PRIu64, online->indexes[last]);
	}
}

/* Without memory for them they are not named. */
static void find_online(const struct block_list *list, struct online_blocks *ret_online)
{
	struct online_blocks online = { .indexes = calloc(list->n + 1, sizeof(uint64_t)) };

	for (size_t i = 0; online.indexes && i < list->n; i++)
		if (list->blocks[i].is_online)
			online.indexes[online.n++] = list->blocks[i].index;
	print_runs(&online);
	*ret_online = online;
}

static int offline_failed(struct daxfs_ctx *ctx, const char *name, const struct block_list *list,
			  int r)
{
	_cleanup_(online_blocks_free) struct online_blocks online = {};
	const struct state_path path = path_of_block(ctx, find_block(list, true));
	const char *written = file_error_path(r);

	find_online(list, &online);
	return daxfs_fail(
		ctx, r < 0 ? r : -EBUSY,
		&(struct failure){ .class = DAXFS_CLASS_BUSY,
				   .id = "memory-busy",
				   .device = name,
				   .step = "offline-memory",
				   .path = r < 0 && written ? written : path.text,
				   .err = r < 0 ? -r : 0,
				   .hint = "something that cannot be moved lies there: free "
					   "memory and try again, or reboot",
				   .blocks = online.indexes,
				   .n_blocks = online.n },
		"%s: %zu of its %zu memory blocks stay online%s%s", name, list->n_online, list->n,
		online.n ? ":" : "", online.text);
}

/* One try; what the writes answer is one thing, what the blocks say decides. */
static int write_offline(struct daxfs_ctx *ctx, const struct block_list *list, const char *state)
{
	int failure = 0;

	if (*state) {
		failure = sysfs_write(ctx, state, "unplugged");
	} else {
		for (size_t i = 0; i < list->n; i++) {
			int r;

			if (!list->blocks[i].is_online)
				continue;
			r = write_block(ctx, list->blocks[i].index, "offline");
			if (r < 0)
				failure = r;
		}
	}
	return failure;
}

int memory_offline(struct daxfs_ctx *ctx, const struct daxfs_device *device, uint64_t block_size,
		   unsigned int timeout_ms)
{
	uint64_t deadline = now_ms() + timeout_ms;
	char path[128];
	int r, failure = 0;

	if (!has_state(ctx, device->name, path, sizeof(path)))
		path[0] = '\0';
	for (;;) {
		_cleanup_(block_list_free) struct block_list before = {}, after = {};

		r = *path ? 0 : read_list(ctx, device->name, block_size, false, &before);
		if (r < 0)
			return r;
		failure = write_offline(ctx, &before, path);
		r = read_list(ctx, device->name, block_size, false, &after);
		if (r < 0 || after.n_online == 0)
			return r;
		if (now_ms() >= deadline || pending_signal())
			return offline_failed(ctx, device->name, &after, failure);
		nanosleep(&(struct timespec){ .tv_nsec = RETRY_MS * 1000000L }, NULL);
	}
}

int memory_require_offline(struct daxfs_ctx *ctx, const struct daxfs_device *device,
			   uint64_t block_size)
{
	_cleanup_(block_list_free) struct block_list list = {};
	int r;

	r = read_list(ctx, device->name, block_size, false, &list);
	if (r < 0)
		return r;
	return list.n_online ? offline_failed(ctx, device->name, &list, 0) : 0;
}

static int online_failed(struct daxfs_ctx *ctx, const char *name, const struct block_list *list,
			 const char *zone, int r)
{
	const struct state_path path = path_of_block(ctx, find_block(list, false));
	const char *written = file_error_path(r);

	return daxfs_fail(ctx, r < 0 ? r : -EIO,
			  &(struct failure){ .class = DAXFS_CLASS_FAILED,
					     .id = "memory-not-online",
					     .device = name,
					     .step = "online-memory",
					     .path = r < 0 && written ? written : path.text,
					     .err = r < 0 ? -r : 0,
					     .hint = "the kernel's messages (dmesg) say why" },
			  "%s: of its %zu memory blocks %zu are there and %zu online%s%s", name,
			  list->n, list->n_present, list->n_online,
			  zone ? ", not all of them in zone " : "", zone ? zone : "");
}

/* Whether all are online, and those that were not in @before are so where they are wanted. */
static int check_online(struct daxfs_ctx *ctx, const char *name, const struct block_list *before,
			uint64_t block_size, enum daxfs_online online, int failure)
{
	_cleanup_(block_list_free) struct block_list list = {};
	int r;

	r = read_list(ctx, name, block_size, online == DAXFS_ONLINE_MOVABLE, &list);
	if (r < 0)
		return r;
	if (list.n_online < list.n)
		return online_failed(ctx, name, &list, NULL, failure);
	if (online != DAXFS_ONLINE_MOVABLE)
		return 0;
	for (size_t i = 0; i < list.n; i++) {
		if (i < before->n && before->blocks[i].is_online)
			continue;
		if (list.blocks[i].zone[0] && strcmp(list.blocks[i].zone, "Movable") != 0)
			return online_failed(ctx, name, &list, "Movable", failure);
	}
	return 0;
}

int memory_online(struct daxfs_ctx *ctx, const struct daxfs_device *device, uint64_t block_size,
		  enum daxfs_online online)
{
	const char *value = online == DAXFS_ONLINE_MOVABLE ? "online_movable" : "online_kernel";
	_cleanup_(block_list_free) struct block_list list = {};
	char path[128];
	int r, failure = 0;

	r = read_list(ctx, device->name, block_size, false, &list);
	if (r < 0)
		return r;
	if (list.n_online == 0 && has_state(ctx, device->name, path, sizeof(path))) {
		/* An online type is taken from "unplugged" only. */
		failure = sysfs_write(ctx, path, "unplugged");
		if (failure == 0)
			failure = sysfs_write(ctx, path, value);
	} else {
		for (size_t i = 0; i < list.n; i++) {
			if (!list.blocks[i].is_present || list.blocks[i].is_online)
				continue;
			r = write_block(ctx, list.blocks[i].index, value);
			if (r < 0)
				failure = r;
		}
	}
	return check_online(ctx, device->name, &list, block_size, online, failure);
}

/* How to bring back a block that was online in @zone. */
static const char *online_value(const char *zone)
{
	return strcmp(zone, "Movable") == 0 ? "online_movable" : "online_kernel";
}

/* What is to be undone of a block; NULL: nothing. */
static const char *restoring_value(const struct memory_block *old, const struct memory_block *now)
{
	if (!now->is_present || old->is_online == now->is_online)
		return NULL;
	return old->is_online ? online_value(old->zone) : "offline";
}

/* Whether every block is online that was, and no other one. */
static bool is_restored(const struct block_list *list, const struct memory_block *old, size_t n_old)
{
	if (list->n != n_old)
		return false;
	for (size_t i = 0; i < n_old; i++)
		if (list->blocks[i].is_online != old[i].is_online)
			return false;
	return true;
}

/* With kmem's state, blocks that are gone come back first, all of them. */
static int plug_again(struct daxfs_ctx *ctx, const char *name, const struct memory_block *old,
		      size_t n_old)
{
	char path[128];

	for (size_t i = 0; i < n_old; i++)
		if (old[i].is_online && has_state(ctx, name, path, sizeof(path)))
			return sysfs_write(ctx, path, online_value(old[i].zone));
	return 0;
}

int memory_restore(struct daxfs_ctx *ctx, const struct daxfs_device *device, uint64_t block_size,
		   const struct memory_block *old, size_t n_old)
{
	_cleanup_(block_list_free) struct block_list list = {}, after = {};
	int r, failure = 0;

	r = read_list(ctx, device->name, block_size, false, &list);
	if (r == 0 && list.n_present == 0) {
		failure = plug_again(ctx, device->name, old, n_old);
		block_list_free(&list);
		list = (struct block_list){};
		r = read_list(ctx, device->name, block_size, false, &list);
	}
	if (r < 0)
		return r;
	for (size_t i = 0; i < n_old && i < list.n; i++) {
		const char *value = restoring_value(&old[i], &list.blocks[i]);

		if (value && list.blocks[i].index == old[i].index) {
			r = write_block(ctx, old[i].index, value);
			if (r < 0)
				failure = r;
		}
	}
	r = read_list(ctx, device->name, block_size, false, &after);
	if (r < 0 || is_restored(&after, old, n_old))
		return r;
	return online_failed(ctx, device->name, &after, NULL, failure);
}
