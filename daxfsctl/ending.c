// SPDX-License-Identifier: GPL-2.0-only
#include "ending.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

int ending_open(void)
{
	struct sigaction hangup;
	sigset_t signals;
	int fd;

	sigemptyset(&signals);
	/* A shell's background job ignores SIGINT from the start, but not for what waits by intent. */
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
		sigaddset(&signals, SIGHUP);
	fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return fd;
}

int ending_signal(int fd)
{
	struct signalfd_siginfo info;

	return read(fd, &info, sizeof(info)) == sizeof(info) ? (int)info.ssi_signo : 0;
}
