// SPDX-License-Identifier: GPL-2.0-only
/* Values of JSON; memory that runs out is marked, and told at the end. */
#include "output-json.h"

#include "text.h"

void json_put(struct output *out, struct json_object *object, const char *key,
	      struct json_object *value)
{
	if (object && json_object_object_add(object, key, value) == 0)
		return;
	json_object_put(value);
	out->out_of_memory = true;
}

struct json_object *json_string(struct output *out, const char *text)
{
	_cleanup_free_ char *utf8 = text ? text_to_utf8(text) : NULL;
	struct json_object *value = utf8 ? json_object_new_string(utf8) : NULL;

	if (text && !value)
		out->out_of_memory = true;
	return value;
}

void json_put_string(struct output *out, struct json_object *object, const char *key,
		     const char *text)
{
	json_put(out, object, key, json_string(out, text));
}

/* A new value, or NULL with the mark set. */
struct json_object *json_made(struct output *out, struct json_object *value)
{
	if (!value)
		out->out_of_memory = true;
	return value;
}

void json_put_u64(struct output *out, struct json_object *object, const char *key, bool is_known,
		  uint64_t number)
{
	json_put(out, object, key,
		 is_known ? json_made(out, json_object_new_uint64(number)) : NULL);
}

void json_put_int(struct output *out, struct json_object *object, const char *key, bool is_known,
		  int number)
{
	json_put(out, object, key, is_known ? json_made(out, json_object_new_int(number)) : NULL);
}

void json_put_bool(struct output *out, struct json_object *object, const char *key, bool is_known,
		   bool truth)
{
	json_put(out, object, key,
		 is_known ? json_made(out, json_object_new_boolean(truth)) : NULL);
}

void json_append(struct output *out, struct json_object *array, struct json_object *value)
{
	if (array && json_object_array_add(array, value) == 0)
		return;
	json_object_put(value);
	out->out_of_memory = true;
}
