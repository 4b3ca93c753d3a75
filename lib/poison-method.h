/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ways to poison memory, and to clear that. */
#ifndef POISON_METHOD_H
#define POISON_METHOD_H

#include "cxl.h"
#include "ndctl.h"
#include "poison.h"

/* A place in a device, with all that was read about it; and what came of it. */
struct daxfs_spot {
	struct facts *facts;
	bool clears;
	bool force;
	unsigned int lock_timeout_ms;
	enum daxfs_poison_method method;
	uint64_t unit; /* bytes that the method poisons at once */
	struct extent extent;
	struct daxfs_target *targets;
	size_t n_targets;
	char **notes;
	size_t n_notes;
	struct cxl_layout layout; /* of CXL memory; zeros where it is not known */
	struct nvdimm *nvdimm;	  /* of pmem, while its method runs */

	uint64_t n_done; /* units that were poisoned, or cleared */
	bool has_recovered, recovered;
	bool has_counters;
	struct daxfs_failures before, after;
};

struct poison_method {
	const char *name;
	uint64_t unit;	  /* 0: a page of the machine */
	bool is_recorded; /* by us: nobody else keeps it */
	/* Whether it has to do with such a device at all: 0 or daxfs_fail(). NULL: with any. */
	int (*fits)(struct daxfs_ctx *ctx, const struct daxfs_spot *spot);
	/* Whether this machine has what it takes, without a write: 0 or daxfs_fail(). */
	int (*check)(struct daxfs_ctx *ctx, const struct daxfs_spot *spot);
	/* Makes ready for it, as by loading a module; 0 or daxfs_fail(). NULL: nothing to do. */
	int (*prepare)(struct daxfs_ctx *ctx, struct daxfs_spot *spot);
	/*
	 * One unit, at byte @done of @target: the kernel's answer. Where that does not tell whether the
	 * memory is poisoned, the counters of failures do (needs_counters).
	 */
	int (*inject)(struct daxfs_ctx *ctx, const struct daxfs_spot *spot,
		      const struct daxfs_target *target, uint64_t done);
	int (*clear)(struct daxfs_ctx *ctx, const struct daxfs_spot *spot,
		     const struct daxfs_target *target, uint64_t done);
	bool needs_counters;
};

/* Of DAXFS_POISON_HWPOISON and those behind it. */
const struct poison_method *poison_method(enum daxfs_poison_method method);

/* For .fits of what works by the kernel's pages. */
int poison_fits_pages(struct daxfs_ctx *ctx, const struct daxfs_spot *spot);

extern const struct poison_method method_hwpoison;
extern const struct poison_method method_offline;
extern const struct poison_method method_cxl;
extern const struct poison_method method_pmem;

/* Takes the method of @wanted, or chooses one, by what the device is: 0 or daxfs_fail(). */
int poison_choose(struct daxfs_ctx *ctx, enum daxfs_poison_method wanted, struct daxfs_spot *spot);
/* Whether it can be had; else, if nobody asked for it by name, another that does the same. */
int poison_check(struct daxfs_ctx *ctx, enum daxfs_poison_method wanted, struct daxfs_spot *spot);

/* ---- poison-resolve.c: fills in where the place of @request is; 0 or daxfs_fail() */
int spot_resolve(struct daxfs_ctx *ctx, const struct daxfs_poison_request *request,
		 struct daxfs_spot *spot);

/* ---- poison-cxl.c: pure: what the pieces are on memory devices; those of its method are cut there */
int spot_locate_cxl(struct daxfs_spot *spot);

/* ---- poison-files.c */

#define POISON_DEBUGFS "kernel/debug"

/* -EOPNOTSUPP, class UNSUPPORTED; @message follows the device's name. */
int poison_refuse_unsupported(struct daxfs_ctx *ctx, const char *device, const char *id,
			      const char *hint, const char *message);
/* 0, or daxfs_fail() when the kernel is locked down, so that debugfs cannot be written. */
int poison_check_lockdown(struct daxfs_ctx *ctx, const char *device, const char *hint);
/* 0, or daxfs_fail() when it is not mounted. */
int poison_check_debugfs(struct daxfs_ctx *ctx, const char *device, const char *hint);
/* 0, daxfs_fail() for want of permission, or what sysfs_may_write() answers. */
int poison_check_file(struct daxfs_ctx *ctx, const char *device, const char *path);

/* That what the kernel's pages know of poison cannot be cleared. */
int poison_refuse_clear(struct daxfs_ctx *ctx, const struct daxfs_device *device);

int spot_add_note(struct daxfs_spot *spot, const char *format, ...) PRINTF_FORMAT(2, 3);

#endif
