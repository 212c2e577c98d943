#include "formats/incident.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

#define LANG_OF_SOURCES "en"		/* all the data sets known here are written in English */

static const char *const violence[] = {
	[IMPORT_STATE_BASED] = "STATE_BASED", [IMPORT_NON_STATE] = "NON_STATE", [IMPORT_ONE_SIDED] = "ONE_SIDED",
};

static bool
is_seismic(const struct import_event *ev)
{
	return ev->type == IMPORT_EARTHQUAKE || ev->type == IMPORT_OTHER_SEISMIC;
}

enum pd
incident_pd(const struct import_event *ev)
{
	const int64_t counts[] = { ev->best, ev->low, ev->high, ev->deaths_a, ev->deaths_b, ev->deaths_civilians,
	    ev->deaths_unknown,
		ev->injured };

	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		if (counts[i] >= 0)
			return PD_COUNTS;
	return PD_NONE;
}

uint32_t
incident_purposes(const struct import_event *ev)
{
	return PURPOSE_BIT(is_seismic(ev) ? 11 : 10);
}

bool
incident_key(struct buf *out, const struct import_event *ev)
{
	uint32_t n = ev->dataset.len;

	/* The version is a last word of digits and points. */
	while (n > 0 && ((ev->dataset.s[n - 1] >= '0' && ev->dataset.s[n - 1] <= '9') || ev->dataset.s[n - 1] == '.'))
		n--;
	if (n == 0 || n == ev->dataset.len || ev->dataset.s[n - 1] != ' ')
		n = ev->dataset.len;
	while (n > 0 && ev->dataset.s[n - 1] == ' ')
		n--;
	buf_add(out, ev->dataset.s, n);
	buf_byte(out, '/');
	return buf_add(out, ev->source_id.s, ev->source_id.len);
}

static void
put_mtext(struct json_out *o, const char *key, struct slice text)
{
	if (text.len == 0)
		return;
	jo_open(o, key, '[');
	jo_open(o, NULL, '{');
	jo_str(o, "lang", LANG_OF_SOURCES);
	jo_strn(o, "text", text.s, text.len);
	jo_close(o, '}');
	jo_close(o, ']');
}

static void
put_line(struct json_out *o, const char *key, struct slice text)
{
	if (text.len > 0)
		jo_strn(o, key, text.s, text.len);
}

static void
put_count(struct json_out *o, const char *key, int64_t n)
{
	if (n >= 0)
		jo_int(o, key, n);
}

static void
put_date(struct json_out *o, const char *key, struct pdate d)
{
	char text[24];
	int n = snprintf(text, sizeof text, "%04d", d.year);

	if (d.month > 0)
		n += snprintf(text + n, sizeof text - (size_t)n, "-%02d", d.month);
	if (d.day > 0)
		snprintf(text + n, sizeof text - (size_t)n, "-%02d", d.day);
	jo_str(o, key, text);
}

static void
put_when(struct json_out *o, const struct import_event *ev)
{
	static const char *const words[] = {
		[IMPORT_WHEN_UNKNOWN] = "UNKNOWN", [IMPORT_WHEN_DAY] = "DAY", [IMPORT_WHEN_DAYS] = "WEEK",
		    [IMPORT_WHEN_WEEK] = "WEEK",
		[IMPORT_WHEN_MONTH] = "MONTH", [IMPORT_WHEN_YEAR] = "YEAR",
	};
	char instant[INST_LEN];

	jo_open(o, "when", '{');
	if (ev->origin_ms != WHEN_NONE) {
		inst_format(instant, (struct inst){ .ms = ev->origin_ms });
		jo_str(o, "occurred_from", instant);
		jo_str(o, "precision", "INSTANT");
	} else {
		put_date(o, "occurred_from", ev->start);
		if (memcmp(&ev->start, &ev->end, sizeof ev->start) != 0)
			put_date(o, "occurred_to", ev->end);
		jo_str(o, "precision", words[ev->precision]);
	}
	jo_close(o, '}');
}

static void
put_where(struct json_out *o, const struct import_event *ev, const char *status)
{
	static const char *const words[] = { "UNKNOWN", "EXACT", "NEAR", "DISTRICT", "PROVINCE", "FUZZY", "COUNTRY",
	    "INTERNATIONAL" };

	jo_open(o, "where", '{');
	if (ev->lon[0] != '\0') {
		jo_open(o, "geo", '{');
		jo_str(o, "lon", ev->lon);
		jo_str(o, "lat", ev->lat);
		put_count(o, "radius_m", ev->radius_m);
		jo_str(o, "status", status);
		jo_close(o, '}');
	}
	put_mtext(o, "place", ev->place);
	if (ev->iso3[0] != '\0')
		jo_str(o, "country", ev->iso3);
	put_line(o, "adm1", ev->adm1);
	if (!is_seismic(ev))
		jo_str(o, "precision", words[ev->where_prec]);
	jo_close(o, '}');
}

static void
put_counts(struct json_out *o, const struct import_event *ev)
{
	if (incident_pd(ev) == PD_NONE)
		return;
	jo_open(o, "counts", '{');
	put_count(o, "dead", ev->best);
	put_count(o, "dead_low", ev->low);
	put_count(o, "dead_high", ev->high);
	put_count(o, "dead_a", ev->deaths_a);
	put_count(o, "dead_b", ev->deaths_b);
	put_count(o, "dead_civilians", ev->deaths_civilians);
	put_count(o, "dead_unknown", ev->deaths_unknown);
	put_count(o, "wounded", ev->injured);
	jo_close(o, '}');
}

static void
put_hazard(struct json_out *o, const struct import_event *ev)
{
	jo_open(o, "hazard", '{');
	jo_str(o, "type", ev->type == IMPORT_EARTHQUAKE ? "EARTHQUAKE" : "OTHER");
	if (ev->magnitude[0] != '\0')
		jo_str(o, "magnitude", ev->magnitude);
	put_line(o, "magnitude_type", ev->magnitude_type);
	if (ev->depth_km[0] != '\0')
		jo_str(o, "depth_km", ev->depth_km);
	if (ev->intensity > 0)
		jo_int(o, "intensity", ev->intensity);
	jo_close(o, '}');
	if (ev->houses_destroyed >= 0) {
		jo_open(o, "damage", '{');
		jo_int(o, "houses", ev->houses_destroyed);
		jo_close(o, '}');
	}
}

static void
put_flags(struct json_out *o, const struct import_event *ev)
{
	static const struct { uint32_t flags; const char *word; } words[] = {
		{ IMPORT_BOUNDS_DISORDER, "LOW_BEST_HIGH_ORDER" }, { IMPORT_TIME_ORDER, "TIME_ORDER" },
		{ IMPORT_COUNTRY_DERIVED | IMPORT_ADM1_DERIVED | IMPORT_ZERO_PLACE, "PLACE_INFERRED" },
	};
	bool open = false;

	for (size_t i = 0; i < sizeof words / sizeof words[0] + 1; i++) {
		bool single = i == sizeof words / sizeof words[0];

		if (single ? ev->sources != 1 : (ev->flags & words[i].flags) == 0)
			continue;
		if (!open)
			jo_open(o, "flags", '[');
		open = true;
		jo_str(o, NULL, single ? "SINGLE_SOURCE" : words[i].word);
	}
	if (open)
		jo_close(o, ']');
}

static void
put_sources(struct json_out *o, const struct import_event *ev)
{
	struct pdate d;

	jo_open(o, "sources", '[');
	jo_open(o, NULL, '{');
	put_line(o, "name", ev->dataset);
	put_line(o, "id", ev->source_id);
	jo_close(o, '}');
	if (ev->source_office.len > 0) {
		jo_open(o, NULL, '{');
		put_line(o, "name", ev->source_office);
		/* Several dates in one cell are left out: which belongs to which office is not said. */
		if (pdate_parse(ev->source_date.s, ev->source_date.len, &d))
			put_line(o, "date", ev->source_date);
		jo_close(o, '}');
	}
	jo_close(o, ']');
}

static void
put_body(struct json_out *o, const struct import_event *ev, const struct incident_options *options)
{
	jo_open(o, NULL, '{');
	jo_str(o, "class", ev->type == IMPORT_EARTHQUAKE ? "FIRE_DISASTER" : "OTHER");
	jo_str(o, "stage", "OCCURRED");
	put_when(o, ev);
	put_where(o, ev, options->geo_status);
	put_counts(o, ev);
	if (is_seismic(ev)) {
		put_hazard(o, ev);
	} else {
		put_line(o, "side_a", ev->side_a);
		put_line(o, "side_b", ev->side_b);
		put_line(o, "conflict", ev->conflict);
		jo_str(o, "violence", violence[ev->type]);
	}
	if (!options->no_headline)
		put_mtext(o, "facts", ev->headline);
	jo_str(o, "confidence", "UNVERIFIED");
	put_flags(o, ev);
	put_sources(o, ev);
	jo_close(o, '}');
}

int
incident_body(struct buf *out, const struct import_event *ev, const struct incident_options *options, struct err *e)
{
	struct json_out o = { .b = out };
	size_t start = out->len;

	if (ev->start.year < 1)
		return err_set(e, ERR_INPUT, "%.*s: the year %d lies before year 1, where the dates of records "
		    "begin; leave the event out",
		    (int)ev->source_id.len, ev->source_id.s, ev->start.year);
	if (ev->lon[0] != '\0' && options->geo_status == NULL)
		return err_set(e, ERR_INPUT, "an event with a point needs its standing between the sides; give "
		    "geo_status");
	put_body(&o, ev, options);
	if (!out->failed)
		return OK;
	out->len = start;
	if (out->data != NULL)
		out->data[start] = '\0';
	return err_set(e, ERR_NOMEM, "no memory for an incident");
}

int
incident_record(struct buf *out, const struct import_event *ev, const struct incident_options *options,
    const struct draft *frame, struct err *e)
{
	struct draft d = *frame;
	struct buf body = { .max_bytes = RECORD_MAX_BYTES };
	int rc = incident_body(&body, ev, options, e);

	d.kind = KIND_INCIDENT;
	d.mode = MODE_REAL;
	d.state = "OPEN";
	d.grade_scheme = "ADM";
	d.grade_source = "F";
	d.grade_info = "6";
	d.pd = incident_pd(ev);
	d.purposes = frame->purposes != 0 ? frame->purposes : incident_purposes(ev);
	if (rc == OK)
		rc = compose_record(&d, body.data, body.len, out, e);
	buf_free(&body);
	return rc;
}
