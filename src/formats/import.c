/* The importer: header to shape, rows to events, complaints and counts. */
#include "formats/import.h"

#include <stdlib.h>
#include <string.h>

#include "formats/import_columns.h"

struct importer {
	struct import_sink sink;
	struct dsv *dsv;
	const struct import_shape *shape;	/* NULL until the header was read */
	int16_t bound[F_COUNT];
	const char **header;
	struct arena names, row;
	const char *dataset;
	struct import_counts counts;
};

const char *
import_flag_word(unsigned bit)
{
	static const char *const words[IMPORT_FLAG_COUNT] = {
#define X(name, n, word) [n] = word,
		IMPORT_FLAGS(X)
#undef X
	};

	return words[bit];
}

static void
complain(struct importer *im, uint64_t line, uint64_t row, const char *column, const char *text)
{
	struct import_complaint c = { .line = line, .row = row, .column = column, .text = text };

	im->counts.refused++;
	if (im->sink.complaint != NULL)
		im->sink.complaint(im->sink.ctx, &c);
}

static void
bad_row(void *ctx, const struct dsv_bad *b)
{
	struct importer *im = ctx;

	im->counts.rows++;
	complain(im, b->line, b->row, "", b->text);
}

static int
header(struct importer *im, const struct dsv_row *r, struct err *e)
{
	if ((im->shape = columns_bind(r->cells, r->count, im->bound, e)) == NULL)
		return ERR_INPUT;
	if ((im->header = arena_alloc(&im->names, r->count * sizeof *im->header)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the header");
	for (uint32_t i = 0; i < r->count; i++)
		if ((im->header[i] = arena_strn(&im->names, r->cells[i].s, r->cells[i].len)) == NULL)
			return err_set(e, ERR_NOMEM, "no memory for the header");
	if (im->dataset == NULL)
		im->dataset = im->shape->dataset;
	return OK;
}

/*
 * HXL: the row after the header may hold tags ("#date+start"), empty cells between them. Nothing else is in such a
 * row.
 */
static bool
is_tag_row(const struct dsv_row *r)
{
	bool tags = false;

	for (uint32_t i = 0; i < r->count; i++) {
		if (r->cells[i].len > 0 && r->cells[i].s[0] != '#')
			return false;
		tags |= r->cells[i].len > 0;
	}
	return tags;
}

static void
count_event(struct import_counts *c, uint32_t flags)
{
	c->events++;
	c->flagged += (flags & ~(uint32_t)IMPORT_NOTES) != 0;
	for (unsigned i = 0; i < IMPORT_FLAG_COUNT; i++)
		c->by_flag[i] += flags >> i & 1;
}

static int
row(void *ctx, const struct dsv_row *cells, struct err *e)
{
	struct importer *im = ctx;
	struct import_event ev = {
		.line = cells->line, .best = -1, .low = -1, .high = -1, .deaths_a = -1, .deaths_b = -1, .deaths_civilians = -1,
		.deaths_unknown = -1, .injured = -1, .houses_destroyed = -1, .sources = -1, .radius_m = -1,
		.origin_ms = WHEN_NONE,
	};
	struct import_row r = {
		.cells = cells, .bound = im->bound, .header = im->header, .separator = dsv_separator(im->dsv), .row = &im->row,
		.ev = &ev,
	};

	if (im->shape == NULL)
		return header(im, cells, e);
	im->counts.rows++;
	if (cells->row == 2 && is_tag_row(cells)) {
		im->counts.skipped++;
		return OK;
	}
	arena_reset(&im->row);
	ev.format = im->shape->format;
	ev.dataset = (struct slice){ im->dataset, (uint32_t)strlen(im->dataset) };
	ev.flags = (cells->recoded ? IMPORT_RECODED : 0) | (cells->salvaged ? IMPORT_SALVAGED : 0);
	if (im->shape->read(&r) != OK) {
		complain(im, cells->line, cells->row, r.bad_column, r.why);
		return OK;
	}
	count_event(&im->counts, ev.flags);
	return im->sink.event(im->sink.ctx, &ev, e);
}

struct importer *
import_new(const struct import_sink *sink, const char *dataset)
{
	struct importer *im = calloc(1, sizeof *im);
	const struct dsv_sink rows = { .row = row, .bad = bad_row, .ctx = im };

	if (im == NULL)
		return NULL;
	im->sink = *sink;
	im->row.max_bytes = 8 * (size_t)DSV_MAX_ROW_BYTES;
	if ((dataset != NULL && (im->dataset = arena_str(&im->names, dataset)) == NULL) ||
	    (im->dsv = dsv_new(&rows, 0)) == NULL) {
		import_free(im);
		return NULL;
	}
	return im;
}

void
import_free(struct importer *im)
{
	if (im == NULL)
		return;
	dsv_free(im->dsv);
	arena_free(&im->names);
	arena_free(&im->row);
	free(im);
}

int
import_feed(struct importer *im, const void *bytes, size_t len, struct err *e)
{
	return dsv_feed(im->dsv, bytes, len, e);
}

int
import_finish(struct importer *im, struct err *e)
{
	int rc = dsv_finish(im->dsv, e);

	if (rc == OK && im->shape == NULL)
		return err_set(e, ERR_INPUT, "the file is empty; a header with column names is needed");
	return rc;
}

enum import_format
import_format(const struct importer *im)
{
	return im->shape == NULL ? IMPORT_NONE : im->shape->format;
}

const struct import_counts *
import_counts(const struct importer *im)
{
	return &im->counts;
}

const char *
import_format_name(enum import_format f)
{
	const struct import_shape *s = columns_shape(f);

	return s == NULL ? "unknown" : s->name;
}

const char *
import_member_for(const char *iso3, const struct import_member *list, size_t n)
{
	for (size_t i = 0; iso3[0] != '\0' && i < n; i++)
		if (strcmp(list[i].iso3, iso3) == 0)
			return list[i].member;
	return NULL;
}
