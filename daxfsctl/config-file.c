// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files by inih, which is told nothing of their names and is silent about much: lines that are too
 * long, continued ones, what follows a title, titles without keys. So it gets its lines from here,
 * where these are looked at, and counted.
 */
#include <dirent.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <string.h>

#include "cleanup.h"
#include "config-keys.h"
#include "dlopen.h"
#include "file.h"

DLOPEN_NOTE(inih, "config", "Read the configuration", "libinih.so.1");

#define SIZE_LIMIT (1 << 20)

/* inih cuts a longer title: MAX_SECTION of ini.c. */
#define TITLE_MAX 49

#define MATCH_KEYS ((1U << CONFIG_MODE) - 1)

struct parser {
	struct config *config;
	const char *file;
	enum config_dialect dialect;
	const char *text; /* what was not read yet */
	const char *end;
	unsigned int line;	 /* the one that was read last */
	unsigned int title_line; /* of a title no key of which has come; 0: there is none */
	bool in_section;	 /* the last section of the configuration is under way */
	enum config_title title; /* of which kind it is */
	int r;			 /* the first error */
	unsigned int error_line;
	char *error;
};

/* Remembers the first error there is. */
__attribute__((format(printf, 4, 5))) static int fail(struct parser *parser, int r,
						      unsigned int line, const char *format, ...)
{
	_cleanup_free_ char *words = NULL;
	va_list args;
	int n;

	if (parser->r < 0)
		return parser->r;
	parser->r = r;
	parser->error_line = line;
	va_start(args, format);
	n = vasprintf(&words, format, args);
	va_end(args);
	if (n < 0)
		words = NULL;
	if (!words || asprintf(&parser->error, "%s:%u: %s", parser->file, line, words) < 0) {
		parser->error = NULL;
		parser->r = -ENOMEM;
	}
	return parser->r;
}

static int no_memory(struct parser *parser)
{
	if (parser->r == 0)
		parser->r = -ENOMEM;
	return parser->r;
}

/* Sections. */

static void section_done(struct config_section *section)
{
	free(section->file);
	free(section->title);
	free(section->name);
	free(section->uuid);
	free(section->cxl_region);
}

static struct config_section *last_section(struct config *config)
{
	return &config->sections[config->n_sections - 1];
}

static const struct config_section *find_title(const struct config *config, const char *title)
{
	for (size_t i = 0; i < config->n_sections; i++)
		if (strcmp(config->sections[i].title, title) == 0)
			return &config->sections[i];
	return NULL;
}

static int add_section(struct parser *parser, const char *title)
{
	struct config *config = parser->config;
	struct config_section section = { .line = parser->title_line, .online = true };
	struct config_section *sections;

	section.movable = true;
	section.file = strdup(parser->file);
	section.title = strdup(title);
	sections = reallocarray(config->sections, config->n_sections + 1, sizeof(*sections));
	if (sections)
		config->sections = sections;
	if (!section.file || !section.title || !sections) {
		section_done(&section);
		return no_memory(parser);
	}
	sections[config->n_sections++] = section;
	parser->in_section = true;
	return 0;
}

static int begin_section(struct parser *parser, const char *title)
{
	const struct config_section *same = find_title(parser->config, title);

	parser->title = config_title_of(title);
	if (parser->title == CONFIG_TITLE_DEVICE && parser->dialect == CONFIG_DAXCTL)
		parser->title = CONFIG_TITLE_OTHER;
	if (parser->title == CONFIG_TITLE_OTHER && parser->dialect == CONFIG_DAXCTL)
		return 0;
	if (parser->title == CONFIG_TITLE_OTHER)
		return fail(parser, -EINVAL, parser->title_line,
			    "[%s]: unknown section; there are [device NAME] and "
			    "[reconfigure-device NAME]",
			    title);
	if (same)
		return fail(parser, -EINVAL, parser->title_line, "[%s]: is at %s:%u already", title,
			    same->file, same->line);
	return add_section(parser, title);
}

/* What a section of ours asks has to make sense; daxctl lets pass whatever it is. */
static int check_wishes(struct parser *parser, const struct config_section *section)
{
	bool is_ram = config_has(section, CONFIG_MODE) && section->mode == DAXFS_MODE_SYSTEM_RAM;

	if (!config_has(section, CONFIG_MODE) && !config_has(section, CONFIG_ALIGN))
		return fail(parser, -EINVAL, section->line, "[%s]: neither mode nor align is given",
			    section->title);
	if (!is_ram && (config_has(section, CONFIG_ONLINE) || config_has(section, CONFIG_MOVABLE)))
		return fail(parser, -EINVAL, section->line,
			    "[%s]: online and movable go with mode = system-ram only",
			    section->title);
	if (!section->online && config_has(section, CONFIG_MOVABLE))
		return fail(parser, -EINVAL, section->line,
			    "[%s]: movable says nothing of memory that stays offline",
			    section->title);
	return 0;
}

/* The end of a section, if there is one. */
static int finish_section(struct parser *parser)
{
	struct config_section *section;

	if (parser->title_line && parser->dialect == CONFIG_OURS)
		return fail(parser, -EINVAL, parser->title_line, "a section without keys");
	if (!parser->in_section)
		return 0;
	parser->in_section = false;
	section = last_section(parser->config);
	/* It would match every device. */
	if (!(section->given & MATCH_KEYS))
		return fail(parser, -EINVAL, section->line, "[%s]: does not say which device",
			    section->title);
	if (parser->title == CONFIG_TITLE_DEVICE)
		return check_wishes(parser, section);
	if (!config_has(section, CONFIG_MODE)) {
		section->mode = DAXFS_MODE_SYSTEM_RAM; /* daxctl's default */
		section->given |= 1U << CONFIG_MODE;
	}
	return 0;
}

/* What inih asks for, and tells. */

/* Whether @line is a title; false after an error, too. */
static bool read_title(struct parser *parser, const char *line, size_t length)
{
	const char *bracket = memchr(line, ']', length), *end = line + length, *rest;

	if (length == 0 || line[0] != '[')
		return false;
	finish_section(parser);
	if (!bracket) {
		fail(parser, -EINVAL, parser->line, "']' is missing");
		return false;
	}
	for (rest = bracket + 1; rest < end && strchr(" \t\r", *rest);)
		rest++;
	if (rest < end && !strchr(";#", *rest))
		fail(parser, -EINVAL, parser->line, "something behind the title");
	if (bracket - line - 1 > TITLE_MAX)
		fail(parser, -EINVAL, parser->line, "a title of more than %d characters",
		     TITLE_MAX);
	parser->title_line = parser->line;
	return true;
}

/* The next line without what inih makes much of: blanks in front would continue the value before. */
static const char *cut_line(struct parser *parser, size_t *ret_length)
{
	const char *line = parser->text;
	const char *newline = memchr(line, '\n', parser->end - line);
	const char *end = newline ? newline : parser->end;

	parser->text = newline ? newline + 1 : parser->end;
	if (parser->line++ == 0 && end - line >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0)
		line += 3;
	while (line < end && strchr(" \t\r\v\f", *line) && *line)
		line++;
	*ret_length = end - line;
	return line;
}

static char *next_line(char *buf, int size, void *userdata)
{
	struct parser *parser = userdata;
	const char *line;
	size_t length;

	if (parser->r < 0 || parser->text == parser->end)
		return NULL;
	line = cut_line(parser, &length);
	if (memchr(line, '\0', length))
		fail(parser, -EINVAL, parser->line, "a NUL: this is no text");
	else if (length + 2 > (size_t)size)
		fail(parser, -EINVAL, parser->line, "a line of more than %d characters", size - 2);
	else
		read_title(parser, line, length);
	if (parser->r < 0)
		return NULL;
	memcpy(buf, line, length);
	buf[length] = '\n';
	buf[length + 1] = '\0';
	return buf;
}

static int set_key(struct parser *parser, const char *key, const char *value)
{
	const char *expected = NULL;
	int r;

	r = config_set(last_section(parser->config), parser->title, key, value, &expected);
	switch (r) {
	case 0:
		return 0;
	case -ENOMEM:
		return no_memory(parser);
	case -ENOENT:
		return fail(parser, -EINVAL, parser->line, "unknown key '%s'", key);
	case -EEXIST:
		return fail(parser, -EINVAL, parser->line, "'%s' is given twice", key);
	default:
		return fail(parser, -EINVAL, parser->line, "%s = '%s': is not %s", key, value,
			    expected);
	}
}

/* Returns 0 for an error, as inih wants it. */
static int take_key(void *userdata, const char *section, const char *key, const char *value)
{
	struct parser *parser = userdata;

	if (parser->r < 0)
		return 0;
	if (parser->title_line) {
		begin_section(parser, section);
		parser->title_line = 0;
	} else if (!*section) {
		fail(parser, -EINVAL, parser->line, "a key before the first section");
	}
	if (parser->r == 0 && parser->in_section)
		set_key(parser, key, value);
	return parser->r == 0;
}

typedef __typeof__(&ini_parse_stream) parse_fn;

static int load_inih(struct parser *parser, parse_fn *ret_parse)
{
	const struct dlopen_symbol symbols[] = { { "ini_parse_stream", (void **)ret_parse } };
	const char *reason = dlopen_find("libinih.so.1", symbols, 1);

	if (!reason)
		return 0;
	parser->r = -ELIBACC;
	if (asprintf(&parser->error, "libinih.so.1 cannot be used: %s", reason) < 0) {
		parser->error = NULL;
		parser->r = -ENOMEM;
	}
	return parser->r;
}

static int parse_text(struct parser *parser)
{
	parse_fn parse = NULL;
	int line;

	if (load_inih(parser, &parse) < 0)
		return parser->r;
	line = parse(next_line, parser, take_key, parser);
	if (line > 0 && (parser->r == 0 || (unsigned int)line < parser->error_line)) {
		free(TAKE_PTR(parser->error));
		parser->r = 0;
		return fail(parser, -EINVAL, line, "neither a section nor KEY = VALUE");
	}
	if (line < 0)
		no_memory(parser);
	return parser->r < 0 ? parser->r : finish_section(parser);
}

/* Configurations. */

struct config *config_new(void)
{
	return calloc(1, sizeof(struct config));
}

/* Takes sections off the end until @n are left. */
static void cut_sections(struct config *config, size_t n)
{
	while (config->n_sections > n)
		section_done(&config->sections[--config->n_sections]);
}

struct config *config_free(struct config *config)
{
	if (!config)
		return NULL;
	cut_sections(config, 0);
	free(config->sections);
	free(config);
	return NULL;
}

int config_parse(struct config *config, const char *file, enum config_dialect dialect,
		 const char *text, size_t length, char **ret_error)
{
	struct parser parser = {
		.config = config,
		.file = file,
		.dialect = dialect,
		.text = text,
		.end = text + length,
	};
	size_t n = config->n_sections;
	int r;

	r = parse_text(&parser);
	*ret_error = parser.error;
	/* Half a file is none. */
	if (r < 0)
		cut_sections(config, n);
	return r;
}

static int read_file(struct config *config, const char *dir, int dir_fd, const char *name,
		     enum config_dialect dialect, char **ret_error)
{
	_cleanup_free_ char *path = NULL, *text = NULL;
	size_t length = 0;
	int r;

	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = file_read(dir_fd, name, SIZE_LIMIT, &text, &length);
	if (r < 0) {
		if (asprintf(ret_error, "%s: %s", path, file_strerror(r)) < 0)
			*ret_error = NULL;
		return r;
	}
	return config_parse(config, path, dialect, text, length, ret_error);
}

static int is_config(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot && strcmp(dot, ".conf") == 0;
}

int config_read_directory(struct config *config, const char *dir, enum config_dialect dialect,
			  char **ret_error)
{
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **entries = NULL;
	int n, r = 0;

	*ret_error = NULL;
	if (fd < 0 && errno == ENOENT)
		return 0;
	n = fd < 0 ? -1 : scandirat(fd, ".", &entries, is_config, alphasort);
	if (n < 0) {
		r = -errno;
		if (asprintf(ret_error, "%s: %s", dir, strerror(-r)) < 0)
			*ret_error = NULL;
		return r;
	}
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = read_file(config, dir, fd, entries[i]->d_name, dialect, ret_error);
		free(entries[i]);
	}
	free(entries);
	return r;
}
