/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Kernel modules, through libkmod: whether one can be had, and loading it. */
#ifndef MODULE_H
#define MODULE_H

#include "private.h"

enum module_state {
	MODULE_UNKNOWN, /* a recorded tree: nobody can tell */
	MODULE_LIVE,	/* loaded or built in */
	MODULE_LOADABLE,
	MODULE_NOT_FOUND,
	MODULE_BLACKLISTED,
	MODULE_OVERRIDDEN, /* modprobe.d has an install command in its place */
};

/* Whether @module can be had, without loading it; -errno only when libkmod itself fails. */
int module_check(struct daxfs_ctx *ctx, const char *module, enum module_state *ret_state);

/*
 * Says why @module, in @state, cannot be had for @device. Returns a negative errno for the states
 * that are refusals, 0 for the others.
 */
int module_refuse(struct daxfs_ctx *ctx, const char *device, const char *module,
		  enum module_state state);

/* Loads @module with what it depends on, for @device; one that is there already is a success. */
int module_load(struct daxfs_ctx *ctx, const char *device, const char *module);

/* What the file of a module says of itself; NULL where it says nothing. */
struct module_info {
	char *path;
	char *version;
	char *srcversion;
	char *fixes; /* of the DKMS package's: which defects of the kernel's own it does not have */
	char *signer;
	bool is_signed;
};

/* Of the file that would be loaded as @module; -ENOENT when there is none, or it is built in. */
int module_read_info(struct daxfs_ctx *ctx, const char *module, struct module_info *ret_info);
void module_info_done(struct module_info *info);

/* Whether the kernel loads signed modules only: module.sig_enforce, or lockdown. */
bool module_wants_signatures(struct daxfs_ctx *ctx);

#endif
