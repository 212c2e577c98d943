/* Filing: V23, V34 and every other check of law_may_file, one broken rule at a time. */
#include "world.h"

static struct record text;
static struct law_record r, previous;
static struct err e;
static int channel;

/* A good filing by A: an incident to the parties of i1 through channel "reports". */
static struct filing
good(enum kind kind)
{
	memset(&text, 0, sizeof text);
	text.mechanism = S("test");
	text.authority = S("a-police");
	r = sent(kind);
	r.channel = channel;
	e = (struct err){ 0 };
	return (struct filing){ .record = &text, .law = &r, .own = A };
}

static void
refused(const struct filing *f, int code, const char *words, const char *name)
{
	int rc = law_may_file(f, reg, &e);

	ok(rc == code && strstr(e.text, words) != NULL, "%s", name);
	if (rc != code || strstr(e.text, words) == NULL)
		printf("#   got %d \"%s\", want %d with \"%s\"\n", rc, e.text, code, words);
}

static void
numbered(void)
{
	struct filing f = good(KIND_INCIDENT);
	struct law_caps caps = { CLASS_MAX, PD_NONE, KINDS_ALL };
	struct law_caps open = { CLASS_MAX, PD_SPECIAL, KINDS_ALL };

	is(law_may_file(&f, reg, &e), OK, "a good filing");
	previous = r;
	previous.mode = MODE_REAL;
	f.previous = &previous;
	r.seq = 2;
	is(law_may_file(&f, reg, &e), OK, "its second version");
	r.mode = MODE_EXERCISE;
	refused(&f, ERR_LAW, "REAL cannot become EXERCISE", "V23 the mode flips in version 2");

	f = good(KIND_INCIDENT);
	must(registry_caps(reg, i1, &caps, &e), &e);
	r.pd = PD_IDENTIFYING;
	r.delete_by = SENT + 10;
	refused(&f, ERR_LAW, "V34", "V34 the instrument caps pd at NONE");
	must(registry_caps(reg, i1, &open, &e), &e);
	is(law_may_file(&f, reg, &e), OK, "V34 without the cap it is filed");
	caps = (struct law_caps){ 1, PD_SPECIAL, KINDS_ALL };
	must(registry_caps(reg, i1, &caps, &e), &e);
	r.class_level = 2;
	r.class_mapping = sec;
	refused(&f, ERR_LAW, "class: level 2", "class above the cap");
	caps = (struct law_caps){ CLASS_MAX, PD_SPECIAL, KIND_BIT(KIND_REPORT) };
	must(registry_caps(reg, i1, &caps, &e), &e);
	refused(&f, ERR_LAW, "does not provide for incident", "kind outside the instrument");
	must(registry_caps(reg, i1, &open, &e), &e);
}

static void
origin(void)
{
	struct filing f = good(KIND_INCIDENT);

	f.own = B;
	refused(&f, ERR_LAW, "only its own log", "another member's log");
	f = good(KIND_INCIDENT);
	text.mechanism = S("other");
	refused(&f, ERR_LAW, "one mechanism", "another mechanism");
	f = good(KIND_INCIDENT);
	r.exclude = set("A");
	refused(&f, ERR_LAW, "excludes itself", "the originator excludes itself");
	f = good(KIND_INCIDENT);
	r.authority = b_police;
	refused(&f, ERR_LAW, "is not an authority of a", "an authority of another member");
	f = good(KIND_INCIDENT);
	r.authority = LAW_NONE;
	refused(&f, ERR_LAW, "is not an authority of a", "an authority nobody named");
	f = good(KIND_INCIDENT);
	r.authority = a_other;
	refused(&f, ERR_LAW, "MAY_FILE", "an authority without competence");
	f = good(KIND_INCIDENT);
	r.purposes |= PURPOSE_BIT(4);
	refused(&f, ERR_LAW, "P04", "one purpose too many");
	f = good(KIND_INCIDENT);
	r.purposes = 0;
	refused(&f, ERR_LAW, "purpose: none", "no purpose");

	f = good(KIND_INCIDENT);
	f.own = r.origin = F;
	r.authority = f_police;
	refused(&f, ERR_LAW, "SUSPENDED", "a suspended member");
	f = good(KIND_INCIDENT);
	f.own = r.origin = E;
	r.authority = e_desk;
	refused(&f, ERR_LAW, "OBSERVER", "an observer");
	must(registry_seat(reg, D, SEAT_VACANT, SPAN_ALWAYS, "", &e), &e);
	f = good(KIND_INCIDENT);
	f.own = r.origin = D;
	refused(&f, ERR_LAW, "VACANT", "a vacant seat");
}

static void
versions(void)
{
	struct filing f = good(KIND_INCIDENT);

	r.seq = 2;
	refused(&f, ERR_CONFLICT, "no previous version", "second version without a first");
	f = good(KIND_INCIDENT);
	previous = r;
	f.previous = &previous;
	refused(&f, ERR_CONFLICT, "id is taken", "first version twice");
	r.seq = 3;
	refused(&f, ERR_CONFLICT, "does not follow", "a version left out");
	r.seq = 2;
	previous.kind = KIND_REPORT;
	refused(&f, ERR_LAW, "never change", "the kind changes");
	previous.kind = r.kind;
	previous.origin = B;
	refused(&f, ERR_LAW, "never change", "the origin changes");
}

static void
way(void)
{
	struct filing f = good(KIND_INCIDENT);

	r.channel = LAW_NONE;
	is(law_may_file(&f, reg, &e), OK, "no channel named, one could carry it");
	r.basis[0].instrument = statute;
	refused(&f, ERR_LAW, "channel: none", "no channel could carry it");
	f = good(KIND_CBM);
	refused(&f, ERR_LAW, "does not carry cbm", "a kind the channel does not carry");
	f = good(KIND_INCIDENT);
	r.purposes = PURPOSE_BIT(1) | PURPOSE_BIT(13);
	refused(&f, ERR_LAW, "P13 is not a purpose of channel", "a purpose outside the channel");
	f = good(KIND_INCIDENT);
	r.basis[0].instrument = statute;
	refused(&f, ERR_LAW, "which the record does not cite", "the channel's instrument is not cited");
	f = good(KIND_INCIDENT);
	f.own = r.origin = D;
	r.authority = d_police;
	r.delivery = law_resolve_audience(reg, &r, SENT);
	refused(&f, ERR_LAW, "NOT_PARTY", "the basis does not bind the originator");

	f = good(KIND_INCIDENT);
	mset_remove(&r.delivery, C);
	refused(&f, ERR_LAW, "c is missing from the list", "delivery list too short");
	f = good(KIND_INCIDENT);
	mset_add(&r.delivery, D);
	refused(&f, ERR_LAW, "d is in the list", "delivery list too long");
	f = good(KIND_INCIDENT);
	r.exclude = set("B");
	r.delivery = set("AC");
	is(law_may_file(&f, reg, &e), OK, "parties less the excluded");
	f = good(KIND_MEETING);
	f.own = r.origin = E;
	r.authority = e_desk;
	r.channel = LAW_NONE;
	r.basis_count = 0;
	r.base = AUD_PUBLIC;
	r.tlp = TLP_CLEAR;
	r.delivery = law_resolve_audience(reg, &r, SENT);
	is(law_may_file(&f, reg, &e), OK, "whoever has a log may publish");
	r.tlp = TLP_GREEN;
	refused(&f, ERR_LAW, "OBSERVER", "but not what is marked");
	f = good(KIND_INCIDENT);
	r.class_level = 1;
	refused(&f, ERR_LAW, "class.mapping", "classified without an agreement");
	f = good(KIND_CONTROL);
	r.channel = LAW_NONE;
	is(law_may_file(&f, reg, &e), OK, "an act on records needs no channel");
}

static void
persons(void)
{
	struct law_person_data pd = { "a-review", "supervisor@a.example", 12 };
	struct filing f = good(KIND_NOTICE);

	r.delete_by = SENT - 1;
	refused(&f, ERR_LAW, "before the filing day", "delete_by in the past");
	f = good(KIND_NOTICE);
	r.pd = PD_IDENTIFYING;
	refused(&f, ERR_LAW, "delete_by: missing", "person data without delete_by");
	r.delete_by = SENT + 400;
	must(registry_retention(reg, A, PD_IDENTIFYING, 365, &e), &e);
	refused(&f, ERR_LAW, "365 days at most", "kept longer than the law of the originator allows");
	r.delete_by = SENT + 365;
	r.review_by = SENT + 366;
	refused(&f, ERR_LAW, "review_by: lies after", "review after deletion");
	r.review_by = INT32_MAX;
	is(law_may_file(&f, reg, &e), OK, "to the last day allowed");

	r.person_notice = true;
	refused(&f, ERR_LAW, "notices about persons are off", "person notices are off by default");
	must(registry_person_data(reg, A, &(struct law_person_data){ "a-review", NULL, 12 }, &e), &e);
	refused(&f, ERR_LAW, "notices about persons are off", "and with half of the safeguards");
	must(registry_person_data(reg, A, &pd, &e), &e);
	refused(&f, ERR_LAW, "review_by: missing", "configured: without review date");
	r.review_by = SENT + 365;
	r.delete_by = SENT + 365;
	is(law_may_file(&f, reg, &e), OK, "configured: with review date");
	must(registry_person_data(reg, A, &(struct law_person_data){ "a-review", "s", 6 }, &e), &e);
	refused(&f, ERR_LAW, "later than the review period", "review too late");
	r.review_by = SENT + 100;
	r.officer = S("a-review");
	refused(&f, ERR_LAW, "does not file what it reviews", "reviewer files its own");
}

/* Acts on records: what the node files by itself needs no authority, and no act needs a basis of its own. */
static void
acts(void)
{
	const struct json_limits limits = { 200, 4, 20 };
	struct arena a = { 0 };
	struct json *body = NULL;
	struct filing f = good(KIND_CONTROL);

	ok(json_parse(&a, "{\"type\":\"RECEIPT\"}", 18, &limits, &body, &e) == OK, "a receipt");
	text.kind = KIND_CONTROL;
	text.body = body;
	text.authority = S("node");
	r.authority = LAW_NONE;
	r.basis_count = 0;
	r.channel = LAW_NONE;
	ok(law_may_file(&f, reg, &e) == OK, "is filed by the node itself, without authority and basis: %s", e.text);
	ok(json_parse(&a, "{\"type\":\"DELETE_DONE\"}", 22, &limits, &body, &e) == OK, "that an order was carried out");
	text.body = body;
	ok(law_may_file(&f, reg, &e) == OK, "is filed by the node itself: %s", e.text);
	text.authority = S("b-police");
	refused(&f, ERR_LAW, "not an authority of a", "or by an authority, which must be one");
	ok(json_parse(&a, "{\"type\":\"DELETE_ORDER\"}", 23, &limits, &body, &e) == OK, "an order to delete");
	text.body = body;
	text.authority = S("node");
	refused(&f, ERR_LAW, "not an authority of a", "is never the node's own");
	text.authority = S("a-police");
	r.authority = a_police;
	ok(law_may_file(&f, reg, &e) == OK, "an authority orders, and needs no basis beside that of the record: %s", e.text);
	arena_free(&a);
}

int
main(void)
{
	static void (*const groups[])(void) = { numbered, origin, versions, way, persons, acts };

	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
		world();
		channel = must(registry_add_channel(reg, "reports", i1,
		    KIND_BIT(KIND_INCIDENT) | KIND_BIT(KIND_NOTICE) |
		    KIND_BIT(KIND_REPORT), PURPOSE_BIT(1) | PURPOSE_BIT(4), &e), &e);
		groups[i]();
		world_end();
	}
	return tap_done();
}
