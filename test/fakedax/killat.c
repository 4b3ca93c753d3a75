// SPDX-License-Identifier: GPL-2.0-only
/*
 * killat [OPTION...] COMMAND...: runs COMMAND, of which every system call has a number, from 1 on,
 * counted over all its processes.
 *
 *	--told FILE	writes a line for each call at which something is done: number, name, path
 *			(of its file, "-" without one)
 *	--all		so for every call
 *	--kill N	kills the process that is about to make the Nth call; the others go on
 *	--fail N ERRNO	the Nth call is not made and answers -ERRNO; can be given more than once
 *	--signal N SIG	sends the signal to COMMAND's first process before the Nth call
 *
 * Ends when all processes have, those too that COMMAND leaves behind.
 * Exit status: COMMAND's, 128 + signal, 77 on a machine that it does not know.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)

#define MAX_PROCESSES 64
#define MAX_ACTIONS 8

struct process {
	pid_t pid;
	bool inside;  /* between entry and exit of a call */
	int injected; /* the errno that its call is going to answer */
};

enum what {
	KILL,
	FAIL,
	SIGNAL,
};

/* What is done at a call. */
struct action {
	unsigned long number;
	enum what what;
	int value; /* the errno, or the signal */
};

struct run {
	FILE *told;
	bool tells_all;
	unsigned long count;
	struct action actions[MAX_ACTIONS];
	unsigned int n_actions;
	unsigned int n_reached;
	pid_t main;
	int status;
	struct process processes[MAX_PROCESSES];
};

/* Calls whose first argument is a file descriptor, and those with a path as argument number @path,
 * counted from 1, relative to @fd (0: the working directory). */
static const struct call {
	long number;
	const char *name;
	int fd;
	int path;
} calls[] = {
	{ SYS_read, "read", 1, 0 },
	{ SYS_write, "write", 1, 0 },
	{ SYS_pread64, "pread64", 1, 0 },
	{ SYS_pwrite64, "pwrite64", 1, 0 },
	{ SYS_readv, "readv", 1, 0 },
	{ SYS_writev, "writev", 1, 0 },
	{ SYS_close, "close", 1, 0 },
	{ SYS_lseek, "lseek", 1, 0 },
	{ SYS_fstat, "fstat", 1, 0 },
	{ SYS_fcntl, "fcntl", 1, 0 },
	{ SYS_flock, "flock", 1, 0 },
	{ SYS_fsync, "fsync", 1, 0 },
	{ SYS_ftruncate, "ftruncate", 1, 0 },
	{ SYS_getdents64, "getdents64", 1, 0 },
	{ SYS_ioctl, "ioctl", 1, 0 },
	{ SYS_open, "open", 0, 1 },
	{ SYS_stat, "stat", 0, 1 },
	{ SYS_lstat, "lstat", 0, 1 },
	{ SYS_access, "access", 0, 1 },
	{ SYS_readlink, "readlink", 0, 1 },
	{ SYS_mkdir, "mkdir", 0, 1 },
	{ SYS_unlink, "unlink", 0, 1 },
	{ SYS_rename, "rename", 0, 1 },
	{ SYS_openat, "openat", 1, 2 },
	{ SYS_newfstatat, "newfstatat", 1, 2 },
	{ SYS_faccessat, "faccessat", 1, 2 },
	{ SYS_faccessat2, "faccessat2", 1, 2 },
	{ SYS_readlinkat, "readlinkat", 1, 2 },
	{ SYS_mkdirat, "mkdirat", 1, 2 },
	{ SYS_unlinkat, "unlinkat", 1, 2 },
	{ SYS_renameat, "renameat", 1, 2 },
	{ SYS_renameat2, "renameat2", 1, 2 },
	{ SYS_statx, "statx", 1, 2 },
};

static const struct call *find_call(long number)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].number == number)
			return &calls[i];
	return NULL;
}

static void read_string(pid_t pid, unsigned long address, char *buf, size_t size)
{
	struct iovec local = { buf, size - 1 }, remote = { (void *)address, size - 1 };
	ssize_t n = process_vm_readv(pid, &local, 1, &remote, 1, 0);

	/* near the end of a mapping */
	if (n < 0) {
		remote.iov_len = local.iov_len = 4096 - address % 4096;
		if (local.iov_len > size - 1)
			local.iov_len = remote.iov_len = size - 1;
		n = process_vm_readv(pid, &local, 1, &remote, 1, 0);
	}
	buf[n > 0 ? n : 0] = '\0';
}

static void path_of_fd(pid_t pid, int fd, char *buf, size_t size)
{
	char link[64];
	ssize_t n;

	if (fd == AT_FDCWD)
		snprintf(link, sizeof(link), "/proc/%d/cwd", pid);
	else
		snprintf(link, sizeof(link), "/proc/%d/fd/%d", pid, fd);
	n = readlink(link, buf, size - 1);
	buf[n > 0 ? n : 0] = '\0';
}

static void describe(FILE *out, pid_t pid, unsigned long count,
		     const struct __ptrace_syscall_info *info)
{
	const struct call *call = find_call(info->entry.nr);
	char dir[PATH_MAX] = "", path[PATH_MAX] = "";

	if (!call) {
		fprintf(out, "%lu %llu -\n", count, (unsigned long long)info->entry.nr);
		return;
	}
	if (call->path)
		read_string(pid, info->entry.args[call->path - 1], path, sizeof(path));
	if (path[0] != '/' && call->fd)
		path_of_fd(pid, info->entry.args[call->fd - 1], dir, sizeof(dir));
	fprintf(out, "%lu %s %s%s%s\n", count, call->name, dir, dir[0] && path[0] ? "/" : "",
		dir[0] || path[0] ? path : "-");
}

/* A call number that there is not: the kernel does nothing, and the answer is replaced. */
static void skip_call(pid_t pid)
{
	struct user_regs_struct regs;

	ptrace(PTRACE_GETREGS, pid, NULL, &regs);
	regs.orig_rax = -1;
	ptrace(PTRACE_SETREGS, pid, NULL, &regs);
}

static void set_answer(pid_t pid, int err)
{
	struct user_regs_struct regs;

	ptrace(PTRACE_GETREGS, pid, NULL, &regs);
	regs.rax = -(long)err;
	ptrace(PTRACE_SETREGS, pid, NULL, &regs);
}

static struct process *process_of(struct run *run, pid_t pid)
{
	struct process *free_one = NULL;

	for (size_t i = 0; i < MAX_PROCESSES; i++) {
		if (run->processes[i].pid == pid)
			return &run->processes[i];
		if (!free_one && run->processes[i].pid == 0)
			free_one = &run->processes[i];
	}
	if (free_one)
		*free_one = (struct process){ .pid = pid };
	return free_one;
}

static void act(struct run *run, struct process *process, const struct action *action)
{
	run->n_reached++;
	switch (action->what) {
	case KILL:
		kill(process->pid, SIGKILL);
		break;
	case FAIL:
		skip_call(process->pid);
		process->injected = action->value;
		break;
	case SIGNAL:
		kill(run->main, action->value);
		break;
	}
}

static void tell(const struct run *run, const struct process *process)
{
	struct __ptrace_syscall_info info;

	if (run->told && ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, sizeof(info), &info) > 0)
		describe(run->told, process->pid, run->count, &info);
}

static void at_entry(struct run *run, struct process *process)
{
	run->count++;
	if (run->tells_all)
		tell(run, process);
	for (unsigned int i = 0; i < run->n_actions; i++) {
		if (run->actions[i].number != run->count)
			continue;
		if (!run->tells_all)
			tell(run, process);
		act(run, process, &run->actions[i]);
	}
}

static void at_syscall(struct run *run, struct process *process)
{
	process->inside = !process->inside;
	if (process->inside) {
		at_entry(run, process);
	} else if (process->injected) {
		set_answer(process->pid, process->injected);
		process->injected = 0;
	}
}

/* How a process goes on: without a stop at its calls once there is nothing to do at any of them. */
static int resume_request(const struct run *run, const struct process *process)
{
	bool is_done = !run->tells_all && run->n_actions > 0 && run->n_reached == run->n_actions;

	return is_done && !(process && process->injected) ? PTRACE_CONT : PTRACE_SYSCALL;
}

/* One stop or end of one process. */
static void handle(struct run *run, pid_t pid, int status)
{
	struct process *process = process_of(run, pid);
	int signal = 0;

	if (WIFEXITED(status) || WIFSIGNALED(status)) {
		if (process)
			process->pid = 0;
		if (pid == run->main)
			run->status = WIFEXITED(status) ? WEXITSTATUS(status)
							: 128 + WTERMSIG(status);
		return;
	}
	if (WSTOPSIG(status) == (SIGTRAP | 0x80) && process)
		at_syscall(run, process);
	else if (WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != SIGSTOP)
		signal = WSTOPSIG(status);
	ptrace(resume_request(run, process), pid, NULL, (void *)(long)signal);
}

static void start(char **command)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	execvp(command[0], command);
	perror(command[0]);
	_exit(127);
}

static int trace(struct run *run, char **command)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	int status;
	pid_t pid;

	run->main = fork();
	if (run->main == 0)
		start(command);
	if (run->main < 0 || waitpid(run->main, &status, 0) < 0)
		return 1;
	ptrace(PTRACE_SETOPTIONS, run->main, NULL, (void *)options);
	ptrace(PTRACE_SYSCALL, run->main, NULL, NULL);
	while ((pid = waitpid(-1, &status, __WALL)) > 0)
		handle(run, pid, status);
	return run->status;
}

static int usage(void)
{
	fprintf(stderr, "Usage: killat [--told FILE [--all]] [--kill N] "
			"[--fail N ERRNO]... [--signal N SIGNAL] COMMAND...\n");
	return 2;
}

static bool add_action(struct run *run, enum what what, const char *number, const char *value)
{
	struct action *action = &run->actions[run->n_actions];

	if (run->n_actions == MAX_ACTIONS)
		return false;
	run->n_actions++;
	*action = (struct action){ .number = strtoul(number, NULL, 10), .what = what };
	if (value)
		action->value = atoi(value);
	return action->number > 0 && (!value || action->value > 0);
}

/* How many of @argv were taken, with the option itself; 0 when it is none. */
static int parse_option(struct run *run, int left, char **argv)
{
	if (left > 1 && strcmp(argv[0], "--told") == 0)
		return (run->told = fopen(argv[1], "we")) ? 2 : 0;
	if (strcmp(argv[0], "--all") == 0) {
		run->tells_all = true;
		return 1;
	}
	if (left > 1 && strcmp(argv[0], "--kill") == 0)
		return add_action(run, KILL, argv[1], NULL) ? 2 : 0;
	if (left > 2 && strcmp(argv[0], "--fail") == 0)
		return add_action(run, FAIL, argv[1], argv[2]) ? 3 : 0;
	if (left > 2 && strcmp(argv[0], "--signal") == 0)
		return add_action(run, SIGNAL, argv[1], argv[2]) ? 3 : 0;
	return 0;
}

int main(int argc, char **argv)
{
	struct run run = {};
	int first = 1, status;

	while (first < argc && strncmp(argv[first], "--", 2) == 0) {
		int n = parse_option(&run, argc - first, argv + first);

		if (n == 0)
			return usage();
		first += n;
	}
	if (first >= argc)
		return usage();
	status = trace(&run, argv + first);
	if (run.told)
		fclose(run.told);
	return status;
}

#else

int main(void)
{
	fprintf(stderr, "cannot run here: killat knows x86-64 only\n");
	return 77;
}

#endif
