/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that runs out on request. Needs the linker's --wrap for calloc, reallocarray, strdup and
 * strndup; vasprintf() and its kin allocate inside libc, out of reach.
 */
#ifndef ALLOC_H
#define ALLOC_H

#include <stdbool.h>

/* The next @n allocations succeed, then one fails, and all are well again. */
void alloc_fail_after(unsigned int n);
/* Ends it. Whether an allocation failed since alloc_fail_after(). */
bool alloc_failed(void);

#endif
