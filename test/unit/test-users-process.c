// SPDX-License-Identifier: GPL-2.0-only
/* Who has a node open, asked of this process, its threads and its children in the real /proc. */
#include "unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "users.h"

/* Of major 1, as it takes a real node; nobody keeps it open for long. */
#define NODE "/dev/full"
#define NODE_DEV "1:7"

struct fixture {
	struct daxfs_ctx *ctx;
	struct daxfs_device *device;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(daxfs_ctx_new(&f->ctx), 0);
	f->device = calloc(1, sizeof(*f->device));
	assert_non_null(f->device);
	f->device->refcount = 1;
	strcpy(f->device->name, "dax0.0");
	f->device->dev = strdup(NODE_DEV);
	assert_non_null(f->device->dev);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	daxfs_device_unref(f->device);
	daxfs_ctx_unref(f->ctx);
	free(f);
	return 0;
}

/* How many uses of @pid a look finds. */
static size_t count_uses(struct fixture *f, pid_t pid)
{
	size_t n = 0;

	users_free(f->device->users, f->device->n_users);
	f->device->users = NULL;
	f->device->n_users = 0;
	assert_int_equal(users_read(f->ctx, f->device, true), 0);
	for (size_t i = 0; i < f->device->n_users; i++)
		if (f->device->users[i].pid == pid) {
			assert_int_equal(f->device->users[i].how, DAXFS_USAGE_FD);
			n++;
		}
	return n;
}

static void who_looks_has_nothing_open(void **state)
{
	assert_int_equal(count_uses(*state, getpid()), 0);
}

static void who_looks_has_it_open(void **state)
{
	_cleanup_close_ int fd = open(NODE, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(count_uses(*state, getpid()), 1);
}

static void an_own_descriptor_with_a_high_number_is_seen(void **state)
{
	_cleanup_close_ int low = open(NODE, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int high = fcntl(low, F_DUPFD_CLOEXEC, 300);

	assert_true(high >= 300);
	assert_int_equal(close(low), 0);
	low = -1;
	assert_int_equal(count_uses(*state, getpid()), 1);
}

static void an_own_descriptor_of_the_path_alone_is_none(void **state)
{
	_cleanup_close_ int fd = open(NODE, O_PATH | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(count_uses(*state, getpid()), 0);
}

/* What a thread does, and when. */
struct worker {
	pthread_barrier_t barrier;
	bool is_apart; /* its files are its own */
	bool has_opened;
};

static void *work(void *userdata)
{
	struct worker *worker = userdata;
	int fd = -1;

	if (!worker->is_apart || unshare(CLONE_FILES) == 0)
		fd = open(NODE, O_RDONLY | O_CLOEXEC);
	worker->has_opened = fd >= 0;
	pthread_barrier_wait(&worker->barrier);
	pthread_barrier_wait(&worker->barrier);
	if (fd >= 0)
		close(fd);
	return NULL;
}

static void is_seen_once_of_a_thread(struct fixture *f, bool is_apart)
{
	struct worker worker = { .is_apart = is_apart };
	pthread_t thread;

	assert_int_equal(pthread_barrier_init(&worker.barrier, NULL, 2), 0);
	assert_int_equal(pthread_create(&thread, NULL, work, &worker), 0);
	pthread_barrier_wait(&worker.barrier);
	assert_true(worker.has_opened);
	assert_int_equal(count_uses(f, getpid()), 1);
	pthread_barrier_wait(&worker.barrier);
	assert_int_equal(pthread_join(thread, NULL), 0);
	pthread_barrier_destroy(&worker.barrier);
}

static void a_thread_that_shares_its_files_counts_once(void **state)
{
	is_seen_once_of_a_thread(*state, false);
}

static void a_thread_with_files_of_its_own_is_seen(void **state)
{
	is_seen_once_of_a_thread(*state, true);
}

static void a_child_is_seen_while_it_lives(void **state)
{
	int ready[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (open(NODE, O_RDONLY) < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(count_uses(*state, pid), 1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, pid, &(siginfo_t){}, WEXITED | WNOWAIT), 0);
	/* Nobody has waited for it yet, but it has nothing open any more. */
	assert_int_equal(count_uses(*state, pid), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(ready[0]);
	close(ready[1]);
}

#define scan_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scan_test(who_looks_has_nothing_open),
		scan_test(who_looks_has_it_open),
		scan_test(an_own_descriptor_with_a_high_number_is_seen),
		scan_test(an_own_descriptor_of_the_path_alone_is_none),
		scan_test(a_thread_that_shares_its_files_counts_once),
		scan_test(a_thread_with_files_of_its_own_is_seen),
		scan_test(a_child_is_seen_while_it_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
