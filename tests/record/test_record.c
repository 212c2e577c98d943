/* record_parse as a whole: limits, broken text, what outranks what, what ends up in struct record, and that damage is noticed. */
#include "base/text.h"
#include "record/edit.h"
#include "tap.h"

static int
parse(const void *bytes, size_t len, struct record *r, struct err *e)
{
	struct arena a = { 0 };
	int rc;

	*e = (struct err){ 0 };
	rc = record_parse(&a, bytes, len, r, e);
	arena_free(&a);
	return rc;
}

static void
refuses(const struct buf *b, int code, const char *says, const char *name)
{
	struct record r;
	struct err e;
	int rc = parse(b->data, b->len, &r, &e);

	if (!ok(rc == code && strstr(e.text, says) != NULL, "%s", name))
		printf("#   %s: %s\n", err_name(rc), e.text);
}

static void
refuses_edit(const char *example, const char *edits, int code, const char *says, const char *name)
{
	struct buf text = edit_example(example), b = { 0 };

	if (ok(edit_text(&b, (const char *)text.data, text.len, edits), "%s: can be made", name))
		refuses(&b, code, says, name);
	buf_free(&b);
	buf_free(&text);
}

/* Nested lists or many values where facts should be; the JSON limits come before the tables. */
static void
test_limits(void)
{
	struct buf v = { 0 };

	buf_str(&v, "body.facts=");
	for (int i = 0; i < 30; i++)
		buf_byte(&v, '[');
	for (int i = 0; i < 30; i++)
		buf_byte(&v, ']');
	refuses_edit("incident", buf_cstr(&v), ERR_LIMIT, "nested", "too deep");
	buf_reset(&v);
	buf_str(&v, "body.facts=[0");
	for (unsigned i = 0; i < RECORD_MAX_NODES; i++)
		buf_str(&v, ",0");
	buf_str(&v, "]");
	refuses_edit("incident", buf_cstr(&v), ERR_LIMIT, "too many", "too many values");
	buf_reset(&v);
	for (unsigned i = 0; i <= RECORD_MAX_BYTES; i++)
		buf_byte(&v, ' ');
	refuses(&v, ERR_LIMIT, "262144", "too large");
	buf_free(&v);
}

static void
test_broken_text(void)
{
	static const struct { const char *text, *says; } bad[] = {
		{ "", "empty" }, { "[]", "object" }, { "\"x\"", "object" }, { "{}", "missing" }, { "\xef\xbb\xbf{}", "value" },
		{ "{\"diwan\":1,\"diwan\":1}", "duplicate" }, { "{\"diwan\":1.0}", "point" }, { "{\"diwan\":1}x", "follows" },
		{ "{\"k\":\"\xff\"}", "UTF-8" }, { "{\"k\":\"\\ud800\"}", "surrogate" },
		{ "{\"k\":\"e\xcc\x81\"}", "normalisation" },
		{ "{\"e\xcc\x81\":1}", "normalisation" }, { "{\"k\":\"\\u0000\"}", "NUL" },
		{ "{\"diwan\":9007199254740992}", "2^53" },
		{ "{\"diwan\":0}", "from 1" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct buf b = { 0 };

		buf_str(&b, bad[i].text);
		refuses(&b, ERR_INPUT, bad[i].says, bad[i].says);
		buf_free(&b);
	}
}

/* What is unknown outranks what is wrong, wherever the two stand. */
static void
test_unknown_first(void)
{
	refuses_edit("incident", "seq=0; body.new_field=1", ERR_UNKNOWN, "body.new_field",
	    "wrong envelope, unknown field of the body");
	refuses_edit("incident", "body.class=17; new_field=1", ERR_UNKNOWN, "new_field",
	    "wrong body, unknown field of the envelope");
	refuses_edit("incident", "body.class=17; body.stage=\"DREAMT\"", ERR_UNKNOWN, "body.stage",
	    "wrong field before an unknown word");
	refuses_edit("incident", "-tlp; state=\"FORGOTTEN\"", ERR_UNKNOWN, "state", "missing field, unknown state");
	refuses_edit("incident", "kind=\"gossip\"; -tlp", ERR_UNKNOWN, "kind", "unknown kind");
	refuses_edit("incident", "diwan=2; kind=5", ERR_UNKNOWN, "version 2", "later schema version");
	refuses_edit("incident", "kind=\"notice\"", ERR_UNKNOWN, "state", "the body and state of another kind");
	refuses_edit("report", "kind=\"control\"", ERR_UNKNOWN, "body.", "the body of another kind with a state in common");
	refuses_edit("incident", "body.\\u202e=1", ERR_UNKNOWN, "body.???", "a name is quoted without what could harm a terminal");
}

static bool
slice_is(struct slice s, const char *z)
{
	return s.s != NULL && text_eq(s.s, s.len, z);
}

static void
test_filled(void)
{
	struct buf text = edit_example("notice");
	struct arena a = { 0 };
	struct record r;
	struct err e;
	char id[33];

	ok(record_parse(&a, text.data, text.len, &r, &e) == OK, "the notice is a record");
	ok(r.bytes == text.data && r.size == text.len, "bytes are those given");
	hex_encode(id, r.id, sizeof r.id);
	is_str(id, "0163a500000000000000000000000009", "id");
	ok(r.kind == KIND_NOTICE && r.seq == 1 && r.prev[0] == 0 && r.prev[31] == 0, "kind, seq, no prev");
	ok(slice_is(r.mechanism, "tashkent-2000") && slice_is(r.channel, "incidents"), "mechanism, channel");
	ok(slice_is(r.member, "kz") && slice_is(r.authority, "kz-mvd") && slice_is(r.officer, "o-17"), "origin");
	ok(r.filed_at.ms == INT64_C(1527480000000) && r.filed_at.offset_min == 300, "filed_at");
	ok(r.effective_from.ms == WHEN_NONE && r.effective_until.ms == WHEN_NONE, "no times of effect");
	ok(r.mode == MODE_REAL && slice_is(r.state, "SENT"), "mode, state");
	is(r.purposes, PURPOSE_BIT(1), "purposes");
	ok(r.base == AUD_PARTIES && slice_is(r.base_arg, "treaty") && r.base_list == NULL, "audience");
	ok(r.exclude == NULL && r.roles == NULL && r.persons == NULL && r.delivery->count == 4, "delivery");
	ok(r.onward == ONWARD_ASK && r.handling == (HANDLING_H0 | HANDLING_H1 | HANDLING_H3), "onward, handling");
	ok(r.tlp == TLP_AMBER && r.pap == TLP_RED, "tlp, pap");
	ok(r.class_level == 2 && slice_is(r.class_mapping, "security") && r.class_label.len > 0, "class");
	ok(r.pd == PD_IDENTIFYING && !r.announce, "pd, announce");
	is(r.review_by, civil_to_days(2023, 5, 28), "review_by");
	is(r.delete_by, civil_to_days(2028, 5, 28), "delete_by");
	ok(r.basis->count == 1 && r.links->count == 1 && json_get(r.body, "facts") != NULL, "basis, links, body");
	arena_free(&a);
	buf_free(&text);
}

static void
test_defaults(void)
{
	struct buf text = edit_example("notice-vehicle"), warning = edit_example("notice-warning");
	struct arena a = { 0 };
	struct record r;
	struct err e;

	ok(record_parse(&a, text.data, text.len, &r, &e) == OK, "a second version is a record");
	ok(r.seq == 2 && r.prev[31] == 7, "seq 2 has its prev");
	ok(r.base == AUD_LIST && r.base_list->count == 3 && r.exclude->count == 1 && r.roles->count == 2 && r.persons->count == 1,
	    "the four lists of an audience");
	ok(r.onward == ONWARD_NONE && r.handling == 0 && r.pap == r.tlp && r.class_level == 0 && r.class_mapping.s == NULL &&
	    r.review_by == INT32_MAX && r.delete_by == INT32_MAX && !r.announce && r.links == NULL, "defaults");
	ok(record_parse(&a, warning.data, warning.len, &r, &e) == OK && r.base == AUD_PUBLIC && r.delivery == NULL,
	    "a public record");
	arena_free(&a);
	buf_free(&text);
	buf_free(&warning);
}

/* Ten thousand numbers in one record. */
static void
test_many_identifiers(void)
{
	struct buf text = edit_example("notice-document"), list = { 0 }, b = { 0 };
	struct record r;
	struct err e;

	buf_str(&list, "body.subject.document.batches=[{\"type\":\"PASSPORT\",\"values\":[");
	for (int i = 0; i < 10000; i++)
		buf_fmt(&list, "%s\"FA %010d\"", i ? "," : "", i);
	buf_str(&list, "]}]");
	ok(edit_text(&b, (const char *)text.data, text.len, buf_cstr(&list)) && b.len < RECORD_MAX_BYTES, "10000 numbers fit");
	is(parse(b.data, b.len, &r, &e), OK, "and are a record");
	buf_free(&b);
	buf_free(&list);
	buf_free(&text);
}

/* Leaves in which two trees of one shape differ; -1 if the shape or a name differs. */
static int
differences(const struct json *x, const struct json *y)
{
	const struct json *a = x->child, *b = y->child;
	int n = 0, d;

	if (x->count != y->count || x->key_len != y->key_len || (x->key != NULL && memcmp(x->key, y->key, x->key_len) != 0))
		return -1;
	if (a == NULL)
		return x->type != y->type || x->num != y->num || x->len != y->len ||
		    (x->len > 0 && memcmp(x->str, y->str, x->len) != 0);
	for (; a != NULL; a = a->next, b = b->next) {
		if ((d = differences(a, b)) < 0)
			return -1;
		n += d;
	}
	return n;
}

/* A record with one byte changed is refused, or differs in at most the one value that the byte stands in. */
static void
test_flips(const char *example)
{
	struct buf text = edit_example(example);
	struct arena a = { 0 }, b = { 0 };
	struct record before, after;
	struct err e;
	uint32_t seed = 2463534242u;
	int good = 0, bad = 0;

	ok(record_parse(&a, text.data, text.len, &before, &e) == OK, "%s: a record", example);
	for (int i = 0; i < 20000; i++) {
		uint8_t *at, was;

		seed ^= seed << 13;
		seed ^= seed >> 17;
		seed ^= seed << 5;
		at = &text.data[(seed >> 8) % text.len];
		was = *at;
		*at ^= (uint8_t)(1u << (seed & 7));
		arena_reset(&b);
		if (record_parse(&b, text.data, text.len, &after, &e) == OK) {
			/* The first tree points into the text: put that back before comparing. */
			struct arena c = { 0 };
			struct buf changed = { 0 };

			buf_add(&changed, text.data, text.len);
			*at = was;
			bad += record_parse(&c, changed.data, changed.len, &after, &e) != OK ||
			    differences(before.root, after.root) < 0 || differences(before.root, after.root) > 1;
			good++;
			arena_free(&c);
			buf_free(&changed);
		}
		*at = was;
	}
	ok(bad == 0 && good > 0 && good < 20000, "%s: 20000 flips, %d still records, none with more than one value changed",
	    example, good);
	arena_free(&a);
	arena_free(&b);
	buf_free(&text);
}

/* Every cut of a record is refused. */
static void
test_cuts(void)
{
	struct buf text = edit_example("notice");
	struct record r;
	struct err e;
	size_t accepted = 0;

	for (size_t n = 0; n < text.len; n++)
		accepted += parse(text.data, n, &r, &e) == OK;
	is(accepted, 0, "no beginning of a record is a record");
	buf_free(&text);
}

/* Memory that runs out at any point is reported, never a crash and never a record. */
static void
test_no_memory(void)
{
	struct buf text = edit_example("notice");
	struct record r;
	int wrong = 0, enough = 0;

	for (size_t max = 16; max < 65536 && !enough; max += 16) {
		struct arena a = { .max_bytes = max };
		struct err e = { 0 };
		int rc = record_parse(&a, text.data, text.len, &r, &e);

		enough = rc == OK;
		wrong += rc != OK && rc != ERR_LIMIT && rc != ERR_NOMEM;
		arena_free(&a);
	}
	ok(enough && wrong == 0, "an arena that is too small is reported as such");
	buf_free(&text);
}

int
main(void)
{
	test_limits();
	test_broken_text();
	test_unknown_first();
	test_filled();
	test_defaults();
	test_many_identifiers();
	test_flips("notice");
	test_flips("incident");
	test_flips("control");
	test_cuts();
	test_no_memory();
	return tap_done();
}
