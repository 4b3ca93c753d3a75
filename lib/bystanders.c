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

/* ---- who is bound to nothing */

/* Devices as keys in a table of open addresses, of which at most half are taken; 0 is none. */
struct id_set {
	uint64_t *slots;
	size_t n_slots; /* a power of two */
};

static void id_set_done(struct id_set *set)
{
	free(set->slots);
}

/* The last region's last device would have 0: there is no such name. */
static uint64_t key_of(const struct daxfs_device_id *id)
{
	return ((uint64_t)id->region << 32 | id->id) + 1;
}

static int id_set_init(struct id_set *set, size_t n)
{
	set->n_slots = 16;
	while (set->n_slots < 2 * n)
		set->n_slots *= 2;
	set->slots = calloc(set->n_slots, sizeof(*set->slots));
	return set->slots ? 0 : -ENOMEM;
}

/* The slot of @key, or the free one that it belongs into; NULL: neither, for all are taken. */
static uint64_t *id_set_find(const struct id_set *set, uint64_t key)
{
	/* Fibonacci hashing: ids count up. */
	size_t i = key * UINT64_C(0x9e3779b97f4a7c15) >> 32;

	for (size_t tries = 0; tries < set->n_slots; tries++, i++) {
		uint64_t *slot = &set->slots[i & (set->n_slots - 1)];

		if (*slot == key || !*slot)
			return slot;
	}
	return NULL;
}

/* Files of a driver are no devices. */
static int note_bound(void *userdata, const char *name)
{
	struct daxfs_device_id id;
	uint64_t *slot;

	if (daxfs_parse_device_name(name, &id.region, &id.id) < 0)
		return 0;
	slot = id_set_find(userdata, key_of(&id));
	if (!slot) /* a driver has more than the bus had a moment ago, twice over */
		return -EAGAIN;
	*slot = key_of(&id);
	return 0;
}

static int add_bound(int drivers_fd, const char *driver, struct id_set *bound)
{
	_cleanup_close_ int fd = -1;
	int r;

	r = sysfs_open_dir_at(drivers_fd, driver, &fd);
	if (r == 0)
		r = sysfs_visit(fd, note_bound, bound);
	/* A driver that went away in the meantime has no devices. */
	return r == -ENOENT ? 0 : r;
}

/* What every driver of the bus has, those that are not ours included. */
static int list_bound(struct daxfs_ctx *ctx, struct id_set *bound)
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

int bystanders_list_unbound(struct daxfs_ctx *ctx, struct daxfs_device_id **ret_ids, size_t *ret_n)
{
	_cleanup_free_ struct daxfs_device_id *ids = NULL;
	_cleanup_(id_set_done) struct id_set bound = {};
	size_t n, kept = 0;
	int r;

	r = device_list_ids(ctx, &ids, &n);
	if (r == 0)
		r = id_set_init(&bound, n);
	if (r == 0)
		r = list_bound(ctx, &bound);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		const uint64_t *slot = id_set_find(&bound, key_of(&ids[i]));

		if (!slot || !*slot)
			ids[kept++] = ids[i];
	}
	qsort(ids, kept, sizeof(*ids), device_compare_ids);
	*ret_ids = TAKE_PTR(ids);
	*ret_n = kept;
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

int bystanders_put_back(struct daxfs_ctx *ctx, const struct daxfs_device_id *unbound, size_t n,
			const char *device, const char *driver, uint64_t block_size)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		_cleanup_(daxfs_device_unrefp) struct daxfs_device *other = NULL;
		char name[DEVICE_NAME_MAX];

		daxfs_format_device_name(unbound[i].region, unbound[i].id, name);
		if (strcmp(name, device) == 0)
			continue;
		r = is_captured(ctx, name, driver, &other);
		if (r <= 0)
			continue;
		r = put_back(ctx, other, device, block_size);
		if (r == 0)
			log_warning(ctx,
				    "%s: was bound to %s by the way back of %s, and is disabled "
				    "again",
				    name, driver, device);
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
