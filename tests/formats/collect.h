/* Collects what the row reader and the importer say, as text, so that whole runs can be compared. */
#ifndef TESTS_FORMATS_COLLECT_H
#define TESTS_FORMATS_COLLECT_H

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "formats/dsv.h"
#include "formats/import.h"
#include "tap.h"

/* Rows as "line:cell|cell*~\n": * recoded, ~ salvaged; refused rows as "!line: text\n". */
static int
collect_row(void *ctx, const struct dsv_row *r, struct err *e)
{
	struct buf *b = ctx;

	(void)e;
	buf_fmt(b, "%llu:", (unsigned long long)r->line);
	for (uint32_t i = 0; i < r->count; i++)
		buf_fmt(b, "%s%.*s", i > 0 ? "|" : "", (int)r->cells[i].len, r->cells[i].s);
	buf_fmt(b, "%s%s\n", r->recoded ? "*" : "", r->salvaged ? "~" : "");
	return OK;
}

static void
collect_bad(void *ctx, const struct dsv_bad *bad)
{
	buf_fmt(ctx, "!%llu: %.14s\n", (unsigned long long)bad->line, bad->text);
}

/* Read ${len} bytes in pieces of ${first}, then ${chunk}; what was said goes to ${out}, errors as "? text". */
__attribute__((unused)) static int
collect_dsv(struct buf *out, const void *bytes, size_t len, size_t first, size_t chunk, size_t max_row)
{
	const struct dsv_sink sink = { collect_row, collect_bad, out };
	struct dsv *d = dsv_new(&sink, max_row);
	const uint8_t *s = bytes;
	struct err e = { 0 };
	int rc = OK;

	buf_reset(out);
	for (size_t at = 0; rc == OK && at < len;) {
		size_t n = at == 0 ? first : chunk;
		uint8_t *exact;

		n = n < len - at ? n : len - at;
		exact = malloc(n > 0 ? n : 1);	/* so that the sanitizer sees a read past the chunk */
		memcpy(exact, s + at, n);
		rc = dsv_feed(d, exact, n, &e);
		free(exact);
		at += n;
		first = chunk;
	}
	if (rc == OK)
		rc = dsv_finish(d, &e);
	if (rc != OK)
		buf_fmt(out, "? %s\n", e.text);
	dsv_free(d);
	return rc;
}

static int
collect_event(void *ctx, const struct import_event *ev, struct err *e)
{
	struct buf *b = ctx;

	(void)e;
	buf_fmt(b, "%llu %.*s %d-%d-%d..%d-%d-%d %s,%s %s %lld/%lld/%lld%s", (unsigned long long)ev->line,
	    (int)ev->source_id.len,
	    ev->source_id.s, ev->start.year, ev->start.month, ev->start.day, ev->end.year, ev->end.month, ev->end.day,
	    ev->lon, ev->lat,
	    ev->iso3[0] != '\0' ? ev->iso3 : "?", (long long)ev->low, (long long)ev->best, (long long)ev->high,
	    ev->magnitude[0] != '\0' ? " M" : "");
	buf_str(b, ev->magnitude);
	for (unsigned i = 0; i < IMPORT_FLAG_COUNT; i++)
		if (ev->flags >> i & 1)
			buf_fmt(b, " %s", import_flag_word(i));
	buf_byte(b, '\n');
	return OK;
}

static void
collect_complaint(void *ctx, const struct import_complaint *c)
{
	buf_fmt(ctx, "!%llu %s: %s\n", (unsigned long long)c->line, c->column, c->text);
}

/* Import ${len} bytes in chunks; *${counts} is what was counted. */
__attribute__((unused)) static int
collect_import(struct buf *out, const void *bytes, size_t len, size_t chunk, struct import_counts *counts,
    struct err *e)
{
	const struct import_sink sink = { collect_event, collect_complaint, out };
	struct importer *im = import_new(&sink, NULL);
	const uint8_t *s = bytes;
	int rc = OK;

	buf_reset(out);
	e->text[0] = '\0';
	for (size_t at = 0; rc == OK && at < len; at += chunk)
		rc = import_feed(im, s + at, chunk < len - at ? chunk : len - at, e);
	if (rc == OK)
		rc = import_finish(im, e);
	*counts = *import_counts(im);
	import_free(im);
	return rc;
}

#endif
