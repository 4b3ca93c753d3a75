/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's answer to an ioctl() of /proc/PID/maps, from 6.11 on: PROCMAP_QUERY, whose words Debian
 * 12's headers do not have. Mappings are told one by one, and only those that were asked for.
 */
#ifndef MAP_QUERY_H
#define MAP_QUERY_H

#include <stdint.h>
#include <sys/ioctl.h>

struct map_query {
	uint64_t size;	/* of this structure, as the caller knows it */
	uint64_t flags; /* which mappings */
	uint64_t address;
	/* from here on the answer, of which the first two are of interest */
	uint64_t start;
	uint64_t end; /* the address behind its last byte */
	uint64_t permissions;
	uint64_t page_size;
	uint64_t offset;
	uint64_t inode;
	uint32_t device_major, device_minor;
	uint32_t name_size, build_id_size; /* 0: neither is wanted */
	uint64_t name, build_id;
};

#define MAP_QUERY _IOWR('f', 17, struct map_query)

/* The mapping of a file, shared, at the address or else the next one above; ENOENT: no more. */
#define MAP_QUERY_SHARED_FILES (0x08 | 0x10 | 0x20)

#endif
