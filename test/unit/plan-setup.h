/* SPDX-License-Identifier: GPL-2.0-only */
/* Facts made by hand for the tests of plans, and what these assert. */
#ifndef PLAN_SETUP_H
#define PLAN_SETUP_H

#include "unit.h"

#include "plan.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define IDS " remove-id remove-id remove-id"

/* What a test asks, and what it is asked of; the defaults are a healthy hmem device on devdax. */
struct setup {
	enum daxfs_mode mode;
	enum daxfs_kind kind;
	bool seed, stranded, small, lost, kmem_missing;
	size_t n_online;
	enum online_policy policy;
	enum match hmem_is_kmem_type;
	const char *neighbour; /* name; its kind is pmem */
	enum module_state module;
	bool fsdev_missing, autoprobe_off;
	enum daxfs_mode configured_mode;
};

/* Of the whole program, by make_ctx() until drop_ctx(). */
extern struct daxfs_ctx *ctx;
int make_ctx(void **state);
int drop_ctx(void **state);

struct facts *make_facts(const struct setup *setup);

/* A request for nothing, and for a mode. */
extern const struct daxfs_request nothing;
struct daxfs_request to_mode(enum daxfs_mode mode);

/* The names of the steps, joined by blanks: "unbind bind". */
void assert_steps(const struct daxfs_plan *plan, const char *expected);
void expect_plan(const struct setup *setup, const struct daxfs_request *request, const char *steps);
/* @override: the option that permits it, NULL for none. */
void expect_refusal(const struct setup *setup, const struct daxfs_request *request,
		    enum daxfs_class class, const char *id, const char *override);

#endif
