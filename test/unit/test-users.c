// SPDX-License-Identifier: GPL-2.0-only
/* Who uses a device, from trees that look like /proc. The device is /dev/null: every machine has it. */
#include "unit.h"

#include <dirent.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "tree.h"
#include "users.h"

#define NAMESPACE "mnt:[4026531841]"

struct fixture {
	struct tree *tree;
	struct daxfs_ctx *ctx;
	struct daxfs_device *device;
	unsigned int n_fds;
};

/*
 * In place of libc's: that of a directory of /proc/PID fails so when the process ends right before
 * it, but reading /proc itself does not.
 */
static bool getdents_fails;

ssize_t getdents64(int fd, void *buffer, size_t length)
{
	ssize_t (*real)(int, void *, size_t) = dlsym(RTLD_NEXT, "getdents64");
	char path[PATH_MAX] = "", link[32];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	assert_true(readlink(link, path, sizeof(path) - 1) > 0);
	if (getdents_fails && strstr(path, "/10/")) {
		errno = ENOENT;
		return -1;
	}
	return real(fd, buffer, length);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->n_fds = count_fds();
	f->tree = tree_new();
	assert_int_equal(daxfs_ctx_new(&f->ctx), 0);
	assert_int_equal(daxfs_ctx_set_proc_root(f->ctx, f->tree->path), 0);
	tree_mkdir(f->tree, "1");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	unsigned int leaked;

	daxfs_device_unref(f->device);
	daxfs_ctx_unref(f->ctx);
	tree_remove(f->tree);
	leaked = count_fds() - f->n_fds;
	free(f);
	return leaked ? -1 : 0;
}

/* Files of process @pid. */

PRINTF_FORMAT(3, 4)
static void put_file(struct fixture *f, const char *text, const char *format, ...)
{
	char path[256];
	va_list args;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	tree_write(f->tree, path, text);
}

PRINTF_FORMAT(3, 4)
static void put_link(struct fixture *f, const char *target, const char *format, ...)
{
	char path[256];
	va_list args;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	tree_symlink(f->tree, path, target);
}

static void add_process(struct fixture *f, int pid)
{
	put_file(f, "cat\n", "%d/comm", pid);
	put_file(f, "Name:\tcat\nUid:\t0\t1000\t0\t0\n", "%d/status", pid);
	put_link(f, "/", "%d/root", pid);
	put_link(f, NAMESPACE, "%d/ns/mnt", pid);
}

/* No program, one thread. */
static void add_kernel_thread(struct fixture *f, int pid)
{
	char path[64];

	add_process(f, pid);
	snprintf(path, sizeof(path), "%d/task/%d", pid, pid);
	tree_mkdir(f->tree, path);
}

/* A mapping of what @target is, called @path by the process. */
static void add_map(struct fixture *f, int pid, const char *path, const char *target)
{
	char line[256];

	snprintf(line, sizeof(line),
		 "00400000-00500000 r--p 00000000 08:01 77    /dev/null\n"
		 "7f0000000000-7f0000200000 rw-s 00000000 00:06 425                   %s\n"
		 "7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                     [stack]\n",
		 path);
	put_file(f, line, "%d/maps", pid);
	put_link(f, target, "%d/map_files/7f0000000000-7f0000200000", pid);
}

static void look(struct fixture *f)
{
	struct daxfs_device *device = calloc(1, sizeof(*device));

	assert_non_null(device);
	daxfs_device_unref(f->device);
	f->device = device;
	device->refcount = 1;
	strcpy(device->name, "dax0.0");
	device->dev = strdup("1:3");
	assert_non_null(device->dev);
	assert_int_equal(users_read(f->ctx, device, false), 0);
}

/* "cat[12] fd, /mnt mount"; "?" when not known. */
static void users_are(struct fixture *f, const char *expected)
{
	const struct daxfs_user *users;
	char text[512] = "";
	size_t n;

	look(f);
	if (!daxfs_device_get_users(f->device, &users, &n)) {
		assert_string_equal("?", expected);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		char user[128];

		if (users[i].pid)
			snprintf(user, sizeof(user), "%s%s[%d] %s", i ? ", " : "", users[i].comm,
				 users[i].pid, daxfs_usage_to_string(users[i].how));
		else
			snprintf(user, sizeof(user), "%s%s %s", i ? ", " : "", users[i].mountpoint,
				 daxfs_usage_to_string(users[i].how));
		strcat(text, user);
	}
	assert_string_equal(text, expected);
}

/* Processes */

static void nobody_uses_it(void **state)
{
	struct fixture *f = *state;

	add_process(f, 12);
	put_link(f, "/dev/zero", "12/fd/0");
	put_link(f, "socket:[123]", "12/fd/1");
	put_link(f, "/dev/null", "12/fd/.hidden");
	users_are(f, "");
}

static void an_open_file_is_a_use(void **state)
{
	struct fixture *f = *state;

	add_process(f, 12);
	put_link(f, "/dev/null", "12/fd/9");
	put_link(f, "/dev/null", "12/fd/10");
	users_are(f, "cat[12] fd");
	assert_int_equal(f->device->users[0].uid, 1000);
}

static void a_path_only_descriptor_is_not_open(void **state)
{
	struct fixture *f = *state;

	add_process(f, 12);
	put_link(f, "/dev/null", "12/fd/9");
	put_file(f, "pos:\t0\nflags:\t012000000\nmnt_id:\t5\n", "12/fdinfo/9");
	users_are(f, "");
	put_file(f, "pos:\t0\nflags:\t02100002\nmnt_id:\t5\n", "12/fdinfo/9");
	users_are(f, "cat[12] fd");
}

static void a_mapping_is_a_use_whatever_it_is_called(void **state)
{
	struct fixture *f = *state;

	add_process(f, 12);
	add_map(f, 12, "/tmp/my node (deleted)", "/dev/null");
	users_are(f, "cat[12] map");
}

static void a_mapping_of_another_node_of_that_name_is_none(void **state)
{
	struct fixture *f = *state;

	add_process(f, 12);
	add_map(f, 12, "/dev/dax0.0", "/dev/zero");
	users_are(f, "");
}

static void a_process_can_use_it_in_two_ways(void **state)
{
	struct fixture *f = *state;

	add_process(f, 12);
	put_link(f, "/dev/null", "12/fd/9");
	add_map(f, 12, "/dev/null", "/dev/null");
	users_are(f, "cat[12] fd, cat[12] map");
}

static void threads_count_once(void **state)
{
	struct fixture *f = *state;

	add_process(f, 12);
	put_link(f, "/dev/null", "12/fd/9");
	put_link(f, "/dev/null", "12/task/12/fd/9");
	put_link(f, "/dev/null", "12/task/13/fd/9");
	users_are(f, "cat[12] fd");
}

static void a_thread_with_files_of_its_own_is_seen(void **state)
{
	struct fixture *f = *state;

	add_process(f, 12);
	tree_mkdir(f->tree, "12/fd");
	tree_mkdir(f->tree, "12/task/12/fd");
	put_link(f, "/dev/null", "12/task/13/fd/9");
	users_are(f, "cat[12] fd");
}

static void a_process_whose_first_thread_ended_is_seen(void **state)
{
	struct fixture *f = *state;

	add_process(f, 12);
	put_file(f, "", "12/maps");
	put_file(f, "", "12/task/12/maps");
	put_link(f, "/", "12/task/13/root");
	put_file(f,
		 "1000-2000 rw-s 00000000 00:06 425    /dev/null\n"
		 "2000-3000 rw-s 00000000 00:06 426    /dev/zero\n",
		 "12/task/13/maps");
	users_are(f, "cat[12] map");
	put_file(f, "1000-2000 rw-s 00000000 00:06 425    /dev/dax0.0 (deleted)\n",
		 "12/task/13/maps");
	users_are(f, "cat[12] map");
}

static void a_process_that_ends_between_open_and_look_is_no_error(void **state)
{
	struct fixture *f = *state;

	add_process(f, 10);
	put_link(f, "/dev/null", "10/fd/3");
	add_process(f, 12);
	put_link(f, "/dev/null", "12/fd/9");
	getdents_fails = true;
	users_are(f, "cat[12] fd");
	getdents_fails = false;
}

static void a_process_that_ended_meanwhile_is_no_error(void **state)
{
	struct fixture *f = *state;

	tree_mkdir(f->tree, "11");
	add_process(f, 12);
	put_link(f, "/nowhere/at/all", "12/fd/9");
	put_file(f, "1000-2000 rw-s 00000000 00:06 425    /dev/dax0.0\n", "12/maps");
	users_are(f, "");
}

static void only_the_first_thread_of_the_kernel_is_looked_at(void **state)
{
	struct fixture *f = *state;

	/* they have none; but this tells who was looked at */
	for (int pid = 2; pid < 5; pid++) {
		add_kernel_thread(f, pid);
		put_link(f, "/dev/null", "%d/fd/9", pid);
	}
	look(f);
	assert_int_equal(f->device->n_users, 1);
}

static void a_program_is_no_thread_of_the_kernel(void **state)
{
	struct fixture *f = *state;

	add_kernel_thread(f, 2);
	add_kernel_thread(f, 3);
	add_kernel_thread(f, 12);
	put_link(f, "/bin/cat", "12/exe");
	put_link(f, "/dev/null", "12/fd/9");
	/* the program of its first thread is gone, but it has others */
	add_kernel_thread(f, 13);
	tree_mkdir(f->tree, "13/task/14");
	put_link(f, "/dev/null", "13/fd/9");
	look(f);
	assert_int_equal(f->device->n_users, 2);
}

static void what_may_not_be_read_makes_users_unknown(void **state)
{
	struct fixture *f = *state;

	add_process(f, 12);
	put_link(f, "/dev/null", "12/fd/9");
	add_process(f, 13);
	tree_mkdir(f->tree, "13/fd");
	tree_chmod(f->tree, "13/fd", 0);
	users_are(f, "?");
	/* Who was seen is known for all that: it is reason enough to refuse. */
	assert_int_equal(f->device->n_users, 1);
	tree_allow_override();
}

static void users_are_unknown_where_processes_are_hidden(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = tree_path(f->tree, "1");

	add_process(f, 12);
	users_are(f, "");
	assert_int_equal(rmdir(path), 0);
	users_are(f, "?");
}

static void what_the_caller_inherited_is_told_of_others_only(void **state)
{
	struct fixture *f = *state;

	add_process(f, 12);
	put_link(f, "/dev/null", "12/fd/9");
	add_process(f, 13);
	put_link(f, "/dev/null", "13/fd/9");
	put_link(f, "13", "self");
	users_are(f, "cat[12] fd");
}

static void what_the_caller_alone_has_open_is_told(void **state)
{
	struct fixture *f = *state;

	add_process(f, 13);
	put_link(f, "/dev/null", "13/fd/9");
	put_link(f, "13", "self");
	users_are(f, "cat[13] fd");
}

/* Mounts */

static void a_mount_is_a_use_of_its_source(void **state)
{
	struct fixture *f = *state;

	add_process(f, 12);
	put_file(f,
		 "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		 "22 21 0:44 / /mnt/a\\040b\\134 rw,relatime shared:1 - famfs /dev/null rw\n",
		 "12/mountinfo");
	users_are(f, "/mnt/a b\\ mount");
}

static void a_mount_that_is_everywhere_counts_once(void **state)
{
	struct fixture *f = *state;
	static const char mounts[] = "22 21 0:44 / /mnt rw - famfs /dev/null rw\n";

	add_process(f, 12);
	add_process(f, 13);
	put_file(f, mounts, "12/mountinfo");
	put_file(f, mounts, "13/mountinfo");
	put_file(f, "bash\n", "14/comm");
	put_link(f, "/", "14/root");
	put_link(f, "mnt:[4026532000]", "14/ns/mnt");
	put_file(f, mounts, "14/mountinfo");
	users_are(f, "/mnt mount");
}

static void a_mount_in_another_namespace_is_seen(void **state)
{
	struct fixture *f = *state;

	add_process(f, 12);
	put_file(f, "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n", "12/mountinfo");
	put_link(f, "/", "14/root");
	put_link(f, "mnt:[4026532000]", "14/ns/mnt");
	put_file(f, "22 21 0:44 / /mnt rw - famfs /dev/null rw\n", "14/mountinfo");
	users_are(f, "/mnt mount");
}

static void mounts_of_a_process_that_ended_are_another_ones_to_tell(void **state)
{
	struct fixture *f = *state;

	for (int pid = 10; pid < 30; pid++)
		add_process(f, pid);
	put_file(f, "22 21 0:44 / /mnt rw - famfs /dev/null rw\n", "17/mountinfo");
	users_are(f, "/mnt mount");
}

static void mounts_that_only_a_later_thread_sees_are_seen(void **state)
{
	struct fixture *f = *state;

	put_file(f, "cat\n", "12/comm");
	tree_mkdir(f->tree, "12/task/12");
	put_link(f, "/", "12/task/13/root");
	put_link(f, NAMESPACE, "12/task/13/ns/mnt");
	put_file(f, "22 21 0:44 / /mnt rw - famfs /dev/null rw\n", "12/task/13/mountinfo");
	users_are(f, "/mnt mount");
}

static void the_source_of_a_tmpfs_says_nothing(void **state)
{
	struct fixture *f = *state;

	add_process(f, 12);
	put_file(f, "22 21 0:44 / /mnt rw - tmpfs /dev/null rw\n", "12/mountinfo");
	users_are(f, "");
}

static void a_broken_mountinfo_is_no_error(void **state)
{
	struct fixture *f = *state;

	add_process(f, 12);
	put_file(f, "\n22\nx - y\n22 21 0:44 / /mnt rw - famfs /dev/null rw\n", "12/mountinfo");
	look(f);
}

static void a_holder_is_a_user_without_a_process(void **state)
{
	struct fixture *f = *state;

	look(f);
	f->device->has_held = f->device->held = true;
	assert_int_equal(users_read(f->ctx, f->device, false), 0);
	assert_int_equal(f->device->n_users, 1);
	assert_int_equal(f->device->users[0].how, DAXFS_USAGE_HELD);
	assert_int_equal(f->device->users[0].pid, 0);
	assert_int_equal(f->device->users[0].uid, DAXFS_UID_UNKNOWN);
	assert_null(f->device->users[0].comm);
}

/* One look for many */

static void a_look_is_kept_only_when_asked_for(void **state)
{
	struct fixture *f = *state;

	users_are(f, "");
	add_process(f, 12);
	put_link(f, "/dev/null", "12/fd/9");
	users_are(f, "cat[12] fd");
	daxfs_ctx_set_keep_users(f->ctx, true);
	users_are(f, "cat[12] fd");
	put_link(f, "/dev/null", "13/fd/9");
	put_file(f, "dd\n", "13/comm");
	users_are(f, "cat[12] fd");
	daxfs_ctx_set_keep_users(f->ctx, false);
	look(f);
	assert_int_equal(f->device->n_users, 2);
}

static void a_fresh_look_is_not_the_kept_one(void **state)
{
	struct fixture *f = *state;

	daxfs_ctx_set_keep_users(f->ctx, true);
	users_are(f, "");
	add_process(f, 12);
	put_link(f, "/dev/null", "12/fd/9");
	assert_int_equal(users_read(f->ctx, f->device, true), 0);
	assert_int_equal(f->device->n_users, 1);
}

/* Recorded trees */

static void a_recorded_link_is_known_by_its_text(void **state)
{
	struct fixture *f = *state;

	f->ctx->recorded = true;
	add_process(f, 12);
	put_link(f, "/dev/dax0.0 (deleted)", "12/fd/9");
	put_link(f, "/dev/dax0.1", "12/fd/8");
	put_file(f, "1000-2000 rw-s 00000000 00:06 425    /dev/dax0.0\n", "12/maps");
	put_file(f, "22 21 0:44 / /mnt rw - famfs /dev/dax0.0 rw\n", "12/mountinfo");
	users_are(f, "cat[12] fd, cat[12] map, /mnt mount");
}

static void a_tree_without_processes_says_nothing(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = tree_path(f->tree, "1");

	f->ctx->recorded = true;
	assert_int_equal(rmdir(path), 0);
	users_are(f, "?");
}

#define scan_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scan_test(nobody_uses_it),
		scan_test(an_open_file_is_a_use),
		scan_test(a_path_only_descriptor_is_not_open),
		scan_test(a_mapping_is_a_use_whatever_it_is_called),
		scan_test(a_mapping_of_another_node_of_that_name_is_none),
		scan_test(a_process_can_use_it_in_two_ways),
		scan_test(threads_count_once),
		scan_test(a_thread_with_files_of_its_own_is_seen),
		scan_test(a_process_whose_first_thread_ended_is_seen),
		scan_test(a_process_that_ends_between_open_and_look_is_no_error),
		scan_test(a_process_that_ended_meanwhile_is_no_error),
		scan_test(only_the_first_thread_of_the_kernel_is_looked_at),
		scan_test(a_program_is_no_thread_of_the_kernel),
		scan_test(what_may_not_be_read_makes_users_unknown),
		scan_test(users_are_unknown_where_processes_are_hidden),
		scan_test(what_the_caller_inherited_is_told_of_others_only),
		scan_test(what_the_caller_alone_has_open_is_told),
		scan_test(a_mount_is_a_use_of_its_source),
		scan_test(a_mount_that_is_everywhere_counts_once),
		scan_test(a_mount_in_another_namespace_is_seen),
		scan_test(mounts_of_a_process_that_ended_are_another_ones_to_tell),
		scan_test(mounts_that_only_a_later_thread_sees_are_seen),
		scan_test(the_source_of_a_tmpfs_says_nothing),
		scan_test(a_broken_mountinfo_is_no_error),
		scan_test(a_holder_is_a_user_without_a_process),
		scan_test(a_look_is_kept_only_when_asked_for),
		scan_test(a_fresh_look_is_not_the_kept_one),
		scan_test(a_recorded_link_is_known_by_its_text),
		scan_test(a_tree_without_processes_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
