// SPDX-License-Identifier: GPL-2.0-only
/* The directories of devices and regions. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tree.h"

static const struct device *device_of(const struct tree *tree, const struct node *node)
{
	return &tree->model.devices[node->index];
}

static struct device *device_to_change(struct tree *tree, const struct node *node)
{
	return &tree->model.devices[node->index];
}

static const struct region *region_of(const struct tree *tree, const struct device *device)
{
	return &tree->model.regions[device->region];
}

unsigned int device_minor(const struct tree *tree, const struct device *device)
{
	return device - tree->model.devices;
}

/* ---- a device */

static int show_size(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "%" PRIu64 "\n", device_size(device_of(tree, node)));
}

static int store_size(struct tree *tree, const struct node *node, const char *text)
{
	return device_store_size(&tree->model, device_to_change(tree, node), text);
}

static int show_align(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "%" PRIu64 "\n", device_of(tree, node)->align);
}

static int store_align(struct tree *tree, const struct node *node, const char *text)
{
	return device_store_align(&tree->model, device_to_change(tree, node), text);
}

static int store_mapping(struct tree *tree, const struct node *node, const char *text)
{
	return device_store_mapping(&tree->model, device_to_change(tree, node), text);
}

/* Of an empty device the kernel tells where its region begins. */
static int show_resource(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	const struct device *device = device_of(tree, node);

	return snprintf(buf, size, "0x%" PRIx64 "\n",
			device->n_ranges ? device->ranges[0].start
					 : region_of(tree, device)->span.start);
}

static int show_target_node(const struct tree *tree, const struct node *node, char *buf,
			    size_t size)
{
	return snprintf(buf, size, "%d\n", region_of(tree, device_of(tree, node))->target_node);
}

static int show_zero(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "0\n");
}

static int show_modalias(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "dax:t0\n");
}

static int show_dev(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "%u:%u\n", tree->major,
			device_minor(tree, device_of(tree, node)));
}

static int show_uevent(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	const struct device *device = device_of(tree, node);
	bool bound = device->driver != DRIVER_NONE;

	return snprintf(buf, size, "MAJOR=%u\nMINOR=%u\nDEVNAME=%s\n%s%s%sMODALIAS=dax:t0\n",
			tree->major, device_minor(tree, device), device->name,
			bound ? "DRIVER=" : "", bound ? driver_names[device->driver] : "",
			bound ? "\n" : "");
}

/* Events go to nobody here. */
static int store_uevent(struct tree *tree, const struct node *node, const char *text)
{
	static const char *const actions[] = { "add", "remove", "change", "bind", "unbind" };

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (text_is(text, actions[i]))
			return 0;
	return -EINVAL;
}

static int store_memmap(struct tree *tree, const struct node *node, const char *text)
{
	return device_store_memmap(text);
}

static int show_kmem_state(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "%s\n", online_names[device_of(tree, node)->state]);
}

static int store_kmem_state(struct tree *tree, const struct node *node, const char *text)
{
	return kmem_store_state(&tree->model, device_to_change(tree, node), text);
}

static const struct attribute common_attributes[] = {
	{ "dev", 0444, show_dev, NULL },
	{ "memmap_on_memory", 0644, show_zero, store_memmap },
	{ "modalias", 0444, show_modalias, NULL },
	{ "numa_node", 0444, show_zero, NULL },
	{ "resource", 0400, show_resource, NULL },
	{ "target_node", 0444, show_target_node, NULL },
	{ "uevent", 0644, show_uevent, store_uevent },
};

static const struct attribute static_attributes[] = {
	{ "align", 0444, show_align, NULL },
	{ "size", 0444, show_size, NULL },
};

static const struct attribute dynamic_attributes[] = {
	{ "align", 0644, show_align, store_align },
	{ "mapping", 0200, NULL, store_mapping },
	{ "size", 0644, show_size, store_size },
};

static const struct attribute kmem_attribute = { "state", 0644, show_kmem_state, store_kmem_state };

/* ---- a range */

static int show_start(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "0x%" PRIx64 "\n",
			device_of(tree, node)->ranges[node->range].start);
}

static int show_end(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "0x%" PRIx64 "\n",
			device_of(tree, node)->ranges[node->range].end);
}

static int show_page_offset(const struct tree *tree, const struct node *node, char *buf,
			    size_t size)
{
	const struct device *device = device_of(tree, node);
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < node->range; i++)
		bytes += span_length(&device->ranges[i]);
	return snprintf(buf, size, "0x%" PRIx64 "\n", (uint64_t)(bytes / PAGE));
}

static const struct attribute range_attributes[] = {
	{ "end", 0400, show_end, NULL },
	{ "page_offset", 0400, show_page_offset, NULL },
	{ "start", 0400, show_start, NULL },
};

/* ---- a region */

static const struct region *this_region(const struct tree *tree, const struct node *node)
{
	return &tree->model.regions[node->index];
}

static int show_region_id(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "%u\n", node->index);
}

static int show_region_size(const struct tree *tree, const struct node *node, char *buf,
			    size_t size)
{
	return snprintf(buf, size, "%" PRIu64 "\n", span_length(&this_region(tree, node)->span));
}

static int show_region_align(const struct tree *tree, const struct node *node, char *buf,
			     size_t size)
{
	return snprintf(buf, size, "%" PRIu64 "\n", this_region(tree, node)->align);
}

static int show_available(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "%" PRIu64 "\n",
			region_available(&tree->model, this_region(tree, node)));
}

static int show_seed(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	const struct device *seed = this_region(tree, node)->seed;

	return snprintf(buf, size, "%s\n", seed ? seed->name : "");
}

static int show_create(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	const struct device *youngest = this_region(tree, node)->youngest;

	return snprintf(buf, size, "%s\n", youngest ? youngest->name : "");
}

static int store_create(struct tree *tree, const struct node *node, const char *text)
{
	return region_store_create(&tree->model, &tree->model.regions[node->index], text);
}

static int store_delete(struct tree *tree, const struct node *node, const char *text)
{
	return region_store_delete(&tree->model, &tree->model.regions[node->index], text);
}

static const struct attribute region_attributes[] = {
	{ "align", 0400, show_region_align, NULL },
	{ "id", 0444, show_region_id, NULL },
	{ "size", 0444, show_region_size, NULL },
};

static const struct attribute dynamic_region_attributes[] = {
	{ "available_size", 0444, show_available, NULL },
	{ "create", 0644, show_create, store_create },
	{ "delete", 0200, NULL, store_delete },
	{ "seed", 0444, show_seed, NULL },
};

/* What backs a pmem region: constant, for it is not of the dax bus. */
static int show_namespace(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "namespace1.0\n");
}

static int show_uuid(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	return snprintf(buf, size, "cdc27b84-d738-4193-ae33-778b319e65e8\n");
}

static const struct attribute nd_attributes[] = {
	{ "namespace", 0644, show_namespace, NULL },
	{ "uuid", 0644, show_uuid, NULL },
};

/* ---- putting it together */

#define ADD_ALL(tree, dir, attributes, index, range)                                         \
	do {                                                                                 \
		for (size_t i_ = 0; i_ < sizeof(attributes) / sizeof((attributes)[0]); i_++) \
			tree_add_file(tree, dir, &(attributes)[i_], index, range);           \
	} while (0)

static void add_ranges(struct tree *tree, const char *dir, unsigned int index)
{
	char path[PATH_LENGTH];

	for (unsigned int i = 0; i < tree->model.devices[index].n_ranges; i++) {
		if (snprintf(path, sizeof(path), "%s/mapping%u", dir, i) >= (int)sizeof(path))
			tree->failed = true;
		ADD_ALL(tree, path, range_attributes, index, i);
	}
}

static void add_device_links(struct tree *tree, const char *dir, const struct device *device)
{
	char path[2 * PATH_LENGTH], driver[64];

	snprintf(path, sizeof(path), "%s/subsystem", dir);
	tree_add_link(tree, path, "/bus/dax");
	snprintf(path, sizeof(path), "/bus/dax/devices/%s", device->name);
	tree_add_link(tree, path, dir);
	snprintf(path, sizeof(path), "/dev/char/%u:%u", tree->major, device_minor(tree, device));
	tree_add_link(tree, path, dir);
	if (device->driver == DRIVER_NONE)
		return;
	snprintf(driver, sizeof(driver), "/bus/dax/drivers/%s", driver_names[device->driver]);
	snprintf(path, sizeof(path), "%s/driver", dir);
	tree_add_link(tree, path, driver);
	snprintf(path, sizeof(path), "%s/%s", driver, device->name);
	tree_add_link(tree, path, dir);
}

static void add_device(struct tree *tree, unsigned int index)
{
	const struct device *device = &tree->model.devices[index];
	const struct region *region = region_of(tree, device);
	char dir[PATH_LENGTH];

	snprintf(dir, sizeof(dir), "/devices/%s/%s", region->path, device->name);
	ADD_ALL(tree, dir, common_attributes, index, 0);
	if (region->is_static)
		ADD_ALL(tree, dir, static_attributes, index, 0);
	else
		ADD_ALL(tree, dir, dynamic_attributes, index, 0);
	if (device->driver == KMEM && tree->model.has_state)
		tree_add_file(tree, dir, &kmem_attribute, index, 0);
	add_ranges(tree, dir, index);
	add_device_links(tree, dir, device);
}

static void add_region(struct tree *tree, unsigned int index)
{
	const struct region *region = &tree->model.regions[index];
	char parent[PATH_LENGTH], dir[PATH_LENGTH + 16];

	snprintf(parent, sizeof(parent), "/devices/%s", region->path);
	snprintf(dir, sizeof(dir), "%s/dax_region", parent);
	ADD_ALL(tree, dir, region_attributes, index, 0);
	if (!region->is_static)
		ADD_ALL(tree, dir, dynamic_region_attributes, index, 0);
	if (region->kind == PMEM)
		ADD_ALL(tree, parent, nd_attributes, index, 0);
}

void tree_add_devices(struct tree *tree)
{
	for (unsigned int i = 0; i < MAX_REGIONS; i++)
		if (tree->model.regions[i].exists)
			add_region(tree, i);
	for (unsigned int i = 0; i < MAX_DEVICES; i++) {
		if (!tree->model.devices[i].exists)
			continue;
		tree->age = tree->model.devices[i].age + 1;
		add_device(tree, i);
	}
	tree->age = 0;
}
