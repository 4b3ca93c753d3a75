// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Defects of the kernel's own code for DAX devices, and whether the one that runs has the fix.
 *
 * Where the code leaves a trace, the trace decides. Else it is the version, as far as the code of that
 * version was looked at or tried: not beyond.
 */
#include <string.h>

#include "doctor.h"

enum place_of_fix {
	IN_DRIVER, /* fsdev_dax */
	IN_CORE,   /* drivers/dax/super.c and fs/dax.c, which are built in */
};

#define VERSION(x, y)                      \
	{                                  \
		.major = (x), .minor = (y) \
	}
#define NEVER VERSION(0, 0)
/* 7.2 came with it, or one of its first releases. */
#define FIRST_FIXED                                \
	{                                          \
		.major = 7, .minor = 2, .patch = 6 \
	}

struct fix {
	const char *id;
	enum place_of_fix in;
	const char *where;
	const char *what;
	/* Since when the kernel's own code has it; NEVER: it has not, as far as it was looked at. */
	struct kernel_version since;
	/* Of the driver: part of the series of fixes that 7.2 came with. */
	bool in_series;
	/* What the package's driver calls it in `fixes`; NULL: not at all. */
	const char *word;
};

/* The first kernel that has fsdev_dax. */
static const struct kernel_version first_driver = VERSION(7, 1);

static const struct fix fixes[] = {
	{ "failure-offset", IN_DRIVER, "drivers/dax/fsdev.c",
	  "a memory failure behind a device's first range is told by its offset in the device",
	  FIRST_FIXED, true, "ranges" },
	{ "data-offset", IN_DRIVER, "drivers/dax/fsdev.c",
	  "so is one of a static device, whose page map begins before its data", FIRST_FIXED, true,
	  "data-offset" },
	{ "range-address", IN_DRIVER, "drivers/dax/fsdev.c",
	  "the address of a page behind the first range is right", FIRST_FIXED, true, "ranges" },
	{ "vmemmap-shift", IN_DRIVER, "drivers/dax/fsdev.c",
	  "the page map of device_dax is not taken over with its page size", FIRST_FIXED, true,
	  "vmemmap-shift" },
	{ "clear-ops", IN_DRIVER, "drivers/dax/fsdev.c",
	  "the page map has no operations of a driver that is gone", FIRST_FIXED, true,
	  "ops-order" },
	{ "late-publish", IN_DRIVER, "drivers/dax/fsdev.c",
	  "a probe that fails leaves no page map behind", FIRST_FIXED, true, "late-publish" },
	{ "map-start", IN_DRIVER, "drivers/dax/fsdev.c",
	  "a page map that begins after the data is refused", FIRST_FIXED, true, "data-offset" },
	{ "pins", IN_DRIVER, "drivers/dax/fsdev.c", "an unbind waits for pages that are pinned",
	  NEVER, false, "pins" },
	{ "mapping-write", IN_DRIVER, "drivers/dax/fsdev.c",
	  "a write to mapping of a bound device does no harm", NEVER, false, "ranges" },
	{ "metadata-failure", IN_DRIVER, "drivers/dax/fsdev.c",
	  "a failure in the page map's own memory is not told as offset -1", NEVER, false,
	  "data-offset" },
	{ "stale-page-map", IN_DRIVER, "drivers/dax/fsdev.c",
	  "a page map that device_dax left behind is no obstacle", NEVER, false, "stale-pgmap" },
	{ "driver-aliasing", IN_DRIVER, "drivers/dax/fsdev.c",
	  "a data cache that aliases is refused", NEVER, false, "aliasing" },
	{ "holder-once", IN_CORE, "drivers/dax/super.c",
	  "a holder that goes away while a failure is told is no crash", FIRST_FIXED, false, NULL },
	{ "holder-order", IN_CORE, "drivers/dax/super.c",
	  "a holder that comes while another goes misses no failure", FIRST_FIXED, false, NULL },
	{ "final-wait", IN_CORE, "fs/dax.c",
	  "the last user of a file waits for pages that are pinned", VERSION(6, 15), false, NULL },
	{ "core-aliasing", IN_CORE, "drivers/dax/super.c",
	  "alloc_dax() refuses a data cache that aliases", VERSION(6, 9), false, NULL },
};

/* By series, as 7.2. */
static int compare(const struct kernel_version *a, const struct kernel_version *b)
{
	if (a->major != b->major)
		return a->major < b->major ? -1 : 1;
	return (a->minor > b->minor) - (a->minor < b->minor);
}

/* A fix was taken back to a series of long-term support. */
static const struct {
	const char *id;
	struct kernel_version version;
} backports[] = {
	{ "holder-once", VERSION(6, 1) },
};

/* Those whose code was looked at. Of others, too, somebody may have taken a fix back. */
static const struct kernel_version seen[] = {
	VERSION(6, 1), VERSION(6, 12), VERSION(6, 19), VERSION(7, 0),
	VERSION(7, 1), VERSION(7, 2),  VERSION(7, 3),
};

static bool was_seen(const struct kernel_version *version)
{
	for (size_t i = 0; i < ARRAY_SIZE(seen); i++)
		if (compare(&seen[i], version) == 0)
			return true;
	return false;
}

static enum answer by_version(const struct machine_facts *machine, const struct fix *fix)
{
	const struct kernel_version *version = &machine->version;

	if (!machine->has_version)
		return ANSWER_UNKNOWN;
	for (size_t i = 0; i < ARRAY_SIZE(backports); i++)
		if (strcmp(backports[i].id, fix->id) == 0 &&
		    compare(&backports[i].version, version) == 0)
			return ANSWER_YES;
	/* The first releases of that series were not looked at. */
	if (fix->since.major && compare(version, &fix->since) == 0 &&
	    version->patch < fix->since.patch)
		return ANSWER_UNKNOWN;
	if (fix->since.major && compare(version, &fix->since) >= 0)
		return ANSWER_YES;
	return was_seen(version) ? ANSWER_NO : ANSWER_UNKNOWN;
}

/* Whether @word is one of the words of @list, which are separated by blanks. */
static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *s = strstr(list, word); s; s = strstr(s + 1, word))
		if ((s == list || s[-1] == ' ') && (s[length] == '\0' || s[length] == ' '))
			return true;
	return false;
}

static void answer_dkms(const struct machine_facts *machine, const struct fix *fix,
			struct daxfs_fix *answer)
{
	if (!machine->info.fixes)
		return;
	answer->is_known = true;
	answer->has_it = has_word(machine->info.fixes, fix->word);
	answer->evidence = "the driver of the package daxfs says so (modinfo, fixes)";
}

/* The traces are two; the series was taken as a whole. */
static bool answer_by_trace(const struct machine_facts *machine, const struct fix *fix,
			    struct daxfs_fix *answer)
{
	enum answer trace = machine->checks_map_start;

	if (strcmp(fix->id, "clear-ops") == 0 || trace == ANSWER_UNKNOWN)
		trace = machine->clears_pgmap_ops;
	if (!fix->in_series || trace == ANSWER_UNKNOWN)
		return false;
	answer->is_known = true;
	answer->has_it = trace == ANSWER_YES;
	answer->evidence = machine->driver_evidence;
	return true;
}

static void answer_by_version(const struct machine_facts *machine, const struct fix *fix,
			      struct daxfs_fix *answer)
{
	enum answer found = by_version(machine, fix);

	answer->is_known = found != ANSWER_UNKNOWN;
	answer->has_it = found == ANSWER_YES;
	answer->evidence = found == ANSWER_UNKNOWN ? NULL : "the version of the kernel";
}

static void answer_driver(const struct machine_facts *machine, const struct fix *fix,
			  struct daxfs_fix *answer)
{
	if (machine->origin == ORIGIN_DKMS)
		answer_dkms(machine, fix, answer);
	else if (machine->origin == ORIGIN_IN_TREE && !answer_by_trace(machine, fix, answer))
		answer_by_version(machine, fix, answer);
}

static void answer_core(const struct machine_facts *machine, const struct fix *fix,
			struct daxfs_fix *answer)
{
	if (strcmp(fix->id, "final-wait") == 0 && machine->has_break_final != ANSWER_UNKNOWN) {
		answer->is_known = true;
		answer->has_it = machine->has_break_final == ANSWER_YES;
		answer->evidence = "dax_break_layout_final() in /proc/kallsyms";
		return;
	}
	answer_by_version(machine, fix, answer);
}

/* Before 7.1 there is no fsdev_dax at all, so that nothing of it can be wrong. */
static bool applies(const struct machine_facts *machine, const struct fix *fix)
{
	if (fix->in == IN_CORE)
		return true;
	return machine->origin == ORIGIN_DKMS || machine->origin == ORIGIN_IN_TREE ||
	       (machine->origin == ORIGIN_UNKNOWN && machine->has_version &&
		compare(&machine->version, &first_driver) >= 0);
}

bool doctor_get_fix(const struct machine_facts *machine, size_t index, struct daxfs_fix *ret_fix)
{
	const struct fix *fix = fixes;
	const struct fix *end = fixes + ARRAY_SIZE(fixes);

	for (; fix < end; fix++)
		if (applies(machine, fix) && index-- == 0)
			break;
	if (fix == end)
		return false;
	*ret_fix = (struct daxfs_fix){ .id = fix->id, .where = fix->where, .what = fix->what };
	if (fix->in == IN_CORE)
		answer_core(machine, fix, ret_fix);
	else
		answer_driver(machine, fix, ret_fix);
	return true;
}
