/* SPDX-License-Identifier: GPL-2.0-only */
/* The model as files: which there are, with which mode, what they say and what a write does. */
#ifndef TREE_H
#define TREE_H

#include <sys/stat.h>

#include "model.h"

#define PATH_LENGTH 160

struct node;
struct tree;

/* The text of a file, its length as the result; a negative errno where reading fails. */
typedef int (*show_fn)(const struct tree *tree, const struct node *node, char *buf, size_t size);
typedef int (*store_fn)(struct tree *tree, const struct node *node, const char *text);

struct attribute {
	const char *name;
	mode_t mode;
	show_fn show;
	store_fn store;
};

struct node {
	char path[PATH_LENGTH]; /* "/bus/dax" */
	mode_t mode;		/* with the type */
	uint64_t inode;
	const struct attribute *attribute;
	unsigned int index; /* of the device, region, driver or block */
	unsigned int range;
	char *target; /* of a link */
};

struct tree {
	struct model model;
	unsigned int major; /* of the nodes in /dev */
	unsigned int delay_ms;
	unsigned int releases; /* how often those that wait were let go */
	char delay_name[32];   /* of the files of which a write takes delay_ms */
	unsigned long changes; /* of the model, when the nodes were made */
	struct node *nodes;    /* by path */
	size_t n_nodes;
	size_t room;
	bool failed;	  /* no memory for a node */
	unsigned int age; /* of the device whose nodes are being added, else 0 */
};

/* Makes the nodes anew when the model has changed. */
int tree_update(struct tree *tree);
const struct node *tree_find(const struct tree *tree, const char *path);
void tree_done(struct tree *tree);

/* Adding nodes; directories above come by themselves. */
void tree_add_file(struct tree *tree, const char *dir, const struct attribute *attribute,
		   unsigned int index, unsigned int range);
void tree_add_dir(struct tree *tree, const char *path);
void tree_add_link(struct tree *tree, const char *path, const char *to);

/* The parts of it. */
void tree_add_bus(struct tree *tree);
void tree_add_devices(struct tree *tree);
void tree_add_memory(struct tree *tree);

extern const struct attribute control_attribute;
unsigned int device_minor(const struct tree *tree, const struct device *device);

#endif
