// SPDX-License-Identifier: LGPL-2.1-or-later
/* How many memory failures the kernel has seen: what tells whether an injection took place. */
#include <string.h>

#include "poison.h"
#include "sysfs.h"
#include "text-file.h"

#define NODES_DIR "devices/system/node"

static int read_corrupted(struct daxfs_ctx *ctx, uint64_t *ret_bytes)
{
	_cleanup_fclose_ FILE *meminfo = NULL;
	int r;

	r = text_file_open(ctx->proc_root, "meminfo", &meminfo);
	return r < 0 ? r : meminfo_find(meminfo, "HardwareCorrupted", ret_bytes);
}

/* A node without memory has no counters, and neither has a kernel before 6.3. */
static void add_node(int nodes_fd, const char *node, struct daxfs_failures *failures)
{
	const struct {
		const char *name;
		uint64_t *sum;
	} counters[] = {
		{ "total", &failures->total },	   { "recovered", &failures->recovered },
		{ "failed", &failures->failed },   { "ignored", &failures->ignored },
		{ "delayed", &failures->delayed },
	};

	for (size_t i = 0; i < ARRAY_SIZE(counters); i++) {
		char name[64];
		uint64_t value;

		snprintf(name, sizeof(name), "%.20s/memory_failure/%s", node, counters[i].name);
		if (sysfs_read_u64(nodes_fd, name, &value) < 0)
			continue;
		*counters[i].sum += value;
		failures->has_nodes = true;
	}
}

int counters_read(struct daxfs_ctx *ctx, struct daxfs_failures *ret_failures)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	struct daxfs_failures failures = {};
	_cleanup_close_ int fd = -1;
	size_t n = 0;
	int r;

	r = sysfs_open_dir(ctx, NODES_DIR, &fd);
	if (r == 0)
		r = sysfs_list(fd, "node", &names, &n);
	if (r == -ENOMEM)
		return r;
	for (size_t i = 0; i < n; i++)
		add_node(fd, names[i], &failures);
	failures.has_corrupted = read_corrupted(ctx, &failures.corrupted_bytes) == 0;
	*ret_failures = failures;
	return 0;
}

bool counters_moved(const struct daxfs_failures *before, const struct daxfs_failures *after)
{
	return (after->has_nodes && after->total != before->total) ||
	       (after->has_corrupted && after->corrupted_bytes != before->corrupted_bytes);
}
