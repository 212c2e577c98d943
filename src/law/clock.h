/*
 * Time limits (law.md C5): when is something due, given what happened. Pure: the present instant is an argument.
 *
 *   hours            elapsed UTC time
 *   days, months     civil days in the receiver's declared zone
 *   business days    by the receiver's published calendar
 *
 * A limit in days runs from the day after the start and is inclusive to the last moment at which the receiver's
 * clocks showed the last day (23:59:59.999). It starts with the delivery receipt, never with the sending, and pauses
 * only between CLARIFICATION_ASKED and CLARIFICATION_ANSWERED.
 */
#ifndef LAW_CLOCK_H
#define LAW_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/when.h"

#define CALENDAR_ZONES_MAX 32
#define CALENDAR_HOLIDAYS_MAX 1024
#define CLOCK_PAUSES_MAX 64

/* From the midnight that begins civil day ${from} (by the clocks until then), local time is UTC + ${offset_min}. */
struct zone_step {
	int32_t from;			/* days since 1970; INT32_MIN in the first step */
	int16_t offset_min;
};

/*
 * A member's declared zone and working days. Borrowed arrays; steps and holidays strictly ascending. A zeroed struct
 * is UTC with a seven-day week.
 */
struct calendar {
	const struct zone_step *zone;
	const int32_t *holidays;	/* days since 1970 */
	uint16_t zones, holidays_count;
	uint8_t weekend;		/* bit 0 Monday .. bit 6 Sunday; all seven set is refused */
};

/* ERR_INPUT when the arrays are not ascending, an offset exceeds 18 h, or no working day is left. */
int calendar_check(const struct calendar *c, struct err *e);
/* Offset in minutes that ${c}'s clocks show at ${ms}, and the civil day then. O(zones). */
int calendar_offset(const struct calendar *c, int64_t ms);
int32_t calendar_day(const struct calendar *c, int64_t ms);
/* The last millisecond at which ${c}'s clocks show civil day ${day}. */
int64_t calendar_day_end(const struct calendar *c, int32_t day);
/* True if ${day} is neither weekend nor holiday. */
bool calendar_works(const struct calendar *c, int32_t day);

enum limit_unit { LIMIT_HOURS, LIMIT_DAYS, LIMIT_BUSINESS_DAYS, LIMIT_MONTHS };

struct limit {
	const char *code;		/* "answer-urgent" */
	uint16_t n;
	enum limit_unit unit;
	const char *rule;		/* one sentence for people */
};

/* The default clocks of law.md B1; an instrument may override any by handing its own struct limit. */
enum limit_id {
	LIMIT_ACK_IMMEDIATE, LIMIT_ACK_URGENT, LIMIT_ACK_NORMAL,
	LIMIT_ANSWER_DIRECT, LIMIT_ANSWER_URGENT, LIMIT_ANSWER_NORMAL,
	LIMIT_CLARIFY_ACTIVITY, LIMIT_CONSENT, LIMIT_PRE_EXPORT, LIMIT_SUBJECT_ACK, LIMIT_SUBJECT_ANSWER,
	LIMIT_REVIEW_ARREST_MISSING, LIMIT_REVIEW_OTHER, LIMIT_ACHIEVED_DELETE,
	LIMIT_DELETE_EXECUTE, LIMIT_DELETE_ACK, LIMIT_RECALL, LIMIT_BREACH,
	LIMIT_INCIDENT, LIMIT_INCIDENT_GRAVE, LIMIT_SAR_END,
	LIMIT_CBM_VIENNA, LIMIT_CBM_OTHER, LIMIT_UNDERTAKING_REPORT,
	LIMIT_COUNT
};
const struct limit *limit_get(enum limit_id id);

/*
 * limit_request(type, urgency, direct, answer):
 * The limit of a REQUEST of ${type} ("INFORMATION", ...) and ${urgency} ("IMMEDIATE", "URGENT", "NORMAL"): for its
 * acknowledgement, or, when ${answer}, for its answer; ${direct}: the data are directly accessible to the receiver.
 * NULL for an unknown urgency.
 */
const struct limit *limit_request(const char *type, size_t type_len, const char *urgency, size_t urgency_len,
    bool direct, bool answer);

struct pause {
	int64_t asked_ms, answered_ms;	/* answered: WHEN_NONE while open */
};

struct due_facts {
	int64_t start_ms;		/* delivery receipt (or the event); WHEN_NONE when there is none yet */
	int64_t done_ms;		/* when the thing was done; WHEN_NONE when it is not */
	const struct pause *pauses;	/* any order, may overlap: a moment counts once */
	uint32_t pauses_count;
};

enum due_state {
	DUE_NOT_STARTED,		/* not delivered: the sender sees UNDELIVERED, never OVERDUE */
	DUE_RUNNING, DUE_PAUSED, DUE_OVERDUE, DUE_MET,
	DUE_LATE			/* done, after the limit: accepted and marked */
};

struct due {
	enum due_state state;
	int64_t due_ms;			/* inclusive; WHEN_NONE while NOT_STARTED or PAUSED */
	int64_t late_ms;		/* past due_ms, for OVERDUE and LATE */
};

/*
 * due(l, facts, cal, now_ms, out, err):
 * State of limit ${l}. ${cal} is the receiver's; NULL is UTC. ERR_INPUT: more than CLOCK_PAUSES_MAX pauses, or one
 * answered before it was asked. Cost: O(pauses log pauses + zones), for business days also O(days).
 */
int due(const struct limit *l, const struct due_facts *f, const struct calendar *cal, int64_t now_ms, struct due *out,
    struct err *e);

/*
 * due_before(l, start_day, filed_ms, cal, out): for limits that run backwards (a notification at least n days before an
 * activity starts). due_ms is the last moment in time; the state is MET or LATE: a late filing is accepted and marked.
 */
int due_before(const struct limit *l, int32_t start_day, int64_t filed_ms, const struct calendar *cal, struct due *out,
    struct err *e);

/* First civil day on which a coming ${review_by} is announced: four months ahead, clamped to the month's end. */
int32_t due_review_warning(int32_t review_by);

/* True if an order to delete given at ${order_ms}, unanswered, counts as carried out by now (15 days). */
bool due_deemed_deleted(int64_t order_ms, const struct calendar *cal, int64_t now_ms);

const char *due_word(enum due_state s);	/* "UNDELIVERED", "RUNNING", ... */

#endif
