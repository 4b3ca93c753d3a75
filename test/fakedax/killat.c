// SPDX-License-Identifier: GPL-2.0-only
/*
 * killat [--list FILE | --kill N | --fail N ERRNO] [--told FILE] COMMAND...: runs COMMAND, of which
 * every system call has a number, from 1 on, counted over all its processes.
 *
 *	--list FILE	writes a line for each: number, name, path (of its file, "-" without one)
 *	--kill N	kills the process before its Nth call
 *	--fail N ERRNO	the Nth call is not made and answers -ERRNO
 *	--told FILE	"yes" when call N was reached
 *
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

struct process {
	pid_t pid;
	bool inside;  /* between entry and exit of a call */
	int injected; /* the errno that its call is going to answer */
};

struct run {
	FILE *list;
	const char *told;
	unsigned long count;
	unsigned long target;
	int err; /* 0: kill */
	bool reached;
	bool done; /* nothing more to do: let it run */
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

static void at_entry(struct run *run, struct process *process)
{
	struct __ptrace_syscall_info info;

	run->count++;
	if (run->list && ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, sizeof(info), &info) > 0)
		describe(run->list, process->pid, run->count, &info);
	if (run->count != run->target)
		return;
	run->reached = true;
	if (run->err) {
		skip_call(process->pid);
		process->injected = run->err;
	} else {
		kill(process->pid, SIGKILL);
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
		run->done = true;
	}
}

/* One stop or end of one process; false when the main process has ended. */
static bool handle(struct run *run, pid_t pid, int status)
{
	struct process *process = process_of(run, pid);
	int signal = 0;

	if (WIFEXITED(status) || WIFSIGNALED(status)) {
		if (process)
			process->pid = 0;
		if (pid != run->main)
			return true;
		run->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		return false;
	}
	if (WSTOPSIG(status) == (SIGTRAP | 0x80) && process)
		at_syscall(run, process);
	else if (WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != SIGSTOP)
		signal = WSTOPSIG(status);
	ptrace(run->done ? PTRACE_CONT : PTRACE_SYSCALL, pid, NULL, (void *)(long)signal);
	return true;
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
		if (!handle(run, pid, status))
			break;
	return run->status;
}

static int parse(struct run *run, int argc, char **argv)
{
	int i = 1;

	for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
		if (strcmp(argv[i], "--list") == 0 && i + 1 < argc) {
			run->list = fopen(argv[++i], "we");
		} else if (strcmp(argv[i], "--told") == 0 && i + 1 < argc) {
			run->told = argv[++i];
		} else if (strcmp(argv[i], "--kill") == 0 && i + 1 < argc) {
			run->target = strtoul(argv[++i], NULL, 10);
		} else if (strcmp(argv[i], "--fail") == 0 && i + 2 < argc) {
			run->target = strtoul(argv[++i], NULL, 10);
			run->err = atoi(argv[++i]);
		} else {
			return argc;
		}
	}
	return i;
}

int main(int argc, char **argv)
{
	struct run run = {};
	int first = parse(&run, argc, argv), status;
	FILE *told;

	if (first >= argc) {
		fprintf(stderr, "Usage: killat [--list FILE | --kill N | --fail N ERRNO] "
				"[--told FILE] COMMAND...\n");
		return 2;
	}
	status = trace(&run, argv + first);
	if (run.list)
		fclose(run.list);
	told = run.told ? fopen(run.told, "we") : NULL;
	if (told) {
		fputs(run.reached ? "yes\n" : "no\n", told);
		fclose(told);
	}
	return status;
}

#else

int main(void)
{
	fprintf(stderr, "cannot run here: killat knows x86-64 only\n");
	return 77;
}

#endif
