/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for udev, with a deadline and without sleeping; and the kernel's events, which need no udev. */
#ifndef UDEV_H
#define UDEV_H

#include "private.h"

/*
 * Waits until DEV_ROOT/@name is a character device. Returns at once when it is; -ENOENT at once
 * when it is not and no udev runs here that could make it; -ETIMEDOUT after @timeout_ms.
 */
int udev_wait_node(struct daxfs_ctx *ctx, const char *name, unsigned int timeout_ms);

/* What the kernel says of a device of the dax bus. Texts are valid until the next one is read. */
struct uevent {
	const char *action; /* "add", "bind", ... */
	const char *device; /* its name, not checked */
	const char *driver; /* NULL: none */
	bool is_synthetic;  /* told again because somebody asked for it, as `udevadm trigger` */
	bool is_failure;    /* of memory, told by our module */
	uint64_t offset;    /* of a failure */
	uint64_t length;
};

/* From here on, all such events. */
struct uevents;
int uevents_new(struct daxfs_ctx *ctx, struct uevents **ret_uevents);
struct uevents *uevents_free(struct uevents *uevents);
DEFINE_CLEANUP(struct uevents *, uevents_free)

/* Readable when there are some. */
int uevents_fd(struct uevents *uevents);

/* The next one; never waits: -EAGAIN when there is none. -ENOBUFS: some were lost. */
int uevents_next(struct uevents *uevents, struct uevent *ret_event);

#endif
