/*
 * The reader of formats/dsv.h: one state machine finds where a row ends and how many cells it has; a row that is
 * good is then split in place. Until a row is known to be good all its bytes are kept in `raw`, so that a bad one
 * can be reread from its second line: the bytes to reread go to `again`, which is read before anything new.
 */
#include "formats/dsv.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "formats/dsv_text.h"

enum state {
	FIRST_LINE,		/* collecting the first line, to choose the separator */
	CELL,			/* at the start of a cell */
	PLAIN,			/* in a cell without quotes */
	QUOTED,
	CLOSED,			/* after a quote that closes the cell, or is the first half of "" */
	CLOSED_CR,		/* and a CR: only the newline may follow */
	DROP			/* dropping the rest of a refused line */
};

enum outcome { MORE, ROW_END, AFTER_QUOTE, TOO_LONG };

/*
 * Rereading may cost as many bytes as were read, and this many rows more, so that a short file can be reread
 * freely.
 */
#define REREAD_ROWS 16u

struct dsv {
	struct dsv_sink sink;
	size_t max_row_bytes;
	enum state state;
	char separator;
	struct buf raw, recoded, again;
	size_t again_at;
	uint32_t columns, width;	/* cells in this row so far; in the first row (0: not seen yet) */
	uint64_t row, line;		/* of the row being read */
	uint64_t newlines;		/* inside raw */
	uint64_t read, reread;		/* bytes */
	bool from_again;		/* the row being read began in `again` */
	struct slice cells[DSV_MAX_COLUMNS];
};

struct dsv *
dsv_new(const struct dsv_sink *sink, size_t max_row_bytes)
{
	struct dsv *d = calloc(1, sizeof *d);

	if (d == NULL)
		return NULL;
	d->sink = *sink;
	d->max_row_bytes = max_row_bytes == 0 || max_row_bytes > DSV_MAX_ROW_BYTES ? DSV_MAX_ROW_BYTES : max_row_bytes;
	d->state = FIRST_LINE;
	d->line = 1;
	d->row = 1;
	return d;
}

void
dsv_free(struct dsv *d)
{
	if (d == NULL)
		return;
	buf_free(&d->raw);
	buf_free(&d->recoded);
	buf_free(&d->again);
	free(d);
}

char
dsv_separator(const struct dsv *d)
{
	return d->separator;
}

/* The row at hand is over, whatever became of it: the next one starts ${lines} lines further down. */
static void
next_row(struct dsv *d, uint64_t lines, enum state state)
{
	buf_reset(&d->raw);
	d->line += lines;
	d->newlines = 0;
	d->columns = 0;
	d->state = state;
	d->from_again = d->again_at < d->again.len;
}

/* Put what follows the first newline of raw before everything that is still to be read. False: no memory. */
static bool
reread_after(struct dsv *d, size_t first_newline)
{
	size_t rest = d->raw.len - first_newline - 1;

	d->reread += rest;
	if (d->again_at >= rest) {
		d->again_at -= rest;
		return true;
	}
	buf_reset(&d->again);
	d->again_at = 0;
	return buf_add(&d->again, d->raw.data + first_newline + 1, rest);
}

/* Refuse the row at hand for ${why} and find where to go on. */
static int
refuse(struct dsv *d, const char *why, struct err *e)
{
	struct dsv_bad bad = { .row = d->row, .line = d->line, .text = why };
	const uint8_t *nl = d->raw.len == 0 ? NULL : memchr(d->raw.data, '\n', d->raw.len);

	if (d->width == 0)
		return err_set(e, ERR_INPUT, "line %llu, the header: %s", (unsigned long long)d->line, why);
	d->sink.bad(d->sink.ctx, &bad);
	d->row++;
	if (nl == NULL) {
		next_row(d, 0, DROP);
	} else if (nl + 1 == d->raw.data + d->raw.len) {
		next_row(d, 1, CELL);
	} else if (d->reread + d->raw.len > d->read + REREAD_ROWS * (uint64_t)d->max_row_bytes) {
		next_row(d, d->newlines, d->raw.data[d->raw.len - 1] == '\n' ? CELL : DROP);
	} else {
		if (!reread_after(d, (size_t)(nl - d->raw.data)))
			return err_set(e, ERR_NOMEM, "line %llu: no memory to read it again",
			    (unsigned long long)d->line);
		next_row(d, 1, CELL);
	}
	return OK;
}

/* A whole row stands in raw with its newline: check it, decode it, hand it out. */
static int
row_end(struct dsv *d, struct err *e)
{
	struct dsv_row out = { .row = d->row, .line = d->line, .salvaged = d->from_again };
	struct buf *text = &d->raw;
	size_t len = d->raw.len;
	uint64_t lines = d->newlines;
	char why[200];
	int rc;

	if (len > 0 && d->raw.data[len - 1] == '\n')
		len--;
	if (len > 0 && d->raw.data[len - 1] == '\r')
		len--;
	if (len == 0) {
		next_row(d, lines, CELL);
		return OK;
	}
	if (d->columns > DSV_MAX_COLUMNS || (d->width != 0 && d->columns != d->width)) {
		snprintf(why, sizeof why, "has %u columns where %s %u; check its quotes and separators%s", d->columns,
		    d->width != 0 ? "the header has" : "the most is", d->width != 0 ? d->width : DSV_MAX_COLUMNS,
		    d->newlines > 1 ? " (it runs over several lines: a closing quote may be missing)" : "");
		return refuse(d, why, e);
	}
	if (memchr(d->raw.data, '\0', len) != NULL)
		return refuse(d, "holds a zero byte; save the file as UTF-8 text", e);
	if (utf8_valid(d->raw.data, len) != len) {
		buf_reset(&d->recoded);
		if (!dsv_recode_1252(&d->recoded, d->raw.data, len)) {
			if (d->recoded.failed)
				return err_set(e, ERR_NOMEM, "line %llu: no memory", (unsigned long long)d->line);
			return refuse(d, "is neither UTF-8 nor plausible Windows-1252; convert the file to UTF-8", e);
		}
		text = &d->recoded;
		len = text->len;
		out.recoded = true;
	}
	out.count = dsv_split(d->separator, text->data, len, d->cells);
	out.cells = d->cells;
	assert(out.count == d->columns);
	rc = d->sink.row(d->sink.ctx, &out, e);
	if (d->width == 0)
		d->width = out.count;
	d->row++;
	next_row(d, lines, CELL);
	return rc;
}

/* The first line that is not blank is complete in raw: choose the separator and read the line again as a row. */
static int
first_line(struct dsv *d, struct err *e)
{
	const uint8_t *s = d->raw.data;
	size_t len = d->raw.len;
	bool bom = d->line == 1 && len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0;

	if (len >= 2 && ((s[0] == 0xff && s[1] == 0xfe) || (s[0] == 0xfe && s[1] == 0xff)))
		return err_set(e, ERR_INPUT, "the file is UTF-16; save it as \"CSV UTF-8\" and import that");
	if (bom) {
		s += 3;
		len -= 3;
	}
	if (len == 0 || (len == 1 && s[0] == '\n') || (len == 2 && s[0] == '\r' && s[1] == '\n')) {
		next_row(d, len == 0 ? 0 : 1, FIRST_LINE);
		return OK;
	}
	d->separator = dsv_choose_separator(s, len);
	buf_reset(&d->again);
	d->again_at = 0;
	if (!buf_add(&d->again, s, len))
		return err_set(e, ERR_NOMEM, "the header: no memory");
	next_row(d, 0, CELL);
	d->from_again = false;		/* read twice, but nothing was wrong with it */
	return OK;
}

static size_t
run_until(const uint8_t *s, size_t len, uint8_t c)
{
	const uint8_t *at = memchr(s, c, len);

	return at == NULL ? len : (size_t)(at - s);
}

/* Bytes from ${s} on before the next ${stop} or newline. */
static size_t
plain_run(const uint8_t *s, size_t len, uint8_t stop)
{
	size_t i = 0;

	while (i < len && s[i] != stop && s[i] != '\n')
		i++;
	return i;
}

/* Take one byte that decides something. */
static enum outcome
decide(struct dsv *d, uint8_t c)
{
	if (d->state == QUOTED) {
		d->newlines += c == '\n';
		d->state = c == '"' ? CLOSED : QUOTED;
	} else if (c == '\n') {
		d->newlines++;
		d->columns++;
		return ROW_END;
	} else if (c == (uint8_t)d->separator && d->state != CLOSED_CR) {
		d->columns++;
		d->state = CELL;
	} else if (c == '"' && d->separator != '\t' && (d->state == CELL || d->state == CLOSED)) {
		d->state = QUOTED;
	} else if (d->state == CLOSED && c == '\r') {
		d->state = CLOSED_CR;
	} else if (d->state == CLOSED || d->state == CLOSED_CR) {
		return AFTER_QUOTE;
	} else if (d->state == CELL) {
		d->state = PLAIN;
	}
	return MORE;
}

/* Read from ${s} until something is decided; the bytes taken are in raw, their number in *${taken}. */
static enum outcome
scan(struct dsv *d, const uint8_t *s, size_t len, size_t *taken)
{
	enum outcome what = MORE;
	size_t room = d->max_row_bytes - d->raw.len, i = 0;

	len = len < room ? len : room;
	while (what == MORE && i < len) {
		if (d->state == FIRST_LINE) {
			i += run_until(s + i, len - i, '\n');
			if (i < len)
				what = ROW_END;
			i += i < len;
			continue;
		}
		if (d->state == PLAIN)
			i += plain_run(s + i, len - i, (uint8_t)d->separator);
		else if (d->state == QUOTED)
			i += plain_run(s + i, len - i, '"');
		if (i < len)
			what = decide(d, s[i++]);
	}
	buf_add(&d->raw, s, i);
	*taken = i;
	return what == MORE && d->raw.len == d->max_row_bytes ? TOO_LONG : what;
}

static int
act(struct dsv *d, enum outcome what, struct err *e)
{
	char why[160];

	if (d->raw.failed)
		return err_set(e, ERR_NOMEM, "line %llu: no memory", (unsigned long long)d->line);
	if (what == ROW_END)
		return d->state == FIRST_LINE ? first_line(d, e) : row_end(d, e);
	if (what == AFTER_QUOTE)
		return refuse(d, "has text after a closing quote; inside a quoted cell a quote is written twice "
		    "(or the cell was cut off before its closing quote)", e);
	if (what == TOO_LONG && d->state == FIRST_LINE)
		return err_set(e, ERR_LIMIT, "the first line is longer than %zu bytes; this is no table of events",
		    d->max_row_bytes);
	if (what == TOO_LONG) {
		snprintf(why, sizeof why, "is longer than %zu bytes; a quoted cell may lack its closing quote",
		    d->max_row_bytes);
		return refuse(d, why, e);
	}
	return OK;
}

/*
 * Read one stretch of ${len} bytes at ${s}. The place *${at} and the count *${bytes} move on before anything is
 * decided: refusing a row may move the place back, and the bound on rereading must not depend on how the input was
 * cut into chunks.
 */
static int
step(struct dsv *d, const uint8_t *s, size_t len, size_t *at, uint64_t *bytes, struct err *e)
{
	size_t taken;
	enum outcome what = MORE;

	if (d->state == DROP) {
		taken = run_until(s, len, '\n');
		what = taken < len ? ROW_END : MORE;
		taken += taken < len;
	} else {
		what = scan(d, s, len, &taken);
	}
	*at += taken;
	*bytes += taken;
	if (d->state != DROP)
		return act(d, what, e);
	if (what == ROW_END)
		next_row(d, 1, CELL);
	return OK;
}

/* Read what stands in `again`, then forget it: from here on rows start in fresh input. */
static int
read_again(struct dsv *d, struct err *e)
{
	uint64_t counted_already = 0;
	int rc = OK;

	while (rc == OK && d->again_at < d->again.len)
		rc = step(d, d->again.data + d->again_at, d->again.len - d->again_at, &d->again_at, &counted_already, e);
	buf_reset(&d->again);
	d->again_at = 0;
	return rc;
}

int
dsv_feed(struct dsv *d, const void *bytes, size_t len, struct err *e)
{
	const uint8_t *s = bytes;
	size_t at = 0;
	int rc = OK;

	while (rc == OK && at < len) {
		rc = step(d, s + at, len - at, &at, &d->read, e);
		if (rc == OK)
			rc = read_again(d, e);
	}
	return rc;
}

int
dsv_finish(struct dsv *d, struct err *e)
{
	int rc = OK;

	while (rc == OK && d->raw.len > 0) {
		if (d->state == QUOTED) {
			rc = refuse(d, "ends inside a quoted cell; the file was cut off or a closing quote is missing",
			    e);
		} else {
			d->columns += d->state != FIRST_LINE;
			rc = act(d, ROW_END, e);
		}
		if (rc == OK)
			rc = read_again(d, e);
	}
	return rc;
}
