/* BENCHMARKS.md: bare SQLite, bulk filing, cost curve, start. bench_filing [-n RECORDS] */
#include <sqlite3.h>

#include "gen.h"

#define BATCH 4096
#define DEFAULT_RECORDS 200000

/* ---- the baseline: what SQLite alone does with the same bytes and rows ---- */

static void
run(sqlite3 *db, const char *sql)
{
	char *msg = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &msg) != SQLITE_OK) {
		fprintf(stderr, "%s: %s\n", sql, msg);
		exit(1);
	}
}

static sqlite3_stmt *
prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK) {
		fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
		exit(1);
	}
	return st;
}

static void
step(sqlite3_stmt *st)
{
	if (sqlite3_step(st) != SQLITE_DONE) {
		fprintf(stderr, "bare: %s\n", sqlite3_errmsg(sqlite3_db_handle(st)));
		exit(1);
	}
	sqlite3_reset(st);
}

static void
bare_insert(sqlite3_stmt *payload, sqlite3_stmt *version, sqlite3_stmt *by_id, sqlite3_stmt *by_time, int64_t pos,
    const struct buf *text)
{
	uint8_t nonce[32], id[16];

	rng_fill(&rng_system, nonce, sizeof nonce);
	record_new_id(id, clock_now_ms(&clock_system), &rng_system);
	sqlite3_bind_int64(payload, 1, pos);
	sqlite3_bind_blob(payload, 2, nonce, 32, SQLITE_STATIC);
	sqlite3_bind_blob(payload, 3, text->data, (int)text->len, SQLITE_STATIC);
	step(payload);
	sqlite3_bind_int64(version, 1, pos);
	sqlite3_bind_blob(version, 2, id, 16, SQLITE_STATIC);
	for (int c = 3; c <= 14; c++)
		sqlite3_bind_int64(version, c, c);
	sqlite3_bind_text(version, 6, "OPEN", 4, SQLITE_STATIC);
	sqlite3_bind_int64(version, 7, clock_now_ms(&clock_system));
	sqlite3_bind_text(version, 8, "incidents", 9, SQLITE_STATIC);
	sqlite3_bind_text(version, 14, "OTHER_CRIME, OCCURRED", 21, SQLITE_STATIC);
	step(version);
	sqlite3_bind_blob(by_id, 1, id, 16, SQLITE_STATIC);
	sqlite3_bind_int64(by_id, 2, pos);
	step(by_id);
	sqlite3_bind_int64(by_time, 1, clock_now_ms(&clock_system));
	sqlite3_bind_int64(by_time, 2, pos);
	step(by_time);
}

static double
bare(const char *root, uint64_t records)
{
	static struct buf text;
	sqlite3_stmt *payload, *version, *by_id, *by_time;
	char path[512];
	sqlite3 *db;
	int64_t start;
	double rate;

	snprintf(path, sizeof path, "%s/bare.db", root);
	if (sqlite3_open(path, &db) != SQLITE_OK)
		exit(1);
	run(db, "PRAGMA page_size=8192");
	run(db, "PRAGMA journal_mode=WAL");
	run(db, "PRAGMA synchronous=FULL");
	run(db, "PRAGMA wal_autocheckpoint=16384");
	run(db, "PRAGMA cache_size=-65536");
	run(db, "CREATE TABLE payload(pos INTEGER PRIMARY KEY, nonce BLOB, bytes BLOB)");
	run(db, "CREATE TABLE version(pos INTEGER PRIMARY KEY, id BLOB, seq, kind, mode, state, filed_ms, channel, "
	    "purposes, tlp, pd, class_level, "
	    "bytes, title)");
	run(db, "CREATE TABLE by_id(id BLOB, seq, pos, PRIMARY KEY(id, seq, pos)) WITHOUT ROWID");
	run(db, "CREATE TABLE by_time(filed_ms, pos, PRIMARY KEY(filed_ms, pos)) WITHOUT ROWID");
	payload = prepare(db, "INSERT INTO payload VALUES(?,?,?)");
	version = prepare(db, "INSERT INTO version VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
	by_id = prepare(db, "INSERT INTO by_id VALUES(?,1,?)");
	by_time = prepare(db, "INSERT INTO by_time VALUES(?,?)");
	gen_record(&text, 0, GEN_BYTES, 0);
	start = monotonic_us();
	for (uint64_t i = 0; i < records; i++) {
		if (i % BATCH == 0)
			run(db, "BEGIN IMMEDIATE");
		bare_insert(payload, version, by_id, by_time, (int64_t)i, &text);
		if (i % BATCH == BATCH - 1 || i == records - 1)
			run(db, "COMMIT");
	}
	rate = (double)records / ((double)(monotonic_us() - start) / 1e6);
	sqlite3_finalize(payload);
	sqlite3_finalize(version);
	sqlite3_finalize(by_id);
	sqlite3_finalize(by_time);
	sqlite3_close(db);
	unlink(path);
	return rate;
}

/* Fill up to ${records}; at each power of ten print the rate of the last tenth. */
static double
filing(struct node *n, uint64_t records)
{
	double total = 0;
	uint64_t done = 0;

	for (uint64_t decade = 10000; done < records; decade *= 10) {
		uint64_t end = decade < records ? decade : records, tenth = end - (end - done) / 10;
		double last;

		total += gen_file(n, done, tenth);
		total += last = gen_file(n, tenth, end);
		printf("cost curve           %9llu records: %.0f/s over the last %llu, resident %ld MiB\n", (unsigned long long)end,
		    (double)(end - tenth) / last, (unsigned long long)(end - tenth), resident_kib() / 1024);
		fflush(stdout);
		done = end;
	}
	return (double)records / total;
}

int
main(int argc, char **argv)
{
	uint64_t records = argc == 3 && strcmp(argv[1], "-n") == 0 ? strtoull(argv[2], NULL, 10) : DEFAULT_RECORDS;
	const char *root = gen_root();
	double base = bare(root, records < DEFAULT_RECORDS ? records : DEFAULT_RECORDS), rate;
	struct node *n = gen_node(root, "kz", "127.0.0.1:18300");
	struct node_options o = { 0 };
	struct err e = { 0 };
	char dir[512];
	int64_t start;

	printf("bare SQLite          %.0f records/s\n", base);
	rate = filing(n, records);
	printf("bulk filing          %.0f records/s (%llu records), %.0f %% of bare SQLite\n", rate, (unsigned long long)records,
	    100 * rate / base);
	node_close(n);
	snprintf(dir, sizeof dir, "%s/kz", root);
	o.dir = dir;
	start = monotonic_us();
	if (node_open(&n, &o, &e) != OK)
		die("open", &e);
	printf("start                %.0f ms with %llu records, resident %ld MiB\n", (double)(monotonic_us() - start) / 1000,
	    (unsigned long long)records, resident_kib() / 1024);
	node_close(n);
	return 0;
}
