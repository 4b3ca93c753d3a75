// SPDX-License-Identifier: GPL-2.0-only
#include "unit.h"

#include <limits.h>
#include <string.h>

#include "prng.h"

/* Sizes */

static void size_is(const char *text, uint64_t expected)
{
	uint64_t bytes = UNTOUCHED;
	int r = daxfs_parse_size(text, &bytes);

	if (r != 0 || bytes != expected)
		fail_msg("'%s': %d, %ju", text, r, (uintmax_t)bytes);
}

static void no_size(const char *text, int expected)
{
	uint64_t bytes = UNTOUCHED;
	int r = daxfs_parse_size(text, &bytes);

	if (r != expected || bytes != UNTOUCHED)
		fail_msg("'%s': %d, %ju", text, r, (uintmax_t)bytes);
}

static void digits_are_bytes(void **state)
{
	size_is("0", 0);
	size_is("4096", 4096);
	size_is("18446744073709551615", UINT64_MAX);
}

static void digits_after_0x_are_hexadecimal(void **state)
{
	size_is("0x0", 0);
	size_is("0x1000", 4096);
	size_is("0X1000", 4096);
	size_is("0xfFfFfFfFfFfFfFfF", UINT64_MAX);
}

static void a_leading_zero_is_not_octal(void **state)
{
	size_is("010", 10);
	size_is("000000000000000000000000000001", 1);
	size_is("0x00000000000000000000000000001", 1);
}

static void suffixes_are_powers_of_1024(void **state)
{
	size_is("1K", UINT64_C(1) << 10);
	size_is("1M", UINT64_C(1) << 20);
	size_is("1G", UINT64_C(1) << 30);
	size_is("1T", UINT64_C(1) << 40);
	size_is("0T", 0);
}

static void suffixes_are_taken_in_either_case(void **state)
{
	size_is("2k", 2048);
	size_is("2m", UINT64_C(2) << 20);
	size_is("2g", UINT64_C(2) << 30);
	size_is("2t", UINT64_C(2) << 40);
}

static void suffixes_with_iB_mean_the_same(void **state)
{
	size_is("1KiB", UINT64_C(1) << 10);
	size_is("1MiB", UINT64_C(1) << 20);
	size_is("1GiB", UINT64_C(1) << 30);
	size_is("1TiB", UINT64_C(1) << 40);
}

static void a_suffix_may_follow_hexadecimal(void **state)
{
	size_is("0x10M", UINT64_C(16) << 20);
	size_is("0xbGiB", UINT64_C(11) << 30);
}

static void a_b_after_hexadecimal_is_a_digit(void **state)
{
	size_is("0x1B", 27);
}

static void nothing_is_no_size(void **state)
{
	no_size("", -EINVAL);
}

static void a_suffix_alone_is_no_size(void **state)
{
	no_size("K", -EINVAL);
	no_size("KiB", -EINVAL);
	no_size("0xK", -EINVAL);
}

static void a_sign_is_no_size(void **state)
{
	no_size("-1", -EINVAL);
	no_size("+1", -EINVAL);
	no_size("-", -EINVAL);
	no_size("-0", -EINVAL);
	no_size("0x-1", -EINVAL);
	no_size("0x+1", -EINVAL);
	no_size("--1", -EINVAL);
}

static void a_blank_is_no_size(void **state)
{
	no_size(" ", -EINVAL);
	no_size(" 1", -EINVAL);
	no_size("\t1", -EINVAL);
	no_size("\n1", -EINVAL);
	no_size("1 ", -EINVAL);
	no_size("1\n", -EINVAL);
	no_size("1 K", -EINVAL);
	no_size("1K ", -EINVAL);
	no_size("1 2", -EINVAL);
	no_size("0x 1", -EINVAL);
}

static void letters_after_digits_are_no_size(void **state)
{
	no_size("12x", -EINVAL);
	no_size("1x0", -EINVAL);
	no_size("1h", -EINVAL);
	no_size("ff", -EINVAL);
	no_size("1\xff", -EINVAL);
}

static void a_prefix_without_digits_is_no_size(void **state)
{
	no_size("0x", -EINVAL);
	no_size("0X", -EINVAL);
	no_size("0xg", -EINVAL);
	no_size("x1", -EINVAL);
}

static void a_second_prefix_is_no_size(void **state)
{
	no_size("0x0x1", -EINVAL);
	no_size("0x0X1", -EINVAL);
	no_size("0X0x1", -EINVAL);
	no_size("00x1", -EINVAL);
}

static void a_fraction_is_no_size(void **state)
{
	no_size("1.5G", -EINVAL);
	no_size("1,5G", -EINVAL);
	no_size(".5", -EINVAL);
	no_size("1e3", -EINVAL);
}

static void other_suffixes_are_no_size(void **state)
{
	no_size("1kb", -EINVAL);
	no_size("1KB", -EINVAL);
	no_size("1Kb", -EINVAL);
	no_size("1KIB", -EINVAL);
	no_size("1Ki", -EINVAL);
	no_size("1iB", -EINVAL);
	no_size("1B", -EINVAL);
	no_size("1KK", -EINVAL);
	no_size("1KiBB", -EINVAL);
	no_size("1P", -EINVAL);
	no_size("16E", -EINVAL);
}

static void digits_that_do_not_fit_are_out_of_range(void **state)
{
	no_size("18446744073709551616", -ERANGE);
	no_size("99999999999999999999999999999999", -ERANGE);
	no_size("0x10000000000000000", -ERANGE);
}

static void a_suffix_that_makes_it_not_fit_is_out_of_range(void **state)
{
	no_size("16777216T", -ERANGE);
	no_size("17179869184GiB", -ERANGE);
	no_size("18014398509481984K", -ERANGE);
	no_size("18446744073709551615K", -ERANGE);
	no_size("0xffffffffffffffffT", -ERANGE);
}

static void the_largest_of_each_suffix_fits(void **state)
{
	size_is("18014398509481983K", UINT64_MAX - 0x3ff);
	size_is("17592186044415M", UINT64_MAX - 0xfffff);
	size_is("17179869183G", UINT64_MAX - 0x3fffffff);
	size_is("16777215T", UINT64_MAX - 0xffffffffff);
}

static void every_number_is_read_as_it_was_printed(void **state)
{
	uint64_t seed = 1;

	for (int i = 0; i < 100000; i++) {
		uint64_t value = prng_next(&seed) >> prng_below(&seed, 64);
		char text[32];

		snprintf(text, sizeof(text), "%ju", (uintmax_t)value);
		size_is(text, value);
		snprintf(text, sizeof(text), "%#jx", (uintmax_t)value);
		size_is(text, value);
	}
}

/* Numbers of sysfs */

static void u64_is(const char *text, int base, uint64_t expected)
{
	uint64_t value = UNTOUCHED;
	int r = parse_u64(text, base, &value);

	if (r != 0 || value != expected)
		fail_msg("'%s': %d, %ju", text, r, (uintmax_t)value);
}

static void no_u64(const char *text, int base, int expected)
{
	uint64_t value = UNTOUCHED;
	int r = parse_u64(text, base, &value);

	if (r != expected || value != UNTOUCHED)
		fail_msg("'%s': %d, %ju", text, r, (uintmax_t)value);
}

static void base_16_needs_no_prefix(void **state)
{
	u64_is("80000000", 16, UINT64_C(0x80000000));
	u64_is("0x80000000", 16, UINT64_C(0x80000000));
	u64_is("ffffffffffffffff", 16, UINT64_MAX);
	no_u64("0x0x1", 16, -EINVAL);
	no_u64("0x", 16, -EINVAL);
	no_u64("", 16, -EINVAL);
	no_u64("10000000000000000", 16, -ERANGE);
}

static void base_0_looks_at_the_prefix(void **state)
{
	u64_is("10", 0, 10);
	u64_is("0x10", 0, 16);
	u64_is("010", 0, 10);
	no_u64("a", 0, -EINVAL);
}

static void base_10_takes_no_prefix(void **state)
{
	u64_is("10", 10, 10);
	no_u64("0x10", 10, -EINVAL);
}

static void a_number_has_no_suffix(void **state)
{
	no_u64("1K", 0, -EINVAL);
	no_u64("1 ", 0, -EINVAL);
	no_u64("1\n", 0, -EINVAL);
	no_u64("1\n2", 0, -EINVAL);
}

static void int_is(const char *text, int expected)
{
	int value = UNTOUCHED;
	int r = parse_int(text, &value);

	if (r != 0 || value != expected)
		fail_msg("'%s': %d, %d", text, r, value);
}

static void no_int(const char *text, int expected)
{
	int value = UNTOUCHED;
	int r = parse_int(text, &value);

	if (r != expected || value != UNTOUCHED)
		fail_msg("'%s': %d, %d", text, r, value);
}

static void an_int_may_be_negative(void **state)
{
	int_is("-1", -1);
	int_is("0", 0);
	int_is("2147483647", INT_MAX);
	int_is("-2147483647", -INT_MAX);
	int_is("-2147483648", INT_MIN);
}

static void an_int_has_at_most_one_sign(void **state)
{
	no_int("--1", -EINVAL);
	no_int("+1", -EINVAL);
	no_int("-+1", -EINVAL);
	no_int("- 1", -EINVAL);
	no_int("-", -EINVAL);
	no_int("", -EINVAL);
}

static void an_int_is_decimal(void **state)
{
	no_int("0x1", -EINVAL);
	no_int("-0x1", -EINVAL);
	no_int("1x", -EINVAL);
}

static void an_int_that_does_not_fit_is_out_of_range(void **state)
{
	no_int("2147483648", -ERANGE);
	no_int("4294967295", -ERANGE);
	no_int("-2147483649", -ERANGE);
	no_int("-4294967296", -ERANGE);
	no_int("18446744073709551616", -ERANGE);
}

/* Names of devices */

static void name_is(const char *name, unsigned int region, unsigned int id)
{
	unsigned int got_region, got_id;

	if (daxfs_parse_device_name(name, &got_region, &got_id) != 0)
		fail_msg("'%s' is refused", name);
	assert_int_equal(got_region, region);
	assert_int_equal(got_id, id);
}

static void no_name(const char *name)
{
	unsigned int region = UNTOUCHED, id = UNTOUCHED;

	if (daxfs_parse_device_name(name, &region, &id) != -EINVAL)
		fail_msg("'%s' is not refused", name);
	assert_int_equal(region, UNTOUCHED);
	assert_int_equal(id, UNTOUCHED);
}

static void a_name_is_region_and_id(void **state)
{
	name_is("dax0.0", 0, 0);
	name_is("dax12.345", 12, 345);
	name_is("dax2147483647.2147483647", INT_MAX, INT_MAX);
}

static void region_and_id_need_not_be_asked_for(void **state)
{
	assert_int_equal(daxfs_parse_device_name("dax1.2", NULL, NULL), 0);
}

static void leading_zeros_are_no_name(void **state)
{
	no_name("dax00.0");
	no_name("dax0.00");
	no_name("dax01.0");
	no_name("dax0.01");
}

static void something_before_or_after_is_no_name(void **state)
{
	no_name(" dax0.0");
	no_name("/dev/dax0.0");
	no_name("xdax0.0");
	no_name("dax0.0 ");
	no_name("dax0.0\n");
	no_name("dax0.0.0");
	no_name("dax0.0/..");
	no_name("dax0.0K");
}

static void a_part_that_is_missing_is_no_name(void **state)
{
	no_name("");
	no_name("dax");
	no_name("dax0");
	no_name("dax0.");
	no_name("dax.0");
	no_name("dax.");
	no_name("0.0");
}

static void other_spellings_are_no_name(void **state)
{
	no_name("DAX0.0");
	no_name("dax0,0");
	no_name("dax0x1.0");
	no_name("dax0.0x1");
	no_name("dax*.0");
	no_name("..");
}

static void signs_and_blanks_are_no_name(void **state)
{
	no_name("dax-1.0");
	no_name("dax0.-1");
	no_name("dax+1.0");
	no_name("dax0.+1");
	no_name("dax 0.0");
	no_name("dax0. 0");
	no_name("dax0 .0");
}

/* The kernel counts both in an int. */
static void numbers_above_INT_MAX_are_no_name(void **state)
{
	no_name("dax2147483648.0");
	no_name("dax0.2147483648");
	no_name("dax4294967296.0");
	no_name("dax18446744073709551616.0");
	no_name("dax0.18446744073709551616");
}

static void too_long_is_no_name(void **state)
{
	char name[5000] = "dax";

	memset(name + 3, '1', sizeof(name) - 4);
	no_name(name);
	name[2500] = '.';
	no_name(name);
	no_name("dax0.0000000000000000000000000");
}

static void every_name_is_read_as_it_was_printed(void **state)
{
	uint64_t seed = 2;

	for (int i = 0; i < 100000; i++) {
		unsigned int region = prng_next(&seed) >> (33 + prng_below(&seed, 31));
		unsigned int id = prng_next(&seed) >> (33 + prng_below(&seed, 31));
		char name[DEVICE_NAME_MAX];

		snprintf(name, sizeof(name), "dax%u.%u", region, id);
		name_is(name, region, id);
	}
}

/* Two names never mean one device. About one random text in a hundred is a name. */
static void a_device_has_one_name_only(void **state)
{
	static const char alphabet[] = "0019.x- ";
	uint64_t seed = 3;
	unsigned int accepted = 0;

	for (int i = 0; i < 100000; i++) {
		size_t length = prng_below(&seed, 6);
		char name[16] = "dax", again[32];
		unsigned int region, id;

		for (size_t j = 0; j < length; j++)
			name[3 + j] = alphabet[prng_below(&seed, sizeof(alphabet) - 1)];
		if (daxfs_parse_device_name(name, &region, &id) < 0)
			continue;
		accepted++;
		snprintf(again, sizeof(again), "dax%u.%u", region, id);
		assert_string_equal(name, again);
	}
	assert_true(accepted > 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digits_are_bytes),
		cmocka_unit_test(digits_after_0x_are_hexadecimal),
		cmocka_unit_test(a_leading_zero_is_not_octal),
		cmocka_unit_test(suffixes_are_powers_of_1024),
		cmocka_unit_test(suffixes_are_taken_in_either_case),
		cmocka_unit_test(suffixes_with_iB_mean_the_same),
		cmocka_unit_test(a_suffix_may_follow_hexadecimal),
		cmocka_unit_test(a_b_after_hexadecimal_is_a_digit),
		cmocka_unit_test(nothing_is_no_size),
		cmocka_unit_test(a_suffix_alone_is_no_size),
		cmocka_unit_test(a_sign_is_no_size),
		cmocka_unit_test(a_blank_is_no_size),
		cmocka_unit_test(letters_after_digits_are_no_size),
		cmocka_unit_test(a_prefix_without_digits_is_no_size),
		cmocka_unit_test(a_second_prefix_is_no_size),
		cmocka_unit_test(a_fraction_is_no_size),
		cmocka_unit_test(other_suffixes_are_no_size),
		cmocka_unit_test(digits_that_do_not_fit_are_out_of_range),
		cmocka_unit_test(a_suffix_that_makes_it_not_fit_is_out_of_range),
		cmocka_unit_test(the_largest_of_each_suffix_fits),
		cmocka_unit_test(every_number_is_read_as_it_was_printed),
		cmocka_unit_test(base_16_needs_no_prefix),
		cmocka_unit_test(base_0_looks_at_the_prefix),
		cmocka_unit_test(base_10_takes_no_prefix),
		cmocka_unit_test(a_number_has_no_suffix),
		cmocka_unit_test(an_int_may_be_negative),
		cmocka_unit_test(an_int_has_at_most_one_sign),
		cmocka_unit_test(an_int_is_decimal),
		cmocka_unit_test(an_int_that_does_not_fit_is_out_of_range),
		cmocka_unit_test(a_name_is_region_and_id),
		cmocka_unit_test(region_and_id_need_not_be_asked_for),
		cmocka_unit_test(leading_zeros_are_no_name),
		cmocka_unit_test(something_before_or_after_is_no_name),
		cmocka_unit_test(a_part_that_is_missing_is_no_name),
		cmocka_unit_test(other_spellings_are_no_name),
		cmocka_unit_test(signs_and_blanks_are_no_name),
		cmocka_unit_test(numbers_above_INT_MAX_are_no_name),
		cmocka_unit_test(too_long_is_no_name),
		cmocka_unit_test(every_name_is_read_as_it_was_printed),
		cmocka_unit_test(a_device_has_one_name_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
