// SPDX-License-Identifier: GPL-2.0-only
/* The one place that makes JSON. */
#include "output.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <string.h>

#include "text.h"

#define JSON_FLAGS (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

/* How far the document has come. */
enum position {
	POSITION_START,
	POSITION_DEVICES,
	POSITION_REGIONS,
	POSITION_END,
};

struct output {
	bool json;
	bool has_regions;
	bool out_of_memory;
	enum position position;
	size_t n_items; /* in the array at this position */
	const char *command;
	struct json_object *errors;
	struct json_object *members; /* of output_text() */
};

DEFINE_CLEANUP(struct json_object *, json_object_put)

#define _cleanup_json_ _cleanup_(json_object_putp)

struct output *output_new(bool json)
{
	_cleanup_(output_freep) struct output *out = calloc(1, sizeof(*out));

	if (!out)
		return NULL;
	out->json = json;
	if (json) {
		out->errors = json_object_new_array();
		out->members = json_object_new_object();
		if (!out->errors || !out->members)
			return NULL;
	}
	return TAKE_PTR(out);
}

struct output *output_free(struct output *out)
{
	if (!out)
		return NULL;
	json_object_put(out->errors);
	json_object_put(out->members);
	free(out);
	return NULL;
}

void output_begin(struct output *out, const char *command)
{
	out->command = command;
}

void output_expect_regions(struct output *out)
{
	out->has_regions = true;
}

/* Values: each may be unknown, which is null. */

static void put(struct output *out, struct json_object *object, const char *key,
		struct json_object *value)
{
	if (object && json_object_object_add(object, key, value) == 0)
		return;
	json_object_put(value);
	out->out_of_memory = true;
}

static struct json_object *new_string(struct output *out, const char *text)
{
	_cleanup_free_ char *utf8 = text ? text_to_utf8(text) : NULL;
	struct json_object *value = utf8 ? json_object_new_string(utf8) : NULL;

	if (text && !value)
		out->out_of_memory = true;
	return value;
}

static void put_string(struct output *out, struct json_object *object, const char *key,
		       const char *text)
{
	put(out, object, key, new_string(out, text));
}

/* A new value, or NULL with the mark set. */
static struct json_object *made(struct output *out, struct json_object *value)
{
	if (!value)
		out->out_of_memory = true;
	return value;
}

static void put_u64(struct output *out, struct json_object *object, const char *key, bool is_known,
		    uint64_t number)
{
	put(out, object, key, is_known ? made(out, json_object_new_uint64(number)) : NULL);
}

static void put_int(struct output *out, struct json_object *object, const char *key, bool is_known,
		    int number)
{
	put(out, object, key, is_known ? made(out, json_object_new_int(number)) : NULL);
}

static void put_bool(struct output *out, struct json_object *object, const char *key, bool is_known,
		     bool truth)
{
	put(out, object, key, is_known ? made(out, json_object_new_boolean(truth)) : NULL);
}

static void append(struct output *out, struct json_object *array, struct json_object *value)
{
	if (array && json_object_array_add(array, value) == 0)
		return;
	json_object_put(value);
	out->out_of_memory = true;
}

/* The document. */

static void print_json(struct output *out, struct json_object *value)
{
	const char *text = json_object_to_json_string_ext(value, JSON_FLAGS);

	if (text)
		fputs(text, stdout);
	else
		out->out_of_memory = true;
}

static void print_head(struct output *out)
{
	_cleanup_json_ struct json_object *command = new_string(out, out->command);

	fputs("{\"schema\":1,\"command\":", stdout);
	if (command)
		print_json(out, command);
	else
		fputs("null", stdout);
	fputs(",\"devices\":[", stdout);
}

/* Closes arrays and opens others until the document is at @position. */
static void move_to(struct output *out, enum position position)
{
	if (out->position == position)
		return;
	if (out->position == POSITION_START) {
		print_head(out);
		out->position = POSITION_DEVICES;
		out->n_items = 0;
	}
	if (out->position == POSITION_DEVICES && position > POSITION_DEVICES) {
		fputs(out->n_items ? "\n]" : "]", stdout);
		if (out->has_regions) {
			fputs(",\"regions\":[", stdout);
			out->position = POSITION_REGIONS;
			out->n_items = 0;
		} else {
			out->position = POSITION_END;
		}
	}
	if (out->position == POSITION_REGIONS && position > POSITION_REGIONS) {
		fputs(out->n_items ? "\n]" : "]", stdout);
		out->position = POSITION_END;
	}
}

static void print_item(struct output *out, struct json_object *item)
{
	fputs(out->n_items++ ? ",\n" : "\n", stdout);
	print_json(out, item);
}

void output_text(struct output *out, const char *key, const char *text)
{
	put_string(out, out->members, key, text);
}

enum status output_finish(struct output *out, enum status status)
{
	if (out->json) {
		move_to(out, POSITION_END);
		fputs(",\"errors\":[", stdout);
		for (size_t i = 0; i < json_object_array_length(out->errors); i++) {
			fputs(i ? ",\n" : "\n", stdout);
			print_json(out, json_object_array_get_idx(out->errors, i));
		}
		fputs(json_object_array_length(out->errors) ? "\n]" : "]", stdout);
		json_object_object_foreach(out->members, key, value)
		{
			printf(",\"%s\":", key); /* our own, without anything to escape */
			print_json(out, value);
		}
		fputs("}\n", stdout);
	}
	if (fflush(stdout) != 0 || ferror(stdout)) {
		text_error(&(struct error_words){ .message = "cannot write to standard output",
						  .err = errno });
		return STATUS_FAILED;
	}
	if (out->out_of_memory) {
		text_error(
			&(struct error_words){ .message = "out of memory: output is incomplete" });
		return STATUS_FAILED;
	}
	return status;
}

/* Devices. */

static void put_u64_of(struct output *out, struct json_object *object, const char *key,
		       const struct daxfs_device *device,
		       bool (*get)(const struct daxfs_device *, uint64_t *))
{
	uint64_t value = 0;
	bool is_known = get(device, &value);

	put_u64(out, object, key, is_known, value);
}

static void put_int_of(struct output *out, struct json_object *object, const char *key,
		       const struct daxfs_device *device,
		       bool (*get)(const struct daxfs_device *, int *))
{
	int value = 0;
	bool is_known = get(device, &value);

	put_int(out, object, key, is_known, value);
}

static void put_bool_of(struct output *out, struct json_object *object, const char *key,
			const struct daxfs_device *device,
			bool (*get)(const struct daxfs_device *, bool *))
{
	bool value = false;
	bool is_known = get(device, &value);

	put_bool(out, object, key, is_known, value);
}

static void put_basic(struct output *out, struct json_object *object,
		      const struct daxfs_device *device)
{
	put_string(out, object, "chardev", daxfs_device_get_name(device));
	put_u64_of(out, object, "size", device, daxfs_device_get_size);
	put_int_of(out, object, "target_node", device, daxfs_device_get_target_node);
	put_u64_of(out, object, "align", device, daxfs_device_get_align);
	put_string(out, object, "mode", daxfs_mode_to_string(daxfs_device_get_mode(device)));
	put_string(out, object, "driver", daxfs_device_get_driver(device));
	put_string(out, object, "state", daxfs_state_to_string(daxfs_device_get_state(device)));
	put_string(out, object, "kind", daxfs_kind_to_string(daxfs_device_get_kind(device)));
	put_int(out, object, "region", true, daxfs_device_get_region_id(device));
	put_string(out, object, "path", daxfs_device_get_path(device));
	put_bool(out, object, "static", true, daxfs_device_is_static(device));
	put_bool(out, object, "seed", true, daxfs_device_is_seed(device));
	if (daxfs_device_get_mode(device) == DAXFS_MODE_FAMFS) {
		put_bool_of(out, object, "held", device, daxfs_device_get_held);
		put_u64_of(out, object, "data_offset", device, daxfs_device_get_data_offset);
	}
}

static void put_detail(struct output *out, struct json_object *object,
		       const struct daxfs_device *device)
{
	put_int_of(out, object, "numa_node", device, daxfs_device_get_numa_node);
	put_u64_of(out, object, "resource", device, daxfs_device_get_resource);
	put_string(out, object, "dev", daxfs_device_get_dev(device));
	put_bool_of(out, object, "memmap_on_memory", device, daxfs_device_get_memmap_on_memory);
	put(out, object, "configured_mode", NULL);
	put_string(out, object, "journal", daxfs_device_get_journal(device));
}

static void put_mappings(struct output *out, struct json_object *object,
			 const struct daxfs_device *device)
{
	const struct daxfs_range *ranges;
	struct json_object *array;
	size_t n;

	if (!daxfs_device_get_ranges(device, &ranges, &n)) {
		put(out, object, "mappings", NULL);
		return;
	}
	array = made(out, json_object_new_array());
	for (size_t i = 0; array && i < n; i++) {
		struct json_object *range = made(out, json_object_new_object());

		put_u64(out, range, "page_offset", true, ranges[i].page_offset);
		put_u64(out, range, "start", true, ranges[i].start);
		put_u64(out, range, "end", true, ranges[i].end);
		put_u64(out, range, "size", true, ranges[i].end - ranges[i].start + 1);
		append(out, array, range);
	}
	put(out, object, "mappings", array);
}

static void put_pgmap(struct output *out, struct json_object *object,
		      const struct daxfs_device *device)
{
	struct json_object *pgmap = NULL;
	struct daxfs_pgmap map;

	if (daxfs_device_get_pgmap(device, &map)) {
		pgmap = made(out, json_object_new_object());
		put_u64(out, pgmap, "start", true, map.start);
		put_u64(out, pgmap, "end", true, map.end);
		put_u64(out, pgmap, "data_offset", true, map.data_offset);
	}
	put(out, object, "pgmap", pgmap);
}

static struct json_object *memdevs(struct output *out, const char *const *names)
{
	struct json_object *array = names ? made(out, json_object_new_array()) : NULL;

	for (size_t i = 0; array && names[i]; i++)
		append(out, array, new_string(out, names[i]));
	return array;
}

/* A page map of its own have static devices only. */
static void put_backing(struct output *out, struct json_object *object,
			const struct daxfs_device *device)
{
	enum daxfs_kind kind = daxfs_device_get_kind(device);
	struct json_object *backing = NULL;

	if (daxfs_device_is_static(device))
		put_pgmap(out, object, device);
	switch (kind) {
	case DAXFS_KIND_PMEM:
		backing = made(out, json_object_new_object());
		put_string(out, backing, "namespace", daxfs_device_get_namespace(device));
		put_string(out, backing, "uuid", daxfs_device_get_uuid(device));
		break;
	case DAXFS_KIND_CXL:
		backing = made(out, json_object_new_object());
		put_string(out, backing, "cxl_region", daxfs_device_get_cxl_region(device));
		put(out, backing, "memdevs", memdevs(out, daxfs_device_get_cxl_memdevs(device)));
		break;
	case DAXFS_KIND_HMEM: /* nothing that has a name */
		return;
	default:
		break;
	}
	put(out, object, "backing", backing);
}

/* The library separates zones by blanks. */
static struct json_object *zones(struct output *out, const char *list)
{
	_cleanup_free_ char *copy = list ? strdup(list) : NULL;
	struct json_object *array;
	char *save = NULL;

	if (!copy)
		return NULL;
	array = made(out, json_object_new_array());
	for (char *zone = strtok_r(copy, " ", &save); array && zone;
	     zone = strtok_r(NULL, " ", &save))
		append(out, array, new_string(out, zone));
	return array;
}

static void put_memory(struct output *out, struct json_object *object,
		       const struct daxfs_device *device)
{
	struct json_object *value = NULL;
	struct daxfs_memory memory;

	if (daxfs_device_get_mode(device) != DAXFS_MODE_SYSTEM_RAM)
		return;
	if (daxfs_device_get_memory(device, &memory)) {
		value = made(out, json_object_new_object());
		put_u64(out, value, "block_size", true, memory.block_size);
		put_u64(out, value, "total_blocks", true, memory.total_blocks);
		put_u64(out, value, "online_blocks", true, memory.online_blocks);
		put(out, value, "zones", zones(out, daxfs_device_get_zones(device)));
		put_u64(out, value, "lost_bytes", true, memory.lost_bytes);
	}
	put(out, object, "memory", value);
}

static void put_sections(struct output *out, struct json_object *object,
			 const struct daxfs_device *device, unsigned int sections)
{
	if (sections & OUTPUT_DETAIL)
		put_detail(out, object, device);
	if (sections & OUTPUT_MAPPINGS)
		put_mappings(out, object, device);
	if (sections & OUTPUT_BACKING)
		put_backing(out, object, device);
	if (sections & OUTPUT_MEMORY)
		put_memory(out, object, device);
}

void output_device(struct output *out, const struct daxfs_device *device, unsigned int sections)
{
	_cleanup_json_ struct json_object *object = made(out, json_object_new_object());

	if (!object)
		return;
	put_basic(out, object, device);
	put_sections(out, object, device, sections);
	move_to(out, POSITION_DEVICES);
	print_item(out, object);
}

void output_region(struct output *out, const struct daxfs_region *region)
{
	_cleanup_json_ struct json_object *object = made(out, json_object_new_object());
	uint64_t value = 0;
	bool is_known;

	if (!object)
		return;
	put_int(out, object, "id", true, daxfs_region_get_id(region));
	put_string(out, object, "path", daxfs_region_get_path(region));
	put_string(out, object, "kind", daxfs_kind_to_string(daxfs_region_get_kind(region)));
	is_known = daxfs_region_get_size(region, &value);
	put_u64(out, object, "size", is_known, value);
	is_known = daxfs_region_get_available_size(region, &value);
	put_u64(out, object, "available_size", is_known, value);
	is_known = daxfs_region_get_align(region, &value);
	put_u64(out, object, "align", is_known, value);
	out->has_regions = true;
	move_to(out, POSITION_REGIONS);
	print_item(out, object);
}

/* Changes. */

static struct json_object *snapshot(struct output *out, const struct daxfs_device *device)
{
	struct json_object *object;

	if (!device)
		return NULL;
	object = made(out, json_object_new_object());
	put_string(out, object, "mode", daxfs_mode_to_string(daxfs_device_get_mode(device)));
	put_u64_of(out, object, "size", device, daxfs_device_get_size);
	put_u64_of(out, object, "align", device, daxfs_device_get_align);
	put_string(out, object, "state", daxfs_state_to_string(daxfs_device_get_state(device)));
	put_string(out, object, "driver", daxfs_device_get_driver(device));
	put_mappings(out, object, device);
	return object;
}

static void put_plan(struct output *out, struct json_object *object, const struct change *change)
{
	struct json_object *steps = made(out, json_object_new_array());

	for (size_t i = 0; steps && i < change->n_steps; i++) {
		struct json_object *step = made(out, json_object_new_object());

		put_string(out, step, "step", change->steps[i].name);
		put_string(out, step, "path", change->steps[i].path);
		put_string(out, step, "value", change->steps[i].value);
		append(out, steps, step);
	}
	put(out, object, "plan", steps);
}

static void put_notes(struct output *out, struct json_object *object, const struct change *change)
{
	struct json_object *notes = made(out, json_object_new_array());

	for (size_t i = 0; notes && i < change->n_notes; i++)
		append(out, notes, new_string(out, change->notes[i]));
	put(out, object, "notes", notes);
}

void output_change(struct output *out, const struct change *change)
{
	const struct daxfs_device *device = change->after ? change->after : change->before;
	_cleanup_json_ struct json_object *object = NULL;

	if (!out->json) {
		text_change(change);
		return;
	}
	object = made(out, json_object_new_object());
	if (!object)
		return;
	if (device)
		put_basic(out, object, device);
	else
		put_string(out, object, "chardev", change->device);
	put_string(out, object, "result", change->result);
	put(out, object, "before", snapshot(out, change->before));
	put(out, object, "after", snapshot(out, change->after));
	if (change->has_plan)
		put_plan(out, object, change);
	if (change->n_notes)
		put_notes(out, object, change);
	if (change->pending)
		put_bool(out, object, "pending", true, true);
	if (change->has_elapsed_ms)
		put_u64(out, object, "elapsed_ms", true, change->elapsed_ms);
	move_to(out, POSITION_DEVICES);
	print_item(out, object);
}

/* Errors. */

static void add_error(struct output *out, const struct error_words *words)
{
	struct json_object *object = made(out, json_object_new_object());

	put_string(out, object, "id", words->id);
	put_string(out, object, "device", words->device);
	put_string(out, object, "step", words->step);
	put_string(out, object, "path", words->path);
	put_string(out, object, "errno", words->err ? strerrorname_np(words->err) : NULL);
	put_string(out, object, "message", words->message);
	put_string(out, object, "hint", words->hint);
	put_string(out, object, "override", words->override);
	append(out, out->errors, object);
}

static void tell(struct output *out, const struct error_words *words)
{
	if (out->json) {
		add_error(out, words);
		return;
	}
	/* Both may go to one place: there, the order of events is kept. */
	fflush(stdout);
	text_error(words);
}

enum status output_error(struct output *out, const struct daxfs_error *error)
{
	tell(out, &(struct error_words){
			  .id = daxfs_error_get_id(error),
			  .device = daxfs_error_get_device(error),
			  .step = daxfs_error_get_step(error),
			  .path = daxfs_error_get_path(error),
			  .err = daxfs_error_get_errno(error),
			  .message = daxfs_error_get_message(error),
			  .hint = daxfs_error_get_hint(error),
			  .override = daxfs_error_get_override(error),
		  });
	return (enum status)daxfs_error_get_class(error);
}

enum status output_problem(struct output *out, const struct problem *problem, const char *format,
			   ...)
{
	_cleanup_free_ char *message = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&message, format, args);
	va_end(args);
	if (n < 0)
		message = NULL;
	tell(out, &(struct error_words){
			  .id = problem->id,
			  .device = problem->device,
			  .step = problem->step,
			  .path = problem->path,
			  .err = problem->err,
			  .message = message ? message : "out of memory",
			  .hint = problem->hint,
			  .override = problem->override,
		  });
	return problem->status;
}

void output_note(struct output *out, const char *format, ...)
{
	va_list args;

	(void)out;
	fputs("daxfsctl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}
