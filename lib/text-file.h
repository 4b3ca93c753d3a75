/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text of more than a page, line by line: what the kernel has in /proc and /dev, and configuration. */
#ifndef TEXT_FILE_H
#define TEXT_FILE_H

#include <stdio.h>

#include "private.h"

/* Opens @name below @dir, an absolute path, for reading; a recorded tree may hold a FIFO there. */
int text_file_open(const char *dir, const char *name, FILE **ret_file);

#endif
