// SPDX-License-Identifier: GPL-2.0-only
/*
 * inject-many DEVICE COUNT SEED: poisons the pages of so many random offsets, one call of the library
 * each, and prints the offset of every page that it asked for.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "libdaxfs.h"

static void die(const struct daxfs_ctx *ctx, const char *what, int r)
{
	const struct daxfs_error *error = daxfs_ctx_get_error(ctx);

	fprintf(stderr, "inject-many: %s: %d: %s\n", what, r,
		error ? daxfs_error_get_message(error) : "?");
	exit(1);
}

static void inject(struct daxfs_ctx *ctx, const char *device, uint64_t offset)
{
	struct daxfs_poison_request *request = NULL;
	const struct daxfs_target *targets;
	struct daxfs_spot *spot = NULL;
	int r = daxfs_poison_request_new(&request);

	if (r < 0)
		die(ctx, "no request", r);
	daxfs_poison_request_set_place(request, DAXFS_PLACE_OFFSET, offset, 0);
	daxfs_poison_request_set_force(request, true);
	r = daxfs_spot_new(ctx, device, request, false, &spot);
	if (r == 0)
		r = daxfs_spot_run(ctx, spot);
	if (r < 0)
		die(ctx, "cannot inject", r);
	if (daxfs_spot_get_targets(spot, &targets) != 1 || targets[0].offset > offset ||
	    offset - targets[0].offset >= targets[0].length)
		die(ctx, "another place", 0);
	printf("0x%" PRIx64 "\n", targets[0].offset);
	daxfs_spot_free(spot);
	daxfs_poison_request_free(request);
}

int main(int argc, char **argv)
{
	struct daxfs_device *device = NULL;
	struct daxfs_ctx *ctx = NULL;
	uint64_t size;
	int r = daxfs_ctx_new(&ctx);

	if (argc != 4 || r < 0) {
		fprintf(stderr, "usage: inject-many DEVICE COUNT SEED\n");
		return 2;
	}
	r = daxfs_device_new(ctx, argv[1], 0, &device);
	if (r < 0 || !daxfs_device_get_size(device, &size))
		die(ctx, "no device", r);
	srand48(atol(argv[3]));
	for (long n = atol(argv[2]); n > 0; n--)
		inject(ctx, argv[1], ((uint64_t)mrand48() << 32 ^ (uint64_t)mrand48()) % size);
	daxfs_device_unref(device);
	daxfs_ctx_unref(ctx);
	return 0;
}
