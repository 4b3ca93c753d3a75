// SPDX-License-Identifier: GPL-2.0-only
#include "list-table.h"

#include <string.h>
#include <strings.h>

#include "list-cells.h"
#include "output.h"
#include "smartcols.h"

#define COLUMNS_MAX 64

struct table {
	struct libscols_table *lines;
	const struct column *columns[COLUMNS_MAX];
	size_t n_columns;
	unsigned int sections;
	bool has_mappings;
	bool has_users; /* in rows of their own */
	bool in_bytes;
	struct libscols_line *region; /* the last one, of which devices are children */
	unsigned int region_id;
};

static const struct column *find_column(const char *name, size_t length)
{
	for (size_t i = 0; i < n_list_columns; i++)
		if (strlen(list_columns[i].name) == length &&
		    strncasecmp(list_columns[i].name, name, length) == 0)
			return &list_columns[i];
	return NULL;
}

/* Adds the columns of a comma-separated list; a wrong one is told. */
static bool add_columns(struct app *app, struct table *table, const char *list)
{
	for (;;) {
		size_t length = strcspn(list, ",");
		const struct column *column = find_column(list, length);

		if (!column || table->n_columns == COLUMNS_MAX) {
			_cleanup_free_ char *names = list_column_names();

			usage_error(app,
				    column ? "%.*s: more columns than a table can have: %s"
					   : "'%.*s' is not a column: give some of %s",
				    (int)length, list, names ? names : "those");
			return false;
		}
		table->columns[table->n_columns++] = column;
		table->sections |= column->sections;
		if (!list[length])
			return true;
		list += length + 1;
	}
}

static bool add_default_columns(struct app *app, struct table *table,
				const struct table_style *style)
{
	const char *base = style->tree	    ? "DEVICE,SIZE,MODE,STATE,KIND,NODE"
			   : style->devices ? "DEVICE,SIZE,MODE,STATE,KIND,NODE,ALIGN,REGION"
					    : "REGION,SIZE,AVAIL,ALIGN,KIND,PATH";

	return add_columns(app, table, base) &&
	       (!style->devices || !style->regions || add_columns(app, table, "AVAIL")) &&
	       (!style->detail || !style->devices ||
		add_columns(app, table, "NUMA,RESOURCE,DEV")) &&
	       (!style->memory || add_columns(app, table, "BLOCKS,ZONES,LOST")) &&
	       (!style->backing || add_columns(app, table, "BACKING")) &&
	       (!style->users || add_columns(app, table, "USERS")) &&
	       (!style->poison || add_columns(app, table, "POISON")) &&
	       (!style->tree || add_columns(app, table, "START,END")) &&
	       (!style->mappings || add_columns(app, table, "START,END,PAGE-OFFSET"));
}

static bool choose_columns(struct app *app, struct table *table, const struct table_style *style)
{
	const char *list = style->columns;

	if (!list)
		return add_default_columns(app, table, style);
	if (*list != '+')
		return add_columns(app, table, list);
	return add_default_columns(app, table, style) && add_columns(app, table, list + 1);
}

/* Rows below others hang on the first column. */
static int make_columns(struct table *table, bool is_tree)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		const struct column *column = table->columns[i];
		int flags = column->is_number ? SCOLS_FL_RIGHT : 0;

		if (i == 0 && is_tree)
			flags = SCOLS_FL_TREE;
		if (!scols.table_new_column(table->lines, column->name, 0, flags))
			return -ENOMEM;
	}
	return 0;
}

static enum status load_smartcols(struct app *app)
{
	const char *reason = scols_load();

	if (!reason)
		return STATUS_OK;
	return output_problem(app->out,
			      &(struct problem){ .status = STATUS_UNSUPPORTED,
						 .id = "no-library",
						 .hint = "install libsmartcols1, or list --json" },
			      "libsmartcols.so.1 cannot be used: %s", reason);
}

enum status table_new(struct app *app, const struct table_style *style, struct table **ret_table)
{
	_cleanup_(table_freep) struct table *table = calloc(1, sizeof(*table));
	enum status status;

	if (!table)
		return lib_error(app, -ENOMEM);
	table->in_bytes = style->in_bytes;
	if (!choose_columns(app, table, style))
		return STATUS_USAGE;
	table->has_mappings = style->mappings || style->tree ||
			      table->sections & DAXFS_SECTION_MAPPINGS;
	if (table->has_mappings)
		table->sections |= DAXFS_SECTION_MAPPINGS;
	table->has_users = style->tree;
	if (table->has_users)
		table->sections |= DAXFS_SECTION_USERS;
	status = load_smartcols(app);
	if (status != STATUS_OK)
		return status;
	table->lines = scols.new_table();
	if (!table->lines ||
	    make_columns(table, style->devices && (style->regions || table->has_mappings)) < 0)
		return lib_error(app, -ENOMEM);
	scols.table_enable_noheadings(table->lines, style->noheadings);
	scols.table_enable_colors(table->lines, isatty(STDOUT_FILENO));
	*ret_table = TAKE_PTR(table);
	return STATUS_OK;
}

struct table *table_free(struct table *table)
{
	if (!table)
		return NULL;
	if (table->lines)
		scols.unref_table(table->lines);
	free(table);
	return NULL;
}

unsigned int table_sections(const struct table *table)
{
	return table->sections;
}

/* The cell goes to the line; of what does not apply to a row it stays empty. */
static int set_cell(struct libscols_line *line, size_t i, char *cell)
{
	if (cell && scols.line_refer_data(line, i, cell) == 0)
		return 0;
	free(cell);
	return -ENOMEM;
}

int table_add_region(struct table *table, const struct daxfs_region *region)
{
	struct libscols_line *line = scols.table_new_line(table->lines, NULL);

	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < table->n_columns; i++)
		if (table->columns[i]->region &&
		    set_cell(line, i, table->columns[i]->region(region, table->in_bytes)) < 0)
			return -ENOMEM;
	table->region = line;
	table->region_id = daxfs_region_get_id(region);
	return 0;
}

static int add_mapping(struct table *table, struct libscols_line *parent,
		       const struct daxfs_range *range, size_t index)
{
	struct libscols_line *line = scols.table_new_line(table->lines, parent);

	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < table->n_columns; i++)
		if (table->columns[i]->mapping &&
		    set_cell(line, i, table->columns[i]->mapping(range, index, table->in_bytes)) <
			    0)
			return -ENOMEM;
	return 0;
}

static int add_mappings(struct table *table, struct libscols_line *parent,
			const struct daxfs_device *device)
{
	const struct daxfs_range *ranges;
	size_t n = 0;
	int r = 0;

	if (!daxfs_device_get_ranges(device, &ranges, &n))
		return 0;
	for (size_t i = 0; i < n && r == 0; i++)
		r = add_mapping(table, parent, &ranges[i], i);
	return r;
}

/* A row that has a name only, whatever the first column is. */
static int add_users(struct table *table, struct libscols_line *parent,
		     const struct daxfs_device *device)
{
	const struct daxfs_user *users;
	struct libscols_line *line;
	size_t n = 0;
	int r = 0;

	if (!daxfs_device_get_users(device, &users, &n))
		return 0;
	for (size_t i = 0; i < n && r == 0; i++) {
		line = scols.table_new_line(table->lines, parent);
		r = line ? set_cell(line, 0, list_user_cell(&users[i])) : -ENOMEM;
	}
	return r;
}

int table_add_device(struct table *table, const struct daxfs_device *device)
{
	bool has_parent = table->region && table->region_id == daxfs_device_get_region_id(device);
	struct libscols_line *line;
	int r = 0;

	line = scols.table_new_line(table->lines, has_parent ? table->region : NULL);
	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < table->n_columns; i++)
		if (table->columns[i]->device &&
		    set_cell(line, i, table->columns[i]->device(device, table->in_bytes)) < 0)
			return -ENOMEM;
	if (daxfs_device_get_state(device) == DAXFS_STATE_STRANDED)
		scols.line_set_color(line, "red");
	if (table->has_mappings)
		r = add_mappings(table, line, device);
	return r == 0 && table->has_users ? add_users(table, line, device) : r;
}

bool table_is_empty(const struct table *table)
{
	return scols.table_get_nlines(table->lines) == 0;
}

int table_print(struct table *table)
{
	int r = scols.print_table(table->lines);

	return r < 0 ? r : 0;
}
