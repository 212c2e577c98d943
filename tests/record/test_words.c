/* Words, references, ids, identifiers, titles, schemas, and the writer. */
#include "base/clock.h"
#include "base/text.h"
#include "record/compose.h"
#include "record/edit.h"
#include "record/schema.h"
#include "record/tables.h"
#include "tap.h"

static void
test_words(void)
{
	for (int k = 1; k < KIND_COUNT; k++)
		is(kind_from(kind_code((enum kind)k), strlen(kind_code((enum kind)k))), k, kind_code((enum kind)k));
	is(kind_from("gossip", 6), KIND_NONE, "no such kind");
	is(kind_from("Incident", 8), KIND_NONE, "codes are lower case");
	is_str(kind_code(KIND_NONE), "none", "KIND_NONE has a word for messages");
	is_str(mode_word(MODE_EXERCISE), "EXERCISE", "mode");
	is_str(tlp_word(TLP_AMBER_STRICT), "AMBER_STRICT", "tlp");
	is_str(pd_word(PD_SPECIAL), "SPECIAL", "pd");
	is_str(onward_word(ONWARD_WITHIN_MEMBER), "WITHIN_MEMBER", "onward");
}

static void
test_refs(void)
{
	static const char *const texts[] = { "0163a5b8e41c7d2f8a3b5c6d7e8f9a0b", "0163a5b8e41c7d2f8a3b5c6d7e8f9a0b@1",
	    "ffffffffffffffffffffffffffffffff@2147483647" };
	struct ref r;
	char out[REF_LEN];

	for (size_t i = 0; i < 3; i++) {
		ok(ref_parse(texts[i], strlen(texts[i]), &r), "%s is read", texts[i]);
		ref_format(out, &r);
		is_str(out, texts[i], "and written back");
	}
	ok(!ref_parse("0163a5b8e41c7d2f8a3b5c6d7e8f9a0b@2147483648", 43, &r), "a version has 31 bits");
	ok(!ref_parse("0163a5b8e41c7d2f8a3b5c6d7e8f9a0b ", 33, &r), "nothing follows an id");
}

static void
fill_ones(void *ctx, void *out, size_t len)
{
	memset(out, *(const int *)ctx, len);
}

static void
test_new_id(void)
{
	int byte = 0xff;
	const struct rng ones = { fill_ones, &byte };
	uint8_t id[RECORD_ID_BYTES];
	char hex[33];

	record_new_id(id, INT64_C(1527480000000), &ones);
	hex_encode(hex, id, sizeof id);
	is_str(hex, "0163a4e71e00" "7fffbfffffffffffffff", "48 bits of time, version 7, variant 2, random bits");
	byte = 0;
	record_new_id(id, INT64_C(1527480000001), &ones);
	hex_encode(hex, id, sizeof id);
	is_str(hex, "0163a4e71e01" "70008000000000000000", "one millisecond later, other bits");
}

struct seen {
	char text[1024];
	int stop_after, count;
};

static int
see(void *ctx, struct slice type, struct slice value)
{
	struct seen *s = ctx;
	size_t n = strlen(s->text);

	snprintf(s->text + n, sizeof s->text - n, "%.*s=%.*s ", (int)type.len, type.s, (int)value.len, value.s);
	return ++s->count == s->stop_after ? 42 : 0;
}

static void
identifiers(const char *example, int stop_after, int rc, const char *want)
{
	struct buf text = edit_example(example);
	struct arena a = { 0 };
	struct record r;
	struct seen s = { .stop_after = stop_after };

	if (ok(record_parse(&a, text.data, text.len, &r, NULL) == OK, "%s is read", example)) {
		is(record_identifiers(&r, see, &s), rc, "what the visitor answered");
		is_str(s.text, want, "identifiers");
	}
	arena_free(&a);
	buf_free(&text);
}

static void
title(const char *example, const char *edits, const char *lang, size_t cap, const char *want)
{
	struct buf text = edit_example(example), b = { 0 };
	struct arena a = { 0 };
	struct record r;
	char out[400] = "untouched";

	if (ok(edit_text(&b, (const char *)text.data, text.len, edits) && record_parse(&a, b.data, b.len, &r, NULL) == OK,
	    "%s with %s is read", example, edits)) {
		record_title(&r, lang, out, cap);
		is_str(out, want, "title");
	}
	arena_free(&a);
	buf_free(&b);
	buf_free(&text);
}

static void
test_titles(void)
{
	title("participant", "", "ru", 400, "Кыргызская Республика");
	title("participant", "", "ru-KZ", 400, "Кыргызская Республика");
	title("participant", "", "fa", 400, "قرقیزستان");
	title("participant", "", "zh", 400, "Kyrgyz Republic");
	title("decision-adopted",
	    "body.title=[{\"lang\":\"en\",\"text\":\"x\"},{\"lang\":\"ru\",\"text\":\"y\",\"authentic\":true}]",
	    "fa", 400, "y");
	title("participant", "", "ru", 5, "Кы");
	title("participant", "", "ru", 4, "К");
	title("participant", "", "ru", 1, "");
	title("incident", "-body.title; -body.hazard", "fa", 400,
	    "SHOOTING, Government of Kyrgyzstan, Government of Tajikistan, چراگاه");
	title("incident-closed", "", "en", 400, "FIRE_DISASTER, EARTHQUAKE");
	title("action", "", "en", 400, "kg, RESERVE, treaty");
	title("notice", "-body.title", "en", 400, "PERSON_ARREST, Ош");
	title("cbm", "-body.activity", "en", 400, "PRIOR_NOTIFICATION, F25, 4");
	title("control", "", "en", 400, "RECEIPT");
	title("report", "body.title=[{\"lang\":\"en\",\"text\":\"two\\nlines\"}]", "en", 400, "two lines");
	title("position", "body.decision=\"00000000000000000000000000000007@1\"", "en", 400, "kz, RESERVE_POSITION, "
	    "00000000000000000000000000000007@1");
}

static void
test_schemas(void)
{
	static const struct json_limits limits = { 1u << 20, 64, 100000 };

	for (int k = 1; k < KIND_COUNT; k++) {
		struct buf b = { 0 };
		struct json_out o = { .b = &b };
		struct arena a = { 0 };
		struct json *j = NULL;
		const struct json *defs, *body;
		struct err e = { 0 };

		record_schema((enum kind)k, &o);
		ok(json_parse(&a, b.data, b.len, &limits, &j, &e) == OK, "%s: the schema is JSON", kind_code((enum kind)k));
		defs = json_get(j, "$defs");
		body = json_get(defs, tables_struct[tables_kind[k].body].name);
		ok(json_is(json_get(json_get(json_get(j, "properties"), "kind"), "const"), kind_code((enum kind)k)),
		    "it fixes the kind");
		ok(body != NULL && json_get(body, "properties")->count == tables_fields((enum struct_id)tables_kind[k].body) &&
		    json_get(body, "additionalProperties")->type == JSON_FALSE, "it has every field of the body and no other");
		ok(json_get(j, "properties")->count == tables_fields(S_ENVELOPE), "and of the envelope");
		arena_free(&a);
		buf_free(&b);
	}
}

static void
test_field_pd(void)
{
	is(schema_field_pd(KIND_NOTICE, "subject.person.names", 20), PD_IDENTIFYING, "names identify");
	is(schema_field_pd(KIND_NOTICE, "subject.person.names.scheme", 27), PD_IDENTIFYING, "so does all that is inside");
	is(schema_field_pd(KIND_NOTICE, "subject.person.special", 22), PD_SPECIAL, "special categories");
	is(schema_field_pd(KIND_NOTICE, "subject.vehicle.plate", 21), PD_NONE, "a plate");
	is(schema_field_pd(KIND_INCIDENT, "counts.minors", 13), PD_COUNTS, "numbers of minors");
	is(schema_field_pd(KIND_NOTICE, "subject.nothing", 15), PD_SPECIAL, "what is not in the tables is not shown");
	is(schema_field_pd(KIND_NOTICE, "facts.text.more", 15), PD_SPECIAL, "nor what goes beyond them");
	is(schema_field_pd(KIND_NOTICE, "", 0), PD_SPECIAL, "nor nothing");
}

/* Every example, taken apart and written as its next version, says the same but for what must change. */
static void
test_next(const char *example)
{
	struct buf text = edit_example(example), out = { 0 };
	struct arena a = { 0 };
	struct record r, next;
	struct draft d;
	struct err e = { 0 };
	uint8_t prev[RECORD_HASH_BYTES] = { 1, 2, 3 };
	struct buf body = { 0 };

	if (!ok(record_parse(&a, text.data, text.len, &r, &e) == OK && compose_next(&a, &r, prev, &d, &e) == OK,
	    "%s: a draft", example))
		return;
	d.filed_at = r.filed_at;
	buf_add(&body, text.data + r.body->offset, text.len - r.body->offset - 1);
	buf_str(&out, "before");
	if (!ok(compose_record(&d, body.data, body.len, &out, &e) == OK, "%s: its next version", example))
		printf("#   %s\n", e.text);
	ok(record_parse(&a, out.data + 6, out.len - 6, &next, &e) == OK && next.seq == r.seq + 1 && next.prev[2] == 3,
	    "%s: seq and prev", example);
	ok(next.root->count == r.root->count + (r.seq == 1) && next.purposes == r.purposes && next.handling == r.handling &&
	    next.tlp == r.tlp && next.pap == r.pap && next.pd == r.pd && next.review_by == r.review_by && next.base == r.base &&
	    next.onward == r.onward && next.effective_from.ms == r.effective_from.ms && next.basis->count == r.basis->count &&
	    (next.delivery == NULL) == (r.delivery == NULL), "%s: everything else as it was", example);
	arena_free(&a);
	buf_free(&out);
	buf_free(&body);
	buf_free(&text);
}

static void
test_compose(void)
{
	static const char *const to[] = { "uz", "kg", "kz", "kg" };
	static const struct draft_basis basis = { .instrument = "treaty", .article = "7" };
	static const char body[] = "{\"type\":\"SITREP\",\"situation\":[{\"lang\":\"en\",\"text\":\"\\\"calm\\\"\"}]}";
	struct draft d;
	struct buf out = { 0 };
	struct err e = { 0 };

	compose_start(&d, KIND_REPORT);
	ok(compose_record(&d, body, sizeof body - 1, &out, &e) == ERR_INPUT && out.len == 0,
	    "an empty draft is refused: %s", e.text);
	d.mechanism = "m";
	d.member = "kz";
	d.authority = "kz-mvd";
	d.filed_at = (struct inst){ INT64_C(1527480000000), 300 };
	d.state = "FILED";
	d.purposes = PURPOSE_BIT(11) | PURPOSE_BIT(1);
	d.base = AUD_ALL_MEMBERS;
	d.delivery = (struct draft_list){ to, 4 };
	d.basis = &basis;
	d.basis_count = 1;
	is(compose_record(&d, body, sizeof body - 1, &out, &e), OK, e.text);
	is_str(buf_cstr(&out), "{\"diwan\":1,\"kind\":\"report\",\"id\":\"00000000000000000000000000000000\",\"seq\":1,"
	    "\"mechanism\":\"m\",\"origin\":{\"member\":\"kz\",\"authority\":\"kz-mvd\"},"
	    "\"filed_at\":\"2018-05-28T09:00:00.000+05:00\",\"mode\":\"REAL\","
	    "\"state\":\"FILED\",\"basis\":[{\"instrument\":\"treaty\",\"article\":\"7\"}],\"purpose\":[\"P01\",\"P11\"],"
	    "\"audience\":{\"base\":\"ALL_MEMBERS\"},\"delivery\":[\"kg\",\"kz\",\"uz\"],\"tlp\":\"RED\",\"pd\":\"NONE\",\"body\":"
	    "{\"type\":\"SITREP\",\"situation\":[{\"lang\":\"en\",\"text\":\"\\\"calm\\\"\"}]}}",
	    "the text of a record, RED unless said");
	buf_reset(&out);
	ok(compose_record(&d, "{\"type\":\"AAR\"}", 14, &out, &e) == ERR_INPUT && out.len == 0 && strstr(e.text, "R-83") != NULL,
	    "a body against the rules is refused");
	ok(compose_record(&d, "{\"type\":\"AAR\"},\"body\":{}", 24, &out, &e) == ERR_INPUT && out.len == 0,
	    "a body that is more than one value");
	buf_free(&out);
}

int
main(void)
{
	test_words();
	test_refs();
	test_new_id();
	identifiers("notice", 0, 0, "PASSPORT=AN1234567 CASE_NO=2-14/2018 ");
	identifiers("notice-vehicle", 0, 0, "PLATE=777ABC02 VIN=XTA21214012345678 SERIAL=77-1 ");
	identifiers("notice-vehicle", 2, 42, "PLATE=777ABC02 VIN=XTA21214012345678 ");
	identifiers("reply", 0, 0, "PASSPORT=AN1234567 PLATE=01KG123ABC CASE_NO=K-77/18 ");
	identifiers("incident", 0, 0, "WEAPON_SERIAL=AK-123 CASE_NO=18-5-27 ");
	identifiers("request-onward", 0, 0, "IMEI=1 IMEI=2 ");
	identifiers("request-onward", 1, 42, "IMEI=1 ");
	identifiers("meeting", 0, 0, "");
	test_titles();
	test_schemas();
	test_field_pd();
	test_next("notice");
	test_next("notice-vehicle");
	test_next("notice-threat");
	test_next("notice-warning");
	test_next("incident");
	test_next("control");
	test_compose();
	return tap_done();
}
