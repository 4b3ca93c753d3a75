// SPDX-License-Identifier: LGPL-2.1-or-later
#include "finding.h"

#include <stdarg.h>
#include <string.h>

static const char *const severities[] = {
	[DAXFS_SEVERITY_WARNING] = "warning",
	[DAXFS_SEVERITY_ERROR] = "error",
};

DAXFS_EXPORT const char *daxfs_severity_to_string(enum daxfs_severity severity)
{
	return (size_t)severity < ARRAY_SIZE(severities) ? severities[severity] : NULL;
}

static void free_values(struct daxfs_value *values, size_t n_values)
{
	for (size_t i = 0; i < n_values; i++) {
		free((char *)values[i].name);
		free((char *)values[i].text);
	}
	free(values);
}

static struct daxfs_finding *finding_free(struct daxfs_finding *finding)
{
	if (!finding)
		return NULL;
	free(finding->id);
	free(finding->device);
	free(finding->message);
	free(finding->effect);
	free(finding->remedy);
	free(finding->override);
	free_values(finding->values, finding->n_values);
	free(finding);
	return NULL;
}

DEFINE_CLEANUP(struct daxfs_finding *, finding_free)

void findings_done(struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		finding_free(findings->list[i]);
	free(findings->list);
	for (size_t i = 0; i < findings->n_unchecked; i++) {
		free(findings->unchecked[i].what);
		free(findings->unchecked[i].why);
	}
	free(findings->unchecked);
	*findings = (struct findings){};
}

static int copy_text(char **field, const char *text)
{
	if (!text)
		return 0;
	*field = strdup(text);
	return *field ? 0 : -ENOMEM;
}

static int copy_values(struct daxfs_finding *finding, const struct daxfs_value *values, size_t n)
{
	if (n == 0)
		return 0;
	finding->values = calloc(n, sizeof(*values));
	if (!finding->values)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct daxfs_value *value = &finding->values[finding->n_values++];

		value->number = values[i].number;
		value->name = strdup(values[i].name);
		if (!value->name)
			return -ENOMEM;
		if (values[i].text && !(value->text = strdup(values[i].text)))
			return -ENOMEM;
	}
	return 0;
}

/* Takes over @message; NULL: there was no memory for it. */
static int append(struct findings *findings, const struct finding *from, char *message)
{
	_cleanup_(finding_freep) struct daxfs_finding *finding = calloc(1, sizeof(*finding));
	struct daxfs_finding **list;

	if (!finding || !message) {
		free(message);
		return -ENOMEM;
	}
	finding->message = message;
	finding->severity = from->severity;
	finding->class = from->class ? from->class : DAXFS_CLASS_UNSUPPORTED;
	if (copy_text(&finding->id, from->id) < 0 ||
	    copy_text(&finding->device, from->device) < 0 ||
	    copy_text(&finding->effect, from->effect) < 0 ||
	    copy_text(&finding->remedy, from->remedy) < 0 ||
	    copy_text(&finding->override, from->override) < 0 ||
	    copy_values(finding, from->values, from->n_values) < 0)
		return -ENOMEM;
	list = reallocarray(findings->list, findings->n + 1, sizeof(struct daxfs_finding *));
	if (!list)
		return -ENOMEM;
	findings->list = list;
	list[findings->n++] = TAKE_PTR(finding);
	return 0;
}

void findings_add(struct findings *findings, const struct finding *finding, const char *format, ...)
{
	char *message = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&message, format, args);
	va_end(args);
	if (append(findings, finding, n < 0 ? NULL : message) < 0)
		findings->out_of_memory = true;
}

void findings_add_error(struct findings *findings, const struct daxfs_error *error,
			const char *effect, const struct daxfs_value *values, size_t n_values)
{
	const char *message = error->message;
	size_t length = error->device ? strlen(error->device) : 0;
	const struct finding finding = {
		.severity = DAXFS_SEVERITY_ERROR,
		.class = error->class,
		.id = error->id,
		.device = error->device,
		.effect = effect,
		.remedy = error->hint,
		.override = error->override,
		.values = values,
		.n_values = n_values,
	};

	/* "dax0.0: ...": a finding is told with its device anyway. */
	if (length && strncmp(message, error->device, length) == 0 &&
	    strncmp(message + length, ": ", 2) == 0)
		message += length + 2;
	if (append(findings, &finding, strdup(message)) < 0)
		findings->out_of_memory = true;
}

void findings_skip(struct findings *findings, const char *what, const char *format, ...)
{
	struct unchecked *list, *last;
	va_list args;
	int n;

	list = reallocarray(findings->unchecked, findings->n_unchecked + 1, sizeof(*list));
	if (!list) {
		findings->out_of_memory = true;
		return;
	}
	findings->unchecked = list;
	last = &list[findings->n_unchecked];
	va_start(args, format);
	n = vasprintf(&last->why, format, args);
	va_end(args);
	last->what = n < 0 ? NULL : strdup(what);
	if (!last->what) {
		if (n >= 0)
			free(last->why);
		findings->out_of_memory = true;
		return;
	}
	findings->n_unchecked++;
}

const struct daxfs_finding *findings_first_error(const struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		if (findings->list[i]->severity == DAXFS_SEVERITY_ERROR)
			return findings->list[i];
	return NULL;
}

bool findings_has(const struct findings *findings, const char *id)
{
	for (size_t i = 0; i < findings->n; i++)
		if (strcmp(findings->list[i]->id, id) == 0)
			return true;
	return false;
}

DAXFS_EXPORT enum daxfs_severity daxfs_finding_get_severity(const struct daxfs_finding *finding)
{
	return finding->severity;
}

DAXFS_EXPORT const char *daxfs_finding_get_id(const struct daxfs_finding *finding)
{
	return finding->id;
}

DAXFS_EXPORT const char *daxfs_finding_get_device(const struct daxfs_finding *finding)
{
	return finding->device;
}

DAXFS_EXPORT const char *daxfs_finding_get_message(const struct daxfs_finding *finding)
{
	return finding->message;
}

DAXFS_EXPORT const char *daxfs_finding_get_effect(const struct daxfs_finding *finding)
{
	return finding->effect;
}

DAXFS_EXPORT const char *daxfs_finding_get_remedy(const struct daxfs_finding *finding)
{
	return finding->remedy;
}

DAXFS_EXPORT const char *daxfs_finding_get_override(const struct daxfs_finding *finding)
{
	return finding->override;
}

DAXFS_EXPORT size_t daxfs_finding_get_values(const struct daxfs_finding *finding,
					     const struct daxfs_value **ret_values)
{
	*ret_values = finding->values;
	return finding->n_values;
}
