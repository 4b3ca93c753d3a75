// SPDX-License-Identifier: GPL-2.0-only
#include "child.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>

#include "cleanup.h"

/* Those that end a process and that it can put off, besides the real-time ones. */
static const int signals[] = {
	SIGHUP,	   SIGINT,  SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2,	  SIGALRM,
	SIGVTALRM, SIGPROF, SIGIO,   SIGPWR,  SIGXCPU, SIGSTKFLT,
};

/* One that the caller ignores, as nohup(1) has it, is ignored by the program too. */
static void add_signal(sigset_t *set, int number)
{
	struct sigaction action;

	if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
		sigaddset(set, number);
}

void child_prepare(struct child *child, bool ignored_sigpipe)
{
	*child = (struct child){
		.stdout_fd = -1,
		.stderr_fd = -1,
		.ignored_sigpipe = ignored_sigpipe,
	};
	sigemptyset(&child->signals);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		add_signal(&child->signals, signals[i]);
	for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
		add_signal(&child->signals, number);
	/* Where it is ignored, children vanish without a word. */
	child->on_sigchld = signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, &child->signals, &child->mask);
}

int child_take_signal(const struct child *child)
{
	int number = sigtimedwait(&child->signals, NULL, &(struct timespec){});

	return number > 0 ? number : 0;
}

static int check_file(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EACCES;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

int child_find(const char *file)
{
	const char *path = getenv("PATH");
	int r = -ENOENT;

	if (strchr(file, '/'))
		return check_file(file);
	/* An empty name is in no directory; an empty PATH names the working directory. */
	if (!*file)
		return -ENOENT;
	for (const char *end; path; path = *end ? end + 1 : NULL) {
		_cleanup_free_ char *full = NULL;
		int one;

		end = strchrnul(path, ':');
		if (asprintf(&full, "%.*s%s%s", (int)(end - path), path, end > path ? "/" : "",
			     file) < 0)
			return -ENOMEM;
		one = check_file(full);
		if (one == 0)
			return 0;
		if (one == -EACCES)
			r = one;
	}
	/* Without PATH the C library has directories of its own. */
	return getenv("PATH") ? r : 0;
}

static void inherit(const struct child *child)
{
	if (child->stdout_fd >= 0)
		dup2(child->stdout_fd, STDOUT_FILENO);
	if (child->stdout_closed)
		close(STDOUT_FILENO);
	if (child->stderr_fd >= 0)
		dup2(child->stderr_fd, STDERR_FILENO);
	signal(SIGPIPE, child->ignored_sigpipe ? SIG_IGN : SIG_DFL);
	signal(SIGCHLD, child->on_sigchld);
	sigprocmask(SIG_SETMASK, &child->mask, NULL);
}

/* In the new process; what kept the program from starting goes to @report_fd. */
static void start(const struct child *child, char **argv, int report_fd)
{
	int err;

	inherit(child);
	execvp(argv[0], argv);
	err = errno;
	if (write(report_fd, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

/* Why the program did not start; 0 when it did, for then exec has closed the other end. */
static int read_failure(int fd)
{
	ssize_t n;
	int err;

	do
		n = read(fd, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	return n == sizeof(err) ? -err : 0;
}

/*
 * What a terminal sends goes to every process of the group, so the program has it already; what
 * somebody sends to this process is meant for the program.
 */
static void pass_on(pid_t pid, const siginfo_t *info)
{
	if (info->si_code == SI_KERNEL && (info->si_signo == SIGINT || info->si_signo == SIGQUIT))
		return;
	kill(pid, info->si_signo);
}

static int wait_for(const struct child *child, pid_t pid, int *ret_status)
{
	sigset_t all = child->signals;

	sigaddset(&all, SIGCHLD);
	for (;;) {
		siginfo_t info;
		pid_t ended = waitpid(pid, ret_status, WNOHANG);

		if (ended == pid)
			return 0;
		if (ended < 0 && errno != EINTR)
			return -errno;
		if (sigwaitinfo(&all, &info) > 0 && info.si_signo != SIGCHLD)
			pass_on(pid, &info);
	}
}

int child_run(const struct child *child, char **argv, int *ret_status)
{
	_cleanup_close_ int read_fd = -1, write_fd = -1;
	sigset_t sigchld;
	int fds[2], r;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	read_fd = fds[0];
	write_fd = fds[1];
	/* Blocked, so that sigwaitinfo() sees it; what the child inherits was noted before. */
	sigemptyset(&sigchld);
	sigaddset(&sigchld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &sigchld, NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		start(child, argv, write_fd);
	close(TAKE_FD(write_fd));
	r = read_failure(read_fd);
	if (r == 0)
		return wait_for(child, pid, ret_status);
	while (waitpid(pid, ret_status, 0) < 0 && errno == EINTR)
		continue;
	return r;
}
