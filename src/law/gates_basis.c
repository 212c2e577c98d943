/* G4 basis and G5 status: what the register says about originator and viewer. */
#include <string.h>

#include "base/text.h"
#include "law/gates.h"

static const struct law_instrument *
instrument(const struct look *x, int i)
{
	return i >= 0 && (uint32_t)i < x->reg->instruments_count ? &x->reg->instruments[i] : NULL;
}

bool
consent_covers(const struct consent *k, const struct law_record *r, int member, uint32_t purposes, int32_t day)
{
	return k->by == r->origin && mset_has(&k->targets, member) && purposes != 0 && (purposes & ~k->purposes) == 0 &&
	    day <= k->until;
}

static bool
consented(const struct look *x, const struct ref *ref)
{
	for (uint32_t i = 0; i < x->c->consents_count; i++) {
		const struct consent *k = &x->c->consents[i];

		if (memcmp(k->ref.id, ref->id, RECORD_ID_BYTES) == 0 &&
		    (ref->version == 0 || ref->version == k->ref.version) &&
		    consent_covers(k, x->r, x->v->member, x->r->purposes, x->r->filed_on))
			return true;
	}
	return false;
}

/*
 * Does a reservation or objection touch the cited article between originator and viewer? With no article cited, any row
 * between the two may touch what the record rests on, so it counts.
 */
static enum why_code
touched(const struct look *x, const struct law_instrument *i, const struct law_basis *b)
{
	enum why_code worst = WHY_NONE;

	for (uint32_t k = 0; k < i->effects_count; k++) {
		const struct effect_row *f = &i->effects[k];
		bool pair = (f->a == x->r->origin && (f->b == x->v->member || f->b == LAW_ANY)) ||
		    (f->a == x->v->member && (f->b == x->r->origin || f->b == LAW_ANY));

		if (!pair || !span_has(f->span, x->r->filed_on))
			continue;
		if (f->effect == EFFECT_NO_RELATION)
			return WHY_NO_RELATION;
		if (f->article == NULL || b->article.s == NULL || text_eq(b->article.s, b->article.len, f->article))
			worst = WHY_ARTICLE;
	}
	return worst;
}

/* First day after the filing day on which the viewer's unbroken tie to the instrument has ended. */
static int32_t
exit_day(const struct look *x, int inst)
{
	const struct binding_row *row = registry_binding_on(x->reg, inst, x->v->member, x->r->filed_on);

	while (row != NULL && row->span.until != INT32_MAX) {
		const struct binding_row *next = registry_binding_on(x->reg, inst, x->v->member, row->span.until);

		if (next == NULL || !binding_binds(next->status))
			return row->span.until;
		row = next;
	}
	return INT32_MAX;
}

static enum level
after_exit(const struct look *x, int inst)
{
	const struct law_instrument *i = instrument(x, inst);
	int32_t left = exit_day(x, inst);

	if (x->as_of < left)
		return gate_note(x, 4, LEVEL_FULL, WHY_BOUND, inst, x->r->filed_on,
		    registry_bound(x->reg, inst, x->v->member, x->r->filed_on));
	if (!x->c->held || x->c->held_on >= left)
		return gate_note(x, 4, LEVEL_NONE, WHY_NOT_HELD, inst, left, BINDING_FORMER);
	if (i == NULL || i->survival == SURVIVAL_NONE || (i->survival == SURVIVAL_DAYS &&
	    (int64_t)x->as_of >= (int64_t)left + i->survival_days))
		return gate_note(x, 4, LEVEL_NONE, WHY_SURVIVAL_OVER, inst, left, BINDING_FORMER);
	return gate_note(x, 4, LEVEL_FULL, WHY_SURVIVES, inst, left, BINDING_FORMER);
}

static enum level
through(const struct look *x, const struct law_basis *b)
{
	const struct law_instrument *i = instrument(x, b->instrument);
	enum binding theirs, ours;
	enum why_code touch;

	if (b->type == BASIS_CONSENT)
		return consented(x, &b->ref) ? gate_say(x, 4, LEVEL_FULL, WHY_CONSENTED) :
		    gate_say(x, 4, LEVEL_NONE, WHY_NO_BASIS);
	if (i == NULL)
		return gate_say(x, 4, LEVEL_NONE, WHY_NO_BASIS);
	theirs = registry_bound(x->reg, b->instrument, x->r->origin, x->r->filed_on);
	ours = registry_bound(x->reg, b->instrument, x->v->member, x->r->filed_on);
	if (!binding_binds(theirs))
		return gate_note(x, 4, LEVEL_NONE, WHY_ORIGIN_NOT_BOUND, b->instrument, x->r->filed_on, theirs);
	if (!binding_binds(ours))
		return gate_note(x, 4, LEVEL_NONE, WHY_NOT_BOUND, b->instrument, x->r->filed_on, ours);
	touch = touched(x, i, b);
	if (touch == WHY_NONE && b->article.s == NULL && (theirs == BINDING_BOUND_RESERVED ||
	    ours == BINDING_BOUND_RESERVED))
		touch = WHY_ARTICLE;
	if (touch != WHY_NONE)
		return gate_note(x, 4, LEVEL_NONE, touch, b->instrument, x->r->filed_on, ours);
	return after_exit(x, b->instrument);
}

/* Standing of those who sit at the table without being members. */
static bool
guest_standing(enum standing s)
{
	return s == STANDING_ACCEDING || s == STANDING_OBSERVER || s == STANDING_DIALOGUE_PARTNER ||
	    s == STANDING_GUEST || s == STANDING_ORG_OBSERVER;
}

/* The highest level a grant gives for this record on ${day}. */
static enum level
granted(const struct look *x, int32_t day)
{
	const struct law_member *m = &x->reg->members[x->v->member];
	enum level best = LEVEL_NONE;

	for (uint32_t i = 0; i < m->grants_count; i++) {
		const struct grant_row *g = &m->grants[i];

		if (span_has(g->span, day) && (g->kinds & KIND_BIT(x->r->kind)) != 0 && g->level > best &&
		    (g->body == LAW_ANY || (x->r->base == AUD_BODY && g->body == x->r->base_body)))
			best = g->level;
	}
	return best;
}

static bool
known_member(const struct look *x)
{
	return x->v->member >= 0 && (uint32_t)x->v->member < x->reg->members_count;
}

enum level
gate_basis(const struct look *x)
{
	enum level best = LEVEL_NONE;
	uint32_t kept = x->why == NULL ? 0 : x->why->count;

	if (x->v->role == ROLE_PUBLIC || x->r->base == AUD_PUBLIC || x->v->member == x->r->origin)
		return LEVEL_FULL;	/* nothing passes between two states on the strength of an instrument */
	if (x->r->kind == KIND_CONTROL)
		return gate_say(x, 4, LEVEL_FULL, WHY_CONTROL);
	if (known_member(x) && guest_standing(registry_standing_on(x->reg, x->v->member, x->as_of, NULL)) &&
	    granted(x, x->r->filed_on) > LEVEL_NONE)
		return gate_say(x, 4, LEVEL_FULL, WHY_GRANTED);
	for (uint32_t i = 0; i < x->r->basis_count && best == LEVEL_NONE; i++) {
		uint32_t before = x->why == NULL ? 0 : x->why->count;

		best = through(x, &x->r->basis[i]);
		if (x->why == NULL)
			continue;
		if (best != LEVEL_NONE && x->why->count > before) {
			/* one basis is enough: why the others failed is of no interest then */
			x->why->reasons[kept] = x->why->reasons[x->why->count - 1];
			x->why->count = kept + 1;
		} else if (x->why->count > kept + 3) {
			x->why->count = kept + 3;
		}
	}
	if (x->r->basis_count == 0)
		return gate_say(x, 4, LEVEL_NONE, WHY_NO_BASIS);
	return best;
}

enum level
gate_status(const struct look *x)
{
	enum standing s;
	enum level grant;

	if (x->v->role == ROLE_PUBLIC || x->r->base == AUD_PUBLIC || x->v->member == x->r->origin ||
	    x->r->kind == KIND_CONTROL)
		return LEVEL_FULL;
	if (!known_member(x))
		return gate_say(x, 5, LEVEL_NONE, WHY_NO_STANDING);
	if (registry_seat_on(x->reg, x->v->member, x->as_of) != SEAT_ACCEPTED)
		return gate_note(x, 5, LEVEL_NONE, WHY_SEAT, (int32_t)registry_seat_on(x->reg, x->v->member, x->as_of),
		    x->as_of, BINDING_NOT_PARTY);
	s = registry_standing_on(x->reg, x->v->member, x->as_of, NULL);
	if (s == STANDING_MEMBER)
		return LEVEL_FULL;
	if (s == STANDING_SUSPENDED)
		return mset_has(&x->r->concerned, x->v->member) ? gate_say(x, 5, LEVEL_FULL, WHY_CONCERNED) :
		    gate_say(x, 5, LEVEL_NONE, WHY_SUSPENDED);
	if (s == STANDING_FORMER)	/* G4 has asked whether what it held may stay */
		return x->c->held ? LEVEL_FULL : gate_say(x, 5, LEVEL_NONE, WHY_FORMER);
	if (!guest_standing(s))
		return gate_say(x, 5, LEVEL_NONE, WHY_NO_STANDING);
	if ((grant = granted(x, x->as_of)) == LEVEL_NONE)
		return gate_note(x, 5, LEVEL_NONE, WHY_NO_GRANT, (int32_t)s, x->as_of, BINDING_NOT_PARTY);
	return grant == LEVEL_FULL ? LEVEL_FULL : gate_note(x, 5, grant, WHY_GRANT_LEVEL, (int32_t)s, x->as_of,
	    BINDING_NOT_PARTY);
}
