/* SPDX-License-Identifier: GPL-2.0-only */
/* What tests of reading and writing sysfs start with; what it opens is closed again. */
#ifndef SYSFS_FIXTURE_H
#define SYSFS_FIXTURE_H

#include "unit.h"

#include "tree.h"

struct fixture {
	struct tree *tree;
	struct daxfs_ctx *ctx; /* with the tree as its sysfs */
	unsigned int n_fds;
};

int fixture_setup(void **state);
int fixture_teardown(void **state);

void reads_as(struct fixture *f, const char *name, const char *expected);

#endif
