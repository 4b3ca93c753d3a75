// SPDX-License-Identifier: GPL-2.0-only
/*
 * gen-tree DIR REGIONS DEVICES [DRIVER [BLOCKS]]: a recorded tree with so many regions of so many
 * devices each.
 *
 * With DRIVER, all are bound to it, and there is what daxctl asks for besides, DIR/dev and DIR/proc: a
 * /sys, a /dev and a /proc/iomem for test/perf, that which users see too: iomem-of-users. With BLOCKS, devices have so many memory blocks, which are online: of kmem.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define GIB (1ULL << 30)
#define BLOCK_SIZE (128ULL << 20)
/* Nobody opens the nodes; they are to be seen only. */
#define MAJOR 250

static const char *const drivers[] = { "device_dax", "fsdev_dax", "kmem" };

struct tree {
	char *root;
	unsigned int n_regions, n_devices;
	unsigned long long device_size;
	const char *driver; /* NULL: each in turn */
	unsigned int n_blocks;
};

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "gen-tree: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Makes a directory, and those above it, and goes there. */
__attribute__((format(printf, 1, 2))) static void enter(const char *format, ...)
{
	char path[512];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(path, sizeof(path) - 1, format, args);
	va_end(args);
	memcpy(path + n, "/", 2);
	for (char *s = path + 1; *s; s++) {
		if (*s != '/')
			continue;
		*s = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			die(path);
		*s = '/';
	}
	if (chdir(path) < 0)
		die(path);
}

static void put(const char *name, mode_t mode, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	size_t length = strlen(text);

	if (fd < 0 || write(fd, text, length) != (ssize_t)length || close(fd) < 0)
		die(name);
}

__attribute__((format(printf, 3, 4))) static void attr(const char *name, mode_t mode,
						       const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text) - 1, format, args);
	va_end(args);
	strcat(text, "\n");
	put(name, mode, text);
}

/* An attribute that is the same for all: one file, so that ten thousand devices fit into memory. */
static void same(const struct tree *tree, const char *name, mode_t mode, const char *text)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/same/%s=%s", tree->root, name, text);
	if (link(path, name) == 0)
		return;
	if (errno == ENOENT)
		attr(path, mode, "%s", text);
	if (link(path, name) < 0)
		attr(name, mode, "%s", text);
}

static void link_to(const char *target, const char *name)
{
	if (symlink(target, name) < 0 && errno != EEXIST)
		die(name);
}

static const char *driver_of(const struct tree *tree, unsigned int number)
{
	return tree->driver ? tree->driver : drivers[number % 3];
}

/* What daxctl looks at, and what the kernel has besides. */
static void make_rest(const struct tree *tree, unsigned int region, unsigned int id,
		      unsigned int number, unsigned long long start)
{
	char path[512], target[512];

	attr("uevent", 0644, "MAJOR=%d\nMINOR=%u\nDEVNAME=dax%u.%u\nDRIVER=%s\nMODALIAS=dax:t0",
	     MAJOR, number, region, id, driver_of(tree, number));
	attr("dev", 0444, "%d:%u", MAJOR, number);
	attr("resource", 0400, "%#llx", start);
	same(tree, "modalias", 0444, "dax:t0");
	same(tree, "numa_node", 0444, "0");
	same(tree, "memmap_on_memory", 0644, "0");
	put("mapping", 0200, "");
	link_to("../../../../bus/dax", "subsystem");
	snprintf(path, sizeof(path), "%s/sys/bus/dax/drivers/%s/dax%u.%u", tree->root,
		 driver_of(tree, number), region, id);
	snprintf(target, sizeof(target), "../../../../devices/platform/hmem.%u/dax%u.%u", region,
		 region, id);
	link_to(target, path);
	snprintf(path, sizeof(path), "%s/sys/dev/char/%d:%u", tree->root, MAJOR, number);
	link_to(target + strlen("../../"), path);
	snprintf(path, sizeof(path), "%s/dev/dax%u.%u", tree->root, region, id);
	if (mknod(path, S_IFCHR | 0600, makedev(MAJOR, number)) < 0)
		die(path);
}

static void make_blocks(const struct tree *tree, unsigned long long start)
{
	for (unsigned int i = 0; i < tree->n_blocks; i++) {
		unsigned long long index = start / BLOCK_SIZE + i;
		char path[512], target[64];

		enter("%s/sys/devices/system/memory/memory%llu", tree->root, index);
		attr("phys_index", 0444, "%08llx", index);
		same(tree, "state", 0644, "online");
		same(tree, "online", 0644, "1");
		same(tree, "removable", 0444, "1");
		same(tree, "valid_zones", 0444, "Movable");
		snprintf(path, sizeof(path), "%s/sys/devices/system/node/node1/memory%llu",
			 tree->root, index);
		snprintf(target, sizeof(target), "../../memory/memory%llu", index);
		link_to(target, path);
	}
}

static unsigned long long start_of(const struct tree *tree, unsigned int number)
{
	return 4 * GIB + number * tree->device_size;
}

static void make_device(const struct tree *tree, unsigned int region, unsigned int id,
			unsigned int number)
{
	unsigned long long start = start_of(tree, number);
	char path[512], target[512], size[24];

	enter("%s/sys/devices/platform/hmem.%u/dax%u.%u", tree->root, region, region, id);
	snprintf(size, sizeof(size), "%llu", tree->device_size);
	same(tree, "size", 0644, size);
	same(tree, "align", 0644, "2097152");
	same(tree, "target_node", 0444, "1");
	snprintf(target, sizeof(target), "../../../../bus/dax/drivers/%s", driver_of(tree, number));
	link_to(target, "driver");
	if (tree->driver)
		make_rest(tree, region, id, number, start);
	enter("%s/sys/devices/platform/hmem.%u/dax%u.%u/mapping0", tree->root, region, region, id);
	attr("start", 0400, "%#llx", start);
	attr("end", 0400, "%#llx", start + tree->device_size - 1);
	same(tree, "page_offset", 0400, "0");
	snprintf(path, sizeof(path), "%s/sys/bus/dax/devices/dax%u.%u", tree->root, region, id);
	snprintf(target, sizeof(target), "../../../devices/platform/hmem.%u/dax%u.%u", region,
		 region, id);
	link_to(target, path);
	make_blocks(tree, start);
}

static void make_region(const struct tree *tree, unsigned int region)
{
	enter("%s/sys/devices/platform/hmem.%u/dax_region", tree->root, region);
	attr("id", 0444, "%u", region);
	attr("size", 0444, "%llu", tree->n_devices * tree->device_size);
	attr("align", 0444, "2097152");
	attr("available_size", 0444, "0");
}

/* The drivers, and an empty machine around the devices. */
static void make_system(const struct tree *tree)
{
	enter("%s/dev", tree->root);
	if (mknod("null", S_IFCHR | 0666, makedev(1, 3)) < 0 || chmod("null", 0666) < 0)
		die("null");
	enter("%s/sys/dev/char", tree->root);
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		char target[64];

		enter("%s/sys/module/%s", tree->root, drivers[i]);
		put("initstate", 0444, "live\n");
		enter("%s/sys/bus/dax/drivers/%s", tree->root, drivers[i]);
		snprintf(target, sizeof(target), "../../../../module/%s", drivers[i]);
		link_to(target, "module");
		put("bind", 0200, "");
		put("unbind", 0200, "");
		put("new_id", 0200, "");
		put("remove_id", 0200, "");
	}
	enter("%s/sys/bus/dax", tree->root);
	put("drivers_autoprobe", 0644, "1\n");
	enter("%s/sys/devices/system/node/node0", tree->root);
	enter("%s/sys/devices/system/node/node1", tree->root);
	enter("%s/sys/devices/system/memory", tree->root);
	attr("block_size_bytes", 0444, "%llx", BLOCK_SIZE);
	put("auto_online_blocks", 0644, "offline\n");
}

/* Users see names, and zeros in place of addresses. */
static void make_iomem(const struct tree *tree, const char *name, bool has_addresses)
{
	FILE *file;

	enter("%s/proc", tree->root);
	file = fopen(name, "we");
	if (!file)
		die(name);
	for (unsigned int i = 0; i < tree->n_regions * tree->n_devices; i++) {
		unsigned long long start = has_addresses ? start_of(tree, i) : 0;
		unsigned long long end = has_addresses ? start + tree->device_size - 1 : 0;

		fprintf(file, "%08llx-%08llx : dax%u.%u\n", start, end, i / tree->n_devices,
			i % tree->n_devices);
		if (strcmp(driver_of(tree, i), "kmem") == 0)
			fprintf(file, "  %08llx-%08llx : System RAM (kmem)\n", start, end);
	}
	if (fclose(file) != 0)
		die(name);
}

static void make_tree(struct tree *tree)
{
	enter("%s/same", tree->root);
	enter("%s/sys/bus/dax/devices", tree->root);
	if (tree->driver) {
		make_system(tree);
		make_iomem(tree, "iomem", true);
		make_iomem(tree, "iomem-of-users", false);
	}
	for (unsigned int region = 0; region < tree->n_regions; region++) {
		make_region(tree, region);
		for (unsigned int id = 0; id < tree->n_devices; id++)
			make_device(tree, region, id, region * tree->n_devices + id);
	}
}

int main(int argc, char **argv)
{
	struct tree tree = { .device_size = GIB };

	if (argc < 4 || argc > 6) {
		fputs("usage: gen-tree DIR REGIONS DEVICES [DRIVER [BLOCKS]]\n", stderr);
		return 2;
	}
	tree.n_regions = strtoul(argv[2], NULL, 10);
	tree.n_devices = strtoul(argv[3], NULL, 10);
	tree.driver = argv[4];
	if (argc == 6) {
		tree.n_blocks = strtoul(argv[5], NULL, 10);
		tree.device_size = tree.n_blocks * BLOCK_SIZE;
	}
	enter("%s", argv[1]);
	tree.root = getcwd(NULL, 0);
	if (!tree.root)
		die(argv[1]);
	make_tree(&tree);
	free(tree.root);
	return 0;
}
