// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is to be said of a machine. */
#include "doctor.h"

#include <string.h>

/* A list of the ids of fixes that are missing: "pins mapping-write". */
struct missing {
	char *text;
	bool in_series; /* one of them was fixed in the kernel's own tree since */
};

static int append_word(char **text, const char *word)
{
	char *longer;

	if (asprintf(&longer, "%s%s%s", *text ? *text : "", *text ? " " : "", word) < 0)
		return -ENOMEM;
	free(*text);
	*text = longer;
	return 0;
}

static int list_missing(const struct machine_facts *machine, bool of_driver,
			struct missing *missing)
{
	struct daxfs_fix fix;

	for (size_t i = 0; doctor_get_fix(machine, i, &fix); i++) {
		bool is_driver = strcmp(fix.where, "drivers/dax/fsdev.c") == 0;

		if (is_driver != of_driver || !fix.is_known || fix.has_it)
			continue;
		missing->in_series |= strcmp(fix.id, "failure-offset") == 0;
		if (append_word(&missing->text, fix.id) < 0)
			return -ENOMEM;
	}
	return 0;
}

static void check_driver_defects(const struct machine_facts *machine, struct findings *findings)
{
	struct missing missing = {};
	_cleanup_free_ char *text = NULL;
	int r = list_missing(machine, true, &missing);

	text = missing.text;
	if (r < 0)
		findings->out_of_memory = true;
	if (r < 0 || !text)
		return;
	findings_add(findings,
		     &(struct finding){
			     .severity = missing.in_series ? DAXFS_SEVERITY_ERROR
							   : DAXFS_SEVERITY_WARNING,
			     .id = "driver-defects",
			     .effect = missing.in_series
					       ? "a file system is told wrong offsets of memory "
						 "failures, and the kernel crashes when they are "
						 "used; more ways to crash it are among these"
					       : "the kernel can crash in these cases, as when a "
						 "device is unbound while a page of it is pinned",
			     .remedy =
				     missing.in_series
					     ? "run Linux 7.2 or later; the DKMS package daxfs has "
					       "a driver without these defects"
					     : "the DKMS package daxfs has a driver without these "
					       "defects",
			     VALUES(TEXT("missing", text), TEXT("kernel", machine->release)) },
		     "the fsdev_dax of this kernel lacks fixes: %s", text);
}

static void check_core_defects(const struct machine_facts *machine, struct findings *findings)
{
	struct missing missing = {};
	_cleanup_free_ char *text = NULL;
	int r = list_missing(machine, false, &missing);

	text = missing.text;
	if (r < 0)
		findings->out_of_memory = true;
	if (r < 0 || !text)
		return;
	findings_add(
		findings,
		&(struct finding){
			.severity = DAXFS_SEVERITY_WARNING,
			.id = "core-defects",
			.effect =
				"file systems on DAX devices can miss a memory failure, or crash, "
				"when one goes away at that moment; no module can mend that",
			.remedy = "run Linux 7.2 or later",
			VALUES(TEXT("missing", text), TEXT("kernel", machine->release)) },
		"code that is built into this kernel lacks fixes: %s", text);
}

/* ---- which driver */

static bool runs_driver(const struct machine_facts *machine)
{
	return machine->has_version &&
	       (machine->version.major > 7 ||
		(machine->version.major == 7 && machine->version.minor >= 1));
}

static void check_driver_there(const struct machine_facts *machine, struct findings *findings)
{
	if (machine->origin == ORIGIN_NONE && machine->has_dax_bus)
		findings_add(findings,
			     &(struct finding){
				     .severity = DAXFS_SEVERITY_WARNING,
				     .id = "no-driver",
				     .effect = "no device can be in mode famfs",
				     .remedy =
					     runs_driver(machine)
						     ? "install the modules of this kernel, or the "
						       "DKMS package daxfs"
						     : "run Linux 7.1 or later",
				     VALUES(TEXT("kernel", machine->release)) },
			     "there is no fsdev_dax for this kernel");
	if (machine->has_dkms_source && runs_driver(machine) &&
	    (machine->origin == ORIGIN_IN_TREE || machine->origin == ORIGIN_NONE))
		findings_add(
			findings,
			&(struct finding){
				.severity = DAXFS_SEVERITY_WARNING,
				.id = "dkms-not-built",
				.effect = machine->origin == ORIGIN_NONE
						  ? "no device can be in mode famfs"
						  : "the driver of the kernel's own tree is used",
				.remedy =
					"see dkms status and /var/lib/dkms/daxfs/*/build/make.log; "
					"dkms autoinstall builds it; reload the driver, or reboot",
				VALUES(TEXT("kernel", machine->release)) },
			"the DKMS package daxfs is installed, but this kernel does not use its "
			"fsdev_dax");
}

static void check_driver_file(const struct machine_facts *machine, struct findings *findings)
{
	const struct module_info *info = &machine->info;

	if (machine->wants_signatures && info->path && !info->is_signed)
		findings_add(
			findings,
			&(struct finding){
				.severity = DAXFS_SEVERITY_ERROR,
				.id = "module-unsigned",
				.effect = info->fixes
						  ? "the kernel does not load it, and it hides "
						    "the one of the kernel's own tree: no mode "
						    "famfs after the next load"
						  : "the kernel does not load it: no mode famfs",
				.remedy =
					"sign it by a key that is enrolled (mokutil --import), or "
					"remove the package",
				VALUES(TEXT("file", info->path)) },
			"the kernel loads signed modules only, and %s has no signature",
			info->path);
	if (machine->is_loaded && machine->loaded_srcversion[0] && info->srcversion &&
	    strcmp(info->srcversion, machine->loaded_srcversion) != 0)
		findings_add(
			findings,
			&(struct finding){
				.severity = DAXFS_SEVERITY_WARNING,
				.id = "driver-other",
				.effect =
					"what is said here of fixes is of the one that is loaded; "
					"after the next load it is the other",
				.remedy = "when no device is in mode famfs: modprobe -r fsdev_dax; "
					  "modprobe fsdev_dax",
				VALUES(TEXT("loaded", machine->loaded_srcversion),
				       TEXT("file", info->path)) },
			"the fsdev_dax that is loaded is another than that of %s", info->path);
	if (machine->module == MODULE_BLACKLISTED || machine->module == MODULE_OVERRIDDEN)
		findings_add(findings,
			     &(struct finding){
				     .severity = DAXFS_SEVERITY_WARNING,
				     .id = "driver-blocked",
				     .effect = "no device can be switched to mode famfs",
				     .remedy =
					     "see modprobe --showconfig, and take the entry out" },
			     "the configuration of modprobe keeps fsdev_dax from being loaded");
}

/* ---- what else is installed and set */

static void check_policy(const struct machine_facts *machine, struct findings *findings)
{
	if (machine->policy == POLICY_UNKNOWN || machine->policy == POLICY_OFFLINE)
		return;
	findings_add(
		findings,
		&(struct finding){
			.severity = DAXFS_SEVERITY_WARNING,
			.id = "online-policy",
			.effect =
				"memory that a device brings as system-ram is online at once, in "
				"the zone of the policy: a switch that asks for another is refused, "
				"and daxctl refuses every one",
			.remedy =
				"echo offline > /sys/devices/system/memory/auto_online_blocks; for "
				"good by memhp_default_state=offline of the kernel's command line",
			VALUES(TEXT("policy", policy_to_string(machine->policy))) },
		"the kernel's auto-online policy is %s", policy_to_string(machine->policy));
}

static void check_daxctl(const struct machine_facts *machine, struct findings *findings)
{
	const struct place_in_file *rule = &machine->daxctl_rule;

	if (rule->path)
		findings_add(
			findings,
			&(struct finding){
				.severity = DAXFS_SEVERITY_WARNING,
				.id = "daxctl-rule",
				.effect =
					"what /etc/daxctl.conf.d says of devices is not done at boot",
				.remedy = "do not rely on it",
				VALUES(TEXT("file", rule->path), NUMBER("line", rule->line)) },
			"%s, line %u, starts something of daxctl that is not there", rule->path,
			rule->line);
	if (machine->old_libdaxctl && machine->origin != ORIGIN_NONE)
		findings_add(
			findings,
			&(struct finding){
				.severity = DAXFS_SEVERITY_WARNING,
				.id = "old-daxctl",
				.effect =
					"daxctl lists a device in mode famfs as devdax, and says that "
					"it has switched one to devdax when nothing happened",
				.remedy = "use daxfsctl in its place, or daxctl 85 or later",
				VALUES(TEXT("file", machine->old_libdaxctl)) },
			"%s does not know fsdev_dax", machine->old_libdaxctl);
}

static void check_mounts(const struct machine_facts *machine, struct findings *findings)
{
	if (machine->debugfs == ANSWER_NO)
		findings_add(findings,
			     &(struct finding){
				     .severity = DAXFS_SEVERITY_WARNING,
				     .id = "no-debugfs",
				     .effect = "poison of CXL memory can be neither injected nor "
					       "cleared",
				     .remedy = "mount -t debugfs debugfs /sys/kernel/debug" },
			     "debugfs is not mounted on /sys/kernel/debug");
	if (machine->tracefs == ANSWER_NO)
		findings_add(findings,
			     &(struct finding){
				     .severity = DAXFS_SEVERITY_WARNING,
				     .id = "no-tracefs",
				     .effect = "the poison lists of CXL memory cannot be read",
				     .remedy = "mount -t tracefs tracefs /sys/kernel/tracing" },
			     "tracefs is not mounted on /sys/kernel/tracing");
}

/* ---- what is left of others' work */

static void check_patient(const struct patient *patient, struct findings *findings)
{
	if (patient->is_stranded)
		findings_add(findings,
			     &(struct finding){ .severity = DAXFS_SEVERITY_ERROR,
						.class = DAXFS_CLASS_REBOOT,
						.id = "stranded",
						.device = patient->name,
						.effect = "no driver can take it",
						.remedy = "only a reboot frees it" },
			     "its range is still System RAM (kmem) without a driver");
	if (patient->has_left_page_map)
		findings_add(
			findings,
			&(struct finding){
				.severity = DAXFS_SEVERITY_WARNING,
				.id = "left-page-map",
				.device = patient->name,
				.effect = "unless the device was made anew since, every driver "
					  "but kmem and that of the package daxfs refuses it",
				.remedy = "see EINVAL AND A PRE-POPULATED PAGE MAP in "
					  "daxfsctl-reconfigure-device(1)" },
			"the kernel's log says that a probe that failed left a page map behind");
	if (patient->journal)
		findings_add(findings,
			     &(struct finding){
				     .severity = DAXFS_SEVERITY_WARNING,
				     .id = "journal",
				     .device = patient->name,
				     .effect =
					     "its mode, ranges, or an id of it in a driver may be "
					     "those of a switch that is not over",
				     .remedy = "daxfsctl recover",
				     VALUES(TEXT("journal", patient->journal)) },
			     "there is a journal of a switch: %s", patient->journal);
}

void doctor_run(const struct machine_facts *machine, struct findings *findings)
{
	if (!machine->has_version)
		findings_skip(findings, "kernel", "its version is not known");
	if (machine->origin == ORIGIN_UNKNOWN)
		findings_skip(findings, "driver", "a recorded tree does not hold modules");
	check_driver_there(machine, findings);
	check_driver_file(machine, findings);
	check_driver_defects(machine, findings);
	check_core_defects(machine, findings);
	check_policy(machine, findings);
	check_daxctl(machine, findings);
	check_mounts(machine, findings);
	for (size_t i = 0; i < machine->n_patients; i++)
		check_patient(&machine->patients[i], findings);
	if (machine->log_is_hidden)
		findings_skip(findings, "left page maps", "the kernel's log cannot be read");
	findings_skip(findings, "left ids",
		      "the kernel does not show which devices a driver was told of");
}

/* ---- text of others' making */

static int take_number(const char **text, unsigned int *ret_number)
{
	size_t length = strspn(*text, "0123456789");
	char digits[8];
	uint64_t number;

	if (length == 0 || length >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, *text, length);
	digits[length] = '\0';
	if (parse_u64(digits, 10, &number) < 0)
		return -EINVAL;
	*ret_number = number;
	*text += length;
	return 0;
}

int doctor_parse_release(const char *release, struct kernel_version *ret_version)
{
	struct kernel_version version = {};

	if (take_number(&release, &version.major) < 0 || *release != '.')
		return -EINVAL;
	release++;
	if (take_number(&release, &version.minor) < 0)
		return -EINVAL;
	/* "6.12-rc3" has no third number. */
	if (*release == '.') {
		release++;
		if (take_number(&release, &version.patch) < 0)
			return -EINVAL;
	}
	*ret_version = version;
	return 0;
}

int doctor_find_daxctl_rule(FILE *rules, bool has_unit, unsigned int *ret_line)
{
	_cleanup_free_ char *line = NULL;
	unsigned int number = 0;
	size_t room = 0;

	while (getline(&line, &room, rules) >= 0) {
		number++;
		if (line[strspn(line, " \t")] == '#')
			continue;
		/* `daxctl -C` is no command; and a unit that is wanted has to be there. */
		if (!strstr(line, "daxctl -C") &&
		    (has_unit || !strstr(line, "daxdev-reconfigure@")))
			continue;
		*ret_line = number;
		return 0;
	}
	return -ENOENT;
}
