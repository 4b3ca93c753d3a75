// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What was injected, as RUN_DIR/poison:
 *
 *	daxfsctl-poison 1
 *	boot 0c6b23a2-...
 *	page 0x100005000 4096 hwpoison dax0.0
 *	end
 *
 * By physical address, for that is what stays when devices are made anew. After a reboot the kernel
 * knows of no page any more, and neither does the record.
 */
#include <inttypes.h>
#include <string.h>

#include "lock.h"
#include "poison.h"

#define MAGIC "daxfsctl-poison 1"
#define FILE_NAME "poison"
/* Some ten thousand entries; neighbours are one. */
#define RECORD_MAX (1 << 20)

void poison_record_done(struct poison_record *record)
{
	free(record->entries);
	*record = (struct poison_record){};
}

static uint64_t last_of(const struct poison_entry *entry)
{
	return entry->address + entry->length - 1;
}

static int insert(struct poison_record *record, size_t index, const struct poison_entry *entry)
{
	struct poison_entry *more;

	more = reallocarray(record->entries, record->n + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	record->entries = more;
	memmove(&more[index + 1], &more[index], (record->n - index) * sizeof(*more));
	more[index] = *entry;
	record->n++;
	return 0;
}

static void drop(struct poison_record *record, size_t index)
{
	record->n--;
	memmove(&record->entries[index], &record->entries[index + 1],
		(record->n - index) * sizeof(*record->entries));
}

/* What is left of entry @i on both sides; *ret_next is the first one that was not looked at. */
static int cut(struct poison_record *record, size_t i, uint64_t address, uint64_t last,
	       size_t *ret_next)
{
	struct poison_entry head = record->entries[i], tail = record->entries[i];
	uint64_t end = last_of(&head);
	int r = 0;

	drop(record, i);
	if (head.address < address) {
		head.length = address - head.address;
		r = insert(record, i, &head);
		i++;
	}
	if (r == 0 && end > last) {
		tail.address = last + 1;
		tail.length = end - last;
		r = insert(record, i, &tail);
		i++;
	}
	*ret_next = i;
	return r;
}

int poison_record_remove(struct poison_record *record, uint64_t address, uint64_t length)
{
	uint64_t last = address + length - 1;
	size_t i = 0;
	int r = 0;

	while (i < record->n && r == 0) {
		const struct poison_entry *entry = &record->entries[i];

		if (last_of(entry) < address || entry->address > last)
			i++;
		else
			r = cut(record, i, address, last, &i);
	}
	return r;
}

bool poison_record_has(const struct poison_record *record, uint64_t address, uint64_t length)
{
	for (size_t i = 0; i < record->n; i++)
		if (record->entries[i].address <= address + length - 1 &&
		    last_of(&record->entries[i]) >= address)
			return true;
	return false;
}

static bool continues(const struct poison_entry *a, const struct poison_entry *b)
{
	return last_of(a) + 1 == b->address && a->method == b->method &&
	       strcmp(a->device, b->device) == 0;
}

int poison_record_add(struct poison_record *record, const struct poison_entry *entry)
{
	size_t i = 0;
	int r;

	r = poison_record_remove(record, entry->address, entry->length);
	if (r < 0)
		return r;
	while (i < record->n && record->entries[i].address < entry->address)
		i++;
	r = insert(record, i, entry);
	if (r < 0)
		return r;
	if (i + 1 < record->n && continues(&record->entries[i], &record->entries[i + 1])) {
		record->entries[i].length += record->entries[i + 1].length;
		drop(record, i + 1);
	}
	if (i > 0 && continues(&record->entries[i - 1], &record->entries[i])) {
		record->entries[i - 1].length += record->entries[i].length;
		drop(record, i);
	}
	return 0;
}

int poison_record_format(const struct poison_record *record, char **ret_text)
{
	_cleanup_fclose_ FILE *f = NULL;
	char *text = NULL;
	size_t size;

	f = open_memstream(&text, &size);
	if (!f)
		return -ENOMEM;
	fprintf(f, MAGIC "\nboot %s\n", record->boot_id);
	for (size_t i = 0; i < record->n; i++)
		fprintf(f, "page 0x%" PRIx64 " %" PRIu64 " %s %s\n", record->entries[i].address,
			record->entries[i].length,
			daxfs_poison_method_to_string(record->entries[i].method),
			record->entries[i].device);
	fprintf(f, "end\n");
	if (ferror(f) | fclose(TAKE_PTR(f)) || !text) {
		free(text);
		return -ENOMEM;
	}
	*ret_text = text;
	return 0;
}

/* The words after "page". */
static int parse_entry(char **save, struct poison_entry *ret_entry)
{
	const char *address = strtok_r(NULL, " ", save);
	const char *length = strtok_r(NULL, " ", save);
	const char *method = strtok_r(NULL, " ", save);
	const char *device = strtok_r(NULL, " ", save);
	struct poison_entry entry = {};
	uint64_t end;

	if (!address || !length || !method || !device || strtok_r(NULL, " ", save) ||
	    parse_u64(address, 0, &entry.address) < 0 || parse_u64(length, 10, &entry.length) < 0 ||
	    entry.length == 0 || __builtin_add_overflow(entry.address, entry.length - 1, &end) ||
	    daxfs_poison_method_from_string(method, &entry.method) < 0 ||
	    entry.method == DAXFS_POISON_AUTO || daxfs_parse_device_name(device, NULL, NULL) < 0 ||
	    strlen(device) >= DEVICE_NAME_MAX)
		return -EBADMSG;
	memcpy(entry.device, device, strlen(device) + 1);
	*ret_entry = entry;
	return 0;
}

/* "boot ID", with nothing in the ID that ends a line or a word. */
static int parse_boot(const char *line, struct poison_record *record)
{
	static const char key[] = "boot ";
	const char *id = line + strlen(key);

	if (strncmp(line, key, strlen(key)) != 0 || !*id || strlen(id) >= sizeof(record->boot_id) ||
	    strchr(id, ' '))
		return -EBADMSG;
	strcpy(record->boot_id, id);
	return 0;
}

/* Every line after the first two; true when it is the last one. */
static int parse_line(char *line, struct poison_record *record, bool *ret_end)
{
	struct poison_entry entry;
	char *save = NULL;
	const char *key;
	int r;

	*ret_end = strcmp(line, "end") == 0;
	if (*ret_end)
		return 0;
	key = strtok_r(line, " ", &save);
	if (!key || strcmp(key, "page") != 0)
		return -EBADMSG;
	r = parse_entry(&save, &entry);
	return r < 0 ? r : poison_record_add(record, &entry);
}

/* The next line of *text, which is moved past it; NULL without one that is whole. */
static char *next_line(char **text)
{
	char *line = *text, *newline = strchr(line, '\n');

	if (!newline)
		return NULL;
	*newline = '\0';
	*text = newline + 1;
	return line;
}

int poison_record_parse(const char *text, struct poison_record *ret_record)
{
	_cleanup_(poison_record_done) struct poison_record record = {};
	_cleanup_free_ char *copy = strdup(text);
	char *rest = copy, *line;
	bool ended = false;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	line = next_line(&rest);
	if (!line || strcmp(line, MAGIC) != 0)
		return -EBADMSG;
	line = next_line(&rest);
	r = line ? parse_boot(line, &record) : -EBADMSG;
	while (r == 0 && !ended) {
		line = next_line(&rest);
		r = line ? parse_line(line, &record, &ended) : -EBADMSG;
	}
	if (r < 0)
		return r;
	if (*rest)
		return -EBADMSG;
	*ret_record = record;
	record = (struct poison_record){};
	return 0;
}

/* ---- the file */

static int read_file(int dir_fd, struct poison_record *ret_record)
{
	_cleanup_free_ char *text = NULL;
	int r;

	r = run_file_load(dir_fd, FILE_NAME, RECORD_MAX, &text);
	return r < 0 ? r : poison_record_parse(text, ret_record);
}

int poison_record_read(struct daxfs_ctx *ctx, struct poison_record *ret_record)
{
	_cleanup_(poison_record_done) struct poison_record record = {};
	_cleanup_close_ int dir = -1;
	char boot_id[BOOT_ID_SIZE];
	int r;

	if (ctx->recorded)
		return -ENODATA;
	r = run_dir_open(ctx, false, &dir);
	if (r == 0)
		r = read_file(dir, &record);
	if (r == -ENOENT)
		r = 0;
	if (r < 0)
		return r;
	r = run_read_boot_id(ctx, boot_id, sizeof(boot_id));
	if (r < 0)
		return r;
	if (strcmp(record.boot_id, boot_id) != 0) {
		poison_record_done(&record);
		strcpy(record.boot_id, boot_id);
	}
	*ret_record = record;
	record = (struct poison_record){};
	return 0;
}

static int write_file(struct daxfs_ctx *ctx, const struct poison_record *record)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int dir = -1;
	int r;

	r = poison_record_format(record, &text);
	if (r == 0)
		r = run_dir_open(ctx, true, &dir);
	if (r < 0)
		return r;
	if (record->n == 0)
		return unlinkat(dir, FILE_NAME, 0) < 0 && errno != ENOENT ? -errno : 0;
	/* What is too long to be read again must not be written. */
	return strlen(text) < RECORD_MAX ? run_file_write(dir, FILE_NAME, text) : -EFBIG;
}

static int fail(struct daxfs_ctx *ctx, const char *what, int r)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/" FILE_NAME, ctx->run_dir) < 0)
		path = NULL;
	return daxfs_fail(ctx, r,
			  &(struct failure){ .id = "poison-record",
					     .step = "record",
					     .path = path,
					     .err = -r,
					     .hint = r == -EBADMSG
							     ? "it is damaged; remove it, and "
							       "with it what it knows"
							     : NULL },
			  "cannot %s the record of poison, %s", what, path ? path : FILE_NAME);
}

int poison_record_note(struct daxfs_ctx *ctx, const struct poison_entry *entry)
{
	_cleanup_(poison_record_done) struct poison_record record = {};
	int r;

	r = poison_record_read(ctx, &record);
	if (r < 0)
		return fail(ctx, "read", r);
	r = poison_record_add(&record, entry);
	if (r == 0)
		r = write_file(ctx, &record);
	return r < 0 ? fail(ctx, "write", r) : 0;
}

int poison_record_forget(struct daxfs_ctx *ctx, const struct daxfs_range *ranges, size_t n_ranges)
{
	_cleanup_(poison_record_done) struct poison_record record = {};
	int r;

	r = poison_record_read(ctx, &record);
	if (r < 0)
		return fail(ctx, "read", r);
	if (record.n == 0)
		return 0;
	for (size_t i = 0; i < n_ranges && r == 0; i++)
		r = poison_record_remove(&record, ranges[i].start, range_length(&ranges[i]));
	if (r == 0)
		r = write_file(ctx, &record);
	return r < 0 ? fail(ctx, "write", r) : 0;
}
