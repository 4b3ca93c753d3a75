/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An ELF note that names a library which is opened on first use, in the format of the UAPI group's
 * "ELF dlopen metadata", so that packaging tools still see the dependency.
 */
#ifndef DLOPEN_NOTE_H
#define DLOPEN_NOTE_H

#include <stdint.h>

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

#endif
