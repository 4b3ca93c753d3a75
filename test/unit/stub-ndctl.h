/* SPDX-License-Identifier: GPL-2.0-only */
/* A libndctl of two buses with a namespace each, for there is no machine whose bus could inject. */
#ifndef STUB_NDCTL_H
#define STUB_NDCTL_H

#include <stdbool.h>

struct stub_ndctl {
	/* what it is */
	bool has_injection, has_clear;
	unsigned long long data_start; /* of the second namespace, "namespace1.0" */
	int answer;		       /* of every command */
	unsigned long long cleared;    /* how much of it the command says */
	/* what it was asked for */
	unsigned int n_injected, n_submitted, n_contexts,
		n_commands; /* the last two: not freed yet */
	unsigned long long block, count, address, length;
	bool notify;
};

#endif
