// SPDX-License-Identifier: GPL-2.0-only
/* Places in devices, what became of them, and what is known to be poisoned. */
#include <inttypes.h>
#include <string.h>

#include "output-json.h"
#include "text.h"

DEFINE_CLEANUP(struct daxfs_poison_request *, daxfs_poison_request_free)
DEFINE_CLEANUP(struct daxfs_spot *, daxfs_spot_free)

/* ---- JSON */

static struct json *json_targets(struct output *out, const struct daxfs_spot *spot)
{
	struct json *array = json_array(out);
	const struct daxfs_target *targets;
	size_t n = daxfs_spot_get_targets(spot, &targets);

	for (size_t i = 0; array && i < n; i++) {
		struct json *object = json_object(out);

		json_put_u64(out, object, "offset", true, targets[i].offset);
		json_put_u64(out, object, "length", true, targets[i].length);
		json_put_u64(out, object, "mapping", true, targets[i].mapping);
		json_put_u64(out, object, "address", true, targets[i].address);
		json_put_u64(out, object, "pfn", true, targets[i].pfn);
		if (targets[i].has_namespace_offset)
			json_put_u64(out, object, "namespace_offset", true,
				     targets[i].namespace_offset);
		if (targets[i].memdev) {
			json_put_string(out, object, "memdev", targets[i].memdev);
			json_put_u64(out, object, "dpa", true, targets[i].dpa);
		}
		json_append(out, array, object);
	}
	return array;
}

static struct json *json_failures(struct output *out, const struct daxfs_failures *failures)
{
	struct json *object = json_object(out);
	bool has_nodes = failures->has_nodes;

	json_put_u64(out, object, "total", has_nodes, failures->total);
	json_put_u64(out, object, "recovered", has_nodes, failures->recovered);
	json_put_u64(out, object, "failed", has_nodes, failures->failed);
	json_put_u64(out, object, "ignored", has_nodes, failures->ignored);
	json_put_u64(out, object, "delayed", has_nodes, failures->delayed);
	json_put_u64(out, object, "corrupted_bytes", failures->has_corrupted,
		     failures->corrupted_bytes);
	return object;
}

static void put_evidence(struct output *out, struct json *object, const struct daxfs_spot *spot)
{
	struct daxfs_failures before, after;
	struct json *failures;

	if (!daxfs_spot_get_failures(spot, &before, &after))
		return;
	failures = json_object(out);
	json_put(out, failures, "before", json_failures(out, &before));
	json_put(out, failures, "after", json_failures(out, &after));
	json_put(out, object, "failures", failures);
}

static void put_notes(struct output *out, struct json *object, const struct daxfs_spot *spot)
{
	struct json *notes;

	if (!daxfs_spot_get_note(spot, 0))
		return;
	notes = json_array(out);
	for (size_t i = 0; notes && daxfs_spot_get_note(spot, i); i++)
		json_append(out, notes, json_string(out, daxfs_spot_get_note(spot, i)));
	json_put(out, object, "notes", notes);
}

static void print_json_spot(struct output *out, const struct daxfs_spot *spot, const char *result)
{
	_cleanup_json_ struct json *object = json_object(out);
	bool recovered = false, is_known = daxfs_spot_get_recovered(spot, &recovered);

	if (!object)
		return;
	json_put_basic(out, object, daxfs_spot_get_device(spot));
	json_put_string(out, object, "result", result);
	json_put_string(out, object, "method",
			daxfs_poison_method_to_string(daxfs_spot_get_method(spot)));
	json_put(out, object, "targets", json_targets(out, spot));
	if (strcmp(result, "injected") == 0 || strcmp(result, "failed") == 0)
		json_put_bool(out, object, "recovered", is_known, recovered);
	put_evidence(out, object, spot);
	put_notes(out, object, spot);
	output_item(out, object);
}

static struct json *json_poison(struct output *out, const struct daxfs_device *device)
{
	const struct daxfs_poison *poison;
	struct json *array;
	size_t n;

	if (!daxfs_device_get_poison(device, &poison, &n))
		return NULL;
	array = json_array(out);
	for (size_t i = 0; array && i < n; i++) {
		struct json *object = json_object(out);

		json_put_u64(out, object, "offset", true, poison[i].offset);
		json_put_u64(out, object, "length", true, poison[i].length);
		json_put_string(out, object, "source",
				daxfs_poison_source_to_string(poison[i].source));
		json_append(out, array, object);
	}
	return array;
}

void json_put_poison(struct output *out, struct json *object, const struct daxfs_device *device)
{
	struct json *unknown = json_array(out);

	for (unsigned int source = 0; unknown && daxfs_poison_source_to_string(source); source++)
		if (daxfs_device_hides_poison(device, source))
			json_append(out, unknown,
				    json_string(out, daxfs_poison_source_to_string(source)));
	json_put(out, object, "poison", json_poison(out, device));
	json_put(out, object, "poison_unknown", unknown);
}

/* ---- text */

void output_targets(FILE *f, const struct daxfs_spot *spot)
{
	const char *name = daxfs_device_get_name(daxfs_spot_get_device(spot));
	const char *method = daxfs_poison_method_to_string(daxfs_spot_get_method(spot));
	const struct daxfs_target *targets;
	size_t n = daxfs_spot_get_targets(spot, &targets);

	for (size_t i = 0; i < n; i++) {
		const struct daxfs_target *target = &targets[i];

		fprintf(f,
			"%s: offset 0x%" PRIx64 ", %" PRIu64
			" bytes: mapping%zu, address 0x%" PRIx64 ", pfn 0x%" PRIx64,
			name, target->offset, target->length, target->mapping, target->address,
			target->pfn);
		if (target->has_namespace_offset)
			fprintf(f, ", block %" PRIu64 " of the namespace",
				target->namespace_offset / 512);
		if (target->memdev)
			fprintf(f, ", %s 0x%" PRIx64, target->memdev, target->dpa);
		fprintf(f, " (%s)\n", method);
	}
	for (size_t i = 0; daxfs_spot_get_note(spot, i); i++)
		fprintf(f, "  note: %s\n", daxfs_spot_get_note(spot, i));
}

static void print_count(const char *what, uint64_t before, uint64_t after)
{
	printf(", %s %" PRIu64 " -> %" PRIu64, what, before, after);
}

static void print_evidence(const struct daxfs_spot *spot)
{
	struct daxfs_failures before, after;

	if (!daxfs_spot_get_failures(spot, &before, &after))
		return;
	fputs("  memory failures", stdout);
	if (after.has_nodes) {
		printf(" %" PRIu64 " -> %" PRIu64, before.total, after.total);
		print_count("recovered", before.recovered, after.recovered);
		print_count("failed", before.failed, after.failed);
	} else {
		fputs(" are not counted by this kernel", stdout);
	}
	if (after.has_corrupted)
		print_count("HardwareCorrupted", before.corrupted_bytes, after.corrupted_bytes);
	fputc('\n', stdout);
}

static void print_spot(const struct daxfs_spot *spot, const char *result)
{
	bool recovered;

	printf("%s: %s", daxfs_device_get_name(daxfs_spot_get_device(spot)), result);
	if (daxfs_spot_get_recovered(spot, &recovered))
		printf(", %srecovered", recovered ? "" : "not ");
	fputc('\n', stdout);
	print_evidence(spot);
}

void output_spot(struct output *out, const struct daxfs_spot *spot, const char *result)
{
	if (out->json)
		print_json_spot(out, spot, result);
	else
		print_spot(spot, result);
}

void output_refused(struct output *out, const struct daxfs_device *device)
{
	_cleanup_json_ struct json *object = NULL;

	if (!out->json) {
		printf("%s: refused\n", daxfs_device_get_name(device));
		return;
	}
	object = json_object(out);
	if (!object)
		return;
	json_put_basic(out, object, device);
	json_put_string(out, object, "result", "refused");
	output_item(out, object);
}

static void print_places(FILE *f, const struct daxfs_device *device, bool in_bytes)
{
	const struct daxfs_poison *poison;
	const char *separator = "";
	size_t n = 0;

	if (!daxfs_device_get_poison(device, &poison, &n)) {
		fputc('-', f);
		return;
	}
	for (size_t i = 0; i < n; i++, separator = ",")
		fprintf(f, "%s0x%" PRIx64 "+%s:%s", separator, poison[i].offset,
			text_size(poison[i].length, in_bytes).text,
			daxfs_poison_source_to_string(poison[i].source));
	for (unsigned int source = 0; daxfs_poison_source_to_string(source); source++) {
		if (!daxfs_device_hides_poison(device, source))
			continue;
		fprintf(f, "%s?%s", separator, daxfs_poison_source_to_string(source));
		separator = ",";
	}
	if (!*separator)
		fputs("none", f);
}

char *text_poison(const struct daxfs_device *device, bool in_bytes)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	print_places(f, device, in_bytes);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

/* ---- --status */

static void print_poison(const struct daxfs_device *device)
{
	const struct daxfs_poison *poison;
	size_t n;

	if (!daxfs_device_get_poison(device, &poison, &n)) {
		printf("%s: only root may know\n", daxfs_device_get_name(device));
		return;
	}
	printf("%s: %zu places are known to be poisoned\n", daxfs_device_get_name(device), n);
	for (size_t i = 0; i < n; i++)
		printf("  offset 0x%" PRIx64 ", %" PRIu64 " bytes (%s)\n", poison[i].offset,
		       poison[i].length, daxfs_poison_source_to_string(poison[i].source));
	for (unsigned int source = 0; daxfs_poison_source_to_string(source); source++)
		if (daxfs_device_hides_poison(device, source))
			printf("  not known: %s\n", daxfs_poison_source_to_string(source));
}

/* Why the device cannot be poisoned by @method; NULL: it can. *ret_text is to be freed. */
static int ask_method(struct daxfs_ctx *ctx, const struct daxfs_device *device,
		      enum daxfs_poison_method method, char **ret_why)
{
	_cleanup_(daxfs_poison_request_freep) struct daxfs_poison_request *request = NULL;
	_cleanup_(daxfs_spot_freep) struct daxfs_spot *spot = NULL;
	const struct daxfs_error *error;
	int r;

	*ret_why = NULL;
	r = daxfs_poison_request_new(&request);
	if (r < 0)
		return r;
	daxfs_poison_request_set_method(request, method);
	/* Who uses it is another question. */
	daxfs_poison_request_set_force(request, true);
	r = daxfs_spot_new(ctx, daxfs_device_get_name(device), request, false, &spot);
	if (r == 0 || r == -ENOMEM)
		return r;
	error = daxfs_ctx_get_error(ctx);
	*ret_why = strdup(error ? daxfs_error_get_message(error) : strerror(-r));
	return *ret_why ? 0 : -ENOMEM;
}

static int put_methods(struct output *out, struct daxfs_ctx *ctx, const struct daxfs_device *device,
		       struct json *array)
{
	for (unsigned int method = DAXFS_POISON_AUTO + 1; daxfs_poison_method_to_string(method);
	     method++) {
		const char *name = daxfs_poison_method_to_string(method);
		_cleanup_free_ char *why = NULL;
		struct json *object;
		int r = ask_method(ctx, device, method, &why);

		if (r < 0)
			return r;
		if (!out->json) {
			printf("  method %s: ", name);
			text_safely(stdout, why ? why : "usable");
			fputc('\n', stdout);
			continue;
		}
		object = json_object(out);
		json_put_string(out, object, "method", name);
		json_put_bool(out, object, "usable", true, !why);
		json_put_string(out, object, "why", why);
		json_append(out, array, object);
	}
	return 0;
}

int output_poison_status(struct output *out, struct daxfs_ctx *ctx,
			 const struct daxfs_device *device)
{
	_cleanup_json_ struct json *object = NULL;
	struct json *methods;
	int r;

	if (!out->json) {
		print_poison(device);
		return put_methods(out, ctx, device, NULL);
	}
	object = json_object(out);
	methods = json_array(out);
	if (!object || !methods) {
		json_free(methods);
		return -ENOMEM;
	}
	json_put_basic(out, object, device);
	json_put_poison(out, object, device);
	r = put_methods(out, ctx, device, methods);
	json_put(out, object, "methods", methods);
	if (r == 0)
		output_item(out, object);
	return r;
}
