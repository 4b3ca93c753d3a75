// SPDX-License-Identifier: GPL-2.0-only
/* What libndctl is asked for, by a library in its place. */
#include "unit.h"

#include <dlfcn.h>
#include <string.h>

#include "ndctl.h"
#include "stub-ndctl.h"

#define GIB (UINT64_C(1) << 30)
#define DATA (8 * GIB + (2 << 20)) /* behind a page map */

static char name[] = "namespace1.0";
static struct daxfs_range range = { .start = DATA, .end = 9 * GIB - 1 };
static struct daxfs_device device = { .name = "dax1.0",
				      .kind = DAXFS_KIND_PMEM,
				      .namespace = name,
				      .ranges = &range,
				      .n_mappings = 1,
				      .has_ranges = true };

struct fixture {
	struct daxfs_ctx *ctx;
	struct stub_ndctl *stub;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	void *library = dlopen("libndctl.so.6", RTLD_NOW);

	assert_non_null(f);
	assert_int_equal(daxfs_ctx_new(&f->ctx), 0);
	assert_non_null(library);
	f->stub = dlsym(library, "stub_ndctl");
	assert_non_null(f->stub); /* else LD_LIBRARY_PATH does not lead to it */
	*f->stub = (struct stub_ndctl){
		.has_injection = true, .has_clear = true, .data_start = DATA, .cleared = 4096
	};
	memcpy(name, "namespace1.0", sizeof(name));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(f->stub->n_contexts, 0);
	assert_int_equal(f->stub->n_commands, 0);
	daxfs_ctx_unref(f->ctx);
	free(f);
	return 0;
}

static struct nvdimm *open_it(struct fixture *f)
{
	struct nvdimm *nvdimm = NULL;

	assert_int_equal(nvdimm_open(f->ctx, &device, &nvdimm), 0);
	assert_non_null(nvdimm);
	return nvdimm;
}

static void a_bus_that_can_is_told_from_one_that_cannot(void **state)
{
	struct fixture *f = *state;
	_cleanup_(nvdimm_freep) struct nvdimm *nvdimm = open_it(f);

	assert_true(nvdimm_can_inject(nvdimm));
	assert_true(nvdimm_can_clear(nvdimm));
	f->stub->has_injection = false;
	assert_false(nvdimm_can_inject(nvdimm));
	assert_true(nvdimm_can_clear(nvdimm));
	f->stub->has_clear = false;
	assert_false(nvdimm_can_clear(nvdimm));
}

static void blocks_are_counted_from_the_data_on(void **state)
{
	struct fixture *f = *state;
	_cleanup_(nvdimm_freep) struct nvdimm *nvdimm = open_it(f);

	assert_int_equal(nvdimm_inject(nvdimm, DATA + 8 * NVDIMM_BLOCK, 3 * NVDIMM_BLOCK), 0);
	assert_int_equal(f->stub->n_injected, 1);
	assert_int_equal(f->stub->block, 8);
	assert_int_equal(f->stub->count, 3);
	assert_true(f->stub->notify);
	f->stub->answer = -ENXIO;
	assert_int_equal(nvdimm_inject(nvdimm, DATA, NVDIMM_BLOCK), -ENXIO);
	assert_int_equal(f->stub->block, 0);
}

static void an_address_is_cleared_as_it_is(void **state)
{
	struct fixture *f = *state;
	_cleanup_(nvdimm_freep) struct nvdimm *nvdimm = open_it(f);

	assert_int_equal(nvdimm_clear(nvdimm, DATA + 4096, 4096), 0);
	assert_int_equal(f->stub->n_submitted, 2);
	assert_int_equal(f->stub->address, DATA + 4096);
	assert_int_equal(f->stub->length, 4096);
}

static void what_is_not_all_cleared_is_not_cleared(void **state)
{
	struct fixture *f = *state;
	_cleanup_(nvdimm_freep) struct nvdimm *nvdimm = open_it(f);

	f->stub->cleared = 256;
	assert_int_equal(nvdimm_clear(nvdimm, DATA, 4096), -EIO);
	f->stub->answer = -ENOTTY;
	assert_int_equal(nvdimm_clear(nvdimm, DATA, 4096), -ENOTTY);
	assert_int_equal(f->stub->n_submitted, 3);
}

static void a_namespace_that_does_not_agree_is_not_taken(void **state)
{
	struct fixture *f = *state;
	struct nvdimm *nvdimm = NULL;

	f->stub->data_start += 4096;
	assert_int_equal(nvdimm_open(f->ctx, &device, &nvdimm), -ENODEV);
	f->stub->data_start -= 4096;
	strcpy(name, "namespace0.0"); /* in another mode */
	assert_int_equal(nvdimm_open(f->ctx, &device, &nvdimm), -ENODEV);
	strcpy(name, "namespace2.0");
	assert_int_equal(nvdimm_open(f->ctx, &device, &nvdimm), -ENODEV);
	assert_null(nvdimm);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_bus_that_can_is_told_from_one_that_cannot),
		TEST(blocks_are_counted_from_the_data_on),
		TEST(an_address_is_cleared_as_it_is),
		TEST(what_is_not_all_cleared_is_not_cleared),
		TEST(a_namespace_that_does_not_agree_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
