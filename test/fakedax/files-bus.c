// SPDX-License-Identifier: GPL-2.0-only
/* /sys/bus/dax, /sys/module, and the memory blocks with /proc/iomem. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tree.h"

/* ---- the bus and its drivers */

static int show_autoprobe(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "%d\n", tree->model.autoprobe);
}

static int store_autoprobe(struct tree *tree, const struct node *node, const char *text)
{
	return bus_store_autoprobe(&tree->model, text);
}

static int store_probe(struct tree *tree, const struct node *node, const char *text)
{
	return bus_store_probe(&tree->model, text);
}

static int store_bind(struct tree *tree, const struct node *node, const char *text)
{
	return driver_store_bind(&tree->model, node->index, text);
}

static int store_unbind(struct tree *tree, const struct node *node, const char *text)
{
	return driver_store_unbind(&tree->model, node->index, text);
}

static int store_new_id(struct tree *tree, const struct node *node, const char *text)
{
	return driver_store_new_id(&tree->model, node->index, text);
}

static int store_remove_id(struct tree *tree, const struct node *node, const char *text)
{
	return driver_store_remove_id(&tree->model, node->index, text);
}

static const struct attribute bus_attributes[] = {
	{ "drivers_autoprobe", 0644, show_autoprobe, store_autoprobe },
	{ "drivers_probe", 0200, NULL, store_probe },
};

static const struct attribute driver_attributes[] = {
	{ "bind", 0200, NULL, store_bind },
	{ "unbind", 0200, NULL, store_unbind },
	{ "new_id", 0200, NULL, store_new_id },
	{ "remove_id", 0200, NULL, store_remove_id },
};

static int show_live(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "live\n");
}

static int show_region_idle(const struct tree *tree, const struct node *node, char *buf,
			    size_t size)
{
	return snprintf(buf, size, "%s\n", tree->model.regions[node->index].kmem_type ? "N" : "Y");
}

static const struct attribute module_attribute = { "initstate", 0444, show_live, NULL };
static const struct attribute region_idle_attribute = { "region_idle", 0400, show_region_idle,
							NULL };

static void add_driver(struct tree *tree, int driver)
{
	char dir[64], module[64], link[128];

	snprintf(dir, sizeof(dir), "/bus/dax/drivers/%s", driver_names[driver]);
	snprintf(module, sizeof(module), "/module/%s", driver_names[driver]);
	for (size_t i = 0; i < sizeof(driver_attributes) / sizeof(driver_attributes[0]); i++)
		tree_add_file(tree, dir, &driver_attributes[i], driver, 0);
	tree_add_file(tree, module, &module_attribute, driver, 0);
	snprintf(link, sizeof(link), "%s/module", dir);
	tree_add_link(tree, link, module);
	snprintf(link, sizeof(link), "%s/drivers/dax:%s", module, driver_names[driver]);
	tree_add_link(tree, link, dir);
}

void tree_add_bus(struct tree *tree)
{
	tree_add_dir(tree, "/bus/dax/devices");
	tree_add_dir(tree, "/bus/dax/drivers");
	for (size_t i = 0; i < sizeof(bus_attributes) / sizeof(bus_attributes[0]); i++)
		tree_add_file(tree, "/bus/dax", &bus_attributes[i], 0, 0);
	for (int i = 0; i < N_DRIVERS; i++)
		if (tree->model.drivers[i].loaded)
			add_driver(tree, i);
	for (unsigned int i = 0; i < MAX_REGIONS; i++)
		if (tree->model.regions[i].exists && tree->model.regions[i].kind == HMEM)
			tree_add_file(tree, "/module/dax_hmem/parameters", &region_idle_attribute,
				      i, 0);
}

/* ---- memory */

static const struct block *block_of(const struct tree *tree, const struct node *node)
{
	return &tree->model.blocks[node->index];
}

static int show_state(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	bool online = block_of(tree, node)->online != OFFLINE;

	return snprintf(buf, size, "%s\n", online ? "online" : "offline");
}

static int store_state(struct tree *tree, const struct node *node, const char *text)
{
	return block_store_state(&tree->model, &tree->model.blocks[node->index], text);
}

static int show_online(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "%d\n", block_of(tree, node)->online != OFFLINE);
}

static int store_online(struct tree *tree, const struct node *node, const char *text)
{
	bool online;
	int r = parse_bool(text, &online);

	/* here "already so" is a success, other than with `state` */
	if (r < 0 || online == (block_of(tree, node)->online != OFFLINE))
		return r;
	return store_state(tree, node, online ? "online" : "offline");
}

static int show_zones(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "%s\n", block_zones(&tree->model, block_of(tree, node)));
}

static int show_index(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "%08x\n", block_of(tree, node)->index);
}

static int show_removable(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "1\n");
}

static int show_zero(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "0\n");
}

static const struct attribute block_attributes[] = {
	{ "online", 0644, show_online, store_online }, { "phys_device", 0444, show_zero, NULL },
	{ "phys_index", 0444, show_index, NULL },      { "removable", 0444, show_removable, NULL },
	{ "state", 0644, show_state, store_state },    { "valid_zones", 0444, show_zones, NULL },
};

static int show_block_size(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "%llx\n", BLOCK_SIZE);
}

static int show_policy(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "%s\n", online_names[tree->model.policy]);
}

static int store_policy(struct tree *tree, const struct node *node, const char *text)
{
	return memory_store_policy(&tree->model, text);
}

static const struct attribute memory_attributes[] = {
	{ "auto_online_blocks", 0644, show_policy, store_policy },
	{ "block_size_bytes", 0444, show_block_size, NULL },
};

/* enter puts it in place of /proc/iomem. Only the lines of dax devices. */
static int show_iomem(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	const struct model *model = &tree->model;
	int length = snprintf(buf, size, "00001000-7fffffff : System RAM\n");

	for (unsigned int i = 0; i < model->n_reserved; i++) {
		const struct reserved *line = &model->reserved[i];
		const struct span *span = &line->span;

		length += snprintf(buf + length, size - length,
				   "%08" PRIx64 "-%08" PRIx64 " : %s\n", span->start, span->end,
				   line->name);
		if (line->is_ram)
			length += snprintf(buf + length, size - length,
					   "  %08" PRIx64 "-%08" PRIx64 " : System RAM (kmem)\n",
					   span->start, span->end);
	}
	return length;
}

static const struct attribute iomem_attribute = { ".iomem", 0444, show_iomem, NULL };

static void add_block(struct tree *tree, unsigned int index)
{
	const struct block *block = &tree->model.blocks[index];
	char dir[64], node[64], link[128];

	snprintf(dir, sizeof(dir), "/devices/system/memory/memory%u", block->index);
	snprintf(node, sizeof(node), "/devices/system/node/node%d", block->node);
	for (size_t i = 0; i < sizeof(block_attributes) / sizeof(block_attributes[0]); i++)
		tree_add_file(tree, dir, &block_attributes[i], index, 0);
	snprintf(link, sizeof(link), "%s/memory%u", node, block->index);
	tree_add_link(tree, link, dir);
	snprintf(link, sizeof(link), "%s/node%d", dir, block->node);
	tree_add_link(tree, link, node);
}

void tree_add_memory(struct tree *tree)
{
	static const char dir[] = "/devices/system/memory";

	tree_add_dir(tree, "/devices/system/node/node0");
	for (size_t i = 0; i < sizeof(memory_attributes) / sizeof(memory_attributes[0]); i++)
		tree_add_file(tree, dir, &memory_attributes[i], 0, 0);
	for (unsigned int i = 0; i < tree->model.n_blocks; i++)
		add_block(tree, i);
	tree_add_file(tree, "", &iomem_attribute, 0, 0);
}
