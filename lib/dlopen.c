// SPDX-License-Identifier: LGPL-2.1-or-later
#include "dlopen.h"

#include <dlfcn.h>

static int refuse(struct daxfs_ctx *ctx, const char *soname)
{
	const char *reason = dlerror();

	return daxfs_fail(ctx, -ELIBACC,
			  &(struct failure){ .class = DAXFS_CLASS_UNSUPPORTED,
					     .id = "no-library",
					     .hint = "install the package that holds it" },
			  "%s cannot be used: %s", soname, reason ? reason : "unknown reason");
}

int dlopen_symbols(struct daxfs_ctx *ctx, const char *soname, const struct dlopen_symbol *symbols,
		   size_t n_symbols)
{
	void *handle = dlopen(soname, RTLD_NOW | RTLD_NODELETE);

	if (!handle)
		return refuse(ctx, soname);
	for (size_t i = 0; i < n_symbols; i++) {
		*symbols[i].address = dlsym(handle, symbols[i].name);
		if (!*symbols[i].address) {
			int r = refuse(ctx, soname);

			dlclose(handle);
			return r;
		}
	}
	return 0;
}
