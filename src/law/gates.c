/*
 * Gates about the record and the person: G1-G3 and G6-G14. G4 and G5 ask the register more and stand in gates_basis.c.
 */
#include "law/gates.h"

#include <string.h>

enum level
gate_note(const struct look *x, int gate, enum level ceiling, enum why_code code, int32_t a, int32_t day,
    enum binding status)
{
	if (x->why != NULL && x->why->count < WHY_MAX)
		x->why->reasons[x->why->count++] = (struct reason){ (uint8_t)gate, (uint8_t)ceiling, (uint8_t)code,
		    x->newest, a, day,
			status };
	return ceiling;
}

static void
duty(const struct look *x, uint32_t duties)
{
	if (x->why != NULL)
		x->why->duties |= duties;
}

static bool
own(const struct look *x)
{
	return x->v->member >= 0 && x->v->member == x->r->origin;
}

/* The node as a viewer, and the public: what asks for an officer's rights does not fit them. */
static bool
no_officer(const struct look *x)
{
	return x->v->role == ROLE_NODE || x->v->role == ROLE_PUBLIC;
}

bool
gate_values_known(const struct law_record *r, const struct viewer *v, const struct caveats *c)
{
	return r->kind > KIND_NONE && r->kind < KIND_COUNT && (unsigned)r->mode <= MODE_TEST &&
	    (unsigned)r->state < STATE_UNKNOWN && (unsigned)r->base <= AUD_PUBLIC && (unsigned)r->tlp <= TLP_RED &&
	    (unsigned)r->pap <= TLP_RED && (unsigned)r->onward <= ONWARD_AUDIENCE && (unsigned)r->pd <= PD_SPECIAL &&
	    r->class_level >= 0 && r->class_level <= CLASS_MAX && (r->handling & ~15) == 0 &&
	    (r->purposes & ~PURPOSES_ALL) == 0 && r->origin >= 0 && r->origin < LAW_MEMBERS_MAX &&
	    r->basis_count <= LAW_BASIS_MAX && (unsigned)v->role < ROLE_COUNT && (unsigned)v->view <= VIEW_TEST &&
	    (unsigned)v->pd_right <= PD_RIGHT_SPECIAL && v->clearance >= 0 && v->clearance <= CLASS_MAX &&
	    v->purpose >= 0 && v->purpose <= PURPOSE_MAX && (v->member >= 0 ? v->member < LAW_MEMBERS_MAX &&
	    v->role != ROLE_PUBLIC : v->role == ROLE_PUBLIC) && (c->flags & ~(uint32_t)CAVEAT_ALL) == 0 &&
	    (unsigned)c->integrity <= INTEGRITY_UNKNOWN_VOCABULARY && (unsigned)c->review <= REVIEW_REFUSED &&
	    (c->restricted_purposes & ~PURPOSES_ALL) == 0;
}

enum level
gate_integrity(const struct look *x)
{
	/* The quarantine list is the compliance reviewer's and the administrator's. */
	bool quarantine = x->v->role == ROLE_REVIEWER || x->v->role == ROLE_ADMIN;
	enum level ceiling = quarantine ? LEVEL_META : LEVEL_NONE;

	switch (x->c->integrity) {
	case INTEGRITY_VERIFIED:
		return LEVEL_FULL;
	case INTEGRITY_BAD:
		duty(x, DUTY_NOTIFY_SENDER);
		return gate_say(x, 1, ceiling, WHY_BAD_PROOF);
	case INTEGRITY_UNKNOWN_VOCABULARY:
		duty(x, DUTY_NOTIFY_SENDER);
		return gate_say(x, 1, ceiling, WHY_VOCABULARY);
	case INTEGRITY_UNCHECKED:
		break;
	}
	return gate_say(x, 1, ceiling, WHY_UNCHECKED);
}

enum level
gate_state(const struct look *x)
{
	uint32_t flags = x->c->flags;
	bool filer = own(x) && (x->v->role == ROLE_NODE || (x->v->authority >= 0 &&
	    x->v->authority == x->r->authority));

	/* What is kept against an order is out of use: only the compliance reviewer can account for it. */
	if (x->r->state == STATE_DELETED || ((flags & CAVEAT_DELETED) != 0 && !(x->c->kept && x->v->role == ROLE_REVIEWER)))
		return gate_say(x, 2, LEVEL_NONE, WHY_DELETED);
	if (x->r->state == STATE_UNSENT && !filer)
		return gate_say(x, 2, LEVEL_NONE, WHY_UNSENT);
	if ((x->r->state == STATE_BLOCKED || (flags & CAVEAT_BLOCKED) != 0) && !own(x) && x->v->role != ROLE_REVIEWER)
		return gate_say(x, 2, LEVEL_NONE, WHY_BLOCKED);
	if (x->r->state == STATE_OVER || (flags & CAVEAT_WITHDRAWN) != 0) {
		if (x->r->base == AUD_PUBLIC)
			duty(x, DUTY_CANCEL_PUBLIC);
		return gate_say(x, 2, own(x) ? LEVEL_META : LEVEL_NONE, x->r->state == STATE_OVER ? WHY_OVER :
		    WHY_WITHDRAWN);
	}
	return LEVEL_FULL;
}

/* The viewer's authority is one that ROLES names, by itself or by its type. */
static bool
addressed(const struct look *x)
{
	const struct law_authority *a;

	if (x->v->authority < 0 || (uint32_t)x->v->authority >= x->reg->authorities_count)
		return false;
	a = &x->reg->authorities[x->v->authority];
	if (a->member != x->v->member)
		return false;
	for (uint32_t i = 0; i < x->r->role_authorities_count; i++)
		if (x->r->role_authorities[i] == x->v->authority)
			return true;
	return (x->r->roles >> a->type & 1) != 0;
}

static bool
has_roles(const struct law_record *r)
{
	return r->roles != 0 || r->role_authorities_count > 0;
}

static bool
named_person(const struct look *x)
{
	const struct slice *p = &x->v->person;

	for (uint32_t i = 0; p->len > 0 && i < x->r->persons_count; i++)
		if (x->r->persons[i].len == p->len && memcmp(x->r->persons[i].s, p->s, p->len) == 0)
			return true;
	return false;
}

enum level
gate_audience(const struct look *x)
{
	const struct law_record *r = x->r;
	int m = x->v->member;

	if (x->v->role == ROLE_PUBLIC)
		return gate_say(x, 3, r->base == AUD_PUBLIC ? LEVEL_FULL : LEVEL_NONE, r->base == AUD_PUBLIC ?
		    WHY_PUBLIC : WHY_NOT_LISTED);
	if (own(x))
		return gate_say(x, 3, LEVEL_FULL, WHY_ORIGIN);
	if (mset_has(&r->exclude, m))
		return gate_say(x, 3, LEVEL_NONE, WHY_EXCLUDED);
	if (mset_has(&x->c->recalled, m))
		return gate_say(x, 3, LEVEL_NONE, WHY_RECALLED);
	if (!mset_has(&r->delivery, m))
		return gate_say(x, 3, LEVEL_NONE, WHY_NOT_LISTED);
	if (x->v->role != ROLE_NODE && has_roles(r) && !addressed(x))
		return gate_say(x, 3, LEVEL_NONE, WHY_ROLE);
	if (x->v->role != ROLE_NODE && r->persons_count > 0 && !named_person(x))
		return gate_say(x, 3, LEVEL_NONE, WHY_PERSON);
	return gate_say(x, 3, LEVEL_FULL, WHY_LISTED);
}

enum level
gate_class(const struct look *x)
{
	enum level ceiling = x->r->announce ? LEVEL_EXISTS : LEVEL_NONE;

	if (x->r->class_level == 0)
		return LEVEL_FULL;
	if (x->v->role != ROLE_NODE && x->v->clearance < x->r->class_level)
		return gate_note(x, 6, ceiling, WHY_CLEARANCE, x->r->class_level, x->as_of, BINDING_NOT_PARTY);
	if (!own(x) && !registry_mapped(x->reg, x->r->class_mapping, x->r->origin, x->v->member, x->as_of))
		return gate_note(x, 6, ceiling, WHY_NO_MAPPING, x->r->class_mapping, x->as_of, BINDING_NOT_PARTY);
	return LEVEL_FULL;
}

/* Some purpose of the record is one for which the viewer's authority may see this kind. */
static bool
concerned_authority(const struct look *x)
{
	for (int p = 1; p <= PURPOSE_MAX; p++)
		if ((x->r->purposes & PURPOSE_BIT(p)) != 0 &&
		    registry_may(x->reg, x->v->authority, p, x->r->kind, MAY_SEE, x->as_of))
			return true;
	return false;
}

enum level
gate_tlp(const struct look *x)
{
	const struct slice *p = &x->v->person, *o = &x->r->officer;
	bool filer = own(x) && p->len > 0 && p->len == o->len && memcmp(p->s, o->s, p->len) == 0;

	if (x->v->role == ROLE_NODE)
		return LEVEL_FULL;
	if (x->v->role == ROLE_PUBLIC)
		return x->r->tlp == TLP_CLEAR ? LEVEL_FULL : gate_say(x, 7, LEVEL_NONE, WHY_TLP_PUBLIC);
	if (x->r->tlp == TLP_RED && !filer && !named_person(x))
		return gate_say(x, 7, LEVEL_NONE, WHY_TLP_RED);
	if (x->r->tlp == TLP_AMBER_STRICT) {
		bool mine = own(x) ? x->v->authority >= 0 && x->v->authority == x->r->authority : has_roles(x->r) ?
		    addressed(x) : concerned_authority(x);

		if (!mine)
			return gate_say(x, 7, LEVEL_NONE, WHY_TLP_STRICT);
	}
	return LEVEL_FULL;
}

static bool
any_valid_authority(const struct look *x)
{
	const struct law_authority *a;

	if (x->v->authority < 0 || (uint32_t)x->v->authority >= x->reg->authorities_count)
		return false;
	a = &x->reg->authorities[x->v->authority];
	return a->member == x->v->member && span_has(a->valid, x->as_of);
}

enum level
gate_competence(const struct look *x)
{
	if (no_officer(x) || (x->r->mode == MODE_TEST && x->v->role == ROLE_ADMIN))
		return LEVEL_FULL;
	if (!any_valid_authority(x))
		return gate_note(x, 8, LEVEL_META, WHY_NO_COMPETENCE, x->v->purpose, x->as_of, BINDING_NOT_PARTY);
	if (x->r->kind == KIND_CONTROL)
		return LEVEL_FULL;	/* an order to delete or correct concerns everyone who holds the target */
	if (x->v->purpose == 0)
		return gate_say(x, 8, LEVEL_META, WHY_NO_PURPOSE);
	if ((x->r->purposes & PURPOSE_BIT(x->v->purpose)) == 0) {
		duty(x, DUTY_OFFER_FURTHER_USE);
		return gate_note(x, 8, LEVEL_META, WHY_OTHER_PURPOSE, x->v->purpose, x->as_of, BINDING_NOT_PARTY);
	}
	if (!registry_may(x->reg, x->v->authority, x->v->purpose, x->r->kind, MAY_SEE, x->as_of))
		return gate_note(x, 8, LEVEL_META, WHY_NO_COMPETENCE, x->v->purpose, x->as_of, BINDING_NOT_PARTY);
	return LEVEL_FULL;
}

enum level
gate_person_data(const struct look *x)
{
	if (x->v->role == ROLE_NODE || x->r->pd < PD_PSEUDONYM)
		return LEVEL_FULL;
	if (x->v->role == ROLE_PUBLIC)
		return gate_say(x, 9, LEVEL_NONE, WHY_PD);
	if (x->r->pd < PD_IDENTIFYING)
		return LEVEL_FULL;
	if (x->v->pd_right == PD_RIGHT_NONE)
		return gate_say(x, 9, LEVEL_REDACTED, WHY_PD);
	if (x->r->pd == PD_SPECIAL && x->v->pd_right != PD_RIGHT_SPECIAL)
		return gate_say(x, 9, LEVEL_REDACTED, WHY_PD_SPECIAL);
	duty(x, DUTY_LOG_CONSULTATION);
	return LEVEL_FULL;
}

enum level
gate_receiver(const struct look *x)
{
	enum level ceiling = x->v->role == ROLE_REVIEWER ? LEVEL_FULL : LEVEL_NONE;

	if (!x->r->person_notice || own(x) || no_officer(x) || x->c->review == REVIEW_CLEARED)
		return LEVEL_FULL;
	if (x->c->review == REVIEW_FLAGGED) {
		duty(x, DUTY_NO_ACTION);
		return LEVEL_FULL;
	}
	if (x->c->review == REVIEW_REFUSED) {
		duty(x, DUTY_SEND_NO_ACTION);
		return gate_say(x, 10, ceiling, WHY_REVIEW_REFUSED);
	}
	return gate_say(x, 10, ceiling, WHY_NOT_REVIEWED);
}

enum level
gate_restriction(const struct look *x)
{
	uint32_t asked = x->v->role == ROLE_NODE ? x->r->purposes : x->v->purpose == 0 ? 0 : PURPOSE_BIT(x->v->purpose);

	if ((x->c->flags & CAVEAT_CONTESTED) != 0)
		duty(x, DUTY_SHOW_CONTESTED);
	if ((x->c->flags & CAVEAT_RESTRICTED) == 0)
		return LEVEL_FULL;
	duty(x, DUTY_LISTED_PURPOSES);
	if ((asked & x->c->restricted_purposes) == 0)
		return gate_say(x, 11, LEVEL_NONE, WHY_RESTRICTED);
	return LEVEL_FULL;
}

enum level
gate_protection(const struct look *x)
{
	bool about_person = x->r->kind == KIND_REPLY || x->r->pd >= PD_PSEUDONYM;

	if ((x->c->flags & CAVEAT_PROTECTED) == 0 || own(x) || !about_person || !mset_has(&x->c->feared, x->v->member))
		return LEVEL_FULL;
	return gate_say(x, 12, LEVEL_NONE, WHY_PROTECTION);
}

enum level
gate_retention(const struct look *x)
{
	if (x->as_of > x->r->delete_by)
		return gate_note(x, 13, LEVEL_NONE, WHY_DELETE_BY, LAW_NONE, x->r->delete_by, BINDING_NOT_PARTY);
	if (x->as_of > x->r->review_by && !x->c->retention_reviewed)
		return gate_note(x, 13, x->v->role == ROLE_REVIEWER ? LEVEL_FULL : LEVEL_NONE, WHY_REVIEW_BY, LAW_NONE,
		    x->r->review_by, BINDING_NOT_PARTY);
	return LEVEL_FULL;
}

enum level
gate_mode(const struct look *x)
{
	if (x->v->role == ROLE_NODE)
		return LEVEL_FULL;
	if (x->r->mode == MODE_TEST)
		return x->v->role == ROLE_ADMIN && x->v->view == VIEW_TEST ? LEVEL_FULL :
		    gate_say(x, 14, LEVEL_NONE, WHY_TEST);
	if (x->r->mode == MODE_EXERCISE)
		return x->v->view == VIEW_EXERCISE ? LEVEL_FULL : gate_say(x, 14, LEVEL_NONE, WHY_EXERCISE);
	return x->v->view == VIEW_LIVE ? LEVEL_FULL : gate_say(x, 14, LEVEL_NONE, WHY_REAL);
}
