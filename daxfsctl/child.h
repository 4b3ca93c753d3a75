/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program that is run for the caller and gets the signals that this one gets, which outlives it.
 *
 *	struct child child;
 *	child_prepare(&child, ignored_sigpipe);
 *	...	signals wait from here on
 *	child_run(&child, argv, &status)
 */
#ifndef CHILD_H
#define CHILD_H

#include <signal.h>
#include <stdbool.h>

struct child {
	sigset_t signals; /* those that would end this process, or mean something to the other */
	/* Where its output goes; -1: where this process's goes. */
	int stdout_fd;
	int stderr_fd;
	bool stdout_closed; /* the caller had closed it */

	/* What it inherits as the caller gave it, though this process has it otherwise. */
	sigset_t mask;
	void (*on_sigchld)(int);
	bool ignored_sigpipe;
};

/* Blocks the signals, but those that the caller ignores. */
void child_prepare(struct child *child, bool ignored_sigpipe);

/* One of the signals that came meanwhile; 0: none did. */
int child_take_signal(const struct child *child);

/* Whether execvp() would find it: 0, -ENOENT, -EACCES or the like. */
int child_find(const char *file);

/*
 * Runs it until it ends. 0 and in *ret_status what waitpid() tells; a negative errno when it could
 * not be started.
 */
int child_run(const struct child *child, char **argv, int *ret_status);

#endif
