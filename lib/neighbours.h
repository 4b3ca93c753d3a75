/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looks that take long, and that the plans of a call share as long as nothing is written between them:
 * who is bound to nothing, and (in users.c) who uses devices. Each look is one of after looks_begin().
 */
#ifndef NEIGHBOURS_H
#define NEIGHBOURS_H

#include "facts.h"

void looks_begin(struct daxfs_ctx *ctx);
/* Something was written: whoever wants to know looks again. */
void looks_drop(struct daxfs_ctx *ctx);
void looks_end(struct daxfs_ctx *ctx);

/* Fills in the neighbours of @facts->device. 0, or daxfs_fail(). */
int neighbours_gather(struct daxfs_ctx *ctx, struct facts *facts);

#endif
