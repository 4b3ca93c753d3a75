// SPDX-License-Identifier: GPL-2.0-only
/* Journals as events, by real files and processes. Devices are a tree's, so no event is of one. */
#include "unit.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "journal.h"
#include "tree.h"

struct fixture {
	struct tree *tree;
	struct daxfs_ctx *ctx;
	struct daxfs_monitor *monitor;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	_cleanup_free_ char *sys = NULL, *run = NULL;

	assert_non_null(fixture);
	fixture->tree = tree_new();
	tree_mkdir(fixture->tree, "sys/bus/dax/devices/dax0.0");
	tree_symlink(fixture->tree, "sys/bus/dax/devices/dax0.0/driver", "../drivers/kmem");
	tree_mkdir(fixture->tree, "sys/bus/dax/devices/dax0.1");
	sys = tree_path(fixture->tree, "sys");
	run = tree_path(fixture->tree, "run");
	assert_int_equal(daxfs_ctx_new(&fixture->ctx), 0);
	assert_int_equal(daxfs_ctx_set_sysfs_root(fixture->ctx, sys), 0);
	assert_int_equal(daxfs_ctx_set_run_dir(fixture->ctx, run), 0);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	daxfs_monitor_free(fixture->monitor);
	daxfs_ctx_unref(fixture->ctx);
	tree_remove(fixture->tree);
	free(fixture);
	return 0;
}

static void begin(struct fixture *fixture)
{
	assert_int_equal(daxfs_monitor_new(fixture->ctx, &fixture->monitor), 0);
}

/* What becomes of the journal next: "dax0.0 active"; "" when nothing does. */
static const char *next(struct fixture *fixture, int timeout_ms)
{
	static char text[64];
	struct pollfd pfd = { .fd = daxfs_monitor_get_fd(fixture->monitor), .events = POLLIN };
	const struct daxfs_event *event;
	int r;

	/* the file can become readable for what is passed over */
	while ((r = daxfs_monitor_next(fixture->monitor, &event)) == -EAGAIN)
		if (poll(&pfd, 1, timeout_ms) == 0)
			return "";
	assert_int_equal(r, 0);
	assert_int_equal(event->type, DAXFS_EVENT_JOURNAL);
	snprintf(text, sizeof(text), "%s %s", event->device,
		 event->journal ? event->journal : "gone");
	return text;
}

#define assert_next(fixture, expected) assert_string_equal(next(fixture, 5000), expected)
#define assert_quiet(fixture) assert_string_equal(next(fixture, 100), "")

/* The journal of a switch of dax0.0 by the process @pid; 0: by one that gave up. */
static void write_journal(struct fixture *fixture, pid_t pid)
{
	char boot_id[BOOT_ID_SIZE], path[64], text[512], stat[1024];
	unsigned long long start = 0;
	_cleanup_close_ int dir = -1;
	_cleanup_fclose_ FILE *f = NULL;

	if (pid) {
		snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
		f = fopen(path, "r");
		assert_non_null(f);
		assert_non_null(fgets(stat, sizeof(stat), f));
		assert_int_equal(sscanf(strrchr(stat, ')'),
					") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d "
					"%*d %*d %*d %*d %*d %llu",
					&start),
				 1);
	}
	assert_int_equal(run_read_boot_id(fixture->ctx, boot_id, sizeof(boot_id)), 0);
	snprintf(text, sizeof(text),
		 "daxfsctl-journal 1\nboot %s\nprocess %d %llu\ndevice dax0.0\nfrom device_dax\n"
		 "kind hmem\nsize 536870912\nalign 2097152\nrange 0x100000000 0x11fffffff 0x0\n"
		 "match 2\nautoprobe 1\nblock-size 134217728\nto fsdev_dax 536870912 2097152\n"
		 "online 0 2\nend\n",
		 boot_id, (int)pid, start);
	dir = openat(fixture->tree->fd, "run", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	assert_int_equal(run_file_write(dir, "journal-dax0.0", text), 0);
}

static void remove_journal(struct fixture *fixture)
{
	assert_int_equal(unlinkat(fixture->tree->fd, "run/journal-dax0.0", 0), 0);
}

static void make_run_dir(struct fixture *fixture)
{
	assert_int_equal(mkdirat(fixture->tree->fd, "run", 0700), 0);
}

/* A process that holds the lock of a write to dax0.0, if @is_pending, until it is killed. */
static pid_t start_process(struct fixture *fixture, bool is_pending)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
		int fd = openat(fixture->tree->fd, "run/pending-dax0.0", O_RDWR | O_CREAT, 0600);

		if (is_pending && fcntl(fd, F_OFD_SETLK, &lock) < 0)
			_exit(1);
		if (write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void end_process(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void a_recorded_tree_has_no_events(void **state)
{
	struct fixture *fixture = *state;
	struct daxfs_monitor *monitor = NULL;

	assert_int_equal(daxfs_ctx_set_sysroot(fixture->ctx, fixture->tree->path), 0);
	assert_int_equal(daxfs_monitor_new(fixture->ctx, &monitor), -EROFS);
	assert_null(monitor);
	assert_int_equal(daxfs_error_get_class(daxfs_ctx_get_error(fixture->ctx)),
			 DAXFS_CLASS_INVALID);
}

static void what_there_is_at_the_beginning_is_known_and_no_event(void **state)
{
	struct fixture *fixture = *state;
	enum daxfs_mode mode;
	const char *name;

	make_run_dir(fixture);
	write_journal(fixture, getpid());
	begin(fixture);
	assert_true(daxfs_monitor_sees_journals(fixture->monitor));
	/* in the middle of a switch, whatever its link says */
	assert_true(daxfs_monitor_get_device(fixture->monitor, 0, &name, &mode));
	assert_string_equal(name, "dax0.0");
	assert_int_equal(mode, DAXFS_MODE_NONE);
	assert_true(daxfs_monitor_get_device(fixture->monitor, 1, &name, &mode));
	assert_false(daxfs_monitor_get_device(fixture->monitor, 2, &name, &mode));
	assert_quiet(fixture);
}

static void a_journal_comes_and_goes(void **state)
{
	struct fixture *fixture = *state;

	make_run_dir(fixture);
	begin(fixture);
	for (unsigned int i = 0; i < 3; i++) {
		write_journal(fixture, getpid());
		assert_next(fixture, "dax0.0 active");
		remove_journal(fixture);
		assert_next(fixture, "dax0.0 gone");
	}
	assert_quiet(fixture);
}

static void a_journal_that_is_gone_before_it_is_looked_at_is_told_as_well(void **state)
{
	struct fixture *fixture = *state;

	make_run_dir(fixture);
	begin(fixture);
	for (unsigned int i = 0; i < 100; i++) {
		write_journal(fixture, getpid());
		remove_journal(fixture);
	}
	for (unsigned int i = 0; i < 100; i++) {
		assert_next(fixture, "dax0.0 active");
		assert_next(fixture, "dax0.0 gone");
	}
	assert_quiet(fixture);
}

static void the_run_directory_may_come_later_and_go(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	for (unsigned int i = 0; i < 2; i++) {
		make_run_dir(fixture);
		assert_quiet(fixture);
		write_journal(fixture, getpid());
		assert_next(fixture, "dax0.0 active");
		remove_journal(fixture);
		assert_next(fixture, "dax0.0 gone");
		assert_int_equal(unlinkat(fixture->tree->fd, "run", AT_REMOVEDIR), 0);
		assert_quiet(fixture);
	}
}

static void a_journal_of_a_process_that_dies_is_stale(void **state)
{
	struct fixture *fixture = *state;
	pid_t pid;

	make_run_dir(fixture);
	begin(fixture);
	pid = start_process(fixture, false);
	write_journal(fixture, pid);
	assert_next(fixture, "dax0.0 active");
	end_process(pid);
	assert_next(fixture, "dax0.0 stale");
	remove_journal(fixture);
	assert_next(fixture, "dax0.0 gone");
}

static void a_journal_that_was_given_up_is_stale(void **state)
{
	struct fixture *fixture = *state;

	make_run_dir(fixture);
	begin(fixture);
	write_journal(fixture, getpid());
	assert_next(fixture, "dax0.0 active");
	write_journal(fixture, 0);
	assert_next(fixture, "dax0.0 stale");
}

static void a_write_that_was_left_behind_is_pending_until_it_ends(void **state)
{
	struct fixture *fixture = *state;
	pid_t pid;

	make_run_dir(fixture);
	begin(fixture);
	pid = start_process(fixture, true);
	write_journal(fixture, getpid());
	assert_next(fixture, "dax0.0 active");
	write_journal(fixture, 0);
	assert_next(fixture, "dax0.0 pending");
	end_process(pid);
	assert_next(fixture, "dax0.0 stale");
	assert_quiet(fixture);
}

/* The switch ended without a uevent: it had not come to the device yet. */
static void a_switch_from_before_the_beginning_is_looked_at_when_it_is_over(void **state)
{
	struct fixture *fixture = *state;
	const struct daxfs_event *event;
	enum daxfs_mode mode;
	const char *name;

	make_run_dir(fixture);
	write_journal(fixture, getpid());
	begin(fixture);
	remove_journal(fixture);
	assert_next(fixture, "dax0.0 gone");
	assert_int_equal(daxfs_monitor_next(fixture->monitor, &event), 0);
	assert_int_equal(event->type, DAXFS_EVENT_BIND);
	assert_true(event->is_resync);
	assert_true(daxfs_monitor_get_device(fixture->monitor, 0, &name, &mode));
	assert_int_equal(mode, DAXFS_MODE_SYSTEM_RAM);
}

static void no_file_stays_open(void **state)
{
	struct fixture *fixture = *state;
	unsigned int n;
	pid_t pid;

	make_run_dir(fixture);
	/* what libudev keeps for good is opened here */
	begin(fixture);
	fixture->monitor = daxfs_monitor_free(fixture->monitor);
	n = count_fds();
	begin(fixture);
	pid = start_process(fixture, false);
	write_journal(fixture, pid);
	assert_next(fixture, "dax0.0 active");
	fixture->monitor = daxfs_monitor_free(fixture->monitor);
	assert_int_equal(count_fds(), n);
	end_process(pid);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_recorded_tree_has_no_events),
		TEST(what_there_is_at_the_beginning_is_known_and_no_event),
		TEST(a_journal_comes_and_goes),
		TEST(a_journal_that_is_gone_before_it_is_looked_at_is_told_as_well),
		TEST(the_run_directory_may_come_later_and_go),
		TEST(a_journal_of_a_process_that_dies_is_stale),
		TEST(a_journal_that_was_given_up_is_stale),
		TEST(a_write_that_was_left_behind_is_pending_until_it_ends),
		TEST(a_switch_from_before_the_beginning_is_looked_at_when_it_is_over),
		TEST(no_file_stays_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
