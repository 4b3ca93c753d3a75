// SPDX-License-Identifier: GPL-2.0-only
/* Only compiled: is the generated header what the compiler says of kernel.c? */
#include <assert.h>
#include <stddef.h>

#define dev_dax_range real_dev_dax_range
#define dev_dax real_dev_dax
#define dax_device_driver real_dax_device_driver
#define dax_driver_type real_dax_driver_type
#define DAXDRV_KMEM_TYPE REAL_KMEM_TYPE
#define DAXDRV_DEVICE_TYPE REAL_DEVICE_TYPE
#define DAXDRV_FSDEV_TYPE REAL_FSDEV_TYPE
#include "kernel.c"
#undef dev_dax_range
#undef dev_dax
#undef dax_device_driver
#undef dax_driver_type
#undef DAXDRV_KMEM_TYPE
#undef DAXDRV_DEVICE_TYPE
#undef DAXDRV_FSDEV_TYPE

#define sizeof_field(type, member) sizeof(((type *)0)->member)

struct dev_dax;
#include "dax-layout.h"

#define SAME_SIZE(name) static_assert(sizeof(struct name) == sizeof(struct real_##name), #name)
#define SAME_PLACE(name, member)                                                             \
	static_assert(offsetof(struct name, member) == offsetof(struct real_##name, member), \
		      #member)

SAME_SIZE(dev_dax_range);
SAME_PLACE(dev_dax_range, pgoff);
SAME_PLACE(dev_dax_range, range);
SAME_SIZE(dev_dax);
SAME_PLACE(dev_dax, dax_dev);
SAME_PLACE(dev_dax, dev);
SAME_PLACE(dev_dax, pgmap);
SAME_PLACE(dev_dax, nr_range);
SAME_PLACE(dev_dax, ranges);
SAME_SIZE(dax_device_driver);
SAME_PLACE(dax_device_driver, drv);
SAME_PLACE(dax_device_driver, ids);
SAME_PLACE(dax_device_driver, type);
SAME_PLACE(dax_device_driver, probe);
static_assert(DAXDRV_FSDEV_TYPE == (int)REAL_FSDEV_TYPE, "type");

/* As the module does: of a union, all but one of these would be lost without a word */
const struct dax_device_driver all_initialisers = {
	.type = DAXDRV_FSDEV_TYPE,
	.probe = (int (*)(struct dev_dax *))1,
};
