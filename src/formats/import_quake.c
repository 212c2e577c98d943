/* Earthquakes: USGS FDSN event CSV, NOAA significant earthquakes (native tab file and our short form). */
#include "formats/import_row.h"

#include <string.h>

#include "base/text.h"

#define COUNT_MAX 10000000

static int
magnitude_and_depth(struct import_row *r)
{
	if (row_decimal(r, F_MAG, -3, 11, r->ev->magnitude) != OK)
		return ERR_INPUT;
	return row_decimal(r, F_DEPTH, -10, 1000, r->ev->depth_km);
}

/* USGS writes "62 km NNW of Murghob, Tajikistan": what follows the last comma names the country, if anything does. */
static struct slice
after_comma(struct slice place)
{
	const char *comma = place.len == 0 ? NULL : memrchr(place.s, ',', place.len);

	if (comma == NULL)
		return place;
	return (struct slice){ comma + 1, place.len - (uint32_t)(comma + 1 - place.s) };
}

/* Exports without an id column: time, latitude and longitude together are one. */
static int
usgs_id(struct import_row *r, struct slice time)
{
	struct import_event *ev = r->ev;
	char *id;

	if (row_cell(r, F_ID).len > 0)
		return row_word(r, F_ID, 64, &ev->source_id);
	id = arena_fmt(r->row, "%.*s/%s/%s", (int)time.len, time.s, ev->lat, ev->lon);
	if (id == NULL)
		return row_refuse(r, F_TIME, "is too long");
	ev->source_id = (struct slice){ id, (uint32_t)strlen(id) };
	return OK;
}

int
import_usgs_row(struct import_row *r)
{
	struct import_event *ev = r->ev;
	struct slice time = row_cell(r, F_TIME);
	char km[IMPORT_DECIMAL_LEN], day[DATE_LEN];
	struct inst t;

	if (time.len > 35 || !inst_parse(time.s, time.len, &t))
		return row_refuse(r, F_TIME, "\"%.*s\" is not an instant such as 2023-02-04T07:34:41.538Z",
		    time.len > 40 ? 40 : (int)time.len,
		    time.s);
	ev->origin_ms = t.ms;
	date_format(day, ms_to_days(t.ms, 0));
	pdate_parse(day, strlen(day), &ev->start);
	ev->end = ev->start;
	ev->precision = IMPORT_WHEN_DAY;
	if (row_place(r, true) != OK || magnitude_and_depth(r) != OK || row_decimal(r, F_ERROR_KM, 0, 1000, km) != OK)
		return ERR_INPUT;
	if (km[0] != '\0')
		ev->radius_m = (int32_t)row_metres(km);
	if (usgs_id(r, time) != OK || row_text(r, F_PLACE, 200, &ev->place) != OK ||
	    row_text(r, F_MAG_TYPE, 16, &ev->magnitude_type) != OK || row_text(r, F_TYPE, 40, &ev->seismic_type) != OK)
		return ERR_INPUT;
	ev->type = ev->seismic_type.len == 0 || text_eq(ev->seismic_type.s, ev->seismic_type.len, "earthquake") ?
	    IMPORT_EARTHQUAKE :
	    IMPORT_OTHER_SEISMIC;
	return row_country(r, after_comma(ev->place));
}

/* Year, month, day, hour, minute, second as far as they are given; whatever follows a gap is not believed. */
static int
noaa_when(struct import_row *r)
{
	struct import_event *ev = r->ev;
	int64_t year = INT64_MIN, month = 0, day = 0, hour = -1, minute = -1, second = 0;
	char decimal[IMPORT_DECIMAL_LEN];

	if (row_int(r, F_YEAR, -9999, 9999, &year) != OK || row_int(r, F_MONTH, 1, 12, &month) != OK ||
	    row_int(r, F_DAY, 1, 31, &day) != OK || row_int(r, F_HOUR, 0, 23, &hour) != OK ||
	    row_int(r, F_MINUTE, 0, 59, &minute) != OK || row_decimal(r, F_SECOND, 0, 60, decimal) != OK)
		return ERR_INPUT;
	if (year == INT64_MIN || year == 0)
		return row_refuse(r, F_YEAR, "is empty or 0; a year is needed (-1 is the year before year 1)");
	if (day > 0 && month == 0)
		return row_refuse(r, F_DAY, "is given without a month; check the row at its source");
	if (day > 0 && day > days_in_month((int)year, (int)month))
		return row_refuse(r, F_DAY, "%lld is past the end of the month", (long long)day);
	ev->start = ev->end = (struct pdate){ (int16_t)year, (uint8_t)month, (uint8_t)day };
	ev->precision = day > 0 ? IMPORT_WHEN_DAY : month > 0 ? IMPORT_WHEN_MONTH : IMPORT_WHEN_YEAR;
	if (year < 0)
		ev->flags |= IMPORT_BEFORE_COMMON_ERA;
	if (decimal[0] != '\0')
		second = row_metres(decimal) / 1000;
	if (year > 0 && day > 0 && hour >= 0 && minute >= 0)
		ev->origin_ms = civil_to_days((int)year, (int)month, (int)day) * DAY_MS +
		    (hour * 3600 + minute * 60 + second) * 1000;
	return OK;
}

/* NOAA's classes for counts known only roughly: 1 few (1 to 50), 2 some, 3 many, 4 very many (over 1000). */
static void
deaths_from_class(struct import_event *ev, int64_t class)
{
	static const int64_t low[5] = { 0, 1, 51, 101, 1001 }, high[5] = { 0, 50, 100, 1000, -1 };

	if (ev->best < 0 && class >= 0) {
		ev->low = low[class];
		ev->high = high[class];
	}
}

static int
noaa_effects(struct import_row *r)
{
	struct import_event *ev = r->ev;
	int64_t class = -1, intensity = 0;

	/* The TOTAL columns count what followed too (tsunami, landslide, fire); they come second, so they win. */
	if (row_int(r, F_DEATHS, 0, COUNT_MAX, &ev->best) != OK || row_int(r, F_TOTAL_DEATHS, 0, COUNT_MAX,
	    &ev->best) != OK ||
	    row_int(r, F_DEATHS_CLASS, 0, 4, &class) != OK || row_int(r, F_TOTAL_DEATHS_CLASS, 0, 4, &class) != OK ||
	    row_int(r, F_INJURED, 0, COUNT_MAX, &ev->injured) != OK ||
	    row_int(r, F_TOTAL_INJURED, 0, COUNT_MAX, &ev->injured) != OK ||
	    row_int(r, F_HOUSES, 0, 10 * COUNT_MAX, &ev->houses_destroyed) != OK ||
	    row_int(r, F_TOTAL_HOUSES, 0, 10 * COUNT_MAX, &ev->houses_destroyed) != OK ||
	    row_int(r, F_INTENSITY, 1, 12, &intensity) != OK)
		return ERR_INPUT;
	deaths_from_class(ev, class);
	ev->intensity = (int)intensity;
	ev->tsunami = row_cell(r, F_TSUNAMI).len > 0;
	return magnitude_and_depth(r);
}

int
import_noaa_row(struct import_row *r)
{
	struct import_event *ev = r->ev;
	struct slice id;
	char *name;

	ev->type = IMPORT_EARTHQUAKE;
	if (row_word(r, F_ID, 24, &id) != OK || noaa_when(r) != OK || row_place(r, false) != OK ||
	    noaa_effects(r) != OK ||
	    row_text(r, F_COUNTRY, 120, &ev->country) != OK || row_text(r, F_PLACE, 200, &ev->place) != OK ||
	    row_text(r, F_ADM1, 60, &ev->adm1) != OK)
		return ERR_INPUT;
	/* The same event in NOAA's own file and in our short form of it has one id. */
	if ((name = arena_fmt(r->row, "noaa-%.*s", (int)id.len, id.s)) == NULL)
		return row_refuse(r, F_ID, "is too long");
	ev->source_id = (struct slice){ name, (uint32_t)strlen(name) };
	return row_country(r, ev->country);
}

/* "1902-08", "1902-08-22" and perhaps "03:00:00Z". */
static int
list_when(struct import_row *r)
{
	struct import_event *ev = r->ev;
	struct slice date = row_cell(r, F_DATE), time = row_cell(r, F_TIME);
	char both[40];
	struct inst t;

	if (!pdate_parse(date.s, date.len, &ev->start))
		return row_refuse(r, F_DATE, "\"%.*s\" is not a date written YYYY, YYYY-MM or YYYY-MM-DD",
		    date.len > 20 ? 20 : (int)date.len,
		    date.s);
	ev->end = ev->start;
	ev->precision = ev->start.day > 0 ? IMPORT_WHEN_DAY : ev->start.month > 0 ? IMPORT_WHEN_MONTH :
	    IMPORT_WHEN_YEAR;
	if (time.len == 0)
		return OK;
	if (ev->start.day == 0 || time.len > 20)
		return row_refuse(r, F_TIME, "needs a whole date and the form HH:MM:SSZ");
	memcpy(both, date.s, date.len);
	both[date.len] = 'T';
	memcpy(both + date.len + 1, time.s, time.len);
	if (!inst_parse(both, date.len + 1 + time.len, &t))
		return row_refuse(r, F_TIME, "\"%.*s\" is not written HH:MM:SSZ", (int)time.len, time.s);
	ev->origin_ms = t.ms;
	return OK;
}

int
import_noaa_list_row(struct import_row *r)
{
	struct import_event *ev = r->ev;

	ev->type = IMPORT_EARTHQUAKE;
	if (row_word(r, F_ID, 32, &ev->source_id) != OK || list_when(r) != OK || row_place(r, false) != OK ||
	    noaa_effects(r) != OK ||
	    row_text(r, F_PLACE, 200, &ev->place) != OK)
		return ERR_INPUT;
	return row_country(r, ev->country);
}
