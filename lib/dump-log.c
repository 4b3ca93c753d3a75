// SPDX-License-Identifier: LGPL-2.1-or-later
/* The kernel's messages about DAX, in the form of /dev/kmsg, so that they can be read in its place. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "dump.h"

/* A record of /dev/kmsg, which is handed out whole or not at all. */
#define RECORD_MAX 8192

/* "6,1234,5678,-;text\n DEVICE=+dax:dax0.0\n": what it is about shows in the text or in the device. */
bool dump_wants_message(const char *record)
{
	static const char *const words[] = { "dax",  "famfs",  "nvdimm",	 "pmem",
					     "nd_",  "cxl",    "hmem",		 "kmem",
					     "nfit", "ramdax", "memory failure", "soft reserved" };
	const char *text = strchr(record, ';');

	for (size_t i = 0; text && i < ARRAY_SIZE(words); i++)
		if (strcasestr(text, words[i]))
			return true;
	return false;
}

/* The next record; 0 past the last one. A file has lines. */
static ssize_t next_record(int fd, FILE *file, char *record)
{
	ssize_t n;

	if (file)
		return fgets(record, RECORD_MAX, file) ? (ssize_t)strlen(record) : 0;
	do
		n = read(fd, record, RECORD_MAX - 1);
	while (n < 0 && (errno == EINTR || errno == EPIPE)); /* overwritten meanwhile */
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	record[n] = '\0';
	return n;
}

static int copy_records(struct dump *dump, int fd, FILE *file, FILE *log)
{
	_cleanup_free_ char *record = malloc(RECORD_MAX);
	bool is_wanted = false;
	ssize_t n;

	if (!record)
		return -ENOMEM;
	while ((n = next_record(fd, file, record)) > 0) {
		/* the rest of a record begins with a blank */
		if (record[0] != ' ')
			is_wanted = dump_wants_message(record);
		if (is_wanted)
			fputs(record, log);
	}
	if (n < 0)
		fprintf(dump->unread, "dev/kmsg: %s\n", strerror(-n));
	return fflush(log) == 0 ? 0 : -ENOMEM;
}

int dump_log(struct dump *dump)
{
	_cleanup_free_ char *path = NULL, *text = NULL;
	_cleanup_fclose_ FILE *file = NULL, *log = NULL;
	_cleanup_close_ int fd = -1;
	struct stat st;
	size_t size = 0;
	int r;

	if (asprintf(&path, "%s/kmsg", dump->ctx->dev_root) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		if (errno != ENOENT)
			fprintf(dump->unread, "dev/kmsg: %m\n");
		return 0;
	}
	/* a recorded one is lines: of these, none that are not wanted may come along in a record */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		file = fdopen(fd, "r");
		if (!file)
			return -ENOMEM;
		fd = -1; /* file owns it now */
	}
	log = open_memstream(&text, &size);
	if (!log)
		return -ENOMEM;
	r = copy_records(dump, fd, file, log);
	return r < 0 ? r : tar_add_file(dump->tar, "dev/kmsg", 0600, text, size);
}
