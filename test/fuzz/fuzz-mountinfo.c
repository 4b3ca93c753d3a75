// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/PID/mountinfo. The input is such a file; and its first two lines are the mountpoint and the
 * source of a mount, in a line as the kernel would print it, which must be found.
 */
#include "fuzz.h"

#include "mounts.h"

static struct daxfs_ctx *ctx;
static struct mounts *mounts; /* libmount is loaded once */

struct seen {
	size_t n;
	size_t stop_after;
	char *source;
	char *mountpoint;
};

static int see(void *userdata, const char *source, const char *mountpoint)
{
	struct seen *seen = userdata;

	REQUIRE(source[0] == '/' && source[1]);
	REQUIRE(strlen(mountpoint) < SIZE_MAX);
	if (seen->n++ == 0) {
		seen->source = strdup(source);
		seen->mountpoint = strdup(mountpoint);
		REQUIRE(seen->source && seen->mountpoint);
	}
	return seen->n == seen->stop_after ? -EXDEV : 0;
}

static int look(const void *data, size_t size, struct seen *seen)
{
	_cleanup_fclose_ FILE *file = fmemopen((void *)data, size, "r");

	REQUIRE(file);
	return mounts_each(ctx, &mounts, file, "/proc/1/mountinfo", NULL, see, seen);
}

static void check_file(const uint8_t *data, size_t size)
{
	struct seen all = {}, first = { .stop_after = 1 };

	look(data, size, &all);
	/* What the caller says to a mount ends it, and is handed on. */
	if (all.n > 0)
		REQUIRE(look(data, size, &first) == -EXDEV && first.n == 1);
	free(all.source);
	free(all.mountpoint);
	free(first.source);
	free(first.mountpoint);
}

/* As mangle() and show_path() of the kernel do it. */
static void print_escaped(FILE *f, const char *text)
{
	for (; *text; text++)
		if (strchr(" \t\n\\#", *text))
			fprintf(f, "\\%03o", *text);
		else
			fputc(*text, f);
}

static char *print_line(const char *mountpoint, const char *source)
{
	_cleanup_fclose_ FILE *f = NULL;
	char *line = NULL;
	size_t size;

	f = open_memstream(&line, &size);
	REQUIRE(f);
	fputs("36 35 0:44 / ", f);
	print_escaped(f, mountpoint);
	fputs(" rw,relatime shared:1 - famfs ", f);
	print_escaped(f, source);
	fputs(" rw\n", f);
	REQUIRE(fclose(TAKE_PTR(f)) == 0);
	return line;
}

static void check_mount(const char *mountpoint, const char *source)
{
	_cleanup_free_ char *line = NULL;
	struct seen seen = {};

	/* Both are absolute; and libmount knows mountpoints by this end as those of deleted ones. */
	if (mountpoint[0] != '/' || source[0] != '/' || !source[1] ||
	    strstr(mountpoint, " (deleted)") || strstr(mountpoint, "//deleted"))
		return;
	line = print_line(mountpoint, source);
	REQUIRE(look(line, strlen(line), &seen) == 0 && seen.n == 1);
	REQUIRE(strcmp(seen.mountpoint, mountpoint) == 0 && strcmp(seen.source, source) == 0);
	free(seen.source);
	free(seen.mountpoint);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = NULL;
	char *newline;

	if (!ctx)
		REQUIRE(daxfs_ctx_new(&ctx) == 0);
	if (size == 0)
		return 0;
	check_file(data, size);
	text = fuzz_text(data, size);
	newline = strchr(text, '\n');
	if (!newline)
		return 0;
	*newline = '\0';
	check_mount(text, newline + 1);
	return 0;
}
