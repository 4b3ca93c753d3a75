// SPDX-License-Identifier: GPL-2.0-only
/*
 * The format is described in the kernel's Documentation/bpf/btf.rst. A type is a record of three
 * words, and by its kind some more words; types are numbered from 1 in the order of the file.
 */
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btf.h"

#define BTF_MAGIC 0xeb9f

enum {
	KIND_INT = 1,
	KIND_POINTER,
	KIND_ARRAY,
	KIND_STRUCT,
	KIND_UNION,
	KIND_ENUM,
	KIND_FORWARD,
	KIND_TYPEDEF,
	KIND_VOLATILE,
	KIND_CONST,
	KIND_RESTRICT,
	KIND_FUNC,
	KIND_PROTOTYPE,
	KIND_VARIABLE,
	KIND_SECTION,
	KIND_FLOAT,
	KIND_DECLARATION_TAG,
	KIND_TYPE_TAG,
	KIND_ENUM64,
	KIND_COUNT,
};

/* The words behind a record: a fixed number, and a number for each of its elements. */
/* clang-format off */
static const struct {
	unsigned char fixed, each;
} extra_words[KIND_COUNT] = {
	[KIND_INT] = { 1, 0 },
	[KIND_ARRAY] = { 3, 0 },
	[KIND_STRUCT] = { 0, 3 },
	[KIND_UNION] = { 0, 3 },
	[KIND_ENUM] = { 0, 2 },
	[KIND_PROTOTYPE] = { 0, 2 },
	[KIND_VARIABLE] = { 1, 0 },
	[KIND_SECTION] = { 0, 3 },
	[KIND_DECLARATION_TAG] = { 1, 0 },
	[KIND_ENUM64] = { 0, 3 },
};
/* clang-format on */

struct header {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t header_bytes;
	uint32_t types_offset, types_bytes;
	uint32_t strings_offset, strings_bytes;
};

struct type {
	uint32_t name, info, size_or_type;
	uint32_t words[];
};

struct member {
	uint32_t name, type, offset;
};

struct enumerator {
	uint32_t name;
	int32_t value;
};

struct bytes {
	unsigned char *start;
	size_t count;
};

struct btf {
	struct bytes file;
	const struct type **types; /* in the file; room for a power of two */
	uint32_t count;
	const char *strings;
	uint32_t strings_bytes;
};

static unsigned int kind_of(const struct type *type)
{
	return type->info >> 24 & 0x1f;
}

static unsigned int elements_of(const struct type *type)
{
	return type->info & 0xffff;
}

static const struct type *type_at(const struct btf *btf, uint32_t id)
{
	return id < btf->count ? btf->types[id] : NULL;
}

static bool is_named(const struct btf *btf, uint32_t offset, const char *name)
{
	return offset < btf->strings_bytes && !strcmp(btf->strings + offset, name);
}

/* A file of sysfs does not tell its size: read until the end. */
static bool read_all(FILE *file, struct bytes *bytes)
{
	size_t room = 0, got;

	do {
		if (bytes->count == room) {
			unsigned char *start;

			room = room ? 2 * room : 1 << 16;
			start = realloc(bytes->start, room);
			if (!start)
				return false;
			bytes->start = start;
		}
		got = fread(bytes->start + bytes->count, 1, room - bytes->count, file);
		bytes->count += got;
	} while (got > 0);
	return !ferror(file);
}

/* Is a piece of the file inside of it, and where its words can be read? */
static bool has_piece(const struct bytes *bytes, uint64_t offset, uint64_t count)
{
	return offset <= bytes->count && count <= bytes->count - offset &&
	       offset % sizeof(uint32_t) == 0;
}

/* Has the section that name, @name bytes behind the start of the section of names? */
static bool is_section(const struct bytes *file, const Elf64_Shdr *names, uint32_t name,
		       const char *wanted)
{
	size_t bytes = strlen(wanted) + 1;
	uint64_t offset = names->sh_offset + name;

	return offset <= file->count && bytes <= file->count - offset &&
	       !memcmp(file->start + offset, wanted, bytes);
}

/* The section .BTF of an ELF file */
static bool find_section(const struct bytes *file, struct bytes *ret)
{
	const Elf64_Ehdr *elf = (const void *)file->start;
	const Elf64_Shdr *sections;

	if (!has_piece(file, 0, sizeof(*elf)) || elf->e_ident[EI_CLASS] != ELFCLASS64 ||
	    elf->e_shoff % sizeof(uint64_t) ||
	    !has_piece(file, elf->e_shoff, (uint64_t)elf->e_shnum * sizeof(*sections)) ||
	    elf->e_shstrndx >= elf->e_shnum)
		return false;
	sections = (const void *)(file->start + elf->e_shoff);
	for (unsigned int i = 0; i < elf->e_shnum; i++) {
		const Elf64_Shdr *section = &sections[i];

		if (!is_section(file, &sections[elf->e_shstrndx], section->sh_name, ".BTF"))
			continue;
		*ret = (struct bytes){ file->start + section->sh_offset, section->sh_size };
		return has_piece(file, section->sh_offset, section->sh_size);
	}
	return false;
}

static size_t bytes_of(const struct type *type)
{
	unsigned int kind = kind_of(type);

	return sizeof(*type) + 4 * ((size_t)extra_words[kind].fixed +
				    (size_t)extra_words[kind].each * elements_of(type));
}

static bool append(struct btf *btf, const struct type *type)
{
	/* a power of two: the room is full */
	if ((btf->count & (btf->count - 1)) == 0) {
		size_t room = btf->count ? 2 * (size_t)btf->count : 1;
		const struct type **types = reallocarray(btf->types, room, sizeof(*types));

		if (!types)
			return false;
		btf->types = types;
	}
	btf->types[btf->count++] = type;
	return true;
}

static bool number_types(struct btf *btf, const unsigned char *at, const unsigned char *end)
{
	if (!append(btf, NULL)) /* 0 is void */
		return false;
	while (at < end) {
		const struct type *type = (const void *)at;

		/* a kind that this program does not know has a length that it does not know */
		if ((size_t)(end - at) < sizeof(*type) || kind_of(type) >= KIND_COUNT ||
		    (size_t)(end - at) < bytes_of(type) || !append(btf, type))
			return false;
		at += bytes_of(type);
	}
	return true;
}

static bool parse(struct btf *btf, const struct bytes *bytes)
{
	const struct header *header = (const void *)bytes->start;
	uint64_t types, strings;

	if (!has_piece(bytes, 0, sizeof(*header)) || header->magic != BTF_MAGIC ||
	    header->version != 1)
		return false;
	types = (uint64_t)header->header_bytes + header->types_offset;
	strings = (uint64_t)header->header_bytes + header->strings_offset;
	if (!has_piece(bytes, types, header->types_bytes) ||
	    !has_piece(bytes, strings, header->strings_bytes) || !header->strings_bytes ||
	    bytes->start[strings + header->strings_bytes - 1] != '\0')
		return false;
	btf->strings = (const char *)bytes->start + strings;
	btf->strings_bytes = header->strings_bytes;
	return number_types(btf, bytes->start + types, bytes->start + types + header->types_bytes);
}

static bool parse_file(struct btf *btf, const char *path)
{
	const struct bytes *file = &btf->file;
	struct bytes section = *file;

	if (file->count > SELFMAG && !memcmp(file->start, ELFMAG, SELFMAG) &&
	    !find_section(file, &section)) {
		fprintf(stderr, "%s: no section .BTF\n", path);
		return false;
	}
	if (parse(btf, &section))
		return true;
	fprintf(stderr, "%s: not BTF, or of a form that is not known here\n", path);
	return false;
}

static bool read_file(struct btf *btf, const char *path)
{
	FILE *file = fopen(path, "rb");
	bool is_read = file && read_all(file, &btf->file);

	if (!is_read)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	if (file)
		fclose(file);
	return is_read;
}

struct btf *btf_open(const char *path)
{
	struct btf *btf = calloc(1, sizeof(*btf));

	if (btf && read_file(btf, path) && parse_file(btf, path))
		return btf;
	btf_close(btf);
	return NULL;
}

void btf_close(struct btf *btf)
{
	if (!btf)
		return;
	free(btf->types);
	free(btf->file.start);
	free(btf);
}

uint32_t btf_find(const struct btf *btf, enum btf_kind kind, const char *name)
{
	for (uint32_t id = 1; id < btf->count; id++) {
		if (kind_of(btf->types[id]) == kind && is_named(btf, btf->types[id]->name, name))
			return id;
	}
	return 0;
}

uint32_t btf_size(const struct btf *btf, uint32_t id)
{
	const struct type *type = type_at(btf, id);

	/* the bound is for a loop that a damaged file may have */
	for (int depth = 0; type && depth < 32; depth++) {
		switch (kind_of(type)) {
		case KIND_INT:
		case KIND_STRUCT:
		case KIND_UNION:
		case KIND_ENUM:
		case KIND_ENUM64:
		case KIND_FLOAT:
			return type->size_or_type;
		case KIND_POINTER:
			return 8;
		case KIND_TYPEDEF:
		case KIND_VOLATILE:
		case KIND_CONST:
		case KIND_RESTRICT:
		case KIND_TYPE_TAG:
			type = type_at(btf, type->size_or_type);
			break;
		default:
			return 0;
		}
	}
	return 0;
}

bool btf_member(const struct btf *btf, uint32_t id, const char *name, struct btf_member *ret)
{
	const struct type *type = type_at(btf, id);
	const struct member *members = (const void *)type->words;
	bool bit_fields = type->info >> 31;

	for (unsigned int i = 0; i < elements_of(type); i++) {
		uint32_t bits = members[i].offset;

		if (!is_named(btf, members[i].name, name))
			continue;
		if (bit_fields) {
			if (bits >> 24) /* its width */
				return false;
			bits &= 0xffffff;
		}
		*ret = (struct btf_member){ bits / 8, btf_size(btf, members[i].type) };
		return bits % 8 == 0 && ret->size > 0;
	}
	return false;
}

bool btf_enumerator(const struct btf *btf, uint32_t id, const char *name, int32_t *ret)
{
	const struct type *type = type_at(btf, id);
	const struct enumerator *enumerators = (const void *)type->words;

	for (unsigned int i = 0; i < elements_of(type); i++) {
		if (!is_named(btf, enumerators[i].name, name))
			continue;
		*ret = enumerators[i].value;
		return true;
	}
	return false;
}

unsigned int btf_arguments(const struct btf *btf, uint32_t id)
{
	const struct type *prototype = type_at(btf, type_at(btf, id)->size_or_type);

	return prototype && kind_of(prototype) == KIND_PROTOTYPE ? elements_of(prototype) : 0;
}
