// SPDX-License-Identifier: GPL-2.0-only
#include "list-table.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "output.h"
#include "smartcols.h"
#include "text.h"

#define COLUMNS_MAX 64

/* A cell is text of its own, "-" when unknown; NULL without memory. */
struct column {
	const char *name;
	unsigned int sections;
	bool is_number;
	char *(*device)(const struct daxfs_device *device, bool in_bytes);
	char *(*region)(const struct daxfs_region *region, bool in_bytes);
	char *(*mapping)(const struct daxfs_range *range, size_t index, bool in_bytes);
};

struct table {
	struct libscols_table *lines;
	const struct column *columns[COLUMNS_MAX];
	size_t n_columns;
	unsigned int sections;
	bool has_mappings;
	bool in_bytes;
	struct libscols_line *region; /* the last one, of which devices are children */
	unsigned int region_id;
};

static char *format(const char *text, ...) PRINTF_FORMAT(1, 2);

static char *format(const char *text, ...)
{
	va_list args;
	char *cell;
	int n;

	va_start(args, text);
	n = vasprintf(&cell, text, args);
	va_end(args);
	return n < 0 ? NULL : cell;
}

static char *text_cell(const char *text)
{
	return strdup(text ? text : "-");
}

static char *size_cell(bool is_known, uint64_t bytes, bool in_bytes)
{
	return text_cell(is_known ? text_size(bytes, in_bytes).text : NULL);
}

static char *hex_cell(uint64_t address)
{
	return format("0x%" PRIx64, address);
}

static char *bool_cell(bool truth)
{
	return text_cell(truth ? "yes" : "no");
}

/* What a getter returns must be looked at before what it wrote: hence the helpers. */
static char *size_of(const struct daxfs_device *device,
		     bool (*get)(const struct daxfs_device *, uint64_t *), bool in_bytes)
{
	uint64_t value = 0;
	bool is_known = get(device, &value);

	return size_cell(is_known, value, in_bytes);
}

static char *int_of(const struct daxfs_device *device,
		    bool (*get)(const struct daxfs_device *, int *))
{
	int value = 0;

	return get(device, &value) ? format("%d", value) : text_cell(NULL);
}

static char *bool_of(const struct daxfs_device *device,
		     bool (*get)(const struct daxfs_device *, bool *))
{
	bool value = false;

	return get(device, &value) ? bool_cell(value) : text_cell(NULL);
}

static char *region_size_of(const struct daxfs_region *region,
			    bool (*get)(const struct daxfs_region *, uint64_t *), bool in_bytes)
{
	uint64_t value = 0;
	bool is_known = get(region, &value);

	return size_cell(is_known, value, in_bytes);
}

static char *device_name(const struct daxfs_device *device, bool in_bytes)
{
	return text_cell(daxfs_device_get_name(device));
}

static char *device_size(const struct daxfs_device *device, bool in_bytes)
{
	return size_of(device, daxfs_device_get_size, in_bytes);
}

static char *device_mode(const struct daxfs_device *device, bool in_bytes)
{
	return text_cell(daxfs_mode_to_string(daxfs_device_get_mode(device)));
}

/* In capitals what no switch can mend, to be seen without colours too. */
static char *device_state(const struct daxfs_device *device, bool in_bytes)
{
	enum daxfs_state state = daxfs_device_get_state(device);

	return text_cell(state == DAXFS_STATE_STRANDED ? "STRANDED" : daxfs_state_to_string(state));
}

static char *device_kind(const struct daxfs_device *device, bool in_bytes)
{
	return text_cell(daxfs_kind_to_string(daxfs_device_get_kind(device)));
}

static char *device_node(const struct daxfs_device *device, bool in_bytes)
{
	return int_of(device, daxfs_device_get_target_node);
}

static char *device_align(const struct daxfs_device *device, bool in_bytes)
{
	return size_of(device, daxfs_device_get_align, in_bytes);
}

static char *device_region(const struct daxfs_device *device, bool in_bytes)
{
	return format("%u", daxfs_device_get_region_id(device));
}

static char *device_driver(const struct daxfs_device *device, bool in_bytes)
{
	return text_cell(daxfs_device_get_driver(device));
}

static char *device_path(const struct daxfs_device *device, bool in_bytes)
{
	return text_cell(daxfs_device_get_path(device));
}

static char *device_static(const struct daxfs_device *device, bool in_bytes)
{
	return bool_cell(daxfs_device_is_static(device));
}

static char *device_seed(const struct daxfs_device *device, bool in_bytes)
{
	return bool_cell(daxfs_device_is_seed(device));
}

static char *device_held(const struct daxfs_device *device, bool in_bytes)
{
	return bool_of(device, daxfs_device_get_held);
}

static char *device_data_offset(const struct daxfs_device *device, bool in_bytes)
{
	return size_of(device, daxfs_device_get_data_offset, in_bytes);
}

static char *device_numa_node(const struct daxfs_device *device, bool in_bytes)
{
	return int_of(device, daxfs_device_get_numa_node);
}

static char *device_resource(const struct daxfs_device *device, bool in_bytes)
{
	uint64_t address = 0;

	return daxfs_device_get_resource(device, &address) ? hex_cell(address) : text_cell(NULL);
}

static char *device_dev(const struct daxfs_device *device, bool in_bytes)
{
	return text_cell(daxfs_device_get_dev(device));
}

static char *device_memmap(const struct daxfs_device *device, bool in_bytes)
{
	return bool_of(device, daxfs_device_get_memmap_on_memory);
}

/* "region0:mem0,mem1" or "namespace0.0". */
static char *device_backing(const struct daxfs_device *device, bool in_bytes)
{
	const char *const *memdevs = daxfs_device_get_cxl_memdevs(device);
	const char *region = daxfs_device_get_cxl_region(device);
	char *cell;

	if (!region)
		return text_cell(daxfs_device_get_namespace(device));
	cell = strdup(region);
	for (size_t i = 0; cell && memdevs && memdevs[i]; i++) {
		char *longer = format("%s%c%s", cell, i ? ',' : ':', memdevs[i]);

		free(cell);
		cell = longer;
	}
	return cell;
}

static char *device_uuid(const struct daxfs_device *device, bool in_bytes)
{
	return text_cell(daxfs_device_get_uuid(device));
}

/* "6/8": online blocks of those that fit. */
static char *device_blocks(const struct daxfs_device *device, bool in_bytes)
{
	struct daxfs_memory memory;

	if (!daxfs_device_get_memory(device, &memory))
		return text_cell(NULL);
	return format("%" PRIu64 "/%" PRIu64, memory.online_blocks, memory.total_blocks);
}

static char *device_block_size(const struct daxfs_device *device, bool in_bytes)
{
	struct daxfs_memory memory = { 0 };
	bool is_known = daxfs_device_get_memory(device, &memory);

	return size_cell(is_known, memory.block_size, in_bytes);
}

static char *device_zones(const struct daxfs_device *device, bool in_bytes)
{
	const char *zones = daxfs_device_get_zones(device);

	return text_cell(zones && *zones ? zones : NULL);
}

static char *device_lost(const struct daxfs_device *device, bool in_bytes)
{
	struct daxfs_memory memory = { 0 };
	bool is_known = daxfs_device_get_memory(device, &memory);

	return size_cell(is_known, memory.lost_bytes, in_bytes);
}

static char *user_text(const struct daxfs_user *user)
{
	const char *how = daxfs_usage_to_string(user->how);

	if (user->pid)
		return format("%s[%d] %s", user->comm ? user->comm : "?", user->pid, how);
	return user->mountpoint ? format("%s %s", user->mountpoint, how) : strdup(how);
}

/* "cat[123] map, /mnt mount"; "none" when nobody does. */
static char *device_users(const struct daxfs_device *device, bool in_bytes)
{
	const struct daxfs_user *users;
	char *cell;
	size_t n;

	if (!daxfs_device_get_users(device, &users, &n))
		return text_cell(NULL);
	cell = strdup(n ? "" : "none");
	for (size_t i = 0; cell && i < n; i++) {
		_cleanup_free_ char *user = user_text(&users[i]);
		char *longer = user ? format("%s%s%s", cell, i ? ", " : "", user) : NULL;

		free(cell);
		cell = longer;
	}
	return cell;
}

static char *device_poison(const struct daxfs_device *device, bool in_bytes)
{
	return text_poison(device, in_bytes);
}

static char *region_name(const struct daxfs_region *region, bool in_bytes)
{
	return format("region%u", daxfs_region_get_id(region));
}

static char *region_id(const struct daxfs_region *region, bool in_bytes)
{
	return format("%u", daxfs_region_get_id(region));
}

static char *region_size(const struct daxfs_region *region, bool in_bytes)
{
	return region_size_of(region, daxfs_region_get_size, in_bytes);
}

static char *region_available(const struct daxfs_region *region, bool in_bytes)
{
	return region_size_of(region, daxfs_region_get_available_size, in_bytes);
}

static char *region_align(const struct daxfs_region *region, bool in_bytes)
{
	return region_size_of(region, daxfs_region_get_align, in_bytes);
}

static char *region_kind(const struct daxfs_region *region, bool in_bytes)
{
	return text_cell(daxfs_kind_to_string(daxfs_region_get_kind(region)));
}

static char *region_path(const struct daxfs_region *region, bool in_bytes)
{
	return text_cell(daxfs_region_get_path(region));
}

static char *mapping_name(const struct daxfs_range *range, size_t index, bool in_bytes)
{
	return format("mapping%zu", index);
}

static char *mapping_size(const struct daxfs_range *range, size_t index, bool in_bytes)
{
	return size_cell(true, range->end - range->start + 1, in_bytes);
}

static char *mapping_start(const struct daxfs_range *range, size_t index, bool in_bytes)
{
	return hex_cell(range->start);
}

static char *mapping_end(const struct daxfs_range *range, size_t index, bool in_bytes)
{
	return hex_cell(range->end);
}

static char *mapping_offset(const struct daxfs_range *range, size_t index, bool in_bytes)
{
	return hex_cell(range->page_offset);
}

static const struct column all_columns[] = {
	{ "DEVICE", 0, false, device_name, region_name, mapping_name },
	{ "SIZE", 0, true, device_size, region_size, mapping_size },
	{ "MODE", 0, false, device_mode },
	{ "STATE", 0, false, device_state },
	{ "KIND", 0, false, device_kind, region_kind },
	{ "NODE", 0, true, device_node },
	{ "ALIGN", 0, true, device_align, region_align },
	{ "REGION", 0, true, device_region, region_id },
	{ "AVAIL", 0, true, NULL, region_available },
	{ "DRIVER", 0, false, device_driver },
	{ "PATH", 0, false, device_path, region_path },
	{ "STATIC", 0, false, device_static },
	{ "SEED", 0, false, device_seed },
	{ "HELD", 0, false, device_held },
	{ "DATA-OFFSET", DAXFS_SECTION_BACKING, true, device_data_offset },
	{ "NUMA", DAXFS_SECTION_DETAIL, true, device_numa_node },
	{ "RESOURCE", DAXFS_SECTION_DETAIL, true, device_resource },
	{ "DEV", DAXFS_SECTION_DETAIL, false, device_dev },
	{ "MEMMAP-ON-MEMORY", DAXFS_SECTION_DETAIL, false, device_memmap },
	{ "START", DAXFS_SECTION_MAPPINGS, true, NULL, NULL, mapping_start },
	{ "END", DAXFS_SECTION_MAPPINGS, true, NULL, NULL, mapping_end },
	{ "PAGE-OFFSET", DAXFS_SECTION_MAPPINGS, true, NULL, NULL, mapping_offset },
	{ "BACKING", DAXFS_SECTION_BACKING, false, device_backing },
	{ "UUID", DAXFS_SECTION_BACKING, false, device_uuid },
	{ "BLOCKS", DAXFS_SECTION_MEMORY, true, device_blocks },
	{ "BLOCK-SIZE", DAXFS_SECTION_MEMORY, true, device_block_size },
	{ "ZONES", DAXFS_SECTION_MEMORY, false, device_zones },
	{ "LOST", DAXFS_SECTION_MEMORY, true, device_lost },
	{ "USERS", DAXFS_SECTION_USERS, false, device_users },
	{ "POISON", DAXFS_SECTION_POISON, false, device_poison },
};

char *table_column_names(void)
{
	char *names = strdup("");

	for (size_t i = 0; names && i < ARRAY_SIZE(all_columns); i++) {
		char *longer = format("%s%s%s", names, i ? ", " : "", all_columns[i].name);

		free(names);
		names = longer;
	}
	return names;
}

void table_print_columns(FILE *f)
{
	_cleanup_free_ char *names = table_column_names();

	fprintf(f, "\nColumns:\n  %s\n", names ? names : "");
}

static const struct column *find_column(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(all_columns); i++)
		if (strlen(all_columns[i].name) == length &&
		    strncasecmp(all_columns[i].name, name, length) == 0)
			return &all_columns[i];
	return NULL;
}

/* Adds the columns of a comma-separated list; a wrong one is told. */
static bool add_columns(struct app *app, struct table *table, const char *list)
{
	for (;;) {
		size_t length = strcspn(list, ",");
		const struct column *column = find_column(list, length);

		if (!column || table->n_columns == COLUMNS_MAX) {
			_cleanup_free_ char *names = table_column_names();

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
	const char *base = style->devices ? "DEVICE,SIZE,MODE,STATE,KIND,NODE,ALIGN,REGION"
					  : "REGION,SIZE,AVAIL,ALIGN,KIND,PATH";

	return add_columns(app, table, base) &&
	       (!style->devices || !style->regions || add_columns(app, table, "AVAIL")) &&
	       (!style->detail || !style->devices ||
		add_columns(app, table, "NUMA,RESOURCE,DEV")) &&
	       (!style->memory || add_columns(app, table, "BLOCKS,ZONES,LOST")) &&
	       (!style->backing || add_columns(app, table, "BACKING")) &&
	       (!style->users || add_columns(app, table, "USERS")) &&
	       (!style->poison || add_columns(app, table, "POISON")) &&
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
	table->has_mappings = style->mappings || table->sections & DAXFS_SECTION_MAPPINGS;
	if (table->has_mappings)
		table->sections |= DAXFS_SECTION_MAPPINGS;
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

int table_add_device(struct table *table, const struct daxfs_device *device)
{
	bool has_parent = table->region && table->region_id == daxfs_device_get_region_id(device);
	const struct daxfs_range *ranges;
	struct libscols_line *line;
	size_t n = 0;

	line = scols.table_new_line(table->lines, has_parent ? table->region : NULL);
	if (!line)
		return -ENOMEM;
	for (size_t i = 0; i < table->n_columns; i++)
		if (table->columns[i]->device &&
		    set_cell(line, i, table->columns[i]->device(device, table->in_bytes)) < 0)
			return -ENOMEM;
	if (daxfs_device_get_state(device) == DAXFS_STATE_STRANDED)
		scols.line_set_color(line, "red");
	if (!table->has_mappings || !daxfs_device_get_ranges(device, &ranges, &n))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (add_mapping(table, line, &ranges[i], i) < 0)
			return -ENOMEM;
	return 0;
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
