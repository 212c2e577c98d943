/* What only the whole charter shows: references, doubles, order in time. */
#include <string.h>

#include "charter/read.h"

int
charter_member_index(const struct charter *ch, const char *code)
{
	for (uint32_t i = 0; i < ch->members_count; i++)
		if (strcmp(ch->members[i].code, code) == 0)
			return (int)i;
	return -1;
}

static void
want_member(struct reading *x, const struct yaml *at, const char *code)
{
	if (code != NULL && charter_member_index(x->ch, code) < 0)
		complain(x->c, at, "CH11", "\"%.70s\" is not among the members; add it there or correct the code",
		    code);
}

static void
want_members(struct reading *x, const struct charter_codes *codes)
{
	for (uint32_t i = 0; i < codes->count; i++)
		want_member(x, codes->at[i], codes->codes[i]);
}

static const struct charter_instrument *
want_instrument(struct reading *x, const struct yaml *at, const char *code)
{
	for (uint32_t i = 0; code != NULL && i < x->ch->instruments_count; i++)
		if (strcmp(x->ch->instruments[i].code, code) == 0)
			return &x->ch->instruments[i];
	if (code != NULL)
		complain(x->c, at, "CH12", "\"%.70s\" is not among the instruments; add it there or correct the code",
		    code);
	return NULL;
}

static void
check_statuses(struct reading *x, const struct charter_member *m)
{
	for (uint32_t i = 0; i < m->statuses_count; i++)
		for (uint32_t k = 0; k < i; k++)
			if (m->statuses[i].span.from < m->statuses[k].span.until &&
			    m->statuses[k].span.from < m->statuses[i].span.until)
				complain(x->c, m->at, "CH20",
				    "%s has two statuses on one day; end one before the other begins", m->code);
	for (uint32_t i = 0; i < m->seats_count; i++)
		for (uint32_t k = 0; k < i; k++)
			if (m->seats[i].span.from < m->seats[k].span.until &&
			    m->seats[k].span.from < m->seats[i].span.until)
				complain(x->c, m->at, "CH20",
				    "%s has two seats on one day; end one before the other begins", m->code);
}

static void
check_grants(struct reading *x, const struct charter_member *m)
{
	for (uint32_t i = 0; i < m->grants_count; i++) {
		bool known = m->grants[i].body == NULL;

		for (uint32_t k = 0; k < x->ch->bodies_count && !known; k++)
			known = strcmp(x->ch->bodies[k].code, m->grants[i].body) == 0;
		if (!known)
			complain(x->c, m->grants[i].at, "CH13",
			    "\"%.70s\" is not among the bodies; add it there or correct the code", m->grants[i].body);
	}
}

static bool
same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* The bytes of the key itself: two names for one key are one key. */
static const char *
key_bytes(const char *vkey)
{
	const char *plus = vkey == NULL ? NULL : strchr(vkey, '+');

	plus = plus == NULL ? NULL : strchr(plus + 1, '+');	/* base64 has '+' too: the key follows the second one */
	return plus == NULL ? NULL : plus + 1;
}

static void
check_nodes(struct reading *x)
{
	for (uint32_t i = 0; i < x->ch->members_count; i++)
		for (uint32_t k = 0; k < i; k++) {
			const struct charter_member *a = &x->ch->members[k], *b = &x->ch->members[i];

			if (same(a->node.address, b->node.address))
				complain(x->c, b->at, "CH17",
				    "%s and %s have the same address; each member has its own node", a->code, b->code);
			if (same(key_bytes(a->node.log_key), key_bytes(b->node.log_key)) ||
			    same(a->node.tls_pin, b->node.tls_pin))
				complain(x->c, b->at, "CH18", "%s and %s share a key; each member makes its own",
				    a->code, b->code);
		}
}

static void
check_members(struct reading *x)
{
	uint32_t seated = 0;

	for (uint32_t i = 0; i < x->ch->members_count; i++) {
		const struct charter_member *m = &x->ch->members[i];
		bool none = true;

		check_statuses(x, m);
		check_grants(x, m);
		for (uint32_t k = 0; k < m->statuses_count; k++)
			none = none && m->statuses[k].standing == STANDING_NONE;
		seated += !none;
	}
	if (seated < 2)
		complain(x->c, NULL, "CH15", "fewer than two members with a standing; a mechanism has two at least");
	check_nodes(x);
}

/*
 * One consent, one signature, one withdrawal a member: what a second would mean is for a record to say, not for a
 * charter.
 */
static void
check_doubles(struct reading *x, const struct charter_instrument *in)
{
	for (uint32_t i = 0; i < in->acts_count; i++)
		for (uint32_t k = 0; k < i; k++) {
			const struct charter_deed *a = &in->acts[i], *b = &in->acts[k];
			bool consents = a->act >= DEED_RATIFY && a->act <= DEED_ACCEDE && b->act >= DEED_RATIFY &&
			    b->act <= DEED_ACCEDE;

			if (same(a->who, b->who) && (a->act == b->act || consents))
				complain(x->c, a->at, "CH21", "%s does this twice under \"%s\"; keep one act", a->who,
				    in->code);
		}
}

static void
check_order(struct reading *x, const struct charter_instrument *in)
{
	for (uint32_t i = 0; i < in->acts_count; i++) {
		const struct charter_deed *a = &in->acts[i];

		want_member(x, a->at, a->who);
		if (a->on.given && in->adopted.given && a->on.last < in->adopted.first)
			complain(x->c, a->at, "CH14", "an act before the adoption of \"%s\"; correct one of the dates",
			    in->code);
		for (uint32_t k = 0; k < in->acts_count; k++)
			if (a->act == DEED_RATIFY && in->acts[k].act == DEED_SIGN && same(a->who, in->acts[k].who) &&
			    a->on.last < in->acts[k].on.first)
				complain(x->c, a->at, "CH14",
				    "%s ratifies \"%s\" before it signs; correct one of the dates", a->who, in->code);
	}
}

static void
check_taken(struct reading *x, const struct charter_instrument *in)
{
	bool any_unknown = in->force == FORCE_ON_DATE && in->force_date.first != in->force_date.last;

	if (!in->taken_as.given) {
		if (in->taken_reason != NULL)
			complain(x->c, in->at, "CH22",
			    "\"%s\" gives a reason but no \"taken as\" date; add the date or drop it", in->code);
		return;
	}
	if (in->taken_reason == NULL || in->taken_source == NULL)
		complain(x->c, in->at, "CH22",
		    "\"taken as\" of \"%s\" needs a reason and a source: it states what no source dates", in->code);
	if (in->adopted.given && in->taken_as.first < in->adopted.first)
		complain(x->c, in->at, "CH14",
		    "\"taken as\" lies before the adoption of \"%s\"; correct one of the dates", in->code);
	for (uint32_t i = 0; i < in->acts_count; i++)
		any_unknown |= in->acts[i].act <= DEED_ACCEDE && in->acts[i].on.first != in->acts[i].on.last;
	if (!any_unknown)
		complain(x->c, in->at, "CH22", "\"taken as\" of \"%s\" where every act has its date; drop it",
		    in->code);
}

static void
check_instrument(struct reading *x, const struct charter_instrument *in)
{
	check_order(x, in);
	check_doubles(x, in);
	check_taken(x, in);
	for (uint32_t i = 0; i < in->reservations_count; i++) {
		const struct charter_reservation *r = &in->reservations[i];

		want_member(x, r->at, r->by);
		want_members(x, &r->towards);
	}
}

static void
check_parts(struct reading *x)
{
	const struct charter *ch = x->ch;

	for (uint32_t i = 0; i < ch->authorities_count; i++)
		want_member(x, ch->authorities[i].at, ch->authorities[i].member);
	for (uint32_t i = 0; i < ch->bodies_count; i++)
		want_members(x, &ch->bodies[i].members);
	for (uint32_t i = 0; i < ch->mappings_count; i++) {
		want_instrument(x, ch->mappings[i].at, ch->mappings[i].under);
		want_members(x, &ch->mappings[i].between);
		if (ch->mappings[i].between.count != 0 && ch->mappings[i].between.count != 2)
			complain(x->c, ch->mappings[i].at, "CH24",
			    "\"between\" names the two members of a pair; leave it out for all parties");
	}
	for (uint32_t i = 0; i < ch->channels_count; i++) {
		const struct charter_channel *c = &ch->channels[i];
		const struct charter_instrument *in = want_instrument(x, c->at, c->under);

		if (in != NULL && (c->kinds & ~in->caps.kinds) != 0)
			complain(x->c, c->at, "CH23",
			    "channel \"%s\" carries %s records, which \"%s\" does not provide for; drop the kind or"
			    " widen its data kinds", c->code,
			    kind_code((enum kind)__builtin_ctz(c->kinds & ~in->caps.kinds)), in->code);
	}
}

static void
check_namings(struct reading *x)
{
	for (uint32_t i = 0; i < x->ch->namings_count; i++) {
		const struct charter_naming *n = &x->ch->namings[i];

		want_members(x, &n->audience);
		for (uint32_t k = 0; k < i; k++)
			for (uint32_t a = 0; a < n->audience.count; a++)
				for (uint32_t b = 0; b < x->ch->namings[k].audience.count; b++)
					if (same(n->audience.codes[a], x->ch->namings[k].audience.codes[b]))
						complain(x->c, n->audience.at[a], "CH25",
						    "\"%.70s\" has another naming set already (\"%s\"); a member sees"
						    " one", n->audience.codes[a], x->ch->namings[k].code);
	}
}

void
check_whole(struct reading *x)
{
	check_members(x);
	for (uint32_t i = 0; i < x->ch->instruments_count; i++)
		check_instrument(x, &x->ch->instruments[i]);
	check_parts(x);
	check_namings(x);
}
