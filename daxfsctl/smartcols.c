// SPDX-License-Identifier: GPL-2.0-only
#include "smartcols.h"

#include <locale.h>

#include "dlopen.h"

DLOPEN_NOTE(smartcols, "table", "Print tables", "libsmartcols.so.1");

struct scols scols;

const char *scols_load(void)
{
	static const struct dlopen_symbol symbols[] = {
#define SCOLS_SYMBOL(name) { "scols_" #name, (void **)&scols.name },
		SCOLS_FUNCTIONS(SCOLS_SYMBOL)
#undef SCOLS_SYMBOL
	};

	/* It asks how wide characters are. Of the locale only these: the rest is for scripts too. */
	setlocale(LC_CTYPE, "");
	return dlopen_find("libsmartcols.so.1", symbols, sizeof(symbols) / sizeof(symbols[0]));
}
