/* SPDX-License-Identifier: GPL-2.0-only */
/* json-c, loaded on first use: reading a document is rare. Only input.c uses it. */
#ifndef JSON_C_H
#define JSON_C_H

#include <json-c/json.h>

#define JSON_C_FUNCTIONS(X)          \
	X(object_array_get_idx)      \
	X(object_array_length)       \
	X(object_get)                \
	X(object_get_int64)          \
	X(object_get_string)         \
	X(object_get_string_len)     \
	X(object_get_uint64)         \
	X(object_is_type)            \
	X(object_object_get_ex)      \
	X(object_put)                \
	X(object_to_json_string_ext) \
	X(tokener_error_desc)        \
	X(tokener_free)              \
	X(tokener_get_error)         \
	X(tokener_get_parse_end)     \
	X(tokener_new)               \
	X(tokener_parse_ex)          \
	X(tokener_set_flags)

/* json_object_get() is json_c.object_get(). */
extern struct json_c {
#define JSON_C_FIELD(name) __typeof__(&json_##name) name;
	JSON_C_FUNCTIONS(JSON_C_FIELD)
#undef JSON_C_FIELD
} json_c;

/* NULL, or why it cannot be used. */
const char *json_c_load(void);

#endif
