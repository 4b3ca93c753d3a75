/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the library share: struct bodies and the helpers without a home of their own. */
#ifndef PRIVATE_H
#define PRIVATE_H

#include <time.h>

#include "cleanup.h"
#include "libdaxfs.h"

#define DAXFS_EXPORT __attribute__((visibility("default")))
#define PRINTF_FORMAT(fmt, args) __attribute__((format(printf, fmt, args)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The longest device name that sysfs takes: DAX_NAME_LEN of drivers/dax/bus.c. */
#define DEVICE_NAME_MAX DAXFS_DEVICE_NAME_SIZE

/* Every driver that the library knows, for the loops over all of them. */
#define N_DRIVERS 3

/* Milliseconds of a clock that nobody sets; for deadlines and durations. */
static inline uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* error.c */

struct daxfs_error {
	enum daxfs_class class;
	int err; /* the kernel's answer, positive; 0 when it was not asked */
	char *id;
	char *device;
	char *step;
	char *path;
	char *message;
	char *hint;
	char *override;
	struct daxfs_user *users;
	size_t n_users;
	uint64_t *blocks;
	size_t n_blocks;
};

/* What daxfs_fail() copies into an error; fields that do not apply stay NULL or 0. */
struct failure {
	enum daxfs_class class; /* DAXFS_CLASS_OK, the default: chosen by err */
	int err;
	const char *id;
	const char *device;
	const char *step;
	const char *path;
	const char *hint;
	const char *override;
	const struct daxfs_user *users;
	size_t n_users;
	const uint64_t *blocks;
	size_t n_blocks;
};

/*
 * Makes an error the context's last one. Returns @r, a negative errno, so that a caller can
 * `return daxfs_fail(...)`.
 */
int daxfs_fail(struct daxfs_ctx *ctx, int r, const struct failure *failure, const char *format, ...)
	PRINTF_FORMAT(4, 5);
struct daxfs_error *error_free(struct daxfs_error *error);
/* Moves the context's last error to the caller; never NULL unless memory is exhausted. */
struct daxfs_error *error_take(struct daxfs_ctx *ctx, int r);
/* Forgets the last error: what fails from here on without words must not be told in its words. */
void error_clear(struct daxfs_ctx *ctx);
enum daxfs_class error_class_of_errno(int err);

DEFINE_CLEANUP(struct daxfs_error *, error_free)

/* device-dir.c */

/* The directory that the devices of a region lie in, and what they have in common. */
struct region_dir {
	int fd; /* -1: none */
	unsigned int id;
	char *path; /* below /sys/devices */
	enum daxfs_kind kind;
	bool has_target_node;
	int target_node;
};

/* ctx.c */

/* The text of /proc/sys/kernel/random/boot_id. */
#define BOOT_ID_SIZE 40

struct neighbours;
struct bus_look;
struct machine_look;
struct iomem_text;

struct daxfs_ctx {
	unsigned int refcount;
	char *sysfs_root;
	char *dev_root;
	char *proc_root;
	char *run_dir;
	char *file_root;	      /* before the paths of all other files: "", or the sysroot */
	bool recorded;		      /* a sysroot: reading only */
	int sysfs_fd;		      /* opened on first use */
	struct region_dir region_dir; /* of the device that was read last */
	daxfs_log_fn log_fn;
	void *log_userdata;
	struct daxfs_error *error;
	bool keep_users;
	unsigned int timeout_ms; /* of a write that the kernel may never answer; 0: none */
	daxfs_step_fn step_fn;
	void *step_userdata;
	int bus_lock; /* held over several switches; -1: none */
	int run_fd;   /* the run directory, while a switch keeps it; -1: it does not */
	struct users_scan *users_scan; /* the look at /proc that snapshots share, if they do */
	bool shares_looks;	       /* so do plans, between looks_begin() and looks_end() */
	struct neighbours *neighbours; /* their look at the bus */
	struct bus_look *bus_look;
	struct machine_look *machine_look;
	struct iomem_text *iomem;   /* as far as it was read */
	char boot_id[BOOT_ID_SIZE]; /* read on first use; "": not yet */
	pid_t own_pid;		    /* of whom own_start is; 0: not read yet */
	uint64_t own_start;	    /* as a journal has it */
	uint64_t block_size;	    /* of memory, which stays as it is; 0: not read yet */
};

void daxfs_log(struct daxfs_ctx *ctx, int priority, const char *format, ...) PRINTF_FORMAT(3, 4);

/* Tells whoever wants to know that a step of a switch begins, or has ended. */
void ctx_step(struct daxfs_ctx *ctx, const char *device, const char *step, bool begins);
/* Until when a write that begins now may take, as now_ms(); 0 for ever. */
uint64_t ctx_deadline(const struct daxfs_ctx *ctx);

#define log_debug(ctx, ...) daxfs_log(ctx, LOG_DEBUG, __VA_ARGS__)
#define log_warning(ctx, ...) daxfs_log(ctx, LOG_WARNING, __VA_ARGS__)

DEFINE_CLEANUP(struct daxfs_ctx *, daxfs_ctx_unref)

/* mode.c */

enum daxfs_mode mode_from_driver(const char *driver);
const char *mode_module(enum daxfs_mode mode);
/* The drivers that modes have, in the order of enum daxfs_mode. */
extern const char *const mode_drivers[N_DRIVERS];

/* parse.c */

/* A number as sysfs prints it: decimal, or hexadecimal after 0x, and nothing else. */
int parse_u64(const char *text, int base, uint64_t *ret_value);
int parse_int(const char *text, int *ret_value);

/* range.c */

static inline uint64_t range_length(const struct daxfs_range *range)
{
	return range->end - range->start + 1;
}

/*
 * How many bytes a device that has @now can keep on its way to @wanted so that whole ranges of
 * @wanted are left; *ret_index is the first range of @wanted that is missing then.
 */
uint64_t ranges_prefix(const struct daxfs_range *wanted, size_t n_wanted,
		       const struct daxfs_range *now, size_t n_now, size_t *ret_index);
/* How many bytes from the front on are in the same place in both. */
uint64_t ranges_common(const struct daxfs_range *a, size_t n_a, const struct daxfs_range *b,
		       size_t n_b);
/* Whether both are the same memory in the same order, in the same number of ranges. */
bool ranges_equal(const struct daxfs_range *a, size_t n_a, const struct daxfs_range *b, size_t n_b);

/* device.c */

struct daxfs_device {
	unsigned int refcount;
	unsigned int sections; /* which were read */
	char name[DEVICE_NAME_MAX];
	char *path; /* below /sys/devices, with a leading slash */
	char *driver;
	enum daxfs_mode mode;
	enum daxfs_state state;
	enum daxfs_kind kind;
	unsigned int region_id;
	unsigned int id;
	bool is_static;
	bool is_seed;

	bool has_size, has_align, has_target_node, has_numa_node, has_resource;
	bool has_memmap_on_memory, has_held, has_data_offset, has_pgmap, has_memory;
	bool has_users; /* false: there may be more than those seen */
	uint64_t size;
	uint64_t align;
	int target_node;
	int numa_node;
	uint64_t resource;
	bool memmap_on_memory;
	bool held;
	uint64_t data_offset;
	char *dev;
	const char *journal; /* a constant */
	enum daxfs_mode configured_mode;

	struct daxfs_range *ranges;
	size_t n_mappings;
	bool has_ranges;
	int ranges_err; /* why not, and the file that was it */
	char *ranges_path;

	char *namespace;
	char *uuid;
	char *namespace_uuid;
	char *cxl_region;
	char **cxl_memdevs;
	struct daxfs_pgmap pgmap;

	struct daxfs_memory memory;
	char *zones;

	struct daxfs_user *users;
	size_t n_users;

	bool has_poison; /* false: where it is in the device cannot be told */
	struct daxfs_poison *poison;
	size_t n_poison;
	unsigned int unknown_poison; /* a bit for each source that did not tell */
};

DEFINE_CLEANUP(struct daxfs_device *, daxfs_device_unref)
DEFINE_CLEANUP(char **, daxfs_free_names)

/* region.c */

struct daxfs_region {
	unsigned int refcount;
	unsigned int id;
	char *path;
	enum daxfs_kind kind;
	bool has_size, has_available_size, has_align;
	uint64_t size;
	uint64_t available_size;
	uint64_t align;
};

DEFINE_CLEANUP(struct daxfs_region *, daxfs_region_unref)

/* The kind of the region whose directory is @path, by what its place in the device tree says. */
enum daxfs_kind region_kind_of_path(const char *path);

#endif
