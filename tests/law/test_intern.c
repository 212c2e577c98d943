/* From a record's text to what the law reads; the register's own rules; redaction. */
#include "base/json.h"
#include "world.h"

static struct arena mem;
static struct err e;

static const struct json *
json(const char *s)
{
	static const struct json_limits limits = { 65536, 24, 1000 };
	struct json *j = NULL;

	if (json_parse(&mem, s, strlen(s), &limits, &j, &e) != OK) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
	return j;
}

static struct record
plain(void)
{
	struct record r = { .kind = KIND_NOTICE, .seq = 1, .mechanism = S("test"), .member = S("a"),
	    .authority = S("a-police"),
		.officer = S("p1"), .state = S("SENT"), .filed_at = { SENT * DAY_MS + 5, 300 },
		    .purposes = PURPOSE_BIT(1),
		.base = AUD_PARTIES, .base_arg = S("i1"), .review_by = INT32_MAX, .delete_by = INT32_MAX };

	r.delivery = json("[\"a\",\"b\",\"c\"]");
	r.basis = json("[{\"instrument\":\"i1\",\"article\":\"4\"}]");
	r.body = json("{\"type\":\"VEHICLE\"}");
	return r;
}

static void
unknown(struct record *r, const char *words, const char *name)
{
	struct law_record l;
	int rc = law_intern(reg, r, &mem, &l, &e);

	ok(rc == ERR_UNKNOWN && strstr(e.text, words) != NULL, "%s: fails closed", name);
	if (rc != ERR_UNKNOWN || strstr(e.text, words) == NULL)
		printf("#   got %d \"%s\"\n", rc, e.text);
}

static void
texts(void)
{
	struct record r = plain();
	struct law_record l;

	is(law_intern(reg, &r, &mem, &l, &e), OK, "interned");
	is(l.origin, A, "origin");
	is(l.authority, a_police, "authority");
	is(l.filed_on, SENT, "filing day is UTC's");
	is(l.basis[0].instrument, i1, "basis");
	ok(l.basis[0].article.len == 1 && l.basis[0].article.s[0] == '4', "article");
	ok(mset_equal(&l.delivery, &(struct mset){ { 7 } }), "delivery list");
	ok(!l.person_notice, "a vehicle is no person");
	r.body = json("{\"type\":\"PERSON_LOCATE\",\"concerned\":[\"b\"]}");
	is(law_intern(reg, &r, &mem, &l, &e), OK, "person notice interned");
	ok(l.person_notice && mset_has(&l.concerned, B), "a person notice; concerned");
	r.body = json("{\"type\":\"VEHICLE\"}");
	r.pd = PD_IDENTIFYING;
	ok(law_intern(reg, &r, &mem, &l, &e) == OK && l.person_notice, "identifying data make a person notice");
	r.roles = json("[\"CUSTOMS\",\"b-police\"]");
	r.persons = json("[\"p1\",\"p2\"]");
	is(law_intern(reg, &r, &mem, &l, &e), OK, "roles and persons");
	ok(l.roles == 1u << AUTH_CUSTOMS && l.role_authorities_count == 1 && l.role_authorities[0] == b_police,
	    "roles");
	is(l.persons_count, 2, "persons");
	r.authority = S("a-nobody");
	ok(law_intern(reg, &r, &mem, &l, &e) == OK && l.authority == LAW_NONE,
	    "an unknown authority of origin is no permission");
	r.basis = json("[{\"decision\":\"0123456789abcdef0123456789abcdef\"},"
	    "{\"consent\":\"0123456789abcdef0123456789abcdef@2\"}]");
	is(law_intern(reg, &r, &mem, &l, &e), OK, "decision and consent");
	ok(l.basis[0].type == BASIS_DECISION && l.basis[0].instrument == LAW_NONE, "a decision not known yet");
	ok(l.basis[1].type == BASIS_CONSENT && l.basis[1].ref.version == 2, "a consent");
	int d = must(registry_add_instrument(reg, "0123456789abcdef0123456789abcdef", "Decision 1", SENT, &e), &e);
	ok(law_intern(reg, &r, &mem, &l, &e) == OK && l.basis[0].instrument == d, "a decision in the register");
}

static void
strangers(void)
{
	struct record r = plain();

	r.member = S("zz");
	unknown(&r, "member \"zz\"", "origin");
	r = plain();
	r.delivery = json("[\"a\",\"zz\"]");
	unknown(&r, "delivery", "delivery list");
	r = plain();
	r.exclude = json("[\"zz\"]");
	unknown(&r, "audience.exclude", "exclusion");
	r = plain();
	r.base_arg = S("i9");
	unknown(&r, "instrument \"i9\"", "audience");
	r = plain();
	r.base = AUD_BODY;
	unknown(&r, "body \"i1\"", "body");
	r = plain();
	r.base = AUD_LIST;
	r.base_list = json("[3]");
	unknown(&r, "audience.base", "list");
	r = plain();
	r.roles = json("[\"MINISTRY\"]");
	unknown(&r, "audience.roles", "role");
	r = plain();
	r.basis = json("[{\"instrument\":\"i9\"}]");
	unknown(&r, "instrument \"i9\"", "basis");
	r = plain();
	r.basis = json("[{\"custom\":\"of the sea\"}]");
	unknown(&r, "neither instrument", "kind of basis");
	r = plain();
	r.class_mapping = S("i9");
	unknown(&r, "class.mapping", "classification");
	r = plain();
	r.channel = S("none");
	unknown(&r, "channel", "channel");
	r = plain();
	r.state = S("HALF_SENT");
	unknown(&r, "state", "state");
	r.state = (struct slice){ NULL, 0 };
	unknown(&r, "state", "no state");
}

/* Every state word of the record room is one the law knows the meaning of. */
static void
states(void)
{
	static const struct { const char *list, *word; } words[] = {
#define VOCAB(list, text)
#define W(list, word, text) { #list, #word },
#include "record/vocab.def"
#undef VOCAB
#undef W
	};
	int seen = 0;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t n = strlen(words[i].list);

		if (n < 6 || strcmp(words[i].list + n - 6, "_STATE") != 0)
			continue;
		seen++;
		if (law_state_class(KIND_NOTICE, words[i].word, strlen(words[i].word)) == STATE_UNKNOWN)
			ok(false, "state %s of %s is known", words[i].word, words[i].list);
	}
	ok(seen > 60, "all %d state words looked at", seen);
	is(law_state_class(KIND_NOTICE, "WITHDRAWN", 9), STATE_OVER, "a withdrawn notice is over");
	is(law_state_class(KIND_DECISION, "WITHDRAWN", 9), STATE_LIVE,
	    "a withdrawn draft decision is history, not over");
}

static void
audiences(void)
{
	struct law_record r = sent(KIND_INCIDENT);
	struct mset got = law_resolve_audience(reg, &r, SENT);

	ok(mset_equal(&got, &(struct mset){ { 7 } }), "parties");
	r.base = AUD_ALL_MEMBERS;
	got = law_resolve_audience(reg, &r, SENT);
	ok(mset_equal(&got, &(struct mset){ { 1 | 2 | 4 | 8 | 32 } }),
	    "all members, the suspended among them, no observer");
	r.base = AUD_PUBLIC;
	is(mset_count(&(struct mset){ { law_resolve_audience(reg, &r, SENT).w[0] } }), 6,
	    "public: everybody in the register");
	r = to_council(KIND_INCIDENT);
	is(mset_count(&r.delivery), 6, "a body by standing");
	r.exclude = set("AB");
	got = law_resolve_audience(reg, &r, SENT);
	ok(mset_has(&got, A) && !mset_has(&got, B), "excluded, but the originator always in");
	is(mset_next(&(struct mset){ { 0, 0, 0, UINT64_C(1) << 63 } }, 0), 255, "the last of 256 members");
	is(mset_next(&(struct mset){ { 1 } }, 1), LAW_NONE, "no further member");
}

static void
rows(void)
{
	struct calendar c = { NULL, NULL, 0, 0, 127 };
	struct law_caps caps = { 5, PD_NONE, 0 };
	char code[16];

	is(registry_add_member(reg, "a", &e), ERR_CONFLICT, "a code twice");
	is(registry_add_member(reg, "Big", &e), ERR_INPUT, "a code in capitals");
	is(registry_add_member(reg, "", &e), ERR_INPUT, "no code");
	is(registry_standing(reg, A, STANDING_FORMER, days(1, 5), "", &e), ERR_CONFLICT, "two standings on a day");
	is(registry_standing(reg, A, STANDING_FORMER, days(5, 5), "", &e), ERR_INPUT, "an empty interval");
	is(registry_standing(reg, 99, STANDING_FORMER, days(1, 5), "", &e), ERR_NOTFOUND, "no such member");
	is(registry_standing(reg, A, STANDING_COUNT, days(1, 5), "", &e), ERR_UNKNOWN, "no such standing");
	is(registry_binding(reg, i1, A, BINDING_FORMER, days(1, 5), "", &e), ERR_CONFLICT, "two bindings on a day");
	is(registry_binding(reg, 99, A, BINDING_FORMER, days(1, 5), "", &e), ERR_NOTFOUND, "no such instrument");
	is(registry_caps(reg, i1, &caps, &e), ERR_UNKNOWN, "no such class");
	is(registry_grant(reg, A, 9, 0, LEVEL_META, SPAN_ALWAYS, "", &e), ERR_NOTFOUND, "no such body");
	is(registry_mapping(reg, sec, A, 77, SPAN_ALWAYS, &e), ERR_NOTFOUND, "mapping with nobody");
	is(registry_calendar(reg, A, &c, &e), ERR_INPUT, "a week without working day");
	is(registry_competence(reg, a_police, 1, 0, 1, SPAN_ALWAYS, &e), ERR_UNKNOWN, "no purpose zero");
	is(registry_bound(reg, 99, A, SENT), BINDING_NOT_PARTY, "asking outside: not party");
	is(registry_standing_on(reg, 99, SENT, NULL), STANDING_NONE, "asking outside: no standing");
	ok(!registry_may(reg, 99, 1, KIND_REPORT, MAY_SEE, SENT) && !registry_may(reg, a_police, 0, KIND_REPORT,
	    MAY_SEE, SENT),
	    "asking outside: may not");
	for (int i = 6; i < LAW_MEMBERS_MAX; i++) {
		snprintf(code, sizeof code, "m%d", i);
		must(registry_add_member(reg, code, &e), &e);
	}
	is(registry_add_member(reg, "one-more", &e), ERR_LIMIT, "256 members at most");
	is(registry_add_member(reg, "one-more", NULL), ERR_LIMIT, "without a place for the sentence too");
	is(registry_member(reg, "m255", 4), 255, "the last is found");
	is(standing_from("OBSERVER", 8), STANDING_OBSERVER, "a word");
	is(standing_from("observer", 8), STANDING_COUNT, "words are exact");
	is(level_from("SOME", 4), -1, "no such level");
}

static bool
names_and_birth(void *ctx, enum kind kind, const char *path, size_t len)
{
	(*(int *)ctx)++;
	return kind == KIND_NOTICE && ((len == 13 && memcmp(path, "subject.names", 13) == 0) || (len == 5 &&
	    memcmp(path, "birth", 5) == 0) ||
	    (len == 12 && memcmp(path, "witness.name", 12) == 0));
}

static void
redaction(void)
{
	struct record r = plain();
	struct buf out = { 0 };
	int asked = 0;

	r.body = json("{\"type\":\"X\",\"birth\":\"1990\",\"subject\":{\"names\":[\"N\"],\"sex\":\"F\",\"n\":3,\"empty\":[]},"
	    "\"witness\":[{\"name\":\"W\"},{\"name\":\"V\"}],\"facts\":[{\"lang\":\"en\",\"ok\":true,\"none\":null,\"x\":1.50}]}");
	is(law_redact(&r, names_and_birth, &asked, &out, &e), OK, "redacted");
	is_str(buf_cstr(&out), "{\"type\":\"X\",\"subject\":{\"sex\":\"F\",\"n\":3,\"empty\":[]},"
	    "\"facts\":[{\"lang\":\"en\",\"ok\":true,\"none\":null,\"x\":1.50}]}",
	    "V12 keys are absent, and what they emptied too");
	ok(asked > 5, "each member was asked about");
	buf_free(&out);
	out.max_bytes = 4;
	is(law_redact(&r, names_and_birth, &asked, &out, &e), ERR_NOMEM, "a full buffer is told");
	buf_free(&out);
}

int
main(void)
{
	static void (*const groups[])(void) = { texts, strangers, states, audiences, rows, redaction };

	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
		world();
		groups[i]();
		world_end();
	}
	arena_free(&mem);
	return tap_done();
}
