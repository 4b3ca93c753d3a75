// SPDX-License-Identifier: LGPL-2.1-or-later
/* What one process has open, mapped and mounted. */
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kcmp.h>
#include <linux/limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "file-error.h"
#include "listing.h"
#include "map-query.h"
#include "users-scan.h"

struct process {
	struct users_scan *scan;
	const char *name; /* "123" */
	int pid;
	int fd; /* of /proc/123 */
	bool has_threads;
	bool is_denied; /* its links may not be followed: none of them */
};

/* Reading. */

static int open_file(int dir_fd, const char *path, FILE **ret_file)
{
	_cleanup_close_ int fd = openat(dir_fd, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	FILE *file;

	if (fd < 0)
		return file_error(dir_fd, path);
	file = fdopen(fd, "r");
	if (!file)
		return file_error(dir_fd, path);
	TAKE_FD(fd);
	*ret_file = file;
	return 0;
}

/* The next line; false at the end, with *ret_r how it came to that. */
static bool next_line(FILE *file, int dir_fd, const char *path, char **line, size_t *room,
		      int *ret_r)
{
	errno = 0;
	if (getline(line, room, file) >= 0)
		return true;
	*ret_r = feof(file) ? 0 : file_error(dir_fd, path);
	return false;
}

static bool is_number(const char *text)
{
	return *text >= '0' && *text <= '9';
}

/* Uses. */

static char *read_comm(const struct process *process)
{
	_cleanup_fclose_ FILE *file = NULL;
	char comm[80];
	size_t n;

	if (open_file(process->fd, "comm", &file) < 0)
		return NULL;
	/* A name may hold newlines; only the last one is the kernel's. */
	n = fread(comm, 1, sizeof(comm) - 1, file);
	if (n > 0 && comm[n - 1] == '\n')
		n--;
	comm[n] = '\0';
	return n > 0 ? strdup(comm) : NULL;
}

static unsigned int read_uid(const struct process *process)
{
	_cleanup_fclose_ FILE *file = NULL;
	unsigned int uid = DAXFS_UID_UNKNOWN;
	char line[128];

	if (open_file(process->fd, "status", &file) < 0)
		return uid;
	while (uid == DAXFS_UID_UNKNOWN && fgets(line, sizeof(line), file))
		if (users_parse_uid(line, &uid) < 0)
			continue;
	return uid;
}

static int add_process(const struct process *process, const struct node *node, enum daxfs_usage how)
{
	_cleanup_free_ char *comm = read_comm(process);
	const struct use use = {
		.node = *node,
		.user = { .pid = process->pid, .uid = read_uid(process), .how = how, .comm = comm },
		.is_own = process->pid == process->scan->own,
	};

	return users_scan_add(process->scan, &use);
}

/* Nodes: these return -ENXIO for what is no node of a device. */

/*
 * Looks at what the link of /proc leads to, wherever that is and whatever it is called: nothing is
 * opened, and no server of a file system asked.
 */
static int node_of_file(const struct users_scan *scan, int dir_fd, const char *path,
			struct node *ret_node)
{
	struct statx st;

	if (statx(dir_fd, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &st) < 0)
		return file_error(dir_fd, path);
	if (!S_ISCHR(st.stx_mode) || st.stx_rdev_major != scan->major)
		return -ENXIO;
	*ret_node = (struct node){ .has_minor = true, .minor = st.stx_rdev_minor };
	return 0;
}

static int node_of_text(const char *path, struct node *ret_node)
{
	struct node node = {};
	int r = users_name_of_path(path, node.name);

	if (r == 0)
		*ret_node = node;
	return r;
}

static int node_of_link(int dir_fd, const char *path, struct node *ret_node)
{
	char target[64]; /* longer ones are no /dev/daxR.I */
	ssize_t n = readlinkat(dir_fd, path, target, sizeof(target) - 1);

	if (n < 0)
		return file_error(dir_fd, path);
	target[n] = '\0';
	return node_of_text(target, ret_node);
}

/* Open files. */

/* An O_PATH descriptor keeps nothing of the device. */
static bool is_path_only(int fd_dir, const char *name)
{
	_cleanup_fclose_ FILE *file = NULL;
	char path[300], line[128];

	snprintf(path, sizeof(path), "../fdinfo/%s", name);
	if (open_file(fd_dir, path, &file) < 0)
		return false;
	while (fgets(line, sizeof(line), file))
		if (users_is_path_only(line))
			return true;
	return false;
}

static int see_fd(struct process *process, int fd_dir, const char *name)
{
	struct users_scan *scan = process->scan;
	struct node node;
	int r;

	r = scan->by_name ? node_of_link(fd_dir, name, &node)
			  : node_of_file(scan, fd_dir, name, &node);
	process->is_denied = r == -EACCES;
	if (r < 0)
		return users_scan_excuse(scan, r);
	if (is_path_only(fd_dir, name))
		return 0;
	return add_process(process, &node, DAXFS_USAGE_FD);
}

static int scan_fds(struct process *process, const char *path)
{
	_cleanup_listing_ struct listing dir = { .fd = -1 };
	struct dirent64 *entry;
	int r;

	r = listing_open(process->fd, path, &dir);
	if (r < 0)
		return users_scan_excuse(process->scan, r);
	while (!process->is_denied && (entry = listing_next(&dir, &r))) {
		if (!is_number(entry->d_name))
			continue;
		r = see_fd(process, dir.fd, entry->d_name);
		if (r < 0)
			return r;
	}
	return r < 0 ? users_scan_excuse(process->scan, r) : 0;
}

/* Almost all threads share the files of their process; the few that do not cost a directory. */
static bool shares_files(const struct process *process, const char *tid)
{
	int other;

	/* Its numbers are those of our pid namespace, which may not be this /proc's. */
	if (process->scan->own != getpid() || parse_int(tid, &other) < 0)
		return false;
	return syscall(SYS_kcmp, process->pid, other, KCMP_FILES, 0, 0) == 0;
}

static int scan_threads(struct process *process)
{
	_cleanup_listing_ struct listing dir = { .fd = -1 };
	struct dirent64 *entry;
	int r;

	r = listing_open(process->fd, "task", &dir);
	if (r < 0)
		return users_scan_excuse(process->scan, r);
	while (!process->is_denied && (entry = listing_next(&dir, &r))) {
		char path[300];

		if (!is_number(entry->d_name) || strcmp(entry->d_name, process->name) == 0 ||
		    shares_files(process, entry->d_name))
			continue;
		snprintf(path, sizeof(path), "task/%s/fd", entry->d_name);
		r = scan_fds(process, path);
		if (r < 0)
			return r;
	}
	return r < 0 ? users_scan_excuse(process->scan, r) : 0;
}

/* Mappings. */

/*
 * What a path of a process leads to, in its mount namespace. By its name alone if it leads nowhere:
 * the node was deleted.
 */
static int node_of_path(const struct process *process, const char *dir, const char *path,
			struct node *ret_node)
{
	char in_root[PATH_MAX];
	int r;

	if (process->scan->by_name ||
	    snprintf(in_root, sizeof(in_root), "%s/root%s", dir, path) >= (int)sizeof(in_root))
		return node_of_text(path, ret_node);
	r = node_of_file(process->scan, process->fd, in_root, ret_node);
	return r == -ENOENT ? node_of_text(path, ret_node) : r;
}

/* By the link to the file itself, whatever that is called, and wherever. */
static int node_of_map_file(const struct process *process, uint64_t start, uint64_t last,
			    struct node *ret_node)
{
	char path[64];

	snprintf(path, sizeof(path), "map_files/%" PRIx64 "-%" PRIx64, start, last);
	return node_of_file(process->scan, process->fd, path, ret_node);
}

/*
 * The device of a mapping. The path in the line is only what somebody called it once, in some mount
 * namespace; the link in map_files leads to the file itself. Threads have no such directory: when
 * the first one has ended, the path is all there is.
 */
static int node_of_map(const struct process *process, const char *dir, const struct map_line *map,
		       struct node *ret_node)
{
	int r;

	if (process->scan->by_name || strcmp(dir, ".") != 0)
		return node_of_path(process, dir, map->path, ret_node);
	r = node_of_map_file(process, map->start, map->last, ret_node);
	if (r != -EPERM && r != -EACCES)
		return r;
	process->scan->incomplete = true;
	return node_of_text(map->path, ret_node);
}

/*
 * Asks the kernel for what may be of a device: most processes have nothing of the kind, and the text
 * of all their mappings is what a look at them takes longest for. -ENOTTY: only the text tells.
 */
static int query_maps(const struct process *process, int fd, bool *ret_any)
{
	struct map_query query = { .size = sizeof(query), .flags = MAP_QUERY_SHARED_FILES };
	int r;

	while (ioctl(fd, MAP_QUERY, &query) == 0) {
		struct node node;

		r = node_of_map_file(process, query.start, query.end, &node);
		/* Whose links may not be followed: then it is the path in the text that tells. */
		if (r == -EPERM || r == -EACCES)
			return -ENOTTY;
		r = r < 0 ? users_scan_excuse(process->scan, r)
			  : add_process(process, &node, DAXFS_USAGE_MAP);
		if (r < 0)
			return r;
		query.address = query.end;
	}
	*ret_any = errno == ENOENT;
	return errno == ENOENT || errno == ESRCH ? 0 : -ENOTTY;
}

static int read_maps(const struct process *process, const char *dir, bool *ret_any)
{
	_cleanup_fclose_ FILE *file = NULL;
	_cleanup_free_ char *line = NULL;
	struct map_line map;
	struct node node;
	char path[300];
	size_t room = 0;
	int r;

	snprintf(path, sizeof(path), "%s/maps", dir);
	r = open_file(process->fd, path, &file);
	if (r < 0)
		return users_scan_excuse(process->scan, r);
	while (next_line(file, process->fd, path, &line, &room, &r)) {
		*ret_any = true;
		/* device_dax refuses private mappings: few lines are left to be looked up. */
		if (users_parse_map(line, &map) < 0 || !map.is_shared || map.path[0] != '/')
			continue;
		r = node_of_map(process, dir, &map, &node);
		r = r < 0 ? users_scan_excuse(process->scan, r)
			  : add_process(process, &node, DAXFS_USAGE_MAP);
		if (r < 0)
			return r;
	}
	return r < 0 ? users_scan_excuse(process->scan, r) : 0;
}

static int scan_maps(const struct process *process, const char *dir, bool *ret_any)
{
	_cleanup_close_ int fd = -1;
	int r;

	/* What a mapping found that way is a mapping of, only the first thread's links tell. */
	if (process->scan->by_name || strcmp(dir, ".") != 0)
		return read_maps(process, dir, ret_any);
	fd = openat(process->fd, "maps", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return users_scan_excuse(process->scan, file_error(process->fd, "maps"));
	r = query_maps(process, fd, ret_any);
	return r == -ENOTTY ? read_maps(process, dir, ret_any) : r;
}

/* Mounts. */

/* Who looks at mounts: the process itself, or one of its threads. */
struct viewer {
	const struct process *process;
	const char *dir;
};

static int see_mount(void *userdata, const char *source, const char *mountpoint)
{
	const struct viewer *viewer = userdata;
	struct users_scan *scan = viewer->process->scan;
	const struct use use = { .user = { .how = DAXFS_USAGE_MOUNT,
					   .uid = DAXFS_UID_UNKNOWN,
					   .mountpoint = mountpoint } };
	struct use found = use;
	int r = node_of_path(viewer->process, viewer->dir, source, &found.node);

	return r < 0 ? users_scan_excuse(scan, r) : users_scan_add(scan, &found);
}

/* Whether see_mount() could make anything of it. */
static bool is_worth_a_look(void *userdata, const char *source)
{
	const struct viewer *viewer = userdata;
	struct node node;

	return node_of_path(viewer->process, viewer->dir, source, &node) != -ENXIO;
}

/* What a link says; "" of one that is not there, as of some in a recorded tree. */
static int read_link(int dir_fd, const char *path, char *buf, size_t size)
{
	ssize_t n = readlinkat(dir_fd, path, buf, size - 1);

	if (n < 0 && errno != ENOENT)
		return file_error(dir_fd, path);
	buf[n > 0 ? n : 0] = '\0';
	return 0;
}

/* The mount namespace and the root that a process sees, as text: "mnt:[4026531841] /". */
static int read_view(const struct process *process, const char *dir, char **ret_view)
{
	char path[300], namespace[64], root[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "%s/ns/mnt", dir);
	r = read_link(process->fd, path, namespace, sizeof(namespace));
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%s/root", dir);
	r = read_link(process->fd, path, root, sizeof(root));
	if (r < 0)
		return r;
	return asprintf(ret_view, "%s %s", namespace, root) < 0 ? -ENOMEM : 0;
}

static bool was_seen(const struct users_scan *scan, const char *view)
{
	for (size_t i = 0; i < scan->n_views; i++)
		if (strcmp(scan->views[i], view) == 0)
			return true;
	return false;
}

/* Takes @view over, on success. */
static int note_view(struct users_scan *scan, char *view)
{
	char **views = reallocarray(scan->views, scan->n_views + 2, sizeof(*views));

	if (!views)
		return -ENOMEM;
	scan->views = views;
	views[scan->n_views++] = view;
	views[scan->n_views] = NULL;
	return 0;
}

static int scan_mounts(const struct process *process, const char *dir, bool *ret_any)
{
	struct viewer viewer = { .process = process, .dir = dir };
	_cleanup_fclose_ FILE *file = NULL;
	_cleanup_free_ char *view = NULL;
	char path[300];
	int r;

	r = read_view(process, dir, &view);
	if (r < 0)
		view = NULL;
	*ret_any = r == 0 && was_seen(process->scan, view);
	if (r < 0 || *ret_any)
		return users_scan_excuse(process->scan, r);
	/* Of a process that has ended this fails; then another one has to tell. */
	snprintf(path, sizeof(path), "%s/mountinfo", dir);
	r = open_file(process->fd, path, &file);
	if (r < 0)
		return users_scan_excuse(process->scan, r);
	snprintf(path, sizeof(path), "/proc/%d/mountinfo", process->pid);
	r = mounts_each(process->scan->ctx, &process->scan->mounts, file, path, is_worth_a_look,
			see_mount, &viewer);
	if (r < 0)
		return users_scan_excuse(process->scan, r);
	r = note_view(process->scan, view);
	if (r < 0)
		return r;
	TAKE_PTR(view);
	*ret_any = true;
	return 0;
}

/* Threads. */

/* Threads share memory and, mostly, mounts: so one that tells is enough, mostly the first one. */
static int scan_first(const struct process *process,
		      int (*scan)(const struct process *process, const char *dir, bool *ret_any))
{
	_cleanup_listing_ struct listing dir = { .fd = -1 };
	struct dirent64 *entry;
	bool any = false;
	int r;

	r = scan(process, ".", &any);
	if (r < 0 || any || !process->has_threads)
		return r;
	/* The first one has ended before the others: they have what it had. */
	r = listing_open(process->fd, "task", &dir);
	if (r < 0)
		return users_scan_excuse(process->scan, r);
	while (r == 0 && !any && (entry = listing_next(&dir, &r))) {
		char path[280];

		if (!is_number(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "task/%s", entry->d_name);
		r = scan(process, path, &any);
	}
	return users_scan_excuse(process->scan, r);
}

/*
 * What kthreadd starts has its files; who runs a program got files of his own by that. 0 when they are
 * the same, 1 when not, -1 when nobody can tell.
 */
static int differs_from_kthreadd(const struct users_scan *scan, int pid)
{
	long r = scan->has_kthreadd ? syscall(SYS_kcmp, 2, pid, KCMP_FILES, 0, 0) : -1;

	return r > 0 ? 1 : (int)r;
}

/*
 * Threads of the kernel have no program, no files and no memory, and all see the mounts that the
 * first of them sees. What else has no program is about to end, unless it has threads.
 */
static bool is_kernel_thread(const struct users_scan *scan, const char *name, int pid)
{
	int differs = differs_from_kthreadd(scan, pid);
	char path[32], target[1];
	struct stat st;

	if (differs >= 0)
		return !differs;
	snprintf(path, sizeof(path), "%.20s/exe", name);
	if (readlinkat(scan->proc_fd, path, target, sizeof(target)) >= 0 || errno != ENOENT)
		return false;
	snprintf(path, sizeof(path), "%.20s/task", name);
	return fstatat(scan->proc_fd, path, &st, 0) == 0 && st.st_nlink == 3;
}

int users_scan_process(struct users_scan *scan, const char *name)
{
	struct process process = { .scan = scan, .name = name };
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r;

	if (parse_int(name, &process.pid) < 0)
		return 0;
	if (is_kernel_thread(scan, name, process.pid)) {
		if (scan->has_kernel_thread)
			return 0;
		scan->has_kernel_thread = true;
	}
	fd = openat(scan->proc_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return users_scan_excuse(scan, file_error(scan->proc_fd, name));
	process.fd = fd;
	/* The kernel counts the threads as links of the directory: "." and ".." and one each. */
	process.has_threads = fstatat(fd, "task", &st, 0) == 0 && st.st_nlink > 3;
	r = scan_fds(&process, "fd");
	if (r == 0 && process.has_threads && !process.is_denied)
		r = scan_threads(&process);
	if (r == 0)
		r = scan_first(&process, scan_maps);
	return r < 0 ? r : scan_first(&process, scan_mounts);
}
