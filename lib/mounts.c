// SPDX-License-Identifier: LGPL-2.1-or-later
/* The only file that includes libmount.h. */
#include "mounts.h"

#include <fcntl.h>
#include <libmount.h>
#include <string.h>

#include "dlopen.h"
#include "file-error.h"

DLOPEN_NOTE(mount, "users", "Look for file systems that are mounted from a device",
	    "libmount.so.1");

struct mounts {
	__typeof__(&mnt_new_table) new_table;
	__typeof__(&mnt_unref_table) unref_table;
	__typeof__(&mnt_table_parse_stream) parse_stream;
	__typeof__(&mnt_new_iter) new_iter;
	__typeof__(&mnt_free_iter) free_iter;
	__typeof__(&mnt_table_next_fs) next_fs;
	__typeof__(&mnt_fs_get_source) get_source;
	__typeof__(&mnt_fs_get_target) get_target;
	__typeof__(&mnt_fs_get_fstype) get_fstype;
	__typeof__(&mnt_fs_is_pseudofs) is_pseudofs;
};

struct mounts *mounts_free(struct mounts *mounts)
{
	free(mounts);
	return NULL;
}

static int load(struct daxfs_ctx *ctx, struct mounts **mounts)
{
	_cleanup_free_ struct mounts *api = NULL;
	int r;

	if (*mounts)
		return 0;
	api = calloc(1, sizeof(*api));
	if (!api)
		return -ENOMEM;
	r = dlopen_symbols(ctx, "libmount.so.1",
			   (const struct dlopen_symbol[]){
				   { "mnt_new_table", (void **)&api->new_table },
				   { "mnt_unref_table", (void **)&api->unref_table },
				   { "mnt_table_parse_stream", (void **)&api->parse_stream },
				   { "mnt_new_iter", (void **)&api->new_iter },
				   { "mnt_free_iter", (void **)&api->free_iter },
				   { "mnt_table_next_fs", (void **)&api->next_fs },
				   { "mnt_fs_get_source", (void **)&api->get_source },
				   { "mnt_fs_get_target", (void **)&api->get_target },
				   { "mnt_fs_get_fstype", (void **)&api->get_fstype },
				   { "mnt_fs_is_pseudofs", (void **)&api->is_pseudofs },
			   },
			   10);
	if (r == 0)
		*mounts = TAKE_PTR(api);
	return r;
}

/*
 * The source of a tmpfs is whatever its user wrote, and every user may mount one in a namespace of
 * his own: it says nothing. FUSE is no such case, though libmount takes it for one.
 */
static bool may_be_on_device(const struct mounts *mounts, struct libmnt_fs *fs, const char *source)
{
	const char *type = mounts->get_fstype(fs);

	return source && source[0] == '/' && source[1] &&
	       ((type && strncmp(type, "fuse", 4) == 0) || !mounts->is_pseudofs(fs));
}

static int each(const struct mounts *mounts, struct libmnt_table *table, mounts_fn fn,
		void *userdata)
{
	struct libmnt_iter *iter = mounts->new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs;
	int r = 0;

	if (!iter)
		return -ENOMEM;
	while (r == 0 && mounts->next_fs(table, iter, &fs) == 0) {
		const char *source = mounts->get_source(fs);
		const char *target = mounts->get_target(fs);

		if (target && may_be_on_device(mounts, fs, source))
			r = fn(userdata, source, target);
	}
	mounts->free_iter(iter);
	return r;
}

/*
 * "22 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw": blanks within a field are escaped, so that only the
 * separator is " - ". What is not so, or has an escape, is left to the library.
 */
static bool may_matter(char *line, mounts_filter_fn filter, void *userdata)
{
	char *source = strstr(line, " - ");

	source = source ? strchr(source + 3, ' ') : NULL;
	if (!source)
		return true;
	source++;
	source[strcspn(source, " \n")] = '\0';
	if (source[0] != '/')
		return false;
	return strchr(source, '\\') || !filter || filter(userdata, source);
}

/*
 * Whether the library is to be loaded: with those that it brings along, and what they look up, that
 * takes more than all the rest of a look for users.
 */
static bool any_may_matter(FILE *file, mounts_filter_fn filter, void *userdata)
{
	_cleanup_free_ char *line = NULL;
	bool found = false;
	size_t room = 0;

	while (!found && getline(&line, &room, file) >= 0)
		found = may_matter(line, filter, userdata);
	found = found || ferror(file) || !feof(file);
	rewind(file);
	return found;
}

int mounts_each(struct daxfs_ctx *ctx, struct mounts **mounts, FILE *file, const char *name,
		mounts_filter_fn filter, mounts_fn fn, void *userdata)
{
	struct libmnt_table *table;
	int r;

	if (!any_may_matter(file, filter, userdata))
		return 0;
	r = load(ctx, mounts);
	if (r < 0)
		return r;
	table = (*mounts)->new_table();
	if (!table)
		return -ENOMEM;
	r = (*mounts)->parse_stream(table, file, name);
	if (r < 0) {
		errno = -r;
		r = file_error(AT_FDCWD, name);
	}
	if (r == 0)
		r = each(*mounts, table, fn, userdata);
	(*mounts)->unref_table(table);
	return r;
}
