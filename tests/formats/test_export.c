/* Records as tables and maps: what may leave, what it carries, injections, levels, points, and the way back in. */
#include "records.h"

#include "formats/dsv.h"
#include "formats/export_value.h"

static const struct export_frame frame = { .naming_footnote = "Names without prejudice", .disclaimer = "No view on borders",
    .lang = "ru",
	.fuzz_m = EXPORT_EXACT };

#define BODY "{\"class\":\"SHOOTING\",\"stage\":\"OCCURRED\",\"when\":{\"occurred_from\":\"2018-05-27T23:10:00+05:00\"," \
	"\"precision\":\"HOUR\"},\"where\":{\"geo\":{\"lon\":\"-69.123456789\",\"lat\":\"38.5\",\"radius_m\":500,\"status\":" \
	"\"UNDEMARCATED\"},\"place\":[{\"lang\":\"en\",\"text\":\"Post 7\"},{\"lang\":\"ru\",\"text\":" \
	"\"\xd0\x9f\xd0\xbe\xd1\x81\xd1\x82\"}]},\"counts\":{\"dead\":0,\"wounded\":2,\"minors\":1},\"hazard\":" \
	"{\"type\":\"OTHER\",\"magnitude\":\"-0.5\"},\"side_a\":\"%s\",\"facts\":[{\"lang\":\"en\"," \
	"\"text\":\"%s\"}],\"response\":[{\"lang\":\"en\",\"text\":\"r\"}],\"sources\":[{\"name\":\"S\",\"id\":\"-1\"}]}"

static struct made made;

static bool
with(const char *mode, const char *pd, const char *more, const char *side, const char *facts)
{
	char body[4096];

	snprintf(body, sizeof body, BODY, side, facts);
	return make_record(&made, mode, pd, more, body);
}

/* The cells of the row after the header, read back by the row reader. */
struct back {
	char cell[COL_COUNT][512];
	uint32_t columns;
	uint64_t rows;
};

static int
keep_row(void *ctx, const struct dsv_row *r, struct err *e)
{
	struct back *b = ctx;

	(void)e;
	b->rows++;
	b->columns = r->count;
	for (uint32_t i = 0; i < r->count && i < COL_COUNT; i++)
		snprintf(b->cell[i], sizeof b->cell[i], "%.*s", (int)r->cells[i].len, r->cells[i].s);
	return OK;
}

static void
keep_bad(void *ctx, const struct dsv_bad *bad)
{
	struct back *b = ctx;

	printf("# %s\n", bad->text);
	b->columns = 0;
}

static int
table(struct buf *out, const struct export_frame *f, enum export_level level, struct back *back, struct err *e)
{
	const struct dsv_sink sink = { keep_row, keep_bad, back };
	struct dsv *d = dsv_new(&sink, 0);
	int rc;

	memset(back, 0, sizeof *back);
	buf_reset(out);
	rc = export_csv_begin(out, f, e);
	if (rc == OK)
		rc = export_csv_record(out, f, &made.r, level, e);
	if (rc == OK)
		rc = dsv_feed(d, out->data, out->len, e);
	if (rc == OK)
		rc = dsv_finish(d, e);
	dsv_free(d);
	return rc;
}

static void
test_table(struct buf *out, struct back *b)
{
	struct err e = { 0 };

	ok(with("REAL", "COUNTS", ",\"handling\":[\"H1\",{\"H3\":\"a, b\"}],\"naming\":\"set-1\"", "A",
	    "He said \\\"x\\\"\\nand went; so"),
	    "a record");
	is(table(out, &frame, EXPORT_FULL, b, &e), OK, "exported in full");
	ok(b->rows == 2 && b->columns == COL_COUNT, "a header and a row of all columns");
	is_str(b->cell[COL_id], "00112233445566778899aabbccddeeff", "id");
	is_str(b->cell[COL_mode], "REAL", "mode in the row");
	is_str(b->cell[COL_tlp], "AMBER", "marking in the row");
	is_str(b->cell[COL_handling], "H1 H3: a, b", "handling in the row, its text too");
	is_str(b->cell[COL_naming_footnote], "Names without prejudice", "naming footnote in the row");
	is_str(b->cell[COL_purposes], "P09 P11", "purposes in the row");
	is_str(b->cell[COL_filed_at], "2018-05-28T09:00:00.000+05:00", "instants as ISO 8601 with their offset");
	is_str(b->cell[COL_from], "2018-05-27T23:10:00+05:00", "times of the body as they stand");
	is_str(b->cell[COL_place], "\xd0\x9f\xd0\xbe\xd1\x81\xd1\x82", "the text in the language asked for");
	is_str(b->cell[COL_facts], "He said \"x\"\nand went; so", "quotes and newlines come back");
	is_str(b->cell[COL_lon], "-69.1234567", "seven decimals, and a negative number stays one");
	is_str(b->cell[COL_magnitude], "-0.5", "negative numbers get no apostrophe");
	is_str(b->cell[COL_source_id], "'-1", "a text that looks like one does");
	is_str(b->cell[COL_radius_m], "500", "radius");
	is_str(b->cell[COL_geo_status], "UNDEMARCATED", "standing of the point");
	ok(memcmp(out->data, "id,version,", 11) == 0, "no mark unless asked");
	ok(out->len > 2 && memcmp(out->data + out->len - 2, "\r\n", 2) == 0, "rows end with CR LF");
}

static void
test_injection(struct buf *out, struct back *b)
{
	static const struct { const char *name, *in, *want; } cases[] = {
		{ "F01 =", "=1+1", "'=1+1" }, { "F02 +", "+1", "'+1" }, { "F03 -", "-1", "'-1" },
		{ "F04 @", "@SUM(A1)", "'@SUM(A1)" },
		{ "F05 blanks before", "  =1", "'  =1" }, { "F06 full width", "\xef\xbc\x9d" "1", "'\xef\xbc\x9d" "1" },
		{ "F07 no-break space before", "\xc2\xa0=1", "'\xc2\xa0=1" }, { "F08 inside is harmless", "a=1", "a=1" },
		{ "F09 an apostrophe is kept", "'x", "'x" }, { "F10 a pipe to a command", "=cmd|' /C calc'!A0",
		    "'=cmd|' /C calc'!A0" },
		{ "F11 behind a semicolon", "a;=1", "a;=1" }, { "F12 minus sign", "\xe2\x88\x92" "1", "'\xe2\x88\x92" "1" },
	};
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ok(with("REAL", "COUNTS", "", cases[i].in, "f") && table(out, &frame, EXPORT_FULL, b, &e) == OK, "%s: exported",
		    cases[i].name);
		is_str(b->cell[COL_side_a], cases[i].want, cases[i].name);
	}
	ok(strstr(buf_cstr(out), "\"'\xe2\x88\x92" "1\"") != NULL, "what was disarmed is quoted");
	ok(with("REAL", "COUNTS", "", "A", "\\t=1") && table(out, &frame, EXPORT_FULL, b, &e) == OK, "F13 tab: exported");
	is_str(b->cell[COL_facts], "'\t=1", "F13 tab");
	ok(with("REAL", "COUNTS", "", "A", "\\n=1") && table(out, &frame, EXPORT_FULL, b, &e) == OK, "F14 newline: exported");
	is_str(b->cell[COL_facts], "'\n=1", "F14 newline");
	ok(with("REAL", "COUNTS", "", "a;=1", "f") && table(out, &frame, EXPORT_FULL, b, &e) == OK &&
	    strstr(buf_cstr(out), "\"a;=1\"") != NULL, "a semicolon is quoted: another separator does not split there");
}

static void
test_levels(struct buf *out, struct back *b)
{
	struct err e = { 0 };

	ok(with("REAL", "COUNTS", "", "A", "Somebody"), "a record");
	is(table(out, &frame, EXPORT_REDACTED, b, &e), OK, "redacted");
	is_str(b->cell[COL_level], "REDACTED", "the row says so");
	ok(b->cell[COL_facts][0] == '\0' && b->cell[COL_side_a][0] == '\0' && strstr(buf_cstr(out), "Somebody") == NULL,
	    "no free text");
	is_str(b->cell[COL_dead], "0", "figures remain");
	is(table(out, &frame, EXPORT_META, b, &e), OK, "meta");
	ok(b->cell[COL_dead][0] == '\0' && b->cell[COL_lon][0] == '\0' && b->cell[COL_type][0] == '\0', "nothing of the body");
	is_str(b->cell[COL_kind], "incident", "its kind");
	is(table(out, &frame, EXPORT_EXISTS, b, &e), OK, "exists");
	ok(b->cell[COL_kind][0] == '\0' && b->cell[COL_authority][0] == '\0', "not even its kind");
	is_str(b->cell[COL_tlp], "AMBER", "the marking always");
	is(table(out, &frame, EXPORT_NOTHING, b, &e), ERR_DENIED, "no level, no export");
}

/* A request may hold identifying data; the exporters refuse it whatever the level. */
static void
test_personal(struct buf *out)
{
	struct record r = made.r;
	struct export_map m;
	struct err e = { 0 };
	size_t before;

	for (r.pd = PD_IDENTIFYING; r.pd <= PD_SPECIAL; r.pd++)
		for (int level = EXPORT_NOTHING + 1; level <= EXPORT_FULL; level++) {
			buf_reset(out);
			is(export_csv_record(out, &frame, &r, (enum export_level)level, &e), ERR_LAW, "personal data: no table");
			is(out->len, 0, "nothing is written");
		}
	is_str(e.text, "00112233445566778899aabbccddeeff@1: pd is SPECIAL; records with personal data do not leave as tables "
	    "or maps. "
	    "Export a report with counts, or a single attested copy", "and what to do instead");
	r.pd = PD_IDENTIFYING;
	export_geojson_begin(&m, out, &frame, &e);
	before = out->len;
	is(export_geojson_record(&m, &r, EXPORT_FULL, &e), ERR_LAW, "personal data: no map");
	is(out->len, before, "nothing is written");
}

static void
test_frame(struct buf *out, struct back *b)
{
	struct export_frame f = frame;
	struct export_map m;
	struct err e = { 0 };

	f.bom = true;
	is(table(out, &f, EXPORT_FULL, b, &e), OK, "with a byte order mark");
	ok(memcmp(out->data, "\xef\xbb\xbfid,", 6) == 0 && b->columns == COL_COUNT, "it comes first, and reading drops it");
	f.naming_footnote = NULL;
	is(table(out, &f, EXPORT_FULL, b, &e), ERR_INPUT, "no export without the naming footnote");
	f = frame;
	f.disclaimer = NULL;
	is(export_geojson_begin(&m, out, &f, &e), ERR_INPUT, "no map without a disclaimer");
	ok(with("EXERCISE", "COUNTS", "", "A", "f"), "an exercise");
	is(table(out, &frame, EXPORT_FULL, b, &e), OK, "exported");
	is_str(b->cell[COL_mode], "EXERCISE", "its row says EXERCISE");
}

/* True for a number written ${digits}. */
static bool
text_is(const struct json *v, const char *digits)
{
	return v != NULL && v->str != NULL && v->len == strlen(digits) && memcmp(v->str, digits, v->len) == 0;
}

static struct json *
map(struct buf *out, struct arena *a, const struct export_frame *f, enum export_level level, int *rc)
{
	const struct json_limits limits = { RECORD_MAX_BYTES, RECORD_MAX_DEPTH, RECORD_MAX_NODES };
	struct json *root = NULL;
	struct export_map m;
	struct err e = { 0 };

	buf_reset(out);
	arena_reset(a);
	export_geojson_begin(&m, out, f, &e);
	*rc = export_geojson_record(&m, &made.r, level, &e);
	if (*rc == OK)
		*rc = export_geojson_record(&m, &made.r, level, &e);
	if (export_geojson_end(&m, &e) != OK || json_parse(a, out->data, out->len, &limits, &root, &e) != OK) {
		printf("# %s\n", e.text);
		return NULL;
	}
	return root;
}

static void
test_map(struct buf *out)
{
	struct arena a = { 0 };
	const struct json *root, *feature, *p, *at;
	struct export_frame f = frame;
	char title[] = "{\"class\":\"SAR\",\"stage\":\"OCCURRED\",\"title\":[{\"lang\":\"en\",\"text\":\"Boat\"}],"
	    "\"when\":{\"occurred_from\":\"2018\"},"
	    "\"where\":{\"geo\":{\"lon\":\"179.9999\",\"lat\":\"-89.99\",\"status\":\"AGREED\"}},"
	    "\"response\":[{\"lang\":\"en\",\"text\":\"r\"}]}";
	int rc;

	ok(with("REAL", "COUNTS", ",\"handling\":[\"H2\"]", "A", "f"), "a record");
	root = map(out, &a, &f, EXPORT_FULL, &rc);
	ok(rc == OK && json_is(json_get(root, "type"), "FeatureCollection"), "a FeatureCollection");
	ok(json_get(root, "crs") == NULL, "no crs");
	is(json_get(root, "features") == NULL ? 0 : json_get(root, "features")->count, 2, "two features");
	feature = json_get(root, "features")->child;
	ok(json_is(json_get(feature, "id"), "00112233445566778899aabbccddeeff@1"), "a feature is named by record and version");
	at = json_get(json_get(feature, "geometry"), "coordinates")->child;
	ok(text_is(at, "-69.1234567") && text_is(at->next, "38.5"), "longitude first, seven decimals at most");
	p = json_get(feature, "properties");
	ok(json_is(json_get(p, "geo_status"), "UNDEMARCATED") && json_is(json_get(p, "disclaimer"), "No view on borders") &&
	    json_is(json_get(p, "naming_footnote"), "Names without prejudice"), "standing, disclaimer, footnote");
	ok(json_is(json_get(p, "tlp"), "AMBER") && json_is(json_get(p, "handling"), "H2") && json_is(json_get(p, "mode"), "REAL"),
	    "marking, handling, mode");
	ok(json_get(p, "radius_m") != NULL && json_get(p, "radius_m")->num == 500 && json_get(p, "moved_up_to_m") == NULL,
	    "radius");
	ok(json_get(p, "displaced") == NULL, "what is not there is absent, not blank");
	root = map(out, &a, &f, EXPORT_REDACTED, &rc);
	p = json_get(json_get(root, "features")->child, "properties");
	ok(rc == OK && json_get(p, "facts") == NULL && json_get(p, "wounded") != NULL, "redacted: no free text");
	map(out, &a, &f, EXPORT_META, &rc);
	is(rc, ERR_NOTFOUND, "meta: no place on the map");

	ok(make_record(&made, "EXERCISE", "NONE", "", title), "an exercise near the pole");
	f.fuzz_m = 2000000;
	root = map(out, &a, &f, EXPORT_FULL, &rc);
	p = json_get(json_get(root, "features")->child, "properties");
	ok(rc == OK && json_is(json_get(p, "title"), "EXERCISE: Boat") && json_is(json_get(p, "mode"), "EXERCISE"),
	    "marked EXERCISE");
	ok(json_get(p, "moved_up_to_m") != NULL && json_get(p, "moved_up_to_m")->num == 2000000,
	    "the map says how far points were moved");
	arena_free(&a);
}

/* Metres between two points, roughly: enough to see that a bound is kept. */
static int64_t
distance_m(int64_t lon_a, int64_t lat_a, int64_t lon_b, int64_t lat_b, double cosine)
{
	double x = (double)(lon_a - lon_b) * 0.0111195 * cosine, y = (double)(lat_a - lat_b) * 0.0111195, d2 = x * x + y * y,
	    r = 1;

	for (int i = 0; i < 60; i++)
		r = (r + d2 / r) / 2;
	return (int64_t)r;
}

static void
test_fuzz(void)
{
	static const struct { int degrees; double cosine; } rows[] = { { 0, 1 }, { 35, 0.8191520 }, { 41, 0.7547096 },
	    { 60, 0.5 }, { 80, 0.1736482 } };
	int64_t worst = 0, lon, lat, again_lon, again_lat, moved = 0;

	for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++)
		for (int64_t i = 0; i < 2000; i++) {
			int64_t lon0 = -1799999999 + i * 1799987, lat0 = rows[r].degrees * INT64_C(10000000), d;

			lon = lon0;
			lat = i % 2 ? lat0 : -lat0;
			export_fuzz(&lon, &lat, 5000);
			d = distance_m(lon0, i % 2 ? lat0 : -lat0, lon, lat, rows[r].cosine);
			if (lon - lon0 < -1800000000 || lon - lon0 > 1800000000)
				continue;	/* across the antimeridian */
			worst = d > worst ? d : worst;
			moved += d > 1000;
			again_lon = lon;
			again_lat = lat;
			export_fuzz(&again_lon, &again_lat, 5000);
			if (again_lon != lon || again_lat != lat || lon < -1800000000 || lon > 1800000000)
				worst = INT64_MAX;
		}
	ok(worst <= 5000 && moved > 5000, "points stay within 5 km and always go to the same place (worst %lld m)",
	    (long long)worst);
	lon = 1799999999;
	lat = 899999999;
	export_fuzz(&lon, &lat, 0);
	ok(lon == 1799999999 && lat == 899999999, "radius 0 moves nothing");
	ok(!export_degrees("180.0000001", 11, &lon) && !export_degrees("", 0, &lon) && !export_degrees("1e3", 3, &lon) &&
	    export_degrees("-0.00000019", 11, &lon) && lon == -1, "degrees");
}

int
main(void)
{
	struct buf out = { 0 };
	static struct back b;

	test_table(&out, &b);
	test_injection(&out, &b);
	test_levels(&out, &b);
	test_personal(&out);
	test_frame(&out, &b);
	test_map(&out);
	test_fuzz();
	buf_free(&out);
	free_record(&made);
	return tap_done();
}
