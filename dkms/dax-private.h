/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the core of drivers/dax offers to its drivers, and keeps in a header of its own: the
 * structures, as the kernel that this is built for has them, and the functions it exports.
 */
#ifndef DAX_PRIVATE_H
#define DAX_PRIVATE_H

#include <linux/build_bug.h>
#include <linux/dax.h>
#include <linux/device.h>
#include <linux/memremap.h>
#include <linux/range.h>
#include <linux/stddef.h>

struct dev_dax;

#include "dax-layout.h"

int __dax_driver_register(struct dax_device_driver *driver, struct module *module,
			  const char *name);
void dax_driver_unregister(struct dax_device_driver *driver);
void kill_dev_dax(struct dev_dax *dev_dax);
bool static_dev_dax(struct dev_dax *dev_dax);
void run_dax(struct dax_device *dax_dev);
struct inode *dax_inode(struct dax_device *dax_dev);

#endif
