// SPDX-License-Identifier: LGPL-2.1-or-later
#include "check-facts.h"

#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>

#include "device.h"
#include "sysfs.h"
#include "text-file.h"

static void free_sibling(struct sibling *sibling)
{
	free(sibling->ranges);
}

struct check_facts *check_facts_free(struct check_facts *check)
{
	if (!check)
		return NULL;
	for (size_t i = 0; i < check->n_siblings; i++)
		free_sibling(&check->siblings[i]);
	free(check->siblings);
	free(check->entries);
	free(check->backing.aligns);
	free(check->udev_online.path);
	free(check->module_path);
	free(check);
	return NULL;
}

/* Whatever the reason, a number that cannot be had is not compared with anything. */
static struct known_u64 read_known(int dir_fd, const char *name)
{
	struct known_u64 number = {};

	number.is_known = sysfs_read_u64(dir_fd, name, &number.value) == 0;
	return number;
}

/* ---- ranges */

/* Of a device whose ranges were refused: the one that ends before it starts, if that is why. */
static void gather_reversed(int dir_fd, const struct daxfs_device *device,
			    struct check_facts *check)
{
	for (size_t i = 0; i < device->n_mappings; i++) {
		struct known_u64 start, end;
		char name[48];

		snprintf(name, sizeof(name), "mapping%zu/start", i);
		start = read_known(dir_fd, name);
		snprintf(name, sizeof(name), "mapping%zu/end", i);
		end = read_known(dir_fd, name);
		if (!start.is_known || !end.is_known || end.value >= start.value)
			continue;
		check->has_reversed = true;
		check->reversed_index = i;
		check->reversed.start = start.value;
		check->reversed.end = end.value;
		return;
	}
}

/* "hmem.0" of ".../hmem.0/dax0.0", which is what its resource is called, too. */
static void name_owner(const struct daxfs_device *device, struct check_facts *check)
{
	const char *end = device->path ? strrchr(device->path, '/') : NULL;
	const char *start = end ? memrchr(device->path, '/', end - device->path) : NULL;

	if (device->kind == DAXFS_KIND_HMEM && start && end - start < (int)sizeof(check->owner))
		snprintf(check->owner, sizeof(check->owner), "%.*s", (int)(end - start - 1),
			 start + 1);
}

/* The entry of a region comes before its devices', unless something is wrong: a check reads on. */
static void gather_iomem(struct daxfs_ctx *ctx, const struct daxfs_device *device, bool deep,
			 struct check_facts *check)
{
	struct iomem_filter filter = { .ranges = device->ranges,
				       .n_ranges = device->n_mappings,
				       .is_name_last = deep };

	name_owner(device, check);
	if (check->owner[0])
		filter.name = check->owner;
	if (device->has_ranges && device->n_mappings)
		check->iomem_err = -iomem_read(ctx, &filter, &check->entries, &check->n_entries);
}

/* ---- what is behind the device */

/* The nd device is the parent; the namespace is a sibling of that, by the name it tells. */
static void gather_namespace(int dir_fd, struct backing_facts *backing)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	char name[64];

	if (sysfs_read_text(dir_fd, "../namespace", name, sizeof(name)) < 0 ||
	    !backing_is_plain_name(name, "namespace"))
		return;
	if (asprintf(&path, "../../%s", name) < 0) {
		path = NULL;
		return;
	}
	if (sysfs_open_dir_at(dir_fd, path, &fd) < 0)
		return;
	backing->has_namespace = true;
	backing->namespace_start = read_known(fd, "resource");
	backing->namespace_size = read_known(fd, "size");
}

static void gather_backing(int dir_fd, struct backing_facts *backing)
{
	gather_namespace(dir_fd, backing);
	backing->data_start = read_known(dir_fd, "../resource");
	backing->data_size = read_known(dir_fd, "../size");
	backing->align = read_known(dir_fd, "../align");
	if (sysfs_read_text(dir_fd, "../mode", backing->map_mode, sizeof(backing->map_mode)) < 0)
		backing->map_mode[0] = '\0';
	if (sysfs_read_string(dir_fd, "../supported_alignments", &backing->aligns) < 0)
		backing->aligns = NULL;
}

static void gather_bounds(int dir_fd, const struct daxfs_device *device, struct check_facts *check)
{
	if (device->kind == DAXFS_KIND_CXL) {
		check->bounds_start = read_known(dir_fd, "../../resource");
		check->bounds_size = read_known(dir_fd, "../../size");
	} else if (device->kind == DAXFS_KIND_PMEM) {
		gather_backing(dir_fd, &check->backing);
	}
}

/* ---- the other devices of the region */

static int add_sibling(struct check_facts *check, struct daxfs_device *device)
{
	struct sibling *more = reallocarray(check->siblings, check->n_siblings + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	check->siblings = more;
	more += check->n_siblings++;
	*more = (struct sibling){ .size = device->has_size ? device->size : 0 };
	snprintf(more->name, sizeof(more->name), "%s", device->name);
	if (device->has_ranges) {
		more->n_ranges = device->n_mappings;
		more->ranges = TAKE_PTR(device->ranges);
	}
	return 0;
}

static int gather_siblings(struct daxfs_ctx *ctx, const struct daxfs_device *device,
			   struct check_facts *check)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	int r;

	r = daxfs_list_devices(ctx, &names, NULL);
	if (r < 0)
		return r;
	for (size_t i = 0; names[i]; i++) {
		_cleanup_(daxfs_device_unrefp) struct daxfs_device *other = NULL;
		unsigned int region, id;

		if (daxfs_parse_device_name(names[i], &region, &id) < 0 ||
		    region != device->region_id || id == device->id)
			continue;
		/* One that has gone, or cannot be read, is compared with nothing. */
		if (daxfs_device_new(ctx, names[i], DAXFS_SECTION_MAPPINGS, &other) < 0)
			continue;
		r = add_sibling(check, other);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- the machine */

/* What is the same for all devices, as long as none is switched. */
struct machine_look {
	struct known_u64 mem_available;
	char machine[sizeof((struct check_facts){}.machine)];
};

struct machine_look *machine_look_free(struct machine_look *look)
{
	free(look);
	return NULL;
}

static void look_at_architecture(struct daxfs_ctx *ctx, struct machine_look *look)
{
	_cleanup_close_ int fd = open(ctx->proc_root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct utsname host;

	if (fd >= 0 &&
	    sysfs_read_text(fd, "sys/kernel/arch", look->machine, sizeof(look->machine)) == 0)
		return;
	look->machine[0] = '\0';
	if (!ctx->recorded && uname(&host) == 0)
		snprintf(look->machine, sizeof(look->machine), "%s", host.machine);
}

static void look_at_machine(struct daxfs_ctx *ctx, struct machine_look *look)
{
	_cleanup_fclose_ FILE *meminfo = NULL;

	if (text_file_open(ctx->proc_root, "meminfo", &meminfo) == 0)
		look->mem_available.is_known =
			meminfo_find(meminfo, "MemAvailable", &look->mem_available.value) == 0;
	look_at_architecture(ctx, look);
}

static void gather_machine(struct daxfs_ctx *ctx, struct check_facts *check)
{
	struct machine_look look = {};

	if (ctx->machine_look)
		look = *ctx->machine_look;
	else
		look_at_machine(ctx, &look);
	check->mem_available = look.mem_available;
	strcpy(check->machine, look.machine);
	if (!ctx->shares_looks || ctx->machine_look)
		return;
	/* Without memory the next plan looks for itself. */
	ctx->machine_look = malloc(sizeof(look));
	if (ctx->machine_look)
		*ctx->machine_look = look;
}

/* Where the page map of system-ram lies, which it becomes or is. */
static void gather_map_place(struct daxfs_ctx *ctx, enum daxfs_mode mode, struct check_facts *check)
{
	char text[16];
	int root = -1;

	if (mode != DAXFS_MODE_SYSTEM_RAM && check->device->mode != DAXFS_MODE_SYSTEM_RAM)
		return;
	if (sysfs_root_fd(ctx, &root) == 0 &&
	    sysfs_read_text(root, "module/memory_hotplug/parameters/memmap_on_memory", text,
			    sizeof(text)) == 0)
		check->memmap_on_memory = strcmp(text, "N") != 0 && strcmp(text, "0") != 0;
}

/* Only where the answer matters: a module that is to be loaded, by a kernel that is particular. */
static void gather_signature(struct daxfs_ctx *ctx, const struct facts *facts, enum daxfs_mode mode,
			     struct check_facts *check)
{
	_cleanup_(module_info_done) struct module_info info = {};

	if (facts->module != MODULE_LOADABLE)
		return;
	check->wants_signatures = module_wants_signatures(ctx);
	if (!check->wants_signatures)
		return;
	if (module_read_info(ctx, mode_module(mode), &info) < 0) {
		error_clear(ctx); /* not known, then */
		return;
	}
	check->signature = info.is_signed ? SIGNATURE_PRESENT : SIGNATURE_MISSING;
	check->module_path = TAKE_PTR(info.path);
}

/* ---- what only warnings come from */

/* A page map that was left behind shows by what the kernel said when a bind failed of it. */
static int gather_log(struct daxfs_ctx *ctx, const struct daxfs_device *device,
		      struct check_facts *check)
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
		r = check_find_page_map(log, device->name, &check->has_left_page_map);
	check->log_err = -r;
	return r == -ENOMEM ? r : 0;
}

/* Whether the file @name of the directory @dir has such a rule. */
static int look_at_rules(const char *dir, const char *name, struct place_in_file *place)
{
	_cleanup_fclose_ FILE *rules = NULL;
	const char *suffix = strrchr(name, '.');
	int r;

	if (!suffix || strcmp(suffix, ".rules") != 0)
		return 0;
	r = text_file_open(dir, name, &rules);
	if (r == 0)
		r = check_find_online_rule(rules, &place->line);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (asprintf(&place->path, "%s/%s", dir, name) < 0) {
		place->path = NULL;
		return -ENOMEM;
	}
	return 0;
}

static int look_at_directory(const char *dir, struct place_in_file *place)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t n = 0;
	int r;

	if (fd < 0)
		return 0;
	r = sysfs_list(fd, "", &names, &n);
	for (size_t i = 0; i < n && r == 0 && !place->path; i++)
		r = look_at_rules(dir, names[i], place);
	return r == -ENOMEM ? r : 0;
}

static int gather_udev(struct daxfs_ctx *ctx, struct place_in_file *place)
{
	static const char *const dirs[] = { "/etc/udev/rules.d", "/run/udev/rules.d",
					    "/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d",
					    "/lib/udev/rules.d" };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(dirs) && r == 0 && !place->path; i++) {
		_cleanup_free_ char *dir = NULL;

		if (asprintf(&dir, "%s%s", ctx->file_root, dirs[i]) < 0) {
			dir = NULL;
			return -ENOMEM;
		}
		r = look_at_directory(dir, place);
	}
	return r;
}

static int gather_deep(struct daxfs_ctx *ctx, const struct daxfs_device *device,
		       enum daxfs_mode mode, struct check_facts *check)
{
	int r;

	check->is_deep = true;
	r = gather_siblings(ctx, device, check);
	if (r == 0)
		r = gather_log(ctx, device, check);
	if (r == 0 && mode == DAXFS_MODE_SYSTEM_RAM)
		r = gather_udev(ctx, &check->udev_online);
	return r;
}

int check_gather(struct daxfs_ctx *ctx, struct facts *facts, enum daxfs_mode mode, bool deep)
{
	_cleanup_(check_facts_freep) struct check_facts *check = calloc(1, sizeof(*check));
	const struct daxfs_device *device = facts->device;
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	if (!check)
		return -ENOMEM;
	check->device = device;
	r = device_open(ctx, device->name, &fd, &path);
	if (r < 0)
		return r;
	if (device->ranges_err == EINVAL)
		gather_reversed(fd, device, check);
	gather_iomem(ctx, device, deep, check);
	gather_bounds(fd, device, check);
	gather_map_place(ctx, mode, check);
	gather_signature(ctx, facts, mode, check);
	gather_machine(ctx, check);
	r = deep ? gather_deep(ctx, device, mode, check) : 0;
	if (r < 0)
		return r;
	check_facts_free(facts->check);
	facts->check = TAKE_PTR(check);
	return 0;
}
