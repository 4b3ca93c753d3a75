// SPDX-License-Identifier: GPL-2.0-only
/* All nodes in one sorted array, made anew after each change: there are a few hundred. */
#include "tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct node *)a)->path, ((const struct node *)b)->path);
}

/* As in sysfs, a device that is made anew under its old name has other ones. FNV-1a. */
static uint64_t inode_of(const struct tree *tree, const char *path)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *path; path++)
		hash = (hash ^ (unsigned char)*path) * 0x100000001b3;
	return hash ^ ((uint64_t)tree->age << 32);
}

static struct node *add(struct tree *tree, const char *path, mode_t mode)
{
	struct node *node;

	if (tree->n_nodes == tree->room) {
		size_t room = tree->room ? tree->room * 2 : 256;

		node = reallocarray(tree->nodes, room, sizeof(*node));
		if (!node) {
			tree->failed = true;
			return NULL;
		}
		tree->nodes = node;
		tree->room = room;
	}
	node = &tree->nodes[tree->n_nodes++];
	*node = (struct node){ .mode = mode, .inode = inode_of(tree, path) };
	snprintf(node->path, sizeof(node->path), "%s", path);
	return node;
}

/* Mostly that of the file before: so from the end. */
static bool has(const struct tree *tree, const char *path)
{
	for (size_t i = tree->n_nodes; i > 0; i--)
		if (strcmp(tree->nodes[i - 1].path, path) == 0)
			return true;
	return false;
}

/* @path: "" for the root */
void tree_add_dir(struct tree *tree, const char *path)
{
	const char *slash;
	char part[PATH_LENGTH];

	if (!path[0] || has(tree, path))
		return;
	for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		if (!has(tree, part))
			add(tree, part, S_IFDIR | 0755);
	}
	add(tree, path, S_IFDIR | 0755);
}

void tree_add_file(struct tree *tree, const char *dir, const struct attribute *attribute,
		   unsigned int index, unsigned int range)
{
	char path[PATH_LENGTH];
	struct node *node;

	tree_add_dir(tree, dir);
	if (snprintf(path, sizeof(path), "%s/%s", dir, attribute->name) >= (int)sizeof(path))
		tree->failed = true;
	node = add(tree, path, S_IFREG | attribute->mode);
	if (!node)
		return;
	node->attribute = attribute;
	node->index = index;
	node->range = range;
}

/* @to: from the root. In sysfs every link is relative. */
void tree_add_link(struct tree *tree, const char *path, const char *to)
{
	char target[2 * PATH_LENGTH] = "", dir[PATH_LENGTH];
	struct node *node;

	snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(path, '/') - path), path);
	tree_add_dir(tree, dir);
	for (const char *slash = strchr(dir, '/'); slash; slash = strchr(slash + 1, '/'))
		strcat(target, "../");
	strcat(target, to + 1);
	node = add(tree, path, S_IFLNK | 0777);
	if (!node)
		return;
	node->target = strdup(target);
	tree->failed = tree->failed || !node->target;
}

const struct node *tree_find(const struct tree *tree, const char *path)
{
	struct node key = {};

	if (strlen(path) >= sizeof(key.path))
		return NULL;
	strcpy(key.path, path);
	return bsearch(&key, tree->nodes, tree->n_nodes, sizeof(key), compare);
}

void tree_done(struct tree *tree)
{
	for (size_t i = 0; i < tree->n_nodes; i++)
		free(tree->nodes[i].target);
	free(tree->nodes);
	tree->nodes = NULL;
	tree->n_nodes = tree->room = 0;
}

int tree_update(struct tree *tree)
{
	if (tree->nodes && tree->changes == tree->model.changes)
		return 0;
	tree_done(tree);
	tree->failed = false;
	add(tree, "/", S_IFDIR | 0755);
	tree_add_dir(tree, "/kernel");
	tree_add_file(tree, "", &control_attribute, 0, 0);
	tree_add_bus(tree);
	tree_add_devices(tree);
	tree_add_memory(tree);
	if (tree->failed)
		return -ENOMEM;
	qsort(tree->nodes, tree->n_nodes, sizeof(*tree->nodes), compare);
	tree->changes = tree->model.changes;
	return 0;
}
