// SPDX-License-Identifier: LGPL-2.1-or-later
/* Text to numbers. No value means "wrong": a parser returns an error or a value. */
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "private.h"

/* Reads digits at *text and moves past them; strtoull() alone takes signs and blanks. */
static int read_digits(const char **text, int base, uint64_t *ret_value)
{
	const char *s = *text;
	unsigned long long value;
	char *end;

	if (base == 0)
		base = s[0] == '0' && (s[1] == 'x' || s[1] == 'X') ? 16 : 10;
	if (base == 16 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		s += 2;
	if (base == 16 ? !isxdigit((unsigned char)*s) : !isdigit((unsigned char)*s))
		return -EINVAL;
	/* After the prefix was cut, "0x0x1" would be taken again. */
	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		return -EINVAL;
	errno = 0;
	value = strtoull(s, &end, base);
	if (errno)
		return -errno;
	*text = end;
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
static int read_name_number(const char **text, unsigned int *ret_value)
{
	const char *s = *text;
	uint64_t value = 0;
	int r;

	if (s[0] == '0' && isdigit((unsigned char)s[1]))
		return -EINVAL;
	r = read_digits(text, 10, &value);
	if (r < 0 || value > INT_MAX)
		return -EINVAL;
	*ret_value = value;
	return 0;
}

DAXFS_EXPORT int daxfs_parse_device_name(const char *name, unsigned int *ret_region,
					 unsigned int *ret_id)
{
	unsigned int region, id;

	if (strlen(name) >= DEVICE_NAME_MAX || strncmp(name, "dax", 3) != 0)
		return -EINVAL;
	name += 3;
	if (read_name_number(&name, &region) < 0 || *name++ != '.' ||
	    read_name_number(&name, &id) < 0 || *name)
		return -EINVAL;
	if (ret_region)
		*ret_region = region;
	if (ret_id)
		*ret_id = id;
	return 0;
}
