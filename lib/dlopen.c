// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dlopen.h"

#include <dlfcn.h>

#include "private.h"

const char *dlopen_find(const char *soname, const struct dlopen_symbol *symbols, size_t n_symbols)
{
	void *handle = dlopen(soname, RTLD_NOW | RTLD_NODELETE);
	bool is_good = handle;
	const char *reason;

	for (size_t i = 0; is_good && i < n_symbols; i++) {
		*symbols[i].address = dlsym(handle, symbols[i].name);
		is_good = *symbols[i].address;
	}
	if (is_good)
		return NULL;
	reason = dlerror();
	return reason ? reason : "unknown reason";
}

int dlopen_symbols(struct daxfs_ctx *ctx, const char *soname, const struct dlopen_symbol *symbols,
		   size_t n_symbols)
{
	const char *reason = dlopen_find(soname, symbols, n_symbols);

	if (!reason)
		return 0;
	return daxfs_fail(ctx, -ELIBACC,
			  &(struct failure){ .class = DAXFS_CLASS_UNSUPPORTED,
					     .id = "no-library",
					     .hint = "install the package that holds it" },
			  "%s cannot be used: %s", soname, reason);
}
