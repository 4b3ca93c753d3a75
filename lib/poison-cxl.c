// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Poison by CXL memory itself, in units of 64 bytes: it answers to reads of them with poison, and has
 * them on its list, whoever asks and until they are cleared. By the files of debugfs: newer kernels
 * have them for a region, by the offset in it, and all that can for a memory device, by its own address.
 */
#include <inttypes.h>
#include <string.h>

#include "poison-method.h"
#include "sysfs.h"

#define UNIT 64

/* ---- where it is on the memory devices */

static int add_target(struct daxfs_target **targets, size_t *n, const struct daxfs_target *target)
{
	struct daxfs_target *more = reallocarray(*targets, *n + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	*targets = more;
	more[(*n)++] = *target;
	return 0;
}

/* The first piece of @target that is on one device, and no longer than that if @cuts. */
static void locate(const struct daxfs_spot *spot, bool cuts, struct daxfs_target *target)
{
	uint64_t contiguous;
	size_t way;

	if (target->address < spot->layout.start ||
	    cxl_offset_to_dpa(&spot->layout, target->address - spot->layout.start, &way,
			      &target->dpa, &contiguous) < 0)
		return;
	target->memdev = spot->layout.ways[way].memdev;
	if (cuts && contiguous < target->length)
		target->length = contiguous;
}

int spot_locate_cxl(struct daxfs_spot *spot)
{
	_cleanup_free_ struct daxfs_target *targets = NULL;
	bool cuts = spot->method == DAXFS_POISON_BY_CXL;
	size_t n = 0;

	if (spot->layout.n_ways == 0)
		return 0;
	for (size_t i = 0; i < spot->n_targets; i++) {
		const struct daxfs_target *whole = &spot->targets[i];
		struct daxfs_target piece = *whole;
		uint64_t left = whole->length;
		int r;

		for (; left > 0; left -= piece.length) {
			piece.offset = whole->offset + (whole->length - left);
			piece.address = whole->address + (whole->length - left);
			piece.pfn = piece.address / spot->facts->page_size;
			piece.length = left;
			locate(spot, cuts, &piece);
			r = add_target(&targets, &n, &piece);
			if (r < 0)
				return r;
		}
	}
	free(spot->targets);
	spot->targets = TAKE_PTR(targets);
	spot->n_targets = n;
	return 0;
}

/* ---- the files */

static void name_file(const struct daxfs_spot *spot, const char *owner, char *path, size_t size)
{
	snprintf(path, size, POISON_DEBUGFS "/cxl/%s/%s_poison", owner,
		 spot->clears ? "clear" : "inject");
}

static int cxl_fits(struct daxfs_ctx *ctx, const struct daxfs_spot *spot)
{
	const struct daxfs_device *device = spot->facts->device;

	if (device->kind == DAXFS_KIND_CXL)
		return 0;
	return poison_refuse_unsupported(ctx, device->name, "wrong-method",
					 "without --method the one that fits is taken",
					 "method cxl is for CXL memory, which this is not");
}

/* The files of the memory devices are as good as the region's where it is known which byte is whose. */
static int check_memdevs(struct daxfs_ctx *ctx, const struct daxfs_spot *spot)
{
	char path[128];
	int r = -ENOENT;

	for (size_t i = 0; i < spot->layout.n_ways; i++) {
		name_file(spot, spot->layout.ways[i].memdev, path, sizeof(path));
		r = poison_check_file(ctx, spot->facts->device->name, path);
		if (r < 0)
			return r;
	}
	return r;
}

static int cxl_check(struct daxfs_ctx *ctx, const struct daxfs_spot *spot)
{
	const char *device = spot->facts->device->name;
	char path[128];
	int r;

	r = poison_check_lockdown(ctx, device, "boot without lockdown= and Secure Boot");
	if (r < 0)
		return r;
	name_file(spot, spot->layout.region, path, sizeof(path));
	r = poison_check_file(ctx, device, path);
	if (r == -ENOENT)
		r = check_memdevs(ctx, spot);
	if (r != -ENOENT)
		return r;
	r = poison_check_debugfs(ctx, device, "mount -t debugfs debugfs /sys/kernel/debug");
	if (r < 0)
		return r;
	return poison_refuse_unsupported(ctx, device, "no-injection", NULL,
					 spot->layout.n_ways == 0
						 ? "its interleaving is not known here, and this "
						   "kernel has no file for its region"
						 : "not supported by these memory devices, or not "
						   "by this kernel");
}

/* The kernel's own arithmetic first, where it offers that. */
static int write_address(struct daxfs_ctx *ctx, const struct daxfs_spot *spot,
			 const struct daxfs_target *target, uint64_t done)
{
	uint64_t address = target->address + done - spot->layout.start;
	char path[128], text[24];

	name_file(spot, spot->layout.region, path, sizeof(path));
	if (sysfs_may_write(ctx, path) == -ENOENT) {
		if (!target->memdev)
			return -EOPNOTSUPP;
		name_file(spot, target->memdev, path, sizeof(path));
		address = target->dpa + done;
	}
	snprintf(text, sizeof(text), "0x%" PRIx64, address);
	return sysfs_write(ctx, path, text);
}

const struct poison_method method_cxl = {
	.name = "cxl",
	.unit = UNIT,
	.fits = cxl_fits,
	.check = cxl_check,
	.inject = write_address,
	.clear = write_address,
};
