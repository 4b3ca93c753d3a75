/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every fuzz target starts with. A target is one function, called with one input after the
 * other: by libFuzzer, or by driver.c with the files of a corpus. It asserts what has to hold of any
 * input, by REQUIRE().
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "cleanup.h"
#include "libdaxfs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                              \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                        \
		}                                                                       \
	} while (0)

/* Out-parameters start as this, to see that a refusal leaves them alone. */
#define UNTOUCHED 0x5a5a5a5a

/*
 * The input as text, which ends at its first NUL. To be freed; of exactly that size, so that
 * AddressSanitizer sees who reads past the end.
 */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);

	REQUIRE(text);
	return text;
}

#endif
