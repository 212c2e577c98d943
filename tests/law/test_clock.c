/* Time limits: T01-T07 of law.md C5, zones and calendars. */
#include "law/clock.h"
#include "tap.h"

#define HOUR INT64_C(3600000)

/* Kazakhstan's clocks in the east: UTC+6 until 1 March 2024, then UTC+5. */
static struct zone_step kz_zone[2] = { { INT32_MIN, 360 }, { 0, 300 } };
static struct calendar kz = { kz_zone, NULL, 2, 0, 1 << 5 | 1 << 6 };

static int64_t
at(const char *s)
{
	struct inst t;

	if (!inst_parse(s, strlen(s), &t)) {
		printf("Bail out! bad instant %s in the test\n", s);
		exit(1);
	}
	return t.ms;
}

static int32_t
day(const char *s)
{
	int32_t d;

	if (!date_parse(s, strlen(s), &d)) {
		printf("Bail out! bad date %s in the test\n", s);
		exit(1);
	}
	return d;
}

static struct due
ask(enum limit_id id, struct due_facts f, const struct calendar *cal, const char *now)
{
	struct err e = { 0 };
	struct due d = { 0 };

	if (due(limit_get(id), &f, cal, at(now), &d, &e) != OK)
		printf("# %s\n", e.text);
	return d;
}

static void
is_at(int64_t ms, const char *want, const char *name)
{
	char got[INST_LEN];

	inst_format(got, (struct inst){ ms, 0 });
	is_str(got, want, name);
}

static void
numbered(void)
{
	struct due_facts f = { at("2024-05-01T20:00:00Z"), WHEN_NONE, NULL, 0 };
	struct pause two[2];
	struct due d = ask(LIMIT_ACK_URGENT, f, &kz, "2024-05-02T03:59:59.999Z");

	is_at(d.due_ms, "2024-05-02T04:00:00.000Z", "T01 8 h across midnight");
	is(d.state, DUE_RUNNING, "T01 running a moment before");
	is(ask(LIMIT_ACK_URGENT, f, &kz, "2024-05-02T04:00:00.000Z").state, DUE_RUNNING,
	    "T01 the limit itself is in time");
	is(ask(LIMIT_ACK_URGENT, f, &kz, "2024-05-02T04:00:00.001Z").state, DUE_OVERDUE, "T01 overdue after it");

	f.start_ms = at("2024-02-26T10:00:00+06:00");
	d = ask(LIMIT_ANSWER_NORMAL, f, &kz, "2024-02-27T00:00:00Z");
	is_at(d.due_ms, "2024-03-04T18:59:59.999Z", "T02 7 d over a change of zone: end of 4 March at UTC+5");
	f.start_ms = at("2024-02-22T10:00:00+06:00");
	d = ask(LIMIT_ANSWER_NORMAL, f, &kz, "2024-02-23T00:00:00Z");
	is_at(d.due_ms, "2024-02-29T18:59:59.999Z", "T02 the day on which clocks go back lasts 25 hours");

	f.start_ms = WHEN_NONE;
	d = ask(LIMIT_ANSWER_NORMAL, f, &kz, "2030-01-01T00:00:00Z");
	is(d.state, DUE_NOT_STARTED, "T03 no delivery: not started");
	is_str(due_word(d.state), "UNDELIVERED", "T03 the sender sees UNDELIVERED");

	two[0] = (struct pause){ at("2024-05-02T00:00:00Z"), at("2024-05-02T03:00:00Z") };
	two[1] = (struct pause){ at("2024-05-02T05:00:00Z"), at("2024-05-02T06:00:00Z") };
	f = (struct due_facts){ at("2024-05-01T20:00:00Z"), WHEN_NONE, two, 2 };
	d = ask(LIMIT_ACK_URGENT, f, &kz, "2024-05-02T07:00:00Z");
	is_at(d.due_ms, "2024-05-02T08:00:00.000Z", "T04 two clarifications add 4 h");
	two[1].asked_ms = at("2024-05-02T02:00:00Z");
	d = ask(LIMIT_ACK_URGENT, f, &kz, "2024-05-02T07:00:00Z");
	is_at(d.due_ms, "2024-05-02T10:00:00.000Z", "T04 overlapping ones count once");
	two[1].answered_ms = WHEN_NONE;
	d = ask(LIMIT_ACK_URGENT, f, &kz, "2024-05-09T00:00:00Z");
	is(d.state, DUE_PAUSED, "T04 an open one pauses");
	is(d.due_ms, WHEN_NONE, "T04 and no due time is claimed");
	two[1].asked_ms = at("2024-05-03T00:00:00Z");
	d = ask(LIMIT_ACK_URGENT, f, &kz, "2024-05-09T00:00:00Z");
	is(d.state, DUE_OVERDUE, "T04 asked after the limit had passed: does not undo it");

	is(due_review_warning(day("2025-05-31")), day("2025-01-31"), "T05 warning 4 months before review");
	is(due_review_warning(day("2025-06-30")), day("2025-02-28"), "T05 clamped to the month's end");

	ok(!due_deemed_deleted(at("2024-05-01T12:00:00Z"), NULL, at("2024-05-16T23:59:59.999Z")),
	    "T06 the fifteenth day is still in time");
	ok(due_deemed_deleted(at("2024-05-01T12:00:00Z"), NULL, at("2024-05-17T00:00:00.000Z")),
	    "T06 then deemed deleted");

	struct err e = { 0 };
	is(due_before(limit_get(LIMIT_CBM_OTHER), day("2024-06-20"), at("2024-06-10T23:59:59.999Z"), NULL, &d, &e), OK,
	    "T07 computed");
	is(d.state, DUE_MET, "T07 ten days before: in time");
	due_before(limit_get(LIMIT_CBM_OTHER), day("2024-06-20"), at("2024-06-11T01:00:00.000Z"), NULL, &d, &e);
	is(d.state, DUE_LATE, "T07 later: accepted and marked LATE");
	is(d.late_ms, HOUR + 1, "T07 by how much");
	is(due_before(limit_get(LIMIT_RECALL), 0, 0, NULL, &d, &e), ERR_INPUT,
	    "a limit in hours does not run backwards");
}

static void
calendars(void)
{
	int32_t holidays[] = { day("2024-05-01"), day("2024-05-07"), day("2024-05-09") };
	struct calendar c = { kz_zone, holidays, 2, 3, 1 << 5 | 1 << 6 };
	struct due_facts f = { at("2024-04-30T09:00:00Z"), WHEN_NONE, NULL, 0 };
	struct zone_step wrong[] = { { 10, 0 }, { 10, 60 } };
	struct pause p = { at("2024-05-02T09:00:00Z"), at("2024-05-06T09:00:00Z") };
	struct err e = { 0 };
	struct due d;

	is(calendar_check(&c, &e), OK, "calendar is good");
	is_at(ask(LIMIT_ACK_NORMAL, f, &c, "2024-04-30T10:00:00Z").due_ms, "2024-05-03T18:59:59.999Z",
	    "2 BD from Tuesday, Wednesday being a holiday: Friday");
	is_at(ask(LIMIT_PRE_EXPORT, f, &c, "2024-04-30T10:00:00Z").due_ms, "2024-05-10T18:59:59.999Z",
	    "5 BD over a weekend and three holidays");
	f.pauses = &p;
	f.pauses_count = 1;
	is_at(ask(LIMIT_ACK_NORMAL, f, &c, "2024-05-06T10:00:00Z").due_ms, "2024-05-08T18:59:59.999Z",
	    "a pause from Thursday to Monday adds Friday and Monday: the holiday Tuesday does not count");
	f.done_ms = at("2024-05-09T00:00:00Z");
	d = ask(LIMIT_ACK_NORMAL, f, &c, "2024-06-01T00:00:00Z");
	is(d.state, DUE_LATE, "done after the limit");
	is(d.late_ms, 5 * HOUR + 1, "late by five hours");
	f.done_ms = at("2024-05-08T00:00:00Z");
	is(ask(LIMIT_ACK_NORMAL, f, &c, "2024-06-01T00:00:00Z").state, DUE_MET, "done within it");

	is(calendar_offset(&kz, at("2024-02-29T17:59:59.999Z")), 360, "before the change");
	is(calendar_offset(&kz, at("2024-02-29T18:00:00.000Z")), 300, "at the midnight of the old clocks");
	is(calendar_day(&kz, at("2024-02-29T18:30:00Z")), day("2024-02-29"), "29 February is shown for an hour more");
	struct zone_step spring[] = { { INT32_MIN, 60 }, { day("2024-03-31"), 120 } };
	struct calendar s = { spring, NULL, 2, 0, 0 };
	is_at(calendar_day_end(&s, day("2024-03-30")), "2024-03-30T22:59:59.999Z",
	    "clocks put forward: the old day ends by the old clocks");
	is(calendar_day(&s, calendar_day_end(&s, day("2024-03-30"))), day("2024-03-30"),
	    "and that moment still belongs to it");
	is(calendar_day(&s, calendar_day_end(&s, day("2024-03-30")) + 1), day("2024-03-31"), "the next one does not");

	c.zone = wrong;
	is(calendar_check(&c, &e), ERR_INPUT, "changes of zone out of order");
	c.zone = kz_zone;
	c.weekend = 127;
	is(calendar_check(&c, &e), ERR_INPUT, "no working day left");
	p.answered_ms = p.asked_ms - 1;
	is(due(limit_get(LIMIT_RECALL), &f, NULL, at("2024-06-01T00:00:00Z"), &d, &e), ERR_INPUT,
	    "answered before asked");
}

static void
defaults(void)
{
	ok(limit_get(LIMIT_COUNT) == NULL, "no limit beyond the table");
	for (int i = 0; i < LIMIT_COUNT; i++)
		ok(limit_get((enum limit_id)i)->n > 0 && limit_get((enum limit_id)i)->rule != NULL, "limit %s is whole",
		    limit_get((enum limit_id)i)->code);
#define REQ(t, u, d, a) limit_request(t, sizeof(t) - 1, u, sizeof(u) - 1, d, a)
	ok(REQ("INFORMATION", "URGENT", true, true) == limit_get(LIMIT_ANSWER_DIRECT),
	    "urgent, directly accessible: 8 h");
	ok(REQ("INFORMATION", "URGENT", false, true) == limit_get(LIMIT_ANSWER_URGENT), "urgent otherwise: 3 d");
	ok(REQ("INFORMATION", "NORMAL", true, true) == limit_get(LIMIT_ANSWER_NORMAL), "normal: 7 d");
	ok(REQ("INFORMATION", "IMMEDIATE", false, false) == limit_get(LIMIT_ACK_IMMEDIATE), "acknowledgement: 1 h");
	ok(REQ("CONSENT_ONWARD", "URGENT", false, true) == limit_get(LIMIT_CONSENT), "consent: 7 d");
	ok(REQ("SUBJECT_ACCESS", "NORMAL", false, true) == limit_get(LIMIT_SUBJECT_ANSWER),
	    "a person's request: 3 months");
	ok(REQ("PRE_EXPORT", "NORMAL", false, true) == limit_get(LIMIT_PRE_EXPORT), "pre-export: 5 BD");
	ok(REQ("CLARIFY_ACTIVITY", "NORMAL", false, true) == limit_get(LIMIT_CLARIFY_ACTIVITY), "clarification: 48 h");
	ok(REQ("INFORMATION", "SOON", false, true) == NULL, "an unknown urgency has no limit");
}

int
main(void)
{
	kz_zone[1].from = day("2024-03-01");
	numbered();
	calendars();
	defaults();
	return tap_done();
}
