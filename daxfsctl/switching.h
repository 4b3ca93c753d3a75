/* SPDX-License-Identifier: GPL-2.0-only */
/* What the commands that switch devices share: a request carried out, and what came of it told. */
#ifndef SWITCHING_H
#define SWITCHING_H

#include "cmd.h"
#include "patience.h"
#include "select.h"

DEFINE_CLEANUP(struct daxfs_request *, daxfs_request_free)

/* What a switch would do to a device: its steps, or the refusal. */
enum status switch_dry_run(struct app *app, const char *name, const struct daxfs_request *request);

/* Tells result and errors of a switch, or of a way back; returns its status. */
enum status switch_tell(struct app *app, const char *name, const struct daxfs_outcome *outcome);

/* Switches a device, and tells result and errors. The lock timeout of @request may be changed. */
enum status switch_one(struct app *app, const char *name, const struct patience *patience,
		       struct daxfs_request *request);

/* Each device that is selected, by switch_one(); without @patience by switch_dry_run(). */
enum status switch_selected(struct app *app, const struct selection *selection,
			    const struct patience *patience, struct daxfs_request *request);

#endif
