/*
 * From acts to bindings (docs/charter.md). Each date is a pair: the first day on which the act may have happened, and
 * the day from which it surely has. Between the two the answer is UNKNOWN.
 */
#include <stdlib.h>
#include <string.h>

#include "charter/charter.h"

struct when {
	int32_t first, sure;		/* INT32_MAX: never */
};

#define NEVER ((struct when){ INT32_MAX, INT32_MAX })

static int32_t
later(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

static const struct charter_deed *
deed(const struct charter_instrument *in, const char *member, enum charter_act from, enum charter_act to)
{
	for (uint32_t i = 0; i < in->acts_count; i++)
		if (in->acts[i].act >= from && in->acts[i].act <= to && strcmp(in->acts[i].who, member) == 0)
			return &in->acts[i];
	return NULL;
}

/* An act cannot lie before the text was adopted. */
static struct when
act_when(const struct charter_instrument *in, const struct charter_deed *d)
{
	if (d == NULL)
		return NEVER;
	return (struct when){ later(d->on.first, in->adopted.first), d->on.last };
}

static int32_t
plus(int32_t day, struct charter_duration d)
{
	if (day == INT32_MIN || day == INT32_MAX)
		return day;
	return d.months ? date_add_months(day, d.n) : day + d.n;
}

/* Consent to be bound: ratification and its like; signature alone where that is the rule. */
static struct when
consent(const struct charter_instrument *in, const char *member)
{
	const struct charter_deed *d = deed(in, member, DEED_RATIFY, DEED_ACCEDE);
	struct when w;

	if (d == NULL && in->force == FORCE_ON_SIGNATURE)
		d = deed(in, member, DEED_SIGN, DEED_SIGN);
	w = act_when(in, d);
	/* a date that the members agreed on stands in for the one nobody knows */
	if (d != NULL && in->taken_as.given && w.sure == INT32_MAX)
		w = (struct when){ in->taken_as.first, in->taken_as.first };
	return w;
}

/* The latest consent of all who signed; NEVER while one of them has not consented. */
static struct when
all_signatories(const struct charter_instrument *in)
{
	struct when w = { INT32_MIN, INT32_MIN };
	bool any = false;

	for (uint32_t i = 0; i < in->acts_count; i++) {
		struct when c;

		if (in->acts[i].act != DEED_SIGN)
			continue;
		any = true;
		c = consent(in, in->acts[i].who);
		w = (struct when){ later(w.first, c.first), later(w.sure, c.sure) };
	}
	return any ? w : NEVER;
}

static int
by_day(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

/* The day of the ${n}-th consent. */
static struct when
nth_consent(const struct charter_instrument *in, uint32_t n)
{
	int32_t first[LAW_MEMBERS_MAX], sure[LAW_MEMBERS_MAX];
	uint32_t k = 0;

	for (uint32_t i = 0; i < in->acts_count && k < LAW_MEMBERS_MAX; i++) {
		bool counts = (in->acts[i].act >= DEED_RATIFY && in->acts[i].act <= DEED_ACCEDE) ||
		    (in->force == FORCE_ON_SIGNATURE && in->acts[i].act == DEED_SIGN);
		struct when c = counts ? consent(in, in->acts[i].who) : NEVER;

		if (!counts)
			continue;
		first[k] = c.first;
		sure[k++] = c.sure;
	}
	if (n == 0 || k < n)
		return NEVER;
	qsort(first, k, sizeof *first, by_day);
	qsort(sure, k, sizeof *sure, by_day);
	return (struct when){ first[n - 1], sure[n - 1] };
}

static struct when
into_force(const struct charter_instrument *in)
{
	struct when w = NEVER;

	switch (in->force) {
	case FORCE_ON_SIGNATURE:
		w = nth_consent(in, 2);		/* an agreement needs two */
		break;
	case FORCE_ALL_SIGNATORIES:
		w = all_signatories(in);
		break;
	case FORCE_N_RATIFIED:
		w = nth_consent(in, in->force_n);
		break;
	case FORCE_ON_DATE:
		w = (struct when){ in->force_date.first, in->force_date.last };
		break;
	case FORCE_UNSTATED:
		break;
	}
	if (in->force != FORCE_ON_DATE)
		w = (struct when){ plus(w.first, in->force_after), plus(w.sure, in->force_after) };
	if (in->taken_as.given && w.sure == INT32_MAX && w.first < INT32_MAX)
		w = (struct when){ in->taken_as.first, in->taken_as.first };
	return w;
}

struct course {				/* one member's way under one instrument */
	struct when signing, consent, bound, provisional, provisional_end, withdrawal, exit;
	bool reserved;
};

static struct course
course_of(const struct charter_instrument *in, const char *member)
{
	const struct charter_deed *back = deed(in, member, DEED_REVOKE_WITHDRAWAL, DEED_REVOKE_WITHDRAWAL);
	struct course c = { .signing = act_when(in, deed(in, member, DEED_SIGN, DEED_SIGN)),
	    .consent = consent(in, member) };
	struct when force = into_force(in);

	c.bound = (struct when){ later(force.first, c.consent.first), later(force.sure, c.consent.sure) };
	c.provisional = act_when(in, deed(in, member, DEED_PROVISIONAL_START, DEED_PROVISIONAL_START));
	if (in->provisional_from_signature && c.signing.sure < c.provisional.sure)
		c.provisional = c.signing;
	c.provisional_end = act_when(in, deed(in, member, DEED_PROVISIONAL_END, DEED_PROVISIONAL_END));
	c.withdrawal = act_when(in, deed(in, member, DEED_WITHDRAW, DEED_WITHDRAW));
	c.withdrawal.first = later(c.withdrawal.first, c.consent.first);	/* one leaves what one has joined */
	c.exit = (struct when){ plus(c.withdrawal.first, in->notice), plus(c.withdrawal.sure, in->notice) };
	if (back != NULL && c.exit.first != INT32_MAX && back->on.last < c.exit.first)
		c.withdrawal = c.exit = NEVER;
	for (uint32_t i = 0; i < in->reservations_count; i++)
		c.reserved |= strcmp(in->reservations[i].by, member) == 0 &&
		    in->reservations[i].effect != EFFECT_NO_RELATION;
	return c;
}

static enum binding
status_on(const struct course *c, int32_t day)
{
	if (c->exit.sure != INT32_MAX && day >= c->exit.sure)
		return BINDING_FORMER;
	if (c->exit.first != INT32_MAX && day >= c->exit.first)
		return BINDING_UNKNOWN;
	if (c->bound.sure != INT32_MAX && day >= c->bound.sure) {
		if (c->withdrawal.sure != INT32_MAX && day >= c->withdrawal.sure)
			return BINDING_WITHDRAWING;
		return c->reserved ? BINDING_BOUND_RESERVED : BINDING_BOUND;
	}
	if (c->provisional.sure != INT32_MAX && day >= c->provisional.sure && day < c->provisional_end.first)
		return BINDING_PROVISIONAL;
	if (c->bound.first != INT32_MAX && day >= c->bound.first)
		return BINDING_UNKNOWN;
	if (c->consent.sure != INT32_MAX && day >= c->consent.sure)
		return BINDING_CONSENTED_NOT_IN_FORCE;
	if (c->consent.first != INT32_MAX && day >= c->consent.first)
		return BINDING_UNKNOWN;
	if (c->signing.first != INT32_MAX && day >= c->signing.first)
		return BINDING_SIGNED_ONLY;
	return BINDING_NOT_PARTY;
}

/* Where the fact of status ${b} was read: the act that brought it about. */
static const char *
source_of(const struct charter_instrument *in, const char *member, enum binding b)
{
	const struct charter_deed *d = b == BINDING_SIGNED_ONLY ? deed(in, member, DEED_SIGN, DEED_SIGN) :
	    b == BINDING_WITHDRAWING || b == BINDING_FORMER ? deed(in, member, DEED_WITHDRAW, DEED_WITHDRAW) :
	    deed(in, member, DEED_RATIFY, DEED_ACCEDE);

	if (d == NULL)
		d = deed(in, member, DEED_SIGN, DEED_SIGN);
	return d == NULL || d->source == NULL ? "" : d->source;
}

uint32_t
charter_bindings(const struct charter_instrument *in, const char *member,
    struct charter_binding out[CHARTER_BINDINGS_MAX])
{
	const struct course c = course_of(in, member);
	int32_t days[] = { INT32_MIN, c.signing.first, c.consent.first, c.consent.sure, c.bound.first, c.bound.sure,
	    c.provisional.sure,
		c.provisional_end.first, c.withdrawal.sure, c.exit.first, c.exit.sure };
	size_t n = sizeof days / sizeof *days;
	uint32_t count = 0;

	qsort(days, n, sizeof *days, by_day);
	for (size_t i = 0; i < n; i++) {
		int32_t until = i + 1 < n ? days[i + 1] : INT32_MAX;
		enum binding b = status_on(&c, days[i]);

		if (days[i] == until || b == BINDING_NOT_PARTY)
			continue;
		if (count > 0 && out[count - 1].status == b && out[count - 1].span.until == days[i])
			out[count - 1].span.until = until;
		else
			out[count++] = (struct charter_binding){ { days[i], until }, b, source_of(in, member, b) };
	}
	return count;
}
