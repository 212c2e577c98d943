#include "law/vis.h"

#include <string.h>

#include "law/gates.h"

typedef enum level (*gate_fn)(const struct look *x);

static const gate_fn gates[] = {
	gate_integrity, gate_state, gate_audience, gate_basis, gate_status, gate_class, gate_tlp, gate_competence,
	gate_person_data, gate_receiver, gate_restriction, gate_protection, gate_retention, gate_mode,
};

/* What a later version's markings say about all earlier ones. */
static const gate_fn marking_gates[] = { gate_class, gate_tlp, gate_person_data };

static enum level
lower(enum level a, enum level b)
{
	return a < b ? a : b;
}

static void
start(struct why *why, int32_t as_of)
{
	if (why == NULL)
		return;
	why->level = LEVEL_NONE;
	why->duties = 0;
	why->as_of = as_of;
	why->count = 0;
}

/* V24: the newest version's EXCLUDE and markings hold for this one too. */
static enum level
by_newest(const struct look *x)
{
	struct look y = *x;
	enum level level = LEVEL_FULL;

	y.r = x->c->newest;
	y.newest = true;
	if (y.r == NULL || y.r->seq <= x->r->seq || memcmp(y.r->id, x->r->id, RECORD_ID_BYTES) != 0)
		return LEVEL_FULL;
	if (!gate_values_known(y.r, x->v, x->c))
		return gate_say(&y, 1, LEVEL_NONE, WHY_BAD_VALUE);
	if (x->v->member != y.r->origin && mset_has(&y.r->exclude, x->v->member))
		level = gate_say(&y, 3, LEVEL_NONE, WHY_EXCLUDED);
	for (size_t i = 0; i < sizeof marking_gates / sizeof *marking_gates; i++)
		level = lower(level, marking_gates[i](&y));
	if (level < LEVEL_FULL && x->why != NULL)
		x->why->duties |= DUTY_SEND_RECALL;
	return level;
}

static bool
has_footnotes(const struct registry *reg, int member)
{
	for (uint32_t i = 0; i < reg->namings_count; i++)
		for (uint32_t k = 0; mset_has(&reg->namings[i].audience, member) && k < reg->namings[i].terms_count;
		    k++)
			if (reg->namings[i].terms[k].footnote[0] != '\0')
				return true;
	return false;
}

static uint32_t
standing_duties(const struct law_record *r, const struct viewer *v, const struct registry *reg)
{
	return (uint32_t)r->handling | (r->pap > TLP_CLEAR ? DUTY_PAP : 0u) | (has_footnotes(reg, v->member) ?
	    DUTY_FOOTNOTE : 0u);
}

enum level
vis(const struct law_record *r, const struct viewer *v, const struct registry *reg, const struct caveats *c,
    int32_t as_of, struct why *why)
{
	const struct look x = { r, v, reg, c, as_of, false, why };
	enum level level = LEVEL_FULL;

	start(why, as_of);
	if (!gate_values_known(r, v, c))
		return gate_say(&x, 1, LEVEL_NONE, WHY_BAD_VALUE);
	if (v->role == ROLE_AUDITOR)
		return gate_say(&x, 0, LEVEL_NONE, WHY_AUDITOR);
	for (size_t i = 0; i < sizeof gates / sizeof *gates; i++)
		level = lower(level, gates[i](&x));
	level = lower(level, by_newest(&x));
	if (why != NULL) {
		why->level = level;
		if (level > LEVEL_NONE)
			why->duties |= standing_duties(r, v, reg);
		if (level < LEVEL_REDACTED)	/* duties of a reader do not fall on one who does not read */
			why->duties &= ~(uint32_t)(DUTY_LOG_CONSULTATION | DUTY_NO_ACTION);
	}
	return level;
}

enum level
vis_audit(const struct law_record *r, const struct caveats *c, bool has_case, int32_t as_of, struct why *why)
{
	const struct viewer auditor = { .member = r->origin, .role = ROLE_AUDITOR };
	const struct look x = { r, &auditor, NULL, c, as_of, false, why };
	enum level level = LEVEL_FULL;

	start(why, as_of);
	if (!gate_values_known(r, &auditor, c))
		level = gate_say(&x, 1, LEVEL_META, WHY_BAD_VALUE);
	else if (c->integrity != INTEGRITY_VERIFIED)
		level = gate_say(&x, 1, LEVEL_META, c->integrity == INTEGRITY_BAD ? WHY_BAD_PROOF :
		    c->integrity == INTEGRITY_UNCHECKED ? WHY_UNCHECKED : WHY_VOCABULARY);
	if (r->state == STATE_DELETED || (c->flags & CAVEAT_DELETED) != 0)
		level = lower(level, gate_say(&x, 13, LEVEL_META, WHY_DELETED));
	if (as_of > r->delete_by)
		level = lower(level, gate_note(&x, 13, LEVEL_META, WHY_DELETE_BY, LAW_NONE, r->delete_by,
		    BINDING_NOT_PARTY));
	if (!has_case) {
		level = lower(level, gate_say(&x, 0, LEVEL_META, WHY_NO_CASE));
		if (why != NULL)
			why->duties |= DUTY_LOG_ATTEMPT;
	}
	if (why != NULL)
		why->level = level;
	return level;
}
