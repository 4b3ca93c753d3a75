/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All that a plan depends on, gathered before it is made: planning itself does no I/O. */
#ifndef FACTS_H
#define FACTS_H

#include "memory.h"
#include "module.h"
#include "private.h"
#include "request.h"

/* What /sys/devices/system/memory/auto_online_blocks makes of memory that kmem adds. */
enum online_policy {
	POLICY_UNKNOWN,
	POLICY_OFFLINE,
	POLICY_ONLINE,
	POLICY_ONLINE_KERNEL,
	POLICY_ONLINE_MOVABLE,
};

/* Whether a driver matches a device by the type of its region, without an id. */
enum match {
	MATCH_UNKNOWN,
	MATCH_NO,
	MATCH_YES,
};

/* Another device that is bound to nothing, not empty, and so can be captured. */
struct neighbour {
	char name[DEVICE_NAME_MAX];
	enum daxfs_kind kind;
};

/* A range that a device of the region has. */
struct taken {
	char name[DEVICE_NAME_MAX];
	struct daxfs_range range;
};
struct check_facts;

struct facts {
	struct daxfs_device *device;	/* with DETAIL, MAPPINGS and MEMORY */
	bool driver_present[N_DRIVERS]; /* in the order of mode_drivers[] */
	enum module_state module;	/* of the mode that is asked for */
	bool autoprobe; /* the bus binds by itself when a module is loaded, as has to be done */
	enum match hmem_is_kmem_type;
	uint64_t page_size;
	bool has_available_size, has_region_size;
	uint64_t available_size; /* of the region */
	uint64_t region_size;
	uint64_t block_size; /* of memory; 0 where there is no memory hotplug */
	enum online_policy policy;
	struct memory_block *blocks; /* of a device in system-ram mode */
	size_t n_blocks;
	bool has_blocks;
	struct neighbour *neighbours;
	size_t n_neighbours;
	struct taken *taken; /* where ranges are asked for; of the device itself, too */
	size_t n_taken;
	struct check_facts *check; /* what check_gather() added, or NULL */
};

/* Reads all of it for @device_name; reads only. The result is freed by facts_free(). */
int facts_gather(struct daxfs_ctx *ctx, const char *device_name,
		 const struct daxfs_request *request, struct facts **ret_facts);
struct facts *facts_free(struct facts *facts);
/* What of them plans share, between looks_begin() and looks_end(). */
struct bus_look *bus_look_free(struct bus_look *look);

DEFINE_CLEANUP(struct facts *, facts_free)

/* The index of @driver in mode_drivers[]; -ENOENT for a driver that is not there. */
int driver_index(const char *driver);
bool facts_driver_present(const struct facts *facts, const char *driver);

/*
 * Whether @driver takes a device of @kind without an id. hmem regions are of kmem's type unless
 * dax_hmem was loaded with region_idle=1; CXL regions always are; pmem is of device_dax's.
 * fsdev_dax matches no type. See dax_match_type() in drivers/dax/bus.c.
 */
enum match facts_match(const struct facts *facts, const char *driver, enum daxfs_kind kind);

const char *policy_to_string(enum online_policy policy);
/* What is in force now. */
enum online_policy facts_read_policy(struct daxfs_ctx *ctx);

#endif
