/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cleanup by scope: every variable that owns something says so where it is declared. */
#ifndef CLEANUP_H
#define CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(fn) __attribute__((cleanup(fn)))

/* Hands an owned pointer to somebody else: the variable no longer owns it. */
#define TAKE_PTR(ptr)                           \
	({                                      \
		__auto_type taken_ptr_ = (ptr); \
		(ptr) = NULL;                   \
		taken_ptr_;                     \
	})

/* The same for a file descriptor. */
#define TAKE_FD(fd)                   \
	({                            \
		int taken_fd_ = (fd); \
		(fd) = -1;            \
		taken_fd_;            \
	})

/* Cleanup runs on the way out of a failure, so it must not disturb errno. */
static inline void cleanup_free(void *p)
{
	int saved = errno;

	free(*(void **)p);
	errno = saved;
}

static inline void cleanup_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

static inline void cleanup_fclose(FILE **f)
{
	int saved = errno;

	if (*f)
		fclose(*f);
	errno = saved;
}

static inline void cleanup_closedir(DIR **dir)
{
	int saved = errno;

	if (*dir)
		closedir(*dir);
	errno = saved;
}

#define _cleanup_free_ _cleanup_(cleanup_free)
#define _cleanup_close_ _cleanup_(cleanup_close)
#define _cleanup_fclose_ _cleanup_(cleanup_fclose)
#define _cleanup_closedir_ _cleanup_(cleanup_closedir)

/* Makes NAME##p, a cleanup function, from NAME(type *), which accepts NULL. */
#define DEFINE_CLEANUP(type, name)          \
	static inline void name##p(type *p) \
	{                                   \
		int saved = errno;          \
                                            \
		if (*p)                     \
			name(*p);           \
		errno = saved;              \
	}

#endif
