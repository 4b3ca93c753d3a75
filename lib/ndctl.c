// SPDX-License-Identifier: LGPL-2.1-or-later
/* The only file that includes libndctl.h. */
#include "ndctl.h"

#include <linux/ndctl.h>
#include <ndctl/libndctl.h>
#include <string.h>

#include "dlopen.h"

DLOPEN_NOTE(ndctl, "poison", "Inject and clear media errors of persistent memory", "libndctl.so.6");

/* What this file uses of libndctl. */
struct ndctl_api {
	__typeof__(&ndctl_new) new;
	__typeof__(&ndctl_unref) unref;
	__typeof__(&ndctl_bus_get_first) bus_first;
	__typeof__(&ndctl_bus_get_next) bus_next;
	__typeof__(&ndctl_bus_has_error_injection) has_injection;
	__typeof__(&ndctl_bus_is_cmd_supported) has_command;
	__typeof__(&ndctl_bus_cmd_new_ars_cap) new_ars_cap;
	__typeof__(&ndctl_bus_cmd_new_clear_error) new_clear_error;
	__typeof__(&ndctl_cmd_submit) submit;
	__typeof__(&ndctl_cmd_unref) cmd_unref;
	__typeof__(&ndctl_cmd_clear_error_get_cleared) get_cleared;
	__typeof__(&ndctl_region_get_first) region_first;
	__typeof__(&ndctl_region_get_next) region_next;
	__typeof__(&ndctl_namespace_get_first) namespace_first;
	__typeof__(&ndctl_namespace_get_next) namespace_next;
	__typeof__(&ndctl_namespace_get_devname) get_devname;
	__typeof__(&ndctl_namespace_get_dax) get_dax;
	__typeof__(&ndctl_dax_get_resource) get_resource;
	__typeof__(&ndctl_namespace_inject_error) inject;
};

struct nvdimm {
	struct ndctl_api api;
	struct ndctl_ctx *ctx;
	struct ndctl_bus *bus;
	struct ndctl_namespace *namespace;
	uint64_t data_start;
};

struct nvdimm *nvdimm_free(struct nvdimm *nvdimm)
{
	if (nvdimm && nvdimm->ctx)
		nvdimm->api.unref(nvdimm->ctx);
	free(nvdimm);
	return NULL;
}

static int load_api(struct daxfs_ctx *ctx, struct ndctl_api *api)
{
	const struct dlopen_symbol symbols[] = {
		{ "ndctl_new", (void **)&api->new },
		{ "ndctl_unref", (void **)&api->unref },
		{ "ndctl_bus_get_first", (void **)&api->bus_first },
		{ "ndctl_bus_get_next", (void **)&api->bus_next },
		{ "ndctl_bus_has_error_injection", (void **)&api->has_injection },
		{ "ndctl_bus_is_cmd_supported", (void **)&api->has_command },
		{ "ndctl_bus_cmd_new_ars_cap", (void **)&api->new_ars_cap },
		{ "ndctl_bus_cmd_new_clear_error", (void **)&api->new_clear_error },
		{ "ndctl_cmd_submit", (void **)&api->submit },
		{ "ndctl_cmd_unref", (void **)&api->cmd_unref },
		{ "ndctl_cmd_clear_error_get_cleared", (void **)&api->get_cleared },
		{ "ndctl_region_get_first", (void **)&api->region_first },
		{ "ndctl_region_get_next", (void **)&api->region_next },
		{ "ndctl_namespace_get_first", (void **)&api->namespace_first },
		{ "ndctl_namespace_get_next", (void **)&api->namespace_next },
		{ "ndctl_namespace_get_devname", (void **)&api->get_devname },
		{ "ndctl_namespace_get_dax", (void **)&api->get_dax },
		{ "ndctl_dax_get_resource", (void **)&api->get_resource },
		{ "ndctl_namespace_inject_error", (void **)&api->inject },
	};

	return dlopen_symbols(ctx, "libndctl.so.6", symbols, ARRAY_SIZE(symbols));
}

static struct ndctl_namespace *find_in_bus(const struct ndctl_api *api, struct ndctl_bus *bus,
					   const char *name)
{
	struct ndctl_namespace *namespace;
	struct ndctl_region *region;

	for (region = api->region_first(bus); region; region = api->region_next(region))
		for (namespace = api->namespace_first(region); namespace;
		     namespace = api->namespace_next(namespace))
			if (strcmp(api->get_devname(namespace), name) == 0)
				return namespace;
	return NULL;
}

/* What libndctl says of the namespace has to agree with what the device's own directory says. */
static int find(struct nvdimm *nvdimm, const struct daxfs_device *device)
{
	const struct ndctl_api *api = &nvdimm->api;
	struct ndctl_dax *dax;

	for (nvdimm->bus = api->bus_first(nvdimm->ctx); nvdimm->bus;
	     nvdimm->bus = api->bus_next(nvdimm->bus)) {
		nvdimm->namespace = find_in_bus(api, nvdimm->bus, device->namespace);
		if (nvdimm->namespace)
			break;
	}
	dax = nvdimm->namespace ? api->get_dax(nvdimm->namespace) : NULL;
	if (!dax)
		return -ENODEV;
	nvdimm->data_start = api->get_resource(dax);
	return device->n_mappings == 1 && nvdimm->data_start == device->ranges[0].start ? 0
											: -ENODEV;
}

int nvdimm_open(struct daxfs_ctx *ctx, const struct daxfs_device *device,
		struct nvdimm **ret_nvdimm)
{
	_cleanup_(nvdimm_freep) struct nvdimm *nvdimm = NULL;
	int r;

	if (!device->namespace)
		return -ENODEV;
	nvdimm = calloc(1, sizeof(*nvdimm));
	if (!nvdimm)
		return -ENOMEM;
	r = load_api(ctx, &nvdimm->api);
	if (r == 0)
		r = nvdimm->api.new(&nvdimm->ctx);
	if (r == 0)
		r = find(nvdimm, device);
	if (r < 0)
		return r;
	*ret_nvdimm = TAKE_PTR(nvdimm);
	return 0;
}

bool nvdimm_can_inject(const struct nvdimm *nvdimm)
{
	return nvdimm->api.has_injection(nvdimm->bus);
}

bool nvdimm_can_clear(const struct nvdimm *nvdimm)
{
	return nvdimm->api.has_command(nvdimm->bus, ND_CMD_ARS_CAP) &&
	       nvdimm->api.has_command(nvdimm->bus, ND_CMD_CLEAR_ERROR);
}

int nvdimm_inject(const struct nvdimm *nvdimm, uint64_t address, uint64_t length)
{
	/* Of a namespace in devdax mode libndctl counts from the data on, not from its start. */
	return nvdimm->api.inject(nvdimm->namespace, (address - nvdimm->data_start) / NVDIMM_BLOCK,
				  length / NVDIMM_BLOCK, true);
}

/* Submits a command, which is NULL for want of memory, or when it cannot be so. */
static int submit(const struct ndctl_api *api, struct ndctl_cmd *command)
{
	int r;

	if (!command)
		return -EINVAL;
	r = api->submit(command);
	return r < 0 ? r : 0;
}

/* @range is the bus's answer about these addresses, which the command takes its unit from. */
static int clear(const struct nvdimm *nvdimm, struct ndctl_cmd *range, uint64_t address,
		 uint64_t length)
{
	const struct ndctl_api *api = &nvdimm->api;
	struct ndctl_cmd *command;
	int r;

	r = submit(api, range);
	if (r < 0)
		return r;
	command = api->new_clear_error(address, length, range);
	r = submit(api, command);
	if (r == 0 && api->get_cleared(command) < length)
		r = -EIO;
	if (command)
		api->cmd_unref(command);
	return r;
}

int nvdimm_clear(const struct nvdimm *nvdimm, uint64_t address, uint64_t length)
{
	struct ndctl_cmd *range = nvdimm->api.new_ars_cap(nvdimm->bus, address, length);
	int r = clear(nvdimm, range, address, length);

	if (range)
		nvdimm->api.cmd_unref(range);
	return r;
}
