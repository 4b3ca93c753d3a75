// SPDX-License-Identifier: GPL-2.0-only
#include "plan-setup.h"

#include <string.h>

#define BLOCK (128 * MIB)

struct daxfs_ctx *ctx;

int make_ctx(void **state)
{
	return daxfs_ctx_new(&ctx);
}

int drop_ctx(void **state)
{
	ctx = daxfs_ctx_unref(ctx);
	return 0;
}

static struct daxfs_device *make_device(const struct setup *setup)
{
	struct daxfs_device *device = calloc(1, sizeof(*device));
	uint64_t size = setup->seed ? 0 : setup->small ? 64 * MIB : 512 * MIB;

	assert_non_null(device);
	device->refcount = 1;
	strcpy(device->name, "dax0.0");
	device->mode = setup->mode;
	device->configured_mode = setup->configured_mode;
	device->kind = setup->kind;
	if (daxfs_mode_get_driver(setup->mode))
		device->driver = strdup(daxfs_mode_get_driver(setup->mode));
	else if (setup->mode == DAXFS_MODE_OTHER)
		device->driver = strdup("novel_dax");
	device->state = device->driver	  ? DAXFS_STATE_ENABLED
			: setup->stranded ? DAXFS_STATE_STRANDED
					  : DAXFS_STATE_DISABLED;
	device->is_static = setup->kind == DAXFS_KIND_PMEM;
	device->is_seed = setup->seed;
	device->has_size = device->has_align = device->has_target_node = true;
	device->size = size + (setup->lost ? 2 * MIB : 0);
	device->align = 2 * MIB;
	device->target_node = 1;
	device->has_ranges = true;
	device->has_users = true;
	device->ranges = calloc(1, sizeof(*device->ranges));
	assert_non_null(device->ranges);
	if (size) {
		device->n_mappings = 1;
		device->ranges[0].start = 4 * GIB;
		device->ranges[0].end = 4 * GIB + device->size - 1;
	}
	return device;
}

static void add_blocks(struct facts *facts, const struct setup *setup)
{
	facts->n_blocks = 4;
	facts->has_blocks = true;
	facts->blocks = calloc(facts->n_blocks, sizeof(*facts->blocks));
	assert_non_null(facts->blocks);
	for (size_t i = 0; i < facts->n_blocks; i++) {
		facts->blocks[i].index = 32 + i;
		facts->blocks[i].is_present = true;
		facts->blocks[i].is_online = i < setup->n_online;
	}
}

struct facts *make_facts(const struct setup *setup)
{
	struct facts *facts = calloc(1, sizeof(*facts));

	assert_non_null(facts);
	facts->device = make_device(setup);
	facts->driver_present[0] = true;
	facts->driver_present[1] = !setup->fsdev_missing;
	facts->driver_present[2] = !setup->kmem_missing;
	facts->module = setup->module ? setup->module : MODULE_LIVE;
	facts->autoprobe = !setup->autoprobe_off;
	facts->hmem_is_kmem_type = setup->hmem_is_kmem_type;
	facts->page_size = 4096;
	facts->has_available_size = true;
	facts->available_size = 512 * MIB;
	facts->block_size = BLOCK;
	facts->policy = setup->policy ? setup->policy : POLICY_OFFLINE;
	if (setup->mode == DAXFS_MODE_SYSTEM_RAM)
		add_blocks(facts, setup);
	if (setup->neighbour) {
		facts->neighbours = calloc(1, sizeof(*facts->neighbours));
		assert_non_null(facts->neighbours);
		facts->n_neighbours = 1;
		snprintf(facts->neighbours[0].name, DEVICE_NAME_MAX, "%s", setup->neighbour);
		facts->neighbours[0].kind = DAXFS_KIND_PMEM;
	}
	return facts;
}

void assert_steps(const struct daxfs_plan *plan, const char *expected)
{
	char text[512] = "";
	struct daxfs_step step;

	for (size_t i = 0; daxfs_plan_get_step(plan, i, &step); i++) {
		strcat(text, *text ? " " : "");
		strcat(text, step.name);
	}
	assert_string_equal(text, expected);
}

const struct daxfs_request nothing = { .online = DAXFS_ONLINE_MOVABLE };

struct daxfs_request to_mode(enum daxfs_mode mode)
{
	struct daxfs_request request = nothing;

	request.has_mode = true;
	request.mode = mode;
	return request;
}

void expect_plan(const struct setup *setup, const struct daxfs_request *request, const char *steps)
{
	_cleanup_(facts_freep) struct facts *facts = make_facts(setup);
	_cleanup_(daxfs_plan_freep) struct daxfs_plan *plan = NULL;

	assert_int_equal(plan_make(ctx, &facts, request, &plan), 0);
	assert_steps(plan, steps);
}

void expect_refusal(const struct setup *setup, const struct daxfs_request *request,
		    enum daxfs_class class, const char *id, const char *override)
{
	_cleanup_(facts_freep) struct facts *facts = make_facts(setup);
	_cleanup_(daxfs_plan_freep) struct daxfs_plan *plan = NULL;
	const struct daxfs_error *error;

	assert_true(plan_make(ctx, &facts, request, &plan) < 0);
	assert_null(plan);
	error = daxfs_ctx_get_error(ctx);
	assert_non_null(error);
	assert_string_equal(daxfs_error_get_id(error), id);
	assert_int_equal(daxfs_error_get_class(error), class);
	assert_string_equal(daxfs_error_get_device(error), "dax0.0");
	if (override)
		assert_string_equal(daxfs_error_get_override(error), override);
	else
		assert_null(daxfs_error_get_override(error));
}
