// SPDX-License-Identifier: LGPL-2.1-or-later
/* The DAX devices, what is behind them, and what of the kernel has a say in them. */
#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "dump.h"
#include "memory.h"
#include "sysfs.h"

/* ---- devices of a bus */

/* "devices/platform/hmem.0/dax0.0" of "../../../devices/platform/hmem.0/dax0.0"; else NULL. */
static const char *below_root(const char *target)
{
	while (strncmp(target, "../", 3) == 0)
		target += 3;
	return strncmp(target, "devices/", 8) == 0 ? target : NULL;
}

/* What lies in a directory comes right behind it: a slash before all other characters. */
static int compare_paths(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;

	while (*x && *x == *y) {
		x++;
		y++;
	}
	return (*x == '/' ? 1 : (unsigned char)*x + (*x != 0)) -
	       (*y == '/' ? 1 : (unsigned char)*y + (*y != 0));
}

/* Whether @path is @above or lies in it. */
static bool is_inside(const char *path, const char *above)
{
	size_t length = strlen(above);

	return strncmp(path, above, length) == 0 && (!path[length] || path[length] == '/');
}

struct paths {
	char **paths; /* ended by NULL */
	size_t n;
};

static void paths_done(struct paths *paths)
{
	daxfs_free_names(paths->paths);
}

/* Takes @path over, also when it fails. */
static int paths_add(struct paths *paths, char *path)
{
	char **more = path ? reallocarray(paths->paths, paths->n + 2, sizeof(*more)) : NULL;

	if (!more) {
		free(path);
		return -ENOMEM;
	}
	paths->paths = more;
	more[paths->n++] = path;
	more[paths->n] = NULL;
	return 0;
}

/* "devices/a/ndbus0" of "devices/a/ndbus0/region1/dax1.0/dax1.0"; how long it is, 0 for none of these. */
static size_t find_ancestor(const char *path)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		size_t skip = strncmp(slash, "/ndbus", 6) == 0 ? 6 : 5;

		if (skip == 5 && strncmp(slash, "/root", 5) != 0)
			continue;
		if (isdigit((unsigned char)slash[skip]))
			return slash + 1 + strcspn(slash + 1, "/") - path;
	}
	return 0;
}

/*
 * What of a DAX device lies outside its directory: the region, which belongs to no bus, and all that is
 * below the root of the nvdimms or of CXL.
 */
static int add_surroundings(const char *path, struct paths *paths)
{
	size_t length = find_ancestor(path);
	char *region;

	if (length)
		return paths_add(paths, strndup(path, length));
	if (asprintf(&region, "%.*s/dax_region", (int)(strrchr(path, '/') - path), path) < 0)
		return -ENOMEM;
	return paths_add(paths, region);
}

static int add_device(const struct dump_root *sys, const char *link, bool is_dax,
		      struct paths *paths)
{
	_cleanup_free_ char *target = NULL;
	const char *path;
	int r;

	r = sysfs_readlink(sys->fd, link, &target);
	path = r == 0 ? below_root(target) : NULL;
	if (!path)
		return r == -ENOMEM ? r : 0;
	r = is_dax ? add_surroundings(path, paths) : 0;
	return r < 0 ? r : paths_add(paths, strdup(path));
}

static int add_bus(const struct dump_root *sys, const char *bus, struct paths *paths)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	_cleanup_close_ int fd = -1;
	char path[64];
	size_t n = 0;
	int r;

	snprintf(path, sizeof(path), "bus/%s/devices", bus);
	r = sysfs_open_dir_at(sys->fd, path, &fd);
	if (r == 0)
		r = sysfs_list(fd, "", &names, &n);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; i < n && r == 0; i++) {
		_cleanup_free_ char *link = NULL;

		if (asprintf(&link, "%s/%s", path, names[i]) < 0) {
			link = NULL;
			return -ENOMEM;
		}
		r = add_device(sys, link, strcmp(bus, "dax") == 0, paths);
	}
	return r;
}

/* Devices lie in others: each directory once. */
static int dump_places(struct dump *dump, const struct dump_root *sys, struct paths *paths)
{
	const char *last = NULL;
	int r = 0;

	if (paths->n)
		qsort(paths->paths, paths->n, sizeof(*paths->paths), compare_paths);
	for (size_t i = 0; i < paths->n && r == 0; i++) {
		if (last && is_inside(paths->paths[i], last))
			continue;
		last = paths->paths[i];
		r = dump_tree(dump, sys, last);
	}
	return r;
}

static int dump_buses(struct dump *dump, const struct dump_root *sys)
{
	static const char *const buses[] = { "dax", "nd", "cxl" };
	_cleanup_(paths_done) struct paths paths = {};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(buses) && r == 0; i++) {
		char path[16];

		snprintf(path, sizeof(path), "bus/%s", buses[i]);
		r = dump_tree(dump, sys, path);
		if (r == 0)
			r = add_bus(sys, buses[i], &paths);
	}
	return r == 0 ? dump_places(dump, sys, &paths) : r;
}

/* ---- memory blocks */

static int dump_block(struct dump *dump, const struct dump_root *sys, uint64_t index)
{
	static const char *const names[] = { "state", "valid_zones" };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names) && r == 0; i++) {
		char path[64];

		snprintf(path, sizeof(path), "devices/system/memory/memory%" PRIu64 "/%s", index,
			 names[i]);
		r = dump_file(dump, sys, path);
	}
	return r;
}

/* Those of a device: all others are none of ours. */
static int dump_blocks(struct dump *dump, const struct dump_root *sys, const char *device_name,
		       uint64_t block_size)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	_cleanup_free_ struct memory_block *blocks = NULL;
	const struct daxfs_range *ranges;
	size_t n_ranges = 0, n = 0;
	int r;

	if (daxfs_device_new(dump->ctx, device_name, DAXFS_SECTION_MAPPINGS, &device) < 0 ||
	    !daxfs_device_get_ranges(device, &ranges, &n_ranges))
		return 0;
	r = memory_read_blocks(dump->ctx, ranges, n_ranges, block_size, false, &blocks, &n);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; i < n && r == 0; i++)
		if (blocks[i].is_present)
			r = dump_block(dump, sys, blocks[i].index);
	return r;
}

static int dump_memory(struct dump *dump, const struct dump_root *sys)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	uint64_t block_size;
	int r;

	r = dump_file(dump, sys, "devices/system/memory/block_size_bytes");
	if (r == 0)
		r = dump_file(dump, sys, "devices/system/memory/auto_online_blocks");
	if (r < 0 || memory_block_size(dump->ctx, &block_size) < 0)
		return r;
	r = daxfs_list_devices(dump->ctx, &names, NULL);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; names[i] && r == 0; i++)
		r = dump_blocks(dump, sys, names[i], block_size);
	return r;
}

/* Memory failures that the kernel has counted. */
static int dump_nodes(struct dump *dump, const struct dump_root *sys)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	_cleanup_close_ int fd = -1;
	size_t n = 0;
	int r;

	if (sysfs_open_dir_at(sys->fd, "devices/system/node", &fd) < 0)
		return 0;
	r = sysfs_list(fd, "node", &names, &n);
	for (size_t i = 0; i < n && r == 0; i++) {
		_cleanup_free_ char *path = NULL;

		if (asprintf(&path, "devices/system/node/%s/memory_failure", names[i]) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		r = dump_tree(dump, sys, path);
	}
	return r;
}

/* ---- the kernel */

/* Version, parameters and the like of those that are loaded. */
static int dump_modules(struct dump *dump, const struct dump_root *sys)
{
	static const char *const names[] = {
		"device_dax", "fsdev_dax",	"kmem",	    "dax_hmem", "dax_pmem",
		"dax_cxl",    "libnvdimm",	"nd_pmem",  "nd_btt",	"nd_e820",
		"nfit",	      "ramdax",		"cxl_acpi", "cxl_core", "cxl_mem",
		"cxl_pci",    "cxl_pmem",	"cxl_port", "famfs",	"hwpoison_inject",
		"module",     "memory_hotplug",
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names) && r == 0; i++) {
		char path[32];

		snprintf(path, sizeof(path), "module/%s", names[i]);
		r = dump_tree(dump, sys, path);
	}
	return r;
}

/* Whether the machine has EFI shows by the directory. */
static int dump_firmware(struct dump *dump, const struct dump_root *sys)
{
	int r = dump_file(dump, sys, "kernel/security/lockdown");

	if (r < 0 || !sysfs_exists(sys->fd, "firmware/efi"))
		return r;
	r = tar_add_directory(dump->tar, "sys/firmware/efi");
	return r < 0 ? r : dump_file(dump, sys, SECURE_BOOT_FILE);
}

int dump_sysfs(struct dump *dump)
{
	static int (*const parts[])(struct dump *, const struct dump_root *) = {
		dump_buses, dump_memory, dump_nodes, dump_modules, dump_firmware
	};
	struct dump_root sys = { .name = "sys" };
	int r = sysfs_root_fd(dump->ctx, &sys.fd);

	if (r < 0)
		return daxfs_fail(dump->ctx, r,
				  &(struct failure){ .id = "read-failed",
						     .path = dump->ctx->sysfs_root,
						     .err = -r },
				  "%s: cannot be opened", dump->ctx->sysfs_root);
	/* a machine without any DAX device is told by an empty one */
	r = tar_add_directory(dump->tar, "sys");
	for (size_t i = 0; i < ARRAY_SIZE(parts) && r == 0; i++)
		r = parts[i](dump, &sys);
	return r;
}
