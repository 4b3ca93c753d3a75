/* SPDX-License-Identifier: GPL-2.0-only */
/* --input: a document that says what devices shall be, as requests to the library. */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include "input.h"
#include "switching.h"

DEFINE_CLEANUP(struct input *, input_free)

/* For the list of options of a command that has it. */
#define INPUT_OPT(help)                            \
	{                                          \
		"input", OPT_INPUT, "FILE", (help) \
	}

/* Reads the document @path; tells what is wrong with it. */
enum status document_read(struct app *app, const char *path, struct input **ret_input);

/*
 * A request for what the document says of a device, and the options besides; *ret_request is NULL
 * for an idle device of size 0, which -v tells.
 */
enum status document_request(struct app *app, const struct switch_args *args,
			     const struct input_device *device, struct daxfs_request **ret_request);

#endif
