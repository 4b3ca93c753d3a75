// SPDX-License-Identifier: GPL-2.0-only
#include "sysfs-fixture.h"

#include "sysfs.h"

int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->n_fds = count_fds();
	f->tree = tree_new();
	*state = f;
	if (daxfs_ctx_new(&f->ctx) < 0)
		return -1;
	return daxfs_ctx_set_sysfs_root(f->ctx, f->tree->path);
}

int fixture_teardown(void **state)
{
	struct fixture *f = *state;
	unsigned int leaked;

	daxfs_ctx_unref(f->ctx);
	tree_remove(f->tree);
	leaked = count_fds() - f->n_fds;
	free(f);
	if (leaked)
		print_error("%u file descriptors are still open\n", leaked);
	return leaked ? -1 : 0;
}

void reads_as(struct fixture *f, const char *name, const char *expected)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(sysfs_read_string(f->tree->fd, name, &text), 0);
	assert_string_equal(text, expected);
}
