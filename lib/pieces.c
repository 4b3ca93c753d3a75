// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pieces.h"

#include <string.h>

/* One that is poisoned all over would make millions of pieces. */
#define PIECES_MAX (1 << 20)

int pieces_add(struct pieces *pieces, uint64_t start, uint64_t length)
{
	struct daxfs_range *more;

	if (pieces->n >= PIECES_MAX)
		return -EFBIG;
	/* There is room for a power of two. */
	if ((pieces->n & (pieces->n - 1)) == 0) {
		more = reallocarray(pieces->ranges, pieces->n ? pieces->n * 2 : 1, sizeof(*more));
		if (!more)
			return -ENOMEM;
		pieces->ranges = more;
	}
	pieces->ranges[pieces->n++] =
		(struct daxfs_range){ .start = start, .end = start + length - 1 };
	return 0;
}

/* The first of them, by address, that has a byte of @range; NULL: none has. */
static struct daxfs_range *first_in(const struct pieces *pieces, const struct daxfs_range *range)
{
	struct daxfs_range *first = NULL;

	for (size_t i = 0; i < pieces->n; i++) {
		struct daxfs_range *piece = &pieces->ranges[i];

		if (piece->start <= range->end && piece->end >= range->start &&
		    (!first || piece->start < first->start))
			first = piece;
	}
	return first;
}

int pieces_learn(struct pieces *known, const struct daxfs_range *range, struct pieces *news)
{
	struct pieces found = {};
	struct daxfs_range rest = *range;
	const struct daxfs_range *next;
	int r = 0;

	while (r == 0 && (next = first_in(known, &rest))) {
		if (next->start > rest.start)
			r = pieces_add(&found, rest.start, next->start - rest.start);
		/* the last byte of all has none behind it */
		if (next->end >= rest.end)
			break;
		rest.start = next->end + 1;
	}
	if (r == 0 && !next)
		r = pieces_add(&found, rest.start, range_length(&rest));
	for (size_t i = 0; i < found.n && r == 0; i++) {
		r = pieces_add(known, found.ranges[i].start, range_length(&found.ranges[i]));
		if (r == 0)
			r = pieces_add(news, found.ranges[i].start, range_length(&found.ranges[i]));
	}
	pieces_done(&found);
	return r;
}

int pieces_forget(struct pieces *known, const struct daxfs_range *range)
{
	struct daxfs_range *piece;
	int r = 0;

	while (r == 0 && (piece = first_in(known, range))) {
		const struct daxfs_range old = *piece;

		*piece = known->ranges[--known->n];
		if (old.start < range->start)
			r = pieces_add(known, old.start, range->start - old.start);
		if (r == 0 && old.end > range->end)
			r = pieces_add(known, range->end + 1, old.end - range->end);
	}
	return r;
}

bool pieces_take(struct pieces *pieces, struct daxfs_range *ret_range)
{
	if (pieces->n == 0)
		return false;
	*ret_range = pieces->ranges[0];
	pieces->n--;
	memmove(pieces->ranges, pieces->ranges + 1, pieces->n * sizeof(*pieces->ranges));
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct daxfs_range *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

void pieces_merge(struct pieces *pieces)
{
	struct daxfs_range *ranges = pieces->ranges;
	size_t n = 0;

	if (pieces->n == 0)
		return;
	qsort(ranges, pieces->n, sizeof(*ranges), compare);
	for (size_t i = 1; i < pieces->n; i++) {
		if (ranges[i].start > ranges[n].end && ranges[i].start - ranges[n].end > 1)
			ranges[++n] = ranges[i];
		else if (ranges[i].end > ranges[n].end)
			ranges[n].end = ranges[i].end;
	}
	pieces->n = n + 1;
}

void pieces_done(struct pieces *pieces)
{
	free(pieces->ranges);
}
