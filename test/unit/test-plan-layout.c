// SPDX-License-Identifier: GPL-2.0-only
/* Plans that change size, align and ranges of a device. */
#include <string.h>

#include "plan-setup.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests(tests, make_ctx, drop_ctx);
}
