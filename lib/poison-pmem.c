// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Poison by persistent memory itself, where its nvdimm bus has the commands for it, as buses of the NFIT
 * can: the kernel has it among the bad blocks of the region.
 */
#include "ndctl.h"
#include "poison-method.h"

static int pmem_fits(struct daxfs_ctx *ctx, const struct daxfs_spot *spot)
{
	const struct daxfs_device *device = spot->facts->device;

	if (device->kind == DAXFS_KIND_PMEM)
		return 0;
	return poison_refuse_unsupported(ctx, device->name, "wrong-method",
					 "without --method the one that fits is taken",
					 "method pmem is for persistent memory, which this is not");
}

static int fail_open(struct daxfs_ctx *ctx, const struct daxfs_device *device, int r)
{
	if (r == -ELIBACC || r == -ENOMEM)
		return r;
	if (r == -ENODEV)
		return poison_refuse_unsupported(ctx, device->name, "no-injection", NULL,
						 "libndctl does not know its namespace");
	return daxfs_fail(
		ctx, r, &(struct failure){ .id = "read-failed", .device = device->name, .err = -r },
		"%s: libndctl cannot look for its namespace", device->name);
}

static int pmem_check(struct daxfs_ctx *ctx, const struct daxfs_spot *spot)
{
	const struct daxfs_device *device = spot->facts->device;
	_cleanup_(nvdimm_freep) struct nvdimm *nvdimm = NULL;
	int r = nvdimm_open(ctx, device, &nvdimm);

	if (r < 0)
		return fail_open(ctx, device, r);
	if (spot->clears ? nvdimm_can_clear(nvdimm) : nvdimm_can_inject(nvdimm))
		return 0;
	return poison_refuse_unsupported(ctx, device->name, "no-injection", NULL,
					 spot->clears
						 ? "to clear poison is not supported by this bus"
						 : "to inject poison is not supported by this bus");
}

static int pmem_prepare(struct daxfs_ctx *ctx, struct daxfs_spot *spot)
{
	const struct daxfs_device *device = spot->facts->device;
	int r = nvdimm_open(ctx, device, &spot->nvdimm);

	return r < 0 ? fail_open(ctx, device, r) : 0;
}

static int pmem_inject(struct daxfs_ctx *ctx, const struct daxfs_spot *spot,
		       const struct daxfs_target *target, uint64_t done)
{
	return nvdimm_inject(spot->nvdimm, target->address + done, spot->unit);
}

static int pmem_clear(struct daxfs_ctx *ctx, const struct daxfs_spot *spot,
		      const struct daxfs_target *target, uint64_t done)
{
	return nvdimm_clear(spot->nvdimm, target->address + done, spot->unit);
}

const struct poison_method method_pmem = {
	.name = "pmem",
	.unit = NVDIMM_BLOCK,
	.fits = pmem_fits,
	.check = pmem_check,
	.prepare = pmem_prepare,
	.inject = pmem_inject,
	.clear = pmem_clear,
};
