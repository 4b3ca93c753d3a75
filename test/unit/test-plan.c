// SPDX-License-Identifier: GPL-2.0-only
/* Plans, from facts made by hand: every pair of modes, every refusal, the order of the steps. */
#include <string.h>

#include "plan-setup.h"

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
