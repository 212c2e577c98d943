/* Imported events as incident bodies: exact text by table, and every event of TEST_DATA through record_parse. */
#include "records.h"

#include "formats/incident.h"

static const struct incident_options agreed = { .geo_status = "AGREED" };
static const struct incident_options without = { .geo_status = "AGREED", .no_headline = true };

#define HEAD "id,type_of_violence,side_a,side_b,latitude,longitude,country,iso3,where_prec,date_prec,date_start," \
	"date_end,best,high,low,number_of_sources,source_headline,source_office,source_date,where_coordinates,conflict_name\n"
#define QUAKE "I_D\tYEAR\tMONTH\tDAY\tHOUR\tMINUTE\tSECOND\tEQ_PRIMARY\tFOCAL_DEPTH\tINTENSITY\tCOUNTRY\tLOCATION_NAME\t" \
	"LATITUDE\tLONGITUDE\tDEATHS\tINJURIES\tHOUSES_DESTROYED\n"

static const struct { const char *name, *in; const struct incident_options *options; const char *want,
    *key; } cases[] = {
	{ "B01 violence", HEAD "7,2,A,B,-1.5,2,Iran,IRN,4,3,2001-01-01,2001-01-09,3,2,4,1,\"He said "
	    "\"\"no\"\"\",Agency,2001-01-02,Town,C\n", &agreed,
	    "{\"class\":\"OTHER\",\"stage\":\"OCCURRED\",\"when\":{\"occurred_from\":\"2001-01-01\","
	    "\"occurred_to\":\"2001-01-09\","
	    "\"precision\":\"WEEK\"},\"where\":{\"geo\":{\"lon\":\"2\",\"lat\":\"-1.5\",\"radius_m\":200000,"
	    "\"status\":\"AGREED\"},"
	    "\"place\":[{\"lang\":\"en\",\"text\":\"Town\"}],\"country\":\"IRN\",\"precision\":\"PROVINCE\"},"
	    "\"counts\":{\"dead\":3,"
	    "\"dead_low\":4,\"dead_high\":2},\"side_a\":\"A\",\"side_b\":\"B\",\"conflict\":\"C\",\"violence\":\"NON_STATE\","
	    "\"facts\":["
	    "{\"lang\":\"en\",\"text\":\"He said "
	    "\\\"no\\\"\"}],\"confidence\":\"UNVERIFIED\",\"flags\":[\"LOW_BEST_HIGH_ORDER\","
	    "\"SINGLE_SOURCE\"],\"sources\":[{\"name\":\"UCDP GED "
	    "24.1\",\"id\":\"7\"},{\"name\":\"Agency\",\"date\":\"2001-01-02\"}]}",
	    "UCDP GED/7" },
	{ "B02 headline left out, several source dates",
	    HEAD "8,1,A,B,1,2,Iran,,,,2001-02-01,2001-01-31,0,0,0,2,Somebody did it,X;Y,2001-01-02;2001-01-03,,\n",
	    &without,
	    "{\"class\":\"OTHER\",\"stage\":\"OCCURRED\",\"when\":{\"occurred_from\":\"2001-02-01\","
	    "\"occurred_to\":\"2001-01-31\","
	    "\"precision\":\"UNKNOWN\"},\"where\":{\"geo\":{\"lon\":\"2\",\"lat\":\"1\",\"status\":\"AGREED\"},"
	    "\"country\":\"IRN\","
	    "\"precision\":\"UNKNOWN\"},\"counts\":{\"dead\":0,\"dead_low\":0,\"dead_high\":0},\"side_a\":\"A\",\"side_b\":\"B\","
	    "\"violence\":\"STATE_BASED\",\"confidence\":\"UNVERIFIED\",\"flags\":[\"TIME_ORDER\",\"PLACE_INFERRED\"],"
	    "\"sources\":["
	    "{\"name\":\"UCDP GED 24.1\",\"id\":\"8\"},{\"name\":\"X;Y\"}]}", "UCDP GED/8" },
	{ "B03 earthquake to the "
	    "second", QUAKE "2\t902\t8\t22\t3\t0\t1.5\t7.7\t30\t10\tCHINA\tX\t39.88\t76.2\t6\t9\t4\n", &agreed,
	    "{\"class\":\"FIRE_DISASTER\",\"stage\":\"OCCURRED\",\"when\":{\"occurred_from\":\"0902-08-22T03:00:01.000Z\","
	    "\"precision\":"
	    "\"INSTANT\"},\"where\":{\"geo\":{\"lon\":\"76.2\",\"lat\":\"39.88\",\"status\":\"AGREED\"},"
	    "\"place\":[{\"lang\":\"en\","
	    "\"text\":\"X\"}],\"country\":\"CHN\"},\"counts\":{\"dead\":6,\"wounded\":9},\"hazard\":{\"type\":\"EARTHQUAKE\","
	    "\"magnitude\":"
	    "\"7.7\",\"depth_km\":\"30\",\"intensity\":10},\"damage\":{\"houses\":4},\"confidence\":\"UNVERIFIED\",\"flags\":["
	    "\"PLACE_INFERRED\"],\"sources\":[{\"name\":\"UCDP GED 24.1\",\"id\":\"noaa-2\"}]}", "UCDP GED/noaa-2" },
	{ "B04 earthquake of a month, no point", QUAKE "3\t902\t8\t\t\t\t\t\t\t\tNowhere\tX\t\t\t\t\t\n", &agreed,
	    "{\"class\":\"FIRE_DISASTER\",\"stage\":\"OCCURRED\",\"when\":{\"occurred_from\":\"0902-08\","
	    "\"precision\":\"MONTH\"},"
	    "\"where\":{\"place\":[{\"lang\":\"en\",\"text\":\"X\"}]},\"hazard\":{\"type\":\"EARTHQUAKE\"},"
	    "\"confidence\":\"UNVERIFIED\","
	    "\"sources\":[{\"name\":\"UCDP GED 24.1\",\"id\":\"noaa-3\"}]}", "UCDP GED/noaa-3" },
};

struct work {
	const struct incident_options *options;
	struct buf body, key;
	struct err e;
	enum pd pd;
	uint32_t purposes;
	uint64_t good, bad, before_year_1;
	struct made made;
};

static int
compose(void *ctx, const struct import_event *ev, struct err *e)
{
	struct work *w = ctx;

	(void)e;
	buf_reset(&w->body);
	buf_reset(&w->key);
	incident_key(&w->key, ev);
	w->pd = incident_pd(ev);
	w->purposes = incident_purposes(ev);
	if (incident_body(&w->body, ev, w->options, &w->e) != OK)
		w->before_year_1 += ev->start.year < 1;
	else if (make_record(&w->made, "REAL", w->pd == PD_COUNTS ? "COUNTS" : "NONE", "", buf_cstr(&w->body)))
		w->good++;
	else
		w->bad++;
	return OK;
}

static int
run(struct work *w, const void *in, size_t len)
{
	const struct import_sink sink = { .event = compose, .ctx = w };
	struct importer *im = import_new(&sink, "UCDP GED 24.1");
	struct err e;
	int rc = import_feed(im, in, len, &e);

	if (rc == OK)
		rc = import_finish(im, &e);
	import_free(im);
	return rc;
}

static void
test_cases(struct work *w)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		w->options = cases[i].options;
		w->good = w->bad = 0;
		run(w, cases[i].in, strlen(cases[i].in));
		is_str(buf_cstr(&w->body), cases[i].want, cases[i].name);
		ok(w->good == 1 && w->bad == 0, "%s: a record that holds", cases[i].name);
		is_str(buf_cstr(&w->key), cases[i].key, cases[i].name);
	}
	is(w->pd, PD_NONE, "no counts: pd NONE");
	is(w->purposes, PURPOSE_BIT(11), "earthquakes: disaster and rescue");
	run(w, cases[0].in, strlen(cases[0].in));
	is(w->pd, PD_COUNTS, "deaths: pd COUNTS");
	is(w->purposes, PURPOSE_BIT(10), "violence: transparency");
}

static void
test_refused(struct work *w)
{
	static const struct incident_options none = { 0 };
	static const char bce[] = QUAKE "1\t-2150\t\t\t\t\t\t\t\t\tJORDAN\tX\t1\t2\t\t\t\n";

	w->options = &agreed;
	w->before_year_1 = 0;
	run(w, bce, sizeof bce - 1);
	is(w->before_year_1, 1, "before the common era: no record");
	is_str(w->e.text, "noaa-1: the year -2150 lies before year 1, where the dates of records begin; leave the "
	    "event out", "and why");
	is(w->body.len, 0, "nothing is appended");
	w->options = &none;
	run(w, cases[0].in, strlen(cases[0].in));
	is_str(w->e.text, "an event with a point needs its standing between the sides; give geo_status",
	    "a point needs its standing");
}

static int
file_it(void *ctx, const struct import_event *ev, struct err *e)
{
	static const char *const members[] = { "kz", "kg" };
	static const struct draft_basis basis = { .instrument = "treaty", .article = "4" };
	struct buf *out = ctx;
	struct draft d;

	compose_start(&d, KIND_NOTICE);
	memset(d.id, 0xab, sizeof d.id);
	d.mechanism = "m";
	d.member = "kg";
	d.authority = "kg-emergency";
	d.filed_at = (struct inst){ .ms = 1527480000000 };
	d.basis = &basis;
	d.basis_count = 1;
	d.members = d.delivery = (struct draft_list){ members, 2 };
	d.mode = MODE_EXERCISE;
	return incident_record(out, ev, &agreed, &d, e);
}

static void
test_record(void)
{
	struct buf out = { 0 };
	const struct import_sink sink = { .event = file_it, .ctx = &out };
	struct importer *im = import_new(&sink, NULL);
	struct arena a = { 0 };
	struct record r = { 0 };
	struct err e = { 0 };

	is(import_feed(im, cases[0].in, strlen(cases[0].in), &e), OK, "a whole record");
	is(record_parse(&a, out.data, out.len, &r, &e), OK, "that parses");
	ok(r.kind == KIND_INCIDENT && r.mode == MODE_REAL && r.pd == PD_COUNTS && r.purposes == PURPOSE_BIT(10),
	    "kind, mode, pd and purpose follow from being an import");
	ok(strstr(buf_cstr(&out), "{\"scheme\":\"ADM\",\"source\":\"F\",\"info\":\"6\"}") != NULL, "graded F6");
	arena_free(&a);
	buf_free(&out);
	import_free(im);
}

static void
test_data(struct work *w)
{
	static const struct { const char *file; uint64_t records, before; } sets[] = {
		{ "ucdp-ged-region-public.tsv", 33143, 0 }, { "samples-native/hdx-ucdp-conflict_data_pak-2013-14.csv",
		    291, 0 },
		{ "samples-native/noaa-signif.txt", 0, 39 }, { "disasters/noaa-significant-earthquakes-public.tsv",
		    801, 0 },
		{ "disasters/usgs-2018-2023-lon73-90.csv", 989, 0 },
	};
	static char bytes[8 * 1024 * 1024];
	const char *dir = getenv("TEST_DATA");

	w->options = &agreed;
	for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
		char path[4096];
		FILE *f;
		size_t n;

		snprintf(path, sizeof path, "%s/data/%s", dir == NULL ? "" : dir, sets[i].file);
		if (dir == NULL || (f = fopen(path, "rb")) == NULL) {
			skip(sets[i].file, 1);
			continue;
		}
		n = fread(bytes, 1, sizeof bytes, f);
		fclose(f);
		w->good = w->bad = w->before_year_1 = 0;
		run(w, bytes, n);
		ok(w->good == sets[i].records && w->bad == 0 && w->before_year_1 == sets[i].before,
		    "%s: %llu records hold, %llu do not, %llu before year 1", sets[i].file, (unsigned long long)w->good,
		    (unsigned long long)w->bad, (unsigned long long)w->before_year_1);
	}
}

int
main(void)
{
	struct work w = { 0 };

	test_cases(&w);
	test_refused(&w);
	test_record();
	test_data(&w);
	buf_free(&w.body);
	buf_free(&w.key);
	free_record(&w.made);
	return tap_done();
}
