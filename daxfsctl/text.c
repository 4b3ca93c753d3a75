// SPDX-License-Identifier: GPL-2.0-only
#include "text.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

void text_safely(FILE *f, const char *text)
{
	for (; *text; text++)
		fputc(iscntrl((unsigned char)*text) ? '?' : *text, f);
}

/*
 * daxfsctl: dax0.0: cannot bind to fsdev_dax: Device or resource busy
 *   step bind, /sys/bus/dax/drivers/fsdev_dax/bind
 *   wait for ..., or --force
 */
void text_error(const struct error_words *words)
{
	if (!words->is_bare)
		fputs("daxfsctl: ", stderr);
	if (words->device && !strstr(words->message, words->device)) {
		text_safely(stderr, words->device);
		fputs(": ", stderr);
	}
	text_safely(stderr, words->message);
	if (words->err)
		fprintf(stderr, ": %s", strerror(words->err));
	fputc('\n', stderr);
	if (words->step)
		fprintf(stderr, "  step %s%s%s\n", words->step, words->path ? ", " : "",
			words->path ? words->path : "");
	else if (words->path && !strstr(words->message, words->path))
		fprintf(stderr, "  file %s\n", words->path);
	if (words->hint) {
		fputs("  ", stderr);
		text_safely(stderr, words->hint);
		fputc('\n', stderr);
	}
	if (words->override && !(words->hint && strstr(words->hint, words->override)))
		fprintf(stderr, "  %s overrides this\n", words->override);
}

struct size_text text_size(uint64_t bytes, bool in_bytes)
{
	static const char units[] = "KMGTPE";
	struct size_text size;
	char suffix[2] = "";
	unsigned int unit = 0;

	if (!in_bytes)
		while (bytes && bytes % 1024 == 0 && units[unit]) {
			bytes /= 1024;
			unit++;
		}
	/* Not "%.1s" of &units[]: gcc 12 without optimisation crashes on it. */
	suffix[0] = unit ? units[unit - 1] : '\0';
	snprintf(size.text, sizeof(size.text), "%" PRIu64 "%s", bytes, suffix);
	return size;
}

/* What can differ between two states of a device; a size or align of 0 is not known. */
struct aspect {
	const char *mode;
	uint64_t size;
	uint64_t align;
};

static struct aspect aspect_of(const struct daxfs_device *device)
{
	struct aspect aspect = { .mode = daxfs_mode_to_string(daxfs_device_get_mode(device)) };

	daxfs_device_get_size(device, &aspect.size);
	daxfs_device_get_align(device, &aspect.align);
	return aspect;
}

static void print_sizes(FILE *f, const char **separator, const char *what, uint64_t before,
			uint64_t after)
{
	if (before == after)
		return;
	fprintf(f, "%s%s %s -> %s", *separator, what, text_size(before, false).text,
		text_size(after, false).text);
	*separator = ", ";
}

/* ": devdax -> famfs, size 1G -> 512M"; nothing of what stayed as it was. */
static void print_difference(FILE *f, const struct aspect *before, const struct aspect *after)
{
	const char *old = before->mode ? before->mode : "no driver";
	const char *new = after->mode ? after->mode : "no driver";
	const char *separator = ": ";

	if (strcmp(old, new) != 0) {
		fprintf(f, ": %s -> %s", old, new);
		separator = ", ";
	}
	print_sizes(f, &separator, "size", before->size, after->size);
	print_sizes(f, &separator, "align", before->align, after->align);
}

/* ": online blocks 4 -> 0 of 4"; a device that changes its mode has others afterwards. */
static void print_blocks(FILE *f, const struct daxfs_device *before,
			 const struct daxfs_device *after)
{
	struct daxfs_memory old, new;

	if (daxfs_device_get_memory(before, &old) && daxfs_device_get_memory(after, &new) &&
	    old.online_blocks != new.online_blocks)
		fprintf(f, ": online blocks %" PRIu64 " -> %" PRIu64 " of %" PRIu64,
			old.online_blocks, new.online_blocks, new.total_blocks);
}

static void print_change(FILE *f, const struct change *change)
{
	struct aspect before, after;

	if (change->gone)
		fputs(": is gone", f);
	if (!change->before || change->gone)
		return;
	before = aspect_of(change->before);
	if (change->after)
		after = aspect_of(change->after);
	else
		after = (struct aspect){ change->wanted_mode, change->wanted_size,
					 change->wanted_align };
	print_difference(f, &before, &after);
	if (change->after)
		print_blocks(f, change->before, change->after);
}

void text_change(FILE *f, const struct change *change)
{
	fprintf(f, "%s: %s", change->device, change->result);
	print_change(f, change);
	if (change->has_elapsed_ms)
		fprintf(f, " (%" PRIu64 " ms)", change->elapsed_ms);
	if (change->pending)
		fputs(", the kernel has not answered yet", f);
	fputc('\n', f);
	for (size_t i = 0; change->has_plan && i < change->n_steps; i++) {
		const struct daxfs_step *step = &change->steps[i];

		fprintf(f, "  %-17s %s%s%s\n", step->name, step->value ? step->value : "",
			step->path ? " > " : "", step->path ? step->path : "");
	}
	for (size_t i = 0; i < change->n_notes; i++)
		fprintf(f, "  note: %s\n", change->notes[i]);
}

size_t text_utf8_length(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t length;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		length = 2;
	else if ((s[0] & 0xf0) == 0xe0)
		length = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		length = 4;
	else
		return 0;
	for (size_t i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* Longer than need be, surrogates, past U+10FFFF. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return length;
}
