// SPDX-License-Identifier: GPL-2.0-only
/*
 * fakedax MOUNTPOINT DEVDIR MAJOR KINDS: the model of the dax bus as a file system, in place of
 * sysfs. `enter` beside it puts it there. Runs until it is unmounted, signalled, or its parent
 * ends; says "ready" on stdout when it can be used. DEVDIR gets a node for each device, as
 * devtmpfs would make them.
 */
#define FUSE_USE_VERSION 32
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tree.h"

#define TEXT_LENGTH 16384

static struct tree tree;
static const char *dev_dir;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const struct node *find(const char *path)
{
	return tree_update(&tree) < 0 ? NULL : tree_find(&tree, path);
}

static void fill_stat(const struct node *node, struct stat *st)
{
	*st = (struct stat){
		.st_ino = node->inode,
		.st_mode = node->mode,
		.st_nlink = S_ISDIR(node->mode) ? 2 : 1,
		.st_size = S_ISREG(node->mode) ? 4096 : 0,
	};
}

static int fake_getattr(const char *path, struct stat *st, struct fuse_file_info *info)
{
	const struct node *node;

	pthread_mutex_lock(&lock);
	node = find(path);
	if (node)
		fill_stat(node, st);
	pthread_mutex_unlock(&lock);
	return node ? 0 : -ENOENT;
}

static int fake_readlink(const char *path, char *buf, size_t size)
{
	const struct node *node;

	pthread_mutex_lock(&lock);
	node = find(path);
	if (node && node->target)
		snprintf(buf, size, "%s", node->target);
	pthread_mutex_unlock(&lock);
	return node ? node->target ? 0 : -EINVAL : -ENOENT;
}

/* The part of @node's path below the directory @dir, if it is directly in there. */
static const char *name_in(const struct node *node, const char *dir)
{
	size_t length = strcmp(dir, "/") == 0 ? 0 : strlen(dir);

	if (strncmp(node->path, dir, length) != 0 || node->path[length] != '/' ||
	    !node->path[length + 1] || strchr(node->path + length + 1, '/'))
		return NULL;
	return node->path + length + 1;
}

static int fake_readdir(const char *path, void *buf, fuse_fill_dir_t fill, off_t offset,
			struct fuse_file_info *info, enum fuse_readdir_flags flags)
{
	fill(buf, ".", NULL, 0, 0);
	fill(buf, "..", NULL, 0, 0);
	pthread_mutex_lock(&lock);
	tree_update(&tree);
	for (size_t i = 0; i < tree.n_nodes; i++) {
		const char *name = name_in(&tree.nodes[i], path);
		struct stat st;

		if (!name)
			continue;
		fill_stat(&tree.nodes[i], &st);
		fill(buf, name, &st, 0, 0);
	}
	pthread_mutex_unlock(&lock);
	return 0;
}

/* sysfs is stricter than other file systems: root, too, is bound by an attribute's mode. */
static int fake_open(const char *path, struct fuse_file_info *info)
{
	int access = info->flags & O_ACCMODE;
	const struct node *node;
	int r = 0;

	pthread_mutex_lock(&lock);
	node = find(path);
	if (!node)
		r = -ENOENT;
	else if ((access != O_RDONLY && !(node->mode & 0222)) ||
		 (access != O_WRONLY && !(node->mode & 0444)))
		r = -EACCES;
	pthread_mutex_unlock(&lock);
	info->direct_io = 1;
	/* A file of sysfs is closed at once, even while somebody writes to it. */
	info->noflush = 1;
	info->noflush = 1;
	return r;
}

static int fake_create(const char *path, mode_t mode, struct fuse_file_info *info)
{
	return -EACCES;
}

static int fake_truncate(const char *path, off_t size, struct fuse_file_info *info)
{
	return 0;
}

static int fake_read(const char *path, char *buf, size_t size, off_t offset,
		     struct fuse_file_info *info)
{
	char text[TEXT_LENGTH];
	const struct node *node;
	int r = -ENODEV; /* it went after it was opened */

	pthread_mutex_lock(&lock);
	node = find(path);
	if (node && node->attribute && node->attribute->show)
		r = node->attribute->show(&tree, node, text, sizeof(text));
	pthread_mutex_unlock(&lock);
	if (r < 0)
		return r;
	if (r > (int)sizeof(text) - 1)
		r = sizeof(text) - 1;
	if (offset >= r)
		return 0;
	if (size > (size_t)(r - offset))
		size = r - offset;
	memcpy(buf, text + offset, size);
	return size;
}

/* What devtmpfs does. A node that is there keeps its owner and mode. */
static void sync_nodes(void)
{
	char path[256];

	for (unsigned int i = 0; i < MAX_DEVICES; i++) {
		const struct device *device = &tree.model.devices[i];

		if (!device->name[0])
			continue;
		snprintf(path, sizeof(path), "%s/%s", dev_dir, device->name);
		if (!device->exists)
			unlink(path);
		else if (mknod(path, S_IFCHR | 0600,
			       makedev(tree.major, device_minor(&tree, device))) < 0 &&
			 errno != EEXIST)
			perror(path);
	}
}

/* Whether @path ends in @tail, one or more whole names. */
static bool is_tail(const char *path, const char *tail)
{
	size_t n = strlen(path), m = strlen(tail);

	return m > 0 && n > m && path[n - m - 1] == '/' && strcmp(path + n - m, tail) == 0;
}

/* Holds a writer up for as long as "delay" said when it came, or until "release". */
static void hold_up(const char *path)
{
	unsigned int ms, releases;
	bool is_released = false;

	pthread_mutex_lock(&lock);
	ms = is_tail(path, tree.delay_name) ? tree.delay_ms : 0;
	releases = tree.releases;
	pthread_mutex_unlock(&lock);
	for (unsigned int waited = 0; waited < ms && !is_released; waited += 10) {
		usleep(10 * 1000);
		pthread_mutex_lock(&lock);
		is_released = tree.releases != releases;
		pthread_mutex_unlock(&lock);
	}
}

static int fake_write(const char *path, const char *buf, size_t size, off_t offset,
		      struct fuse_file_info *info)
{
	const struct node *node;
	char text[4096];
	int r = -ENODEV;

	if (size >= sizeof(text))
		return -EINVAL;
	memcpy(text, buf, size);
	text[size] = '\0';
	hold_up(path);
	pthread_mutex_lock(&lock);
	node = find(path);
	if (node && node->attribute && node->attribute->store) {
		r = node->attribute->store(&tree, node, text);
		sync_nodes();
	}
	pthread_mutex_unlock(&lock);
	return r < 0 ? r : (int)size;
}

/* What is changed here must be seen at once: nothing is cached. */
static void *fake_init(struct fuse_conn_info *connection, struct fuse_config *config)
{
	config->use_ino = 1;
	config->attr_timeout = config->entry_timeout = config->negative_timeout = 0;
	return NULL;
}

static const struct fuse_operations operations = {
	.init = fake_init,
	.getattr = fake_getattr,
	.readlink = fake_readlink,
	.readdir = fake_readdir,
	.open = fake_open,
	.create = fake_create,
	.truncate = fake_truncate,
	.read = fake_read,
	.write = fake_write,
};

static int run(struct fuse *fuse, const char *mountpoint)
{
	struct fuse_loop_config config = { .clone_fd = 0, .max_idle_threads = 4 };
	int r;

	if (fuse_mount(fuse, mountpoint) != 0)
		return 1;
	fuse_set_signal_handlers(fuse_get_session(fuse));
	puts("ready");
	fflush(stdout);
	r = fuse_loop_mt(fuse, &config);
	fuse_remove_signal_handlers(fuse_get_session(fuse));
	fuse_unmount(fuse);
	return r != 0;
}

int main(int argc, char **argv)
{
	char *options[] = { argv[0], (char *)"-o",
			    (char *)"allow_other,default_permissions,fsname=fakedax", NULL };
	struct fuse_args args = FUSE_ARGS_INIT(3, options);
	struct fuse *fuse;
	int r;

	if (argc != 5) {
		fprintf(stderr, "Usage: fakedax MOUNTPOINT DEVDIR MAJOR KINDS\n");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	dev_dir = argv[2];
	tree.major = atoi(argv[3]);
	tree.model.has_state = true;
	if (model_reset(&tree.model, argv[4]) < 0) {
		fprintf(stderr, "fakedax: %s: unknown or too many kinds of devices\n", argv[4]);
		return 2;
	}
	sync_nodes();
	fuse = fuse_new(&args, &operations, sizeof(operations), NULL);
	r = fuse ? run(fuse, argv[1]) : 1;
	if (fuse)
		fuse_destroy(fuse);
	fuse_opt_free_args(&args);
	tree_done(&tree);
	return r;
}
