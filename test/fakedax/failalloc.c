// SPDX-License-Identifier: GPL-2.0-only
/*
 * To be preloaded: allocations fail as the environment says. glibc's own calls, as those of
 * strdup() and opendir(), come here too.
 *
 *	FAILALLOC=N		the Nth allocation of the process fails
 *	FAILALLOC=N-		it and all after it
 *	FAILALLOC_TOLD=FILE	how many allocations there were is written there at the end
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VISIBLE __attribute__((visibility("default")))

/* What malloc() and the others are in glibc, below the names that are taken here. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

/* Written before the program has a second thread, and counted atomically. */
static unsigned long first, last, count;
static bool is_ready;

static void read_environment(void)
{
	const char *text = getenv("FAILALLOC");
	char *end;

	is_ready = true;
	if (!text)
		return;
	first = strtoul(text, &end, 10);
	last = *end == '-' ? (unsigned long)-1 : first;
}

static bool fails(void)
{
	unsigned long number = __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);

	/* An allocation can come before any constructor. */
	if (!is_ready)
		read_environment();
	if (first == 0 || number < first || number > last)
		return false;
	errno = ENOMEM;
	return true;
}

VISIBLE void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

VISIBLE void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

VISIBLE void *realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}

VISIBLE void *reallocarray(void *old, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return fails() ? NULL : __libc_realloc(old, bytes);
}

VISIBLE void *memalign(size_t alignment, size_t size)
{
	return fails() ? NULL : __libc_memalign(alignment, size);
}

VISIBLE void *aligned_alloc(size_t alignment, size_t size)
{
	return memalign(alignment, size);
}

VISIBLE int posix_memalign(void **ret, size_t alignment, size_t size)
{
	void *p = memalign(alignment, size);

	if (!p)
		return ENOMEM;
	*ret = p;
	return 0;
}

__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("FAILALLOC_TOLD");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;

	if (fd < 0)
		return;
	dprintf(fd, "%lu\n", count);
	close(fd);
}
