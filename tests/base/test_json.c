/* The strict parser: what it takes, what it refuses and where it says so; the writer: what it writes always parses. */
#include "base/json.h"

#include "tap.h"

static const struct json_limits limits = { 4096, 8, 100 };

static const struct { const char *text; int code; uint32_t byte; const char *says; } bad[] = {
	{ "", ERR_INPUT, 0, "empty" }, { " ", ERR_INPUT, 1, "value" }, { "{", ERR_INPUT, 1, "name" },
	{ "[", ERR_INPUT, 1, "value" },
	{ "[1", ERR_INPUT, 2, "']'" }, { "[1,]", ERR_INPUT, 3, "value" }, { "[,1]", ERR_INPUT, 1, "value" },
	{ "[1 2]", ERR_INPUT, 3, "','" },
	{ "{\"a\"}", ERR_INPUT, 4, "':'" }, { "{\"a\":}", ERR_INPUT, 5, "value" }, { "{\"a\":1,}", ERR_INPUT, 7, "name" },
	{ "{a:1}", ERR_INPUT, 1, "name" }, { "{'a':1}", ERR_INPUT, 1, "name" }, { "1 2", ERR_INPUT, 2, "follows" },
	{ "nul", ERR_INPUT, 0, "value" }, { "True", ERR_INPUT, 0, "value" }, { "nullx", ERR_INPUT, 4, "follows" },
	{ "/**/1", ERR_INPUT, 0, "value" }, { "\xef\xbb\xbf" "1", ERR_INPUT, 0, "value" }, { "\x0c" "1", ERR_INPUT, 0, "value" },
	{ "01", ERR_INPUT, 0, "leading zero" }, { "-", ERR_INPUT, 1, "digit" }, { "+1", ERR_INPUT, 0, "value" },
	{ ".5", ERR_INPUT, 0, "value" },
	{ "1.", ERR_INPUT, 2, "digit" }, { "1e", ERR_INPUT, 2, "digit" }, { "1e+", ERR_INPUT, 3, "digit" },
	{ "-0", ERR_INPUT, 2, "zero" },
	{ "0x10", ERR_INPUT, 1, "follows" }, { "9007199254740992", ERR_INPUT, 16, "2^53" },
	{ "-9007199254740992", ERR_INPUT, 17, "2^53" },
	{ "99999999999999999999999999", ERR_INPUT, 26, "2^53" }, { "NaN", ERR_INPUT, 0, "value" },
	{ "Infinity", ERR_INPUT, 0, "value" },
	{ "\"", ERR_INPUT, 1, "inside a string" }, { "\"\\", ERR_INPUT, 2, "escape" },
	{ "\"\\\"", ERR_INPUT, 3, "inside a string" },
	{ "\"a\nb\"", ERR_INPUT, 2, "control" }, { "\"12345678\nb\"", ERR_INPUT, 9, "control" },
	{ "\"\\x41\"", ERR_INPUT, 1, "escape" },
	{ "\"\\u12\"", ERR_INPUT, 1, "four hex" }, { "\"\\u000g\"", ERR_INPUT, 1, "four hex" },
	{ "\"\\u0000\"", ERR_INPUT, 1, "NUL" },
	{ "\"\\ud800\"", ERR_INPUT, 7, "surrogate" }, { "\"\\udc00\"", ERR_INPUT, 7, "surrogate" },
	{ "\"\\ud800\\u0041\"", ERR_INPUT, 7, "surrogate" },
	{ "\"\\ud800x\"", ERR_INPUT, 7, "surrogate" }, { "\"\xff\"", ERR_INPUT, 1, "UTF-8" },
	{ "\"ab\xc0\x80\"", ERR_INPUT, 3, "UTF-8" },
	{ "\"\xed\xa0\x80\"", ERR_INPUT, 1, "UTF-8" }, { "\"\xf4\x90\x80\x80\"", ERR_INPUT, 1, "UTF-8" },
	{ "\"\xd0\"", ERR_INPUT, 1, "UTF-8" },
	{ "\"e\xcc\x81\"", ERR_INPUT, 1, "normalisation" }, { "\"e\\u0301\"", ERR_INPUT, 1, "normalisation" },
	{ "\"\xe2\x84\xa6\"", ERR_INPUT, 1, "normalisation" }, { "{\"a\":1,\"a\":2}", ERR_INPUT, 7, "duplicate" },
	{ "{\"a\":1,\"\\u0061\":2}", ERR_INPUT, 7, "duplicate" }, { "[{\"\":1,\"\":2}]", ERR_INPUT, 8, "duplicate" },
	{ "[[[[[[[[[1]]]]]]]]]", ERR_LIMIT, 8, "nested" },
};

static void
test_bad(void)
{
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct arena a = { 0 };
		struct err e = { 0 };
		struct json *root = NULL;
		unsigned byte = 0;
		int rc = json_parse(&a, bad[i].text, strlen(bad[i].text), &limits, &root, &e);

		if (!ok(rc == bad[i].code && strstr(e.text, bad[i].says) != NULL && root == NULL, "refuses %zu: %s", i,
		    bad[i].says))
			printf("#   %s\n", e.text);
		if (bad[i].text[0] != '\0' && strstr(e.text, "duplicate") == NULL)
			ok(sscanf(e.text, "byte %u:", &byte) == 1 && byte == bad[i].byte, "%zu: names byte %u (%s)", i,
			    bad[i].byte, e.text);
		arena_free(&a);
	}
}

/* Every beginning of a text is refused, and no end of the buffer is read past (the copy has no room behind it). */
static void
test_cuts(void)
{
	static const char text[] = "{\"k\":[1,-2.5e+3,true,false,null,\"\\ud83d\\ude00 \xd0\xaf\xf0\x9f\x98\x80\\n\"],\"l\":{}}";
	size_t accepted = 0;

	for (size_t n = 0; n <= strlen(text); n++) {
		char *copy = malloc(n + (n == 0));
		struct arena a = { 0 };
		struct json *root;

		if (copy == NULL)
			exit(1);
		memcpy(copy, text, n);
		accepted += json_parse(&a, copy, n, &limits, &root, NULL) == OK;
		arena_free(&a);
		free(copy);
	}
	is(accepted, 1, "only the whole text is accepted");
}

static void
test_tree(void)
{
	static const char text[] = " {\"a\" : [1, -9007199254740991, 2.50, "
	    "\"x\\\"\\/\\b\\f\\n\\r\\t\\u00e9\"], \"b\":{\"c\":null,\"d\":true},\"e\":[],"
	    "\"\\ud83d\\ude00\":\"\xd0\xaf\"} ";
	struct arena a = { 0 };
	struct json *root;
	const struct json *list, *j;

	is(json_parse(&a, text, sizeof text - 1, &limits, &root, NULL), OK, "a text of everything");
	ok(root->type == JSON_OBJECT && root->count == 4 && root->offset == 1 && root->key == NULL && root->next == NULL,
	    "the root");
	list = json_get(root, "a");
	ok(list->type == JSON_ARRAY && list->count == 4 && list->offset == 8, "a list");
	j = list->child;
	ok(j->type == JSON_INT && j->num == 1 && j->len == 1 && j->str[0] == '1', "an integer");
	j = j->next;
	ok(j->type == JSON_INT && j->num == -JSON_SAFE_INT, "the least integer");
	j = j->next;
	ok(j->type == JSON_REAL && j->len == 4 && memcmp(j->str, "2.50", 4) == 0, "a real keeps its digits");
	j = j->next;
	ok(j->len == 10 && memcmp(j->str, "x\"/\b\f\n\r\t\xc3\xa9", 10) == 0 && j->next == NULL, "every escape");
	j = json_get(root, "b");
	ok(json_get(j, "c")->type == JSON_NULL && json_get(j, "d")->type == JSON_TRUE && json_get(j, "d")->next == NULL,
	    "null, true");
	ok(json_get(root, "e")->count == 0 && json_get(root, "e")->child == NULL, "an empty list");
	ok(json_is(json_get(root, "\xf0\x9f\x98\x80"), "\xd0\xaf"), "a name of a surrogate pair");
	ok(json_get(root, "z") == NULL && json_get(NULL, "a") == NULL && json_get(list, "a") == NULL, "nothing there");
	ok(!json_is(NULL, "x") && !json_is(list, "x") && !json_is(json_get(root, "\xf0\x9f\x98\x80"), "\xd0"), "json_is says no");
	arena_free(&a);
}

static void
test_limits(void)
{
	struct buf b = { 0 };
	struct arena a = { 0 };
	struct err e = { 0 };
	struct json *root;

	buf_str(&b, "[0");
	for (int i = 1; i < 100; i++)
		buf_str(&b, ",0");
	buf_str(&b, "]");
	is(json_parse(&a, b.data, b.len, &limits, &root, &e), OK, "100 values");
	b.len--;
	buf_str(&b, ",0]");
	is(json_parse(&a, b.data, b.len, &limits, &root, &e), ERR_LIMIT, "101 values");
	buf_reset(&b);
	for (int i = 0; i < 4095; i++)
		buf_byte(&b, ' ');
	buf_byte(&b, '1');
	is(json_parse(&a, b.data, b.len, &limits, &root, &e), OK, "4096 bytes");
	buf_byte(&b, ' ');
	is(json_parse(&a, b.data, b.len, &limits, &root, &e), ERR_LIMIT, "4097 bytes");
	is(json_parse(&a, "[[[[[[[[]]]]]]]]", 16, &limits, &root, &e), OK, "eight deep");
	arena_free(&a);
	a.max_bytes = 64;
	is(json_parse(&a, "[1,2,3,4]", 9, &limits, &root, &e), ERR_LIMIT, "an arena that is full");
	arena_free(&a);
	buf_free(&b);
}

/* Objects of 2 to 60 members, with one name twice at every pair of places, and with none. */
static void
test_duplicates(void)
{
	static const int sizes[] = { 2, 7, 31, 32, 33, 60 };
	struct err e = { 0 };
	struct json *root;
	int missed = 0, wrong = 0;

	for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
		for (int x = 0; x < sizes[s]; x++)
			for (int y = x; y < sizes[s]; y++) {
				struct buf b = { 0 };
				struct arena a = { 0 };
				int rc;

				for (int i = 0; i < sizes[s]; i++)
					buf_fmt(&b, "%c\"n%d\":%d", i ? ',' : '{', i == y ? x : i, i);
				buf_byte(&b, '}');
				rc = json_parse(&a, b.data, b.len, &limits, &root, &e);
				if (x == y)
					wrong += rc != OK;
				else
					missed += rc != ERR_INPUT;
				arena_free(&a);
				buf_free(&b);
			}
	is(missed, 0, "no duplicate is missed");
	is(wrong, 0, "none is invented");
}

/* A quote, backslash, control or byte that is not ASCII is seen at every place of the eight that are looked at together. */
static void
test_every_place(void)
{
	int wrong = 0;

	for (int at = 0; at < 24; at++)
		for (int c = 0; c < 256; c++) {
			char text[32];
			struct arena a = { 0 };
			struct json *root = NULL;
			int rc, want;

			memset(text, 'x', sizeof text);
			text[0] = text[26] = '"';
			text[1 + at] = (char)c;
			rc = json_parse(&a, text, 27, &limits, &root, NULL);
			want = c < 0x20 || c >= 0x80 || c == '"' || (c == '\\') ? ERR_INPUT : OK;
			wrong += rc != want;
			arena_free(&a);
		}
	is(wrong, 0, "all bytes at all places");
}

static void
test_writer(void)
{
	struct buf b = { 0 };
	struct json_out o = { .b = &b };
	struct arena a = { 0 };
	struct json *root;

	jo_open(&o, NULL, '{');
	jo_str(&o, "s", "a\"\\\n\x7f\xe2\x80\xa8\xff\xd0\xaf");
	jo_strn(&o, "nul", "a\0b", 3);
	jo_str(&o, "none", NULL);
	jo_int(&o, "i", INT64_MIN);
	jo_bool(&o, "t", true);
	jo_bool(&o, "f", false);
	jo_open(&o, "l", '[');
	jo_int(&o, NULL, 1);
	jo_null(&o, NULL);
	jo_raw(&o, NULL, "{\"x\":1}", 7);
	jo_close(&o, ']');
	jo_open(&o, "e", '{');
	jo_close(&o, '}');
	jo_close(&o, '}');
	is_str(buf_cstr(&b),
	    "{\"s\":\"a\\\"\\\\\\u000a\\u007f\\u2028\xef\xbf\xbd\xd0\xaf\",\"nul\":\"a\xef\xbf\xbd" "b\",\"none\":null,"
	    "\"i\":-9223372036854775808,\"t\":true,\"f\":false,\"l\":[1,null,{\"x\":1}],\"e\":{}}",
	    "everything, with commas where due");
	buf_reset(&b);
	o.comma = false;
	jo_open(&o, NULL, '[');
	for (int c = 0; c < 256; c++)
		jo_strn(&o, NULL, (const char[]){ (char)c }, 1);
	jo_close(&o, ']');
	is(json_parse(&a, b.data, b.len, &(struct json_limits){ 65536, 8, 1000 }, &root, NULL), OK,
	    "every byte as a string parses");
	is(root->count, 256, "256 strings");
	arena_free(&a);
	buf_free(&b);
}

int
main(void)
{
	test_bad();
	test_cuts();
	test_tree();
	test_limits();
	test_duplicates();
	test_every_place();
	test_writer();
	return tap_done();
}
