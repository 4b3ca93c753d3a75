// SPDX-License-Identifier: GPL-2.0-only
/* "Did you mean ...?" */
#include <string.h>

#include "cmd.h"

#define WORD_MAX 32

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t min = a < b ? a : b;

	return min < c ? min : c;
}

/* How many characters must be put in, taken out or replaced to make one word of the other. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t length = strlen(b), row[WORD_MAX + 1];

	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			size_t above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[length];
}

void suggest(struct suggestion *suggestion, const char *candidate)
{
	size_t distance;

	if (strlen(suggestion->word) > WORD_MAX || strlen(candidate) > WORD_MAX)
		return;
	/* "reconfigure" for reconfigure-device is closer than any count of characters says. */
	if (strlen(suggestion->word) > 2 &&
	    strncmp(suggestion->word, candidate, strlen(suggestion->word)) == 0)
		distance = 0;
	else
		distance = edit_distance(suggestion->word, candidate);
	if (distance > (strlen(candidate) + 2) / 3)
		return;
	if (suggestion->best && suggestion->distance <= distance)
		return;
	suggestion->best = candidate;
	suggestion->distance = distance;
}
