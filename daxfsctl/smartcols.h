/* SPDX-License-Identifier: GPL-2.0-only */
/* libsmartcols, loaded on first use: a table is one of the few things that need it. */
#ifndef SMARTCOLS_H
#define SMARTCOLS_H

#include <libsmartcols.h>

#define SCOLS_FUNCTIONS(X)         \
	X(line_refer_data)         \
	X(line_set_color)          \
	X(new_table)               \
	X(print_table)             \
	X(table_enable_colors)     \
	X(table_enable_noheadings) \
	X(table_get_nlines)        \
	X(table_new_column)        \
	X(table_new_line)          \
	X(unref_table)

/* scols_new_table() is scols.new_table(). */
extern struct scols {
#define SCOLS_FIELD(name) __typeof__(&scols_##name) name;
	SCOLS_FUNCTIONS(SCOLS_FIELD)
#undef SCOLS_FIELD
} scols;

/* NULL, or why it cannot be used. */
const char *scols_load(void);

#endif
