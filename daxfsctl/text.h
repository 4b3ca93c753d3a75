/* SPDX-License-Identifier: GPL-2.0-only */
/* Words for people. */
#ifndef TEXT_H
#define TEXT_H

#include "output.h"

/* What an error of the library and one of the program have in common. */
struct error_words {
	bool is_bare; /* without the program's name in front, as daxctl tells errors */
	const char *id;
	const char *device;
	const char *step;
	const char *path;
	int err;
	const char *message;
	const char *hint;
	const char *override;
	const struct daxfs_user *users;
	size_t n_users;
	const uint64_t *blocks;
	size_t n_blocks;
};

/* Text out of a file or an argument: nothing that a terminal would act on is passed on. */
void text_safely(FILE *f, const char *text);

void text_error(const struct error_words *words);
/* A line, and one each for the steps and notes it has. */
void text_change(FILE *f, const struct change *change);

/* "512M" when the size is a multiple of a power of 1024, else bytes. */
struct size_text {
	char text[24];
};
struct size_text text_size(uint64_t bytes, bool in_bytes);

/*
 * "0x5000+4K:record,?fsdev": places that are poisoned, and sources that could not be asked; "none" when
 * all who were to be asked know of none, "-" when it cannot be told. To be freed; NULL without memory.
 */
char *text_poison(const struct daxfs_device *device, bool in_bytes);

/* How many bytes the character at @text has in UTF-8; 0 when it is none. */
size_t text_utf8_length(const char *text);

#endif
