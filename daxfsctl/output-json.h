/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that make JSON share. Besides them only input.c includes json-c. */
#ifndef OUTPUT_JSON_H
#define OUTPUT_JSON_H

#include <json-c/json.h>

#include "output.h"

/* How far the document has come. */
enum position {
	POSITION_START,
	POSITION_DEVICES,
	POSITION_REGIONS,
	POSITION_END,
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
	struct json_object *errors;
	struct json_object *members; /* of output_text() */
};

DEFINE_CLEANUP(struct json_object *, json_object_put)

#define _cleanup_json_ _cleanup_(json_object_putp)

/* output-json.c: values. Each may be unknown, which is null. */

/* Gives @value to @object, or frees it. */
void json_put(struct output *out, struct json_object *object, const char *key,
	      struct json_object *value);
void json_append(struct output *out, struct json_object *array, struct json_object *value);
/* A new value, or NULL with the mark set. */
struct json_object *json_made(struct output *out, struct json_object *value);
struct json_object *json_string(struct output *out, const char *text);

void json_put_string(struct output *out, struct json_object *object, const char *key,
		     const char *text);
void json_put_u64(struct output *out, struct json_object *object, const char *key, bool is_known,
		  uint64_t number);
void json_put_int(struct output *out, struct json_object *object, const char *key, bool is_known,
		  int number);
void json_put_bool(struct output *out, struct json_object *object, const char *key, bool is_known,
		   bool truth);

/* output.c */

/* All of it on stdout; what memory is missing for is left out, with the mark set. */
void output_print_json(struct output *out, struct json_object *value);
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
void output_item(struct output *out, struct json_object *item);

/* output-check.c */

void json_put_findings(struct output *out, struct json_object *object,
		       const struct daxfs_check *check);
void text_findings(const struct daxfs_check *check, bool verbose);

/* output-poison.c */

void json_put_poison(struct output *out, struct json_object *object,
		     const struct daxfs_device *device);

/* output-device.c */

void json_put_basic(struct output *out, struct json_object *object,
		    const struct daxfs_device *device);
void json_put_sections(struct output *out, struct json_object *object,
		       const struct daxfs_device *device, unsigned int sections);
/* The device before or after a change; NULL for NULL. */
struct json_object *json_snapshot(struct output *out, const struct daxfs_device *device);
struct json_object *json_users(struct output *out, const struct daxfs_user *users, size_t n_users);

#endif
