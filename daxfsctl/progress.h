/* SPDX-License-Identifier: GPL-2.0-only */
/* What a switch is waiting for, told while it waits: on a terminal, or as JSON lines on stderr. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "cmd.h"

enum progress_mode {
	PROGRESS_AUTO, /* on a terminal, for steps that take over a second */
	PROGRESS_NONE,
	PROGRESS_JSON, /* each step's begin and end, and each second of it */
};

struct progress;

/* The argument of --progress; told when it is none. */
enum status progress_parse(struct app *app, const char *text);

/*
 * From here on until progress_stop() the steps of the context are told, as app->progress says. NULL
 * when nobody is to be told, or when it cannot be done: a switch is not to fail for that.
 */
struct progress *progress_start(struct app *app);
struct progress *progress_stop(struct progress *progress);

#endif
