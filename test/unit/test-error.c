// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include "alloc.h"

static int new_ctx(void **state)
{
	struct daxfs_ctx *ctx;
	int r = daxfs_ctx_new(&ctx);

	*state = r < 0 ? NULL : ctx;
	return r;
}

static int drop_ctx(void **state)
{
	daxfs_ctx_unref(*state);
	return 0;
}

static enum daxfs_class class_of(struct daxfs_ctx *ctx, const struct failure *failure)
{
	daxfs_fail(ctx, -EIO, failure, "words");
	return daxfs_error_get_class(daxfs_ctx_get_error(ctx));
}

static void a_new_context_has_no_error(void **state)
{
	assert_null(daxfs_ctx_get_error(*state));
}

static void failing_returns_the_errno_that_it_was_given(void **state)
{
	assert_int_equal(daxfs_fail(*state, -EBUSY, &(struct failure){ 0 }, "words"), -EBUSY);
}

static void every_field_is_in_the_error(void **state)
{
	const struct daxfs_error *error;
	const struct failure failure = {
		.class = DAXFS_CLASS_NOT_RESTORED,
		.err = ENOSPC,
		.id = "bind-failed",
		.device = "dax0.0",
		.step = "bind",
		.path = "/sys/bus/dax/drivers/kmem/bind",
		.hint = "daxfsctl recover",
		.override = "--force",
	};

	daxfs_fail(*state, -EIO, &failure, "%s: cannot bind to %s", "dax0.0", "kmem");
	error = daxfs_ctx_get_error(*state);
	assert_int_equal(daxfs_error_get_class(error), DAXFS_CLASS_NOT_RESTORED);
	assert_int_equal(daxfs_error_get_errno(error), ENOSPC);
	assert_string_equal(daxfs_error_get_id(error), "bind-failed");
	assert_string_equal(daxfs_error_get_device(error), "dax0.0");
	assert_string_equal(daxfs_error_get_step(error), "bind");
	assert_string_equal(daxfs_error_get_path(error), "/sys/bus/dax/drivers/kmem/bind");
	assert_string_equal(daxfs_error_get_message(error), "dax0.0: cannot bind to kmem");
	assert_string_equal(daxfs_error_get_hint(error), "daxfsctl recover");
	assert_string_equal(daxfs_error_get_override(error), "--force");
}

static void fields_that_do_not_apply_are_NULL(void **state)
{
	const struct daxfs_error *error;

	daxfs_fail(*state, -EIO, &(struct failure){ 0 }, "words");
	error = daxfs_ctx_get_error(*state);
	assert_int_equal(daxfs_error_get_errno(error), 0);
	assert_null(daxfs_error_get_device(error));
	assert_null(daxfs_error_get_step(error));
	assert_null(daxfs_error_get_path(error));
	assert_null(daxfs_error_get_hint(error));
	assert_null(daxfs_error_get_override(error));
}

static void an_error_always_has_an_id(void **state)
{
	daxfs_fail(*state, -EIO, &(struct failure){ 0 }, "words");
	assert_string_equal(daxfs_error_get_id(daxfs_ctx_get_error(*state)), "failed");
}

static void an_error_owns_its_text(void **state)
{
	char device[] = "dax0.0";

	daxfs_fail(*state, -EIO, &(struct failure){ .device = device }, "%s", device);
	device[3] = '9';
	assert_string_equal(daxfs_error_get_device(daxfs_ctx_get_error(*state)), "dax0.0");
	assert_string_equal(daxfs_error_get_message(daxfs_ctx_get_error(*state)), "dax0.0");
}

static void the_last_failure_is_the_one_told(void **state)
{
	daxfs_fail(*state, -EIO, &(struct failure){ .id = "first", .step = "bind" }, "first");
	daxfs_fail(*state, -EIO, &(struct failure){ .id = "second" }, "second");
	assert_string_equal(daxfs_error_get_id(daxfs_ctx_get_error(*state)), "second");
	assert_null(daxfs_error_get_step(daxfs_ctx_get_error(*state)));
}

static void an_error_can_quote_the_one_before(void **state)
{
	const struct daxfs_error *before;

	daxfs_fail(*state, -EIO, &(struct failure){ .device = "dax1.0" }, "cannot bind");
	before = daxfs_ctx_get_error(*state);
	daxfs_fail(*state, -EIO, &(struct failure){ .device = before->device }, "undo after: %s",
		   before->message);
	assert_string_equal(daxfs_error_get_device(daxfs_ctx_get_error(*state)), "dax1.0");
	assert_string_equal(daxfs_error_get_message(daxfs_ctx_get_error(*state)),
			    "undo after: cannot bind");
}

static void the_errno_chooses_the_class(void **state)
{
	static const struct {
		int err;
		enum daxfs_class class;
	} table[] = {
		{ EPERM, DAXFS_CLASS_PERMISSION },
		{ EACCES, DAXFS_CLASS_PERMISSION },
		{ EROFS, DAXFS_CLASS_PERMISSION },
		{ EBUSY, DAXFS_CLASS_BUSY },
		{ ETXTBSY, DAXFS_CLASS_BUSY },
		{ EOPNOTSUPP, DAXFS_CLASS_UNSUPPORTED },
		{ ENOTSUP, DAXFS_CLASS_UNSUPPORTED },
		{ ENOSYS, DAXFS_CLASS_UNSUPPORTED },
		/* A value that the kernel refuses is not always the caller's mistake. */
		{ EINVAL, DAXFS_CLASS_FAILED },
		/* bind answers so when the driver does not match: the device is there. */
		{ ENODEV, DAXFS_CLASS_FAILED },
		{ ENXIO, DAXFS_CLASS_FAILED },
		{ EIO, DAXFS_CLASS_FAILED },
		{ ENOMEM, DAXFS_CLASS_FAILED },
		{ 0, DAXFS_CLASS_FAILED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct failure failure = { .err = table[i].err };

		assert_int_equal(error_class_of_errno(table[i].err), table[i].class);
		assert_int_equal(class_of(*state, &failure), table[i].class);
	}
}

static void a_class_that_is_given_wins_over_the_errno(void **state)
{
	assert_int_equal(class_of(*state,
				  &(struct failure){ .class = DAXFS_CLASS_INVALID, .err = EBUSY }),
			 DAXFS_CLASS_INVALID);
	assert_int_equal(class_of(*state, &(struct failure){ .class = DAXFS_CLASS_REBOOT }),
			 DAXFS_CLASS_REBOOT);
}

static void no_failure_is_of_class_OK(void **state)
{
	for (int err = 0; err < 200; err++)
		assert_int_not_equal(class_of(*state, &(struct failure){ .err = err }),
				     DAXFS_CLASS_OK);
}

static void taking_an_error_moves_it(void **state)
{
	_cleanup_(error_freep) struct daxfs_error *error = NULL;

	daxfs_fail(*state, -EIO, &(struct failure){ .id = "mine" }, "words");
	error = error_take(*state, -EIO);
	assert_string_equal(daxfs_error_get_id(error), "mine");
	assert_null(daxfs_ctx_get_error(*state));
}

static void an_errno_without_words_is_told_in_words(void **state)
{
	_cleanup_(error_freep) struct daxfs_error *error = error_take(*state, -EACCES);

	assert_non_null(error);
	assert_int_equal(daxfs_error_get_errno(error), EACCES);
	assert_int_equal(daxfs_error_get_class(error), DAXFS_CLASS_PERMISSION);
	assert_string_equal(daxfs_error_get_id(error), "failed");
	assert_string_equal(daxfs_error_get_message(error), "Permission denied");
	assert_null(daxfs_ctx_get_error(*state));
}

static void freeing_no_error_is_allowed(void **state)
{
	assert_null(error_free(NULL));
}

/* Each allocation in turn fails; a leak on the way is for the sanitizer to see. */
static void without_memory_an_error_is_ENOMEM_without_words(void **state)
{
	const struct failure failure = {
		.id = "id",
		.device = "dax0.0",
		.step = "bind",
		.path = "/sys",
		.hint = "hint",
		.override = "--force",
	};
	unsigned int n = 0;

	for (;; n++) {
		int r;

		daxfs_fail(*state, -ENODEV, &(struct failure){ .id = "before" }, "another failure");
		alloc_fail_after(n);
		r = daxfs_fail(*state, -EIO, &failure, "words");
		if (!alloc_failed()) {
			assert_int_equal(r, -EIO);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		/* Words of another failure would be worse than none. */
		assert_null(daxfs_ctx_get_error(*state));
	}
	assert_int_equal(n, 7);
}

static void without_memory_there_is_no_error_to_take(void **state)
{
	alloc_fail_after(0);
	assert_null(error_take(*state, -EIO));
	assert_true(alloc_failed());
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, new_ctx, drop_ctx)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_context_has_no_error),
		TEST(failing_returns_the_errno_that_it_was_given),
		TEST(every_field_is_in_the_error),
		TEST(fields_that_do_not_apply_are_NULL),
		TEST(an_error_always_has_an_id),
		TEST(an_error_owns_its_text),
		TEST(the_last_failure_is_the_one_told),
		TEST(an_error_can_quote_the_one_before),
		TEST(the_errno_chooses_the_class),
		TEST(a_class_that_is_given_wins_over_the_errno),
		TEST(no_failure_is_of_class_OK),
		TEST(taking_an_error_moves_it),
		TEST(an_errno_without_words_is_told_in_words),
		TEST(freeing_no_error_is_allowed),
		TEST(without_memory_an_error_is_ENOMEM_without_words),
		TEST(without_memory_there_is_no_error_to_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
