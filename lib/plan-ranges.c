// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which memory a device is to have, by size or by address: size_store(), mapping_store() and
 * align_store() of dax/bus.c.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "device.h"
#include "plan.h"

bool plan_moves(const struct daxfs_device *device, const struct daxfs_request *request)
{
	const struct daxfs_range *ranges;
	size_t n;

	if (!request->ranges)
		return false;
	return !daxfs_device_get_ranges(device, &ranges, &n) ||
	       !ranges_equal(ranges, n, request->ranges, request->n_ranges);
}

uint64_t plan_lost_bytes(const struct daxfs_plan *plan)
{
	const struct daxfs_device *device = plan->facts->device;

	if (plan->ranges)
		return device->size - ranges_common(device->ranges, device->n_mappings,
						    plan->ranges, plan->n_ranges);
	return plan->size < device->size ? device->size - plan->size : 0;
}

/* Refusals. */

PRINTF_FORMAT(5, 6)
static int refuse(struct daxfs_ctx *ctx, const struct daxfs_plan *plan, const char *id,
		  const char *hint, const char *format, ...)
{
	const char *device = plan->facts->device->name;
	char words[160];
	va_list args;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	return daxfs_fail(ctx, -EINVAL,
			  &(struct failure){ .class = DAXFS_CLASS_INVALID,
					     .id = id,
					     .device = device,
					     .step = "mapping",
					     .hint = hint },
			  "%s: %s", device, words);
}

/* A write that the kernel does not like it answers with success, and does nothing. */
static int check_units(struct daxfs_ctx *ctx, const struct daxfs_plan *plan)
{
	uint64_t unit = plan->align > SUBSECTION_SIZE ? plan->align : SUBSECTION_SIZE;

	for (size_t i = 0; i < plan->n_ranges; i++) {
		const struct daxfs_range *range = &plan->ranges[i];

		if (range->start % plan->align || range_length(range) % unit)
			return refuse(ctx, plan, "bad-range",
				      "each start has to be a multiple of the align, each length "
				      "of the align and of 2M",
				      "range %zu, 0x%" PRIx64 "-0x%" PRIx64
				      ", does not suit align %" PRIu64,
				      i, range->start, range->end, plan->align);
	}
	return 0;
}

static int check_overlap(struct daxfs_ctx *ctx, const struct daxfs_plan *plan)
{
	size_t i;
	int r = daxfs_ranges_check(plan->ranges, plan->n_ranges, 0, plan->facts->page_size, &i);

	if (r == 0)
		return 0;
	return refuse(ctx, plan, "bad-range", NULL,
		      "range %zu, 0x%" PRIx64 "-0x%" PRIx64 ", overlaps another", i,
		      plan->ranges[i].start, plan->ranges[i].end);
}

static const struct taken *find_taken(const struct facts *facts, const struct daxfs_range *range)
{
	for (size_t i = 0; i < facts->n_taken; i++) {
		const struct taken *taken = &facts->taken[i];

		if (strcmp(taken->name, facts->device->name) != 0 &&
		    taken->range.start <= range->end && range->start <= taken->range.end)
			return taken;
	}
	return NULL;
}

static int check_taken(struct daxfs_ctx *ctx, const struct daxfs_plan *plan)
{
	for (size_t i = 0; i < plan->n_ranges; i++) {
		const struct daxfs_range *range = &plan->ranges[i];
		const struct taken *taken = find_taken(plan->facts, range);

		if (taken)
			return refuse(ctx, plan, "range-taken",
				      "'daxfsctl list -M' shows what each device has",
				      "range %zu, 0x%" PRIx64 "-0x%" PRIx64 ", is in part %s's", i,
				      range->start, range->end, taken->name);
	}
	return 0;
}

int plan_check_ranges(struct daxfs_ctx *ctx, const struct daxfs_plan *plan)
{
	int r;

	if (!plan->facts->device->has_ranges)
		return device_fail_ranges(ctx, plan->facts->device);
	r = check_units(ctx, plan);
	if (r == 0)
		r = check_overlap(ctx, plan);
	return r < 0 ? r : check_taken(ctx, plan);
}

/* Steps. */

static int add_number_step(struct daxfs_ctx *ctx, struct daxfs_plan *plan, enum step_kind kind,
			   uint64_t value, const char *attribute)
{
	char text[24];
	int r;

	snprintf(text, sizeof(text), "%" PRIu64, value);
	r = plan_add_step(ctx, plan, kind, text, "bus/dax/devices/%s/%s", plan->facts->device->name,
			  attribute);
	if (r == 0)
		plan->steps[plan->n_steps - 1].number = value;
	return r;
}

static int add_mapping_step(struct daxfs_ctx *ctx, struct daxfs_plan *plan,
			    const struct daxfs_range *range)
{
	char text[48];
	int r;

	snprintf(text, sizeof(text), "0x%" PRIx64 "-0x%" PRIx64, range->start, range->end);
	r = plan_add_step(ctx, plan, STEP_MAPPING, text, "bus/dax/devices/%s/mapping",
			  plan->facts->device->name);
	if (r == 0)
		plan->steps[plan->n_steps - 1].range = *range;
	return r;
}

/* What is there already stays, the rest goes, and what is missing is asked for by address. */
static int add_range_steps(struct daxfs_ctx *ctx, struct daxfs_plan *plan)
{
	const struct daxfs_device *device = plan->facts->device;
	uint64_t keep;
	size_t i;
	int r = 0;

	keep = ranges_prefix(plan->ranges, plan->n_ranges, device->ranges, device->n_mappings, &i);
	if (keep != device->size)
		r = add_number_step(ctx, plan, STEP_SIZE, keep, "size");
	for (; r == 0 && i < plan->n_ranges; i++)
		r = add_mapping_step(ctx, plan, &plan->ranges[i]);
	return r;
}

static int add_memory_steps(struct daxfs_ctx *ctx, struct daxfs_plan *plan)
{
	if (plan->ranges)
		return add_range_steps(ctx, plan);
	return add_number_step(ctx, plan, STEP_SIZE, plan->size, "size");
}

/*
 * The kernel checks a new size against the align that is set, and a new align against the ranges
 * that are there: so the smaller of both aligns has to be set while the size is written.
 */
int plan_add_resize_steps(struct daxfs_ctx *ctx, struct daxfs_plan *plan)
{
	bool align_first = plan->realigns && plan->align < plan->facts->device->align;
	int r = 0;

	if (align_first)
		r = add_number_step(ctx, plan, STEP_ALIGN, plan->align, "align");
	if (r == 0 && plan->resizes)
		r = add_memory_steps(ctx, plan);
	if (r == 0 && plan->realigns && !align_first)
		r = add_number_step(ctx, plan, STEP_ALIGN, plan->align, "align");
	return r;
}
