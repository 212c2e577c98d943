/*
 * Bulk filing into the store, against bare SQLite, in one run on one disk:
 *   bench_store [ROUNDS] [RECORDS ...]        3 rounds of 100,000 records each unless told otherwise
 *
 * Both write the same records: text of 1 KiB, nonce of 32 bytes, and rows in version, by_id and by_time; in batches of
 * 4096, each durable (WAL, synchronous FULL) before the next begins; ids ascend as record_new_id makes them, positions
 * ascend.
 *   bare   statements prepared once, plain INSERTs, pages of the same size, 256 MiB of cache, no secure_delete, no
 *          checks, no tiles; a checkpoint each 256 MiB of write-ahead log
 *   store  the calls a node makes: store_begin, payloads, hash tiles and bundles of the batch, rows, log row, every
 *          payload of the batch read back and compared, store_commit
 * Both times include the final checkpoint: then all of it is in the main file. A figure is the best of the rounds;
 * "ratio" is store / bare.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/store.h"

#define BATCH 4096
#define TEXT_BYTES 1024
#define CHECKPOINT_PAGES "32768"
#define TITLE "Seizure at the crossing of the river, opium, 12 kg"
#define STATE "OPEN"
#define CHANNEL "drugs"

static char path[64];
static struct made {
	uint8_t id[16], nonce[32], text[TEXT_BYTES];
	int64_t pos, filed_ms;
} batch[BATCH];

static uint64_t
mix(uint64_t x)				/* SplitMix64's finaliser: a number's own random bytes */
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static void
make_record(struct made *m, uint64_t i)
{
	uint64_t r = mix(i + 1);

	m->pos = POS(1, i);
	m->filed_ms = INT64_C(1600000000000) + (int64_t)i / 20;
	for (int k = 0; k < 6; k++)
		m->id[k] = (uint8_t)(m->filed_ms >> (40 - 8 * k));
	memcpy(m->id + 6, &r, 8);
	memcpy(m->id + 14, &i, 2);
	for (size_t k = 0; k < sizeof m->text; k += 8) {
		r += UINT64_C(0x9e3779b97f4a7c15);
		memcpy(m->text + k, &r, 8);
	}
	memcpy(m->nonce, m->text + 512, sizeof m->nonce);
}

static size_t
make_batch(uint64_t from, uint64_t records)
{
	size_t n = records - from < BATCH ? (size_t)(records - from) : BATCH;

	for (size_t i = 0; i < n; i++)
		make_record(&batch[i], from + i);
	return n;
}

static void
die(const char *what)
{
	fprintf(stderr, "bench_store: %s\n", what);
	exit(1);
}

static void
clear_files(void)
{
	static const char *const suffix[] = { "", "-wal", "-shm", ".lock" };
	char name[96];

	for (size_t i = 0; i < sizeof suffix / sizeof suffix[0]; i++) {
		snprintf(name, sizeof name, "%s%s", path, suffix[i]);
		unlink(name);
	}
	sync();
}

/* ---- bare SQLite ------------------------------------------------------------------------------------------------- */

static const char *const bare_insert[] = {
	"INSERT INTO payload VALUES (?1, ?2, ?3)",
	"INSERT INTO version VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
	"INSERT INTO by_id VALUES (?1, ?2, ?3)",
	"INSERT INTO by_time VALUES (?1, ?2)",
	"BEGIN IMMEDIATE",
	"COMMIT",
};

static void
bare_exec(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		die(sqlite3_errmsg(db));
}

static void
bare_step(sqlite3 *db, sqlite3_stmt *st)
{
	if (sqlite3_step(st) != SQLITE_DONE)
		die(sqlite3_errmsg(db));
	sqlite3_reset(st);
}

static void
bare_record(sqlite3 *db, sqlite3_stmt *st[], const struct made *m)
{
	sqlite3_bind_int64(st[0], 1, m->pos);
	sqlite3_bind_blob(st[0], 2, m->nonce, sizeof m->nonce, SQLITE_STATIC);
	sqlite3_bind_blob(st[0], 3, m->text, sizeof m->text, SQLITE_STATIC);
	bare_step(db, st[0]);
	sqlite3_bind_int64(st[1], 1, m->pos);
	sqlite3_bind_blob(st[1], 2, m->id, sizeof m->id, SQLITE_STATIC);
	sqlite3_bind_int64(st[1], 3, 1);
	sqlite3_bind_int64(st[1], 4, 13);
	sqlite3_bind_int64(st[1], 5, 0);
	sqlite3_bind_text(st[1], 6, STATE, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st[1], 7, m->filed_ms);
	sqlite3_bind_text(st[1], 8, CHANNEL, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st[1], 9, 6);
	sqlite3_bind_int64(st[1], 10, 2);
	sqlite3_bind_int64(st[1], 11, 1);
	sqlite3_bind_int64(st[1], 12, 0);
	sqlite3_bind_int64(st[1], 13, TEXT_BYTES);
	sqlite3_bind_text(st[1], 14, TITLE, -1, SQLITE_STATIC);
	bare_step(db, st[1]);
	sqlite3_bind_blob(st[2], 1, m->id, sizeof m->id, SQLITE_STATIC);
	sqlite3_bind_int64(st[2], 2, 1);
	sqlite3_bind_int64(st[2], 3, m->pos);
	bare_step(db, st[2]);
	sqlite3_bind_int64(st[3], 1, m->filed_ms);
	sqlite3_bind_int64(st[3], 2, m->pos);
	bare_step(db, st[3]);
}

static double
bench_bare(uint64_t records)
{
	sqlite3_stmt *st[6];
	int64_t start;
	sqlite3 *db;

	clear_files();
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
	    NULL) != SQLITE_OK)
		die("cannot open the file");
	bare_exec(db, "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	    "PRAGMA secure_delete = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -262144;"
	    "PRAGMA wal_autocheckpoint = " CHECKPOINT_PAGES ";"
	    "CREATE TABLE payload (pos INTEGER PRIMARY KEY, nonce BLOB, text BLOB);"
	    "CREATE TABLE version (pos INTEGER PRIMARY KEY, id, seq, kind, mode, state, filed_ms, channel, purposes,"
	    " tlp, pd, class_level, bytes, title);"
	    "CREATE TABLE by_id (id, seq, pos, PRIMARY KEY (id, seq, pos)) WITHOUT ROWID;"
	    "CREATE TABLE by_time (filed_ms, pos, PRIMARY KEY (filed_ms, pos)) WITHOUT ROWID;");
	for (int i = 0; i < 6; i++)
		if (sqlite3_prepare_v3(db, bare_insert[i], -1, SQLITE_PREPARE_PERSISTENT, &st[i], NULL) != SQLITE_OK)
			die(sqlite3_errmsg(db));
	start = monotonic_us();
	for (uint64_t i = 0; i < records; i += BATCH) {
		size_t n = make_batch(i, records);

		bare_step(db, st[4]);
		for (size_t k = 0; k < n; k++)
			bare_record(db, st, &batch[k]);
		bare_step(db, st[5]);
	}
	sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	start = monotonic_us() - start;
	for (int i = 0; i < 6; i++)
		sqlite3_finalize(st[i]);
	sqlite3_close(db);
	return (double)records * 1e6 / (double)start;
}

/* ---- the store --------------------------------------------------------------------------------------------------- */

static void
must(int rc, const struct err *e)
{
	if (rc != OK)
		die(e->text);
}

static void
store_record(struct store *s, const struct made *m, struct err *e)
{
	struct row version = { .table = T_VERSION, .cols = 14, .v = { val_int(m->pos), val_blob(m->id, 16), val_int(1),
	    val_int(13), val_int(0), val_str(STATE), val_int(m->filed_ms), val_str(CHANNEL), val_int(6), val_int(2),
	    val_int(1), val_int(0), val_int(TEXT_BYTES), val_str(TITLE) } };
	struct row by_id = { .table = T_BY_ID, .cols = 3, .v = { val_blob(m->id, 16), val_int(1), val_int(m->pos) } };
	struct row by_time = { .table = T_BY_TIME, .cols = 2, .v = { val_int(m->filed_ms), val_int(m->pos) } };

	must(store_payload_put(s, m->pos, m->nonce, m->text, sizeof m->text, e), e);
	must(store_row_put(s, &version, e), e);
	must(store_row_put(s, &by_id, e), e);
	must(store_row_put(s, &by_time, e), e);
}

static int
read_back(void *ctx, const struct payload *p)
{
	struct made **next = ctx, *m = (*next)++;

	return p->pos != m->pos || p->len != sizeof m->text || memcmp(p->bytes, m->text, p->len) != 0 ||
	    memcmp(p->nonce, m->nonce, sizeof m->nonce) != 0;
}

/* The hash tiles and bundles that entries ${from} .. ${to} change: their sizes are real, their bytes are not hashes. */
static void
store_tiles(struct store *s, uint64_t from, uint64_t to, struct err *e)
{
	static uint8_t bytes[256 * 35];

	for (uint64_t n = from / 256; n * 256 < to; n++) {
		size_t width = (size_t)(to - n * 256 < 256 ? to - n * 256 : 256);

		must(store_tile_put(s, 1, STORE_BUNDLE, n, bytes, width * 35, e), e);
		must(store_tile_put(s, 1, 0, n, bytes, width * 32, e), e);
	}
	for (int level = 1; to >> (8 * level) > 0; level++) {
		uint64_t n = ((to >> (8 * level)) - 1) / 256;

		must(store_tile_put(s, 1, level, n, bytes, (size_t)((to >> (8 * level)) - n * 256) * 32, e), e);
	}
}

static void
store_batch(struct store *s, uint64_t from, size_t n, struct err *e)
{
	uint64_t to = from + n;
	struct log_row log = { .no = 1, .epoch = 1, .mechanism = "bench", .member = "kz", .origin = "example.org/bench/kz",
	    .own = true, .size = to, .payloads_next = to };
	struct made *next = batch;

	memcpy(log.root, &to, sizeof to);
	must(store_begin(s, e), e);
	for (size_t k = 0; k < n; k++)
		store_record(s, &batch[k], e);
	store_tiles(s, from, to, e);
	must(store_log_put(s, &log, e), e);
	if (store_payload_scan(store_view(s), POS(1, from), POS(1, to), read_back, &next, e) != OK || next != batch + n)
		die("what was read back is not what was written");
	must(store_commit(s, e), e);
}

static double
bench_store(uint64_t records)
{
	struct store *s;
	int64_t start;
	struct err e;

	clear_files();
	must(store_open_sqlite(path, STORE_CREATE, &s, &e), &e);
	start = monotonic_us();
	for (uint64_t i = 0; i < records; i += BATCH)
		store_batch(s, i, make_batch(i, records), &e);
	must(store_tidy(s, &e), &e);
	start = monotonic_us() - start;
	store_close(s);
	return (double)records * 1e6 / (double)start;
}

static long
resident_kib(void)
{
	long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f == NULL || fscanf(f, "%*d %ld", &pages) != 1)
		pages = 0;
	if (f != NULL)
		fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void
bench(uint64_t records, int rounds)
{
	double bare = 0, store = 0, x;
	struct stat st;
	long kib;

	for (int i = 0; i < rounds; i++) {
		if ((x = bench_bare(records)) > bare)
			bare = x;
		if ((x = bench_store(records)) > store)
			store = x;
	}
	kib = resident_kib();
	if (stat(path, &st) != 0)
		die("no file");
	printf("records %9llu   bare %7.0f/s   store %7.0f/s   ratio %.2f   file %.0f MiB   resident %ld KiB\n",
	    (unsigned long long)records, bare, store, store / bare, (double)st.st_size / 1048576, kib);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 3;

	if (rounds < 1 || rounds > 1000)
		die("usage: bench_store [ROUNDS] [RECORDS ...]");
	snprintf(path, sizeof path, "bench_store.%d.db", (int)getpid());
	if (argc <= 2)
		bench(100000, (int)rounds);
	for (int i = 2; i < argc; i++)
		bench(strtoull(argv[i], NULL, 10), (int)rounds);
	clear_files();
	return 0;
}
