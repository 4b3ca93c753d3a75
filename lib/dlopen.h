/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Libraries that few commands need are opened on first use: `daxfsctl list` should not load
 * libkmod, which brings libcrypto along. A DLOPEN_NOTE() names each of them.
 */
#ifndef DLOPEN_H
#define DLOPEN_H

#include <stddef.h>

#include "dlopen-note.h"
#include "libdaxfs.h"

/* One function of an opened library: its name, and the pointer that receives its address. */
struct dlopen_symbol {
	const char *name;
	void **address;
};

/*
 * Opens @soname and finds every symbol. Returns NULL, or what the loader said. The library stays
 * open for the life of the process: closing one that keeps state of its own (libcrypto) is not safe.
 */
const char *dlopen_find(const char *soname, const struct dlopen_symbol *symbols, size_t n_symbols);
/* The same; returns 0, or -ELIBACC after daxfs_fail() with what the loader said. */
int dlopen_symbols(struct daxfs_ctx *ctx, const char *soname, const struct dlopen_symbol *symbols,
		   size_t n_symbols);

#endif
