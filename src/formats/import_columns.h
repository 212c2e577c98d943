/* Inside the importers: which header is which format, and which column holds which field. */
#ifndef FORMATS_IMPORT_COLUMNS_H
#define FORMATS_IMPORT_COLUMNS_H

#include "formats/import_row.h"

struct import_shape {
	enum import_format format;
	const char *name, *dataset;	/* for people; data set where neither file nor caller says */
	int (*read)(struct import_row *r);
};

/*
 * columns_bind(header, n, bound, e):
 * The shape whose required columns are all in ${header}; fills ${bound} (F_COUNT entries). NULL with ERR_INPUT in
 * ${e} naming the nearest format, its missing columns and what was found. Names compare without case, blanks around,
 * and '-' or ' ' as '_'.
 */
const struct import_shape *columns_bind(const struct slice *header, uint32_t n, int16_t bound[F_COUNT], struct err *e);

/* The shape of ${f}, or NULL. */
const struct import_shape *columns_shape(enum import_format f);

#endif
