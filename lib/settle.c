// SPDX-License-Identifier: LGPL-2.1-or-later
#include "settle.h"

#include <string.h>
#include <syslog.h>

#include "apply.h"
#include "device-dir.h"
#include "device.h"
#include "handle.h"
#include "intent.h"
#include "pending.h"
#include "sysfs.h"
#include "undo.h"

/* An unbind whose program was killed is over in a moment, unless somebody holds the device. */
#define PENDING_GRACE_MS 2000

const char *settled_words(enum settled settled, bool dry_run)
{
	switch (settled) {
	case SETTLED_FINISHED:
		return dry_run ? "an interrupted switch reached the new mode and would be finished"
			       : "an interrupted switch had reached the new mode and was finished";
	case SETTLED_UNDONE:
		return dry_run ? "an interrupted switch would be undone, the old mode brought back"
			       : "an interrupted switch was undone, the old mode is back";
	default:
		return "nothing was interrupted";
	}
}

static int refuse_alive(struct daxfs_ctx *ctx, const char *device, const struct journal *journal)
{
	const struct journal_process process = journal_process(ctx, journal);
	const char *mode = daxfs_mode_to_string(journal->mode);

	if (journal->held)
		return daxfs_fail(
			ctx, -EBUSY,
			&(struct failure){ .class = DAXFS_CLASS_BUSY,
					   .id = "pending",
					   .device = device,
					   .hint = "it becomes what it was when that is done" },
			"%s: held in mode %s by %s", device, mode ? mode : "none", process.text);
	return daxfs_fail(ctx, -EBUSY,
			  &(struct failure){ .class = DAXFS_CLASS_BUSY,
					     .id = "pending",
					     .device = device,
					     .hint = "wait for it to end" },
			  "%s: a switch by %s is still under way", device, process.text);
}

static bool is_new(const struct journal *journal, const struct daxfs_device *now)
{
	return now->mode == journal->mode && now->size == journal->size &&
	       now->align == journal->align;
}

static int finish_delete(struct daxfs_ctx *ctx, const char *device)
{
	_cleanup_free_ char *shown = NULL;
	char path[96];
	int r;

	snprintf(path, sizeof(path), "bus/dax/devices/%s/../dax_region/delete", device);
	r = sysfs_write(ctx, path, device);
	if (r == 0)
		r = intent_forget(ctx, device);
	if (r == 0)
		return 0;
	shown = sysfs_path(ctx, path);
	return daxfs_fail(ctx, r,
			  &(struct failure){ .class = DAXFS_CLASS_NOT_RESTORED,
					     .id = "not-restored",
					     .device = device,
					     .step = "delete",
					     .path = shown,
					     .err = -r,
					     .hint = "see the kernel's messages (dmesg)" },
			  "%s: is empty, but cannot be deleted", device);
}

static int finish(struct daxfs_ctx *ctx, const struct journal *journal, const struct undo *undo)
{
	int r;

	r = undo_traces(ctx, undo);
	if (r == 0 && journal->onlines)
		r = memory_online(ctx, undo->old, undo->block_size, journal->online);
	return r == 0 && journal->deletes ? finish_delete(ctx, undo->old->name) : r;
}

static int require_answer(struct daxfs_ctx *ctx, const char *device, bool dry_run)
{
	int r = pending_check(ctx, device, dry_run ? 0 : PENDING_GRACE_MS);

	/* Whatever else is wrong with the run directory, reading the journal tells. */
	return r > 0 ? pending_refuse(ctx, device) : 0;
}

/* Which way to go, from what the device is now. */
static enum settled decide(const struct journal *journal, const struct daxfs_device *now,
			   bool is_old)
{
	/* What was to be for a while only is over, however far it came. */
	if (journal->held)
		return SETTLED_UNDONE;
	/*
	 * A device that was bound again to the driver that it had, with the layout that it had, may
	 * be before or after the switch: both ends are the same.
	 */
	return !is_old && is_new(journal, now) ? SETTLED_FINISHED : SETTLED_UNDONE;
}

/*
 * Somebody destroyed the device and made another one of that name, whose layout is not ours to
 * change. With the layout of before it is the same, made by a remedy for a page map left behind.
 */
static bool is_void(struct daxfs_ctx *ctx, const struct journal *journal,
		    const struct daxfs_device *now)
{
	if (!journal_is_of_another_device(ctx, journal) || undo_same_ranges(journal->old, now))
		return false;
	log_warning(
		ctx,
		"%s: was destroyed and made anew since a switch of it was interrupted, ignoring",
		now->name);
	return true;
}

/* A positive answer: the journal says nothing of the device that has its name now. */
#define ANOTHER_DEVICE 1

static int settle(struct daxfs_ctx *ctx, const struct journal *journal, unsigned int flags,
		  bool dry_run, enum settled *ret_settled)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *now = NULL;
	const struct undo undo = {
		.old = journal->old,
		.old_match = journal->old_match,
		.restore_autoprobe = journal->restore_autoprobe,
		.block_size = journal->block_size,
		.blocks = journal->blocks,
		.n_blocks = journal->n_blocks,
		.has_traces = true,
	};
	bool is_old = false;
	int r;

	r = undo_is_done(ctx, &undo, &is_old, &now);
	if (r < 0)
		return r;
	if (now->state == DAXFS_STATE_STRANDED)
		return device_fail_stranded(ctx, now->name);
	if (is_void(ctx, journal, now)) {
		*ret_settled = SETTLED_NOTHING;
		if (!dry_run)
			r = undo_traces(ctx, &undo);
		return r < 0 ? r : ANOTHER_DEVICE;
	}
	if (journal->held && !is_old) {
		r = handle_check_way_back(ctx, journal->old, flags);
		if (r < 0)
			return r;
	}
	*ret_settled = decide(journal, now, is_old);
	if (dry_run)
		return 0;
	return *ret_settled == SETTLED_FINISHED ? finish(ctx, journal, &undo)
						: undo_switch(ctx, &undo);
}

int settle_journal(struct daxfs_ctx *ctx, const struct journal *journal, unsigned int flags,
		   bool dry_run, enum settled *ret_settled)
{
	int r = settle(ctx, journal, flags, dry_run, ret_settled);

	if (dry_run)
		return r < 0 ? r : 0;
	if (r == ANOTHER_DEVICE)
		return intent_forget(ctx, journal->old->name);
	intent_update(ctx, journal->old);
	return r;
}

bool settle_is_gone(struct daxfs_ctx *ctx, const char *device)
{
	_cleanup_close_ int fd = -1;

	return device_open_link(ctx, device, &fd) == -ENOENT;
}

int settle_device(struct daxfs_ctx *ctx, const char *device, bool dry_run,
		  enum settled *ret_settled)
{
	_cleanup_(journal_freep) struct journal *journal = NULL;
	enum settled settled = SETTLED_NOTHING;
	int r;

	r = require_answer(ctx, device, dry_run);
	if (r < 0)
		return r;
	r = journal_read(ctx, device, &journal);
	if (r < 0 && r != -ENOENT)
		return r;
	if (r == 0 && journal_is_of_this_boot(ctx, journal)) {
		if (journal_is_alive(ctx, journal))
			return refuse_alive(ctx, device, journal);
		r = settle_journal(ctx, journal, 0, dry_run, &settled);
		if (r == -ENODEV && journal->deletes) {
			settled = SETTLED_FINISHED;
			error_clear(ctx);
			r = dry_run ? 0 : intent_forget(ctx, device);
		}
		/* A device that is gone has nothing to come back to. */
		if (r < 0 && !settle_is_gone(ctx, device))
			return r;
		if (r < 0)
			settled = SETTLED_NOTHING;
	}
	if (journal && !dry_run) {
		pending_forget(ctx, device);
		r = journal_remove(ctx, device);
		if (r < 0)
			return r;
	}
	*ret_settled = settled;
	return 0;
}
