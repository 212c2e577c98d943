#include "formats/import_columns.h"

#include <string.h>

#include "base/text.h"

#define NAMES_MAX 4

struct column {
	enum import_field field;
	bool required;
	const char *names[NAMES_MAX];	/* the first that the header has is taken */
};

static const struct column ged_extract[] = {
	{ F_ID, true, { "id" } }, { F_DATASET, true, { "dataset" } }, { F_DATE_START, true, { "date_start" } },
	{ F_DATE_END, true, { "date_end" } }, { F_ISO3, true, { "iso3" } }, { F_LAT, true, { "lat" } },
	{ F_LON, true, { "lon" } },
	{ F_TYPE, true, { "type" } }, { F_BEST, true, { "best" } }, { F_LOW, true, { "low" } },
	{ F_HIGH, true, { "high" } },
	{ F_SIDE_A, true, { "side_a" } }, { F_SIDE_B, true, { "side_b" } },
	{ F_COUNTRY, false, { "country" } }, { F_ADM1, false, { "adm1" } }, { F_ADM1_CODE, false, { "adm1_iso" } },
	{ F_ADM1_SRC, false, { "adm1_src" } }, { F_WHERE_PREC, false, { "where_prec" } },
	{ F_DATE_PREC, false, { "date_prec" } },
	{ F_CONFLICT, false, { "conflict" } }, { F_DEATHS_A, false, { "deaths_a" } },
	{ F_DEATHS_B, false, { "deaths_b" } },
	{ F_DEATHS_CIVILIANS, false, { "deaths_civilians" } }, { F_DEATHS_UNKNOWN, false, { "deaths_unknown" } },
	{ F_SOURCES, false, { "n_sources" } }, { F_HEADLINE, false, { "headline" } },
	{ F_SOURCE_OFFICE, false, { "source_office" } }, { F_SOURCE_DATE, false, { "source_date" } },
	{ F_PLACE, false, { "place" } },
};

/* best_est, low_est, high_est: names in older editions; source_article stands alone before source_headline came. */
static const struct column ged_official[] = {
	{ F_ID, true, { "id" } }, { F_TYPE, true, { "type_of_violence" } }, { F_LAT, true, { "latitude" } },
	{ F_LON, true, { "longitude" } }, { F_DATE_START, true, { "date_start" } },
	{ F_DATE_END, true, { "date_end" } },
	{ F_BEST, true, { "best", "best_est" } }, { F_LOW, true, { "low", "low_est" } },
	{ F_HIGH, true, { "high", "high_est" } },
	{ F_SIDE_A, true, { "side_a" } }, { F_SIDE_B, true, { "side_b" } }, { F_COUNTRY, true, { "country" } },
	{ F_COUNTRY_ID, false, { "country_id", "gwno" } }, { F_ISO3, false, { "iso3", "isocc" } },
	{ F_ADM1, false, { "adm_1" } }, { F_WHERE_PREC, false, { "where_prec" } },
	{ F_DATE_PREC, false, { "date_prec" } },
	{ F_CONFLICT, false, { "conflict_name" } }, { F_DEATHS_A, false, { "deaths_a" } },
	{ F_DEATHS_B, false, { "deaths_b" } },
	{ F_DEATHS_CIVILIANS, false, { "deaths_civilians" } }, { F_DEATHS_UNKNOWN, false, { "deaths_unknown" } },
	{ F_SOURCES, false, { "number_of_sources" } }, { F_HEADLINE, false, { "source_headline", "source_article" } },
	{ F_SOURCE_OFFICE, false, { "source_office" } }, { F_SOURCE_DATE, false, { "source_date" } },
	{ F_PLACE, false, { "where_coordinates" } },
};

static const struct column usgs[] = {
	{ F_TIME, true, { "time" } }, { F_LAT, true, { "latitude" } }, { F_LON, true, { "longitude" } },
	{ F_MAG, true, { "mag" } },
	{ F_PLACE, true, { "place" } }, { F_ID, false, { "id" } }, { F_DEPTH, false, { "depth" } },
	{ F_MAG_TYPE, false, { "magtype" } },
	{ F_TYPE, false, { "type" } }, { F_ERROR_KM, false, { "horizontalerror" } },
};

static const struct column noaa[] = {
	{ F_ID, true, { "i_d" } }, { F_YEAR, true, { "year" } }, { F_MONTH, true, { "month" } },
	{ F_DAY, true, { "day" } },
	{ F_COUNTRY, true, { "country" } }, { F_PLACE, true, { "location_name" } }, { F_LAT, true, { "latitude" } },
	{ F_LON, true, { "longitude" } }, { F_HOUR, false, { "hour" } }, { F_MINUTE, false, { "minute" } },
	{ F_SECOND, false, { "second" } }, { F_TSUNAMI, false, { "flag_tsunami" } },
	{ F_DEPTH, false, { "focal_depth" } },
	{ F_MAG, false, { "eq_primary" } }, { F_INTENSITY, false, { "intensity" } }, { F_ADM1, false, { "state" } },
	{ F_DEATHS, false, { "deaths" } }, { F_TOTAL_DEATHS, false, { "total_deaths" } },
	{ F_DEATHS_CLASS, false, { "deaths_description" } }, { F_TOTAL_DEATHS_CLASS, false,
	    { "total_deaths_description" } },
	{ F_INJURED, false, { "injuries" } }, { F_TOTAL_INJURED, false, { "total_injuries" } },
	{ F_HOUSES, false, { "houses_destroyed" } }, { F_TOTAL_HOUSES, false, { "total_houses_destroyed" } },
};

static const struct column noaa_list[] = {
	{ F_ID, true, { "id" } }, { F_DATE, true, { "date" } }, { F_PLACE, true, { "location" } },
	{ F_LAT, true, { "lat" } },
	{ F_LON, true, { "lon" } }, { F_MAG, true, { "mag" } }, { F_TIME, false, { "time_utc" } },
	{ F_ISO3, false, { "iso3" } },
	{ F_DEPTH, false, { "depth_km" } }, { F_INTENSITY, false, { "intensity_mmi" } },
	{ F_DEATHS, false, { "deaths" } },
	{ F_INJURED, false, { "injuries" } }, { F_HOUSES, false, { "houses_destroyed" } },
};

#define COLUMNS(c) c, sizeof(c) / sizeof((c)[0])

static const struct {
	struct import_shape shape;
	const struct column *columns;
	size_t count;
} shapes[] = {
	{ { IMPORT_GED_TSV, "UCDP GED extract (tab separated)", "UCDP GED", import_ged_row }, COLUMNS(ged_extract) },
	{ { IMPORT_GED_CSV, "UCDP GED as published (CSV)", "UCDP GED", import_ged_row }, COLUMNS(ged_official) },
	{ { IMPORT_USGS_CSV, "USGS FDSN events (CSV)", "USGS FDSN", import_usgs_row }, COLUMNS(usgs) },
	{ { IMPORT_NOAA_TSV, "NOAA significant earthquakes (tab separated)", "NOAA NCEI Significant Earthquakes",
	    import_noaa_row },
	    COLUMNS(noaa) },
	{ { IMPORT_NOAA_LIST, "NOAA significant earthquakes, short form", "NOAA NCEI Significant Earthquakes",
	    import_noaa_list_row },
	    COLUMNS(noaa_list) },
};

#define SHAPES (sizeof shapes / sizeof shapes[0])

static char
folded(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c == ' ' || c == '-' ? '_' : c;
}

static bool
same_name(struct slice h, const char *name)
{
	while (h.len > 0 && h.s[0] == ' ') {
		h.s++;
		h.len--;
	}
	while (h.len > 0 && h.s[h.len - 1] == ' ')
		h.len--;
	for (uint32_t i = 0; i < h.len; i++)
		if (name[i] == '\0' || folded(h.s[i]) != name[i])
			return false;
	return name[h.len] == '\0';
}

/* The column that ${c} is bound to; NOT_BOUND if none; -2 if two columns have that name. */
#define TWICE (-2)
static int16_t
find(const struct column *c, const struct slice *header, uint32_t n)
{
	int16_t at = NOT_BOUND;

	for (size_t k = 0; k < NAMES_MAX && c->names[k] != NULL && at == NOT_BOUND; k++)
		for (uint32_t i = 0; i < n; i++)
			if (same_name(header[i], c->names[k])) {
				if (at != NOT_BOUND)
					return TWICE;
				at = (int16_t)i;
			}
	return at;
}

/* How many required columns of shape ${k} the header lacks. */
static size_t
missing(size_t k, const struct slice *header, uint32_t n, size_t *required)
{
	size_t lacking = 0;

	*required = 0;
	for (size_t i = 0; i < shapes[k].count; i++)
		if (shapes[k].columns[i].required) {
			(*required)++;
			lacking += find(&shapes[k].columns[i], header, n) == NOT_BOUND;
		}
	return lacking;
}

static void
add_found(struct buf *b, const struct slice *header, uint32_t n)
{
	for (uint32_t i = 0; i < n && b->len < 300; i++)
		buf_fmt(b, "%s%.*s", i > 0 ? ", " : "", header[i].len > 30 ? 30 :
		    (int)utf8_valid((const uint8_t *)header[i].s, header[i].len),
		    header[i].s);
	if (b->len >= 300)
		buf_fmt(b, ", ... (%u columns)", n);
	if (!b->failed)
		row_printable((char *)b->data, b->len);
}

static int
no_shape(const struct slice *header, uint32_t n, struct err *e)
{
	struct buf lack = { 0 }, found = { 0 };
	size_t best = 0, best_has = 0, required;
	int rc;

	for (size_t k = 0; k < SHAPES; k++) {
		size_t has = missing(k, header, n, &required);

		has = required - has;
		if (has * 100 / required > best_has) {
			best_has = has * 100 / required;
			best = k;
		}
	}
	add_found(&found, header, n);
	for (size_t i = 0; i < shapes[best].count; i++)
		if (shapes[best].columns[i].required && find(&shapes[best].columns[i], header, n) == NOT_BOUND)
			buf_fmt(&lack, "%s%s", lack.len > 0 ? ", " : "", shapes[best].columns[i].names[0]);
	if (best_has < 50)
		rc = err_set(e, ERR_INPUT, "the header is of no known format; found: %s; known are UCDP GED, USGS "
		    "FDSN and NOAA significant "
		    "earthquakes (docs/formats.md names their columns)", buf_cstr(&found));
	else
		rc = err_set(e, ERR_INPUT, "the header looks like %s but lacks: %s; found: %s; export it again with "
		    "all columns",
		    shapes[best].shape.name, buf_cstr(&lack), buf_cstr(&found));
	buf_free(&lack);
	buf_free(&found);
	return rc;
}

const struct import_shape *
columns_bind(const struct slice *header, uint32_t n, int16_t bound[F_COUNT], struct err *e)
{
	size_t k = 0, required;

	while (k < SHAPES && missing(k, header, n, &required) > 0)
		k++;
	if (k == SHAPES) {
		(void)no_shape(header, n, e);
		return NULL;
	}
	for (size_t f = 0; f < F_COUNT; f++)
		bound[f] = NOT_BOUND;
	for (size_t i = 0; i < shapes[k].count; i++) {
		const struct column *c = &shapes[k].columns[i];

		bound[c->field] = find(c, header, n);
		if (bound[c->field] == TWICE) {
			err_set(e, ERR_INPUT, "the header has two columns named \"%s\"; remove one", c->names[0]);
			return NULL;
		}
	}
	return &shapes[k].shape;
}

const struct import_shape *
columns_shape(enum import_format f)
{
	for (size_t k = 0; k < SHAPES; k++)
		if (shapes[k].shape.format == f)
			return &shapes[k].shape;
	return NULL;
}
