/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kernel's answer to a module means. */
#ifndef MODULE_ERROR_H
#define MODULE_ERROR_H

#include "private.h"

/* What is known of a module that did not load. */
struct module_facts {
	const char *path;      /* its file; NULL when it is not known */
	bool is_signed;	       /* by any key */
	bool wants_signatures; /* the kernel does, as module_wants_signatures() says */
};

/* Constants; every field is set. */
struct module_error {
	enum daxfs_class class;
	const char *id;
	const char *words;
	const char *hint;
};

/* Of @err, a positive errno, for the module of @facts. Never NULL, needs no freeing. */
const struct module_error *module_error_find(int err, const struct module_facts *facts);

#endif
