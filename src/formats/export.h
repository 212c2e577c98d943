/*
 * Records out of the system as tables (CSV, RFC 4180) and maps (GeoJSON, RFC 7946). A file that leaves keeps what
 * binds it: marking, handling, mode and naming footnote stand in every row and every feature, because rows get cut
 * out of files.
 *
 * What is exported is a fixed list of columns (export_columns.def, printed in docs/formats.md), each with the least
 * level at which it may leave. The caller has decided the level for its viewer and passes it; what the level does
 * not allow is absent. Records with identifying or special personal data are refused at every level: they leave as
 * attested copies, not as spreadsheets.
 *
 * Pure: text is appended to a struct buf. The caller writes the export into its export inventory (safeguard P20).
 */
#ifndef FORMATS_EXPORT_H
#define FORMATS_EXPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "record/record.h"

/*
 * The lattice of visibility, as far as it lets anything be seen. Zero is nothing, so that what was never decided
 * is refused.
 */
enum export_level { EXPORT_NOTHING, EXPORT_EXISTS, EXPORT_META, EXPORT_REDACTED, EXPORT_FULL };

#define EXPORT_EXACT (-1)

struct export_frame {			/* what is the same for a whole export; borrowed */
	const char *naming_footnote;	/* of the viewer's naming set; "" only where the set has none. Required */
	const char *disclaimer;		/* on designations and borders; required for GeoJSON */
	const char *lang;		/* BCP 47 tag preferred where a text has several; NULL: the first */
	/* CSV: begin with a byte order mark, for spreadsheets that else guess the encoding */
	bool bom;
	/*
	 * EXPORT_EXACT: points as recorded. Otherwise every point is moved to the middle of a fixed grid cell, so
	 * that it lies at most max(fuzz_m, the record's own radius) from where it was; always to the same place, so
	 * that many exports cannot be averaged.
	 */
	int32_t fuzz_m;
};

/*
 * export_csv_begin(out, frame, e) / export_csv_record(out, frame, r, level, e):
 * The header line; one line for a record. Text cells that a spreadsheet would run as a formula (first character
 * other than a blank is one of = + - @, their full-width forms, tab or a line end) get a leading apostrophe; numbers
 * stay numbers. Errors: ERR_LAW (personal data), ERR_DENIED (EXPORT_NOTHING), ERR_NOMEM. After an error nothing of
 * that record is in ${out}. O(size of the record).
 */
int export_csv_begin(struct buf *out, const struct export_frame *frame, struct err *e);
int export_csv_record(struct buf *out, const struct export_frame *frame, const struct record *r,
    enum export_level level, struct err *e);

/*
 * GeoJSON: a FeatureCollection, one Point feature for each point of a record (where.geo, geo). Coordinates are
 * longitude, latitude with at most 7 decimals; there is no "crs" member. Areas and lines are never drawn: a line on
 * a map takes a position on a border. Every feature has geo_status, disclaimer and, where known, radius_m.
 * export_geojson_record: ERR_NOTFOUND for a record without a point, or whose level does not show it; errors else as
 * for CSV.
 */
struct export_map {
	struct buf *out;
	const struct export_frame *frame;
	uint32_t features;
};
int export_geojson_begin(struct export_map *m, struct buf *out, const struct export_frame *frame, struct err *e);
int export_geojson_record(struct export_map *m, const struct record *r, enum export_level level, struct err *e);
int export_geojson_end(struct export_map *m, struct err *e);

/* Number of columns and the name of column ${i}, in the order of the file. */
unsigned export_columns(void);
const char *export_column_name(unsigned i);

#endif
