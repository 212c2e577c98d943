/* Rules of kinds 9 to 11: notices, requests, replies.. */
#include "record/rules.h"

/* The slice of one record field against a JSON string. */
static bool
same(struct slice a, const struct json *b)
{
	return a.len == b->len && memcmp(a.s, b->str, a.len) == 0;
}

/* Name of the block that a notice's type needs. */
static const char *
block_of(int64_t type)
{
	static const char *const names[] = {
		[W_NOTICE_TYPE_OBJECT] = "object", [W_NOTICE_TYPE_SUBSTANCE] = "substance", [W_NOTICE_TYPE_DOCUMENT] = "document",
		[W_NOTICE_TYPE_VEHICLE] = "vehicle", [W_NOTICE_TYPE_MODUS_OPERANDI] = "modus",
		[W_NOTICE_TYPE_THREAT_EVENT] = "threat", [W_NOTICE_TYPE_PUBLIC_WARNING] = "warning",
		[W_NOTICE_TYPE_MISSING_PERSON] = "person", [W_NOTICE_TYPE_UNIDENTIFIED_BODY] = "person",
		[W_NOTICE_TYPE_PERSON_LOCATE] = "person", [W_NOTICE_TYPE_PERSON_ARREST] = "person",
		[W_NOTICE_TYPE_PERSON_WARN] = "person", [W_NOTICE_TYPE_ASSET] = "asset"
	};

	return names[type];
}

HOLDS(49)
{
	return HAS(s, DOCUMENT, ids) || HAS(s, DOCUMENT, batches);
}

HOLDS(50)
{
	return json_get(SLOT(s, NOTICE, subject).j, block_of(SLOT(s, NOTICE, type).v)) != NULL;
}

HOLDS(51)
{
	return !IS(NOTICE, type, NOTICE_TYPE, PERSON_ARREST) || HAS(s, NOTICE, judicial);
}

HOLDS(52)
{
	return !IS(NOTICE, action, NOTICE_ACTION, ARREST_PROVISIONALLY) || IS(NOTICE, type, NOTICE_TYPE, PERSON_ARREST);
}

HOLDS(53)
{
	bool failed = json_is(json_get(SLOT(s, NOTICE, neutrality).j, "result"), "FAILED");

	return !failed || (!rules_state_is(c, "SENT") && !rules_state_is(c, "ACTIVE"));
}

HOLDS(54)
{
	const struct json *status = json_get(json_get(SLOT(s, NOTICE, subject).j, "person"), "status");

	if (IS(NOTICE, type, NOTICE_TYPE, MISSING_PERSON))
		return json_is(status, "MISSING") || json_is(status, "VICTIM");
	return !IS(NOTICE, type, NOTICE_TYPE, UNIDENTIFIED_BODY) || json_is(status, "UNIDENTIFIED");
}

HOLDS(55)
{
	unsigned n = 0;

	for (unsigned i = 0; i < tables_fields(S_SUBJECT); i++)
		n += s[i].j != NULL;
	return n == 1;
}

HOLDS(56)
{
	return IS(REQUEST, urgency, URGENCY, NORMAL) || HAS(s, REQUEST, urgency_reason);
}

HOLDS(57)
{
	return !HAS(s, REQUEST, offence) || HAS(s, REQUEST, facts);
}

HOLDS(58)
{
	bool assistance = IS(REQUEST, type, REQUEST_TYPE, ASSISTANCE), team = IS(REQUEST, type, REQUEST_TYPE, JOINT_TEAM);

	return HAS(s, REQUEST, controlled_delivery) == IS(REQUEST, type, REQUEST_TYPE, CONTROLLED_DELIVERY) &&
	    HAS(s, REQUEST, pre_export) == IS(REQUEST, type, REQUEST_TYPE, PRE_EXPORT) &&
	    (team || HAS(s, REQUEST, assistance) == assistance);
}

HOLDS(59)
{
	switch (SLOT(s, REQUEST, type).v) {
	case W_REQUEST_TYPE_CONSENT_FURTHER_USE: case W_REQUEST_TYPE_CONSENT_ONWARD: case W_REQUEST_TYPE_DOWNGRADE:
	case W_REQUEST_TYPE_CLARIFY_ACTIVITY:
		return HAS(s, REQUEST, target);
	default:
		return true;
	}
}

HOLDS(60)
{
	return HAS(s, REQUEST, onward_to) == IS(REQUEST, type, REQUEST_TYPE, CONSENT_ONWARD);
}

HOLDS(61)
{
	return HAS(s, REQUEST, new_purposes) == IS(REQUEST, type, REQUEST_TYPE, CONSENT_FURTHER_USE);
}

HOLDS(62)
{
	switch (SLOT(s, REQUEST, type).v) {
	case W_REQUEST_TYPE_HIT_CHECK: case W_REQUEST_TYPE_VERIFY_DOCUMENT: case W_REQUEST_TYPE_SUBJECT_ACCESS:
	case W_REQUEST_TYPE_SUBJECT_CORRECTION:
		return HAS(s, REQUEST, ids) || HAS(s, REQUEST, batches) || HAS(s, REQUEST, person) || HAS(s, REQUEST, target);
	default:
		return true;
	}
}

HOLDS(63)
{
	return HAS(s, REPLY, refusal) == IS(REPLY, result, REPLY_RESULT, REFUSED);
}

HOLDS(64)
{
	const struct json *to = c->record->delivery;

	if (!HAS(s, REPLY, refusal) || !IS(REPLY, refusal, REFUSAL, R10))
		return true;
	return c->record->base != AUD_PUBLIC && to != NULL && to->count == 1 && same(c->record->member, to->child);
}

HOLDS(65)
{
	return !IS(REPLY, result, REPLY_RESULT, HIT) || HAS(s, REPLY, human_confirmed);
}

HOLDS(66)
{
	return !IS(REPLY, result, REPLY_RESULT, CONSENT_CONDITIONAL) || HAS(s, REPLY, conditions);
}

HOLDS(67)
{
	return HAS(s, REPLY, forwarded_to) == IS(REPLY, result, REPLY_RESULT, FORWARDED_TO);
}

HOLDS(68)
{
	return HAS(s, REPLY, offer) == IS(REPLY, result, REPLY_RESULT, OFFER);
}

HOLDS(69)
{
	return !HAS(s, REPLY, consent) || IS(REPLY, result, REPLY_RESULT, CONSENT) ||
	    IS(REPLY, result, REPLY_RESULT, CONSENT_CONDITIONAL);
}
