/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Libraries that few commands need are opened on first use: `daxfsctl list` should not load
 * libkmod, which brings libcrypto along. An ELF note names each of them, in the format of the UAPI
 * group's "ELF dlopen metadata", so that packaging tools still see the dependency.
 */
#ifndef DLOPEN_H
#define DLOPEN_H

#include <stdint.h>

#include "private.h"

#define DLOPEN_NOTE_TYPE 0x407c0c0aU

#define DLOPEN_NOTE(name, feature, description, soname)                                           \
	static const struct {                                                                     \
		uint32_t n_owner, n_json, type;                                                   \
		char owner[4];                                                                    \
		char json[(sizeof("[{\"feature\":\"" feature "\",\"description\":\"" description  \
				  "\",\"priority\":\"required\",\"soname\":[\"" soname "\"]}]") + \
			   3) &                                                                   \
			  ~3UL];                                                                  \
	} dlopen_note_##name __attribute__((used, aligned(4), section(".note.dlopen"))) = {       \
		.n_owner = 4,                                                                     \
		.n_json = sizeof("[{\"feature\":\"" feature "\",\"description\":\"" description   \
				 "\",\"priority\":\"required\",\"soname\":[\"" soname "\"]}]"),   \
		.type = DLOPEN_NOTE_TYPE,                                                         \
		.owner = "FDO",                                                                   \
		.json = "[{\"feature\":\"" feature "\",\"description\":\"" description            \
			"\",\"priority\":\"required\",\"soname\":[\"" soname "\"]}]",             \
	}

/* One function of an opened library: its name, and the pointer that receives its address. */
struct dlopen_symbol {
	const char *name;
	void **address;
};

/*
 * Opens @soname and finds every symbol. Returns 0, or -ELIBACC after daxfs_fail() with what the
 * loader said. The library stays open for the life of the process: closing one that keeps state
 * of its own (libcrypto) is not safe.
 */
int dlopen_symbols(struct daxfs_ctx *ctx, const char *soname, const struct dlopen_symbol *symbols,
		   size_t n_symbols);

#endif
