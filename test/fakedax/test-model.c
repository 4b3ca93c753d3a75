// SPDX-License-Identifier: GPL-2.0-only
/* The rules of the model. That they are the kernel's is what `compare` finds out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

/* Each test gets an hmem region of device_dax's type, a pmem one, and a CXL one of kmem's type. */
static int setup(void **state)
{
	struct model *model = calloc(1, sizeof(*model));

	if (!model)
		return -1;
	model->has_state = true;
	*state = model;
	return model_reset(model, "hmem,pmem,cxl");
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static struct device *hmem(struct model *model)
{
	return model_find(model, "dax0.0");
}

static struct device *pmem(struct model *model)
{
	return model_find(model, "dax1.0");
}

static struct device *cxl(struct model *model)
{
	return model_find(model, "dax2.0");
}

static void unbind(struct model *model, struct device *device)
{
	if (device->driver != DRIVER_NONE)
		assert_int_equal(driver_store_unbind(model, device->driver, device->name), 0);
}

static void every_device_starts_on_device_dax_without_an_id(void **state)
{
	struct model *model = *state;

	for (struct device *device = model_next(model, NULL); device;
	     device = model_next(model, device))
		assert_int_equal(device->driver, DEVICE_DAX);
	for (int i = 0; i < N_DRIVERS; i++)
		assert_int_equal(model->drivers[i].n_ids, 0);
}

static void bind_without_a_match_is_enodev(void **state)
{
	struct model *model = *state;

	unbind(model, hmem(model));
	assert_int_equal(driver_store_bind(model, FSDEV_DAX, "dax0.0"), -ENODEV);
	assert_int_equal(driver_store_bind(model, KMEM, "dax0.0"), -ENODEV);
	assert_int_equal(driver_store_bind(model, DEVICE_DAX, "dax9.9"), -ENODEV);
	assert_int_equal(driver_store_bind(model, DEVICE_DAX, "dax0.0\n"), 0);
}

static void bind_of_a_bound_device_is_ebusy_only_if_it_matches(void **state)
{
	assert_int_equal(driver_store_bind(*state, DEVICE_DAX, "dax0.0"), -EBUSY);
	assert_int_equal(driver_store_bind(*state, KMEM, "dax0.0"), -ENODEV);
}

static void unbind_by_another_driver_is_enodev(void **state)
{
	assert_int_equal(driver_store_unbind(*state, KMEM, "dax0.0"), -ENODEV);
	assert_int_equal(hmem(*state)->driver, DEVICE_DAX);
}

static void new_id_of_a_bound_device_binds_nothing(void **state)
{
	assert_int_equal(driver_store_new_id(*state, FSDEV_DAX, "dax0.0"), 0);
	assert_int_equal(hmem(*state)->driver, DEVICE_DAX);
	assert_int_equal(driver_store_unbind(*state, DEVICE_DAX, "dax0.0"), 0);
	assert_int_equal(driver_store_bind(*state, FSDEV_DAX, "dax0.0"), 0);
}

static void new_id_takes_unbound_neighbours_of_the_drivers_type(void **state)
{
	struct model *model = *state;

	unbind(model, hmem(model));
	unbind(model, pmem(model));
	unbind(model, cxl(model));
	assert_int_equal(driver_store_new_id(model, DEVICE_DAX, "dax2.0"), 0);
	assert_int_equal(hmem(model)->driver, DEVICE_DAX);
	assert_int_equal(pmem(model)->driver, DEVICE_DAX);
	assert_int_equal(cxl(model)->driver, DEVICE_DAX);
}

static void fsdev_dax_takes_nobody_by_type(void **state)
{
	struct model *model = *state;

	unbind(model, hmem(model));
	unbind(model, cxl(model));
	assert_int_equal(driver_store_new_id(model, FSDEV_DAX, "dax0.0"), 0);
	assert_int_equal(hmem(model)->driver, FSDEV_DAX);
	assert_int_equal(cxl(model)->driver, DRIVER_NONE);
}

static void a_left_id_takes_the_device_at_the_next_new_id(void **state)
{
	struct model *model = *state;

	assert_int_equal(driver_store_new_id(model, FSDEV_DAX, "dax0.0"), 0);
	unbind(model, hmem(model));
	assert_int_equal(driver_store_new_id(model, FSDEV_DAX, "dax9.9"), 0);
	assert_int_equal(hmem(model)->driver, FSDEV_DAX);
}

static void new_id_hides_the_error_that_bind_tells(void **state)
{
	struct model *model = *state;

	unbind(model, pmem(model));
	model->drivers[FSDEV_DAX].fault = (struct fault){ .err = EIO, .count = 2 };
	assert_int_equal(driver_store_new_id(model, FSDEV_DAX, "dax1.0"), 0);
	assert_int_equal(pmem(model)->driver, DRIVER_NONE);
	assert_int_equal(driver_store_bind(model, FSDEV_DAX, "dax1.0"), -EIO);
	assert_int_equal(driver_store_bind(model, FSDEV_DAX, "dax1.0"), 0);
}

static void a_failed_probe_spoils_a_dynamic_device_but_not_for_kmem(void **state)
{
	struct model *model = *state;

	unbind(model, hmem(model));
	model->drivers[DEVICE_DAX].fault = (struct fault){ .err = ENOMEM, .count = 1 };
	assert_int_equal(driver_store_bind(model, DEVICE_DAX, "dax0.0"), -ENOMEM);
	assert_int_equal(driver_store_bind(model, DEVICE_DAX, "dax0.0"), -EINVAL);
	assert_int_equal(driver_store_new_id(model, KMEM, "dax0.0"), 0);
	assert_int_equal(hmem(model)->driver, KMEM);
}

static void a_failed_probe_does_not_spoil_a_static_device(void **state)
{
	struct model *model = *state;

	unbind(model, pmem(model));
	model->drivers[DEVICE_DAX].fault = (struct fault){ .err = ENOMEM, .count = 1 };
	assert_int_equal(driver_store_bind(model, DEVICE_DAX, "dax1.0"), -ENOMEM);
	assert_int_equal(driver_store_bind(model, DEVICE_DAX, "dax1.0"), 0);
}

static void ids_are_lost_with_the_module_and_its_devices_unbound(void **state)
{
	struct model *model = *state;

	assert_int_equal(driver_store_new_id(model, DEVICE_DAX, "dax2.0"), 0);
	assert_int_equal(driver_unload(model, DEVICE_DAX), 0);
	assert_int_equal(cxl(model)->driver, DRIVER_NONE);
	assert_int_equal(driver_load(model, DEVICE_DAX), 0);
	assert_int_equal(hmem(model)->driver, DEVICE_DAX);
	assert_int_equal(cxl(model)->driver, DRIVER_NONE);
}

static void loading_kmem_captures_unless_autoprobe_is_off(void **state)
{
	struct model *model = *state;

	unbind(model, cxl(model));
	driver_unload(model, KMEM);
	bus_store_autoprobe(model, "0\n");
	driver_load(model, KMEM);
	assert_int_equal(cxl(model)->driver, DRIVER_NONE);
	driver_unload(model, KMEM);
	bus_store_autoprobe(model, "1");
	driver_load(model, KMEM);
	assert_int_equal(cxl(model)->driver, KMEM);
}

static void an_id_written_before_its_device_works_if_fsdev_came_first(void **state)
{
	struct model *model = *state;

	/* a new device is empty: nobody takes it, and a seed it stays */
	assert_int_equal(driver_store_new_id(model, FSDEV_DAX, "dax2.1"), 0);
	device_store_size(model, cxl(model), "134217728");
	unbind(model, cxl(model));
	assert_int_equal(device_store_size(model, cxl(model), "134217728"), 0);
	assert_int_equal(region_store_create(model, &model->regions[2], "1"), 0);
	assert_int_equal(model_find(model, "dax2.1")->driver, DRIVER_NONE);
	assert_int_equal(device_store_size(model, model_find(model, "dax2.1"), "134217728"), 0);
	assert_int_equal(bus_store_probe(model, "dax2.1"), 0);
	assert_int_equal(model_find(model, "dax2.1")->driver, FSDEV_DAX);
}

static void ids_are_read_strictly(void **state)
{
	static const char *const wrong[] = { "",	"\n",	   "dax",     "dax0",
					     "dax0.",	"dax0.x",  "dax00.0", "dax0.0 ",
					     " dax0.0", "dax0.0x", "foo" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (driver_store_new_id(*state, FSDEV_DAX, wrong[i]) != -EINVAL)
			fail_msg("'%s' is taken for an id", wrong[i]);
}

static void a_bound_device_keeps_its_size_and_align(void **state)
{
	struct model *model = *state;

	assert_int_equal(device_store_size(model, hmem(model), "2097152"), -EBUSY);
	assert_int_equal(device_store_align(model, hmem(model), "4096"), -EBUSY);
	assert_int_equal(device_store_size(model, hmem(model), "1"), -EINVAL);
	assert_int_equal(device_store_align(model, hmem(model), "1"), -EINVAL);
}

static void too_large_is_enospc_and_too_far_erange(void **state)
{
	struct model *model = *state;

	unbind(model, hmem(model));
	assert_int_equal(device_store_size(model, hmem(model), "2149580800"), -ENOSPC);
	assert_int_equal(device_store_size(model, hmem(model), "18446744073709551616"), -ERANGE);
	assert_int_equal(device_size(hmem(model)), 512 * MiB);
}

static void growing_is_first_fit_around_a_neighbour(void **state)
{
	struct model *model = *state;
	struct device *other;

	unbind(model, hmem(model));
	assert_int_equal(region_store_create(model, &model->regions[0], "1"), 0);
	other = model_find(model, "dax0.1");
	assert_non_null(other);
	assert_int_equal(device_store_size(model, other, "134217728"), 0);
	assert_int_equal(device_store_size(model, hmem(model), "1073741824"), 0);
	assert_int_equal(hmem(model)->n_ranges, 2);
	assert_int_equal(hmem(model)->ranges[1].start, 0x128000000);
	/* shrinking gives back from the end */
	assert_int_equal(device_store_size(model, hmem(model), "268435456"), 0);
	assert_int_equal(hmem(model)->n_ranges, 1);
	assert_int_equal(region_available(model, &model->regions[0]), 2048 * MiB - 384 * MiB);
}

static void a_range_by_address_has_to_be_free(void **state)
{
	struct model *model = *state;
	struct device *device = hmem(model);

	unbind(model, device);
	assert_int_equal(device_store_mapping(model, device, "0x110000000-0x117ffffff"), -ENOMEM);
	assert_int_equal(device_store_mapping(model, device, "0x1f0000000-0x1f7ffffff"), -ENOMEM);
	assert_int_equal(device_store_mapping(model, device, "0x140000000-0x147ffffff\n"), 0);
	assert_int_equal(device->n_ranges, 2);
	assert_int_equal(device_store_mapping(model, device, "0x150000000"), -EINVAL);
}

static void a_misaligned_range_is_a_success_that_does_nothing(void **state)
{
	struct model *model = *state;

	unbind(model, hmem(model));
	assert_int_equal(device_store_mapping(model, hmem(model), "140000000-140000fff"), 0);
	assert_int_equal(hmem(model)->n_ranges, 1);
}

static void a_range_for_a_bound_device_is_told_as_a_crash(void **state)
{
	struct model *model = *state;
	char text[4096];

	assert_int_equal(device_store_mapping(model, hmem(model), "140000000-147ffffff"), 0);
	model_dump(model, text, sizeof(text));
	assert_non_null(strstr(text, ",crashes"));
}

static void an_align_has_to_divide_every_range(void **state)
{
	struct model *model = *state;

	unbind(model, hmem(model));
	assert_int_equal(device_store_align(model, hmem(model), "1073741824"), -EINVAL);
	assert_int_equal(device_store_align(model, hmem(model), "4096"), 0);
	assert_int_equal(device_store_align(model, hmem(model), "8192"), -EINVAL);
	assert_int_equal(device_store_align(model, hmem(model), "x"), -ENXIO);
	assert_int_equal(hmem(model)->align, 4096);
}

static void delete_wants_an_empty_device_that_is_not_the_first(void **state)
{
	struct model *model = *state;
	struct region *region = &model->regions[0];

	assert_int_equal(region_store_delete(model, region, "dax0.0"), -EBUSY);
	unbind(model, hmem(model));
	device_store_size(model, hmem(model), "0");
	assert_int_equal(region_store_delete(model, region, "dax0.0"), -EBUSY);
	assert_int_equal(region_store_delete(model, region, "dax0.1"), -ENXIO);
	assert_int_equal(region_store_delete(model, region, "dax1.0"), -ENXIO);
	assert_int_equal(region_store_create(model, region, "1"), 0);
	assert_int_equal(region_store_delete(model, region, "dax0.1\n"), 0);
	assert_null(model_find(model, "dax0.1"));
}

static void create_in_a_full_region_is_enospc(void **state)
{
	struct model *model = *state;

	assert_int_equal(region_store_create(model, &model->regions[2], "1"), -ENOSPC);
	assert_int_equal(region_store_create(model, &model->regions[2], "2"), -EINVAL);
}

static void an_empty_device_does_not_bind(void **state)
{
	struct model *model = *state;

	unbind(model, hmem(model));
	assert_int_equal(device_store_size(model, hmem(model), "0"), 0);
	assert_int_equal(driver_store_bind(model, DEVICE_DAX, "dax0.0"), -ENXIO);
}

static void kmem_refuses_less_than_a_block(void **state)
{
	struct model *model = *state;

	unbind(model, hmem(model));
	device_store_size(model, hmem(model), "2097152");
	assert_int_equal(driver_store_new_id(model, KMEM, "dax0.0"), 0);
	assert_int_equal(driver_store_bind(model, KMEM, "dax0.0"), -EINVAL);
	assert_int_equal(model->n_blocks, 0);
}

static void kmem_takes_whole_blocks_only(void **state)
{
	/* 0x180a00000 to 0x19fffffff: the first block is not whole */
	assert_int_equal(model_set(*state, pmem(*state), KMEM, OFFLINE), 0);
	assert_int_equal(((struct model *)*state)->n_blocks, 3);
	assert_null(block_find(*state, 48));
	assert_non_null(block_find(*state, 49));
}

static void unbinding_offline_memory_takes_the_blocks_away(void **state)
{
	struct model *model = *state;

	assert_int_equal(model_set(model, hmem(model), KMEM, OFFLINE), 0);
	assert_int_equal(model->n_blocks, 4);
	unbind(model, hmem(model));
	assert_int_equal(model->n_blocks, 0);
	assert_int_equal(driver_store_bind(model, DEVICE_DAX, "dax0.0"), 0);
}

static void unbinding_online_memory_succeeds_and_strands_the_range(void **state)
{
	struct model *model = *state;

	assert_int_equal(model_set(model, pmem(model), KMEM, ONLINE_MOVABLE), 0);
	assert_int_equal(driver_store_unbind(model, KMEM, "dax1.0"), 0);
	assert_int_equal(model->n_blocks, 3);
	assert_int_equal(driver_store_bind(model, DEVICE_DAX, "dax1.0"), -EBUSY);
	/* offline afterwards is too late */
	for (unsigned int i = 49; i <= 51; i++)
		assert_int_equal(block_store_state(model, block_find(model, i), "offline"), 0);
	assert_int_equal(driver_store_bind(model, DEVICE_DAX, "dax1.0"), -EBUSY);
}

static void a_block_is_told_once(void **state)
{
	struct model *model = *state;
	struct block *block;

	assert_int_equal(model_set(model, hmem(model), KMEM, OFFLINE), 0);
	block = block_find(model, 32);
	assert_int_equal(block_store_state(model, block, "offline"), -EINVAL);
	assert_int_equal(block_store_state(model, block, "online_movable\n"), 0);
	assert_int_equal(block_store_state(model, block, "online_kernel"), -EINVAL);
	assert_string_equal(block_zones(model, block), "Movable");
	assert_int_equal(block_store_state(model, block, "bogus"), -EINVAL);
}

static void a_busy_block_stays_online(void **state)
{
	struct model *model = *state;

	assert_int_equal(model_set(model, hmem(model), KMEM, ONLINE_KERNEL), 0);
	block_find(model, 33)->busy = true;
	assert_int_equal(block_store_state(model, block_find(model, 33), "offline"), -EBUSY);
	assert_int_equal(kmem_store_state(model, hmem(model), "unplugged"), -EBUSY);
	assert_int_equal(block_find(model, 32)->online, ONLINE_KERNEL);
}

static void state_offlines_and_removes_in_one_step(void **state)
{
	struct model *model = *state;

	assert_int_equal(model_set(model, hmem(model), KMEM, ONLINE_MOVABLE), 0);
	assert_int_equal(kmem_store_state(model, hmem(model), "online_kernel"), -EBUSY);
	assert_int_equal(kmem_store_state(model, hmem(model), "offline"), -EINVAL);
	assert_int_equal(kmem_store_state(model, hmem(model), "unplugged"), 0);
	assert_int_equal(model->n_blocks, 0);
	assert_int_equal(kmem_store_state(model, hmem(model), "online_kernel"), 0);
	assert_int_equal(model->n_blocks, 4);
	assert_int_equal(block_find(model, 35)->online, ONLINE_KERNEL);
}

static void the_policy_decides_how_memory_comes(void **state)
{
	struct model *model = *state;

	assert_int_equal(memory_store_policy(model, "online_movable\n"), 0);
	assert_int_equal(memory_store_policy(model, "movable"), -EINVAL);
	unbind(model, cxl(model));
	assert_int_equal(driver_store_bind(model, KMEM, "dax2.0"), 0);
	assert_int_equal(model->n_blocks, 4);
	assert_int_equal(model->blocks[0].online, ONLINE_MOVABLE);
}

static void numbers_are_read_as_the_kernel_does(void **state)
{
	uint64_t value = 7;

	assert_int_equal(parse_ull("0x10\n", 0, &value), 0);
	assert_int_equal(value, 16);
	assert_int_equal(parse_ull("010", 0, &value), 0);
	assert_int_equal(value, 8);
	assert_int_equal(parse_ull("+5", 0, &value), 0);
	assert_int_equal(value, 5);
	assert_int_equal(parse_ull("0XFF", 16, &value), 0);
	assert_int_equal(value, 255);
	assert_int_equal(parse_ull("-1", 0, &value), -EINVAL);
	assert_int_equal(parse_ull("", 0, &value), -EINVAL);
	assert_int_equal(parse_ull("0x", 0, &value), -EINVAL);
	assert_int_equal(parse_ull("1 ", 0, &value), -EINVAL);
	assert_int_equal(parse_ull("5\n\n", 0, &value), -EINVAL);
	assert_int_equal(value, 255);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_device_starts_on_device_dax_without_an_id),
		TEST(bind_without_a_match_is_enodev),
		TEST(bind_of_a_bound_device_is_ebusy_only_if_it_matches),
		TEST(unbind_by_another_driver_is_enodev),
		TEST(new_id_of_a_bound_device_binds_nothing),
		TEST(new_id_takes_unbound_neighbours_of_the_drivers_type),
		TEST(fsdev_dax_takes_nobody_by_type),
		TEST(a_left_id_takes_the_device_at_the_next_new_id),
		TEST(new_id_hides_the_error_that_bind_tells),
		TEST(a_failed_probe_spoils_a_dynamic_device_but_not_for_kmem),
		TEST(a_failed_probe_does_not_spoil_a_static_device),
		TEST(ids_are_lost_with_the_module_and_its_devices_unbound),
		TEST(loading_kmem_captures_unless_autoprobe_is_off),
		TEST(an_id_written_before_its_device_works_if_fsdev_came_first),
		TEST(ids_are_read_strictly),
		TEST(a_bound_device_keeps_its_size_and_align),
		TEST(too_large_is_enospc_and_too_far_erange),
		TEST(growing_is_first_fit_around_a_neighbour),
		TEST(a_range_by_address_has_to_be_free),
		TEST(a_misaligned_range_is_a_success_that_does_nothing),
		TEST(a_range_for_a_bound_device_is_told_as_a_crash),
		TEST(an_align_has_to_divide_every_range),
		TEST(delete_wants_an_empty_device_that_is_not_the_first),
		TEST(create_in_a_full_region_is_enospc),
		TEST(an_empty_device_does_not_bind),
		TEST(kmem_refuses_less_than_a_block),
		TEST(kmem_takes_whole_blocks_only),
		TEST(unbinding_offline_memory_takes_the_blocks_away),
		TEST(unbinding_online_memory_succeeds_and_strands_the_range),
		TEST(a_block_is_told_once),
		TEST(a_busy_block_stays_online),
		TEST(state_offlines_and_removes_in_one_step),
		TEST(the_policy_decides_how_memory_comes),
		TEST(numbers_are_read_as_the_kernel_does),
	};

	return cmocka_run_group_tests_name("fakedax-model", tests, NULL, NULL);
}
