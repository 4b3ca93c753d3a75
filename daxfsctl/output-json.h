/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files that make JSON share.
 *
 * A value is text from the start, which goes into the array or object that it is for: json-c's trees
 * took three quarters of the time of a list. What is read is read by json-c, in input.c.
 */
#ifndef OUTPUT_JSON_H
#define OUTPUT_JSON_H

#include <string.h>

#include "output.h"

/* How far the document has come. */
enum position {
	POSITION_START,
	POSITION_DEVICES,
	POSITION_REGIONS,
	POSITION_END,
};

#define JSON_FIRST_ROOM 512

/* A value under way: its text without the end. */
struct json {
	char close; /* the brace that ends it; a string has its end already */
	size_t length, room;
	char *text; /* first[] as long as that is enough */
	char first[JSON_FIRST_ROOM];
};

/* An error of the document, and its words for where the document itself gets lost. */
struct told_error {
	struct json *json;
	char *message;
};

struct output {
	bool json;
	struct daxctl_output *daxctl; /* of OUTPUT_DAXCTL; else NULL */
	bool has_regions;
	bool out_of_memory;
	bool is_report;
	bool is_stream;
	bool write_failed; /* stdout did not take what was written */
	int write_err;	   /* why; 0 when that is not known any more */
	enum position position;
	size_t n_items; /* in the array at this position */
	const char *command;
	struct told_error *errors;
	size_t n_errors;
	struct json *members;  /* of output_text() */
	struct json *sections; /* of the configuration, which become a member at the end */
};

struct json *json_free(struct json *json);
DEFINE_CLEANUP(struct json *, json_free)
#define _cleanup_json_ _cleanup_(json_freep)

/* output-json.c: values. Each may be unknown, which is null. */

/* Without members as yet; NULL, with the mark set, without memory. */
struct json *json_object(struct output *out);
struct json *json_array(struct output *out);
struct json *json_string(struct output *out, const char *text);

/* An object that its owner has room for, and gives to nobody. */
void json_init_object(struct json *json);
void json_done(struct json *json);

/* Gives @value to @object, or frees it. */
void json_put(struct output *out, struct json *object, const char *key, struct json *value);
void json_append(struct output *out, struct json *array, struct json *value);

/*
 * Values that are written where they belong. Inline, since there are a dozen for each device, and the
 * length of a key, which is a literal and has nothing to escape, is known to the compiler. A key of
 * "" is none: an item of an array.
 */

/* The digits of 2^64 - 1, and a sign. */
#define JSON_DIGITS_MAX 20
#define JSON_NUMBER_MAX (JSON_DIGITS_MAX + 1)
/* What a byte of a string becomes at most, as in "\u001b". */
#define JSON_ESCAPE_MAX 6

/* At @to, where there is room; these return the end. */
char *json_write_text(char *to, const char *text);
char *json_write_number(char *to, uint64_t value);

bool json_grow(struct output *out, struct json *json, size_t n);

/* Room for @n bytes more, and the end. */
static inline bool json_reserve(struct output *out, struct json *json, size_t n)
{
	return json->room - json->length > n || json_grow(out, json, n);
}

static inline bool json_is_empty(const struct json *json)
{
	return json->length <= 1;
}

/* What comes before a value of at most @n bytes, and where that goes; NULL without memory for it. */
static inline char *json_begin(struct output *out, struct json *json, const char *key, size_t n)
{
	size_t length = strlen(key);
	char *to;

	if (!json) {
		out->out_of_memory = true;
		return NULL;
	}
	if (!json_reserve(out, json, sizeof(",\"\":") + length + n))
		return NULL;
	to = json->text + json->length;
	if (!json_is_empty(json))
		*to++ = ',';
	if (length) {
		*to++ = '"';
		to = (char *)memcpy(to, key, length) + length;
		*to++ = '"';
		*to++ = ':';
	}
	return to;
}

static inline void json_end(struct json *json, const char *to)
{
	json->length = to - json->text;
}

static inline void json_put_bytes(struct output *out, struct json *json, const char *key,
				  const char *bytes, size_t n)
{
	char *to = json_begin(out, json, key, n);

	if (to)
		json_end(json, (char *)memcpy(to, bytes, n) + n);
}

static inline void json_put_null(struct output *out, struct json *json, const char *key)
{
	json_put_bytes(out, json, key, "null", 4);
}

static inline void json_put_string(struct output *out, struct json *object, const char *key,
				   const char *text)
{
	char *to = text ? json_begin(out, object, key, JSON_ESCAPE_MAX * strlen(text) + 2) : NULL;

	if (to)
		json_end(object, json_write_text(to, text));
	else if (!text)
		json_put_null(out, object, key);
}

/* A name that has nothing to escape: one of ours, or that of a device. */
static inline void json_put_name(struct output *out, struct json *object, const char *key,
				 const char *name)
{
	size_t length = name ? strlen(name) : 0;
	char *to = name ? json_begin(out, object, key, length + 2) : NULL;

	if (to) {
		*to++ = '"';
		to = (char *)memcpy(to, name, length) + length;
		*to++ = '"';
		json_end(object, to);
	} else if (!name) {
		json_put_null(out, object, key);
	}
}

static inline void json_put_u64(struct output *out, struct json *object, const char *key,
				bool is_known, uint64_t number)
{
	char *to = is_known ? json_begin(out, object, key, JSON_NUMBER_MAX) : NULL;

	if (to)
		json_end(object, json_write_number(to, number));
	else if (!is_known)
		json_put_null(out, object, key);
}

static inline void json_put_int(struct output *out, struct json *object, const char *key,
				bool is_known, int number)
{
	char *to = is_known ? json_begin(out, object, key, JSON_NUMBER_MAX) : NULL;

	if (to && number < 0)
		*to++ = '-';
	if (to)
		json_end(object, json_write_number(to, number < 0 ? -(int64_t)number : number));
	else if (!is_known)
		json_put_null(out, object, key);
}

static inline void json_put_bool(struct output *out, struct json *object, const char *key,
				 bool is_known, bool truth)
{
	if (!is_known)
		json_put_null(out, object, key);
	else if (truth)
		json_put_bytes(out, object, key, "true", 4);
	else
		json_put_bytes(out, object, key, "false", 5);
}

/* On stdout, in one line. */
void json_print(struct json *json);
/* The members of @object, into one that is open. */
void json_print_members(const struct json *object);
/* As daxctl does, each value in a line of its own. */
void json_print_pretty(struct json *json);

/* output.c */

/* False when stdout did not take what was printed, or memory was missing for it. */
bool output_flush(struct output *out);

/* output-daxctl.c */

struct daxctl_output *daxctl_output_new(void);
struct daxctl_output *daxctl_output_free(struct daxctl_output *daxctl);
void daxctl_device(struct output *out, const struct daxfs_device *device, unsigned int sections);
void daxctl_region(struct output *out, const struct daxfs_region *region);
void daxctl_change(struct output *out, const struct change *change);
void daxctl_finish(struct output *out);
/* output.c: the next of the devices. */
void output_item(struct output *out, struct json *item);

/* output-check.c */

void json_put_findings(struct output *out, struct json *object, const struct daxfs_check *check);
void text_findings(const struct daxfs_check *check, bool verbose);

/* output-poison.c */

void json_put_poison(struct output *out, struct json *object, const struct daxfs_device *device);

/* output-device.c */

void json_put_basic(struct output *out, struct json *object, const struct daxfs_device *device);
void json_put_sections(struct output *out, struct json *object, const struct daxfs_device *device,
		       unsigned int sections);
/* The device before or after a change; NULL for NULL. */
struct json *json_snapshot(struct output *out, const struct daxfs_device *device);
struct json *json_users(struct output *out, const struct daxfs_user *users, size_t n_users);

#endif
