// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a CXL memory device has on its list of poison. The kernel asks for the list when something is
 * written to its trigger_poison_list, and tells each entry by the tracepoint cxl_poison, in the process
 * that wrote. So that is listened to for this process alone, by perf_event_open(): nobody else's tracing
 * is touched, and nothing is left when this process is killed.
 */
#include <linux/perf_event.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "cxl.h"
#include "file-error.h"
#include "sysfs.h"
#include "text-file.h"

#define EVENT "events/cxl/cxl_poison"
/* For two thousand entries or so; a power of two, and whole pages. */
#define RING_SIZE (512 << 10)

/* CXL_POISON_FLAG_OVERFLOW: the device had no room for all that it found */
#define FLAG_OVERFLOW 2

enum { FIELD_DPA, FIELD_LENGTH, FIELD_FLAGS, N_FIELDS };

static const char *const field_names[N_FIELDS] = {
	[FIELD_DPA] = "dpa",
	[FIELD_LENGTH] = "dpa_length",
	[FIELD_FLAGS] = "flags",
};

struct listener {
	uint64_t id;
	struct trace_field fields[N_FIELDS];
	int fd;
	uint8_t *map;
	size_t page_size;
};

struct list {
	struct cxl_poison *poison;
	size_t n;
	bool is_whole;
};

/* ---- the text of `format`: "	field:u64 dpa;	offset:40;	size:8;	signed:0;" */

static bool number_after(const char *line, const char *key, size_t *ret_value)
{
	const char *at = strstr(line, key);
	char *end;

	if (!at)
		return false;
	at += strlen(key);
	*ret_value = strtoul(at, &end, 10);
	return end != at && *end == ';' && *ret_value < 4096;
}

int trace_find_field(FILE *format, const char *name, struct trace_field *ret_field)
{
	_cleanup_free_ char *line = NULL;
	struct trace_field field;
	size_t size = 0;

	while (getline(&line, &size, format) > 0) {
		char *key = strstr(line, "field:"), *end = key ? strchr(key, ';') : NULL;
		char *blank;

		if (!end)
			continue;
		*end = '\0';
		blank = strrchr(key, ' ');
		if (!blank || strcmp(blank + 1, name) != 0)
			continue;
		if (!number_after(end + 1, "offset:", &field.offset) ||
		    !number_after(end + 1, "size:", &field.size))
			return -ENOENT;
		*ret_field = field;
		return 0;
	}
	return -ENOENT;
}

int trace_read_field(const uint8_t *event, size_t size, const struct trace_field *field,
		     uint64_t *ret_value)
{
	union {
		uint8_t u8;
		uint16_t u16;
		uint32_t u32;
		uint64_t u64;
	} value;

	if (field->size > sizeof(value) || field->offset > size ||
	    field->size > size - field->offset)
		return -EBADMSG;
	memcpy(&value, event + field->offset, field->size);
	switch (field->size) {
	case 1:
		*ret_value = value.u8;
		return 0;
	case 2:
		*ret_value = value.u16;
		return 0;
	case 4:
		*ret_value = value.u32;
		return 0;
	case 8:
		*ret_value = value.u64;
		return 0;
	default:
		return -EBADMSG;
	}
}

/* ---- listening */

static void listener_done(struct listener *listener)
{
	if (listener->map)
		munmap(listener->map, listener->page_size + RING_SIZE);
	if (listener->fd >= 0)
		close(listener->fd);
}

/* Opens file @name of the tracepoint, where tracefs is or, below debugfs, was. */
static int open_event(const struct daxfs_ctx *ctx, const char *name, FILE **ret_file)
{
	char path[128];
	int r;

	snprintf(path, sizeof(path), "kernel/tracing/" EVENT "/%s", name);
	r = text_file_open(ctx->sysfs_root, path, ret_file);
	if (r != -ENOENT)
		return r;
	snprintf(path, sizeof(path), "kernel/debug/tracing/" EVENT "/%s", name);
	return text_file_open(ctx->sysfs_root, path, ret_file);
}

static int read_event(const struct daxfs_ctx *ctx, struct listener *listener)
{
	_cleanup_fclose_ FILE *id = NULL, *format = NULL;
	char text[32];
	int r;

	r = open_event(ctx, "id", &id);
	if (r < 0)
		return r;
	if (!fgets(text, sizeof(text), id))
		return -EBADMSG;
	text[strcspn(text, "\n")] = '\0';
	r = parse_u64(text, 10, &listener->id);
	if (r == 0)
		r = open_event(ctx, "format", &format);
	for (size_t i = 0; i < N_FIELDS && r == 0; i++) {
		rewind(format);
		r = trace_find_field(format, field_names[i], &listener->fields[i]);
	}
	return r;
}

static int listen_to(struct listener *listener)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = listener->id,
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_RAW,
	};
	size_t length = listener->page_size + RING_SIZE;
	void *map;

	listener->fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (listener->fd < 0)
		return -errno;
	map = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, listener->fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	listener->map = map;
	return 0;
}

static int add(struct list *list, const struct listener *listener, const uint8_t *event,
	       size_t size)
{
	uint64_t values[N_FIELDS];
	struct cxl_poison *more;
	int r = 0;

	for (size_t i = 0; i < N_FIELDS && r == 0; i++)
		r = trace_read_field(event, size, &listener->fields[i], &values[i]);
	if (r < 0)
		return r;
	more = reallocarray(list->poison, list->n + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	list->poison = more;
	more[list->n++] = (struct cxl_poison){ values[FIELD_DPA], values[FIELD_LENGTH] };
	if (values[FIELD_FLAGS] & FLAG_OVERFLOW)
		list->is_whole = false;
	return 0;
}

/* A record is its header, for a sample the event's size in 32 bits, and the event. */
static int take_record(struct list *list, const struct listener *listener, const uint8_t *record,
		       const struct perf_event_header *header)
{
	uint32_t size;

	if (header->type == PERF_RECORD_LOST)
		list->is_whole = false;
	if (header->type != PERF_RECORD_SAMPLE)
		return 0;
	if (header->size < sizeof(*header) + sizeof(size))
		return -EBADMSG;
	memcpy(&size, record + sizeof(*header), sizeof(size));
	if (size > header->size - sizeof(*header) - sizeof(size))
		return -EBADMSG;
	return add(list, listener, record + sizeof(*header) + sizeof(size), size);
}

/* Copies @n bytes of the ring from @at on, which may go over its end. */
static void copy_out(const struct listener *listener, uint64_t at, void *to, size_t n)
{
	const uint8_t *ring = listener->map + listener->page_size;
	size_t from = at % RING_SIZE;
	size_t first = n < RING_SIZE - from ? n : RING_SIZE - from;

	memcpy(to, ring + from, first);
	memcpy((uint8_t *)to + first, ring, n - first);
}

static int take_records(struct list *list, const struct listener *listener)
{
	const struct perf_event_mmap_page *page = (const void *)listener->map;
	uint64_t head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE), at = 0;
	_cleanup_free_ uint8_t *record = malloc(UINT16_MAX + 1);
	int r = 0;

	if (!record)
		return -ENOMEM;
	/* What the ring has no more room for is lost, and told with the next one that fits. */
	if (head + listener->page_size > RING_SIZE)
		list->is_whole = false;
	while (at < head && r == 0) {
		struct perf_event_header header;

		copy_out(listener, at, &header, sizeof(header));
		if (header.size < sizeof(header))
			return -EBADMSG;
		copy_out(listener, at, record, header.size);
		r = take_record(list, listener, record, &header);
		at += header.size;
	}
	return r;
}

int cxl_read_list(struct daxfs_ctx *ctx, const char *memdev, struct cxl_poison **ret_poison,
		  size_t *ret_n, bool *ret_is_whole)
{
	_cleanup_(listener_done) struct listener listener = { .fd = -1,
							      .page_size = sysconf(_SC_PAGESIZE) };
	struct list list = { .is_whole = true };
	char path[128];
	int r;

	r = ctx->recorded ? -EROFS : read_event(ctx, &listener);
	if (r == 0)
		r = listen_to(&listener);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "bus/cxl/devices/%s/trigger_poison_list", memdev);
	r = sysfs_write(ctx, path, "1");
	if (r == 0)
		r = take_records(&list, &listener);
	if (r < 0) {
		free(list.poison);
		return r;
	}
	*ret_poison = list.poison;
	*ret_n = list.n;
	*ret_is_whole = list.is_whole;
	return 0;
}
