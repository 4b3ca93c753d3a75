// SPDX-License-Identifier: GPL-2.0-only
/* The machine, as JSON and as text. */
#include <string.h>

#include "output-json.h"
#include "text.h"

static struct json *json_machine(struct output *out, const struct daxfs_machine *machine)
{
	struct json *object = json_object(out);
	struct json *driver = NULL;

	json_put_string(out, object, "kernel", machine->kernel);
	json_put_string(out, object, "arch", machine->arch);
	json_put_bool(out, object, "secure_boot", machine->knows_secure_boot, machine->secure_boot);
	json_put_string(out, object, "lockdown", machine->lockdown);
	json_put_string(out, object, "online_policy", machine->online_policy);
	if (machine->driver_origin) {
		driver = json_object(out);
		json_put_string(out, driver, "origin", machine->driver_origin);
		json_put_bool(out, driver, "loaded", true, machine->driver_is_loaded);
		json_put_string(out, driver, "file", machine->driver_path);
		json_put_string(out, driver, "version", machine->driver_version);
		json_put_string(out, driver, "signer", machine->driver_signer);
	}
	json_put(out, object, "fsdev_dax", driver);
	return object;
}

static struct json *json_fixes(struct output *out, const struct daxfs_check *check)
{
	struct json *array = json_array(out);
	struct daxfs_fix fix;

	for (size_t i = 0; array && daxfs_check_get_fix(check, i, &fix); i++) {
		struct json *object = json_object(out);

		json_put_string(out, object, "id", fix.id);
		json_put_string(out, object, "where", fix.where);
		json_put_string(out, object, "what", fix.what);
		json_put_bool(out, object, "fixed", fix.is_known, fix.has_it);
		json_put_string(out, object, "evidence", fix.evidence);
		json_append(out, array, object);
	}
	return array;
}

static const char *or_unknown(const char *text)
{
	return text ? text : "not known";
}

static void print_machine(const struct daxfs_machine *machine)
{
	printf("kernel %s, %s; lockdown %s; Secure Boot %s; auto-online policy %s\n",
	       or_unknown(machine->kernel), or_unknown(machine->arch),
	       or_unknown(machine->lockdown),
	       !machine->knows_secure_boot ? "not known"
	       : machine->secure_boot	   ? "on"
					   : "off",
	       or_unknown(machine->online_policy));
	if (!machine->driver_origin) {
		puts("fsdev_dax: none that is known");
		return;
	}
	printf("fsdev_dax: %s%s%s, %s", machine->driver_origin, machine->driver_version ? " " : "",
	       machine->driver_version ? machine->driver_version : "",
	       machine->driver_is_loaded ? "loaded" : "not loaded");
	if (machine->driver_path)
		printf(", %s", machine->driver_path);
	if (machine->driver_signer)
		printf(", signed by %s", machine->driver_signer);
	putchar('\n');
}

static void print_fixes(const struct daxfs_check *check)
{
	struct daxfs_fix fix;

	for (size_t i = 0; daxfs_check_get_fix(check, i, &fix); i++) {
		const char *answer = !fix.is_known ? "not known" : fix.has_it ? "yes" : "no";

		printf("  %-9s %-16s %s: %s\n", answer, fix.id, fix.where, fix.what);
		if (fix.evidence)
			printf("            by %s\n", fix.evidence);
	}
}

void output_doctor(struct output *out, const struct daxfs_check *check, bool verbose)
{
	struct daxfs_machine machine = {};

	daxfs_check_get_machine(check, &machine);
	if (out->json) {
		json_put(out, out->members, "machine", json_machine(out, &machine));
		json_put(out, out->members, "fixes", json_fixes(out, check));
		json_put_findings(out, out->members, check);
		return;
	}
	print_machine(&machine);
	if (verbose)
		print_fixes(check);
	text_findings(check, verbose);
}
