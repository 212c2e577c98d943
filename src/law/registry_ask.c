/* Asking the register. What lies outside it answers what fails closed. */
#include <string.h>

#include "base/text.h"
#include "law/registry.h"

int
mset_count(const struct mset *s)
{
	int n = 0;

	for (size_t i = 0; i < sizeof s->w / sizeof s->w[0]; i++)
		n += __builtin_popcountll(s->w[i]);
	return n;
}

int
mset_next(const struct mset *s, int from)
{
	for (int i = from >> 6; from < LAW_MEMBERS_MAX; i++, from = i << 6) {
		uint64_t rest = s->w[i] >> (from & 63);

		if (rest != 0)
			return from + __builtin_ctzll(rest);
	}
	return LAW_NONE;
}

/* The five tables all begin their rows with the code. */
#define FIND(list) \
	do { \
		for (uint32_t i = 0; i < r->list##_count; i++) \
			if (text_eq(code, len, r->list[i].code)) \
				return (int)i; \
		return LAW_NONE; \
	} while (0)

int
registry_member(const struct registry *r, const char *code, size_t len)
{
	FIND(members);
}

int
registry_instrument(const struct registry *r, const char *code, size_t len)
{
	FIND(instruments);
}

int
registry_body(const struct registry *r, const char *code, size_t len)
{
	FIND(bodies);
}

int
registry_authority(const struct registry *r, const char *code, size_t len)
{
	FIND(authorities);
}

int
registry_channel(const struct registry *r, const char *code, size_t len)
{
	FIND(channels);
}

static bool
in_range(int index, uint32_t count)
{
	return index >= 0 && (uint32_t)index < count;
}

enum standing
registry_standing_on(const struct registry *r, int member, int32_t day, const char **source)
{
	if (source != NULL)
		*source = "";
	if (!in_range(member, r->members_count))
		return STANDING_NONE;
	for (uint32_t i = 0; i < r->members[member].standings_count; i++) {
		const struct standing_row *row = &r->members[member].standings[i];

		if (span_has(row->span, day)) {
			if (source != NULL)
				*source = row->source;
			return row->standing;
		}
	}
	return STANDING_NONE;
}

enum seat
registry_seat_on(const struct registry *r, int member, int32_t day)
{
	if (!in_range(member, r->members_count))
		return SEAT_VACANT;
	for (uint32_t i = 0; i < r->members[member].seats_count; i++)
		if (span_has(r->members[member].seats[i].span, day))
			return r->members[member].seats[i].seat;
	return SEAT_ACCEPTED;	/* a seat is contested or vacant only where the register says so */
}

const struct binding_row *
registry_binding_on(const struct registry *r, int instrument, int member, int32_t day)
{
	const struct law_instrument *x;

	if (!in_range(instrument, r->instruments_count))
		return NULL;
	x = &r->instruments[instrument];
	for (uint32_t i = 0; i < x->bindings_count; i++)
		if (x->bindings[i].member == member && span_has(x->bindings[i].span, day))
			return &x->bindings[i];
	return NULL;
}

enum binding
registry_bound(const struct registry *r, int instrument, int member, int32_t day)
{
	const struct binding_row *row = registry_binding_on(r, instrument, member, day);

	return row == NULL ? BINDING_NOT_PARTY : row->status;
}

bool
binding_binds(enum binding b)
{
	return b == BINDING_PROVISIONAL || b == BINDING_BOUND || b == BINDING_BOUND_RESERVED ||
	    b == BINDING_WITHDRAWING;
}

struct mset
registry_parties(const struct registry *r, int instrument, int32_t day)
{
	struct mset s = { { 0 } };

	if (!in_range(instrument, r->instruments_count))
		return s;
	for (uint32_t i = 0; i < r->instruments[instrument].bindings_count; i++) {
		const struct binding_row *row = &r->instruments[instrument].bindings[i];

		if (span_has(row->span, day) && binding_binds(row->status))
			mset_add(&s, row->member);
	}
	return s;
}

struct mset
registry_body_on(const struct registry *r, int body, int32_t day)
{
	struct mset s = { { 0 } };

	if (!in_range(body, r->bodies_count))
		return s;
	for (uint32_t m = 0; m < r->members_count; m++)
		if ((r->bodies[body].standings >> registry_standing_on(r, (int)m, day, NULL) & 1) != 0)
			mset_add(&s, (int)m);
	for (uint32_t i = 0; i < r->bodies[body].members_count; i++)
		if (span_has(r->bodies[body].members[i].span, day))
			mset_add(&s, r->bodies[body].members[i].member);
	return s;
}

bool
registry_may(const struct registry *r, int authority, int purpose, enum kind kind, uint8_t may, int32_t day)
{
	const struct law_authority *a;
	uint8_t have = 0;

	if (!in_range(authority, r->authorities_count) || purpose < 1 || purpose > PURPOSE_MAX || kind <= KIND_NONE ||
	    kind >= KIND_COUNT)
		return false;
	a = &r->authorities[authority];
	if (!span_has(a->valid, day))
		return false;
	for (uint32_t i = 0; i < a->competences_count; i++) {
		const struct competence_row *c = &a->competences[i];

		if ((c->purposes & PURPOSE_BIT(purpose)) != 0 && (c->kinds & KIND_BIT(kind)) != 0 &&
		    span_has(c->span, day))
			have |= c->may;
	}
	return (have & may) == may;
}

static bool
pair_covers(const struct mapping_row *m, int a, int b)
{
	return ((m->a == LAW_ANY || m->a == a) && (m->b == LAW_ANY || m->b == b)) ||
	    ((m->a == LAW_ANY || m->a == b) && (m->b == LAW_ANY || m->b == a));
}

bool
registry_mapped(const struct registry *r, int instrument, int a, int b, int32_t day)
{
	for (uint32_t i = 0; i < r->mappings_count; i++) {
		const struct mapping_row *m = &r->mappings[i];

		if (m->instrument == instrument && span_has(m->span, day) && pair_covers(m, a, b))
			return binding_binds(registry_bound(r, instrument, a, day)) &&
			    binding_binds(registry_bound(r, instrument, b, day));
	}
	return false;
}

const struct term_row *
registry_term_for(const struct registry *r, int member, const char *subject, size_t len)
{
	for (uint32_t i = 0; i < r->namings_count; i++) {
		if (!mset_has(&r->namings[i].audience, member))
			continue;
		for (uint32_t k = 0; k < r->namings[i].terms_count; k++)
			if (text_eq(subject, len, r->namings[i].terms[k].subject))
				return &r->namings[i].terms[k];
	}
	return NULL;
}
