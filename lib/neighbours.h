/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Looks that the plans of a call share as long as nothing is written between them: who is bound to
 * nothing, who uses devices (in users.c), what the bus and the machine have (in facts.c, check-facts.c)
 * and who has which addresses (in iomem.c). Each look is one of after looks_begin().
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
