/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From device arguments to devices.
 *
 * An argument is dax0.0, /dev/dax0.0, 0.0, a glob, "all", uuid:UUID, resource:ADDRESS or cxl:REGION.
 */
#ifndef SELECT_H
#define SELECT_H

#include "cmd.h"

/* Which devices; the empty value selects nothing, so that a forgotten one is no disaster. */
enum select_scope {
	SELECT_NOTHING,
	SELECT_ALL,
	SELECT_ARGS,
};

struct selection {
	enum select_scope scope;
	char **args; /* SELECT_ARGS */
	size_t n_args;
	const char *region; /* -r: "0", "region0", "all"; NULL: any */
	bool idle;	    /* globs and "all" take idle devices of size 0 too */
	bool must_match; /* that nothing is selected is an error, as for every command that writes */
};

/* One device that was selected. */
struct pick {
	unsigned int region;
	unsigned int id;
	bool named; /* by name: it must be there, and is taken even when idle */
};

/* "dax0.0" of a pick. */
struct pick_name {
	char text[DAXFS_DEVICE_NAME_SIZE];
};
struct pick_name pick_name(const struct pick *pick);

/*
 * The devices that are selected, in order of region and id, each once; *ret_picks is to be freed.
 * Tells what could not be found and returns the status for it; the rest is there all the same,
 * except after STATUS_USAGE, when nothing is. Whether they still exist shows when they are read.
 */
enum status select_picks(struct app *app, const struct selection *selection,
			 struct pick **ret_picks, size_t *ret_n);

/*
 * Reads the device of a pick. Tells an error and returns its status; a device that has gone
 * meanwhile is an error only if it was named. *ret_device is NULL when there is none to look at.
 */
enum status select_read(struct app *app, const struct pick *pick, unsigned int sections,
			struct daxfs_device **ret_device);

/* Whether the selection leaves a device out because it is idle; told in -v. */
bool select_skips(struct app *app, const struct selection *selection, const struct pick *pick,
		  const struct daxfs_device *device);

/*
 * All of the above for commands that want names: those of the devices that are there and not left
 * out. Use with must_match. *ret_names is to be given to daxfs_free_names().
 */
enum status select_names(struct app *app, const struct selection *selection, char ***ret_names,
			 size_t *ret_n);

#endif
