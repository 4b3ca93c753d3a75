/* SPDX-License-Identifier: GPL-2.0-only */
/* The keys of a section: from text to values. */
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include "config-file.h"

/* Whether @title, "device pool", begins a section of @dialect. */
enum config_title {
	CONFIG_TITLE_DEVICE, /* [device NAME] */
	CONFIG_TITLE_DAXCTL, /* [reconfigure-device NAME] */
	CONFIG_TITLE_OTHER,
};
enum config_title config_title_of(const char *title);

/*
 * Reads "@key = @value" into a section. Returns 0; -ENOENT for an unknown key; -EEXIST when it was
 * given before; -EINVAL for a bad value, *ret_expected then says what is a good one; -ENOMEM.
 */
int config_set(struct config_section *section, enum config_title title, const char *key,
	       const char *value, const char **ret_expected);

#endif
