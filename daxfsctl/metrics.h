/* SPDX-License-Identifier: GPL-2.0-only */
/* What is measured, in the text format of Prometheus. */
#ifndef METRICS_H
#define METRICS_H

#include <stdio.h>

#include "libdaxfs.h"

/* What metrics_print() prints of: snapshots, which belong to the caller. */
struct metrics {
	const struct daxfs_device *const *devices; /* with METRICS_SECTIONS */
	size_t n_devices;
	const struct daxfs_region *const *regions;
	size_t n_regions;
	size_t n_unreadable; /* devices and regions that are there, and not in these */
};

#define METRICS_SECTIONS \
	(DAXFS_SECTION_DETAIL | DAXFS_SECTION_MEMORY | DAXFS_SECTION_USERS | DAXFS_SECTION_POISON)

/* All families, one after the other, each with all its samples: a reader wants them so. */
void metrics_print(FILE *f, const struct metrics *metrics);

#endif
