/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the program prints: with --json one document on stdout, always, whatever happens; else text,
 * and errors on stderr.
 *
 * A document is streamed: devices are printed as they come and not kept, regions follow them, and
 * output_finish() closes it with the errors. What stdout does not take, or memory is missing for, is
 * told on stderr as far as it is of changes and errors.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "cmd.h"

/* What to print of a device besides what is always there. */
enum output_section {
	OUTPUT_DETAIL = DAXFS_SECTION_DETAIL,
	OUTPUT_MAPPINGS = DAXFS_SECTION_MAPPINGS,
	OUTPUT_BACKING = DAXFS_SECTION_BACKING,
	OUTPUT_MEMORY = DAXFS_SECTION_MEMORY,
	OUTPUT_USERS = DAXFS_SECTION_USERS,
	OUTPUT_POISON = DAXFS_SECTION_POISON,
};

/* An error of the program's own; fields that do not apply stay NULL or 0. */
struct problem {
	enum status status;
	const char *id;
	const char *device;
	const char *step;
	const char *path;
	int err; /* positive errno; 0 when the kernel was not asked */
	const char *hint;
	const char *override;
};

/* What a mutating command did to one device. */
struct change {
	const char *device;	     /* its name */
	const char *result;	     /* "changed", "would-change", ... */
	struct daxfs_device *before; /* with its mappings; NULL when it could not be read */
	struct daxfs_device *after;  /* NULL: not read, or nothing was done */
	const char *wanted_mode;     /* without after: what it would be; NULL: no driver */
	uint64_t wanted_size;
	uint64_t wanted_align;
	bool gone;     /* there is no device any more */
	bool has_plan; /* print steps and notes */
	const struct daxfs_step *steps;
	size_t n_steps;
	const char *const *notes;
	size_t n_notes;
	bool pending; /* a write that the kernel has not answered */
	bool has_elapsed_ms;
	uint64_t elapsed_ms;
};

/* How it is printed. */
enum output_style {
	OUTPUT_TEXT,
	OUTPUT_JSON,
	OUTPUT_DAXCTL, /* arrays and words of daxctl's */
};

struct output *output_new(enum output_style style);
struct output *output_free(struct output *out);
DEFINE_CLEANUP(struct output *, output_free)

/* The command that the document is of; never called: null. */
void output_begin(struct output *out, const char *command);
/* It goes beside what another program prints: that it cannot be written is told, and no more. */
void output_is_report(struct output *out);
/* It is lines of output_event() from here on, not a document: errors are told on stderr. */
void output_is_stream(struct output *out);
/*
 * A line about an event, number @seq; without @event the first line, before any. False when it could not
 * be written, as to a pipe that nobody reads any more, with which a stream ends well.
 */
bool output_event(struct output *out, uint64_t seq, const struct daxfs_event *event,
		  const struct daxfs_monitor *monitor);
/* The document has regions, though there may be none. */
void output_expect_regions(struct output *out);
/* With OUTPUT_DAXCTL: sizes for people. */
void output_be_human(struct output *out);
/* With OUTPUT_DAXCTL: there is a list, though it may be empty; with it, devices in regions if both. */
void output_expect_list(struct output *out, bool with_devices);
/* With OUTPUT_DAXCTL: devices that were changed are listed, not only counted. */
void output_list_changed(struct output *out);
/* With OUTPUT_DAXCTL: @names, in the order of the kernel's directory, say in which devices are listed. */
int output_set_order(struct output *out, char *const *names);

void output_device(struct output *out, const struct daxfs_device *device, unsigned int sections);
/* After the last device. */
void output_region(struct output *out, const struct daxfs_region *region);
void output_change(struct output *out, const struct change *change);
/* What was found of a device; with @verbose also what could not be checked, as text. */
void output_check(struct output *out, const struct daxfs_check *check, bool verbose);
/* What was found of the machine; as text with @verbose the fixes of the kernel, too. */
void output_doctor(struct output *out, const struct daxfs_check *check, bool verbose);
/* What became of a place in a device. */
void output_spot(struct output *out, const struct daxfs_spot *spot, const char *result);
/* What lies at such a place, as text. */
void output_targets(FILE *f, const struct daxfs_spot *spot);
/* A device of which no place was found. */
void output_refused(struct output *out, const struct daxfs_device *device);
/* What is poisoned in a device, and by which methods more can be; 0 or a negative errno. */
int output_poison_status(struct output *out, struct daxfs_ctx *ctx,
			 const struct daxfs_device *device);
/* Something that belongs into the output cannot be made for want of memory. */
void output_lacks_memory(struct output *out);
/* A member of the document itself. */
void output_text(struct output *out, const char *key, const char *text);
void output_number(struct output *out, const char *key, bool is_known, int number);

/* The document has sections of the configuration, though there may be none. */
void output_expect_sections(struct output *out);
struct config_section;
/* One of them, and the devices that it is for. */
void output_section(struct output *out, const struct config_section *section,
		    const char *const *devices, size_t n);

/* These return the status that goes with the error. */
enum status output_error(struct output *out, const struct daxfs_error *error);
enum status output_problem(struct output *out, const struct problem *problem, const char *format,
			   ...) PRINTF_FORMAT(3, 4);
/* A file that was asked for; @r is a negative errno. */
enum status output_not_written(struct output *out, const char *what, const char *path, int r);
/* Something worth knowing that is no error: a line on stderr. */
void output_note(struct output *out, const char *format, ...) PRINTF_FORMAT(2, 3);

/*
 * Ends the document and flushes stdout. Returns @status; in place of STATUS_OK, STATUS_FAILED when
 * the document is not complete, for want of memory or because stdout did not take all of it (a full
 * disk, a closed pipe), which is then told on stderr.; but
 * @status of a report.
 */
enum status output_finish(struct output *out, enum status status);

#endif
