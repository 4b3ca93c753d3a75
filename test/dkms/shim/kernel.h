/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of a kernel as map.c and failure.c of the module need to run in a process. The structures
 * of drivers/dax, which the module has from the kernel's BTF, are here by hand.
 */
#ifndef KERNEL_H
#define KERNEL_H

#define DAX_PRIVATE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long long u64;
typedef u64 phys_addr_t;

#define __counted_by(member)
#define struct_size(p, member, n) (sizeof(*(p)) + (n) * sizeof(*(p)->member))
#define GFP_KERNEL 0
#define PAGE_SHIFT 12
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PFN_PHYS(pfn) ((phys_addr_t)(pfn) << PAGE_SHIFT)
#define PHYS_PFN(phys) ((unsigned long)((phys) >> PAGE_SHIFT))
#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define ERR_PTR(error) ((void *)(long)(error))
#define PTR_ERR(pointer) ((long)(pointer))
#define IS_ERR(pointer) ((unsigned long)(pointer) >= (unsigned long)-4095)

#define READ_ONCE(variable) (*(const volatile __typeof__(variable) *)&(variable))

typedef int spinlock_t;
#define spin_lock_init(lock) (*(lock) = 0)
#define spin_lock(lock) ((*(lock))++)
#define spin_unlock(lock) ((*(lock))--)

struct kobject {
	int unused;
};

enum { KOBJ_CHANGE };

struct range {
	u64 start, end;
};

static inline u64 range_len(const struct range *range)
{
	return range->end - range->start + 1;
}

struct device {
	struct kobject kobj;
	void *managed; /* one is enough here; the test frees it */
};

struct dax_device {
	int unused;
};

struct dev_dax_range {
	unsigned long pgoff;
	struct range range;
};

struct dev_dax {
	struct dax_device *dax_dev;
	struct device dev;
	struct dev_pagemap *pgmap;
	int nr_range;
	struct dev_dax_range *ranges;
};

struct dev_pagemap_ops;

struct dev_pagemap {
	void *owner;
	const struct dev_pagemap_ops *ops;
};

struct dev_pagemap_ops {
	int (*memory_failure)(struct dev_pagemap *pgmap, unsigned long pfn, unsigned long nr_pages,
			      int mf_flags);
};

/* What another processor does while memory is allocated */
extern void (*meanwhile)(void);

static inline void *devm_kzalloc(struct device *dev, size_t bytes, int flags)
{
	if (meanwhile)
		meanwhile();
	return dev->managed = calloc(1, bytes);
}

static inline long copy_from_kernel_nofault(void *to, const void *from, size_t bytes)
{
	memcpy(to, from, bytes);
	return 0;
}

#define dev_err_probe(dev, error, ...) ((void)(dev), fprintf(stderr, __VA_ARGS__), (error))
#define dev_warn(dev, ...) ((void)(dev), fprintf(stderr, __VA_ARGS__))

/* The test defines these. */
int kobject_uevent_env(struct kobject *kobj, int action, char **environment);
int dax_holder_notify_failure(struct dax_device *dax_dev, u64 offset, u64 length, int flags);

#endif
