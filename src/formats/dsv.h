/*
 * Rows out of delimiter-separated text (RFC 4180 comma or semicolon separated, IANA text/tab-separated-values), fed
 * in chunks of any size: the result never depends on where a chunk ends. Nothing is held but the row being read.
 *
 * What it accepts, and why:
 *   separator   tab, comma or semicolon (spreadsheets in Russian and many European locales), taken from the first line
 *   quotes      RFC 4180 in comma and semicolon files: "" inside quotes, newlines inside quotes. Tab files have no quoting, so
 *               a quote there is a character. A quote inside an unquoted cell is a character too
 *   line ends   LF or CR LF. A lone CR is a character
 *   BOM         a UTF-8 byte order mark is dropped; UTF-16 is refused with advice
 *   encoding    each row by itself: valid UTF-8, or else Windows-1252 if it can be (below), or else that row is refused
 *
 * One bad row costs one row. A row that is malformed although it spans several lines most often opened a quote that
 * was never closed (a cut cell) and swallowed its neighbours: its first line is reported, and reading starts afresh
 * on the line after it. Rows won back so carry `salvaged`. Rereading is bounded by the input's own size, so hostile
 * input stays linear.
 *
 * Windows-1252: a row is taken so only if it holds no byte that code page leaves undefined, no NUL, no valid
 * multi-byte UTF-8 (two encodings in one row cannot be told apart), and no three letters above 0x7F in a row (that
 * is Cyrillic or Greek in another code page, which would decode to nonsense). The row is flagged `recoded`.
 */
#ifndef FORMATS_DSV_H
#define FORMATS_DSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "record/record.h"

#define DSV_MAX_COLUMNS 512u
#define DSV_MAX_ROW_BYTES (1024u * 1024)	/* default; also the most that is ever held */

struct dsv_row {
	uint64_t row;			/* 1: the first row that is not blank (the header) */
	uint64_t line;			/* physical line where the row starts, from 1 */
	uint32_t count;
	const struct slice *cells;	/* UTF-8, unquoted; valid until the callback returns */
	bool recoded, salvaged;
};

struct dsv_bad {			/* a row that was refused */
	uint64_t row, line;
	const char *text;		/* what is wrong, the rule, the next step */
};

struct dsv_sink {
	/* A non-zero answer (with its sentence in e) stops reading and comes out of dsv_feed or dsv_finish. */
	int (*row)(void *ctx, const struct dsv_row *r, struct err *e);
	void (*bad)(void *ctx, const struct dsv_bad *b);
	void *ctx;
};

struct dsv;

/* A reader, or NULL (no memory). ${max_row_bytes} 0: the default; larger is cut to the default. ${sink} is copied. */
struct dsv *dsv_new(const struct dsv_sink *sink, size_t max_row_bytes);
void dsv_free(struct dsv *d);

/*
 * dsv_feed(d, bytes, len, e):
 * Read ${len} more bytes (borrowed). Errors end the reading: ERR_INPUT (first row unusable, UTF-16), ERR_LIMIT
 * (first row too long), ERR_NOMEM, or what the row callback answered. Cost O(len), at most about twice.
 */
int dsv_feed(struct dsv *d, const void *bytes, size_t len, struct err *e);

/* The input has ended: deliver the last row (a file need not end with a newline). Errors as dsv_feed. */
int dsv_finish(struct dsv *d, struct err *e);

/* ',', ';' or '\t' once the first line was read; 0 before. */
char dsv_separator(const struct dsv *d);

#endif
