// SPDX-License-Identifier: LGPL-2.1-or-later
#include <inttypes.h>
#include <string.h>

#include "check.h"

#define REMAKE                                                                    \
	"save the data, then ndctl destroy-namespace and ndctl create-namespace " \
	"--mode=devdax"

/* A page map begins with 8 KiB of its own; each page of data has a struct page of 64 bytes. */
#define MAP_HEADER (UINT64_C(8) << 10)
#define STRUCT_PAGE 64

static void check_one_range(const struct daxfs_device *device, struct findings *findings)
{
	if (device->n_mappings <= 1)
		return;
	findings_add(
		findings,
		&(struct finding){ .severity = DAXFS_SEVERITY_ERROR,
				   .id = "static-ranges",
				   .device = device->name,
				   .effect = "drivers refuse it: a page map that is on the device "
					     "covers one range",
				   .remedy = REMAKE,
				   VALUES(NUMBER("mappings", device->n_mappings)) },
		"a static device has one range, this one has %zu", device->n_mappings);
}

/* The data offset, from the start of the page map to the data, has to be there and large enough. */
static void check_data_start(const struct facts *facts, struct findings *findings)
{
	const struct backing_facts *backing = &facts->check->backing;
	const struct daxfs_device *device = facts->device;

	if (device->resource >= backing->namespace_start.value)
		return;
	findings_add(findings,
		     &(struct finding){
			     .severity = DAXFS_SEVERITY_ERROR,
			     .id = "data-before-map",
			     .device = device->name,
			     .effect = "its first pages have no page map: fsdev_dax refuses it, "
				       "or crashes",
			     .remedy = REMAKE,
			     VALUES(NUMBER("resource", device->resource),
				    NUMBER("namespace_start", backing->namespace_start.value)) },
		     "its data begins at 0x%" PRIx64
		     ", before its page map, which begins with the namespace at 0x%" PRIx64,
		     device->resource, backing->namespace_start.value);
}

static uint64_t map_bytes(const struct facts *facts)
{
	return MAP_HEADER + facts->device->size / facts->page_size * STRUCT_PAGE;
}

/* Only a page map on the device needs room there; the kernel made it so, when it made one. */
static void check_room(const struct facts *facts, struct findings *findings)
{
	const struct backing_facts *backing = &facts->check->backing;
	const struct daxfs_device *device = facts->device;
	uint64_t offset = device->resource - backing->namespace_start.value;

	if (strcmp(backing->map_mode, "pmem") != 0 ||
	    device->resource < backing->namespace_start.value || offset >= map_bytes(facts))
		return;
	findings_add(
		findings,
		&(struct finding){ .severity = DAXFS_SEVERITY_ERROR,
				   .id = "map-too-small",
				   .device = device->name,
				   .effect = "no driver can be bound: the page map has no room for "
					     "all pages",
				   .remedy = REMAKE,
				   VALUES(NUMBER("data_offset", offset),
					  NUMBER("needed", map_bytes(facts)),
					  TEXT("map", backing->map_mode)) },
		"its page map on the device has %" PRIu64 " bytes, its pages need %" PRIu64, offset,
		map_bytes(facts));
}

static void check_data_end(const struct facts *facts, struct findings *findings)
{
	const struct backing_facts *backing = &facts->check->backing;
	const struct daxfs_device *device = facts->device;
	uint64_t end = backing->namespace_start.value + backing->namespace_size.value - 1;
	uint64_t data_end = device->resource + device->size - 1;

	if (!backing->namespace_size.is_known || !device->has_size || device->size == 0 ||
	    data_end <= end)
		return;
	findings_add(findings,
		     &(struct finding){
			     .severity = DAXFS_SEVERITY_ERROR,
			     .id = "data-past-map",
			     .device = device->name,
			     .effect = "its last pages belong to another namespace, or to "
				       "nobody",
			     .remedy = REMAKE,
			     VALUES(NUMBER("data_end", data_end), NUMBER("namespace_end", end)) },
		     "its data ends at 0x%" PRIx64 ", past the end of its namespace at 0x%" PRIx64,
		     data_end, end);
}

static void add_differs(const struct daxfs_device *device, const char *id, const char *what,
			uint64_t own, uint64_t parents, struct findings *findings)
{
	findings_add(findings,
		     &(struct finding){
			     .severity = DAXFS_SEVERITY_ERROR,
			     .id = id,
			     .device = device->name,
			     .effect = "the kernel made the device of another namespace than "
				       "is there now",
			     .remedy = "disable and enable the namespace (ndctl), which makes "
				       "the device anew",
			     VALUES(NUMBER(what, own), NUMBER("parent", parents)) },
		     "its %s is %" PRIu64 ", that of its parent, the nd device, is %" PRIu64, what,
		     own, parents);
}

static void check_parent(const struct facts *facts, struct findings *findings)
{
	const struct backing_facts *backing = &facts->check->backing;
	const struct daxfs_device *device = facts->device;

	if (device->has_resource && backing->data_start.is_known &&
	    device->resource != backing->data_start.value)
		add_differs(device, "data-differs", "resource", device->resource,
			    backing->data_start.value, findings);
	else if (device->has_size && backing->data_size.is_known &&
		 device->size != backing->data_size.value)
		add_differs(device, "data-differs", "size", device->size, backing->data_size.value,
			    findings);
	if (device->has_align && backing->align.is_known && device->align != backing->align.value)
		add_differs(device, "align-differs", "align", device->align, backing->align.value,
			    findings);
}

/* Whether @list, numbers separated by blanks, has @number. */
static bool has_number(const char *list, uint64_t number)
{
	char text[24];
	size_t length = snprintf(text, sizeof(text), "%" PRIu64, number);

	for (const char *s = strstr(list, text); s; s = strstr(s + 1, text))
		if ((s == list || s[-1] == ' ') && (s[length] == '\0' || s[length] == ' '))
			return true;
	return false;
}

static void check_supported(const struct facts *facts, struct findings *findings)
{
	const struct backing_facts *backing = &facts->check->backing;
	const struct daxfs_device *device = facts->device;

	if (!device->has_align || !backing->aligns || !*backing->aligns ||
	    has_number(backing->aligns, device->align) ||
	    findings_has(findings, "align-unsupported"))
		return;
	findings_add(findings,
		     &(struct finding){ .severity = DAXFS_SEVERITY_ERROR,
					.id = "align-unsupported",
					.device = device->name,
					.effect = "no driver can map it",
					.remedy = REMAKE " --align=",
					VALUES(NUMBER("align", device->align),
					       TEXT("supported", backing->aligns)) },
		     "its align is %" PRIu64 "; supported are %s", device->align, backing->aligns);
}

void check_static(const struct facts *facts, struct findings *findings)
{
	const struct backing_facts *backing = &facts->check->backing;
	const struct daxfs_device *device = facts->device;

	if (!device->is_static)
		return;
	check_one_range(device, findings);
	check_parent(facts, findings);
	check_supported(facts, findings);
	if (device->kind != DAXFS_KIND_PMEM)
		return;
	if (!backing->has_namespace) {
		findings_skip(findings, "page map", "its parent names no namespace");
		return;
	}
	if (!backing->namespace_start.is_known || !device->has_resource) {
		findings_skip(findings, "page map",
			      "only root may read where the namespace begins");
		return;
	}
	check_data_start(facts, findings);
	check_data_end(facts, findings);
	check_room(facts, findings);
	if (!backing->map_mode[0])
		findings_skip(findings, "map", "the kernel does not tell where the page map is");
}
