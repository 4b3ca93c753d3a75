// SPDX-License-Identifier: GPL-2.0-only
#include "tree.h"

#include <err.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "cleanup.h"

struct tree *tree_new(void)
{
	const char *tmpdir = getenv("TMPDIR");
	struct tree *tree = calloc(1, sizeof(*tree));

	if (!tree || asprintf(&tree->path, "%s/daxfs-unit-XXXXXX", tmpdir ? tmpdir : "/tmp") < 0)
		err(1, "temporary directory");
	if (!mkdtemp(tree->path))
		err(1, "%s", tree->path);
	tree->fd = open(tree->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tree->fd < 0)
		err(1, "%s", tree->path);
	return tree;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

void tree_remove(struct tree *tree)
{
	tree_allow_override();
	close(tree->fd);
	if (nftw(tree->path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) < 0)
		err(1, "%s: cannot remove", tree->path);
	free(tree->path);
	free(tree);
}

static void make_parents(struct tree *tree, const char *path)
{
	_cleanup_free_ char *copy = strdup(path);

	if (!copy)
		err(1, "%s", path);
	for (char *slash = strchr(copy, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdirat(tree->fd, copy, 0777) < 0 && errno != EEXIST)
			err(1, "%s", copy);
		*slash = '/';
	}
}

void tree_mkdir(struct tree *tree, const char *path)
{
	make_parents(tree, path);
	if (mkdirat(tree->fd, path, 0777) < 0)
		err(1, "%s", path);
}

void tree_write_bytes(struct tree *tree, const char *path, const void *data, size_t size)
{
	_cleanup_close_ int fd = -1;

	make_parents(tree, path);
	fd = openat(tree->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		err(1, "%s", path);
}

void tree_write(struct tree *tree, const char *path, const char *text)
{
	tree_write_bytes(tree, path, text, strlen(text));
}

void tree_symlink(struct tree *tree, const char *path, const char *target)
{
	make_parents(tree, path);
	if (symlinkat(target, tree->fd, path) < 0)
		err(1, "%s", path);
}

/* libcap would be a dependency for these two calls. */
static void set_override(bool allowed)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	const unsigned int mask = 1U << CAP_DAC_OVERRIDE | 1U << CAP_DAC_READ_SEARCH;

	if (syscall(SYS_capget, &header, data) < 0)
		err(1, "capget");
	data[0].effective &= ~mask;
	if (allowed)
		data[0].effective |= data[0].permitted & mask;
	if (syscall(SYS_capset, &header, data) < 0)
		err(1, "capset");
}

void tree_chmod(struct tree *tree, const char *path, unsigned int mode)
{
	if (fchmodat(tree->fd, path, mode, 0) < 0)
		err(1, "%s", path);
	set_override(false);
}

void tree_allow_override(void)
{
	set_override(true);
}

char *tree_path(struct tree *tree, const char *path)
{
	char *full;

	if (asprintf(&full, "%s/%s", tree->path, path) < 0)
		err(1, "%s", path);
	return full;
}

unsigned int count_fds(void)
{
	_cleanup_closedir_ DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	if (!dir)
		err(1, "/proc/self/fd");
	while (readdir(dir))
		n++;
	return n;
}
