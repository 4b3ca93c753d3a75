// SPDX-License-Identifier: GPL-2.0-only
/* Configuration files, and which section is for a device. */
#include "unit.h"

#include <string.h>
#include <sys/stat.h>

#include "config-file.h"
#include "tree.h"

DEFINE_CLEANUP(struct config *, config_free)

#define _cleanup_config_ _cleanup_(config_freep)

#define UUID "48d8e42c-a2f0-4312-9e70-a837faafe862"

static struct config *new_config(void)
{
	struct config *config = config_new();

	assert_non_null(config);
	return config;
}

static void add(struct config *config, enum config_dialect dialect, const char *file,
		const char *text)
{
	_cleanup_free_ char *error = NULL;

	if (config_parse(config, file, dialect, text, strlen(text), &error) < 0)
		fail_msg("%s", error);
	assert_null(error);
}

static struct config *parse(const char *text)
{
	struct config *config = new_config();

	add(config, CONFIG_OURS, "a.conf", text);
	return config;
}

static void refused_bytes(enum config_dialect dialect, const char *text, size_t length,
			  const char *words)
{
	_cleanup_config_ struct config *config = new_config();
	_cleanup_free_ char *error = NULL;

	assert_int_equal(config_parse(config, "a.conf", dialect, text, length, &error), -EINVAL);
	assert_int_equal(config->n_sections, 0);
	assert_non_null(error);
	assert_string_equal(error, words);
}

static void refused(const char *text, const char *words)
{
	refused_bytes(CONFIG_OURS, text, strlen(text), words);
}

/* Files */

static void every_key_is_read(void **state)
{
	_cleanup_config_ struct config *config = parse("# pools\n"
						       "[device pool 1]\n"
						       "name = dax0.0\n"
						       "kind = pmem\n"
						       "uuid = " UUID "\n"
						       "resource = 0x100000000\n"
						       "size = 512M\n"
						       "cxl-region = region0\n"
						       "target-node = 1\n"
						       "numa-node = 0\n"
						       "mode = system-ram\n"
						       "align = 2M\n"
						       "online = yes\n"
						       "movable = false\n"
						       "on-failure = ignore\n");
	const struct config_section *section = config->sections;

	assert_int_equal(config->n_sections, 1);
	assert_string_equal(section->file, "a.conf");
	assert_int_equal(section->line, 2);
	assert_string_equal(section->title, "device pool 1");
	assert_int_equal(section->given, (1U << CONFIG_N_KEYS) - 1);
	assert_string_equal(section->name, "dax0.0");
	assert_int_equal(section->kind, DAXFS_KIND_PMEM);
	assert_string_equal(section->uuid, UUID);
	assert_int_equal(section->resource, 0x100000000);
	assert_int_equal(section->size, 0x20000000);
	assert_string_equal(section->cxl_region, "region0");
	assert_int_equal(section->target_node, 1);
	assert_int_equal(section->numa_node, 0);
	assert_int_equal(section->mode, DAXFS_MODE_SYSTEM_RAM);
	assert_int_equal(section->align, 0x200000);
	assert_int_equal(config_online(section), DAXFS_ONLINE_KERNEL);
	assert_int_equal(section->on_failure, CONFIG_IGNORE);
}

static void what_is_not_given_has_defaults(void **state)
{
	_cleanup_config_ struct config *config =
		parse("[device a]\nkind=hmem\nmode=famfs\n[device b]\nname=dax1.0\n"
		      "mode=system-ram\nonline=no\n");

	assert_int_equal(config->n_sections, 2);
	assert_int_equal(config_online(&config->sections[0]), DAXFS_ONLINE_MOVABLE);
	assert_int_equal(config->sections[0].on_failure, CONFIG_FAIL);
	assert_int_equal(config_online(&config->sections[1]), DAXFS_ONLINE_NONE);
	assert_int_equal(config->sections[1].line, 4);
}

static void blanks_comments_and_line_ends_do_not_matter(void **state)
{
	_cleanup_config_ struct config *config = parse("\xef\xbb\xbf[device a] ; the first\r\n"
						       "; a comment\r\n"
						       "\r\n"
						       "\t name=dax0.0 ; its name\r\n"
						       "    mode = famfs\r\n"
						       "  # the end");

	assert_int_equal(config->n_sections, 1);
	assert_int_equal(config->sections[0].line, 1);
	assert_string_equal(config->sections[0].name, "dax0.0");
	assert_int_equal(config->sections[0].mode, DAXFS_MODE_FAMFS);
}

static void an_empty_file_says_nothing(void **state)
{
	_cleanup_config_ struct config *config = parse("");

	add(config, CONFIG_OURS, "b.conf", "\n# nothing\n");
	assert_int_equal(config->n_sections, 0);
}

static void a_wrong_key_or_value_is_told_with_its_line(void **state)
{
	refused("[device a]\nname=dax0.0\ncolour=blue\n", "a.conf:3: unknown key 'colour'");
	refused("[device a]\nname=dax0.0\nmode=famfs\nname=dax0.1\n",
		"a.conf:4: 'name' is given twice");
	refused("[device a]\nmode=bogus\n",
		"a.conf:2: mode = 'bogus': is not devdax, famfs or system-ram");
	refused("[device a]\n\nname=/dev/dax0.0\n",
		"a.conf:3: name = '/dev/dax0.0': is not the name of a device, as dax0.0");
	refused("[device a]\nkind=x\n", "a.conf:2: kind = 'x': is not pmem, hmem, cxl or other");
	refused("[device a]\nuuid=48d8\n", "a.conf:2: uuid = '48d8': is not a UUID");
	refused("[device a]\nresource=x\n",
		"a.conf:2: resource = 'x': is not an address, as 0x100000000");
	refused("[device a]\nsize=12x\n",
		"a.conf:2: size = '12x': is not a size, as 268435456 or 256M");
	refused("[device a]\ncxl-region=region\n",
		"a.conf:2: cxl-region = 'region': is not a region, as region0");
	refused("[device a]\ntarget-node=1K\n",
		"a.conf:2: target-node = '1K': is not the number of a node");
	refused("[device a]\nnuma-node=-1\n",
		"a.conf:2: numa-node = '-1': is not the number of a node");
	refused("[device a]\nalign=\n", "a.conf:2: align = '': is not a size, as 268435456 or "
					"256M");
	refused("[device a]\nonline=maybe\n", "a.conf:2: online = 'maybe': is not true or false");
	refused("[device a]\non-failure=panic\n",
		"a.conf:2: on-failure = 'panic': is not fail or ignore");
	refused("[device a]\nno-movable=true\n", "a.conf:2: unknown key 'no-movable'");
}

static void the_first_error_is_the_one_that_is_told(void **state)
{
	refused("[device a]\nx\nname=bad\n", "a.conf:2: neither a section nor KEY = VALUE");
	refused("[device a]\nname=bad\nx\n",
		"a.conf:2: name = 'bad': is not the name of a device, as dax0.0");
}

static void what_is_no_line_of_a_section_is_refused(void **state)
{
	refused("name=dax0.0\n", "a.conf:1: a key before the first section");
	refused("[device a]\nname=dax0.0\nmode\n", "a.conf:3: neither a section nor KEY = VALUE");
	refused("[device a\nname=dax0.0\n", "a.conf:1: ']' is missing");
	refused("[device a] x\nname=dax0.0\n", "a.conf:1: something behind the title");
	refused("[a]\nname=dax0.0\n", "a.conf:1: [a]: unknown section; there are [device NAME] and "
				      "[reconfigure-device NAME]");
	refused("[device ]\nname=dax0.0\n",
		"a.conf:1: [device ]: unknown section; there are [device NAME] and "
		"[reconfigure-device NAME]");
	refused("[devices a]\nname=dax0.0\n",
		"a.conf:1: [devices a]: unknown section; there are [device NAME] and "
		"[reconfigure-device NAME]");
}

static void a_section_without_keys_is_refused(void **state)
{
	refused("[device a]\n", "a.conf:1: a section without keys");
	refused("\n[device a]\n[device b]\nname=dax0.0\nmode=famfs\n",
		"a.conf:2: a section without keys");
}

/* It would be for every device. */
static void a_section_that_names_no_device_is_refused(void **state)
{
	refused("[device a]\nmode=system-ram\n", "a.conf:1: [device a]: does not say which device");
	refused("[reconfigure-device a]\nmode=devdax\n",
		"a.conf:1: [reconfigure-device a]: does not say which device");
}

static void a_section_that_makes_no_sense_is_refused(void **state)
{
	refused("[device a]\nname=dax0.0\n", "a.conf:1: [device a]: neither mode nor align is "
					     "given");
	refused("[device a]\nname=dax0.0\nmode=famfs\nonline=true\n",
		"a.conf:1: [device a]: online and movable go with mode = system-ram only");
	refused("[device a]\nname=dax0.0\nmode=system-ram\nonline=false\nmovable=true\n",
		"a.conf:1: [device a]: movable says nothing of memory that stays offline");
}

/* inih would cut them, and see two sections or keys where there is one. */
static void what_is_too_long_is_refused(void **state)
{
	char text[400] = "[device ", *end = text + strlen(text);

	memset(end, 'x', 43);
	strcpy(end + 43, "]\nname=dax0.0\n");
	refused(text, "a.conf:1: a title of more than 49 characters");
	strcpy(text, "[device a]\nname=");
	end = text + strlen(text);
	memset(end, 'x', 194);
	strcpy(end + 194, "\n");
	refused(text, "a.conf:2: a line of more than 198 characters");
}

static void what_is_no_text_is_refused(void **state)
{
	refused_bytes(CONFIG_OURS, "[device a]\nname=\0\n", 18, "a.conf:2: a NUL: this is no text");
}

static void a_title_is_there_once(void **state)
{
	_cleanup_config_ struct config *config = parse("[device a]\nname=dax0.0\nmode=famfs\n");
	_cleanup_free_ char *error = NULL;
	static const char text[] = "[device b]\nname=dax0.1\nmode=famfs\n"
				   "[device a]\nname=dax0.2\nmode=famfs\n";

	assert_int_equal(config_parse(config, "b.conf", CONFIG_OURS, text, strlen(text), &error),
			 -EINVAL);
	assert_string_equal(error, "b.conf:4: [device a]: is at a.conf:1 already");
	/* and nothing of a file that is wrong is kept */
	assert_int_equal(config->n_sections, 1);
}

/* daxctl's files */

static void sections_of_daxctl_are_read(void **state)
{
	_cleanup_config_ struct config *config = new_config();
	const struct config_section *section;

	add(config, CONFIG_DAXCTL, "a.conf",
	    "[core]\nlog=x\n[empty]\n[reconfigure-device one]\nnvdimm.uuid = " UUID
	    "\nmode = system-ram\n"
	    "online = true\nmovable = false\n[monitor]\nkey=value\n[reconfigure-device two]\n"
	    "nvdimm.uuid=" UUID "\nno-movable=true\nonline=false\n");
	assert_int_equal(config->n_sections, 2);
	section = config->sections;
	assert_string_equal(section[0].title, "reconfigure-device one");
	assert_string_equal(section[0].uuid, UUID);
	assert_int_equal(config_online(&section[0]), DAXFS_ONLINE_KERNEL);
	assert_int_equal(section[1].mode, DAXFS_MODE_SYSTEM_RAM);
	assert_int_equal(config_online(&section[1]), DAXFS_ONLINE_NONE);
	assert_false(section[1].movable);
}

static void sections_of_daxctl_are_read_in_our_files(void **state)
{
	_cleanup_config_ struct config *config =
		parse("[reconfigure-device a]\nnvdimm.uuid=" UUID "\nmode=devdax\nonline=true\n");

	assert_int_equal(config->n_sections, 1);
	assert_int_equal(config->sections[0].mode, DAXFS_MODE_DEVDAX);
}

static void wrong_keys_of_daxctl_are_refused(void **state)
{
	static const char name[] = "[reconfigure-device a]\nname=dax0.0\n";
	static const char uuid[] = "[reconfigure-device a]\nnvdimm.uuid=x\n";

	refused_bytes(CONFIG_DAXCTL, name, strlen(name), "a.conf:2: unknown key 'name'");
	refused_bytes(CONFIG_DAXCTL, uuid, strlen(uuid),
		      "a.conf:2: nvdimm.uuid = 'x': is not a UUID");
}

static void our_sections_in_daxctls_files_are_not_our_affair(void **state)
{
	_cleanup_config_ struct config *config = new_config();

	add(config, CONFIG_DAXCTL, "a.conf", "[device a]\nname=dax0.0\nmode=famfs\n");
	assert_int_equal(config->n_sections, 0);
}

/* Directories */

static void files_are_read_in_the_order_of_their_names(void **state)
{
	_cleanup_config_ struct config *config = new_config();
	struct tree *tree = tree_new();
	_cleanup_free_ char *error = NULL, *file = tree_path(tree, "10-a.conf");

	tree_write(tree, "20-b.conf", "[device b]\nname=dax0.1\nmode=famfs\n");
	tree_write(tree, "10-a.conf", "[device a]\nname=dax0.0\nmode=famfs\n");
	tree_write(tree, "30-c.conf.disabled", "nonsense");
	tree_write(tree, ".40-d.conf", "nonsense");
	tree_write(tree, "README", "nonsense");
	assert_int_equal(config_read_directory(config, tree->path, CONFIG_OURS, &error), 0);
	assert_int_equal(config->n_sections, 2);
	assert_string_equal(config->sections[0].title, "device a");
	assert_string_equal(config->sections[0].file, file);
	assert_string_equal(config->sections[1].title, "device b");
	tree_remove(tree);
}

static void a_directory_that_is_not_there_says_nothing(void **state)
{
	_cleanup_config_ struct config *config = new_config();
	struct tree *tree = tree_new();
	_cleanup_free_ char *error = NULL, *path = tree_path(tree, "missing");

	assert_int_equal(config_read_directory(config, path, CONFIG_OURS, &error), 0);
	assert_int_equal(config->n_sections, 0);
	tree_remove(tree);
}

/* It would stop the boot. */
static void a_fifo_without_a_writer_is_not_waited_for(void **state)
{
	_cleanup_config_ struct config *config = new_config();
	struct tree *tree = tree_new();
	_cleanup_free_ char *error = NULL, *path = tree_path(tree, "a.conf");

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(config_read_directory(config, tree->path, CONFIG_OURS, &error), 0);
	assert_int_equal(config->n_sections, 0);
	tree_remove(tree);
}

static void a_file_that_cannot_be_read_is_told(void **state)
{
	_cleanup_config_ struct config *config = new_config();
	struct tree *tree = tree_new();
	_cleanup_free_ char *error = NULL, *expected = NULL, *large = NULL, *too_large = NULL;

	tree_mkdir(tree, "a.conf");
	assert_int_equal(config_read_directory(config, tree->path, CONFIG_OURS, &error), -EINVAL);
	assert_true(asprintf(&expected, "%s/a.conf: is no file", tree->path) > 0);
	assert_string_equal(error, expected);
	tree_remove(tree);

	tree = tree_new();
	large = tree_path(tree, "b.conf");
	tree_write(tree, "b.conf", "");
	assert_int_equal(truncate(large, (1 << 20) + 1), 0);
	free(TAKE_PTR(error));
	assert_int_equal(config_read_directory(config, tree->path, CONFIG_OURS, &error), -EFBIG);
	assert_true(asprintf(&too_large, "%s: is too large", large) > 0);
	assert_string_equal(error, too_large);
	tree_remove(tree);
}

/* Matching */

static struct daxfs_device device = {
	.name = "dax0.0",
	.kind = DAXFS_KIND_PMEM,
	.has_size = true,
	.size = 0x20000000,
	.has_resource = true,
	.resource = 0x100000000,
	.has_target_node = true,
	.target_node = 1,
	.has_numa_node = true,
	.numa_node = 0,
	.uuid = (char[]){ "11111111-2222-3333-4444-555555555555" },
	.namespace_uuid = (char[]){ UUID },
	.cxl_region = (char[]){ "region0" },
};

/* Whether a section with these lines is for the device. */
static bool matches(const char *lines)
{
	_cleanup_config_ struct config *config = NULL;
	_cleanup_free_ char *text = NULL, *error = NULL;
	const struct config_section *section = NULL;

	assert_true(asprintf(&text, "[device a]\n%s\nmode=famfs\n", lines) > 0);
	config = parse(text);
	assert_int_equal(config_match(config, &device, &section, &error), 0);
	assert_null(error);
	assert_true(!section || section == config->sections);
	return section;
}

static void each_match_key_holds_or_not(void **state)
{
	static const char *const keys[][2] = {
		{ "name=dax0.0", "name=dax0.1" },
		{ "kind=pmem", "kind=hmem" },
		{ "uuid=" UUID, "uuid=48d8e42c-a2f0-4312-9e70-a837faafe863" },
		{ "resource=0x100000000", "resource=0x100000001" },
		{ "size=512M", "size=513M" },
		{ "cxl-region=region0", "cxl-region=region1" },
		{ "target-node=1", "target-node=0" },
		{ "numa-node=0", "numa-node=1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		assert_true(matches(keys[i][0]));
		assert_false(matches(keys[i][1]));
	}
}

static void a_uuid_is_that_of_the_device_or_its_namespace_in_either_case(void **state)
{
	assert_true(matches("uuid=11111111-2222-3333-4444-555555555555"));
	assert_true(matches("uuid=48D8E42C-A2F0-4312-9E70-A837FAAFE862"));
}

static void all_keys_must_hold(void **state)
{
	assert_true(matches("name=dax0.0\nkind=pmem\nsize=512M"));
	assert_false(matches("name=dax0.0\nkind=hmem\nsize=512M"));
	assert_false(matches("name=dax0.0\nkind=pmem\nsize=1G"));
}

static void what_is_not_known_does_not_hold(void **state)
{
	static const char *const keys[] = { ("uuid=" UUID),	  "resource=0",	   "size=0",
					    "cxl-region=region0", "target-node=0", "numa-node=0" };
	struct daxfs_device saved = device;

	device = (struct daxfs_device){ .name = "dax0.0" };
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		assert_false(matches(keys[i]));
	assert_true(matches("kind=other"));
	device = saved;
}

static void two_sections_for_one_device_are_an_error(void **state)
{
	_cleanup_config_ struct config *config = parse("[device a]\nname=dax0.0\nmode=famfs\n");
	const struct config_section *section = NULL;
	_cleanup_free_ char *error = NULL;

	add(config, CONFIG_OURS, "b.conf",
	    "[device b]\nname=dax0.1\nmode=famfs\n[device c]\nkind=pmem\nmode=devdax\n");
	assert_int_equal(config_match(config, &device, &section, &error), -ENOTUNIQ);
	assert_null(section);
	assert_string_equal(error,
			    "dax0.0: both [device a] (a.conf:1) and [device c] (b.conf:4) match");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_read),
		cmocka_unit_test(what_is_not_given_has_defaults),
		cmocka_unit_test(blanks_comments_and_line_ends_do_not_matter),
		cmocka_unit_test(an_empty_file_says_nothing),
		cmocka_unit_test(a_wrong_key_or_value_is_told_with_its_line),
		cmocka_unit_test(the_first_error_is_the_one_that_is_told),
		cmocka_unit_test(what_is_no_line_of_a_section_is_refused),
		cmocka_unit_test(a_section_without_keys_is_refused),
		cmocka_unit_test(a_section_that_names_no_device_is_refused),
		cmocka_unit_test(a_section_that_makes_no_sense_is_refused),
		cmocka_unit_test(what_is_too_long_is_refused),
		cmocka_unit_test(what_is_no_text_is_refused),
		cmocka_unit_test(a_title_is_there_once),
		cmocka_unit_test(sections_of_daxctl_are_read),
		cmocka_unit_test(sections_of_daxctl_are_read_in_our_files),
		cmocka_unit_test(wrong_keys_of_daxctl_are_refused),
		cmocka_unit_test(our_sections_in_daxctls_files_are_not_our_affair),
		cmocka_unit_test(files_are_read_in_the_order_of_their_names),
		cmocka_unit_test(a_directory_that_is_not_there_says_nothing),
		cmocka_unit_test(a_fifo_without_a_writer_is_not_waited_for),
		cmocka_unit_test(a_file_that_cannot_be_read_is_told),
		cmocka_unit_test(each_match_key_holds_or_not),
		cmocka_unit_test(a_uuid_is_that_of_the_device_or_its_namespace_in_either_case),
		cmocka_unit_test(all_keys_must_hold),
		cmocka_unit_test(what_is_not_known_does_not_hold),
		cmocka_unit_test(two_sections_for_one_device_are_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
