// SPDX-License-Identifier: GPL-2.0-only
/*
 * Families of metrics. Their names and labels are an interface: dashboards and alerts are made of them.
 * What is not known has no sample, which is not the same as 0.
 */
#include "metrics.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

/* A family with a sample for each device, or several. */
struct device_family {
	const char *name;
	const char *help;
	void (*print)(FILE *f, const char *name, const struct daxfs_device *device);
};

struct region_family {
	const char *name;
	const char *help;
	bool (*get)(const struct daxfs_region *region, uint64_t *ret_value);
};

/* What a value of a label must not have as it is. */
static void print_escaped(FILE *f, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '\n':
			fputs("\\n", f);
			break;
		case '"':
		case '\\':
			fputc('\\', f);
			/* fallthrough */
		default:
			fputc(*text, f);
		}
}

static void print_label(FILE *f, char before, const char *label, const char *value)
{
	fprintf(f, "%c%s=\"", before, label);
	print_escaped(f, value ? value : "none");
	fputc('"', f);
}

/* NAME{device="dax0.0"; what follows are labels or print_value(). */
static void begin(FILE *f, const char *name, const struct daxfs_device *device)
{
	fputs(name, f);
	print_label(f, '{', "device", daxfs_device_get_name(device));
}

static void print_value(FILE *f, uint64_t value)
{
	fprintf(f, "} %" PRIu64 "\n", value);
}

static void print_plain(FILE *f, const char *name, const struct daxfs_device *device,
			uint64_t value)
{
	begin(f, name, device);
	print_value(f, value);
}

/* One more sample of @device, told apart by a label. */
static void print_labelled(FILE *f, const char *name, const struct daxfs_device *device,
			   const char *label, const char *label_value, uint64_t value)
{
	begin(f, name, device);
	print_label(f, ',', label, label_value);
	print_value(f, value);
}

/* ---- samples of a device */

static void print_info(FILE *f, const char *name, const struct daxfs_device *device)
{
	char region[16];

	snprintf(region, sizeof(region), "%u", daxfs_device_get_region_id(device));
	begin(f, name, device);
	print_label(f, ',', "region", region);
	print_label(f, ',', "kind", daxfs_kind_to_string(daxfs_device_get_kind(device)));
	print_label(f, ',', "driver", daxfs_device_get_driver(device));
	print_value(f, 1);
}

/* All modes, so that a query for one finds it also where it is not. */
static void print_mode(FILE *f, const char *name, const struct daxfs_device *device)
{
	static const enum daxfs_mode modes[] = { DAXFS_MODE_DEVDAX, DAXFS_MODE_FAMFS,
						 DAXFS_MODE_SYSTEM_RAM, DAXFS_MODE_OTHER,
						 DAXFS_MODE_NONE };

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		print_labelled(f, name, device, "mode", daxfs_mode_to_string(modes[i]),
			       daxfs_device_get_mode(device) == modes[i]);
}

static void print_configured_mode(FILE *f, const char *name, const struct daxfs_device *device)
{
	enum daxfs_mode mode = daxfs_device_get_configured_mode(device);

	if (mode != DAXFS_MODE_NONE)
		print_labelled(f, name, device, "mode", daxfs_mode_to_string(mode), 1);
}

/* Whether a device without a driver is stranded only root can tell. */
static void print_state(FILE *f, const char *name, const struct daxfs_device *device)
{
	static const enum daxfs_state states[] = { DAXFS_STATE_ENABLED, DAXFS_STATE_DISABLED,
						   DAXFS_STATE_STRANDED };
	enum daxfs_state state = daxfs_device_get_state(device);

	if (!daxfs_state_to_string(state))
		return;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		print_labelled(f, name, device, "state", daxfs_state_to_string(states[i]),
			       state == states[i]);
}

static void print_size(FILE *f, const char *name, const struct daxfs_device *device)
{
	uint64_t size;

	if (daxfs_device_get_size(device, &size))
		print_plain(f, name, device, size);
}

static void print_held(FILE *f, const char *name, const struct daxfs_device *device)
{
	bool held;

	if (daxfs_device_get_held(device, &held))
		print_plain(f, name, device, held);
}

static void print_blocks(FILE *f, const char *name, const struct daxfs_device *device)
{
	struct daxfs_memory memory;

	if (daxfs_device_get_memory(device, &memory))
		print_plain(f, name, device, memory.total_blocks);
}

static void print_online_blocks(FILE *f, const char *name, const struct daxfs_device *device)
{
	struct daxfs_memory memory;

	if (daxfs_device_get_memory(device, &memory))
		print_plain(f, name, device, memory.online_blocks);
}

static void print_lost(FILE *f, const char *name, const struct daxfs_device *device)
{
	struct daxfs_memory memory;

	if (daxfs_device_get_memory(device, &memory))
		print_plain(f, name, device, memory.lost_bytes);
}

static void print_users(FILE *f, const char *name, const struct daxfs_device *device)
{
	const struct daxfs_user *users;
	const char *how;
	size_t n;

	if (!daxfs_device_get_users(device, &users, &n))
		return;
	for (unsigned int usage = 0; (how = daxfs_usage_to_string(usage)); usage++) {
		uint64_t count = 0;

		for (size_t i = 0; i < n; i++)
			count += users[i].how == usage;
		print_labelled(f, name, device, "how", how, count);
	}
}

static void print_poison(FILE *f, const char *name, const struct daxfs_device *device)
{
	const struct daxfs_poison *poison;
	const char *source;
	size_t n;

	if (!daxfs_device_get_poison(device, &poison, &n))
		return;
	for (unsigned int from = 0; (source = daxfs_poison_source_to_string(from)); from++) {
		uint64_t bytes = 0;

		if (daxfs_device_hides_poison(device, from))
			continue;
		for (size_t i = 0; i < n; i++)
			bytes += poison[i].source == from ? poison[i].length : 0;
		print_labelled(f, name, device, "source", source, bytes);
	}
}

static void print_journal(FILE *f, const char *name, const struct daxfs_device *device)
{
	const char *journal = daxfs_device_get_journal(device);

	if (journal)
		print_labelled(f, name, device, "journal", journal, 1);
}

static const struct device_family device_families[] = {
	{ "daxfs_device_info", "A device; its driver is none when it has none.", print_info },
	{ "daxfs_device_mode", "1 for the mode that the device is in.", print_mode },
	{ "daxfs_device_configured_mode", "The mode that a device without a driver comes back to.",
	  print_configured_mode },
	{ "daxfs_device_state", "1 for the state of the device; stranded needs a reboot.",
	  print_state },
	{ "daxfs_device_size_bytes", "Size of the device.", print_size },
	{ "daxfs_device_held", "Whether a file system holds the device.", print_held },
	{ "daxfs_device_memory_blocks", "Memory blocks of a device in system-ram.", print_blocks },
	{ "daxfs_device_memory_blocks_online", "Those that are online.", print_online_blocks },
	{ "daxfs_device_memory_lost_bytes", "Bytes of the device outside of whole memory blocks.",
	  print_lost },
	{ "daxfs_device_users", "Who uses the device, by how.", print_users },
	{ "daxfs_device_poison_bytes", "Bytes known to be poisoned, by who knows.", print_poison },
	{ "daxfs_device_journal", "A switch of the device is active, or was interrupted (stale).",
	  print_journal },
};

static const struct region_family region_families[] = {
	{ "daxfs_region_size_bytes", "Size of a region that devices are made of.",
	  daxfs_region_get_size },
	{ "daxfs_region_available_bytes", "What of it belongs to no device.",
	  daxfs_region_get_available_size },
};

/* ---- all of it */

static void print_head(FILE *f, const char *name, const char *help)
{
	fprintf(f, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void print_region_family(FILE *f, const struct region_family *family,
				const struct metrics *metrics)
{
	uint64_t value;

	print_head(f, family->name, family->help);
	for (size_t i = 0; i < metrics->n_regions; i++)
		if (family->get(metrics->regions[i], &value))
			fprintf(f, "%s{region=\"%u\"} %" PRIu64 "\n", family->name,
				daxfs_region_get_id(metrics->regions[i]), value);
}

void metrics_print(FILE *f, const struct metrics *metrics)
{
	print_head(f, "daxfsctl_build_info", "The program that has written this.");
	fprintf(f, "daxfsctl_build_info{version=\"%s\"} 1\n", PACKAGE_VERSION);
	print_head(f, "daxfs_unreadable", "Devices and regions that could not be read.");
	fprintf(f, "daxfs_unreadable %zu\n", metrics->n_unreadable);
	for (size_t i = 0; i < sizeof(device_families) / sizeof(device_families[0]); i++) {
		const struct device_family *family = &device_families[i];

		print_head(f, family->name, family->help);
		for (size_t j = 0; j < metrics->n_devices; j++)
			family->print(f, family->name, metrics->devices[j]);
	}
	for (size_t i = 0; i < sizeof(region_families) / sizeof(region_families[0]); i++)
		print_region_family(f, &region_families[i], metrics);
}
