// SPDX-License-Identifier: LGPL-2.1-or-later
#include "users.h"

#include <string.h>

#include "users-scan.h"

/* How many users a message names. */
#define DESCRIBED_MAX 3

static const char *const usages[] = {
	[DAXFS_USAGE_FD] = "fd",
	[DAXFS_USAGE_MAP] = "map",
	[DAXFS_USAGE_MOUNT] = "mount",
	[DAXFS_USAGE_HELD] = "held",
};

DAXFS_EXPORT const char *daxfs_usage_to_string(enum daxfs_usage usage)
{
	return (size_t)usage < ARRAY_SIZE(usages) ? usages[usage] : NULL;
}

void users_free(struct daxfs_user *users, size_t n_users)
{
	for (size_t i = 0; i < n_users; i++) {
		free((char *)users[i].comm);
		free((char *)users[i].mountpoint);
	}
	free(users);
}

int users_add(struct daxfs_user **users, size_t *n_users, const struct daxfs_user *user)
{
	_cleanup_free_ char *comm = NULL, *mountpoint = NULL;
	struct daxfs_user *more;

	if (user->comm && !(comm = strdup(user->comm)))
		return -ENOMEM;
	if (user->mountpoint && !(mountpoint = strdup(user->mountpoint)))
		return -ENOMEM;
	more = reallocarray(*users, *n_users + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	*users = more;
	more += (*n_users)++;
	*more = *user;
	more->comm = TAKE_PTR(comm);
	more->mountpoint = TAKE_PTR(mountpoint);
	return 0;
}

/* Whether users @a and @b are one process, to be described as one. */
static bool is_same_process(const struct daxfs_user *a, const struct daxfs_user *b)
{
	return a->pid && a->pid == b->pid;
}

static void describe_process(FILE *text, const struct daxfs_user *user)
{
	fprintf(text, "pid %d (%s", user->pid, user->comm ? user->comm : "?");
	if (user->uid != DAXFS_UID_UNKNOWN)
		fprintf(text, ", uid %u", user->uid);
	fputs("): ", text);
}

static void describe_use(FILE *text, const struct daxfs_user *user)
{
	switch (user->how) {
	case DAXFS_USAGE_FD:
		fputs("open", text);
		break;
	case DAXFS_USAGE_MAP:
		fputs("mapped", text);
		break;
	case DAXFS_USAGE_MOUNT:
		fprintf(text, "a mount on %s", user->mountpoint);
		break;
	case DAXFS_USAGE_HELD:
		fputs("a file system that holds it", text);
		break;
	}
}

static void describe(FILE *text, const struct daxfs_user *users, size_t n_users)
{
	size_t n_described = 0;

	for (size_t i = 0; i < n_users; i++) {
		bool again = i > 0 && is_same_process(&users[i - 1], &users[i]);

		n_described += !again;
		if (n_described > DESCRIBED_MAX)
			continue;
		if (i > 0)
			fputs(again ? ", " : "; ", text);
		if (users[i].pid && !again)
			describe_process(text, &users[i]);
		describe_use(text, &users[i]);
	}
	if (n_described > DESCRIBED_MAX)
		fprintf(text, "; and %zu more", n_described - DESCRIBED_MAX);
}

char *users_describe(const struct daxfs_user *users, size_t n_users)
{
	_cleanup_free_ char *buffer = NULL;
	size_t size;
	FILE *text;

	text = open_memstream(&buffer, &size);
	if (!text)
		return NULL;
	describe(text, users, n_users);
	/* Only now is the buffer what it will be. */
	return fclose(text) == 0 ? TAKE_PTR(buffer) : NULL;
}

static bool concerns(const struct use *use, const struct daxfs_device *device, bool has_minor,
		     unsigned int minor)
{
	if (use->node.has_minor)
		return has_minor && use->node.minor == minor;
	return strcmp(use->node.name, device->name) == 0;
}

static int take_users(const struct users_scan *scan, struct daxfs_device *device, bool has_minor,
		      unsigned int minor)
{
	bool others = false;
	int r;

	for (size_t i = 0; i < scan->n_uses; i++)
		others = others || (!scan->uses[i].is_own &&
				    concerns(&scan->uses[i], device, has_minor, minor));
	for (size_t i = 0; i < scan->n_uses; i++) {
		const struct use *use = &scan->uses[i];

		/*
		 * The process that looks inherits what its parent has open: of that it is one time
		 * enough to tell. What it alone has open does the same harm as anybody else's.
		 */
		if (!concerns(use, device, has_minor, minor) || (use->is_own && others))
			continue;
		r = users_add(&device->users, &device->n_users, &use->user);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The look that is kept, or a new one, which *ret_own then owns. */
static int get_scan(struct daxfs_ctx *ctx, unsigned int major, bool fresh,
		    struct users_scan **ret_own, const struct users_scan **ret_scan)
{
	bool may_share = !fresh || ctx->shares_looks;
	int r;

	if (may_share && ctx->users_scan && ctx->users_scan->major == major) {
		*ret_scan = ctx->users_scan;
		return 0;
	}
	r = users_scan_new(ctx, major, ret_own);
	if (r < 0)
		return r;
	*ret_scan = *ret_own;
	if (may_share && (ctx->keep_users || ctx->shares_looks)) {
		users_scan_free(ctx->users_scan);
		ctx->users_scan = TAKE_PTR(*ret_own);
	}
	return 0;
}

int users_read(struct daxfs_ctx *ctx, struct daxfs_device *device, bool fresh)
{
	const struct daxfs_user holder = { .how = DAXFS_USAGE_HELD, .uid = DAXFS_UID_UNKNOWN };
	_cleanup_(users_scan_freep) struct users_scan *own = NULL;
	const struct users_scan *scan;
	unsigned int major = 0, minor = 0;
	bool has_minor;
	int r;

	has_minor = device->dev && users_parse_dev(device->dev, &major, &minor) == 0;
	r = get_scan(ctx, major, fresh, &own, &scan);
	if (r < 0)
		return r;
	r = take_users(scan, device, has_minor, minor);
	if (r == 0 && device->has_held && device->held)
		r = users_add(&device->users, &device->n_users, &holder);
	if (r < 0)
		return r;
	device->has_users = !scan->incomplete && (has_minor || scan->by_name);
	return 0;
}

DAXFS_EXPORT void daxfs_ctx_set_keep_users(struct daxfs_ctx *ctx, bool keep)
{
	ctx->keep_users = keep;
	if (!keep)
		ctx->users_scan = users_scan_free(ctx->users_scan);
}

DAXFS_EXPORT bool daxfs_device_get_users(const struct daxfs_device *device,
					 const struct daxfs_user **ret_users, size_t *ret_n)
{
	if (!device->has_users)
		return false;
	*ret_users = device->users;
	*ret_n = device->n_users;
	return true;
}
