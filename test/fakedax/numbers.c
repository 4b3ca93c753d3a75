// SPDX-License-Identifier: GPL-2.0-only
/* Numbers as the kernel's kstrtoull() and its relatives take them: more strictly than strtoull(). */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "model.h"

static const char *skip_prefix(const char *text, unsigned int *base)
{
	bool is_hex = text[0] == '0' && tolower((unsigned char)text[1]) == 'x' &&
		      isxdigit((unsigned char)text[2]);

	if (*base == 0)
		*base = is_hex ? 16 : text[0] == '0' ? 8 : 10;
	if (*base == 16 && text[0] == '0' && tolower((unsigned char)text[1]) == 'x')
		text += 2;
	return text;
}

static int digit_of(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	if (isxdigit((unsigned char)c))
		return tolower((unsigned char)c) - 'a' + 10;
	return INT_MAX;
}

int parse_ull(const char *text, unsigned int base, uint64_t *ret_value)
{
	uint64_t value = 0;
	bool overflows = false;
	const char *s;

	if (*text == '+')
		text++;
	text = skip_prefix(text, &base);
	for (s = text; digit_of(*s) < (int)base; s++) {
		overflows = overflows || __builtin_mul_overflow(value, base, &value) ||
			    __builtin_add_overflow(value, digit_of(*s), &value);
	}
	if (s == text)
		return -EINVAL;
	if (overflows)
		return -ERANGE;
	if (*s == '\n')
		s++;
	if (*s)
		return -EINVAL;
	*ret_value = value;
	return 0;
}

/* long is as wide as long long where there is DAX. */
int parse_long(const char *text, unsigned int base, uint64_t *ret_value)
{
	return parse_ull(text, base, ret_value);
}

int parse_int(const char *text, int *ret_value)
{
	bool negative = *text == '-';
	uint64_t value;
	int r;

	r = parse_ull(negative ? text + 1 : text, 0, &value);
	if (r < 0)
		return r;
	if (value > (uint64_t)INT_MAX + negative)
		return -ERANGE;
	*ret_value = negative ? -(int64_t)value : (int64_t)value;
	return 0;
}

int parse_bool(const char *text, bool *ret_value)
{
	char first = tolower((unsigned char)text[0]);
	char second = first ? tolower((unsigned char)text[1]) : '\0';

	if (strchr("yt1", first) && first)
		*ret_value = true;
	else if (strchr("nf0", first) && first)
		*ret_value = false;
	else if (first == 'o' && second == 'n')
		*ret_value = true;
	else if (first == 'o' && second == 'f')
		*ret_value = false;
	else
		return -EINVAL;
	return 0;
}
