/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Poison of pmem by what its nvdimm bus can do, through libndctl. */
#ifndef NDCTL_H
#define NDCTL_H

#include "private.h"

/* The bus counts so; each takes its clear unit, which may be more, for as much. */
#define NVDIMM_BLOCK 512

/*
 * Each finds the namespace behind the device, whose backing was read. All return 0; -EOPNOTSUPP without words when the bus has no such command; -ENODEV when
 * libndctl does not see that namespace, or sees its data elsewhere; -ELIBACC, with words, without
 * libndctl; or the kernel's answer.
 */

/* Whether the bus can inject, or clear. */
int nvdimm_check(struct daxfs_ctx *ctx, const struct daxfs_device *device, bool clears);
/* Blocks of the data, by physical address; they are whole blocks. The kernel is told of them. */
int nvdimm_inject(struct daxfs_ctx *ctx, const struct daxfs_device *device, uint64_t address,
		  uint64_t length);
int nvdimm_clear(struct daxfs_ctx *ctx, const struct daxfs_device *device, uint64_t address,
		 uint64_t length);

#endif
