/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pure: pieces of memory, by physical address. */
#ifndef PIECES_H
#define PIECES_H

#include "private.h"

/* From zero; the ranges' page_offset is not used. */
struct pieces {
	struct daxfs_range *ranges;
	size_t n;
};

/* These return 0, -ENOMEM, or -EFBIG when there are too many. */

int pieces_add(struct pieces *pieces, uint64_t start, uint64_t length);
/* Adds what of @range is not in @known, there and to @news. */
int pieces_learn(struct pieces *known, const struct daxfs_range *range, struct pieces *news);
/* Takes away what is in @range. */
int pieces_forget(struct pieces *known, const struct daxfs_range *range);

/* Takes the first one out; false: there is none. */
bool pieces_take(struct pieces *pieces, struct daxfs_range *ret_range);

/* Puts them in order, and makes one of those that meet. */
void pieces_merge(struct pieces *pieces);
void pieces_done(struct pieces *pieces);

#endif
