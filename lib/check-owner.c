// SPDX-License-Identifier: LGPL-2.1-or-later
#include <inttypes.h>
#include <string.h>

#include "check.h"

static bool shares_a_byte(const struct daxfs_range *range, uint64_t start, uint64_t end)
{
	return range->start <= end && start <= range->end;
}

static bool is_inside(const struct daxfs_range *range, uint64_t start, uint64_t end)
{
	return range->start >= start && range->end <= end;
}

static bool is_device_name(const char *name)
{
	return daxfs_parse_device_name(name, NULL, NULL) == 0;
}

/* ---- /proc/iomem */

static void add_ram(const struct daxfs_device *device, size_t i, const struct iomem_entry *entry,
		    struct findings *findings)
{
	findings_add(findings,
		     &(struct finding){
			     .severity = DAXFS_SEVERITY_ERROR,
			     .id = "range-is-ram",
			     .device = device->name,
			     .effect = "the kernel uses this memory as its own: a driver that "
				       "binds it destroys what is there",
			     .remedy = "the firmware's memory map contradicts itself: correct "
				       "it, or memmap= and efi_fake_mem= of the kernel's "
				       "command line",
			     VALUES(NUMBER("mapping", i), NUMBER("start", device->ranges[i].start),
				    NUMBER("end", device->ranges[i].end),
				    NUMBER("owner_start", entry->start),
				    NUMBER("owner_end", entry->end), TEXT("owner", entry->name)) },
		     "mapping%zu, 0x%" PRIx64 "-0x%" PRIx64 ", shares memory with %s, 0x%" PRIx64
		     "-0x%" PRIx64 ", of /proc/iomem",
		     i, device->ranges[i].start, device->ranges[i].end, entry->name, entry->start,
		     entry->end);
}

static void add_claimed(const struct daxfs_device *device, size_t i,
			const struct iomem_entry *entry, struct findings *findings)
{
	findings_add(findings,
		     &(struct finding){
			     .severity = DAXFS_SEVERITY_ERROR,
			     .id = "range-claimed",
			     .device = device->name,
			     .class = DAXFS_CLASS_BUSY,
			     .effect = "no driver can be bound: the kernel answers EBUSY",
			     .remedy = "disable the device that has it",
			     VALUES(NUMBER("mapping", i), NUMBER("start", device->ranges[i].start),
				    NUMBER("end", device->ranges[i].end),
				    NUMBER("owner_start", entry->start),
				    NUMBER("owner_end", entry->end), TEXT("owner", entry->name)) },
		     "mapping%zu, 0x%" PRIx64 "-0x%" PRIx64 ", is claimed by %s, 0x%" PRIx64
		     "-0x%" PRIx64 ", in /proc/iomem",
		     i, device->ranges[i].start, device->ranges[i].end, entry->name, entry->start,
		     entry->end);
}

static void add_split(const struct daxfs_device *device, size_t i, const struct iomem_entry *entry,
		      struct findings *findings)
{
	findings_add(findings,
		     &(struct finding){
			     .severity = DAXFS_SEVERITY_ERROR,
			     .id = "range-split",
			     .device = device->name,
			     .effect = "what lies outside may be no memory at all: who touches "
				       "it crashes",
			     .remedy = "create the device anew; see the firmware's memory map in "
				       "the kernel's log",
			     VALUES(NUMBER("mapping", i), NUMBER("start", device->ranges[i].start),
				    NUMBER("end", device->ranges[i].end),
				    NUMBER("owner_start", entry->start),
				    NUMBER("owner_end", entry->end), TEXT("owner", entry->name)) },
		     "mapping%zu, 0x%" PRIx64 "-0x%" PRIx64
		     ", lies partly outside of %s, 0x%" PRIx64 "-0x%" PRIx64 ", in /proc/iomem",
		     i, device->ranges[i].start, device->ranges[i].end, entry->name, entry->start,
		     entry->end);
}

static void add_unowned(const struct daxfs_device *device, size_t i, struct findings *findings)
{
	findings_add(findings,
		     &(struct finding){
			     .severity = DAXFS_SEVERITY_WARNING,
			     .id = "range-unowned",
			     .device = device->name,
			     .effect = "the driver that it is bound to has not claimed the "
				       "memory: another may",
			     .remedy = "bind it anew: daxfsctl reconfigure-device --rebind",
			     VALUES(NUMBER("mapping", i), NUMBER("start", device->ranges[i].start),
				    NUMBER("end", device->ranges[i].end)) },
		     "mapping%zu, 0x%" PRIx64 "-0x%" PRIx64 ", is in no entry of /proc/iomem", i,
		     device->ranges[i].start, device->ranges[i].end);
}

/* Whether the entry says that somebody else has the memory. */
static bool is_foreign(const struct daxfs_device *device, const struct iomem_entry *entry)
{
	return is_device_name(entry->name) && strcmp(entry->name, device->name) != 0;
}

/* What a driver of the device entered itself; of kmem, that is whole memory blocks only. */
static bool is_own(const struct daxfs_device *device, const struct iomem_entry *entry)
{
	return strcmp(entry->name, device->name) == 0 ||
	       strcmp(entry->name, "System RAM (kmem)") == 0;
}

/* What @range has to lie in: the outermost entry there is. NULL: none. */
static const struct iomem_entry *find_outermost(const struct check_facts *check,
						const struct daxfs_range *range)
{
	for (size_t k = 0; k < check->n_entries; k++)
		if (check->entries[k].depth == 0 &&
		    shares_a_byte(range, check->entries[k].start, check->entries[k].end))
			return &check->entries[k];
	return NULL;
}

/* The worst that is to be said of one range; true when something was. */
static bool check_range(const struct facts *facts, size_t i, struct findings *findings)
{
	const struct check_facts *check = facts->check;
	const struct daxfs_device *device = facts->device;
	const struct daxfs_range *range = &device->ranges[i];
	const struct iomem_entry *outermost = find_outermost(check, range);

	for (size_t k = 0; k < check->n_entries; k++) {
		const struct iomem_entry *entry = &check->entries[k];

		if (!shares_a_byte(range, entry->start, entry->end))
			continue;
		if (strcmp(entry->name, "System RAM") == 0) {
			add_ram(device, i, entry, findings);
			return true;
		}
		if (is_foreign(device, entry)) {
			add_claimed(device, i, entry, findings);
			return true;
		}
	}
	if (!outermost && device->mode == DAXFS_MODE_NONE)
		findings_skip(findings, "owner",
			      "without a driver, /proc/iomem has no entry for mapping%zu", i);
	else if (!outermost)
		add_unowned(device, i, findings);
	else if (!is_own(device, outermost) && !is_inside(range, outermost->start, outermost->end))
		add_split(device, i, outermost, findings);
	else
		return false;
	return true;
}

static void check_iomem(const struct facts *facts, struct findings *findings)
{
	const struct check_facts *check = facts->check;

	if (check->iomem_err == EACCES || check->iomem_err == EPERM) {
		findings_skip(findings, "owner", "/proc/iomem has addresses for root only");
		return;
	}
	if (check->iomem_err) {
		findings_skip(findings, "owner", "/proc/iomem cannot be read: %s",
			      strerror(check->iomem_err));
		return;
	}
	for (size_t i = 0; i < facts->device->n_mappings; i++)
		if (check_range(facts, i, findings))
			return;
}

/* ---- the region */

static void add_outside(const struct daxfs_device *device, size_t i, uint64_t start, uint64_t end,
			const char *region, struct findings *findings)
{
	findings_add(findings,
		     &(struct finding){
			     .severity = DAXFS_SEVERITY_ERROR,
			     .id = "range-outside-region",
			     .device = device->name,
			     .effect = "the device reaches into memory that is not its region's",
			     .remedy = "create the device anew",
			     VALUES(NUMBER("mapping", i), NUMBER("start", device->ranges[i].start),
				    NUMBER("end", device->ranges[i].end),
				    NUMBER("region_start", start), NUMBER("region_end", end)) },
		     "mapping%zu, 0x%" PRIx64 "-0x%" PRIx64 ", is not inside of %s, 0x%" PRIx64
		     "-0x%" PRIx64,
		     i, device->ranges[i].start, device->ranges[i].end, region, start, end);
}

/* Where the region is: a CXL region says so itself, an hmem device has an entry in /proc/iomem. */
static bool find_bounds(const struct check_facts *check, uint64_t *ret_start, uint64_t *ret_end,
			const char **ret_name)
{
	if (check->bounds_start.is_known && check->bounds_size.is_known &&
	    check->bounds_size.value) {
		*ret_start = check->bounds_start.value;
		*ret_end = check->bounds_start.value + check->bounds_size.value - 1;
		*ret_name = "its CXL region";
		return true;
	}
	for (size_t k = 0; check->owner[0] && k < check->n_entries; k++) {
		if (strcmp(check->entries[k].name, check->owner) != 0)
			continue;
		*ret_start = check->entries[k].start;
		*ret_end = check->entries[k].end;
		*ret_name = check->owner;
		return true;
	}
	return false;
}

static void check_region(const struct facts *facts, struct findings *findings)
{
	const struct daxfs_device *device = facts->device;
	uint64_t start, end;
	const char *name;

	if (facts->has_region_size && device->has_size && device->size > facts->region_size)
		findings_add(findings,
			     &(struct finding){
				     .severity = DAXFS_SEVERITY_ERROR,
				     .id = "larger-than-region",
				     .device = device->name,
				     .effect = "the device reaches into memory that is not its "
					       "region's",
				     .remedy = "create the device anew",
				     VALUES(NUMBER("size", device->size),
					    NUMBER("region_size", facts->region_size)) },
			     "its size is %" PRIu64 " bytes, its region has %" PRIu64, device->size,
			     facts->region_size);
	if (!find_bounds(facts->check, &start, &end, &name))
		return;
	for (size_t i = 0; i < device->n_mappings; i++)
		if (!is_inside(&device->ranges[i], start, end)) {
			add_outside(device, i, start, end, name, findings);
			return;
		}
}

/* ---- other devices of the region */

static void add_shared(const struct daxfs_device *device, size_t i, const struct sibling *sibling,
		       const struct daxfs_range *other, struct findings *findings)
{
	findings_add(findings,
		     &(struct finding){
			     .severity = DAXFS_SEVERITY_ERROR,
			     .id = "range-shared",
			     .device = device->name,
			     .effect = "writing one of the devices destroys the other's data",
			     .remedy = "save the data, then destroy one of them: daxfsctl "
				       "destroy-device",
			     VALUES(NUMBER("mapping", i), NUMBER("start", device->ranges[i].start),
				    NUMBER("end", device->ranges[i].end),
				    TEXT("other", sibling->name),
				    NUMBER("other_start", other->start),
				    NUMBER("other_end", other->end)) },
		     "mapping%zu, 0x%" PRIx64 "-0x%" PRIx64 ", shares memory with %s, 0x%" PRIx64
		     "-0x%" PRIx64,
		     i, device->ranges[i].start, device->ranges[i].end, sibling->name, other->start,
		     other->end);
}

/* Whether a range of @sibling is also this device's; the first is told. */
static bool check_sibling(const struct daxfs_device *device, const struct sibling *sibling,
			  struct findings *findings)
{
	for (size_t i = 0; i < device->n_mappings; i++)
		for (size_t j = 0; j < sibling->n_ranges; j++) {
			const struct daxfs_range *other = &sibling->ranges[j];

			if (!shares_a_byte(&device->ranges[i], other->start, other->end))
				continue;
			add_shared(device, i, sibling, other, findings);
			return true;
		}
	return false;
}

/* What all devices have and what is free make up the region. */
static void check_region_sum(const struct facts *facts, struct findings *findings)
{
	const struct daxfs_device *device = facts->device;
	uint64_t sum = device->size;

	if (device->is_static || !device->has_size || !facts->has_region_size ||
	    !facts->has_available_size)
		return;
	for (size_t i = 0; i < facts->check->n_siblings; i++)
		sum += facts->check->siblings[i].size;
	if (sum + facts->available_size == facts->region_size)
		return;
	findings_add(findings,
		     &(struct finding){ .severity = DAXFS_SEVERITY_WARNING,
					.id = "region-sum",
					.device = device->name,
					.effect = "new devices may be refused (ENOSPC), or overlap",
					.remedy =
						"check again when no other command changes devices",
					VALUES(NUMBER("sum_of_devices", sum),
					       NUMBER("available", facts->available_size),
					       NUMBER("region_size", facts->region_size)) },
		     "the devices of its region have %" PRIu64 " bytes and %" PRIu64
		     " are available, but the region has %" PRIu64,
		     sum, facts->available_size, facts->region_size);
}

void check_owner(const struct facts *facts, struct findings *findings)
{
	const struct check_facts *check = facts->check;

	if (facts->device->has_ranges && facts->device->n_mappings) {
		check_iomem(facts, findings);
		check_region(facts, findings);
	}
	if (!check->is_deep)
		return;
	for (size_t i = 0; i < check->n_siblings; i++)
		if (check_sibling(facts->device, &check->siblings[i], findings))
			break;
	check_region_sum(facts, findings);
}
