/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers in text once more, by other means than the library's, to compare with. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include <limits.h>

#include "fuzz.h"
#include "private.h"

/* What fits in no number of 64 bits. */
#define REFERENCE_TOO_LARGE ((unsigned __int128)UINT64_MAX + 1)

static inline int reference_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

	return p ? p - digits : INT_MAX;
}

/*
 * The digits that @text begins with; *ret_end is behind them, or @text when there are none. In base
 * 16 and in base 0, which is 10 else, they may follow 0x.
 */
static inline unsigned __int128 reference_digits(const char *text, int base, const char **ret_end)
{
	bool has_prefix = base != 10 && (!strncmp(text, "0x", 2) || !strncmp(text, "0X", 2));
	const char *first = text + (has_prefix ? 2 : 0), *s;
	unsigned __int128 value = 0;

	if (base == 0)
		base = has_prefix ? 16 : 10;
	for (s = first; reference_digit(*s) < base; s++) {
		value = value * base + reference_digit(*s);
		if (value > UINT64_MAX)
			value = REFERENCE_TOO_LARGE;
	}
	*ret_end = s == first ? text : s;
	return value;
}

/* What parse_u64() has to answer. */
static inline int reference_u64(const char *text, int base, uint64_t *ret_value)
{
	const char *end;
	unsigned __int128 value = reference_digits(text, base, &end);

	if (end == text)
		return -EINVAL;
	if (value > UINT64_MAX)
		return -ERANGE;
	if (*end)
		return -EINVAL;
	*ret_value = value;
	return 0;
}

/* What parse_int() has to answer. */
static inline int reference_int(const char *text, int *ret_value)
{
	bool negative = text[0] == '-';
	uint64_t value = 0;
	int r = reference_u64(text + negative, 10, &value);

	if (r < 0)
		return r;
	if (negative ? value > -(int64_t)INT_MIN : value > INT_MAX)
		return -ERANGE;
	*ret_value = negative ? -(int64_t)value : (int64_t)value;
	return 0;
}

#endif
