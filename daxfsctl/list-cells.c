// SPDX-License-Identifier: GPL-2.0-only
/* What is in a column of a list: of a device, a region, a range. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "list-cells.h"
#include "text.h"

static char *format(const char *text, ...) PRINTF_FORMAT(1, 2);

static char *format(const char *text, ...)
{
	va_list args;
	char *cell;
	int n;

	va_start(args, text);
	n = vasprintf(&cell, text, args);
	va_end(args);
	return n < 0 ? NULL : cell;
}

static char *text_cell(const char *text)
{
	return strdup(text ? text : "-");
}

static char *size_cell(bool is_known, uint64_t bytes, bool in_bytes)
{
	return text_cell(is_known ? text_size(bytes, in_bytes).text : NULL);
}

static char *hex_cell(uint64_t address)
{
	return format("0x%" PRIx64, address);
}

static char *bool_cell(bool truth)
{
	return text_cell(truth ? "yes" : "no");
}

/* What a getter returns must be looked at before what it wrote: hence the helpers. */
static char *size_of(const struct daxfs_device *device,
		     bool (*get)(const struct daxfs_device *, uint64_t *), bool in_bytes)
{
	uint64_t value = 0;
	bool is_known = get(device, &value);

	return size_cell(is_known, value, in_bytes);
}

static char *int_of(const struct daxfs_device *device,
		    bool (*get)(const struct daxfs_device *, int *))
{
	int value = 0;

	return get(device, &value) ? format("%d", value) : text_cell(NULL);
}

static char *bool_of(const struct daxfs_device *device,
		     bool (*get)(const struct daxfs_device *, bool *))
{
	bool value = false;

	return get(device, &value) ? bool_cell(value) : text_cell(NULL);
}

static char *region_size_of(const struct daxfs_region *region,
			    bool (*get)(const struct daxfs_region *, uint64_t *), bool in_bytes)
{
	uint64_t value = 0;
	bool is_known = get(region, &value);

	return size_cell(is_known, value, in_bytes);
}

static char *device_name(const struct daxfs_device *device, bool in_bytes)
{
	return text_cell(daxfs_device_get_name(device));
}

static char *device_size(const struct daxfs_device *device, bool in_bytes)
{
	return size_of(device, daxfs_device_get_size, in_bytes);
}

static char *device_mode(const struct daxfs_device *device, bool in_bytes)
{
	return text_cell(daxfs_mode_to_string(daxfs_device_get_mode(device)));
}

/* In capitals what no switch can mend, to be seen without colours too. */
static char *device_state(const struct daxfs_device *device, bool in_bytes)
{
	enum daxfs_state state = daxfs_device_get_state(device);

	return text_cell(state == DAXFS_STATE_STRANDED ? "STRANDED" : daxfs_state_to_string(state));
}

static char *device_kind(const struct daxfs_device *device, bool in_bytes)
{
	return text_cell(daxfs_kind_to_string(daxfs_device_get_kind(device)));
}

static char *device_node(const struct daxfs_device *device, bool in_bytes)
{
	return int_of(device, daxfs_device_get_target_node);
}

static char *device_align(const struct daxfs_device *device, bool in_bytes)
{
	return size_of(device, daxfs_device_get_align, in_bytes);
}

static char *device_region(const struct daxfs_device *device, bool in_bytes)
{
	return format("%u", daxfs_device_get_region_id(device));
}

static char *device_driver(const struct daxfs_device *device, bool in_bytes)
{
	return text_cell(daxfs_device_get_driver(device));
}

static char *device_path(const struct daxfs_device *device, bool in_bytes)
{
	return text_cell(daxfs_device_get_path(device));
}

static char *device_static(const struct daxfs_device *device, bool in_bytes)
{
	return bool_cell(daxfs_device_is_static(device));
}

static char *device_seed(const struct daxfs_device *device, bool in_bytes)
{
	return bool_cell(daxfs_device_is_seed(device));
}

static char *device_held(const struct daxfs_device *device, bool in_bytes)
{
	return bool_of(device, daxfs_device_get_held);
}

static char *device_data_offset(const struct daxfs_device *device, bool in_bytes)
{
	return size_of(device, daxfs_device_get_data_offset, in_bytes);
}

static char *device_numa_node(const struct daxfs_device *device, bool in_bytes)
{
	return int_of(device, daxfs_device_get_numa_node);
}

static char *device_resource(const struct daxfs_device *device, bool in_bytes)
{
	uint64_t address = 0;

	return daxfs_device_get_resource(device, &address) ? hex_cell(address) : text_cell(NULL);
}

static char *device_dev(const struct daxfs_device *device, bool in_bytes)
{
	return text_cell(daxfs_device_get_dev(device));
}

static char *device_memmap(const struct daxfs_device *device, bool in_bytes)
{
	return bool_of(device, daxfs_device_get_memmap_on_memory);
}

/* "region0:mem0,mem1" or "namespace0.0". */
static char *device_backing(const struct daxfs_device *device, bool in_bytes)
{
	const char *const *memdevs = daxfs_device_get_cxl_memdevs(device);
	const char *region = daxfs_device_get_cxl_region(device);
	char *cell;

	if (!region)
		return text_cell(daxfs_device_get_namespace(device));
	cell = strdup(region);
	for (size_t i = 0; cell && memdevs && memdevs[i]; i++) {
		char *longer = format("%s%c%s", cell, i ? ',' : ':', memdevs[i]);

		free(cell);
		cell = longer;
	}
	return cell;
}

static char *device_uuid(const struct daxfs_device *device, bool in_bytes)
{
	return text_cell(daxfs_device_get_uuid(device));
}

/* "6/8": online blocks of those that fit. */
static char *device_blocks(const struct daxfs_device *device, bool in_bytes)
{
	struct daxfs_memory memory;

	if (!daxfs_device_get_memory(device, &memory))
		return text_cell(NULL);
	return format("%" PRIu64 "/%" PRIu64, memory.online_blocks, memory.total_blocks);
}

static char *device_block_size(const struct daxfs_device *device, bool in_bytes)
{
	struct daxfs_memory memory = { 0 };
	bool is_known = daxfs_device_get_memory(device, &memory);

	return size_cell(is_known, memory.block_size, in_bytes);
}

static char *device_zones(const struct daxfs_device *device, bool in_bytes)
{
	const char *zones = daxfs_device_get_zones(device);

	return text_cell(zones && *zones ? zones : NULL);
}

static char *device_lost(const struct daxfs_device *device, bool in_bytes)
{
	struct daxfs_memory memory = { 0 };
	bool is_known = daxfs_device_get_memory(device, &memory);

	return size_cell(is_known, memory.lost_bytes, in_bytes);
}

char *list_user_cell(const struct daxfs_user *user)
{
	const char *how = daxfs_usage_to_string(user->how);

	if (user->pid)
		return format("%s[%d] %s", user->comm ? user->comm : "?", user->pid, how);
	return user->mountpoint ? format("%s %s", user->mountpoint, how) : strdup(how);
}

/* "cat[123] map, /mnt mount"; "none" when nobody does. */
static char *device_users(const struct daxfs_device *device, bool in_bytes)
{
	const struct daxfs_user *users;
	char *cell;
	size_t n;

	if (!daxfs_device_get_users(device, &users, &n))
		return text_cell(NULL);
	cell = strdup(n ? "" : "none");
	for (size_t i = 0; cell && i < n; i++) {
		_cleanup_free_ char *user = list_user_cell(&users[i]);
		char *longer = user ? format("%s%s%s", cell, i ? ", " : "", user) : NULL;

		free(cell);
		cell = longer;
	}
	return cell;
}

static char *device_poison(const struct daxfs_device *device, bool in_bytes)
{
	return text_poison(device, in_bytes);
}

static char *region_name(const struct daxfs_region *region, bool in_bytes)
{
	return format("region%u", daxfs_region_get_id(region));
}

static char *region_id(const struct daxfs_region *region, bool in_bytes)
{
	return format("%u", daxfs_region_get_id(region));
}

static char *region_size(const struct daxfs_region *region, bool in_bytes)
{
	return region_size_of(region, daxfs_region_get_size, in_bytes);
}

static char *region_available(const struct daxfs_region *region, bool in_bytes)
{
	return region_size_of(region, daxfs_region_get_available_size, in_bytes);
}

static char *region_align(const struct daxfs_region *region, bool in_bytes)
{
	return region_size_of(region, daxfs_region_get_align, in_bytes);
}

static char *region_kind(const struct daxfs_region *region, bool in_bytes)
{
	return text_cell(daxfs_kind_to_string(daxfs_region_get_kind(region)));
}

static char *region_path(const struct daxfs_region *region, bool in_bytes)
{
	return text_cell(daxfs_region_get_path(region));
}

static char *mapping_name(const struct daxfs_range *range, size_t index, bool in_bytes)
{
	return format("mapping%zu", index);
}

static char *mapping_size(const struct daxfs_range *range, size_t index, bool in_bytes)
{
	return size_cell(true, range->end - range->start + 1, in_bytes);
}

static char *mapping_start(const struct daxfs_range *range, size_t index, bool in_bytes)
{
	return hex_cell(range->start);
}

static char *mapping_end(const struct daxfs_range *range, size_t index, bool in_bytes)
{
	return hex_cell(range->end);
}

static char *mapping_offset(const struct daxfs_range *range, size_t index, bool in_bytes)
{
	return hex_cell(range->page_offset);
}

const struct column list_columns[] = {
	{ "DEVICE", 0, false, device_name, region_name, mapping_name },
	{ "SIZE", 0, true, device_size, region_size, mapping_size },
	{ "MODE", 0, false, device_mode },
	{ "STATE", 0, false, device_state },
	{ "KIND", 0, false, device_kind, region_kind },
	{ "NODE", 0, true, device_node },
	{ "ALIGN", 0, true, device_align, region_align },
	{ "REGION", 0, true, device_region, region_id },
	{ "AVAIL", 0, true, NULL, region_available },
	{ "DRIVER", 0, false, device_driver },
	{ "PATH", 0, false, device_path, region_path },
	{ "STATIC", 0, false, device_static },
	{ "SEED", 0, false, device_seed },
	{ "HELD", 0, false, device_held },
	{ "DATA-OFFSET", DAXFS_SECTION_BACKING, true, device_data_offset },
	{ "NUMA", DAXFS_SECTION_DETAIL, true, device_numa_node },
	{ "RESOURCE", DAXFS_SECTION_DETAIL, true, device_resource },
	{ "DEV", DAXFS_SECTION_DETAIL, false, device_dev },
	{ "MEMMAP-ON-MEMORY", DAXFS_SECTION_DETAIL, false, device_memmap },
	{ "START", DAXFS_SECTION_MAPPINGS, true, NULL, NULL, mapping_start },
	{ "END", DAXFS_SECTION_MAPPINGS, true, NULL, NULL, mapping_end },
	{ "PAGE-OFFSET", DAXFS_SECTION_MAPPINGS, true, NULL, NULL, mapping_offset },
	{ "BACKING", DAXFS_SECTION_BACKING, false, device_backing },
	{ "UUID", DAXFS_SECTION_BACKING, false, device_uuid },
	{ "BLOCKS", DAXFS_SECTION_MEMORY, true, device_blocks },
	{ "BLOCK-SIZE", DAXFS_SECTION_MEMORY, true, device_block_size },
	{ "ZONES", DAXFS_SECTION_MEMORY, false, device_zones },
	{ "LOST", DAXFS_SECTION_MEMORY, true, device_lost },
	{ "USERS", DAXFS_SECTION_USERS, false, device_users },
	{ "POISON", DAXFS_SECTION_POISON, false, device_poison },
};

const size_t n_list_columns = ARRAY_SIZE(list_columns);

char *list_column_names(void)
{
	char *names = strdup("");

	for (size_t i = 0; names && i < ARRAY_SIZE(list_columns); i++) {
		char *longer = format("%s%s%s", names, i ? ", " : "", list_columns[i].name);

		free(names);
		names = longer;
	}
	return names;
}

void list_print_columns(FILE *f)
{
	_cleanup_free_ char *names = list_column_names();

	fprintf(f, "\nColumns:\n  %s\n", names ? names : "");
}
