#include "law/clock.h"

#include <string.h>

#include "base/text.h"

static const struct limit limits[LIMIT_COUNT] = {
	[LIMIT_ACK_IMMEDIATE] = { "ack-immediate", 1, LIMIT_HOURS,
	    "an immediate request is acknowledged within 1 hour" },
	[LIMIT_ACK_URGENT] = { "ack-urgent", 8, LIMIT_HOURS, "an urgent request is acknowledged within 8 hours" },
	[LIMIT_ACK_NORMAL] = { "ack-normal", 2, LIMIT_BUSINESS_DAYS,
	    "a request is acknowledged within 2 business days" },
	[LIMIT_ANSWER_DIRECT] = { "answer-direct", 8, LIMIT_HOURS,
	    "an urgent request for directly accessible data is answered within 8 hours" },
	[LIMIT_ANSWER_URGENT] = { "answer-urgent", 3, LIMIT_DAYS, "an urgent request is answered within 3 days" },
	[LIMIT_ANSWER_NORMAL] = { "answer-normal", 7, LIMIT_DAYS, "a request is answered within 7 days" },
	[LIMIT_CLARIFY_ACTIVITY] = { "clarify-activity", 48, LIMIT_HOURS, "an activity is clarified within 48 hours" },
	[LIMIT_CONSENT] = { "consent", 7, LIMIT_DAYS, "consent is given within 7 days; no answer is a no" },
	[LIMIT_PRE_EXPORT] = { "pre-export", 5, LIMIT_BUSINESS_DAYS,
	    "a pre-export notice is answered within 5 business days" },
	[LIMIT_SUBJECT_ACK] = { "subject-ack", 1, LIMIT_MONTHS, "a person's request is acknowledged within 1 month" },
	[LIMIT_SUBJECT_ANSWER] = { "subject-answer", 3, LIMIT_MONTHS,
	    "a person's request is answered within 3 months" },
	[LIMIT_REVIEW_ARREST_MISSING] = { "review-arrest-missing", 12, LIMIT_HOURS,
	    "a receiver reviews an arrest or missing-person notice within 12 hours" },
	[LIMIT_REVIEW_OTHER] = { "review-other", 3, LIMIT_DAYS, "a receiver reviews a person notice within 3 days" },
	[LIMIT_ACHIEVED_DELETE] = { "achieved-delete", 15, LIMIT_DAYS, "an achieved notice is deleted within 15 days" },
	[LIMIT_DELETE_EXECUTE] = { "delete-execute", 72, LIMIT_HOURS,
	    "an order to delete is carried out within 72 hours" },
	[LIMIT_DELETE_ACK] = { "delete-ack", 96, LIMIT_HOURS, "an order to delete is confirmed within 96 hours" },
	[LIMIT_RECALL] = { "recall", 24, LIMIT_HOURS, "a record sent to a wrong addressee is removed within 24 hours" },
	[LIMIT_BREACH] = { "breach", 72, LIMIT_HOURS, "a breach is notified within 72 hours" },
	[LIMIT_INCIDENT] = { "incident", 24, LIMIT_HOURS,
	    "an incident is first reported within 24 hours of awareness" },
	[LIMIT_INCIDENT_GRAVE] = { "incident-grave", 1, LIMIT_HOURS,
	    "shooting and search-and-rescue are reported within 1 hour" },
	[LIMIT_SAR_END] = { "sar-end", 24, LIMIT_HOURS, "the end of a search and rescue is reported within 24 hours" },
	[LIMIT_CBM_VIENNA] = { "cbm-vienna", 42, LIMIT_DAYS,
	    "an activity is notified at least 42 days before its start" },
	[LIMIT_CBM_OTHER] = { "cbm-other", 10, LIMIT_DAYS,
	    "an activity is notified at least 10 days before its start" },
	[LIMIT_UNDERTAKING_REPORT] = { "undertaking-report", 6, LIMIT_MONTHS,
	    "an undertaking is reported on every 6 months" },
};

const struct limit *
limit_get(enum limit_id id)
{
	return (unsigned)id < LIMIT_COUNT ? &limits[id] : NULL;
}

const struct limit *
limit_request(const char *type, size_t type_len, const char *urgency, size_t urgency_len, bool direct, bool answer)
{
	bool immediate = text_eq(urgency, urgency_len, "IMMEDIATE"), urgent = text_eq(urgency, urgency_len, "URGENT");

	if (!immediate && !urgent && !text_eq(urgency, urgency_len, "NORMAL"))
		return NULL;
	if (text_eq(type, type_len, "SUBJECT_ACCESS") || text_eq(type, type_len, "SUBJECT_CORRECTION"))
		return &limits[answer ? LIMIT_SUBJECT_ANSWER : LIMIT_SUBJECT_ACK];
	if (!answer)
		return &limits[immediate ? LIMIT_ACK_IMMEDIATE : urgent ? LIMIT_ACK_URGENT : LIMIT_ACK_NORMAL];
	if (text_eq(type, type_len, "CLARIFY_ACTIVITY"))
		return &limits[LIMIT_CLARIFY_ACTIVITY];
	if (text_eq(type, type_len, "CONSENT_FURTHER_USE") || text_eq(type, type_len, "CONSENT_ONWARD"))
		return &limits[LIMIT_CONSENT];
	if (text_eq(type, type_len, "PRE_EXPORT"))
		return &limits[LIMIT_PRE_EXPORT];
	if (immediate || urgent)
		return &limits[direct ? LIMIT_ANSWER_DIRECT : LIMIT_ANSWER_URGENT];
	return &limits[LIMIT_ANSWER_NORMAL];
}

/* Pauses clipped to the running time, in order, overlapping ones merged. */
struct stops {
	struct pause p[CLOCK_PAUSES_MAX];
	uint32_t count;
	bool open;			/* the last one has not ended */
};

static void
insert(struct stops *s, struct pause p)
{
	uint32_t k = s->count++;

	for (; k > 0 && s->p[k - 1].asked_ms > p.asked_ms; k--)
		s->p[k] = s->p[k - 1];
	s->p[k] = p;
}

static void
merge(struct stops *s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->count; i++) {
		if (n > 0 && s->p[i].asked_ms <= s->p[n - 1].answered_ms) {
			if (s->p[i].answered_ms > s->p[n - 1].answered_ms)
				s->p[n - 1].answered_ms = s->p[i].answered_ms;
		} else {
			s->p[n++] = s->p[i];
		}
	}
	s->count = n;
}

/* What had happened at ${until}: a pause that then had no answer runs up to that moment. */
static int
stops_from(const struct due_facts *f, int64_t until, struct stops *s, struct err *e)
{
	if (f->pauses_count > CLOCK_PAUSES_MAX)
		return err_set(e, ERR_INPUT, "clock: more than %d clarifications; answer or refuse the request",
		    CLOCK_PAUSES_MAX);
	s->count = 0;
	s->open = false;
	for (uint32_t i = 0; i < f->pauses_count; i++) {
		struct pause p = f->pauses[i];

		if (p.answered_ms != WHEN_NONE && p.answered_ms < p.asked_ms)
			return err_set(e, ERR_INPUT,
			    "clock: a clarification was answered before it was asked; correct its times");
		if (p.asked_ms > until)
			continue;
		if (p.answered_ms == WHEN_NONE || p.answered_ms > until) {
			s->open = true;
			p.answered_ms = until;
		}
		if (p.asked_ms < f->start_ms)
			p.asked_ms = f->start_ms;
		if (p.answered_ms >= p.asked_ms)
			insert(s, p);
	}
	merge(s);
	return OK;
}

/* What one pause adds: its length for hours, otherwise the civil (or business) days that began in it. */
static int64_t
length(const struct pause *p, const struct limit *l, const struct calendar *cal)
{
	int32_t first = calendar_day(cal, p->asked_ms), last = calendar_day(cal, p->answered_ms);
	int64_t days = 0;

	if (l->unit == LIMIT_HOURS)
		return p->answered_ms - p->asked_ms;
	if (l->unit != LIMIT_BUSINESS_DAYS)
		return last - first;
	for (int32_t d = first + 1; d <= last; d++)
		days += calendar_works(cal, d);
	return days;
}

static int32_t
add_business_days(const struct calendar *cal, int32_t day, int64_t n)
{
	while (n > 0)
		n -= calendar_works(cal, ++day);
	return day;
}

static int64_t
due_instant(const struct limit *l, int64_t start_ms, int64_t extra, const struct calendar *cal)
{
	int32_t day = calendar_day(cal, start_ms);

	switch (l->unit) {
	case LIMIT_HOURS:
		return start_ms + (int64_t)l->n * 3600000 + extra;
	case LIMIT_DAYS:
		return calendar_day_end(cal, day + l->n + (int32_t)extra);
	case LIMIT_BUSINESS_DAYS:
		return calendar_day_end(cal, add_business_days(cal, day, l->n + extra));
	case LIMIT_MONTHS:
		return calendar_day_end(cal, date_add_months(day, l->n) + (int32_t)extra);
	}
	return start_ms;	/* an unknown unit is due at once: it shows, and nobody is granted time */
}

static void
settle(struct due *out, int64_t done_ms, int64_t now_ms)
{
	bool done = done_ms != WHEN_NONE && done_ms <= now_ms;
	int64_t at = done ? done_ms : now_ms;

	out->late_ms = at > out->due_ms ? at - out->due_ms : 0;
	if (done)
		out->state = out->late_ms > 0 ? DUE_LATE : DUE_MET;
	else
		out->state = out->late_ms > 0 ? DUE_OVERDUE : DUE_RUNNING;
}

static const struct calendar utc = { NULL, NULL, 0, 0, 0 };

int
due(const struct limit *l, const struct due_facts *f, const struct calendar *cal, int64_t now_ms, struct due *out,
    struct err *e)
{
	int64_t until = f->done_ms != WHEN_NONE && f->done_ms < now_ms ? f->done_ms : now_ms, extra = 0;
	struct stops s = { .count = 0 };
	uint32_t i;
	int rc;

	*out = (struct due){ DUE_NOT_STARTED, WHEN_NONE, 0 };
	cal = cal == NULL ? &utc : cal;
	if ((rc = calendar_check(cal, e)) != OK || (rc = stops_from(f, until, &s, e)) != OK)
		return rc;
	if (f->start_ms == WHEN_NONE || f->start_ms > now_ms)
		return OK;
	out->due_ms = due_instant(l, f->start_ms, 0, cal);
	/* A pause that begins after the limit has passed cannot undo it. */
	for (i = 0; i < s.count && s.p[i].asked_ms <= out->due_ms; i++) {
		extra += length(&s.p[i], l, cal);
		out->due_ms = due_instant(l, f->start_ms, extra, cal);
	}
	if (s.open && i == s.count && until == now_ms && f->done_ms != now_ms)
		*out = (struct due){ DUE_PAUSED, WHEN_NONE, 0 };
	else
		settle(out, f->done_ms, now_ms);
	return OK;
}

int
due_before(const struct limit *l, int32_t start_day, int64_t filed_ms, const struct calendar *cal, struct due *out,
    struct err *e)
{
	int rc;

	cal = cal == NULL ? &utc : cal;
	if ((rc = calendar_check(cal, e)) != OK)
		return rc;
	if (l->unit != LIMIT_DAYS)
		return err_set(e, ERR_INPUT, "limit \"%s\": only a limit in days can run backwards from a start",
		    l->code);
	*out = (struct due){ DUE_MET, calendar_day_end(cal, start_day - l->n), 0 };
	settle(out, filed_ms, filed_ms);
	return OK;
}

int32_t
due_review_warning(int32_t review_by)
{
	return date_add_months(review_by, -4);
}

bool
due_deemed_deleted(int64_t order_ms, const struct calendar *cal, int64_t now_ms)
{
	cal = cal == NULL ? &utc : cal;
	return now_ms > due_instant(&limits[LIMIT_ACHIEVED_DELETE], order_ms, 0, cal);
}

const char *
due_word(enum due_state s)
{
	static const char *const words[] = { "UNDELIVERED", "RUNNING", "PAUSED", "OVERDUE", "MET", "LATE" };

	return (unsigned)s < sizeof words / sizeof *words ? words[s] : "?";
}
