/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks of a device: pure functions of facts that add findings. What is not known is not compared,
 * and told by findings_skip(). A finding of severity error is a refusal of a switch: it must be
 * certain that the switch would fail or do harm.
 */
#ifndef CHECK_H
#define CHECK_H

#include "check-facts.h"
#include "finding.h"

/* What the device is checked for. */
struct check_goal {
	enum daxfs_mode mode; /* DAXFS_MODE_NONE: for nothing but what it is */
	bool binds;	      /* it would get a driver, another one or the same again */
	bool realigns;	      /* ranges and align would be others */
};

/* All checks below, in this order. facts->check is there. */
void check_run(const struct facts *facts, const struct check_goal *goal, struct findings *findings);

/* Of these, daxfs_fail() with the first that is an error. */
int check_require_sound(struct daxfs_ctx *ctx, const struct facts *facts,
			const struct check_goal *goal);

/* The ranges by themselves, and size, resource and align beside them. */
void check_ranges(const struct facts *facts, const struct check_goal *goal,
		  struct findings *findings);
/* What owns these addresses: /proc/iomem, the region, its other devices. */
void check_owner(const struct facts *facts, struct findings *findings);
/* A static device beside the namespace and the page map that fix it. */
void check_static(const struct facts *facts, struct findings *findings);
/* What a driver needs that is not the device's: memory for the page map, blocks, a way to load. */
void check_needs(const struct facts *facts, const struct check_goal *goal,
		 struct findings *findings);

#endif
