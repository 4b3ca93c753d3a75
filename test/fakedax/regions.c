// SPDX-License-Identifier: GPL-2.0-only
/*
 * size, align and mapping of a device, create and delete of a region, as drivers/dax/bus.c has
 * them: a region's memory is given out first fit, and what a device gets is not what it had.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model.h"

/* memremap_compat_align(): a subsection */
#define MIN_ALIGN (2 * MiB)

/* A piece of a region that belongs to a device, as its resource tree has it: by address. */
struct piece {
	struct span span;
	struct device *device;
	unsigned int range;
};

uint64_t span_length(const struct span *span)
{
	return span->end - span->start + 1;
}

uint64_t device_size(const struct device *device)
{
	uint64_t size = 0;

	for (unsigned int i = 0; i < device->n_ranges; i++)
		size += span_length(&device->ranges[i]);
	return size;
}

static const struct region *region_of(const struct model *model, const struct device *device)
{
	return &model->regions[device->region];
}

uint64_t region_available(const struct model *model, const struct region *region)
{
	uint64_t available = span_length(&region->span);

	for (size_t i = 0; i < MAX_DEVICES; i++)
		if (model->devices[i].exists && region_of(model, &model->devices[i]) == region)
			available -= device_size(&model->devices[i]);
	return available;
}

/* The first piece of @region that ends behind @address; false when there is none. */
static bool next_piece(struct model *model, const struct region *region, uint64_t address,
		       struct piece *ret_piece)
{
	bool found = false;

	for (size_t i = 0; i < MAX_DEVICES; i++) {
		struct device *device = &model->devices[i];

		if (!device->exists || region_of(model, device) != region)
			continue;
		for (unsigned int k = 0; k < device->n_ranges; k++) {
			const struct span *span = &device->ranges[k];

			if (span->end <= address || (found && span->start > ret_piece->span.start))
				continue;
			*ret_piece = (struct piece){ *span, device, k };
			found = true;
		}
	}
	return found;
}

static bool is_aligned(const struct device *device, uint64_t size)
{
	return size % (device->align > MIN_ALIGN ? device->align : MIN_ALIGN) == 0;
}

int device_add_range(struct model *model, struct device *device, uint64_t start, uint64_t size)
{
	const struct region *region = region_of(model, device);
	struct span span = { start, start + size - 1 };
	struct piece other;

	if (size == 0) /* the kernel warns, once, that this is for a new device only */
		return device->n_ranges ? -EBUSY : 0;
	if (span.end < span.start || start < region->span.start || span.end > region->span.end)
		return -ENOMEM;
	if (next_piece(model, region, start, &other) && other.span.start <= span.end)
		return -ENOMEM;
	if (device->n_ranges == MAX_RANGES)
		return -ENOMEM;
	device->ranges[device->n_ranges++] = span;
	return 0;
}

static int shrink(struct device *device, uint64_t bytes)
{
	while (bytes && device->n_ranges) {
		struct span *last = &device->ranges[device->n_ranges - 1];

		if (bytes < span_length(last)) {
			last->end -= bytes;
			return 0;
		}
		bytes -= span_length(last);
		device->n_ranges--;
	}
	return 0;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Takes some of the first free memory, and says in *@bytes what is still missing. */
static int grow_once(struct model *model, struct device *device, uint64_t *bytes)
{
	const struct region *region = region_of(model, device);
	struct piece piece, next;
	uint64_t got;
	int r;

	if (!next_piece(model, region, 0, &piece)) {
		r = device_add_range(model, device, region->span.start, *bytes);
		*bytes = r < 0 ? *bytes : 0;
		return r;
	}
	if (piece.span.start > region->span.start) {
		got = smaller(piece.span.start - region->span.start, *bytes);
		*bytes -= got;
		return device_add_range(model, device, region->span.start, got);
	}
	/* The next piece begins where this one ends as long as there is no gap. */
	while (next_piece(model, region, piece.span.end, &next) &&
	       next.span.start == piece.span.end + 1)
		piece = next;
	got = next_piece(model, region, piece.span.end, &next) ? next.span.start - 1
							       : region->span.end;
	got = smaller(got - piece.span.end, *bytes);
	if (!got)
		return -ENOSPC;
	*bytes -= got;
	/* The last range of the device itself is made longer. */
	if (piece.device == device && piece.range == device->n_ranges - 1) {
		device->ranges[piece.range].end += got;
		return 0;
	}
	return device_add_range(model, device, piece.span.end + 1, got);
}

int device_store_size(struct model *model, struct device *device, const char *text)
{
	const struct region *region = region_of(model, device);
	uint64_t size, old = device_size(device), missing;
	int r;

	r = parse_ull(text, 0, &size);
	if (r < 0)
		return r;
	if (!is_aligned(device, size))
		return -EINVAL;
	if (device->driver != DRIVER_NONE)
		return -EBUSY;
	if (size > old && size - old > region_available(model, region))
		return -ENOSPC;
	model->changes++;
	if (size <= old)
		return shrink(device, old - size);
	missing = size - old;
	if (!is_aligned(device, missing))
		return -ENXIO;
	while (missing && r == 0)
		r = grow_once(model, device, &missing);
	return r;
}

int device_store_align(struct model *model, struct device *device, const char *text)
{
	uint64_t align, old = device->align;

	if (parse_long(text, 0, &align) < 0)
		return -ENXIO;
	if (align != PAGE && align != 2 * MiB && align != GiB)
		return -EINVAL;
	if (device->driver != DRIVER_NONE)
		return -EBUSY;
	device->align = align;
	for (unsigned int i = 0; i < device->n_ranges; i++)
		if (!is_aligned(device, span_length(&device->ranges[i]))) {
			device->align = old;
			return -EINVAL;
		}
	model->changes++;
	return 0;
}

static int parse_span(const char *text, struct span *ret_span)
{
	const char *dash = strchr(text, '-');
	char start[64];
	int r;

	if (!dash || dash - text >= (int)sizeof(start))
		return -EINVAL;
	memcpy(start, text, dash - text);
	start[dash - text] = '\0';
	r = parse_ull(start, 16, &ret_span->start);
	return r < 0 ? r : parse_ull(dash + 1, 16, &ret_span->end);
}

int device_store_mapping(struct model *model, struct device *device, const char *text)
{
	struct span span;
	uint64_t length;
	int r;

	r = parse_span(text, &span);
	if (r < 0)
		return r;
	length = span.end - span.start + 1;
	if (!is_aligned(device, length)) /* success, and nothing done */
		return 0;
	r = device_add_range(model, device, span.start, length);
	if (r == 0 && device->driver != DRIVER_NONE)
		device->crashes = true;
	model->changes++;
	return r;
}

/* Debian's kernels are not booted with memory_hotplug.memmap_on_memory. */
int device_store_memmap(const char *text)
{
	bool value;
	int r = parse_bool(text, &value);

	if (r < 0)
		return r;
	return value ? -EOPNOTSUPP : 0;
}

static unsigned int free_id(const struct model *model, unsigned int region)
{
	unsigned int id = 0;

	for (size_t i = 0; i < MAX_DEVICES; i++) {
		const struct device *other = &model->devices[i];

		if (!other->exists || other->region != region || other->id != id)
			continue;
		id++;
		i = -1; /* from the start again: ids are in no order */
	}
	return id;
}

struct device *device_new(struct model *model, unsigned int region)
{
	struct device *device = model->devices;

	while (device < model->devices + MAX_DEVICES && device->exists)
		device++;
	if (device == model->devices + MAX_DEVICES)
		return NULL;
	*device = (struct device){
		.region = region,
		.id = free_id(model, region),
		.age = model->next_age++,
		.align = model->regions[region].align,
		.driver = DRIVER_NONE,
	};
	device->exists = true;
	snprintf(device->name, sizeof(device->name), "dax%u.%u", region, device->id);
	model->changes++;
	return device;
}

int region_store_create(struct model *model, struct region *region, const char *text)
{
	struct device *device;
	int value, r;

	r = parse_int(text, &value);
	if (r < 0)
		return r;
	if (value != 1)
		return -EINVAL;
	if (region_available(model, region) == 0)
		return -ENOSPC;
	device = device_new(model, region - model->regions);
	if (!device)
		return -ENOMEM;
	bus_device_added(model, device);
	if (!region->seed)
		region->seed = device;
	region->youngest = device;
	return 0;
}

int region_store_delete(struct model *model, struct region *region, const char *text)
{
	struct device *device = model_find(model, text);

	if (!device || region_of(model, device) != region)
		return -ENXIO;
	if (device->driver != DRIVER_NONE || device->n_ranges || device->id == 0)
		return -EBUSY;
	if (region->seed == device)
		region->seed = NULL;
	if (region->youngest == device)
		region->youngest = NULL;
	device->exists = false;
	model->changes++;
	return 0;
}
