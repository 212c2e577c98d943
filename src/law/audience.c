/* Who is meant, and how markings of several records add up. */
#include "law/intern.h"

struct mset
law_resolve_audience(const struct registry *reg, const struct law_record *r, int32_t as_of)
{
	struct mset s = { { 0 } };

	switch (r->base) {
	case AUD_LIST:
		s = r->list;
		break;
	case AUD_BODY:
		s = registry_body_on(reg, r->base_body, as_of);
		break;
	case AUD_PARTIES:
		s = registry_parties(reg, r->base_instrument, as_of);
		break;
	case AUD_ALL_MEMBERS:
	case AUD_PUBLIC:
		for (uint32_t m = 0; m < reg->members_count; m++) {
			enum standing st = registry_standing_on(reg, (int)m, as_of, NULL);

			if (r->base == AUD_PUBLIC || st == STANDING_MEMBER || st == STANDING_SUSPENDED)
				mset_add(&s, (int)m);
		}
		break;
	}
	s = mset_minus(&s, &r->exclude);
	if (r->origin >= 0)
		mset_add(&s, r->origin);
	return s;
}

/* Order of strictness, not of the enum: none at all, ask, within the member, within the audience. */
static enum onward
stricter_onward(enum onward a, enum onward b)
{
	static const uint8_t strict[] = { [ONWARD_NONE] = 3, [ONWARD_ASK] = 2, [ONWARD_WITHIN_MEMBER] = 1,
	    [ONWARD_AUDIENCE] = 0 };

	if ((unsigned)a > ONWARD_AUDIENCE || (unsigned)b > ONWARD_AUDIENCE)
		return ONWARD_NONE;
	return strict[a] >= strict[b] ? a : b;
}

void
marking_join(struct marking *m, const struct law_record *r)
{
	if (!m->any) {
		*m = (struct marking){ r->tlp, r->pap, r->handling, r->onward, r->class_level, r->pd, r->review_by,
		    r->delete_by,
			mset_minus(&r->delivery, &r->exclude), r->purposes, true };
		return;
	}
	m->tlp = m->tlp > r->tlp ? m->tlp : r->tlp;
	m->pap = m->pap > r->pap ? m->pap : r->pap;
	m->handling |= r->handling;
	m->onward = stricter_onward(m->onward, r->onward);
	m->class_level = m->class_level > r->class_level ? m->class_level : r->class_level;
	m->pd = m->pd > r->pd ? m->pd : r->pd;
	m->review_by = m->review_by < r->review_by ? m->review_by : r->review_by;
	m->delete_by = m->delete_by < r->delete_by ? m->delete_by : r->delete_by;
	for (int i = 0; i < LAW_MEMBERS_MAX / 64; i++)
		m->delivery.w[i] &= r->delivery.w[i] & ~r->exclude.w[i];
	m->purposes &= r->purposes;
}
