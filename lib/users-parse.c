// SPDX-License-Identifier: LGPL-2.1-or-later
/* What /proc says about files of processes, as text. */
#include <fcntl.h>
#include <string.h>

#include "users.h"

/* Of all characters the kernel escapes only a newline: as in m_path of fs/proc/task_mmu.c. */
static void unescape_newlines(char *text)
{
	char *to = text;

	while (*text) {
		if (strncmp(text, "\\012", 4) == 0) {
			*to++ = '\n';
			text += 4;
			continue;
		}
		*to++ = *text++;
	}
	*to = '\0';
}

/* The next field, ended by a blank, which becomes the end of the text; NULL when there is none. */
static char *next_field(char **line)
{
	char *field = *line;
	size_t length = strcspn(field, " ");

	if (length == 0)
		return NULL;
	*line += length;
	if (**line)
		*(*line)++ = '\0';
	return field;
}

/* "7f00-7f01 rw-s 00000000 00:06 425      /dev/dax0.0" */
int users_parse_map(char *line, struct map_line *ret_map)
{
	struct map_line map = {};
	char *range, *perms, *dash;

	line[strcspn(line, "\n")] = '\0';
	range = next_field(&line);
	perms = range ? next_field(&line) : NULL;
	if (!perms || strlen(perms) != 4)
		return -EINVAL;
	map.is_shared = perms[3] == 's';
	if (!map.is_shared) {
		*ret_map = map;
		return 0;
	}
	dash = strchr(range, '-');
	if (!dash)
		return -EINVAL;
	*dash = '\0';
	if (parse_u64(range, 16, &map.start) < 0 || parse_u64(dash + 1, 16, &map.last) < 0)
		return -EINVAL;
	for (int i = 0; i < 3; i++) /* offset, device of the file system, inode */
		if (!next_field(&line))
			return -EINVAL;
	line += strspn(line, " ");
	unescape_newlines(line);
	map.path = line;
	*ret_map = map;
	return 0;
}

int users_name_of_path(const char *path, char ret_name[DEVICE_NAME_MAX])
{
	static const char dir[] = "/dev/", deleted[] = " (deleted)";
	char name[DEVICE_NAME_MAX + sizeof(deleted)];
	size_t length;

	if (strncmp(path, dir, strlen(dir)) != 0)
		return -ENXIO;
	path += strlen(dir);
	length = strlen(path);
	if (length >= sizeof(name))
		return -ENXIO;
	strcpy(name, path);
	if (length > strlen(deleted) && strcmp(name + length - strlen(deleted), deleted) == 0)
		name[length - strlen(deleted)] = '\0';
	if (daxfs_parse_device_name(name, NULL, NULL) < 0 || strlen(name) >= DEVICE_NAME_MAX)
		return -ENXIO;
	strcpy(ret_name, name);
	return 0;
}

int users_parse_dev(const char *text, unsigned int *ret_major, unsigned int *ret_minor)
{
	char major[16];
	size_t length = strcspn(text, ":");
	uint64_t numbers[2];

	if (!text[length] || length >= sizeof(major))
		return -EINVAL;
	memcpy(major, text, length);
	major[length] = '\0';
	if (parse_u64(major, 10, &numbers[0]) < 0 ||
	    parse_u64(text + length + 1, 10, &numbers[1]) < 0 || numbers[0] > UINT32_MAX ||
	    numbers[1] > UINT32_MAX)
		return -EINVAL;
	*ret_major = numbers[0];
	*ret_minor = numbers[1];
	return 0;
}

int users_parse_uid(const char *line, unsigned int *ret_uid)
{
	return sscanf(line, "Uid: %*u %u", ret_uid) == 1 ? 0 : -EINVAL;
}

bool users_is_path_only(const char *line)
{
	unsigned int flags;

	return sscanf(line, "flags: %o", &flags) == 1 && flags & O_PATH;
}
