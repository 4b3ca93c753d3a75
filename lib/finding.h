/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a check finds, in the order in which it is found. */
#ifndef FINDING_H
#define FINDING_H

#include "private.h"

struct daxfs_finding {
	enum daxfs_severity severity;
	enum daxfs_class class; /* of the refusal that it makes of a switch */
	char *id;
	char *device;
	char *message;
	char *effect;
	char *remedy;
	char *override;
	struct daxfs_value *values;
	size_t n_values;
};

/* A part that could not be looked at, and why. */
struct unchecked {
	char *what;
	char *why;
};

struct findings {
	struct daxfs_finding **list;
	size_t n;
	struct unchecked *unchecked;
	size_t n_unchecked;
	bool out_of_memory; /* then the list is not complete */
};

void findings_done(struct findings *findings);

/* What findings_add() copies; texts that do not apply stay NULL. */
struct finding {
	enum daxfs_severity severity;
	enum daxfs_class class; /* DAXFS_CLASS_OK, the default: UNSUPPORTED */
	const char *id;
	const char *device;
	const char *effect; /* what follows from it */
	const char *remedy;
	const char *override;
	const struct daxfs_value *values;
	size_t n_values;
};

/* For .values of struct finding: VALUES(NUMBER("size", size), TEXT("mode", "pmem")) */
#define NUMBER(key, value)                        \
	{                                         \
		.name = (key), .number = (value), \
	}
#define TEXT(key, value)                        \
	{                                       \
		.name = (key), .text = (value), \
	}
#define VALUES(...)                                            \
	.values = (const struct daxfs_value[]){ __VA_ARGS__ }, \
	.n_values =                                            \
		sizeof((const struct daxfs_value[]){ __VA_ARGS__ }) / sizeof(struct daxfs_value)

/* @format says what was compared, and with what result: one line. */
void findings_add(struct findings *findings, const struct finding *finding, const char *format, ...)
	PRINTF_FORMAT(3, 4);
/* Makes a finding of severity error of a refusal. */
void findings_add_error(struct findings *findings, const struct daxfs_error *error,
			const char *effect, const struct daxfs_value *values, size_t n_values);
/* @what was not checked, and @format is why. */
void findings_skip(struct findings *findings, const char *what, const char *format, ...)
	PRINTF_FORMAT(3, 4);
/* The first one of severity error, NULL when there is none. */
const struct daxfs_finding *findings_first_error(const struct findings *findings);
bool findings_has(const struct findings *findings, const char *id);

#endif
