// SPDX-License-Identifier: GPL-2.0-only
#include "config-keys.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "cleanup.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Values. These leave the section alone unless they return 0. */

static int copy(const char *value, char **ret_copy)
{
	*ret_copy = strdup(value);
	return *ret_copy ? 0 : -ENOMEM;
}

static int set_name(struct config_section *section, const char *value)
{
	if (daxfs_parse_device_name(value, NULL, NULL) < 0)
		return -EINVAL;
	return copy(value, &section->name);
}

static int set_kind(struct config_section *section, const char *value)
{
	return daxfs_kind_from_string(value, &section->kind);
}

static int set_uuid(struct config_section *section, const char *value)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (strlen(value) != strlen(form))
		return -EINVAL;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == 'x' ? !isxdigit((unsigned char)value[i]) : value[i] != '-')
			return -EINVAL;
	return copy(value, &section->uuid);
}

static int set_resource(struct config_section *section, const char *value)
{
	return daxfs_parse_size(value, &section->resource);
}

static int set_size(struct config_section *section, const char *value)
{
	return daxfs_parse_size(value, &section->size);
}

/* Digits as the kernel prints them. */
static int parse_number(const char *text, int *ret_number)
{
	uint64_t number;

	if (!*text || text[strspn(text, "0123456789")] || (text[0] == '0' && text[1]) ||
	    daxfs_parse_size(text, &number) < 0 || number > INT_MAX)
		return -EINVAL;
	*ret_number = number;
	return 0;
}

static int set_cxl_region(struct config_section *section, const char *value)
{
	int number;

	if (strncmp(value, "region", 6) != 0 || parse_number(value + 6, &number) < 0)
		return -EINVAL;
	return copy(value, &section->cxl_region);
}

static int set_target_node(struct config_section *section, const char *value)
{
	return parse_number(value, &section->target_node);
}

static int set_numa_node(struct config_section *section, const char *value)
{
	return parse_number(value, &section->numa_node);
}

static int set_mode(struct config_section *section, const char *value)
{
	return daxfs_mode_from_string(value, &section->mode);
}

static int set_align(struct config_section *section, const char *value)
{
	return daxfs_parse_size(value, &section->align);
}

static int parse_bool(const char *text, bool *ret_value)
{
	static const char *const words[][2] = { { "false", "true" }, { "no", "yes" } };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		for (int truth = 0; truth < 2; truth++)
			if (strcmp(text, words[i][truth]) == 0) {
				*ret_value = truth;
				return 0;
			}
	return -EINVAL;
}

static int set_online(struct config_section *section, const char *value)
{
	return parse_bool(value, &section->online);
}

static int set_movable(struct config_section *section, const char *value)
{
	return parse_bool(value, &section->movable);
}

static int set_no_movable(struct config_section *section, const char *value)
{
	bool no_movable;
	int r = parse_bool(value, &no_movable);

	if (r == 0)
		section->movable = !no_movable;
	return r;
}

static int set_on_failure(struct config_section *section, const char *value)
{
	if (strcmp(value, "fail") == 0)
		section->on_failure = CONFIG_FAIL;
	else if (strcmp(value, "ignore") == 0)
		section->on_failure = CONFIG_IGNORE;
	else
		return -EINVAL;
	return 0;
}

/* Keys. */

#define OURS (1U << CONFIG_TITLE_DEVICE)
#define DAXCTL (1U << CONFIG_TITLE_DAXCTL)

#define A_MODE "devdax, famfs or system-ram"
#define A_BOOL "true or false"
#define A_UUID "a UUID"
#define A_NODE "the number of a node"
#define A_SIZE "a size, as 268435456 or 256M"

static const struct {
	const char *name;
	unsigned int titles; /* in which sections */
	enum config_key key;
	int (*set)(struct config_section *section, const char *value);
	const char *expected;
} keys[] = {
	{ "name", OURS, CONFIG_NAME, set_name, "the name of a device, as dax0.0" },
	{ "kind", OURS, CONFIG_KIND, set_kind, "pmem, hmem, cxl or other" },
	{ "uuid", OURS, CONFIG_UUID, set_uuid, A_UUID },
	{ "nvdimm.uuid", DAXCTL, CONFIG_UUID, set_uuid, A_UUID },
	{ "resource", OURS, CONFIG_RESOURCE, set_resource, "an address, as 0x100000000" },
	{ "size", OURS, CONFIG_SIZE, set_size, A_SIZE },
	{ "cxl-region", OURS, CONFIG_CXL_REGION, set_cxl_region, "a region, as region0" },
	{ "target-node", OURS, CONFIG_TARGET_NODE, set_target_node, A_NODE },
	{ "numa-node", OURS, CONFIG_NUMA_NODE, set_numa_node, A_NODE },
	{ "mode", OURS | DAXCTL, CONFIG_MODE, set_mode, A_MODE },
	{ "align", OURS, CONFIG_ALIGN, set_align, A_SIZE },
	{ "online", OURS | DAXCTL, CONFIG_ONLINE, set_online, A_BOOL },
	{ "movable", OURS | DAXCTL, CONFIG_MOVABLE, set_movable, A_BOOL },
	{ "no-movable", DAXCTL, CONFIG_MOVABLE, set_no_movable, A_BOOL },
	{ "on-failure", OURS, CONFIG_ON_FAILURE, set_on_failure, "fail or ignore" },
};

enum config_title config_title_of(const char *title)
{
	size_t length = strcspn(title, " \t");

	/* The name may be any, but must be there. */
	if (!title[length + strspn(title + length, " \t")])
		return CONFIG_TITLE_OTHER;
	if (length == strlen("device") && strncmp(title, "device", length) == 0)
		return CONFIG_TITLE_DEVICE;
	if (length == strlen("reconfigure-device") &&
	    strncmp(title, "reconfigure-device", length) == 0)
		return CONFIG_TITLE_DAXCTL;
	return CONFIG_TITLE_OTHER;
}

int config_set(struct config_section *section, enum config_title title, const char *key,
	       const char *value, const char **ret_expected)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		int r;

		if (!(keys[i].titles & 1U << title) || strcmp(key, keys[i].name) != 0)
			continue;
		if (config_has(section, keys[i].key))
			return -EEXIST;
		r = keys[i].set(section, value);
		if (r == -ENOMEM)
			return r;
		if (r < 0) {
			*ret_expected = keys[i].expected;
			return -EINVAL;
		}
		section->given |= 1U << keys[i].key;
		return 0;
	}
	return -ENOENT;
}
