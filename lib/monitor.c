// SPDX-License-Identifier: LGPL-2.1-or-later
/* Events of devices, from three sources: the kernel's uevents, journals, and looks at sysfs. */
#include <string.h>
#include <sys/epoll.h>
#include <syslog.h>

#include "cxl.h"
#include "device.h"
#include "event-table.h"
#include "failure-watch.h"
#include "journal-watch.h"
#include "journal.h"
#include "poison.h"
#include "sysfs.h"
#include "udev.h"

/* How often to look at all devices until no event comes in between. */
#define LOOKS_MAX 10

struct daxfs_monitor {
	struct daxfs_ctx *ctx;
	int epoll_fd;
	struct uevents *uevents;
	struct journal_watch *journals; /* NULL: not for the caller's eyes */
	struct failure_watch *failures; /* NULL: the same, or the kernel does not tell */
	struct event_table table;
	struct queued_event *current; /* that the caller has */
	bool has_lost;
};

DEFINE_CLEANUP(struct daxfs_monitor *, daxfs_monitor_free)

DAXFS_EXPORT struct daxfs_monitor *daxfs_monitor_free(struct daxfs_monitor *monitor)
{
	if (!monitor)
		return NULL;
	journal_watch_free(monitor->journals);
	failure_watch_free(monitor->failures);
	uevents_free(monitor->uevents);
	if (monitor->epoll_fd >= 0)
		close(monitor->epoll_fd);
	event_table_done(&monitor->table);
	free(monitor->current);
	daxfs_ctx_unref(monitor->ctx);
	free(monitor);
	return NULL;
}

/* ---- looks at sysfs */

/*
 * The link to the driver is there before its probe is through, and goes when that fails: in the middle
 * of a switch it does not count. One of `run` has a journal for as long as its command takes.
 */
static bool is_unsettled(struct daxfs_ctx *ctx, const char *device)
{
	_cleanup_(journal_freep) struct journal *journal = NULL;

	return journal_read(ctx, device, &journal) == 0 && !journal->held &&
	       journal_is_alive(ctx, journal);
}

/* -ENODEV when the device is gone. */
static int sight(struct daxfs_ctx *ctx, const char *name, struct sighting *ret_sighting)
{
	_cleanup_free_ char *path = NULL, *driver = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	r = device_open(ctx, name, &fd, &path);
	if (r < 0)
		return r;
	r = sysfs_readlink_name(fd, "driver", &driver);
	if (r < 0 && r != -ENOENT)
		return r;
	*ret_sighting = (struct sighting){ .is_unsettled = is_unsettled(ctx, name) };
	snprintf(ret_sighting->device, sizeof(ret_sighting->device), "%s", name);
	snprintf(ret_sighting->driver, sizeof(ret_sighting->driver), "%s", driver ? driver : "");
	return 0;
}

static int sight_all(struct daxfs_ctx *ctx, struct sighting **ret_sightings, size_t *ret_n)
{
	_cleanup_(daxfs_free_namesp) char **names = NULL;
	_cleanup_free_ struct sighting *sightings = NULL;
	size_t n_names = 0, n = 0;
	int r;

	r = daxfs_list_devices(ctx, &names, &n_names);
	if (r < 0)
		return r;
	sightings = calloc(n_names + 1, sizeof(*sightings));
	if (!sightings)
		return -ENOMEM;
	for (size_t i = 0; i < n_names; i++) {
		r = sight(ctx, names[i], &sightings[n]);
		if (r < 0 && r != -ENODEV)
			return r;
		n += r == 0;
	}
	*ret_sightings = TAKE_PTR(sightings);
	*ret_n = n;
	return 0;
}

/* ---- the kernel's events */

/* The next one into the table; -EAGAIN: there is none. */
static int read_uevent(struct daxfs_monitor *monitor)
{
	struct uevent uevent;
	int r = uevents_next(monitor->uevents, &uevent);

	if (r == -ENOBUFS) {
		monitor->has_lost = true;
		return 0;
	}
	/* what libudev cannot make a device of is none of ours, and is behind us */
	if (r == -EINTR || r == -EINVAL || r == -EBADMSG || r == -ENODEV)
		return 0;
	return r < 0 ? r : event_table_uevent(&monitor->table, &uevent);
}

/* All that have come; *ret_n is how many. */
static int drain(struct daxfs_monitor *monitor, size_t *ret_n)
{
	size_t n = 0;
	int r;

	while ((r = read_uevent(monitor)) == 0)
		n++;
	*ret_n = n;
	return r == -EAGAIN ? 0 : r;
}

/* Looks until no event came meanwhile, so that what was seen is what the events end with. */
static int look(struct daxfs_monitor *monitor, struct sighting **ret_sightings, size_t *ret_n)
{
	for (unsigned int i = 1;; i++) {
		_cleanup_free_ struct sighting *sightings = NULL;
		size_t n = 0, n_events = 0;
		int r;

		monitor->has_lost = false;
		r = sight_all(monitor->ctx, &sightings, &n);
		if (r == 0)
			r = drain(monitor, &n_events);
		if (r < 0)
			return r;
		if (n_events > 0 && i < LOOKS_MAX)
			continue;
		*ret_sightings = TAKE_PTR(sightings);
		*ret_n = n;
		return 0;
	}
}

static int look_again(struct daxfs_monitor *monitor)
{
	_cleanup_free_ struct sighting *sightings = NULL;
	size_t n = 0;
	int r;

	log_warning(monitor->ctx, "events were lost: looking at all devices");
	r = look(monitor, &sightings, &n);
	if (r == 0)
		r = event_table_resync(&monitor->table);
	return r < 0 ? r : event_table_see(&monitor->table, sightings, n);
}

/* ---- journals */

/* A switch that was under way when the monitor began is over: what it came to was told, or is seen. */
static int settle(struct daxfs_monitor *monitor, const char *device)
{
	const struct known_device *known = event_table_find(&monitor->table, device);
	struct sighting sighting;

	if (!known || !known->is_unsettled || sight(monitor->ctx, device, &sighting) < 0)
		return 0;
	return event_table_settle(&monitor->table, &sighting);
}

static int read_journals(struct daxfs_monitor *monitor)
{
	struct journal_news news;
	size_t n;
	int r;

	if (!monitor->journals)
		return -EAGAIN;
	r = journal_watch_next(monitor->journals, &news);
	if (r == -EAGAIN || r == -ENOMEM)
		return r;
	if (r < 0) {
		log_warning(monitor->ctx, "%s: cannot be watched any more (%s), ignoring",
			    monitor->ctx->run_dir, strerror(-r));
		monitor->journals = journal_watch_free(monitor->journals);
		return -EAGAIN;
	}
	/* The events of a switch come before its journal goes. */
	r = news.state ? 0 : drain(monitor, &n);
	if (r == 0)
		r = event_table_journal(&monitor->table, news.device, news.state);
	return r == 0 && !news.state ? settle(monitor, news.device) : r;
}

/* ---- memory failures */

/* The pieces of @failure that are in @device. */
static int tell_pieces(struct daxfs_monitor *monitor, struct daxfs_device *device,
		       const struct memory_failure *failure, const struct pieces *pieces)
{
	int r = 0;

	for (size_t i = 0; i < pieces->n && r == 0; i++)
		r = poison_add_physical(device, pieces->ranges[i].start,
					range_length(&pieces->ranges[i]), DAXFS_POISON_RECORD);
	for (size_t i = 0; i < device->n_poison && r == 0; i++)
		r = event_table_failure(&monitor->table, device->name, device->poison[i].offset,
					device->poison[i].length, failure->source);
	return r;
}

/* A memory device of CXL counts bytes of its own: they lie here and there in an interleaved region. */
static int find_pieces(struct daxfs_monitor *monitor, const struct daxfs_device *device,
		       const struct memory_failure *failure, struct pieces *pieces)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	if (failure->source != DAXFS_FAILURE_CXL || device->kind != DAXFS_KIND_CXL)
		return pieces_add(pieces, failure->range.start, range_length(&failure->range));
	r = device_open(monitor->ctx, device->name, &fd, &path);
	return r < 0 ? r : cxl_pieces_of(monitor->ctx, fd, path, &failure->range, pieces);
}

/* A device that has gone has none of it. */
static int tell_device(struct daxfs_monitor *monitor, const char *name,
		       const struct memory_failure *failure)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	_cleanup_(pieces_done) struct pieces pieces = {};
	int r;

	r = daxfs_device_new(monitor->ctx, name, DAXFS_SECTION_MAPPINGS, &device);
	if (r == 0)
		r = find_pieces(monitor, device, failure, &pieces);
	if (r == 0)
		r = tell_pieces(monitor, device, failure, &pieces);
	error_clear(monitor->ctx);
	return r == -ENOMEM ? r : 0;
}

/* Of memory of no device there is nothing to tell. */
static int read_failures(struct daxfs_monitor *monitor)
{
	struct memory_failure failure;
	int r = monitor->failures ? failure_watch_next(monitor->failures, &failure) : -EAGAIN;

	if (r == -ENOBUFS) {
		log_warning(monitor->ctx, "memory failures were lost, ignoring");
		return 0;
	}
	for (size_t i = 0; i < monitor->table.n_devices && r == 0; i++)
		r = tell_device(monitor, monitor->table.devices[i].name, &failure);
	return r;
}

/* ---- all of it */

static int open_sources(struct daxfs_monitor *monitor)
{
	struct epoll_event interest = { .events = EPOLLIN };
	int r;

	monitor->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (monitor->epoll_fd < 0)
		return -errno;
	r = uevents_new(monitor->ctx, &monitor->uevents);
	if (r < 0)
		return r;
	interest.data.fd = uevents_fd(monitor->uevents);
	if (epoll_ctl(monitor->epoll_fd, EPOLL_CTL_ADD, interest.data.fd, &interest) < 0)
		return -errno;
	r = journal_watch_new(monitor->ctx, monitor->epoll_fd, &monitor->journals);
	return r < 0 ? r : failure_watch_new(monitor->ctx, monitor->epoll_fd, &monitor->failures);
}

/* What is there at the beginning is no event. */
static int begin(struct daxfs_monitor *monitor)
{
	_cleanup_free_ struct sighting *sightings = NULL;
	size_t n = 0;
	int r;

	r = open_sources(monitor);
	if (r == 0)
		r = look(monitor, &sightings, &n);
	if (r == 0)
		r = event_table_see(&monitor->table, sightings, n);
	event_table_forget(&monitor->table);
	return r;
}

DAXFS_EXPORT int daxfs_monitor_new(struct daxfs_ctx *ctx, struct daxfs_monitor **ret_monitor)
{
	_cleanup_(daxfs_monitor_freep) struct daxfs_monitor *monitor = NULL;
	int r;

	if (ctx->recorded)
		return daxfs_fail(ctx, -EROFS,
				  &(struct failure){ .class = DAXFS_CLASS_INVALID,
						     .id = "sysroot",
						     .path = ctx->file_root },
				  "%s: nothing happens in a recorded tree", ctx->file_root);
	monitor = calloc(1, sizeof(*monitor));
	if (!monitor)
		return -ENOMEM;
	monitor->ctx = daxfs_ctx_ref(ctx);
	monitor->epoll_fd = -1;
	event_table_init(&monitor->table);
	error_clear(ctx);
	r = begin(monitor);
	if (r < 0 && !ctx->error)
		return daxfs_fail(ctx, r, &(struct failure){ .id = "no-events", .err = -r },
				  "cannot listen for events of devices");
	if (r < 0)
		return r;
	*ret_monitor = TAKE_PTR(monitor);
	return 0;
}

DAXFS_EXPORT int daxfs_monitor_get_fd(const struct daxfs_monitor *monitor)
{
	return monitor->epoll_fd;
}

DAXFS_EXPORT bool daxfs_monitor_sees_journals(const struct daxfs_monitor *monitor)
{
	return monitor->journals;
}

DAXFS_EXPORT bool daxfs_monitor_get_device(const struct daxfs_monitor *monitor, size_t index,
					   const char **ret_name, enum daxfs_mode *ret_mode)
{
	if (index >= monitor->table.n_devices)
		return false;
	*ret_name = monitor->table.devices[index].name;
	*ret_mode = monitor->table.devices[index].mode;
	return true;
}

/* The physical address of a memory failure, for whoever may know it. */
static void find_address(struct daxfs_ctx *ctx, struct daxfs_event *event)
{
	_cleanup_(daxfs_device_unrefp) struct daxfs_device *device = NULL;
	const struct daxfs_range *ranges;
	size_t n;

	if (daxfs_device_new(ctx, event->device, DAXFS_SECTION_MAPPINGS, &device) < 0 ||
	    !daxfs_device_get_ranges(device, &ranges, &n))
		return;
	event->has_address =
		daxfs_ranges_offset_to_phys(ranges, n, event->offset, &event->address, NULL) == 0;
}

static int read_sources(struct daxfs_monitor *monitor)
{
	int r = read_uevent(monitor);

	if (r != -EAGAIN)
		return r;
	/* only now, when all from before the loss was read */
	r = monitor->has_lost ? look_again(monitor) : read_journals(monitor);
	return r == -EAGAIN ? read_failures(monitor) : r;
}

DAXFS_EXPORT int daxfs_monitor_next(struct daxfs_monitor *monitor,
				    const struct daxfs_event **ret_event)
{
	int r;

	free(monitor->current);
	while (!(monitor->current = event_table_take(&monitor->table))) {
		r = read_sources(monitor);
		if (r < 0)
			return r;
	}
	if (monitor->current->event.type == DAXFS_EVENT_FAILURE)
		find_address(monitor->ctx, &monitor->current->event);
	*ret_event = &monitor->current->event;
	return 0;
}
