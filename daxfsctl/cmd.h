/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the program share: commands, options, exit statuses. */
#ifndef CMD_H
#define CMD_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "cleanup.h"
#include "libdaxfs.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF_FORMAT(fmt, args) __attribute__((format(printf, fmt, args)))

DEFINE_CLEANUP(struct daxfs_ctx *, daxfs_ctx_unref)
DEFINE_CLEANUP(struct daxfs_device *, daxfs_device_unref)
DEFINE_CLEANUP(struct daxfs_region *, daxfs_region_unref)
DEFINE_CLEANUP(char **, daxfs_free_names)

/* Exit statuses; the classes of the library's errors have the same values. */
enum status {
	STATUS_OK = DAXFS_CLASS_OK,
	STATUS_FAILED = DAXFS_CLASS_FAILED,
	STATUS_USAGE = DAXFS_CLASS_INVALID,
	STATUS_NO_DEVICE = DAXFS_CLASS_NO_DEVICE,
	STATUS_PERMISSION = DAXFS_CLASS_PERMISSION,
	STATUS_BUSY = DAXFS_CLASS_BUSY,
	STATUS_UNSUPPORTED = DAXFS_CLASS_UNSUPPORTED,
	STATUS_NOT_RESTORED = DAXFS_CLASS_NOT_RESTORED,
	STATUS_REBOOT = DAXFS_CLASS_REBOOT,
	STATUS_FINDINGS = 9,
};

/* Of several devices, among those that failed: 8, then 7, then their common status, else 1. */
static inline enum status status_merge(enum status a, enum status b)
{
	if (a == STATUS_OK || a == b)
		return b;
	if (b == STATUS_OK)
		return a;
	if (a == STATUS_REBOOT || b == STATUS_REBOOT)
		return STATUS_REBOOT;
	if (a == STATUS_NOT_RESTORED || b == STATUS_NOT_RESTORED)
		return STATUS_NOT_RESTORED;
	return STATUS_FAILED;
}

/* Milliseconds of a clock that nobody sets; for deadlines and durations. */
static inline uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct output;
struct app;

/*
 * An option: getopt_long()'s table and --help are both made from it, so they cannot differ.
 * A list of options ends with an empty entry.
 */
struct opt {
	const char *name; /* long name, without dashes */
	int key;	  /* the short option if it is a character, else from OPT_FIRST on */
	const char *arg;  /* what --help calls the argument; NULL: takes none */
	const char *help; /* one line; NULL: accepted, but not shown */
};

/*
 * The first key of options without a short form; those that several commands share begin at
 * OPT_SHARED, the global ones at OPT_GLOBAL.
 */
#define OPT_FIRST 256
#define OPT_SHARED 512
#define OPT_GLOBAL 1024

struct cmd {
	const char *name;
	const char *summary; /* one line, for the list of commands */
	const char *args;    /* "DEVICE..."; NULL: takes none */
	const char *about;   /* more lines for --help; may be NULL */
	const struct opt *opts;
	void (*print_more)(FILE *f); /* what --help has to say at the end; may be NULL */
	/* argv[0] is the command's name. */
	enum status (*run)(struct app *app, int argc, char **argv);
};

struct app {
	const struct cmd *cmd;
	struct daxfs_ctx *ctx;
	struct output *out;
	bool json;
	bool compat; /* it speaks as daxctl does; not with --json */
	bool verbose;
	bool human;
	bool yes;
	const char *sysroot;	 /* of --sysroot; NULL: this machine */
	bool ignored_sigpipe;	 /* by the caller: what is run from here inherits that */
	enum status stop_status; /* after OPT_STOP */
	bool has_lock_timeout;
	unsigned int lock_timeout_ms;
	int progress; /* enum progress_mode */
};

/* What app_getopt() returns besides the keys of the command's options. */
enum {
	OPT_END = -1,  /* the rest of argv, from optind on, are arguments */
	OPT_STOP = -2, /* --help was answered, or a usage error told: return app->stop_status */
};

/*
 * The next option of the command, its argument in optarg; global options are dealt with on the way.
 * Options may follow arguments, up to "--".
 */
int app_getopt(struct app *app, const struct cmd *cmd, int argc, char **argv);
/* Tells what is wrong with the call; returns STATUS_USAGE. */
enum status usage_error(struct app *app, const char *format, ...) PRINTF_FORMAT(2, 3);
/* Tells the context's last error; returns its class as a status. */
enum status lib_error(struct app *app, int r);

/* options.c */

extern const struct opt global_opts[];
/* A whole number of seconds, or a fraction as "0.5"; told with the option's name when it is not. */
bool parse_seconds(struct app *app, const char *option, const char *text, unsigned int *ret_ms);

/* daxfsctl.c */

extern const struct cmd *const commands[]; /* ends with NULL */
const struct cmd *find_command(const char *name);
/* Tells that there is no such command, and which may be meant; returns STATUS_USAGE. */
enum status unknown_command(struct app *app, const char *name);

/* cmd-help.c: of a command; NULL: of the program. */
enum status show_help(struct app *app, const struct cmd *cmd);
/* cmd-version.c */
enum status show_version(struct app *app);

/* suggest.c */

/* Finds what a mistyped word may have been: ask for each candidate, then look at .best. */
struct suggestion {
	const char *word;
	const char *best; /* NULL: none is close */
	size_t distance;
};
void suggest(struct suggestion *suggestion, const char *candidate);

/* One of these per file. */
extern const struct cmd cmd_apply;
extern const struct cmd cmd_complete;
extern const struct cmd cmd_config;
extern const struct cmd cmd_check;
extern const struct cmd cmd_clear;
extern const struct cmd cmd_create;
extern const struct cmd cmd_destroy;
extern const struct cmd cmd_disable;
extern const struct cmd cmd_doctor;
extern const struct cmd cmd_dump;
extern const struct cmd cmd_enable;
extern const struct cmd cmd_help;
extern const struct cmd cmd_inject;
extern const struct cmd cmd_list;
extern const struct cmd cmd_metrics;
extern const struct cmd cmd_monitor;
extern const struct cmd cmd_offline_memory;
extern const struct cmd cmd_online_memory;
extern const struct cmd cmd_reconfigure;
extern const struct cmd cmd_recover;
extern const struct cmd cmd_run;
extern const struct cmd cmd_version;
extern const struct cmd cmd_wait;

#endif
