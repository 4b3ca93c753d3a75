// SPDX-License-Identifier: LGPL-2.1-or-later
/* An archive for a bug report, laid out as the machine is, so that it can be read in its place. */
#include "dump.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "sysfs.h"

/* Attributes have a page; a journal of a large device, and a file that somebody wrote, some more. */
#define FILE_LIMIT (1 << 20)

/* What a device has below it is never as deep. */
#define DEPTH_MAX 16

/* ---- files and directories */

static void note_unread(struct dump *dump, const char *path, int r)
{
	fprintf(dump->unread, "%s: %s\n", path, strerror(-r));
}

/* To be freed; NULL without memory. */
static char *archive_path(const struct dump_root *root, const char *path)
{
	char *full;

	if (asprintf(&full, "%s%s%s", root->name, *root->name ? "/" : "", path) < 0)
		return NULL;
	return full;
}

static int add_file(struct dump *dump, const struct dump_root *root, const char *path, mode_t mode)
{
	_cleanup_free_ char *full = archive_path(root, path), *data = NULL;
	size_t size = 0;
	int r;

	if (!full)
		return -ENOMEM;
	/* an attribute that only takes orders; reading it is an error, or an order */
	r = mode & 0444 ? sysfs_read_bytes(root->fd, path, FILE_LIMIT, &data, &size) : 0;
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		note_unread(dump, full, r);
		return 0;
	}
	return tar_add_file(dump->tar, full, mode, data, size);
}

static int add_link(struct dump *dump, const struct dump_root *root, const char *path)
{
	_cleanup_free_ char *full = archive_path(root, path), *target = NULL;
	int r;

	if (!full)
		return -ENOMEM;
	r = sysfs_readlink(root->fd, path, &target);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		note_unread(dump, full, r);
		return 0;
	}
	return tar_add_link(dump->tar, full, target);
}

/*
 * Where sections of modules are is the kernel's secret; who reads wait_probe has to wait; the others have
 * nothing to do with DAX.
 */
static bool is_left_out(const char *name)
{
	static const char *const names[] = { "power",	 "block", "firmware",
					     "sections", "notes", "wait_probe" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a directory, in order. An empty list when it cannot be read, which is noted. */
static int list(struct dump *dump, const struct dump_root *root, const char *path,
		char ***ret_names, size_t *ret_n)
{
	_cleanup_free_ char *full = archive_path(root, path);
	_cleanup_close_ int fd = -1;
	int r;

	*ret_names = NULL;
	*ret_n = 0;
	if (!full)
		return -ENOMEM;
	r = sysfs_open_dir_at(root->fd, *path ? path : ".", &fd);
	if (r == 0)
		r = sysfs_list(fd, "", ret_names, ret_n);
	if (r == -ENOMEM || r == -ENOENT)
		return r == -ENOENT ? 0 : r;
	if (r < 0)
		note_unread(dump, full, r);
	else
		qsort(*ret_names, *ret_n, sizeof(**ret_names), compare_names);
	return 0;
}

static int add_entry(struct dump *dump, const struct dump_root *root, const char *path,
		     unsigned int depth);

static int add_directory(struct dump *dump, const struct dump_root *root, const char *path,
			 unsigned int depth)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	_cleanup_free_ char *full = archive_path(root, path);
	size_t n = 0;
	int r;

	if (!full)
		return -ENOMEM;
	if (depth == DEPTH_MAX)
		return 0;
	r = tar_add_directory(dump->tar, full);
	if (r == 0)
		r = list(dump, root, path, &names, &n);
	for (size_t i = 0; i < n && r == 0; i++) {
		_cleanup_free_ char *below = NULL;

		if (is_left_out(names[i]))
			continue;
		if (asprintf(&below, "%s/%s", path, names[i]) < 0) {
			below = NULL;
			return -ENOMEM;
		}
		r = add_entry(dump, root, below, depth + 1);
	}
	return r;
}

/* Whatever it is; a device that goes meanwhile leaves no trace. */
static int add_entry(struct dump *dump, const struct dump_root *root, const char *path,
		     unsigned int depth)
{
	struct stat st;

	if (fstatat(root->fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (S_ISDIR(st.st_mode))
		return add_directory(dump, root, path, depth);
	if (S_ISLNK(st.st_mode))
		return add_link(dump, root, path);
	return S_ISREG(st.st_mode) ? add_file(dump, root, path, st.st_mode) : 0;
}

int dump_file(struct dump *dump, const struct dump_root *root, const char *path)
{
	/* a link in a recorded tree may lead out of it, to what is this machine's own */
	int flags = dump->ctx->recorded ? AT_SYMLINK_NOFOLLOW : 0;
	struct stat st;

	if (fstatat(root->fd, path, &st, flags) < 0 || !S_ISREG(st.st_mode))
		return 0;
	return add_file(dump, root, path, st.st_mode);
}

int dump_tree(struct dump *dump, const struct dump_root *root, const char *path)
{
	return add_entry(dump, root, path, 0);
}

int dump_files(struct dump *dump, const struct dump_root *root, const char *path,
	       const char *suffix)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	size_t n = 0;
	int r;

	r = list(dump, root, path, &names, &n);
	for (size_t i = 0; i < n && r == 0; i++) {
		_cleanup_free_ char *below = NULL;
		size_t length = strlen(names[i]);

		if (length < strlen(suffix) ||
		    strcmp(names[i] + length - strlen(suffix), suffix) != 0)
			continue;
		if (asprintf(&below, "%s%s%s", path, *path ? "/" : "", names[i]) < 0) {
			below = NULL;
			return -ENOMEM;
		}
		r = dump_file(dump, root, below);
	}
	return r;
}

/* ---- what else than sysfs */

static int dump_proc(struct dump *dump)
{
	static const char *const paths[] = { "iomem",
					     "meminfo",
					     "version",
					     "sys/kernel/arch",
					     "sys/kernel/osrelease",
					     "sys/kernel/tainted" };
	_cleanup_close_ int fd = open(dump->ctx->proc_root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct dump_root proc = { .fd = fd, .name = "proc" };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(paths) && fd >= 0 && r == 0; i++)
		r = dump_file(dump, &proc, paths[i]);
	return r;
}

/* Our own configuration, and of others what has a say in what becomes of DAX devices. */
static int dump_configuration(struct dump *dump)
{
	static const char *const paths[] = {
		"etc/os-release",
		"etc/udev/rules.d/90-daxctl-device.rules",
		"usr/lib/udev/rules.d/90-daxctl-device.rules",
		"etc/systemd/system/daxdev-reconfigure@.service",
		"usr/lib/systemd/system/daxdev-reconfigure@.service",
	};
	static const char *const directories[] = { "etc/daxfsctl.conf.d", "etc/daxctl.conf.d" };
	const char *root_path = *dump->ctx->file_root ? dump->ctx->file_root : "/";
	_cleanup_close_ int fd = open(root_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct dump_root root = { .fd = fd, .name = "" };
	int r = 0;

	if (fd < 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(paths) && r == 0; i++)
		r = dump_file(dump, &root, paths[i]);
	for (size_t i = 0; i < ARRAY_SIZE(directories) && r == 0; i++)
		r = dump_files(dump, &root, directories[i], ".conf");
	return r;
}

/* Journals, modes to come back to, the record of poison. */
static int dump_run_dir(struct dump *dump)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	struct dump_root run = { .name = "run/daxfsctl" };

	if (asprintf(&path, "%s%s", dump->ctx->file_root, dump->ctx->run_dir) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return 0;
	run.fd = fd;
	return dump_files(dump, &run, "", "");
}

static int dump_versions(struct dump *dump)
{
	_cleanup_free_ char *text = NULL;
	struct utsname host = {};

	if (!dump->ctx->recorded)
		uname(&host);
	/* not the name of the machine */
	if (asprintf(&text,
		     "daxfsctl-dump 1\ndaxfsctl %s\nkernel %s\nkernel-build %s\nmachine %s\n",
		     PACKAGE_VERSION, host.release, host.version, host.machine) < 0) {
		text = NULL;
		return -ENOMEM;
	}
	return tar_add_file(dump->tar, "versions", 0644, text, strlen(text));
}

/* ---- all of it */

static int dump_all(struct dump *dump)
{
	static int (*const parts[])(struct dump *) = { dump_versions,	   dump_sysfs,	 dump_proc,
						       dump_configuration, dump_run_dir, dump_log };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parts) && r == 0; i++)
		r = parts[i](dump);
	return r;
}

DAXFS_EXPORT int daxfs_dump(struct daxfs_ctx *ctx, int fd)
{
	_cleanup_(tar_freep) struct tar *tar = NULL;
	_cleanup_free_ char *unread = NULL;
	_cleanup_fclose_ FILE *stream = NULL;
	struct dump dump = { .ctx = ctx };
	size_t size = 0;
	int r;

	error_clear(ctx);
	stream = dump.unread = open_memstream(&unread, &size);
	if (!stream)
		return -ENOMEM;
	r = tar_new(ctx, fd, &tar);
	dump.tar = tar;
	if (r == 0)
		r = dump_all(&dump);
	if (r == 0 && fflush(stream) != 0)
		r = -ENOMEM;
	if (r == 0)
		r = tar_add_file(tar, "unread", 0644, unread, size);
	return r == 0 ? tar_finish(tar) : r;
}
