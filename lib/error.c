// SPDX-License-Identifier: LGPL-2.1-or-later
/* Errors as objects: what failed, where, what the kernel said, what to do next. */
#include <stdarg.h>
#include <string.h>

#include "private.h"
#include "users.h"

enum daxfs_class error_class_of_errno(int err)
{
	switch (err) {
	case EPERM:
	case EACCES:
	case EROFS:
		return DAXFS_CLASS_PERMISSION;
	case EBUSY:
	case ETXTBSY:
		return DAXFS_CLASS_BUSY;
	case EOPNOTSUPP:
	case ENOSYS:
		return DAXFS_CLASS_UNSUPPORTED;
	default:
		return DAXFS_CLASS_FAILED;
	}
}

struct daxfs_error *error_free(struct daxfs_error *error)
{
	if (!error)
		return NULL;
	free(error->id);
	free(error->device);
	free(error->step);
	free(error->path);
	free(error->message);
	free(error->hint);
	free(error->override);
	users_free(error->users, error->n_users);
	free(error->blocks);
	free(error);
	return NULL;
}

static int copy_text(char **field, const char *text)
{
	if (!text)
		return 0;
	*field = strdup(text);
	return *field ? 0 : -ENOMEM;
}

static int copy_blocks(struct daxfs_error *error, const struct failure *failure)
{
	if (!failure->n_blocks)
		return 0;
	error->blocks = calloc(failure->n_blocks, sizeof(*error->blocks));
	if (!error->blocks)
		return -ENOMEM;
	memcpy(error->blocks, failure->blocks, failure->n_blocks * sizeof(*error->blocks));
	error->n_blocks = failure->n_blocks;
	return 0;
}

static int fill(struct daxfs_error *error, const struct failure *failure)
{
	error->err = failure->err;
	error->class = failure->class ? failure->class : error_class_of_errno(failure->err);
	if (copy_text(&error->id, failure->id ? failure->id : "failed") < 0 ||
	    copy_text(&error->device, failure->device) < 0 ||
	    copy_text(&error->step, failure->step) < 0 ||
	    copy_text(&error->path, failure->path) < 0 ||
	    copy_text(&error->hint, failure->hint) < 0 ||
	    copy_text(&error->override, failure->override) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < failure->n_users; i++)
		if (users_add(&error->users, &error->n_users, &failure->users[i]) < 0)
			return -ENOMEM;
	return copy_blocks(error, failure);
}

/* NULL without memory. */
PRINTF_FORMAT(2, 0)
static struct daxfs_error *new_error(const struct failure *failure, const char *format,
				     va_list args)
{
	_cleanup_(error_freep) struct daxfs_error *error = calloc(1, sizeof(*error));

	if (!error)
		return NULL;
	if (vasprintf(&error->message, format, args) < 0) {
		error->message = NULL;
		return NULL;
	}
	if (fill(error, failure) < 0)
		return NULL;
	return TAKE_PTR(error);
}

int daxfs_fail(struct daxfs_ctx *ctx, int r, const struct failure *failure, const char *format, ...)
{
	struct daxfs_error *error;
	va_list args;

	va_start(args, format);
	error = new_error(failure, format, args);
	va_end(args);
	/*
	 * Only now: the new one may quote the last one. Without memory it goes as well, for it is
	 * not what failed here.
	 */
	error_free(ctx->error);
	ctx->error = error;
	return error ? r : -ENOMEM;
}

void error_clear(struct daxfs_ctx *ctx)
{
	ctx->error = error_free(ctx->error);
}

struct daxfs_error *error_take(struct daxfs_ctx *ctx, int r)
{
	/* A function that only hands on an errno left no words: never show an error without any. */
	if (!ctx->error)
		daxfs_fail(ctx, r, &(struct failure){ .err = -r }, "%s", strerror(-r));
	return TAKE_PTR(ctx->error);
}

DAXFS_EXPORT enum daxfs_class daxfs_error_get_class(const struct daxfs_error *error)
{
	return error->class;
}

DAXFS_EXPORT const char *daxfs_error_get_id(const struct daxfs_error *error)
{
	return error->id;
}

DAXFS_EXPORT const char *daxfs_error_get_device(const struct daxfs_error *error)
{
	return error->device;
}

DAXFS_EXPORT const char *daxfs_error_get_step(const struct daxfs_error *error)
{
	return error->step;
}

DAXFS_EXPORT const char *daxfs_error_get_path(const struct daxfs_error *error)
{
	return error->path;
}

DAXFS_EXPORT int daxfs_error_get_errno(const struct daxfs_error *error)
{
	return error->err;
}

DAXFS_EXPORT const char *daxfs_error_get_message(const struct daxfs_error *error)
{
	return error->message;
}

DAXFS_EXPORT const char *daxfs_error_get_hint(const struct daxfs_error *error)
{
	return error->hint;
}

DAXFS_EXPORT const char *daxfs_error_get_override(const struct daxfs_error *error)
{
	return error->override;
}

DAXFS_EXPORT bool daxfs_error_get_users(const struct daxfs_error *error,
					const struct daxfs_user **ret_users, size_t *ret_n)
{
	if (!error->n_users)
		return false;
	*ret_users = error->users;
	*ret_n = error->n_users;
	return true;
}

DAXFS_EXPORT bool daxfs_error_get_blocks(const struct daxfs_error *error,
					 const uint64_t **ret_blocks, size_t *ret_n)
{
	if (!error->n_blocks)
		return false;
	*ret_blocks = error->blocks;
	*ret_n = error->n_blocks;
	return true;
}
