// SPDX-License-Identifier: LGPL-2.1-or-later
#include "run-file.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "file-error.h"
#include "lock.h"
#include "sysfs.h"

static int write_all(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		ssize_t n = write(fd, text, left);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			text += n;
			left -= n;
		}
	}
	return 0;
}

int run_file_write(int dir_fd, const char *name, const char *text)
{
	_cleanup_close_ int fd = -1;
	char temporary[NAME_MAX + 1];
	int r;

	if (snprintf(temporary, sizeof(temporary), ".%s", name) >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = write_all(fd, text);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r == 0 && renameat(dir_fd, temporary, dir_fd, name) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(dir_fd, temporary, 0);
	return r;
}

static int open_read(int dir_fd, const char *name, int *ret_fd, size_t *ret_size)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return file_error(dir_fd, name);
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;
	*ret_size = st.st_size;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int read_all(int fd, char *buf, size_t size)
{
	size_t used = 0;
	ssize_t n;

	while ((n = read(fd, buf + used, size - used)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		used += n;
		if (used == size)
			return -EBADMSG;
	}
	buf[used] = '\0';
	return strlen(buf) == used ? 0 : -EBADMSG;
}

int run_file_read(int dir_fd, const char *name, char *buf, size_t size)
{
	_cleanup_close_ int fd = -1;
	size_t length;
	int r;

	r = open_read(dir_fd, name, &fd, &length);
	return r < 0 ? r : read_all(fd, buf, size);
}

int run_file_load(int dir_fd, const char *name, size_t max, char **ret_text)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	size_t length;
	int r;

	r = open_read(dir_fd, name, &fd, &length);
	if (r < 0)
		return r;
	if (length >= max)
		return -EBADMSG;
	text = malloc(length + 1);
	if (!text)
		return -ENOMEM;
	r = read_all(fd, text, length + 1);
	if (r == 0)
		*ret_text = TAKE_PTR(text);
	return r;
}

int run_file_list_devices(struct daxfs_ctx *ctx, const char *prefix, char ***ret_names,
			  size_t *ret_n)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	_cleanup_close_ int dir = -1;
	size_t n = 0, kept = 0;
	int r;

	r = run_dir_open(ctx, false, &dir);
	if (r == 0)
		r = sysfs_list(dir, prefix, &names, &n);
	if (r < 0 && r != -ENOENT)
		return r;
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *name = TAKE_PTR(names[i]);
		char *device = name + strlen(prefix);

		if (daxfs_parse_device_name(device, NULL, NULL) < 0)
			continue;
		memmove(name, device, strlen(device) + 1);
		names[kept++] = TAKE_PTR(name);
	}
	if (!names)
		names = calloc(1, sizeof(*names));
	if (!names)
		return -ENOMEM;
	*ret_names = TAKE_PTR(names);
	*ret_n = kept;
	return 0;
}

int run_read_proc(struct daxfs_ctx *ctx, const char *name, char *buf, size_t size)
{
	_cleanup_close_ int dir = open(ctx->proc_root, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return file_error(AT_FDCWD, ctx->proc_root);
	return sysfs_read_text(dir, name, buf, size);
}

int run_read_boot_id(struct daxfs_ctx *ctx, char *buf, size_t size)
{
	int r = 0;

	if (!ctx->boot_id[0])
		r = run_read_proc(ctx, "sys/kernel/random/boot_id", ctx->boot_id,
				  sizeof(ctx->boot_id));
	if (r < 0) {
		ctx->boot_id[0] = '\0';
		return r;
	}
	return snprintf(buf, size, "%s", ctx->boot_id) < (int)size ? 0 : -EFBIG;
}
