/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MONITORING_H
#define MONITORING_H

#include "cmd.h"

DEFINE_CLEANUP(struct daxfs_monitor *, daxfs_monitor_free)

#endif
