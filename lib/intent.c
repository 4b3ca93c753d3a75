// SPDX-License-Identifier: LGPL-2.1-or-later
#include "intent.h"

#include <string.h>
#include <syslog.h>

#include "apply.h"
#include "lock.h"
#include "run-file.h"

/* Far more than any of these files has. */
#define INTENT_MAX 256
#define INTENT "mode"

struct intent_name {
	char text[DEVICE_NAME_MAX + 8];
};

static struct intent_name name_of(const char *kind, const char *device)
{
	struct intent_name name;

	snprintf(name.text, sizeof(name.text), "%s-%s", kind, device);
	return name;
}

/* What the file says: of a device in a mode there is one text only, so that nothing is parsed. */
struct intent_text {
	char text[INTENT_MAX];
};

static struct intent_text text_of(const char *kind, const char *boot_id, const char *device,
				  enum daxfs_mode mode)
{
	struct intent_text text;

	snprintf(text.text, sizeof(text.text), "daxfsctl-%s 1\nboot %s\ndevice %s\nmode %s\nend\n",
		 kind, boot_id, device, daxfs_mode_to_string(mode));
	return text;
}

int mode_file_write(struct daxfs_ctx *ctx, const char *kind, const char *device,
		    enum daxfs_mode mode)
{
	_cleanup_close_ int dir = -1;
	char boot_id[BOOT_ID_SIZE];
	int r;

	r = run_read_boot_id(ctx, boot_id, sizeof(boot_id));
	if (r == 0)
		r = run_dir_open(ctx, true, &dir);
	if (r < 0)
		return r;
	return run_file_write(dir, name_of(kind, device).text,
			      text_of(kind, boot_id, device, mode).text);
}

int intent_write(struct daxfs_ctx *ctx, const struct daxfs_device *device)
{
	int r = mode_file_write(ctx, INTENT, device->name, device->mode);

	if (r == 0)
		return 0;
	return daxfs_fail(ctx, r,
			  &(struct failure){ .id = "mode-file",
					     .device = device->name,
					     .path = ctx->run_dir,
					     .err = -r,
					     .hint = "it was not disabled, for enable-device would "
						     "not know its mode" },
			  "%s: cannot put its mode on file in %s", device->name, ctx->run_dir);
}

enum daxfs_mode mode_file_read(struct daxfs_ctx *ctx, const char *kind, const char *device)
{
	char text[INTENT_MAX], boot_id[BOOT_ID_SIZE];
	_cleanup_close_ int dir = -1;

	if (ctx->recorded || run_dir_open(ctx, false, &dir) < 0 ||
	    run_file_read(dir, name_of(kind, device).text, text, sizeof(text)) < 0 ||
	    run_read_boot_id(ctx, boot_id, sizeof(boot_id)) < 0)
		return DAXFS_MODE_NONE;
	for (enum daxfs_mode mode = DAXFS_MODE_DEVDAX; mode < DAXFS_MODE_OTHER; mode++)
		if (strcmp(text, text_of(kind, boot_id, device, mode).text) == 0)
			return mode;
	return DAXFS_MODE_NONE;
}

int mode_file_remove(struct daxfs_ctx *ctx, const char *kind, const char *device)
{
	_cleanup_close_ int dir = -1;
	int r;

	r = run_dir_open(ctx, false, &dir);
	if (r == 0 && unlinkat(dir, name_of(kind, device).text, 0) < 0)
		r = -errno;
	return r == -ENOENT ? 0 : r;
}

enum daxfs_mode intent_read(struct daxfs_ctx *ctx, const char *device)
{
	return mode_file_read(ctx, INTENT, device);
}

int intent_forget(struct daxfs_ctx *ctx, const char *device)
{
	return mode_file_remove(ctx, INTENT, device);
}

void intent_update(struct daxfs_ctx *ctx, const struct daxfs_device *old)
{
	_cleanup_free_ char *driver = NULL;
	int r;

	r = apply_read_driver(ctx, old->name, &driver);
	if (r < 0)
		return;
	if (driver)
		r = intent_forget(ctx, old->name);
	else if (old->mode != DAXFS_MODE_NONE && intent_read(ctx, old->name) != old->mode)
		r = mode_file_write(ctx, INTENT, old->name, old->mode);
	if (r < 0)
		log_warning(ctx, "%s: its mode-%s is not up to date (%s), ignoring", ctx->run_dir,
			    old->name, strerror(-r));
}
