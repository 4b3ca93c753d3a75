// SPDX-License-Identifier: GPL-2.0-only
/* A section of the configuration as JSON. What it does not say is absent. */
#include "config-file.h"
#include "output-json.h"

void output_expect_sections(struct output *out)
{
	if (out->json)
		out->sections = json_array(out);
}

static struct json *match_of(struct output *out, const struct config_section *section)
{
	struct json *object = json_object(out);

	if (config_has(section, CONFIG_NAME))
		json_put_string(out, object, "name", section->name);
	if (config_has(section, CONFIG_KIND))
		json_put_string(out, object, "kind", daxfs_kind_to_string(section->kind));
	if (config_has(section, CONFIG_UUID))
		json_put_string(out, object, "uuid", section->uuid);
	if (config_has(section, CONFIG_RESOURCE))
		json_put_u64(out, object, "resource", true, section->resource);
	if (config_has(section, CONFIG_SIZE))
		json_put_u64(out, object, "size", true, section->size);
	if (config_has(section, CONFIG_CXL_REGION))
		json_put_string(out, object, "cxl_region", section->cxl_region);
	if (config_has(section, CONFIG_TARGET_NODE))
		json_put_int(out, object, "target_node", true, section->target_node);
	if (config_has(section, CONFIG_NUMA_NODE))
		json_put_int(out, object, "numa_node", true, section->numa_node);
	return object;
}

static struct json *want_of(struct output *out, const struct config_section *section)
{
	struct json *object = json_object(out);

	if (config_has(section, CONFIG_MODE))
		json_put_string(out, object, "mode", daxfs_mode_to_string(section->mode));
	if (config_has(section, CONFIG_ALIGN))
		json_put_u64(out, object, "align", true, section->align);
	if (config_has(section, CONFIG_ONLINE))
		json_put_bool(out, object, "online", true, section->online);
	if (config_has(section, CONFIG_MOVABLE))
		json_put_bool(out, object, "movable", true, section->movable);
	json_put_string(out, object, "on_failure",
			section->on_failure == CONFIG_IGNORE ? "ignore" : "fail");
	return object;
}

void output_section(struct output *out, const struct config_section *section,
		    const char *const *devices, size_t n)
{
	struct json *object = json_object(out);
	struct json *names = json_array(out);

	for (size_t i = 0; names && i < n; i++)
		json_append(out, names, json_string(out, devices[i]));
	json_put_string(out, object, "file", section->file);
	json_put_int(out, object, "line", true, section->line);
	json_put_string(out, object, "title", section->title);
	json_put(out, object, "match", match_of(out, section));
	json_put(out, object, "want", want_of(out, section));
	json_put(out, object, "matches", names);
	json_append(out, out->sections, object);
}
