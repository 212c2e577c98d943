/* Edges of the gates beside the numbered cases: last days, largest values, each condition of a rule alone. */
#include "world.h"

static struct why why;

static enum level
see(const struct law_record *r, struct viewer v, const struct caveats *c, int32_t as_of)
{
	return vis(r, &v, reg, c == NULL ? &verified : c, as_of, &why);
}

/* NONE, and by this gate alone: everything else would let the viewer through. */
static void
only(const struct law_record *r, struct viewer v, const struct caveats *c, int gate, enum level want, const char *name)
{
	enum level got = see(r, v, c, SENT);
	bool alone = true;

	for (uint32_t i = 0; i < why.count; i++)
		alone &= why.reasons[i].ceiling == LEVEL_FULL || why.reasons[i].gate == gate;
	if (!ok(got == want && alone, "G%d %s", gate, name))
		for (uint32_t i = 0; i < why.count; i++)
			printf("#   level %s: G%d %s\n", level_word(got), why.reasons[i].gate,
			    why_word((enum why_code)why.reasons[i].code));
}

static void
audience(void)
{
	static const struct slice p2[] = { S("p2") };
	const struct viewer anybody = { .member = LAW_NONE, .authority = LAW_NONE, .role = ROLE_PUBLIC };
	struct law_record r = sent(KIND_INCIDENT);
	struct viewer v = officer(B, b_police);

	r.tlp = TLP_CLEAR;
	only(&r, anybody, NULL, 3, LEVEL_NONE, "the public and a record that is not addressed to it");
	r.base = AUD_PUBLIC;
	r.tlp = TLP_GREEN;
	only(&r, anybody, NULL, 7, LEVEL_NONE, "the public and TLP GREEN");
	r.tlp = TLP_CLEAR;
	r.pd = PD_PSEUDONYM;
	only(&r, anybody, NULL, 9, LEVEL_NONE, "the public and pseudonyms");
	is(see(&r, officer(B, b_police), NULL, SENT), LEVEL_FULL, "an officer may have pseudonyms");

	r = sent(KIND_INCIDENT);
	r.roles = 1u << AUTH_FIU;
	only(&r, v, NULL, 3, LEVEL_NONE, "another type of authority is addressed");
	is(see(&r, officer(A, a_police), NULL, SENT), LEVEL_FULL, "ROLES do not narrow the originator's side");
	r.roles = 0;
	r.role_authorities = &b_customs;
	r.role_authorities_count = 1;
	only(&r, v, NULL, 3, LEVEL_NONE, "another authority is addressed by name");
	is(see(&r, officer(B, b_customs), NULL, SENT), LEVEL_FULL, "the addressed one");
	v.authority = c_police;
	r.role_authorities = &c_police;
	is(see(&r, v, NULL, SENT), LEVEL_NONE, "the addressed authority in the mouth of another member");
	ok(said(&why, 3, WHY_ROLE), "is not addressed");
	r = sent(KIND_INCIDENT);
	r.persons = p2;
	r.persons_count = 1;
	only(&r, officer(B, b_police), NULL, 3, LEVEL_NONE, "another person is addressed");
	v = officer(B, b_police);
	v.person = (struct slice){ NULL, 0 };
	only(&r, v, NULL, 3, LEVEL_NONE, "a person without name is nobody");

	r = sent(KIND_INCIDENT);
	r.tlp = TLP_RED;
	v = officer(A, a_police);
	v.person = S("a-p1");
	is(see(&r, v, NULL, SENT), LEVEL_FULL, "RED: the filing officer");
	v.person = S("a-p2");
	only(&r, v, NULL, 7, LEVEL_NONE, "RED: a colleague with a name as long");
	r.officer = v.person = (struct slice){ NULL, 0 };
	only(&r, v, NULL, 7, LEVEL_NONE, "RED: no name on either side is no match");
	v = officer(B, b_police);
	v.person = S("a-p1");
	r.officer = S("a-p1");
	only(&r, v, NULL, 7, LEVEL_NONE, "RED: the same name at another member");

	r = sent(KIND_INCIDENT);
	r.tlp = TLP_AMBER_STRICT;
	is(see(&r, officer(A, a_police), NULL, SENT), LEVEL_FULL,
	    "AMBER+STRICT: the filing authority, the first of the register");
	is(see(&r, officer(B, b_police), NULL, SENT), LEVEL_FULL, "AMBER+STRICT without ROLES: a competent authority");
	r.purposes = PURPOSE_BIT(14);
	is(see(&r, officer(B, b_police), NULL, SENT), LEVEL_NONE, "AMBER+STRICT without ROLES: an incompetent one");
}

static void
competence(void)
{
	struct law_record r = sent(KIND_INCIDENT);
	struct viewer v = officer(B, LAW_NONE);
	struct err e = { 0 };
	int old = must(registry_add_authority(reg, "b-old", B, AUTH_POLICE, days(0, SENT), &e), &e);

	only(&r, v, NULL, 8, LEVEL_META, "an officer without authority");
	only(&r, officer(B, 99), NULL, 8, LEVEL_META, "an authority that is not in the register");
	only(&r, officer(B, (int)reg->authorities_count), NULL, 8, LEVEL_META, "one past the last");
	only(&r, officer(B, c_police), NULL, 8, LEVEL_META, "an authority of another member");
	must(registry_competence(reg, old, PURPOSE_BIT(1), KINDS_ALL, MAY_SEE, SPAN_ALWAYS, &e), &e);
	only(&r, officer(B, old), NULL, 8, LEVEL_META, "an authority that is no more");
	r.kind = KIND_CONTROL;
	only(&r, officer(B, old), NULL, 8, LEVEL_META, "nor does it see acts on records");

	struct viewer admin = { .member = B, .authority = LAW_NONE, .role = ROLE_ADMIN };
	r = sent(KIND_INCIDENT);
	only(&r, admin, NULL, 8, LEVEL_META, "an administrator has no competence");
	r.mode = MODE_TEST;
	is(see(&r, admin, NULL, SENT), LEVEL_NONE, "a test record outside the test view");
	v = officer(B, b_police);
	v.view = VIEW_TEST;
	only(&r, v, NULL, 14, LEVEL_NONE, "a test record for an officer in the test view");

	r = sent(KIND_INCIDENT);
	r.purposes = PURPOSE_BIT(14);
	must(registry_competence(reg, b_police, PURPOSE_BIT(14), KINDS_ALL, MAY_SEE, SPAN_ALWAYS, &e), &e);
	v = officer(B, b_police);
	v.purpose = 14;
	r.tlp = TLP_AMBER_STRICT;
	is(see(&r, v, NULL, SENT), LEVEL_FULL, "the last purpose of the list");
}

/* The strictest value of each scale is a known one. */
static void
largest(void)
{
	struct law_record r = sent(KIND_CONTROL);
	struct viewer v = officer(B, b_police);

	r.pap = TLP_RED;
	r.class_level = CLASS_MAX;
	r.class_mapping = sec;
	v.clearance = CLASS_MAX;
	r.pd = PD_SPECIAL;
	v.pd_right = PD_RIGHT_SPECIAL;
	r.handling = HANDLING_H0 | HANDLING_H1 | HANDLING_H2 | HANDLING_H3;
	r.onward = ONWARD_AUDIENCE;
	is(see(&r, v, NULL, SENT), LEVEL_FULL, "largest known values");
	ok((why.duties & (DUTY_H0 | DUTY_H1 | DUTY_H2 | DUTY_H3 | DUTY_PAP)) == (DUTY_H0 | DUTY_H1 | DUTY_H2 | DUTY_H3 | DUTY_PAP),
	    "all handling codes are duties");
	v.clearance = CLASS_MAX - 1;
	only(&r, v, NULL, 6, LEVEL_NONE, "one level of clearance too few");
	for (uint32_t i = 1; i < LAW_BASIS_MAX; i++)
		r.basis[i] = (struct law_basis){ .type = BASIS_DECISION, .instrument = LAW_NONE };
	r = sent(KIND_INCIDENT);
	r.basis[0].instrument = LAW_NONE;
	for (uint32_t i = 1; i < LAW_BASIS_MAX; i++)
		r.basis[i] = r.basis[0];
	r.basis_count = LAW_BASIS_MAX;
	only(&r, officer(B, b_police), NULL, 4, LEVEL_NONE, "thirty-two bases and none of them good");
	ok(why.count <= 5, "are told in a few reasons");
	r.basis[LAW_BASIS_MAX - 1].instrument = i1;
	is(see(&r, officer(B, b_police), NULL, SENT), LEVEL_FULL, "the last of them good");
	r.basis_count++;
	is(see(&r, officer(B, b_police), NULL, SENT), LEVEL_NONE, "one too many is an unknown value");
	r = sent(KIND_INCIDENT);
	r.kind = KIND_NONE;
	is(see(&r, officer(B, b_police), NULL, SENT), LEVEL_NONE, "no kind");
	ok(said(&why, 1, WHY_BAD_VALUE) && why.level == LEVEL_NONE && why.duties == 0, "is an unknown value");
	r = sent(KIND_INCIDENT);
	is(see(&r, (struct viewer){ .member = LAW_NONE, .role = ROLE_NODE }, NULL, SENT), LEVEL_NONE,
	    "a node of nobody");
	is(see(&r, (struct viewer){ .member = B, .role = ROLE_PUBLIC }, NULL, SENT), LEVEL_NONE,
	    "the public with a member");
	is(see(&r, node(LAW_MEMBERS_MAX), NULL, SENT), LEVEL_NONE, "a member beyond the largest register");
	mset_add(&r.delivery, 200);
	is(see(&r, node(200), NULL, SENT), LEVEL_NONE, "a member beyond this register");
	mset_add(&r.delivery, 6);
	only(&(struct law_record){ .seq = 1, .kind = KIND_INCIDENT, .origin = A, .filed_on = SENT, .base = AUD_LIST,
	    .delivery = { { 64 } }, .basis = { { .type = BASIS_CONSENT } }, .basis_count = 1,
	    .purposes = PURPOSE_BIT(1),
	    .review_by = INT32_MAX, .delete_by = INT32_MAX }, node(6),
	    &(struct caveats){ .integrity = INTEGRITY_VERIFIED,
	    .consents = &(struct consent){ .by = A, .targets = { { 64 } }, .purposes = PURPOSES_ALL, .until = SENT },
	    .consents_count = 1 }, 5, LEVEL_NONE, "one past the last member has no standing");
}

static void
bases(void)
{
	struct law_record r = sent(KIND_INCIDENT);
	struct consent k = { .by = A, .targets = set("D"), .purposes = PURPOSE_BIT(1), .until = SENT };
	struct caveats c = verified;

	memset(k.ref.id, 9, sizeof k.ref.id);
	k.ref.version = 2;
	c.consents = &k;
	c.consents_count = 1;
	mset_add(&r.delivery, D);
	r.basis[0] = (struct law_basis){ .type = BASIS_CONSENT, .instrument = LAW_NONE, .ref = k.ref };
	is(see(&r, officer(D, d_police), &c, SENT), LEVEL_FULL, "consent of the originator, on its last day");
	ok(said(&why, 4, WHY_CONSENTED), "and that is the basis");
	r.basis[0].ref.version = 0;
	is(see(&r, officer(D, d_police), &c, SENT), LEVEL_FULL, "a reference to the latest version");
	r.basis[0].ref.version = 1;
	only(&r, officer(D, d_police), &c, 4, LEVEL_NONE, "a reference to another version");
	r.basis[0].ref.version = 2;
	k.until = SENT - 1;
	only(&r, officer(D, d_police), &c, 4, LEVEL_NONE, "a consent that had ended on the sending day");
	k.until = SENT;
	k.by = B;
	only(&r, officer(D, d_police), &c, 4, LEVEL_NONE, "a consent of somebody else");
	k.by = A;
	k.targets = set("C");
	only(&r, officer(D, d_police), &c, 4, LEVEL_NONE, "a consent that names somebody else");
	k.targets = set("D");
	r.purposes |= PURPOSE_BIT(13);
	only(&r, officer(D, d_police), &c, 4, LEVEL_NONE, "a consent for some of the purposes");
	r.purposes = PURPOSE_BIT(1);
	r.basis[0].ref.id[0] = 8;
	only(&r, officer(D, d_police), &c, 4, LEVEL_NONE, "another consent");
	c.consents_count = 0;
	only(&r, officer(D, d_police), &c, 4, LEVEL_NONE, "a consent that is not here");
	r.purposes = 0;
	r.basis[0].ref = k.ref;
	c.consents_count = 1;
	is(see(&r, node(D), &c, SENT), LEVEL_NONE, "a consent to no purpose");

	r = sent(KIND_INCIDENT);
	r.basis[0].instrument = (int)reg->instruments_count;
	only(&r, officer(B, b_police), NULL, 4, LEVEL_NONE, "an instrument one past the last");
	r = sent(KIND_INCIDENT);
	r.origin = D;
	only(&r, officer(B, b_police), NULL, 4, LEVEL_NONE, "the originator was not bound");
	ok(said(&why, 4, WHY_ORIGIN_NOT_BOUND), "and that is told");
}

static void
status(void)
{
	struct err e = { 0 };
	struct law_record r = sent(KIND_INCIDENT);
	struct law_instrument *i = &reg->instruments[i1];
	struct caveats c = verified;
	int other = must(registry_add_body(reg, "board", 0, &e), &e);

	/* C was a member until SENT + 10, and left mechanism and instrument together */
	reg->members[C].standings[0].span = days(0, SENT + 10);
	must(registry_standing(reg, C, STANDING_FORMER, days(SENT + 10, SENT + 50), "", &e), &e);
	i->bindings[2].span = days(0, SENT + 10);
	must(registry_survival(reg, i1, SURVIVAL_UNTIL_DELETE_BY, 0, &e), &e);
	c.held = true;
	c.held_on = SENT + 9;
	is(see(&r, officer(C, c_police), &c, SENT + 20), LEVEL_FULL, "a former member keeps what it held");
	c.held_on = SENT + 10;
	is(see(&r, officer(C, c_police), &c, SENT + 20), LEVEL_NONE, "but not what came on the day it left");
	c.held = false;
	is(see(&r, officer(C, c_police), &c, SENT + 20), LEVEL_NONE, "nor what it did not hold");
	ok(said(&why, 5, WHY_FORMER) && said(&why, 4, WHY_NOT_HELD), "by both gates");
	c.held = true;
	c.held_on = SENT + 9;
	is(see(&r, officer(C, c_police), &c, SENT + 60), LEVEL_NONE, "without any standing nothing");
	ok(said(&why, 5, WHY_NO_STANDING), "by G5");

	r = to_council(KIND_DECISION);
	must(registry_grant(reg, E, other, KIND_BIT(KIND_DECISION), LEVEL_FULL, SPAN_ALWAYS, "", &e), &e);
	is(see(&r, officer(E, e_desk), NULL, SENT), LEVEL_NONE, "a grant for another body");
	r.base = AUD_LIST;
	is(see(&r, officer(E, e_desk), NULL, SENT), LEVEL_NONE, "a grant for a body is none for a list");
	r = to_council(KIND_DECISION);
	must(registry_grant(reg, E, council, KIND_BIT(KIND_DECISION), LEVEL_META, SPAN_ALWAYS, "", &e), &e);
	must(registry_grant(reg, E, LAW_ANY, KIND_BIT(KIND_DECISION), LEVEL_FULL, days(SENT, SENT + 1), "", &e), &e);
	is(see(&r, officer(E, e_desk), NULL, SENT), LEVEL_FULL, "the widest grant of the day");
	is(see(&r, officer(E, e_desk), NULL, SENT + 1), LEVEL_META, "and of the next");
}

static void
dates(void)
{
	struct law_record r = sent(KIND_NOTICE), newer = r;
	struct caveats c = verified;

	r.delete_by = SENT;
	is(see(&r, officer(B, b_police), NULL, SENT), LEVEL_FULL, "on delete_by");
	is(vis_audit(&r, &verified, true, SENT, NULL), LEVEL_FULL, "the auditor too");
	is(see(&r, officer(B, b_police), NULL, SENT + 1), LEVEL_NONE, "the day after");
	r = sent(KIND_NOTICE);
	c.integrity = INTEGRITY_UNCHECKED;
	is(vis_audit(&r, &c, true, SENT, &why), LEVEL_META, "the auditor and an unchecked payload");
	c.integrity = INTEGRITY_BAD;
	is(vis_audit(&r, &c, true, SENT, &why), LEVEL_META, "and a bad one");
	r.tlp = (enum tlp)9;
	is(vis_audit(&r, &verified, true, SENT, &why), LEVEL_META, "and an unknown value");

	r = sent(KIND_NOTICE);
	c = verified;
	c.newest = &newer;
	newer.tlp = TLP_RED;
	is(see(&r, officer(B, b_police), &c, SENT), LEVEL_FULL, "a version of the same number is not newer");
	newer.seq = 2;
	newer.id[0]++;
	is(see(&r, officer(B, b_police), &c, SENT), LEVEL_FULL, "a version of another record is none");
	newer.id[0]--;
	newer.tlp = TLP_GREEN;
	newer.exclude = set("B");
	is(see(&r, officer(B, b_police), &c, SENT), LEVEL_NONE, "excluded by the newest version");
	newer.exclude = set("A");
	is(see(&r, officer(A, a_police), &c, SENT), LEVEL_FULL, "which never shuts out the originator");
	newer.exclude = set("");
	newer.tlp = (enum tlp)9;
	is(see(&r, officer(B, b_police), &c, SENT), LEVEL_NONE, "a newest version with an unknown value");
	newer.tlp = TLP_GREEN;
	is(see(&r, officer(B, b_police), &c, SENT), LEVEL_FULL, "a newest version like this one");
	ok((why.duties & DUTY_SEND_RECALL) == 0, "no recall then");
	is(vis(&r, &(struct viewer){ .member = B, .authority = b_police, .purpose = 1 }, reg, &verified, SENT, NULL),
	    LEVEL_FULL,
	    "without a place for reasons");

	r.pd = PD_PSEUDONYM;
	c = verified;
	c.flags = CAVEAT_PROTECTED;
	c.feared = set("B");
	only(&r, node(B), &c, 12, LEVEL_NONE, "a pseudonym is a person to be protected");
	r.pd = PD_COUNTS;
	is(see(&r, node(B), &c, SENT), LEVEL_FULL, "a number is none");

	r = sent(KIND_NOTICE);
	r.pd = PD_IDENTIFYING;
	r.person_notice = true;
	c = verified;
	c.review = REVIEW_FLAGGED;
	is(see(&r, officer(B, b_police), &c, SENT), LEVEL_REDACTED, "flagged and redacted");
	ok((why.duties & DUTY_NO_ACTION) != 0, "who reads a part has the reader's duties");
}

static void
onward(void)
{
	struct law_record r = sent(KIND_REPLY);
	struct viewer a = officer(B, b_police), t = officer(B, b_police);
	struct consent k = { .by = A, .targets = set("C"), .purposes = PURPOSE_BIT(1), .until = SENT };
	struct caveats c = verified;

	r.tlp = TLP_AMBER_STRICT;
	ok(may_forward(&r, &a, &t, &c, SENT, NULL), "AMBER+STRICT inside the authority");
	t.authority = b_customs;
	ok(!may_forward(&r, &a, &t, &c, SENT, NULL), "AMBER+STRICT to another of the member");
	a.authority = t.authority = LAW_NONE;
	ok(!may_forward(&r, &a, &t, &c, SENT, NULL), "no authority on either side is not the same one");
	t = officer(C, b_police);
	a = officer(B, b_police);
	ok(!may_forward(&r, &a, &t, &c, SENT, NULL), "nor is one of the same number at another member");
	a = officer(A, a_police);
	t = officer(A, a_police);
	ok(may_forward(&r, &a, &t, &c, SENT, NULL), "the first authority of the register counts too");
	r.onward = ONWARD_ASK;
	r.basis[0] = (struct law_basis){ .type = BASIS_CONSENT };
	memset(r.basis[0].ref.id, 3, RECORD_ID_BYTES);
	k.ref = r.basis[0].ref;
	c.consents = &k;
	c.consents_count = 1;
	t = officer(C, c_police);
	a = officer(B, b_police);
	ok(may_forward(&r, &a, &t, &c, SENT, &why), "a consent that the record itself cites");
	r.basis[0].type = BASIS_DECISION;
	ok(!may_forward(&r, &a, &t, &c, SENT, &why), "a decision of the same number is no consent");
	r.basis[0].type = BASIS_CONSENT;
	r.handling = HANDLING_H3 | HANDLING_H0;
	ok(may_forward(&r, &a, &t, &c, SENT, &why) && why.duties == (DUTY_H0 | DUTY_H3),
	    "handling codes travel as duties");
	r.handling = 15;
	ok(may_forward(&r, &a, &t, &c, SENT, &why) && why.duties == 15, "all of them");
	k.purposes = PURPOSE_BIT(PURPOSE_MAX);
	t.purpose = PURPOSE_MAX;
	ok(may_forward(&r, &a, &t, &c, SENT, &why), "the last purpose");
	t.purpose = 0;
	a.purpose = 0;
	ok(!may_forward(&r, &a, &t, &c, SENT, &why), "no purpose on either side");
	t.purpose = PURPOSE_MAX + 1;
	ok(!may_forward(&r, &a, &t, &c, SENT, &why), "a purpose beyond the list");
	r.onward = ONWARD_AUDIENCE;
	r.handling = 0;
	r.tlp = TLP_GREEN;
	t = officer(A, a_police);
	ok(may_forward(&r, &a, &t, &c, SENT, NULL), "to the first member of the register");
	ok(!may_forward(&r, &a, &(struct viewer){ .member = LAW_MEMBERS_MAX }, &c, SENT, NULL), "to nobody");
}

int
main(void)
{
	static void (*const groups[])(void) = { audience, competence, largest, bases, status, dates, onward };

	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
		world();
		groups[i]();
		world_end();
	}
	return tap_done();
}
