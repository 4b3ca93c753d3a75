// SPDX-License-Identifier: GPL-2.0-only
/* A device as JSON, section by section. */
#include <string.h>

#include "output-json.h"

static void put_u64_of(struct output *out, struct json *object, const char *key,
		       const struct daxfs_device *device,
		       bool (*get)(const struct daxfs_device *, uint64_t *))
{
	uint64_t value = 0;
	bool is_known = get(device, &value);

	json_put_u64(out, object, key, is_known, value);
}

static void put_int_of(struct output *out, struct json *object, const char *key,
		       const struct daxfs_device *device,
		       bool (*get)(const struct daxfs_device *, int *))
{
	int value = 0;
	bool is_known = get(device, &value);

	json_put_int(out, object, key, is_known, value);
}

static void put_bool_of(struct output *out, struct json *object, const char *key,
			const struct daxfs_device *device,
			bool (*get)(const struct daxfs_device *, bool *))
{
	bool value = false;
	bool is_known = get(device, &value);

	json_put_bool(out, object, key, is_known, value);
}

void json_put_basic(struct output *out, struct json *object, const struct daxfs_device *device)
{
	json_put_name(out, object, "chardev", daxfs_device_get_name(device));
	put_u64_of(out, object, "size", device, daxfs_device_get_size);
	put_int_of(out, object, "target_node", device, daxfs_device_get_target_node);
	put_u64_of(out, object, "align", device, daxfs_device_get_align);
	json_put_name(out, object, "mode", daxfs_mode_to_string(daxfs_device_get_mode(device)));
	json_put_string(out, object, "driver", daxfs_device_get_driver(device));
	json_put_name(out, object, "state", daxfs_state_to_string(daxfs_device_get_state(device)));
	json_put_name(out, object, "kind", daxfs_kind_to_string(daxfs_device_get_kind(device)));
	json_put_int(out, object, "region", true, daxfs_device_get_region_id(device));
	json_put_string(out, object, "path", daxfs_device_get_path(device));
	json_put_bool(out, object, "static", true, daxfs_device_is_static(device));
	json_put_bool(out, object, "seed", true, daxfs_device_is_seed(device));
	if (daxfs_device_get_mode(device) == DAXFS_MODE_FAMFS) {
		put_bool_of(out, object, "held", device, daxfs_device_get_held);
		put_u64_of(out, object, "data_offset", device, daxfs_device_get_data_offset);
	}
}

static void put_detail(struct output *out, struct json *object, const struct daxfs_device *device)
{
	put_int_of(out, object, "numa_node", device, daxfs_device_get_numa_node);
	put_u64_of(out, object, "resource", device, daxfs_device_get_resource);
	json_put_string(out, object, "dev", daxfs_device_get_dev(device));
	put_bool_of(out, object, "memmap_on_memory", device, daxfs_device_get_memmap_on_memory);
	json_put_string(out, object, "configured_mode",
			daxfs_mode_to_string(daxfs_device_get_configured_mode(device)));
	json_put_string(out, object, "journal", daxfs_device_get_journal(device));
}

static void put_mappings(struct output *out, struct json *object, const struct daxfs_device *device)
{
	const struct daxfs_range *ranges;
	struct json *array;
	size_t n;

	if (!daxfs_device_get_ranges(device, &ranges, &n)) {
		json_put(out, object, "mappings", NULL);
		return;
	}
	array = json_array(out);
	for (size_t i = 0; array && i < n; i++) {
		struct json *range = json_object(out);

		json_put_u64(out, range, "page_offset", true, ranges[i].page_offset);
		json_put_u64(out, range, "start", true, ranges[i].start);
		json_put_u64(out, range, "end", true, ranges[i].end);
		json_put_u64(out, range, "size", true, ranges[i].end - ranges[i].start + 1);
		json_append(out, array, range);
	}
	json_put(out, object, "mappings", array);
}

static void put_pgmap(struct output *out, struct json *object, const struct daxfs_device *device)
{
	struct json *pgmap = NULL;
	struct daxfs_pgmap map;

	if (daxfs_device_get_pgmap(device, &map)) {
		pgmap = json_object(out);
		json_put_u64(out, pgmap, "start", true, map.start);
		json_put_u64(out, pgmap, "end", true, map.end);
		json_put_u64(out, pgmap, "data_offset", true, map.data_offset);
	}
	json_put(out, object, "pgmap", pgmap);
}

static struct json *memdevs(struct output *out, const char *const *names)
{
	struct json *array = names ? json_array(out) : NULL;

	for (size_t i = 0; array && names[i]; i++)
		json_append(out, array, json_string(out, names[i]));
	return array;
}

/* A page map of its own have static devices only. */
static void put_backing(struct output *out, struct json *object, const struct daxfs_device *device)
{
	enum daxfs_kind kind = daxfs_device_get_kind(device);
	struct json *backing = NULL;

	if (daxfs_device_is_static(device))
		put_pgmap(out, object, device);
	switch (kind) {
	case DAXFS_KIND_PMEM:
		backing = json_object(out);
		json_put_string(out, backing, "namespace", daxfs_device_get_namespace(device));
		json_put_string(out, backing, "uuid", daxfs_device_get_uuid(device));
		break;
	case DAXFS_KIND_CXL:
		backing = json_object(out);
		json_put_string(out, backing, "cxl_region", daxfs_device_get_cxl_region(device));
		json_put(out, backing, "memdevs",
			 memdevs(out, daxfs_device_get_cxl_memdevs(device)));
		break;
	case DAXFS_KIND_HMEM: /* nothing that has a name */
		return;
	default:
		break;
	}
	json_put(out, object, "backing", backing);
}

/* The library separates zones by blanks. */
static struct json *zones(struct output *out, const char *list)
{
	_cleanup_free_ char *copy = list ? strdup(list) : NULL;
	struct json *array;
	char *save = NULL;

	if (!copy)
		return NULL;
	array = json_array(out);
	for (char *zone = strtok_r(copy, " ", &save); array && zone;
	     zone = strtok_r(NULL, " ", &save))
		json_append(out, array, json_string(out, zone));
	return array;
}

static void put_memory(struct output *out, struct json *object, const struct daxfs_device *device)
{
	struct json *value = NULL;
	struct daxfs_memory memory;

	if (daxfs_device_get_mode(device) != DAXFS_MODE_SYSTEM_RAM)
		return;
	if (daxfs_device_get_memory(device, &memory)) {
		value = json_object(out);
		json_put_u64(out, value, "block_size", true, memory.block_size);
		json_put_u64(out, value, "total_blocks", true, memory.total_blocks);
		json_put_u64(out, value, "online_blocks", true, memory.online_blocks);
		json_put(out, value, "zones", zones(out, daxfs_device_get_zones(device)));
		json_put_u64(out, value, "lost_bytes", true, memory.lost_bytes);
	}
	json_put(out, object, "memory", value);
}

struct json *json_users(struct output *out, const struct daxfs_user *users, size_t n_users)
{
	struct json *array = json_array(out);

	for (size_t i = 0; array && i < n_users; i++) {
		const struct daxfs_user *user = &users[i];
		struct json *object = json_object(out);

		json_put_int(out, object, "pid", user->pid > 0, user->pid);
		json_put_string(out, object, "comm", user->comm);
		json_put_u64(out, object, "uid", user->uid != DAXFS_UID_UNKNOWN, user->uid);
		json_put_string(out, object, "how", daxfs_usage_to_string(user->how));
		if (user->mountpoint)
			json_put_string(out, object, "mountpoint", user->mountpoint);
		json_append(out, array, object);
	}
	return array;
}

static void put_users(struct output *out, struct json *object, const struct daxfs_device *device)
{
	const struct daxfs_user *users;
	size_t n;

	json_put(out, object, "users",
		 daxfs_device_get_users(device, &users, &n) ? json_users(out, users, n) : NULL);
}

void json_put_sections(struct output *out, struct json *object, const struct daxfs_device *device,
		       unsigned int sections)
{
	if (sections & OUTPUT_DETAIL)
		put_detail(out, object, device);
	if (sections & OUTPUT_MAPPINGS)
		put_mappings(out, object, device);
	if (sections & OUTPUT_BACKING)
		put_backing(out, object, device);
	if (sections & OUTPUT_MEMORY)
		put_memory(out, object, device);
	if (sections & OUTPUT_USERS)
		put_users(out, object, device);
	if (sections & OUTPUT_POISON)
		json_put_poison(out, object, device);
}

struct json *json_snapshot(struct output *out, const struct daxfs_device *device)
{
	struct json *object;

	if (!device)
		return NULL;
	object = json_object(out);
	json_put_string(out, object, "mode", daxfs_mode_to_string(daxfs_device_get_mode(device)));
	put_u64_of(out, object, "size", device, daxfs_device_get_size);
	put_u64_of(out, object, "align", device, daxfs_device_get_align);
	json_put_string(out, object, "state",
			daxfs_state_to_string(daxfs_device_get_state(device)));
	json_put_string(out, object, "driver", daxfs_device_get_driver(device));
	put_mappings(out, object, device);
	put_memory(out, object, device);
	return object;
}
