/* SPDX-License-Identifier: GPL-2.0-only */
/* The columns that the table of a list can have. */
#ifndef LIST_CELLS_H
#define LIST_CELLS_H

#include "cmd.h"

/* A cell is text of its own, "-" when unknown; NULL without memory. */
struct column {
	const char *name;
	unsigned int sections;
	bool is_number;
	char *(*device)(const struct daxfs_device *device, bool in_bytes);
	char *(*region)(const struct daxfs_region *region, bool in_bytes);
	char *(*mapping)(const struct daxfs_range *range, size_t index, bool in_bytes);
};

extern const struct column list_columns[];
extern const size_t n_list_columns;

/* Who uses a device, as "cat[123] map"; to be freed, NULL without memory. */
char *list_user_cell(const struct daxfs_user *user);

/* "DEVICE, SIZE, ..."; to be freed, NULL without memory. */
char *list_column_names(void);
/* For --help. */
void list_print_columns(FILE *f);

#endif
