// SPDX-License-Identifier: GPL-2.0-only
/* list: devices and regions, as a table or as JSON. */
#include <string.h>

#include "cmd.h"
#include "output.h"
#include "select.h"

static enum status run_list(struct app *app, int argc, char **argv)
{
	_cleanup_free_ struct pick *picks = NULL;
	struct selection selection = { .scope = SELECT_ALL };
	enum status status;
	size_t n;

	if (app_getopt(app, &cmd_list, argc, argv) != OPT_END)
		return app->stop_status;
	if (optind < argc)
		selection = (struct selection){
			.scope = SELECT_ARGS,
			.args = argv + optind,
			.n_args = argc - optind,
		};
	status = select_picks(app, &selection, &picks, &n);
	for (size_t i = 0; i < n; i++) {
		_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;

		status = status_merge(status, select_read(app, &picks[i], 0, &device));
		if (!device || select_skips(app, &selection, &picks[i], device))
			continue;
		if (app->json)
			output_device(app->out, device, 0);
		else
			puts(daxfs_device_get_name(device));
	}
	return status;
}

const struct cmd cmd_list = {
	.name = "list",
	.summary = "list devices and regions",
	.args = "[DEVICE...]",
	.run = run_list,
};
