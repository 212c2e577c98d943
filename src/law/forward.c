/* Passing on (law.md C1, may_forward). */
#include <string.h>

#include "law/gates.h"

/* Is consent ${k} about ${r}: by name, or because ${r} cites it as its basis? */
static bool
about(const struct consent *k, const struct law_record *r)
{
	if (memcmp(k->about, r->id, RECORD_ID_BYTES) == 0)
		return true;
	for (uint32_t i = 0; i < r->basis_count; i++)
		if (r->basis[i].type == BASIS_CONSENT && memcmp(r->basis[i].ref.id, k->ref.id, RECORD_ID_BYTES) == 0)
			return true;
	return false;
}

/* WHY_CONSENTED, or what the nearest consent lacks, or WHY_NONE when there is none at all. */
static enum why_code
consent(const struct law_record *r, int target, int purpose, const struct caveats *c, int32_t as_of)
{
	enum why_code lacking = WHY_NONE;

	for (uint32_t i = 0; i < c->consents_count; i++) {
		const struct consent *k = &c->consents[i];

		if (k->by != r->origin || !about(k, r))
			continue;
		if (!mset_has(&k->targets, target))
			lacking = lacking == WHY_NONE ? WHY_CONSENT_TARGET : lacking;
		else if (purpose == 0 || (k->purposes & PURPOSE_BIT(purpose)) == 0)
			lacking = WHY_CONSENT_PURPOSE;
		else if (as_of > k->until)
			lacking = WHY_CONSENT_ENDED;
		else
			return WHY_CONSENTED;
	}
	return lacking;
}

static enum why_code
without_consent(const struct law_record *r, const struct viewer *v, const struct viewer *target)
{
	bool same_member = target->member == v->member;
	bool same_authority = same_member && v->authority >= 0 && target->authority == v->authority;

	if (r->onward == ONWARD_ASK || (r->handling & HANDLING_H2) != 0)
		return WHY_ONWARD_ASK;
	if (r->tlp == TLP_RED || (r->tlp == TLP_AMBER_STRICT && !same_authority))
		return WHY_TLP_ONWARD;
	if (r->onward == ONWARD_WITHIN_MEMBER)
		return same_member ? WHY_ONWARD_YES : WHY_ONWARD_MEMBER;
	return mset_has(&r->delivery, target->member) ? WHY_ONWARD_YES : WHY_ONWARD_AUDIENCE;
}

static enum why_code
decide(const struct law_record *r, const struct viewer *v, const struct viewer *target, const struct caveats *c,
    int32_t as_of)
{
	enum why_code held, rule;

	if (!gate_values_known(r, v, c) || target->member < 0 || target->member >= LAW_MEMBERS_MAX ||
	    target->purpose < 0 || target->purpose > PURPOSE_MAX)
		return WHY_BAD_VALUE;
	if (mset_has(&r->exclude, target->member) || mset_has(&c->recalled, target->member))
		return WHY_EXCLUDED;
	if (r->onward == ONWARD_NONE)
		return WHY_ONWARD_NONE;
	if ((rule = without_consent(r, v, target)) == WHY_ONWARD_YES)
		return rule;
	held = consent(r, target->member, target->purpose != 0 ? target->purpose : v->purpose, c, as_of);
	return held == WHY_NONE ? rule : held;
}

bool
may_forward(const struct law_record *r, const struct viewer *v, const struct viewer *target, const struct caveats *c,
    int32_t as_of, struct why *why)
{
	enum why_code code = decide(r, v, target, c, as_of);
	bool yes = code == WHY_ONWARD_YES || code == WHY_CONSENTED;

	if (why != NULL) {
		*why = (struct why){ .level = yes ? LEVEL_FULL : LEVEL_NONE, .as_of = as_of, .count = 1 };
		why->duties = yes && r->handling <= 15 ? r->handling : 0;
		why->reasons[0] = (struct reason){ .ceiling = (uint8_t)why->level, .code = (uint8_t)code,
		    .a = target->member, .day = as_of };
	}
	return yes;
}
