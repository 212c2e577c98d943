/* Rules of kinds 12 to 18: what happens in the field, and acts on records.. */
#include "record/rules.h"

HOLDS(70)
{
	return SLOT(s, CBM, end_of_message).v == SLOT(s, CBM, msg_no).v;
}

HOLDS(71)
{
	switch (SLOT(s, CBM, type).v) {
	case W_CBM_TYPE_CHANGE: case W_CBM_TYPE_START: case W_CBM_TYPE_END: case W_CBM_TYPE_UNUSUAL_ACTIVITY_ANSWER:
	case W_CBM_TYPE_INSPECTION_REPORT:
		return HAS(s, CBM, about);
	default:
		return true;
	}
}

HOLDS(72)
{
	return !IS(CBM, type, CBM_TYPE, PRIOR_NOTIFICATION) || (HAS(s, CBM, phases) && HAS(s, CBM, area));
}

HOLDS(73)
{
	return HAS(s, INCIDENT, response) || HAS(s, INCIDENT, sources);
}

HOLDS(74)
{
	return HAS(s, INCIDENT, close_reason) == rules_state_is(c, "CLOSED");
}

HOLDS(75)
{
	return HAS(s, INCIDENT, agreed_facts) || !rules_state_is(c, "FACTS_AGREED");
}

HOLDS(76)
{
	return rules_in_order(&SLOT(s, OPERATION, start), &SLOT(s, OPERATION, end));
}

HOLDS(77)
{
	const struct json *stop = SLOT(s, OPERATION, stop).j;

	for (const struct json *j = stop != NULL ? stop->child : NULL; j != NULL; j = j->next)
		if (!rules_listed(SLOT(s, OPERATION, hosts).j, json_get(j, "host")))
			return false;
	return true;
}

HOLDS(78)
{
	return HAS(s, CONTRIBUTION, operation) != HAS(s, CONTRIBUTION, undertaking);
}

HOLDS(79)
{
	bool money = HAS(s, CONTRIBUTION, money), qty = HAS(s, CONTRIBUTION, qty);

	if (IS(CONTRIBUTION, what, ASSET_WHAT, MONEY))
		return money && !qty;
	return !money && (qty || IS(CONTRIBUTION, what, ASSET_WHAT, DATA));
}

HOLDS(80)
{
	bool money = rules_state_is(c, "PLEDGED") || rules_state_is(c, "DISBURSED") || rules_state_is(c, "SPENT") ||
	    rules_state_is(c, "CANCELLED");
	bool asset = rules_state_is(c, "OFFERED") || rules_state_is(c, "ACCEPTED") || rules_state_is(c, "DEPLOYED") ||
	    rules_state_is(c, "RETURNED");

	return IS(CONTRIBUTION, what, ASSET_WHAT, MONEY) ? !asset : !money;
}

HOLDS(81)
{
	return !IS(REPORT, type, REPORT_TYPE, INJECT) || c->record->mode == MODE_EXERCISE;
}

HOLDS(82)
{
	return HAS(s, REPORT, inject) == IS(REPORT, type, REPORT_TYPE, INJECT) &&
	    HAS(s, REPORT, observation) == IS(REPORT, type, REPORT_TYPE, OBSERVATION) &&
	    HAS(s, REPORT, implementation) == IS(REPORT, type, REPORT_TYPE, IMPLEMENTATION);
}

HOLDS(83)
{
	switch (SLOT(s, REPORT, type).v) {
	case W_REPORT_TYPE_INJECT_RESPONSE: case W_REPORT_TYPE_AAR: case W_REPORT_TYPE_OBSERVATION:
	case W_REPORT_TYPE_IMPLEMENTATION:
		return HAS(s, REPORT, subject);
	default:
		return true;
	}
}

HOLDS(84)
{
	int64_t percent = SLOT(s, PROGRESS, percent).v;

	if (!HAS(s, PROGRESS, percent))
		return true;
	return (!IS(PROGRESS, status, IMPLEMENTATION, DONE) || percent == 100) &&
	    (!IS(PROGRESS, status, IMPLEMENTATION, NOT_STARTED) || percent == 0);
}

#define TYPE(word) IS(CONTROL, type, CONTROL_TYPE, word)

HOLDS(90)
{
	bool receipt = TYPE(RECEIPT), history = TYPE(FORK_PROOF) || TYPE(NEW_EPOCH);

	if (history && (HAS(s, CONTROL, target) || !HAS(s, CONTROL, evidence)))
		return false;
	return HAS(s, CONTROL, log) == (receipt || history) && HAS(s, CONTROL, ranges) == receipt &&
	    HAS(s, CONTROL, received_at) == receipt && !(receipt && HAS(s, CONTROL, target));
}

HOLDS(91)
{
	return TYPE(RECEIPT) || TYPE(UNREACHABLE) || TYPE(KEY_CHANGE) || TYPE(CHAIR_ACT) || TYPE(FORK_PROOF) ||
	    TYPE(NEW_EPOCH) || HAS(s, CONTROL, target);
}

HOLDS(92)
{
	const struct json *ranges = SLOT(s, CONTROL, ranges).j;
	int64_t after = -2;

	for (const struct json *j = ranges != NULL ? ranges->child : NULL; j != NULL; j = j->next) {
		if (j->child->num <= after + 1)
			return false;
		after = j->child->next->num;
	}
	return true;
}

HOLDS(93)
{
	bool needed = TYPE(DELETE_ORDER) || TYPE(KEEP_WITH_REASON) || TYPE(RESTRICT) || TYPE(BLOCK) || TYPE(CONTEST_FLAG) ||
	    TYPE(UNCONTEST) || TYPE(FLAG_NO_ACTION) || TYPE(RECALL_WRONG_ADDRESSEE) || TYPE(BREACH_NOTICE);

	if (!HAS(s, CONTROL, reason))
		return !needed;
	return !IS(CONTROL, reason, REASON, OTHER) || HAS(s, CONTROL, reason_text);
}

HOLDS(94)
{
	return (!TYPE(DELETE_DONE) && !TYPE(SERVED)) || HAS(s, CONTROL, executed_at);
}

HOLDS(95)
{
	return HAS(s, CONTROL, marking) == TYPE(MARKING_CHANGE) && HAS(s, CONTROL, key) == TYPE(KEY_CHANGE) &&
	    HAS(s, CONTROL, chair) == TYPE(CHAIR_ACT);
}

HOLDS(96)
{
	if (TYPE(SERVED))
		return HAS(s, CONTROL, member) && HAS(s, CONTROL, evidence);
	return !TYPE(UNREACHABLE) || HAS(s, CONTROL, member);
}

HOLDS(97)
{
	return HAS(s, CONTROL, purposes) == TYPE(RESTRICT);
}

HOLDS(98)
{
	return HAS(s, CONTROL, members) == TYPE(RECALL_WRONG_ADDRESSEE);
}

#define REASON(word) IS(CONTROL, reason, REASON, word)

/* A recipient may keep only for wider information of its own, and must say what that is (practice: Europol Regulation 31(5)). */
HOLDS(99)
{
	return !TYPE(KEEP_WITH_REASON) || ((REASON(OWN_INFORMATION) || REASON(EVIDENCE) || REASON(COURT) || REASON(SUPERVISOR) ||
	    REASON(NATIONAL_LAW) || REASON(INTERNATIONAL_OBLIGATION)) && HAS(s, CONTROL, reason_text));
}

/* Who contested does not lift the flag by itself alone, nor does the originator (Pruem II 51(3)). */
HOLDS(89)
{
	return !TYPE(UNCONTEST) || ((REASON(SUBJECT_REQUEST) || REASON(COURT) || REASON(SUPERVISOR)) &&
	    (HAS(s, CONTROL, evidence) || HAS(s, CONTROL, documents)));
}
