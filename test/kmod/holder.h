/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOLDER_H
#define HOLDER_H

#include <linux/dax.h>
#include <linux/moduleparam.h>

/* A command is a parameter that calls a function with what was written to it. */
extern const struct kernel_param_ops holder_command_ops;

#define HOLDER_COMMAND(name, function) module_param_cb(name, &holder_command_ops, function, 0200)

/* main.c */

/* The device that is held, NULL when there is none */
struct dax_device *holder_device(void);

/* Calls @function with the device whose node is @path. The node is open only until it returns. */
int holder_with_node(const char *path, int (*function)(struct dax_device *dax_dev, void *data),
		     void *data);

/* pages.c */

/* Of the device that is held: what is contiguous from a page on, at most @count, or an error */
long holder_address_of(unsigned long page, long count, void **kaddr, unsigned long *pfn);

/* obstacles.c: takes away what was put in the way of others */
void holder_reset_obstacles(void);

#endif
