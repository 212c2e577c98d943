/* A member's clocks and working days. */
#include "law/clock.h"

#define OFFSET_MAX (18 * 60)		/* RFC 9557 and POSIX know none beyond */

int
calendar_check(const struct calendar *c, struct err *e)
{
	if (c->zones > CALENDAR_ZONES_MAX || c->holidays_count > CALENDAR_HOLIDAYS_MAX)
		return err_set(e, ERR_LIMIT, "calendar: at most %d changes of zone and %d holidays; drop the oldest",
		    CALENDAR_ZONES_MAX, CALENDAR_HOLIDAYS_MAX);
	for (uint16_t i = 0; i < c->zones; i++) {
		if (c->zone[i].offset_min < -OFFSET_MAX || c->zone[i].offset_min > OFFSET_MAX)
			return err_set(e, ERR_INPUT,
			    "calendar: offset of %d minutes; it lies between -18 and +18 hours", c->zone[i].offset_min);
		if (i > 0 && c->zone[i].from <= c->zone[i - 1].from)
			return err_set(e, ERR_INPUT,
			    "calendar: changes of zone must stand in the order of their dates");
	}
	for (uint16_t i = 1; i < c->holidays_count; i++)
		if (c->holidays[i] <= c->holidays[i - 1])
			return err_set(e, ERR_INPUT,
			    "calendar: holidays must stand in the order of their dates, each once");
	if ((c->weekend & 127) == 127)
		return err_set(e, ERR_INPUT, "calendar: every day of the week is a weekend; leave at least one working"
		    " day");
	return OK;
}

/* The step in force on civil day ${day}; before the first step its offset holds too. */
static int
offset_on_day(const struct calendar *c, int32_t day)
{
	int offset = c->zones == 0 ? 0 : c->zone[0].offset_min;

	for (uint16_t i = 1; i < c->zones && c->zone[i].from <= day; i++)
		offset = c->zone[i].offset_min;
	return offset;
}

int
calendar_offset(const struct calendar *c, int64_t ms)
{
	int offset = c->zones == 0 ? 0 : c->zone[0].offset_min;

	/* A step takes effect at the midnight that the clocks before it show. */
	for (uint16_t i = 1; i < c->zones && c->zone[i].from * DAY_MS - offset * INT64_C(60000) <= ms; i++)
		offset = c->zone[i].offset_min;
	return offset;
}

int32_t
calendar_day(const struct calendar *c, int64_t ms)
{
	return ms_to_days(ms, calendar_offset(c, ms));
}

int64_t
calendar_day_end(const struct calendar *c, int32_t day)
{
	int today = offset_on_day(c, day), next = offset_on_day(c, day + 1);
	int smaller = today < next ? today : next;

	/*
	 * Clocks put back at midnight show the old day for an hour more; put forward, the old day still ends by the old
	 * clocks.
	 */
	return (day + INT64_C(1)) * DAY_MS - smaller * INT64_C(60000) - 1;
}

bool
calendar_works(const struct calendar *c, int32_t day)
{
	uint16_t low = 0, high = c->holidays_count;

	if ((c->weekend >> weekday(day) & 1) != 0)
		return false;
	while (low < high) {
		uint16_t mid = (uint16_t)((low + high) / 2);

		if (c->holidays[mid] == day)
			return false;
		if (c->holidays[mid] < day)
			low = (uint16_t)(mid + 1);
		else
			high = mid;
	}
	return true;
}
