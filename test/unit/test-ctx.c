// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <string.h>
#include <syslog.h>

#include "alloc.h"
#include "sysfs-fixture.h"

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->n_fds = count_fds();
	f->tree = tree_new();
	*state = f;
	return daxfs_ctx_new(&f->ctx);
}

static int set_sysroot(struct fixture *f, const char *path)
{
	_cleanup_free_ char *dir = tree_path(f->tree, path);

	return daxfs_ctx_set_sysroot(f->ctx, dir);
}

/* What @path below the tree is, without the tree's own path before it. */
static const char *below(struct fixture *f, const char *path)
{
	size_t length = strlen(f->tree->path);

	assert_memory_equal(path, f->tree->path, length);
	return path + length;
}

/* Lifetime and roots */

static void a_new_context_looks_at_this_machine(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(f->ctx->sysfs_root, "/sys");
	assert_string_equal(f->ctx->dev_root, "/dev");
	assert_string_equal(f->ctx->proc_root, "/proc");
	assert_string_equal(f->ctx->run_dir, "/run/daxfsctl");
	assert_false(f->ctx->recorded);
}

static void a_new_context_opens_nothing(void **state)
{
	_cleanup_(daxfs_ctx_unrefp) struct daxfs_ctx *ctx = NULL;
	unsigned int n = count_fds();

	assert_int_equal(daxfs_ctx_new(&ctx), 0);
	assert_int_equal(count_fds(), n);
}

static void a_context_lives_as_long_as_its_last_reference(void **state)
{
	struct fixture *f = *state;

	assert_ptr_equal(daxfs_ctx_ref(f->ctx), f->ctx);
	assert_null(daxfs_ctx_unref(f->ctx));
	assert_int_equal(daxfs_ctx_set_run_dir(f->ctx, "/tmp"), 0);
}

static void dropping_no_context_is_allowed(void **state)
{
	assert_null(daxfs_ctx_unref(NULL));
}

static void without_memory_there_is_no_context(void **state)
{
	struct daxfs_ctx *ctx = NULL;
	unsigned int n = 0;

	for (;; n++) {
		int r;

		alloc_fail_after(n);
		r = daxfs_ctx_new(&ctx);
		if (!alloc_failed()) {
			assert_int_equal(r, 0);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_null(ctx);
	}
	daxfs_ctx_unref(ctx);
	assert_int_equal(n, 6);
}

static void roots_are_copied(void **state)
{
	struct fixture *f = *state;
	char dir[] = "/a";

	assert_int_equal(daxfs_ctx_set_sysfs_root(f->ctx, dir), 0);
	assert_int_equal(daxfs_ctx_set_dev_root(f->ctx, dir), 0);
	assert_int_equal(daxfs_ctx_set_proc_root(f->ctx, dir), 0);
	assert_int_equal(daxfs_ctx_set_run_dir(f->ctx, dir), 0);
	dir[1] = 'b';
	assert_string_equal(f->ctx->sysfs_root, "/a");
	assert_string_equal(f->ctx->dev_root, "/a");
	assert_string_equal(f->ctx->proc_root, "/a");
	assert_string_equal(f->ctx->run_dir, "/a");
}

static void a_relative_root_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(daxfs_ctx_set_sysfs_root(f->ctx, "sys"), -EINVAL);
	assert_int_equal(daxfs_ctx_set_dev_root(f->ctx, "./dev"), -EINVAL);
	assert_int_equal(daxfs_ctx_set_proc_root(f->ctx, ""), -EINVAL);
	assert_int_equal(daxfs_ctx_set_run_dir(f->ctx, "../run"), -EINVAL);
	a_new_context_looks_at_this_machine(state);
}

static void a_relative_root_is_refused_in_words(void **state)
{
	struct fixture *f = *state;
	const struct daxfs_error *error;

	assert_int_equal(daxfs_ctx_set_run_dir(f->ctx, "run"), -EINVAL);
	error = daxfs_ctx_get_error(f->ctx);
	assert_non_null(error);
	assert_int_equal(daxfs_error_get_class(error), DAXFS_CLASS_INVALID);
	assert_string_equal(daxfs_error_get_id(error), "bad-root");
	assert_non_null(strstr(daxfs_error_get_message(error), "run"));
}

static void without_memory_a_root_stays(void **state)
{
	struct fixture *f = *state;

	alloc_fail_after(0);
	assert_int_equal(daxfs_ctx_set_sysfs_root(f->ctx, "/elsewhere"), -ENOMEM);
	assert_true(alloc_failed());
	assert_string_equal(f->ctx->sysfs_root, "/sys");
}

static void a_root_of_ones_own_can_be_written(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(daxfs_ctx_set_sysfs_root(f->ctx, f->tree->path), 0);
	assert_false(f->ctx->recorded);
}

/* Logging */

struct log {
	unsigned int n;
	int priority;
	char text[64];
};

static void __attribute__((format(printf, 3, 0)))
remember(void *userdata, int priority, const char *format, va_list args)
{
	struct log *log = userdata;

	log->n++;
	log->priority = priority;
	vsnprintf(log->text, sizeof(log->text), format, args);
}

static void a_context_is_silent_unless_asked(void **state)
{
	struct fixture *f = *state;

	assert_null(f->ctx->log_fn);
	log_warning(f->ctx, "nobody hears this");
}

static void the_environment_turns_on_logging(void **state)
{
	_cleanup_(daxfs_ctx_unrefp) struct daxfs_ctx *ctx = NULL;

	setenv("DAXFS_LOG", "1", 1);
	assert_int_equal(daxfs_ctx_new(&ctx), 0);
	unsetenv("DAXFS_LOG");
	assert_non_null(ctx->log_fn);
}

static void another_value_in_the_environment_does_not(void **state)
{
	static const char *const values[] = { "0", "", "no", "11" };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		_cleanup_(daxfs_ctx_unrefp) struct daxfs_ctx *ctx = NULL;

		setenv("DAXFS_LOG", values[i], 1);
		assert_int_equal(daxfs_ctx_new(&ctx), 0);
		unsetenv("DAXFS_LOG");
		assert_null(ctx->log_fn);
	}
}

static void the_log_function_gets_what_it_was_promised(void **state)
{
	struct fixture *f = *state;
	struct log log = { 0 };

	daxfs_ctx_set_log_fn(f->ctx, remember, &log);
	log_debug(f->ctx, "%s %d", "dax0.0", 5);
	assert_int_equal(log.n, 1);
	assert_int_equal(log.priority, LOG_DEBUG);
	assert_string_equal(log.text, "dax0.0 5");
	log_warning(f->ctx, "ignoring");
	assert_int_equal(log.priority, LOG_WARNING);
}

static void the_log_function_can_be_taken_away(void **state)
{
	struct fixture *f = *state;
	struct log log = { 0 };

	daxfs_ctx_set_log_fn(f->ctx, remember, &log);
	daxfs_ctx_set_log_fn(f->ctx, NULL, NULL);
	log_warning(f->ctx, "nobody hears this");
	assert_int_equal(log.n, 0);
}

/* Recorded trees */

static void refused(struct fixture *f, int err)
{
	const struct daxfs_error *error = daxfs_ctx_get_error(f->ctx);

	assert_non_null(error);
	assert_int_equal(daxfs_error_get_class(error), DAXFS_CLASS_INVALID);
	assert_string_equal(daxfs_error_get_id(error), "bad-sysroot");
	assert_int_equal(daxfs_error_get_errno(error), err);
	assert_false(f->ctx->recorded);
	assert_string_equal(f->ctx->sysfs_root, "/sys");
}

static void a_tree_that_holds_sys_is_recorded(void **state)
{
	struct fixture *f = *state;

	tree_mkdir(f->tree, "t/sys");
	assert_int_equal(set_sysroot(f, "t"), 0);
	assert_true(f->ctx->recorded);
	assert_string_equal(below(f, f->ctx->sysfs_root), "/t/sys");
	assert_string_equal(below(f, f->ctx->proc_root), "/t/proc");
	assert_string_equal(below(f, f->ctx->dev_root), "/t/dev");
}

static void a_tree_that_is_sys_itself_is_recorded(void **state)
{
	struct fixture *f = *state;

	tree_mkdir(f->tree, "t/bus");
	assert_int_equal(set_sysroot(f, "t"), 0);
	assert_true(f->ctx->recorded);
	assert_string_equal(below(f, f->ctx->sysfs_root), "/t");
}

static void devices_alone_make_a_recorded_tree(void **state)
{
	struct fixture *f = *state;

	tree_mkdir(f->tree, "t/devices");
	assert_int_equal(set_sysroot(f, "t"), 0);
	assert_string_equal(below(f, f->ctx->sysfs_root), "/t");
}

static void sys_is_preferred_over_bus(void **state)
{
	struct fixture *f = *state;

	tree_mkdir(f->tree, "t/sys");
	tree_mkdir(f->tree, "t/bus");
	assert_int_equal(set_sysroot(f, "t"), 0);
	assert_string_equal(below(f, f->ctx->sysfs_root), "/t/sys");
}

static void an_empty_directory_is_a_machine_without_devices(void **state)
{
	struct fixture *f = *state;

	tree_mkdir(f->tree, "t");
	assert_int_equal(set_sysroot(f, "t"), 0);
	assert_true(f->ctx->recorded);
	assert_string_equal(below(f, f->ctx->sysfs_root), "/t");
}

static void a_directory_of_something_else_is_no_tree(void **state)
{
	struct fixture *f = *state;

	tree_write(f->tree, "t/README", "no tree\n");
	assert_int_equal(set_sysroot(f, "t"), -EINVAL);
	refused(f, 0);
}

static void a_hidden_file_alone_is_no_tree(void **state)
{
	struct fixture *f = *state;

	tree_write(f->tree, "t/.config", "");
	assert_int_equal(set_sysroot(f, "t"), -EINVAL);
	refused(f, 0);
}

static void files_of_the_right_names_are_no_tree(void **state)
{
	struct fixture *f = *state;

	tree_write(f->tree, "t/sys", "");
	tree_write(f->tree, "t/bus", "");
	tree_write(f->tree, "t/devices", "");
	assert_int_equal(set_sysroot(f, "t"), -EINVAL);
	refused(f, 0);
}

static void a_file_is_no_tree(void **state)
{
	struct fixture *f = *state;

	tree_write(f->tree, "t", "");
	assert_int_equal(set_sysroot(f, "t"), -ENOTDIR);
	refused(f, ENOTDIR);
}

static void a_missing_directory_is_no_tree(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(set_sysroot(f, "t"), -ENOENT);
	refused(f, ENOENT);
	assert_int_equal(daxfs_ctx_set_sysroot(f->ctx, ""), -ENOENT);
}

static void a_directory_that_may_not_be_read_is_no_tree(void **state)
{
	struct fixture *f = *state;

	tree_mkdir(f->tree, "t");
	tree_chmod(f->tree, "t", 0);
	assert_int_equal(set_sysroot(f, "t"), -EACCES);
	refused(f, EACCES);
}

static void a_link_to_a_tree_is_a_tree(void **state)
{
	struct fixture *f = *state;

	tree_mkdir(f->tree, "real/sys");
	tree_symlink(f->tree, "t", "real");
	assert_int_equal(set_sysroot(f, "t"), 0);
	assert_string_equal(below(f, f->ctx->sysfs_root), "/t/sys");
}

static void the_error_names_the_directory(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *dir = tree_path(f->tree, "t");

	set_sysroot(f, "t");
	assert_string_equal(daxfs_error_get_path(daxfs_ctx_get_error(f->ctx)), dir);
	assert_non_null(strstr(daxfs_error_get_message(daxfs_ctx_get_error(f->ctx)), dir));
}

static void a_tree_stays_recorded_when_its_root_is_moved(void **state)
{
	struct fixture *f = *state;

	tree_mkdir(f->tree, "t/sys");
	assert_int_equal(set_sysroot(f, "t"), 0);
	assert_int_equal(daxfs_ctx_set_sysfs_root(f->ctx, "/sys"), 0);
	assert_true(f->ctx->recorded);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_context_looks_at_this_machine),
		TEST(a_new_context_opens_nothing),
		TEST(a_context_lives_as_long_as_its_last_reference),
		TEST(dropping_no_context_is_allowed),
		TEST(without_memory_there_is_no_context),
		TEST(roots_are_copied),
		TEST(a_relative_root_is_refused),
		TEST(a_relative_root_is_refused_in_words),
		TEST(without_memory_a_root_stays),
		TEST(a_root_of_ones_own_can_be_written),
		TEST(a_context_is_silent_unless_asked),
		TEST(the_environment_turns_on_logging),
		TEST(another_value_in_the_environment_does_not),
		TEST(the_log_function_gets_what_it_was_promised),
		TEST(the_log_function_can_be_taken_away),
		TEST(a_tree_that_holds_sys_is_recorded),
		TEST(a_tree_that_is_sys_itself_is_recorded),
		TEST(devices_alone_make_a_recorded_tree),
		TEST(sys_is_preferred_over_bus),
		TEST(an_empty_directory_is_a_machine_without_devices),
		TEST(a_directory_of_something_else_is_no_tree),
		TEST(a_hidden_file_alone_is_no_tree),
		TEST(files_of_the_right_names_are_no_tree),
		TEST(a_file_is_no_tree),
		TEST(a_missing_directory_is_no_tree),
		TEST(a_directory_that_may_not_be_read_is_no_tree),
		TEST(a_link_to_a_tree_is_a_tree),
		TEST(the_error_names_the_directory),
		TEST(a_tree_stays_recorded_when_its_root_is_moved),
	};

	unsetenv("DAXFS_LOG");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
