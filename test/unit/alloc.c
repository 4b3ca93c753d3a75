// SPDX-License-Identifier: GPL-2.0-only
#include "alloc.h"

#include <stddef.h>

static bool armed, failed;
static unsigned int left;

void *__real_calloc(size_t n, size_t size);
void *__real_reallocarray(void *old, size_t n, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_reallocarray(void *old, size_t n, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t n);

void alloc_fail_after(unsigned int n)
{
	armed = true;
	failed = false;
	left = n;
}

bool alloc_failed(void)
{
	armed = false;
	return failed;
}

static bool out_of_memory(void)
{
	if (!armed || left-- > 0)
		return false;
	armed = false;
	failed = true;
	return true;
}

void *__wrap_calloc(size_t n, size_t size)
{
	return out_of_memory() ? NULL : __real_calloc(n, size);
}

void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
	return out_of_memory() ? NULL : __real_reallocarray(old, n, size);
}

char *__wrap_strdup(const char *text)
{
	return out_of_memory() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t n)
{
	return out_of_memory() ? NULL : __real_strndup(text, n);
}
