/*
 * The second half of the suite: derived rows, snapshots, readers in threads.
 */
#ifndef TESTS_STORE_CONFORM_ROWS_H
#define TESTS_STORE_CONFORM_ROWS_H

#include "store/conform_trust.h"

static struct row
ident(const char *type, const char *value, int64_t pos)
{
	return (struct row){ .table = T_IDENT, .cols = 3, .v = { val_str(type), val_str(value), val_int(pos) } };
}

struct trail {
	char text[1024];
	int stop_at;
};

static int
trace_ident(void *ctx, const struct row *row)
{
	struct trail *t = ctx;
	size_t n = strlen(t->text);

	snprintf(t->text + n, sizeof t->text - n, "%.*s/%.*s/%d ", (int)row->v[0].len, (const char *)row->v[0].bytes,
	    (int)row->v[1].len, (const char *)row->v[1].bytes, (int)row->v[2].num);
	return t->stop_at != 0 && row->v[2].num == t->stop_at ? 7 : 0;
}

static void
scan_is(struct store *s, struct row from, int prefix, int given, bool down, const char *want, const char *name)
{
	struct trail t = { "", 0 };
	struct err e;
	int rc = store_row_scan(store_view(s), &from, prefix, given, down, trace_ident, &t, &e);

	ok(rc == OK, "rows: scan answers OK: %s", name);
	is_str(t.text, want, name);
}

static void
conform_scans(struct store *s)
{
	static const struct { const char *type, *value; int pos; } rows[] = {
		{ "plate", "A1", 3 }, { "passport", "N", 5 }, { "passport", "N", 2 }, { "passport", "NN", 1 },
		    { "passport", "", 9 },
		{ "plate", "\xd0\x96", -4 }, { "passport2", "N", 8 }, { "plate", "A1", INT32_MAX },
	};
	struct trail t = { "", 2 };
	struct row from = ident("", "", 0);
	struct err e;

	MUST(store_begin(s, NULL));
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct row row = ident(rows[i].type, rows[i].value, rows[i].pos);

		MUST(store_row_put(s, &row, NULL));
	}
	MUST(store_commit(s, NULL));
	scan_is(s, from, 0, 0, false, "passport//9 passport/N/2 passport/N/5 passport/NN/1 passport2/N/8 plate/A1/3 "
	    "plate/A1/2147483647 plate/\xd0\x96/-4 ", "rows: all, ascending");
	scan_is(s, from, 0, 0, true, "plate/\xd0\x96/-4 plate/A1/2147483647 plate/A1/3 passport2/N/8 passport/NN/1"
	    " passport/N/5 passport/N/2 passport//9 ", "rows: all, descending");
	from = ident("passport", "", 0);
	scan_is(s, from, 1, 1, false, "passport//9 passport/N/2 passport/N/5 passport/NN/1 ",
	    "rows: a prefix, ascending");
	scan_is(s, from, 1, 1, true, "passport/NN/1 passport/N/5 passport/N/2 passport//9 ",
	    "rows: a prefix, descending");
	from = ident("passport", "N", 3);
	scan_is(s, from, 1, 2, false, "passport/N/2 passport/N/5 passport/NN/1 ", "rows: a prefix from a value on");
	scan_is(s, from, 1, 2, true, "passport/N/5 passport/N/2 passport//9 ",
	    "rows: a prefix from the end of a value back");
	scan_is(s, from, 1, 3, false, "passport/N/5 passport/NN/1 ", "rows: a prefix from a full key on");
	scan_is(s, from, 1, 3, true, "passport/N/2 passport//9 ", "rows: a prefix from a full key back");
	scan_is(s, from, 2, 2, true, "passport/N/5 passport/N/2 ", "rows: a prefix of two, descending");
	scan_is(s, from, 2, 3, false, "passport/N/5 ", "rows: a prefix of two from a key that is not there");
	scan_is(s, from, 0, 3, false, "passport/N/5 passport/NN/1 passport2/N/8 plate/A1/3 plate/A1/2147483647"
	    " plate/\xd0\x96/-4 ", "rows: without prefix from a full key on");
	from = ident("passport", "N", 2);
	scan_is(s, from, 3, 3, false, "passport/N/2 ", "rows: a full key as prefix");
	from = ident("pass", "N", 2);
	scan_is(s, from, 1, 1, false, "", "rows: the beginning of a value is no prefix");
	from = ident("zzz", "", 0);
	scan_is(s, from, 1, 1, true, "", "rows: past the end");
	from = ident("passport", "", 0);
	is(store_row_scan(store_view(s), &from, 1, 1, false, trace_ident, &t, &e), 7, "rows: a visit stops the scan");
	is_str(t.text, "passport//9 passport/N/2 ", "rows: then and there");
}

static void
conform_rows(struct store *s)
{
	static const uint8_t id[16] = { 0, 0, 1, 0xff };
	struct row row = { .table = T_CONTROL, .cols = 8, .v = { val_blob(id, 16), val_int(POS(1, 2)), val_int(3),
	    val_str("WITHDRAW"), val_str("kz"), val_int(-5), val_str(""), val_int(INT64_MIN) } }, got;
	struct row key = ident("passport", "N", 5);
	struct err e;

	MUST(store_begin(s, NULL));
	is(store_row_put(s, &row, &e), OK, "row: put");
	is(store_row_get(store_view(s), &row, &got, &e), OK, "row: get in the transaction");
	ok(got.table == T_CONTROL && got.cols == 8 && store_row_same(&got, &row, 8), "row: every column");
	row.v[3] = val_str("RECALL");
	is(store_row_put(s, &row, &e), OK, "row: replaced by key");
	MUST(store_row_get(store_view(s), &row, &got, NULL));
	ok(store_row_same(&got, &row, 8), "row: the new one");
	MUST(store_commit(s, NULL));

	MUST(store_begin(s, NULL));
	is(store_row_del(s, &row, &e), OK, "row: del");
	is(store_row_del(s, &row, &e), OK, "row: del again is fine");
	is(store_row_get(store_view(s), &row, &got, &e), ERR_NOTFOUND, "row: gone");
	is(store_row_del(s, &key, &e), OK, "row: del one of several");
	store_rollback(s);
	is(store_row_get(store_view(s), &row, &got, &e), OK, "row: back after the rollback");
	ok(store_row_same(&got, &row, 8), "row: as committed");
	is(store_row_get(store_view(s), &key, &got, &e), OK, "row: the other too");
}

/* Visits that ask the same reader again, and write to another table. */
static int
nested_visit(void *ctx, const struct row *row)
{
	struct store *s = ctx;
	struct row from = *row, quarantine = { .table = T_QUARANTINE, .cols = 3,
	    .v = { row->v[2], val_int(1), val_str("nested") } };
	struct trail t = { "", 0 };
	struct payload p;

	if (store_row_scan(store_view(s), &from, 3, 3, false, trace_ident, &t, NULL) != OK || t.text[0] == '\0')
		return -98;
	if (store_payload_get(store_view(s), POS(1, 6), &p, NULL) != OK)
		return -97;
	return store_row_put(s, &quarantine, NULL);
}

static int
count_rows(void *ctx, const struct row *row)
{
	(void)row;
	++*(int *)ctx;
	return 0;
}

static int
rows_in(struct store_reader *r, enum derived_table t)
{
	struct row from = { .table = t, .cols = store_table_def(t)->cols };
	int n = 0;

	MUST(store_row_scan(r, &from, 0, 0, false, count_rows, &n, NULL));
	return n;
}

static void
conform_nested(struct store *s)
{
	struct row from = ident("", "", 0);
	struct err e;

	MUST(store_begin(s, NULL));
	is(store_row_scan(store_view(s), &from, 0, 0, false, nested_visit, s, &e), OK,
	    "nested: a scan in a scan, and a write");
	is(rows_in(store_view(s), T_QUARANTINE), 8, "nested: eight rows were written");
	store_rollback(s);
	is(rows_in(store_view(s), T_QUARANTINE), 0, "nested: and rolled back");
}

static void
conform_snapshots(struct store *s)
{
	struct row row = ident("case", "17", 1);
	struct store_reader *a, *b;
	struct row got;
	struct err e;

	MUST(store_reader_open(s, &a, NULL));
	MUST(store_reader_open(s, &b, NULL));
	MUST(store_reader_hold(a, NULL));
	MUST(store_begin(s, NULL));
	MUST(store_row_put(s, &row, NULL));
	is(store_row_get(b, &row, &got, &e), ERR_NOTFOUND, "snapshot: a reader does not see what is not committed");
	MUST(store_commit(s, NULL));
	is(store_row_get(b, &row, &got, &e), OK, "snapshot: and sees it after the commit");
	is(store_row_get(a, &row, &got, &e), ERR_NOTFOUND, "snapshot: one that holds stays where it was");
	is(store_tidy(s, &e), OK, "snapshot: tidying does not mind a holder");
	MUST(store_begin(s, NULL));
	MUST(store_row_del(s, &row, NULL));
	MUST(store_commit(s, NULL));
	is(store_row_get(a, &row, &got, &e), ERR_NOTFOUND, "snapshot: still");
	store_reader_release(a);
	MUST(store_begin(s, NULL));
	MUST(store_row_put(s, &row, NULL));
	MUST(store_commit(s, NULL));
	is(store_row_get(a, &row, &got, &e), OK, "snapshot: after the release it sees the present");
	MUST(store_reader_hold(b, NULL));
	store_reader_close(b);
	ok(true, "snapshot: a reader may be closed while it holds");
	store_reader_close(a);
}

static void
conform_reset(struct store *s)
{
	struct log_row log;
	struct err e;
	int total = 0;

	MUST(store_begin(s, NULL));
	is(store_derived_reset(s, &e), OK, "reset");
	for (int t = 0; t < T_COUNT; t++)
		total += rows_in(store_view(s), (enum derived_table)t);
	is(total, 0, "reset: every derived table is empty");
	store_rollback(s);
	ok(rows_in(store_view(s), T_IDENT) == 9, "reset: undone by a rollback");
	MUST(store_begin(s, NULL));
	MUST(store_derived_reset(s, NULL));
	MUST(store_commit(s, NULL));
	is(rows_in(store_view(s), T_IDENT), 0, "reset: committed");
	is(store_log_get(store_view(s), 1, &log, &e), OK, "reset: what endures is still there");
}

/* ---- threads ----------------------------------------------------------------------------------------------------- */

struct reading {
	struct store *s;
	atomic_int *done;
	atomic_int rounds;
	int torn;
};

/* The writer keeps two rows in step; a reader must never see them apart. */
static void *
read_on(void *arg)
{
	struct reading *g = arg;
	struct row low = ident("pair", "low", 0), high = ident("pair", "high", 0);
	struct store_reader *r;

	MUST(store_reader_open(g->s, &r, NULL));
	do {
		struct trail a = { "", 0 }, b = { "", 0 };

		MUST(store_reader_hold(r, NULL));
		MUST(store_row_scan(r, &low, 2, 2, false, trace_ident, &a, NULL));
		usleep(100);
		MUST(store_row_scan(r, &high, 2, 2, false, trace_ident, &b, NULL));
		store_reader_release(r);
		g->torn += strcmp(strrchr(a.text, '/'), strrchr(b.text, '/')) != 0;
		g->rounds++;
	} while (!atomic_load(g->done));
	store_reader_close(r);
	return NULL;
}

static void *
tidy_on(void *arg)
{
	struct reading *g = arg;

	while (!atomic_load(g->done)) {
		MUST(store_tidy(g->s, NULL));
		g->rounds++;
		usleep(500);
	}
	return NULL;
}

static void
put_pair(struct store *s, int n)
{
	struct row old[2] = { ident("pair", "low", n - 1), ident("pair", "high", n - 1) };
	struct row new[2] = { ident("pair", "low", n), ident("pair", "high", n) };

	MUST(store_begin(s, NULL));
	for (int i = 0; i < 2; i++) {
		MUST(store_row_del(s, &old[i], NULL));
		MUST(store_row_put(s, &new[i], NULL));
	}
	MUST(store_commit(s, NULL));
}

static int
fewest_rounds(struct reading g[4])
{
	int least = INT32_MAX;

	for (int i = 0; i < 4; i++)
		if (atomic_load(&g[i].rounds) < least)
			least = atomic_load(&g[i].rounds);
	return least;
}

static void
conform_threads(struct store *s)
{
	atomic_int done = 0;
	struct reading g[4] = { { 0 } };
	pthread_t t[4];
	int torn = 0, n = 1;

	put_pair(s, n);
	for (int i = 0; i < 4; i++) {
		g[i].s = s;
		g[i].done = &done;
		pthread_create(&t[i], NULL, i == 3 ? tidy_on : read_on, &g[i]);
	}
	while (n < 150 || (fewest_rounds(g) < 5 && n < 1000000))
		put_pair(s, ++n);
	atomic_store(&done, 1);
	for (int i = 0; i < 4; i++) {
		pthread_join(t[i], NULL);
		torn += g[i].torn;
	}
	is(torn, 0, "threads: three readers and a tidier beside the writer: nothing torn");
	ok(fewest_rounds(g) >= 5, "threads: each had its turns");
}

static void
no_finding(void *ctx, const char *finding)
{
	if (++*(int *)ctx <= 1)
		printf("# finding: %s\n", finding);
}

__attribute__((unused)) static void
conform(struct store *s)
{
	struct err e;
	int findings = 0;

	ok(!store_derived_stale(s), "a new store is not stale");
	conform_logs(s);
	conform_log_rules(s);
	conform_tiles(s);
	conform_payloads(s);
	conform_large(s);
	conform_checkpoints(s);
	conform_meta(s);
	conform_trust(s);
	conform_scans(s);
	conform_rows(s);
	conform_nested(s);
	conform_snapshots(s);
	conform_reset(s);
	conform_threads(s);
	is(store_selfcheck(store_view(s), no_finding, &findings, &e), OK, "selfcheck runs");
	ok(findings >= 0, "selfcheck: %d findings", findings);
}

#endif
