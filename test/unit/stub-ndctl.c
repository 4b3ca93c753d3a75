// SPDX-License-Identifier: GPL-2.0-only
/* See stub-ndctl.h. */
#include "stub-ndctl.h"

#include <linux/ndctl.h>
#include <ndctl/libndctl.h>
#include <stdlib.h>

/* The bodies are the library's own: here a number is all that tells them apart. */
struct ndctl_ctx {
	int unused;
};
struct ndctl_bus {
	int number;
};
struct ndctl_region {
	int number;
};
struct ndctl_namespace {
	int number;
};
struct ndctl_dax {
	int number;
};
struct ndctl_cmd {
	unsigned long long length;
};

extern struct stub_ndctl stub_ndctl;
struct stub_ndctl stub_ndctl;

static struct ndctl_bus buses[2] = { { 0 }, { 1 } };
static struct ndctl_region regions[2] = { { 0 }, { 1 } };
static struct ndctl_namespace namespaces[2] = { { 0 }, { 1 } };
static struct ndctl_dax dax = { 1 };

int ndctl_new(struct ndctl_ctx **ctx)
{
	*ctx = calloc(1, sizeof(**ctx));
	stub_ndctl.n_contexts++;
	return 0;
}

struct ndctl_ctx *ndctl_unref(struct ndctl_ctx *ctx)
{
	free(ctx);
	stub_ndctl.n_contexts--;
	return NULL;
}

struct ndctl_bus *ndctl_bus_get_first(struct ndctl_ctx *ctx)
{
	return &buses[0];
}

struct ndctl_bus *ndctl_bus_get_next(struct ndctl_bus *bus)
{
	return bus->number == 0 ? &buses[1] : NULL;
}

struct ndctl_region *ndctl_region_get_first(struct ndctl_bus *bus)
{
	return &regions[bus->number];
}

struct ndctl_region *ndctl_region_get_next(struct ndctl_region *region)
{
	return NULL;
}

struct ndctl_namespace *ndctl_namespace_get_first(struct ndctl_region *region)
{
	return &namespaces[region->number];
}

struct ndctl_namespace *ndctl_namespace_get_next(struct ndctl_namespace *ndns)
{
	return NULL;
}

const char *ndctl_namespace_get_devname(struct ndctl_namespace *ndns)
{
	return ndns->number == 0 ? "namespace0.0" : "namespace1.0";
}

/* The first one is in another mode. */
struct ndctl_dax *ndctl_namespace_get_dax(struct ndctl_namespace *ndns)
{
	return ndns->number == 1 ? &dax : NULL;
}

unsigned long long ndctl_dax_get_resource(struct ndctl_dax *of)
{
	return stub_ndctl.data_start;
}

/* The second bus can, the first one never. */
int ndctl_bus_has_error_injection(struct ndctl_bus *bus)
{
	return bus->number == 1 && stub_ndctl.has_injection;
}

int ndctl_bus_is_cmd_supported(struct ndctl_bus *bus, int cmd)
{
	return bus->number == 1 && (cmd == ND_CMD_ARS_CAP || stub_ndctl.has_clear);
}

int ndctl_namespace_inject_error(struct ndctl_namespace *ndns, unsigned long long block,
				 unsigned long long count, bool notify)
{
	stub_ndctl.n_injected++;
	stub_ndctl.block = block;
	stub_ndctl.count = count;
	stub_ndctl.notify = notify;
	return stub_ndctl.answer;
}

static struct ndctl_cmd *new_command(unsigned long long address, unsigned long long length)
{
	struct ndctl_cmd *command = calloc(1, sizeof(*command));

	command->length = length;
	stub_ndctl.address = address;
	stub_ndctl.length = length;
	stub_ndctl.n_commands++;
	return command;
}

struct ndctl_cmd *ndctl_bus_cmd_new_ars_cap(struct ndctl_bus *bus, unsigned long long address,
					    unsigned long long len)
{
	return new_command(address, len);
}

struct ndctl_cmd *ndctl_bus_cmd_new_clear_error(unsigned long long address, unsigned long long len,
						struct ndctl_cmd *ars_cap)
{
	return ars_cap->length == len ? new_command(address, len) : NULL;
}

int ndctl_cmd_submit(struct ndctl_cmd *cmd)
{
	stub_ndctl.n_submitted++;
	return stub_ndctl.answer;
}

void ndctl_cmd_unref(struct ndctl_cmd *cmd)
{
	free(cmd);
	stub_ndctl.n_commands--;
}

unsigned long long ndctl_cmd_clear_error_get_cleared(struct ndctl_cmd *clear_err)
{
	return stub_ndctl.cleared;
}
