/*
 * Every field of every example, broken in every way its row forbids: wrong JSON type, null, missing, unknown word, unknown
 * member, out of bounds, bad values of its type, text that reads otherwise than it is stored, too few, too many, twice. The rows
 * say what to try, so a new field is tested as soon as an example has it (test_examples.c demands one).
 */
#include <dirent.h>

#include "record/check.h"
#include "record/edit.h"
#include "tap.h"

struct tally {
	const char *name;
	struct buf text;
	int tried, failed;
};

/* Parse the example with ${edits}; expect ${code} and, unless NULL, a complaint about ${path}. */
static void
expect(struct tally *t, const char *edits, int code, const char *path)
{
	struct buf b = { 0 };
	struct arena a = { 0 };
	struct record r;
	struct err e = { 0 };
	bool made = edit_text(&b, (const char *)t->text.data, t->text.len, edits);
	int rc = made ? record_parse(&a, b.data, b.len, &r, &e) : OK;

	t->tried++;
	if (!made || rc != code || (path != NULL && strncmp(e.text, path, strlen(path)) != 0)) {
		t->failed++;
		printf("#   %s with %.300s: %s: %s\n#   wanted %s at %s\n", t->name, edits, made ? err_name(rc) : "edit failed",
		    e.text, err_name(code), path);
	}
	if (code != OK && rc == code && (r.root != NULL || r.body != NULL || r.kind != KIND_NONE)) {
		t->failed++;
		printf("#   %s with %s: a refused record is half filled\n", t->name, edits);
	}
	arena_free(&a);
	buf_free(&b);
}

static void
replaced(struct tally *t, const char *path, const char *json, int code)
{
	struct buf edits = { 0 };

	buf_fmt(&edits, "%s=%s", path, json);
	expect(t, buf_cstr(&edits), code, path);
	buf_free(&edits);
}

/* Values that their type refuses. */
static const struct { enum field_type type; const char *json; } bad_values[] = {
	{ FT_CODE, "\"\"" }, { FT_CODE, "\"KZ\"" }, { FT_CODE, "\"-kz\"" }, { FT_CODE, "\"k z\"" },
	{ FT_CODE, "\"abcdefghijklmnopqrstuvwxyzabcdefg\"" }, { FT_CODE, "\"\xc3\xa9\"" },
	{ FT_TOKEN, "\"\"" }, { FT_TOKEN, "\".x\"" }, { FT_TOKEN, "\"a b\"" }, { FT_TOKEN, "\"a/b\"" },
	{ FT_LANG, "\"\"" }, { FT_LANG, "\"RU\"" }, { FT_LANG, "\"r\"" }, { FT_LANG, "\"ru-\"" }, { FT_LANG, "\"ru--x\"" },
	{ FT_LANG, "\"russ\"" }, { FT_LANG, "\"ru_RU\"" },
	{ FT_COUNTRY, "\"\"" }, { FT_COUNTRY, "\"KA\"" }, { FT_COUNTRY, "\"KAZA\"" }, { FT_COUNTRY, "\"kaz\"" },
	{ FT_COUNTRY, "\"K1Z\"" },
	{ FT_CURRENCY, "\"\"" }, { FT_CURRENCY, "\"KA\"" }, { FT_CURRENCY, "\"KAZA\"" }, { FT_CURRENCY, "\"kaz\"" },
	{ FT_CURRENCY, "\"K1Z\"" },
	{ FT_URL, "\"\"" }, { FT_URL, "\"ftp://x\"" }, { FT_URL, "\"https://\"" }, { FT_URL, "\"https://a b\"" },
	{ FT_URL, "\"https://a<b\"" }, { FT_URL, "\"javascript:x\"" }, { FT_URL, "\"https://\xd0\xb0\"" },
	{ FT_DEC, "\"\"" }, { FT_DEC, "\"-1\"" }, { FT_DEC, "\"1.\"" }, { FT_DEC, "\".5\"" }, { FT_DEC, "\"01\"" },
	{ FT_DEC, "\"1e3\"" }, { FT_DEC, "\"+1\"" }, { FT_DEC, "\"1,5\"" }, { FT_DEC, "1.5" }, { FT_DEC, "1" },
	{ FT_DEC, "\"1234567890123456\"" }, { FT_DEC, "\"1.1234567890\"" },
	{ FT_SDEC, "\"\"" }, { FT_SDEC, "\"-0\"" }, { FT_SDEC, "\"-0.0\"" }, { FT_SDEC, "\"--1\"" }, { FT_SDEC, "\"1e3\"" },
	{ FT_SDEC, "\"NaN\"" }, { FT_SDEC, "1.5" },
	{ FT_LON, "\"180.000000001\"" }, { FT_LON, "\"-181\"" }, { FT_LON, "\"071\"" }, { FT_LON, "\"71,1\"" },
	{ FT_LON, "71.1" }, { FT_LON, "\"71.1E\"" },
	{ FT_LAT, "\"90.000000001\"" }, { FT_LAT, "\"-91\"" }, { FT_LAT, "\"100\"" }, { FT_LAT, "40.2" },
	{ FT_INST, "\"\"" }, { FT_INST, "\"2018-05-28\"" }, { FT_INST, "\"2018-05-28T09:00:00\"" },
	{ FT_INST, "\"2018-05-28 09:00:00Z\"" }, { FT_INST, "\"2018-05-28T24:00:00Z\"" },
	{ FT_INST, "\"2018-05-28T09:00:60Z\"" }, { FT_INST, "\"2018-05-28T09:00:00-00:00\"" },
	{ FT_INST, "\"2018-02-30T09:00:00Z\"" }, { FT_INST, "\"2018-05-28T09:00:00.0000Z\"" },
	{ FT_INST, "\"2018-05-28T09:00:00+5\"" },
	{ FT_DATE, "\"\"" }, { FT_DATE, "\"2018-5-28\"" }, { FT_DATE, "\"2018-02-29\"" }, { FT_DATE, "\"2018-13-01\"" },
	{ FT_DATE, "\"0000-01-01\"" }, { FT_DATE, "\"28.05.2018\"" }, { FT_DATE, "\"2018-05\"" },
	{ FT_PDATE, "\"\"" }, { FT_PDATE, "\"18\"" }, { FT_PDATE, "\"2018-00\"" }, { FT_PDATE, "\"2018-13\"" },
	{ FT_PDATE, "\"2018-02-29\"" }, { FT_PDATE, "\"2018-05-28T00:00:00Z\"" },
	{ FT_MOMENT, "\"\"" }, { FT_MOMENT, "\"2018-13\"" }, { FT_MOMENT, "\"2018-05-28T00:00\"" },
	{ FT_MOMENT, "\"2018-05-28T00:00:00\"" },
	{ FT_HHMM, "\"8:00\"" }, { FT_HHMM, "\"24:01\"" }, { FT_HHMM, "\"23:60\"" }, { FT_HHMM, "\"0800\"" },
	{ FT_REF, "\"\"" }, { FT_REF, "\"0163a5\"" }, { FT_REF, "\"0163a5b8e41c7d2f8a3b5c6d7e8f9a0b@0\"" },
	{ FT_REF, "\"0163a5b8e41c7d2f8a3b5c6d7e8f9a0b@\"" }, { FT_REF, "\"0163A5b8e41c7d2f8a3b5c6d7e8f9a0b\"" },
	{ FT_REF, "\"0163a5b8e41c7d2f8a3b5c6d7e8f9a0b@01\"" }, { FT_REF, "\"0163a5b8e41c7d2f8a3b5c6d7e8f9a0b@4294967296\"" },
	{ FT_ID, "\"\"" }, { FT_ID, "\"0163a5b8e41c7d2f8a3b5c6d7e8f9a0\"" }, { FT_ID, "\"0163A5b8e41c7d2f8a3b5c6d7e8f9a0b\"" },
	{ FT_HASH, "\"\"" }, { FT_HASH, "\"0163a5b8e41c7d2f8a3b5c6d7e8f9a0\"" },
	{ FT_HASH, "\"0163A5b8e41c7d2f8a3b5c6d7e8f9a0b\"" },
	{ FT_RANGE, "[1]" }, { FT_RANGE, "[2,1]" }, { FT_RANGE, "[-1,1]" }, { FT_RANGE, "[1,2,3]" }, { FT_RANGE, "[\"1\",2]" },
	{ FT_RANGE, "[1,1.5]" },
	{ FT_HANDLING, "{\"H3\":\"\"}" }, { FT_HANDLING, "{\"H3\":1}" }, { FT_HANDLING, "{\"H0\":\"x\"}" },
	{ FT_HANDLING, "\"H3\"" }, { FT_HANDLING, "{\"H3\":\"x\",\"H1\":\"y\"}" }, { FT_HANDLING, "{}" },
	{ FT_TEXT, "\"\"" }, { FT_TEXT, "\"a\\u202eb\"" }, { FT_TEXT, "\"a\\u2066b\"" }, { FT_TEXT, "\"a\\u0007b\"" },
	{ FT_TEXT, "\"a\\u0085b\"" }, { FT_TEXT, "\"\\ufdd0\"" }, { FT_TEXT, "\"\\u2069\"" },
	{ FT_LINE, "\"\"" }, { FT_LINE, "\"a\\nb\"" }, { FT_LINE, "\"a\\tb\"" }, { FT_LINE, "\"a\\u202eb\"" },
	{ FT_LINE, "\"a\\u007fb\"" },
};

static void
try_text_bound(struct tally *t, const struct field *f, const char *path)
{
	struct buf v = { 0 };

	buf_byte(&v, '"');
	for (int64_t i = 0; i <= f->max; i++)
		buf_byte(&v, 'x');
	buf_byte(&v, '"');
	replaced(t, path, buf_cstr(&v), ERR_INPUT);
	buf_free(&v);
}

/* One value (a field's own, or an element of its list) at ${path}. */
static void
try_value(struct tally *t, const struct field *f, const char *path)
{
	char number[32];

	replaced(t, path, "null", ERR_INPUT);
	replaced(t, path, f->type == FT_INT || f->type == FT_BOOL ? "\"x\"" : "17", ERR_INPUT);
	replaced(t, path, f->type == FT_RANGE ? "{}" : "[]", ERR_INPUT);
	for (size_t i = 0; i < sizeof bad_values / sizeof bad_values[0]; i++)
		if (bad_values[i].type == f->type)
			replaced(t, path, bad_values[i].json, ERR_INPUT);
	if (f->type == FT_WORD || f->type == FT_STATE || f->type == FT_HANDLING) {
		replaced(t, path, "\"ZZZ_NO_SUCH\"", ERR_UNKNOWN);
		replaced(t, path, "\"\"", ERR_UNKNOWN);
	}
	if (f->type == FT_HANDLING)
		replaced(t, path, "{\"H7\":\"x\"}", ERR_UNKNOWN);
	if (f->type == FT_INT && strcmp(path, "diwan") != 0) {
		snprintf(number, sizeof number, "%lld", (long long)f->min - 1);
		replaced(t, path, number, ERR_INPUT);
		snprintf(number, sizeof number, "%lld", (long long)f->max + (f->max < JSON_SAFE_INT));
		if (f->max < JSON_SAFE_INT)
			replaced(t, path, number, ERR_INPUT);
		replaced(t, path, "1.0", ERR_INPUT);
	}
	if (f->type == FT_TEXT || f->type == FT_LINE)
		try_text_bound(t, f, path);
}

static void
try_list(struct tally *t, const struct field *f, const struct json *list, const char *path)
{
	struct buf twice = { 0 };
	char element[220];

	replaced(t, path, "{}", ERR_INPUT);
	replaced(t, path, "null", ERR_INPUT);
	if (f->least > 0)
		replaced(t, path, "[]", ERR_INPUT);
	if (list->count == 0)
		return;
	snprintf(element, sizeof element, "%s[0]", path);
	try_value(t, f, element);
	if (f->shape == SHAPE_SET && list->child->type == JSON_STRING) {
		buf_fmt(&twice, "[\"%.*s\",\"%.*s\"]", (int)list->child->len, list->child->str,
		    (int)list->child->len, list->child->str);
		replaced(t, path, buf_cstr(&twice), ERR_INPUT);
		buf_free(&twice);
	}
}

static void
try_struct(struct tally *t, enum struct_id s, const struct json *o, const char *path)
{
	unsigned hint = 0;
	char inner[200], edit[240];

	snprintf(inner, sizeof inner, "%s%szzz", path, path[0] ? "." : "");
	replaced(t, inner, "1", ERR_UNKNOWN);
	for (const struct json *j = o->child; j != NULL; j = j->next) {
		const struct field *f = tables_find_field(s, j->key, j->key_len, &hint);
		unsigned i = 0;

		snprintf(inner, sizeof inner, "%s%s%.*s", path, path[0] ? "." : "", (int)j->key_len, j->key);
		snprintf(edit, sizeof edit, "-%s", inner);
		if (f->need == MUST)
			expect(t, edit, ERR_INPUT, inner);
		if (f->shape == SHAPE_ONE)
			try_value(t, f, inner);
		else
			try_list(t, f, j, inner);
		if (f->type == FT_BODY)
			try_struct(t, tables_kind[kind_from(json_get(o, "kind")->str, json_get(o, "kind")->len)].body, j, inner);
		if (f->type != FT_STRUCT)
			continue;
		if (f->shape == SHAPE_ONE)
			try_struct(t, f->arg, j, inner);
		for (const struct json *k = j->child; f->shape != SHAPE_ONE && k != NULL; k = k->next, i++) {
			snprintf(edit, sizeof edit, "%s[%u]", inner, i);
			try_struct(t, f->arg, k, edit);
		}
	}
}

static void
test_example(const char *file)
{
	struct tally t = { .name = file };
	struct arena a = { 0 };
	struct record r;
	struct err e = { 0 };
	char name[64];

	snprintf(name, sizeof name, "%.*s", (int)(strlen(file) - 5), file);
	t.text = edit_example(name);
	if (record_parse(&a, t.text.data, t.text.len, &r, &e) == OK)
		try_struct(&t, S_ENVELOPE, r.root, "");
	ok(t.tried > 50 && t.failed == 0, "%s broken in %d ways", file, t.tried);
	arena_free(&a);
	buf_free(&t.text);
}

/* Values at the edge that each type takes. */
static void
test_good(void)
{
	static const struct { enum field_type type; const char *json; } good[] = {
		{ FT_CODE, "\"0\"" }, { FT_CODE, "\"abcdefghijklmnopqrstuvwxyz-01234\"" }, { FT_TOKEN, "\"B-1.x_2\"" },
		{ FT_LANG, "\"ru\"" },
		{ FT_LANG, "\"uz-Cyrl-UZ\"" }, { FT_LANG, "\"es-419\"" }, { FT_URL, "\"http://a\"" }, { FT_DEC, "\"0\"" },
		{ FT_DEC, "\"0.000000001\"" },
		{ FT_DEC, "\"999999999999999.999999999\"" }, { FT_SDEC, "\"-12.50\"" }, { FT_LON, "\"-180\"" },
		{ FT_LON, "\"180.000000000\"" },
		{ FT_LAT, "\"90\"" }, { FT_INST, "\"2018-05-28T09:00:00.123-11:30\"" }, { FT_DATE, "\"2016-02-29\"" },
		{ FT_PDATE, "\"0001\"" },
		{ FT_PDATE, "\"2018-12\"" }, { FT_MOMENT, "\"9999-12-31\"" }, { FT_MOMENT, "\"2018-05-28T09:00:00Z\"" },
		{ FT_HHMM, "\"24:00\"" },
		{ FT_REF, "\"0163a5b8e41c7d2f8a3b5c6d7e8f9a0b\"" }, { FT_REF, "\"0163a5b8e41c7d2f8a3b5c6d7e8f9a0b@2147483647\"" },
		{ FT_RANGE, "[0,0]" }, { FT_RANGE, "[5,9007199254740991]" }, { FT_HANDLING, "\"H2\"" },
		{ FT_HANDLING, "{\"H3\":\"a\\nb\"}" },
		{ FT_TEXT, "\"a\\tb\\nc\"" }, { FT_TEXT, "\"\\u2067\xd9\x82\\u2069 x \\u200f\"" }, { FT_LINE, "\"\xd0\xaf\"" },
	};
	static const struct json_limits limits = { 4096, 8, 64 };

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		struct field f = { .type = (uint8_t)good[i].type, .max = 64 };
		struct arena a = { 0 };
		struct json *j = NULL;
		struct slot slot = { 0 };
		const char *why = "";

		ok(json_parse(&a, good[i].json, strlen(good[i].json), &limits, &j, NULL) == OK &&
		    types_check(&f, j, &slot, &why) == OK, "%s takes %s", tables_type[good[i].type].name, good[i].json);
		arena_free(&a);
	}
}

/* Long sets are checked by sorting. */
static void
test_long_set(void)
{
	struct tally t = { .name = "meeting", .text = edit_example("meeting") };
	struct buf list = { 0 };

	buf_str(&list, "body.participants=[");
	for (int i = 0; i < 200; i++)
		buf_fmt(&list, "%s\"m%d\"", i ? "," : "", (i * 37) % 200);
	expect(&t, (buf_str(&list, "]"), buf_cstr(&list)), OK, NULL);
	list.len--;
	buf_str(&list, ",\"m150\"]");
	expect(&t, buf_cstr(&list), ERR_INPUT, "body.participants: holds \"m150\" twice");
	is(t.failed, 0, "a set of 200 codes: taken once each, refused with one twice");
	buf_free(&list);
	buf_free(&t.text);
}

int
main(void)
{
	struct dirent **names;
	int n = scandir("tests/record/examples", &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.')
			test_example(names[i]->d_name);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	test_good();
	test_long_set();
	return tap_done();
}
