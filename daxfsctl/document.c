// SPDX-License-Identifier: GPL-2.0-only
#include "document.h"

#include "output.h"

enum status document_read(struct app *app, const char *path, struct input **ret_input)
{
	_cleanup_free_ char *error = NULL;
	int r = input_read(path, ret_input, &error);

	if (r == 0)
		return STATUS_OK;
	if (r == -ELIBACC)
		return output_problem(app->out,
				      &(struct problem){ .status = STATUS_UNSUPPORTED,
							 .id = "no-library",
							 .hint = "install libjson-c5" },
				      "%s", error);
	return output_problem(app->out,
			      &(struct problem){ .status = r == -ENOMEM ? STATUS_FAILED
									: STATUS_USAGE,
						 .id = "bad-input",
						 .path = path,
						 .err = r == -EINVAL || r == -EFBIG ? 0 : -r },
			      "--input: %s", error ? error : "out of memory");
}

/* Size, ranges and align; memory that has an address is asked for there. */
static int set_layout(struct daxfs_request *request, const struct input_device *device)
{
	if (device->has_align)
		daxfs_request_set_align(request, device->align);
	if (device->n_mappings)
		return daxfs_request_set_ranges(request, device->mappings, device->n_mappings);
	if (device->has_size)
		daxfs_request_set_size(request, device->size);
	return 0;
}

enum status document_request(struct app *app, const struct switch_args *args,
			     const struct input_device *device, struct daxfs_request **ret_request)
{
	_cleanup_(daxfs_request_freep) struct daxfs_request *request = NULL;
	struct switch_args wanted = *args;

	*ret_request = NULL;
	if (device->has_size && device->size == 0) {
		if (app->verbose)
			output_note(app->out, "%s: idle, of size 0: left out", device->chardev);
		return STATUS_OK;
	}
	if (!wanted.has_mode && device->has_mode) {
		wanted.has_mode = true;
		wanted.mode = device->mode;
	}
	/* The library's words say what is wrong with ranges; here is memory only to fail. */
	if (switch_make_request(app, &wanted, &request) < 0 || set_layout(request, device) < 0)
		return lib_error(app, -ENOMEM);
	*ret_request = TAKE_PTR(request);
	return STATUS_OK;
}
