// SPDX-License-Identifier: GPL-2.0-only
/*
 * Links and names that come out of sysfs, and what becomes of them: drivers, places of devices and
 * regions, what is behind a device. The first line of an input is what every link says; the others
 * are the attributes, in the order of reading. The linker puts the functions here in place of
 * libc's: they see that nothing out of a file leads elsewhere.
 */
#include "fuzz.h"

#include <fcntl.h>

#include "device.h"
#include "sysfs.h"

static char *link_target;
static char *attributes; /* what was not read yet */
static bool is_active;
static int null_fd = -1;

int __real_openat(int dir_fd, const char *path, int flags, ...);
int __real_openat64(int dir_fd, const char *path, int flags, ...);
int __wrap_openat(int dir_fd, const char *path, int flags, ...);
int __wrap_openat64(int dir_fd, const char *path, int flags, ...);
ssize_t __real_read(int fd, void *buf, size_t size);
ssize_t __wrap_read(int fd, void *buf, size_t size);
ssize_t __wrap_readlinkat(int dir_fd, const char *path, char *buf, size_t size);

/* Whether @name, which is @length long, is one name that is neither "." nor "..". */
static bool is_one_name(const char *name, size_t length, const char *prefix)
{
	return length > strlen(prefix) && strncmp(name, prefix, strlen(prefix)) == 0 &&
	       !memchr(name, '/', length);
}

/* The paths that the library may use here, given what it read. */
static bool is_expected(const char *path)
{
	static const char *const fixed[] = {
		"bus/dax/devices/dax0.0", "..", "../..", "uuid", "namespace", "resource"
	};
	static const char decoders[] = "bus/cxl/devices/", uport[] = "/../uport";
	size_t length = strlen(path), n;

	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		if (strcmp(path, fixed[i]) == 0)
			return true;
	if (strncmp(path, "target", 6) == 0)
		return path[6] && !path[6 + strspn(path + 6, "0123456789")];
	if (strncmp(path, "../", 3) == 0)
		return is_one_name(path + 3, length - 3, "namespace");
	if (strncmp(path, decoders, strlen(decoders)) != 0)
		return false;
	path += strlen(decoders);
	n = strcspn(path, "/");
	return is_one_name(path, n, "decoder") && strcmp(path + n, uport) == 0;
}

static int open_fake(const char *path, int flags)
{
	REQUIRE(is_expected(path));
	if (!(flags & O_DIRECTORY) && !attributes) {
		errno = ENOENT;
		return -1;
	}
	return dup(null_fd);
}

int __wrap_openat(int dir_fd, const char *path, int flags, ...)
{
	return is_active ? open_fake(path, flags) : __real_openat(dir_fd, path, flags, 0600);
}

int __wrap_openat64(int dir_fd, const char *path, int flags, ...)
{
	return is_active ? open_fake(path, flags) : __real_openat64(dir_fd, path, flags, 0600);
}

/* The next line, as the kernel gives an attribute: all of it at once. */
ssize_t __wrap_read(int fd, void *buf, size_t size)
{
	size_t n;

	if (!is_active)
		return __real_read(fd, buf, size);
	if (!attributes)
		return 0;
	n = strcspn(attributes, "\n");
	if (n > size)
		n = size;
	memcpy(buf, attributes, n);
	attributes += n;
	if (n < size && *attributes == '\n') {
		((char *)buf)[n++] = '\n';
		attributes++;
	}
	if (!*attributes)
		attributes = NULL;
	return n;
}

ssize_t __wrap_readlinkat(int dir_fd, const char *path, char *buf, size_t size)
{
	size_t n = strlen(link_target);

	(void)dir_fd;
	REQUIRE(is_expected(path) || strcmp(path, "driver") == 0);
	if (n > size)
		n = size;
	memcpy(buf, link_target, n);
	return n;
}

static void check_driver(void)
{
	_cleanup_free_ char *name = NULL, *target = NULL;
	enum daxfs_mode mode;

	if (sysfs_readlink(-1, "driver", &target) < 0) {
		REQUIRE(strlen(link_target) >= SYSFS_TEXT_MAX);
		return;
	}
	REQUIRE(strcmp(target, link_target) == 0);
	REQUIRE(sysfs_readlink_name(-1, "driver", &name) == 0);
	REQUIRE(!strchr(name, '/') && strlen(name) <= strlen(target));
	REQUIRE(strcmp(target + strlen(target) - strlen(name), name) == 0);
	mode = mode_from_driver(name);
	REQUIRE(mode == DAXFS_MODE_OTHER || strcmp(daxfs_mode_get_driver(mode), name) == 0);
}

static bool ends_with(const char *text, const char *end)
{
	return strlen(text) >= strlen(end) && !strcmp(text + strlen(text) - strlen(end), end);
}

static void check_backing(const struct daxfs_device *device)
{
	REQUIRE(!device->namespace ||
		is_one_name(device->namespace, strlen(device->namespace), "namespace"));
	if (device->cxl_region)
		REQUIRE(!strchr(device->cxl_region, '/') &&
			strstr(device->path, device->cxl_region));
	for (size_t i = 0; device->cxl_memdevs && device->cxl_memdevs[i]; i++)
		REQUIRE(!strchr(device->cxl_memdevs[i], '/'));
	if (device->has_pgmap)
		REQUIRE(device->pgmap.start + device->pgmap.data_offset == device->resource);
}

static void check_device(struct daxfs_ctx *ctx)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = calloc(1, sizeof(*device));
	_cleanup_close_ int fd = -1;

	REQUIRE(device);
	*device = (struct daxfs_device){ .refcount = 1, .has_resource = true, .has_size = true };
	device->resource = UINT64_C(0x140000000);
	device->size = UINT64_C(0x40000000);
	if (device_open(ctx, "dax0.0", &fd, &device->path) < 0)
		return;
	if (device->path)
		REQUIRE(device->path[0] == '/' && ends_with(link_target, device->path));
	device->kind = region_kind_of_device(device->path);
	REQUIRE(daxfs_kind_to_string(device->kind));
	REQUIRE(device->path || device->kind == DAXFS_KIND_OTHER);
	REQUIRE(backing_read(ctx, fd, device) == 0);
	check_backing(device);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct daxfs_ctx *ctx;
	_cleanup_free_ char *text = fuzz_text(data, size);
	char *newline = strchr(text, '\n');
	int fd;

	if (!ctx) {
		null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		REQUIRE(null_fd >= 0);
		REQUIRE(daxfs_ctx_new(&ctx) == 0 && sysfs_root_fd(ctx, &fd) == 0);
	}
	link_target = text;
	attributes = NULL;
	if (newline) {
		*newline = '\0';
		attributes = newline[1] ? newline + 1 : NULL;
	}
	is_active = true;
	check_driver();
	check_device(ctx);
	is_active = false;
	return 0;
}
