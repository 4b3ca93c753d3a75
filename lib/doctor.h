/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The machine, as daxfsctl doctor sees it: facts that are read, and pure functions that make answers
 * and findings of them.
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include "check-facts.h"
#include "finding.h"

/* What can be yes, no, or not known. */
enum answer {
	ANSWER_UNKNOWN,
	ANSWER_NO,
	ANSWER_YES,
};

/* Whose fsdev_dax it is. */
enum driver_origin {
	ORIGIN_NONE, /* there is none */
	ORIGIN_IN_TREE,
	ORIGIN_DKMS,	/* of the package daxfs */
	ORIGIN_UNKNOWN, /* a recorded tree does not tell */
};

struct kernel_version {
	unsigned int major, minor, patch;
};

/* A device that something is wrong with. */
struct patient {
	char name[DEVICE_NAME_MAX];
	bool is_stranded;
	bool has_left_page_map;
	const char *journal; /* a constant, or NULL */
};

struct machine_facts {
	char release[72]; /* uname -r; "" when unknown */
	char arch[72];
	bool has_version;
	struct kernel_version version;
	bool has_dax_bus;
	char lockdown[16]; /* "none", "integrity", "confidentiality"; "" when unknown */
	enum answer secure_boot;
	enum online_policy policy;
	bool wants_signatures;

	enum driver_origin origin; /* of what is loaded, else of what would be */
	bool is_loaded;
	enum module_state module;
	struct module_info info;    /* of the file that would be loaded */
	char loaded_version[32];    /* "" when it tells none */
	char loaded_srcversion[40]; /* "" when it tells none */
	bool has_dkms_source;

	/* By symbols of the kernel, and by the text of the driver's file. */
	enum answer has_break_final;
	enum answer clears_pgmap_ops;
	enum answer checks_map_start;
	const char *driver_evidence; /* where the last two were looked for */

	enum answer debugfs, tracefs;
	struct place_in_file daxctl_rule; /* of daxctl, that does nothing */
	char *old_libdaxctl; /* the file of one that does not know fsdev_dax, or NULL */

	struct patient *patients;
	size_t n_patients;
	bool log_is_hidden;
};

int machine_gather(struct daxfs_ctx *ctx, struct machine_facts **ret_machine);
struct machine_facts *machine_free(struct machine_facts *machine);

DEFINE_CLEANUP(struct machine_facts *, machine_free)

/* doctor-fixes.c: pure. What is known of each fix; false past the last one. */
bool doctor_get_fix(const struct machine_facts *machine, size_t index, struct daxfs_fix *ret_fix);

/* doctor.c: pure */
void doctor_run(const struct machine_facts *machine, struct findings *findings);
/* "7.2.12+deb14-cloud-amd64"; -EINVAL for a text of another form. */
int doctor_parse_release(const char *release, struct kernel_version *ret_version);
/* The line of a rule of daxctl that starts nothing: -ENOENT when there is none. */
int doctor_find_daxctl_rule(FILE *rules, bool has_unit, unsigned int *ret_line);

/* evidence.c: whether a file holds a text; -EFBIG for one that is too large to look at. */
int evidence_in_file(const char *path, const char *text, enum answer *ret_answer);
/* The same of the file of a module, which may be compressed. */
int evidence_in_module(struct daxfs_ctx *ctx, const char *path, const char *const *texts,
		       size_t n_texts, enum answer *ret_answers);
/* Whether /proc/kallsyms has the symbol, of @module unless that is NULL. */
int evidence_symbol(struct daxfs_ctx *ctx, const char *symbol, const char *module,
		    enum answer *ret_answer);

#endif
