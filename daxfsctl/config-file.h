/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Configuration: which devices are to be in which mode, as /etc/daxfsctl.conf.d says it, and
 * /etc/daxctl.conf.d of daxctl. A section matches a device when all of its match keys hold;
 * at most one section may match a device.
 */
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

#include "libdaxfs.h"

enum config_key {
	/* what a device has to be */
	CONFIG_NAME,
	CONFIG_KIND,
	CONFIG_UUID,
	CONFIG_RESOURCE,
	CONFIG_SIZE,
	CONFIG_CXL_REGION,
	CONFIG_TARGET_NODE,
	CONFIG_NUMA_NODE,
	/* what it shall be */
	CONFIG_MODE,
	CONFIG_ALIGN,
	CONFIG_ONLINE,
	CONFIG_MOVABLE,
	CONFIG_ON_FAILURE,
	CONFIG_N_KEYS,
};

/* What a device that did not get what it should does to the command that applies it. */
enum config_on_failure {
	CONFIG_FAIL,   /* the command fails */
	CONFIG_IGNORE, /* it is told, and that is all */
};

/* Whose files they are. */
enum config_dialect {
	CONFIG_OURS,
	CONFIG_DAXCTL, /* only [reconfigure-device], and other sections are not our affair */
};

struct config_section {
	char *file;
	unsigned int line;  /* of its title */
	char *title;	    /* "device pool": what is between the brackets */
	unsigned int given; /* bits of enum config_key: which of the following */

	char *name; /* "dax0.0" */
	enum daxfs_kind kind;
	char *uuid; /* of the namespace, or of the nd device */
	uint64_t resource;
	uint64_t size;
	char *cxl_region; /* "region0" */
	int target_node;
	int numa_node;

	enum daxfs_mode mode;
	uint64_t align;
	bool online; /* these three have defaults: all but kernel zones, and failing */
	bool movable;
	enum config_on_failure on_failure;
};

struct config {
	struct config_section *sections; /* in the order of files and lines */
	size_t n_sections;
};

/*
 * All of these return 0 or a negative errno. On failure *ret_error, to be freed, says why, as
 * "FILE:LINE: unknown key 'x'"; NULL without memory.
 */

/* An empty configuration. NULL without memory. */
struct config *config_new(void);
struct config *config_free(struct config *config);

/* Adds what @text, of the file @file, says. -EINVAL for what is wrong with it. */
int config_parse(struct config *config, const char *file, enum config_dialect dialect,
		 const char *text, size_t length, char **ret_error);

/* Adds the files DIR/X.conf, in the order of their names. No such directory: nothing. */
int config_read_directory(struct config *config, const char *dir, enum config_dialect dialect,
			  char **ret_error);

static inline bool config_has(const struct config_section *section, enum config_key key)
{
	return section->given & 1U << key;
}

/* What is to be done with memory blocks on the way to system-ram. */
enum daxfs_online config_online(const struct config_section *section);

/* Whether all that the section wants of a device holds of it; what is not known does not hold. */
bool config_section_matches(const struct config_section *section,
			    const struct daxfs_device *device);

/*
 * The section for a device, which needs its sections DETAIL and BACKING; NULL for none. -ENOTUNIQ,
 * with both named, when several match.
 */
int config_match(const struct config *config, const struct daxfs_device *device,
		 const struct config_section **ret_section, char **ret_error);

#endif
