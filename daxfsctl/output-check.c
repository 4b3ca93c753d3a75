// SPDX-License-Identifier: GPL-2.0-only
/* Findings, as JSON and as text. */
#include <inttypes.h>

#include "output-json.h"
#include "text.h"

static struct json *json_values(struct output *out, const struct daxfs_finding *finding)
{
	struct json *object = json_object(out);
	const struct daxfs_value *values;
	size_t n = daxfs_finding_get_values(finding, &values);

	for (size_t i = 0; object && i < n; i++) {
		if (values[i].text)
			json_put_string(out, object, values[i].name, values[i].text);
		else
			json_put_u64(out, object, values[i].name, true, values[i].number);
	}
	return object;
}

static struct json *json_finding(struct output *out, const struct daxfs_finding *finding)
{
	struct json *object = json_object(out);

	json_put_string(out, object, "id", daxfs_finding_get_id(finding));
	json_put_string(out, object, "severity",
			daxfs_severity_to_string(daxfs_finding_get_severity(finding)));
	json_put_string(out, object, "device", daxfs_finding_get_device(finding));
	json_put_string(out, object, "message", daxfs_finding_get_message(finding));
	json_put(out, object, "values", json_values(out, finding));
	json_put_string(out, object, "effect", daxfs_finding_get_effect(finding));
	json_put_string(out, object, "remedy", daxfs_finding_get_remedy(finding));
	json_put_string(out, object, "override", daxfs_finding_get_override(finding));
	return object;
}

void json_put_findings(struct output *out, struct json *object, const struct daxfs_check *check)
{
	struct json *findings = json_array(out);
	struct json *unchecked = json_array(out);
	const char *what, *why;

	for (size_t i = 0; findings && i < daxfs_check_get_n_findings(check); i++)
		json_append(out, findings, json_finding(out, daxfs_check_get_finding(check, i)));
	for (size_t i = 0; unchecked && daxfs_check_get_unchecked(check, i, &what, &why); i++) {
		struct json *part = json_object(out);

		json_put_string(out, part, "what", what);
		json_put_string(out, part, "why", why);
		json_append(out, unchecked, part);
	}
	json_put(out, object, "findings", findings);
	json_put(out, object, "unchecked", unchecked);
}

/* With @named, the device is said: it is one of many. */
static void print_finding(const struct daxfs_finding *finding, bool named)
{
	const char *device = named ? daxfs_finding_get_device(finding) : NULL;
	const char *remedy = daxfs_finding_get_remedy(finding);
	const char *override = daxfs_finding_get_override(finding);

	printf("  %s %s: ", daxfs_severity_to_string(daxfs_finding_get_severity(finding)),
	       daxfs_finding_get_id(finding));
	if (device)
		printf("%s: ", device);
	text_safely(stdout, daxfs_finding_get_message(finding));
	fputs("\n    follows: ", stdout);
	text_safely(stdout, daxfs_finding_get_effect(finding));
	fputc('\n', stdout);
	if (remedy) {
		fputs("    remedy: ", stdout);
		text_safely(stdout, remedy);
		fputc('\n', stdout);
	}
	if (override)
		printf("    permitted by: %s\n", override);
}

static void print_count(size_t n, const char *what, const char *separator)
{
	if (n)
		printf("%s%zu %s%s", separator, n, what, n == 1 ? "" : "s");
}

static void print_summary(const struct daxfs_check *check)
{
	size_t n = daxfs_check_get_n_findings(check), n_errors = 0;

	for (size_t i = 0; i < n; i++)
		n_errors += daxfs_finding_get_severity(daxfs_check_get_finding(check, i)) ==
			    DAXFS_SEVERITY_ERROR;
	if (n == 0)
		fputs("no findings", stdout);
	print_count(n_errors, "error", "");
	print_count(n - n_errors, "warning", n_errors ? ", " : "");
	fputc('\n', stdout);
}

void text_findings(const struct daxfs_check *check, bool verbose)
{
	const char *what, *why;
	size_t n_unchecked = 0;

	print_summary(check);
	for (size_t i = 0; i < daxfs_check_get_n_findings(check); i++)
		print_finding(daxfs_check_get_finding(check, i), !daxfs_check_get_device(check));
	for (; daxfs_check_get_unchecked(check, n_unchecked, &what, &why); n_unchecked++) {
		if (!verbose)
			continue;
		printf("  not checked: %s: ", what);
		text_safely(stdout, why);
		fputc('\n', stdout);
	}
	if (n_unchecked && !verbose)
		printf("  not checked: %zu (-v tells)\n", n_unchecked);
}

void output_check(struct output *out, const struct daxfs_check *check, bool verbose)
{
	const struct daxfs_device *device = daxfs_check_get_device(check);
	const char *mode = daxfs_mode_to_string(daxfs_check_get_mode(check));
	_cleanup_json_ struct json *object = NULL;

	if (!out->json) {
		printf("%s: %s%s", daxfs_device_get_name(device), mode ? mode : "",
		       mode ? ": " : "");
		text_findings(check, verbose);
		return;
	}
	object = json_object(out);
	if (!object)
		return;
	json_put_basic(out, object, device);
	json_put_string(out, object, "checked_mode", mode);
	json_put_findings(out, object, check);
	output_item(out, object);
}
