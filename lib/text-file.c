// SPDX-License-Identifier: LGPL-2.1-or-later
#include "text-file.h"

#include <fcntl.h>

#include "file-error.h"

int text_file_open(const char *dir, const char *name, FILE **ret_file)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	FILE *file;

	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return file_error(AT_FDCWD, path);
	file = fdopen(fd, "r");
	if (!file)
		return file_error(AT_FDCWD, path);
	fd = -1; /* file owns it now */
	*ret_file = file;
	return 0;
}
