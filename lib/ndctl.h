/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Poison of pmem by what its nvdimm bus can do, through libndctl. */
#ifndef NDCTL_H
#define NDCTL_H

#include "private.h"

/* The bus counts so; where its own unit is larger, it takes the whole of that. */
#define NVDIMM_BLOCK 512

/* libndctl, and in it the namespace behind a device. */
struct nvdimm;

/*
 * Finds the namespace behind @device, whose backing and ranges were read. Returns 0; -ENODEV when
 * libndctl does not see it, or sees its data elsewhere; -ELIBACC, with words, without libndctl.
 */
int nvdimm_open(struct daxfs_ctx *ctx, const struct daxfs_device *device,
		struct nvdimm **ret_nvdimm);
struct nvdimm *nvdimm_free(struct nvdimm *nvdimm);

DEFINE_CLEANUP(struct nvdimm *, nvdimm_free)

/* Whether its bus has the commands. */
bool nvdimm_can_inject(const struct nvdimm *nvdimm);
bool nvdimm_can_clear(const struct nvdimm *nvdimm);
/* Whole blocks of the data, by physical address; the kernel is told of them. The bus's answer. */
int nvdimm_inject(const struct nvdimm *nvdimm, uint64_t address, uint64_t length);
int nvdimm_clear(const struct nvdimm *nvdimm, uint64_t address, uint64_t length);

#endif
