/* SPDX-License-Identifier: GPL-2.0-only */
/* The configuration of this machine, or of a recorded tree, and what it asks of devices. */
#ifndef CONFIGURED_H
#define CONFIGURED_H

#include "config-file.h"
#include "switching.h"

DEFINE_CLEANUP(struct config *, config_free)

/* What of a device has to be read to tell which section is for it. */
#define CONFIGURED_SECTIONS (DAXFS_SECTION_DETAIL | DAXFS_SECTION_BACKING)

/* Reads all files; tells what is wrong with them. */
enum status configured_read(struct app *app, struct config **ret_config);

/* The section for @device, NULL for none; tells when several match. */
enum status configured_find(struct app *app, const struct config *config,
			    const struct daxfs_device *device,
			    const struct config_section **ret_section);

/*
 * Makes the devices of the selection what their sections say. One that no section matches stays as
 * it is. With @diff nothing is written: what is otherwise is shown, with STATUS_FINDINGS.
 */
enum status configured_apply(struct app *app, struct switch_args *args, bool diff);

/*
 * Before the devices are there: makes those that have a name in the configuration come up in their
 * mode. What else their sections say is looked at by configured_apply().
 */
enum status configured_early(struct app *app);

#endif
