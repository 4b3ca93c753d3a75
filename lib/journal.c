// SPDX-License-Identifier: LGPL-2.1-or-later
/* Journals as files. Their text is journal-text.c's. */
#include "journal.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "device-dir.h"
#include "file-error.h"
#include "lock.h"
#include "pending.h"
#include "run-file.h"
#include "sysfs.h"

/* A device of 64 TiB in blocks of 128 MiB, each in a zone of its own, stays far below. */
#define JOURNAL_MAX (1 << 20)

struct journal_name {
	char text[DEVICE_NAME_MAX + 16];
};

static struct journal_name name_of(const char *device)
{
	struct journal_name name;

	snprintf(name.text, sizeof(name.text), "journal-%s", device);
	return name;
}

struct journal *journal_free(struct journal *journal)
{
	if (!journal)
		return NULL;
	daxfs_device_unref(journal->old);
	free(journal->blocks);
	free(journal);
	return NULL;
}

/*
 * When a process was started, in clock ticks since the boot. Its name may hold anything. -ESRCH for
 * one that has ended, though nobody has waited for it yet.
 */
static int read_pid_start(struct daxfs_ctx *ctx, pid_t pid, uint64_t *ret_start)
{
	char name[32], text[1024], *field;
	char *save = NULL;
	int r;

	snprintf(name, sizeof(name), "%ld/stat", (long)pid);
	r = run_read_proc(ctx, name, text, sizeof(text));
	if (r < 0)
		return r;
	field = strrchr(text, ')');
	if (!field)
		return -EBADMSG;
	field = strtok_r(field + 1, " ", &save); /* field 3, the state */
	if (field && (*field == 'Z' || *field == 'X' || *field == 'x'))
		return -ESRCH;
	for (unsigned int i = 3; field && i < 22; i++)
		field = strtok_r(NULL, " ", &save);
	return field ? parse_u64(field, 10, ret_start) : -EBADMSG;
}

/* That of this process, which a switch of many devices asks for as often. */
static int read_own_start(struct daxfs_ctx *ctx, uint64_t *ret_start)
{
	pid_t pid = getpid();
	int r = 0;

	if (ctx->own_pid != pid)
		r = read_pid_start(ctx, pid, &ctx->own_start);
	if (r < 0)
		return r;
	ctx->own_pid = pid;
	*ret_start = ctx->own_start;
	return 0;
}

bool journal_is_alive(struct daxfs_ctx *ctx, const struct journal *journal)
{
	uint64_t start;

	return read_pid_start(ctx, journal->pid, &start) == 0 && start == journal->pid_start;
}

bool journal_is_own(struct daxfs_ctx *ctx, const struct journal *journal)
{
	return journal->pid == getpid() && journal_is_of_this_boot(ctx, journal) &&
	       journal_is_alive(ctx, journal);
}

struct journal_process journal_process(struct daxfs_ctx *ctx, const struct journal *journal)
{
	struct journal_process process;
	char name[32], comm[20];

	snprintf(name, sizeof(name), "%ld/comm", (long)journal->pid);
	if (run_read_proc(ctx, name, comm, sizeof(comm)) < 0)
		strcpy(comm, "?");
	snprintf(process.text, sizeof(process.text), "pid %ld (%s)", (long)journal->pid, comm);
	return process;
}

bool journal_is_of_this_boot(struct daxfs_ctx *ctx, const struct journal *journal)
{
	char boot_id[sizeof(journal->boot_id)];

	/* Where the kernel does not tell, the run directory's own life decides. */
	return run_read_boot_id(ctx, boot_id, sizeof(boot_id)) < 0 ||
	       strcmp(boot_id, journal->boot_id) == 0;
}

/*
 * That of a directory of sysfs: the kernel counts them up (fs/kernfs/dir.c), so that a device which
 * is destroyed and made anew has another one. 0 if it cannot be told.
 */
static uint64_t read_inode(struct daxfs_ctx *ctx, const char *device)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (device_open_dir(ctx, device, &fd) < 0 || fstat(fd, &st) < 0)
		return 0;
	return st.st_ino;
}

bool journal_is_of_another_device(struct daxfs_ctx *ctx, const struct journal *journal)
{
	uint64_t now = read_inode(ctx, journal->old->name);

	return now && journal->inode && now != journal->inode;
}

/* @path is the file that failed; NULL: the journal itself. */
static int fail_at(struct daxfs_ctx *ctx, const char *device, const char *what, const char *path,
		   int r)
{
	_cleanup_free_ char *journal = NULL;

	if (asprintf(&journal, "%s/%s", ctx->run_dir, name_of(device).text) < 0)
		journal = NULL;
	return daxfs_fail(
		ctx, r,
		&(struct failure){ .id = "journal",
				   .device = device,
				   .step = "journal",
				   .path = path ? path : journal,
				   .err = -r,
				   .hint = r == -EBADMSG ? "look at the device and at this file; "
							   "once the device is as it should be, "
							   "remove the file"
							 : NULL },
		"%s: cannot %s the journal %s%s%s", device, what, journal ? journal : "",
		path ? ", because of " : "", path ? path : "");
}

static int fail(struct daxfs_ctx *ctx, const char *device, const char *what, int r)
{
	return fail_at(ctx, device, what, NULL, r);
}

/* The journal of a plan: borrows what the plan has, so it must not be freed. */
static int fill(struct daxfs_ctx *ctx, const struct daxfs_plan *plan, struct journal *journal)
{
	const struct undo undo = undo_of_plan(plan);
	int r;

	*journal = (struct journal){
		.pid = getpid(),
		.inode = read_inode(ctx, plan->facts->device->name),
		.old = plan->facts->device,
		.old_match = undo.old_match,
		.restore_autoprobe = undo.restore_autoprobe,
		.block_size = undo.block_size,
		.blocks = plan->facts->blocks,
		.n_blocks = plan->facts->n_blocks,
		.mode = plan->mode,
		.size = plan->size,
		.align = plan->align,
		.onlines = plan->onlines,
		.online = plan->online,
		.deletes = plan->deletes,
	};
	r = read_own_start(ctx, &journal->pid_start);
	if (r == 0)
		r = run_read_boot_id(ctx, journal->boot_id, sizeof(journal->boot_id));
	return r;
}

static int put_on_file(struct daxfs_ctx *ctx, const struct journal *journal)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int dir = -1;
	int r;

	r = journal_format(journal, &text);
	if (r == 0)
		r = run_dir_open(ctx, true, &dir);
	return r < 0 ? r : run_file_write(dir, name_of(journal->old->name).text, text);
}

int journal_write(struct daxfs_ctx *ctx, const struct daxfs_plan *plan, bool held)
{
	struct journal journal;
	int r;

	r = fill(ctx, plan, &journal);
	if (r < 0)
		return fail_at(ctx, plan->facts->device->name, "write", file_error_path(r), r);
	journal.held = held;
	r = put_on_file(ctx, &journal);
	return r < 0 ? fail(ctx, plan->facts->device->name, "write", r) : 0;
}

int journal_abandon(struct daxfs_ctx *ctx, struct journal *journal)
{
	int r;

	journal->pid = 0;
	journal->pid_start = 0;
	r = put_on_file(ctx, journal);
	return r < 0 ? fail(ctx, journal->old->name, "write", r) : 0;
}

int journal_read(struct daxfs_ctx *ctx, const char *device, struct journal **ret_journal)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int dir = -1;
	int r;

	r = run_dir_open(ctx, false, &dir);
	if (r == 0)
		r = run_file_load(dir, name_of(device).text, JOURNAL_MAX, &text);
	if (r == -ENOENT)
		return r;
	if (r == 0)
		r = journal_parse(text, ret_journal);
	if (r == 0 && strcmp((*ret_journal)->old->name, device) != 0) {
		*ret_journal = journal_free(*ret_journal);
		r = -EBADMSG;
	}
	return r < 0 ? fail(ctx, device, "read", r) : 0;
}

int journal_remove(struct daxfs_ctx *ctx, const char *device)
{
	_cleanup_close_ int dir = -1;
	int r;

	r = run_dir_open(ctx, false, &dir);
	if (r == 0 && unlinkat(dir, name_of(device).text, 0) < 0)
		r = -errno;
	return r < 0 && r != -ENOENT ? fail(ctx, device, "remove", r) : 0;
}

int journal_list(struct daxfs_ctx *ctx, char ***ret_names, size_t *ret_n)
{
	int r = run_file_list_devices(ctx, "journal-", ret_names, ret_n);

	return r < 0 ? fail(ctx, "all", "list", r) : 0;
}

bool journal_any(struct daxfs_ctx *ctx)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	size_t n = 0;

	return !ctx->recorded && run_file_list_devices(ctx, "journal-", &names, &n) == 0 && n > 0;
}

bool journal_exists(struct daxfs_ctx *ctx, const char *device)
{
	_cleanup_close_ int dir = -1;

	return run_dir_open(ctx, false, &dir) == 0 &&
	       faccessat(dir, name_of(device).text, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

const char *journal_state(struct daxfs_ctx *ctx, const char *device)
{
	_cleanup_(journal_freep) struct journal *journal = NULL;

	if (ctx->recorded || !journal_exists(ctx, device))
		return NULL;
	if (pending_check(ctx, device, 0) > 0)
		return "pending";
	/* One that cannot be read is nobody's work any more. */
	if (journal_read(ctx, device, &journal) < 0)
		return journal_exists(ctx, device) ? "stale" : NULL;
	return journal_is_alive(ctx, journal) ? "active" : "stale";
}
