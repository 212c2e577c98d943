/* UCDP Georeferenced Event Dataset rows: as published, the HDX edition, and our tab-separated extract. */
#include "formats/import_row.h"

#define COUNT_MAX 10000000	/* deaths in one event; a larger number is a shifted column */

/*
 * Metres around the point that where_prec stands for. The codebook gives a distance for 2 only ("about 25 km"); the
 * others are our reading of "the place itself", "second-order", "first-order division", "linear or fuzzy",
 * "country", "international waters".
 */
static const int32_t radius_of[8] = { -1, 5000, 25000, 50000, 200000, 100000, 500000, 500000 };

static int
ged_when(struct import_row *r)
{
	struct import_event *ev = r->ev;
	int64_t prec = 0;

	if (row_date(r, F_DATE_START, &ev->start) != OK)
		return ERR_INPUT;
	ev->end = ev->start;
	if (row_cell(r, F_DATE_END).len > 0 && row_date(r, F_DATE_END, &ev->end) != OK)
		return ERR_INPUT;
	if (civil_to_days(ev->end.year, ev->end.month, ev->end.day) < civil_to_days(ev->start.year, ev->start.month,
	    ev->start.day))
		ev->flags |= IMPORT_TIME_ORDER;
	if (row_int(r, F_DATE_PREC, 1, 5, &prec) != OK)
		return ERR_INPUT;
	ev->precision = (enum import_when)prec;
	return OK;
}

static int
ged_deaths(struct import_row *r)
{
	struct import_event *ev = r->ev;
	struct { enum import_field f; int64_t *to; } counts[] = {
		{ F_BEST, &ev->best }, { F_LOW, &ev->low }, { F_HIGH, &ev->high }, { F_DEATHS_A, &ev->deaths_a },
		{ F_DEATHS_B, &ev->deaths_b }, { F_DEATHS_CIVILIANS, &ev->deaths_civilians },
		{ F_DEATHS_UNKNOWN, &ev->deaths_unknown },
	};

	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		if (row_int(r, counts[i].f, 0, COUNT_MAX, counts[i].to) != OK)
			return ERR_INPUT;
	if (ev->best < 0)
		return row_refuse(r, F_BEST, "is empty; each event has a best estimate, 0 included");
	if ((ev->low >= 0 && ev->low > ev->best) || (ev->high >= 0 && ev->high < ev->best))
		ev->flags |= IMPORT_BOUNDS_DISORDER;
	if (ev->deaths_a >= 0 && ev->deaths_b >= 0 && ev->deaths_civilians >= 0 && ev->deaths_unknown >= 0 &&
	    ev->deaths_a + ev->deaths_b + ev->deaths_civilians + ev->deaths_unknown != ev->best)
		ev->flags |= IMPORT_SUM_DIFFERS;
	return OK;
}

static int
ged_where(struct import_row *r)
{
	struct import_event *ev = r->ev;
	struct slice src = row_cell(r, F_ADM1_SRC);
	int64_t prec = 0;

	if (row_place(r, true) != OK || row_int(r, F_WHERE_PREC, 1, 7, &prec) != OK)
		return ERR_INPUT;
	ev->where_prec = (int)prec;
	ev->radius_m = radius_of[prec];
	if (src.len == 7 && __builtin_memcmp(src.s, "derived", 7) == 0)
		ev->flags |= IMPORT_ADM1_DERIVED;
	if (row_text(r, F_COUNTRY, 120, &ev->country) != OK || row_text(r, F_ADM1, 200, &ev->adm1) != OK ||
	    row_text(r, F_ADM1_CODE, 16, &ev->adm1_code) != OK || row_text(r, F_PLACE, 200, &ev->place) != OK)
		return ERR_INPUT;
	return row_country(r, ev->country);
}

static int
ged_texts(struct import_row *r)
{
	struct import_event *ev = r->ev;

	if (row_text(r, F_CONFLICT, 200, &ev->conflict) != OK || row_text(r, F_SIDE_A, 200, &ev->side_a) != OK ||
	    row_text(r, F_SIDE_B, 200, &ev->side_b) != OK || row_text(r, F_HEADLINE, 1000, &ev->headline) != OK ||
	    row_text(r, F_SOURCE_OFFICE, 200, &ev->source_office) != OK ||
	    row_text(r, F_SOURCE_DATE, 200, &ev->source_date) != OK)
		return ERR_INPUT;
	if (row_has(r, F_DATASET) && row_text(r, F_DATASET, 60, &ev->dataset) != OK)
		return ERR_INPUT;
	return row_int(r, F_SOURCES, -1, 100000, &ev->sources);
}

int
import_ged_row(struct import_row *r)
{
	int64_t type = 0;

	if (row_word(r, F_ID, 32, &r->ev->source_id) != OK || row_int(r, F_TYPE, 1, 3, &type) != OK)
		return ERR_INPUT;
	if (type == 0)
		return row_refuse(r, F_TYPE, "is empty; 1 state-based, 2 non-state, 3 one-sided are possible");
	r->ev->type = (enum import_type)type;
	if (ged_when(r) != OK || ged_deaths(r) != OK || ged_where(r) != OK)
		return ERR_INPUT;
	return ged_texts(r);
}
