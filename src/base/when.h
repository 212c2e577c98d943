/*
 * Points in time and civil dates (law.md B0: inst, date, pdate). Proleptic Gregorian calendar, UTC, no leap
 * seconds, no time-zone database: an instant carries the offset it was written with.
 */
#ifndef BASE_WHEN_H
#define BASE_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DAY_MS INT64_C(86400000)
#define WHEN_NONE INT64_MIN		/* "no time given"; compares before every real one */

struct inst {
	int64_t ms;			/* milliseconds since 1970-01-01T00:00:00Z */
	int16_t offset_min;		/* offset from UTC it was written with; 0 for Z */
};

struct pdate {				/* partial date: month or day 0 when unknown; all 0: unknown */
	int16_t year;
	uint8_t month, day;
};

/* RFC 3339 with a numeric offset or Z, 0..3 digits of fraction: "2018-05-28T09:00:00.000+05:00". Years 0001..9999. */
bool inst_parse(const char *s, size_t len, struct inst *out);
/* "2018-05-28T09:00:00.000+05:00" (29 characters; 24 with Z), NUL added; ${out} has INST_LEN bytes. */
#define INST_LEN 40
void inst_format(char *out, struct inst t);

/* "2018-05-28" -> days since 1970-01-01. */
bool date_parse(const char *s, size_t len, int32_t *days);
#define DATE_LEN 16
void date_format(char *out, int32_t days);

/* "2018", "2018-05" or "2018-05-28". */
bool pdate_parse(const char *s, size_t len, struct pdate *out);

int32_t civil_to_days(int year, int month, int day);
void days_to_civil(int32_t days, int *year, int *month, int *day);
int days_in_month(int year, int month);
/* Months added by the rule of law.md C2.2: same day number, clamped to the month's end. */
int32_t date_add_months(int32_t days, int months);
/* Civil day in the zone ${offset_min} at instant ${ms}. */
int32_t ms_to_days(int64_t ms, int offset_min);
/* 0 = Monday .. 6 = Sunday. */
int weekday(int32_t days);

#endif
