// SPDX-License-Identifier: LGPL-2.1-or-later
#include "module-error.h"

#include <string.h>

/*
 * Who wants a module to be loaded has to be told which key to enrol. dkms makes one for the machine
 * and signs by it what it builds, if it can.
 */
#define DKMS_KEY "mokutil --import /var/lib/dkms/mok.pub"
#define NOT_SIGNED "it is not signed, and this kernel loads signed modules only"
#define NOT_TRUSTED "it is signed by a key that this kernel does not trust"
#define SIGN_IT \
	"sign it with an enrolled key (mokutil --import), or boot without module.sig_enforce"

/* kernel/module/signing.c: by dkms or not, signed or not */
static const struct module_error signature_errors[2][2] = {
	{
		{ DAXFS_CLASS_UNSUPPORTED, "module-unsigned", NOT_SIGNED, SIGN_IT },
		{ DAXFS_CLASS_UNSUPPORTED, "module-unsigned", NOT_TRUSTED, SIGN_IT },
	},
	{
		{ DAXFS_CLASS_UNSUPPORTED, "module-unsigned", NOT_SIGNED,
		  "install openssl and build it again ('dkms unbuild', 'dkms install'), then "
		  "enrol the key that dkms signs with: " DKMS_KEY },
		{ DAXFS_CLASS_UNSUPPORTED, "module-unsigned", NOT_TRUSTED,
		  "enrol the key that dkms signs with: " DKMS_KEY },
	},
};

static const struct {
	int err;
	struct module_error error;
} errors[] = {
	{ EPERM,
	  { DAXFS_CLASS_PERMISSION, "module-refused",
	    "the kernel does not permit it (no root, lockdown, module_blacklist=, modules_disabled)",
	    "run as root; see kernel.modules_disabled, /proc/cmdline and the kernel's messages" } },
	{ ENOEXEC,
	  { DAXFS_CLASS_UNSUPPORTED, "module-format",
	    "it was built for another kernel, or its file is damaged",
	    "install the module of this kernel; the kernel's messages say what differs" } },
	{ ENOENT,
	  { DAXFS_CLASS_UNSUPPORTED, "no-module",
	    "its file, or a symbol or module that it needs, is missing",
	    "run depmod; the kernel's messages name a missing symbol" } },
};

static const struct module_error other_error = {
	DAXFS_CLASS_UNSUPPORTED,
	"module-failed",
	"the kernel does not take it",
	"the kernel's messages (dmesg) say more",
};

static bool is_by_dkms(const struct module_facts *facts)
{
	return facts->path && strstr(facts->path, "/updates/dkms/");
}

/*
 * With module.sig_enforce, and under Secure Boot, the answer is EKEYREJECTED, whatever the signature
 * lacks. That of lockdown alone is EPERM, like other refusals; but those do not ask where the module
 * comes from.
 */
static bool is_about_signature(int err, const struct module_facts *facts)
{
	if (err == ENOKEY || err == EKEYREJECTED)
		return true;
	return err == EPERM && facts->wants_signatures && (!facts->is_signed || is_by_dkms(facts));
}

const struct module_error *module_error_find(int err, const struct module_facts *facts)
{
	if (is_about_signature(err, facts))
		return &signature_errors[is_by_dkms(facts)][facts->is_signed];
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].err == err)
			return &errors[i].error;
	return &other_error;
}
