// SPDX-License-Identifier: GPL-2.0-only
/* Events as lines: of JSON, or of a table that has no end. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "output-json.h"
#include "text.h"

/* ---- JSON */

static void put_time(struct output *out, struct json *line, uint64_t time_us)
{
	time_t seconds = time_us / 1000000;
	char text[64], whole[32];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(whole, sizeof(whole), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%s.%06uZ", whole, (unsigned int)(time_us % 1000000));
	json_put_string(out, line, "time", text);
}

static void put_devices(struct output *out, struct json *line, const struct daxfs_monitor *monitor)
{
	struct json *devices = json_array(out);
	enum daxfs_mode mode;
	const char *name;

	for (size_t i = 0; daxfs_monitor_get_device(monitor, i, &name, &mode); i++) {
		struct json *device = json_object(out);

		json_put_string(out, device, "chardev", name);
		json_put_string(out, device, "mode", daxfs_mode_to_string(mode));
		json_append(out, devices, device);
	}
	json_put(out, line, "devices", devices);
}

static void put_modes(struct output *out, struct json *line, const struct daxfs_event *event)
{
	if (event->driver) {
		json_put_string(out, line, "driver", event->driver);
		json_put_string(out, line, "mode", daxfs_mode_to_string(event->mode));
	}
	if (event->type != DAXFS_EVENT_ADD)
		json_put_string(out, line, "mode_before", daxfs_mode_to_string(event->mode_before));
}

static void put_failure(struct output *out, struct json *line, const struct daxfs_event *event)
{
	json_put_u64(out, line, "offset", true, event->offset);
	json_put_u64(out, line, "length", true, event->length);
	json_put_string(out, line, "source", daxfs_failure_source_to_string(event->source));
	json_put_u64(out, line, "address", event->has_address, event->address);
}

static void put_event(struct output *out, struct json *line, const struct daxfs_event *event,
		      const struct daxfs_monitor *monitor)
{
	json_put_string(out, line, "event", daxfs_event_type_to_string(event->type));
	if (event->device)
		json_put_string(out, line, "chardev", event->device);
	switch (event->type) {
	case DAXFS_EVENT_RESYNC:
		put_devices(out, line, monitor);
		break;
	case DAXFS_EVENT_FAILURE:
		put_failure(out, line, event);
		break;
	case DAXFS_EVENT_JOURNAL:
		json_put_string(out, line, "journal", event->journal);
		break;
	default:
		put_modes(out, line, event);
	}
	if (event->is_resync)
		json_put_bool(out, line, "resync", true, true);
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void print_json(struct output *out, uint64_t seq, const struct daxfs_event *event,
		       const struct daxfs_monitor *monitor)
{
	_cleanup_json_ struct json *line = json_object(out);

	if (!line)
		return;
	put_time(out, line, event ? event->time_us : now_us());
	json_put_u64(out, line, "seq", true, seq);
	if (event) {
		put_event(out, line, event, monitor);
	} else {
		json_put_string(out, line, "event", "start");
		json_put_bool(out, line, "journals", true, daxfs_monitor_sees_journals(monitor));
		put_devices(out, line, monitor);
	}
	json_print(line);
	putchar('\n');
}

/* ---- text */

static const char *mode_name(enum daxfs_mode mode)
{
	return mode == DAXFS_MODE_NONE ? "no driver" : daxfs_mode_to_string(mode);
}

static void print_detail(const struct daxfs_event *event)
{
	switch (event->type) {
	case DAXFS_EVENT_ADD:
		break;
	case DAXFS_EVENT_REMOVE:
	case DAXFS_EVENT_UNBIND:
		printf("was %s", mode_name(event->mode_before));
		break;
	case DAXFS_EVENT_BIND:
		printf("%s, by ", mode_name(event->mode));
		text_safely(stdout, event->driver);
		break;
	case DAXFS_EVENT_MODE:
		printf("%s -> %s", mode_name(event->mode_before), mode_name(event->mode));
		break;
	case DAXFS_EVENT_FAILURE:
		printf("%s at offset %#" PRIx64, text_size(event->length, false).text,
		       event->offset);
		if (event->has_address)
			printf(", address %#" PRIx64, event->address);
		printf(" (%s)", daxfs_failure_source_to_string(event->source));
		break;
	case DAXFS_EVENT_JOURNAL:
		fputs(event->journal ? event->journal : "gone", stdout);
		break;
	case DAXFS_EVENT_RESYNC:
		fputs("events were lost; looked at all devices", stdout);
		break;
	}
	if (event->is_resync)
		fputs(" (found by looking)", stdout);
}

struct time_text {
	char text[16];
};

static struct time_text time_of_day(uint64_t time_us)
{
	time_t seconds = time_us / 1000000;
	struct time_text time;
	char whole[12];
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(whole, sizeof(whole), "%H:%M:%S", &tm);
	snprintf(time.text, sizeof(time.text), "%s.%03u", whole,
		 (unsigned int)(time_us / 1000 % 1000));
	return time;
}

static void print_text(uint64_t seq, const struct daxfs_event *event)
{
	if (!event) {
		puts("TIME           SEQ EVENT   DEVICE    WHAT");
		printf("%-12s %5" PRIu64 " start   -         from here on nothing is missed",
		       time_of_day(now_us()).text, seq);
	} else {
		printf("%-12s %5" PRIu64 " %-7s %-9s ", time_of_day(event->time_us).text, seq,
		       daxfs_event_type_to_string(event->type),
		       event->device ? event->device : "-");
		print_detail(event);
	}
	putchar('\n');
}

bool output_event(struct output *out, uint64_t seq, const struct daxfs_event *event,
		  const struct daxfs_monitor *monitor)
{
	if (out->json)
		print_json(out, seq, event, monitor);
	else
		print_text(seq, event);
	/* Who reads it is not to wait for the next one. */
	return output_flush(out);
}
