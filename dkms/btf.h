/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the BTF of a kernel: from the section .BTF of an ELF file (vmlinux), or a file that is
 * nothing but BTF (/sys/kernel/btf/vmlinux). Runs on the build machine, which has to be
 * little-endian, as the kernel is.
 */
#ifndef BTF_H
#define BTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kinds that are asked for by name; the numbers are the format's. */
enum btf_kind {
	BTF_STRUCT = 4,
	BTF_ENUM = 6,
	BTF_FUNC = 12,
};

struct btf;

struct btf_member {
	uint32_t offset;
	uint32_t size;
};

/* NULL, and a line on stderr, when the file has no BTF that can be understood. */
struct btf *btf_open(const char *path);
void btf_close(struct btf *btf);

/* The id of a type, 0 when there is none of that kind and name. */
uint32_t btf_find(const struct btf *btf, enum btf_kind kind, const char *name);

/* Bytes; 0 for what has no size. */
uint32_t btf_size(const struct btf *btf, uint32_t id);

/* A direct member of a struct. False when there is none of that name, or it is a bit field. */
bool btf_member(const struct btf *btf, uint32_t id, const char *name, struct btf_member *ret);

bool btf_enumerator(const struct btf *btf, uint32_t id, const char *name, int32_t *ret);

/* The number of arguments of a function. */
unsigned int btf_arguments(const struct btf *btf, uint32_t id);

#endif
