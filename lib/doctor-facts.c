// SPDX-License-Identifier: LGPL-2.1-or-later
/* What there is to know of the machine. What cannot be had is unknown, not an error. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#include "doctor.h"
#include "journal.h"
#include "run-file.h"
#include "sysfs.h"
#include "text-file.h"

#define DEBUGFS_SUPER_MAGIC 0x64626720
#define TRACEFS_SUPER_MAGIC 0x74726163

/* The variable's value follows four bytes of attributes. */

struct machine_facts *machine_free(struct machine_facts *machine)
{
	if (!machine)
		return NULL;
	module_info_done(&machine->info);
	free(machine->daxctl_rule.path);
	free(machine->old_libdaxctl);
	free(machine->patients);
	free(machine);
	return NULL;
}

/* ---- the kernel */

static void gather_release(struct daxfs_ctx *ctx, struct machine_facts *machine)
{
	struct utsname host;

	if (run_read_proc(ctx, "sys/kernel/osrelease", machine->release, sizeof(machine->release)) <
	    0)
		machine->release[0] = '\0';
	if (run_read_proc(ctx, "sys/kernel/arch", machine->arch, sizeof(machine->arch)) < 0)
		machine->arch[0] = '\0';
	if (!machine->arch[0] && !ctx->recorded && uname(&host) == 0)
		snprintf(machine->arch, sizeof(machine->arch), "%s", host.machine);
	machine->has_version = doctor_parse_release(machine->release, &machine->version) == 0;
}

/* "none [integrity] confidentiality": the one in force is in brackets. */
static void gather_lockdown(int root, struct machine_facts *machine)
{
	char text[64], *start, *end;

	if (sysfs_read_text(root, "kernel/security/lockdown", text, sizeof(text)) < 0)
		return;
	start = strchr(text, '[');
	end = start ? strchr(start, ']') : NULL;
	if (!end || end - start > (int)sizeof(machine->lockdown))
		return;
	*end = '\0';
	memcpy(machine->lockdown, start + 1, end - start);
}

static void gather_secure_boot(int root, struct machine_facts *machine)
{
	_cleanup_close_ int fd = openat(root, SECURE_BOOT_FILE, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	unsigned char bytes[8];

	if (fd >= 0 && read(fd, bytes, sizeof(bytes)) == 5)
		machine->secure_boot = bytes[4] == 1 ? ANSWER_YES : ANSWER_NO;
	/* A machine without EFI has no Secure Boot. */
	else if (fd < 0 && !sysfs_exists(root, "firmware/efi"))
		machine->secure_boot = ANSWER_NO;
}

static enum answer is_mounted(int root, const char *path, long magic)
{
	_cleanup_close_ int fd = openat(root, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs st;

	if (fd < 0)
		return errno == ENOENT ? ANSWER_NO : ANSWER_UNKNOWN;
	if (fstatfs(fd, &st) < 0)
		return ANSWER_UNKNOWN;
	return st.f_type == magic ? ANSWER_YES : ANSWER_NO;
}

static void gather_mounts(struct daxfs_ctx *ctx, int root, struct machine_facts *machine)
{
	if (ctx->recorded)
		return;
	machine->debugfs = is_mounted(root, "kernel/debug", DEBUGFS_SUPER_MAGIC);
	machine->tracefs = is_mounted(root, "kernel/tracing", TRACEFS_SUPER_MAGIC);
}

/* ---- the driver */

static void read_loaded(int root, const char *name, char *buf, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "module/fsdev_dax/%s", name);
	if (sysfs_read_text(root, path, buf, size) < 0)
		buf[0] = '\0';
}

/* Whose it is shows by its version, which only ours has, and by the place of its file. */
static enum driver_origin origin_of(const struct machine_facts *machine)
{
	if (machine->is_loaded && machine->loaded_version[0])
		return ORIGIN_DKMS;
	if (machine->is_loaded)
		return ORIGIN_IN_TREE;
	if (!machine->info.path)
		return ORIGIN_NONE;
	return machine->info.fixes ? ORIGIN_DKMS : ORIGIN_IN_TREE;
}

static int gather_driver(struct daxfs_ctx *ctx, int root, struct machine_facts *machine)
{
	int r;

	machine->is_loaded = sysfs_exists(root, "module/fsdev_dax");
	read_loaded(root, "version", machine->loaded_version, sizeof(machine->loaded_version));
	read_loaded(root, "srcversion", machine->loaded_srcversion,
		    sizeof(machine->loaded_srcversion));
	if (ctx->recorded) {
		machine->origin = machine->is_loaded ? origin_of(machine) : ORIGIN_UNKNOWN;
		return 0;
	}
	r = module_check(ctx, "fsdev_dax", &machine->module);
	if (r == 0 && machine->module != MODULE_NOT_FOUND)
		r = module_read_info(ctx, "fsdev_dax", &machine->info);
	if (r == -ENOMEM)
		return r;
	error_clear(ctx);
	machine->origin = origin_of(machine);
	return 0;
}

/* Traces of fixes: a function that the fixed driver has, and what it says. */
static int gather_traces(struct daxfs_ctx *ctx, struct machine_facts *machine)
{
	static const char *const texts[] = { "fsdev_clear_pgmap_ops", "exceeds data start" };
	enum answer answers[ARRAY_SIZE(texts)] = {};
	int r;

	if (machine->has_version)
		evidence_symbol(ctx, "dax_break_layout_final", NULL, &machine->has_break_final);
	if (machine->origin != ORIGIN_IN_TREE)
		return 0;
	if (machine->is_loaded &&
	    evidence_symbol(ctx, texts[0], "fsdev_dax", &machine->clears_pgmap_ops) == 0 &&
	    machine->clears_pgmap_ops != ANSWER_UNKNOWN) {
		machine->driver_evidence = "whether the driver has fsdev_clear_pgmap_ops() "
					   "(/proc/kallsyms)";
		return 0;
	}
	if (!machine->info.path)
		return 0;
	r = evidence_in_module(ctx, machine->info.path, texts, ARRAY_SIZE(texts), answers);
	error_clear(ctx);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	machine->clears_pgmap_ops = answers[0];
	machine->checks_map_start = answers[1];
	machine->driver_evidence = "whether the driver's file has fsdev_clear_pgmap_ops() and the "
				   "message \"exceeds data start\"";
	return 0;
}

/* ---- other programs */

static bool file_exists(const struct daxfs_ctx *ctx, const char *path)
{
	_cleanup_free_ char *full = NULL;

	if (asprintf(&full, "%s%s", ctx->file_root, path) < 0) {
		full = NULL;
		return false;
	}
	return access(full, F_OK) == 0;
}

static bool has_entry(const struct daxfs_ctx *ctx, const char *directory, const char *prefix)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	_cleanup_free_ char *full = NULL;
	_cleanup_close_ int fd = -1;
	size_t n = 0;

	if (asprintf(&full, "%s%s", ctx->file_root, directory) < 0) {
		full = NULL;
		return false;
	}
	fd = open(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && sysfs_list(fd, prefix, &names, &n) == 0 && n > 0;
}

static int gather_daxctl_rule(const struct daxfs_ctx *ctx, struct place_in_file *place)
{
	static const char *const dirs[] = { "/etc/udev/rules.d", "/usr/lib/udev/rules.d",
					    "/lib/udev/rules.d" };
	static const char *const units[] = {
		"/usr/lib/systemd/system/daxdev-reconfigure@.service",
		"/lib/systemd/system/daxdev-reconfigure@.service",
		"/etc/systemd/system/daxdev-reconfigure@.service",
	};
	bool has_unit = false;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		has_unit |= file_exists(ctx, units[i]);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		_cleanup_free_ char *path = NULL;
		_cleanup_fclose_ FILE *rules = NULL;

		if (asprintf(&path, "%s%s/90-daxctl-device.rules", ctx->file_root, dirs[i]) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		rules = fopen(path, "re");
		if (!rules || doctor_find_daxctl_rule(rules, has_unit, &place->line) < 0)
			continue;
		place->path = TAKE_PTR(path);
		return 0;
	}
	return 0;
}

/* One that knows famfs mode has the name of its driver in its table of modules. */
static int gather_libdaxctl(const struct daxfs_ctx *ctx, struct machine_facts *machine)
{
	static const char *const dirs[] = { "/usr/lib/x86_64-linux-gnu",
					    "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib",
					    "/lib64" };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		enum answer knows = ANSWER_UNKNOWN;
		_cleanup_free_ char *path = NULL;

		if (asprintf(&path, "%s%s/libdaxctl.so.1", ctx->file_root, dirs[i]) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		if (evidence_in_file(path, "fsdev_dax", &knows) < 0)
			continue;
		if (knows == ANSWER_NO)
			machine->old_libdaxctl = TAKE_PTR(path);
		return 0;
	}
	return 0;
}

/* ---- devices */

static int add_patient(struct machine_facts *machine, const struct patient *patient)
{
	struct patient *more;

	more = reallocarray(machine->patients, machine->n_patients + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	machine->patients = more;
	more[machine->n_patients++] = *patient;
	return 0;
}

/* Whether the kernel's log says that its page map was left behind, since nobody has bound it. */
static int find_left_page_map(struct daxfs_ctx *ctx, const struct daxfs_device *device,
			      struct machine_facts *machine, bool *ret_found)
{
	_cleanup_fclose_ FILE *log = NULL;
	int r;

	if (device->is_static || device->mode != DAXFS_MODE_NONE || device->is_seed)
		return 0;
	r = text_file_open(ctx->dev_root, "kmsg", &log);
	/* The kernel hands out a record per read, of up to 8 KiB. */
	if (r == 0 && setvbuf(log, NULL, _IOFBF, 1 << 14) != 0)
		r = -EIO;
	if (r == 0)
		r = check_find_page_map(log, device->name, ret_found);
	machine->log_is_hidden |= r < 0;
	return r == -ENOMEM ? r : 0;
}

static int look_at_device(struct daxfs_ctx *ctx, const char *name, struct machine_facts *machine)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	struct patient patient = {};
	int r;

	r = daxfs_device_new(ctx, name, DAXFS_SECTION_DETAIL, &device);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	snprintf(patient.name, sizeof(patient.name), "%s", name);
	patient.is_stranded = device->state == DAXFS_STATE_STRANDED;
	if (device->journal && strcmp(device->journal, "active") != 0)
		patient.journal = device->journal;
	r = find_left_page_map(ctx, device, machine, &patient.has_left_page_map);
	if (r < 0 || (!patient.is_stranded && !patient.journal && !patient.has_left_page_map))
		return r;
	return add_patient(machine, &patient);
}

/* Also journals of devices that are gone. */
static int gather_devices(struct daxfs_ctx *ctx, struct machine_facts *machine)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL, **journals = NULL;
	size_t n = 0;
	int r;

	r = daxfs_list_devices(ctx, &names, NULL);
	for (size_t i = 0; r == 0 && names[i]; i++)
		r = look_at_device(ctx, names[i], machine);
	if (r == -ENOMEM)
		return r;
	error_clear(ctx);
	if (ctx->recorded || journal_list(ctx, &journals, &n) < 0) {
		error_clear(ctx);
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		struct patient patient = { .journal = "stale" };
		bool is_there = false;

		for (size_t k = 0; names && names[k]; k++)
			is_there |= strcmp(names[k], journals[i]) == 0;
		snprintf(patient.name, sizeof(patient.name), "%s", journals[i]);
		if (!is_there && add_patient(machine, &patient) < 0)
			return -ENOMEM;
	}
	return 0;
}

int machine_gather(struct daxfs_ctx *ctx, struct machine_facts **ret_machine)
{
	_cleanup_(machine_freep) struct machine_facts *machine = calloc(1, sizeof(*machine));
	int root = -1, r;

	if (!machine)
		return -ENOMEM;
	r = sysfs_root_fd(ctx, &root);
	if (r < 0)
		return daxfs_fail(ctx, r,
				  &(struct failure){
					  .id = "read-failed", .path = ctx->sysfs_root, .err = -r },
				  "%s: cannot be opened", ctx->sysfs_root);
	gather_release(ctx, machine);
	gather_lockdown(root, machine);
	gather_secure_boot(root, machine);
	gather_mounts(ctx, root, machine);
	machine->has_dax_bus = sysfs_exists(root, "bus/dax");
	machine->wants_signatures = module_wants_signatures(ctx);
	machine->policy = facts_read_policy(ctx);
	machine->has_dkms_source = has_entry(ctx, "/usr/src", "daxfs-") ||
				   file_exists(ctx, "/var/lib/dkms/daxfs");
	r = gather_driver(ctx, root, machine);
	if (r == 0)
		r = gather_traces(ctx, machine);
	if (r == 0)
		r = gather_daxctl_rule(ctx, &machine->daxctl_rule);
	if (r == 0)
		r = gather_libdaxctl(ctx, machine);
	if (r == 0)
		r = gather_devices(ctx, machine);
	if (r < 0)
		return r;
	*ret_machine = TAKE_PTR(machine);
	return 0;
}
