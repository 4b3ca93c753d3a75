// SPDX-License-Identifier: GPL-2.0-only
/* The document: what is printed when. */
#include "output.h"

#include <stdarg.h>
#include <string.h>

#include "output-json.h"
#include "text.h"

struct output *output_new(enum output_style style)
{
	_cleanup_(output_freep) struct output *out = calloc(1, sizeof(*out));

	if (!out)
		return NULL;
	out->json = style == OUTPUT_JSON;
	if (style == OUTPUT_DAXCTL) {
		out->daxctl = daxctl_output_new();
		if (!out->daxctl)
			return NULL;
	}
	if (out->json) {
		out->members = json_object(out);
		if (!out->members)
			return NULL;
	}
	return TAKE_PTR(out);
}

struct output *output_free(struct output *out)
{
	if (!out)
		return NULL;
	for (size_t i = 0; i < out->n_errors; i++) {
		json_free(out->errors[i].json);
		free(out->errors[i].message);
	}
	free(out->errors);
	json_free(out->members);
	json_free(out->sections);
	daxctl_output_free(out->daxctl);
	free(out);
	return NULL;
}

void output_begin(struct output *out, const char *command)
{
	out->command = command;
}

void output_is_report(struct output *out)
{
	out->is_report = true;
}

void output_expect_regions(struct output *out)
{
	out->has_regions = true;
}

void output_is_stream(struct output *out)
{
	out->is_stream = true;
}

/* The document. */

static void print_head(struct output *out)
{
	_cleanup_json_ struct json *command = json_string(out, out->command);

	fputs("{\"schema\":1,\"command\":", stdout);
	if (command)
		json_print(command);
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

static void print_item(struct output *out, struct json *item)
{
	if (out->n_items++)
		putchar_unlocked(',');
	putchar_unlocked('\n');
	json_print(item);
}

void output_item(struct output *out, struct json *item)
{
	move_to(out, POSITION_DEVICES);
	print_item(out, item);
}

void output_text(struct output *out, const char *key, const char *text)
{
	json_put_string(out, out->members, key, text);
}

void output_number(struct output *out, const char *key, bool is_known, int number)
{
	if (out->json)
		json_put_int(out, out->members, key, is_known, number);
}

void output_lacks_memory(struct output *out)
{
	out->out_of_memory = true;
}

/* What stdout does not take, or memory is missing for, has to be told on stderr. */
static bool is_incomplete(struct output *out)
{
	if (!out->write_failed) {
		errno = 0;
		out->write_failed = fflush(stdout) != 0 || ferror(stdout);
		out->write_err = out->write_failed ? errno : 0;
	}
	return out->write_failed || out->out_of_memory;
}

bool output_flush(struct output *out)
{
	return !is_incomplete(out);
}

static void tell_lost_errors(const struct output *out)
{
	for (size_t i = 0; i < out->n_errors; i++)
		text_error(&(struct error_words){ .message = out->errors[i].message });
}

static void print_end(struct output *out)
{
	move_to(out, POSITION_END);
	fputs(",\"errors\":[", stdout);
	for (size_t i = 0; i < out->n_errors; i++) {
		fputs(i ? ",\n" : "\n", stdout);
		json_print(out->errors[i].json);
	}
	fputs(out->n_errors ? "\n]" : "]", stdout);
	if (out->sections)
		json_put(out, out->members, "config", TAKE_PTR(out->sections));
	json_print_members(out->members);
	fputs("}\n", stdout);
}

enum status output_finish(struct output *out, enum status status)
{
	if (out->json && !out->is_stream)
		print_end(out);
	if (out->daxctl)
		daxctl_finish(out);
	/* The end of a stream is when nobody reads it any more. */
	if (!is_incomplete(out) || (out->is_stream && out->write_err == EPIPE))
		return status;
	if (out->write_failed) {
		tell_lost_errors(out);
		text_error(&(struct error_words){
			.message = out->is_report ? "cannot write the report"
						  : "cannot write to standard output",
			.err = out->write_err });
	} else {
		text_error(
			&(struct error_words){ .message = "out of memory: output is incomplete" });
	}
	return status == STATUS_OK && !out->is_report ? STATUS_FAILED : status;
}

/* Devices and regions. */

static void print_json_device(struct output *out, const struct daxfs_device *device,
			      unsigned int sections)
{
	_cleanup_(json_done) struct json object;

	json_init_object(&object);
	json_put_basic(out, &object, device);
	json_put_sections(out, &object, device, sections);
	move_to(out, POSITION_DEVICES);
	print_item(out, &object);
}

void output_device(struct output *out, const struct daxfs_device *device, unsigned int sections)
{
	if (out->daxctl)
		daxctl_device(out, device, sections);
	else
		print_json_device(out, device, sections);
}

void output_region(struct output *out, const struct daxfs_region *region)
{
	_cleanup_json_ struct json *object = NULL;
	uint64_t value = 0;
	bool is_known;

	if (out->daxctl) {
		daxctl_region(out, region);
		return;
	}
	object = json_object(out);
	if (!object)
		return;
	json_put_int(out, object, "id", true, daxfs_region_get_id(region));
	json_put_string(out, object, "path", daxfs_region_get_path(region));
	json_put_string(out, object, "kind", daxfs_kind_to_string(daxfs_region_get_kind(region)));
	is_known = daxfs_region_get_size(region, &value);
	json_put_u64(out, object, "size", is_known, value);
	is_known = daxfs_region_get_available_size(region, &value);
	json_put_u64(out, object, "available_size", is_known, value);
	is_known = daxfs_region_get_align(region, &value);
	json_put_u64(out, object, "align", is_known, value);
	out->has_regions = true;
	move_to(out, POSITION_REGIONS);
	print_item(out, object);
}

/* Changes. */

static void put_plan(struct output *out, struct json *object, const struct change *change)
{
	struct json *steps = json_array(out);

	for (size_t i = 0; steps && i < change->n_steps; i++) {
		struct json *step = json_object(out);

		json_put_string(out, step, "step", change->steps[i].name);
		json_put_string(out, step, "path", change->steps[i].path);
		json_put_string(out, step, "value", change->steps[i].value);
		json_append(out, steps, step);
	}
	json_put(out, object, "plan", steps);
}

static void put_notes(struct output *out, struct json *object, const struct change *change)
{
	struct json *notes = json_array(out);

	for (size_t i = 0; notes && i < change->n_notes; i++)
		json_append(out, notes, json_string(out, change->notes[i]));
	json_put(out, object, "notes", notes);
}

static void print_json_change(struct output *out, const struct change *change)
{
	const struct daxfs_device *device = change->after ? change->after : change->before;
	_cleanup_json_ struct json *object = json_object(out);

	if (!object)
		return;
	if (device)
		json_put_basic(out, object, device);
	else
		json_put_string(out, object, "chardev", change->device);
	json_put_string(out, object, "result", change->result);
	json_put(out, object, "before", json_snapshot(out, change->before));
	json_put(out, object, "after", json_snapshot(out, change->after));
	if (change->has_plan)
		put_plan(out, object, change);
	if (change->n_notes)
		put_notes(out, object, change);
	if (change->pending)
		json_put_bool(out, object, "pending", true, true);
	if (change->has_elapsed_ms)
		json_put_u64(out, object, "elapsed_ms", true, change->elapsed_ms);
	move_to(out, POSITION_DEVICES);
	print_item(out, object);
}

void output_change(struct output *out, const struct change *change)
{
	if (out->daxctl)
		daxctl_change(out, change);
	else if (out->json)
		print_json_change(out, change);
	else
		text_change(stdout, change);
	/* Nobody is to be left without a word on what became of a device. */
	if (is_incomplete(out)) {
		fputs("daxfsctl: ", stderr);
		text_change(stderr, change);
	}
}

/* Errors. */

static void put_blocks(struct output *out, struct json *object, const uint64_t *blocks, size_t n)
{
	struct json *array = json_array(out);

	for (size_t i = 0; array && i < n; i++)
		json_put_u64(out, array, "", true, blocks[i]);
	json_put(out, object, "blocks", array);
}

/* Takes @object, or frees it. */
static void keep_error(struct output *out, struct json *object, const char *message)
{
	struct told_error *errors =
		reallocarray(out->errors, out->n_errors + 1, sizeof(*out->errors));
	char *copy = strdup(message);

	if (errors)
		out->errors = errors;
	if (errors && object && copy) {
		errors[out->n_errors++] = (struct told_error){ object, copy };
		return;
	}
	out->out_of_memory = true;
	json_free(object);
	free(copy);
}

static void add_error(struct output *out, const struct error_words *words)
{
	struct json *object = json_object(out);

	json_put_string(out, object, "id", words->id);
	json_put_string(out, object, "device", words->device);
	json_put_string(out, object, "step", words->step);
	json_put_string(out, object, "path", words->path);
	json_put_string(out, object, "errno", words->err ? strerrorname_np(words->err) : NULL);
	json_put_string(out, object, "message", words->message);
	json_put_string(out, object, "hint", words->hint);
	json_put_string(out, object, "override", words->override);
	if (words->n_users)
		json_put(out, object, "users", json_users(out, words->users, words->n_users));
	if (words->n_blocks)
		put_blocks(out, object, words->blocks, words->n_blocks);
	keep_error(out, object, words->message);
}

static void tell(struct output *out, struct error_words *words)
{
	if (out->json && !out->is_stream) {
		add_error(out, words);
		if (out->out_of_memory)
			text_error(words);
		return;
	}
	/* Both may go to one place: there, the order of events is kept. */
	fflush(stdout);
	words->is_bare = out->daxctl != NULL;
	text_error(words);
}

enum status output_error(struct output *out, const struct daxfs_error *error)
{
	const struct daxfs_user *users = NULL;
	const uint64_t *blocks = NULL;
	size_t n_users = 0, n_blocks = 0;

	daxfs_error_get_users(error, &users, &n_users);
	daxfs_error_get_blocks(error, &blocks, &n_blocks);
	tell(out, &(struct error_words){
			  .id = daxfs_error_get_id(error),
			  .device = daxfs_error_get_device(error),
			  .step = daxfs_error_get_step(error),
			  .path = daxfs_error_get_path(error),
			  .err = daxfs_error_get_errno(error),
			  .message = daxfs_error_get_message(error),
			  .hint = daxfs_error_get_hint(error),
			  .override = daxfs_error_get_override(error),
			  .users = users,
			  .n_users = n_users,
			  .blocks = blocks,
			  .n_blocks = n_blocks,
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

enum status output_not_written(struct output *out, const char *what, const char *path, int r)
{
	struct problem problem = {
		.status = STATUS_FAILED, .id = "not-written", .path = path, .err = -r
	};

	if (r == -EACCES || r == -EPERM)
		problem.status = STATUS_PERMISSION;
	return output_problem(out, &problem, "cannot write %s %s", what, path);
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
