// SPDX-License-Identifier: GPL-2.0-only
/* gen-tree DIR REGIONS DEVICES: a recorded tree with so many regions of so many devices each. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEVICE_SIZE (1ULL << 30)

static const char *const drivers[] = { "device_dax", "fsdev_dax", "kmem" };

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "gen-tree: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Makes a directory, and those above it, and goes there. */
static void enter(const char *path)
{
	char copy[512];

	snprintf(copy, sizeof(copy), "%s/", path);
	for (char *s = copy + 1; *s; s++) {
		if (*s != '/')
			continue;
		*s = '\0';
		if (mkdir(copy, 0755) < 0 && errno != EEXIST)
			die(copy);
		*s = '/';
	}
	if (chdir(path) < 0)
		die(path);
}

__attribute__((format(printf, 2, 3))) static void attr(const char *name, const char *format, ...)
{
	FILE *f = fopen(name, "w");
	va_list args;

	if (!f)
		die(name);
	va_start(args, format);
	vfprintf(f, format, args);
	va_end(args);
	fputc('\n', f);
	if (fclose(f) != 0)
		die(name);
}

static void make_device(const char *root, unsigned int region, unsigned int id, unsigned int number)
{
	unsigned long long start = (4 + number) * DEVICE_SIZE;
	char path[512], target[512];

	snprintf(path, sizeof(path), "%s/sys/devices/platform/hmem.%u/dax%u.%u", root, region,
		 region, id);
	enter(path);
	attr("size", "%llu", DEVICE_SIZE);
	attr("align", "2097152");
	attr("target_node", "1");
	snprintf(target, sizeof(target), "../../../../bus/dax/drivers/%s", drivers[number % 3]);
	if (symlink(target, "driver") < 0)
		die("driver");
	enter("mapping0");
	attr("start", "%#llx", start);
	attr("end", "%#llx", start + DEVICE_SIZE - 1);
	attr("page_offset", "0");
	snprintf(path, sizeof(path), "%s/sys/bus/dax/devices/dax%u.%u", root, region, id);
	snprintf(target, sizeof(target), "../../../devices/platform/hmem.%u/dax%u.%u", region,
		 region, id);
	if (symlink(target, path) < 0)
		die(path);
}

static void make_region(const char *root, unsigned int region, unsigned int n_devices)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/sys/devices/platform/hmem.%u/dax_region", root, region);
	enter(path);
	attr("id", "%u", region);
	attr("size", "%llu", n_devices * DEVICE_SIZE);
	attr("align", "2097152");
	attr("available_size", "0");
}

int main(int argc, char **argv)
{
	unsigned int n_regions, n_devices;
	char path[512], *root;

	if (argc != 4) {
		fputs("usage: gen-tree DIR REGIONS DEVICES\n", stderr);
		return 2;
	}
	n_regions = strtoul(argv[2], NULL, 10);
	n_devices = strtoul(argv[3], NULL, 10);
	enter(argv[1]);
	root = getcwd(NULL, 0);
	if (!root)
		die(argv[1]);
	snprintf(path, sizeof(path), "%s/sys/bus/dax/devices", root);
	enter(path);
	for (unsigned int region = 0; region < n_regions; region++) {
		make_region(root, region, n_devices);
		for (unsigned int id = 0; id < n_devices; id++)
			make_device(root, region, id, region * n_devices + id);
	}
	free(root);
	return 0;
}
