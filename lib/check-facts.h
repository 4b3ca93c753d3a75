/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the checks of a device compare, besides what a plan depends on anyway. All of it is read by
 * check_gather(); what cannot be had is marked so, and the checks themselves do no I/O.
 */
#ifndef CHECK_FACTS_H
#define CHECK_FACTS_H

#include "facts.h"
#include "iomem.h"

/* A number that this kernel may not tell, or not to everybody. */
struct known_u64 {
	bool is_known;
	uint64_t value;
};

/* What fixes a static device: its parent, the nd device, and the namespace behind that. */
struct backing_facts {
	bool has_namespace; /* the parent names one */
	struct known_u64 namespace_start, namespace_size;
	struct known_u64 data_start, data_size, align; /* of the nd device */
	char map_mode[8]; /* "pmem": the page map is on the device; "ram"; "" when unknown */
	char *aligns;	  /* that it could have, separated by blanks; NULL when unknown */
};

/* Another device of the same region. */
struct sibling {
	char name[DEVICE_NAME_MAX];
	uint64_t size;
	struct daxfs_range *ranges;
	size_t n_ranges;
};

/* Where a file that somebody wrote says something: a rule of udev. */
struct place_in_file {
	char *path; /* NULL: nothing was found */
	unsigned int line;
};

enum signature {
	SIGNATURE_UNKNOWN,
	SIGNATURE_MISSING,
	SIGNATURE_PRESENT,
};

struct check_facts {
	const struct daxfs_device *device; /* whose they are */
	bool is_deep;			   /* also what only warnings come from was read */

	/* A mapping that ends before it starts, for which the device has no ranges. */
	bool has_reversed;
	size_t reversed_index;
	struct daxfs_range reversed;

	int iomem_err; /* positive; 0: it was read */
	struct iomem_entry *entries;
	size_t n_entries;
	char owner[64]; /* what the region is called in /proc/iomem; "" when it has no name there */

	struct known_u64 bounds_start, bounds_size; /* of a CXL region, in physical addresses */
	struct backing_facts backing;
	struct sibling *siblings;
	size_t n_siblings;

	struct known_u64 mem_available;
	bool memmap_on_memory; /* kmem may put the page map onto the device */
	char machine[72];      /* as uname -m; "" when unknown */
	bool wants_signatures; /* the kernel loads signed modules only */
	enum signature signature;
	char *module_path;	/* of the mode's module, whose signature it is; NULL when unknown */
	bool has_left_page_map; /* by the kernel's log */
	int log_err;		/* positive; 0: it was read */
	struct place_in_file udev_online;
};

/*
 * Reads all of it for the device of @facts in @mode, and gives it to them. With @deep also what no
 * refusal comes from, and the other devices of the region. Only -ENOMEM and the like is a failure.
 */
int check_gather(struct daxfs_ctx *ctx, struct facts *facts, enum daxfs_mode mode, bool deep);
struct check_facts *check_facts_free(struct check_facts *check);
/* What of it plans share, between looks_begin() and looks_end(). */
struct machine_look *machine_look_free(struct machine_look *look);

DEFINE_CLEANUP(struct check_facts *, check_facts_free)

/* check-text.c: the parts of it that are in text of others' making; pure but for the reading */

/* Of "MemAvailable:   123 kB" in /proc/meminfo, by its @key; -ENOENT when it is not there. */
int meminfo_find(FILE *meminfo, const char *key, uint64_t *ret_bytes);
/* Whether the last that a log in the form of /dev/kmsg says of @device is its left page map. */
int check_find_page_map(FILE *log, const char *device, bool *ret_found);
/* The first line of a file of rules that onlines memory blocks; -ENOENT when there is none. */
int check_find_online_rule(FILE *rules, unsigned int *ret_line);

#endif
