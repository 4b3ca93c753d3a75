// SPDX-License-Identifier: GPL-2.0-only
/* Values of JSON; memory that runs out is marked, and told at the end. */
#include "output-json.h"

#include <string.h>

#include "text.h"

static void init(struct json *json, char open, char close)
{
	json->text = json->first;
	json->room = JSON_FIRST_ROOM;
	json->close = close;
	json->text[0] = open;
	json->length = open != '\0';
}

void json_init_object(struct json *json)
{
	init(json, '{', '}');
}

void json_done(struct json *json)
{
	if (json->text != json->first)
		free(json->text);
}

static struct json *json_new(struct output *out, char open, char close)
{
	struct json *json = malloc(sizeof(*json));

	if (json)
		init(json, open, close);
	else
		out->out_of_memory = true;
	return json;
}

struct json *json_object(struct output *out)
{
	return json_new(out, '{', '}');
}

struct json *json_array(struct output *out)
{
	return json_new(out, '[', ']');
}

struct json *json_free(struct json *json)
{
	if (json)
		json_done(json);
	free(json);
	return NULL;
}

bool json_grow(struct output *out, struct json *json, size_t n)
{
	bool is_first = json->text == json->first;
	size_t room = json->room;
	char *text;

	while (room - json->length <= n)
		room *= 2;
	text = realloc(is_first ? NULL : json->text, room);
	if (!text) {
		out->out_of_memory = true;
		return false;
	}
	if (is_first)
		memcpy(text, json->first, json->length);
	json->text = text;
	json->room = room;
	return true;
}

/* The whole text, to which nothing can be added any more before it is taken back by its length. */
static size_t ended(struct json *json)
{
	if (!json->close)
		return json->length;
	json->text[json->length] = json->close; /* reserve() has left the room */
	return json->length + 1;
}

/* ---- at @to, where there is room; these return the end */

static char *put_escape(char *to, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	static const char special[] = "\b\f\n\r\t\"\\", names[] = "bfnrt\"\\";
	const char *at = strchr(special, c);

	*to++ = '\\';
	if (at) {
		*to++ = names[at - special];
		return to;
	}
	to = mempcpy(to, "u00", 3);
	*to++ = hex[c >> 4];
	*to++ = hex[c & 15];
	return to;
}

/* Neither control characters, nor the quote and the backslash, nor what needs a look at its UTF-8. */
static const bool is_plain[256] = {
	[0x20] = true, [0x21] = true, [0x23 ... 0x5b] = true, [0x5d ... 0x7f] = true
};

char *json_write_text(char *to, const char *text)
{
	*to++ = '"';
	for (;;) {
		size_t length = 0;

		while (is_plain[(unsigned char)text[length]])
			length++;
		to = mempcpy(to, text, length);
		text += length;
		if (!*text)
			break;
		length = text_utf8_length(text);
		if (length == 1)
			to = put_escape(to, *text);
		else if (length > 1)
			to = mempcpy(to, text, length);
		else /* no part of UTF-8 becomes U+FFFD */
			to = mempcpy(to, "\xef\xbf\xbd", 3);
		text += length ? length : 1;
	}
	*to++ = '"';
	return to;
}

static unsigned int count_digits(uint64_t value)
{
	unsigned int n = 1;

	for (uint64_t next = 10; n < JSON_DIGITS_MAX && value >= next; next *= 10)
		n++;
	return n;
}

char *json_write_number(char *to, uint64_t value)
{
	char *end = to + count_digits(value), *p = end;

	/* Two digits for one division */
	for (; value >= 100; value /= 100) {
		unsigned int two = value % 100;

		*--p = '0' + two % 10;
		*--p = '0' + two / 10;
	}
	*--p = '0' + value % 10;
	if (value >= 10)
		*--p = '0' + value / 10;
	return end;
}

/* ---- values */

struct json *json_string(struct output *out, const char *text)
{
	struct json *json = text ? json_new(out, '\0', '\0') : NULL;

	if (!json || !json_reserve(out, json, JSON_ESCAPE_MAX * strlen(text) + 2))
		return json_free(json);
	json_end(json, json_write_text(json->text, text));
	return json;
}

void json_put(struct output *out, struct json *object, const char *key, struct json *value)
{
	if (value)
		json_put_bytes(out, object, key, value->text, ended(value));
	else
		json_put_null(out, object, key);
	json_free(value);
}

void json_append(struct output *out, struct json *array, struct json *value)
{
	json_put(out, array, "", value);
}

/* ---- what is printed */

void json_print(struct json *json)
{
	fwrite_unlocked(json->text, 1, ended(json), stdout);
}

void json_print_members(const struct json *object)
{
	if (json_is_empty(object))
		return;
	putchar(',');
	fwrite(object->text + 1, 1, object->length - 1, stdout);
}

static void new_line(unsigned int depth)
{
	putchar('\n');
	while (depth-- > 0)
		fputs("  ", stdout);
}

/* Prints the string at @text, and returns its length. */
static size_t print_string(const char *text)
{
	size_t i;

	putchar('"');
	for (i = 1; text[i] != '"'; i++) {
		if (text[i] == '/')
			putchar('\\');
		putchar(text[i]);
		if (text[i] == '\\')
			putchar(text[++i]);
	}
	putchar('"');
	return i + 1;
}

void json_print_pretty(struct json *json)
{
	size_t length = ended(json), i = 0;
	unsigned int depth = 0;

	while (i < length) {
		char c = json->text[i];
		bool opens = c == '{' || c == '[', closes = c == '}' || c == ']';

		if (c == '"') {
			i += print_string(&json->text[i]);
			continue;
		}
		depth -= closes;
		if (closes)
			new_line(depth);
		putchar(c);
		i++;
		depth += opens;
		if (c == ',' || (opens && i < length && !strchr("}]", json->text[i])))
			new_line(depth);
	}
}
