// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>

#include "device-dir.h"
#include "users.h"

#define DEFAULT_TIMEOUT_MS (60 * 1000)

PRINTF_FORMAT(3, 0)
static void log_to_stderr(void *userdata, int priority, const char *format, va_list args)
{
	(void)userdata;
	(void)priority;
	fputs("libdaxfs: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void daxfs_log(struct daxfs_ctx *ctx, int priority, const char *format, ...)
{
	va_list args;

	if (!ctx->log_fn)
		return;
	va_start(args, format);
	ctx->log_fn(ctx->log_userdata, priority, format, args);
	va_end(args);
}

static int replace_text(char **field, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return -ENOMEM;
	free(*field);
	*field = copy;
	return 0;
}

DAXFS_EXPORT int daxfs_ctx_new(struct daxfs_ctx **ret_ctx)
{
	_cleanup_(daxfs_ctx_unrefp) struct daxfs_ctx *ctx = calloc(1, sizeof(*ctx));
	const char *log = secure_getenv("DAXFS_LOG");

	if (!ctx)
		return -ENOMEM;
	ctx->refcount = 1;
	ctx->sysfs_fd = -1;
	ctx->region_dir.fd = -1;
	ctx->bus_lock = -1;
	ctx->run_fd = -1;
	ctx->timeout_ms = DEFAULT_TIMEOUT_MS;
	if (replace_text(&ctx->sysfs_root, "/sys") < 0 ||
	    replace_text(&ctx->dev_root, "/dev") < 0 ||
	    replace_text(&ctx->proc_root, "/proc") < 0 ||
	    replace_text(&ctx->run_dir, "/run/daxfsctl") < 0 ||
	    replace_text(&ctx->file_root, "") < 0)
		return -ENOMEM;
	if (log && strcmp(log, "1") == 0)
		ctx->log_fn = log_to_stderr;
	*ret_ctx = TAKE_PTR(ctx);
	return 0;
}

DAXFS_EXPORT struct daxfs_ctx *daxfs_ctx_ref(struct daxfs_ctx *ctx)
{
	ctx->refcount++;
	return ctx;
}

DAXFS_EXPORT struct daxfs_ctx *daxfs_ctx_unref(struct daxfs_ctx *ctx)
{
	if (!ctx || --ctx->refcount > 0)
		return NULL;
	if (ctx->sysfs_fd >= 0)
		close(ctx->sysfs_fd);
	device_dir_forget(ctx);
	free(ctx->sysfs_root);
	free(ctx->dev_root);
	free(ctx->proc_root);
	free(ctx->run_dir);
	free(ctx->file_root);
	error_free(ctx->error);
	users_scan_free(ctx->users_scan);
	free(ctx);
	return NULL;
}

static int set_dir(struct daxfs_ctx *ctx, char **field, const char *dir)
{
	if (dir[0] != '/')
		return daxfs_fail(ctx, -EINVAL,
				  &(struct failure){ .class = DAXFS_CLASS_INVALID,
						     .id = "bad-root" },
				  "'%s' is not an absolute path", dir);
	return replace_text(field, dir);
}

/* What was read once, and is another machine's now. */
static void forget_machine(struct daxfs_ctx *ctx)
{
	ctx->boot_id[0] = '\0';
	ctx->own_pid = 0;
	ctx->block_size = 0;
}

DAXFS_EXPORT int daxfs_ctx_set_sysfs_root(struct daxfs_ctx *ctx, const char *dir)
{
	forget_machine(ctx);
	return set_dir(ctx, &ctx->sysfs_root, dir);
}

DAXFS_EXPORT int daxfs_ctx_set_dev_root(struct daxfs_ctx *ctx, const char *dir)
{
	return set_dir(ctx, &ctx->dev_root, dir);
}

DAXFS_EXPORT int daxfs_ctx_set_proc_root(struct daxfs_ctx *ctx, const char *dir)
{
	forget_machine(ctx);
	return set_dir(ctx, &ctx->proc_root, dir);
}

DAXFS_EXPORT int daxfs_ctx_set_run_dir(struct daxfs_ctx *ctx, const char *dir)
{
	return set_dir(ctx, &ctx->run_dir, dir);
}

static bool is_dir_at(int dir_fd, const char *name)
{
	struct stat st;

	return fstatat(dir_fd, name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

static int dir_is_empty(const char *path, bool *ret_empty)
{
	_cleanup_closedir_ DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir)
		return -errno;
	while (errno = 0, (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			break;
	if (errno)
		return -errno;
	*ret_empty = !entry;
	return 0;
}

/* Whether @dir holds sys/ (*ret_sub is "sys") or is a recorded /sys itself (*ret_sub is ""). */
static int recorded_layout(const char *dir, const char **ret_sub)
{
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool empty = false;
	int r;

	if (fd < 0)
		return -errno;
	if (is_dir_at(fd, "sys")) {
		*ret_sub = "sys";
		return 0;
	}
	if (!is_dir_at(fd, "bus") && !is_dir_at(fd, "devices")) {
		r = dir_is_empty(dir, &empty);
		if (r < 0)
			return r;
		if (!empty)
			return -EINVAL;
	}
	*ret_sub = "";
	return 0;
}

static int join(char **field, const char *dir, const char *sub)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s%s%s", dir, *sub ? "/" : "", sub) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	free(*field);
	*field = TAKE_PTR(path);
	return 0;
}

DAXFS_EXPORT int daxfs_ctx_set_sysroot(struct daxfs_ctx *ctx, const char *dir)
{
	const char *sub = "";
	int r;

	r = recorded_layout(dir, &sub);
	if (r < 0)
		return daxfs_fail(
			ctx, r,
			&(struct failure){ .class = DAXFS_CLASS_INVALID,
					   .id = "bad-sysroot",
					   .path = dir,
					   .err = r == -EINVAL ? 0 : -r },
			r == -EINVAL ? "%s: holds neither sys/ nor bus/, so it is no recorded tree"
				     : "%s: cannot open the recorded tree",
			dir);
	ctx->recorded = true;
	forget_machine(ctx);
	if (join(&ctx->sysfs_root, dir, sub) < 0 || join(&ctx->proc_root, dir, "proc") < 0 ||
	    join(&ctx->dev_root, dir, "dev") < 0 || join(&ctx->file_root, dir, "") < 0)
		return -ENOMEM;
	return 0;
}

DAXFS_EXPORT void daxfs_ctx_set_log_fn(struct daxfs_ctx *ctx, daxfs_log_fn log_fn, void *userdata)
{
	ctx->log_fn = log_fn;
	ctx->log_userdata = userdata;
}

DAXFS_EXPORT void daxfs_ctx_set_timeout(struct daxfs_ctx *ctx, unsigned int timeout_ms)
{
	ctx->timeout_ms = timeout_ms;
}

uint64_t ctx_deadline(const struct daxfs_ctx *ctx)
{
	return ctx->timeout_ms ? now_ms() + ctx->timeout_ms : 0;
}

DAXFS_EXPORT void daxfs_ctx_set_step_fn(struct daxfs_ctx *ctx, daxfs_step_fn step_fn,
					void *userdata)
{
	ctx->step_fn = step_fn;
	ctx->step_userdata = userdata;
}

void ctx_step(struct daxfs_ctx *ctx, const char *device, const char *step, bool begins)
{
	if (ctx->step_fn)
		ctx->step_fn(ctx->step_userdata, device, step, begins);
}

DAXFS_EXPORT const struct daxfs_error *daxfs_ctx_get_error(const struct daxfs_ctx *ctx)
{
	return ctx->error;
}
