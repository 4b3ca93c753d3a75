// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sysfs.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>

#include "file-error.h"

int sysfs_root_fd(struct daxfs_ctx *ctx, int *ret_fd)
{
	if (ctx->sysfs_fd < 0) {
		ctx->sysfs_fd = open(ctx->sysfs_root, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (ctx->sysfs_fd < 0)
			return file_error(AT_FDCWD, ctx->sysfs_root);
	}
	*ret_fd = ctx->sysfs_fd;
	return 0;
}

int sysfs_open_dir_at(int dir_fd, const char *path, int *ret_fd)
{
	int fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return file_error(dir_fd, path);
	*ret_fd = fd;
	return 0;
}

int sysfs_open_dir(struct daxfs_ctx *ctx, const char *path, int *ret_fd)
{
	int root = -1, r;

	r = sysfs_root_fd(ctx, &root);
	if (r < 0)
		return r;
	return sysfs_open_dir_at(root, path, ret_fd);
}

int sysfs_read_text(int dir_fd, const char *name, char *buf, size_t size)
{
	_cleanup_close_ int fd = -1;
	size_t used = 0;

	/* A recorded tree may hold a FIFO or a terminal where the kernel has an attribute. */
	fd = openat(dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return file_error(dir_fd, name);
	/* The kernel answers in one piece; a recorded tree on a network file system may not. */
	for (;;) {
		ssize_t n = read(fd, buf + used, size - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return file_error(dir_fd, name);
		used += n;
		if (n == 0)
			break;
		if (used == size) /* no room for the NUL, and there may be more */
			return -EFBIG;
		if (buf[used - 1] == '\n')
			break;
	}
	if (memchr(buf, '\0', used))
		return -EINVAL;
	while (used > 0 && buf[used - 1] == '\n')
		used--;
	buf[used] = '\0';
	return 0;
}

static int copy(const char *text, char **ret_copy)
{
	char *p = strdup(text);

	if (!p)
		return -ENOMEM;
	*ret_copy = p;
	return 0;
}

int sysfs_read_string(int dir_fd, const char *name, char **ret_text)
{
	char buf[SYSFS_TEXT_MAX];
	int r = sysfs_read_text(dir_fd, name, buf, sizeof(buf));

	return r < 0 ? r : copy(buf, ret_text);
}

int sysfs_read_bytes(int dir_fd, const char *name, size_t limit, char **ret_data, size_t *ret_size)
{
	_cleanup_free_ char *data = NULL;
	_cleanup_close_ int fd = -1;
	size_t used = 0, room = 0;

	fd = openat(dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return file_error(dir_fd, name);
	for (;;) {
		ssize_t n;

		if (room - used < SYSFS_TEXT_MAX) {
			char *more = realloc(data, room + 4 * SYSFS_TEXT_MAX + 1);

			if (!more)
				return -ENOMEM;
			data = more;
			room += 4 * SYSFS_TEXT_MAX;
		}
		n = read(fd, data + used, room - used);
		if (n < 0 && errno != EINTR)
			return file_error(dir_fd, name);
		if (n == 0)
			break;
		used += n > 0 ? n : 0;
		if (used > limit)
			return -EFBIG;
	}
	data[used] = '\0';
	*ret_data = TAKE_PTR(data);
	*ret_size = used;
	return 0;
}

static int read_number(int dir_fd, const char *name, int base, uint64_t *ret_value)
{
	char buf[64];
	int r;

	r = sysfs_read_text(dir_fd, name, buf, sizeof(buf));
	if (r < 0)
		return r;
	return parse_u64(buf, base, ret_value);
}

int sysfs_read_u64(int dir_fd, const char *name, uint64_t *ret_value)
{
	return read_number(dir_fd, name, 0, ret_value);
}

int sysfs_read_hex(int dir_fd, const char *name, uint64_t *ret_value)
{
	return read_number(dir_fd, name, 16, ret_value);
}

int sysfs_read_int(int dir_fd, const char *name, int *ret_value)
{
	char buf[64];
	int r;

	r = sysfs_read_text(dir_fd, name, buf, sizeof(buf));
	if (r < 0)
		return r;
	return parse_int(buf, ret_value);
}

/* As readlinkat(), with a NUL behind it. */
static int read_link(int dir_fd, const char *name, char *buf, size_t size)
{
	ssize_t n = readlinkat(dir_fd, name, buf, size);

	if (n < 0)
		return file_error(dir_fd, name);
	if ((size_t)n == size)
		return -ENAMETOOLONG;
	buf[n] = '\0';
	return 0;
}

int sysfs_readlink(int dir_fd, const char *name, char **ret_target)
{
	char buf[SYSFS_TEXT_MAX];
	int r = read_link(dir_fd, name, buf, sizeof(buf));

	return r < 0 ? r : copy(buf, ret_target);
}

int sysfs_readlink_name(int dir_fd, const char *name, char **ret_name)
{
	char buf[SYSFS_TEXT_MAX], *slash;
	int r = read_link(dir_fd, name, buf, sizeof(buf));

	if (r < 0)
		return r;
	slash = strrchr(buf, '/');
	return copy(slash ? slash + 1 : buf, ret_name);
}

int sysfs_check(int dir_fd, const char *name)
{
	return faccessat(dir_fd, name, F_OK, 0) < 0 ? file_error(dir_fd, name) : 0;
}

bool sysfs_exists(int dir_fd, const char *name)
{
	return sysfs_check(dir_fd, name) == 0;
}

int sysfs_visit(int dir_fd, sysfs_visit_fn fn, void *userdata)
{
	_cleanup_closedir_ DIR *dir = NULL;
	_cleanup_close_ int fd = -1;
	struct dirent *entry;

	fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return file_error(dir_fd, "");
	dir = fdopendir(fd);
	if (!dir)
		return file_error(dir_fd, "");
	fd = -1; /* dir owns it now */
	while (errno = 0, (entry = readdir(dir))) {
		int r = entry->d_name[0] == '.' ? 0 : fn(userdata, entry->d_name);

		if (r < 0)
			return r;
	}
	return errno ? file_error(dir_fd, "") : 0;
}

struct listing {
	const char *prefix;
	char **names;
	size_t n, room;
};

static int add_name(void *userdata, const char *name)
{
	struct listing *listing = userdata;

	if (strncmp(name, listing->prefix, strlen(listing->prefix)) != 0)
		return 0;
	if (listing->n + 1 >= listing->room) {
		size_t room = listing->room ? listing->room * 2 : 16;
		char **names = reallocarray(listing->names, room, sizeof(*names));

		if (!names)
			return -ENOMEM;
		listing->names = names;
		listing->room = room;
	}
	listing->names[listing->n] = strdup(name);
	listing->names[listing->n + 1] = NULL;
	return listing->names[listing->n++] ? 0 : -ENOMEM;
}

int sysfs_list(int dir_fd, const char *prefix, char ***ret_names, size_t *ret_n)
{
	struct listing listing = { .prefix = prefix };
	int r = sysfs_visit(dir_fd, add_name, &listing);

	if (r == 0 && !listing.names) {
		listing.names = calloc(1, sizeof(*listing.names));
		r = listing.names ? 0 : -ENOMEM;
	}
	if (r < 0) {
		daxfs_free_names(listing.names);
		return r;
	}
	*ret_names = listing.names;
	*ret_n = listing.n;
	return 0;
}

char *sysfs_path(struct daxfs_ctx *ctx, const char *path)
{
	char *full;

	if (asprintf(&full, "%s/%s", ctx->sysfs_root, path) < 0)
		return NULL;
	return full;
}

int sysfs_may_write(struct daxfs_ctx *ctx, const char *path)
{
	int root = -1, r;

	r = sysfs_root_fd(ctx, &root);
	if (r < 0)
		return r;
	if (faccessat(root, path, W_OK, AT_EACCESS) < 0)
		return -errno;
	return 0;
}

int sysfs_open_write(struct daxfs_ctx *ctx, const char *path, int *ret_fd)
{
	int root = -1, fd, r;

	if (ctx->recorded)
		return -EROFS;
	r = sysfs_root_fd(ctx, &root);
	if (r < 0)
		return r;
	fd = openat(root, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return file_error(root, path);
	*ret_fd = fd;
	return 0;
}

int sysfs_write_fd(int fd, const char *value)
{
	size_t length = strlen(value);
	ssize_t n = write(fd, value, length);

	if (n < 0)
		return -errno;
	/* The kernel takes an attribute as a whole or not at all. */
	if ((size_t)n != length)
		return -EIO;
	return 0;
}

int sysfs_write_opened(struct daxfs_ctx *ctx, int fd, const char *path, const char *value)
{
	int r = sysfs_write_fd(fd, value);

	if (r < 0) {
		errno = -r;
		file_error(ctx->sysfs_fd, path);
		log_debug(ctx, "%s/%s: '%s' refused: %s", ctx->sysfs_root, path, value,
			  strerror(-r));
	} else {
		log_debug(ctx, "%s/%s: wrote '%s'", ctx->sysfs_root, path, value);
	}
	return r;
}

int sysfs_write(struct daxfs_ctx *ctx, const char *path, const char *value)
{
	_cleanup_close_ int fd = -1;
	int r;

	r = sysfs_open_write(ctx, path, &fd);
	if (r < 0) {
		log_debug(ctx, "%s/%s: cannot be opened to write '%s': %s", ctx->sysfs_root, path,
			  value, strerror(-r));
		return r;
	}
	return sysfs_write_opened(ctx, fd, path, value);
}

DAXFS_EXPORT void daxfs_free_names(char **names)
{
	if (!names)
		return;
	for (size_t i = 0; names[i]; i++)
		free(names[i]);
	free(names);
}
