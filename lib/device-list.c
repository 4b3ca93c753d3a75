// SPDX-License-Identifier: LGPL-2.1-or-later
/* The devices there are. */
#include <string.h>
#include <syslog.h>

#include "device.h"
#include "file-error.h"
#include "sysfs.h"

#define DEVICES_DIR "bus/dax/devices"

struct list {
	struct daxfs_ctx *ctx;
	struct daxfs_device_id *ids;
	size_t n, room;
};

static int add(void *userdata, const char *name)
{
	struct list *list = userdata;
	struct daxfs_device_id id;

	if (daxfs_parse_device_name(name, &id.region, &id.id) < 0) {
		log_warning(list->ctx, "%s/%s/%s: not the name of a device, ignoring",
			    list->ctx->sysfs_root, DEVICES_DIR, name);
		return 0;
	}
	if (list->n == list->room) {
		size_t room = list->room ? list->room * 2 : 16;
		struct daxfs_device_id *ids = reallocarray(list->ids, room, sizeof(*ids));

		if (!ids)
			return -ENOMEM;
		list->ids = ids;
		list->room = room;
	}
	list->ids[list->n++] = id;
	return 0;
}

static int fail(struct daxfs_ctx *ctx, int r)
{
	return daxfs_fail(
		ctx, r,
		&(struct failure){ .id = "list-failed", .path = file_error_path(r), .err = -r },
		"%s/%s: cannot list the devices", ctx->sysfs_root, DEVICES_DIR);
}

int device_list_ids(struct daxfs_ctx *ctx, struct daxfs_device_id **ret_ids, size_t *ret_n)
{
	struct list list = { .ctx = ctx };
	_cleanup_close_ int fd = -1;
	int r;

	r = sysfs_open_dir(ctx, DEVICES_DIR, &fd);
	if (r == 0)
		r = sysfs_visit(fd, add, &list);
	if (r == -ENOENT) /* no dax bus: no devices */
		r = 0;
	if (r == 0 && !list.ids) {
		list.ids = calloc(1, sizeof(*list.ids));
		r = list.ids ? 0 : -ENOMEM;
	}
	if (r < 0) {
		free(list.ids);
		return fail(ctx, r);
	}
	*ret_ids = list.ids;
	*ret_n = list.n;
	return 0;
}

int device_compare_ids(const void *a, const void *b)
{
	const struct daxfs_device_id *x = a, *y = b;

	if (x->region != y->region)
		return x->region < y->region ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

DAXFS_EXPORT int daxfs_list_device_ids(struct daxfs_ctx *ctx, struct daxfs_device_id **ret_ids,
				       size_t *ret_n)
{
	int r = device_list_ids(ctx, ret_ids, ret_n);

	if (r == 0)
		qsort(*ret_ids, *ret_n, sizeof(**ret_ids), device_compare_ids);
	return r;
}

static int names_of_ids(struct daxfs_ctx *ctx, const struct daxfs_device_id *ids, size_t n,
			char ***ret_names)
{
	_cleanup_(daxfs_free_namesp) char **names = calloc(n + 1, sizeof(*names));

	if (!names)
		return fail(ctx, -ENOMEM);
	for (size_t i = 0; i < n; i++) {
		names[i] = malloc(DAXFS_DEVICE_NAME_SIZE);
		if (!names[i])
			return fail(ctx, -ENOMEM);
		daxfs_format_device_name(ids[i].region, ids[i].id, names[i]);
	}
	*ret_names = TAKE_PTR(names);
	return 0;
}

static int list_names(struct daxfs_ctx *ctx, bool sorted, char ***ret_names, size_t *ret_n)
{
	_cleanup_free_ struct daxfs_device_id *ids = NULL;
	size_t n;
	int r;

	r = sorted ? daxfs_list_device_ids(ctx, &ids, &n) : device_list_ids(ctx, &ids, &n);
	if (r == 0)
		r = names_of_ids(ctx, ids, n, ret_names);
	if (r == 0 && ret_n)
		*ret_n = n;
	return r;
}

DAXFS_EXPORT int daxfs_list_devices_unsorted(struct daxfs_ctx *ctx, char ***ret_names,
					     size_t *ret_n)
{
	return list_names(ctx, false, ret_names, ret_n);
}

DAXFS_EXPORT int daxfs_list_devices(struct daxfs_ctx *ctx, char ***ret_names, size_t *ret_n)
{
	return list_names(ctx, true, ret_names, ret_n);
}
