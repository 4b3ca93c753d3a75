// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lines of /proc/PID/maps, /proc/PID/status and /proc/PID/fdinfo/N. The input is a line; and it is
 * the path of a mapping, in a line as the kernel would print it.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <inttypes.h>

#include "users.h"

static void check_line(const char *text)
{
	_cleanup_free_ char *line = strdup(text);
	size_t length = strlen(text);
	struct map_line map = { .start = UNTOUCHED };
	int r;

	REQUIRE(line);
	r = users_parse_map(line, &map);
	if (r < 0) {
		REQUIRE(r == -EINVAL && map.start == UNTOUCHED);
		return;
	}
	if (!map.is_shared)
		return;
	REQUIRE(map.path >= line && map.path <= line + length);
	REQUIRE(map.path + strlen(map.path) <= line + length);
}

/* What show_map_vma() of the kernel prints; newlines in paths are escaped, and nothing else. */
static char *print_line(uint64_t start, uint64_t last, const char *path)
{
	_cleanup_fclose_ FILE *f = NULL;
	char *line = NULL;
	size_t size;

	f = open_memstream(&line, &size);
	REQUIRE(f);
	fprintf(f, "%08" PRIx64 "-%08" PRIx64 " rw-s 00000000 00:06 425", start, last);
	fputs("                          ", f);
	for (; *path; path++)
		if (*path == '\n')
			fputs("\\012", f);
		else
			fputc(*path, f);
	fputc('\n', f);
	REQUIRE(fclose(TAKE_PTR(f)) == 0);
	return line;
}

static void check_path(const char *path)
{
	uint64_t start = strlen(path) * UINT64_C(0x1000), last = UINT64_MAX - start;
	_cleanup_free_ char *line = print_line(start, last, path);
	struct map_line map;

	REQUIRE(users_parse_map(line, &map) == 0);
	REQUIRE(map.is_shared && map.start == start && map.last == last);
	/* Blanks in front are the kernel's, and what looks escaped was not always. */
	if (path[0] != ' ' && !strstr(path, "\\012"))
		REQUIRE(strcmp(map.path, path) == 0);
}

static void check_uid(const char *text)
{
	unsigned int uid = UNTOUCHED, real, effective;
	int r = users_parse_uid(text, &uid);

	REQUIRE(r == 0 || (r == -EINVAL && uid == UNTOUCHED));
	if (sscanf(text, "Uid:\t%9u\t%9u", &real, &effective) == 2) {
		char line[64];

		snprintf(line, sizeof(line), "Uid:\t%u\t%u\t0\t0\n", real, effective);
		REQUIRE(users_parse_uid(line, &uid) == 0 && uid == effective);
	}
}

static void check_flags(const char *text)
{
	char line[64];
	unsigned int flags = 0;

	users_is_path_only(text);
	for (size_t i = 0; i < 4 && text[i]; i++)
		flags = flags << 8 | (unsigned char)text[i];
	snprintf(line, sizeof(line), "flags:\t0%o\n", flags);
	REQUIRE(users_is_path_only(line) == !!(flags & O_PATH));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);

	check_line(text);
	check_path(text);
	check_uid(text);
	check_flags(text);
	return 0;
}
