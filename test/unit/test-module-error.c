// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <string.h>

#include "module-error.h"

static const char in_tree[] = "/lib/modules/7.3.4/kernel/drivers/dax/fsdev_dax.ko.xz";
static const char by_dkms[] = "/lib/modules/7.3.4/updates/dkms/fsdev_dax.ko.xz";
static const char dkms_key[] = "mokutil --import /var/lib/dkms/mok.pub";

static const struct module_error *find(int err, const char *path, bool is_signed,
				       bool wants_signatures)
{
	struct module_facts facts = {
		.path = path,
		.is_signed = is_signed,
		.wants_signatures = wants_signatures,
	};

	return module_error_find(err, &facts);
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in: %s", part, text);
}

static void is_unsigned(const struct module_error *error)
{
	assert_int_equal(error->class, DAXFS_CLASS_UNSUPPORTED);
	assert_string_equal(error->id, "module-unsigned");
}

static void an_unsigned_module_of_dkms_names_its_key(void **state)
{
	const struct module_error *error = find(EKEYREJECTED, by_dkms, false, false);

	is_unsigned(error);
	has(error->words, "not signed");
	has(error->hint, dkms_key);
	has(error->hint, "dkms install");
}

static void a_signed_module_of_dkms_needs_no_other_build(void **state)
{
	const struct module_error *error = find(EKEYREJECTED, by_dkms, true, false);

	is_unsigned(error);
	has(error->words, "does not trust");
	has(error->hint, dkms_key);
	assert_null(strstr(error->hint, "dkms install"));
}

static void the_key_of_dkms_is_not_named_for_other_modules(void **state)
{
	const char *const paths[] = { in_tree, NULL };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		is_unsigned(find(ENOKEY, paths[i], true, false));
		is_unsigned(find(ENOKEY, paths[i], false, false));
		assert_null(strstr(find(ENOKEY, paths[i], false, false)->hint, dkms_key));
	}
}

static void lockdown_refuses_a_signature_by_eperm(void **state)
{
	is_unsigned(find(EPERM, by_dkms, false, true));
	is_unsigned(find(EPERM, by_dkms, true, true));
	is_unsigned(find(EPERM, in_tree, false, true));
}

/* modules_disabled, no root: the answer is the same, signature or not */
static void other_refusals_by_eperm_are_permission(void **state)
{
	assert_int_equal(find(EPERM, by_dkms, false, false)->class, DAXFS_CLASS_PERMISSION);
	assert_int_equal(find(EPERM, in_tree, true, true)->class, DAXFS_CLASS_PERMISSION);
	assert_string_equal(find(EPERM, NULL, true, false)->id, "module-refused");
}

static void other_answers_have_their_own_words(void **state)
{
	assert_string_equal(find(ENOEXEC, by_dkms, false, true)->id, "module-format");
	assert_string_equal(find(ENOENT, by_dkms, false, true)->id, "no-module");
	assert_string_equal(find(EIO, by_dkms, false, true)->id, "module-failed");
	assert_int_equal(find(EIO, NULL, false, false)->class, DAXFS_CLASS_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unsigned_module_of_dkms_names_its_key),
		cmocka_unit_test(a_signed_module_of_dkms_needs_no_other_build),
		cmocka_unit_test(the_key_of_dkms_is_not_named_for_other_modules),
		cmocka_unit_test(lockdown_refuses_a_signature_by_eperm),
		cmocka_unit_test(other_refusals_by_eperm_are_permission),
		cmocka_unit_test(other_answers_have_their_own_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
