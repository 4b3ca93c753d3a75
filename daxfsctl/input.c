// SPDX-License-Identifier: GPL-2.0-only
/* The only file that reads JSON. */
#include "input.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "cleanup.h"
#include "file.h"
#include "json-c.h"

/* Some ten thousand devices with all their sections have room. */
#define SIZE_LIMIT (16 << 20)
/* Ranges are compared with one another, so there is an end to them. */
#define MAPPINGS_MAX 4096
/* How much of a wrong value is shown. */
#define SHOWN_MAX 60

DEFINE_CLEANUP(struct input *, input_free)

static void value_putp(struct json_object **value)
{
	if (*value)
		json_c.object_put(*value);
}

static void tokener_freep(struct json_tokener **tokener)
{
	if (*tokener)
		json_c.tokener_free(*tokener);
}

/* Where in the document the reader is, for what it has to say. */
struct reader {
	size_t device;
	bool in_mapping;
	size_t mapping;
	char *error;
};

struct input *input_free(struct input *input)
{
	if (!input)
		return NULL;
	for (size_t i = 0; i < input->n_devices; i++) {
		free(input->devices[i].chardev);
		free(input->devices[i].mappings);
	}
	free(input->devices);
	free(input);
	return NULL;
}

__attribute__((format(printf, 3, 4))) static int fail(struct reader *reader, const char *key,
						      const char *format, ...)
{
	_cleanup_free_ char *words = NULL;
	char mapping[48] = "";
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&words, format, args);
	va_end(args);
	if (n < 0) {
		words = NULL;
		return -ENOMEM;
	}
	if (reader->in_mapping)
		snprintf(mapping, sizeof(mapping), ".mappings[%zu]", reader->mapping);
	if (asprintf(&reader->error, "devices[%zu]%s%s%s: %s", reader->device, mapping,
		     key ? "." : "", key ? key : "", words) < 0)
		reader->error = NULL;
	return reader->error ? -EINVAL : -ENOMEM;
}

/* A value that is not what it should be. */
static int fail_value(struct reader *reader, const char *key, struct json_object *value,
		      const char *why)
{
	const char *shown = json_c.object_to_json_string_ext(
		value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!shown)
		return -ENOMEM;
	return fail(reader, key, "%.*s%s %s", SHOWN_MAX, shown,
		    strlen(shown) > SHOWN_MAX ? "..." : "", why);
}

/* Fields. */

/* NULL for what is absent or unknown. */
static struct json_object *get(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_c.object_object_get_ex(object, key, &value);
	return value;
}

/* The text of a string; NULL when it is none, or could be mistaken for a shorter one. */
static const char *string_of(struct json_object *value)
{
	const char *text;

	if (!json_c.object_is_type(value, json_type_string))
		return NULL;
	text = json_c.object_get_string(value);
	return strlen(text) == (size_t)json_c.object_get_string_len(value) ? text : NULL;
}

/* A number, or a string that has one: daxctl's addresses for people are such. */
static int read_u64(struct reader *reader, struct json_object *object, const char *key,
		    bool *ret_has, uint64_t *ret_number)
{
	struct json_object *value = get(object, key);
	const char *text = string_of(value);

	if (!value)
		return 0;
	if (json_c.object_is_type(value, json_type_int)) {
		if (json_c.object_get_int64(value) < 0)
			return fail_value(reader, key, value, "is negative");
		/* json-c makes this of every larger number, too. */
		if (json_c.object_get_uint64(value) == UINT64_MAX)
			return fail_value(reader, key, value, "is too large");
		*ret_number = json_c.object_get_uint64(value);
	} else if (json_c.object_is_type(value, json_type_double)) {
		return fail_value(reader, key, value, "is not a whole number");
	} else if (!text || daxfs_parse_size(text, ret_number) < 0) {
		return fail_value(reader, key, value, "is not a number");
	}
	*ret_has = true;
	return 0;
}

static int read_chardev(struct reader *reader, struct json_object *object,
			struct input_device *device)
{
	struct json_object *value = get(object, "chardev");
	const char *text = string_of(value);

	if (!value)
		return fail(reader, "chardev", "missing");
	if (!text || daxfs_parse_device_name(text, NULL, NULL) < 0)
		return fail_value(reader, "chardev", value, "is not the name of a device");
	device->chardev = strdup(text);
	return device->chardev ? 0 : -ENOMEM;
}

static int read_mode(struct reader *reader, struct json_object *object, struct input_device *device)
{
	struct json_object *value = get(object, "mode");
	const char *text = string_of(value);

	if (!value)
		return 0;
	if (!text || daxfs_mode_from_string(text, &device->mode) < 0)
		return fail_value(reader, "mode", value,
				  "is not a mode; modes are devdax, famfs, system-ram");
	device->has_mode = true;
	return 0;
}

/* Mappings. */

static int read_mapping(struct reader *reader, struct json_object *object,
			struct daxfs_range *range, bool *ret_has_offset)
{
	bool has_start = false, has_end = false, has_size = false;
	uint64_t size;
	int r;

	if (!json_c.object_is_type(object, json_type_object))
		return fail(reader, NULL, "not an object");
	r = read_u64(reader, object, "start", &has_start, &range->start);
	if (r == 0)
		r = read_u64(reader, object, "end", &has_end, &range->end);
	if (r == 0)
		r = read_u64(reader, object, "page_offset", ret_has_offset, &range->page_offset);
	if (r == 0)
		r = read_u64(reader, object, "size", &has_size, &size);
	if (r < 0)
		return r;
	if (!has_start || !has_end)
		return fail(reader, has_start ? "end" : "start", "missing");
	if (range->end < range->start)
		return fail(reader, "end", "%" PRIu64 " is before start, %" PRIu64, range->end,
			    range->start);
	if (has_size && size != range->end - range->start + 1)
		return fail(reader, "size", "%" PRIu64 " is not the size from start to end", size);
	return 0;
}

static int compare_offsets(const void *a, const void *b)
{
	const struct daxfs_range *x = a, *y = b;

	return (x->page_offset > y->page_offset) - (x->page_offset < y->page_offset);
}

/* Where no range says its place in the device, they are in its order. */
static void set_offsets(struct input_device *device, uint64_t page_size)
{
	uint64_t offset = 0;

	for (size_t i = 0; i < device->n_mappings; i++) {
		device->mappings[i].page_offset = offset / page_size;
		offset += device->mappings[i].end - device->mappings[i].start + 1;
	}
}

static int check_mappings(struct reader *reader, struct input_device *device)
{
	uint64_t sum = 0;
	size_t index = 0;
	int r;

	r = daxfs_ranges_check(device->mappings, device->n_mappings, 0, sysconf(_SC_PAGESIZE),
			       &index);
	if (r < 0)
		return fail(reader, "mappings", "0x%" PRIx64 " to 0x%" PRIx64 " %s",
			    device->mappings[index].start, device->mappings[index].end,
			    r == -EEXIST ? "overlaps another"
					 : "does not follow the one before in the device");
	daxfs_ranges_size(device->mappings, device->n_mappings, &sum);
	if (device->has_size && device->size != sum)
		return fail(reader, "size",
			    "%" PRIu64 " is not what the mappings have together, %" PRIu64,
			    device->size, sum);
	return 0;
}

static int read_array(struct reader *reader, struct json_object *array, struct input_device *device)
{
	size_t n = json_c.object_array_length(array), n_offsets = 0;

	if (n > MAPPINGS_MAX)
		return fail(reader, "mappings", "more than %d", MAPPINGS_MAX);
	device->mappings = calloc(n + 1, sizeof(*device->mappings));
	if (!device->mappings)
		return -ENOMEM;
	device->n_mappings = n;
	reader->in_mapping = true;
	for (size_t i = 0; i < n; i++) {
		bool has_offset = false;
		int r;

		reader->mapping = i;
		r = read_mapping(reader, json_c.object_array_get_idx(array, i),
				 &device->mappings[i], &has_offset);
		if (r < 0)
			return r;
		n_offsets += has_offset;
	}
	reader->in_mapping = false;
	if (n_offsets != 0 && n_offsets != n)
		return fail(reader, "mappings", "some have a page_offset, others have not");
	if (n_offsets == 0)
		set_offsets(device, sysconf(_SC_PAGESIZE));
	qsort(device->mappings, n, sizeof(*device->mappings), compare_offsets);
	return check_mappings(reader, device);
}

static int read_mappings(struct reader *reader, struct json_object *object,
			 struct input_device *device)
{
	struct json_object *array = get(object, "mappings");

	if (!array)
		return 0;
	if (!json_c.object_is_type(array, json_type_array))
		return fail_value(reader, "mappings", array, "is not an array");
	device->has_mappings = true;
	return read_array(reader, array, device);
}

/* Devices. */

static int read_device(struct reader *reader, struct json_object *object,
		       struct input_device *device)
{
	int r;

	if (!json_c.object_is_type(object, json_type_object))
		return fail(reader, NULL, "not an object");
	r = read_chardev(reader, object, device);
	if (r == 0)
		r = read_u64(reader, object, "size", &device->has_size, &device->size);
	if (r == 0)
		r = read_u64(reader, object, "align", &device->has_align, &device->align);
	if (r == 0)
		r = read_mode(reader, object, device);
	if (r == 0)
		r = read_mappings(reader, object, device);
	return r;
}

static int compare_names(const void *a, const void *b)
{
	const struct input_device *x = *(struct input_device *const *)a,
				  *y = *(struct input_device *const *)b;
	int order = strcmp(x->chardev, y->chardev);

	return order ? order : (x > y) - (x < y);
}

static int check_names(struct reader *reader, const struct input *input)
{
	_cleanup_free_ const struct input_device **sorted = NULL;

	sorted = calloc(input->n_devices + 1, sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < input->n_devices; i++)
		sorted[i] = &input->devices[i];
	qsort(sorted, input->n_devices, sizeof(*sorted), compare_names);
	for (size_t i = 1; i < input->n_devices; i++) {
		if (strcmp(sorted[i - 1]->chardev, sorted[i]->chardev) != 0)
			continue;
		reader->device = sorted[i] - input->devices;
		return fail(reader, "chardev", "\"%s\" is in devices[%zu] already",
			    sorted[i]->chardev, (size_t)(sorted[i - 1] - input->devices));
	}
	return 0;
}

/* The devices of an array, or @root alone. */
static int read_devices(struct reader *reader, struct json_object *root, struct input *input)
{
	bool is_array = json_c.object_is_type(root, json_type_array);
	size_t n = is_array ? json_c.object_array_length(root) : 1;

	input->devices = calloc(n + 1, sizeof(*input->devices));
	if (!input->devices)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		int r;

		reader->device = i;
		input->n_devices = i + 1;
		r = read_device(reader, is_array ? json_c.object_array_get_idx(root, i) : root,
				&input->devices[i]);
		if (r < 0)
			return r;
	}
	return check_names(reader, input);
}

/* The document. */

static int refuse(char **ret_error, const char *words)
{
	*ret_error = strdup(words);
	return *ret_error ? -EINVAL : -ENOMEM;
}

/* A document of ours becomes its array of devices; others are what they are. */
static int find_devices(struct json_object **root, char **ret_error)
{
	struct json_object *schema = get(*root, "schema"), *devices;

	if (json_c.object_is_type(*root, json_type_array) || get(*root, "chardev"))
		return 0;
	if (!schema)
		return refuse(ret_error, "neither a document of 'daxfsctl list', an array of "
					 "devices, nor a device");
	if (!json_c.object_is_type(schema, json_type_int) || json_c.object_get_int64(schema) != 1)
		return refuse(ret_error, "schema: not 1, which is the one that is known");
	devices = get(*root, "devices");
	if (!json_c.object_is_type(devices, json_type_array))
		return refuse(ret_error, "devices: not an array");
	json_c.object_get(devices);
	json_c.object_put(*root);
	*root = devices;
	return 0;
}

static unsigned int line_of(const char *text, size_t offset)
{
	unsigned int line = 1;

	for (size_t i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}

static int parse_json(const char *text, size_t length, struct json_object **ret_root,
		      char **ret_error)
{
	_cleanup_(tokener_freep) struct json_tokener *tokener = json_c.tokener_new();
	_cleanup_(value_putp) struct json_object *root = NULL;
	enum json_tokener_error error;

	if (!tokener)
		return -ENOMEM;
	/* A strict parser takes no white space behind the end. */
	while (length > 0 && strchr(" \t\r\n", text[length - 1]) && text[length - 1])
		length--;
	json_c.tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	root = json_c.tokener_parse_ex(tokener, text, length);
	error = json_c.tokener_get_error(tokener);
	if (error == json_tokener_success && json_c.tokener_get_parse_end(tokener) == length) {
		*ret_root = TAKE_PTR(root);
		return 0;
	}
	if (asprintf(ret_error, "line %u: not JSON: %s",
		     line_of(text, json_c.tokener_get_parse_end(tokener)),
		     error == json_tokener_success    ? "there is more behind the document"
		     : error == json_tokener_continue ? "it ends too early"
						      : json_c.tokener_error_desc(error)) < 0)
		*ret_error = NULL;
	return *ret_error ? -EINVAL : -ENOMEM;
}

static int load_json_c(char **ret_error)
{
	const char *reason = json_c_load();

	if (!reason)
		return 0;
	if (asprintf(ret_error, "libjson-c.so.5 cannot be used: %s", reason) < 0)
		*ret_error = NULL;
	return -ELIBACC;
}

int input_parse(const char *text, size_t length, struct input **ret_input, char **ret_error)
{
	_cleanup_(input_freep) struct input *input = calloc(1, sizeof(*input));
	_cleanup_(value_putp) struct json_object *root = NULL;
	struct reader reader = {};
	int r;

	*ret_error = NULL;
	if (!input)
		return -ENOMEM;
	if (load_json_c(ret_error) < 0)
		return *ret_error ? -ELIBACC : -ENOMEM;
	if (length > SIZE_LIMIT)
		return refuse(ret_error, "too large");
	r = parse_json(text, length, &root, ret_error);
	if (r == 0)
		r = find_devices(&root, ret_error);
	if (r < 0)
		return r;
	r = read_devices(&reader, root, input);
	if (r < 0) {
		*ret_error = reader.error;
		return r;
	}
	*ret_input = TAKE_PTR(input);
	return 0;
}

int input_read(const char *path, struct input **ret_input, char **ret_error)
{
	_cleanup_free_ char *text = NULL, *error = NULL;
	size_t length = 0;
	int r;

	*ret_error = NULL;
	r = file_read(AT_FDCWD, path, SIZE_LIMIT, &text, &length);
	if (r < 0) {
		if (asprintf(ret_error, "%s: %s", path, file_strerror(r)) < 0)
			*ret_error = NULL;
		return r;
	}
	r = input_parse(text, length, ret_input, &error);
	if (error && asprintf(ret_error, "%s: %s", path, error) < 0)
		*ret_error = NULL;
	return r;
}
