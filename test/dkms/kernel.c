// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a kernel has of drivers/dax, as far as the generator asks for it. clang makes BTF of it. Each
 * test takes something away, by one of these:
 *
 *	NO_FSDEV	the type of the driver, as before 7.1
 *	NO_FUNCTION	a function
 *	MORE_ARGUMENTS	a function has one more
 *	NO_MEMBER	a member of a structure
 *	BIT_FIELD	a member is none that has an address
 *	MOVED		members are elsewhere
 */
struct list_head {
	struct list_head *next, *prev;
};

struct range {
	unsigned long long start, end;
};

struct device {
	char bytes[728];
};

struct device_driver {
	char bytes[160];
};

struct dax_device;
struct dev_pagemap;
struct module;
struct inode;

struct dev_dax_range {
	unsigned long pgoff;
	struct range range;
	void *mapping;
};

struct dev_dax {
	void *region;
	struct dax_device *dax_dev;
#if defined(MOVED)
	void *virt_addr;
#endif
	unsigned int align;
	int target_node;
	_Bool dyn_id;
	int id;
	struct device dev;
	struct dev_pagemap *pgmap;
	_Bool memmap_on_memory;
#if defined(BIT_FIELD)
	int nr_range : 7;
#else
	int nr_range;
#endif
#if !defined(NO_MEMBER)
	struct dev_dax_range *ranges;
#endif
};

enum dax_driver_type {
	DAXDRV_KMEM_TYPE,
	DAXDRV_DEVICE_TYPE,
#if !defined(NO_FSDEV)
	DAXDRV_FSDEV_TYPE,
#endif
};

struct dax_device_driver {
	struct device_driver drv;
	struct list_head ids;
	enum dax_driver_type type;
	int (*probe)(struct dev_dax *dev_dax);
	void (*remove)(struct dev_dax *dev_dax);
};

/* The generated header is compared with these structures. BTF has functions and what is used. */
#if defined(__bpf__)
struct dev_dax dev_dax;
struct dev_dax_range dev_dax_range;
struct dax_device_driver dax_device_driver;

int __dax_driver_register(struct dax_device_driver *driver, struct module *module, const char *name)
{
	return driver->type;
}

void dax_driver_unregister(struct dax_device_driver *driver)
{
}

int dax_folio_reset_order(void *folio)
{
	return 0;
}

void *dax_get_private(struct dax_device *dax_dev)
{
	return 0;
}

void *dax_holder(struct dax_device *dax_dev)
{
	return 0;
}

int dax_holder_notify_failure(struct dax_device *dax_dev, unsigned long long offset,
			      unsigned long long length, int flags)
{
	return 0;
}

struct inode *dax_inode(struct dax_device *dax_dev)
{
	return 0;
}

#if defined(MORE_ARGUMENTS)
int dax_set_ops(struct dax_device *dax_dev, const void *ops, int flags)
{
	return 0;
}
#elif !defined(NO_FUNCTION)
int dax_set_ops(struct dax_device *dax_dev, const void *ops)
{
	return 0;
}
#endif

void kill_dev_dax(struct dev_dax *device)
{
}

void run_dax(struct dax_device *dax_dev)
{
}

_Bool static_dev_dax(struct dev_dax *device)
{
	return device->nr_range;
}
#endif
