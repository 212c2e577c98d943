/*
 * Public event data into events: bytes of a file in, one struct import_event a row out. The format is recognised
 * from the header, and columns are bound by name (known aliases, case ignored), never by position: publishers add,
 * move and rename them.
 *
 *   GED_TSV     our tab-separated extract of UCDP GED: id, dataset, date_start, iso3, lat, lon, best, low, high ...
 *   GED_CSV     UCDP GED as published: id, type_of_violence, latitude, longitude, date_start, best ...; and its HDX
 *               edition, whose second row holds HXL tags and is skipped
 *   USGS_CSV    USGS FDSN event query, format=csv: time, latitude, longitude, mag, place ...
 *   NOAA_TSV    NOAA significant earthquakes, native: I_D, YEAR, MONTH, DAY, COUNTRY, LOCATION_NAME ...
 *   NOAA_LIST   our short form of it: id, date, location, lat, lon, mag ...
 *
 * A bad row is reported (line, row, column, rule, next step), counted and left out; the good ones go on. A row that
 * is readable but odd is delivered with flags. What the flags and numbers mean, and each format's traps, stands in
 * docs/formats.md.
 *
 * Pure: no files, no clock. Holds one row at a time (at most DSV_MAX_ROW_BYTES, and as much again to reread it).
 */
#ifndef FORMATS_IMPORT_H
#define FORMATS_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/when.h"
#include "record/record.h"

enum import_format { IMPORT_NONE, IMPORT_GED_TSV, IMPORT_GED_CSV, IMPORT_USGS_CSV, IMPORT_NOAA_TSV, IMPORT_NOAA_LIST };

enum import_type {
	IMPORT_STATE_BASED = 1,		/* UCDP type_of_violence 1, 2, 3: the number is the data set's own */
	IMPORT_NON_STATE = 2,
	IMPORT_ONE_SIDED = 3,
	IMPORT_EARTHQUAKE = 4,
	IMPORT_OTHER_SEISMIC = 5	/* USGS: quarry blast, explosion, ... */
};

/* How exactly the start and end are known (UCDP date_prec 1..5; earthquakes: by what is given). */
enum import_when { IMPORT_WHEN_UNKNOWN, IMPORT_WHEN_DAY, IMPORT_WHEN_DAYS, IMPORT_WHEN_WEEK, IMPORT_WHEN_MONTH,
    IMPORT_WHEN_YEAR };

/* X(name, bit, word): word is what records and reports print. */
#define IMPORT_FLAGS(X) \
	X(BOUNDS_DISORDER, 0, "deaths-bounds-disorder")	/* not low <= best <= high; all three are kept as given */ \
	X(SUM_DIFFERS, 1, "deaths-sum-differs")		/* the deaths by side do not add up to best */ \
	X(NO_PLACE, 2, "no-coordinates") \
	X(ZERO_PLACE, 3, "coordinates-zero")		/* 0, 0: most often "unknown" */ \
	X(COUNTRY_DERIVED, 4, "country-derived")	/* from a state number or a name, not from a code in the row */ \
	X(COUNTRY_UNKNOWN, 5, "country-unknown")	/* iso3 is empty: no member can be named */ \
	X(ADM1_DERIVED, 6, "adm1-derived")		/* by the extract's maker, not by the source */ \
	X(BEFORE_COMMON_ERA, 7, "before-common-era")	/* start.year < 0 */ \
	X(TEXT_CLEANED, 8, "text-cleaned")		/* forbidden characters were taken out, or a text was shortened */ \
	X(RECODED, 9, "recoded-from-windows-1252") \
	X(SALVAGED, 10, "salvaged")			/* read again after a broken row before it */ \
	X(TIME_ORDER, 11, "end-before-start")		/* both dates are kept as given */

enum {
#define X(name, bit, word) IMPORT_##name = 1 << (bit),
	IMPORT_FLAGS(X)
#undef X
	IMPORT_FLAG_COUNT = 12
};

/* The flags that say how a value was found rather than that it is doubtful. */
#define IMPORT_NOTES (IMPORT_COUNTRY_DERIVED | IMPORT_ADM1_DERIVED | IMPORT_BEFORE_COMMON_ERA)

#define IMPORT_DECIMAL_LEN 16

/*
 * All slices are valid UTF-8 in NFC without forbidden characters, empty when absent; they live until the callback
 * returns.
 */
struct import_event {
	enum import_format format;
	enum import_type type;
	uint32_t flags;			/* IMPORT_ flags */
	uint64_t line;
	struct slice dataset;		/* "UCDP GED 22.1" */
	/* unique within the data set's publisher; derived from time and place if there is no id column */
	struct slice source_id;

	struct pdate start, end;	/* year < 0: before the common era (-2150); month or day 0: unknown */
	int64_t origin_ms;		/* earthquakes whose minute is known: instant, UTC; otherwise WHEN_NONE */
	enum import_when precision;

	char lon[IMPORT_DECIMAL_LEN], lat[IMPORT_DECIMAL_LEN];	/* degrees WGS 84, at most 7 decimals; "" when absent */
	int where_prec;			/* UCDP 1..7 as published; 0: not given */
	int32_t radius_m;		/* -1: not known. UCDP: our reading of where_prec; USGS: its horizontal error */
	char iso3[4];			/* "" when unknown */
	struct slice country, adm1, adm1_code, place;

	struct slice conflict, side_a, side_b;
	int64_t best, low, high;	/* deaths; -1: not given */
	int64_t deaths_a, deaths_b, deaths_civilians, deaths_unknown;
	int64_t injured, houses_destroyed;

	char magnitude[IMPORT_DECIMAL_LEN], depth_km[IMPORT_DECIMAL_LEN];
	struct slice magnitude_type;
	int intensity;			/* modified Mercalli 1..12; 0: not given */
	bool tsunami;
	struct slice seismic_type;	/* USGS "type" */

	int64_t sources;		/* how many the publisher used; -1: not given */
	struct slice headline, source_office, source_date;
};

struct import_complaint {
	uint64_t line, row;		/* physical line; row 1 is the header */
	const char *column;		/* as the header writes it; "" where the whole row is meant */
	const char *text;		/* what is wrong, the rule, the next step */
};

struct import_sink {
	/* Non-zero (with its sentence in e) stops the import and comes out of import_feed or import_finish. */
	int (*event)(void *ctx, const struct import_event *ev, struct err *e);
	void (*complaint)(void *ctx, const struct import_complaint *c);	/* may be NULL */
	void *ctx;
};

struct import_counts {
	uint64_t rows;			/* after the header, tag rows included */
	uint64_t events, refused, skipped;	/* rows = events + refused + skipped (tag rows) */
	uint64_t flagged;		/* of the events: those with a flag that is no mere note (IMPORT_NOTES) */
	uint64_t by_flag[IMPORT_FLAG_COUNT];
};

struct importer;

/*
 * ${dataset} names data set and version where the file does not ("UCDP GED 24.1"); NULL: the format's own default.
 * Copied.
 */
struct importer *import_new(const struct import_sink *sink, const char *dataset);
void import_free(struct importer *im);

/*
 * Errors: ERR_INPUT (the header is no known format: names what is missing and what was found), ERR_LIMIT,
 * ERR_NOMEM, the callback's.
 */
int import_feed(struct importer *im, const void *bytes, size_t len, struct err *e);
/* The end. ERR_INPUT for a file without any header; a header alone is fine (0 rows). */
int import_finish(struct importer *im, struct err *e);

enum import_format import_format(const struct importer *im);
const struct import_counts *import_counts(const struct importer *im);
const char *import_format_name(enum import_format f);
/* The word for flag number ${bit}; ${bit} < IMPORT_FLAG_COUNT. */
const char *import_flag_word(unsigned bit);

/*
 * Which member files an event: the one whose country it happened in. NULL when the event has no country or the list
 * does not hold it: the caller leaves such an event out and counts it; nobody files for another.
 */
struct import_member {
	const char *iso3, *member;	/* "AFG", "af" */
};
const char *import_member_for(const char *iso3, const struct import_member *list, size_t n);

#endif
