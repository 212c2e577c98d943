/* Rows out of CSV and TSV: RFC 4180 by table, each case cut at every byte; broken input; bounds. */
#include "collect.h"

static const struct { const char *name, *in, *want; } cases[] = {
	{ "D01 plain", "a,b\n1,2\n", "1:a|b\n2:1|2\n" },
	{ "D02 no newline at the end", "a,b\n1,2", "1:a|b\n2:1|2\n" },
	{ "D03 CR LF", "a,b\r\n1,2\r\n", "1:a|b\n2:1|2\n" },
	{ "D04 quoted separator, quote and newline", "a,b\n\"1,\"\"x\"\"\",\"2\n3\"\n4,5\n",
	    "1:a|b\n2:1,\"x\"|2\n3\n4:4|5\n" },
	{ "D05 empty cells", "a,b,c\n,,\n\"\",\"\",\"\"\n", "1:a|b|c\n2:||\n3:||\n" },
	{ "D06 byte order mark", "\xef\xbb\xbf\"a\",b\n1,2\n", "1:a|b\n2:1|2\n" },
	{ "D07 blank lines are no rows", "\n\na,b\n\n1,2\n\r\n", "3:a|b\n5:1|2\n" },
	{ "D08 tab separated: quotes are characters", "a\tb\n\"x\ty\"\n", "1:a|b\n2:\"x|y\"\n" },
	{ "D09 tab wins although cells hold commas", "a,1\tb\nx\ty\n", "1:a,1|b\n2:x|y\n" },
	{ "D10 semicolons", "a;b\n1,5;2\n", "1:a|b\n2:1,5|2\n" },
	{ "D11 quote inside an unquoted cell", "a,b\n5\" pipe,x\"y\"\n", "1:a|b\n2:5\" pipe|x\"y\"\n" },
	{ "D12 too few and too many cells", "a,b\n1\n1,2,3\n4,5\n",
	    "1:a|b\n!2: has 1 columns \n!3: has 3 columns \n4:4|5\n" },
	{ "D13 text after a closing quote", "a,b\n\"1\"x,2\n3,4\n", "1:a|b\n!2: has text after\n3:3|4\n" },
	{ "D14 open quote, next line has one too: one row lost, the others won back", "a,b\n1,\"cut\n2,\"x\"\n3,y\n",
	    "1:a|b\n!2: has text after\n3:2|x~\n4:3|y\n" },
	{ "D15 open quote to the end: the lines after it are won back", "a,b\n1,\"cut\n2,x\n3,y\n",
	    "1:a|b\n!2: ends inside a \n3:2|x~\n4:3|y~\n" },
	{ "D16 open quote on the last line", "a,b\n1,2\n3,\"cut", "1:a|b\n2:1|2\n!3: ends inside a \n" },
	{ "D17 Windows-1252 row between UTF-8 rows", "a,b\n\xc3\xa9,1\ncaf\xe9 \x96 x,2\n\xc3\xbc,3\n",
	    "1:a|b\n2:\xc3\xa9|1\n3:caf\xc3\xa9 \xe2\x80\x93 x|2*\n4:\xc3\xbc|3\n" },
	{ "D18 two encodings in one row", "a,b\n\xc3\xa9,\xe9\n1,2\n", "1:a|b\n!2: is neither UTF\n3:1|2\n" },
	{ "D19 Cyrillic in Windows-1251 is not Windows-1252", "a,b\n\xcc\xee\xf1\xea\xe2\xe0,1\n1,2\n",
	    "1:a|b\n!2: is neither UTF\n3:1|2\n" },
	{ "D20 a byte Windows-1252 does not define", "a,b\nx\x81,1\n1,2\n", "1:a|b\n!2: is neither UTF\n3:1|2\n" },
	{ "D21 a lone CR is a character", "a,b\n1\rx,2\n", "1:a|b\n2:1\rx|2\n" },
	{ "D22 a CR after a closing quote ends the row or spoils it", "a,b\n\"1\",\"2\"\r\n\"3\"\r,4\n5,6\n",
	    "1:a|b\n2:1|2\n!3: has text after\n4:5|6\n" },
	{ "D23 quoted newlines in the wrong number of cells", "a,b\n\"x\ny\"\n1,2\n",
	    "1:a|b\n!2: has 1 columns \n!3: has 1 columns \n4:1|2\n" },
	{ "D24 one column", "a\nx\ny\n", "1:a\n2:x\n3:y\n" },
	{ "D25 header alone", "a,b\n", "1:a|b\n" },
	{ "D26 nothing", "", "" },
	{ "D27 a mark and nothing", "\xef\xbb\xbf", "" },
	{ "D28 broken header", "a,\"b\"c\n1,2\n", "? line 1, the header: has text after a closing quote; inside a "
	    "quoted cell a quote is written twice (or the cell was cut off before its closing quote)\n" },
	{ "D29 UTF-16", "\xff\xfe" "a,b\n", "? the file is UTF-16; save it as \"CSV UTF-8\" and import that\n" },
	{ "D30 two open quotes in a row", "a,b\n1,\"cut\n2,\"cut\n3,4\n5,6\n",
	    "1:a|b\n!2: has text after\n!3: ends inside a \n4:3|4~\n5:5|6~\n" },
};

static void
test_cases(void)
{
	struct buf whole = { 0 }, cut = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t len = strlen(cases[i].in), differing = 0;

		collect_dsv(&whole, cases[i].in, len, len, len, 0);
		is_str(buf_cstr(&whole), cases[i].want, cases[i].name);
		for (size_t first = 1; first < len; first++) {
			collect_dsv(&cut, cases[i].in, len, first, len, 0);
			differing += strcmp(buf_cstr(&cut), cases[i].want) != 0;
		}
		collect_dsv(&cut, cases[i].in, len, 1, 1, 0);
		differing += strcmp(buf_cstr(&cut), cases[i].want) != 0;
		ok(differing == 0, "%s: the same wherever it is cut", cases[i].name);
	}
	buf_free(&whole);
	buf_free(&cut);
}

static void
test_nul(void)
{
	struct buf out = { 0 };

	collect_dsv(&out, "a,b\n1\0,2\n3,4\n", 13, 13, 13, 0);
	is_str(buf_cstr(&out), "1:a|b\n!2: holds a zero b\n3:3|4\n", "a zero byte refuses its row");
	buf_free(&out);
}

static void
test_bounds(void)
{
	struct buf out = { 0 }, in = { 0 };

	collect_dsv(&out, "a,b\n1234567890123456,2\n3,4\n", 27, 27, 27, 16);
	is_str(buf_cstr(&out), "1:a|b\n!2: is longer than\n3:3|4\n",
	    "a row past the bound is refused, the next is read");
	collect_dsv(&out, "a,b\n1,\"234\n5,6\n7,8\n9,0\n", 23, 23, 23, 16);
	is_str(buf_cstr(&out), "1:a|b\n!2: is longer than\n3:5|6~\n4:7|8~\n5:9|0~\n",
	    "an open quote past the bound costs one line");
	collect_dsv(&out, "aaaaaaaaaaaaaaaaaaaaaaaaaaaa,b\n", 31, 31, 31, 16);
	is_str(buf_cstr(&out), "? the first line is longer than 16 bytes; this is no table of events\n",
	    "a header past the bound");
	for (int i = 0; i < 600; i++)
		buf_str(&in, "x,");
	buf_str(&in, "x\n");
	is(collect_dsv(&out, in.data, in.len, in.len, in.len, 0), ERR_INPUT, "601 columns are refused");
	buf_free(&in);
	buf_free(&out);
}

/* 100 MB without a newline: refused while holding no more than one row's bound. */
static void
test_long_line(void)
{
	struct buf out = { .max_bytes = 4096 };
	const struct dsv_sink sink = { collect_row, collect_bad, &out };
	struct dsv *d = dsv_new(&sink, 0);
	static char piece[65536];
	struct err e;
	int rc;

	memset(piece, 'x', sizeof piece);
	rc = dsv_feed(d, "a,b\n", 4, &e);
	for (size_t sent = 0; rc == OK && sent < 100u * 1024 * 1024; sent += sizeof piece)
		rc = dsv_feed(d, piece, sizeof piece, &e);
	if (rc == OK)
		rc = dsv_feed(d, "\n1,2\n", 5, &e);
	is(rc == OK ? dsv_finish(d, &e) : rc, OK, "100 MB in one line are read through");
	is_str(buf_cstr(&out), "1:a|b\n!2: is longer than\n3:1|2\n", "one complaint, and the row after it");
	dsv_free(d);
	buf_free(&out);
}

/*
 * Rows made to be reread again and again: the reader must stay linear and come out at the same place in any
 * chunking.
 */
static void
test_hostile(void)
{
	struct buf in = { 0 }, one = { 0 }, two = { 0 };

	buf_str(&in, "a,b\n");
	for (int i = 0; i < 40000; i++)
		buf_str(&in, i % 3 == 0 ? "\"x\n" : "y,\"\n");
	collect_dsv(&one, in.data, in.len, in.len, in.len, 4096);
	collect_dsv(&two, in.data, in.len, 7, 7, 4096);
	ok(one.len > 0 && one.len == two.len && memcmp(one.data, two.data, one.len) == 0,
	    "hostile quotes: the same in any chunking");
	buf_free(&in);
	buf_free(&one);
	buf_free(&two);
}

int
main(void)
{
	test_cases();
	test_nul();
	test_bounds();
	test_long_line();
	test_hostile();
	return tap_done();
}
