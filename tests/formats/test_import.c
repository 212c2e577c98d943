/*
 * Files into events: recognition, binding by name, values, flags, complaints; and the data sets of TEST_DATA,
 * counted.
 */
#include "collect.h"

#include "formats/country.h"

#define GED_EXTRACT "id\tdataset\tdate_start\tdate_end\tiso3\tlat\tlon\ttype\tside_a\tside_b\tbest\tlow\thigh\n"
#define GED_OFFICIAL "id,type_of_violence,side_a,side_b,latitude,longitude,country,country_id,date_prec,date_start," \
	"date_end,best,high,low\n"
#define NOAA_NATIVE "I_D\tYEAR\tMONTH\tDAY\tHOUR\tMINUTE\tSECOND\tEQ_PRIMARY\tCOUNTRY\tLOCATION_NAME\tLATITUDE\t" \
	"LONGITUDE\tDEATHS\t" \
	"DEATHS_DESCRIPTION\tTOTAL_DEATHS\n"

static const struct { const char *name, *in, *want; } cases[] = {
	{ "I01 extract", GED_EXTRACT "7\tUCDP GED "
	    "22.1\t2013-01-06\t2013-01-07\tPAK\t33.969368\t74.083651\t1\tA\tB\t3\t2\t4\n",
	    "2 7 2013-1-6..2013-1-7 74.083651,33.969368 PAK 2/3/4\n" },
	{ "I02 bounds in disorder are kept and flagged",
	    GED_EXTRACT "7\tG\t1989-01-01\t1989-12-31\tAFG\t33\t65\t1\tA\tB\t21\t21\t0\n",
	    "2 7 1989-1-1..1989-12-31 65,33 AFG 21/21/0 deaths-bounds-disorder\n" },
	{ "I03 end before start is kept and flagged",
	    GED_EXTRACT "7\tG\t1989-02-01\t1989-01-31\tAFG\t33\t65\t1\tA\tB\t1\t1\t1\n",
	    "2 7 1989-2-1..1989-1-31 65,33 AFG 1/1/1 end-before-start\n" },
	{ "I04 published, other column order, older names, a time behind the date, the country from its number",
	    "Best_Est,High_Est,Low_Est,date_end,date_start,longitude,latitude,country_id,country,side_b,side_a,"
	    "type_of_violence,ID\n"
	    "12.0,13,11,2013-01-06 00:00:00.000,2013-01-06 00:00:00.000,69.1,34.5,700,Afghanistan,B,A,3,99\n",
	    "2 99 2013-1-6..2013-1-6 69.1,34.5 AFG 11/12/13 country-derived\n" },
	{ "I05 a tag row after the header is skipped",
	    GED_OFFICIAL "#a,,,,#geo+lat,,,,,,,#affected,,\n9,2,A,B,1,2,Nowhere,,1,2001-01-01,2001-01-01,1,1,1\n",
	    "3 9 2001-1-1..2001-1-1 2,1 ? 1/1/1 country-unknown\n" },
	{ "I06 each bad cell is named, good rows go on", GED_OFFICIAL
	    "1,4,A,B,1,2,Iran,630,1,2001-01-01,2001-01-01,1,1,1\n"
	    "2,1,A,B,91,2,Iran,630,1,2001-01-01,2001-01-01,1,1,1\n"
	    "3,1,A,B,1,2,Iran,630,1,01.02.2001,2001-01-01,1,1,1\n"
	    "4,1,A,B,1,2,Iran,630,1,2001-02-30,2001-03-01,1,1,1\n"
	    "5,1,A,B,1,2,Iran,630,1,2001-01-01,2001-01-01,-1,1,1\n"
	    "6,1,A,B,1.5E+01,2,Iran,630,1,2001-01-01,2001-01-01,1,1,1\n"
	    ",1,A,B,1,2,Iran,630,1,2001-01-01,2001-01-01,1,1,1\n"
	    "8,1,A,B,1,2,Iran,630,1,2001-01-01,2001-01-01,1,1,1\n",
	    "!2 type_of_violence: 4 is out of range; 1 to 3 are possible\n"
	    "!3 latitude: 91 is out of range; -90 to 90 are possible\n"
	    "!4 date_start: \"01.02.2001\" is not a date written YYYY-MM-DD; if a spreadsheet changed it, take the "
	    "file from its source again\n"
	    "!5 date_start: \"2001-02-30\" is not a date written YYYY-MM-DD; if a spreadsheet changed it, take the "
	    "file from its source again\n"
	    "!6 best: -1 is out of range; 0 to 10000000 are possible\n"
	    "!7 latitude: \"1.5E+01\" is not a decimal number such as 34.5289; if a spreadsheet changed it, take the "
	    "file from its source again\n"
	    "!8 id: is empty; each row needs one\n"
	    "9 8 2001-1-1..2001-1-1 2,1 IRN 1/1/1 country-derived\n" },
	{ "I07 decimal commas where semicolons separate",
	    "time;latitude;longitude;mag;place\n2023-02-04T07:34:41.538Z;22,7269;95,93621234567;4,3;\"9 km of "
	    "Shwebo, Myanmar\"\n",
	    "2 2023-02-04T07:34:41.538Z/22.7269/95.9362123 2023-2-4..2023-2-4 95.9362123,22.7269 MMR -1/-1/-1 M4.3 "
	    "country-derived\n" },
	{ "I08 an id column is used where there is one",
	    "id,time,latitude,longitude,mag,place\nus7000,2023-02-04T07:34:41Z,1,2,,Banda Sea\n",
	    "2 us7000 2023-2-4..2023-2-4 2,1 ? -1/-1/-1 country-unknown\n" },
	{ "I09 NOAA: before the common era, blanks, missing months, deaths by class, totals before deaths", NOAA_NATIVE
	    "1\t-2150\t\t\t\t\t    \t 7.3\tJORDAN\tJORDAN:  KARAK\t  31.100\t   35.500\t\t3\t\n"
	    "2\t1902\t8\t\t\t\t\t\tCHINA\tX\t\t\t6\t\t9\n"
	    "3\t1902\t\t22\t\t\t\t\tCHINA\tX\t1\t1\t\t\t\n"
	    "4\t1903\t2\t29\t\t\t\t\tCHINA\tX\t1\t1\t\t\t\n"
	    "5\t0\t\t\t\t\t\t\tCHINA\tX\t1\t1\t\t\t\n"
	    "6\t1904\t2\t29\t\t\t\t\tCHINA\tX\t0\t0.0\t\t\t\n",
	    "2 noaa-1 -2150-0-0..-2150-0-0 35.500,31.100 JOR 101/-1/1000 M7.3 country-derived before-common-era\n"
	    "3 noaa-2 1902-8-0..1902-8-0 , CHN -1/9/-1 no-coordinates country-derived\n"
	    "!4 DAY: is given without a month; check the row at its source\n"
	    "!5 DAY: 29 is past the end of the month\n"
	    "!6 YEAR: is empty or 0; a year is needed (-1 is the year before year 1)\n"
	    "7 noaa-6 1904-2-29..1904-2-29 0.0,0 CHN -1/-1/-1 coordinates-zero country-derived\n" },
	{ "I10 our short form of "
	    "it", "id\tdate\ttime_utc\tiso3\tlocation\tlat\tlon\tmag\tdeaths\nnoaa-2\t1902-08\t\tCHN\tX\t1\t2\t5.5\t6\n"
	    "noaa-3\t1902-08\t03:00:00Z\tCHN\tX\t1\t2\t5.5\t6\n",
	    "2 noaa-2 1902-8-0..1902-8-0 2,1 CHN -1/6/-1 M5.5\n!3 time_utc: needs a whole date and the form "
	    "HH:MM:SSZ\n" },
	{ "I11 a cut row, and the row after it won back",
	    GED_OFFICIAL "1,1,\"A,B,1,2,Iran,630,1,2001-01-01,2001-01-01,1,1,1\n"
	    "2,1,A,B,1,2,Iran,630,1,2001-01-01,2001-01-01,1,1,1\n",
	    "!2 : ends inside a quoted cell; the file was cut off or a closing quote is missing\n"
	    "3 2 2001-1-1..2001-1-1 2,1 IRN 1/1/1 country-derived salvaged\n" },
	{ "I12 a Windows-1252 row", GED_OFFICIAL "1,1,A,B\xe9,1,2,Iran,630,1,2001-01-01,2001-01-01,1,1,1\n",
	    "2 1 2001-1-1..2001-1-1 2,1 IRN 1/1/1 country-derived recoded-from-windows-1252\n" },
	{ "I13 forbidden characters are taken out and said",
	    GED_OFFICIAL "1,1,A\xe2\x80\xae,B,1,2,Iran,630,1,2001-01-01,2001-01-01,1,1,1\n",
	    "2 1 2001-1-1..2001-1-1 2,1 IRN 1/1/1 country-derived text-cleaned\n" },
	{ "I15 a complaint repeats no control characters",
	    GED_OFFICIAL "1,1,A,B,\x1b]0;x\x07,2,Iran,630,1,2001-01-01,2001-01-01,1,1,1\n",
	    "!2 latitude: \"?]0;x?\" is not a decimal number such as 34.5289; if a spreadsheet changed it, take the "
	    "file from its source "
	    "again\n" },
	{ "I14 a header alone", GED_OFFICIAL, "" },
};

static const struct { const char *name, *in, *want; } refused[] = {
	{ "H01 empty file", "", "the file is empty; a header with column names is needed" },
	{ "H02 blank lines only", "\r\n\n", "the file is empty; a header with column names is needed" },
	{ "H03 wrong columns", "name,phone\nx,y\n",
	    "the header is of no known format; found: name, phone; known are UCDP GED, USGS FDSN and "
	    "NOAA significant earthquakes (docs/formats.md names their columns)" },
	{ "H04 columns missing", "id,type_of_violence,side_a,side_b,longitude,country,date_start,date_end,best,high\n",
	    "the header looks like UCDP GED as published (CSV) but lacks: latitude, low; found: id, "
	    "type_of_violence, side_a, side_b, "
	    "longitude, country, date_start, date_end, best, high; export it again with all columns" },
	{ "H05 a column twice", "time,latitude,longitude,mag,place,mag\n",
	    "the header has two columns named \"mag\"; remove one" },
	{ "H06 a picture", "\x7f" "ELF\x01\x81\xc0\r\n\x1a\n",
	    "line 1, the header: is neither UTF-8 nor plausible Windows-1252; convert the "
	    "file to UTF-8" },
	{ "H07 control characters are not repeated", "a\x1b[2Jb\xc2\x9b" "1m,c\n",
	    "the header is of no known format; found: a?[2Jb??1m, c; known "
	    "are UCDP GED, USGS FDSN and NOAA significant earthquakes (docs/formats.md names their columns)" },
};

static void
test_tables(void)
{
	struct buf out = { 0 };
	struct import_counts n;
	struct err e;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t len = strlen(cases[i].in);

		ok(collect_import(&out, cases[i].in, len, 5, &n, &e) == OK && n.rows == n.events + n.refused +
		    n.skipped,
		    "%s: read, and all rows accounted for", cases[i].name);
		is_str(buf_cstr(&out), cases[i].want, cases[i].name);
	}
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		is(collect_import(&out, refused[i].in, strlen(refused[i].in), 9, &n, &e), ERR_INPUT, refused[i].name);
		is_str(e.text, refused[i].want, refused[i].name);
	}
	buf_free(&out);
}

static struct import_event seen;
static char seen_side[64], seen_headline[64];

static int
keep(void *ctx, const struct import_event *ev, struct err *e)
{
	seen = *ev;
	snprintf(seen_side, sizeof seen_side, "%.*s", (int)ev->side_a.len, ev->side_a.s);
	snprintf(seen_headline, sizeof seen_headline, "%.*s", (int)ev->headline.len, ev->headline.s);
	return ctx == NULL ? OK : err_set(e, ERR_STOP, "enough");
}

static void
test_values(void)
{
	static const char in[] = "id,type_of_violence,side_a,side_b,latitude,longitude,country,iso3,where_prec,date_prec,"
	    "date_start,date_end,"
	    "best,high,low,deaths_a,deaths_b,deaths_civilians,deaths_unknown,source_headline\n"
	    "1,2,\"  A\n  and  B\",B,-1.50,2,Iran,IRN,4,5,2001-01-01,2001-01-09,9,9,9,1,2,3,4,e\xcc\x81t\xc3\xa9\n";
	const struct import_sink sink = { .event = keep }, stopping = { .event = keep, .ctx = &seen };
	struct importer *im = import_new(&sink, "UCDP GED 24.1");
	struct err e;

	is(import_feed(im, in, sizeof in - 1, &e), OK, "one row with all there is");
	ok(seen.dataset.len == 13 && memcmp(seen.dataset.s, "UCDP GED 24.1", 13) == 0,
	    "the caller names data set and version");
	is_str(seen_side, "A and B", "blanks and newlines become one blank");
	is_str(seen_headline, "\xc3\xa9t\xc3\xa9", "texts come in normal form C");
	is(seen.type, IMPORT_NON_STATE, "type of violence");
	is(seen.where_prec, 4, "where_prec as published");
	is(seen.radius_m, 200000, "radius for a first-order division");
	is(seen.precision, IMPORT_WHEN_YEAR, "date_prec");
	is_str(seen.lat, "-1.50", "decimals as written");
	is(seen.flags, IMPORT_SUM_DIFFERS, "1 + 2 + 3 + 4 is not 9");
	is(import_format(im), IMPORT_GED_CSV, "format");
	import_free(im);

	im = import_new(&stopping, NULL);
	is(import_feed(im, in, sizeof in - 1, &e), ERR_STOP, "the caller can stop");
	is_str(e.text, "enough", "with its own sentence");
	import_free(im);
	import_free(NULL);
}

static void
test_members(void)
{
	static const struct import_member list[] = { { "AFG", "af" }, { "TJK", "tj" } };

	is_str(import_member_for("TJK", list, 2), "tj", "the country's member files");
	ok(import_member_for("KGZ", list, 2) == NULL, "nobody files for a country outside the list");
	ok(import_member_for("", list, 2) == NULL, "nobody files without a country");
	is_str(country_by_number(702), "TJK", "state number");
	ok(country_by_number(0) == NULL && country_by_number(9999) == NULL, "unknown numbers");
	is_str(country_by_name((struct slice){ " RUSSIA (Soviet Union)", 22 }), "RUS", "name without regard to case");
	ok(country_by_name((struct slice){ "Atlantis", 8 }) == NULL &&
	    country_by_name((struct slice){ "", 0 }) == NULL, "unknown names");
}

static uint64_t
flagged(const struct import_counts *n, unsigned flag)
{
	return n->by_flag[__builtin_ctz(flag)];
}

static bool
load(const char *name, struct buf *out)
{
	const char *dir = getenv("TEST_DATA");
	char path[4096];
	FILE *f;
	size_t n = 1;

	snprintf(path, sizeof path, "%s/data/%s", dir, name);
	if ((f = fopen(path, "rb")) == NULL)
		return false;
	buf_reset(out);
	while (n > 0) {
		uint8_t *room = buf_room(out, 65536);

		n = room == NULL ? 0 : fread(room, 1, 65536, f);
		out->len += n;
	}
	fclose(f);
	return !out->failed;
}

/* Rows, refusals and disorder agree with a count by another CSV reader; the rest pins what this one says. */
static const struct { const char *file; uint64_t rows, events, refused, skipped, disorder, salvaged,
    no_country; } sets[] = {
	{ "ucdp-ged-region-public.tsv", 33143, 33143, 0, 0, 828, 0, 0 },
	{ "ucdp-ged-region-demo.tsv", 3209, 3209, 0, 0, 319, 0, 0 },
	{ "samples-native/hdx-ucdp-conflict_data_pak-2013-14.csv", 301, 291, 9, 1, 3, 6, 0 },
	{ "samples-native/usgs-fdsn-query.csv", 59, 59, 0, 0, 0, 0, 7 },
	{ "samples-native/noaa-signif.txt", 39, 39, 0, 0, 0, 0, 0 },
	{ "disasters/noaa-significant-earthquakes-public.tsv", 801, 801, 0, 0, 0, 0, 0 },
	{ "disasters/usgs-2018-2023-lon73-90.csv", 989, 989, 0, 0, 0, 0, 140 },
};

static void
test_data(void)
{
	struct buf in = { 0 }, whole = { 0 }, parts = { 0 };
	struct import_counts n, again;
	struct err e;

	for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
		if (getenv("TEST_DATA") == NULL || !load(sets[i].file, &in)) {
			skip(sets[i].file, 3);
			continue;
		}
		is(collect_import(&whole, in.data, in.len, in.len, &n, &e), OK, sets[i].file);
		ok(n.rows == sets[i].rows && n.events == sets[i].events && n.refused == sets[i].refused &&
		    n.skipped == sets[i].skipped &&
		    flagged(&n, IMPORT_BOUNDS_DISORDER) == sets[i].disorder &&
		    flagged(&n, IMPORT_SALVAGED) == sets[i].salvaged &&
		    flagged(&n, IMPORT_COUNTRY_UNKNOWN) == sets[i].no_country,
		    "%s: %llu events, %llu refused, %llu in disorder, %llu no country",
		    sets[i].file, (unsigned long long)n.events, (unsigned long long)n.refused,
		    (unsigned long long)flagged(&n, IMPORT_BOUNDS_DISORDER),
		    (unsigned long long)flagged(&n, IMPORT_COUNTRY_UNKNOWN));
		collect_import(&parts, in.data, in.len, 137, &again, &e);
		ok(memcmp(&n, &again, sizeof n) == 0 && whole.len == parts.len &&
		    memcmp(whole.data, parts.data, whole.len) == 0,
		    "%s: the same in small pieces", sets[i].file);
	}
	buf_free(&in);
	buf_free(&whole);
	buf_free(&parts);
}

int
main(void)
{
	test_tables();
	test_values();
	test_members();
	test_data();
	return tap_done();
}
