// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Poison by the kernel's own means: a page is handled as if the memory had failed. By the debugfs file
 * of hwpoison-inject, or by hard_offline_page, which needs no debugfs.
 *
 * Both answer EBUSY or EIO when the page was poisoned and nobody could make up for it: see
 * memory_failure() in the kernel's mm/memory-failure.c.
 */
#include <inttypes.h>
#include <string.h>
#include <sys/vfs.h>

#include "module.h"
#include "poison-method.h"
#include "sysfs.h"

#define DEBUGFS "kernel/debug"
#define CORRUPT DEBUGFS "/hwpoison/corrupt-pfn"
#define UNPOISON DEBUGFS "/hwpoison/unpoison-pfn"
#define OFFLINE "devices/system/memory/hard_offline_page"
#define MODULE "hwpoison-inject"

#define DEBUGFS_SUPER_MAGIC 0x64626720

static int refuse_unsupported(struct daxfs_ctx *ctx, const char *device, const char *id,
			      const char *hint, const char *message)
{
	return daxfs_fail(ctx, -EOPNOTSUPP,
			  &(struct failure){ .class = DAXFS_CLASS_UNSUPPORTED,
					     .id = id,
					     .device = device,
					     .hint = hint },
			  "%s: %s", device, message);
}

static int refuse_permission(struct daxfs_ctx *ctx, const char *device, const char *path, int r)
{
	_cleanup_free_ char *full = sysfs_path(ctx, path);

	return daxfs_fail(ctx, r,
			  &(struct failure){ .class = DAXFS_CLASS_PERMISSION,
					     .id = "not-permitted",
					     .device = device,
					     .path = full,
					     .err = -r,
					     .hint = "run as root" },
			  "%s: not permitted to write %s", device, full ? full : path);
}

/* "none [integrity] confidentiality": in either of the latter debugfs cannot be written. */
static bool is_locked_down(struct daxfs_ctx *ctx)
{
	char text[64];
	int root = -1;

	return sysfs_root_fd(ctx, &root) == 0 &&
	       sysfs_read_text(root, "kernel/security/lockdown", text, sizeof(text)) == 0 &&
	       strchr(text, '[') && !strstr(text, "[none]");
}

static bool is_debugfs_mounted(struct daxfs_ctx *ctx)
{
	_cleanup_close_ int fd = -1;
	struct statfs st;

	return sysfs_open_dir(ctx, DEBUGFS, &fd) == 0 && fstatfs(fd, &st) == 0 &&
	       st.f_type == DEBUGFS_SUPER_MAGIC;
}

/* Why the file is not there: no debugfs, no module, or one that is not loaded yet, which is no error. */
static int check_missing(struct daxfs_ctx *ctx, const char *device)
{
	enum module_state state;
	int r;

	if (!is_debugfs_mounted(ctx))
		return refuse_unsupported(ctx, device, "no-debugfs",
					  "mount -t debugfs debugfs /sys/kernel/debug; or use "
					  "--method=offline",
					  "debugfs is not mounted");
	r = module_check(ctx, MODULE, &state);
	if (r < 0)
		return r;
	if (state == MODULE_NOT_FOUND)
		return refuse_unsupported(ctx, device, "no-module", "use --method=offline",
					  "this kernel was built without hwpoison-inject "
					  "(CONFIG_HWPOISON_INJECT)");
	if (state == MODULE_LIVE)
		return refuse_unsupported(ctx, device, "no-memory-failure",
					  "the kernel's messages (dmesg) may say why",
					  "hwpoison-inject is loaded, but has made no files");
	return module_refuse(ctx, device, MODULE, state);
}

static int check_file(struct daxfs_ctx *ctx, const char *device, const char *path)
{
	int r = sysfs_may_write(ctx, path);

	if (r == -EACCES || r == -EPERM || r == -EROFS)
		return refuse_permission(ctx, device, path, r);
	return r;
}

static int hwpoison_check(struct daxfs_ctx *ctx, const struct daxfs_spot *spot)
{
	const char *device = spot->facts->device->name;
	int r;

	if (is_locked_down(ctx))
		return daxfs_fail(
			ctx, -EPERM,
			&(struct failure){ .class = DAXFS_CLASS_PERMISSION,
					   .id = "lockdown",
					   .device = device,
					   .hint = "use --method=offline; or boot without "
						   "lockdown= and Secure Boot" },
			"%s: the kernel is locked down, so debugfs cannot be written", device);
	r = check_file(ctx, device, spot->clears ? UNPOISON : CORRUPT);
	if (r == -ENOENT || r == -ENOTDIR)
		r = check_missing(ctx, device);
	return r;
}

static int hwpoison_prepare(struct daxfs_ctx *ctx, const struct daxfs_spot *spot)
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
	return refuse_unsupported(ctx, device, "no-memory-failure",
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
	int r = check_file(ctx, device, OFFLINE);

	if (r == -ENOENT || r == -ENOTDIR)
		return refuse_unsupported(ctx, device, "no-memory-failure", NULL,
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
