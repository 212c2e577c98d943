/*
 * Inside the exporters: the cells of one record, the same for tables and maps.
 */
#ifndef FORMATS_EXPORT_VALUE_H
#define FORMATS_EXPORT_VALUE_H

#include "base/arena.h"
#include "formats/export.h"

enum export_column {
#define COLUMN(name, level, type, path) COL_##name,
#include "formats/export_columns.def"
#undef COLUMN
	COL_COUNT
};

enum cell_type { CELL_ABSENT, CELL_TEXT, CELL_NUMBER };

struct cell {
	enum cell_type type;
	struct slice text;	/* UTF-8; a number as its digits */
};

/*
 * Refuse what may not leave: personal data at any level (ERR_LAW), a level that shows nothing (ERR_DENIED), a frame
 * without footnote.
 */
int export_allowed(const struct export_frame *frame, const struct record *r, enum export_level level, struct err *e);

/* Everything ${level} allows, into ${cells}; texts go to ${a}. False: no memory. */
bool export_cells(struct arena *a, const struct export_frame *frame, const struct record *r, enum export_level level,
    struct cell cells[COL_COUNT]);

/* Forget what was appended after the first ${len} bytes; the buffer stays failed. */
void export_undo(struct buf *out, size_t len);

/*
 * The points of a record: where.geo, geo. Answers how many there are in all; fills at most ${max}. Not bounded by
 * a level.
 */
struct export_point {
	char lon[16], lat[16];	/* degrees, at most 7 decimals, as the frame's fuzz leaves them */
	int64_t radius_m;	/* as recorded; -1: not given */
	struct slice status;
};
unsigned export_points(const struct export_frame *frame, const struct record *r, struct export_point *out,
    unsigned max);

/* "-69.1" in units of 10^-7 degrees, and back, trailing zeros left out. False where ${s} is no decimal. */
bool export_degrees(const char *s, size_t len, int64_t *units);
void export_degrees_text(char out[16], int64_t units);
/* Move a point to the middle of its cell: at most ${radius_m} metres away. */
void export_fuzz(int64_t *lon, int64_t *lat, int64_t radius_m);

#endif
