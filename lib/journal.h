/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What makes a killed switch recoverable: before the first write, all that the way back needs is on
 * file, as RUN_DIR/journal-DEVICE; when the switch is through, the file goes.
 *
 * The run directory does not outlive a reboot, which undoes every switch. For one that is kept all
 * the same, the journal names the boot.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <sys/types.h>

#include "plan.h"
#include "private.h"
#include "run-file.h"
#include "undo.h"

struct journal {
	bool held; /* the process keeps the new mode for as long as it needs it, not longer */
	pid_t pid; /* 0: gave up, so that anybody may recover the device */
	uint64_t pid_start; /* field 22 of /proc/PID/stat: tells a reused pid */
	char boot_id[BOOT_ID_SIZE];
	uint64_t inode; /* of the device's directory: tells one that was made anew; 0: not known */
	struct daxfs_device *old; /* as far as struct undo needs it */
	enum match old_match;
	bool restore_autoprobe;
	uint64_t block_size;
	struct memory_block *blocks;
	size_t n_blocks;

	enum daxfs_mode mode; /* what it was to become */
	uint64_t size;
	uint64_t align;
	bool onlines;
	enum daxfs_online online;
	bool deletes; /* it was to be gone */
};

struct journal *journal_free(struct journal *journal);
DEFINE_CLEANUP(struct journal *, journal_free)

/* Pure: a journal as text, and back. -EBADMSG for a text that is no journal. */
int journal_format(const struct journal *journal, char **ret_text);
int journal_parse(const char *text, struct journal **ret_journal);

/*
 * Puts the plan on file. The lock of the bus is held. With @held the way is back to the old mode,
 * whatever was reached, as soon as the process is gone.
 */
int journal_write(struct daxfs_ctx *ctx, const struct daxfs_plan *plan, bool held);
/* Of a journal of this process: makes it one that anybody may recover. */
int journal_abandon(struct daxfs_ctx *ctx, struct journal *journal);
/* -ENOENT when the device has none. */
int journal_read(struct daxfs_ctx *ctx, const char *device, struct journal **ret_journal);
int journal_remove(struct daxfs_ctx *ctx, const char *device);
/* The devices that have one. */
int journal_list(struct daxfs_ctx *ctx, char ***ret_names, size_t *ret_n);
/* Whether any device has one, so that a switch is under way or was interrupted. */
bool journal_any(struct daxfs_ctx *ctx);
bool journal_exists(struct daxfs_ctx *ctx, const char *device);

/*
 * "active" while the switch is under way, "pending" while the kernel does not answer to its unbind,
 * "stale" after it was interrupted, NULL without a journal.
 */
const char *journal_state(struct daxfs_ctx *ctx, const char *device);

/* Whether the process that wrote it still runs. */
bool journal_is_alive(struct daxfs_ctx *ctx, const struct journal *journal);
/* Whether that process is this one. */
bool journal_is_own(struct daxfs_ctx *ctx, const struct journal *journal);
/* That process in words: "pid 12 (daxfsctl)". */
struct journal_process {
	char text[48];
};
struct journal_process journal_process(struct daxfs_ctx *ctx, const struct journal *journal);
/* Whether it was written since the machine was started. */
bool journal_is_of_this_boot(struct daxfs_ctx *ctx, const struct journal *journal);
/* Whether there is another device of that name now. */
bool journal_is_of_another_device(struct daxfs_ctx *ctx, const struct journal *journal);

#endif
