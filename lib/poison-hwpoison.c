// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Poison by the kernel's own means: a page is handled as if the memory had failed. By the debugfs file
 * of hwpoison-inject, or by hard_offline_page, which needs no debugfs.
 *
 * Both answer EBUSY or EIO when the page was poisoned and nobody could make up for it: see
 * memory_failure() in the kernel's mm/memory-failure.c.
 */
#include <inttypes.h>

#include "module.h"
#include "poison-method.h"
#include "sysfs.h"

#define CORRUPT POISON_DEBUGFS "/hwpoison/corrupt-pfn"
#define UNPOISON POISON_DEBUGFS "/hwpoison/unpoison-pfn"
#define OFFLINE "devices/system/memory/hard_offline_page"
#define MODULE "hwpoison-inject"

/* Why the file is not there: no debugfs, no module, or one that is not loaded yet, which is no error. */
static int check_missing(struct daxfs_ctx *ctx, const char *device)
{
	enum module_state state;
	int r;

	r = poison_check_debugfs(ctx, device,
				 "mount -t debugfs debugfs /sys/kernel/debug; or use "
				 "--method=offline");
	if (r < 0)
		return r;
	r = module_check(ctx, MODULE, &state);
	if (r < 0)
		return r;
	if (state == MODULE_NOT_FOUND)
		return poison_refuse_unsupported(ctx, device, "no-module", "use --method=offline",
						 "this kernel was built without hwpoison-inject "
						 "(CONFIG_HWPOISON_INJECT)");
	if (state == MODULE_LIVE)
		return poison_refuse_unsupported(
			ctx, device, "no-memory-failure",
			"the kernel's messages (dmesg) may say why",
			"hwpoison-inject is loaded, but has made no files");
	return module_refuse(ctx, device, MODULE, state);
}

static int hwpoison_check(struct daxfs_ctx *ctx, const struct daxfs_spot *spot)
{
	const char *device = spot->facts->device->name;
	int r;

	r = poison_check_lockdown(ctx, device,
				  "use --method=offline; or boot without lockdown= and Secure "
				  "Boot");
	if (r < 0)
		return r;
	r = poison_check_file(ctx, device, spot->clears ? UNPOISON : CORRUPT);
	if (r == -ENOENT || r == -ENOTDIR)
		r = check_missing(ctx, device);
	return r;
}

static int hwpoison_prepare(struct daxfs_ctx *ctx, struct daxfs_spot *spot)
{
	const char *device = spot->facts->device->name;
	int r;

	if (sysfs_may_write(ctx, CORRUPT) == 0)
		return 0;
	r = module_load(ctx, device, MODULE);
	if (r < 0)
		return r;
	if (sysfs_may_write(ctx, CORRUPT) == 0)
		return 0;
	return poison_refuse_unsupported(ctx, device, "no-memory-failure",
					 "the kernel's messages (dmesg) may say why",
					 "hwpoison-inject was loaded, but has made no files");
}

static int write_number(struct daxfs_ctx *ctx, const char *path, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, number);
	return sysfs_write(ctx, path, text);
}

static int hwpoison_inject(struct daxfs_ctx *ctx, const struct daxfs_spot *spot,
			   const struct daxfs_target *target, uint64_t done)
{
	return write_number(ctx, CORRUPT, (target->address + done) / spot->facts->page_size);
}

static int hwpoison_clear(struct daxfs_ctx *ctx, const struct daxfs_spot *spot,
			  const struct daxfs_target *target, uint64_t done)
{
	return write_number(ctx, UNPOISON, (target->address + done) / spot->facts->page_size);
}

const struct poison_method method_hwpoison = {
	.name = "hwpoison",
	.is_recorded = true,
	.needs_counters = true,
	.fits = poison_fits_pages,
	.check = hwpoison_check,
	.prepare = hwpoison_prepare,
	.inject = hwpoison_inject,
	.clear = hwpoison_clear,
};

static int offline_check(struct daxfs_ctx *ctx, const struct daxfs_spot *spot)
{
	const char *device = spot->facts->device->name;
	int r = poison_check_file(ctx, device, OFFLINE);

	if (r == -ENOENT || r == -ENOTDIR)
		return poison_refuse_unsupported(
			ctx, device, "no-memory-failure", NULL,
			"this kernel was built without CONFIG_MEMORY_FAILURE");
	return r;
}

static int offline_inject(struct daxfs_ctx *ctx, const struct daxfs_spot *spot,
			  const struct daxfs_target *target, uint64_t done)
{
	(void)spot;
	return write_number(ctx, OFFLINE, target->address + done);
}

const struct poison_method method_offline = {
	.name = "offline",
	.is_recorded = true,
	.needs_counters = true,
	.fits = poison_fits_pages,
	.check = offline_check,
	.inject = offline_inject,
};
