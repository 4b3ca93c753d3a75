// SPDX-License-Identifier: LGPL-2.1-or-later
/* Checks of one device: those that a switch makes, and more that only look. */
#include "check.h"

#include <string.h>

#include "device.h"
#include "doctor.h"
#include "plan.h"
#include "poison.h"
#include "request.h"

struct daxfs_check {
	struct facts *facts;	       /* of a device, or NULL */
	struct machine_facts *machine; /* of the machine, or NULL */
	struct findings findings;
	enum daxfs_mode mode;
};

DEFINE_CLEANUP(struct daxfs_check *, daxfs_check_free)

DAXFS_EXPORT struct daxfs_check *daxfs_check_free(struct daxfs_check *check)
{
	if (!check)
		return NULL;
	facts_free(check->facts);
	machine_free(check->machine);
	findings_done(&check->findings);
	free(check);
	return NULL;
}

void check_run(const struct facts *facts, const struct check_goal *goal, struct findings *findings)
{
	check_ranges(facts, goal, findings);
	check_owner(facts, findings);
	check_static(facts, findings);
	check_needs(facts, goal, findings);
}

int check_require_sound(struct daxfs_ctx *ctx, const struct facts *facts,
			const struct check_goal *goal)
{
	_cleanup_(findings_done) struct findings findings = {};
	const struct daxfs_finding *first;

	check_run(facts, goal, &findings);
	if (findings.out_of_memory)
		return -ENOMEM;
	first = findings_first_error(&findings);
	if (!first)
		return 0;
	return daxfs_fail(ctx, -EINVAL,
			  &(struct failure){ .class = first->class,
					     .id = first->id,
					     .device = facts->device->name,
					     .hint = first->remedy },
			  "%s: %s", facts->device->name, first->message);
}

/* ---- what a switch would be refused for */

/* The numbers behind a refusal, which its words have too. */
static size_t values_of(const struct facts *facts, const struct daxfs_error *error,
			struct daxfs_value values[2])
{
	const struct daxfs_device *device = facts->device;
	size_t n_online = 0;

	if (strcmp(error->id, "online-policy") == 0) {
		values[0] = (struct daxfs_value)TEXT("policy", policy_to_string(facts->policy));
		return 1;
	}
	if (strcmp(error->id, "range-too-small") == 0) {
		values[0] = (struct daxfs_value)NUMBER("block_size", facts->block_size);
		values[1] = (struct daxfs_value)NUMBER("size", device->size);
		return 2;
	}
	if (strcmp(error->id, "memory-online") == 0) {
		n_online = plan_count_online(facts);
		values[0] = (struct daxfs_value)NUMBER("online_blocks", n_online);
		values[1] = (struct daxfs_value)NUMBER("total_blocks", facts->n_blocks);
		return 2;
	}
	if (strcmp(error->id, "in-use") == 0) {
		values[0] = (struct daxfs_value)NUMBER("users", error->n_users);
		return 1;
	}
	return 0;
}

static void add_refusal(void *userdata, const struct daxfs_error *error)
{
	struct daxfs_check *check = userdata;
	struct daxfs_value values[2] = {};
	size_t n_values;
	char effect[80];

	/* What is found by a check already is not told twice. */
	if (findings_has(&check->findings, error->id))
		return;
	n_values = values_of(check->facts, error, values);
	snprintf(effect, sizeof(effect), "%s switch is refused, with exit status %d%s",
		 check->mode == DAXFS_MODE_NONE ? "any" : "the", (int)error->class,
		 error->override ? "; an option permits it" : "");
	findings_add_error(&check->findings, error, effect, values, n_values);
}

static void skip_error(struct daxfs_ctx *ctx, int r, const char *what, struct findings *findings)
{
	_cleanup_(error_freep) struct daxfs_error *error = error_take(ctx, r);

	if (error)
		findings_skip(findings, what, "%s", error->message);
	else
		findings->out_of_memory = true;
}

/*
 * What a switch depends on. Where a part of it cannot be read, that is told, and the rest is looked
 * at as it is without a switch.
 */
static int gather(struct daxfs_ctx *ctx, const char *device_name,
		  const struct daxfs_request *request, struct daxfs_check *check)
{
	const struct daxfs_request nothing = {};
	int r;

	r = facts_gather(ctx, device_name, request, &check->facts);
	if (r == -ENOMEM || r == -ENODEV)
		return r;
	if (r < 0) {
		skip_error(ctx, r, "switch", &check->findings);
		r = facts_gather(ctx, device_name, &nothing, &check->facts);
	}
	if (r == 0 && !check->facts->device->has_poison)
		r = poison_read(ctx, check->facts->device);
	if (r < 0)
		return r;
	return check_gather(ctx, check->facts, check->mode, true);
}

static void look_at_module(const struct daxfs_ctx *ctx, const struct check_goal *goal,
			   struct findings *findings)
{
	if (goal->binds && ctx->recorded)
		findings_skip(findings, "module", "a recorded tree does not hold modules");
}

static int run(struct daxfs_ctx *ctx, const struct daxfs_request *request,
	       struct daxfs_check *check)
{
	const struct facts *facts = check->facts;
	const struct check_goal goal = { .mode = check->mode,
					 .binds = check->mode != DAXFS_MODE_NONE &&
						  plan_differs(facts->device, request) };
	int r;

	check_run(facts, &goal, &check->findings);
	look_at_module(ctx, &goal, &check->findings);
	r = plan_collect(ctx, check->facts, request, add_refusal, check);
	if (facts->device->n_users == 0 && !facts->device->has_users && goal.binds)
		findings_skip(&check->findings, "users", "not all processes can be seen from here");
	if (r == 0 && check->findings.out_of_memory)
		r = -ENOMEM;
	return r;
}

DAXFS_EXPORT int daxfs_check_new(struct daxfs_ctx *ctx, const char *device_name,
				 const struct daxfs_request *request,
				 struct daxfs_check **ret_check)
{
	_cleanup_(daxfs_check_freep) struct daxfs_check *check = calloc(1, sizeof(*check));
	int r;

	if (!check)
		return -ENOMEM;
	error_clear(ctx);
	check->mode = request->has_mode ? request->mode : DAXFS_MODE_NONE;
	r = gather(ctx, device_name, request, check);
	if (r == 0)
		r = run(ctx, request, check);
	if (r < 0)
		return r;
	*ret_check = TAKE_PTR(check);
	return 0;
}

DAXFS_EXPORT int daxfs_check_new_machine(struct daxfs_ctx *ctx, struct daxfs_check **ret_check)
{
	_cleanup_(daxfs_check_freep) struct daxfs_check *check = calloc(1, sizeof(*check));
	int r;

	if (!check)
		return -ENOMEM;
	error_clear(ctx);
	r = machine_gather(ctx, &check->machine);
	if (r < 0)
		return r;
	doctor_run(check->machine, &check->findings);
	if (check->findings.out_of_memory)
		return -ENOMEM;
	*ret_check = TAKE_PTR(check);
	return 0;
}

static const char *text_or_null(const char *text)
{
	return text[0] ? text : NULL;
}

DAXFS_EXPORT bool daxfs_check_get_machine(const struct daxfs_check *check,
					  struct daxfs_machine *ret_machine)
{
	static const char *const origins[] = {
		[ORIGIN_IN_TREE] = "in-tree", [ORIGIN_DKMS] = "dkms", [ORIGIN_UNKNOWN] = NULL
	};
	const struct machine_facts *machine = check->machine;

	if (!machine)
		return false;
	*ret_machine = (struct daxfs_machine){
		.kernel = text_or_null(machine->release),
		.arch = text_or_null(machine->arch),
		.lockdown = text_or_null(machine->lockdown),
		.knows_secure_boot = machine->secure_boot != ANSWER_UNKNOWN,
		.secure_boot = machine->secure_boot == ANSWER_YES,
		.online_policy = machine->policy == POLICY_UNKNOWN
					 ? NULL
					 : policy_to_string(machine->policy),
		.driver_origin = origins[machine->origin],
		.driver_path = machine->info.path,
		.driver_version = machine->loaded_version[0] ? machine->loaded_version
							     : machine->info.version,
		.driver_signer = machine->info.signer,
		.driver_is_loaded = machine->is_loaded,
	};
	return true;
}

DAXFS_EXPORT bool daxfs_check_get_fix(const struct daxfs_check *check, size_t index,
				      struct daxfs_fix *ret_fix)
{
	return check->machine && doctor_get_fix(check->machine, index, ret_fix);
}

DAXFS_EXPORT struct daxfs_device *daxfs_check_get_device(const struct daxfs_check *check)
{
	return check->facts ? check->facts->device : NULL;
}

DAXFS_EXPORT enum daxfs_mode daxfs_check_get_mode(const struct daxfs_check *check)
{
	return check->mode;
}

DAXFS_EXPORT size_t daxfs_check_get_n_findings(const struct daxfs_check *check)
{
	return check->findings.n;
}

DAXFS_EXPORT const struct daxfs_finding *daxfs_check_get_finding(const struct daxfs_check *check,
								 size_t index)
{
	return index < check->findings.n ? check->findings.list[index] : NULL;
}

DAXFS_EXPORT bool daxfs_check_has_errors(const struct daxfs_check *check)
{
	return findings_first_error(&check->findings);
}

DAXFS_EXPORT bool daxfs_check_get_unchecked(const struct daxfs_check *check, size_t index,
					    const char **ret_what, const char **ret_why)
{
	if (index >= check->findings.n_unchecked)
		return false;
	*ret_what = check->findings.unchecked[index].what;
	*ret_why = check->findings.unchecked[index].why;
	return true;
}
