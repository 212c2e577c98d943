#include "base/when.h"

#include <stdio.h>

int32_t
civil_to_days(int year, int month, int day)
{
	/* Days from civil, era by era of 400 years, the year starting in March so that the leap day comes last. */
	int y = month <= 2 ? year - 1 : year;
	int era = (y >= 0 ? y : y - 399) / 400;
	int yoe = y - era * 400;
	int doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

void
days_to_civil(int32_t days, int *year, int *month, int *day)
{
	int32_t z = days + 719468;
	int32_t era = (z >= 0 ? z : z - 146096) / 146097;
	int32_t doe = z - era * 146097;
	int32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int32_t mp = (5 * doy + 2) / 153;

	*day = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = yoe + era * 400 + (*month <= 2);
}

int
days_in_month(int year, int month)
{
	static const int n[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : n[month - 1];
}

int32_t
date_add_months(int32_t days, int months)
{
	int y, m, d, total;

	days_to_civil(days, &y, &m, &d);
	total = y * 12 + (m - 1) + months;
	y = total / 12;
	m = total % 12 + 1;
	if (d > days_in_month(y, m))
		d = days_in_month(y, m);
	return civil_to_days(y, m, d);
}

int32_t
ms_to_days(int64_t ms, int offset_min)
{
	int64_t t = ms + (int64_t)offset_min * 60000;

	return (int32_t)(t >= 0 ? t / DAY_MS : -((-t + DAY_MS - 1) / DAY_MS));
}

int
weekday(int32_t days)
{
	int w = (int)((days + 3) % 7);

	return w < 0 ? w + 7 : w;
}

/* ${n} digits at ${s}, or -1. */
static int
digits(const char *s, int n)
{
	int v = 0;

	for (int i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		v = v * 10 + (s[i] - '0');
	}
	return v;
}

bool
date_parse(const char *s, size_t len, int32_t *days)
{
	int y, m, d;

	if (len != 10 || s[4] != '-' || s[7] != '-')
		return false;
	y = digits(s, 4);
	m = digits(s + 5, 2);
	d = digits(s + 8, 2);
	if (y < 1 || m < 1 || m > 12 || d < 1 || d > days_in_month(y, m))
		return false;
	*days = civil_to_days(y, m, d);
	return true;
}

bool
pdate_parse(const char *s, size_t len, struct pdate *out)
{
	int y, m = 0, d = 0;

	if (len != 4 && len != 7 && len != 10)
		return false;
	y = digits(s, 4);
	if (len >= 7)
		m = s[4] == '-' ? digits(s + 5, 2) : -1;
	if (len == 10)
		d = s[7] == '-' ? digits(s + 8, 2) : -1;
	if (y < 1 || (len >= 7 && (m < 1 || m > 12)) || (len == 10 && (d < 1 || d > days_in_month(y, m))))
		return false;
	*out = (struct pdate){ (int16_t)y, (uint8_t)m, (uint8_t)d };
	return true;
}

/* The offset "Z" or "+hh:mm"; -00:00 is refused (RFC 3339 gives it the meaning "unknown"). */
static bool
offset_parse(const char *s, size_t len, int16_t *out)
{
	int h, m;

	if (len == 1 && s[0] == 'Z') {
		*out = 0;
		return true;
	}
	if (len != 6 || (s[0] != '+' && s[0] != '-') || s[3] != ':')
		return false;
	h = digits(s + 1, 2);
	m = digits(s + 4, 2);
	if (h < 0 || h > 14 || m < 0 || m > 59 || (s[0] == '-' && h == 0 && m == 0))
		return false;
	*out = (int16_t)((h * 60 + m) * (s[0] == '-' ? -1 : 1));
	return true;
}

bool
inst_parse(const char *s, size_t len, struct inst *out)
{
	int32_t days;
	int h, m, sec, frac = 0, scale = 100;
	size_t i = 19;

	if (len < 20 || s[10] != 'T' || s[13] != ':' || s[16] != ':' || !date_parse(s, 10, &days))
		return false;
	h = digits(s + 11, 2);
	m = digits(s + 14, 2);
	sec = digits(s + 17, 2);
	if (h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 59)
		return false;
	if (s[i] == '.') {
		size_t first = ++i;

		for (; i < len && s[i] >= '0' && s[i] <= '9' && i - first < 3; i++, scale /= 10)
			frac += (s[i] - '0') * scale;
		if (i == first)
			return false;
	}
	if (!offset_parse(s + i, len - i, &out->offset_min))
		return false;
	out->ms = (int64_t)days * DAY_MS + ((h * 60 + m) * 60 + sec) * INT64_C(1000) + frac -
	    (int64_t)out->offset_min * 60000;
	return true;
}

void
date_format(char *out, int32_t days)
{
	int y, m, d;

	days_to_civil(days, &y, &m, &d);
	snprintf(out, DATE_LEN, "%04d-%02d-%02d", y % 10000, m % 100, d % 100);
}

void
inst_format(char *out, struct inst t)
{
	int32_t days = ms_to_days(t.ms, t.offset_min);
	int64_t in_day = t.ms + (int64_t)t.offset_min * 60000 - (int64_t)days * DAY_MS;
	int off = t.offset_min < 0 ? -t.offset_min : t.offset_min, s = (int)(in_day / 1000), n;
	char date[DATE_LEN];

	date_format(date, days);
	n = snprintf(out, INST_LEN, "%.10sT%02d:%02d:%02d.%03d", date, s / 3600, s / 60 % 60, s % 60,
	    (int)(in_day % 1000));
	if (t.offset_min == 0)
		snprintf(out + n, INST_LEN - (size_t)n, "Z");
	else
		snprintf(out + n, INST_LEN - (size_t)n, "%c%02d:%02d", t.offset_min < 0 ? '-' : '+', off / 60 % 100,
		    off % 60);
}
