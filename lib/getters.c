// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a snapshot of a device tells. */
#include "private.h"

DAXFS_EXPORT const char *daxfs_device_get_name(const struct daxfs_device *device)
{
	return device->name;
}

DAXFS_EXPORT const char *daxfs_device_get_path(const struct daxfs_device *device)
{
	return device->path;
}

DAXFS_EXPORT enum daxfs_mode daxfs_device_get_mode(const struct daxfs_device *device)
{
	return device->mode;
}

DAXFS_EXPORT const char *daxfs_device_get_driver(const struct daxfs_device *device)
{
	return device->driver;
}

DAXFS_EXPORT enum daxfs_state daxfs_device_get_state(const struct daxfs_device *device)
{
	return device->state;
}

DAXFS_EXPORT enum daxfs_kind daxfs_device_get_kind(const struct daxfs_device *device)
{
	return device->kind;
}

DAXFS_EXPORT bool daxfs_device_is_static(const struct daxfs_device *device)
{
	return device->is_static;
}

DAXFS_EXPORT bool daxfs_device_is_seed(const struct daxfs_device *device)
{
	return device->is_seed;
}

DAXFS_EXPORT unsigned int daxfs_device_get_region_id(const struct daxfs_device *device)
{
	return device->region_id;
}

DAXFS_EXPORT bool daxfs_device_get_size(const struct daxfs_device *device, uint64_t *ret_bytes)
{
	if (device->has_size)
		*ret_bytes = device->size;
	return device->has_size;
}

DAXFS_EXPORT bool daxfs_device_get_align(const struct daxfs_device *device, uint64_t *ret_bytes)
{
	if (device->has_align)
		*ret_bytes = device->align;
	return device->has_align;
}

DAXFS_EXPORT bool daxfs_device_get_target_node(const struct daxfs_device *device, int *ret_node)
{
	if (device->has_target_node)
		*ret_node = device->target_node;
	return device->has_target_node;
}

DAXFS_EXPORT bool daxfs_device_get_numa_node(const struct daxfs_device *device, int *ret_node)
{
	if (device->has_numa_node)
		*ret_node = device->numa_node;
	return device->has_numa_node;
}

DAXFS_EXPORT bool daxfs_device_get_resource(const struct daxfs_device *device,
					    uint64_t *ret_address)
{
	if (device->has_resource)
		*ret_address = device->resource;
	return device->has_resource;
}

DAXFS_EXPORT bool daxfs_device_get_memmap_on_memory(const struct daxfs_device *device,
						    bool *ret_value)
{
	if (device->has_memmap_on_memory)
		*ret_value = device->memmap_on_memory;
	return device->has_memmap_on_memory;
}

DAXFS_EXPORT bool daxfs_device_get_held(const struct daxfs_device *device, bool *ret_value)
{
	if (device->has_held)
		*ret_value = device->held;
	return device->has_held;
}

DAXFS_EXPORT bool daxfs_device_get_data_offset(const struct daxfs_device *device,
					       uint64_t *ret_bytes)
{
	if (device->has_data_offset)
		*ret_bytes = device->data_offset;
	return device->has_data_offset;
}

DAXFS_EXPORT bool daxfs_device_get_pgmap(const struct daxfs_device *device,
					 struct daxfs_pgmap *ret_pgmap)
{
	if (device->has_pgmap)
		*ret_pgmap = device->pgmap;
	return device->has_pgmap;
}

DAXFS_EXPORT bool daxfs_device_get_memory(const struct daxfs_device *device,
					  struct daxfs_memory *ret_memory)
{
	if (device->has_memory)
		*ret_memory = device->memory;
	return device->has_memory;
}

DAXFS_EXPORT enum daxfs_mode daxfs_device_get_configured_mode(const struct daxfs_device *device)
{
	return device->configured_mode;
}

DAXFS_EXPORT const char *daxfs_device_get_journal(const struct daxfs_device *device)
{
	return device->journal;
}

DAXFS_EXPORT const char *daxfs_device_get_dev(const struct daxfs_device *device)
{
	return device->dev;
}

DAXFS_EXPORT const char *daxfs_device_get_namespace(const struct daxfs_device *device)
{
	return device->namespace;
}

DAXFS_EXPORT const char *daxfs_device_get_uuid(const struct daxfs_device *device)
{
	return device->uuid;
}

DAXFS_EXPORT const char *daxfs_device_get_namespace_uuid(const struct daxfs_device *device)
{
	return device->namespace_uuid;
}

DAXFS_EXPORT const char *daxfs_device_get_cxl_region(const struct daxfs_device *device)
{
	return device->cxl_region;
}

DAXFS_EXPORT const char *daxfs_device_get_zones(const struct daxfs_device *device)
{
	return device->zones;
}

DAXFS_EXPORT bool daxfs_device_get_ranges(const struct daxfs_device *device,
					  const struct daxfs_range **ret_ranges, size_t *ret_n)
{
	if (!device->has_ranges)
		return false;
	*ret_ranges = device->ranges;
	*ret_n = device->n_mappings;
	return true;
}

DAXFS_EXPORT size_t daxfs_device_get_n_mappings(const struct daxfs_device *device)
{
	return device->n_mappings;
}

DAXFS_EXPORT const char *const *daxfs_device_get_cxl_memdevs(const struct daxfs_device *device)
{
	return (const char *const *)device->cxl_memdevs;
}
