// SPDX-License-Identifier: GPL-2.0-only
/*
 * cost COMMAND...: the microseconds that COMMAND and its children had a processor, those that went by,
 * and the KiB that it had at most. Its output goes nowhere; its exit status is this one's.
 *
 * On a machine that counts instructions, with one each nanosecond, the first is thousands of them.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static unsigned long long now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ULL + now.tv_nsec / 1000;
}

static unsigned long long to_us(const struct timeval *time)
{
	return time->tv_sec * 1000000ULL + time->tv_usec;
}

int main(int argc, char **argv)
{
	unsigned long long begin = now_us();
	struct rusage usage;
	int status;
	pid_t pid;

	if (argc < 2)
		return 2;
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		if (null < 0 || dup2(null, STDOUT_FILENO) < 0)
			_exit(126);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0) {
		perror("cost");
		return 1;
	}
	printf("%llu %llu %ld\n", to_us(&usage.ru_utime) + to_us(&usage.ru_stime), now_us() - begin,
	       usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
