// SPDX-License-Identifier: LGPL-2.1-or-later
/* The only file that includes archive.h. */
#include "tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <time.h>

#include "dlopen.h"

DLOPEN_NOTE(archive, "dump", "Write an archive for a bug report", "libarchive.so.13");

struct archive_api {
	__typeof__(&archive_write_new) new;
	__typeof__(&archive_write_set_format_pax_restricted) set_format;
	__typeof__(&archive_write_open_fd) open_fd;
	__typeof__(&archive_write_header) header;
	__typeof__(&archive_write_data) data;
	__typeof__(&archive_write_close) close;
	__typeof__(&archive_write_free) free;
	__typeof__(&archive_errno) errno_of;
	__typeof__(&archive_error_string) error_string;
	__typeof__(&archive_entry_new) entry_new;
	__typeof__(&archive_entry_free) entry_free;
	__typeof__(&archive_entry_set_pathname) set_pathname;
	__typeof__(&archive_entry_set_filetype) set_filetype;
	__typeof__(&archive_entry_set_perm) set_perm;
	__typeof__(&archive_entry_set_size) set_size;
	__typeof__(&archive_entry_set_symlink) set_symlink;
	__typeof__(&archive_entry_set_mtime) set_mtime;
};

struct tar {
	struct daxfs_ctx *ctx;
	struct archive_api api;
	struct archive *archive;
	time_t now;
};

static int load_api(struct daxfs_ctx *ctx, struct archive_api *api)
{
	const struct dlopen_symbol symbols[] = {
		{ "archive_write_new", (void **)&api->new },
		{ "archive_write_set_format_pax_restricted", (void **)&api->set_format },
		{ "archive_write_open_fd", (void **)&api->open_fd },
		{ "archive_write_header", (void **)&api->header },
		{ "archive_write_data", (void **)&api->data },
		{ "archive_write_close", (void **)&api->close },
		{ "archive_write_free", (void **)&api->free },
		{ "archive_errno", (void **)&api->errno_of },
		{ "archive_error_string", (void **)&api->error_string },
		{ "archive_entry_new", (void **)&api->entry_new },
		{ "archive_entry_free", (void **)&api->entry_free },
		{ "archive_entry_set_pathname", (void **)&api->set_pathname },
		{ "archive_entry_set_filetype", (void **)&api->set_filetype },
		{ "archive_entry_set_perm", (void **)&api->set_perm },
		{ "archive_entry_set_size", (void **)&api->set_size },
		{ "archive_entry_set_symlink", (void **)&api->set_symlink },
		{ "archive_entry_set_mtime", (void **)&api->set_mtime },
	};

	return dlopen_symbols(ctx, "libarchive.so.13", symbols, ARRAY_SIZE(symbols));
}

struct tar *tar_free(struct tar *tar)
{
	if (!tar)
		return NULL;
	if (tar->archive)
		tar->api.free(tar->archive);
	daxfs_ctx_unref(tar->ctx);
	free(tar);
	return NULL;
}

/* What libarchive says beside an errno of its own, as of a full disk. */
static int fail(struct tar *tar)
{
	const char *reason = tar->api.error_string(tar->archive);
	int err = tar->api.errno_of(tar->archive);

	return daxfs_fail(tar->ctx, err > 0 ? -err : -EIO,
			  &(struct failure){ .class = DAXFS_CLASS_FAILED,
					     .id = "not-written",
					     .err = err > 0 ? err : 0 },
			  "cannot write the archive%s%s", err > 0 || !reason ? "" : ": ",
			  err > 0 || !reason ? "" : reason);
}

int tar_new(struct daxfs_ctx *ctx, int fd, struct tar **ret_tar)
{
	_cleanup_(tar_freep) struct tar *tar = calloc(1, sizeof(*tar));
	int r;

	if (!tar)
		return -ENOMEM;
	tar->ctx = daxfs_ctx_ref(ctx);
	tar->now = time(NULL);
	r = load_api(ctx, &tar->api);
	if (r < 0)
		return r;
	tar->archive = tar->api.new();
	if (!tar->archive)
		return -ENOMEM;
	/* Plain ustar, but for what does not fit into that, as a long path. */
	if (tar->api.set_format(tar->archive) != ARCHIVE_OK ||
	    tar->api.open_fd(tar->archive, fd) != ARCHIVE_OK)
		return fail(tar);
	*ret_tar = TAKE_PTR(tar);
	return 0;
}

/* An entry of which all but its kind is set; NULL without memory. */
static struct archive_entry *new_entry(struct tar *tar, const char *path, mode_t mode)
{
	struct archive_entry *entry = tar->api.entry_new();

	if (!entry)
		return NULL;
	tar->api.set_pathname(entry, path);
	tar->api.set_perm(entry, mode & 0777);
	tar->api.set_mtime(entry, tar->now, 0);
	return entry;
}

/* Frees the entry. */
static int add(struct tar *tar, struct archive_entry *entry, const void *data, size_t size)
{
	int r = tar->api.header(tar->archive, entry);

	tar->api.entry_free(entry);
	if (r < ARCHIVE_WARN)
		return fail(tar);
	if (size && tar->api.data(tar->archive, data, size) != (ssize_t)size)
		return fail(tar);
	return 0;
}

int tar_add_file(struct tar *tar, const char *path, mode_t mode, const void *data, size_t size)
{
	struct archive_entry *entry = new_entry(tar, path, mode);

	if (!entry)
		return -ENOMEM;
	tar->api.set_filetype(entry, AE_IFREG);
	tar->api.set_size(entry, size);
	return add(tar, entry, data, size);
}

int tar_add_link(struct tar *tar, const char *path, const char *target)
{
	struct archive_entry *entry = new_entry(tar, path, 0777);

	if (!entry)
		return -ENOMEM;
	tar->api.set_filetype(entry, AE_IFLNK);
	tar->api.set_symlink(entry, target);
	return add(tar, entry, NULL, 0);
}

int tar_add_directory(struct tar *tar, const char *path)
{
	struct archive_entry *entry = new_entry(tar, path, 0755);

	if (!entry)
		return -ENOMEM;
	tar->api.set_filetype(entry, AE_IFDIR);
	return add(tar, entry, NULL, 0);
}

int tar_finish(struct tar *tar)
{
	return tar->api.close(tar->archive) == ARCHIVE_OK ? 0 : fail(tar);
}
