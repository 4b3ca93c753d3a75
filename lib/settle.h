/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What to do about a switch that was interrupted. */
#ifndef SETTLE_H
#define SETTLE_H

#include "journal.h"

enum settled {
	SETTLED_NOTHING,  /* there was nothing to do */
	SETTLED_FINISHED, /* the device has the new mode; what was left to do is done */
	SETTLED_UNDONE,	  /* it has the old mode and layout again */
};

/*
 * Brings a device that has a stale journal into its new mode if it got there, else into its old
 * one, and drops the journal. The lock of the bus is held. With @dry_run it only decides.
 *
 * 0; -EBUSY when the process that wrote the journal still runs; what stands in the way, with class
 * NOT_RESTORED or REBOOT, and the journal is kept.
 */
int settle_device(struct daxfs_ctx *ctx, const char *device, bool dry_run,
		  enum settled *ret_settled);

/*
 * The same of a journal that was read, whoever wrote it; it stays. @flags, of enum daxfs_flag, are
 * what is permitted on the way back from a mode that was held.
 */
int settle_journal(struct daxfs_ctx *ctx, const struct journal *journal, unsigned int flags,
		   bool dry_run, enum settled *ret_settled);

/* Whether the device itself is not there any more; a driver that does not take it says ENODEV, too. */
bool settle_is_gone(struct daxfs_ctx *ctx, const char *device);

const char *settled_words(enum settled settled, bool dry_run);

#endif
