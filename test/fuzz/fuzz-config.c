// SPDX-License-Identifier: GPL-2.0-only
/*
 * Configuration files. The first byte of an input says whose file it is. What is taken can be
 * written anew and is the same; and a device gets the one section that is for it.
 */
#include "fuzz.h"

#include <inttypes.h>
#include <strings.h>

#include "config-file.h"
#include "private.h"

DEFINE_CLEANUP(struct config *, config_free)

static struct daxfs_device devices[] = {
	{
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
		.namespace_uuid = (char[]){ "48d8e42c-a2f0-4312-9e70-a837faafe862" },
	},
	{ .name = "dax1.0", .kind = DAXFS_KIND_CXL, .cxl_region = (char[]){ "region0" } },
	{ .name = "dax2.1" },
};

static void check_section(const struct config *config, size_t i)
{
	const struct config_section *section = &config->sections[i];
	unsigned int matches = (1U << CONFIG_MODE) - 1;

	REQUIRE(strcmp(section->file, "fuzz.conf") == 0 && section->line > 0);
	REQUIRE(i == 0 || config->sections[i - 1].line < section->line);
	REQUIRE(strncmp(section->title, "device", 6) == 0 ||
		strncmp(section->title, "reconfigure-device", 18) == 0);
	REQUIRE(section->given & matches && section->given >> CONFIG_N_KEYS == 0);
	REQUIRE(config_has(section, CONFIG_MODE) || config_has(section, CONFIG_ALIGN));
	REQUIRE(!section->name == !config_has(section, CONFIG_NAME));
	REQUIRE(!section->name || daxfs_parse_device_name(section->name, NULL, NULL) == 0);
	REQUIRE(!section->uuid == !config_has(section, CONFIG_UUID));
	REQUIRE(!section->uuid || strlen(section->uuid) == 36);
	REQUIRE(!section->cxl_region == !config_has(section, CONFIG_CXL_REGION));
	REQUIRE(section->target_node >= 0 && section->numa_node >= 0);
	REQUIRE(daxfs_kind_to_string(section->kind));
	REQUIRE(!config_has(section, CONFIG_MODE) || daxfs_mode_get_driver(section->mode));
	for (size_t j = 0; j < i; j++)
		REQUIRE(strcmp(config->sections[j].title, section->title) != 0);
}

static void print_u64(FILE *f, const struct config_section *section, enum config_key key,
		      const char *name, uint64_t number)
{
	if (config_has(section, key))
		fprintf(f, "%s = 0x%" PRIx64 "\n", name, number);
}

static void print_text(FILE *f, const struct config_section *section, enum config_key key,
		       const char *name, const char *text)
{
	if (config_has(section, key))
		fprintf(f, "%s = %s\n", name, text);
}

static void print_section(FILE *f, const struct config_section *section)
{
	bool is_ours = strncmp(section->title, "device", 6) == 0;
	char node[2][16];

	snprintf(node[0], sizeof(node[0]), "%d", section->target_node);
	snprintf(node[1], sizeof(node[1]), "%d", section->numa_node);
	fprintf(f, "[%s]\n", section->title);
	print_text(f, section, CONFIG_NAME, "name", section->name);
	print_text(f, section, CONFIG_KIND, "kind", daxfs_kind_to_string(section->kind));
	print_text(f, section, CONFIG_UUID, is_ours ? "uuid" : "nvdimm.uuid", section->uuid);
	print_u64(f, section, CONFIG_RESOURCE, "resource", section->resource);
	print_u64(f, section, CONFIG_SIZE, "size", section->size);
	print_text(f, section, CONFIG_CXL_REGION, "cxl-region", section->cxl_region);
	print_text(f, section, CONFIG_TARGET_NODE, "target-node", node[0]);
	print_text(f, section, CONFIG_NUMA_NODE, "numa-node", node[1]);
	print_text(f, section, CONFIG_MODE, "mode", daxfs_mode_to_string(section->mode));
	print_u64(f, section, CONFIG_ALIGN, "align", section->align);
	print_text(f, section, CONFIG_ONLINE, "online", section->online ? "true" : "false");
	print_text(f, section, CONFIG_MOVABLE, "movable", section->movable ? "yes" : "no");
	print_text(f, section, CONFIG_ON_FAILURE, "on-failure",
		   section->on_failure == CONFIG_FAIL ? "fail" : "ignore");
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static void same_section(const struct config_section *a, const struct config_section *b)
{
	REQUIRE(strcmp(a->title, b->title) == 0 && a->given == b->given);
	REQUIRE(same_text(a->name, b->name) && same_text(a->uuid, b->uuid));
	REQUIRE(same_text(a->cxl_region, b->cxl_region) && a->kind == b->kind);
	REQUIRE(a->resource == b->resource && a->size == b->size);
	REQUIRE(a->target_node == b->target_node && a->numa_node == b->numa_node);
	REQUIRE(a->mode == b->mode && a->align == b->align);
	REQUIRE(config_online(a) == config_online(b) && a->on_failure == b->on_failure);
}

static void check_again(const struct config *config, enum config_dialect dialect)
{
	_cleanup_(config_freep) struct config *again = config_new();
	_cleanup_free_ char *text = NULL, *error = NULL;
	_cleanup_fclose_ FILE *f = NULL;
	size_t size;

	f = open_memstream(&text, &size);
	REQUIRE(f && again);
	for (size_t i = 0; i < config->n_sections; i++)
		print_section(f, &config->sections[i]);
	REQUIRE(fclose(TAKE_PTR(f)) == 0);
	REQUIRE(config_parse(again, "fuzz.conf", dialect, text, size, &error) == 0 && !error);
	REQUIRE(again->n_sections == config->n_sections);
	for (size_t i = 0; i < config->n_sections; i++)
		same_section(&config->sections[i], &again->sections[i]);
}

static bool is_for(const struct config_section *section, const struct daxfs_device *device)
{
	const struct config_section *s = section;

	return (!s->name || !strcmp(s->name, device->name)) &&
	       (!config_has(s, CONFIG_KIND) || s->kind == device->kind) &&
	       (!s->uuid || (device->uuid && !strcasecmp(s->uuid, device->uuid)) ||
		(device->namespace_uuid && !strcasecmp(s->uuid, device->namespace_uuid))) &&
	       (!config_has(s, CONFIG_RESOURCE) ||
		(device->has_resource && s->resource == device->resource)) &&
	       (!config_has(s, CONFIG_SIZE) || (device->has_size && s->size == device->size)) &&
	       (!s->cxl_region || same_text(s->cxl_region, device->cxl_region)) &&
	       (!config_has(s, CONFIG_TARGET_NODE) ||
		(device->has_target_node && s->target_node == device->target_node)) &&
	       (!config_has(s, CONFIG_NUMA_NODE) ||
		(device->has_numa_node && s->numa_node == device->numa_node));
}

static void check_match(const struct config *config, const struct daxfs_device *device)
{
	const struct config_section *section = NULL, *first = NULL;
	_cleanup_free_ char *error = NULL;
	size_t n = 0;
	int r = config_match(config, device, &section, &error);

	for (size_t i = 0; i < config->n_sections; i++)
		if (is_for(&config->sections[i], device) && n++ == 0)
			first = &config->sections[i];
	if (n > 1)
		REQUIRE(r == -ENOTUNIQ && !section && strstr(error, first->title));
	else
		REQUIRE(r == 0 && !error && section == first);
}

static void check_error(const char *error, const uint8_t *data, size_t size)
{
	unsigned int line = 0, lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	REQUIRE(error && sscanf(error, "fuzz.conf:%u: ", &line) == 1);
	REQUIRE(line >= 1 && line <= lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(config_freep) struct config *config = config_new();
	_cleanup_free_ char *error = NULL;
	enum config_dialect dialect;
	int r;

	REQUIRE(config);
	if (size == 0)
		return 0;
	dialect = data[0] == 'd' ? CONFIG_DAXCTL : CONFIG_OURS;
	r = config_parse(config, "fuzz.conf", dialect, (const char *)data + 1, size - 1, &error);
	if (r < 0) {
		REQUIRE(r == -EINVAL && config->n_sections == 0);
		check_error(error, data + 1, size - 1);
		return 0;
	}
	REQUIRE(!error);
	for (size_t i = 0; i < config->n_sections; i++)
		check_section(config, i);
	check_again(config, dialect);
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
		check_match(config, &devices[i]);
	return 0;
}
