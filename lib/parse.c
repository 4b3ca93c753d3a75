// SPDX-License-Identifier: LGPL-2.1-or-later
/* Text to numbers. No value means "wrong": a parser returns an error or a value. */
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "private.h"

static unsigned int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return UINT_MAX;
}

/* As many decimal digits as cannot overflow; moves past them. */
static uint64_t read_decimals(const char **text)
{
	const char *s = *text, *end = s + 18;
	uint64_t value = 0;

	for (unsigned int digit; s < end && (digit = (unsigned char)*s - '0') < 10; s++)
		value = 10 * value + digit;
	*text = s;
	return value;
}

/*
 * Reads digits at *text and moves past them. strtoull() takes signs and blanks as well, and is slow
 * for what is done a few times for each device.
 */
static int read_digits(const char **text, unsigned int base, uint64_t *ret_value)
{
	const char *s = *text;
	bool is_hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	uint64_t value;
	unsigned int digit;

	if (base == 0)
		base = is_hex ? 16 : 10;
	if (base == 16 && is_hex)
		s += 2;
	if (digit_of(*s) >= base)
		return -EINVAL;
	value = base == 10 ? read_decimals(&s) : 0;
	for (; (digit = digit_of(*s)) < base; s++)
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return -ERANGE;
	*text = s;
	*ret_value = value;
	return 0;
}

int parse_u64(const char *text, int base, uint64_t *ret_value)
{
	uint64_t value = 0;
	int r;

	r = read_digits(&text, base, &value);
	if (r < 0)
		return r;
	if (*text)
		return -EINVAL;
	*ret_value = value;
	return 0;
}

int parse_int(const char *text, int *ret_value)
{
	bool negative = text[0] == '-';
	uint64_t value = 0;
	int r;

	r = parse_u64(text + negative, 10, &value);
	if (r < 0)
		return r;
	if (value > (uint64_t)INT_MAX + negative)
		return -ERANGE;
	*ret_value = negative ? -(int64_t)value : (int64_t)value;
	return 0;
}

static int suffix_shift(const char *suffix, unsigned int *ret_shift)
{
	static const char letters[] = "KMGT";
	const char *p;

	if (!*suffix) {
		*ret_shift = 0;
		return 0;
	}
	p = strchr(letters, toupper((unsigned char)*suffix));
	if (!p || (suffix[1] && strcmp(suffix + 1, "iB") != 0))
		return -EINVAL;
	*ret_shift = 10 * (p - letters + 1);
	return 0;
}

DAXFS_EXPORT int daxfs_parse_size(const char *text, uint64_t *ret_bytes)
{
	unsigned int shift;
	uint64_t value = 0;
	int r;

	r = read_digits(&text, 0, &value);
	if (r < 0)
		return r;
	r = suffix_shift(text, &shift);
	if (r < 0)
		return r;
	if (shift && value > UINT64_MAX >> shift)
		return -ERANGE;
	*ret_bytes = value << shift;
	return 0;
}

/* A decimal number as the kernel prints it: no sign, no leading zero; moves past it. */
static inline bool read_name_number(const char **text, unsigned int *ret_value)
{
	const char *s = *text;
	uint64_t value = read_decimals(&s);

	if (s == *text || (**text == '0' && s > *text + 1) || value > INT_MAX)
		return false;
	*text = s;
	*ret_value = value;
	return true;
}

DAXFS_EXPORT int daxfs_parse_device_name(const char *name, unsigned int *ret_region,
					 unsigned int *ret_id)
{
	unsigned int region, id;

	/* The longest has 3 + 10 + 1 + 10 characters: DAXFS_DEVICE_NAME_SIZE has room for it. */
	if (name[0] != 'd' || name[1] != 'a' || name[2] != 'x')
		return -EINVAL;
	name += 3;
	if (!read_name_number(&name, &region) || *name++ != '.' || !read_name_number(&name, &id) ||
	    *name)
		return -EINVAL;
	if (ret_region)
		*ret_region = region;
	if (ret_id)
		*ret_id = id;
	return 0;
}

static char *put_number(char *to, unsigned int number)
{
	char digits[10], *p = digits + sizeof(digits);

	do
		*--p = '0' + number % 10;
	while (number /= 10);
	while (p < digits + sizeof(digits))
		*to++ = *p++;
	return to;
}

DAXFS_EXPORT void daxfs_format_device_name(unsigned int region, unsigned int id,
					   char ret_name[DAXFS_DEVICE_NAME_SIZE])
{
	char *end = put_number(mempcpy(ret_name, "dax", 3), region);

	*end++ = '.';
	*put_number(end, id) = '\0';
}
