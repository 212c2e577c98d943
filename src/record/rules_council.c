/* Rules of kinds 1 to 8: participants, instruments, meetings, decisions.. */
#include "record/rules.h"

HOLDS(31)
{
	return rules_in_order(&SLOT(s, PARTICIPANT, status_from), &SLOT(s, PARTICIPANT, status_to));
}

HOLDS(32)
{
	return rules_in_order(&SLOT(s, AUTHORITY, valid_from), &SLOT(s, AUTHORITY, valid_to));
}

HOLDS(33)
{
	return !HAS(s, INSTRUMENT, reservable) ||
	    (HAS(s, INSTRUMENT, reservations) && IS(INSTRUMENT, reservations, RESERVATIONS, LISTED));
}

HOLDS(34)
{
	return (!IS(ACTION, act, ACT, RESERVE) && !IS(ACTION, act, ACT, INTERPRET)) || HAS(s, ACTION, provisions) ||
	    HAS(s, ACTION, text);
}

HOLDS(35)
{
	switch (SLOT(s, ACTION, act).v) {
	case W_ACT_OBJECT: case W_ACT_OBJECT_PRECLUDING: case W_ACT_WITHDRAW_RESERVATION: case W_ACT_WITHDRAW_OBJECTION:
	case W_ACT_REVOKE_WITHDRAWAL: case W_ACT_CORRECTION:
		return HAS(s, ACTION, target);
	default:
		return true;
	}
}

HOLDS(36)
{
	return HAS(s, ACTION, territories) == (IS(ACTION, act, ACT, TERRITORIAL_EXTEND) ||
	    IS(ACTION, act, ACT, TERRITORIAL_EXCLUDE));
}

HOLDS(37)
{
	return HAS(s, ACTION, act_date) || HAS(s, ACTION, deposit_date);
}

HOLDS(38)
{
	return rules_in_order(&SLOT(s, MEETING, start), &SLOT(s, MEETING, end));
}

HOLDS(39)
{
	return HAS(s, MEETING, body) || HAS(s, MEETING, operation) || HAS(s, MEETING, title);
}

HOLDS(40)
{
	return !HAS(s, DECISION, number) || rules_state_is(c, "ADOPTED") || rules_state_is(c, "IN_EFFECT") ||
	    rules_state_is(c, "EXPIRED") || rules_state_is(c, "REPEALED");
}

HOLDS(41)
{
	if (rules_state_is(c, "UNDER_SILENCE"))
		return HAS(s, DECISION, deadline) && HAS(s, DECISION, electorate);
	return !rules_state_is(c, "PUT") || HAS(s, DECISION, electorate);
}

HOLDS(42)
{
	return HAS(s, DECISION, text) || HAS(s, DECISION, texts) || HAS(s, DECISION, sources);
}

HOLDS(43)
{
	return rules_in_order(&SLOT(s, DECISION, effective), &SLOT(s, DECISION, expiry));
}

HOLDS(44)
{
	return HAS(s, DECISION, proposers) || HAS(s, DECISION, sources);
}

HOLDS(45)
{
	return (!IS(POSITION, value, POSITION_VALUE, AMEND) && !IS(POSITION, value, POSITION_VALUE, ABSTAIN_CONSTRUCTIVE)) ||
	    HAS(s, POSITION, text);
}

HOLDS(46)
{
	return HAS(s, POSITION, until) == IS(POSITION, value, POSITION_VALUE, RESERVE_POSITION);
}

HOLDS(47)
{
	struct ref ref;
	const struct json *j = SLOT(s, POSITION, decision).j;

	return ref_parse(j->str, j->len, &ref) && ref.version > 0;
}
