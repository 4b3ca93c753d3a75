// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Poison by persistent memory itself, where its nvdimm bus has the commands for it, as buses of the NFIT
 * can: the kernel has it among the bad blocks of the region, and it stays over a reboot.
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

static int pmem_check(struct daxfs_ctx *ctx, const struct daxfs_spot *spot)
{
	const struct daxfs_device *device = spot->facts->device;
	int r = nvdimm_check(ctx, device, spot->clears);

	switch (r) {
	case 0:
	case -ELIBACC:
		return r;
	case -EOPNOTSUPP:
		return poison_refuse_unsupported(
			ctx, device->name, "no-injection", NULL,
			spot->clears ? "to clear poison is not supported by this bus"
				     : "to inject poison is not supported by this bus");
	case -ENODEV:
		return poison_refuse_unsupported(ctx, device->name, "no-injection", NULL,
						 "libndctl does not know its namespace");
	default:
		return daxfs_fail(
			ctx, r,
			&(struct failure){ .id = "read-failed", .device = device->name, .err = -r },
			"%s: libndctl cannot tell what its bus can do", device->name);
	}
}

static int pmem_inject(struct daxfs_ctx *ctx, const struct daxfs_spot *spot,
		       const struct daxfs_target *target, uint64_t done)
{
	return nvdimm_inject(ctx, spot->facts->device, target->address + done,
			     target->length - done);
}

static int pmem_clear(struct daxfs_ctx *ctx, const struct daxfs_spot *spot,
		      const struct daxfs_target *target, uint64_t done)
{
	return nvdimm_clear(ctx, spot->facts->device, target->address + done,
			    target->length - done);
}

const struct poison_method method_pmem = {
	.name = "pmem",
	.unit = NVDIMM_BLOCK,
	.at_once = true,
	.fits = pmem_fits,
	.check = pmem_check,
	.inject = pmem_inject,
	.clear = pmem_clear,
};
