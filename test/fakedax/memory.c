// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmem and the memory blocks that it adds. What it cannot take away again, because a block is
 * online, stays until the next boot: as memory, and as a line of /proc/iomem.
 */
#include <errno.h>
#include <string.h>

#include "model.h"

const char *const online_names[N_ONLINE + 1] = {
	[OFFLINE] = "offline",
	[ONLINE] = "online",
	[ONLINE_KERNEL] = "online_kernel",
	[ONLINE_MOVABLE] = "online_movable",
	[UNPLUGGED] = "unplugged",
};

int online_from_text(const char *text, unsigned int *ret_online)
{
	for (unsigned int i = 0; i < N_ONLINE; i++)
		if (text_is(text, online_names[i])) {
			*ret_online = i;
			return 0;
		}
	return -EINVAL;
}

struct block *block_find(struct model *model, unsigned int index)
{
	for (unsigned int i = 0; i < model->n_blocks; i++)
		if (model->blocks[i].index == index)
			return &model->blocks[i];
	return NULL;
}

/* What the range has of whole blocks. */
static bool whole_blocks(const struct span *range, struct span *ret_span)
{
	ret_span->start = (range->start + BLOCK_SIZE - 1) / BLOCK_SIZE * BLOCK_SIZE;
	ret_span->end = (range->end + 1) / BLOCK_SIZE * BLOCK_SIZE - 1;
	return ret_span->start < ret_span->end;
}

/* Whether the block lies between online blocks of its node that are in that zone. */
static bool in_zone(const struct model *model, const struct block *block, bool movable)
{
	bool below = false, above = false;

	for (unsigned int i = 0; i < model->n_blocks; i++) {
		const struct block *other = &model->blocks[i];

		if (other->online == OFFLINE || other->movable != movable ||
		    other->node != block->node)
			continue;
		below = below || other->index <= block->index;
		above = above || other->index >= block->index;
	}
	return below && above;
}

/* default_zone_for_pfn(): that of the blocks around it, if they are of one zone. */
static bool default_is_movable(const struct model *model, const struct block *block)
{
	return in_zone(model, block, true) && !in_zone(model, block, false);
}

static void set_online(struct model *model, struct block *block, enum online online)
{
	block->movable = online == ONLINE_MOVABLE ||
			 (online == ONLINE && default_is_movable(model, block));
	block->online = online;
}

const char *block_zones(const struct model *model, const struct block *block)
{
	if (block->online != OFFLINE)
		return block->movable ? "Movable" : "Normal";
	return default_is_movable(model, block) ? "Movable Normal" : "Normal Movable";
}

static int add_blocks(struct model *model, const struct span *span, int node, enum online online)
{
	unsigned int first = span->start / BLOCK_SIZE, last = span->end / BLOCK_SIZE;

	if (model->n_blocks + (last - first + 1) > MAX_BLOCKS)
		return -ENOMEM;
	for (unsigned int i = first; i <= last; i++) {
		unsigned int at = model->n_blocks++;

		for (; at > 0 && model->blocks[at - 1].index > i; at--)
			model->blocks[at] = model->blocks[at - 1];
		model->blocks[at] = (struct block){ .index = i, .node = node };
	}
	for (unsigned int i = first; i <= last; i++)
		set_online(model, block_find(model, i), online);
	return 0;
}

static bool in_span(const struct block *block, const struct span *span)
{
	return block->index >= span->start / BLOCK_SIZE && block->index <= span->end / BLOCK_SIZE;
}

static bool any_online(const struct model *model, const struct span *span)
{
	for (unsigned int i = 0; i < model->n_blocks; i++)
		if (in_span(&model->blocks[i], span) && model->blocks[i].online != OFFLINE)
			return true;
	return false;
}

static void remove_blocks(struct model *model, const struct span *span)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < model->n_blocks; i++)
		if (!in_span(&model->blocks[i], span))
			model->blocks[kept++] = model->blocks[i];
	model->n_blocks = kept;
}

/* Some ranges may fail when another one is in already. */
static int plug(struct model *model, struct device *device, enum online online)
{
	int node = model->regions[device->region].target_node;
	unsigned int added = 0;

	for (unsigned int i = 0; i < device->n_ranges; i++) {
		struct span span;
		int r;

		device->added[i] = (struct span){};
		if (!whole_blocks(&device->ranges[i], &span))
			continue;
		r = reserve(model, &span, device->name, true);
		if (r == 0) {
			r = add_blocks(model, &span, node, online);
			if (r < 0)
				unreserve(model, &span);
		}
		if (r < 0 && added == 0)
			return r;
		if (r < 0)
			continue;
		device->added[i] = span;
		added++;
	}
	if (!added) /* nothing is left of it after alignment */
		return -EINVAL;
	device->state = online;
	model->changes++;
	return 0;
}

int kmem_probe(struct model *model, struct device *device)
{
	if (model->regions[device->region].target_node < 0)
		return -EINVAL;
	return plug(model, device, model->policy);
}

/* Range by range; one with a block online stays behind. */
void kmem_remove(struct model *model, struct device *device)
{
	for (unsigned int i = 0; i < device->n_ranges; i++) {
		const struct span *span = &device->added[i];

		if (!span->end || any_online(model, span))
			continue;
		remove_blocks(model, span);
		unreserve(model, span);
		device->added[i] = (struct span){};
	}
	model->changes++;
}

static int offline_all(struct model *model, struct device *device)
{
	for (unsigned int i = 0; i < model->n_blocks; i++)
		for (unsigned int k = 0; k < device->n_ranges; k++)
			if (device->added[k].end && in_span(&model->blocks[i], &device->added[k]) &&
			    model->blocks[i].busy && model->blocks[i].online != OFFLINE)
				return -EBUSY;
	for (unsigned int i = 0; i < model->n_blocks; i++)
		for (unsigned int k = 0; k < device->n_ranges; k++)
			if (device->added[k].end && in_span(&model->blocks[i], &device->added[k]))
				model->blocks[i].online = OFFLINE;
	return 0;
}

/* 7.3: offlines and removes in one step, all or nothing, and plugs in from "unplugged" only. */
int kmem_store_state(struct model *model, struct device *device, const char *text)
{
	unsigned int wanted = UNPLUGGED;
	int r;

	if (!text_is(text, online_names[UNPLUGGED]) &&
	    (online_from_text(text, &wanted) < 0 || wanted == OFFLINE))
		return -EINVAL;
	if (wanted == device->state)
		return 0;
	if (wanted != UNPLUGGED)
		return device->state == UNPLUGGED ? plug(model, device, wanted) : -EBUSY;
	r = offline_all(model, device);
	if (r < 0)
		return r;
	kmem_remove(model, device);
	device->state = UNPLUGGED;
	return 0;
}

int block_store_state(struct model *model, struct block *block, const char *text)
{
	unsigned int wanted;

	if (online_from_text(text, &wanted) < 0)
		return -EINVAL;
	/* device_online() and device_offline() say "already so", and that is not an answer */
	if ((block->online == OFFLINE) == (wanted == OFFLINE))
		return -EINVAL;
	if (wanted == OFFLINE && block->busy)
		return -EBUSY;
	set_online(model, block, wanted);
	model->changes++;
	return 0;
}

int memory_store_policy(struct model *model, const char *text)
{
	unsigned int wanted;

	if (online_from_text(text, &wanted) < 0)
		return -EINVAL;
	model->policy = wanted;
	model->changes++;
	return 0;
}
