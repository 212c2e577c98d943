/*
 * The importer over arbitrary bytes. Beyond not crashing: the outcome does not depend on how the bytes were cut, all
 * rows are accounted for, every text that comes out is fit for a record, and every event's incident body is strict
 * JSON. The first byte chooses the size of the pieces for the second reading.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "formats/incident.h"

struct run {
	uint64_t digest;
	struct import_counts counts;
	int rc;
};

#define MUST(x) do { if (!(x)) abort(); } while (0)

static void
mix(struct run *run, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < len; i++)
		run->digest = (run->digest ^ p[i]) * UINT64_C(1099511628211);
}

static void
check_text(struct run *run, struct slice s)
{
	MUST(utf8_valid((const uint8_t *)s.s, s.len) == s.len);
	MUST(text_is_nfc((const uint8_t *)s.s, s.len));
	MUST(text_forbidden((const uint8_t *)s.s, s.len) == 0);
	mix(run, s.s, s.len);
}

static void
check_body(const struct import_event *ev)
{
	const struct incident_options options = { .geo_status = "UNDEMARCATED" };
	const struct json_limits limits = { RECORD_MAX_BYTES, RECORD_MAX_DEPTH, RECORD_MAX_NODES };
	struct arena a = { 0 };
	struct buf body = { 0 };
	struct json *root;
	struct err e;

	if (incident_body(&body, ev, &options, &e) == OK)
		MUST(json_parse(&a, body.data, body.len, &limits, &root, &e) == OK);
	else
		MUST(ev->start.year < 1 && body.len == 0);
	arena_free(&a);
	buf_free(&body);
}

static int
event(void *ctx, const struct import_event *ev, struct err *e)
{
	struct run *run = ctx;
	const struct slice texts[] = {
		ev->dataset, ev->source_id, ev->country, ev->adm1, ev->adm1_code, ev->place, ev->conflict, ev->side_a,
		    ev->side_b,
		ev->magnitude_type, ev->seismic_type, ev->headline, ev->source_office, ev->source_date,
	};

	(void)e;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		check_text(run, texts[i]);
	mix(run, ev->lon, strlen(ev->lon));
	mix(run, ev->lat, strlen(ev->lat));
	mix(run, &ev->line, sizeof ev->line);
	mix(run, &ev->flags, sizeof ev->flags);
	check_body(ev);
	return OK;
}

static void
complaint(void *ctx, const struct import_complaint *c)
{
	struct run *run = ctx;

	MUST(utf8_valid((const uint8_t *)c->text, strlen(c->text)) == strlen(c->text));
	mix(run, c->text, strlen(c->text));
	mix(run, &c->line, sizeof c->line);
}

static struct run
import(const uint8_t *data, size_t size, size_t piece)
{
	struct run run = { .digest = UINT64_C(14695981039346656037) };
	const struct import_sink sink = { event, complaint, &run };
	struct importer *im = import_new(&sink, NULL);
	struct err e;

	MUST(im != NULL);
	for (size_t at = 0; run.rc == OK && at < size; at += piece)
		run.rc = import_feed(im, data + at, piece < size - at ? piece : size - at, &e);
	if (run.rc == OK)
		run.rc = import_finish(im, &e);
	run.counts = *import_counts(im);
	import_free(im);
	return run;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run whole, pieces;

	if (size < 2)
		return 0;
	whole = import(data + 1, size - 1, size - 1);
	pieces = import(data + 1, size - 1, (size_t)data[0] + 1);
	MUST(whole.rc == pieces.rc && whole.digest == pieces.digest);
	MUST(memcmp(&whole.counts, &pieces.counts, sizeof whole.counts) == 0);
	MUST(whole.rc != OK || whole.counts.rows == whole.counts.events + whole.counts.refused + whole.counts.skipped);
	return 0;
}
