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

/* A device or a region. */
struct item {
	unsigned int region, id;
	size_t place,
		region_place; /* in the directory of the bus, of it and of its region's first */
	struct json *json;
};

struct items {
	struct item *list;
	size_t n, room;
};

/* Where the directory of the bus has a device, and the first one of its region. */
struct place {
	unsigned int region, id;
	size_t place, region_place;
};

struct daxctl_output {
	bool is_human;
	bool is_list, with_devices; /* list; devices go into their regions */
	bool lists_changed;
	size_t n_done; /* devices that are what was asked */
	struct place *order;
	size_t n_order;
	struct items devices;
	struct items regions;
};

struct daxctl_output *daxctl_output_new(void)
{
	return calloc(1, sizeof(struct daxctl_output));
}

static void items_free(struct items *items)
{
	for (size_t i = 0; i < items->n; i++)
		json_free(items->list[i].json);
	free(items->list);
}

struct daxctl_output *daxctl_output_free(struct daxctl_output *daxctl)
{
	if (!daxctl)
		return NULL;
	free(daxctl->order);
	items_free(&daxctl->devices);
	items_free(&daxctl->regions);
	free(daxctl);
	return NULL;
}

/* Takes item->json, or frees it. */
static void keep(struct output *out, struct items *items, const struct item *item)
{
	if (item->json && items->n == items->room) {
		size_t room = items->room ? 2 * items->room : 16;
		struct item *list = reallocarray(items->list, room, sizeof(*list));

		if (list) {
			items->list = list;
			items->room = room;
		}
	}
	if (item->json && items->n < items->room) {
		items->list[items->n++] = *item;
		return;
	}
	out->out_of_memory = true;
	json_free(item->json);
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

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->region != y->region)
		return x->region < y->region ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* Of the places of a region, which are side by side, the first in the directory. */
static void set_region_places(struct place *order, size_t n)
{
	for (size_t begin = 0, end; begin < n; begin = end) {
		size_t first = order[begin].place;

		for (end = begin; end < n && order[end].region == order[begin].region; end++)
			if (order[end].place < first)
				first = order[end].place;
		for (size_t i = begin; i < end; i++)
			order[i].region_place = first;
	}
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
	for (size_t i = 0; i < n; i++) {
		struct place *place = &daxctl->order[daxctl->n_order];

		place->place = i;
		if (daxfs_parse_device_name(names[i], &place->region, &place->id) == 0)
			daxctl->n_order++;
	}
	qsort(daxctl->order, daxctl->n_order, sizeof(*daxctl->order), compare_places);
	set_region_places(daxctl->order, daxctl->n_order);
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

static void put_size(struct output *out, struct json *object, const char *key, uint64_t bytes)
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

static void put_address(struct output *out, struct json *object, const char *key, uint64_t address)
{
	char text[24];

	snprintf(text, sizeof(text), "%#" PRIx64, address);
	if (out->daxctl->is_human)
		json_put_string(out, object, key, text);
	else
		json_put_u64(out, object, key, true, address);
}

/* Devices. */

static void put_memory(struct output *out, struct json *object, const struct daxfs_device *device)
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
static void put_mappings(struct output *out, struct json *object, const struct daxfs_device *device)
{
	const struct daxfs_range *ranges;
	struct json *array;
	size_t n;

	if (!daxfs_device_get_ranges(device, &ranges, &n) || n == 0)
		return;
	array = json_array(out);
	while (array && n-- > 0) {
		struct json *range = json_object(out);

		put_address(out, range, "page_offset", ranges[n].page_offset);
		put_address(out, range, "start", ranges[n].start);
		put_address(out, range, "end", ranges[n].end);
		put_size(out, range, "size", ranges[n].end - ranges[n].start + 1);
		json_append(out, array, range);
	}
	json_put(out, object, "mappings", array);
}

/* A device without a driver is one of devdax that is disabled, there. */
static void put_mode(struct output *out, struct json *object, const struct daxfs_device *device)
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
	struct item item = { .region = daxfs_device_get_region_id(device) };
	struct json *object = json_object(out);
	uint64_t bytes;
	int node;

	daxfs_parse_device_name(daxfs_device_get_name(device), NULL, &item.id);
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
	item.json = object;
	keep(out, &out->daxctl->devices, &item);
}

void daxctl_region(struct output *out, const struct daxfs_region *region)
{
	struct json *object = json_object(out);
	uint64_t bytes;

	json_put_string(out, object, "path", daxfs_region_get_path(region));
	json_put_int(out, object, "id", true, daxfs_region_get_id(region));
	if (daxfs_region_get_size(region, &bytes))
		put_size(out, object, "size", bytes);
	if (daxfs_region_get_available_size(region, &bytes) && bytes)
		put_size(out, object, "available_size", bytes);
	if (daxfs_region_get_align(region, &bytes))
		json_put_u64(out, object, "align", true, bytes);
	keep(out, &out->daxctl->regions,
	     &(struct item){ .region = daxfs_region_get_id(region), .json = object });
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

/* Whether the directory had it; sets where. */
static bool find_place(const struct daxctl_output *daxctl, struct item *item, bool is_region)
{
	const struct place key = { .region = item->region, .id = item->id };
	size_t first = 0, past = daxctl->n_order;

	while (first < past) {
		size_t middle = first + (past - first) / 2;

		if (compare_places(&daxctl->order[middle], &key) < 0)
			first = middle + 1;
		else
			past = middle;
	}
	/* Of a region, whose id is 0 here, this is a device of it if there is any. */
	if (first == daxctl->n_order || daxctl->order[first].region != item->region ||
	    (!is_region && daxctl->order[first].id != item->id))
		return false;
	item->place = daxctl->order[first].place;
	item->region_place = daxctl->order[first].region_place;
	return true;
}

/*
 * daxctl puts what it finds in front of what it found before: so what the kernel's directory has
 * last comes first, and of regions the one whose first device is last.
 */
static int compare_items(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->region_place != y->region_place)
		return x->region_place > y->region_place ? -1 : 1;
	return (x->place < y->place) - (x->place > y->place);
}

/* What the directory did not have goes. */
static void put_in_order(const struct daxctl_output *daxctl, struct items *items, bool are_regions)
{
	size_t n = 0;

	for (size_t i = 0; i < items->n; i++) {
		if (find_place(daxctl, &items->list[i], are_regions))
			items->list[n++] = items->list[i];
		else
			json_free(items->list[i].json);
	}
	items->n = n;
	if (n)
		qsort(items->list, n, sizeof(*items->list), compare_items);
}

/* Both are in order, so that those of the next region come next. */
static void put_devices(struct output *out, struct items *regions, struct items *devices)
{
	size_t next = 0;

	for (size_t i = 0; i < regions->n; i++) {
		struct json *array = NULL;

		while (next < devices->n &&
		       devices->list[next].region_place > regions->list[i].region_place)
			next++;
		for (; next < devices->n && devices->list[next].region == regions->list[i].region;
		     next++) {
			array = array ? array : json_array(out);
			json_append(out, array, TAKE_PTR(devices->list[next].json));
		}
		if (array)
			json_put(out, regions->list[i].json, "devices", array);
	}
}

static void print_items(struct output *out, struct items *items)
{
	_cleanup_json_ struct json *array = json_array(out);

	if (!array)
		return;
	if (out->daxctl->is_human && items->n == 1) {
		json_print_pretty(items->list[0].json);
	} else {
		for (size_t i = 0; i < items->n; i++)
			json_append(out, array, TAKE_PTR(items->list[i].json));
		json_print_pretty(array);
	}
	putchar('\n');
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

static void print_list(struct output *out)
{
	struct daxctl_output *daxctl = out->daxctl;

	put_in_order(daxctl, &daxctl->devices, false);
	put_in_order(daxctl, &daxctl->regions, true);
	if (out->has_regions && daxctl->with_devices)
		put_devices(out, &daxctl->regions, &daxctl->devices);
	print_items(out, out->has_regions ? &daxctl->regions : &daxctl->devices);
}

void daxctl_finish(struct output *out)
{
	if (out->daxctl->is_list)
		print_list(out);
	else if (out->daxctl->devices.n)
		print_items(out, &out->daxctl->devices);
	print_count(out);
}
