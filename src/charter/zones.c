/* Zone, weekend and holidays of a member. */
#include <string.h>

#include "base/text.h"
#include "charter/read.h"

/* "+05:00" or "Z". */
static bool
offset_ok(const char *s, int16_t *minutes)
{
	uint64_t h, m;

	if (strcmp(s, "Z") == 0) {
		*minutes = 0;
		return true;
	}
	if (strlen(s) != 6 || (s[0] != '+' && s[0] != '-') || s[3] != ':' || s[1] < '0' || s[1] > '1' || s[4] < '0' ||
	    s[4] > '5' || s[2] < '0' || s[2] > '9' || s[5] < '0' || s[5] > '9')
		return false;
	h = (uint64_t)(s[1] - '0') * 10 + (uint64_t)(s[2] - '0');
	m = (uint64_t)(s[4] - '0') * 10 + (uint64_t)(s[5] - '0');
	*minutes = (int16_t)((int)(h * 60 + m) * (s[0] == '-' ? -1 : 1));
	return h < 18 || (h == 18 && m == 0);
}

static void
read_offset(struct reading *x, const struct yaml *v, void *to)
{
	if (is_scalar(x, v) && !offset_ok(v->str, to))
		complain(x->c, v, "CH08", "\"%.40s\" is no offset from UTC; write \"+05:00\" or Z", v->str);
}

void
read_calendar_zone(struct reading *x, const struct yaml *v, void *to)
{
	static const struct field fields[] = {
		FIELD("from", false, read_from, struct zone_step, from),
		FIELD("offset", true, read_offset, struct zone_step, offset_min),
	};
	const struct zone_step blank = { INT32_MIN, 0 };
	const struct rows shape = ROWS("a zone", fields, blank, ROWS_NO_SPAN, ROWS_NO_AT);
	struct calendar *c = to;
	struct zone_step *one;
	void *rows = NULL;

	if (v->type == YAML_LIST) {
		if (v->count > CALENDAR_ZONES_MAX) {
			complain(x->c, v, "CH02", "more than %d changes of zone; drop the oldest", CALENDAR_ZONES_MAX);
			return;
		}
		c->zones = (uint16_t)read_rows(x, v, &shape, &rows);
		c->zone = rows;
	} else if ((one = read_room(x, 1, sizeof *one)) != NULL) {
		*one = blank;
		read_offset(x, v, &one->offset_min);
		c->zone = one;
		c->zones = 1;
	}
}

void
read_calendar_weekend(struct reading *x, const struct yaml *v, void *to)
{
	static const char *const words[] = { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
	    "sunday" };
	struct calendar *c = to;

	if (!is_list(x, v))
		return;
	for (const struct yaml *k = v->child; k != NULL; k = k->next) {
		int day = read_word(x, k, words, 7);

		if (day >= 0)
			c->weekend |= (uint8_t)(1u << day);
	}
}

void
read_calendar_holidays(struct reading *x, const struct yaml *v, void *to)
{
	struct calendar *c = to;
	int32_t *days;

	if (!is_list(x, v))
		return;
	if (v->count > CALENDAR_HOLIDAYS_MAX) {
		complain(x->c, v, "CH02", "more than %d holidays; drop those gone by", CALENDAR_HOLIDAYS_MAX);
		return;
	}
	if ((days = read_room(x, v->count, sizeof *days)) == NULL)
		return;
	for (const struct yaml *k = v->child; k != NULL; k = k->next)
		read_from(x, k, &days[c->holidays_count++]);
	c->holidays = days;
}
