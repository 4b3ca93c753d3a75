// SPDX-License-Identifier: LGPL-2.1-or-later
/* The only file that includes libkmod.h. */
#include "module.h"

#include <libkmod.h>
#include <string.h>
#include <sys/utsname.h>

#include "dlopen.h"
#include "module-error.h"
#include "sysfs.h"

DLOPEN_NOTE(kmod, "module", "Load the driver of a mode", "libkmod.so.2");

/* What this file uses of libkmod. */
struct kmod_api {
	__typeof__(&kmod_new) new;
	__typeof__(&kmod_unref) unref;
	__typeof__(&kmod_module_new_from_lookup) lookup;
	__typeof__(&kmod_module_get_module) get_module;
	__typeof__(&kmod_module_get_path) get_path;
	__typeof__(&kmod_module_unref) module_unref;
	__typeof__(&kmod_module_unref_list) unref_list;
	__typeof__(&kmod_module_get_initstate) get_initstate;
	__typeof__(&kmod_module_get_install_commands) get_install_commands;
	__typeof__(&kmod_module_apply_filter) apply_filter;
	__typeof__(&kmod_module_probe_insert_module) insert;
};

/* libkmod for one use: its functions, a context of it, and the modules that a name stands for. */
struct kmod {
	struct kmod_api api;
	struct kmod_ctx *ctx;
	struct kmod_list *list;
	struct kmod_module *module; /* the first of the list; NULL when the name is not known */
};

static void kmod_done(struct kmod *kmod)
{
	if (kmod->module)
		kmod->api.module_unref(kmod->module);
	if (kmod->list)
		kmod->api.unref_list(kmod->list);
	if (kmod->ctx)
		kmod->api.unref(kmod->ctx);
}

static int kmod_load_api(struct daxfs_ctx *ctx, struct kmod_api *api)
{
	const struct dlopen_symbol symbols[] = {
		{ "kmod_new", (void **)&api->new },
		{ "kmod_unref", (void **)&api->unref },
		{ "kmod_module_new_from_lookup", (void **)&api->lookup },
		{ "kmod_module_get_module", (void **)&api->get_module },
		{ "kmod_module_get_path", (void **)&api->get_path },
		{ "kmod_module_unref", (void **)&api->module_unref },
		{ "kmod_module_unref_list", (void **)&api->unref_list },
		{ "kmod_module_get_initstate", (void **)&api->get_initstate },
		{ "kmod_module_get_install_commands", (void **)&api->get_install_commands },
		{ "kmod_module_apply_filter", (void **)&api->apply_filter },
		{ "kmod_module_probe_insert_module", (void **)&api->insert },
	};

	return dlopen_symbols(ctx, "libkmod.so.2", symbols, ARRAY_SIZE(symbols));
}

static int kmod_open(struct daxfs_ctx *ctx, const char *name, struct kmod *kmod)
{
	int r;

	r = kmod_load_api(ctx, &kmod->api);
	if (r < 0)
		return r;
	kmod->ctx = kmod->api.new(NULL, NULL);
	if (!kmod->ctx)
		return daxfs_fail(ctx, -EIO, &(struct failure){ .id = "no-libkmod" },
				  "libkmod cannot read the configuration of modprobe");
	/* A directory of modules that is not there, or has no index, finds nothing: as it should. */
	r = kmod->api.lookup(kmod->ctx, name, &kmod->list);
	if (r < 0 && r != -ENOENT && r != -ENOSYS)
		return daxfs_fail(ctx, r, &(struct failure){ .id = "no-libkmod", .err = -r },
				  "libkmod cannot look up the module %s", name);
	if (kmod->list)
		kmod->module = kmod->api.get_module(kmod->list);
	return 0;
}

static bool is_blacklisted(struct kmod *kmod)
{
	struct kmod_list *left = NULL;

	if (kmod->api.apply_filter(kmod->ctx, KMOD_FILTER_BLACKLIST, kmod->list, &left) < 0)
		return false;
	if (!left)
		return true;
	kmod->api.unref_list(left);
	return false;
}

/* The index may name a file that was removed without depmod. */
static bool file_is_missing(struct kmod *kmod)
{
	const char *path = kmod->api.get_path(kmod->module);

	return !path || access(path, F_OK) < 0;
}

int module_check(struct daxfs_ctx *ctx, const char *module, enum module_state *ret_state)
{
	_cleanup_(kmod_done) struct kmod kmod = {};
	int r;

	if (ctx->recorded) {
		*ret_state = MODULE_UNKNOWN;
		return 0;
	}
	r = kmod_open(ctx, module, &kmod);
	if (r < 0)
		return r;
	if (!kmod.module) {
		*ret_state = MODULE_NOT_FOUND;
		return 0;
	}
	r = kmod.api.get_initstate(kmod.module);
	if (r == KMOD_MODULE_LIVE || r == KMOD_MODULE_BUILTIN)
		*ret_state = MODULE_LIVE;
	else if (kmod.api.get_install_commands(kmod.module))
		*ret_state = MODULE_OVERRIDDEN;
	else if (is_blacklisted(&kmod))
		*ret_state = MODULE_BLACKLISTED;
	else if (file_is_missing(&kmod))
		*ret_state = MODULE_NOT_FOUND;
	else
		*ret_state = MODULE_LOADABLE;
	return 0;
}

static int refuse_not_found(struct daxfs_ctx *ctx, const char *device, const char *module)
{
	struct utsname host;
	bool is_fsdev = strcmp(module, "fsdev_dax") == 0;

	if (uname(&host) < 0)
		strcpy(host.release, "?");
	return daxfs_fail(
		ctx, -ENOENT,
		&(struct failure){ .class = DAXFS_CLASS_UNSUPPORTED,
				   .id = "no-module",
				   .device = device,
				   .step = "load-module",
				   .hint = is_fsdev ? "famfs mode needs Linux 7.1 or later "
						      "with CONFIG_DEV_DAX_FSDEV, or the "
						      "DKMS package daxfs"
						    : "install the package with the modules "
						      "of this kernel" },
		"%s: module %s not found for kernel %s", device, module, host.release);
}

static int refuse_by_config(struct daxfs_ctx *ctx, const char *device, const char *module,
			    const char *what, const char *id)
{
	return daxfs_fail(
		ctx, -EPERM,
		&(struct failure){ .class = DAXFS_CLASS_UNSUPPORTED,
				   .id = id,
				   .device = device,
				   .step = "load-module",
				   .hint = "see modprobe --showconfig; load the module by "
					   "hand, or take the entry out" },
		"%s: module %s is %s by the configuration of modprobe", device, module, what);
}

int module_refuse(struct daxfs_ctx *ctx, const char *device, const char *module,
		  enum module_state state)
{
	switch (state) {
	case MODULE_NOT_FOUND:
		return refuse_not_found(ctx, device, module);
	case MODULE_BLACKLISTED:
		return refuse_by_config(ctx, device, module, "blacklisted", "module-blacklisted");
	case MODULE_OVERRIDDEN:
		return refuse_by_config(ctx, device, module, "replaced by an install command",
					"module-overridden");
	default:
		return 0;
	}
}

static int load_failed(struct daxfs_ctx *ctx, const char *device, const char *module, int r)
{
	_cleanup_(module_info_done) struct module_info info = {};
	const struct module_error *error;

	if (module_read_info(ctx, module, &info) < 0)
		error_clear(ctx); /* the kernel's answer is what is told */
	error = module_error_find(-r, &(struct module_facts){
					      .path = info.path,
					      .is_signed = info.is_signed,
					      .wants_signatures = module_wants_signatures(ctx),
				      });
	return daxfs_fail(ctx, r,
			  &(struct failure){ .class = error->class,
					     .id = error->id,
					     .device = device,
					     .step = "load-module",
					     .path = info.path,
					     .err = -r,
					     .hint = error->hint },
			  "%s: module %s cannot be loaded: %s", device, module, error->words);
}

int module_load(struct daxfs_ctx *ctx, const char *device, const char *module)
{
	_cleanup_(kmod_done) struct kmod kmod = {};
	int r;

	r = kmod_open(ctx, module, &kmod);
	if (r < 0)
		return r;
	if (!kmod.module)
		return refuse_not_found(ctx, device, module);
	/*
	 * Commands of modprobe.d would run in a shell, as root: never. One for the module itself was
	 * a refusal before; those of modules that it depends on are passed over.
	 */
	r = kmod.api.insert(kmod.module, KMOD_PROBE_IGNORE_COMMAND, NULL, NULL, NULL, NULL);
	if (r < 0 && r != -EEXIST)
		return load_failed(ctx, device, module, r);
	return 0;
}

/* What module_read_info() uses besides. */
struct kmod_info_api {
	__typeof__(&kmod_module_get_info) get_info;
	__typeof__(&kmod_module_info_get_key) get_key;
	__typeof__(&kmod_module_info_get_value) get_value;
	__typeof__(&kmod_module_info_free_list) free_list;
	__typeof__(&kmod_list_next) next;
};

static int kmod_load_info_api(struct daxfs_ctx *ctx, struct kmod_info_api *api)
{
	const struct dlopen_symbol symbols[] = {
		{ "kmod_module_get_info", (void **)&api->get_info },
		{ "kmod_module_info_get_key", (void **)&api->get_key },
		{ "kmod_module_info_get_value", (void **)&api->get_value },
		{ "kmod_module_info_free_list", (void **)&api->free_list },
		{ "kmod_list_next", (void **)&api->next },
	};

	return dlopen_symbols(ctx, "libkmod.so.2", symbols, ARRAY_SIZE(symbols));
}

void module_info_done(struct module_info *info)
{
	free(info->path);
	free(info->version);
	free(info->srcversion);
	free(info->fixes);
	free(info->signer);
}

/* One line of modinfo(8): "signer: Debian Secure Boot CA". */
static int take_info(struct module_info *info, const char *key, const char *value)
{
	const struct {
		const char *key;
		char **field;
	} fields[] = {
		{ "version", &info->version },
		{ "srcversion", &info->srcversion },
		{ "fixes", &info->fixes },
		{ "signer", &info->signer },
	};

	/* libkmod makes this one up for a module that has a signature. */
	if (strcmp(key, "sig_id") == 0)
		info->is_signed = true;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (strcmp(key, fields[i].key) != 0 || *fields[i].field)
			continue;
		*fields[i].field = strdup(value);
		return *fields[i].field ? 0 : -ENOMEM;
	}
	return 0;
}

static int take_all_info(const struct kmod_info_api *api, const struct kmod_list *list,
			 struct module_info *info)
{
	const struct kmod_list *entry = list;
	int r = 0;

	while (entry && r == 0) {
		r = take_info(info, api->get_key(entry), api->get_value(entry));
		entry = api->next(list, entry);
	}
	return r;
}

int module_read_info(struct daxfs_ctx *ctx, const char *module, struct module_info *ret_info)
{
	_cleanup_(module_info_done) struct module_info info = {};
	_cleanup_(kmod_done) struct kmod kmod = {};
	struct kmod_list *list = NULL;
	struct kmod_info_api api;
	const char *path;
	int r;

	r = kmod_open(ctx, module, &kmod);
	if (r == 0)
		r = kmod_load_info_api(ctx, &api);
	if (r < 0)
		return r;
	path = kmod.module ? kmod.api.get_path(kmod.module) : NULL;
	if (!path)
		return -ENOENT;
	info.path = strdup(path);
	if (!info.path)
		return -ENOMEM;
	r = api.get_info(kmod.module, &list);
	if (r < 0)
		return r;
	r = take_all_info(&api, list, &info);
	api.free_list(list);
	if (r < 0)
		return r;
	*ret_info = info;
	info = (struct module_info){};
	return 0;
}

bool module_wants_signatures(struct daxfs_ctx *ctx)
{
	char text[64];
	int root = -1;

	if (sysfs_root_fd(ctx, &root) < 0)
		return false;
	if (sysfs_read_text(root, "module/module/parameters/sig_enforce", text, sizeof(text)) ==
		    0 &&
	    strcmp(text, "Y") == 0)
		return true;
	/* "none [integrity] confidentiality": the one in force is in brackets. */
	return sysfs_read_text(root, "kernel/security/lockdown", text, sizeof(text)) == 0 &&
	       strchr(text, '[') && !strstr(text, "[none]");
}
