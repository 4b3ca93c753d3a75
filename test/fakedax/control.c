// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/.ctl: what a test tells the model, and the model's state in one line. Commands:
 *
 *	reset KINDS			anew: hmem, hmem-kmem, pmem, cxl, separated by commas
 *	set DEVICE DRIVER|none [ONLINE]	a state at once; ONLINE as in auto_online_blocks
 *	fail DRIVER ERRNO [COUNT] [clean]	the next COUNT (1; -1: all) probes fail
 *	delay FILE MS			a write to files of that name, as "unbind" or
 *					"kmem/unbind", takes that long
 *	release now			the writes that are held up so go on
 *	load DRIVER, unload DRIVER	insmod, rmmod
 *	busy BLOCK 0|1			a memory block that does not go offline
 *	state-attribute 0|1		Linux 7.3's kmem has the attribute, 7.2's does not
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tree.h"

#define MAX_WORDS 5

static int driver_from_name(const char *name, enum driver *ret_driver)
{
	if (strcmp(name, "none") == 0) {
		*ret_driver = DRIVER_NONE;
		return 0;
	}
	for (int i = 0; i < N_DRIVERS; i++)
		if (strcmp(name, driver_names[i]) == 0) {
			*ret_driver = i;
			return 0;
		}
	return -EINVAL;
}

static int reset(struct tree *tree, char **words)
{
	tree->delay_ms = 0;
	return model_reset(&tree->model, words[1]);
}

static int set(struct tree *tree, char **words)
{
	struct device *device = model_find(&tree->model, words[1]);
	unsigned int online = OFFLINE;
	enum driver driver;

	if (!device || driver_from_name(words[2], &driver) < 0)
		return -EINVAL;
	if (words[3] && online_from_text(words[3], &online) < 0)
		return -EINVAL;
	return model_set(&tree->model, device, driver, online);
}

static int fail(struct tree *tree, char **words)
{
	enum driver driver;

	if (driver_from_name(words[1], &driver) < 0 || driver == DRIVER_NONE)
		return -EINVAL;
	tree->model.drivers[driver].fault = (struct fault){
		.err = atoi(words[2]),
		.count = words[3] ? atoi(words[3]) : 1,
		.clean = words[3] && words[4],
	};
	return tree->model.drivers[driver].fault.err > 0 ? 0 : -EINVAL;
}

static int delay(struct tree *tree, char **words)
{
	snprintf(tree->delay_name, sizeof(tree->delay_name), "%s", words[1]);
	tree->delay_ms = atoi(words[2]);
	return 0;
}

static int release(struct tree *tree, char **words)
{
	tree->releases++;
	return 0;
}

static int load(struct tree *tree, char **words)
{
	enum driver driver;

	if (driver_from_name(words[1], &driver) < 0 || driver == DRIVER_NONE)
		return -EINVAL;
	return words[0][0] == 'l' ? driver_load(&tree->model, driver)
				  : driver_unload(&tree->model, driver);
}

static int busy(struct tree *tree, char **words)
{
	struct block *block = block_find(&tree->model, atoi(words[1]));

	if (!block)
		return -EINVAL;
	block->busy = atoi(words[2]);
	return 0;
}

static int state_attribute(struct tree *tree, char **words)
{
	tree->model.has_state = atoi(words[1]);
	tree->model.changes++;
	return 0;
}

static const struct {
	const char *name;
	int n_words; /* at least */
	int (*run)(struct tree *tree, char **words);
} commands[] = {
	{ "reset", 2, reset }, { "set", 3, set },	  { "fail", 3, fail },
	{ "delay", 3, delay }, { "load", 2, load },	  { "unload", 2, load },
	{ "busy", 3, busy },   { "release", 2, release }, { "state-attribute", 2, state_attribute },
};

static int store_control(struct tree *tree, const struct node *node, const char *text)
{
	char copy[256], *words[MAX_WORDS + 1] = {}, *rest = copy;
	int n = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	while (n < MAX_WORDS && (words[n] = strtok_r(rest, " \n", &rest)))
		n++;
	for (size_t i = 0; n > 0 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(words[0], commands[i].name) == 0)
			return n < commands[i].n_words ? -EINVAL : commands[i].run(tree, words);
	return -EINVAL;
}

static int show_control(const struct tree *tree, const struct node *node, char *buf, size_t size)
{
	model_dump(&tree->model, buf, size);
	return strlen(buf);
}

const struct attribute control_attribute = { ".ctl", 0600, show_control, store_control };
