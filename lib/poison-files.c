// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whether a file that poisons memory can be written, and why not. */
#include <string.h>
#include <sys/vfs.h>

#include "poison-method.h"
#include "sysfs.h"

#define DEBUGFS_SUPER_MAGIC 0x64626720

int poison_refuse_unsupported(struct daxfs_ctx *ctx, const char *device, const char *id,
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

int poison_check_lockdown(struct daxfs_ctx *ctx, const char *device, const char *hint)
{
	if (!is_locked_down(ctx))
		return 0;
	return daxfs_fail(ctx, -EPERM,
			  &(struct failure){ .class = DAXFS_CLASS_PERMISSION,
					     .id = "lockdown",
					     .device = device,
					     .hint = hint },
			  "%s: the kernel is locked down, so debugfs cannot be written", device);
}

int poison_check_debugfs(struct daxfs_ctx *ctx, const char *device, const char *hint)
{
	_cleanup_close_ int fd = -1;
	struct statfs st;

	if (sysfs_open_dir(ctx, POISON_DEBUGFS, &fd) == 0 && fstatfs(fd, &st) == 0 &&
	    st.f_type == DEBUGFS_SUPER_MAGIC)
		return 0;
	return poison_refuse_unsupported(ctx, device, "no-debugfs", hint, "debugfs is not mounted");
}

int poison_check_file(struct daxfs_ctx *ctx, const char *device, const char *path)
{
	int r = sysfs_may_write(ctx, path);

	if (r == -EACCES || r == -EPERM || r == -EROFS)
		return refuse_permission(ctx, device, path, r);
	return r;
}
