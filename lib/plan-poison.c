// SPDX-License-Identifier: LGPL-2.1-or-later
/* Poison on record does not survive a switch: nobody may find it by touching it. */
#include <inttypes.h>

#include "plan.h"

/* How many places a message names. */
#define NAMED_MAX 3

/* "at 0x5000 (4096 bytes, record), ..., and 7 more"; to be freed, NULL without memory. */
static char *describe(const struct daxfs_device *device)
{
	_cleanup_fclose_ FILE *f = NULL;
	char *text = NULL;
	size_t size;

	f = open_memstream(&text, &size);
	if (!f)
		return NULL;
	for (size_t i = 0; i < device->n_poison && i < NAMED_MAX; i++)
		fprintf(f, "%s0x%" PRIx64 " (%" PRIu64 " bytes, %s)", i ? ", " : "",
			device->poison[i].offset, device->poison[i].length,
			daxfs_poison_source_to_string(device->poison[i].source));
	if (device->n_poison > NAMED_MAX)
		fprintf(f, ", and %zu more", device->n_poison - NAMED_MAX);
	if (fclose(TAKE_PTR(f)) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static int refuse(struct daxfs_ctx *ctx, const struct daxfs_device *device, const char *where)
{
	return daxfs_fail(
		ctx, -EBUSY,
		&(struct failure){ .class = DAXFS_CLASS_BUSY,
				   .id = "poison",
				   .device = device->name,
				   .override = "--discard-poison",
				   .hint = "as system-ram the kernel would hand these pages "
					   "out; --discard-poison says that they are well, "
					   "and drops them from the record" },
		"%s: poison is on record at %s", device->name, where);
}

/* Whether the memory itself knows of some, which no record of ours takes away. */
static bool is_listed_elsewhere(const struct daxfs_device *device)
{
	for (size_t i = 0; i < device->n_poison; i++)
		if (device->poison[i].source == DAXFS_POISON_BADBLOCKS ||
		    device->poison[i].source == DAXFS_POISON_CXL)
			return true;
	return false;
}

static int note_discard(struct daxfs_plan *plan, const struct daxfs_device *device,
			const char *where)
{
	int r = plan_add_note(plan, "%s: the poison on record is dropped: %s", device->name, where);

	if (r < 0 || !is_listed_elsewhere(device))
		return r;
	return plan_add_note(plan, "%s: what the memory has on lists of its own stays there",
			     device->name);
}

int plan_check_poison(struct daxfs_ctx *ctx, struct daxfs_plan *plan,
		      const struct daxfs_request *request)
{
	const struct daxfs_device *device = plan->facts->device;
	_cleanup_free_ char *where = NULL;

	if ((!plan->rebinds && !plan->unbinds) || device->n_poison == 0)
		return 0;
	plan->discards_poison = request->flags & DAXFS_FLAG_DISCARD_POISON;
	where = describe(device);
	if (!where)
		return -ENOMEM;
	if (plan->discards_poison)
		return note_discard(plan, device, where);
	if (plan->mode == DAXFS_MODE_SYSTEM_RAM && device->mode != DAXFS_MODE_SYSTEM_RAM)
		return refuse(ctx, device, where);
	return plan_add_note(
		plan,
		"%s: the kernel forgets which of its pages are poisoned, the record does "
		"not: %s",
		device->name, where);
}
