/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libdaxfs - look at the DAX devices of a machine and switch them between drivers
 *
 * Conventions, for every function of this file:
 *
 *  - A function that can fail returns 0 on success or a negative errno. It writes its ret_*
 *    parameters on success only. What went wrong, in words, is then in daxfs_ctx_get_error().
 *  - A *_get_* function does no I/O and cannot fail. One that returns bool returns false when the
 *    value is not known (attribute missing, or readable by root only) and leaves *ret alone.
 *  - Strings and objects that a getter returns belong to the object and live as long as it does.
 *  - Sizes, offsets, addresses and alignments are in bytes unless the name says otherwise. Ranges
 *    are inclusive: `end` is the address of the last byte, as in sysfs.
 *  - No global state: distinct contexts may be used by distinct threads at the same time. One
 *    context, and what was made from it, belongs to one thread at a time.
 *
 * "Talks to" names the files of the kernel that a function reads or writes, relative to /sys.
 * Nothing writes but daxfs_switch() and its kin, daxfs_create(), daxfs_switch_begin() and _rollback(),
 * daxfs_recover(), and daxfs_early_register() and _forget().
 */
#ifndef LIBDAXFS_H
#define LIBDAXFS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct daxfs_ctx;
struct daxfs_error;
struct daxfs_device;
struct daxfs_region;
struct daxfs_request;
struct daxfs_plan;
struct daxfs_outcome;
struct daxfs_switch;
struct daxfs_check;
struct daxfs_finding;
struct daxfs_poison_request;
struct daxfs_spot;
struct daxfs_monitor;

/* ------------------------------------------------------------------------------------------- */
/* Modes, kinds, states                                                                        */

/**
 * enum daxfs_mode - what a device is used as, as told by its driver link
 * @DAXFS_MODE_NONE: bound to no driver
 * @DAXFS_MODE_DEVDAX: device_dax, a character device that can be mapped
 * @DAXFS_MODE_FAMFS: fsdev_dax, for file systems such as famfs
 * @DAXFS_MODE_SYSTEM_RAM: kmem, ordinary memory
 * @DAXFS_MODE_OTHER: a driver that this library does not know
 */
enum daxfs_mode {
	DAXFS_MODE_NONE,
	DAXFS_MODE_DEVDAX,
	DAXFS_MODE_FAMFS,
	DAXFS_MODE_SYSTEM_RAM,
	DAXFS_MODE_OTHER,
};

/**
 * enum daxfs_kind - what is behind a region
 * @DAXFS_KIND_OTHER: not known
 * @DAXFS_KIND_PMEM: an nvdimm namespace in devdax mode; its devices are static
 * @DAXFS_KIND_HMEM: soft-reserved memory; its devices are dynamic
 * @DAXFS_KIND_CXL: a CXL region; its devices are dynamic
 */
enum daxfs_kind {
	DAXFS_KIND_OTHER,
	DAXFS_KIND_PMEM,
	DAXFS_KIND_HMEM,
	DAXFS_KIND_CXL,
};

/**
 * enum daxfs_state - whether a device can be used
 * @DAXFS_STATE_UNKNOWN: bound to nothing, and only root can tell whether it is stranded
 * @DAXFS_STATE_ENABLED: bound to a driver
 * @DAXFS_STATE_DISABLED: bound to nothing; can be bound
 * @DAXFS_STATE_STRANDED: bound to nothing, its memory still online from kmem: until the next
 *	reboot no driver can take it
 */
enum daxfs_state {
	DAXFS_STATE_UNKNOWN,
	DAXFS_STATE_ENABLED,
	DAXFS_STATE_DISABLED,
	DAXFS_STATE_STRANDED,
};

/**
 * daxfs_mode_to_string() - the name of a mode: "devdax", "famfs", "system-ram", "other"
 * @mode: a mode
 *
 * Returns a constant string, NULL for DAXFS_MODE_NONE and for a value that is no mode.
 */
const char *daxfs_mode_to_string(enum daxfs_mode mode);

/**
 * daxfs_mode_from_string() - the mode of a name
 * @name: "devdax", "famfs", "system-ram"; also "fsdev" and the names of the drivers
 * @ret_mode: the mode
 *
 * Returns 0, or -EINVAL when @name is no mode that a device can be switched to.
 */
int daxfs_mode_from_string(const char *name, enum daxfs_mode *ret_mode);

/**
 * daxfs_mode_get_driver() - the driver of a mode, as /sys/bus/dax/drivers/ names it
 * @mode: a mode
 *
 * Returns a constant string, NULL when the mode has no known driver.
 */
const char *daxfs_mode_get_driver(enum daxfs_mode mode);

/** daxfs_kind_to_string() - "pmem", "hmem", "cxl" or "other"; a constant string */
const char *daxfs_kind_to_string(enum daxfs_kind kind);

/**
 * daxfs_kind_from_string() - the kind of a name
 * @name: "pmem", "hmem", "cxl" or "other"
 * @ret_kind: the kind
 *
 * Returns 0 or -EINVAL.
 */
int daxfs_kind_from_string(const char *name, enum daxfs_kind *ret_kind);

/** daxfs_state_to_string() - "enabled", "disabled", "stranded"; NULL for unknown */
const char *daxfs_state_to_string(enum daxfs_state state);

/**
 * daxfs_state_from_string() - the state of a name
 * @name: "enabled", "disabled" or "stranded"
 * @ret_state: the state
 *
 * Returns 0 or -EINVAL.
 */
int daxfs_state_from_string(const char *name, enum daxfs_state *ret_state);

/* ------------------------------------------------------------------------------------------- */
/* Errors                                                                                      */

/**
 * enum daxfs_class - what kind of failure it is, for a caller that has to react
 *
 * The values are the exit statuses of daxfsctl(1).
 *
 * @DAXFS_CLASS_OK: no failure
 * @DAXFS_CLASS_FAILED: failed; the device is in its old state
 * @DAXFS_CLASS_INVALID: a value that this device cannot have
 * @DAXFS_CLASS_NO_DEVICE: no such device
 * @DAXFS_CLASS_PERMISSION: not permitted: no root, lockdown, read-only sysfs
 * @DAXFS_CLASS_BUSY: in use, held, locked by another, or needs a flag to go on
 * @DAXFS_CLASS_UNSUPPORTED: not supported by this kernel, module or hardware
 * @DAXFS_CLASS_NOT_RESTORED: failed, and the device is not in its old state
 * @DAXFS_CLASS_REBOOT: only a reboot helps
 */
enum daxfs_class {
	DAXFS_CLASS_OK = 0,
	DAXFS_CLASS_FAILED = 1,
	DAXFS_CLASS_INVALID = 2,
	DAXFS_CLASS_NO_DEVICE = 3,
	DAXFS_CLASS_PERMISSION = 4,
	DAXFS_CLASS_BUSY = 5,
	DAXFS_CLASS_UNSUPPORTED = 6,
	DAXFS_CLASS_NOT_RESTORED = 7,
	DAXFS_CLASS_REBOOT = 8,
};

/** daxfs_error_get_class() - what kind of failure it is */
enum daxfs_class daxfs_error_get_class(const struct daxfs_error *error);

/** daxfs_error_get_id() - a stable word for scripts: "in-use", "no-module", "bind-failed", ... */
const char *daxfs_error_get_id(const struct daxfs_error *error);

/** daxfs_error_get_device() - the device concerned ("dax0.0"), NULL when it is none */
const char *daxfs_error_get_device(const struct daxfs_error *error);

/** daxfs_error_get_step() - the step that failed ("bind"), NULL outside a switch */
const char *daxfs_error_get_step(const struct daxfs_error *error);

/** daxfs_error_get_path() - the file concerned, as an absolute path, or NULL */
const char *daxfs_error_get_path(const struct daxfs_error *error);

/** daxfs_error_get_errno() - the kernel's answer as a positive errno; 0 when it was not asked */
int daxfs_error_get_errno(const struct daxfs_error *error);

/** daxfs_error_get_message() - what was tried and why it is refused or failed; one line */
const char *daxfs_error_get_message(const struct daxfs_error *error);

/** daxfs_error_get_hint() - what to do next, or NULL */
const char *daxfs_error_get_hint(const struct daxfs_error *error);

/** daxfs_error_get_override() - the option of daxfsctl that overrides this refusal, or NULL */
const char *daxfs_error_get_override(const struct daxfs_error *error);

/**
 * enum daxfs_usage - how a device is used
 * @DAXFS_USAGE_FD: a process has its node open
 * @DAXFS_USAGE_MAP: a process has it mapped
 * @DAXFS_USAGE_MOUNT: a file system is mounted from it
 * @DAXFS_USAGE_HELD: a file system holds it; only the DKMS module tells
 */
enum daxfs_usage {
	DAXFS_USAGE_FD,
	DAXFS_USAGE_MAP,
	DAXFS_USAGE_MOUNT,
	DAXFS_USAGE_HELD,
};

/** daxfs_usage_to_string() - "fd", "map", "mount", "held"; NULL for a value that is none */
const char *daxfs_usage_to_string(enum daxfs_usage usage);

/** The uid of a user that is no process, or whose uid is not known */
#define DAXFS_UID_UNKNOWN ((unsigned int)-1)

/**
 * struct daxfs_user - who uses a device; one that uses it in two ways is there twice
 * @how: in which way
 * @pid: the process, 0 for a mount or a holder
 * @uid: the effective user of that process, or DAXFS_UID_UNKNOWN
 * @comm: the name of that process, or NULL; any bytes that the process chose
 * @mountpoint: of a mount, where it is in its mount namespace; else NULL
 */
struct daxfs_user {
	enum daxfs_usage how;
	int pid;
	unsigned int uid;
	const char *comm;
	const char *mountpoint;
};

/**
 * daxfs_error_get_users() - who uses the device, of an error with the id "in-use"
 * @error: an error
 * @ret_users: the array, which belongs to the error
 * @ret_n: how many
 *
 * Returns false when the error is of another kind.
 */
bool daxfs_error_get_users(const struct daxfs_error *error, const struct daxfs_user **ret_users,
			   size_t *ret_n);

/**
 * daxfs_error_get_blocks() - which memory blocks stay online, of an error with the id "memory-busy"
 * @error: an error
 * @ret_blocks: the array, which belongs to the error: each the N of devices/system/memory/memoryN
 * @ret_n: how many
 *
 * Returns false when the error is of another kind.
 */
bool daxfs_error_get_blocks(const struct daxfs_error *error, const uint64_t **ret_blocks,
			    size_t *ret_n);

/* ------------------------------------------------------------------------------------------- */
/* Context                                                                                     */

/**
 * typedef daxfs_log_fn - receives what the library has to say besides errors
 * @userdata: as given to daxfs_ctx_set_log_fn()
 * @priority: LOG_DEBUG (each write to sysfs) or LOG_WARNING, of <syslog.h>
 * @format: a printf format, without a newline
 * @args: its arguments
 */
typedef void (*daxfs_log_fn)(void *userdata, int priority, const char *format, va_list args);

/**
 * daxfs_ctx_new() - make a context for this machine's /sys, /proc, /dev and /run/daxfsctl
 * @ret_ctx: the context, with one reference, which the caller drops by daxfs_ctx_unref()
 *
 * The library is silent unless a log function is set or the environment has DAXFS_LOG=1 (then
 * messages go to stderr; ignored in a set-user-ID program).
 *
 * Returns 0 or -ENOMEM.
 */
int daxfs_ctx_new(struct daxfs_ctx **ret_ctx);

/** daxfs_ctx_ref() - take one more reference; returns @ctx */
struct daxfs_ctx *daxfs_ctx_ref(struct daxfs_ctx *ctx);

/** daxfs_ctx_unref() - drop a reference; NULL is allowed; returns NULL */
struct daxfs_ctx *daxfs_ctx_unref(struct daxfs_ctx *ctx);

/**
 * daxfs_ctx_set_sysroot() - read a recorded tree in place of this machine
 * @ctx: a context from which nothing was read yet
 * @dir: a directory that holds sys/ (and proc/, dev/ where they were recorded), or that is a
 *	recorded /sys itself; an empty directory is a machine without DAX devices
 *
 * A context with a sysroot never writes: daxfs_switch() answers -EROFS.
 *
 * Returns 0; -ENOENT, -ENOTDIR, -EACCES of @dir; -EINVAL when @dir is no such tree.
 */
int daxfs_ctx_set_sysroot(struct daxfs_ctx *ctx, const char *dir);

/**
 * daxfs_ctx_set_sysfs_root() - where sysfs is mounted, "/sys" if never set
 * @ctx: a context from which nothing was read yet
 * @dir: an absolute path; copied
 *
 * Returns 0, -EINVAL for a relative path, -ENOMEM.
 */
int daxfs_ctx_set_sysfs_root(struct daxfs_ctx *ctx, const char *dir);

/** daxfs_ctx_set_dev_root() - where device nodes are, "/dev" if never set; as above */
int daxfs_ctx_set_dev_root(struct daxfs_ctx *ctx, const char *dir);

/** daxfs_ctx_set_proc_root() - where procfs is mounted, "/proc" if never set; as above */
int daxfs_ctx_set_proc_root(struct daxfs_ctx *ctx, const char *dir);

/** daxfs_ctx_set_run_dir() - where locks are kept, "/run/daxfsctl" if never set; as above */
int daxfs_ctx_set_run_dir(struct daxfs_ctx *ctx, const char *dir);

/**
 * daxfs_ctx_set_log_fn() - who receives log messages
 * @ctx: a context
 * @log_fn: the function, NULL for nobody
 * @userdata: passed to it
 */
void daxfs_ctx_set_log_fn(struct daxfs_ctx *ctx, daxfs_log_fn log_fn, void *userdata);

/**
 * typedef daxfs_step_fn - is told what a switch is doing, for whoever waits for it
 * @userdata: as given to daxfs_ctx_set_step_fn()
 * @device: the device, as "dax0.0"
 * @step: the step, named as in struct daxfs_step
 * @begins: true when it begins, false when it has ended, in whatever way
 *
 * Called by the thread that switches, with signals blocked and with devices bound to nothing: it
 * has to be quick. Steps of several devices can be under way at a time.
 */
typedef void (*daxfs_step_fn)(void *userdata, const char *device, const char *step, bool begins);

/**
 * daxfs_ctx_set_step_fn() - who is told about the steps of switches
 * @ctx: a context
 * @step_fn: the function, NULL for nobody
 * @userdata: passed to it
 */
void daxfs_ctx_set_step_fn(struct daxfs_ctx *ctx, daxfs_step_fn step_fn, void *userdata);

/**
 * daxfs_ctx_set_timeout() - how long to wait for an unbind that the kernel does not finish
 * @ctx: a context
 * @timeout_ms: milliseconds, 60,000 if never set; 0 waits for ever
 *
 * An unbind waits for whoever holds the device or has its pages pinned, and nothing ends that wait.
 * So a child process makes it: past the time it is left behind, and the switch ends with
 * daxfs_outcome_is_pending().
 */
void daxfs_ctx_set_timeout(struct daxfs_ctx *ctx, unsigned int timeout_ms);

/**
 * daxfs_ctx_set_keep_users() - look at all processes once, for many devices
 * @ctx: a context
 * @keep: true: the first snapshot with DAXFS_SECTION_USERS looks, and those after it share what it
 *	saw. false, as if never called: each looks by itself; what was kept is forgotten
 *
 * Plans and switches look by themselves in any case.
 */
void daxfs_ctx_set_keep_users(struct daxfs_ctx *ctx, bool keep);

/**
 * daxfs_ctx_get_error() - what the last call on this context that failed had to say
 * @ctx: a context
 *
 * Returns the error, valid until the next call on @ctx fails; NULL when none did, and when there was
 * no memory for words.
 */
const struct daxfs_error *daxfs_ctx_get_error(const struct daxfs_ctx *ctx);

/* ------------------------------------------------------------------------------------------- */
/* Parsing                                                                                     */

/**
 * daxfs_parse_size() - bytes from "4096", "0x1000", "2M", "1G"
 * @text: digits (decimal, or hexadecimal after 0x) and at most one suffix of K, M, G, T, in powers
 *	of 1024 and in either case; also "KiB", "MiB", "GiB", "TiB"
 * @ret_bytes: the value; every value of the type can be the result
 *
 * Returns 0; -EINVAL for anything else (signs, blanks, fractions, other suffixes); -ERANGE when
 * the value does not fit in 64 bits.
 */
int daxfs_parse_size(const char *text, uint64_t *ret_bytes);

/**
 * daxfs_parse_device_name() - region and id from "dax0.0"
 * @name: the name as sysfs has it; no leading zeros, nothing before or after
 * @ret_region: the region's number, NULL when not wanted
 * @ret_id: the device's number in its region, NULL when not wanted
 *
 * Returns 0 or -EINVAL.
 */
int daxfs_parse_device_name(const char *name, unsigned int *ret_region, unsigned int *ret_id);

/** The room that the name of a device takes, the NUL included. */
#define DAXFS_DEVICE_NAME_SIZE 30

/**
 * daxfs_format_device_name() - "dax0.0" from region and id
 * @region: the region's number
 * @id: the device's number in its region
 * @ret_name: the name
 */
void daxfs_format_device_name(unsigned int region, unsigned int id,
			      char ret_name[DAXFS_DEVICE_NAME_SIZE]);

/* ------------------------------------------------------------------------------------------- */
/* Ranges                                                                                      */

/**
 * struct daxfs_range - one mapping of a device
 * @start: physical address of the first byte
 * @end: physical address of the last byte
 * @page_offset: where the range begins in the device, in pages of the machine
 */
struct daxfs_range {
	uint64_t start;
	uint64_t end;
	uint64_t page_offset;
};

/**
 * daxfs_ranges_check() - whether ranges are in order, apart, aligned and without a gap in offset
 * @ranges: the ranges, in the order of their mappings
 * @n_ranges: how many
 * @align_bytes: what each start and each length must be a multiple of; 0 to not ask
 * @page_size_bytes: the machine's page size
 * @ret_index: the first range that is wrong, NULL when not wanted; written on failure
 *
 * Ranges need not ascend in physical address: a device may take memory in any order.
 *
 * Returns 0; -EINVAL for a range that ends before it starts, or for a page size of 0; -EDOM for one
 * that is not aligned; -EEXIST for one that overlaps an earlier one; -ERANGE for a page_offset that
 * is not the sum of the lengths before it, and for lengths whose sum does not fit.
 */
int daxfs_ranges_check(const struct daxfs_range *ranges, size_t n_ranges, uint64_t align_bytes,
		       uint64_t page_size_bytes, size_t *ret_index);

/**
 * daxfs_ranges_size() - the sum of the lengths of ranges
 * @ranges: the ranges
 * @n_ranges: how many
 * @ret_bytes: the sum
 *
 * Returns 0; -EINVAL for a range that ends before it starts; -ERANGE when the sum does not fit.
 */
int daxfs_ranges_size(const struct daxfs_range *ranges, size_t n_ranges, uint64_t *ret_bytes);

/**
 * daxfs_ranges_phys_to_offset() - the offset in the device of a physical address
 * @ranges: the ranges, in the order of their mappings
 * @n_ranges: how many
 * @phys: a physical address
 * @ret_offset_bytes: the offset
 *
 * Returns 0, or -ENXIO when no range holds @phys, as in a gap between two.
 */
int daxfs_ranges_phys_to_offset(const struct daxfs_range *ranges, size_t n_ranges, uint64_t phys,
				uint64_t *ret_offset_bytes);

/**
 * daxfs_ranges_offset_to_phys() - the physical address of an offset in the device
 * @ranges: the ranges, in the order of their mappings
 * @n_ranges: how many
 * @offset_bytes: an offset
 * @ret_phys: the address
 * @ret_contiguous_bytes: how many bytes from there on lie in the same range, NULL when not wanted
 *
 * Returns 0, or -ENXIO when the device ends at or before @offset_bytes.
 */
int daxfs_ranges_offset_to_phys(const struct daxfs_range *ranges, size_t n_ranges,
				uint64_t offset_bytes, uint64_t *ret_phys,
				uint64_t *ret_contiguous_bytes);

/* ------------------------------------------------------------------------------------------- */
/* Devices                                                                                     */

/**
 * enum daxfs_section - what to read of a device besides what every snapshot has
 * @DAXFS_SECTION_DETAIL: numa_node, resource, dev, memmap_on_memory, configured_mode, journal
 * @DAXFS_SECTION_MAPPINGS: the ranges
 * @DAXFS_SECTION_BACKING: the namespace or CXL region behind it, and the page map's place
 * @DAXFS_SECTION_MEMORY: the memory blocks of a device in system-ram mode
 * @DAXFS_SECTION_USERS: who uses it; a look at all processes of the machine
 * @DAXFS_SECTION_POISON: what is known to be poisoned; root only. The memory devices of a CXL region
 *	are asked for their lists, which takes a moment
 */
enum daxfs_section {
	DAXFS_SECTION_DETAIL = 1 << 0,
	DAXFS_SECTION_MAPPINGS = 1 << 1,
	DAXFS_SECTION_BACKING = 1 << 2,
	DAXFS_SECTION_MEMORY = 1 << 3,
	DAXFS_SECTION_USERS = 1 << 4,
	DAXFS_SECTION_POISON = 1 << 5,
};

/**
 * daxfs_list_devices() - the names of all devices, in order of region and id
 * @ctx: a context
 * @ret_names: an array of names, ended by NULL, to be given to daxfs_free_names()
 * @ret_n: how many, NULL when not wanted
 *
 * A kernel without the dax bus has no devices; that is no error.
 * Talks to: bus/dax/devices.
 *
 * Returns 0; -ENOMEM; what opening or reading the directory answered.
 */
int daxfs_list_devices(struct daxfs_ctx *ctx, char ***ret_names, size_t *ret_n);

/**
 * daxfs_list_devices_unsorted() - the names of all devices, as the kernel's directory has them
 * @ctx: a context
 * @ret_names: as above
 * @ret_n: as above
 *
 * The order means nothing, but does not change while the devices stay.
 *
 * Returns what daxfs_list_devices() returns.
 */
int daxfs_list_devices_unsorted(struct daxfs_ctx *ctx, char ***ret_names, size_t *ret_n);

/** A device by the numbers that make its name. */
struct daxfs_device_id {
	unsigned int region;
	unsigned int id;
};

/**
 * daxfs_list_device_ids() - the numbers of all devices, in order of region and id
 * @ctx: a context
 * @ret_ids: an array, to be freed
 * @ret_n: how many
 *
 * What daxfs_list_devices() tells, without a string for each.
 *
 * Returns what daxfs_list_devices() returns.
 */
int daxfs_list_device_ids(struct daxfs_ctx *ctx, struct daxfs_device_id **ret_ids, size_t *ret_n);

/** daxfs_free_names() - free what daxfs_list_devices() returned; NULL is allowed */
void daxfs_free_names(char **names);

/**
 * daxfs_device_new() - take a snapshot of one device
 * @ctx: a context
 * @name: its name, as "dax0.0"
 * @sections: what to read besides, of enum daxfs_section
 * @ret_device: the snapshot, with one reference; it never changes
 *
 * An attribute that this kernel lacks or that the caller may not read is unknown, not an error.
 * Talks to: bus/dax/devices/NAME, its parent's dax_region; by section also bus/nd, bus/cxl,
 * devices/system/memory, /proc/iomem, and fd, maps, map_files, mountinfo of every process in /proc.
 *
 * Returns 0; -EINVAL for a name of another form; -ENODEV when there is no such device; -ENOMEM;
 * -EIO and the like when the kernel did not answer.
 */
int daxfs_device_new(struct daxfs_ctx *ctx, const char *name, unsigned int sections,
		     struct daxfs_device **ret_device);

/**
 * daxfs_device_check() - whether a device is there, and idle
 * @ctx: a context
 * @name: its name, as "dax0.0"
 * @ret_is_seed: what daxfs_device_is_seed() tells of a snapshot
 *
 * For that one file is read, where a snapshot takes at least four.
 * Talks to: bus/dax/devices/NAME/size.
 *
 * Returns what daxfs_device_new() returns.
 */
int daxfs_device_check(struct daxfs_ctx *ctx, const char *name, bool *ret_is_seed);

/** daxfs_device_ref() - take one more reference; returns @device */
struct daxfs_device *daxfs_device_ref(struct daxfs_device *device);

/** daxfs_device_unref() - drop a reference; NULL is allowed; returns NULL */
struct daxfs_device *daxfs_device_unref(struct daxfs_device *device);

/** daxfs_device_get_name() - "dax0.0" */
const char *daxfs_device_get_name(const struct daxfs_device *device);

/**
 * daxfs_device_get_path() - its place below /sys/devices, with a leading slash
 *
 * NULL in a recorded tree that lost the links of bus/dax/devices.
 */
const char *daxfs_device_get_path(const struct daxfs_device *device);

/** daxfs_device_get_mode() - the mode that its driver link tells */
enum daxfs_mode daxfs_device_get_mode(const struct daxfs_device *device);

/** daxfs_device_get_driver() - the name of the driver that it is bound to, NULL for none */
const char *daxfs_device_get_driver(const struct daxfs_device *device);

/** daxfs_device_get_state() - enabled, disabled, stranded, or unknown */
enum daxfs_state daxfs_device_get_state(const struct daxfs_device *device);

/** daxfs_device_get_kind() - what is behind it */
enum daxfs_kind daxfs_device_get_kind(const struct daxfs_device *device);

/** daxfs_device_is_static() - whether size and align are fixed by the namespace behind it */
bool daxfs_device_is_static(const struct daxfs_device *device);

/** daxfs_device_is_seed() - whether it is an idle device of size 0 */
bool daxfs_device_is_seed(const struct daxfs_device *device);

/** daxfs_device_get_region_id() - the number of its region, which begins its name */
unsigned int daxfs_device_get_region_id(const struct daxfs_device *device);

/** daxfs_device_get_size() - its size in bytes; false when unknown */
bool daxfs_device_get_size(const struct daxfs_device *device, uint64_t *ret_bytes);

/** daxfs_device_get_align() - its alignment in bytes; false when unknown */
bool daxfs_device_get_align(const struct daxfs_device *device, uint64_t *ret_bytes);

/** daxfs_device_get_target_node() - the node its memory would be online in; false when unknown */
bool daxfs_device_get_target_node(const struct daxfs_device *device, int *ret_node);

/** daxfs_device_get_numa_node() - its nearest node, -1 for none (DETAIL) */
bool daxfs_device_get_numa_node(const struct daxfs_device *device, int *ret_node);

/** daxfs_device_get_resource() - its first physical address; root only (DETAIL) */
bool daxfs_device_get_resource(const struct daxfs_device *device, uint64_t *ret_address);

/** daxfs_device_get_dev() - "major:minor" of its node, NULL when unknown (DETAIL) */
const char *daxfs_device_get_dev(const struct daxfs_device *device);

/**
 * daxfs_device_get_configured_mode() - what a device without a driver is to be again (DETAIL)
 *
 * Returns the mode that it had before it was disabled, or before a switch failed that could not be
 * undone. DAXFS_MODE_NONE for a device that has a driver, when that mode is not known, and for
 * everybody but root: it is kept in the run directory, until the next reboot.
 */
enum daxfs_mode daxfs_device_get_configured_mode(const struct daxfs_device *device);

/**
 * daxfs_device_get_journal() - whether a switch of it is under way or was interrupted (DETAIL)
 *
 * Returns "active" or "stale"; NULL when neither is known: only root may read the run directory.
 */
const char *daxfs_device_get_journal(const struct daxfs_device *device);

/** daxfs_device_get_memmap_on_memory() - its memmap_on_memory setting (DETAIL) */
bool daxfs_device_get_memmap_on_memory(const struct daxfs_device *device, bool *ret_value);

/** daxfs_device_get_held() - whether a file system holds it; only the DKMS module tells */
bool daxfs_device_get_held(const struct daxfs_device *device, bool *ret_value);

/** daxfs_device_get_data_offset() - bytes of the page map before the data, where fsdev_dax tells */
bool daxfs_device_get_data_offset(const struct daxfs_device *device, uint64_t *ret_bytes);

/**
 * daxfs_device_get_ranges() - its ranges, in the order of its mappings (MAPPINGS)
 * @device: a device
 * @ret_ranges: the array, which belongs to the device
 * @ret_n: how many; 0 for a device of size 0
 *
 * Returns false when they are not known: the section was not read, or the caller is not root.
 */
bool daxfs_device_get_ranges(const struct daxfs_device *device,
			     const struct daxfs_range **ret_ranges, size_t *ret_n);

/** daxfs_device_get_n_mappings() - how many mappings it has, known to everybody (MAPPINGS) */
size_t daxfs_device_get_n_mappings(const struct daxfs_device *device);

/** daxfs_device_get_namespace() - "namespace0.0" of a pmem device, else NULL (BACKING) */
const char *daxfs_device_get_namespace(const struct daxfs_device *device);

/** daxfs_device_get_uuid() - the uuid that `ndctl list` shows for it, else NULL (BACKING) */
const char *daxfs_device_get_uuid(const struct daxfs_device *device);

/** daxfs_device_get_namespace_uuid() - the uuid of the namespace itself, else NULL (BACKING) */
const char *daxfs_device_get_namespace_uuid(const struct daxfs_device *device);

/** daxfs_device_get_cxl_region() - "region0" of a CXL device, else NULL (BACKING) */
const char *daxfs_device_get_cxl_region(const struct daxfs_device *device);

/**
 * daxfs_device_get_cxl_memdevs() - the memory devices behind a CXL device (BACKING)
 *
 * Returns an array of names ended by NULL, or NULL when there are none or they are not known.
 */
const char *const *daxfs_device_get_cxl_memdevs(const struct daxfs_device *device);

/**
 * struct daxfs_pgmap - the page map of a static device
 * @start: physical address of its first byte; below the data
 * @end: physical address of its last byte
 * @data_offset: bytes from its start to the device's first byte
 */
struct daxfs_pgmap {
	uint64_t start;
	uint64_t end;
	uint64_t data_offset;
};

/** daxfs_device_get_pgmap() - the page map; false when it has none or when unknown (BACKING) */
bool daxfs_device_get_pgmap(const struct daxfs_device *device, struct daxfs_pgmap *ret_pgmap);

/**
 * struct daxfs_memory - the memory blocks of a device in system-ram mode
 * @block_size: bytes of one block
 * @total_blocks: whole blocks that fit in the ranges of the device
 * @online_blocks: how many of them are online
 * @n_movable: how many of those are in zone Movable
 * @lost_bytes: bytes of the device outside any whole block, which nobody can use
 * @present_blocks: how many of them the kernel has
 */
struct daxfs_memory {
	uint64_t block_size;
	uint64_t total_blocks;
	uint64_t online_blocks;
	uint64_t n_movable;
	uint64_t lost_bytes;
	uint64_t present_blocks;
};

/** daxfs_device_get_memory() - its memory blocks; false when not in system-ram, or unknown (MEMORY) */
bool daxfs_device_get_memory(const struct daxfs_device *device, struct daxfs_memory *ret_memory);

/**
 * daxfs_device_get_zones() - the zones that its online blocks are in (MEMORY)
 *
 * Returns names as "Movable", "Normal", separated by blanks; "" for none, NULL when unknown.
 */
const char *daxfs_device_get_zones(const struct daxfs_device *device);

/**
 * daxfs_device_get_users() - who uses it (USERS)
 * @device: a device
 * @ret_users: the array, which belongs to the device; by process
 * @ret_n: how many; 0 when nobody uses it
 *
 * Nobody can see pages that stay pinned after the file was closed and unmapped, nor a file system
 * that holds a device by the driver of the kernel's own tree and is not mounted from it.
 *
 * Returns false when they are not known: the section was not read, or not every process and mount
 * could be looked at, for which it takes root outside of containers.
 */
bool daxfs_device_get_users(const struct daxfs_device *device, const struct daxfs_user **ret_users,
			    size_t *ret_n);

/**
 * enum daxfs_poison_source - who knows that a place is poisoned
 * @DAXFS_POISON_RECORD: daxfs_spot_run() of this boot, by its record in the run directory
 * @DAXFS_POISON_BADBLOCKS: the nvdimm region behind a pmem device
 * @DAXFS_POISON_FSDEV: fsdev_dax of the DKMS package, which was told since it was bound
 * @DAXFS_POISON_CXL: the memory devices of a CXL region
 */
enum daxfs_poison_source {
	DAXFS_POISON_RECORD,
	DAXFS_POISON_BADBLOCKS,
	DAXFS_POISON_FSDEV,
	DAXFS_POISON_CXL,
};

/** daxfs_poison_source_to_string() - "record", "badblocks", "fsdev", "cxl"; NULL for none of these */
const char *daxfs_poison_source_to_string(enum daxfs_poison_source source);

/**
 * struct daxfs_poison - a place in a device that is known to be poisoned
 * @offset: in the device
 * @length: in bytes
 * @source: who knows; what two know is there twice
 */
struct daxfs_poison {
	uint64_t offset;
	uint64_t length;
	enum daxfs_poison_source source;
};

/**
 * daxfs_device_get_poison() - where it is known to be poisoned (POISON)
 * @device: a device
 * @ret_poison: the array, which belongs to the device; by offset
 * @ret_n: how many; 0 when nobody who was asked knows of any
 *
 * Returns false when it cannot be told: the section was not read, or the caller is not root.
 */
bool daxfs_device_get_poison(const struct daxfs_device *device,
			     const struct daxfs_poison **ret_poison, size_t *ret_n);

/**
 * daxfs_device_hides_poison() - whether a source could not be asked, so that there may be more (POISON)
 * @device: a device
 * @source: the source
 *
 * A source that has nothing to do with the device hides nothing.
 */
bool daxfs_device_hides_poison(const struct daxfs_device *device, enum daxfs_poison_source source);

/* ------------------------------------------------------------------------------------------- */
/* Regions                                                                                     */

/**
 * daxfs_region_new() - take a snapshot of the region of a device
 * @ctx: a context
 * @device_name: the name of any device of the region, as "dax0.0"
 * @ret_region: the snapshot, with one reference
 *
 * A region always has a device: a dynamic one keeps a seed.
 * Talks to: dax_region/ of the device's parent.
 *
 * Returns what daxfs_device_new() returns.
 */
int daxfs_region_new(struct daxfs_ctx *ctx, const char *device_name,
		     struct daxfs_region **ret_region);

/** daxfs_region_ref() - take one more reference; returns @region */
struct daxfs_region *daxfs_region_ref(struct daxfs_region *region);

/** daxfs_region_unref() - drop a reference; NULL is allowed; returns NULL */
struct daxfs_region *daxfs_region_unref(struct daxfs_region *region);

/** daxfs_region_get_id() - its number */
unsigned int daxfs_region_get_id(const struct daxfs_region *region);

/** daxfs_region_get_path() - its place below /sys/devices, with a leading slash; or NULL, as above */
const char *daxfs_region_get_path(const struct daxfs_region *region);

/** daxfs_region_get_kind() - what is behind it */
enum daxfs_kind daxfs_region_get_kind(const struct daxfs_region *region);

/** daxfs_region_get_size() - its size in bytes; false when unknown */
bool daxfs_region_get_size(const struct daxfs_region *region, uint64_t *ret_bytes);

/** daxfs_region_get_available_size() - bytes that no device has; false for a static region */
bool daxfs_region_get_available_size(const struct daxfs_region *region, uint64_t *ret_bytes);

/** daxfs_region_get_align() - what devices of it are aligned to at least; root only */
bool daxfs_region_get_align(const struct daxfs_region *region, uint64_t *ret_bytes);

/* ------------------------------------------------------------------------------------------- */
/* Requests, plans, switches                                                                   */

/**
 * enum daxfs_online - what to do with memory blocks on the way to system-ram
 * @DAXFS_ONLINE_MOVABLE: online them in zone Movable, so that they can go again
 * @DAXFS_ONLINE_KERNEL: online them where the kernel may put anything
 * @DAXFS_ONLINE_NONE: leave them offline
 */
enum daxfs_online {
	DAXFS_ONLINE_MOVABLE,
	DAXFS_ONLINE_KERNEL,
	DAXFS_ONLINE_NONE,
};

/**
 * enum daxfs_flag - what a request permits or insists on
 * @DAXFS_FLAG_FORCE: go on though the device is in use, offline online memory, and go from
 *	system-ram to famfs directly
 * @DAXFS_FLAG_REBIND: unbind and bind even when the device is in the mode already
 * @DAXFS_FLAG_SHRINK: make a device smaller that stays in its mode, or move it to other memory, which
 *	gives up the data at its end
 * @DAXFS_FLAG_ALLOW_CAPTURE: go on though another, unbound, device will be bound as well
 * @DAXFS_FLAG_ENABLE: bind what is bound to nothing: to the mode asked for, else to the one of
 *	daxfs_device_get_configured_mode(), else to devdax. A device that has a driver stays as it
 *	is, and is refused when another mode is asked for.
 * @DAXFS_FLAG_MEMORY: nothing but the memory blocks of a device that is in system-ram mode: they
 *	become what daxfs_request_set_online() says, offline with DAXFS_ONLINE_NONE. Blocks that are
 *	online stay so in their zone. A device in another mode is refused. When not all blocks take
 *	the new state, all get their old one back.
 * @DAXFS_FLAG_DESTROY: unbind the device, give its memory back to the region and delete it; with what
 *	is in it. A device that is enabled needs DAXFS_FLAG_FORCE as well; a static one is refused.
 *	Device 0 of a region stays, empty, for the kernel keeps it. Mode, size and align of the
 *	request do not count. Of a device that is gone, daxfs_outcome_get_after() is NULL.
 * @DAXFS_FLAG_DISCARD_POISON: go on to system-ram though poison is on record; when the switch is
 *	through, the record of what was injected into the device is dropped, whatever the mode
 * @DAXFS_FLAG_EMPTY: a size of 0 is meant, for a device that is and stays bound to nothing: it gives its
 *	memory back, and is not deleted
 * @DAXFS_FLAG_ANOTHER: daxfs_create() leaves device 0 of the region alone, though it is empty
 */
enum daxfs_flag {
	DAXFS_FLAG_FORCE = 1 << 0,
	DAXFS_FLAG_REBIND = 1 << 1,
	DAXFS_FLAG_SHRINK = 1 << 2,
	DAXFS_FLAG_ALLOW_CAPTURE = 1 << 3,
	DAXFS_FLAG_ENABLE = 1 << 4,
	DAXFS_FLAG_MEMORY = 1 << 5,
	DAXFS_FLAG_DESTROY = 1 << 6,
	DAXFS_FLAG_DISCARD_POISON = 1 << 7,
	DAXFS_FLAG_EMPTY = 1 << 8,
	DAXFS_FLAG_ANOTHER = 1 << 9,
};

/**
 * daxfs_request_new() - an empty request: what one or many devices are to become
 * @ret_request: the request, which the caller frees by daxfs_request_free()
 *
 * Returns 0 or -ENOMEM.
 */
int daxfs_request_new(struct daxfs_request **ret_request);

/** daxfs_request_free() - free a request; NULL is allowed; returns NULL */
struct daxfs_request *daxfs_request_free(struct daxfs_request *request);

/**
 * daxfs_request_set_mode() - ask for a mode; never set, the device keeps the one it has
 * @request: a request
 * @mode: the mode. DAXFS_MODE_NONE: unbind the device and leave it without a driver; its mode is
 *	remembered, see daxfs_device_get_configured_mode()
 */
void daxfs_request_set_mode(struct daxfs_request *request, enum daxfs_mode mode);

/** daxfs_request_set_size() - ask for a size in bytes; never set, the device keeps its own */
void daxfs_request_set_size(struct daxfs_request *request, uint64_t size_bytes);

/** daxfs_request_set_align() - ask for an alignment in bytes; never set, it keeps its own */
void daxfs_request_set_align(struct daxfs_request *request, uint64_t align_bytes);

/**
 * daxfs_request_set_ranges() - ask for memory by address; never set, the kernel chooses it
 * @request: a request
 * @ranges: the ranges in the order of the device; copied. page_offset does not count
 * @n: how many, at least one
 *
 * Sets the size, too, to the sum of the lengths. What the device has at its front and in its place
 * already stays; of the rest, what is in it is given up, which for a device that stays in its mode
 * takes DAXFS_FLAG_SHRINK.
 *
 * Returns 0; -EINVAL for no range and for one that ends before it starts; -ERANGE when the sum does
 * not fit; -ENOMEM. On failure the request is as before.
 */
int daxfs_request_set_ranges(struct daxfs_request *request, const struct daxfs_range *ranges,
			     size_t n);

/** daxfs_request_set_online() - what to do with memory blocks; DAXFS_ONLINE_MOVABLE if never set */
void daxfs_request_set_online(struct daxfs_request *request, enum daxfs_online online);

/**
 * daxfs_request_set_offline_timeout() - how long to try again to set memory blocks offline
 * @request: a request
 * @timeout_ms: milliseconds; 0 if never set: each block is tried once. What is allocated in a block
 *	may be so for a moment only. A signal that would end the process ends the trying.
 */
void daxfs_request_set_offline_timeout(struct daxfs_request *request, unsigned int timeout_ms);

/** daxfs_request_set_flags() - what is permitted, of enum daxfs_flag; replaces what was set */
void daxfs_request_set_flags(struct daxfs_request *request, unsigned int flags);

/** daxfs_request_set_lock_timeout() - how long to wait for another switch; 10,000 ms if never set */
void daxfs_request_set_lock_timeout(struct daxfs_request *request, unsigned int timeout_ms);

/**
 * daxfs_plan_new() - decide how a device becomes what a request asks, and write nothing
 * @ctx: a context
 * @device_name: the device, as "dax0.0"
 * @request: what is asked; not kept
 * @ret_plan: the steps; to be freed by daxfs_plan_free()
 *
 * A plan without steps says that the device is what is asked already.
 * Talks to: all of bus/dax, devices/system/memory, the module index where a module is missing, and
 * where the device would get a driver, all processes in /proc.
 *
 * Returns 0; a negative errno with its reason in daxfs_ctx_get_error(): each refusal of
 * daxfsctl-reconfigure-device(1) with its class, id and override.
 */
int daxfs_plan_new(struct daxfs_ctx *ctx, const char *device_name,
		   const struct daxfs_request *request, struct daxfs_plan **ret_plan);

/**
 * daxfs_plan_new_device() - decide how a new device becomes what a request asks, and write nothing
 * @ctx: a context
 * @region: the number of its region
 * @request: what is asked, as for daxfs_create(); not kept
 * @ret_plan: the steps after the making; daxfs_plan_get_device() is the device as it would be, empty
 *
 * Returns what daxfs_plan_new() returns.
 */
int daxfs_plan_new_device(struct daxfs_ctx *ctx, unsigned int region,
			  const struct daxfs_request *request, struct daxfs_plan **ret_plan);

/** daxfs_plan_free() - free a plan; NULL is allowed; returns NULL */
struct daxfs_plan *daxfs_plan_free(struct daxfs_plan *plan);

/** daxfs_plan_get_n_steps() - how many steps; 0 when there is nothing to do */
size_t daxfs_plan_get_n_steps(const struct daxfs_plan *plan);

/**
 * struct daxfs_step - one step of a plan
 * @name: "load-module", "new-id", "unbind", "size", "mapping", "align", "bind", "remove-id", ...
 * @path: the file written, as an absolute path; NULL for load-module
 * @value: what is written to it, or the module's name
 */
struct daxfs_step {
	const char *name;
	const char *path;
	const char *value;
};

/** daxfs_plan_get_step() - step @index of a plan; false past the last one */
bool daxfs_plan_get_step(const struct daxfs_plan *plan, size_t index, struct daxfs_step *ret_step);

/** daxfs_plan_get_device() - the snapshot that the plan was made from, with its mappings */
struct daxfs_device *daxfs_plan_get_device(const struct daxfs_plan *plan);

/** daxfs_plan_get_mode() - the mode after it; DAXFS_MODE_NONE: bound to nothing */
enum daxfs_mode daxfs_plan_get_mode(const struct daxfs_plan *plan);

/** daxfs_plan_get_size() - the size in bytes after it */
uint64_t daxfs_plan_get_size(const struct daxfs_plan *plan);

/** daxfs_plan_get_align() - the alignment in bytes after it */
uint64_t daxfs_plan_get_align(const struct daxfs_plan *plan);

/** daxfs_plan_get_n_notes() - how many things the user should know though they stop nothing */
size_t daxfs_plan_get_n_notes(const struct daxfs_plan *plan);

/** daxfs_plan_get_note() - note @index, one line of text; NULL past the last one */
const char *daxfs_plan_get_note(const struct daxfs_plan *plan, size_t index);

/**
 * enum daxfs_result - how a switch ended
 * @DAXFS_RESULT_CHANGED: the device is what was asked
 * @DAXFS_RESULT_UNCHANGED: it was so before; nothing was written
 * @DAXFS_RESULT_REFUSED: nothing was written
 * @DAXFS_RESULT_ROLLED_BACK: a step failed; old mode and ranges are back and were looked at
 * @DAXFS_RESULT_FAILED: a step failed, and the device is not in its old state
 */
enum daxfs_result {
	DAXFS_RESULT_CHANGED,
	DAXFS_RESULT_UNCHANGED,
	DAXFS_RESULT_REFUSED,
	DAXFS_RESULT_ROLLED_BACK,
	DAXFS_RESULT_FAILED,
};

/** daxfs_result_to_string() - "changed", "unchanged", "refused", "rolled-back", "failed" */
const char *daxfs_result_to_string(enum daxfs_result result);

/**
 * daxfs_switch() - make a device what a request asks, as one transaction
 * @ctx: a context
 * @device_name: the device, as "dax0.0"
 * @request: what is asked; not kept
 * @ret_outcome: how it ended; to be freed by daxfs_outcome_free(). Written whenever memory
 *	allows, on failure too.
 *
 * Takes the lock of the bus when there is something to do, plans again under it, loads the module,
 * switches, and looks at the result. Signals are blocked for the calling thread while the device
 * is bound to nothing. On failure the old mode and ranges are put back.
 * Talks to: bus/dax/drivers/DRIVER/{new_id,remove_id,bind,unbind}, bus/dax/drivers_autoprobe,
 * size, align, mapping and state of the device, devices/system/memory/memoryN/state.
 *
 * Returns 0 when the device is what was asked, else a negative errno; the errors are in the outcome.
 */
int daxfs_switch(struct daxfs_ctx *ctx, const char *device_name,
		 const struct daxfs_request *request, struct daxfs_outcome **ret_outcome);

/**
 * daxfs_create() - make a new device of the memory of a region, as one transaction
 * @ctx: a context
 * @region: the number of the region
 * @request: size, all that is available if never set; align, the region's if never set; mode,
 *	devdax if never set; not kept
 * @ret_outcome: how it ended; written whenever a device was there to be switched, else the error is in
 *	daxfs_ctx_get_error()
 *
 * An empty device that the region has is taken, else one is made; on failure that one goes again.
 * Talks to: what daxfs_switch() talks to, and dax_region/create and delete.
 *
 * Returns 0 or a negative errno.
 */
int daxfs_create(struct daxfs_ctx *ctx, unsigned int region, const struct daxfs_request *request,
		 struct daxfs_outcome **ret_outcome);

/**
 * daxfs_switch_many() - make devices what a request asks, as one transaction each
 * @ctx: a context
 * @device_names: the devices, each at most once
 * @n: how many
 * @request: what is asked of each; not kept
 * @ret_outcomes: room for @n outcomes in the order of @device_names, each to be freed by
 *	daxfs_outcome_free(); written unless -ENOMEM is returned
 *
 * As daxfs_switch(), with the lock taken once and the waits for the kernel at the same time. A
 * device that fails does not stop the others.
 *
 * Returns 0 when all devices are what was asked, else the negative errno of the first that is not.
 */
int daxfs_switch_many(struct daxfs_ctx *ctx, const char *const *device_names, size_t n,
		      const struct daxfs_request *request, struct daxfs_outcome **ret_outcomes);

/**
 * daxfs_early_register() - have a device come up in a mode, before it is there
 * @ctx: a context
 * @device_name: the name that it will have, as "dax0.0"
 * @mode: DAXFS_MODE_FAMFS or DAXFS_MODE_DEVDAX
 *
 * Loads the driver's module and gives the driver the name of the device. Of several drivers that
 * match a device when it appears, the kernel takes the one that registered first: another one must
 * not be there before. That the device was registered is on file for this boot; the driver keeps
 * the name until a switch of the device. A device that is there in that mode is left as it is.
 * Talks to: bus/dax/drivers/DRIVER/new_id, /proc/modules.
 *
 * Returns 0; a negative errno with its reason in daxfs_ctx_get_error(): id "driver-first" when another
 * driver is there before, "too-late" when the device is there in another mode.
 */
int daxfs_early_register(struct daxfs_ctx *ctx, const char *device_name, enum daxfs_mode mode);

/**
 * daxfs_early_get_mode() - what a device was registered for in this boot
 * @ctx: a context
 * @device_name: the device, as "dax0.0"
 *
 * Returns the mode; DAXFS_MODE_NONE when it was not, and for everybody but root.
 */
enum daxfs_mode daxfs_early_get_mode(struct daxfs_ctx *ctx, const char *device_name);

/**
 * daxfs_early_forget() - take back what daxfs_early_register() did for a device
 * @ctx: a context
 * @device_name: the device, as "dax0.0"; it may be there, and stays bound to what it is bound to
 *
 * Talks to: bus/dax/drivers/DRIVER/remove_id.
 *
 * Returns 0, also when it was not registered; what writing or removing the file answered.
 */
int daxfs_early_forget(struct daxfs_ctx *ctx, const char *device_name);

/**
 * daxfs_switch_begin() - make a device what a request asks, for as long as this process needs it
 * @ctx: a context; the handle keeps a reference
 * @device_name: the device, as "dax0.0"
 * @request: what is asked; not kept. Its flags and lock timeout hold for the way back as well.
 * @ret_handle: the handle, to be freed by daxfs_switch_free(). Written whenever memory allows, on
 *	failure too: daxfs_switch_get_outcome() tells why, and there is nothing to go back from.
 *
 * As daxfs_switch(), but what the way back needs stays on file, marked as held by this process:
 * until it commits or goes back, others are refused (class BUSY, id "pending"). When the process
 * ends without a word, killed or not, daxfs_recover() and the next daxfs_switch() of the device
 * bring back what it was before, although it had reached what was asked. A child of fork() holds
 * nothing. The lock of the bus is free in between: other devices can be switched.
 *
 * Refused besides what daxfs_switch() refuses: DAXFS_FLAG_DESTROY; and where the driver of before
 * would, on the way back, bind another device too. A device that is as asked already is not held: nothing is to be undone.
 * Talks to: what daxfs_switch() talks to.
 *
 * Returns what daxfs_switch() returns.
 */
int daxfs_switch_begin(struct daxfs_ctx *ctx, const char *device_name,
		       const struct daxfs_request *request, struct daxfs_switch **ret_handle);

/** daxfs_switch_get_outcome() - how begin ended, as daxfs_switch() tells it; the handle's own */
const struct daxfs_outcome *daxfs_switch_get_outcome(const struct daxfs_switch *handle);

/**
 * daxfs_switch_commit() - the device is to stay as it is
 * @handle: a handle
 *
 * Takes no lock. Nothing is undone after it; on a handle that holds nothing, it does nothing.
 *
 * Returns 0; -ESTALE when what begin kept on file is not there any more; -EPERM in a child; what
 * removing the file answered.
 */
int daxfs_switch_commit(struct daxfs_switch *handle);

/**
 * daxfs_switch_rollback() - bring the device back to what it was before begin
 * @handle: a handle
 * @ret_outcome: how it ended; DAXFS_RESULT_ROLLED_BACK, DAXFS_RESULT_UNCHANGED when nothing was
 *	held, DAXFS_RESULT_REFUSED or DAXFS_RESULT_FAILED. To be freed by daxfs_outcome_free();
 *	written whenever memory allows. NULL when not wanted: then the error is in
 *	daxfs_ctx_get_error().
 *
 * Takes the lock of the bus. Mode, size, align, ranges and memory blocks come back from whatever
 * the device is by then. A device that anybody uses, this process included, is left alone (class
 * BUSY) unless the request had DAXFS_FLAG_FORCE: unmap and close it, then call again, or leave it to
 * daxfs_recover() after daxfs_switch_free().
 * Talks to: what daxfs_switch() talks to.
 *
 * Returns 0; -ESTALE when what begin kept on file is not there any more; -EPERM in a child; a
 * negative errno with its reason in the outcome.
 */
int daxfs_switch_rollback(struct daxfs_switch *handle, struct daxfs_outcome **ret_outcome);

/**
 * daxfs_switch_free() - free a handle; NULL is allowed; returns NULL
 * @handle: a handle
 *
 * One that neither was committed nor went back goes back now. A device for which that fails, or
 * daxfs_switch_rollback() did, is what daxfs_list_interrupted() lists, for daxfs_recover().
 */
struct daxfs_switch *daxfs_switch_free(struct daxfs_switch *handle);

/**
 * daxfs_list_interrupted() - the devices that a killed or failed switch left a journal of
 * @ctx: a context
 * @ret_names: an array of names, ended by NULL, to be given to daxfs_free_names()
 * @ret_n: how many, NULL when not wanted
 *
 * Only root may read the run directory.
 *
 * Returns 0; -ENOMEM; what reading the run directory answered.
 */
int daxfs_list_interrupted(struct daxfs_ctx *ctx, char ***ret_names, size_t *ret_n);

/**
 * daxfs_recover() - bring a device that an interrupted switch left into its old or its new mode
 * @ctx: a context
 * @device_name: the device, as "dax0.0"
 * @dry_run: decide and tell, write nothing
 * @lock_timeout_ms: how long to wait for another switch
 * @ret_outcome: DAXFS_RESULT_CHANGED when the new mode was reached and the rest was done,
 *	DAXFS_RESULT_ROLLED_BACK when the old one is back, DAXFS_RESULT_UNCHANGED when there was
 *	nothing to do; DAXFS_RESULT_REFUSED or DAXFS_RESULT_FAILED. To be freed by
 *	daxfs_outcome_free(); written whenever memory allows.
 *
 * daxfs_switch() does this first for its own device. Doing it twice does no harm.
 * Talks to: what daxfs_switch() talks to.
 *
 * Returns 0; a negative errno with its reason in the outcome: class BUSY while the switch is still
 * under way, NOT_RESTORED when it could not be undone, REBOOT when nothing else helps.
 */
int daxfs_recover(struct daxfs_ctx *ctx, const char *device_name, bool dry_run,
		  unsigned int lock_timeout_ms, struct daxfs_outcome **ret_outcome);

/** daxfs_outcome_get_settled() - what was done about an interrupted switch, in words, or NULL */
const char *daxfs_outcome_get_settled(const struct daxfs_outcome *outcome);

/** daxfs_outcome_free() - free an outcome; NULL is allowed; returns NULL */
struct daxfs_outcome *daxfs_outcome_free(struct daxfs_outcome *outcome);

/** daxfs_outcome_get_result() - how the switch ended */
enum daxfs_result daxfs_outcome_get_result(const struct daxfs_outcome *outcome);

/** daxfs_outcome_get_device() - the name of the device; the outcome's own */
const char *daxfs_outcome_get_device(const struct daxfs_outcome *outcome);

/** daxfs_outcome_get_plan() - the plan that was followed; NULL when it was refused */
const struct daxfs_plan *daxfs_outcome_get_plan(const struct daxfs_outcome *outcome);

/** daxfs_outcome_get_before() - the device before; NULL when it could not be read */
struct daxfs_device *daxfs_outcome_get_before(const struct daxfs_outcome *outcome);

/** daxfs_outcome_get_after() - the device after; NULL when it could not be read */
struct daxfs_device *daxfs_outcome_get_after(const struct daxfs_outcome *outcome);

/** daxfs_outcome_get_elapsed_ms() - milliseconds from the lock to the last look */
uint64_t daxfs_outcome_get_elapsed_ms(const struct daxfs_outcome *outcome);

/**
 * daxfs_outcome_is_pending() - whether the kernel has not answered to an unbind yet
 * @outcome: an outcome
 *
 * Then a child process is left behind that waits for the answer. The device is lost to everybody
 * until then; daxfs_recover() brings it back afterwards.
 */
bool daxfs_outcome_is_pending(const struct daxfs_outcome *outcome);

/** daxfs_outcome_get_n_errors() - how many errors; the first is the cause, others the undoing's */
size_t daxfs_outcome_get_n_errors(const struct daxfs_outcome *outcome);

/** daxfs_outcome_get_error() - error @index; NULL past the last one */
const struct daxfs_error *daxfs_outcome_get_error(const struct daxfs_outcome *outcome,
						  size_t index);

/** daxfs_outcome_get_class() - the class that decides the exit status, DAXFS_CLASS_OK on success */
enum daxfs_class daxfs_outcome_get_class(const struct daxfs_outcome *outcome);

/* ------------------------------------------------------------------------------------------- */
/* Checks                                                                                      */

/**
 * enum daxfs_severity - how bad a finding is
 * @DAXFS_SEVERITY_WARNING: something to know; it stops nothing
 * @DAXFS_SEVERITY_ERROR: a switch is refused for it
 */
enum daxfs_severity {
	DAXFS_SEVERITY_WARNING,
	DAXFS_SEVERITY_ERROR,
};

/** daxfs_severity_to_string() - "error", "warning"; NULL for a value that is none */
const char *daxfs_severity_to_string(enum daxfs_severity severity);

/**
 * struct daxfs_value - one of the values that a check compared
 * @name: what it is, as "size"
 * @text: the value where it is a text, else NULL
 * @number: the value where it is a number
 */
struct daxfs_value {
	const char *name;
	const char *text;
	uint64_t number;
};

/**
 * daxfs_check_new() - look whether a device is sound, and whether it can become what a request asks
 * @ctx: a context
 * @device_name: the device, as "dax0.0"
 * @request: as for daxfs_switch(); an empty one asks about the device as it is; not kept
 * @ret_check: what was found; to be freed by daxfs_check_free()
 *
 * Reads only. Each finding of severity error is a refusal that daxfs_switch() would make, but for
 * what only other devices of the region show. What cannot be read is told by
 * daxfs_check_get_unchecked(), and the rest is checked all the same.
 * Talks to: what daxfs_plan_new() talks to; the other devices of the region; /proc/iomem,
 * /proc/meminfo, /dev/kmsg; the rules of udev; the attributes of the nd device and namespace, or of
 * the CXL region, behind the device; the file of the module.
 *
 * Returns 0, with findings or without; -ENODEV when there is no such device; -ENOMEM; what reading
 * the device itself answered.
 */
int daxfs_check_new(struct daxfs_ctx *ctx, const char *device_name,
		    const struct daxfs_request *request, struct daxfs_check **ret_check);

/**
 * struct daxfs_machine - what DAX devices depend on besides themselves; a text is NULL when unknown
 * @kernel: as uname -r
 * @arch: as uname -m
 * @lockdown: "none", "integrity" or "confidentiality"
 * @knows_secure_boot: whether the next is known
 * @secure_boot: whether the firmware started signed programs only
 * @online_policy: what becomes of new memory blocks: "offline", "online", "online_kernel",
 *	"online_movable"
 * @driver_origin: whose fsdev_dax is loaded, or would be: "in-tree", "dkms"; NULL for none as well
 * @driver_path: the file that would be loaded
 * @driver_version: the version that it tells; only that of the DKMS package tells one
 * @driver_signer: who signed it
 * @driver_is_loaded: whether it is loaded
 */
struct daxfs_machine {
	const char *kernel;
	const char *arch;
	const char *lockdown;
	bool knows_secure_boot;
	bool secure_boot;
	const char *online_policy;
	const char *driver_origin;
	const char *driver_path;
	const char *driver_version;
	const char *driver_signer;
	bool driver_is_loaded;
};

/**
 * struct daxfs_fix - a defect of the kernel's code for DAX devices, and whether it is fixed
 * @id: a stable word: "pins", "holder-order", ...
 * @where: the file of the kernel
 * @what: what is so where it is fixed
 * @is_known: whether the next is known
 * @has_it: whether it is fixed
 * @evidence: how that is known, NULL when it is not
 */
struct daxfs_fix {
	const char *id;
	const char *where;
	const char *what;
	bool is_known;
	bool has_it;
	const char *evidence;
};

/**
 * daxfs_check_new_machine() - look at the machine, in place of a device
 * @ctx: a context
 * @ret_check: what was found; to be freed by daxfs_check_free()
 *
 * Reads only: the kernel, which of its defects are fixed, fsdev_dax, policies, other programs for DAX
 * devices, and what is left of switches.
 * Talks to: module/, kernel/security/lockdown, firmware/efi, devices/system/memory,
 * bus/dax/devices; /proc/sys/kernel, /proc/kallsyms, /dev/kmsg; the module index and the file of the
 * module; rules of udev; the file of libdaxctl.
 *
 * Returns 0, with findings or without; -ENOMEM; what opening /sys answered.
 */
int daxfs_check_new_machine(struct daxfs_ctx *ctx, struct daxfs_check **ret_check);

/** daxfs_check_get_machine() - what it is; false of a check of a device. Texts belong to the check */
bool daxfs_check_get_machine(const struct daxfs_check *check, struct daxfs_machine *ret_machine);

/** daxfs_check_get_fix() - fix @index that matters on the machine; false past the last one */
bool daxfs_check_get_fix(const struct daxfs_check *check, size_t index, struct daxfs_fix *ret_fix);

/** daxfs_check_free() - free a check with its findings; NULL is allowed; returns NULL */
struct daxfs_check *daxfs_check_free(struct daxfs_check *check);

/** daxfs_check_get_device() - the snapshot that was checked, with its mappings; NULL: the machine */
struct daxfs_device *daxfs_check_get_device(const struct daxfs_check *check);

/** daxfs_check_get_mode() - the mode it was checked for; DAXFS_MODE_NONE: for none */
enum daxfs_mode daxfs_check_get_mode(const struct daxfs_check *check);

/** daxfs_check_has_errors() - whether a finding is of severity error */
bool daxfs_check_has_errors(const struct daxfs_check *check);

/** daxfs_check_get_n_findings() - how many findings; 0 when all is well, as far as can be seen */
size_t daxfs_check_get_n_findings(const struct daxfs_check *check);

/** daxfs_check_get_finding() - finding @index, which belongs to the check; NULL past the last one */
const struct daxfs_finding *daxfs_check_get_finding(const struct daxfs_check *check, size_t index);

/**
 * daxfs_check_get_unchecked() - what could not be looked at
 * @check: a check
 * @index: from 0 on
 * @ret_what: what, as "ranges"
 * @ret_why: why, as "only root may read them"
 *
 * Returns false past the last one.
 */
bool daxfs_check_get_unchecked(const struct daxfs_check *check, size_t index, const char **ret_what,
			       const char **ret_why);

/** daxfs_finding_get_severity() - how bad it is */
enum daxfs_severity daxfs_finding_get_severity(const struct daxfs_finding *finding);

/** daxfs_finding_get_id() - a stable word for scripts: "range-overlap", ... */
const char *daxfs_finding_get_id(const struct daxfs_finding *finding);

/** daxfs_finding_get_device() - the device concerned, NULL when it is the machine */
const char *daxfs_finding_get_device(const struct daxfs_finding *finding);

/** daxfs_finding_get_message() - what was compared, and with what result; one line */
const char *daxfs_finding_get_message(const struct daxfs_finding *finding);

/** daxfs_finding_get_effect() - what follows from it; one line */
const char *daxfs_finding_get_effect(const struct daxfs_finding *finding);

/** daxfs_finding_get_remedy() - what to do about it, or NULL */
const char *daxfs_finding_get_remedy(const struct daxfs_finding *finding);

/** daxfs_finding_get_override() - the option of daxfsctl that permits a switch all the same, or NULL */
const char *daxfs_finding_get_override(const struct daxfs_finding *finding);

/**
 * daxfs_finding_get_values() - the values that were compared
 * @finding: a finding
 * @ret_values: the array, which belongs to the finding; names are there once
 *
 * Returns how many.
 */
size_t daxfs_finding_get_values(const struct daxfs_finding *finding,
				const struct daxfs_value **ret_values);

/* ------------------------------------------------------------------------------------------- */
/* Poison                                                                                      */

/**
 * enum daxfs_poison_method - how memory is poisoned
 * @DAXFS_POISON_AUTO: by what fits the device: hwpoison where the kernel has its pages, else what its
 *	memory can do
 * @DAXFS_POISON_HWPOISON: the kernel handles the page as if it had failed, by hwpoison-inject
 * @DAXFS_POISON_OFFLINE: the same by hard_offline_page, without debugfs
 * @DAXFS_POISON_BY_PMEM: persistent memory poisons blocks of 512 bytes of itself, by its nvdimm bus
 * @DAXFS_POISON_BY_CXL: CXL memory poisons 64 bytes of itself, and has them on its own list
 */
enum daxfs_poison_method {
	DAXFS_POISON_AUTO,
	DAXFS_POISON_HWPOISON,
	DAXFS_POISON_OFFLINE,
	DAXFS_POISON_BY_PMEM,
	DAXFS_POISON_BY_CXL,
};

/** daxfs_poison_method_to_string() - "auto", "hwpoison", "offline", "pmem", "cxl"; or NULL */
const char *daxfs_poison_method_to_string(enum daxfs_poison_method method);

/**
 * daxfs_poison_method_from_string() - the method of a name
 * @name: as daxfs_poison_method_to_string() has it
 * @ret_method: the method
 *
 * Returns 0 or -EINVAL.
 */
int daxfs_poison_method_from_string(const char *name, enum daxfs_poison_method *ret_method);

/**
 * enum daxfs_place - how a place in a device is said
 * @DAXFS_PLACE_OFFSET: by its offset in the device, in bytes
 * @DAXFS_PLACE_ADDRESS: by its physical address
 * @DAXFS_PLACE_PFN: by its page frame number: the physical address in pages
 */
enum daxfs_place {
	DAXFS_PLACE_OFFSET,
	DAXFS_PLACE_ADDRESS,
	DAXFS_PLACE_PFN,
};

/**
 * daxfs_poison_request_new() - a request to poison or clear the first unit of a device
 * @ret_request: the request, which the caller frees by daxfs_poison_request_free()
 *
 * Returns 0 or -ENOMEM.
 */
int daxfs_poison_request_new(struct daxfs_poison_request **ret_request);

/** daxfs_poison_request_free() - free a request; NULL is allowed; returns NULL */
struct daxfs_poison_request *daxfs_poison_request_free(struct daxfs_poison_request *request);

/**
 * daxfs_poison_request_set_place() - which place; offset 0 if never set
 * @request: a request
 * @place: what @value is
 * @value: the place
 * @length_bytes: how much from there on; 0 for one unit of the method
 */
void daxfs_poison_request_set_place(struct daxfs_poison_request *request, enum daxfs_place place,
				    uint64_t value, uint64_t length_bytes);

/** daxfs_poison_request_set_method() - by which method; DAXFS_POISON_AUTO if never set */
void daxfs_poison_request_set_method(struct daxfs_poison_request *request,
				     enum daxfs_poison_method method);

/** daxfs_poison_request_set_exact() - refuse what is no whole unit, in place of taking all of it */
void daxfs_poison_request_set_exact(struct daxfs_poison_request *request, bool exact);

/** daxfs_poison_request_set_force() - also where the device is in use, or is system-ram */
void daxfs_poison_request_set_force(struct daxfs_poison_request *request, bool force);

/** daxfs_poison_request_set_lock_timeout() - how long to wait for a switch; 10,000 ms if never set */
void daxfs_poison_request_set_lock_timeout(struct daxfs_poison_request *request,
					   unsigned int timeout_ms);

/**
 * struct daxfs_target - a piece of a device that lies in one piece of memory
 * @offset: in the device
 * @length: in bytes
 * @mapping: which range of the device it is in
 * @address: physical address of its first byte
 * @pfn: the same in pages
 * @has_namespace_offset: whether the next is known: of pmem
 * @namespace_offset: bytes from the start of the namespace, which has a bad block for each 512
 * @memdev: of CXL memory, the memory device that its first byte is on, as "mem0"; NULL when it is not
 *	known, and for other memory. Belongs to the spot
 * @dpa: the address of that byte on @memdev
 */
struct daxfs_target {
	uint64_t offset;
	uint64_t length;
	size_t mapping;
	uint64_t address;
	uint64_t pfn;
	bool has_namespace_offset;
	uint64_t namespace_offset;
	const char *memdev;
	uint64_t dpa;
};

/**
 * struct daxfs_failures - memory failures that the kernel has counted, of all nodes together
 * @has_nodes: whether it counts them by node, so that those from @total to @delayed are known
 * @total: all of them
 * @recovered: the page is out of use, and who used it was told
 * @failed: nobody could make up for it
 * @ignored: nothing was done
 * @delayed: something is to be done later
 * @has_corrupted: whether the next is known
 * @corrupted_bytes: HardwareCorrupted of /proc/meminfo
 */
struct daxfs_failures {
	bool has_nodes;
	uint64_t total;
	uint64_t recovered;
	uint64_t failed;
	uint64_t ignored;
	uint64_t delayed;
	bool has_corrupted;
	uint64_t corrupted_bytes;
};

/**
 * daxfs_spot_new() - find a place in a device, and see whether it can be poisoned or cleared
 * @ctx: a context
 * @device_name: the device, as "dax0.0"
 * @request: which place, and how; not kept
 * @clears: it is to be cleared, not poisoned
 * @ret_spot: the place; to be freed by daxfs_spot_free()
 *
 * Reads only. Refused: a place that the device does not have (class INVALID); a device in use or in
 * mode system-ram without force (BUSY); a method that does not fit (UNSUPPORTED); a device whose
 * ranges contradict each other, as daxfs_check_new() finds it.
 * Talks to: what daxfs_check_new() talks to; kernel/debug/hwpoison and cxl, kernel/security/lockdown,
 * bus/cxl/devices, the module index.
 *
 * Returns 0; a negative errno with its reason in daxfs_ctx_get_error().
 */
int daxfs_spot_new(struct daxfs_ctx *ctx, const char *device_name,
		   const struct daxfs_poison_request *request, bool clears,
		   struct daxfs_spot **ret_spot);

/** daxfs_spot_free() - free a place; NULL is allowed; returns NULL */
struct daxfs_spot *daxfs_spot_free(struct daxfs_spot *spot);

/**
 * daxfs_spot_run() - poison or clear a place
 * @ctx: the context it was found by
 * @spot: a place
 *
 * Under the lock of the bus, and only if the device is what it was when the place was found. What the
 * kernel alone would know, and forget, is put on record first.
 * Talks to: kernel/debug/hwpoison/corrupt-pfn and unpoison-pfn, inject_poison and clear_poison in
 * kernel/debug/cxl/regionN or memN, devices/system/memory/hard_offline_page;
 * devices/system/node/nodeN/memory_failure.
 *
 * Returns 0 when all of it was poisoned, whatever became of it, or cleared; a negative errno with its
 * reason in daxfs_ctx_get_error(): daxfs_spot_get_n_done() tells how far it came.
 */
int daxfs_spot_run(struct daxfs_ctx *ctx, struct daxfs_spot *spot);

/** daxfs_spot_get_device() - the snapshot that the place was found in, with its mappings */
struct daxfs_device *daxfs_spot_get_device(const struct daxfs_spot *spot);

/** daxfs_spot_get_method() - the method that was chosen; never DAXFS_POISON_AUTO */
enum daxfs_poison_method daxfs_spot_get_method(const struct daxfs_spot *spot);

/**
 * daxfs_spot_get_targets() - what lies there
 * @spot: a place
 * @ret_targets: the array, which belongs to the spot; by offset
 *
 * Returns how many.
 */
size_t daxfs_spot_get_targets(const struct daxfs_spot *spot,
			      const struct daxfs_target **ret_targets);

/** daxfs_spot_get_note() - note @index, one line of text; NULL past the last one */
const char *daxfs_spot_get_note(const struct daxfs_spot *spot, size_t index);

/** daxfs_spot_get_n_done() - how many units were poisoned or cleared so far */
uint64_t daxfs_spot_get_n_done(const struct daxfs_spot *spot);

/** daxfs_spot_get_recovered() - whether all who use these pages could go on; false: not known */
bool daxfs_spot_get_recovered(const struct daxfs_spot *spot, bool *ret_recovered);

/** daxfs_spot_get_failures() - the kernel's counters before and after; false: not read */
bool daxfs_spot_get_failures(const struct daxfs_spot *spot, struct daxfs_failures *ret_before,
			     struct daxfs_failures *ret_after);

/* ------------------------------------------------------------------------------------------- */
/* Bug reports                                                                                 */

/**
 * daxfs_dump() - write an archive of all that says how devices are and came to be so
 * @ctx: a context, also of a recorded tree
 * @fd: a file, pipe or socket, written to from where it stands
 *
 * A tar, laid out as the machine: unpacked, it is what daxfs_ctx_set_sysroot() reads. What is in it
 * stands in daxfsctl-dump(1). What cannot be read is listed in it, and no error.
 * Talks to: bus/dax, bus/nd, bus/cxl and the directories of their devices; devices/system/memory and
 * node; module; kernel/security/lockdown, firmware/efi; files of /proc and /etc; the run directory;
 * /dev/kmsg.
 *
 * Returns 0; a negative errno when not all of it could be written.
 */
int daxfs_dump(struct daxfs_ctx *ctx, int fd);

/* ------------------------------------------------------------------------------------------- */
/* Events                                                                                      */

/**
 * enum daxfs_event_type - what happened
 * @DAXFS_EVENT_ADD: there is a new device
 * @DAXFS_EVENT_REMOVE: a device is gone
 * @DAXFS_EVENT_BIND: a driver took it
 * @DAXFS_EVENT_UNBIND: it lost its driver
 * @DAXFS_EVENT_MODE: with the bind before this, it has another mode than it had with its last driver
 * @DAXFS_EVENT_FAILURE: a memory failure, as the driver of the DKMS package tells of it
 * @DAXFS_EVENT_JOURNAL: the journal of a switch is there, is nobody's work any more, or is gone
 * @DAXFS_EVENT_RESYNC: events were lost; those that follow and are so marked were found by a look at
 *	all devices
 */
enum daxfs_event_type {
	DAXFS_EVENT_ADD,
	DAXFS_EVENT_REMOVE,
	DAXFS_EVENT_BIND,
	DAXFS_EVENT_UNBIND,
	DAXFS_EVENT_MODE,
	DAXFS_EVENT_FAILURE,
	DAXFS_EVENT_JOURNAL,
	DAXFS_EVENT_RESYNC,
};

/** daxfs_event_type_to_string() - "add", "remove", "bind", ...; NULL for a value that is none */
const char *daxfs_event_type_to_string(enum daxfs_event_type type);

/**
 * enum daxfs_failure_source - who told of a failure of memory
 * @DAXFS_FAILURE_FSDEV: the driver of the DKMS package, by a uevent
 * @DAXFS_FAILURE_KERNEL: the kernel's handling of memory failures, by its tracepoint; to root only
 * @DAXFS_FAILURE_CXL: a CXL memory device, by the tracepoint cxl_poison: what was injected, and what is on
 *	its list when somebody has the kernel read that and was not told before; to root only
 * @DAXFS_FAILURE_BADBLOCKS: an nvdimm region, whose list of bad blocks became longer; to root only, and
 *	only where the kernel's handling cannot be listened to
 */
enum daxfs_failure_source {
	DAXFS_FAILURE_FSDEV,
	DAXFS_FAILURE_KERNEL,
	DAXFS_FAILURE_CXL,
	DAXFS_FAILURE_BADBLOCKS,
};

/**
 * daxfs_failure_source_to_string() - "fsdev", "memory-failure", "cxl", "badblocks"; NULL for none of these
 */
const char *daxfs_failure_source_to_string(enum daxfs_failure_source source);

/**
 * struct daxfs_event - something that happened
 * @type: what
 * @time_us: when it was read, in microseconds since 1970
 * @device: of which device; NULL with RESYNC
 * @is_resync: events were lost, and this was found out afterwards
 * @driver: with BIND and MODE the driver, else NULL
 * @mode: with BIND and MODE the mode
 * @mode_before: with REMOVE, UNBIND the mode until then; with BIND, MODE that of the last driver;
 *	DAXFS_MODE_NONE when none is known
 * @offset: with FAILURE, where it is in the device
 * @length: with FAILURE, how much, in bytes
 * @source: with FAILURE, who told of it; what two have seen is told twice
 * @has_address: whether the next is known; to root only
 * @address: with FAILURE, the physical address
 * @journal: with JOURNAL "active", "pending", "stale"; NULL: it is gone
 */
struct daxfs_event {
	enum daxfs_event_type type;
	uint64_t time_us;
	const char *device;
	bool is_resync;
	const char *driver;
	enum daxfs_mode mode;
	enum daxfs_mode mode_before;
	uint64_t offset;
	uint64_t length;
	enum daxfs_failure_source source;
	bool has_address;
	uint64_t address;
	const char *journal;
};

/**
 * daxfs_monitor_new() - listen for events of all devices
 * @ctx: a context, which the monitor keeps
 * @ret_monitor: the monitor, to be freed by daxfs_monitor_free(); it belongs to one thread at a time
 *
 * Whatever happens from here on is told by daxfs_monitor_next(). udev need not run. Everybody may
 * listen, but only root sees journals and addresses.
 * Talks to: the kernel's uevents; its tracepoint of memory failures, where tracefs is mounted;
 * bus/dax/devices; the run directory.
 *
 * Returns 0; -EROFS of a recorded tree, in which nothing happens; what libudev or the kernel answered.
 */
int daxfs_monitor_new(struct daxfs_ctx *ctx, struct daxfs_monitor **ret_monitor);

/** daxfs_monitor_free() - stop listening; NULL is allowed; returns NULL */
struct daxfs_monitor *daxfs_monitor_free(struct daxfs_monitor *monitor);

/** daxfs_monitor_get_fd() - a file that is readable when there may be an event; the monitor's own */
int daxfs_monitor_get_fd(const struct daxfs_monitor *monitor);

/** daxfs_monitor_sees_journals() - whether it can tell of journals, as for root */
bool daxfs_monitor_sees_journals(const struct daxfs_monitor *monitor);

/**
 * daxfs_monitor_next() - the next event
 * @monitor: a monitor
 * @ret_event: the event, valid until the next call on @monitor
 *
 * Never waits. Events of devices are in the order of the kernel, and those of journals in theirs;
 * between the two it is as they were noticed.
 *
 * Returns 0; -EAGAIN when there is none now; -ENOMEM and the like.
 */
int daxfs_monitor_next(struct daxfs_monitor *monitor, const struct daxfs_event **ret_event);

/**
 * daxfs_monitor_get_device() - device @index, as far as the events until now tell
 * @monitor: a monitor
 * @index: from 0 on, in no order
 * @ret_name: its name, valid until the next call on @monitor
 * @ret_mode: its mode; DAXFS_MODE_NONE without a driver, and while a switch is under way that had begun
 *	before the monitor did
 *
 * Returns false past the last one.
 */
bool daxfs_monitor_get_device(const struct daxfs_monitor *monitor, size_t index,
			      const char **ret_name, enum daxfs_mode *ret_mode);

#ifdef __cplusplus
}
#endif
#endif
