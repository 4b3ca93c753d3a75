// SPDX-License-Identifier: GPL-2.0-only
/* What output-json.c writes is what json-c reads: random documents, made twice, side by side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Ours has a function of that name. */
#define json_object json_c_object
#include <json-c/json.h>
#undef json_object
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "output-json.h"
#include "prng.h"

#define DEPTH_MAX 6
#define ITEMS_MAX 8
#define PIECES_MAX 300

/* A text, and what a reader is to see of it. */
struct sample {
	char text[PIECES_MAX * 4 + 1];
	char seen[PIECES_MAX * 4 + 1];
};

static struct output out;

static char *put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = c;
	} else if (c < 0x800) {
		*to++ = 0xc0 | c >> 6;
		*to++ = 0x80 | (c & 0x3f);
	} else if (c < 0x10000) {
		*to++ = 0xe0 | c >> 12;
		*to++ = 0x80 | (c >> 6 & 0x3f);
		*to++ = 0x80 | (c & 0x3f);
	} else {
		*to++ = 0xf0 | c >> 18;
		*to++ = 0x80 | (c >> 12 & 0x3f);
		*to++ = 0x80 | (c >> 6 & 0x3f);
		*to++ = 0x80 | (c & 0x3f);
	}
	return to;
}

/* Any but NUL, which ends a text, and surrogates, which are no characters. */
static uint32_t random_character(uint64_t *state)
{
	static const char special[] = "\"\\/\b\f\n\r\t\x1b\x7f{}[]:,u";
	uint32_t c;

	switch (prng_below(state, 6)) {
	case 0:
		return 1 + prng_below(state, 0x1f);
	case 1:
		return (unsigned char)special[prng_below(state, sizeof(special) - 1)];
	case 2:
		c = 0x80 + prng_below(state, 0x10ffff - 0x80 + 1);
		return c >= 0xd800 && c <= 0xdfff ? 0xfffd : c;
	case 3:
		return 0x80 + prng_below(state, 0x780);
	default:
		return ' ' + prng_below(state, 95);
	}
}

/* A byte that is no part of UTF-8 wherever it stands between characters. */
static char random_bad_byte(uint64_t *state)
{
	static const unsigned char bad[] = { 0x80, 0xbf, 0xc0, 0xc1, 0xf5, 0xff };

	return bad[prng_below(state, sizeof(bad))];
}

static void make_sample(uint64_t *state, struct sample *sample)
{
	size_t n = prng_below(state, prng_below(state, 10) ? 20 : PIECES_MAX);
	char *text = sample->text, *seen = sample->seen;

	for (size_t i = 0; i < n; i++) {
		if (prng_below(state, 16) == 0) {
			*text++ = random_bad_byte(state);
			seen = put_utf8(seen, 0xfffd);
		} else {
			uint32_t c = random_character(state);

			text = put_utf8(text, c);
			seen = put_utf8(seen, c);
		}
	}
	*text = *seen = '\0';
}

/* Numbers of all lengths, and those around a power of ten or two. */
static uint64_t random_number(uint64_t *state)
{
	uint64_t ten = 1;

	switch (prng_below(state, 4)) {
	case 0:
		for (uint64_t n = prng_below(state, 20); n > 0; n--)
			ten *= 10;
		return ten + prng_below(state, 3) - 1;
	case 1:
		return (UINT64_C(1) << prng_below(state, 64)) + prng_below(state, 3) - 1;
	default:
		return prng_next(state) >> prng_below(state, 64);
	}
}

static int random_int(uint64_t *state)
{
	static const int special[] = { INT_MIN, INT_MIN + 1, -1, 0, 1, INT_MAX };

	if (prng_below(state, 4) == 0)
		return special[prng_below(state, ARRAY_SIZE(special))];
	return (int)(uint32_t)prng_next(state) >> prng_below(state, 31);
}

/* Puts one value of a kind that has no parts, and returns what a reader is to see of it. */
static struct json_c_object *add_plain(uint64_t *state, struct json *json, const char *key)
{
	struct sample sample;
	bool is_known = prng_below(state, 8), truth = prng_below(state, 2);
	uint64_t number = random_number(state);
	int small = random_int(state);

	switch (prng_below(state, 6)) {
	case 0:
		json_put_u64(&out, json, key, is_known, number);
		return is_known ? json_object_new_uint64(number) : NULL;
	case 1:
		json_put_int(&out, json, key, is_known, small);
		return is_known ? json_object_new_int64(small) : NULL;
	case 2:
		json_put_bool(&out, json, key, is_known, truth);
		return is_known ? json_object_new_boolean(truth) : NULL;
	case 3:
		json_put_name(&out, json, key, is_known ? "dax0.0" : NULL);
		return is_known ? json_object_new_string("dax0.0") : NULL;
	case 4:
		make_sample(state, &sample);
		json_put_string(&out, json, key, is_known ? sample.text : NULL);
		return is_known ? json_object_new_string(sample.seen) : NULL;
	default:
		make_sample(state, &sample);
		json_put(&out, json, key, json_string(&out, sample.text));
		return json_object_new_string(sample.seen);
	}
}

static struct json_c_object *fill(uint64_t *state, struct json *json, bool is_array,
				  unsigned int depth);

/* As add_plain(), an array or an object that is full of others. */
static struct json_c_object *add_nested(uint64_t *state, struct json *json, const char *key,
					unsigned int depth)
{
	bool is_array = prng_below(state, 2);
	struct json *inner = is_array ? json_array(&out) : json_object(&out);
	struct json_c_object *seen;

	assert_non_null(inner);
	seen = fill(state, inner, is_array, depth + 1);
	if (*key)
		json_put(&out, json, key, inner);
	else
		json_append(&out, json, inner);
	return seen;
}

static struct json_c_object *fill(uint64_t *state, struct json *json, bool is_array,
				  unsigned int depth)
{
	struct json_c_object *seen = is_array ? json_object_new_array() : json_object_new_object();
	size_t n = prng_below(state, ITEMS_MAX + 1);

	assert_non_null(seen);
	for (size_t i = 0; i < n; i++) {
		bool is_nested = depth < DEPTH_MAX && prng_below(state, 4) == 0;
		struct json_c_object *item;
		char key[sizeof("key18446744073709551615")] = "";

		if (!is_array)
			snprintf(key, sizeof(key), "key%zu", i);
		item = is_nested ? add_nested(state, json, key, depth)
				 : add_plain(state, json, key);
		if (is_array)
			assert_int_equal(json_object_array_add(seen, item), 0);
		else
			assert_int_equal(json_object_object_add(seen, key, item), 0);
	}
	return seen;
}

/* What @print puts on stdout; to be freed. */
static char *printed(void (*print)(struct json *json), struct json *json)
{
	FILE *real = stdout;
	char *text = NULL;
	size_t size;

	stdout = open_memstream(&text, &size);
	assert_non_null(stdout);
	print(json);
	fclose(stdout);
	stdout = real;
	assert_int_equal(strlen(text), size);
	return text;
}

static void require_same(const char *text, struct json_c_object *expected, uint64_t seed)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_c_object *read;

	assert_non_null(tokener);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	read = json_tokener_parse_ex(tokener, text, strlen(text) + 1);
	if (json_tokener_get_error(tokener) != json_tokener_success)
		fail_msg("seed %llu: %s: %s", (unsigned long long)seed,
			 json_tokener_error_desc(json_tokener_get_error(tokener)), text);
	if (!json_object_equal(read, expected))
		fail_msg("seed %llu: %s\nis read as %s\nnot as %s", (unsigned long long)seed, text,
			 json_object_to_json_string(read), json_object_to_json_string(expected));
	json_object_put(read);
	json_tokener_free(tokener);
}

static void a_random_document_is_read_back_as_it_was_meant(void **state)
{
	static void (*const prints[])(struct json * json) = { json_print, json_print_pretty };

	(void)state;
	for (uint64_t seed = 0; seed < N_DOCUMENTS; seed++) {
		uint64_t random = seed;
		bool is_array = seed % 2;
		struct json *json = is_array ? json_array(&out) : json_object(&out);
		struct json_c_object *expected;

		assert_non_null(json);
		expected = fill(&random, json, is_array, 0);
		for (size_t i = 0; i < ARRAY_SIZE(prints); i++) {
			char *text = printed(prints[i], json);

			require_same(text, expected, seed);
			free(text);
		}
		json_object_put(expected);
		json_free(json);
	}
	assert_false(out.out_of_memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_random_document_is_read_back_as_it_was_meant),
	};

	return cmocka_run_group_tests_name("output-json", tests, NULL, NULL);
}
