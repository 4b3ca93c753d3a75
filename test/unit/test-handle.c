// SPDX-License-Identifier: GPL-2.0-only
/* Modes that a process holds for a while, as far as no driver has to be bound for it. */
#include "unit.h"

#include <inttypes.h>
#include <string.h>

#include "journal.h"
#include "sysfs-fixture.h"

#define DEVICE "sys/bus/dax/devices/dax0.0/"

static void write_device(struct tree *tree, const char *driver)
{
	char target[64];

	tree_write(tree, DEVICE "size", "536870912\n");
	tree_write(tree, DEVICE "align", "2097152\n");
	/* where no machine that runs this has memory: /proc/iomem is its own */
	tree_write(tree, DEVICE "mapping0/start", "0x700000000000\n");
	tree_write(tree, DEVICE "mapping0/end", "0x70001fffffff\n");
	tree_write(tree, DEVICE "mapping0/page_offset", "0x0\n");
	snprintf(target, sizeof(target), "../../drivers/%s", driver);
	tree_symlink(tree, DEVICE "driver", target);
	tree_mkdir(tree, "sys/bus/dax/drivers/device_dax");
	tree_mkdir(tree, "sys/bus/dax/drivers/fsdev_dax");
}

/* When this process was started, as a journal names it. */
static uint64_t own_start(void)
{
	FILE *f = fopen("/proc/self/stat", "re");
	char text[1024], *field;

	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	field = strrchr(text, ')');
	assert_non_null(field);
	for (int i = 2; i < 22; i++) {
		field = strchr(field + 1, ' ');
		assert_non_null(field);
	}
	return strtoull(field + 1, NULL, 10);
}

/* From device_dax to fsdev_dax; by this process, or by one that is not there. */
static void write_journal(struct tree *tree, bool held, bool own)
{
	_cleanup_free_ char *text = NULL;
	char boot[64] = "";
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	assert_non_null(f);
	assert_non_null(fgets(boot, sizeof(boot), f));
	fclose(f);
	if (asprintf(&text,
		     "daxfsctl-journal 1\nboot %sprocess %d %" PRIu64 "\n%sdevice dax0.0\n"
		     "from device_dax\nkind hmem\nsize 536870912\nalign 2097152\n"
		     "range 0x700000000000 0x70001fffffff 0x0\nmatch 2\nautoprobe 0\nblock-size 0\n"
		     "to fsdev_dax 536870912 2097152\nonline 0 0\nend\n",
		     boot, own ? (int)getpid() : 0, own ? own_start() : 0,
		     held ? "held\n" : "") < 0)
		fail();
	tree_write(tree, "run/journal-dax0.0", text);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	_cleanup_free_ char *sys = NULL, *run = NULL;

	assert_non_null(f);
	f->n_fds = count_fds();
	f->tree = tree_new();
	*state = f;
	sys = tree_path(f->tree, "sys");
	run = tree_path(f->tree, "run");
	assert_int_equal(daxfs_ctx_new(&f->ctx), 0);
	assert_int_equal(daxfs_ctx_set_sysfs_root(f->ctx, sys), 0);
	return daxfs_ctx_set_run_dir(f->ctx, run);
}

static struct daxfs_outcome *recover(struct fixture *f, bool dry_run, int expected)
{
	struct daxfs_outcome *outcome = NULL;

	assert_int_equal(daxfs_recover(f->ctx, "dax0.0", dry_run, 0, &outcome), expected);
	assert_non_null(outcome);
	return outcome;
}

static int begin(struct daxfs_ctx *ctx, enum daxfs_mode mode, struct daxfs_switch **ret_handle)
{
	struct daxfs_request *request;
	int r;

	assert_int_equal(daxfs_request_new(&request), 0);
	daxfs_request_set_mode(request, mode);
	r = daxfs_switch_begin(ctx, "dax0.0", request, ret_handle);
	daxfs_request_free(request);
	return r;
}

/* @before and @after the number of this process. */
static void expect_pending(const struct daxfs_outcome *outcome, const char *before,
			   const char *after)
{
	const struct daxfs_error *error = daxfs_outcome_get_error(outcome, 0);
	char message[96];

	assert_int_equal(daxfs_outcome_get_result(outcome), DAXFS_RESULT_REFUSED);
	assert_non_null(error);
	assert_string_equal(daxfs_error_get_id(error), "pending");
	assert_int_equal(daxfs_error_get_class(error), DAXFS_CLASS_BUSY);
	snprintf(message, sizeof(message), "%s%d%s", before, (int)getpid(), after);
	assert_string_equal(daxfs_error_get_message(error), message);
}

static void others_are_told_mode_and_process(void **state)
{
	struct fixture *f = *state;
	struct daxfs_outcome *outcome;

	write_device(f->tree, "fsdev_dax");
	write_journal(f->tree, true, true);
	outcome = recover(f, false, -EBUSY);
	expect_pending(outcome, "dax0.0: held in mode famfs by pid ", " (test-handle)");
	daxfs_outcome_free(outcome);
	assert_true(journal_exists(f->ctx, "dax0.0"));
}

static void a_switch_under_way_is_told_as_such(void **state)
{
	struct fixture *f = *state;
	struct daxfs_outcome *outcome;

	write_device(f->tree, "fsdev_dax");
	write_journal(f->tree, false, true);
	outcome = recover(f, false, -EBUSY);
	expect_pending(outcome, "dax0.0: a switch by pid ", " (test-handle) is still under way");
	daxfs_outcome_free(outcome);
}

static void what_was_abandoned_can_be_recovered(void **state)
{
	struct fixture *f = *state;
	_cleanup_(journal_freep) struct journal *journal = NULL;
	struct daxfs_outcome *outcome;

	write_device(f->tree, "device_dax");
	write_journal(f->tree, true, true);
	assert_int_equal(journal_read(f->ctx, "dax0.0", &journal), 0);
	assert_true(journal_is_own(f->ctx, journal));
	assert_int_equal(journal_abandon(f->ctx, journal), 0);
	outcome = recover(f, false, 0);
	assert_int_equal(daxfs_outcome_get_result(outcome), DAXFS_RESULT_ROLLED_BACK);
	daxfs_outcome_free(outcome);
	assert_false(journal_exists(f->ctx, "dax0.0"));
}

/* Arrived in the new mode, a switch is finished; one that was for a while is over. */
static void the_mark_decides_which_way_to_go(void **state)
{
	struct fixture *f = *state;
	struct daxfs_outcome *outcome;

	write_device(f->tree, "fsdev_dax");
	write_journal(f->tree, false, false);
	outcome = recover(f, true, 0);
	assert_int_equal(daxfs_outcome_get_result(outcome), DAXFS_RESULT_CHANGED);
	daxfs_outcome_free(outcome);
	write_journal(f->tree, true, false);
	outcome = recover(f, true, 0);
	assert_int_equal(daxfs_outcome_get_result(outcome), DAXFS_RESULT_ROLLED_BACK);
	daxfs_outcome_free(outcome);
}

static void expect_nothing_held(struct fixture *f, struct daxfs_switch *handle)
{
	struct daxfs_outcome *outcome = NULL;

	assert_int_equal(daxfs_switch_commit(handle), 0);
	assert_int_equal(daxfs_switch_rollback(handle, NULL), 0);
	assert_int_equal(daxfs_switch_rollback(handle, &outcome), 0);
	assert_int_equal(daxfs_outcome_get_result(outcome), DAXFS_RESULT_UNCHANGED);
	daxfs_outcome_free(outcome);
	assert_null(daxfs_switch_free(handle));
	assert_false(journal_exists(f->ctx, "dax0.0"));
}

static void a_device_that_is_so_already_is_not_held(void **state)
{
	struct fixture *f = *state;
	struct daxfs_switch *handle = NULL;

	write_device(f->tree, "device_dax");
	assert_int_equal(begin(f->ctx, DAXFS_MODE_DEVDAX, &handle), 0);
	assert_int_equal(daxfs_outcome_get_result(daxfs_switch_get_outcome(handle)),
			 DAXFS_RESULT_UNCHANGED);
	expect_nothing_held(f, handle);
}

static void a_begin_that_was_refused_holds_nothing(void **state)
{
	struct fixture *f = *state;
	struct daxfs_switch *handle = NULL;

	tree_mkdir(f->tree, "sys/bus/dax/devices");
	assert_int_equal(begin(f->ctx, DAXFS_MODE_DEVDAX, &handle), -ENODEV);
	assert_non_null(handle);
	assert_int_equal(daxfs_outcome_get_class(daxfs_switch_get_outcome(handle)),
			 DAXFS_CLASS_NO_DEVICE);
	expect_nothing_held(f, handle);
}

/* What is there of a driver are plain files, so that nothing is ever unbound. */
static void a_begin_that_was_rolled_back_holds_nothing(void **state)
{
	struct fixture *f = *state;
	struct daxfs_switch *handle = NULL;

	write_device(f->tree, "device_dax");
	tree_write(f->tree, "sys/bus/dax/drivers/device_dax/unbind", "");
	tree_write(f->tree, "sys/bus/dax/drivers/fsdev_dax/new_id", "");
	tree_write(f->tree, "sys/bus/dax/drivers/fsdev_dax/bind", "");
	assert_true(begin(f->ctx, DAXFS_MODE_FAMFS, &handle) < 0);
	assert_non_null(handle);
	assert_int_equal(daxfs_outcome_get_result(daxfs_switch_get_outcome(handle)),
			 DAXFS_RESULT_ROLLED_BACK);
	expect_nothing_held(f, handle);
}

static void no_handle_can_be_freed(void **state)
{
	assert_null(daxfs_switch_free(NULL));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(others_are_told_mode_and_process),
		TEST(a_switch_under_way_is_told_as_such),
		TEST(what_was_abandoned_can_be_recovered),
		TEST(the_mark_decides_which_way_to_go),
		TEST(a_device_that_is_so_already_is_not_held),
		TEST(a_begin_that_was_refused_holds_nothing),
		TEST(a_begin_that_was_rolled_back_holds_nothing),
		TEST(no_handle_can_be_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
