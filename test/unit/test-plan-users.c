// SPDX-License-Identifier: GPL-2.0-only
/* Plans for a device that somebody uses. */
#include "unit.h"

#include <string.h>

#include "plan.h"
#include "users.h"

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

/* A pmem device, bound to device_dax or to nothing. */
static struct facts *make_facts(bool is_bound, const struct daxfs_user *user)
{
	struct facts *facts = calloc(1, sizeof(*facts));
	struct daxfs_device *device = calloc(1, sizeof(*device));

	assert_non_null(facts);
	assert_non_null(device);
	facts->device = device;
	facts->driver_present[0] = facts->driver_present[1] = facts->driver_present[2] = true;
	facts->module = MODULE_LIVE;
	facts->page_size = 4096;
	device->refcount = 1;
	strcpy(device->name, "dax0.0");
	device->kind = DAXFS_KIND_PMEM;
	device->is_static = true;
	device->mode = is_bound ? DAXFS_MODE_DEVDAX : DAXFS_MODE_NONE;
	device->driver = is_bound ? strdup("device_dax") : NULL;
	device->state = is_bound ? DAXFS_STATE_ENABLED : DAXFS_STATE_DISABLED;
	device->has_size = device->has_align = true;
	device->size = UINT64_C(1) << 29;
	device->align = UINT64_C(1) << 21;
	device->has_users = true;
	if (user)
		assert_int_equal(users_add(&device->users, &device->n_users, user), 0);
	return facts;
}

static const struct daxfs_user reader = {
	.how = DAXFS_USAGE_FD,
	.pid = 12,
	.uid = 7,
	.comm = "cat",
};

static struct daxfs_request to_famfs(unsigned int flags)
{
	return (struct daxfs_request){ .has_mode = true, .mode = DAXFS_MODE_FAMFS, .flags = flags };
}

static void refused(struct facts *facts, const struct daxfs_request *request)
{
	_cleanup_(facts_freep) struct facts *owned = facts;
	struct daxfs_plan *plan = NULL;

	assert_int_equal(plan_make(ctx, &owned, request, &plan), -EBUSY);
	assert_null(plan);
	assert_string_equal(daxfs_error_get_id(daxfs_ctx_get_error(ctx)), "in-use");
}

/* The plan's notes, joined. */
static void planned(struct facts *facts, const struct daxfs_request *request, const char *notes)
{
	_cleanup_(facts_freep) struct facts *owned = facts;
	_cleanup_(daxfs_plan_freep) struct daxfs_plan *plan = NULL;
	char text[256] = "";

	assert_int_equal(plan_make(ctx, &owned, request, &plan), 0);
	for (size_t i = 0; i < daxfs_plan_get_n_notes(plan); i++)
		strcat(text, daxfs_plan_get_note(plan, i));
	assert_string_equal(text, notes);
}

static void a_device_in_use_is_refused_with_its_users(void **state)
{
	struct daxfs_request request = to_famfs(0);
	const struct daxfs_user *users;
	const struct daxfs_error *error;
	size_t n;

	refused(make_facts(true, &reader), &request);
	error = daxfs_ctx_get_error(ctx);
	assert_int_equal(daxfs_error_get_class(error), DAXFS_CLASS_BUSY);
	assert_string_equal(daxfs_error_get_override(error), "--force");
	assert_string_equal(daxfs_error_get_message(error),
			    "dax0.0: in use by pid 12 (cat, uid 7): open");
	assert_true(daxfs_error_get_users(error, &users, &n));
	assert_int_equal(n, 1);
	assert_int_equal(users[0].pid, 12);
	assert_string_equal(users[0].comm, "cat");
}

static void a_mount_and_a_holder_are_users_too(void **state)
{
	const struct daxfs_user mount = { .how = DAXFS_USAGE_MOUNT, .mountpoint = "/mnt" };
	const struct daxfs_user holder = { .how = DAXFS_USAGE_HELD };
	struct daxfs_request request = to_famfs(0);

	refused(make_facts(true, &mount), &request);
	refused(make_facts(true, &holder), &request);
}

static void a_node_kept_open_over_the_unbind_is_refused_too(void **state)
{
	struct daxfs_request request = to_famfs(0);

	refused(make_facts(false, &reader), &request);
}

static void a_rebind_is_refused_too(void **state)
{
	struct daxfs_request request = { .flags = DAXFS_FLAG_REBIND };

	refused(make_facts(true, &reader), &request);
}

static void force_goes_on_and_tells_whom_it_hits(void **state)
{
	struct daxfs_request request = to_famfs(DAXFS_FLAG_FORCE);

	planned(make_facts(true, &reader), &request,
		"dax0.0: goes on though in use by pid 12 (cat, uid 7): open");
}

static void a_device_that_is_right_is_not_refused(void **state)
{
	struct daxfs_request request = { .has_mode = true, .mode = DAXFS_MODE_DEVDAX };

	planned(make_facts(true, &reader), &request, "");
}

static void a_free_device_is_not_refused(void **state)
{
	struct daxfs_request request = to_famfs(0);

	planned(make_facts(true, NULL), &request, "");
	assert_null(daxfs_ctx_get_error(ctx));
}

static void unknown_users_are_a_note(void **state)
{
	struct daxfs_request request = to_famfs(0);
	struct facts *facts = make_facts(true, NULL);

	facts->device->has_users = false;
	planned(facts, &request,
		"dax0.0: not all processes can be seen from here, so it may be in use");
}

static void known_users_are_reason_enough_where_others_are_not_seen(void **state)
{
	struct daxfs_request request = to_famfs(0);
	struct facts *facts = make_facts(true, &reader);

	facts->device->has_users = false;
	refused(facts, &request);
}

#define plan_test(name) cmocka_unit_test_setup_teardown(name, make_ctx, drop_ctx)

int main(void)
{
	const struct CMUnitTest tests[] = {
		plan_test(a_device_in_use_is_refused_with_its_users),
		plan_test(a_mount_and_a_holder_are_users_too),
		plan_test(a_node_kept_open_over_the_unbind_is_refused_too),
		plan_test(a_rebind_is_refused_too),
		plan_test(force_goes_on_and_tells_whom_it_hits),
		plan_test(a_device_that_is_right_is_not_refused),
		plan_test(a_free_device_is_not_refused),
		plan_test(unknown_users_are_a_note),
		plan_test(known_users_are_reason_enough_where_others_are_not_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
