/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Poison: from a place in a device to what lies there, and what is on record of it.
 *
 * The kernel forgets which pages of a DAX device it took for broken as soon as the device gets another
 * driver, and tells nobody before. So what is injected is put on file, by physical address.
 */
#ifndef POISON_H
#define POISON_H

#include "check-facts.h"
#include "private.h"
#include "run-file.h"

/* Where it is to be, as the caller said it. */
struct daxfs_poison_request {
	enum daxfs_place place;
	uint64_t value;	 /* bytes, or the number of a page frame */
	uint64_t length; /* 0: one unit of the method */
	enum daxfs_poison_method method;
	bool exact;
	bool force;
	unsigned int lock_timeout_ms;
};

DEFINE_CLEANUP(struct daxfs_poison_request *, daxfs_poison_request_free)

/* ---- poison-place.c: pure */

/* What a request comes to in a device: whole units of the method. */
struct extent {
	uint64_t offset;
	uint64_t length;
	bool moved; /* it is larger than what was asked for: that was no whole unit */
};

/* Why a place is none in the device. */
enum outside {
	OUTSIDE_PAST_END,  /* an offset, or its length, reaches past the end */
	OUTSIDE_GAP,	   /* an address between two ranges */
	OUTSIDE_BEFORE,	   /* an address below all ranges */
	OUTSIDE_BEHIND,	   /* an address above all ranges */
	OUTSIDE_MISALIGNED /* it begins or ends inside of a unit, and is to be exact */
};

/*
 * -ENXIO, and *ret_outside, for a place that the device does not have. The ranges are sound.
 */
int place_resolve(const struct daxfs_range *ranges, size_t n_ranges,
		  const struct daxfs_poison_request *request, uint64_t page_size, uint64_t unit,
		  struct extent *ret_extent, enum outside *ret_outside);

/* The pieces of an extent, each of one range; *ret_targets is to be freed. */
int place_split(const struct daxfs_range *ranges, size_t n_ranges, const struct extent *extent,
		uint64_t page_size, struct daxfs_target **ret_targets, size_t *ret_n);

/* ---- poison-record.c: RUN_DIR/poison */

struct poison_entry {
	uint64_t address;
	uint64_t length;
	enum daxfs_poison_method method;
	char device[DEVICE_NAME_MAX]; /* what it was called then */
};

struct poison_record {
	char boot_id[BOOT_ID_SIZE];
	struct poison_entry *entries; /* by address */
	size_t n;
};

void poison_record_done(struct poison_record *record);
/* Pure: a record as text, and back. -EBADMSG for a text that is no record. */
int poison_record_format(const struct poison_record *record, char **ret_text);
int poison_record_parse(const char *text, struct poison_record *ret_record);
/* Pure. An entry takes the place of what was there; a range is taken out. */
int poison_record_add(struct poison_record *record, const struct poison_entry *entry);
int poison_record_remove(struct poison_record *record, uint64_t address, uint64_t length);
bool poison_record_has(const struct poison_record *record, uint64_t address, uint64_t length);

/* What is on file of this boot, which may be nothing; an errno when it may not be read. */
int poison_record_read(struct daxfs_ctx *ctx, struct poison_record *ret_record);
/* Changes what is on file; the lock of the bus is held. */
int poison_record_note(struct daxfs_ctx *ctx, const struct poison_entry *entry);
int poison_record_forget(struct daxfs_ctx *ctx, const struct daxfs_range *ranges, size_t n_ranges);

/* ---- poison-counters.c */

/* What the kernel has counted, of all nodes together; node: the only one, else -1. */
int counters_read(struct daxfs_ctx *ctx, struct daxfs_failures *ret_failures);
bool counters_moved(const struct daxfs_failures *before, const struct daxfs_failures *after);

/* ---- poison-list.c */

/*
 * Fills in what is known of the poison in @device, which has its ranges. The memory devices of a CXL
 * region are asked for their lists.
 */
int poison_read(struct daxfs_ctx *ctx, struct daxfs_device *device);

/* poison-cxl-list.c: what the memory devices of its region know; an errno when there may be more. */
int poison_read_cxl(struct daxfs_ctx *ctx, int dir_fd, struct daxfs_device *device);

/* A line of two numbers: a bad block of nvdimm, a failure that fsdev_dax was told of. */
struct number_pair {
	uint64_t first;
	uint64_t second;
};

/* Pure: takes @text apart; *ret_pairs is to be freed. -EBADMSG for a line of another form. */
int poison_parse_pairs(char *text, struct number_pair **ret_pairs, size_t *ret_n);
/* Pure: what @sectors, a start and a number of them, come to in the nvdimm region; -EBADMSG. */
int poison_sectors(const struct number_pair *sectors, uint64_t region_start,
		   struct daxfs_range *ret_range);
/*
 * Pure: adds what of the @length bytes at @address lies in the device, whose ranges are known, by its
 * offset.
 */
int poison_add_physical(struct daxfs_device *device, uint64_t address, uint64_t length,
			enum daxfs_poison_source source);

#endif
