/* GeoJSON of formats/export.h. */
#include <stdio.h>
#include <string.h>

#include "formats/export_value.h"

#define POINTS_MAX 500		/* as many as fields.def lets a record have */

int
export_geojson_begin(struct export_map *m, struct buf *out, const struct export_frame *frame, struct err *e)
{
	*m = (struct export_map){ .out = out, .frame = frame };
	if (frame->disclaimer == NULL || frame->disclaimer[0] == '\0')
		return err_set(e, ERR_INPUT, "a map needs a disclaimer on designations and borders; set it");
	buf_str(out, "{\"type\":\"FeatureCollection\",\"features\":[");
	return out->failed ? err_set(e, ERR_NOMEM, "no memory for the map") : OK;
}

static void
put_properties(struct json_out *o, const struct export_frame *frame, const struct cell *cells,
    const struct export_point *p)
{
	for (unsigned i = 0; i < COL_COUNT; i++) {
		const char *name = export_column_name(i);

		if (cells[i].type == CELL_ABSENT || i == COL_lon || i == COL_lat || i == COL_radius_m ||
		    i == COL_geo_status)
			continue;
		if (cells[i].type == CELL_NUMBER)
			jo_raw(o, name, cells[i].text.s, cells[i].text.len);
		else
			jo_strn(o, name, cells[i].text.s, cells[i].text.len);
	}
	jo_strn(o, "geo_status", p->status.s, p->status.len);
	if (p->radius_m >= 0)
		jo_int(o, "radius_m", p->radius_m);
	if (frame->fuzz_m >= 0)
		jo_int(o, "moved_up_to_m", p->radius_m > frame->fuzz_m ? p->radius_m : frame->fuzz_m);
	jo_str(o, "disclaimer", frame->disclaimer);
}

static void
put_feature(struct export_map *m, const struct cell *cells, const struct export_point *p, unsigned i)
{
	struct json_out o = { .b = m->out };
	char id[64];

	if (m->features > 0)
		buf_byte(m->out, ',');
	snprintf(id, sizeof id, "%.*s@%.*s", (int)cells[COL_id].text.len, cells[COL_id].text.s,
	    (int)cells[COL_version].text.len,
	    cells[COL_version].text.s);
	if (i > 0)
		snprintf(id + strlen(id), sizeof id - strlen(id), "#%u", i + 1);
	jo_open(&o, NULL, '{');
	jo_str(&o, "type", "Feature");
	jo_str(&o, "id", id);
	jo_open(&o, "geometry", '{');
	jo_str(&o, "type", "Point");
	jo_open(&o, "coordinates", '[');
	jo_raw(&o, NULL, p->lon, strlen(p->lon));
	jo_raw(&o, NULL, p->lat, strlen(p->lat));
	jo_close(&o, ']');
	jo_close(&o, '}');
	jo_open(&o, "properties", '{');
	put_properties(&o, m->frame, cells, p);
	jo_close(&o, '}');
	jo_close(&o, '}');
	m->features++;
}

int
export_geojson_record(struct export_map *m, const struct record *r, enum export_level level, struct err *e)
{
	struct arena row = { 0 };
	struct cell cells[COL_COUNT];
	struct export_point *points;
	size_t start = m->out->len;
	uint32_t before = m->features;
	unsigned n;
	int rc = export_allowed(m->frame, r, level, e);

	if (rc != OK)
		return rc;
	if ((n = level < EXPORT_REDACTED ? 0 : export_points(m->frame, r, NULL, 0)) == 0)
		return err_set(e, ERR_NOTFOUND, "the record has no point, or its place may not be seen; leave it off "
		    "the map");
	n = n < POINTS_MAX ? n : POINTS_MAX;
	points = arena_alloc(&row, n * sizeof *points);
	if (points == NULL || !export_cells(&row, m->frame, r, level, cells)) {
		rc = err_set(e, ERR_NOMEM, "no memory for a feature");
	} else {
		export_points(m->frame, r, points, n);
		for (unsigned i = 0; i < n; i++)
			put_feature(m, cells, &points[i], i);
		if (m->out->failed) {
			export_undo(m->out, start);
			m->features = before;
			rc = err_set(e, ERR_NOMEM, "no memory for a feature; export fewer records at a time");
		}
	}
	arena_free(&row);
	return rc;
}

int
export_geojson_end(struct export_map *m, struct err *e)
{
	struct json_out o = { .b = m->out, .comma = true };

	buf_str(m->out, "]");
	jo_str(&o, "disclaimer", m->frame->disclaimer);
	jo_str(&o, "naming_footnote", m->frame->naming_footnote);
	buf_str(m->out, "}\n");
	return m->out->failed ? err_set(e, ERR_NOMEM, "no memory for the map") : OK;
}
