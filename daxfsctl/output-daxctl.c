// SPDX-License-Identifier: GPL-2.0-only
/*
 * What daxctl prints: an array of devices or of regions, with its keys in its order, and how many
 * devices were dealt with on stderr. Scripts read the one and people the other.
 */
#include <inttypes.h>
#include <string.h>

#include "output-json.h"
#include "text.h"

/* Below this -u leaves a number alone. */
#define HUMAN_MIN (5000 * UINT64_C(1024))

struct daxctl_output {
	bool is_human;
	bool is_list, with_devices; /* list; devices go into their regions */
	bool lists_changed;
	size_t n_done; /* devices that are what was asked */
	char **order;
	size_t n_order;
	struct json_object *devices;
	struct json_object *regions;
};

struct daxctl_output *daxctl_output_new(void)
{
	struct daxctl_output *daxctl = calloc(1, sizeof(*daxctl));

	if (!daxctl)
		return NULL;
	daxctl->devices = json_object_new_array();
	daxctl->regions = json_object_new_array();
	if (daxctl->devices && daxctl->regions)
		return daxctl;
	return daxctl_output_free(daxctl);
}

struct daxctl_output *daxctl_output_free(struct daxctl_output *daxctl)
{
	if (!daxctl)
		return NULL;
	daxfs_free_names(daxctl->order);
	json_object_put(daxctl->devices);
	json_object_put(daxctl->regions);
	free(daxctl);
	return NULL;
}

void output_be_human(struct output *out)
{
	if (out->daxctl)
		out->daxctl->is_human = true;
}

void output_expect_list(struct output *out, bool with_devices)
{
	if (!out->daxctl)
		return;
	out->daxctl->is_list = true;
	out->daxctl->with_devices = with_devices;
}

void output_list_changed(struct output *out)
{
	if (out->daxctl)
		out->daxctl->lists_changed = true;
}

int output_set_order(struct output *out, char *const *names)
{
	struct daxctl_output *daxctl = out->daxctl;
	size_t n = 0;

	if (!daxctl)
		return 0;
	while (names[n])
		n++;
	daxctl->order = calloc(n + 1, sizeof(*daxctl->order));
	if (!daxctl->order)
		return -ENOMEM;
	for (; daxctl->n_order < n; daxctl->n_order++) {
		daxctl->order[daxctl->n_order] = strdup(names[daxctl->n_order]);
		if (!daxctl->order[daxctl->n_order])
			return -ENOMEM;
	}
	return 0;
}

/* Values. */

/* Hundredths of @unit, rounded, as in "1.50". */
static void print_share(FILE *f, uint64_t bytes, uint64_t unit, const char *name)
{
	uint64_t share = ((__uint128_t)bytes * 200 / unit + 1) / 2;

	fprintf(f, "%" PRIu64 ".%02" PRIu64 " %s", share / 100, share % 100, name);
}

/* "1536.00 MiB (1610.61 MB)" */
static char *human_size(uint64_t bytes)
{
	static const struct {
		uint64_t below, iec, si;
		const char *iec_name, *si_name;
	} units[] = {
		{ UINT64_C(2) << 30, UINT64_C(1) << 20, 1000000, "MiB", "MB" },
		{ UINT64_C(2) << 40, UINT64_C(1) << 30, 1000000000, "GiB", "GB" },
		{ UINT64_MAX, UINT64_C(1) << 40, UINT64_C(1000000000000), "TiB", "TB" },
	};
	char *text = NULL;
	size_t size, i = 0;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	while (bytes >= units[i].below && i + 1 < ARRAY_SIZE(units))
		i++;
	print_share(f, bytes, units[i].iec, units[i].iec_name);
	fputs(" (", f);
	print_share(f, bytes, units[i].si, units[i].si_name);
	fputc(')', f);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

static void put_size(struct output *out, struct json_object *object, const char *key,
		     uint64_t bytes)
{
	_cleanup_free_ char *text = NULL;

	if (!out->daxctl->is_human || bytes < HUMAN_MIN) {
		json_put_u64(out, object, key, true, bytes);
		return;
	}
	text = human_size(bytes);
	if (!text)
		out->out_of_memory = true;
	json_put_string(out, object, key, text);
}

static void put_address(struct output *out, struct json_object *object, const char *key,
			uint64_t address)
{
	char text[24];

	snprintf(text, sizeof(text), "%#" PRIx64, address);
	if (out->daxctl->is_human)
		json_put_string(out, object, key, text);
	else
		json_put_u64(out, object, key, true, address);
}

/* Devices. */

static void put_memory(struct output *out, struct json_object *object,
		       const struct daxfs_device *device)
{
	struct daxfs_memory memory;

	if (daxfs_device_get_mode(device) != DAXFS_MODE_SYSTEM_RAM ||
	    !daxfs_device_get_memory(device, &memory))
		return;
	json_put_u64(out, object, "online_memblocks", true, memory.online_blocks);
	json_put_u64(out, object, "total_memblocks", true, memory.total_blocks);
	if (memory.online_blocks)
		json_put_bool(out, object, "movable", true,
			      memory.n_movable == memory.online_blocks);
}

/* The last range comes first, as it does there. */
static void put_mappings(struct output *out, struct json_object *object,
			 const struct daxfs_device *device)
{
	const struct daxfs_range *ranges;
	struct json_object *array;
	size_t n;

	if (!daxfs_device_get_ranges(device, &ranges, &n) || n == 0)
		return;
	array = json_made(out, json_object_new_array());
	while (array && n-- > 0) {
		struct json_object *range = json_made(out, json_object_new_object());

		put_address(out, range, "page_offset", ranges[n].page_offset);
		put_address(out, range, "start", ranges[n].start);
		put_address(out, range, "end", ranges[n].end);
		put_size(out, range, "size", ranges[n].end - ranges[n].start + 1);
		json_append(out, array, range);
	}
	json_put(out, object, "mappings", array);
}

/* A device without a driver is one of devdax that is disabled, there. */
static void put_mode(struct output *out, struct json_object *object,
		     const struct daxfs_device *device)
{
	const char *mode = daxfs_mode_to_string(daxfs_device_get_mode(device));

	json_put_string(out, object, "mode", mode ? mode : "devdax");
	put_memory(out, object, device);
	if (mode)
		return;
	json_put_string(out, object, "state",
			daxfs_device_get_state(device) == DAXFS_STATE_STRANDED ? "stranded"
									       : "disabled");
}

void daxctl_device(struct output *out, const struct daxfs_device *device, unsigned int sections)
{
	struct json_object *object = json_made(out, json_object_new_object());
	uint64_t bytes;
	int node;

	json_put_string(out, object, "chardev", daxfs_device_get_name(device));
	if (daxfs_device_get_size(device, &bytes))
		put_size(out, object, "size", bytes);
	if (daxfs_device_get_target_node(device, &node) && node >= 0)
		json_put_int(out, object, "target_node", true, node);
	if (daxfs_device_get_align(device, &bytes))
		put_size(out, object, "align", bytes);
	put_mode(out, object, device);
	if (sections & OUTPUT_MAPPINGS)
		put_mappings(out, object, device);
	json_append(out, out->daxctl->devices, object);
}

void daxctl_region(struct output *out, const struct daxfs_region *region)
{
	struct json_object *object = json_made(out, json_object_new_object());
	uint64_t bytes;

	json_put_string(out, object, "path", daxfs_region_get_path(region));
	json_put_int(out, object, "id", true, daxfs_region_get_id(region));
	if (daxfs_region_get_size(region, &bytes))
		put_size(out, object, "size", bytes);
	if (daxfs_region_get_available_size(region, &bytes) && bytes)
		put_size(out, object, "available_size", bytes);
	if (daxfs_region_get_align(region, &bytes))
		json_put_u64(out, object, "align", true, bytes);
	json_append(out, out->daxctl->regions, object);
}

void daxctl_change(struct output *out, const struct change *change)
{
	struct daxctl_output *daxctl = out->daxctl;
	bool is_done = strcmp(change->result, "changed") == 0 ||
		       strcmp(change->result, "unchanged") == 0;

	if (is_done) {
		daxctl->n_done++;
		if (daxctl->lists_changed && change->after)
			daxctl_device(out, change->after, 0);
	}
	/* What would be done, and how it was: that is for people, and no part of the array. */
	if (!is_done || change->has_plan || change->n_notes)
		text_change(stderr, change);
}

/* The end. */

static const char *name_of(struct json_object *device)
{
	struct json_object *name = NULL;

	json_object_object_get_ex(device, "chardev", &name);
	return json_object_get_string(name);
}

static int id_of(struct json_object *region)
{
	struct json_object *id = NULL;

	json_object_object_get_ex(region, "id", &id);
	return json_object_get_int(id);
}

static bool is_of_region(const char *name, int region)
{
	unsigned int number;

	return daxfs_parse_device_name(name, &number, NULL) == 0 && (int)number == region;
}

/* Moves what @matches of @from to the end of @to. */
static void move(struct output *out, struct json_object *from, struct json_object *to,
		 bool (*matches)(struct json_object *item, const char *name), const char *name)
{
	for (size_t i = 0; i < json_object_array_length(from); i++) {
		struct json_object *item = json_object_array_get_idx(from, i);

		if (item && matches(item, name))
			json_append(out, to, json_object_get(item));
	}
}

static bool is_device(struct json_object *item, const char *name)
{
	return strcmp(name_of(item), name) == 0;
}

static bool is_region(struct json_object *item, const char *name)
{
	return is_of_region(name, id_of(item));
}

/*
 * daxctl puts what it finds in front of what it found before: so what the kernel's directory has
 * last comes first, and of regions the one whose first device is last.
 */
static struct json_object *devices_in_order(struct output *out, struct json_object *region)
{
	struct daxctl_output *daxctl = out->daxctl;
	struct json_object *array = json_made(out, json_object_new_array());

	for (size_t i = daxctl->n_order; array && i-- > 0;)
		if (!region || is_of_region(daxctl->order[i], id_of(region)))
			move(out, daxctl->devices, array, is_device, daxctl->order[i]);
	return array;
}

static bool is_first_of_region(const struct daxctl_output *daxctl, size_t index)
{
	unsigned int region, other;

	if (daxfs_parse_device_name(daxctl->order[index], &region, NULL) < 0)
		return false;
	for (size_t i = 0; i < index; i++)
		if (daxfs_parse_device_name(daxctl->order[i], &other, NULL) == 0 && other == region)
			return false;
	return true;
}

static struct json_object *regions_in_order(struct output *out)
{
	struct daxctl_output *daxctl = out->daxctl;
	struct json_object *array = json_made(out, json_object_new_array());

	for (size_t i = daxctl->n_order; array && i-- > 0;)
		if (is_first_of_region(daxctl, i))
			move(out, daxctl->regions, array, is_region, daxctl->order[i]);
	for (size_t i = 0; daxctl->with_devices && i < json_object_array_length(array); i++) {
		struct json_object *region = json_object_array_get_idx(array, i);
		struct json_object *devices = devices_in_order(out, region);

		if (devices && json_object_array_length(devices))
			json_put(out, region, "devices", devices);
		else
			json_object_put(devices);
	}
	return array;
}

/* By region, and in each as its directory has them: both follow from the order of the bus. */
static struct json_object *devices_by_region(struct output *out)
{
	struct daxctl_output *daxctl = out->daxctl;
	struct json_object *array = json_made(out, json_object_new_array());
	unsigned int number;

	for (size_t i = daxctl->n_order; array && i-- > 0;) {
		if (!is_first_of_region(daxctl, i) ||
		    daxfs_parse_device_name(daxctl->order[i], &number, NULL) < 0)
			continue;
		for (size_t j = daxctl->n_order; j-- > 0;)
			if (is_of_region(daxctl->order[j], number))
				move(out, daxctl->devices, array, is_device, daxctl->order[j]);
	}
	return array;
}

static void print_array(struct output *out, struct json_object *array)
{
	struct json_object *shown = array;
	const char *text;

	if (out->daxctl->is_human && json_object_array_length(array) == 1)
		shown = json_object_array_get_idx(array, 0);
	text = json_object_to_json_string_ext(shown, JSON_C_TO_STRING_PRETTY);
	if (text)
		puts(text);
	else
		out->out_of_memory = true;
}

/* "reconfigured 1 device" */
static void print_count(const struct output *out)
{
	static const char *const words[][2] = {
		{ "reconfigure-device", "reconfigured" },
		{ "create-device", "created" },
		{ "destroy-device", "destroyed" },
		{ "disable-device", "disabled" },
		{ "enable-device", "enabled" },
		{ "online-memory", "onlined memory for" },
		{ "offline-memory", "offlined memory for" },
	};
	size_t n = out->daxctl->n_done;

	for (size_t i = 0; out->command && i < ARRAY_SIZE(words); i++)
		if (strcmp(out->command, words[i][0]) == 0)
			fprintf(stderr, "%s %zu device%s\n", words[i][1], n, n == 1 ? "" : "s");
}

void daxctl_finish(struct output *out)
{
	struct daxctl_output *daxctl = out->daxctl;
	_cleanup_json_ struct json_object *array = NULL;

	if (daxctl->is_list)
		array = out->has_regions ? regions_in_order(out) : devices_by_region(out);
	else if (json_object_array_length(daxctl->devices))
		array = json_object_get(daxctl->devices);
	if (array)
		print_array(out, array);
	print_count(out);
}
