// SPDX-License-Identifier: GPL-2.0-only
/* What --input takes, and what it says of what it does not take. */
#include "unit.h"

#include <string.h>

#include "input.h"
#include "tree.h"

DEFINE_CLEANUP(struct input *, input_free)

/* A document of which only the devices matter. */
#define OURS(devices) \
	"{\"schema\":1,\"command\":\"list\",\"devices\":[" devices "],\"errors\":[]}\n"

static struct input *parse(const char *text)
{
	_cleanup_free_ char *error = NULL;
	struct input *input = NULL;

	if (input_parse(text, strlen(text), &input, &error) < 0)
		fail_msg("%s: %s", text, error);
	assert_null(error);
	assert_non_null(input);
	return input;
}

static void refused_bytes(const char *text, size_t length, const char *words)
{
	_cleanup_free_ char *error = NULL;
	struct input *input = NULL;

	assert_int_equal(input_parse(text, length, &input, &error), -EINVAL);
	assert_null(input);
	assert_non_null(error);
	assert_string_equal(error, words);
}

static void refused(const char *text, const char *words)
{
	refused_bytes(text, strlen(text), words);
}

static void our_own_document_is_read(void **state)
{
	_cleanup_(input_freep) struct input *input =
		parse(OURS("{\"chardev\":\"dax0.0\",\"size\":536870912,\"target_node\":1,"
			   "\"align\":2097152,\"mode\":\"famfs\",\"driver\":\"fsdev_dax\","
			   "\"seed\":false,\"mappings\":[{\"page_offset\":0,\"start\":4294967296,"
			   "\"end\":4831838207,\"size\":536870912}]},"
			   "{\"chardev\":\"dax1.0\",\"size\":0,\"align\":null,\"mode\":null,"
			   "\"mappings\":[]},"
			   "{\"chardev\":\"dax1.1\",\"mappings\":null}"));
	const struct input_device *device = input->devices;

	assert_int_equal(input->n_devices, 3);
	assert_string_equal(device[0].chardev, "dax0.0");
	assert_true(device[0].has_size && device[0].has_align && device[0].has_mode);
	assert_int_equal(device[0].size, 536870912);
	assert_int_equal(device[0].align, 2097152);
	assert_int_equal(device[0].mode, DAXFS_MODE_FAMFS);
	assert_true(device[0].has_mappings);
	assert_int_equal(device[0].n_mappings, 1);
	assert_int_equal(device[0].mappings[0].start, 0x100000000);
	assert_int_equal(device[0].mappings[0].end, 0x11fffffff);
	assert_true(device[1].has_size && !device[1].has_align && !device[1].has_mode);
	assert_true(device[1].has_mappings);
	assert_int_equal(device[1].n_mappings, 0);
	assert_false(device[2].has_size || device[2].has_mappings);
}

static void the_array_of_daxctl_is_read(void **state)
{
	_cleanup_(input_freep) struct input *input = parse(
		"[\n  {\n    \"chardev\":\"dax0.1\",\n    \"size\":\"0x40000000\",\n"
		"    \"align\":\"2M\",\n    \"mode\":\"system-ram\",\n"
		"    \"mappings\":[\n      {\"page_offset\":\"0x0\",\"start\":\"0x140000000\","
		"\"end\":\"0x17fffffff\",\"size\":\"0x40000000\"}\n    ]\n  }\n]\n");

	assert_int_equal(input->n_devices, 1);
	assert_int_equal(input->devices[0].size, 0x40000000);
	assert_int_equal(input->devices[0].align, 0x200000);
	assert_int_equal(input->devices[0].mode, DAXFS_MODE_SYSTEM_RAM);
	assert_int_equal(input->devices[0].mappings[0].start, 0x140000000);
}

/* As daxctl's own --input wants it: `daxctl list -M -d dax0.1 | jq '.[]'`. */
static void one_device_alone_is_read(void **state)
{
	_cleanup_(input_freep) struct input *input = parse("{\"chardev\":\"dax0.1\"}");

	assert_int_equal(input->n_devices, 1);
	assert_string_equal(input->devices[0].chardev, "dax0.1");
}

static void an_empty_list_has_no_devices(void **state)
{
	static const char *const texts[] = { OURS(""), "[]", " [ ]\r\n\t" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(input_freep) struct input *input = parse(texts[i]);

		assert_int_equal(input->n_devices, 0);
	}
}

static void mappings_are_put_in_their_order_in_the_device(void **state)
{
	_cleanup_(input_freep) struct input *input =
		parse("[{\"chardev\":\"dax0.0\",\"mappings\":["
		      "{\"page_offset\":1,\"start\":4096,\"end\":8191},"
		      "{\"page_offset\":0,\"start\":65536,\"end\":69631}]}]");

	assert_int_equal(input->devices[0].mappings[0].start, 65536);
	assert_int_equal(input->devices[0].mappings[1].start, 4096);
}

static void mappings_without_offsets_are_in_order(void **state)
{
	_cleanup_(input_freep) struct input *input =
		parse("[{\"chardev\":\"dax0.0\",\"mappings\":["
		      "{\"start\":65536,\"end\":73727},{\"start\":4096,\"end\":8191}]}]");

	assert_int_equal(input->devices[0].mappings[0].page_offset, 0);
	assert_int_equal(input->devices[0].mappings[1].page_offset, 2);
}

static void the_largest_numbers_are_read(void **state)
{
	_cleanup_(input_freep) struct input *input =
		parse("[{\"chardev\":\"dax0.0\",\"size\":18446744073709551614,"
		      "\"align\":\"0xffffffffffffffff\"}]");

	assert_true(input->devices[0].size == UINT64_MAX - 1);
	assert_true(input->devices[0].align == UINT64_MAX);
}

static void a_wrong_field_is_named_with_its_device(void **state)
{
	refused("[{\"chardev\":\"dax0.0\"},{\"chardev\":\"dax0.1\"},"
		"{\"chardev\":\"dax0.2\",\"align\":\"x\"}]",
		"devices[2].align: \"x\" is not a number");
	refused(OURS("{\"chardev\":\"dax0.0\",\"size\":-1}"), "devices[0].size: -1 is negative");
	refused("[{\"chardev\":\"dax0.0\",\"size\":1.5}]",
		"devices[0].size: 1.5 is not a whole number");
	refused("[{\"chardev\":\"dax0.0\",\"size\":18446744073709551616}]",
		"devices[0].size: 18446744073709551615 is too large");
	refused("[{\"chardev\":\"dax0.0\",\"size\":-99999999999999999999}]",
		"devices[0].size: -9223372036854775808 is negative");
	refused("[{\"chardev\":\"dax0.0\",\"size\":true}]",
		"devices[0].size: true is not a number");
	refused("[{\"chardev\":\"dax0.0\",\"size\":{}}]", "devices[0].size: {} is not a number");
	refused("[{\"chardev\":\"dax0.0\",\"size\":\"30.00 GiB (32.21 GB)\"}]",
		"devices[0].size: \"30.00 GiB (32.21 GB)\" is not a number");
	refused("[{\"chardev\":\"dax0.0\",\"size\":\"1\\u0000\"}]",
		"devices[0].size: \"1\\u0000\" is not a number");
	refused("[{\"chardev\":\"dax0.0\",\"mode\":\"other\"}]",
		"devices[0].mode: \"other\" is not a mode; modes are devdax, famfs, system-ram");
	refused("[{\"chardev\":\"dax0.0\",\"mode\":1}]",
		"devices[0].mode: 1 is not a mode; modes are devdax, famfs, system-ram");
	refused("[{\"chardev\":\"dax0.0\",\"mappings\":{}}]",
		"devices[0].mappings: {} is not an array");
}

static void a_device_needs_a_name_of_its_own(void **state)
{
	refused("[{\"size\":1}]", "devices[0].chardev: missing");
	refused("[{\"chardev\":null}]", "devices[0].chardev: missing");
	refused("[{\"chardev\":\"dax0.0/..\"}]",
		"devices[0].chardev: \"dax0.0/..\" is not the name of a device");
	refused("[{\"chardev\":0}]", "devices[0].chardev: 0 is not the name of a device");
	refused("[{\"chardev\":\"dax0.0\\u0000x\"}]",
		"devices[0].chardev: \"dax0.0\\u0000x\" is not the name of a device");
	refused("[1]", "devices[0]: not an object");
	refused("[{\"chardev\":\"dax0.0\"},{\"chardev\":\"dax0.1\"},{\"chardev\":\"dax0.0\"}]",
		"devices[2].chardev: \"dax0.0\" is in devices[0] already");
}

static void mappings_have_to_fit_together(void **state)
{
#define MAPPINGS(text) "[{\"chardev\":\"dax0.0\",\"size\":8192,\"mappings\":[" text "]}]"
	refused(MAPPINGS("{\"start\":0}"), "devices[0].mappings[0].end: missing");
	refused(MAPPINGS("{\"start\":0,\"end\":8191},{\"end\":1}"),
		"devices[0].mappings[1].start: missing");
	refused(MAPPINGS("{\"start\":0,\"end\":8191},7"), "devices[0].mappings[1]: not an object");
	refused(MAPPINGS("{\"start\":4096,\"end\":4095}"),
		"devices[0].mappings[0].end: 4095 is before start, 4096");
	refused(MAPPINGS("{\"start\":0,\"end\":8191,\"size\":1}"),
		"devices[0].mappings[0].size: 1 is not the size from start to end");
	refused(MAPPINGS("{\"start\":0,\"end\":8191},{\"start\":4096,\"end\":8191}"),
		"devices[0].mappings: 0x1000 to 0x1fff overlaps another");
	refused(MAPPINGS("{\"start\":0,\"end\":4095,\"page_offset\":0},"
			 "{\"start\":8192,\"end\":12287,\"page_offset\":2}"),
		"devices[0].mappings: 0x2000 to 0x2fff does not follow the one before in the "
		"device");
	refused(MAPPINGS("{\"start\":0,\"end\":4095,\"page_offset\":0},"
			 "{\"start\":8192,\"end\":12287}"),
		"devices[0].mappings: some have a page_offset, others have not");
	refused(MAPPINGS("{\"start\":0,\"end\":4095}"),
		"devices[0].size: 8192 is not what the mappings have together, 4096");
	refused(MAPPINGS("{\"start\":0,\"end\":\"0xffffffffffffffff\"}"),
		"devices[0].mappings: 0x0 to 0xffffffffffffffff does not follow the one before in "
		"the device");
#undef MAPPINGS
}

static void what_is_no_document_is_refused(void **state)
{
	static const char neither[] = "neither a document of 'daxfsctl list', an array of "
				      "devices, nor a device";

	refused("{}", neither);
	refused("\"dax0.0\"", neither);
	refused("{\"schema\":2,\"devices\":[]}", "schema: not 1, which is the one that is known");
	refused("{\"schema\":\"1\",\"devices\":[]}",
		"schema: not 1, which is the one that is known");
	refused("{\"schema\":1}", "devices: not an array");
	refused("{\"schema\":1,\"devices\":{}}", "devices: not an array");
}

static void what_is_no_json_is_told_by_its_line(void **state)
{
	refused("", "line 1: not JSON: it ends too early");
	refused("[\n{\n", "line 2: not JSON: it ends too early");
	refused("[\n{\n\"chardev\"}]", "line 3: not JSON: object property name separator ':' "
				       "expected");
	refused("[]\n[]\n", "line 2: not JSON: unexpected character");
	refused_bytes("[]\0x", 4, "line 1: not JSON: there is more behind the document");
	refused("[{\"chardev\":\"dax0.0\",\"size\":0x10}]", "line 1: not JSON: number expected");
	refused("null", "line 1: not JSON: it ends too early");
	refused("[\"\xff\"]", "line 1: not JSON: invalid utf-8 string");
}

static void a_long_value_is_not_shown_in_full(void **state)
{
	char text[400] = "[{\"chardev\":\"", *end = text + strlen(text);
	_cleanup_free_ char *error = NULL;
	struct input *input = NULL;

	memset(end, 'x', 300);
	strcpy(end + 300, "\"}]");
	assert_int_equal(input_parse(text, strlen(text), &input, &error), -EINVAL);
	assert_true(strlen(error) < 140);
	assert_non_null(strstr(error, "xxx... is not the name of a device"));
}

/* Files */

static void a_file_is_named_in_front_of_the_words(void **state)
{
	struct tree *tree = tree_new();
	_cleanup_free_ char *path = tree_path(tree, "in.json"), *error = NULL, *expected = NULL;
	struct input *input = NULL;

	tree_write(tree, "in.json", "[{}]\n");
	assert_int_equal(input_read(path, &input, &error), -EINVAL);
	assert_true(asprintf(&expected, "%s: devices[0].chardev: missing", path) > 0);
	assert_string_equal(error, expected);
	tree_write(tree, "in.json", "[{\"chardev\":\"dax0.0\"}]\n");
	free(TAKE_PTR(error));
	assert_int_equal(input_read(path, &input, &error), 0);
	assert_null(error);
	assert_int_equal(input->n_devices, 1);
	input_free(input);
	tree_remove(tree);
}

/* daxfsctl ... --input <(jq ...) */
static void a_pipe_is_read_to_its_end(void **state)
{
	static const char text[] = "[{\"chardev\":\"dax0.0\"}]";
	_cleanup_(input_freep) struct input *input = NULL;
	_cleanup_free_ char *error = NULL;
	char path[32];
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], text, strlen(text)), strlen(text));
	close(fds[1]);
	snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
	assert_int_equal(input_read(path, &input, &error), 0);
	assert_int_equal(input->n_devices, 1);
	close(fds[0]);
}

static void what_cannot_be_read_is_told(void **state)
{
	struct tree *tree = tree_new();
	_cleanup_free_ char *missing = tree_path(tree, "missing"), *error = NULL, *other = NULL;
	struct input *input = NULL;

	assert_int_equal(input_read(missing, &input, &error), -ENOENT);
	assert_non_null(strstr(error, "/missing: No such file or directory"));
	assert_int_equal(input_read(tree->path, &input, &other), -EINVAL);
	assert_non_null(strstr(other, ": is no file"));
	tree_remove(tree);
}

static void a_file_has_a_largest_size(void **state)
{
	struct tree *tree = tree_new();
	_cleanup_free_ char *path = tree_path(tree, "large"), *error = NULL, *file = NULL;
	struct input *input = NULL;

	tree_write(tree, "large", "");
	assert_int_equal(truncate(path, (16 << 20) + 1), 0);
	assert_int_equal(input_read(path, &input, &error), -EFBIG);
	assert_true(asprintf(&file, "%s: is too large", path) > 0);
	assert_string_equal(error, file);
	tree_remove(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_own_document_is_read),
		cmocka_unit_test(the_array_of_daxctl_is_read),
		cmocka_unit_test(one_device_alone_is_read),
		cmocka_unit_test(an_empty_list_has_no_devices),
		cmocka_unit_test(mappings_are_put_in_their_order_in_the_device),
		cmocka_unit_test(mappings_without_offsets_are_in_order),
		cmocka_unit_test(the_largest_numbers_are_read),
		cmocka_unit_test(a_wrong_field_is_named_with_its_device),
		cmocka_unit_test(a_device_needs_a_name_of_its_own),
		cmocka_unit_test(mappings_have_to_fit_together),
		cmocka_unit_test(what_is_no_document_is_refused),
		cmocka_unit_test(what_is_no_json_is_told_by_its_line),
		cmocka_unit_test(a_long_value_is_not_shown_in_full),
		cmocka_unit_test(a_file_is_named_in_front_of_the_words),
		cmocka_unit_test(a_pipe_is_read_to_its_end),
		cmocka_unit_test(what_cannot_be_read_is_told),
		cmocka_unit_test(a_file_has_a_largest_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
