/* Instants, dates, partial dates, the calendar. */
#include "base/when.h"

#include "tap.h"

static void
test_calendar(void)
{
	int32_t days = civil_to_days(1, 1, 1), last = civil_to_days(9999, 12, 31);
	int y = 1, m = 1, d = 1, gy, gm, gd, wrong = 0;

	is(days, -719162, "0001-01-01");
	is(civil_to_days(1970, 1, 1), 0, "1970-01-01");
	is(civil_to_days(2000, 2, 29), 11016, "2000-02-29");
	is(last, 2932896, "9999-12-31");
	for (; days <= last; days++) {			/* every day of the calendar, counted by hand */
		days_to_civil(days, &gy, &gm, &gd);
		wrong += gy != y || gm != m || gd != d || civil_to_days(y, m, d) != days;
		if (++d > days_in_month(y, m)) {
			d = 1;
			if (++m > 12) {
				m = 1;
				y++;
			}
		}
	}
	is(wrong, 0, "every day from year 1 to 9999");
	ok(days_in_month(1900, 2) == 28 && days_in_month(2000, 2) == 29 && days_in_month(2024, 2) == 29, "leap years");
	is(weekday(civil_to_days(2018, 5, 28)), 0, "28 May 2018 was a Monday");
	is(weekday(civil_to_days(1969, 12, 28)), 6, "a Sunday before 1970");
}

static void
test_months(void)
{
	static const struct { int y, m, d, add, ty, tm, td; } cases[] = {
		{ 2017, 11, 30, 3, 2018, 2, 28 }, { 2019, 11, 30, 3, 2020, 2, 29 }, { 2018, 1, 15, 3, 2018, 4, 15 },
		{ 2018, 5, 31, 1, 2018, 6, 30 },
		{ 2018, 12, 31, 12, 2019, 12, 31 }, { 2018, 3, 31, -1, 2018, 2, 28 }, { 2018, 1, 31, -1, 2017, 12, 31 },
		{ 2018, 1, 1, 0, 2018, 1, 1 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		is(date_add_months(civil_to_days(cases[i].y, cases[i].m, cases[i].d), cases[i].add),
		    civil_to_days(cases[i].ty, cases[i].tm, cases[i].td), "months, clamped to the month's end");
}

static void
test_instants(void)
{
	static const struct { const char *text; int64_t ms; int offset; const char *back; } good[] = {
		{ "1970-01-01T00:00:00Z", 0, 0, "1970-01-01T00:00:00.000Z" },
		{ "2018-05-28T09:00:00.000+05:00", INT64_C(1527480000000), 300, "2018-05-28T09:00:00.000+05:00" },
		{ "2018-05-28T09:00:00.5-03:30", INT64_C(1527510600500), -210, "2018-05-28T09:00:00.500-03:30" },
		{ "1969-12-31T23:59:59.999Z", -1, 0, "1969-12-31T23:59:59.999Z" },
		{ "1970-01-01T00:00:00+14:00", -50400000, 840, "1970-01-01T00:00:00.000+14:00" },
		{ "2016-02-29T00:00:00+00:00", INT64_C(1456704000000), 0, "2016-02-29T00:00:00.000Z" },
	};
	static const char *const bad[] = { "", "2018-05-28", "2018-05-28T09:00Z", "2018-05-28t09:00:00Z", "2018-05-28T09:00:00",
	    "2018-05-28T09:00:00z",
	    "2018-05-28 09:00:00Z", "2018-05-28T24:00:00Z", "2018-05-28T09:60:00Z", "2018-05-28T09:00:60Z", "2018-02-29T00:00:00Z",
	    "2018-05-28T09:00:00.Z", "2018-05-28T09:00:00.0000Z", "2018-05-28T09:00:00-00:00", "2018-05-28T09:00:00+15:00",
	    "2018-05-28T09:00:00+05:60", "2018-05-28T09:00:00+0500", "2018-05-28T09:00:00ZZ", "0000-05-28T09:00:00Z",
	    "+018-05-28T09:00:00Z" };
	struct inst t;
	char text[INST_LEN];

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		ok(inst_parse(good[i].text, strlen(good[i].text), &t) && t.ms == good[i].ms && t.offset_min == good[i].offset,
		    "%s", good[i].text);
		inst_format(text, t);
		is_str(text, good[i].back, "written");
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(!inst_parse(bad[i], strlen(bad[i]), &t), "refuses \"%s\"", bad[i]);
	is(ms_to_days(INT64_C(1527480000000), 300), civil_to_days(2018, 5, 28), "civil day in the zone");
	is(ms_to_days(-1, 0), -1, "a millisecond before 1970");
	is(ms_to_days(-1, 1), 0, "a minute east of it");
}

static void
test_dates(void)
{
	static const char *const bad[] = { "", "2018-5-28", "2018-05-28 ", "2018-13-01", "2018-00-01", "2018-01-00",
	    "2018-02-29", "0000-01-01",
	    "2018/05/28", "-018-05-28" };
	struct pdate p;
	int32_t days;
	char text[DATE_LEN];

	ok(date_parse("2016-02-29", 10, &days) && days == civil_to_days(2016, 2, 29), "a leap day");
	date_format(text, days);
	is_str(text, "2016-02-29", "written");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(!date_parse(bad[i], strlen(bad[i]), &days), "refuses \"%s\"", bad[i]);
	ok(pdate_parse("2018", 4, &p) && p.year == 2018 && p.month == 0 && p.day == 0, "a year");
	ok(pdate_parse("2018-05", 7, &p) && p.month == 5 && p.day == 0, "a month");
	ok(pdate_parse("2018-05-31", 10, &p) && p.day == 31, "a day");
	ok(!pdate_parse("2018-00", 7, &p) && !pdate_parse("2018-5", 6, &p) && !pdate_parse("2018-02-30", 10, &p) &&
	    !pdate_parse("0000", 4, &p) &&
	    !pdate_parse("2018-05-", 8, &p) && !pdate_parse("20185-5", 7, &p), "and nothing else");
}

int
main(void)
{
	test_calendar();
	test_months();
	test_instants();
	test_dates();
	return tap_done();
}
