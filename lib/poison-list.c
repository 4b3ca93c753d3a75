// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is known of the poison in a device, from all who know some of it. */
#include <string.h>

#include "device.h"
#include "file-error.h"
#include "poison.h"
#include "sysfs.h"

#define SECTOR 512

static const char *const sources[] = {
	[DAXFS_POISON_RECORD] = "record",
	[DAXFS_POISON_BADBLOCKS] = "badblocks",
	[DAXFS_POISON_FSDEV] = "fsdev",
	[DAXFS_POISON_CXL] = "cxl",
};

DAXFS_EXPORT const char *daxfs_poison_source_to_string(enum daxfs_poison_source source)
{
	return (size_t)source < ARRAY_SIZE(sources) ? sources[source] : NULL;
}

static int add(struct daxfs_device *device, uint64_t offset, uint64_t length,
	       enum daxfs_poison_source source)
{
	struct daxfs_poison *more;

	more = reallocarray(device->poison, device->n_poison + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	device->poison = more;
	more[device->n_poison++] = (struct daxfs_poison){ offset, length, source };
	return 0;
}

int poison_add_physical(struct daxfs_device *device, uint64_t address, uint64_t length,
			enum daxfs_poison_source source)
{
	uint64_t last, offset = 0;

	if (length == 0)
		return 0;
	if (__builtin_add_overflow(address, length - 1, &last))
		last = UINT64_MAX;
	for (size_t i = 0; i < device->n_mappings; i++) {
		const struct daxfs_range *range = &device->ranges[i];
		uint64_t from = address > range->start ? address : range->start;
		uint64_t to = last < range->end ? last : range->end;
		int r;

		if (from <= to) {
			r = add(device, offset + (from - range->start), to - from + 1, source);
			if (r < 0)
				return r;
		}
		offset += range_length(range);
	}
	return 0;
}

int poison_parse_pairs(char *text, struct number_pair **ret_pairs, size_t *ret_n)
{
	_cleanup_free_ struct number_pair *pairs = NULL;
	char *save = NULL;
	size_t n = 0;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *blank = strchr(line, ' ');
		struct number_pair *more;

		more = reallocarray(pairs, n + 1, sizeof(*more));
		if (!more)
			return -ENOMEM;
		pairs = more;
		if (!blank)
			return -EBADMSG;
		*blank = '\0';
		if (parse_u64(line, 0, &more[n].first) < 0 ||
		    parse_u64(blank + 1, 0, &more[n].second) < 0)
			return -EBADMSG;
		n++;
	}
	*ret_pairs = TAKE_PTR(pairs);
	*ret_n = n;
	return 0;
}

static int read_pairs(int dir_fd, const char *name, struct number_pair **ret_pairs, size_t *ret_n)
{
	_cleanup_free_ char *text = NULL;
	int r;

	r = sysfs_read_string(dir_fd, name, &text);
	return r < 0 ? r : poison_parse_pairs(text, ret_pairs, ret_n);
}

/* ---- the sources */

static int read_record(struct daxfs_ctx *ctx, struct daxfs_device *device)
{
	_cleanup_(poison_record_done) struct poison_record record = {};
	int r;

	r = poison_record_read(ctx, &record);
	for (size_t i = 0; i < record.n && r == 0; i++)
		r = poison_add_physical(device, record.entries[i].address, record.entries[i].length,
					DAXFS_POISON_RECORD);
	return r;
}

int poison_sectors(const struct number_pair *sectors, uint64_t region_start,
		   struct daxfs_range *ret_range)
{
	uint64_t start, length, end;

	if (sectors->second == 0 || __builtin_mul_overflow(sectors->first, SECTOR, &start) ||
	    __builtin_mul_overflow(sectors->second, SECTOR, &length) ||
	    __builtin_add_overflow(start, region_start, &start) ||
	    __builtin_add_overflow(start, length - 1, &end))
		return -EBADMSG;
	*ret_range = (struct daxfs_range){ .start = start, .end = end };
	return 0;
}

/* In sectors from the start of the nvdimm region, which is two directories up. */
static int read_badblocks(int dir_fd, struct daxfs_device *device)
{
	_cleanup_free_ struct number_pair *pairs = NULL;
	uint64_t start;
	size_t n = 0;
	int r;

	r = sysfs_read_u64(dir_fd, "../../resource", &start);
	if (r == 0)
		r = read_pairs(dir_fd, "../../badblocks", &pairs, &n);
	for (size_t i = 0; i < n && r == 0; i++) {
		struct daxfs_range range;

		r = poison_sectors(&pairs[i], start, &range);
		if (r == 0)
			r = poison_add_physical(device, range.start, range_length(&range),
						DAXFS_POISON_BADBLOCKS);
	}
	return r;
}

/* Offset and length in the device, as its holder was told. */
static int read_failures(int dir_fd, struct daxfs_device *device)
{
	_cleanup_free_ struct number_pair *pairs = NULL;
	size_t n = 0;
	int r;

	r = read_pairs(dir_fd, "fsdev/failures", &pairs, &n);
	for (size_t i = 0; i < n && r == 0; i++)
		r = add(device, pairs[i].first, pairs[i].second, DAXFS_POISON_FSDEV);
	return r;
}

/* ---- all of them */

static int compare(const void *a, const void *b)
{
	const struct daxfs_poison *x = a, *y = b;

	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	if (x->source != y->source)
		return x->source < y->source ? -1 : 1;
	return (x->length > y->length) - (x->length < y->length);
}

/* The same page may have failed more than once. */
static void sort(struct daxfs_device *device)
{
	size_t n = 0;

	if (device->n_poison == 0)
		return;
	qsort(device->poison, device->n_poison, sizeof(*device->poison), compare);
	for (size_t i = 1; i < device->n_poison; i++)
		if (compare(&device->poison[n], &device->poison[i]) != 0)
			device->poison[++n] = device->poison[i];
	device->n_poison = n + 1;
}

/* A source that cannot be asked makes nothing of what the others say. */
static int note(struct daxfs_device *device, enum daxfs_poison_source source, int r)
{
	if (r < 0 && r != -ENOMEM)
		device->unknown_poison |= 1U << source;
	return r == -ENOMEM ? r : 0;
}

/* Whether the driver that would keep failures is the one: else nobody does, besides nvdimm. */
static bool wants_failures(const struct daxfs_device *device)
{
	return device->kind != DAXFS_KIND_PMEM || device->mode == DAXFS_MODE_FAMFS;
}

static int fail(struct daxfs_ctx *ctx, const struct daxfs_device *device, int r)
{
	const char *path = file_error_path(r);

	return daxfs_fail(ctx, r,
			  &(struct failure){ .id = "read-failed",
					     .device = device->name,
					     .path = path ? path : ctx->run_dir,
					     .err = -r },
			  "%s: cannot read what is known of its poison", device->name);
}

int poison_read(struct daxfs_ctx *ctx, struct daxfs_device *device)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	if (!device->has_ranges)
		return 0;
	r = device_open(ctx, device->name, &fd, &path);
	if (r < 0)
		return r;
	r = note(device, DAXFS_POISON_RECORD, read_record(ctx, device));
	if (r == 0 && device->kind == DAXFS_KIND_PMEM)
		r = note(device, DAXFS_POISON_BADBLOCKS, read_badblocks(fd, device));
	if (r == 0 && wants_failures(device))
		r = note(device, DAXFS_POISON_FSDEV, read_failures(fd, device));
	if (r == 0 && device->kind == DAXFS_KIND_CXL)
		r = note(device, DAXFS_POISON_CXL, poison_read_cxl(ctx, fd, device));
	if (r < 0)
		return fail(ctx, device, r);
	sort(device);
	device->has_poison = true;
	return 0;
}

DAXFS_EXPORT bool daxfs_device_get_poison(const struct daxfs_device *device,
					  const struct daxfs_poison **ret_poison, size_t *ret_n)
{
	if (!device->has_poison)
		return false;
	*ret_poison = device->poison;
	*ret_n = device->n_poison;
	return true;
}

DAXFS_EXPORT bool daxfs_device_hides_poison(const struct daxfs_device *device,
					    enum daxfs_poison_source source)
{
	return !device->has_poison || device->unknown_poison & 1U << source;
}
