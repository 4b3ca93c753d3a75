// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tracepoint.h"

#include <linux/perf_event.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "text-file.h"

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

/* ---- the tracepoint */

/* Opens file @name of it, where tracefs is or, below debugfs, was. */
static int open_file(const struct daxfs_ctx *ctx, const char *event, const char *name,
		     FILE **ret_file)
{
	char path[128];
	int r;

	snprintf(path, sizeof(path), "kernel/tracing/events/%s/%s", event, name);
	r = text_file_open(ctx->sysfs_root, path, ret_file);
	if (r != -ENOENT)
		return r;
	snprintf(path, sizeof(path), "kernel/debug/tracing/events/%s/%s", event, name);
	return text_file_open(ctx->sysfs_root, path, ret_file);
}

int tracepoint_find(const struct daxfs_ctx *ctx, const char *event, const char *const *names,
		    size_t n_names, struct tracepoint *ret_tracepoint)
{
	_cleanup_fclose_ FILE *id = NULL, *format = NULL;
	struct tracepoint tracepoint = { .n_fields = n_names };
	char text[32];
	int r;

	r = open_file(ctx, event, "id", &id);
	if (r < 0)
		return r;
	if (!fgets(text, sizeof(text), id))
		return -EBADMSG;
	text[strcspn(text, "\n")] = '\0';
	r = parse_u64(text, 10, &tracepoint.id);
	if (r == 0)
		r = open_file(ctx, event, "format", &format);
	for (size_t i = 0; i < n_names && r == 0; i++) {
		rewind(format);
		r = trace_find_field(format, names[i], &tracepoint.fields[i]);
	}
	if (r < 0)
		return r;
	*ret_tracepoint = tracepoint;
	return 0;
}

/* ---- its events */

void trace_ring_close(struct trace_ring *ring)
{
	if (!ring->map)
		return;
	munmap(ring->map, ring->page_size + ring->size);
	close(ring->fd);
	ring->map = NULL;
}

int trace_ring_open(const struct tracepoint *tracepoint, int pid, int cpu, size_t size,
		    struct trace_ring *ret_ring)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = tracepoint->id,
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_RAW,
		.wakeup_events = 1,
	};
	struct trace_ring ring = { .page_size = sysconf(_SC_PAGESIZE), .size = size };
	_cleanup_close_ int fd = -1;
	void *map;

	fd = syscall(SYS_perf_event_open, &attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	map = mmap(NULL, ring.page_size + size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	ring.map = map;
	ring.fd = TAKE_FD(fd);
	*ret_ring = ring;
	return 0;
}

static uint64_t head_of(const struct trace_ring *ring)
{
	const struct perf_event_mmap_page *page = (const void *)ring->map;

	return __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
}

bool trace_ring_is_full(const struct trace_ring *ring)
{
	return head_of(ring) - ring->at + ring->page_size > ring->size;
}

/* Copies @n bytes of what comes next, from byte @from of it on; that may go over the ring's end. */
static void copy_out(const struct trace_ring *ring, size_t from, void *to, size_t n)
{
	const uint8_t *data = ring->map + ring->page_size;
	size_t at = (ring->at + from) % ring->size;
	size_t first = n < ring->size - at ? n : ring->size - at;

	memcpy(to, data + at, first);
	memcpy((uint8_t *)to + first, data, n - first);
}

/* A sample is its header, the event's size in 32 bits, and the event. */
static int take_sample(const struct trace_ring *ring, const struct perf_event_header *header,
		       const struct tracepoint *tracepoint, uint64_t *ret_values)
{
	size_t in_front = sizeof(*header) + sizeof(uint32_t);
	_cleanup_free_ uint8_t *event = NULL;
	uint32_t size;
	int r = 0;

	if (header->size < in_front)
		return -EBADMSG;
	copy_out(ring, sizeof(*header), &size, sizeof(size));
	if (size > header->size - in_front)
		return -EBADMSG;
	event = malloc(size + 1);
	if (!event)
		return -ENOMEM;
	copy_out(ring, in_front, event, size);
	for (size_t i = 0; i < tracepoint->n_fields && r == 0; i++)
		r = trace_read_field(event, size, &tracepoint->fields[i], &ret_values[i]);
	return r;
}

int trace_ring_next(struct trace_ring *ring, const struct tracepoint *tracepoint,
		    uint64_t ret_values[TRACE_FIELDS_MAX])
{
	struct perf_event_mmap_page *page = (void *)ring->map;
	int r = -EAGAIN;

	while (r == -EAGAIN && ring->at < head_of(ring)) {
		struct perf_event_header header;

		copy_out(ring, 0, &header, sizeof(header));
		if (header.size < sizeof(header))
			return -EBADMSG;
		if (header.type == PERF_RECORD_LOST)
			r = -ENOBUFS;
		else if (header.type == PERF_RECORD_SAMPLE)
			r = take_sample(ring, &header, tracepoint, ret_values);
		ring->at += header.size;
		/* There is room for more now. */
		__atomic_store_n(&page->data_tail, ring->at, __ATOMIC_RELEASE);
	}
	return r;
}
