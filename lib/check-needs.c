// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a mode needs besides a sound device. */
#include <inttypes.h>
#include <string.h>

#include "check.h"
#include "module-error.h"

#define STRUCT_PAGE 64
#define HUGE_PAGE (UINT64_C(2) << 20)

/* ---- room for the page map */

/*
 * How many bytes of RAM the page map of the device takes in @mode. device_dax folds the struct pages
 * of a huge page into two pages of them; see vmemmap_can_optimize() in the kernel's include/linux/mm.h.
 */
static uint64_t map_in_ram(const struct facts *facts, enum daxfs_mode mode)
{
	const struct daxfs_device *device = facts->device;
	uint64_t bytes = device->size / facts->page_size * STRUCT_PAGE;

	if (device->is_static && strcmp(facts->check->backing.map_mode, "ram") != 0)
		return 0; /* on the device, or not known */
	switch (mode) {
	case DAXFS_MODE_DEVDAX:
		if (device->has_align && device->align >= HUGE_PAGE)
			return device->size / device->align * 2 * facts->page_size;
		return bytes;
	case DAXFS_MODE_FAMFS:
		return bytes;
	case DAXFS_MODE_SYSTEM_RAM:
		return facts->check->memmap_on_memory && device->has_memmap_on_memory &&
				       device->memmap_on_memory
			       ? 0
			       : bytes;
	default:
		return 0;
	}
}

/* The page map of before goes with the driver of before. */
static void check_room(const struct facts *facts, const struct check_goal *goal,
		       struct findings *findings)
{
	const struct daxfs_device *device = facts->device;
	uint64_t needed, freed, available;

	if (!device->has_size || !goal->binds)
		return;
	if (!facts->check->mem_available.is_known) {
		findings_skip(findings, "memory",
			      "/proc/meminfo does not tell how much is available");
		return;
	}
	needed = map_in_ram(facts, goal->mode);
	freed = map_in_ram(facts, device->mode);
	available = facts->check->mem_available.value;
	if (needed <= freed || needed - freed <= available)
		return;
	findings_add(findings,
		     &(struct finding){
			     .severity = DAXFS_SEVERITY_ERROR,
			     .id = "no-memory-for-map",
			     .device = device->name,
			     .effect = "the bind fails for want of memory, or other processes "
				       "are killed for it",
			     .remedy = "free memory, or make the device smaller; of a pmem "
				       "device the page map can be on the device: ndctl "
				       "create-namespace --map=dev",
			     VALUES(NUMBER("needed", needed), NUMBER("freed", freed),
				    NUMBER("available", available)) },
		     "its page map needs %" PRIu64 " bytes of RAM in mode %s, %" PRIu64
		     " more than now; %" PRIu64 " are available",
		     needed, daxfs_mode_to_string(goal->mode), needed - freed, available);
}

/* ---- system-ram */

static void check_blocks(const struct facts *facts, struct findings *findings)
{
	const struct daxfs_device *device = facts->device;
	uint64_t blocks, lost;

	if (!facts->block_size || !device->has_ranges || device->n_mappings == 0)
		return;
	memory_count_blocks(device->ranges, device->n_mappings, facts->block_size, &blocks, &lost);
	if (blocks == 0 || lost == 0)
		return;
	findings_add(
		findings,
		&(struct finding){ .severity = DAXFS_SEVERITY_WARNING,
				   .id = "memory-lost",
				   .device = device->name,
				   .effect = "nobody can use these bytes while it is system-ram",
				   .remedy = "ranges that begin and end at multiples of the block "
					     "size lose nothing: create the device anew",
				   VALUES(NUMBER("block_size", facts->block_size),
					  NUMBER("blocks", blocks), NUMBER("lost_bytes", lost)) },
		"%" PRIu64 " of its bytes lie outside whole memory blocks of %" PRIu64 " bytes",
		lost, facts->block_size);
}

static void check_udev(const struct facts *facts, struct findings *findings)
{
	const struct place_in_file *place = &facts->check->udev_online;

	if (!place->path)
		return;
	findings_add(findings,
		     &(struct finding){
			     .severity = DAXFS_SEVERITY_WARNING,
			     .id = "udev-onlines",
			     .device = facts->device->name,
			     .effect = "udev may set memory blocks online before they are put "
				       "into the zone that is asked for, where the kernel keeps "
				       "what cannot move",
			     .remedy = "take that rule out, or mask the file by one of its name in "
				       "/etc/udev/rules.d",
			     VALUES(TEXT("file", place->path), NUMBER("line", place->line)) },
		     "%s, line %u, sets memory blocks online when they appear", place->path,
		     place->line);
}

/* ---- the machine */

/*
 * Where data can be in the data cache twice, file systems cannot use DAX devices: fsdev_dax refuses
 * the device with EOPNOTSUPP. On the other architectures of the second list it depends on the CPU.
 */
static const struct {
	const char *machine; /* the beginning of it */
	bool always;
} aliasing[] = {
	{ "parisc", true }, { "arm", false },	 { "mips", false }, { "sh", false },
	{ "sparc", false }, { "csky", false },	 { "m68k", false }, { "nios2", false },
	{ "arc", false },   { "xtensa", false },
};

static void check_cache(const struct facts *facts, struct findings *findings)
{
	const char *machine = facts->check->machine;

	if (!*machine) {
		findings_skip(findings, "cache", "the architecture is not known");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(aliasing); i++) {
		if (strncmp(machine, aliasing[i].machine, strlen(aliasing[i].machine)) != 0)
			continue;
		findings_add(findings,
			     &(struct finding){
				     .severity = aliasing[i].always ? DAXFS_SEVERITY_ERROR
								    : DAXFS_SEVERITY_WARNING,
				     .id = "cache-aliasing",
				     .device = facts->device->name,
				     .effect = "where the data cache aliases, fsdev_dax refuses "
					       "devices: EOPNOTSUPP",
				     .remedy = "use it in mode devdax",
				     VALUES(TEXT("machine", machine)) },
			     "on %s the data cache %s", machine,
			     aliasing[i].always ? "aliases" : "aliases, with some CPUs");
		return;
	}
}

static void check_signature(const struct facts *facts, const struct check_goal *goal,
			    struct findings *findings)
{
	const struct module_facts module = {
		.path = facts->check->module_path,
		.wants_signatures = true,
	};

	if (!facts->check->wants_signatures || facts->check->signature != SIGNATURE_MISSING)
		return;
	findings_add(findings,
		     &(struct finding){ .severity = DAXFS_SEVERITY_ERROR,
					.id = "module-unsigned",
					.device = facts->device->name,
					.effect = "the kernel does not load it: EKEYREJECTED; "
						  "EPERM when it is locked down",
					.remedy = module_error_find(EKEYREJECTED, &module)->hint,
					VALUES(TEXT("module", daxfs_mode_get_driver(goal->mode))) },
		     "the kernel loads signed modules only, and %s has no signature",
		     daxfs_mode_get_driver(goal->mode));
}

/* ---- what earlier switches left */

static void check_left_page_map(const struct facts *facts, struct findings *findings)
{
	const struct daxfs_device *device = facts->device;

	if (facts->check->log_err) {
		findings_skip(findings, "left page map", "the kernel's log cannot be read: %s",
			      strerror(facts->check->log_err));
		return;
	}
	if (!facts->check->has_left_page_map)
		return;
	findings_add(findings,
		     &(struct finding){
			     .severity = DAXFS_SEVERITY_WARNING,
			     .id = "left-page-map",
			     .device = device->name,
			     .effect = "unless the device was made anew since, device_dax and "
				       "the kernel's own fsdev_dax refuse it: EINVAL",
			     .remedy = "see EINVAL AND A PRE-POPULATED PAGE MAP in "
				       "daxfsctl-reconfigure-device(1)" },
		     "the kernel's log says that a probe that failed left a page map behind");
}

static void check_journal(const struct daxfs_device *device, struct findings *findings)
{
	if (!device->journal || strcmp(device->journal, "active") == 0)
		return;
	findings_add(findings,
		     &(struct finding){
			     .severity = DAXFS_SEVERITY_WARNING,
			     .id = "journal",
			     .device = device->name,
			     .effect = "its mode, ranges, or an id of it in a driver may be those "
				       "of a switch that is not over",
			     .remedy = "daxfsctl recover",
			     VALUES(TEXT("journal", device->journal)) },
		     "there is a journal of a switch: %s", device->journal);
}

/* For system-ram it is a refusal of the plan. */
static void check_poison(const struct daxfs_device *device, const struct check_goal *goal,
			 struct findings *findings)
{
	if (device->n_poison == 0 ||
	    (goal->mode == DAXFS_MODE_SYSTEM_RAM && device->mode != DAXFS_MODE_SYSTEM_RAM))
		return;
	findings_add(findings,
		     &(struct finding){
			     .severity = DAXFS_SEVERITY_WARNING,
			     .id = "poison",
			     .device = device->name,
			     .effect = "who touches it gets SIGBUS, as long as the kernel knows of "
				       "it; a switch makes it forget",
			     .remedy = "daxfsctl list --poison shows where it is",
			     VALUES(NUMBER("places", device->n_poison),
				    NUMBER("first_offset", device->poison[0].offset)) },
		     "%zu places are known to be poisoned, the first at 0x%" PRIx64,
		     device->n_poison, device->poison[0].offset);
}

static void check_empty(const struct daxfs_device *device, const struct check_goal *goal,
			struct findings *findings)
{
	if (!device->has_size || device->size > 0 || goal->mode != DAXFS_MODE_NONE)
		return; /* with a mode, the plan refuses it */
	findings_add(findings,
		     &(struct finding){
			     .severity = DAXFS_SEVERITY_WARNING,
			     .id = "empty-device",
			     .device = device->name,
			     .effect = "no driver takes it",
			     .remedy = "none is needed for the idle device that the kernel keeps "
				       "in a region; to use it: daxfsctl create-device",
			     VALUES(NUMBER("size", device->size)) },
		     "is of size 0");
}

void check_needs(const struct facts *facts, const struct check_goal *goal,
		 struct findings *findings)
{
	check_room(facts, goal, findings);
	if (goal->mode == DAXFS_MODE_SYSTEM_RAM) {
		check_blocks(facts, findings);
		check_udev(facts, findings);
	}
	if (goal->mode == DAXFS_MODE_FAMFS)
		check_cache(facts, findings);
	check_signature(facts, goal, findings);
	if (!facts->check->is_deep)
		return;
	check_left_page_map(facts, findings);
	check_journal(facts->device, findings);
	check_empty(facts->device, goal, findings);
	check_poison(facts->device, goal, findings);
	if (!facts->device->is_static)
		findings_skip(findings, "left ids",
			      "the kernel does not show which devices a driver was told of");
}
