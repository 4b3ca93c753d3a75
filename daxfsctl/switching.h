/* SPDX-License-Identifier: GPL-2.0-only */
/* What the commands that switch devices share: a request carried out, and what came of it told. */
#ifndef SWITCHING_H
#define SWITCHING_H

#include "cmd.h"
#include "patience.h"
#include "select.h"

DEFINE_CLEANUP(struct daxfs_request *, daxfs_request_free)

/* Options that every command has that waits for the kernel: at the end of its list of options. */
enum {
	OPT_TIMEOUT = OPT_SHARED,
	OPT_PROGRESS,
};

#define WAITING_OPTS                                                       \
	{ "timeout", OPT_TIMEOUT, "SEC",                                   \
	  "leave an unbind behind that takes longer; 60, 0: never" },      \
	{                                                                  \
		"progress", OPT_PROGRESS, "HOW",                           \
			"auto: on a terminal; json: lines on stderr; none" \
	}

/* One of these options, its argument in optarg. */
enum status switch_option(struct app *app, int key);

/* The argument of --mode; told when it is no mode. */
enum status switch_parse_mode(struct app *app, const char *text, enum daxfs_mode *ret_mode);

/* What a command line says of memory on the way to system-ram. */
struct memory_args {
	bool no_online, no_movable;
};

/* Tells when they contradict each other or @mode, NULL: a mode that is not known yet. */
enum status switch_check_memory(struct app *app, const struct memory_args *memory,
				const enum daxfs_mode *mode);

/* The arguments that are left are devices; told when there is none and -r is not given either. */
enum status switch_take_devices(struct app *app, int argc, char **argv,
				struct selection *selection);

/* A request of these and of --lock-timeout, which the caller adds to. */
int switch_make_request(const struct app *app, const struct memory_args *memory, unsigned int flags,
			struct daxfs_request **ret_request);

/* What a switch would do to a device: its steps, or the refusal. */
enum status switch_dry_run(struct app *app, const char *name, const struct daxfs_request *request);

/* The steps to a device that is not there yet. */
enum status switch_show_plan(struct app *app, const struct daxfs_plan *plan);

/* Tells result and errors of a switch, or of a way back; returns its status. */
enum status switch_tell(struct app *app, const char *name, const struct daxfs_outcome *outcome);

/* All devices that are selected, together; without @patience each by switch_dry_run(). */
enum status switch_selected(struct app *app, const struct selection *selection,
			    const struct patience *patience, struct daxfs_request *request);

#endif
