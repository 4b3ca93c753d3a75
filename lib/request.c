// SPDX-License-Identifier: LGPL-2.1-or-later
#include "request.h"

#include <string.h>

DAXFS_EXPORT int daxfs_request_new(struct daxfs_request **ret_request)
{
	struct daxfs_request *request = calloc(1, sizeof(*request));

	if (!request)
		return -ENOMEM;
	request->online = DAXFS_ONLINE_MOVABLE;
	request->lock_timeout_ms = 10 * 1000;
	*ret_request = request;
	return 0;
}

DAXFS_EXPORT struct daxfs_request *daxfs_request_free(struct daxfs_request *request)
{
	if (!request)
		return NULL;
	free(request->ranges);
	free(request);
	return NULL;
}

DAXFS_EXPORT void daxfs_request_set_mode(struct daxfs_request *request, enum daxfs_mode mode)
{
	request->has_mode = true;
	request->mode = mode;
}

DAXFS_EXPORT void daxfs_request_set_size(struct daxfs_request *request, uint64_t size_bytes)
{
	request->has_size = true;
	request->size = size_bytes;
}

DAXFS_EXPORT void daxfs_request_set_align(struct daxfs_request *request, uint64_t align_bytes)
{
	request->has_align = true;
	request->align = align_bytes;
}

DAXFS_EXPORT int daxfs_request_set_ranges(struct daxfs_request *request,
					  const struct daxfs_range *ranges, size_t n)
{
	struct daxfs_range *copy;
	uint64_t size;
	int r;

	if (n == 0)
		return -EINVAL;
	r = daxfs_ranges_size(ranges, n, &size);
	if (r < 0)
		return r;
	copy = reallocarray(NULL, n, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	memcpy(copy, ranges, n * sizeof(*copy));
	for (size_t i = 0, offset = 0; i < n; i++) {
		copy[i].page_offset = offset / sysconf(_SC_PAGESIZE);
		offset += range_length(&copy[i]);
	}
	free(request->ranges);
	request->ranges = copy;
	request->n_ranges = n;
	daxfs_request_set_size(request, size);
	return 0;
}

DAXFS_EXPORT void daxfs_request_set_online(struct daxfs_request *request, enum daxfs_online online)
{
	request->has_online = true;
	request->online = online;
}

DAXFS_EXPORT void daxfs_request_set_flags(struct daxfs_request *request, unsigned int flags)
{
	request->flags = flags;
}

DAXFS_EXPORT void daxfs_request_set_lock_timeout(struct daxfs_request *request,
						 unsigned int timeout_ms)
{
	request->lock_timeout_ms = timeout_ms;
}

DAXFS_EXPORT void daxfs_request_set_offline_timeout(struct daxfs_request *request,
						    unsigned int timeout_ms)
{
	request->offline_timeout_ms = timeout_ms;
}
