// SPDX-License-Identifier: LGPL-2.1-or-later
/* Memory blocks on and off. */
#include <inttypes.h>
#include <string.h>

#include "apply.h"
#include "device.h"
#include "file-error.h"
#include "memory.h"
#include "sysfs.h"

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

static int offline_failed(struct daxfs_ctx *ctx, const char *name, const struct block_list *list,
			  int r)
{
	const struct state_path path = path_of_block(ctx, find_block(list, true));
	const char *written = file_error_path(r);

	return daxfs_fail(
		ctx, r < 0 ? r : -EBUSY,
		&(struct failure){ .class = DAXFS_CLASS_BUSY,
				   .id = "memory-busy",
				   .device = name,
				   .step = "offline-memory",
				   .path = r < 0 && written ? written : path.text,
				   .err = r < 0 ? -r : 0,
				   .hint = "something that cannot be moved lies there: free "
					   "memory and try again, or reboot" },
		"%s: %zu of its %zu memory blocks stay online", name, list->n_online, list->n);
}

int memory_offline(struct daxfs_ctx *ctx, const struct daxfs_device *device, uint64_t block_size)
{
	_cleanup_(block_list_free) struct block_list list = {}, after = {};
	char path[128];
	int r, failure = 0;

	if (has_state(ctx, device->name, path, sizeof(path))) {
		failure = sysfs_write(ctx, path, "unplugged");
	} else {
		r = read_list(ctx, device->name, block_size, false, &list);
		if (r < 0)
			return r;
		for (size_t i = 0; i < list.n; i++) {
			if (!list.blocks[i].is_online)
				continue;
			r = write_block(ctx, list.blocks[i].index, "offline");
			if (r < 0)
				failure = r;
		}
	}
	/* What the writes said is one thing, what the blocks say decides. */
	r = read_list(ctx, device->name, block_size, false, &after);
	if (r < 0)
		return r;
	return after.n_online ? offline_failed(ctx, device->name, &after, failure) : 0;
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

static int check_online(struct daxfs_ctx *ctx, const char *name, uint64_t block_size,
			enum daxfs_online online, int failure)
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
	for (size_t i = 0; i < list.n; i++)
		if (list.blocks[i].zone[0] && strcmp(list.blocks[i].zone, "Movable") != 0)
			return online_failed(ctx, name, &list, "Movable", failure);
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
	return check_online(ctx, device->name, block_size, online, failure);
}

/* How to bring back a block that was online in @zone. */
static const char *online_value(const char *zone)
{
	return strcmp(zone, "Movable") == 0 ? "online_movable" : "online_kernel";
}

int memory_restore(struct daxfs_ctx *ctx, const struct daxfs_device *device, uint64_t block_size,
		   const struct memory_block *old, size_t n_old)
{
	_cleanup_(block_list_free) struct block_list list = {};
	size_t n_wanted = 0;
	char path[128];
	int r;

	for (size_t i = 0; i < n_old; i++)
		n_wanted += old[i].is_online;
	if (n_wanted == 0)
		return 0;
	r = read_list(ctx, device->name, block_size, false, &list);
	if (r < 0)
		return r;
	if (list.n_present == 0 && has_state(ctx, device->name, path, sizeof(path))) {
		size_t first = 0;

		while (!old[first].is_online)
			first++;
		r = sysfs_write(ctx, path, online_value(old[first].zone));
	}
	for (size_t i = 0; i < n_old && i < list.n; i++)
		if (list.blocks[i].index == old[i].index && old[i].is_online &&
		    !list.blocks[i].is_online && list.blocks[i].is_present)
			r = write_block(ctx, old[i].index, online_value(old[i].zone));
	block_list_free(&list);
	list = (struct block_list){};
	if (read_list(ctx, device->name, block_size, false, &list) == 0 &&
	    list.n_online >= n_wanted)
		return 0;
	return online_failed(ctx, device->name, &list, NULL, r);
}
