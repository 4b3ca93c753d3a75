// SPDX-License-Identifier: GPL-2.0-only
/*
 * dax-layout KERNEL [SHIFT]: prints dax-layout.h, the private structures of drivers/dax as the
 * kernel has them whose BTF is in the file KERNEL. The headers that a distribution ships do not
 * tell them.
 *
 * A structure is printed with the members that the driver uses, at their offsets, and with padding
 * for all others. Padding, not a union of differently padded members: of a union, an initialiser
 * sets one member and silently drops the rest.
 *
 * SHIFT is for a test: moves the members of struct dev_dax by so many bytes, which the driver has
 * to notice by itself.
 *
 * Exit status: 0; 1 when the kernel has not what the driver needs; 2 when KERNEL cannot be read.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "btf.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

enum { MOST_MEMBERS = 8 };

/* A declaration without the name, which a function pointer has in the middle */
struct wanted_member {
	const char *name, *before, *behind;
};

struct wanted_struct {
	const char *name;
	struct wanted_member members[MOST_MEMBERS];
};

static const struct wanted_struct wanted_structs[] = {
	{ "dev_dax_range",
	  { { "pgoff", "unsigned long ", "" }, { "range", "struct range ", "" } } },
	{ "dev_dax",
	  { { "dax_dev", "struct dax_device *", "" },
	    { "dev", "struct device ", "" },
	    { "pgmap", "struct dev_pagemap *", "" },
	    { "nr_range", "int ", "" },
	    { "ranges", "struct dev_dax_range *", "" } } },
	{ "dax_device_driver",
	  { { "drv", "struct device_driver ", "" },
	    { "ids", "struct list_head ", "" },
	    { "type", "enum dax_driver_type ", "" },
	    { "probe", "int (*", ")(struct dev_dax *dev_dax)" } } },
};

static const char *const wanted_enumerators[] = { "DAXDRV_FSDEV_TYPE" };

/* With these the driver is written; one with another number of arguments is another function. */
static const struct {
	const char *name;
	unsigned int arguments;
} wanted_functions[] = {
	{ "__dax_driver_register", 3 },
	{ "dax_driver_unregister", 1 },
	{ "dax_folio_reset_order", 1 },
	{ "dax_get_private", 1 },
	{ "dax_holder", 1 },
	{ "dax_holder_notify_failure", 4 },
	{ "dax_inode", 1 },
	{ "dax_set_ops", 2 },
	{ "kill_dev_dax", 1 },
	{ "run_dax", 1 },
	{ "static_dev_dax", 1 },
};

struct place {
	const struct wanted_member *wanted;
	struct btf_member is;
};

static struct btf *btf;
static bool complete = true;

static void missing(const char *what, const char *name, const char *member)
{
	fprintf(stderr, "this kernel has no %s %s%s%s as fsdev_dax needs it\n", what, name,
		*member ? "." : "", member);
	complete = false;
}

static int by_offset(const void *left, const void *right)
{
	const struct place *a = left, *b = right;

	return (a->is.offset > b->is.offset) - (a->is.offset < b->is.offset);
}

static size_t find_members(const struct wanted_struct *wanted, uint32_t id, struct place *places)
{
	size_t count = 0;

	for (size_t i = 0; i < MOST_MEMBERS && wanted->members[i].name; i++) {
		places[count].wanted = &wanted->members[i];
		if (btf_member(btf, id, wanted->members[i].name, &places[count].is))
			count++;
		else
			missing("struct", wanted->name, wanted->members[i].name);
	}
	qsort(places, count, sizeof(*places), by_offset);
	return count;
}

/* From one offset to another */
static void print_padding(uint32_t from, uint32_t to)
{
	if (to > from)
		printf("\tunsigned char padding_%" PRIu32 "[%" PRIu32 "];\n", from, to - from);
}

static void print_member(const struct wanted_member *wanted)
{
	printf("\t%s%s%s;\n", wanted->before, wanted->name, wanted->behind);
}

static void print_assertions(const char *name, uint32_t size, const struct place *places,
			     size_t count)
{
	/* sparse cannot tell the size of struct device */
	printf("#ifndef __CHECKER__\n");
	printf("static_assert(sizeof(struct %s) == %" PRIu32 ");\n", name, size);
	for (size_t i = 0; i < count; i++) {
		const char *member = places[i].wanted->name;

		printf("static_assert(offsetof(struct %s, %s) == %" PRIu32 ");\n", name, member,
		       places[i].is.offset);
		printf("static_assert(sizeof_field(struct %s, %s) == %" PRIu32 ");\n", name, member,
		       places[i].is.size);
	}
	printf("#endif\n\n");
}

static void print_struct(const struct wanted_struct *wanted, uint32_t shift)
{
	uint32_t id = btf_find(btf, BTF_STRUCT, wanted->name), end = 0, size;
	struct place places[MOST_MEMBERS];
	size_t count;

	if (!id) {
		missing("struct", wanted->name, "");
		return;
	}
	size = btf_size(btf, id) + shift;
	count = find_members(wanted, id, places);
	printf("struct %s {\n", wanted->name);
	for (size_t i = 0; i < count; i++) {
		places[i].is.offset += shift;
		print_padding(end, places[i].is.offset);
		print_member(places[i].wanted);
		end = places[i].is.offset + places[i].is.size;
	}
	print_padding(end, size);
	printf("};\n");
	print_assertions(wanted->name, size, places, count);
}

static void print_enum(void)
{
	uint32_t id = btf_find(btf, BTF_ENUM, "dax_driver_type");
	int32_t value;

	printf("enum dax_driver_type {\n");
	for (size_t i = 0; i < ARRAY_SIZE(wanted_enumerators); i++) {
		if (id && btf_enumerator(btf, id, wanted_enumerators[i], &value))
			printf("\t%s = %" PRId32 ",\n", wanted_enumerators[i], value);
		else
			missing("enumerator", wanted_enumerators[i], "");
	}
	printf("};\n");
	if (id)
		printf("static_assert(sizeof(enum dax_driver_type) == %" PRIu32 ");\n\n",
		       btf_size(btf, id));
}

static void check_functions(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(wanted_functions); i++) {
		uint32_t id = btf_find(btf, BTF_FUNC, wanted_functions[i].name);

		if (!id || btf_arguments(btf, id) != wanted_functions[i].arguments)
			missing("function", wanted_functions[i].name, "");
	}
}

int main(int argc, char **argv)
{
	uint32_t shift = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "Usage: dax-layout KERNEL [SHIFT]\n");
		return 2;
	}
	btf = btf_open(argv[1]);
	if (!btf)
		return 2;
	printf("/* Made by dax-layout for one kernel. */\n");
	print_enum();
	for (size_t i = 0; i < ARRAY_SIZE(wanted_structs); i++)
		print_struct(&wanted_structs[i],
			     strcmp(wanted_structs[i].name, "dev_dax") ? 0 : shift);
	check_functions();
	btf_close(btf);
	return complete ? 0 : 1;
}
