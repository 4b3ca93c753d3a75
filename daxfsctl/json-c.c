// SPDX-License-Identifier: GPL-2.0-only
#include "json-c.h"

#include "dlopen.h"

DLOPEN_NOTE(json_c, "input", "Read documents", "libjson-c.so.5");

struct json_c json_c;

const char *json_c_load(void)
{
	static const struct dlopen_symbol symbols[] = {
#define JSON_C_SYMBOL(name) { "json_" #name, (void **)&json_c.name },
		JSON_C_FUNCTIONS(JSON_C_SYMBOL)
#undef JSON_C_SYMBOL
	};

	return dlopen_find("libjson-c.so.5", symbols, sizeof(symbols) / sizeof(symbols[0]));
}
