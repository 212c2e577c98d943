/*
 * Rows a second through the importer: UCDP GED rows made up here (a fixed recipe, about 190 bytes a row as in the
 * published extract), as our tab-separated extract and as the published CSV with quoted cells, fed in 64 KiB pieces;
 * parse alone, and with the incident body.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "formats/incident.h"

#define ROWS 300000

struct work {
	bool bodies;
	struct buf body;
	uint64_t bytes;
};

static int
event(void *ctx, const struct import_event *ev, struct err *e)
{
	const struct incident_options options = { .geo_status = "AGREED" };
	struct work *w = ctx;
	int rc = OK;

	if (w->bodies) {
		buf_reset(&w->body);
		rc = incident_body(&w->body, ev, &options, e);
		w->bytes += w->body.len;
	}
	return rc;
}

static void
make_extract(struct buf *out)
{
	buf_str(out, "id\tdataset\tdate_start\tdate_end\tiso3\tcountry\tadm1\tlat\tlon\t"
	    "where_prec\tdate_prec\ttype\tconflict\tside_a\t"
	    "side_b\tbest\tlow\thigh\tdeaths_a\tdeaths_b\tdeaths_civilians\tdeaths_unknown\theadline\tplace\n");
	for (unsigned i = 0; i < ROWS; i++)
		buf_fmt(out, "%u\tUCDP GED "
		    "22.1\t20%02u-%02u-%02u\t20%02u-%02u-%02u\tAFG\tAfghanistan\tHelmand\t%u.%05u\t%u.%05u\t2\t1\t1\t"
		    "Afghanistan: Government\tGovernment of Afghanistan\tParty %u\t%u\t%u\t%u\t%u\t%u\t0\t0\tA "
		    "report of the day\tTown %u\n",
		    100000 + i, i % 20, i % 12 + 1, i % 28 + 1, i % 20, i % 12 + 1, i % 28 + 1, 30 + i % 8,
		    i % 100000, 61 + i % 13,
		    i * 7 % 100000, i % 9, i % 5 + 2, i % 5, i % 5 + 9, i % 5, 2u, i % 300);
}

static void
make_published(struct buf *out)
{
	buf_str(out, "id,type_of_violence,conflict_name,side_a,side_b,source_article,source_headline,where_prec,"
	    "where_coordinates,adm_1,"
	    "latitude,longitude,country,country_id,date_prec,date_start,date_end,deaths_a,deaths_b,deaths_civilians,"
	    "deaths_unknown,best,"
	    "high,low\r\n");
	for (unsigned i = 0; i < ROWS; i++)
		buf_fmt(out, "%u,1,Afghanistan: Government,Government of Afghanistan,Party "
		    "%u,\"\"\"Agency,2020-01-01,A report of the day\"\"\","
		    "\"A report, of the day\",2,Town %u,Helmand,%u.%05u,%u.%05u,Afghanistan,700,1,20%02u-%02u-%02u "
		    "00:00:00.000,"
		    "20%02u-%02u-%02u 00:00:00.000,%u,2,0,0,%u,%u,%u\r\n", 100000 + i, i % 9, i % 300, 30 + i % 8,
		    i % 100000, 61 + i % 13,
		    i * 7 % 100000, i % 20, i % 12 + 1, i % 28 + 1, i % 20, i % 12 + 1, i % 28 + 1, i % 5, i % 5 + 2,
		    i % 5 + 9, i % 5);
}

static int
measure(const char *name, const struct buf *in, bool bodies)
{
	struct work w = { .bodies = bodies };
	const struct import_sink sink = { .event = event, .ctx = &w };
	struct importer *im = import_new(&sink, NULL);
	int64_t start = monotonic_us(), us;
	struct err e = { 0 };
	int rc = im == NULL ? ERR_NOMEM : OK;

	for (size_t at = 0; rc == OK && at < in->len; at += 65536)
		rc = import_feed(im, in->data + at, in->len - at < 65536 ? in->len - at : 65536, &e);
	if (rc == OK)
		rc = import_finish(im, &e);
	us = monotonic_us() - start;
	if (rc == OK && import_counts(im)->events == ROWS)
		printf("%-34s %9.0f rows/s %7.0f MB/s\n", name, ROWS * 1e6 / (double)us, (double)in->len / (double)us);
	else
		fprintf(stderr, "%s: %s\n", name, rc == OK ? "rows were refused" : e.text);
	if (im != NULL && import_counts(im)->events != ROWS)
		rc = ERR_INPUT;
	import_free(im);
	buf_free(&w.body);
	return rc;
}

int
main(void)
{
	struct buf extract = { 0 }, published = { 0 };
	int failed;

	make_extract(&extract);
	make_published(&published);
	failed = measure("GED extract, parse", &extract, false) != OK;
	failed |= measure("GED extract, incident body", &extract, true) != OK;
	failed |= measure("GED published CSV, parse", &published, false) != OK;
	failed |= measure("GED published CSV, incident body", &published, true) != OK;
	buf_free(&extract);
	buf_free(&published);
	return failed;
}
