/* The thirty-six visibility cases of law.md C1, under their numbers. */
#include "world.h"

static struct why why;

static enum level
see(const struct law_record *r, struct viewer v, const struct caveats *c, int32_t as_of)
{
	return vis(r, &v, reg, c == NULL ? &verified : c, as_of, &why);
}

/* One binding row of C under i1 instead of SPAN_ALWAYS/BOUND: the cases move states in time. */
static void
rebind(int inst, int member, enum binding status, struct span span)
{
	struct law_instrument *i = &reg->instruments[inst];

	for (uint32_t k = 0; k < i->bindings_count; k++)
		if (i->bindings[k].member == member)
			i->bindings[k] = (struct binding_row){ span, member, status, "case" };
}

static void
bind_more(int inst, int member, enum binding status, struct span span)
{
	struct err e = { 0 };

	must(registry_binding(reg, inst, member, status, span, "case", &e), &e);
}

static void
binding_cases(void)
{
	struct law_record r = sent(KIND_INCIDENT), v2;
	struct caveats held = verified;

	is(see(&r, officer(B, b_police), NULL, SENT), LEVEL_FULL, "V01 party, competent");
	ok(said(&why, 3, WHY_LISTED) && said(&why, 4, WHY_BOUND), "V01 rests on the list and the binding");
	is(see(&r, officer(D, d_police), NULL, SENT), LEVEL_NONE, "V02 member, not party");
	ok(said(&why, 3, WHY_NOT_LISTED) && said(&why, 4, WHY_NOT_BOUND), "V02 says list and basis");

	rebind(i1, C, BINDING_CONSENTED_NOT_IN_FORCE, days(0, SENT + 1));
	r = sent(KIND_INCIDENT);
	mset_add(&r.delivery, C);
	is(see(&r, officer(C, c_police), NULL, SENT), LEVEL_NONE, "V03 ratified, own entry into force tomorrow");
	ok(said(&why, 4, WHY_NOT_BOUND), "V03 by the basis, even if the list were wrong");
	rebind(i1, C, BINDING_PROVISIONAL, days(0, SENT + 1));
	bind_more(i1, C, BINDING_BOUND, days(SENT + 1, INT32_MAX));
	r = sent(KIND_INCIDENT);
	is(see(&r, officer(C, c_police), NULL, SENT), LEVEL_FULL, "V03b provisional application declared");

	bind_more(i1, D, BINDING_BOUND, days(SENT + 5, INT32_MAX));
	v2 = r;
	v2.seq = 2;
	v2.filed_on = SENT + 6;
	v2.delivery = law_resolve_audience(reg, &v2, v2.filed_on);
	is(see(&r, officer(D, d_police), NULL, SENT + 10), LEVEL_NONE, "V04 acceded after sending: version 1");
	is(see(&v2, officer(D, d_police), NULL, SENT + 10), LEVEL_FULL,
	    "V04 version 2, sent after its entry into force");

	rebind(i1, B, BINDING_WITHDRAWING, days(0, SENT + 30));
	bind_more(i1, B, BINDING_FORMER, days(SENT + 30, INT32_MAX));
	is(see(&r, officer(B, b_police), NULL, SENT + 29), LEVEL_FULL, "V05 withdrawing, notice running");
	is(see(&r, officer(B, b_police), NULL, SENT + 30), LEVEL_NONE, "V05 from the effective date on, nothing held");

	struct err e = { 0 };
	must(registry_survival(reg, i1, SURVIVAL_UNTIL_DELETE_BY, 0, &e), &e);
	held.held = true;
	held.held_on = SENT + 1;
	r.delete_by = SENT + 1000;
	is(see(&r, officer(B, b_police), &held, SENT + 100), LEVEL_FULL, "V06 version 1 held before: stays");
	ok(said(&why, 4, WHY_SURVIVES), "V06 by the survival clause");
	is(see(&r, officer(B, b_police), &held, SENT + 1001), LEVEL_NONE, "V06 until delete_by");
	v2.filed_on = SENT + 40;
	mset_add(&v2.delivery, B);
	is(see(&v2, officer(B, b_police), &held, SENT + 100), LEVEL_NONE, "V06 version 2: not");
	struct law_record order = v2;
	order.kind = KIND_CONTROL;
	is(see(&order, node(B), NULL, SENT + 100), LEVEL_FULL, "V06 DELETE_ORDER for version 1: delivered");
	is(see(&order, officer(B, b_police), NULL, SENT + 100), LEVEL_FULL, "V06 and readable");
	must(registry_survival(reg, i1, SURVIVAL_DAYS, 50, &e), &e);
	is(see(&r, officer(B, b_police), &held, SENT + 79), LEVEL_FULL, "survival of 50 days: last day");
	is(see(&r, officer(B, b_police), &held, SENT + 80), LEVEL_NONE, "survival of 50 days: over");
	ok(said(&why, 4, WHY_SURVIVAL_OVER), "survival is what ended");
	must(registry_survival(reg, i1, SURVIVAL_NONE, 0, &e), &e);
	is(see(&r, officer(B, b_police), &held, SENT + 31), LEVEL_NONE, "no survival clause: nothing stays");
}

static void
reservation_cases(void)
{
	struct err e = { 0 };
	struct law_record r = sent(KIND_INCIDENT);

	must(registry_effect(reg, i1, C, LAW_ANY, "9", EFFECT_MODIFIED, SPAN_ALWAYS, &e), &e);
	rebind(i1, C, BINDING_BOUND_RESERVED, SPAN_ALWAYS);
	is(see(&r, officer(C, c_police), NULL, SENT), LEVEL_FULL, "reservation to article 9, article 4 cited");
	r.basis[0].article = S("9");
	is(see(&r, officer(C, c_police), NULL, SENT), LEVEL_NONE, "article 9 cited: affected between the two");
	is(see(&r, officer(B, b_police), NULL, SENT), LEVEL_FULL, "others inter se unaffected");
	r.basis[0].article = (struct slice){ NULL, 0 };
	is(see(&r, officer(C, c_police), NULL, SENT), LEVEL_NONE, "no article cited: cannot be shown to be unaffected");
	ok(said(&why, 4, WHY_ARTICLE), "and the reason is the article");
	r.basis[0].article = S("4");
	must(registry_effect(reg, i1, A, C, NULL, EFFECT_NO_RELATION, SPAN_ALWAYS, &e), &e);
	is(see(&r, officer(C, c_police), NULL, SENT), LEVEL_NONE,
	    "objection precluding entry into force between A and C");
	r.basis[1] = (struct law_basis){ .type = BASIS_INSTRUMENT, .instrument = statute, .article = S("1") };
	r.basis_count = 2;
	is(see(&r, officer(C, c_police), NULL, SENT), LEVEL_FULL, "a second basis that binds both is enough");
	is(why.count, 2, "and only the basis that carries it is told");
	r.basis_count = 0;
	is(see(&r, officer(B, b_police), NULL, SENT), LEVEL_NONE, "no basis at all");
}

static void
audience_cases(void)
{
	struct law_record r = sent(KIND_INCIDENT);
	struct viewer p2 = officer(B, b_police);
	static const struct slice only[] = { S("p1") };

	r.base = AUD_LIST;
	r.list = set("ABC");
	r.exclude = set("B");
	r.delivery = law_resolve_audience(reg, &r, SENT);
	ok(!mset_has(&r.delivery, B), "V07 EXCLUDE leaves the delivery list");
	mset_add(&r.delivery, B);
	is(see(&r, officer(B, b_police), NULL, SENT), LEVEL_NONE, "V07 EXCLUDE beats even the list");
	ok(said(&why, 3, WHY_EXCLUDED), "V07 and says so");

	r = sent(KIND_INCIDENT);
	r.tlp = TLP_RED;
	r.persons = only;
	r.persons_count = 1;
	is(see(&r, officer(B, b_police), NULL, SENT), LEVEL_FULL, "V08 TLP RED, the named person");
	p2.person = S("p2");
	is(see(&r, p2, NULL, SENT), LEVEL_NONE, "V08 another person of the same authority");
	r.persons_count = 0;
	is(see(&r, officer(B, b_police), NULL, SENT), LEVEL_NONE, "V08 RED without persons: nobody");
	ok(said(&why, 7, WHY_TLP_RED), "V08 by G7");

	r = sent(KIND_INCIDENT);
	r.tlp = TLP_AMBER_STRICT;
	r.roles = 1u << AUTH_CUSTOMS;
	is(see(&r, officer(B, b_customs), NULL, SENT), LEVEL_FULL, "V09 AMBER+STRICT, the addressed customs");
	is(see(&r, officer(B, b_police), NULL, SENT), LEVEL_NONE, "V09 police of the same member");
	ok(said(&why, 7, WHY_TLP_STRICT), "V09 by G7");
	is(see(&r, officer(A, a_other), NULL, SENT), LEVEL_NONE, "V09 another authority of the originator");
}

static void
class_cases(void)
{
	struct law_record r = sent(KIND_INCIDENT);
	struct viewer b = officer(B, b_police), c = officer(C, c_police);

	b.clearance = c.clearance = 3;
	r.class_level = 2;
	r.class_mapping = sec;
	is(see(&r, b, NULL, SENT), LEVEL_FULL, "V10 agreement in force with B");
	is(see(&r, c, NULL, SENT), LEVEL_NONE, "V10 none with C");
	is(see(&r, node(C), NULL, SENT), LEVEL_NONE, "V10 its node neither");
	r.announce = true;
	is(see(&r, c, NULL, SENT), LEVEL_EXISTS, "V10 announced: EXISTS");
	r.announce = false;
	bind_more(sec, C, BINDING_SIGNED_ONLY, SPAN_ALWAYS);
	is(see(&r, c, NULL, SENT), LEVEL_NONE, "V11 signed, not in force");
	ok(said(&why, 6, WHY_NO_MAPPING), "V11 by G6");
	b.clearance = 1;
	is(see(&r, b, NULL, SENT), LEVEL_NONE, "clearance below the class");
	is(see(&r, node(B), NULL, SENT), LEVEL_FULL, "clearance is the receiving node's question");
}

static void
person_cases(void)
{
	struct law_record r = sent(KIND_NOTICE);
	struct viewer o = officer(B, b_police), reviewer = o;
	struct caveats c = verified;

	r.pd = PD_SPECIAL;
	o.pd_right = PD_RIGHT_PERSON;
	is(see(&r, o, NULL, SENT), LEVEL_REDACTED, "V12 a minor, without pd_special");
	o.pd_right = PD_RIGHT_SPECIAL;
	is(see(&r, o, NULL, SENT), LEVEL_FULL, "V12 with pd_special");
	ok((why.duties & DUTY_LOG_CONSULTATION) != 0, "reading person data is logged");

	r.person_notice = true;
	c.review = REVIEW_PENDING;
	reviewer = o;
	reviewer.role = ROLE_REVIEWER;
	is(see(&r, o, &c, SENT), LEVEL_NONE, "V13 not reviewed: officer");
	is(see(&r, reviewer, &c, SENT), LEVEL_FULL, "V13 reviewer");
	is(see(&r, node(B), &c, SENT), LEVEL_FULL, "V13 the node must have it to review it");
	c.review = REVIEW_REFUSED;
	is(see(&r, o, &c, SENT), LEVEL_NONE, "V14 reviewer refuses");
	ok((why.duties & DUTY_SEND_NO_ACTION) != 0, "V14 the originator gets FLAG_NO_ACTION");
	c.review = REVIEW_FLAGGED;
	is(see(&r, o, &c, SENT), LEVEL_FULL, "flagged: readable");
	ok((why.duties & DUTY_NO_ACTION) != 0, "flagged: no action");

	c = verified;
	c.flags = CAVEAT_CONTESTED;
	is(see(&r, o, &c, SENT), LEVEL_FULL, "V15 contested accuracy");
	ok((why.duties & DUTY_SHOW_CONTESTED) != 0, "V15 the flag is shown");

	c.flags = CAVEAT_DELETED;
	is(see(&r, reviewer, &c, SENT), LEVEL_NONE, "ordered to be deleted: nobody reads it");
	c.kept = true;
	is(see(&r, o, &c, SENT), LEVEL_NONE, "P9 kept with a reason: still out of use");
	is(see(&r, reviewer, &c, SENT), LEVEL_FULL, "P9 and the reviewer accounts for it");

	r.review_by = SENT + 10;
	is(see(&r, o, NULL, SENT + 10), LEVEL_FULL, "V16 on review_by");
	is(see(&r, o, NULL, SENT + 11), LEVEL_NONE, "V16 the day after, unreviewed");
	is(see(&r, reviewer, NULL, SENT + 11), LEVEL_FULL, "V16 the reviewer");
	c = verified;
	c.retention_reviewed = true;
	is(see(&r, o, &c, SENT + 11), LEVEL_FULL, "V16 reviewed and kept");

	r.delete_by = SENT + 20;
	is(see(&r, reviewer, &c, SENT + 21), LEVEL_NONE, "V17 after delete_by: reviewer");
	is(see(&r, officer(A, a_police), &c, SENT + 21), LEVEL_NONE, "V17 originator's own copy");
	is(see(&r, node(A), &c, SENT + 21), LEVEL_NONE, "V17 originator's node");
	is(vis_audit(&r, &c, true, SENT + 21, &why), LEVEL_META, "V17 auditor: a tombstone, even with a case");
}

static void
status_cases(void)
{
	struct err e = { 0 };
	struct law_record r = to_council(KIND_DECISION), own;

	must(registry_grant(reg, E, council, KIND_BIT(KIND_DECISION), LEVEL_META, SPAN_ALWAYS, "s:6", &e), &e);
	is(see(&r, officer(E, e_desk), NULL, SENT), LEVEL_META, "V18 observer, granted META of decisions");
	r = to_council(KIND_NOTICE);
	is(see(&r, officer(E, e_desk), NULL, SENT), LEVEL_NONE, "V18 a notice in the same body");
	ok(said(&why, 5, WHY_NO_GRANT), "V18 by G5");

	r = to_council(KIND_CONTROL);
	is(see(&r, node(F), NULL, SENT), LEVEL_FULL, "V19 suspended: DELETE_ORDER delivered");
	is(see(&r, officer(F, f_police), NULL, SENT), LEVEL_FULL, "V19 and visible");
	r = to_council(KIND_INCIDENT);
	is(see(&r, officer(F, f_police), NULL, SENT), LEVEL_NONE, "V19 other records: not");
	ok(said(&why, 5, WHY_SUSPENDED), "V19 by G5");

	r = to_council(KIND_DECISION);
	r.concerned = set("F");
	is(see(&r, officer(F, f_police), NULL, SENT), LEVEL_FULL,
	    "V20 suspended member sees the decision that concerns it");
	own = to_council(KIND_POSITION);
	own.origin = F;
	own.authority = f_police;
	is(see(&own, officer(F, f_police), NULL, SENT), LEVEL_FULL, "V20 and its own records");

	must(registry_seat(reg, D, SEAT_CONTESTED, SPAN_ALWAYS, "s:7", &e), &e);
	r = to_council(KIND_INCIDENT);
	is(see(&r, officer(D, d_police), NULL, SENT), LEVEL_NONE, "contested seat: not");
	r.base = AUD_PUBLIC;
	r.tlp = TLP_CLEAR;
	is(see(&r, officer(D, d_police), NULL, SENT), LEVEL_FULL, "contested seat: public records");
}

static void
integrity_cases(void)
{
	struct law_record r = sent(KIND_INCIDENT);
	struct caveats c = verified;
	struct viewer reviewer = officer(B, b_police);

	reviewer.role = ROLE_REVIEWER;
	r.handling = 128;
	is(see(&r, officer(B, b_police), NULL, SENT), LEVEL_NONE, "V21 handling code H7");
	is(see(&r, reviewer, NULL, SENT), LEVEL_NONE, "V21 no partial display, not even to the reviewer");
	ok(said(&why, 1, WHY_BAD_VALUE), "V21 by G1");
	r.handling = 0;
	c.integrity = INTEGRITY_UNKNOWN_VOCABULARY;
	is(see(&r, officer(B, b_police), &c, SENT), LEVEL_NONE, "V21 quarantined by the record room");

	r.mode = MODE_EXERCISE;
	is(see(&r, officer(B, b_police), NULL, SENT), LEVEL_NONE, "V22 exercise record, live view");
	struct viewer ex = officer(B, b_police);
	ex.view = VIEW_EXERCISE;
	is(see(&r, ex, NULL, SENT), LEVEL_FULL, "V22 exercise view");
	r.mode = MODE_REAL;
	is(see(&r, ex, NULL, SENT), LEVEL_NONE, "V22 a real record never in the exercise view");
	struct viewer admin = { .member = B, .authority = LAW_NONE, .role = ROLE_ADMIN, .view = VIEW_TEST };
	r.mode = MODE_TEST;
	is(see(&r, admin, NULL, SENT), LEVEL_FULL, "V22 a technical test: the administrator");
	is(see(&r, officer(B, b_police), NULL, SENT), LEVEL_NONE, "V22 a technical test: nobody else");

	/* V23 stands in test_file.c: the flip is refused before anything is stored */
	r = sent(KIND_INCIDENT);
	struct law_record red = r;
	red.seq = 2;
	red.tlp = TLP_RED;
	c = verified;
	c.newest = &red;
	is(see(&red, officer(B, b_police), NULL, SENT), LEVEL_NONE, "V24 version 2 rules");
	is(see(&r, officer(B, b_police), &c, SENT), LEVEL_NONE, "V24 version 1 hidden too");
	ok((why.duties & DUTY_SEND_RECALL) != 0, "V24 recall to those who are not named");
	ok(why.reasons[why.count - 1].newest, "V24 the reason says which version");
}

static void
forward_cases(void)
{
	struct law_record reply = sent(KIND_REPLY);
	struct viewer a = officer(A, a_police), c = officer(C, c_police);
	struct consent yes = { .by = B, .targets = set("C"), .purposes = PURPOSE_BIT(1), .until = SENT + 10 };
	struct caveats cv = verified;

	reply.origin = B;
	reply.delivery = set("AB");
	reply.handling = HANDLING_H2;
	memcpy(yes.about, reply.id, sizeof yes.about);
	ok(!may_forward(&reply, &a, &c, &cv, SENT, &why), "V25 B's data under H2 in A's report to C");
	is(why.reasons[0].code, WHY_ONWARD_ASK, "V25 blocked with its reason");
	cv.consents = &yes;
	cv.consents_count = 1;
	ok(may_forward(&reply, &a, &c, &cv, SENT, &why), "V25 after B's consent");
	ok(may_forward(&reply, &a, &c, &cv, SENT + 10, &why), "V26 on the last day of the consent");
	ok(!may_forward(&reply, &a, &c, &cv, SENT + 11, &why), "V26 the day after");
	is(why.reasons[0].code, WHY_CONSENT_ENDED, "V26 with its reason");
	c.purpose = 4;
	ok(!may_forward(&reply, &a, &c, &cv, SENT, &why), "V26 another purpose");
	c.purpose = 1;
	ok(!may_forward(&reply, &a, &(struct viewer){ .member = D, .authority = d_police }, &cv, SENT, &why),
	    "V26 another target");
	yes.by = A;
	ok(!may_forward(&reply, &a, &c, &cv, SENT, &why), "V26 consent of somebody else than the originator");
	yes.by = B;
	reply.onward = ONWARD_NONE;
	ok(!may_forward(&reply, &a, &c, &cv, SENT, &why), "onward NONE: no, whatever is consented");

	reply.handling = 0;
	cv = verified;
	reply.onward = ONWARD_WITHIN_MEMBER;
	ok(may_forward(&reply, &a, &(struct viewer){ .member = A, .authority = a_other }, &cv, SENT, NULL),
	    "within the member");
	ok(!may_forward(&reply, &a, &c, &cv, SENT, NULL), "out of the member");
	reply.onward = ONWARD_AUDIENCE;
	reply.delivery = set("ABC");
	ok(may_forward(&reply, &a, &c, &cv, SENT, NULL), "within the frozen list");
	reply.exclude = set("C");
	ok(!may_forward(&reply, &a, &c, &cv, SENT, NULL), "never to the excluded");

	struct marking m = { 0 };
	struct law_record other = sent(KIND_REPORT);
	other.tlp = TLP_AMBER;
	other.onward = ONWARD_ASK;
	other.delete_by = SENT + 5;
	marking_join(&m, &reply);
	marking_join(&m, &other);
	ok(m.tlp == TLP_AMBER && m.onward == ONWARD_ASK && m.delete_by == SENT + 5,
	    "a product carries the strictest marking");
	ok(mset_has(&m.delivery, B) && !mset_has(&m.delivery, C), "and goes to nobody who may not have every input");
}

static void
purpose_cases(void)
{
	struct law_record r = sent(KIND_INCIDENT);
	struct viewer b = officer(B, b_police);
	struct caveats c = verified;

	is(vis_audit(&r, &verified, false, SENT, &why), LEVEL_META, "V27 auditor without a case");
	ok((why.duties & DUTY_LOG_ATTEMPT) != 0, "V27 attempt logged");
	is(vis_audit(&r, &verified, true, SENT, &why), LEVEL_FULL, "V27 with a case");
	is(see(&r, (struct viewer){ .member = B, .authority = b_police, .role = ROLE_AUDITOR }, NULL, SENT), LEVEL_NONE,
	    "V27 not through the officers' function");

	b.purpose = 7;
	is(see(&r, b, NULL, SENT), LEVEL_META, "V28 another purpose than the record's");
	ok((why.duties & DUTY_OFFER_FURTHER_USE) != 0, "V28 offer CONSENT_FURTHER_USE");
	b.purpose = 0;
	is(see(&r, b, NULL, SENT), LEVEL_META, "V28 no purpose declared");
	is(see(&r, officer(A, a_other), NULL, SENT), LEVEL_META, "V29 originator's other authority without competence");

	struct law_record reply = sent(KIND_REPLY);
	struct buf text = { 0 };
	struct viewer feared = node(C), local = officer(A, a_police);
	c.flags = CAVEAT_PROTECTED;
	c.feared = set("C");
	is(see(&reply, feared, &c, SENT), LEVEL_NONE, "V30 reply to the feared state");
	vis_explain(&text, "a/1", &reply, &feared, reg, &why, READER_VIEWER);
	ok(strstr(buf_cstr(&text), "R4") != NULL && strstr(buf_cstr(&text), "R10") == NULL &&
	    strstr(buf_cstr(&text), "protect") == NULL && strstr(buf_cstr(&text), "G12") == NULL,
	    "V30 requester is told R4");
	buf_reset(&text);
	vis_explain(&text, "a/1", &reply, &feared, reg, &why, READER_LOCAL);
	ok(strstr(buf_cstr(&text), "R10") != NULL, "V30 local officer is told R10");
	is(reason_gate(&why.reasons[why.count - 1], READER_VIEWER), 0, "V30 nor does the gate's number tell");
	is(see(&reply, local, &c, SENT), LEVEL_FULL, "V30 the local officer sees the reply");
	is(see(&reply, node(B), &c, SENT), LEVEL_FULL, "V30 others are not concerned");
	buf_free(&text);
}

static void
rest_cases(void)
{
	struct err e = { 0 };
	struct law_record r = sent(KIND_INCIDENT);
	struct caveats c = verified;
	struct mset to_a = set("A"), to_b = set("B");
	const struct term_row *ta, *tb;
	int n;

	c.integrity = INTEGRITY_BAD;
	is(see(&r, officer(B, b_police), &c, SENT), LEVEL_NONE, "V31 payload does not match");
	ok((why.duties & DUTY_NOTIFY_SENDER) != 0, "V31 sender notified");
	struct viewer reviewer = officer(B, b_police);
	reviewer.role = ROLE_REVIEWER;
	is(see(&r, reviewer, &c, SENT), LEVEL_META, "V31 quarantine list");

	n = must(registry_add_naming(reg, "set-1", &to_a, &e), &e);
	must(registry_term(reg, n, "place-9", "Upper Bridge", "", &e), &e);
	n = must(registry_add_naming(reg, "set-2", &to_b, &e), &e);
	must(registry_term(reg, n, "place-9", "Lower Bridge*", "* This designation is without prejudice.", &e), &e);
	ta = registry_term_for(reg, A, "place-9", 7);
	tb = registry_term_for(reg, B, "place-9", 7);
	ok(ta != NULL && tb != NULL, "V32 the same place under both sets");
	is_str(ta->denomination, "Upper Bridge", "V32 to A");
	is_str(tb->denomination, "Lower Bridge*", "V32 to B");
	is_str(tb->footnote, "* This designation is without prejudice.", "V32 with its footnote");
	is(see(&r, officer(B, b_police), NULL, SENT), LEVEL_FULL, "V32 sight is not changed by names");
	ok((why.duties & DUTY_FOOTNOTE) != 0, "V32 an export carries the footnote");
	see(&r, officer(A, a_police), NULL, SENT);
	ok((why.duties & DUTY_FOOTNOTE) == 0, "V32 where the set has one");

	r = sent(KIND_NOTICE);
	r.base = AUD_PUBLIC;
	r.tlp = TLP_CLEAR;
	r.delivery = law_resolve_audience(reg, &r, SENT);
	struct viewer anybody = { .member = LAW_NONE, .authority = LAW_NONE, .role = ROLE_PUBLIC };
	is(see(&r, anybody, NULL, SENT), LEVEL_FULL, "V33 public record");
	c = verified;
	c.flags = CAVEAT_WITHDRAWN;
	is(see(&r, anybody, &c, SENT), LEVEL_NONE, "V33 withdrawn");
	ok((why.duties & DUTY_CANCEL_PUBLIC) != 0, "V33 with a public cancellation");
	is(see(&r, officer(A, a_police), &c, SENT), LEVEL_META, "V33 the originator keeps META");
	/* V34 stands in test_file.c, V35 in test_vis_laws.c */
}

static void
state_cases(void)
{
	struct law_record r = sent(KIND_NOTICE);
	struct caveats c = verified;

	r.state = STATE_UNSENT;
	is(see(&r, officer(A, a_police), NULL, SENT), LEVEL_FULL, "draft: the filing authority");
	is(see(&r, officer(A, a_other), NULL, SENT), LEVEL_NONE, "draft: another of the same member");
	is(see(&r, node(B), NULL, SENT), LEVEL_NONE, "draft: another node");
	r.state = STATE_LIVE;
	c.flags = CAVEAT_BLOCKED;
	is(see(&r, officer(B, b_police), &c, SENT), LEVEL_NONE, "blocked: officer");
	is(see(&r, officer(A, a_police), &c, SENT), LEVEL_FULL, "blocked: originator");
	c.flags = CAVEAT_DELETED;
	is(see(&r, officer(A, a_police), &c, SENT), LEVEL_NONE, "deleted: originator");
	is(vis_audit(&r, &c, true, SENT, &why), LEVEL_META, "deleted: tombstone for the auditor");
	c.flags = CAVEAT_RESTRICTED;
	c.restricted_purposes = PURPOSE_BIT(2);
	is(see(&r, officer(B, b_police), &c, SENT), LEVEL_NONE, "restricted to another purpose");
	c.restricted_purposes = PURPOSE_BIT(1);
	is(see(&r, officer(B, b_police), &c, SENT), LEVEL_FULL, "restricted to this purpose");
	c.flags = 64;
	is(see(&r, officer(B, b_police), &c, SENT), LEVEL_NONE, "a caveat this version does not know");
	c = verified;
	c.recalled = set("B");
	is(see(&r, officer(B, b_police), &c, SENT), LEVEL_NONE, "recalled from a wrong addressee");
	is(see(&r, officer(C, c_police), &c, SENT), LEVEL_FULL, "the others keep it");
}

int
main(void)
{
	static void (*const groups[])(void) = { binding_cases, reservation_cases, audience_cases, class_cases,
	    person_cases,
		status_cases, integrity_cases, forward_cases, purpose_cases, rest_cases, state_cases };

	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
		world();
		groups[i]();
		world_end();
	}
	return tap_done();
}
