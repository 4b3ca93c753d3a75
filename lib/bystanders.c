// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bystanders.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "apply.h"
#include "device.h"
#include "file-error.h"
#include "pending.h"
#include "sysfs.h"

/* A device's name anywhere in a directory of the bus begins so; files of drivers do not. */
#define DEVICE_PREFIX "dax"

/* Names of devices, in no order. */
struct names {
	char **list;
	size_t n;
};

static void names_free(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->list[i]);
	free(names->list);
}

/* Takes over the strings of @list. */
static int names_append(struct names *names, char **list, size_t n)
{
	char **p = reallocarray(names->list, names->n + n + 1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	memcpy(p + names->n, list, n * sizeof(*list));
	memset(list, 0, n * sizeof(*list));
	names->list = p;
	names->n += n;
	return 0;
}

static int add_bound(int drivers_fd, const char *driver, struct names *bound)
{
	_cleanup_(daxfs_free_namesp) char **list = NULL;
	_cleanup_close_ int fd = -1;
	size_t n = 0;
	int r;

	r = sysfs_open_dir_at(drivers_fd, driver, &fd);
	if (r == 0)
		r = sysfs_list(fd, DEVICE_PREFIX, &list, &n);
	if (r == 0)
		r = names_append(bound, list, n);
	/* A driver that went away in the meantime has no devices. */
	return r == -ENOENT ? 0 : r;
}

/* What every driver of the bus has, those that are not ours included. */
static int list_bound(struct daxfs_ctx *ctx, struct names *bound)
{
	_cleanup_(daxfs_free_namesp) char **drivers = NULL;
	_cleanup_close_ int fd = -1;
	size_t n = 0;
	int r;

	r = sysfs_open_dir(ctx, "bus/dax/drivers", &fd);
	if (r == 0)
		r = sysfs_list(fd, "", &drivers, &n);
	for (size_t i = 0; i < n && r == 0; i++)
		r = add_bound(fd, drivers[i], bound);
	if (r == 0)
		return 0;
	return daxfs_fail(
		ctx, r,
		&(struct failure){ .id = "read-failed", .path = file_error_path(r), .err = -r },
		"cannot tell which devices are bound to a driver");
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int bystanders_list_unbound(struct daxfs_ctx *ctx, char ***ret_names)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	_cleanup_(names_free) struct names bound = {};
	size_t n, kept = 0;
	int r;

	r = daxfs_list_devices(ctx, &names, &n);
	if (r == 0)
		r = list_bound(ctx, &bound);
	if (r < 0)
		return r;
	if (bound.n)
		qsort(bound.list, bound.n, sizeof(*bound.list), compare);
	for (size_t i = 0; i < n; i++) {
		char *name = TAKE_PTR(names[i]);

		if (bound.n && bsearch(&name, bound.list, bound.n, sizeof(name), compare))
			free(name);
		else
			names[kept++] = name;
	}
	*ret_names = TAKE_PTR(names);
	return 0;
}

/* ---- what was captured all the same */

static int unbind(struct daxfs_ctx *ctx, const struct daxfs_device *other, uint64_t block_size)
{
	char path[96];
	int r = 0;

	if (other->mode == DAXFS_MODE_SYSTEM_RAM) {
		r = memory_offline(ctx, other, block_size, 0);
		if (r == 0)
			r = memory_require_offline(ctx, other, block_size);
		if (r < 0)
			return r;
	}
	snprintf(path, sizeof(path), "bus/dax/drivers/%s/remove_id", other->driver);
	sysfs_write(ctx, path, other->name);
	snprintf(path, sizeof(path), "bus/dax/drivers/%s/unbind", other->driver);
	return pending_write_file(ctx, other->name, path, other->name, ctx_deadline(ctx));
}

/* Whether @name, which was bound to nothing, is bound to @driver now; then *ret_other is a snapshot. */
static int is_captured(struct daxfs_ctx *ctx, const char *name, const char *driver,
		       struct daxfs_device **ret_other)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *other = NULL;
	int r;

	r = daxfs_device_new(ctx, name, DAXFS_SECTION_MAPPINGS, &other);
	if (r < 0)
		return r == -ENODEV ? 0 : r; /* gone since then */
	if (!other->driver || strcmp(other->driver, driver) != 0)
		return 0;
	*ret_other = TAKE_PTR(other);
	return 1;
}

static int put_back(struct daxfs_ctx *ctx, const struct daxfs_device *other, const char *cause,
		    uint64_t block_size)
{
	int r = unbind(ctx, other, block_size);

	if (r == 0)
		return 0;
	return daxfs_fail(ctx, r,
			  &(struct failure){ .class = DAXFS_CLASS_NOT_RESTORED,
					     .id = "captured",
					     .device = other->name,
					     .step = "unbind",
					     .err = -r,
					     .hint = "daxfsctl list shows what it is now" },
			  "%s: was disabled, was bound to %s by the switch of %s, and cannot "
			  "be unbound again",
			  other->name, other->driver, cause);
}

static int restore_one(struct daxfs_ctx *ctx, struct daxfs_plan *plan, const char *name)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *other = NULL;
	const char *device = plan->facts->device->name;
	int r;

	r = is_captured(ctx, name, daxfs_mode_get_driver(plan->mode), &other);
	if (r <= 0)
		return r;
	if (plan->allows_capture)
		return plan_add_note(plan, "%s: %s was bound to %s as well, as was allowed", device,
				     name, other->driver);
	r = put_back(ctx, other, device, plan->facts->block_size);
	if (r < 0)
		return r;
	return plan_add_note(plan, "%s: %s was bound to %s as well, and is disabled again", device,
			     name, other->driver);
}

static bool is_among(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

int bystanders_restore(struct daxfs_ctx *ctx, struct daxfs_plan *plan, const char *const *members,
		       size_t n_members)
{
	const struct facts *facts = plan->facts;
	int r = 0;

	if (!plan->rebinds)
		return 0;
	for (size_t i = 0; i < facts->n_neighbours && r == 0; i++)
		if (!is_among(facts->neighbours[i].name, members, n_members))
			r = restore_one(ctx, plan, facts->neighbours[i].name);
	return r;
}

int bystanders_put_back(struct daxfs_ctx *ctx, char **unbound, const char *device,
			const char *driver, uint64_t block_size)
{
	int r = 0;

	for (size_t i = 0; unbound[i] && r == 0; i++) {
		_cleanup_(daxfs_device_unrefp) struct daxfs_device *other = NULL;

		if (strcmp(unbound[i], device) == 0)
			continue;
		r = is_captured(ctx, unbound[i], driver, &other);
		if (r <= 0)
			continue;
		r = put_back(ctx, other, device, block_size);
		if (r == 0)
			log_warning(ctx,
				    "%s: was bound to %s by the way back of %s, and is disabled "
				    "again",
				    unbound[i], driver, device);
	}
	return r;
}

/* ---- what is locked */

static int check_one(struct daxfs_ctx *ctx, const struct daxfs_plan *plan, const char *pending)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *other = NULL;
	const char *driver = daxfs_mode_get_driver(plan->mode);
	int r;

	r = daxfs_device_new(ctx, pending, 0, &other);
	if (r == -ENODEV)
		return 0;
	if (r < 0)
		return r;
	if (facts_match(plan->facts, driver, other->kind) == MATCH_NO)
		return 0;
	return daxfs_fail(
		ctx, -EBUSY,
		&(struct failure){ .class = DAXFS_CLASS_BUSY,
				   .id = "pending",
				   .device = plan->facts->device->name,
				   .step = "new-id",
				   .hint = "wait until nobody uses that device any more" },
		"%s: the switch would have to wait for %s, which the kernel has not "
		"finished to unbind",
		plan->facts->device->name, pending);
}

int bystanders_check_way_back(struct daxfs_ctx *ctx, const char *device, const char *driver)
{
	_cleanup_(daxfs_free_namesp) char **pending = NULL;
	int r;

	/* It matches nothing but ids, and those of what is pending were taken from it. */
	if (strcmp(driver, "fsdev_dax") == 0)
		return 0;
	r = pending_list(ctx, &pending);
	if (r < 0)
		return r;
	for (size_t i = 0; pending[i]; i++) {
		if (strcmp(pending[i], device) == 0)
			continue;
		return daxfs_fail(ctx, -EBUSY,
				  &(struct failure){ .class = DAXFS_CLASS_NOT_RESTORED,
						     .id = "pending",
						     .device = device,
						     .step = "new-id",
						     .hint = "wait until nobody uses that device "
							     "any more, then: daxfsctl recover" },
				  "%s: the way back would have to wait for %s, which the kernel "
				  "has not finished to unbind",
				  device, pending[i]);
	}
	return 0;
}

static bool has_new_id(const struct daxfs_plan *plan)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].kind == STEP_NEW_ID)
			return true;
	return false;
}

int bystanders_check_pending(struct daxfs_ctx *ctx, const struct daxfs_plan *plan)
{
	_cleanup_(daxfs_free_namesp) char **pending = NULL;
	int r;

	if (!has_new_id(plan))
		return 0;
	r = pending_list(ctx, &pending);
	if (r < 0)
		return daxfs_fail(ctx, r,
				  &(struct failure){ .id = "run-dir",
						     .device = plan->facts->device->name,
						     .path = ctx->run_dir,
						     .err = -r },
				  "%s: cannot tell from %s which devices are still being unbound",
				  plan->facts->device->name, ctx->run_dir);
	for (size_t i = 0; r == 0 && pending[i]; i++)
		r = check_one(ctx, plan, pending[i]);
	return r;
}
