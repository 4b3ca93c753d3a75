/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of `list`: its columns, and one row per region, device, mapping and user. */
#ifndef LIST_TABLE_H
#define LIST_TABLE_H

#include "cmd.h"

/* What columns there are when -o does not say. */
struct table_style {
	bool devices;
	bool regions;
	bool mappings;
	bool tree; /* with regions and devices: mappings and users below these */
	bool detail;
	bool backing;
	bool memory;
	bool users;
	bool poison;
	bool in_bytes;
	bool noheadings;
	const char *columns; /* of -o; NULL: by the above */
};

struct table;

/* Tells what is wrong with the columns. */
enum status table_new(struct app *app, const struct table_style *style, struct table **ret_table);
struct table *table_free(struct table *table);
DEFINE_CLEANUP(struct table *, table_free)

/* What must be read of devices for the columns, of enum daxfs_section. */
unsigned int table_sections(const struct table *table);

/* Each returns 0 or -ENOMEM. A region goes before its devices. */
int table_add_region(struct table *table, const struct daxfs_region *region);
int table_add_device(struct table *table, const struct daxfs_device *device);
bool table_is_empty(const struct table *table);
int table_print(struct table *table);

#endif
