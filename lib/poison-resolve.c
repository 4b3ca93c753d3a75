// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is at the place that was asked for: pieces of memory, and what they are called elsewhere. */
#include <inttypes.h>

#include "check-facts.h"
#include "device.h"
#include "poison-method.h"

/* An address below the data of a static device may be that of its page map. */
static const char *words_for(const struct facts *facts, enum outside outside, uint64_t address)
{
	const struct backing_facts *backing = &facts->check->backing;

	switch (outside) {
	case OUTSIDE_GAP:
		return "lies in a gap between two ranges of the device, which is not its memory";
	case OUTSIDE_MISALIGNED:
		return "is no whole unit of the method";
	case OUTSIDE_PAST_END:
		return "reaches past the end of the device";
	default:
		if (backing->namespace_start.is_known &&
		    address >= backing->namespace_start.value &&
		    address < facts->device->ranges[0].start)
			return "lies in the page map of the namespace: that is metadata, no data of "
			       "the device";
		return "lies outside of the device";
	}
}

static int refuse_outside(struct daxfs_ctx *ctx, const struct daxfs_spot *spot,
			  const struct daxfs_poison_request *request, enum outside outside)
{
	static const char *const words[] = { [DAXFS_PLACE_OFFSET] = "offset",
					     [DAXFS_PLACE_ADDRESS] = "address",
					     [DAXFS_PLACE_PFN] = "page frame" };
	const struct daxfs_device *device = spot->facts->device;
	bool misaligned = outside == OUTSIDE_MISALIGNED;
	uint64_t address = request->value;

	if (request->place == DAXFS_PLACE_PFN)
		address *= spot->facts->page_size;
	return daxfs_fail(
		ctx, -ENXIO,
		&(struct failure){ .class = DAXFS_CLASS_INVALID,
				   .id = misaligned ? "misaligned" : "outside-device",
				   .device = device->name,
				   .hint = misaligned ? "without --exact the units that hold "
							"it are taken"
						      : "daxfsctl list -M shows the ranges" },
		"%s: %s 0x%" PRIx64 "%s %s (%" PRIu64 " bytes, unit %" PRIu64 ")", device->name,
		words[request->place], request->value, request->length ? ", with its length," : "",
		words_for(spot->facts, outside, address), device->size, spot->unit);
}

/*
 * Where in the namespace behind a pmem device it is, page map included: as the kernel numbers the bad
 * blocks of it.
 */
static void add_namespace(struct daxfs_spot *spot)
{
	const struct backing_facts *backing = &spot->facts->check->backing;

	for (size_t i = 0; backing->namespace_start.is_known && i < spot->n_targets; i++) {
		spot->targets[i].has_namespace_offset = true;
		spot->targets[i].namespace_offset =
			spot->targets[i].address - backing->namespace_start.value;
	}
}

int spot_resolve(struct daxfs_ctx *ctx, const struct daxfs_poison_request *request,
		 struct daxfs_spot *spot)
{
	const struct daxfs_device *device = spot->facts->device;
	enum outside outside = OUTSIDE_PAST_END;
	int r;

	r = place_resolve(device->ranges, device->n_mappings, request, spot->facts->page_size,
			  spot->unit, &spot->extent, &outside);
	if (r == -ENXIO)
		return refuse_outside(ctx, spot, request, outside);
	if (r == 0)
		r = place_split(device->ranges, device->n_mappings, &spot->extent,
				spot->facts->page_size, &spot->targets, &spot->n_targets);
	if (r == 0 && spot->extent.moved)
		r = spot_add_note(spot,
				  "%s: taken as the whole units of %" PRIu64
				  " bytes that hold it: 0x%" PRIx64 ", %" PRIu64 " bytes",
				  device->name, spot->unit, spot->extent.offset,
				  spot->extent.length);
	if (r < 0)
		return r;
	add_namespace(spot);
	return spot_locate_cxl(spot);
}
