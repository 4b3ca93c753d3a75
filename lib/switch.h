/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The switch of a device, for what is built on it. */
#ifndef SWITCH_H
#define SWITCH_H

#include "private.h"

/* daxfs_switch(); with @holds the journal of a switch that was made stays. */
int switch_device(struct daxfs_ctx *ctx, const char *name, const struct daxfs_request *request,
		  bool holds, struct daxfs_outcome **ret_outcome);

#endif
