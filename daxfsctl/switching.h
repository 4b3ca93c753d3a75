/* SPDX-License-Identifier: GPL-2.0-only */
/* What the commands that switch devices share: a request carried out, and what came of it told. */
#ifndef SWITCHING_H
#define SWITCHING_H

#include "cmd.h"
#include "patience.h"
#include "select.h"

DEFINE_CLEANUP(struct daxfs_request *, daxfs_request_free)

/* Keys of the options that several commands have; each names those it has in its own words. */
enum {
	OPT_TIMEOUT = OPT_SHARED,
	OPT_PROGRESS,
	OPT_DRY_RUN,
	OPT_NO_MOVABLE,
	OPT_ALLOW_CAPTURE,
	OPT_WAIT,
	OPT_INPUT,
	OPT_DISCARD_POISON,
};

/* Options of every command that waits for the kernel: at the end of its list of options. */
#define WAITING_OPTS                                                       \
	{ "timeout", OPT_TIMEOUT, "SEC",                                   \
	  "leave an unbind behind that takes longer; 60, 0: never" },      \
	{                                                                  \
		"progress", OPT_PROGRESS, "HOW",                           \
			"auto: on a terminal; json: lines on stderr; none" \
	}

/* What these options say, and -m, -r, -N, -f. */
struct switch_args {
	bool has_mode, dry_run;
	bool no_online, no_movable; /* memory on the way to system-ram */
	enum daxfs_mode mode;
	unsigned int flags; /* enum daxfs_flag */
	struct patience patience;
	struct selection selection;
	const char *input; /* --input: the file */
};

/* One of WAITING_OPTS, its argument in optarg; any other key is none. */
enum status waiting_option(struct app *app, int key);

/* Any of these options. */
enum status switch_option(struct app *app, int key, struct switch_args *args);

/* The argument of an option that takes bytes; told when it is no size. */
enum status switch_parse_bytes(struct app *app, const char *option, bool *ret_has,
			       uint64_t *ret_bytes);

/* Tells when what is said of memory contradicts itself, or the mode if there is one. */
enum status switch_check_memory(struct app *app, const struct switch_args *args);

/* The arguments that are left are devices; told when there is none and -r is not given either. */
enum status switch_take_devices(struct app *app, int argc, char **argv, struct switch_args *args);

/* A request of all this and of --lock-timeout, which the caller adds to. */
int switch_make_request(const struct app *app, const struct switch_args *args,
			struct daxfs_request **ret_request);

/* The whole of a command that has no options but these; @args is what it asks for without any. */
enum status switch_command(struct app *app, int argc, char **argv, struct switch_args *args);

/* What a switch would do to a device: its steps, or the refusal. */
enum status switch_dry_run(struct app *app, const char *name, const struct daxfs_request *request);

/* The steps to a device that is not there yet. */
enum status switch_show_plan(struct app *app, const struct daxfs_plan *plan);

/* Tells result and errors of a switch, or of a way back; returns its status. */
enum status switch_tell(struct app *app, const char *name, const struct daxfs_outcome *outcome);

/* Devices by their names, together; with --dry-run each by switch_dry_run(). */
enum status switch_listed(struct app *app, const struct switch_args *args, char **names, size_t n,
			  struct daxfs_request *request);

/* The same of all devices that are selected. */
enum status switch_selected(struct app *app, const struct switch_args *args,
			    struct daxfs_request *request);

#endif
