/* Charters: what a good one becomes, every rule CH05-CH25 broken once, and the charters that the project ships. */
#include <string.h>

#include "charter/charter.h"
#include "crypt/crypt.h"
#include "crypt/hash.h"
#include "tap.h"

#define LINES(...) static const char *const base[] = { __VA_ARGS__ }

LINES(
    "charter: 1",
    "mechanism: demo",
    "name: {en: Demo}",
    "members:",
    "  aa:",
    "    name: {en: A}",
    "    status: member",
    "    retention: {identifying: 365 days}",
    "    person data: {reviewer: aa-review, supervisor: s@a.example, review every: 12 months}",
    "  bb:",
    "    name: {en: B, fa: ب}",
    "    history: [{status: acceding, to: 2000-12-31}, {status: member, from: 2001-01-01, source: \"s:1\"}]",
    "    zone: [{offset: \"+06:00\"}, {from: 2024-03-01, offset: \"+05:00\"}]",
    "    weekend: [friday]",
    "    holidays: [2024-05-01, 2024-05-09]",
    "  ee:",
    "    name: {en: E}",
    "    status: observer",
    "    grants: [{body: council, kinds: [decision], level: meta}]",
    "instruments:",
    "  treaty:",
    "    name: {en: Treaty}",
    "    adopted: 2000-01-01",
    "    in force: {when: 2 have ratified, after: 30 days}",
    "    withdrawal: {notice: 6 months}",
    "    survival: 90 days",
    "    data: {class: 2, person data: identifying, kinds: [incident, notice, decision]}",
    "    acts:",
    "      - {who: aa, act: ratify, on: 2000-02-01}",
    "      - {who: bb, act: accede, on: 2001-03-01}",
    "    reservations: [{by: bb, article: \"7\", effect: modified}]",
    "authorities:",
    "  aa-police:",
    "    member: aa",
    "    type: police",
    "    competences: [{may: [file, see], purposes: [P01], kinds: [incident]}]",
    "bodies:",
    "  council: {name: {en: Council}, everyone with status: [member, observer], members: [aa]}",
    "classification: [{under: treaty, between: [aa, bb]}]",
    "channels:",
    "  drugs: {under: treaty, kinds: [incident], purposes: [P01, P02]}",
    "naming:",
    "  set-1: {for: [aa], names: {place-1: {as: Alpha, footnote: \"* without prejudice\"}}}",
)
;

#define BASE_LINES (sizeof base / sizeof *base)

static struct arena mem;
static struct complaints c;
static struct charter *ch;

/* The base text with line ${old} replaced (NULL: none), or followed by ${more} at the end. */
static bool
check(const char *old, const char *line, const char *more)
{
	struct buf text = { 0 };
	bool good, found = old == NULL;

	for (size_t i = 0; i < BASE_LINES; i++) {
		bool here = old != NULL && strcmp(base[i], old) == 0;

		found |= here;
		buf_fmt(&text, "%s\n", here ? line : base[i]);
	}
	buf_str(&text, more == NULL ? "" : more);
	if (!found)
		printf("Bail out! no line \"%s\" in the base text\n", old);
	good = charter_check(&mem, "t.yaml", buf_cstr(&text), text.len, &ch, &c);
	buf_free(&text);
	return good;
}

static void
rule(const char *id, const char *old, const char *line, const char *words)
{
	bool good = check(old, line, NULL), told = false;

	for (uint32_t i = 0; i < c.count; i++)
		told |= strcmp(c.list[i].rule, id) == 0 && strstr(c.list[i].text, words) != NULL && c.list[i].line > 0;
	if (!ok(!good && told && ch == NULL, "%s: %s", id, words))
		for (uint32_t i = 0; i < c.count; i++)
			printf("#   %u:%u %s [%s]\n", c.list[i].line, c.list[i].col, c.list[i].text, c.list[i].rule);
}

static void
good(void)
{
	struct registry *reg = NULL;
	struct err e = { 0 };
	struct digest d;
	int32_t day = civil_to_days(2001, 5, 1);

	ok(check(NULL, NULL, NULL), "the base text is good");
	for (uint32_t i = 0; i < c.count; i++)
		printf("#   %u:%u %s [%s]\n", c.list[i].line, c.list[i].col, c.list[i].text, c.list[i].rule);
	is(charter_registry(ch, &mem, &reg, &e), OK, "and becomes a register");
	is(reg->members_count, 3, "members");
	is(registry_standing_on(reg, 1, civil_to_days(2000, 12, 31), NULL), STANDING_ACCEDING,
	    "\"to\" is the last day");
	is(registry_standing_on(reg, 1, civil_to_days(2001, 1, 1), NULL), STANDING_MEMBER, "\"from\" the first");
	is(registry_bound(reg, 0, 0, civil_to_days(2001, 3, 30)), BINDING_CONSENTED_NOT_IN_FORCE,
	    "29 days after the second consent");
	is(registry_bound(reg, 0, 0, civil_to_days(2001, 3, 31)), BINDING_BOUND, "30 days after it");
	is(registry_bound(reg, 0, 1, day), BINDING_BOUND_RESERVED, "with a reservation");
	is(reg->instruments[0].effects_count, 1, "which is an effect");
	ok(reg->instruments[0].survival == SURVIVAL_DAYS && reg->instruments[0].survival_days == 90, "survival");
	ok(reg->instruments[0].caps.class_level == 2 && reg->instruments[0].caps.pd == PD_IDENTIFYING, "caps");
	ok(registry_may(reg, 0, 1, KIND_INCIDENT, MAY_FILE | MAY_SEE, day) && !registry_may(reg, 0, 1, KIND_INCIDENT,
	    MAY_ACT, day),
	    "competence");
	is(mset_count(&(struct mset){ { registry_body_on(reg, 0, day).w[0] } }), 3, "body by standing and by name");
	ok(registry_mapped(reg, 0, 1, 0, day) && !registry_mapped(reg, 0, 0, 2, day),
	    "mapping of a pair, either way round");
	is(reg->members[0].retention_days[PD_IDENTIFYING], 365, "retention");
	is(reg->members[0].person_data.review_months, 12, "person data");
	is(calendar_offset(&reg->members[1].calendar, 0), 360, "zone");
	ok(!calendar_works(&reg->members[1].calendar, civil_to_days(2024, 5, 9)) &&
	    !calendar_works(&reg->members[1].calendar, civil_to_days(2024, 5, 3)), "holiday and weekend");
	is_str(registry_term_for(reg, 0, "place-1", 7)->footnote, "* without prejudice", "naming set");
	ok(registry_term_for(reg, 1, "place-1", 7) == NULL, "for its audience only");
	is(reg->members[2].grants_count, 1, "grant");
	hash_once(&d, "x", 1);
	ok(memcmp(ch->hash, d.b, 32) != 0 && ch->hash[0] + ch->hash[1] + ch->hash[2] != 0, "hashed");
	uint8_t before[32];
	memcpy(before, ch->hash, 32);
	ok(check(NULL, NULL, "# a remark\n") && memcmp(before, ch->hash, 32) != 0,
	    "the bytes of the file are the charter");
}

static void
values(void)
{
	static const char zone[] = "    zone: [{offset: \"+06:00\"}, {from: 2024-03-01, offset: \"+05:00\"}]";
	static const char acts[] = "      - {who: aa, act: ratify, on: 2000-02-01}";

	rule("CH05", "    status: member", "    state: member", "a member has no \"state\"");
	rule("CH06", "    status: member", "    note: x", "needs \"status\" or \"history\"");
	rule("CH06", "mechanism: demo", "note: x", "needs \"mechanism\"");
	rule("CH07", "    weekend: [friday]", "    weekend: friday", "a list is expected");
	rule("CH07", "name: {en: Demo}", "name: Demo", "a map is expected");
	rule("CH07", "mechanism: demo", "mechanism: [demo]", "a single value");
	rule("CH08", "mechanism: demo", "mechanism: De Mo", "is no code");
	rule("CH08", "charter: 1", "charter: 2", "format 2");
	rule("CH08", "charter: 1", "charter: one", "a whole number");
	rule("CH08", "name: {en: Demo}", "name: {english language: Demo}", "language tag");
	rule("CH08", "    status: observer", "    status: friend", "use one of none, member");
	rule("CH08", "    holidays: [2024-05-01, 2024-05-09]", "    holidays: [2024-05-09, 2024-05-01]",
	    "in the order");
	rule("CH08", "    holidays: [2024-05-01, 2024-05-09]", "    holidays: [May Day]", "is no date");
	rule("CH08", zone, "    zone: \"+19:00\"", "no offset");
	rule("CH08", "    survival: 90 days", "    survival: 3 months", "a number of days");
	rule("CH08", "    withdrawal: {notice: 6 months}", "    withdrawal: {notice: half a year}", "no duration");
	rule("CH08", "    in force: {when: 2 have ratified, after: 30 days}", "    in force: {when: soon}",
	    "no rule of entry into force");
	rule("CH08", "  drugs: {under: treaty, kinds: [incident], purposes: [P01, P02]}",
	    "  drugs: {under: treaty, kinds: [gossip], purposes: [P01]}", "no kind of record");
	rule("CH08", "  drugs: {under: treaty, kinds: [incident], purposes: [P01, P02]}",
	    "  drugs: {under: treaty, kinds: [incident], purposes: [P15]}", "no purpose");
	rule("CH09", acts, "      - {who: aa, act: ratify, on: 2000-02-30}", "no day 2000-02-30");
	rule("CH10", "    status: member", "    status: member\n    from: 2001-01-01\n    to: 2000-01-01",
	    "lies after");
	rule("CH02", "    weekend: [friday]", "    a: {b: {c: {d: {e: {f: {g: {h: {i: {j: {k: {l: {m: {n: {o:"
	    " 1}}}}}}}}}}}}}}", "deeper");
}

static void
references(void)
{
	static const char history[] =
	    "    history: [{status: acceding, to: 2000-12-31}, {status: member, from: 2001-01-01, source: \"s:1\"}]";
	static const char acts[] = "      - {who: aa, act: ratify, on: 2000-02-01}";
	static const char force[] = "    in force: {when: 2 have ratified, after: 30 days}";

	rule("CH11", acts, "      - {who: zz, act: ratify, on: 2000-02-01}", "\"zz\" is not among the members");
	rule("CH11", "    member: aa", "    member: zz", "\"zz\" is not among the members");
	rule("CH11", "classification: [{under: treaty, between: [aa, bb]}]",
	    "classification: [{under: treaty, between: [aa, zz]}]", "zz");
	rule("CH12", "  drugs: {under: treaty, kinds: [incident], purposes: [P01, P02]}",
	    "  drugs: {under: pact, kinds: [incident], purposes: [P01]}", "\"pact\" is not among the instruments");
	rule("CH13", "    grants: [{body: council, kinds: [decision], level: meta}]",
	    "    grants: [{body: board, kinds: [decision], level: meta}]", "\"board\" is not among the bodies");
	rule("CH14", acts, "      - {who: aa, act: ratify, on: 1999-12-31}", "before the adoption");
	rule("CH14", acts, "      - {who: aa, act: ratify, on: 2000-02-01}\n      - {who: aa, act: sign, on:"
	    " 2000-03-01}", "before it signs");
	rule("CH16", "    weekend: [friday]", "    weekend: [friday]\n    grants: [{kinds: [notice, notice], level:"
	    " meta}]", "twice in this list");
	rule("CH16", "  set-1: {for: [aa], names: {place-1: {as: Alpha, footnote: \"* without prejudice\"}}}",
	    "  set-1: {for: [aa, aa], names: {place-1: {as: Alpha}}}", "twice in this list");
	rule("CH20", history, "    history: [{status: acceding, to: 2001-01-01}, {status: member, from: 2001-01-01}]",
	    "two statuses on one day");
	rule("CH20", history, "    status: member\n    seat: [{seat: vacant, to: 2001-01-01}, {seat: contested, from:"
	    " 2001-01-01}]", "two seats");
	rule("CH21", acts, "      - {who: bb, act: ratify, on: 2000-02-01}", "does this twice");
	rule("CH21", history, "    status: member\n    history: []", "keep one");
	rule("CH22", force, "    in force: {when: 2 have ratified, taken as: 2001-01-01, reason: r, source: s}",
	    "where every act has its date");
	rule("CH22", force, "    in force: {when: 2000, taken as: 2001-01-01, source: s}",
	    "needs a reason and a source");
	rule("CH22", force, "    in force: {when: 2000, reason: r}", "no \"taken as\" date");
	rule("CH14", force, "    in force: {when: 2000, taken as: 1999-01-01, reason: r, source: s}",
	    "\"taken as\" lies before");
	rule("CH23", "  drugs: {under: treaty, kinds: [incident], purposes: [P01, P02]}",
	    "  drugs: {under: treaty, kinds: [meeting], purposes: [P01]}", "does not provide for");
	rule("CH24", "classification: [{under: treaty, between: [aa, bb]}]",
	    "classification: [{under: treaty, between: [aa]}]", "a pair");
	rule("CH25", "naming:", "naming:\n  set-0: {for: [aa], names: {x: {as: X}}}", "has another naming set");
}

static void
nodes(void)
{
	static const char key_a[] = "    node: {address: \"a.example:7101\", log key:"
	    " a.example+fb8ef8a5+ATNr8sXq7ZJ3Q3i+2k0cXlH2h1VQ}";
	static const char aa[] = "    retention: {identifying: 365 days}", bb[] = "    weekend: [friday]";
	static const char pin[] = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
	char one[512];
	bool told = false;

	rule("CH19", aa, key_a, "no verifier key");
	rule("CH19", aa, "    node: {log key: PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW}",
	    "no verifier key");
	ok(check(aa, "    node: {log key: PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW}", NULL),
	    "a verifier key whose id is the hash of its name and key");
	rule("CH19", aa, "    node: {address: \"a.example\"}", "no address");
	rule("CH19", aa, "    node: {address: \"a.example:70000\"}", "no address");
	rule("CH19", aa, "    node: {address: \"a b:7101\"}", "no address");
	rule("CH19", aa, "    node: {tls pin: \"sha1//abc\"}", "no pin");
	snprintf(one, sizeof one, "    node: {address: \"[2001:db8::1]:7101\", tls pin: \"%s\"}", pin);
	ok(check(aa, one, NULL), "a node by IPv6 address and pin");
	snprintf(one, sizeof one, "%s\n    node: {address: \"a.example:7101\", tls pin: \"%s\"}", bb, pin);
	check(bb, one, NULL);
	ok(c.count == 0, "one node with that pin");

	/* both members with the same node: the base line of aa replaced, bb's by the text after it */
	struct buf text = { 0 };
	for (size_t i = 0; i < BASE_LINES; i++) {
		buf_fmt(&text, "%s\n", base[i]);
		if (strcmp(base[i], aa) == 0 || strcmp(base[i], bb) == 0)
			buf_fmt(&text, "    node: {address: \"a.example:7101\", tls pin: \"%s\"}\n", pin);
	}
	charter_check(&mem, "t.yaml", buf_cstr(&text), text.len, &ch, &c);
	buf_free(&text);
	ok(c.count == 2 && strcmp(c.list[0].rule, "CH17") == 0 && strstr(c.list[0].text, "same address") != NULL,
	    "CH17: same address");
	for (uint32_t i = 0; i < c.count; i++)
		told |= strcmp(c.list[i].rule, "CH18") == 0;
	ok(told, "CH18: one public key serving two members");

	ok(!charter_check(&mem, "t.yaml", "charter: 1\n", 11, &ch, &c) && c.count == 7,
	    "CH15 and all that is missing, at once");
	told = false;
	for (uint32_t i = 0; i < c.count; i++)
		told |= strcmp(c.list[i].rule, "CH15") == 0;
	ok(told, "CH15: fewer than two members");
}

static void
shipped(void)
{
	static char text[CHARTER_MAX_BYTES];
	struct registry *reg = NULL;
	struct err e = { 0 };
	FILE *f = fopen("charters/tashkent-2000.yaml", "rb");
	size_t len = f == NULL ? 0 : fread(text, 1, sizeof text, f);
	int32_t day = civil_to_days(2018, 5, 28);
	struct mset parties;

	if (f != NULL)
		fclose(f);
	is(charter_read(&mem, "tashkent-2000.yaml", text, len, &ch, &e), OK, "the treaty of 2000 is read");
	if (e.code != OK)
		printf("#   %s\n", e.text);
	if (ch == NULL || charter_registry(ch, &mem, &reg, &e) != OK)
		return;
	parties = registry_parties(reg, 0, day);
	is(mset_count(&parties), 4, "four parties");
	ok(!mset_has(&parties, registry_member(reg, "tm", 2)), "Turkmenistan is none");
	is(registry_standing_on(reg, registry_member(reg, "tm", 2), day, NULL), STANDING_NONE, "nor has it a standing");
	is(registry_bound(reg, 0, 0, civil_to_days(2000, 4, 20)), BINDING_NOT_PARTY, "the day before");
	is(registry_bound(reg, 0, 0, civil_to_days(2000, 4, 21)), BINDING_BOUND, "from the agreed date on");
	is_str(registry_binding_on(reg, 0, 0, day)->source, "s3:14", "with its source");
	ok(registry_channel(reg, "drugs", 5) >= 0, "a channel for drugs");
	for (uint32_t i = 0; i < ch->members_count; i++)
		ok(ch->members[i].source != NULL, "%s has a source", ch->members[i].code);
	for (uint32_t i = 0; i < ch->channels_count; i++)
		ok(ch->channels[i].source != NULL, "channel %s has a source", ch->channels[i].code);
}

int
main(void)
{
	struct err e = { 0 };

	if (crypt_init(&e) != OK)
		printf("Bail out! %s\n", e.text);
	good();
	values();
	references();
	nodes();
	shipped();
	arena_free(&mem);
	return tap_done();
}
