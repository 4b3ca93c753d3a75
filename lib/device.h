/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files that read a device or a region share. */
#ifndef DEVICE_H
#define DEVICE_H

#include "private.h"

/*
 * Whether a reader's answer only says that the value is not to be had: the attribute is missing,
 * root's, or not what it should be. Anything else is a failure of the reading itself.
 */
bool value_is_unknown(int r);

/* -EINVAL, with words. */
int device_fail_bad_name(struct daxfs_ctx *ctx, const char *name);

/* -EBUSY, class REBOOT: kmem left its memory online, and no driver can take it until a reboot. */
int device_fail_stranded(struct daxfs_ctx *ctx, const char *name);
/* A section of our own: no state, which takes a look at ranges and memory blocks. */
#define SECTION_NO_STATE (1U << 31)
/* Nothing but the size, and what follows from it and the place. */
#define SECTION_SIZE_ONLY (1U << 30)

/* The devices there are, in no order; *ret_ids, never NULL, is to be freed. */
int device_list_ids(struct daxfs_ctx *ctx, struct daxfs_device_id **ret_ids, size_t *ret_n);
/* For qsort(): by region, then by id. */
int device_compare_ids(const void *a, const void *b);

/* That the ranges cannot be read, and why. */
int device_fail_ranges(struct daxfs_ctx *ctx, const struct daxfs_device *device);

/* The kind of a device by its place below /sys/devices; NULL is allowed. */
enum daxfs_kind region_kind_of_device(const char *path);

/* These fill one section of a device; an unknown value is no error. */
/* Whether @name, out of a file, is PREFIX and a plain rest, so that it may become part of a path. */
bool backing_is_plain_name(const char *name, const char *prefix);
/* The CXL region that a device at @path is in; to be freed. NULL without memory, or without a region. */
char *backing_region_of_path(const char *path);
/* Target @number of a CXL region: its endpoint decoder, and the memory device, which is to be freed. */
int backing_read_target(struct daxfs_ctx *ctx, int region_fd, size_t number, char *decoder,
			size_t size, char **ret_memdev);
int backing_read(struct daxfs_ctx *ctx, int dir_fd, struct daxfs_device *device);
int memory_read_section(struct daxfs_ctx *ctx, struct daxfs_device *device);

/*
 * Opens the directory of a device. *ret_path is its place below /sys/devices, NULL where the tree
 * does not tell. -ENODEV, with words, when there is no such device.
 */
int device_open(struct daxfs_ctx *ctx, const char *name, int *ret_fd, char **ret_path);

/*
 * Whether /proc/iomem shows memory of kmem inside one of the ranges. -EACCES when the kernel hid
 * the addresses, as it does from everybody but root; -ENOENT without the file.
 */
int iomem_has_kmem(struct daxfs_ctx *ctx, const struct daxfs_range *ranges, size_t n_ranges,
		   bool *ret_found);
/* The same of an opened /proc/iomem. */
int iomem_find_kmem(FILE *file, const struct daxfs_range *ranges, size_t n_ranges, bool *ret_found);

/* Whether a memory block of the ranges is there. -ENOENT on a kernel without memory blocks. */
int memory_has_blocks(struct daxfs_ctx *ctx, const struct daxfs_range *ranges, size_t n_ranges,
		      bool *ret_found);

#endif
