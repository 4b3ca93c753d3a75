/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Documents that say what devices shall be, as --input takes them: what `daxfsctl list -M --json`
 * prints, the array that `daxctl list -M` prints, or one device out of either.
 */
#ifndef INPUT_H
#define INPUT_H

#include "libdaxfs.h"

/* One device; what is absent or null in the document is not asked. */
struct input_device {
	char *chardev; /* "dax0.0" */
	bool has_size, has_align, has_mode, has_mappings;
	uint64_t size;
	uint64_t align;
	enum daxfs_mode mode;
	struct daxfs_range *mappings; /* in the order of page_offset, without gaps in the device */
	size_t n_mappings;
};

struct input {
	struct input_device *devices; /* each once */
	size_t n_devices;
};

struct input *input_free(struct input *input);

/*
 * Reads a document. Every field is looked at, others than those above are left alone. On failure
 * *ret_error, to be freed, says where and why: 'devices[2].align: "x" is not a number'; NULL without
 * memory. Returns 0 or a negative errno.
 */
int input_parse(const char *text, size_t length, struct input **ret_input, char **ret_error);

/* The same of the file @path, whose name then precedes the words. */
int input_read(const char *path, struct input **ret_input, char **ret_error);

#endif
