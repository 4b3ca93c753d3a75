// SPDX-License-Identifier: GPL-2.0-only
/* Plans, from facts made by hand: every pair of modes, every refusal, the order of the steps. */
#include "unit.h"

#include <string.h>

#include "plan.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define BLOCK (128 * MIB)

/* What a test asks, and what it is asked of; the defaults are a healthy hmem device on devdax. */
struct setup {
	enum daxfs_mode mode;
	enum daxfs_kind kind;
	bool seed, stranded, small, lost, kmem_missing;
	size_t n_online;
	enum online_policy policy;
	enum match hmem_is_kmem_type;
	const char *neighbour; /* name; its kind is pmem */
	enum module_state module;
	bool fsdev_missing, autoprobe_off;
	enum daxfs_mode configured_mode;
};

static struct daxfs_ctx *ctx;

static int make_ctx(void **state)
{
	return daxfs_ctx_new(&ctx);
}

static int drop_ctx(void **state)
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

static struct facts *make_facts(const struct setup *setup)
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

/* The names of the steps, joined by blanks: "unbind bind". */
static void assert_steps(const struct daxfs_plan *plan, const char *expected)
{
	char text[512] = "";
	struct daxfs_step step;

	for (size_t i = 0; daxfs_plan_get_step(plan, i, &step); i++) {
		strcat(text, *text ? " " : "");
		strcat(text, step.name);
	}
	assert_string_equal(text, expected);
}

static const struct daxfs_request nothing = { .online = DAXFS_ONLINE_MOVABLE };

static struct daxfs_request to_mode(enum daxfs_mode mode)
{
	struct daxfs_request request = nothing;

	request.has_mode = true;
	request.mode = mode;
	return request;
}

static void expect_plan(const struct setup *setup, const struct daxfs_request *request,
			const char *steps)
{
	_cleanup_(facts_freep) struct facts *facts = make_facts(setup);
	_cleanup_(daxfs_plan_freep) struct daxfs_plan *plan = NULL;

	assert_int_equal(plan_make(ctx, &facts, request, &plan), 0);
	assert_steps(plan, steps);
}

static void expect_refusal(const struct setup *setup, const struct daxfs_request *request,
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

#define IDS " remove-id remove-id remove-id"

/* hmem of device_dax's type, pmem, hmem of kmem's type and CXL, from each mode to each. */
static const struct {
	enum daxfs_mode from, to;
	const char *device_type; /* steps where the region is of device_dax's type */
	const char *kmem_type;	 /* and where it is of kmem's */
} pairs[] = {
	{ DAXFS_MODE_DEVDAX, DAXFS_MODE_DEVDAX, "", "" },
	{ DAXFS_MODE_DEVDAX, DAXFS_MODE_FAMFS, "new-id unbind bind" IDS, "new-id unbind bind" IDS },
	{ DAXFS_MODE_DEVDAX, DAXFS_MODE_SYSTEM_RAM, "new-id unbind bind" IDS " online-memory",
	  "unbind bind" IDS " online-memory" },
	{ DAXFS_MODE_FAMFS, DAXFS_MODE_DEVDAX, "unbind bind" IDS, "new-id unbind bind" IDS },
	{ DAXFS_MODE_FAMFS, DAXFS_MODE_FAMFS, "", "" },
	{ DAXFS_MODE_FAMFS, DAXFS_MODE_SYSTEM_RAM, "new-id unbind bind" IDS " online-memory",
	  "unbind bind" IDS " online-memory" },
	{ DAXFS_MODE_SYSTEM_RAM, DAXFS_MODE_DEVDAX, "unbind bind" IDS, "new-id unbind bind" IDS },
	{ DAXFS_MODE_SYSTEM_RAM, DAXFS_MODE_SYSTEM_RAM, "online-memory", "online-memory" },
	{ DAXFS_MODE_NONE, DAXFS_MODE_DEVDAX, "bind" IDS, "new-id" IDS },
	{ DAXFS_MODE_NONE, DAXFS_MODE_FAMFS, "new-id" IDS, "new-id" IDS },
	{ DAXFS_MODE_NONE, DAXFS_MODE_SYSTEM_RAM, "new-id" IDS " online-memory",
	  "bind" IDS " online-memory" },
};

static void every_pair_of_modes_has_its_steps(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		const struct daxfs_request request = to_mode(pairs[i].to);
		struct setup setup = { .mode = pairs[i].from };

		setup.kind = DAXFS_KIND_HMEM;
		setup.hmem_is_kmem_type = MATCH_NO;
		expect_plan(&setup, &request, pairs[i].device_type);
		setup.hmem_is_kmem_type = MATCH_YES;
		expect_plan(&setup, &request, pairs[i].kmem_type);
		setup.kind = DAXFS_KIND_PMEM;
		expect_plan(&setup, &request, pairs[i].device_type);
		setup.kind = DAXFS_KIND_CXL;
		expect_plan(&setup, &request, pairs[i].kmem_type);
	}
}

static void a_region_of_unknown_type_gets_an_id(void **state)
{
	const struct daxfs_request request = to_mode(DAXFS_MODE_DEVDAX);
	const struct setup setup = { .mode = DAXFS_MODE_FAMFS, .kind = DAXFS_KIND_OTHER };

	expect_plan(&setup, &request, "new-id unbind bind" IDS);
}

static void a_missing_module_is_loaded_before_the_unbind_without_autoprobe(void **state)
{
	const struct daxfs_request request = to_mode(DAXFS_MODE_FAMFS);
	struct setup setup = { .mode = DAXFS_MODE_DEVDAX,
			       .kind = DAXFS_KIND_PMEM,
			       .fsdev_missing = true,
			       .module = MODULE_LOADABLE };

	expect_plan(&setup, &request,
		    "autoprobe-off load-module autoprobe-restore new-id unbind bind" IDS);
	setup.autoprobe_off = true;
	expect_plan(&setup, &request, "load-module new-id unbind bind" IDS);
}

static void rebind_binds_the_same_driver_again(void **state)
{
	const struct setup setup = { .mode = DAXFS_MODE_DEVDAX, .kind = DAXFS_KIND_PMEM };
	struct daxfs_request request = nothing;

	request.flags = DAXFS_FLAG_REBIND;
	expect_plan(&setup, &request, "unbind bind" IDS);
}

static void size_and_mode_are_one_transaction(void **state)
{
	const struct setup setup = { .mode = DAXFS_MODE_DEVDAX,
				     .kind = DAXFS_KIND_HMEM,
				     .hmem_is_kmem_type = MATCH_NO };
	struct daxfs_request request = to_mode(DAXFS_MODE_FAMFS);

	request.has_size = true;
	request.size = GIB;
	expect_plan(&setup, &request, "new-id unbind size bind" IDS);
}

static void a_smaller_align_is_set_before_the_size_a_larger_one_after(void **state)
{
	const struct setup setup = { .mode = DAXFS_MODE_DEVDAX,
				     .kind = DAXFS_KIND_HMEM,
				     .hmem_is_kmem_type = MATCH_NO };
	struct daxfs_request request = nothing;

	request.has_size = request.has_align = true;
	request.size = GIB;
	request.align = 4096;
	expect_plan(&setup, &request, "unbind align size bind" IDS);
	request.align = GIB;
	expect_plan(&setup, &request, "unbind size align bind" IDS);
}

static void an_unbound_device_is_resized_without_binding_it(void **state)
{
	const struct setup setup = { .mode = DAXFS_MODE_NONE,
				     .kind = DAXFS_KIND_HMEM,
				     .hmem_is_kmem_type = MATCH_NO };
	struct daxfs_request request = nothing;

	request.has_size = true;
	request.size = GIB;
	expect_plan(&setup, &request, "size");
}

static void a_seed_gets_size_and_driver_at_once(void **state)
{
	const struct setup setup = { .kind = DAXFS_KIND_HMEM,
				     .seed = true,
				     .hmem_is_kmem_type = MATCH_NO };
	struct daxfs_request request = to_mode(DAXFS_MODE_FAMFS);

	expect_refusal(&setup, &request, DAXFS_CLASS_INVALID, "empty-device", NULL);
	request.has_size = true;
	request.size = 256 * MIB;
	expect_plan(&setup, &request, "size new-id" IDS);
}

static void the_size_and_align_it_has_are_nothing_to_do(void **state)
{
	struct setup setup = { .mode = DAXFS_MODE_DEVDAX, .kind = DAXFS_KIND_PMEM };
	struct daxfs_request request = nothing;

	request.has_size = request.has_align = true;
	request.size = 512 * MIB;
	request.align = 2 * MIB;
	expect_plan(&setup, &request, "");
}

static void size_and_align_of_a_static_device_are_refused(void **state)
{
	const struct setup setup = { .mode = DAXFS_MODE_DEVDAX, .kind = DAXFS_KIND_PMEM };
	struct daxfs_request request = nothing;

	request.has_size = true;
	request.size = 256 * MIB;
	expect_refusal(&setup, &request, DAXFS_CLASS_UNSUPPORTED, "static-device", NULL);
	request = nothing;
	request.has_align = true;
	request.align = 4096;
	expect_refusal(&setup, &request, DAXFS_CLASS_UNSUPPORTED, "static-device", NULL);
}

static void bad_sizes_and_aligns_are_refused(void **state)
{
	static const struct {
		uint64_t size, align; /* 0: not asked */
		const char *id, *override;
	} bad[] = {
		{ 3000, 0, "bad-size", NULL },
		{ 513 * MIB, 0, "bad-size", NULL },
		{ 2 * GIB, 0, "no-space", NULL },
		{ UINT64_MAX - 2 * MIB + 1, 0, "no-space", NULL },
		{ 256 * MIB, 0, "shrink", "--shrink" },
		{ 768 * MIB, GIB, "bad-size", NULL },
		{ 0, 3000, "bad-align", NULL },
		{ 0, 4 * MIB, "bad-align", NULL },
		{ 0, GIB, "bad-align", NULL },
	};
	const struct setup setup = { .mode = DAXFS_MODE_DEVDAX, .kind = DAXFS_KIND_HMEM };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct daxfs_request request = nothing;

		request.has_size = bad[i].size != 0;
		request.size = bad[i].size;
		request.has_align = bad[i].align != 0;
		request.align = bad[i].align;
		expect_refusal(&setup, &request, DAXFS_CLASS_INVALID, bad[i].id, bad[i].override);
	}
}

static void size_zero_is_refused(void **state)
{
	const struct setup setup = { .mode = DAXFS_MODE_DEVDAX, .kind = DAXFS_KIND_HMEM };
	struct daxfs_request request = nothing;

	request.has_size = true;
	expect_refusal(&setup, &request, DAXFS_CLASS_INVALID, "bad-size", NULL);
}

/* A request that the caller has to free the ranges of. */
static struct daxfs_request to_ranges(const struct daxfs_range *ranges, size_t n)
{
	struct daxfs_request request = nothing;

	assert_int_equal(daxfs_request_set_ranges(&request, ranges, n), 0);
	return request;
}

/* The values of the steps size and mapping, joined by blanks. */
static void expect_steps_of_memory(const struct setup *setup, const struct daxfs_range *ranges,
				   size_t n, unsigned int flags, const char *expected)
{
	_cleanup_(facts_freep) struct facts *facts = make_facts(setup);
	_cleanup_(daxfs_plan_freep) struct daxfs_plan *plan = NULL;
	struct daxfs_request request = to_ranges(ranges, n);
	struct daxfs_step step;
	char text[512] = "";

	request.flags = flags;
	assert_int_equal(plan_make(ctx, &facts, &request, &plan), 0);
	for (size_t i = 0; daxfs_plan_get_step(plan, i, &step); i++) {
		if (strcmp(step.name, "size") != 0 && strcmp(step.name, "mapping") != 0)
			continue;
		strcat(text, *text ? " " : "");
		strcat(text, step.value);
	}
	assert_string_equal(text, expected);
	free(request.ranges);
}

/* The device has 512 MiB from 4 GiB on. */
static void ranges_keep_what_is_in_its_place(void **state)
{
	const struct daxfs_range same[] = { { 4 * GIB, 4 * GIB + 512 * MIB - 1, 0 } };
	const struct daxfs_range more[] = { same[0], { 5 * GIB, 5 * GIB + 128 * MIB - 1, 0 } };
	const struct daxfs_range less[] = { { 4 * GIB, 4 * GIB + 256 * MIB - 1, 0 }, more[1] };
	const struct daxfs_range other[] = { more[1], same[0] };
	struct setup setup = { .mode = DAXFS_MODE_DEVDAX, .kind = DAXFS_KIND_HMEM };

	expect_steps_of_memory(&setup, same, 1, 0, "");
	expect_steps_of_memory(&setup, more, 2, 0, "0x140000000-0x147ffffff");
	expect_steps_of_memory(&setup, less, 2, DAXFS_FLAG_SHRINK,
			       "268435456 0x140000000-0x147ffffff");
	expect_steps_of_memory(&setup, other, 2, DAXFS_FLAG_SHRINK,
			       "0 0x140000000-0x147ffffff 0x100000000-0x11fffffff");
	setup.seed = true;
	setup.mode = DAXFS_MODE_NONE;
	expect_steps_of_memory(&setup, less, 2, 0,
			       "0x100000000-0x10fffffff 0x140000000-0x147ffffff");
}

static void ranges_of_a_static_device_may_be_those_it_has(void **state)
{
	const struct daxfs_range same = { 4 * GIB, 4 * GIB + 512 * MIB - 1, 0 };
	const struct daxfs_range other = { 4 * GIB, 4 * GIB + 256 * MIB - 1, 0 };
	struct setup setup = { .mode = DAXFS_MODE_DEVDAX, .kind = DAXFS_KIND_PMEM };
	struct daxfs_request request = to_ranges(&other, 1);

	expect_steps_of_memory(&setup, &same, 1, 0, "");
	expect_refusal(&setup, &request, DAXFS_CLASS_UNSUPPORTED, "static-device", NULL);
	free(request.ranges);
}

static void bad_ranges_are_refused(void **state)
{
	static const struct {
		struct daxfs_range ranges[2];
		const char *id, *override;
	} bad[] = {
		/* in units of the align, and of 2 MiB */
		{ { { 4 * GIB + 4096, 4 * GIB + 4096 + 256 * MIB - 1, 0 },
		    { 6 * GIB, 6 * GIB + 2 * MIB - 1, 0 } },
		  "bad-range",
		  NULL },
		{ { { 4 * GIB, 4 * GIB + MIB - 1, 0 }, { 6 * GIB, 6 * GIB + 3 * MIB - 1, 0 } },
		  "bad-range",
		  NULL },
		{ { { 4 * GIB, 4 * GIB + 512 * MIB - 1, 0 },
		    { 4 * GIB + 2 * MIB, 4 * GIB + 4 * MIB - 1, 0 } },
		  "bad-range",
		  NULL },
		{ { { 4 * GIB, 4 * GIB + 512 * MIB - 1, 0 },
		    { 6 * GIB, 6 * GIB + 514 * MIB - 1, 0 } },
		  "no-space",
		  NULL },
		/* as large as it was, but its end moves */
		{ { { 4 * GIB, 4 * GIB + 256 * MIB - 1, 0 },
		    { 6 * GIB, 6 * GIB + 256 * MIB - 1, 0 } },
		  "shrink",
		  "--shrink" },
	};
	struct setup setup = { .mode = DAXFS_MODE_DEVDAX, .kind = DAXFS_KIND_HMEM };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct daxfs_request request = to_ranges(bad[i].ranges, 2);

		expect_refusal(&setup, &request, DAXFS_CLASS_INVALID, bad[i].id, bad[i].override);
		free(request.ranges);
	}
}

/* What the device itself has is its own; what another one has is not to be had. */
static void memory_of_another_device_is_refused(void **state)
{
	const struct setup setup = { .mode = DAXFS_MODE_DEVDAX, .kind = DAXFS_KIND_HMEM };
	const struct daxfs_range ranges[] = { { 4 * GIB, 4 * GIB + 512 * MIB - 1, 0 },
					      { 6 * GIB, 6 * GIB + 128 * MIB - 1, 0 } };
	struct daxfs_request request = to_ranges(ranges, 2);
	_cleanup_(daxfs_plan_freep) struct daxfs_plan *plan = NULL;
	_cleanup_(facts_freep) struct facts *facts = make_facts(&setup);

	facts->taken = calloc(2, sizeof(*facts->taken));
	assert_non_null(facts->taken);
	facts->n_taken = 2;
	strcpy(facts->taken[0].name, "dax0.0");
	facts->taken[0].range = ranges[0];
	strcpy(facts->taken[1].name, "dax0.1");
	facts->taken[1].range = (struct daxfs_range){ 6 * GIB + 126 * MIB, 7 * GIB - 1, 0 };
	assert_true(plan_make(ctx, &facts, &request, &plan) < 0);
	assert_string_equal(daxfs_error_get_id(daxfs_ctx_get_error(ctx)), "range-taken");
	assert_non_null(strstr(daxfs_error_get_message(daxfs_ctx_get_error(ctx)), "dax0.1"));
	facts->taken[1].range.start = 6 * GIB + 128 * MIB;
	assert_int_equal(plan_make(ctx, &facts, &request, &plan), 0);
	free(request.ranges);
}

static void a_request_takes_no_ranges_that_are_none(void **state)
{
	const struct daxfs_range inverted = { 8, 4, 0 }, good = { 0, 4095, 7 };
	struct daxfs_request request = nothing;

	assert_int_equal(daxfs_request_set_ranges(&request, &good, 0), -EINVAL);
	assert_int_equal(daxfs_request_set_ranges(&request, &inverted, 1), -EINVAL);
	assert_false(request.has_size);
	assert_null(request.ranges);
	assert_int_equal(daxfs_request_set_ranges(&request, &good, 1), 0);
	assert_true(request.has_size);
	assert_int_equal(request.size, 4096);
	assert_int_equal(request.ranges[0].page_offset, 0);
	free(request.ranges);
}

static void shrinking_needs_its_flag(void **state)
{
	const struct setup setup = { .mode = DAXFS_MODE_DEVDAX,
				     .kind = DAXFS_KIND_HMEM,
				     .hmem_is_kmem_type = MATCH_NO };
	struct daxfs_request request = nothing;

	request.has_size = true;
	request.size = 256 * MIB;
	request.flags = DAXFS_FLAG_SHRINK;
	expect_plan(&setup, &request, "unbind size bind" IDS);
}

static void a_smaller_size_for_another_mode_is_told(void **state)
{
	const struct setup setup = { .mode = DAXFS_MODE_DEVDAX,
				     .kind = DAXFS_KIND_HMEM,
				     .hmem_is_kmem_type = MATCH_NO };
	struct daxfs_request request = to_mode(DAXFS_MODE_FAMFS);
	_cleanup_(facts_freep) struct facts *facts = make_facts(&setup);
	_cleanup_(daxfs_plan_freep) struct daxfs_plan *plan = NULL;

	request.has_size = true;
	request.size = 256 * MIB;
	assert_int_equal(plan_make(ctx, &facts, &request, &plan), 0);
	assert_steps(plan, "new-id unbind size bind" IDS);
	assert_int_equal(daxfs_plan_get_n_notes(plan), 1);
	assert_non_null(strstr(daxfs_plan_get_note(plan, 0), "268435456 bytes"));
}

static void online_memory_is_refused_without_force(void **state)
{
	const struct setup setup = { .mode = DAXFS_MODE_SYSTEM_RAM,
				     .kind = DAXFS_KIND_PMEM,
				     .n_online = 1 };
	struct daxfs_request request = to_mode(DAXFS_MODE_DEVDAX);

	expect_refusal(&setup, &request, DAXFS_CLASS_BUSY, "memory-online", "--force");
	request.flags = DAXFS_FLAG_FORCE;
	expect_plan(&setup, &request, "offline-memory unbind bind" IDS);
}

static void system_ram_to_famfs_is_refused_without_force(void **state)
{
	const struct setup setup = { .mode = DAXFS_MODE_SYSTEM_RAM, .kind = DAXFS_KIND_PMEM };
	struct daxfs_request request = to_mode(DAXFS_MODE_FAMFS);

	expect_refusal(&setup, &request, DAXFS_CLASS_BUSY, "from-system-ram", "--force");
	request.flags = DAXFS_FLAG_FORCE;
	expect_plan(&setup, &request, "new-id unbind bind" IDS);
}

static void online_system_ram_is_nothing_to_do(void **state)
{
	const struct setup setup = { .mode = DAXFS_MODE_SYSTEM_RAM,
				     .kind = DAXFS_KIND_PMEM,
				     .n_online = 4 };
	const struct daxfs_request request = to_mode(DAXFS_MODE_SYSTEM_RAM);

	expect_plan(&setup, &request, "");
}

static void no_online_leaves_blocks_alone(void **state)
{
	const struct setup there = { .mode = DAXFS_MODE_SYSTEM_RAM, .kind = DAXFS_KIND_PMEM };
	const struct setup setup = { .mode = DAXFS_MODE_DEVDAX, .kind = DAXFS_KIND_PMEM };
	struct daxfs_request request = to_mode(DAXFS_MODE_SYSTEM_RAM);

	request.online = DAXFS_ONLINE_NONE;
	expect_plan(&there, &request, "");
	expect_plan(&setup, &request, "new-id unbind bind" IDS);
}

/* Which wish each auto-online policy grants; the others are refused. */
static void each_policy_grants_what_it_gives(void **state)
{
	static const struct {
		enum online_policy policy;
		bool movable, kernel, none;
	} policies[] = {
		{ POLICY_OFFLINE, true, true, true },
		{ POLICY_ONLINE, false, true, false },
		{ POLICY_ONLINE_KERNEL, false, true, false },
		{ POLICY_ONLINE_MOVABLE, true, false, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(policies); i++) {
		const bool granted[] = { policies[i].movable, policies[i].kernel,
					 policies[i].none };
		const struct setup setup = { .mode = DAXFS_MODE_DEVDAX,
					     .kind = DAXFS_KIND_PMEM,
					     .policy = policies[i].policy };

		for (enum daxfs_online online = 0; online < ARRAY_SIZE(granted); online++) {
			struct daxfs_request request = to_mode(DAXFS_MODE_SYSTEM_RAM);

			request.online = online;
			if (!granted[online])
				expect_refusal(&setup, &request, DAXFS_CLASS_UNSUPPORTED,
					       "online-policy", NULL);
			else if (online == DAXFS_ONLINE_NONE)
				expect_plan(&setup, &request, "new-id unbind bind" IDS);
			else
				expect_plan(&setup, &request,
					    "new-id unbind bind" IDS " online-memory");
		}
	}
}

static void a_range_without_a_whole_block_is_refused(void **state)
{
	const struct setup setup = { .mode = DAXFS_MODE_DEVDAX,
				     .kind = DAXFS_KIND_HMEM,
				     .small = true };
	const struct daxfs_request request = to_mode(DAXFS_MODE_SYSTEM_RAM);

	expect_refusal(&setup, &request, DAXFS_CLASS_UNSUPPORTED, "range-too-small", NULL);
}

static void bytes_outside_whole_blocks_are_told(void **state)
{
	const struct setup setup = { .mode = DAXFS_MODE_DEVDAX,
				     .kind = DAXFS_KIND_HMEM,
				     .lost = true };
	const struct daxfs_request request = to_mode(DAXFS_MODE_SYSTEM_RAM);
	_cleanup_(facts_freep) struct facts *facts = make_facts(&setup);
	_cleanup_(daxfs_plan_freep) struct daxfs_plan *plan = NULL;

	assert_int_equal(plan_make(ctx, &facts, &request, &plan), 0);
	assert_int_equal(daxfs_plan_get_n_notes(plan), 1);
	assert_non_null(strstr(daxfs_plan_get_note(plan, 0), "2097152 bytes"));
}

static void a_stranded_device_needs_a_reboot(void **state)
{
	const struct setup setup = { .kind = DAXFS_KIND_HMEM, .stranded = true };
	const struct daxfs_request request = to_mode(DAXFS_MODE_DEVDAX);

	expect_refusal(&setup, &request, DAXFS_CLASS_REBOOT, "stranded", NULL);
}

static void a_driver_that_nobody_knows_is_left_alone(void **state)
{
	const struct setup setup = { .mode = DAXFS_MODE_OTHER, .kind = DAXFS_KIND_HMEM };
	const struct daxfs_request request = to_mode(DAXFS_MODE_DEVDAX);

	expect_refusal(&setup, &request, DAXFS_CLASS_UNSUPPORTED, "unknown-driver", NULL);
}

static void a_module_that_cannot_be_had_is_refused(void **state)
{
	static const struct {
		enum module_state state;
		const char *id;
	} states[] = {
		{ MODULE_NOT_FOUND, "no-module" },
		{ MODULE_BLACKLISTED, "module-blacklisted" },
		{ MODULE_OVERRIDDEN, "module-overridden" },
	};
	const struct daxfs_request request = to_mode(DAXFS_MODE_FAMFS);

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		const struct setup setup = { .mode = DAXFS_MODE_DEVDAX,
					     .kind = DAXFS_KIND_HMEM,
					     .fsdev_missing = true,
					     .module = states[i].state };

		expect_refusal(&setup, &request, DAXFS_CLASS_UNSUPPORTED, states[i].id, NULL);
	}
}

static void a_neighbour_that_would_be_captured_is_named(void **state)
{
	/* device_dax takes unbound pmem along when a device of kmem's type is registered with it */
	const struct setup setup = { .mode = DAXFS_MODE_FAMFS,
				     .kind = DAXFS_KIND_CXL,
				     .neighbour = "dax1.0" };
	struct daxfs_request request = to_mode(DAXFS_MODE_DEVDAX);

	expect_refusal(&setup, &request, DAXFS_CLASS_BUSY, "bystander", "--allow-capture");
	assert_non_null(strstr(daxfs_error_get_message(daxfs_ctx_get_error(ctx)), "dax1.0"));
	request.flags = DAXFS_FLAG_ALLOW_CAPTURE;
	expect_plan(&setup, &request, "new-id unbind bind" IDS);
}

static void a_neighbour_of_another_type_is_no_bystander(void **state)
{
	const struct setup setup = { .mode = DAXFS_MODE_DEVDAX,
				     .kind = DAXFS_KIND_PMEM,
				     .neighbour = "dax1.0" };
	const struct daxfs_request request = to_mode(DAXFS_MODE_SYSTEM_RAM);

	/* But its id may be left in the driver, by whomever. */
	expect_plan(&setup, &request, "remove-id new-id unbind bind" IDS " online-memory");
}

static void rebind_of_an_unbound_device_needs_a_mode(void **state)
{
	const struct setup setup = { .kind = DAXFS_KIND_HMEM };
	struct daxfs_request request = nothing;

	request.flags = DAXFS_FLAG_REBIND;
	expect_refusal(&setup, &request, DAXFS_CLASS_INVALID, "not-bound", NULL);
}

/* From each mode to none: nobody gets the device, so the drivers' types do not matter. */
static void a_disable_is_an_unbind_without_a_bind(void **state)
{
	const struct daxfs_request request = to_mode(DAXFS_MODE_NONE);
	const enum daxfs_kind kinds[] = { DAXFS_KIND_PMEM, DAXFS_KIND_HMEM, DAXFS_KIND_CXL };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		/* the neighbour is of device_dax's type, and no bystander */
		struct setup setup = { .kind = kinds[i], .neighbour = "dax1.0" };

		for (enum daxfs_mode mode = DAXFS_MODE_DEVDAX; mode < DAXFS_MODE_OTHER; mode++) {
			setup.mode = mode;
			expect_plan(&setup, &request, "unbind" IDS);
		}
		setup.mode = DAXFS_MODE_NONE;
		expect_plan(&setup, &request, "");
	}
}

static void only_drivers_that_are_there_are_asked_for_ids_of_a_disabled_device(void **state)
{
	const struct daxfs_request request = to_mode(DAXFS_MODE_NONE);
	const struct setup setup = { .mode = DAXFS_MODE_DEVDAX,
				     .kind = DAXFS_KIND_PMEM,
				     .fsdev_missing = true,
				     .kmem_missing = true };

	expect_plan(&setup, &request, "unbind remove-id");
}

static void a_disable_of_online_memory_is_refused_without_force(void **state)
{
	const struct setup setup = { .mode = DAXFS_MODE_SYSTEM_RAM,
				     .kind = DAXFS_KIND_CXL,
				     .n_online = 1 };
	struct daxfs_request request = to_mode(DAXFS_MODE_NONE);

	expect_refusal(&setup, &request, DAXFS_CLASS_BUSY, "memory-online", "--force");
	request.flags = DAXFS_FLAG_FORCE;
	expect_plan(&setup, &request, "offline-memory unbind" IDS);
}

static void a_device_can_be_resized_as_it_is_disabled(void **state)
{
	const struct setup setup = { .mode = DAXFS_MODE_FAMFS, .kind = DAXFS_KIND_HMEM };
	struct daxfs_request request = to_mode(DAXFS_MODE_NONE);

	request.has_size = true;
	request.size = GIB;
	expect_plan(&setup, &request, "unbind size" IDS);
}

static void no_driver_cannot_be_bound_again(void **state)
{
	const struct setup setup = { .mode = DAXFS_MODE_DEVDAX, .kind = DAXFS_KIND_HMEM };
	struct daxfs_request request = to_mode(DAXFS_MODE_NONE);

	request.flags = DAXFS_FLAG_REBIND;
	expect_refusal(&setup, &request, DAXFS_CLASS_INVALID, "not-bound", NULL);
}

static void expect_mode(const struct setup *setup, const struct daxfs_request *request,
			enum daxfs_mode mode)
{
	_cleanup_(facts_freep) struct facts *facts = make_facts(setup);
	_cleanup_(daxfs_plan_freep) struct daxfs_plan *plan = NULL;

	assert_int_equal(plan_make(ctx, &facts, request, &plan), 0);
	assert_int_equal(daxfs_plan_get_mode(plan), mode);
}

static void enabling_takes_the_mode_asked_for_then_the_one_before_then_devdax(void **state)
{
	struct setup setup = { .kind = DAXFS_KIND_CXL };
	struct daxfs_request request = nothing;

	request.flags = DAXFS_FLAG_ENABLE;
	expect_mode(&setup, &request, DAXFS_MODE_DEVDAX);
	setup.configured_mode = DAXFS_MODE_SYSTEM_RAM;
	expect_mode(&setup, &request, DAXFS_MODE_SYSTEM_RAM);
	expect_plan(&setup, &request, "bind" IDS " online-memory");
	request.online = DAXFS_ONLINE_NONE;
	expect_plan(&setup, &request, "bind" IDS);
	request = to_mode(DAXFS_MODE_FAMFS);
	request.flags = DAXFS_FLAG_ENABLE;
	expect_mode(&setup, &request, DAXFS_MODE_FAMFS);
}

/* What is remembered is for enabling: a device that is only resized stays without a driver. */
static void a_mode_that_is_remembered_is_not_asked_for(void **state)
{
	const struct setup setup = { .kind = DAXFS_KIND_HMEM, .configured_mode = DAXFS_MODE_FAMFS };
	struct daxfs_request request = nothing;

	request.has_size = true;
	request.size = GIB;
	expect_plan(&setup, &request, "size");
}

static void enabling_leaves_an_enabled_device_alone(void **state)
{
	/* in system-ram, with its memory offline */
	const struct setup setup = { .mode = DAXFS_MODE_SYSTEM_RAM, .kind = DAXFS_KIND_PMEM };
	struct daxfs_request request = nothing;

	request.flags = DAXFS_FLAG_ENABLE;
	expect_plan(&setup, &request, "");
	request = to_mode(DAXFS_MODE_SYSTEM_RAM);
	request.flags = DAXFS_FLAG_ENABLE;
	expect_plan(&setup, &request, "");
	request.mode = DAXFS_MODE_FAMFS;
	request.flags |= DAXFS_FLAG_FORCE;
	expect_refusal(&setup, &request, DAXFS_CLASS_INVALID, "already-enabled", NULL);
}

static void enabling_names_whom_the_driver_would_capture(void **state)
{
	const struct setup setup = { .kind = DAXFS_KIND_CXL, .neighbour = "dax1.0" };
	struct daxfs_request request = nothing;

	request.flags = DAXFS_FLAG_ENABLE;
	expect_refusal(&setup, &request, DAXFS_CLASS_BUSY, "bystander", "--allow-capture");
	request.flags |= DAXFS_FLAG_ALLOW_CAPTURE;
	expect_plan(&setup, &request, "new-id" IDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair_of_modes_has_its_steps),
		cmocka_unit_test(a_region_of_unknown_type_gets_an_id),
		cmocka_unit_test(a_missing_module_is_loaded_before_the_unbind_without_autoprobe),
		cmocka_unit_test(rebind_binds_the_same_driver_again),
		cmocka_unit_test(size_and_mode_are_one_transaction),
		cmocka_unit_test(a_smaller_align_is_set_before_the_size_a_larger_one_after),
		cmocka_unit_test(an_unbound_device_is_resized_without_binding_it),
		cmocka_unit_test(a_seed_gets_size_and_driver_at_once),
		cmocka_unit_test(the_size_and_align_it_has_are_nothing_to_do),
		cmocka_unit_test(size_and_align_of_a_static_device_are_refused),
		cmocka_unit_test(bad_sizes_and_aligns_are_refused),
		cmocka_unit_test(size_zero_is_refused),
		cmocka_unit_test(ranges_keep_what_is_in_its_place),
		cmocka_unit_test(ranges_of_a_static_device_may_be_those_it_has),
		cmocka_unit_test(bad_ranges_are_refused),
		cmocka_unit_test(memory_of_another_device_is_refused),
		cmocka_unit_test(a_request_takes_no_ranges_that_are_none),
		cmocka_unit_test(shrinking_needs_its_flag),
		cmocka_unit_test(a_smaller_size_for_another_mode_is_told),
		cmocka_unit_test(online_memory_is_refused_without_force),
		cmocka_unit_test(system_ram_to_famfs_is_refused_without_force),
		cmocka_unit_test(online_system_ram_is_nothing_to_do),
		cmocka_unit_test(no_online_leaves_blocks_alone),
		cmocka_unit_test(each_policy_grants_what_it_gives),
		cmocka_unit_test(a_range_without_a_whole_block_is_refused),
		cmocka_unit_test(bytes_outside_whole_blocks_are_told),
		cmocka_unit_test(a_stranded_device_needs_a_reboot),
		cmocka_unit_test(a_driver_that_nobody_knows_is_left_alone),
		cmocka_unit_test(a_module_that_cannot_be_had_is_refused),
		cmocka_unit_test(a_neighbour_that_would_be_captured_is_named),
		cmocka_unit_test(a_neighbour_of_another_type_is_no_bystander),
		cmocka_unit_test(rebind_of_an_unbound_device_needs_a_mode),
		cmocka_unit_test(a_disable_is_an_unbind_without_a_bind),
		cmocka_unit_test(
			only_drivers_that_are_there_are_asked_for_ids_of_a_disabled_device),
		cmocka_unit_test(a_disable_of_online_memory_is_refused_without_force),
		cmocka_unit_test(a_device_can_be_resized_as_it_is_disabled),
		cmocka_unit_test(no_driver_cannot_be_bound_again),
		cmocka_unit_test(enabling_takes_the_mode_asked_for_then_the_one_before_then_devdax),
		cmocka_unit_test(a_mode_that_is_remembered_is_not_asked_for),
		cmocka_unit_test(enabling_leaves_an_enabled_device_alone),
		cmocka_unit_test(enabling_names_whom_the_driver_would_capture),
	};

	return cmocka_run_group_tests(tests, make_ctx, drop_ctx);
}
