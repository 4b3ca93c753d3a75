// SPDX-License-Identifier: LGPL-2.1-or-later
#include "neighbours.h"

#include <string.h>

#include "bystanders.h"
#include "check-facts.h"
#include "device.h"
#include "users.h"

struct neighbours {
	struct neighbour *list; /* room for all that are bound to nothing */
	size_t n;
};

static struct neighbours *neighbours_free(struct neighbours *neighbours)
{
	if (neighbours)
		free(neighbours->list);
	free(neighbours);
	return NULL;
}

DEFINE_CLEANUP(struct neighbours *, neighbours_free)

void looks_drop(struct daxfs_ctx *ctx)
{
	ctx->neighbours = neighbours_free(ctx->neighbours);
	ctx->users_scan = users_scan_free(ctx->users_scan);
	ctx->bus_look = bus_look_free(ctx->bus_look);
	ctx->machine_look = machine_look_free(ctx->machine_look);
	ctx->iomem = iomem_text_free(ctx->iomem);
}

void looks_begin(struct daxfs_ctx *ctx)
{
	looks_drop(ctx);
	ctx->shares_looks = true;
}

void looks_end(struct daxfs_ctx *ctx)
{
	ctx->shares_looks = false;
	looks_drop(ctx);
}

static int add(struct daxfs_ctx *ctx, const struct daxfs_device_id *id,
	       struct neighbours *neighbours)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	struct neighbour *neighbour = &neighbours->list[neighbours->n];
	int r;

	daxfs_format_device_name(id->region, id->id, neighbour->name);
	r = daxfs_device_new(ctx, neighbour->name, SECTION_NO_STATE, &device);
	if (r < 0)
		return r == -ENODEV ? 0 : r; /* gone since the directory was read */
	/* One of size 0 cannot be bound: dax_bus_probe() answers ENXIO. */
	if (device->mode != DAXFS_MODE_NONE || (device->has_size && device->size == 0))
		return 0;
	neighbour->kind = device->kind;
	neighbours->n++;
	return 0;
}

static int look(struct daxfs_ctx *ctx, struct neighbours **ret_neighbours)
{
	_cleanup_(neighbours_freep) struct neighbours *neighbours = calloc(1, sizeof(*neighbours));
	_cleanup_free_ struct daxfs_device_id *ids = NULL;
	size_t n = 0;
	int r;

	if (!neighbours)
		return -ENOMEM;
	r = bystanders_list_unbound(ctx, &ids, &n);
	if (r < 0)
		return r;
	neighbours->list = calloc(n ? n : 1, sizeof(*neighbours->list));
	if (!neighbours->list)
		return -ENOMEM;
	for (size_t i = 0; i < n && r == 0; i++)
		r = add(ctx, &ids[i], neighbours);
	if (r < 0)
		return r;
	*ret_neighbours = TAKE_PTR(neighbours);
	return 0;
}

/* All but the device itself. */
static int copy(const struct neighbours *neighbours, struct facts *facts)
{
	facts->neighbours = calloc(neighbours->n ? neighbours->n : 1, sizeof(*facts->neighbours));
	if (!facts->neighbours)
		return -ENOMEM;
	for (size_t i = 0; i < neighbours->n; i++)
		if (strcmp(neighbours->list[i].name, facts->device->name) != 0)
			facts->neighbours[facts->n_neighbours++] = neighbours->list[i];
	return 0;
}

int neighbours_gather(struct daxfs_ctx *ctx, struct facts *facts)
{
	_cleanup_(neighbours_freep) struct neighbours *own = NULL;
	int r;

	if (ctx->neighbours)
		return copy(ctx->neighbours, facts);
	r = look(ctx, &own);
	if (r == 0)
		r = copy(own, facts);
	if (r == 0 && ctx->shares_looks)
		ctx->neighbours = TAKE_PTR(own);
	return r;
}
