/* Rules of the envelope and of structs that several kinds share. */
#include "record/rules.h"

#define E(f) SLOT(s, ENVELOPE, f)

static bool
is_public(const struct slot *s)
{
	return json_is(json_get(E(audience).j, "base"), "PUBLIC");
}

static enum kind
kind_of(const struct slot *s)
{
	return (enum kind)(E(kind).v + 1);
}

static bool
person_kind(enum kind k)
{
	return k == KIND_NOTICE || k == KIND_REQUEST || k == KIND_REPLY;
}

HOLDS(01)
{
	return (E(seq).v == 1) == (E(prev).j == NULL);
}

HOLDS(02)
{
	enum kind k = kind_of(s);

	return k < KIND_DECISION || k == KIND_CONTROL || is_public(s) || E(basis).j->count > 0;
}

HOLDS(03)
{
	return E(delivery).j != NULL || is_public(s);
}

HOLDS(04)
{
	const struct json *a = E(delivery).j != NULL ? E(delivery).j->child : NULL, *b;

	for (; a != NULL && (b = a->next) != NULL; a = b) {
		int d = memcmp(a->str, b->str, a->len < b->len ? a->len : b->len);

		if (d > 0 || (d == 0 && a->len > b->len))
			return false;
	}
	return true;
}

HOLDS(05)
{
	const struct json *exclude = json_get(E(audience).j, "exclude");

	if (exclude == NULL)
		return true;
	for (const struct json *j = exclude->child; j != NULL; j = j->next)
		if (rules_listed(E(delivery).j, j))
			return false;
	return !rules_listed(exclude, json_get(E(origin).j, "member"));
}

HOLDS(06)
{
	const struct json *members = json_get(E(audience).j, "members"), *own = json_get(E(origin).j, "member");

	if (members == NULL || E(delivery).j == NULL)
		return true;
	for (const struct json *j = E(delivery).j->child; j != NULL; j = j->next)
		if (!rules_listed(members, j) && (j->len != own->len || memcmp(j->str, own->str, j->len) != 0))
			return false;
	return true;
}

HOLDS(07)
{
	const struct json *level = json_get(E(class).j, "level");

	return !is_public(s) || (IS(ENVELOPE, tlp, TLP, CLEAR) && (level == NULL || level->num == 0));
}

HOLDS(08)
{
	enum kind k = kind_of(s);
	enum pd most = person_kind(k) ? PD_SPECIAL : k == KIND_AUTHORITY ? PD_IDENTIFYING :
	    k == KIND_INCIDENT || k == KIND_REPORT ? PD_COUNTS : PD_NONE;

	return E(pd).v <= (int64_t)most;
}

HOLDS(09)
{
	return !person_kind(kind_of(s)) || E(pd).v < PD_IDENTIFYING || (E(review_by).j != NULL && E(delete_by).j != NULL);
}

HOLDS(10)
{
	return rules_in_order(&E(review_by), &E(delete_by));
}

HOLDS(11)
{
	return rules_in_order(&E(effective_from), &E(effective_until));
}

/* ---- structs used in several kinds */

HOLDS(12)
{
	bool instrument = HAS(s, BASIS, instrument), article = HAS(s, BASIS, article);

	return instrument + HAS(s, BASIS, decision) + HAS(s, BASIS, consent) == 1 && instrument == article;
}

HOLDS(13)
{
	bool of = HAS(s, AUDIENCE, of), members = HAS(s, AUDIENCE, members);

	switch ((enum audience_base)SLOT(s, AUDIENCE, base).v) {
	case AUD_LIST: return members && !of;
	case AUD_BODY:
	case AUD_PARTIES: return of && !members;
	default: return !of && !members;
	}
}

HOLDS(14)
{
	/* A participant's own scheme is a list of labels and levels; the mapping instrument belongs to a record's marking. */
	bool marking = c->record == NULL || c->record->kind == KIND_CONTROL;

	return SLOT(s, CLASS, level).v == 0 || (HAS(s, CLASS, label) && (HAS(s, CLASS, mapping) || !marking));
}

HOLDS(15)
{
	int64_t source = SLOT(s, GRADE, source).v, info = SLOT(s, GRADE, info).v;

	if (IS(GRADE, scheme, GRADE_SCHEME, EU4x4))
		return (source <= W_GRADE_SOURCE_C || source == W_GRADE_SOURCE_X) && info <= W_GRADE_INFO_4;
	return source <= W_GRADE_SOURCE_F;
}

HOLDS(16)
{
	return HAS(s, PNAME, latin) == HAS(s, PNAME, scheme);
}

HOLDS(17)
{
	return c->pd == PD_SPECIAL || (!SLOT(s, PERSON, minor).v && !IS(PERSON, status, PERSON_STATUS, VICTIM));
}

HOLDS(18)
{
	return !HAS(s, OFFENCE, max_months) || !HAS(s, OFFENCE, actual_months) ||
	    SLOT(s, OFFENCE, actual_months).v <= SLOT(s, OFFENCE, max_months).v;
}

HOLDS(19)
{
	const struct slot *low = &SLOT(s, COUNTS, dead_low), *best = &SLOT(s, COUNTS, dead), *high = &SLOT(s, COUNTS, dead_high);
	bool good = (low->j == NULL || best->j == NULL || low->v <= best->v) &&
	    (best->j == NULL || high->j == NULL || best->v <= high->v) && (low->j == NULL || high->j == NULL || low->v <= high->v);

	return good || rules_has_word(json_get(c->body, "flags"), "LOW_BEST_HIGH_ORDER");
}

HOLDS(20)
{
	return rules_in_order(&SLOT(s, WHEN, occurred_from), &SLOT(s, WHEN, occurred_to)) ||
	    rules_has_word(json_get(c->body, "flags"), "TIME_ORDER");
}

HOLDS(21)
{
	return HAS(s, WHEN, occurred_from) || HAS(s, WHEN, aware_at);
}

HOLDS(22)
{
	return rules_in_order(&SLOT(s, PERIOD, from), &SLOT(s, PERIOD, to));
}

HOLDS(23)
{
	return rules_in_order(&SLOT(s, CBM_PHASE, from), &SLOT(s, CBM_PHASE, to));
}

HOLDS(24)
{
	if (IS(DECISION_RULE, rule, RULE, MAJORITY))
		return HAS(s, DECISION_RULE, num) && HAS(s, DECISION_RULE, den) && HAS(s, DECISION_RULE, base) &&
		    SLOT(s, DECISION_RULE, num).v <= SLOT(s, DECISION_RULE, den).v;
	return !IS(DECISION_RULE, rule, RULE, CONSENSUS_MINUS) || HAS(s, DECISION_RULE, max_excluded);
}

HOLDS(25)
{
	bool share = HAS(s, QUORUM, num) && HAS(s, QUORUM, den) && SLOT(s, QUORUM, num).v <= SLOT(s, QUORUM, den).v;

	return HAS(s, QUORUM, n) ? !HAS(s, QUORUM, num) && !HAS(s, QUORUM, den) : share;
}

HOLDS(26)
{
	bool deposits = IS(EIF, rule, EIF_RULE, N_DEPOSITS);

	return HAS(s, EIF, date) == IS(EIF, rule, EIF_RULE, ON_DATE) && HAS(s, EIF, n) == deposits &&
	    (deposits || !HAS(s, EIF, must_include));
}

HOLDS(27)
{
	return HAS(s, SURVIVAL, dur) == IS(SURVIVAL, rule, SURVIVAL, DUR);
}

HOLDS(28)
{
	return HAS(s, TERM, renewal_dur) == IS(TERM, renewal, RENEWAL, TACIT);
}

HOLDS(29)
{
	return HAS(s, HOURS, open) == IS(HOURS, mode, HOURS_MODE, SCHEDULE);
}
