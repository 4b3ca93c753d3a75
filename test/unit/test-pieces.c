// SPDX-License-Identifier: GPL-2.0-only
/* Pieces of memory: what is known of them, byte by byte beside a model. */
#include "unit.h"

#include "pieces.h"
#include "prng.h"

#define N_BYTES 64
#define N_ROUNDS 20000

/* The model: whether byte @i from @base on is in it. */
struct model {
	uint64_t base;
	bool has[N_BYTES];
};

static unsigned int times(const struct pieces *pieces, uint64_t address)
{
	unsigned int n = 0;

	for (size_t i = 0; i < pieces->n; i++)
		n += pieces->ranges[i].start <= address && pieces->ranges[i].end >= address;
	return n;
}

/* Each byte that the model has is in one piece, and no other. */
static void expect_same(const struct pieces *pieces, const struct model *model)
{
	for (size_t i = 0; i < N_BYTES; i++)
		assert_int_equal(times(pieces, model->base + i), model->has[i]);
}

static void learn(struct pieces *known, struct model *model, const struct daxfs_range *range)
{
	_cleanup_(pieces_done) struct pieces news = {};
	struct model added = { .base = model->base };

	for (uint64_t i = range->start - model->base; i <= range->end - model->base; i++) {
		added.has[i] = !model->has[i];
		model->has[i] = true;
	}
	assert_int_equal(pieces_learn(known, range, &news), 0);
	expect_same(&news, &added);
}

static void forget(struct pieces *known, struct model *model, const struct daxfs_range *range)
{
	for (uint64_t i = range->start - model->base; i <= range->end - model->base; i++)
		model->has[i] = false;
	assert_int_equal(pieces_forget(known, range), 0);
}

/* At both ends of the address space: nothing lies before the one, or behind the other. */
static void expect_model_at(uint64_t base)
{
	_cleanup_(pieces_done) struct pieces known = {};
	uint64_t prng = 7;
	struct model model = { .base = base };

	for (size_t i = 0; i < N_ROUNDS; i++) {
		struct daxfs_range range = { .start = base + prng_below(&prng, N_BYTES) };

		range.end = range.start + prng_below(&prng, N_BYTES - (range.start - base));
		if (prng_below(&prng, 2))
			learn(&known, &model, &range);
		else
			forget(&known, &model, &range);
		expect_same(&known, &model);
		if (prng_below(&prng, 50) == 0)
			pieces_merge(&known);
		expect_same(&known, &model);
	}
}

static void only_what_is_new_is_news(void **state)
{
	expect_model_at(0);
	expect_model_at(UINT64_MAX - (N_BYTES - 1));
}

static void all_memory_is_one_piece(void **state)
{
	const struct daxfs_range all = { .start = 0, .end = UINT64_MAX };
	_cleanup_(pieces_done) struct pieces known = {}, news = {};

	assert_int_equal(pieces_learn(&known, &all, &news), 0);
	assert_int_equal(news.n, 1);
	assert_int_equal(news.ranges[0].end, UINT64_MAX);
	assert_int_equal(pieces_learn(&known, &all, &news), 0);
	assert_int_equal(news.n, 1);
	assert_int_equal(pieces_forget(&known, &all), 0);
	assert_int_equal(known.n, 0);
}

static void pieces_are_taken_in_the_order_that_they_came(void **state)
{
	static const uint64_t starts[] = { 300, 100, 200 };
	_cleanup_(pieces_done) struct pieces pieces = {};
	struct daxfs_range range = {};

	assert_false(pieces_take(&pieces, &range));
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		assert_int_equal(pieces_add(&pieces, starts[i], 10), 0);
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		assert_true(pieces_take(&pieces, &range));
		assert_int_equal(range.start, starts[i]);
	}
	assert_false(pieces_take(&pieces, &range));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_new_is_news),
		cmocka_unit_test(all_memory_is_one_piece),
		cmocka_unit_test(pieces_are_taken_in_the_order_that_they_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
