/*
 * Inside the importers: one row being read. Each reader takes cells by field; the first complaint about a row
 * refuses it.
 */
#ifndef FORMATS_IMPORT_ROW_H
#define FORMATS_IMPORT_ROW_H

#include "base/arena.h"
#include "formats/dsv.h"
#include "formats/import.h"

enum import_field {
	F_ID, F_DATASET, F_DATE, F_DATE_START, F_DATE_END, F_TIME, F_YEAR, F_MONTH, F_DAY, F_HOUR, F_MINUTE, F_SECOND,
	    F_ISO3, F_COUNTRY,
	F_COUNTRY_ID, F_ADM1, F_ADM1_CODE, F_ADM1_SRC, F_PLACE, F_PLACE_TEXT, F_LAT, F_LON, F_WHERE_PREC, F_DATE_PREC,
	    F_TYPE, F_CONFLICT,
	F_SIDE_A, F_SIDE_B, F_BEST, F_LOW, F_HIGH, F_DEATHS_A, F_DEATHS_B, F_DEATHS_CIVILIANS, F_DEATHS_UNKNOWN,
	    F_SOURCES,
	F_HEADLINE, F_SOURCE_OFFICE, F_SOURCE_DATE, F_MAG, F_MAG_TYPE, F_DEPTH, F_ERROR_KM, F_INTENSITY, F_TSUNAMI,
	    F_DEATHS,
	F_TOTAL_DEATHS, F_DEATHS_CLASS, F_TOTAL_DEATHS_CLASS, F_INJURED, F_TOTAL_INJURED, F_HOUSES, F_TOTAL_HOUSES,
	F_COUNT
};

#define NOT_BOUND (-1)

struct import_row {
	const struct dsv_row *cells;
	const int16_t *bound;		/* column of each field, or NOT_BOUND */
	const char *const *header;	/* names as written */
	char separator;
	struct arena *row;		/* for texts that had to be changed; reset for each row */
	struct import_event *ev;
	const char *bad_column;
	char why[400];
};

/* Refuse the row for field ${f} (F_COUNT: the row as a whole); answers ERR_INPUT. */
int row_refuse(struct import_row *r, enum import_field f, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Replace control characters in a NUL-terminated complaint by '?': it quotes the file and is printed on terminals. */
void row_printable(char *s, size_t len);

/* The cell without blanks around it; empty when it is or the column is not there. */
struct slice row_cell(const struct import_row *r, enum import_field f);
bool row_has(const struct import_row *r, enum import_field f);

/* A text for people: NFC, one line, forbidden characters out, at most ${max} bytes. */
int row_text(struct import_row *r, enum import_field f, uint32_t max, struct slice *out);
/* A text that must stand there, without blanks or controls inside. */
int row_word(struct import_row *r, enum import_field f, uint32_t max, struct slice *out);
/* A whole number ${min}..${max}; *${out} stays as it is when the cell is empty. "12.0" is 12. */
int row_int(struct import_row *r, enum import_field f, int64_t min, int64_t max, int64_t *out);
/* A decimal number between ${min} and ${max} as text with at most 7 decimals; "" when empty. */
int row_decimal(struct import_row *r, enum import_field f, int min, int max, char out[IMPORT_DECIMAL_LEN]);
/* Kilometres as row_decimal wrote them, in metres. */
int64_t row_metres(const char *km);
/* Longitude and latitude. ${required}: their absence refuses the row; otherwise it flags it. */
int row_place(struct import_row *r, bool required);
/*
 * iso3 from a code, else from a UCDP state number, else from ${name}; flags how. A code that is none refuses the
 * row.
 */
int row_country(struct import_row *r, struct slice name);
/* "YYYY-MM-DD", optionally followed by a time of day, which is left aside. */
int row_date(struct import_row *r, enum import_field f, struct pdate *out);

int import_ged_row(struct import_row *r);
int import_usgs_row(struct import_row *r);
int import_noaa_row(struct import_row *r);
int import_noaa_list_row(struct import_row *r);

#endif
