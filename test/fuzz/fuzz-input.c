// SPDX-License-Identifier: GPL-2.0-only
/* Documents for --input: what is taken fits together, and is the same when it is written anew. */
#include "fuzz.h"

#include <inttypes.h>

#include "input.h"

DEFINE_CLEANUP(struct input *, input_free)

static void check_mappings(const struct input_device *device)
{
	uint64_t sum;

	REQUIRE(daxfs_ranges_check(device->mappings, device->n_mappings, 0, sysconf(_SC_PAGESIZE),
				   NULL) == 0);
	REQUIRE(daxfs_ranges_size(device->mappings, device->n_mappings, &sum) == 0);
	REQUIRE(!device->has_size || sum == device->size);
}

static void check_input(const struct input *input)
{
	for (size_t i = 0; i < input->n_devices; i++) {
		const struct input_device *device = &input->devices[i];

		REQUIRE(daxfs_parse_device_name(device->chardev, NULL, NULL) == 0);
		for (size_t j = 0; j < i; j++)
			REQUIRE(strcmp(device->chardev, input->devices[j].chardev) != 0);
		if (device->has_mode)
			REQUIRE(daxfs_mode_get_driver(device->mode));
		if (device->has_mappings)
			check_mappings(device);
		else
			REQUIRE(!device->mappings && device->n_mappings == 0);
	}
}

/* Backwards: their order is that of page_offset. */
static void print_mappings(FILE *f, const struct input_device *device)
{
	fputs(",\"mappings\":[", f);
	for (size_t i = device->n_mappings; i-- > 0;) {
		const struct daxfs_range *range = &device->mappings[i];

		fprintf(f, "{\"page_offset\":%" PRIu64, range->page_offset);
		fprintf(f, ",\"start\":\"0x%" PRIx64 "\",\"end\":\"0x%" PRIx64 "\"}%s",
			range->start, range->end, i ? "," : "");
	}
	fputs("]", f);
}

static char *print_input(const struct input *input)
{
	_cleanup_fclose_ FILE *f = NULL;
	char *text = NULL;
	size_t size;

	f = open_memstream(&text, &size);
	REQUIRE(f);
	fputs("{\"schema\":1,\"devices\":[", f);
	for (size_t i = 0; i < input->n_devices; i++) {
		const struct input_device *device = &input->devices[i];

		fprintf(f, "%s{\"chardev\":\"%s\"", i ? "," : "", device->chardev);
		if (device->has_size)
			fprintf(f, ",\"size\":\"%" PRIu64 "\"", device->size);
		if (device->has_align)
			fprintf(f, ",\"align\":\"%" PRIu64 "\"", device->align);
		if (device->has_mode)
			fprintf(f, ",\"mode\":\"%s\"", daxfs_mode_to_string(device->mode));
		if (device->has_mappings)
			print_mappings(f, device);
		fputs("}", f);
	}
	fputs("]}", f);
	REQUIRE(fclose(TAKE_PTR(f)) == 0);
	return text;
}

static void same_device(const struct input_device *a, const struct input_device *b)
{
	REQUIRE(strcmp(a->chardev, b->chardev) == 0);
	REQUIRE(a->has_size == b->has_size && a->size == b->size);
	REQUIRE(a->has_align == b->has_align && a->align == b->align);
	REQUIRE(a->has_mode == b->has_mode && a->mode == b->mode);
	REQUIRE(a->has_mappings == b->has_mappings && a->n_mappings == b->n_mappings);
	for (size_t i = 0; i < a->n_mappings; i++)
		REQUIRE(memcmp(&a->mappings[i], &b->mappings[i], sizeof(a->mappings[i])) == 0);
}

static void check_again(const struct input *input)
{
	_cleanup_(input_freep) struct input *again = NULL;
	_cleanup_free_ char *text = print_input(input), *error = NULL;

	REQUIRE(input_parse(text, strlen(text), &again, &error) == 0 && !error);
	REQUIRE(again->n_devices == input->n_devices);
	for (size_t i = 0; i < input->n_devices; i++)
		same_device(&input->devices[i], &again->devices[i]);
}

/* An error is one line, and says where. */
static void check_error(const char *error)
{
	static const char *const places[] = { "line ", "devices", "schema: ", "neither ",
					      "too large" };
	bool has_place = false;

	REQUIRE(error && *error && !strchr(error, '\n'));
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		has_place |= strncmp(error, places[i], strlen(places[i])) == 0;
	REQUIRE(has_place);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(input_freep) struct input *input = NULL;
	_cleanup_free_ char *error = NULL;
	int r = input_parse((const char *)data, size, &input, &error);

	if (r < 0) {
		REQUIRE(r == -EINVAL && !input);
		check_error(error);
		return 0;
	}
	REQUIRE(input && !error);
	check_input(input);
	check_again(input);
	return 0;
}
