// SPDX-License-Identifier: LGPL-2.1-or-later
#include <inttypes.h>
#include <string.h>

#include "check.h"

/* What follows from ranges that contradict each other. */
#define WRONG_PAGE "an offset in the device is not the memory that its user means"
#define REMAKE                                                                      \
	"destroy the device and create it anew (daxfsctl destroy-device, "          \
	"create-device); of a pmem device its namespace, with ndctl; save the data" \
	" first"

static void add_reversed(const struct daxfs_device *device, size_t i,
			 const struct daxfs_range *range, struct findings *findings)
{
	findings_add(findings,
		     &(struct finding){ .severity = DAXFS_SEVERITY_ERROR,
					.id = "range-reversed",
					.device = device->name,
					.effect = "where the device lies is not known",
					.remedy = REMAKE,
					VALUES(NUMBER("mapping", i), NUMBER("start", range->start),
					       NUMBER("end", range->end)) },
		     "mapping%zu ends at 0x%" PRIx64 ", before it starts at 0x%" PRIx64, i,
		     range->end, range->start);
}

static void check_aligned(const struct daxfs_device *device, struct findings *findings)
{
	for (size_t i = 0; i < device->n_mappings; i++) {
		const struct daxfs_range *range = &device->ranges[i];

		if (range->start % device->align == 0 && range_length(range) % device->align == 0)
			continue;
		findings_add(findings,
			     &(struct finding){
				     .severity = DAXFS_SEVERITY_ERROR,
				     .id = "range-misaligned",
				     .device = device->name,
				     .effect = "no page of the size of its align can be mapped "
					       "at its ends: SIGBUS for who touches it",
				     .remedy = "set an align that suits (daxfsctl "
					       "reconfigure-device -a), or create it anew",
				     VALUES(NUMBER("mapping", i), NUMBER("start", range->start),
					    NUMBER("end", range->end),
					    NUMBER("align", device->align)) },
			     "mapping%zu, 0x%" PRIx64 "-0x%" PRIx64
			     ", does not begin and end at multiples of the align %" PRIu64,
			     i, range->start, range->end, device->align);
		return;
	}
}

/* The first pair is enough: what is wrong with one is to be looked at as a whole. */
static void check_apart(const struct daxfs_device *device, struct findings *findings)
{
	for (size_t i = 1; i < device->n_mappings; i++)
		for (size_t j = 0; j < i; j++) {
			const struct daxfs_range *a = &device->ranges[j], *b = &device->ranges[i];

			if (a->start > b->end || b->start > a->end)
				continue;
			findings_add(findings,
				     &(struct finding){
					     .severity = DAXFS_SEVERITY_ERROR,
					     .id = "range-overlap",
					     .device = device->name,
					     .effect = "two offsets of the device are the same "
						       "memory: writing one destroys the other",
					     .remedy = REMAKE,
					     VALUES(NUMBER("mapping", j), NUMBER("end", a->end),
						    NUMBER("other_mapping", i),
						    NUMBER("other_start", b->start)) },
				     "mapping%zu and mapping%zu overlap: 0x%" PRIx64 "-0x%" PRIx64
				     " and 0x%" PRIx64 "-0x%" PRIx64,
				     j, i, a->start, a->end, b->start, b->end);
			return;
		}
}

static void check_offsets(const struct facts *facts, struct findings *findings)
{
	const struct daxfs_device *device = facts->device;
	uint64_t expected = 0;

	for (size_t i = 0; i < device->n_mappings; i++) {
		const struct daxfs_range *range = &device->ranges[i];

		if (range->page_offset != expected) {
			findings_add(
				findings,
				&(struct finding){ .severity = DAXFS_SEVERITY_ERROR,
						   .id = "page-offset",
						   .device = device->name,
						   .effect = WRONG_PAGE,
						   .remedy = REMAKE,
						   VALUES(NUMBER("mapping", i),
							  NUMBER("page_offset", range->page_offset),
							  NUMBER("expected", expected)) },
				"mapping%zu begins at page 0x%" PRIx64
				" of the device, the ranges before it have 0x%" PRIx64 " pages",
				i, range->page_offset, expected);
			return;
		}
		expected += range_length(range) / facts->page_size;
	}
}

static void check_sum(const struct daxfs_device *device, struct findings *findings)
{
	uint64_t sum;

	/* A sum that does not fit is no size either. */
	if (daxfs_ranges_size(device->ranges, device->n_mappings, &sum) < 0)
		sum = UINT64_MAX;
	if (!device->has_size || sum == device->size)
		return;
	findings_add(findings,
		     &(struct finding){
			     .severity = DAXFS_SEVERITY_ERROR,
			     .id = "size-differs",
			     .device = device->name,
			     .effect = "its end is not where its users think it is",
			     .remedy = REMAKE,
			     VALUES(NUMBER("size", device->size), NUMBER("sum_of_ranges", sum)) },
		     "its size is %" PRIu64 " bytes, its ranges have %" PRIu64, device->size, sum);
}

static void check_resource(const struct daxfs_device *device, struct findings *findings)
{
	if (!device->has_resource || device->n_mappings == 0 ||
	    device->resource == device->ranges[0].start)
		return;
	findings_add(findings,
		     &(struct finding){ .severity = DAXFS_SEVERITY_ERROR,
					.id = "resource-differs",
					.device = device->name,
					.effect =
						"what goes by the resource, as the page map of a "
						"static device, is in another place than the data",
					.remedy = REMAKE,
					VALUES(NUMBER("resource", device->resource),
					       NUMBER("mapping0_start", device->ranges[0].start)) },
		     "its resource is 0x%" PRIx64 ", its first range begins at 0x%" PRIx64,
		     device->resource, device->ranges[0].start);
}

/* Those that the kernel can have: dax_align_valid() in drivers/dax/dax-private.h. */
static void check_align(const struct facts *facts, struct findings *findings)
{
	static const uint64_t huge[] = { UINT64_C(2) << 20, UINT64_C(1) << 30 };
	const struct daxfs_device *device = facts->device;
	char supported[64];

	if (!device->has_align || device->align == facts->page_size || device->align == huge[0] ||
	    device->align == huge[1])
		return;
	snprintf(supported, sizeof(supported), "%" PRIu64 " %" PRIu64 " %" PRIu64, facts->page_size,
		 huge[0], huge[1]);
	findings_add(findings,
		     &(struct finding){
			     .severity = DAXFS_SEVERITY_ERROR,
			     .id = "align-unsupported",
			     .device = device->name,
			     .effect = "no driver can map it",
			     .remedy = device->is_static
					       ? "create its namespace anew with an align "
						 "of these: ndctl create-namespace --align="
					       : "daxfsctl reconfigure-device -a 2M",
			     VALUES(NUMBER("align", device->align), TEXT("supported", supported)) },
		     "its align is %" PRIu64 "; supported are %s", device->align, supported);
}

static void skip_ranges(const struct daxfs_device *device, struct findings *findings)
{
	int err = device->ranges_err ? device->ranges_err : EACCES;

	if (err == EACCES || err == EPERM)
		findings_skip(findings, "ranges", "only root may read them");
	else
		findings_skip(findings, "ranges", "cannot be read: %s", strerror(err));
}

void check_ranges(const struct facts *facts, const struct check_goal *goal,
		  struct findings *findings)
{
	const struct check_facts *check = facts->check;
	const struct daxfs_device *device = facts->device;

	if (!goal->realigns)
		check_align(facts, findings);
	if (check->has_reversed)
		add_reversed(device, check->reversed_index, &check->reversed, findings);
	else if (!device->has_ranges)
		skip_ranges(device, findings);
	if (!device->has_ranges)
		return;
	if (!goal->realigns && device->has_align && device->align)
		check_aligned(device, findings);
	check_apart(device, findings);
	check_offsets(facts, findings);
	check_sum(device, findings);
	check_resource(device, findings);
}
