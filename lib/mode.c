// SPDX-License-Identifier: LGPL-2.1-or-later
/* The one table of modes, and the names of kinds, states and results. */
#include <string.h>

#include "private.h"

static const struct {
	const char *name;
	const char *driver; /* in /sys/bus/dax/drivers */
	const char
		*module; /* as modprobe knows it: file names say "-" or "_", libkmod takes either */
} modes[] = {
	[DAXFS_MODE_DEVDAX] = { "devdax", "device_dax", "device_dax" },
	[DAXFS_MODE_FAMFS] = { "famfs", "fsdev_dax", "fsdev_dax" },
	[DAXFS_MODE_SYSTEM_RAM] = { "system-ram", "kmem", "kmem" },
	[DAXFS_MODE_OTHER] = { "other", NULL, NULL },
};

static const char *const kinds[] = {
	[DAXFS_KIND_OTHER] = "other",
	[DAXFS_KIND_PMEM] = "pmem",
	[DAXFS_KIND_HMEM] = "hmem",
	[DAXFS_KIND_CXL] = "cxl",
};

static const char *const states[] = {
	[DAXFS_STATE_ENABLED] = "enabled",
	[DAXFS_STATE_DISABLED] = "disabled",
	[DAXFS_STATE_STRANDED] = "stranded",
};

static const char *const results[] = {
	[DAXFS_RESULT_CHANGED] = "changed", [DAXFS_RESULT_UNCHANGED] = "unchanged",
	[DAXFS_RESULT_REFUSED] = "refused", [DAXFS_RESULT_ROLLED_BACK] = "rolled-back",
	[DAXFS_RESULT_FAILED] = "failed",
};

const char *const mode_drivers[N_DRIVERS] = { "device_dax", "fsdev_dax", "kmem" };

DAXFS_EXPORT const char *daxfs_mode_to_string(enum daxfs_mode mode)
{
	return (size_t)mode < ARRAY_SIZE(modes) ? modes[mode].name : NULL;
}

DAXFS_EXPORT int daxfs_mode_from_string(const char *name, enum daxfs_mode *ret_mode)
{
	for (size_t i = DAXFS_MODE_DEVDAX; i < DAXFS_MODE_OTHER; i++)
		if (strcmp(name, modes[i].name) == 0 || strcmp(name, modes[i].driver) == 0) {
			*ret_mode = i;
			return 0;
		}
	if (strcmp(name, "fsdev") == 0) {
		*ret_mode = DAXFS_MODE_FAMFS;
		return 0;
	}
	return -EINVAL;
}

DAXFS_EXPORT const char *daxfs_mode_get_driver(enum daxfs_mode mode)
{
	return (size_t)mode < ARRAY_SIZE(modes) ? modes[mode].driver : NULL;
}

const char *mode_module(enum daxfs_mode mode)
{
	return (size_t)mode < ARRAY_SIZE(modes) ? modes[mode].module : NULL;
}

enum daxfs_mode mode_from_driver(const char *driver)
{
	if (!driver)
		return DAXFS_MODE_NONE;
	for (size_t i = DAXFS_MODE_DEVDAX; i < DAXFS_MODE_OTHER; i++)
		if (strcmp(driver, modes[i].driver) == 0)
			return i;
	return DAXFS_MODE_OTHER;
}

static int find(const char *const *names, size_t n, const char *name, unsigned int *ret_index)
{
	for (size_t i = 0; i < n; i++)
		if (names[i] && strcmp(names[i], name) == 0) {
			*ret_index = i;
			return 0;
		}
	return -EINVAL;
}

DAXFS_EXPORT const char *daxfs_kind_to_string(enum daxfs_kind kind)
{
	return (size_t)kind < ARRAY_SIZE(kinds) ? kinds[kind] : NULL;
}

DAXFS_EXPORT int daxfs_kind_from_string(const char *name, enum daxfs_kind *ret_kind)
{
	unsigned int i;
	int r = find(kinds, ARRAY_SIZE(kinds), name, &i);

	if (r == 0)
		*ret_kind = i;
	return r;
}

DAXFS_EXPORT const char *daxfs_state_to_string(enum daxfs_state state)
{
	return (size_t)state < ARRAY_SIZE(states) ? states[state] : NULL;
}

DAXFS_EXPORT int daxfs_state_from_string(const char *name, enum daxfs_state *ret_state)
{
	unsigned int i;
	int r = find(states, ARRAY_SIZE(states), name, &i);

	if (r == 0)
		*ret_state = i;
	return r;
}

DAXFS_EXPORT const char *daxfs_result_to_string(enum daxfs_result result)
{
	return (size_t)result < ARRAY_SIZE(results) ? results[result] : NULL;
}
