// SPDX-License-Identifier: GPL-2.0-only
/* Checks, from facts made by hand: what trees cannot hold, and what is not to be found. */
#include "unit.h"

#include <string.h>

#include "alloc.h"
#include "check.h"
#include "plan.h"
#include "users.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

struct fixture {
	struct daxfs_ctx *ctx;
	struct facts *facts;
	struct check_facts *check;
	struct daxfs_device *device;
	struct findings findings;
};

static struct daxfs_device *make_device(void)
{
	struct daxfs_device *device = calloc(1, sizeof(*device));

	assert_non_null(device);
	device->refcount = 1;
	strcpy(device->name, "dax0.0");
	device->driver = strdup("device_dax");
	device->mode = DAXFS_MODE_DEVDAX;
	device->state = DAXFS_STATE_ENABLED;
	device->kind = DAXFS_KIND_HMEM;
	device->has_size = device->has_align = device->has_ranges = device->has_users = true;
	device->size = GIB;
	device->align = 2 * MIB;
	device->n_mappings = 1;
	device->ranges = calloc(2, sizeof(*device->ranges));
	assert_non_null(device->ranges);
	device->ranges[0] = (struct daxfs_range){ .start = 4 * GIB, .end = 5 * GIB - 1 };
	return device;
}

/* A healthy device of which nothing else is known. */
static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(daxfs_ctx_new(&f->ctx), 0);
	f->facts = calloc(1, sizeof(*f->facts));
	f->check = calloc(1, sizeof(*f->check));
	assert_non_null(f->facts);
	assert_non_null(f->check);
	f->device = make_device();
	f->facts->device = f->device;
	f->facts->check = f->check;
	f->facts->page_size = 4096;
	f->facts->driver_present[0] = f->facts->driver_present[1] = true;
	f->facts->module = MODULE_LIVE;
	f->check->device = f->device;
	f->check->iomem_err = ENOENT;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	findings_done(&f->findings);
	facts_free(f->facts);
	daxfs_ctx_unref(f->ctx);
	free(f);
	return 0;
}

static void run(struct fixture *f, enum daxfs_mode mode)
{
	const struct check_goal goal = { .mode = mode, .binds = mode != DAXFS_MODE_NONE };

	findings_done(&f->findings);
	check_run(f->facts, &goal, &f->findings);
	assert_false(f->findings.out_of_memory);
}

/* Only @id was found; NULL: nothing. */
static void expect(struct fixture *f, enum daxfs_mode mode, const char *id)
{
	run(f, mode);
	assert_int_equal(f->findings.n, id ? 1 : 0);
	if (id)
		assert_string_equal(f->findings.list[0]->id, id);
}

static void add_entry(struct fixture *f, uint64_t start, uint64_t end, unsigned int depth,
		      const char *name)
{
	struct iomem_entry *entry;

	f->check->entries = reallocarray(f->check->entries, f->check->n_entries + 1,
					 sizeof(*f->check->entries));
	assert_non_null(f->check->entries);
	entry = &f->check->entries[f->check->n_entries++];
	*entry = (struct iomem_entry){ .start = start, .end = end, .depth = depth };
	snprintf(entry->name, sizeof(entry->name), "%s", name);
	f->check->iomem_err = 0;
}

/* What is found, and what is not */

static void what_is_not_known_is_not_found(void **state)
{
	struct fixture *f = *state;

	expect(f, DAXFS_MODE_NONE, NULL);
	expect(f, DAXFS_MODE_FAMFS, NULL);
	expect(f, DAXFS_MODE_SYSTEM_RAM, NULL);
	assert_true(f->findings.n_unchecked > 0);
	f->check->is_deep = true;
	expect(f, DAXFS_MODE_NONE, NULL);
}

static void a_journal_is_found_unless_its_switch_is_under_way(void **state)
{
	struct fixture *f = *state;

	f->check->is_deep = true;
	f->device->journal = "stale";
	expect(f, DAXFS_MODE_NONE, "journal");
	f->device->journal = "active";
	expect(f, DAXFS_MODE_NONE, NULL);
}

static void an_unsigned_module_is_found_where_signatures_are_wanted(void **state)
{
	struct fixture *f = *state;

	f->check->signature = SIGNATURE_MISSING;
	expect(f, DAXFS_MODE_FAMFS, NULL);
	f->check->wants_signatures = true;
	expect(f, DAXFS_MODE_FAMFS, "module-unsigned");
	f->check->signature = SIGNATURE_PRESENT;
	expect(f, DAXFS_MODE_FAMFS, NULL);
	f->check->signature = SIGNATURE_UNKNOWN;
	expect(f, DAXFS_MODE_FAMFS, NULL);
}

static void the_key_of_dkms_is_named_for_its_module(void **state)
{
	struct fixture *f = *state;

	f->check->wants_signatures = true;
	f->check->signature = SIGNATURE_MISSING;
	expect(f, DAXFS_MODE_FAMFS, "module-unsigned");
	assert_null(strstr(f->findings.list[0]->remedy, "/var/lib/dkms/mok.pub"));
	f->check->module_path = strdup("/lib/modules/7.3.4/updates/dkms/fsdev_dax.ko");
	expect(f, DAXFS_MODE_FAMFS, "module-unsigned");
	assert_non_null(strstr(f->findings.list[0]->message, "fsdev_dax"));
	assert_non_null(strstr(f->findings.list[0]->remedy, "/var/lib/dkms/mok.pub"));
}

/* 1 GiB: 16 MiB of struct pages, of which device_dax keeps a quarter. */
static void a_page_map_may_take_what_the_one_before_gives_back(void **state)
{
	struct fixture *f = *state;

	f->check->mem_available = (struct known_u64){ true, 12 * MIB };
	expect(f, DAXFS_MODE_FAMFS, NULL);
	f->check->mem_available.value--;
	expect(f, DAXFS_MODE_FAMFS, "no-memory-for-map");
	f->device->mode = DAXFS_MODE_FAMFS;
	expect(f, DAXFS_MODE_SYSTEM_RAM, NULL);
	f->device->mode = DAXFS_MODE_NONE;
	expect(f, DAXFS_MODE_DEVDAX, NULL);
	f->check->mem_available.value = 4 * MIB - 1;
	expect(f, DAXFS_MODE_DEVDAX, "no-memory-for-map");
	f->device->align = 4096;
	f->check->mem_available.value = 16 * MIB - 1;
	expect(f, DAXFS_MODE_DEVDAX, "no-memory-for-map");
}

static void a_page_map_on_the_memory_itself_takes_none(void **state)
{
	struct fixture *f = *state;

	f->check->mem_available = (struct known_u64){ true, 0 };
	expect(f, DAXFS_MODE_SYSTEM_RAM, "no-memory-for-map");
	f->check->memmap_on_memory = true;
	f->device->has_memmap_on_memory = f->device->memmap_on_memory = true;
	expect(f, DAXFS_MODE_SYSTEM_RAM, NULL);
	f->device->memmap_on_memory = false;
	f->device->is_static = true;
	strcpy(f->check->backing.map_mode, "pmem");
	expect(f, DAXFS_MODE_FAMFS, NULL);
	strcpy(f->check->backing.map_mode, "ram");
	expect(f, DAXFS_MODE_FAMFS, "no-memory-for-map");
}

/* kmem enters what it took, which is whole memory blocks. */
static void what_the_device_entered_itself_is_no_limit(void **state)
{
	struct fixture *f = *state;

	add_entry(f, 4 * GIB + 128 * MIB, 5 * GIB - 1, 0, "dax0.0");
	add_entry(f, 4 * GIB + 128 * MIB, 5 * GIB - 1, 1, "System RAM (kmem)");
	expect(f, DAXFS_MODE_NONE, NULL);
}

static void a_range_has_to_lie_in_the_outermost_entry(void **state)
{
	struct fixture *f = *state;

	add_entry(f, 4 * GIB, 6 * GIB - 1, 0, "Soft Reserved");
	add_entry(f, 4 * GIB, 4 * GIB + 1, 1, "hmem.0");
	expect(f, DAXFS_MODE_NONE, NULL);
	f->check->entries[0].end = 5 * GIB - 2;
	expect(f, DAXFS_MODE_NONE, "range-split");
	f->check->entries[0].end = 5 * GIB - 1;
	expect(f, DAXFS_MODE_NONE, NULL);
}

static void without_a_driver_there_need_not_be_an_entry(void **state)
{
	struct fixture *f = *state;

	f->check->iomem_err = 0;
	expect(f, DAXFS_MODE_NONE, "range-unowned");
	f->device->mode = DAXFS_MODE_NONE;
	expect(f, DAXFS_MODE_NONE, NULL);
}

static void the_first_byte_past_a_range_is_another_devices(void **state)
{
	struct fixture *f = *state;

	add_entry(f, 4 * GIB, 5 * GIB - 1, 0, "dax0.0");
	add_entry(f, 5 * GIB, 6 * GIB - 1, 0, "dax0.1");
	add_entry(f, 3 * GIB, 4 * GIB - 1, 0, "System RAM");
	expect(f, DAXFS_MODE_NONE, NULL);
	f->check->entries[1].start--;
	expect(f, DAXFS_MODE_NONE, "range-claimed");
	f->check->entries[1].start++;
	f->check->entries[2].end++;
	expect(f, DAXFS_MODE_NONE, "range-is-ram");
}

/* The same in a plan */

static void expect_plan(struct fixture *f, const struct daxfs_request *request, const char *id)
{
	struct daxfs_plan *plan = NULL;
	struct facts *facts = f->facts;
	int r = plan_make(f->ctx, &facts, request, &plan);

	if (!id) {
		assert_int_equal(r, 0);
		plan->facts = NULL; /* the fixture's */
		daxfs_plan_free(plan);
		return;
	}
	assert_true(r < 0);
	assert_string_equal(daxfs_error_get_id(daxfs_ctx_get_error(f->ctx)), id);
}

static void a_plan_is_refused_for_an_error(void **state)
{
	const struct daxfs_request famfs = { .has_mode = true, .mode = DAXFS_MODE_FAMFS };
	const struct daxfs_request none = { .has_mode = true, .mode = DAXFS_MODE_NONE };
	struct fixture *f = *state;

	expect_plan(f, &famfs, NULL);
	f->device->size = 2 * GIB;
	expect_plan(f, &famfs, "size-differs");
	/* a way out is open */
	expect_plan(f, &none, NULL);
	/* facts of another device say nothing */
	f->check->device = NULL;
	expect_plan(f, &famfs, NULL);
}

static void a_plan_is_not_refused_for_a_warning(void **state)
{
	const struct daxfs_request famfs = { .has_mode = true, .mode = DAXFS_MODE_FAMFS };
	struct fixture *f = *state;

	strcpy(f->check->machine, "armv7l");
	expect(f, DAXFS_MODE_FAMFS, "cache-aliasing");
	expect_plan(f, &famfs, NULL);
	strcpy(f->check->machine, "parisc64");
	expect_plan(f, &famfs, "cache-aliasing");
}

static void a_new_align_is_not_refused_for_the_old_one(void **state)
{
	const struct daxfs_request align = { .has_align = true, .align = 4096 };
	struct fixture *f = *state;

	f->device->align = GIB;
	f->device->ranges[0].start += 2 * MIB;
	f->device->ranges[0].end += 2 * MIB;
	expect(f, DAXFS_MODE_DEVDAX, "range-misaligned");
	expect_plan(f, &align, NULL);
}

static void count(void *userdata, const struct daxfs_error *error)
{
	size_t *n = userdata;

	(*n)++;
}

static void all_refusals_are_collected(void **state)
{
	const struct daxfs_request ram = { .has_mode = true, .mode = DAXFS_MODE_SYSTEM_RAM };
	struct daxfs_user user = { .how = DAXFS_USAGE_HELD, .uid = DAXFS_UID_UNKNOWN };
	struct fixture *f = *state;
	size_t n = 0;

	/* no module, no memory blocks, in use */
	f->facts->module = MODULE_NOT_FOUND;
	assert_int_equal(users_add(&f->device->users, &f->device->n_users, &user), 0);
	assert_int_equal(plan_collect(f->ctx, f->facts, &ram, count, &n), 0);
	assert_int_equal(n, 3);
}

/* Text of others' making */

static FILE *text_of(const char *text)
{
	FILE *file = fmemopen((void *)text, strlen(text), "r");

	assert_non_null(file);
	return file;
}

static void expect_available(const char *text, int expected, uint64_t bytes)
{
	_cleanup_fclose_ FILE *file = text_of(text);
	uint64_t found = UNTOUCHED;

	assert_int_equal(meminfo_find(file, "MemAvailable", &found), expected);
	assert_int_equal(found, expected == 0 ? bytes : UNTOUCHED);
}

static void available_memory_is_read(void **state)
{
	expect_available("MemTotal: 7 kB\nMemAvailable:   12 kB\nBuffers: 1 kB\n", 0, 12288);
	expect_available("MemAvailable:0 kB\n", 0, 0);
	expect_available("MemTotal: 7 kB\n", -ENOENT, 0);
	expect_available("MemAvailable: lots\n", -EBADMSG, 0);
	expect_available("MemAvailable: 18446744073709551615 kB\n", -EBADMSG, 0);
}

#define LEFT "fsdev_dax dax0.1: dynamic-dax with pre-populated page map\n"

static void expect_left(const char *text, bool expected)
{
	_cleanup_fclose_ FILE *file = text_of(text);
	bool found;

	assert_int_equal(check_find_page_map(file, "dax0.1", &found), 0);
	assert_int_equal(found, expected);
}

static void the_last_word_of_the_log_counts(void **state)
{
	expect_left("4,1,2,-;" LEFT, true);
	expect_left("4,1,2,-;" LEFT " SUBSYSTEM=dax\n DEVICE=+dax:dax0.1\n", true);
	expect_left("4,1,2,-;" LEFT "6,2,3,-;fsdev_dax dax0.1: another thing\n", false);
	expect_left("6,2,3,-;fsdev_dax dax0.1: another thing\n4,1,2,-;" LEFT, true);
	expect_left("4,1,2,-;fsdev_dax dax0.10: dynamic-dax with pre-populated page map\n", false);
	expect_left("\n", false);
}

static void expect_rule(const char *text, unsigned int expected)
{
	_cleanup_fclose_ FILE *file = text_of(text);
	unsigned int line = UNTOUCHED;

	assert_int_equal(check_find_online_rule(file, &line), expected ? 0 : -ENOENT);
	assert_int_equal(line, expected ? expected : UNTOUCHED);
}

static void rules_that_online_memory_are_seen(void **state)
{
	expect_rule("SUBSYSTEM==\"memory\", ATTR{state}=\"online_movable\"\n", 1);
	expect_rule("\n#\nSUBSYSTEM==\"memory\", \\\n \\\n ATTR{state}=\"online\"\n", 3);
	expect_rule("SUBSYSTEM==\"memory\", ATTR{state}==\"online\", GOTO=\"end\"\n", 0);
	expect_rule("# SUBSYSTEM==\"memory\", ATTR{state}=\"online\"\n", 0);
	expect_rule("SUBSYSTEM==\"cpu\", ATTR{online}=\"1\"\n", 0);
	expect_rule("SUBSYSTEM==\"memory\", \\", 0);
}

/* Memory */

static void without_memory_a_finding_is_not_passed_over(void **state)
{
	struct fixture *f = *state;
	const struct check_goal goal = { .mode = DAXFS_MODE_NONE };

	f->device->size = 2 * GIB;
	for (unsigned int n = 0;; n++) {
		bool failed;

		findings_done(&f->findings);
		alloc_fail_after(n);
		check_run(f->facts, &goal, &f->findings);
		failed = alloc_failed();
		if (!failed)
			break;
		assert_true(f->findings.out_of_memory);
	}
	assert_int_equal(f->findings.n, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_is_not_known_is_not_found),
		TEST(a_journal_is_found_unless_its_switch_is_under_way),
		TEST(an_unsigned_module_is_found_where_signatures_are_wanted),
		TEST(the_key_of_dkms_is_named_for_its_module),
		TEST(a_page_map_may_take_what_the_one_before_gives_back),
		TEST(a_page_map_on_the_memory_itself_takes_none),
		TEST(what_the_device_entered_itself_is_no_limit),
		TEST(a_range_has_to_lie_in_the_outermost_entry),
		TEST(without_a_driver_there_need_not_be_an_entry),
		TEST(the_first_byte_past_a_range_is_another_devices),
		TEST(a_plan_is_refused_for_an_error),
		TEST(a_plan_is_not_refused_for_a_warning),
		TEST(a_new_align_is_not_refused_for_the_old_one),
		TEST(all_refusals_are_collected),
		TEST(available_memory_is_read),
		TEST(the_last_word_of_the_log_counts),
		TEST(rules_that_online_memory_are_seen),
		TEST(without_memory_a_finding_is_not_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
