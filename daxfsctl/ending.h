/* SPDX-License-Identifier: GPL-2.0-only */
/* Signals that end a wait, as an event among others. */
#ifndef ENDING_H
#define ENDING_H

/*
 * A file that is readable once SIGINT, SIGTERM or SIGHUP came, which do nothing else from here on; a
 * SIGHUP that the caller ignores stays ignored. A negative errno when there is none to be had.
 */
int ending_open(void);

/* The signal that came, 0 when none did. */
int ending_signal(int fd);

#endif
