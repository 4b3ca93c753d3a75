// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bound: what it takes at least to know what daxfsctl prints. It reads what the JSON needs, each
 * of it once, checks nothing, and cannot do anything else.
 *
 * bound version | list | full | memory | DEVICE
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct id {
	unsigned int region, id;
};

struct region {
	int fd; /* -1: none */
	unsigned int id;
	char path[512];
	char target_node[32];
};

static char out[1 << 16];
static size_t used;

static void flush(void)
{
	if (write(STDOUT_FILENO, out, used) < 0)
		exit(1);
	used = 0;
}

static void put(const char *text)
{
	size_t length = strlen(text);

	if (used + length > sizeof(out))
		flush();
	memcpy(out + used, text, length);
	used += length;
}

/* 0 when it is not there. */
static bool get(int fd, const char *name, char *buf, size_t size)
{
	int file = openat(fd, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (file < 0)
		return false;
	n = read(file, buf, size - 1);
	close(file);
	buf[n > 0 ? n - 1 : 0] = '\0';
	return n > 0;
}

static void put_value(int fd, const char *dir, const char *attribute, const char *key)
{
	char path[128], value[64];

	strcpy(stpcpy(stpcpy(path, dir), "/"), attribute);
	put(key);
	put(get(fd, path, value, sizeof(value)) ? value : "null");
}

static void open_region(struct region *region, unsigned int number, const char *device)
{
	char link[64];
	ssize_t n;

	if (region->fd >= 0 && region->id == number)
		return;
	if (region->fd >= 0)
		close(region->fd);
	strcpy(stpcpy(link, "/sys/bus/dax/devices/"), device);
	n = readlink(link, region->path, sizeof(region->path) - 1);
	region->path[n > 0 ? n : 0] = '\0';
	strcat(link, "/..");
	region->fd = open(link, O_PATH | O_DIRECTORY | O_CLOEXEC);
	region->id = number;
	strcpy(stpcpy(link, device), "/target_node");
	get(region->fd, link, region->target_node, sizeof(region->target_node));
	*strrchr(region->path, '/') = '\0';
}

static uint64_t put_mapping(int fd, const char *device, uint64_t *ret_end)
{
	char path[128], start[64] = "", end[64] = "";

	strcpy(stpcpy(path, device), "/mapping0/start");
	get(fd, path, start, sizeof(start));
	strcpy(stpcpy(path, device), "/mapping0/end");
	get(fd, path, end, sizeof(end));
	put(",\"start\":");
	put(start);
	put(",\"end\":");
	put(end);
	put_value(fd, device, "mapping0/page_offset", ",\"page_offset\":");
	/* No second one */
	strcpy(stpcpy(path, device), "/mapping1");
	faccessat(fd, path, F_OK, 0);
	*ret_end = strtoull(end, NULL, 0);
	return strtoull(start, NULL, 0);
}

static void put_blocks(int memory_fd, uint64_t block_size, uint64_t start, uint64_t end)
{
	for (uint64_t i = start / block_size; i <= end / block_size; i++) {
		char path[64];

		sprintf(path, "memory%" PRIu64, i);
		put_value(memory_fd, path, "state", ",\"state\":");
		put_value(memory_fd, path, "valid_zones", ",\"zone\":");
	}
}

static void list_one(struct region *region, const struct id *id, bool mappings, int memory_fd,
		     uint64_t block_size)
{
	char name[32], driver[256];
	uint64_t start, end;
	ssize_t n;

	sprintf(name, "dax%u.%u", id->region, id->id);
	open_region(region, id->region, name);
	put("{\"chardev\":\"");
	put(name);
	put_value(region->fd, name, "size", "\",\"size\":");
	put_value(region->fd, name, "align", ",\"align\":");
	put(",\"target_node\":");
	put(region->target_node);
	put(",\"path\":\"");
	put(region->path);
	put("/");
	put(name);
	put("\",\"driver\":\"");
	strcat(name, "/driver");
	n = readlinkat(region->fd, name, driver, sizeof(driver) - 1);
	*strrchr(name, '/') = '\0';
	driver[n > 0 ? n : 0] = '\0';
	put(n > 0 ? strrchr(driver, '/') + 1 : "");
	put("\"");
	if (mappings || memory_fd >= 0) {
		start = put_mapping(region->fd, name, &end);
		if (memory_fd >= 0)
			put_blocks(memory_fd, block_size, start, end);
	}
	put("},\n");
}

static int compare(const void *a, const void *b)
{
	const struct id *x = a, *y = b;

	if (x->region != y->region)
		return x->region < y->region ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* *ret_n of them, in order */
static struct id *read_ids(size_t *ret_n)
{
	struct id *ids = NULL;
	DIR *dir = opendir("/sys/bus/dax/devices");
	struct dirent *entry;
	size_t n = 0, room = 0;

	while (dir && (entry = readdir(dir))) {
		char *end;

		if (strncmp(entry->d_name, "dax", 3) != 0)
			continue;
		if (n == room) {
			room = room ? 2 * room : 64;
			ids = realloc(ids, room * sizeof(*ids));
			if (!ids)
				exit(1);
		}
		ids[n].region = strtoul(entry->d_name + 3, &end, 10);
		ids[n++].id = strtoul(end + 1, NULL, 10);
	}
	if (dir)
		closedir(dir);
	if (n)
		qsort(ids, n, sizeof(*ids), compare);
	*ret_n = n;
	return ids;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "list";
	struct region region = { .fd = -1 };
	uint64_t block_size = 1;
	struct id one, *ids = &one;
	int memory_fd = -1;
	size_t n = 1;
	char buf[32];

	if (strcmp(what, "version") == 0) {
		puts("bound");
		return 0;
	}
	if (sscanf(what, "dax%u.%u", &one.region, &one.id) != 2)
		ids = read_ids(&n);
	if (strcmp(what, "memory") == 0) {
		memory_fd = open("/sys/devices/system/memory", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (get(memory_fd, "block_size_bytes", buf, sizeof(buf)))
			block_size = strtoull(buf, NULL, 16);
	}
	put("[");
	for (size_t i = 0; i < n; i++)
		list_one(&region, &ids[i], strcmp(what, "full") == 0, memory_fd, block_size);
	put("{}]\n");
	flush();
	return 0;
}
