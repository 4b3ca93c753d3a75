// SPDX-License-Identifier: LGPL-2.1-or-later
#include "poison-method.h"

#include <string.h>

static const struct {
	const char *name;
	const struct poison_method *method;
} methods[] = {
	[DAXFS_POISON_AUTO] = { "auto", NULL },
	[DAXFS_POISON_HWPOISON] = { "hwpoison", &method_hwpoison },
	[DAXFS_POISON_OFFLINE] = { "offline", &method_offline },
	[DAXFS_POISON_BY_PMEM] = { "pmem", &method_pmem },
	[DAXFS_POISON_BY_CXL] = { "cxl", &method_cxl },
};

DAXFS_EXPORT const char *daxfs_poison_method_to_string(enum daxfs_poison_method method)
{
	return (size_t)method < ARRAY_SIZE(methods) ? methods[method].name : NULL;
}

DAXFS_EXPORT int daxfs_poison_method_from_string(const char *name,
						 enum daxfs_poison_method *ret_method)
{
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		if (methods[i].name && strcmp(methods[i].name, name) == 0) {
			*ret_method = i;
			return 0;
		}
	return -EINVAL;
}

const struct poison_method *poison_method(enum daxfs_poison_method method)
{
	return methods[method].method;
}

int poison_refuse_clear(struct daxfs_ctx *ctx, const struct daxfs_device *device)
{
	return daxfs_fail(
		ctx, -EOPNOTSUPP,
		&(struct failure){ .class = DAXFS_CLASS_UNSUPPORTED,
				   .id = "cannot-clear",
				   .device = device->name,
				   .hint = "daxfsctl reconfigure-device --rebind makes the kernel "
					   "forget its pages' state; the record stays, for "
					   "memory that is broken stays so" },
		"%s: the kernel has no way to clear the poison of a page that is not system-ram",
		device->name);
}

/* Memory that kmem made ordinary, and that may still be so without a driver. */
static bool is_ram(const struct daxfs_device *device)
{
	return device->mode == DAXFS_MODE_SYSTEM_RAM || device->state == DAXFS_STATE_STRANDED;
}

/* What the memory of the device does by itself; DAXFS_POISON_AUTO for nothing. */
static enum daxfs_poison_method own_method(const struct daxfs_device *device)
{
	switch (device->kind) {
	case DAXFS_KIND_PMEM:
		return DAXFS_POISON_BY_PMEM;
	case DAXFS_KIND_CXL:
		return DAXFS_POISON_BY_CXL;
	default:
		return DAXFS_POISON_AUTO;
	}
}

/* What fits best: what the device's own memory can do last, for that may outlast a reboot. */
static enum daxfs_poison_method best_method(const struct daxfs_spot *spot)
{
	const struct daxfs_device *device = spot->facts->device;
	bool has_pages = device->mode != DAXFS_MODE_NONE || is_ram(device);

	if (spot->clears ? is_ram(device) : has_pages)
		return DAXFS_POISON_HWPOISON;
	return own_method(device);
}

static void take(struct daxfs_spot *spot, enum daxfs_poison_method method)
{
	spot->method = method;
	spot->unit = poison_method(method)->unit;
	if (spot->unit == 0)
		spot->unit = spot->facts->page_size;
}

static int refuse_disabled(struct daxfs_ctx *ctx, const struct daxfs_device *device)
{
	return daxfs_fail(
		ctx, -ENXIO,
		&(struct failure){ .class = DAXFS_CLASS_UNSUPPORTED,
				   .id = "no-pages",
				   .device = device->name,
				   .hint = "daxfsctl enable-device" },
		"%s: is disabled, and the kernel has no pages of memory that no driver has",
		device->name);
}

/* Where hwpoison cannot be had, offline does the same. */
static int fall_back(struct daxfs_ctx *ctx, int r, struct daxfs_spot *spot)
{
	_cleanup_(error_freep) struct daxfs_error *error = error_take(ctx, r);
	int other;

	take(spot, DAXFS_POISON_OFFLINE);
	other = method_offline.check(ctx, spot);
	if (other < 0 && error) {
		/* What is told is about the better one. */
		error_clear(ctx);
		ctx->error = TAKE_PTR(error);
		return r;
	}
	return other;
}

int poison_choose(struct daxfs_ctx *ctx, enum daxfs_poison_method wanted, struct daxfs_spot *spot)
{
	const struct daxfs_device *device = spot->facts->device;
	enum daxfs_poison_method method = wanted;

	if (method == DAXFS_POISON_AUTO)
		method = best_method(spot);
	if (method == DAXFS_POISON_AUTO)
		return spot->clears ? poison_refuse_clear(ctx, device)
				    : refuse_disabled(ctx, device);
	if (spot->clears && !poison_method(method)->clear)
		return poison_refuse_clear(ctx, device);
	take(spot, method);
	return poison_method(method)->fits ? poison_method(method)->fits(ctx, spot) : 0;
}

int poison_check(struct daxfs_ctx *ctx, enum daxfs_poison_method wanted, struct daxfs_spot *spot)
{
	const struct daxfs_device *device = spot->facts->device;
	int r = poison_method(spot->method)->check(ctx, spot);

	if (r >= 0 || r == -ENOMEM || wanted != DAXFS_POISON_AUTO)
		return r;
	if (spot->method == DAXFS_POISON_HWPOISON && !spot->clears)
		return fall_back(ctx, r, spot);
	/* Few buses can do it: what is in the way is then that the kernel's pages cannot. */
	if (spot->method == DAXFS_POISON_BY_PMEM && r == -EOPNOTSUPP)
		return spot->clears ? poison_refuse_clear(ctx, device)
				    : refuse_disabled(ctx, device);
	return r;
}

int poison_fits_pages(struct daxfs_ctx *ctx, const struct daxfs_spot *spot)
{
	const struct daxfs_device *device = spot->facts->device;

	if (spot->clears && !is_ram(device))
		return poison_refuse_clear(ctx, device);
	return device->mode == DAXFS_MODE_NONE && !is_ram(device) ? refuse_disabled(ctx, device)
								  : 0;
}
