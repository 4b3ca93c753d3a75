// SPDX-License-Identifier: GPL-2.0-only
/* Which section is for a device. Pure. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cleanup.h"
#include "config-file.h"

enum daxfs_online config_online(const struct config_section *section)
{
	if (!section->online)
		return DAXFS_ONLINE_NONE;
	return section->movable ? DAXFS_ONLINE_MOVABLE : DAXFS_ONLINE_KERNEL;
}

/* People write a UUID in either case. */
static bool has_uuid(const struct daxfs_device *device, const char *uuid)
{
	const char *own = daxfs_device_get_uuid(device);
	const char *namespace = daxfs_device_get_namespace_uuid(device);

	return (own && strcasecmp(own, uuid) == 0) ||
	       (namespace && strcasecmp(namespace, uuid) == 0);
}

static bool has_number(const struct daxfs_device *device, uint64_t number,
		       bool (*get)(const struct daxfs_device *device, uint64_t *ret_number))
{
	uint64_t own;

	return get(device, &own) && own == number;
}

static bool has_node(const struct daxfs_device *device, int node,
		     bool (*get)(const struct daxfs_device *device, int *ret_node))
{
	int own;

	return get(device, &own) && own == node;
}

static bool has_cxl_region(const struct daxfs_device *device, const char *region)
{
	const char *own = daxfs_device_get_cxl_region(device);

	return own && strcmp(own, region) == 0;
}

static bool key_holds(const struct config_section *section, enum config_key key,
		      const struct daxfs_device *device)
{
	switch (key) {
	case CONFIG_NAME:
		return strcmp(section->name, daxfs_device_get_name(device)) == 0;
	case CONFIG_KIND:
		return section->kind == daxfs_device_get_kind(device);
	case CONFIG_UUID:
		return has_uuid(device, section->uuid);
	case CONFIG_RESOURCE:
		return has_number(device, section->resource, daxfs_device_get_resource);
	case CONFIG_SIZE:
		return has_number(device, section->size, daxfs_device_get_size);
	case CONFIG_CXL_REGION:
		return has_cxl_region(device, section->cxl_region);
	case CONFIG_TARGET_NODE:
		return has_node(device, section->target_node, daxfs_device_get_target_node);
	case CONFIG_NUMA_NODE:
		return has_node(device, section->numa_node, daxfs_device_get_numa_node);
	default: /* no match key */
		return true;
	}
}

bool config_section_matches(const struct config_section *section, const struct daxfs_device *device)
{
	for (enum config_key key = 0; key < CONFIG_N_KEYS; key++)
		if (config_has(section, key) && !key_holds(section, key, device))
			return false;
	return true;
}

int config_match(const struct config *config, const struct daxfs_device *device,
		 const struct config_section **ret_section, char **ret_error)
{
	const struct config_section *found = NULL;

	*ret_error = NULL;
	for (size_t i = 0; i < config->n_sections; i++) {
		const struct config_section *section = &config->sections[i];

		if (!config_section_matches(section, device))
			continue;
		if (!found) {
			found = section;
			continue;
		}
		if (asprintf(ret_error, "%s: both [%s] (%s:%u) and [%s] (%s:%u) match",
			     daxfs_device_get_name(device), found->title, found->file, found->line,
			     section->title, section->file, section->line) < 0)
			*ret_error = NULL;
		return *ret_error ? -ENOTUNIQ : -ENOMEM;
	}
	*ret_section = found;
	return 0;
}
