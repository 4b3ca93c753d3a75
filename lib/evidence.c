// SPDX-License-Identifier: LGPL-2.1-or-later
/* Traces that fixes leave: a text in the file of a module, a symbol of the kernel that runs. */
#include <fcntl.h>
#include <lzma.h>
#include <string.h>
#include <sys/stat.h>

#include "dlopen.h"
#include "doctor.h"
#include "text-file.h"

DLOPEN_NOTE(lzma, "module", "Look into compressed modules", "liblzma.so.5");

/* A module of a driver has some ten KiB, one of ours with debugging information less than this. */
#define FILE_LIMIT (16 << 20)

struct content {
	uint8_t *bytes;
	size_t size;
};

static void content_done(struct content *content)
{
	free(content->bytes);
}

static int read_all(int fd, struct content *content)
{
	size_t used = 0;

	while (used < content->size) {
		ssize_t n = read(fd, content->bytes + used, content->size - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += n;
	}
	content->size = used;
	return 0;
}

static int read_file(const char *path, struct content *ret_content)
{
	_cleanup_(content_done) struct content content = {};
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r;

	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > FILE_LIMIT)
		return -EFBIG;
	content.size = st.st_size;
	content.bytes = malloc(content.size + 1);
	if (!content.bytes)
		return -ENOMEM;
	r = read_all(fd, &content);
	if (r < 0)
		return r;
	*ret_content = content;
	content.bytes = NULL;
	return 0;
}

static enum answer find(const struct content *content, const char *text)
{
	return memmem(content->bytes, content->size, text, strlen(text)) ? ANSWER_YES : ANSWER_NO;
}

int evidence_in_file(const char *path, const char *text, enum answer *ret_answer)
{
	_cleanup_(content_done) struct content content = {};
	int r = read_file(path, &content);

	if (r == 0)
		*ret_answer = find(&content, text);
	return r;
}

/* In one piece: a module is small. */
static int unpack_xz(struct daxfs_ctx *ctx, struct content *content)
{
	__typeof__(&lzma_stream_buffer_decode) decode = NULL;
	const struct dlopen_symbol symbols[] = {
		{ "lzma_stream_buffer_decode", (void **)&decode },
	};
	uint64_t memory_limit = UINT64_C(256) << 20;
	size_t in = 0, out = 0;
	uint8_t *bytes;
	int r;

	r = dlopen_symbols(ctx, "liblzma.so.5", symbols, ARRAY_SIZE(symbols));
	if (r < 0)
		return r;
	bytes = malloc(FILE_LIMIT);
	if (!bytes)
		return -ENOMEM;
	if (decode(&memory_limit, 0, NULL, content->bytes, &in, content->size, bytes, &out,
		   FILE_LIMIT) != LZMA_OK) {
		free(bytes);
		return -EBADMSG;
	}
	free(content->bytes);
	content->bytes = bytes;
	content->size = out;
	return 0;
}

static int unpack(struct daxfs_ctx *ctx, struct content *content)
{
	static const uint8_t elf[] = { 0x7f, 'E', 'L', 'F' };
	static const uint8_t xz[] = { 0xfd, '7', 'z', 'X', 'Z', 0 };

	if (content->size >= sizeof(elf) && memcmp(content->bytes, elf, sizeof(elf)) == 0)
		return 0;
	if (content->size >= sizeof(xz) && memcmp(content->bytes, xz, sizeof(xz)) == 0)
		return unpack_xz(ctx, content);
	return -EOPNOTSUPP;
}

int evidence_in_module(struct daxfs_ctx *ctx, const char *path, const char *const *texts,
		       size_t n_texts, enum answer *ret_answers)
{
	_cleanup_(content_done) struct content content = {};
	int r;

	r = read_file(path, &content);
	if (r == 0)
		r = unpack(ctx, &content);
	for (size_t i = 0; i < n_texts && r == 0; i++)
		ret_answers[i] = find(&content, texts[i]);
	return r;
}

/* "ffffffffc0a01000 t fsdev_kill\t[fsdev_dax]", the address 0 for everybody but root. */
static bool is_symbol(char *line, const char *symbol, const char *module)
{
	char *save = NULL, *name, *in;

	strtok_r(line, " ", &save);
	strtok_r(NULL, " ", &save);
	name = strtok_r(NULL, " \t\n", &save);
	in = strtok_r(NULL, "[]\n", &save);
	if (!name || strcmp(name, symbol) != 0)
		return false;
	return module ? in && strcmp(in, module) == 0 : !in;
}

int evidence_symbol(struct daxfs_ctx *ctx, const char *symbol, const char *module,
		    enum answer *ret_answer)
{
	_cleanup_fclose_ FILE *file = NULL;
	_cleanup_free_ char *line = NULL;
	enum answer answer = ANSWER_UNKNOWN;
	size_t room = 0;
	int r;

	r = text_file_open(ctx->proc_root, "kallsyms", &file);
	if (r < 0)
		return r;
	while (getline(&line, &room, file) >= 0) {
		answer = ANSWER_NO;
		/* Two hundred thousand lines: most of them are none of ours. */
		if (strstr(line, symbol) && is_symbol(line, symbol, module)) {
			answer = ANSWER_YES;
			break;
		}
	}
	*ret_answer = answer;
	return 0;
}
