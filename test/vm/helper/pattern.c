// SPDX-License-Identifier: GPL-2.0-only
/*
 * pattern fill|verify NODE BYTES SEED: writes a pattern to a device that is bound to device_dax, or
 * compares with it. Static, for a machine that has no compiler.
 *
 * The pattern is that of test/kmod/pages.c, which does the same where no process can: in fsdev_dax.
 */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define WORDS 512 /* in a page */

static uint64_t pattern_of(size_t page, uint64_t seed)
{
	return (page + 1) * 0x9e3779b97f4a7c15ull ^ seed;
}

static bool is_filled(const uint64_t *page, uint64_t pattern)
{
	return page[0] == pattern && page[WORDS - 1] == ~pattern;
}

static void fill_page(uint64_t *page, uint64_t pattern)
{
	page[0] = pattern;
	page[WORDS - 1] = ~pattern;
}

int main(int argc, char **argv)
{
	uint64_t *pages, seed;
	bool fill;
	size_t count;
	int fd;

	if (argc != 5)
		errx(2, "usage: pattern fill|verify NODE BYTES SEED");
	fill = strcmp(argv[1], "fill") == 0;
	count = strtoull(argv[3], NULL, 0) / (WORDS * sizeof(*pages));
	seed = strtoull(argv[4], NULL, 0);
	fd = open(argv[2], O_RDWR);
	if (fd < 0)
		err(1, "%s", argv[2]);
	pages = mmap(NULL, count * WORDS * sizeof(*pages), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		     0);
	if (pages == MAP_FAILED)
		err(1, "%s: mmap", argv[2]);
	for (size_t i = 0; i < count; i++) {
		uint64_t *page = pages + i * WORDS;

		if (fill)
			fill_page(page, pattern_of(i, seed));
		else if (!is_filled(page, pattern_of(i, seed)))
			errx(1, "%s: page %zu: %#llx %#llx", argv[2], i,
			     (unsigned long long)page[0], (unsigned long long)page[WORDS - 1]);
	}
	return 0;
}
