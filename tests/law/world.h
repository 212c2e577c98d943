/*
 * The world of law.md C1's cases: members A-F, instrument i1 with parties A, B, C; E observer, F suspended, D member
 * and no party. statute binds all members; sec is the security agreement of A and B. Day 0 of the cases is SENT.
 */
#ifndef TEST_LAW_WORLD_H
#define TEST_LAW_WORLD_H

#include <string.h>

#include "law/file.h"
#include "law/vis.h"
#include "tap.h"

#define SENT 20000
#define S(z) ((struct slice){ (z), sizeof(z) - 1 })

enum { A, B, C, D, E, F };

static struct arena world_arena;
static struct registry *reg;
static int i1, statute, sec, council, a_police, a_other, b_police, b_customs, c_police, d_police, e_desk, f_police;

/* Fillings of the world must not fail: the index, or the end of the test. */
__attribute__((unused)) static int
must(int rc, const struct err *e)
{
	if (rc < 0) {
		printf("Bail out! %s\n", e->text);
		exit(1);
	}
	return rc;
}

__attribute__((unused)) static struct span
days(int32_t from, int32_t until)
{
	return (struct span){ from, until };
}

__attribute__((unused)) static int
police(const char *code, int member, struct err *e)
{
	int a = must(registry_add_authority(reg, code, member, AUTH_POLICE, SPAN_ALWAYS, e), e);

	must(registry_competence(reg, a, PURPOSE_BIT(1) | PURPOSE_BIT(13), KINDS_ALL, MAY_FILE | MAY_SEE, SPAN_ALWAYS,
	    e), e);
	return a;
}

__attribute__((unused)) static void
world(void)
{
	static const char *const codes[] = { "a", "b", "c", "d", "e", "f" };
	struct err e = { 0 };

	reg = registry_new(&world_arena, "test");
	for (int m = A; m <= F; m++) {
		must(registry_add_member(reg, codes[m], &e), &e);
		must(registry_standing(reg, m, m == E ? STANDING_OBSERVER : STANDING_MEMBER,
		    m == F ? days(INT32_MIN, SENT - 100) : SPAN_ALWAYS, "s:1", &e), &e);
	}
	must(registry_standing(reg, F, STANDING_SUSPENDED, days(SENT - 100, INT32_MAX), "s:2", &e), &e);
	statute = must(registry_add_instrument(reg, "statute", "Statute", 0, &e), &e);
	i1 = must(registry_add_instrument(reg, "i1", "Instrument 1", 0, &e), &e);
	sec = must(registry_add_instrument(reg, "sec", "Security agreement", 0, &e), &e);
	for (int m = A; m <= F; m++) {
		if (m != E)
			must(registry_binding(reg, statute, m, BINDING_BOUND, SPAN_ALWAYS, "s:3", &e), &e);
		if (m <= B)
			must(registry_binding(reg, sec, m, BINDING_BOUND, SPAN_ALWAYS, "s:4", &e), &e);
		if (m <= C)
			must(registry_binding(reg, i1, m, BINDING_BOUND, SPAN_ALWAYS, "s:5", &e), &e);
	}
	must(registry_mapping(reg, sec, LAW_ANY, LAW_ANY, SPAN_ALWAYS, &e), &e);
	council = must(registry_add_body(reg, "council",
	    1u << STANDING_MEMBER | 1u << STANDING_OBSERVER | 1u << STANDING_SUSPENDED,
	    &e), &e);
	a_police = police("a-police", A, &e);
	b_police = police("b-police", B, &e);
	c_police = police("c-police", C, &e);
	d_police = police("d-police", D, &e);
	e_desk = police("e-desk", E, &e);
	f_police = police("f-police", F, &e);
	a_other = must(registry_add_authority(reg, "a-other", A, AUTH_MFA, SPAN_ALWAYS, &e), &e);
	b_customs = must(registry_add_authority(reg, "b-customs", B, AUTH_CUSTOMS, SPAN_ALWAYS, &e), &e);
	must(registry_competence(reg, b_customs, PURPOSE_BIT(1), KINDS_ALL, MAY_SEE, SPAN_ALWAYS, &e), &e);
}

__attribute__((unused)) static void
world_end(void)
{
	arena_free(&world_arena);
}

__attribute__((unused)) static struct mset
set(const char *letters)
{
	struct mset s = { { 0 } };

	for (; *letters != '\0'; letters++)
		mset_add(&s, *letters - 'A');
	return s;
}

/* A's record of ${kind} to the parties of i1, sent on day SENT, for purpose P01. */
__attribute__((unused)) static struct law_record
sent(enum kind kind)
{
	struct law_record r = { .seq = 1, .kind = kind, .mode = MODE_REAL, .origin = A, .authority = a_police,
	    .officer = S("a-p1"),
		.channel = LAW_NONE, .filed_on = SENT, .filed_ms = SENT * DAY_MS, .base = AUD_PARTIES,
		    .base_body = LAW_NONE,
		.base_instrument = i1, .basis_count = 1, .purposes = PURPOSE_BIT(1), .onward = ONWARD_AUDIENCE,
		    .tlp = TLP_GREEN,
		.pap = TLP_CLEAR, .class_mapping = LAW_NONE, .review_by = INT32_MAX, .delete_by = INT32_MAX };

	memset(r.id, 7, sizeof r.id);
	r.basis[0] = (struct law_basis){ .type = BASIS_INSTRUMENT, .instrument = i1, .article = S("4") };
	r.delivery = law_resolve_audience(reg, &r, SENT);
	return r;
}

/* The record goes to the council (all members and the observer) under the statute. */
__attribute__((unused)) static struct law_record
to_council(enum kind kind)
{
	struct law_record r = sent(kind);

	r.base = AUD_BODY;
	r.base_body = council;
	r.base_instrument = LAW_NONE;
	r.basis[0].instrument = statute;
	r.delivery = law_resolve_audience(reg, &r, SENT);
	return r;
}

__attribute__((unused)) static struct viewer
officer(int member, int authority)
{
	return (struct viewer){ .member = member, .authority = authority, .person = S("p1"), .purpose = 1,
	    .role = ROLE_OFFICER };
}

__attribute__((unused)) static struct viewer
node(int member)
{
	return (struct viewer){ .member = member, .authority = LAW_NONE, .role = ROLE_NODE };
}

static const struct caveats verified = { .integrity = INTEGRITY_VERIFIED, .review = REVIEW_CLEARED };

/* True if ${why} holds a reason ${code} of gate ${gate}. */
__attribute__((unused)) static bool
said(const struct why *why, int gate, enum why_code code)
{
	for (uint32_t i = 0; i < why->count; i++)
		if (why->reasons[i].gate == gate && why->reasons[i].code == code)
			return true;
	return false;
}

#endif
