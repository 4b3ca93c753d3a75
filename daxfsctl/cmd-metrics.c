// SPDX-License-Identifier: GPL-2.0-only
/* metrics: devices for Prometheus, by the textfile collector of its node exporter. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"
#include "metrics.h"
#include "output.h"
#include "select.h"

static const struct opt opts[] = {
	{ "output", 'o', "FILE", "where it goes, all at once; without it, to standard output" }, {}
};

struct gathering {
	struct app *app;
	struct daxfs_device **devices;
	struct daxfs_region **regions;
	size_t n_devices, n_regions, n_unreadable;
};

static void gathering_done(struct gathering *gathering)
{
	for (size_t i = 0; i < gathering->n_devices; i++)
		daxfs_device_unref(gathering->devices[i]);
	for (size_t i = 0; i < gathering->n_regions; i++)
		daxfs_region_unref(gathering->regions[i]);
	free(gathering->devices);
	free(gathering->regions);
}

/* ---- what there is */

/* Picks are in order, so that a region is new when it is not that of the last device. */
static enum status gather_region(struct gathering *gathering, const char *device, unsigned int id)
{
	struct daxfs_region *region;
	int r;

	if (gathering->n_regions > 0 &&
	    daxfs_region_get_id(gathering->regions[gathering->n_regions - 1]) == id)
		return STATUS_OK;
	r = daxfs_region_new(gathering->app->ctx, device, &region);
	if (r == -ENODEV) /* has gone meanwhile */
		return STATUS_OK;
	if (r < 0) {
		gathering->n_unreadable++;
		return lib_error(gathering->app, r);
	}
	gathering->regions[gathering->n_regions++] = region;
	return STATUS_OK;
}

static enum status gather_device(struct gathering *gathering, const struct selection *selection,
				 const struct pick *pick)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	enum status status;

	status = select_read(gathering->app, pick, METRICS_SECTIONS, &device);
	gathering->n_unreadable += status != STATUS_OK;
	if (!device)
		return status;
	status = status_merge(status, gather_region(gathering, daxfs_device_get_name(device),
						    pick->region));
	if (!select_skips(gathering->app, selection, pick, device))
		gathering->devices[gathering->n_devices++] = TAKE_PTR(device);
	return status;
}

static enum status gather(struct gathering *gathering)
{
	const struct selection all = { .scope = SELECT_ALL };
	_cleanup_free_ struct pick *picks = NULL;
	enum status status;
	size_t n = 0;

	daxfs_ctx_set_keep_users(gathering->app->ctx, true);
	status = select_picks(gathering->app, &all, &picks, &n);
	if (n == 0)
		return status;
	gathering->devices = calloc(n, sizeof(*gathering->devices));
	gathering->regions = calloc(n, sizeof(*gathering->regions));
	if (!gathering->devices || !gathering->regions)
		return lib_error(gathering->app, -ENOMEM);
	for (size_t i = 0; i < n; i++)
		status = status_merge(status, gather_device(gathering, &all, &picks[i]));
	return status;
}

/* ---- where it goes */

static void print(FILE *f, const struct gathering *gathering)
{
	const struct metrics metrics = {
		.devices = (const struct daxfs_device *const *)gathering->devices,
		.n_devices = gathering->n_devices,
		.regions = (const struct daxfs_region *const *)gathering->regions,
		.n_regions = gathering->n_regions,
		.n_unreadable = gathering->n_unreadable,
	};

	metrics_print(f, &metrics);
}

static int write_all(const struct gathering *gathering, int fd)
{
	_cleanup_fclose_ FILE *f = fdopen(fd, "w");

	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	print(f, gathering);
	/* The collector is another user. */
	if (fchmod(fd, 0644) < 0 || fflush(f) != 0)
		return -errno;
	return fclose(TAKE_PTR(f)) != 0 ? -errno : 0;
}

/* Who reads @path sees all of the last time or all of this time: it is put there by its name. */
static enum status replace_file(const struct gathering *gathering, const char *path)
{
	_cleanup_free_ char *temporary = NULL;
	int fd, r;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
		temporary = NULL;
		return lib_error(gathering->app, -ENOMEM);
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return output_not_written(gathering->app->out, "the metrics to", path, -errno);
	r = write_all(gathering, fd);
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r == 0)
		return STATUS_OK;
	unlink(temporary);
	return output_not_written(gathering->app->out, "the metrics to", path, r);
}

static enum status run(struct app *app, int argc, char **argv)
{
	_cleanup_(gathering_done) struct gathering gathering = { .app = app };
	const char *path = NULL;
	enum status status;
	int key;

	while ((key = app_getopt(app, app->cmd, argc, argv)) != OPT_END) {
		if (key == OPT_STOP)
			return app->stop_status;
		path = optarg; /* the one option there is */
	}
	if (optind < argc)
		return usage_error(app, "unexpected argument '%s'", argv[optind]);
	if (app->json)
		return usage_error(app, "metrics are the text of Prometheus: --json is of 'list'");
	if (geteuid() != 0)
		output_note(app->out, "only root can tell users, poison, memory and journals");
	status = gather(&gathering);
	if (path)
		return status_merge(status, replace_file(&gathering, path));
	print(stdout, &gathering);
	return status;
}

const struct cmd cmd_metrics = {
	.name = "metrics",
	.summary = "print metrics for Prometheus",
	.about =
		"Mode, state, size, memory blocks, users, poison and journals of all devices, in the text\n"
		"format of Prometheus, as the textfile collector of its node exporter reads it.",
	.opts = opts,
	.run = run,
};
