/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans: what is written, in which order, decided before anything is. Pure. */
#ifndef PLAN_H
#define PLAN_H

#include "facts.h"
#include "private.h"

/*
 * Whatever the align, the kernel wants sizes in units of memremap_compat_align(), which is a
 * subsection of memory, 2 MiB, on every architecture that has device_dax with 4 KiB pages.
 */
#define SUBSECTION_SIZE (UINT64_C(2) << 20)

enum step_kind {
	STEP_AUTOPROBE_OFF, /* so that loading the module captures nobody */
	STEP_LOAD_MODULE,
	STEP_AUTOPROBE_RESTORE,
	STEP_OFFLINE_MEMORY,
	STEP_NEW_ID, /* while still bound: then it binds nothing */
	STEP_UNBIND,
	STEP_SIZE,
	STEP_MAPPING, /* one range that the device has not yet, by address */
	STEP_ALIGN,
	STEP_BIND,
	STEP_REMOVE_ID,
	STEP_ONLINE_MEMORY,
	STEP_DELETE,
};

struct plan_step {
	enum step_kind kind;
	char *path;  /* relative to the root of sysfs; NULL for STEP_LOAD_MODULE */
	char *shown; /* the same as an absolute path */
	char *value;
	uint64_t number;	  /* of STEP_SIZE and STEP_ALIGN */
	struct daxfs_range range; /* of STEP_MAPPING */
};

struct daxfs_plan {
	struct facts *facts; /* what it was made from, and what undoing goes back to */
	struct plan_step *steps;
	size_t n_steps;
	char **notes;
	size_t n_notes;

	enum daxfs_mode mode; /* the mode after it; DAXFS_MODE_NONE: bound to nothing */
	uint64_t size;
	uint64_t align;
	struct daxfs_range *ranges; /* that are asked for; NULL: whatever the kernel gives */
	size_t n_ranges;
	enum daxfs_online online;
	bool resizes, realigns, onlines, offlines;
	unsigned int offline_timeout_ms;
	bool rebinds;  /* it gets a driver, another one or the same again */
	bool unbinds;  /* it loses its driver, and gets none */
	bool destroys; /* it gives its memory back */
	bool deletes;  /* and is gone afterwards */
	bool empties;  /* a size of 0 is meant */
	bool allows_capture;
	bool discards_poison; /* the record of it goes when the switch is through */
};

DEFINE_CLEANUP(struct daxfs_plan *, daxfs_plan_free)

/*
 * Makes the plan that turns @facts into what @request asks, or refuses: no I/O. Takes over *facts,
 * on success only.
 */
int plan_make(struct daxfs_ctx *ctx, struct facts **facts, const struct daxfs_request *request,
	      struct daxfs_plan **ret_plan);

/* How many blocks of a device in system-ram mode are online. */
size_t plan_count_online(const struct facts *facts);

/* The mode that @request asks of @device. */
enum daxfs_mode plan_target(const struct daxfs_device *device, const struct daxfs_request *request);

/* Whether @request changes anything but memory blocks, so that its driver would go. */
bool plan_differs(const struct daxfs_device *device, const struct daxfs_request *request);

/* Whether @request asks for other ranges than @device has; so too when these are not known. */
bool plan_moves(const struct daxfs_device *device, const struct daxfs_request *request);

/* Refusal of a device that is in use, in plan-users.c; 0 or daxfs_fail(). */
int plan_check_users(struct daxfs_ctx *ctx, struct daxfs_plan *plan,
		     const struct daxfs_request *request);
/* Refusal of a switch that would bind another device too; 0 or daxfs_fail(). */
int plan_check_capture(struct daxfs_ctx *ctx, const struct daxfs_plan *plan,
		       const struct daxfs_request *request);
/* Refusals of size and align, in plan-size.c; 0 or daxfs_fail(). */
int plan_check_size(struct daxfs_ctx *ctx, struct daxfs_plan *plan,
		    const struct daxfs_request *request);
/* The same of ranges, in plan-ranges.c. */
int plan_check_ranges(struct daxfs_ctx *ctx, const struct daxfs_plan *plan);
/* Bytes at the end of the device that do not stay where they are. */
uint64_t plan_lost_bytes(const struct daxfs_plan *plan);
/* The steps that make size, ranges and align what they are to be. */
int plan_add_resize_steps(struct daxfs_ctx *ctx, struct daxfs_plan *plan);
/* Refusals and notes about memory blocks, in plan-memory.c; 0 or daxfs_fail(). */
int plan_check_memory(struct daxfs_ctx *ctx, struct daxfs_plan *plan,
		      const struct daxfs_request *request);

/* Refusal and notes about poison, in plan-poison.c; 0 or daxfs_fail(). */
int plan_check_poison(struct daxfs_ctx *ctx, struct daxfs_plan *plan,
		      const struct daxfs_request *request);

/* The same where nothing but memory blocks is asked for. */
int plan_check_blocks(struct daxfs_ctx *ctx, const struct daxfs_plan *plan,
		      const struct daxfs_request *request);

/* Refusals and notes of a device that is to be destroyed, in plan-destroy.c. */
int plan_check_destroy(struct daxfs_ctx *ctx, struct daxfs_plan *plan,
		       const struct daxfs_request *request);

/* Appends a step that writes @value to the file that @format names, relative to sysfs's root. */
int plan_add_step(struct daxfs_ctx *ctx, struct daxfs_plan *plan, enum step_kind kind,
		  const char *value, const char *format, ...) PRINTF_FORMAT(5, 6);
/* plan-check.c: all refusals, in their order; 0 or daxfs_fail() of the first. */
int plan_check(struct daxfs_ctx *ctx, struct daxfs_plan *plan, const struct daxfs_request *request);
/* plan.c: what is to be done, from what is and what is asked; and some of the refusals. */
void plan_decide(struct daxfs_plan *plan, const struct daxfs_request *request);
int plan_refuse_state(struct daxfs_ctx *ctx, const struct daxfs_device *device);
int plan_refuse_enabled(struct daxfs_ctx *ctx, const struct daxfs_device *device,
			const struct daxfs_request *request);
int plan_refuse_request(struct daxfs_ctx *ctx, const struct daxfs_plan *plan,
			const struct daxfs_request *request);

/* Refusal for what the checks of the device find, in plan-check.c; 0 or daxfs_fail(). */
int plan_check_findings(struct daxfs_ctx *ctx, struct daxfs_plan *plan,
			const struct daxfs_request *request);

/*
 * Makes no plan, but hands every refusal of it to @found, not the first alone. @facts stay the
 * caller's. 0 or -ENOMEM.
 */
int plan_collect(struct daxfs_ctx *ctx, struct facts *facts, const struct daxfs_request *request,
		 void (*found)(void *userdata, const struct daxfs_error *error), void *userdata);

int plan_add_note(struct daxfs_plan *plan, const char *format, ...) PRINTF_FORMAT(2, 3);

#endif
