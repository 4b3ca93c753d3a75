// SPDX-License-Identifier: GPL-2.0-only
/* Options: one table each for the program and its commands, one parser for all. */
#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "cmd.h"
#include "output.h"

/* Room for the options of one command and the global ones together. */
#define OPTS_MAX 64

enum {
	KEY_JSON = OPT_GLOBAL,
	KEY_SYSROOT,
	KEY_COMPAT,
	KEY_LOCK_TIMEOUT,
	KEY_YES,
	KEY_VERSION,
};

const struct opt global_opts[] = {
	{ "json", KEY_JSON, NULL, "print one JSON document" },
	{ "verbose", 'v', NULL, "say more" },
	{ "human", 'u', NULL, "sizes for people, in tables; JSON always has bytes" },
	{ "sysroot", KEY_SYSROOT, "DIR", "read a recorded tree in place of this machine" },
	{ "compat", KEY_COMPAT, "TOOL", "daxctl: take arguments and print results as daxctl does" },
	{ "lock-timeout", KEY_LOCK_TIMEOUT, "SEC", "wait so long for another switch (default 10)" },
	{ "yes", KEY_YES, NULL, "answer questions with yes" },
	{ "help", 'h', NULL, "show this help" },
	{ "version", KEY_VERSION, NULL, "show the version" },
	{ NULL },
};

static const struct opt no_opts[] = { { NULL } };

/* What getopt_long() wants, made from one or two tables of options. */
struct parser {
	struct option longs[OPTS_MAX + 1];
	char shorts[2 * OPTS_MAX + 3];
	const struct opt *opts[OPTS_MAX];
	size_t n;
};

static void parser_add(struct parser *parser, const struct opt *opts)
{
	char *shorts = parser->shorts + strlen(parser->shorts);

	for (; opts->name && parser->n < OPTS_MAX; opts++) {
		parser->longs[parser->n] = (struct option){
			.name = opts->name,
			.has_arg = opts->arg ? required_argument : no_argument,
			.val = opts->key,
		};
		parser->opts[parser->n++] = opts;
		if (opts->key >= OPT_FIRST)
			continue;
		*shorts++ = opts->key;
		if (opts->arg)
			*shorts++ = ':';
	}
	*shorts = '\0';
}

static const struct opt *find_key(const struct parser *parser, int key)
{
	for (size_t i = 0; i < parser->n; i++)
		if (parser->opts[i]->key == key)
			return parser->opts[i];
	return NULL;
}

static int stop(struct app *app, enum status status)
{
	app->stop_status = status;
	return OPT_STOP;
}

static int unknown_option(struct app *app, const struct parser *parser, const char *word)
{
	size_t length = strcspn(word, "=");
	char name[64] = "";
	struct suggestion suggestion = { .word = name };

	if (length > 2 && length - 2 < sizeof(name))
		memcpy(name, word + 2, length - 2);
	for (size_t i = 0; *name && i < parser->n; i++)
		suggest(&suggestion, parser->opts[i]->name);
	if (suggestion.best)
		return stop(app, usage_error(app, "unknown option '%.*s': did you mean '--%s'?",
					     (int)length, word, suggestion.best));
	return stop(app, usage_error(app, "unknown option '%.*s'", (int)length, word));
}

static int bad_option(struct app *app, const struct parser *parser, int answer, const char *word)
{
	const struct opt *opt = find_key(parser, optopt);
	bool is_long = strncmp(word, "--", 2) == 0;

	if (answer == ':' && opt)
		return stop(app, usage_error(app, "option '--%s' needs an argument: %s", opt->name,
					     opt->arg));
	if (is_long && optopt && opt)
		return stop(app, usage_error(app, "option '--%s' takes no argument", opt->name));
	if (is_long)
		return unknown_option(app, parser, word);
	return stop(app, usage_error(app, "unknown option '-%c'", optopt));
}

/* getopt_long() takes any unique beginning; a script that has one breaks with the next option. */
static bool is_abbreviated(char **argv, const struct option *option)
{
	const char *word = argv[optind - 1];

	if (option->has_arg == required_argument && optarg == word)
		word = argv[optind - 2];
	word += 2;
	return strcspn(word, "=") != strlen(option->name);
}

bool parse_seconds(struct app *app, const char *option, const char *text, unsigned int *ret_ms)
{
	unsigned long ms = 0, unit = 1000;
	const char *s = text;

	for (; isdigit((unsigned char)*s) && ms <= UINT_MAX; s++)
		ms = ms * 10 + (*s - '0') * 1000;
	if (*s == '.' && s > text && isdigit((unsigned char)s[1]))
		for (s++; isdigit((unsigned char)*s); s++)
			ms += (*s - '0') * (unit /= 10);
	if (*s || s == text || ms > INT_MAX) {
		usage_error(app, "--%s: '%s' is not a number of seconds", option, text);
		return false;
	}
	*ret_ms = ms;
	return true;
}

static int global_option(struct app *app, const struct cmd *cmd, int key)
{
	int r;

	switch (key) {
	case 'v':
		app->verbose = true;
		return 0;
	case 'u':
		app->human = true;
		output_be_human(app->out);
		return 0;
	case KEY_COMPAT: /* main() saw it */
		return strcmp(optarg, "daxctl") == 0
			       ? 0
			       : stop(app, usage_error(app,
						       "--compat: '%s' is not daxctl, the one "
						       "that is known",
						       optarg));
	case KEY_JSON: /* main() saw it */
		return 0;
	case KEY_YES:
		app->yes = true;
		return 0;
	case KEY_SYSROOT:
		app->sysroot = optarg;
		r = daxfs_ctx_set_sysroot(app->ctx, optarg);
		return r < 0 ? stop(app, lib_error(app, r)) : 0;
	case KEY_LOCK_TIMEOUT:
		app->has_lock_timeout = true;
		if (!parse_seconds(app, "lock-timeout", optarg, &app->lock_timeout_ms))
			return stop(app, STATUS_USAGE);
		return 0;
	case 'h':
		return stop(app, show_help(app, cmd));
	case KEY_VERSION:
		return stop(app, show_version(app));
	default:
		return key;
	}
}

int app_getopt(struct app *app, const struct cmd *cmd, int argc, char **argv)
{
	struct parser parser = { 0 };
	int key, index;

	/* Before the command's name, options end at the first argument. */
	strcpy(parser.shorts, cmd ? ":" : "+:");
	parser_add(&parser, cmd && cmd->opts ? cmd->opts : no_opts);
	parser_add(&parser, global_opts);
	opterr = 0;
	for (;;) {
		index = -1;
		optopt = 0;
		key = getopt_long(argc, argv, parser.shorts, parser.longs, &index);
		if (key == -1)
			return OPT_END;
		if (key == '?' || key == ':')
			return bad_option(app, &parser, key, argv[optind - 1]);
		if (index >= 0 && !app->compat && is_abbreviated(argv, &parser.longs[index]))
			return unknown_option(app, &parser,
					      argv[optind - 1 - (optarg == argv[optind - 1])]);
		key = global_option(app, cmd, key);
		if (key != 0)
			return key;
	}
}

enum status usage_error(struct app *app, const char *format, ...)
{
	_cleanup_free_ char *message = NULL, *hint = NULL;
	const char *name = app->cmd ? app->cmd->name : NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&message, format, args);
	va_end(args);
	if (n < 0)
		message = NULL;
	if (asprintf(&hint, "see 'daxfsctl %s%s--help'", name ? name : "", name ? " " : "") < 0)
		hint = NULL;
	return output_problem(
		app->out, &(struct problem){ .status = STATUS_USAGE, .id = "usage", .hint = hint },
		"%s", message ? message : "out of memory");
}

enum status lib_error(struct app *app, int r)
{
	const struct daxfs_error *error = daxfs_ctx_get_error(app->ctx);

	/* Without memory there may be no words: then those in the context are of an earlier error. */
	if (error && (r != -ENOMEM || daxfs_error_get_errno(error) == ENOMEM))
		return output_error(app->out, error);
	return output_problem(
		app->out, &(struct problem){ .status = STATUS_FAILED, .id = "failed", .err = -r },
		"cannot go on");
}
