/*
 * Files of older versions: brought up to date by the first writer, whole or not at all.
 */
#include <sqlite3.h>

#include "store/conform_rows.h"
#include "store/files.h"

/* The enduring schema of version 1, and one derived table as it was then. */
static const char version_1[] =
    "PRAGMA application_id = 1147762542;"
    "PRAGMA user_version = 1;"
    "CREATE TABLE log (no INTEGER PRIMARY KEY, mechanism TEXT NOT NULL, member TEXT NOT NULL, origin TEXT NOT"
    " NULL UNIQUE, own INTEGER NOT NULL, frozen INTEGER NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL,"
    " payloads_next INTEGER NOT NULL, UNIQUE (mechanism, member)) STRICT;"
    "CREATE TABLE tile (log INTEGER NOT NULL, level INTEGER NOT NULL, n INTEGER NOT NULL, bytes BLOB NOT NULL,"
    " PRIMARY KEY (log, level, n)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE payload (pos INTEGER PRIMARY KEY, nonce BLOB NOT NULL, text BLOB NOT NULL) STRICT;"
    "CREATE TABLE checkpoint (log INTEGER NOT NULL, size INTEGER NOT NULL, note BLOB NOT NULL, PRIMARY KEY (log,"
    " size)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE control (target BLOB NOT NULL, pos INTEGER NOT NULL, target_seq INTEGER NOT NULL, type TEXT NOT NULL,"
    " by TEXT NOT NULL, at_ms INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (target, pos)) STRICT, WITHOUT ROWID;";

/* What a node of version 1 had written. */
static const char content_1[] =
    "INSERT INTO log VALUES (1, 'tashkent-2000', 'kz', 'tashkent-2000.diwan/kz/1', 1, 0, 3, zeroblob(32), 3);"
    "INSERT INTO log VALUES (2, 'tashkent-2000', 'kg', 'tashkent-2000.diwan/kg/1', 0, 1, 700,"
    "  x'0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20', 600);"
    "INSERT INTO tile VALUES (2, 0, 0, zeroblob(8192)), (2, -1, 0, x'aabbcc'), (2, 1, 0, zeroblob(64));"
    "INSERT INTO payload VALUES ((1 << 40) | 2, zeroblob(32), CAST('the third of kz' AS BLOB));"
    "INSERT INTO payload VALUES ((2 << 40) | 599, zeroblob(32), zeroblob(200000));"
    "INSERT INTO checkpoint VALUES (2, 700, CAST('a note' AS BLOB));"
    "INSERT INTO meta VALUES ('identity', CAST('kz' AS BLOB)), ('store.derived', CAST('1:00' AS BLOB));"
    "INSERT INTO control VALUES (x'01', 7, 0, 'WITHDRAW', 'kz', 5, '');";

#define ANSWER_MAX 8192

static int
ask_text(void *ctx, int cols, char **col, char **name)
{
	char *out = ctx;
	size_t n = strlen(out);

	(void)cols, (void)name;
	snprintf(out + n, ANSWER_MAX - n, "%s\n", col[0] == NULL ? "" : col[0]);
	return 0;
}

/* Run ${sql} on the file; the first column of each row it answers, a line each. */
static const char *
raw_sql(const char *path, const char *sql)
{
	static char out[ANSWER_MAX];
	sqlite3 *raw;

	out[0] = '\0';
	if (sqlite3_open(path, &raw) != SQLITE_OK || sqlite3_exec(raw, sql, ask_text, out, NULL) != SQLITE_OK) {
		printf("Bail out! %s: %s\n", sql, sqlite3_errmsg(raw));
		exit(1);
	}
	sqlite3_close(raw);
	return out;
}

static void
make_version_1(void)
{
	raw_sql(db, "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;");
	raw_sql(db, version_1);
	raw_sql(db, content_1);
}

/* ---- what came over ---------------------------------------------------------------------------------------------- */

static void
check_logs(struct store_reader *v)
{
	struct log_row got;

	MUST(store_log_get(v, 1, &got, NULL));
	ok(got.epoch == 1 && got.own && !got.frozen && got.size == 3 && got.payloads_next == 3 &&
	    strcmp(got.origin, "tashkent-2000.diwan/kz/1") == 0, "migrated: our log, the first of its member");
	MUST(store_log_find(v, "tashkent-2000", "kg", 0, &got, NULL));
	ok(got.no == 2 && got.epoch == 1 && !got.own && got.frozen && got.size == 700 && got.payloads_next == 600 &&
	    got.root[0] == 1 && got.root[31] == 32, "migrated: another's log, every column");
}

static void
check_content(struct store_reader *v)
{
	struct buf out = { 0 };
	struct payload p;
	uint64_t size;

	check_logs(v);
	ok(store_payload_get(v, POS(1, 2), &p, NULL) == OK && p.len == 15 && memcmp(p.bytes, "the third of kz", 15) == 0,
	    "migrated: a payload");
	ok(store_payload_get(v, POS(2, 599), &p, NULL) == OK && p.len == 200000, "migrated: a long payload");
	ok(store_tile_get(v, 2, 0, 0, &out, NULL) == OK && out.len == 8192, "migrated: a tile");
	ok(store_tile_get(v, 2, STORE_BUNDLE, 0, &out, NULL) == OK && out.len == 3 && out.data[2] == 0xcc,
	    "migrated: a bundle");
	ok(store_checkpoint_get(v, 2, UINT64_MAX, &size, &out, NULL) == OK && size == 700 &&
	    strcmp(buf_cstr(&out), "a note") == 0, "migrated: a checkpoint");
	ok(store_meta_get(v, "identity", &out, NULL) == OK && strcmp(buf_cstr(&out), "kz") == 0, "migrated: a setting");
	buf_free(&out);
}

/* The tables that a new program adds can be used, and the logs can go on. */
static void
use_it(struct store *s)
{
	struct log_row second = an_epoch(0, 2, "kz");
	struct row control = { .table = T_CONTROL, .cols = store_table_def(T_CONTROL)->cols, .v = { val_blob("x", 1),
	    val_int(1), val_int(0), val_str("WITHDRAW"), val_str("kz"), val_int(0), val_str(""), val_int(0) } };
	struct witnessed w = a_witnessed("log.example/a", 1, 1);
	struct err e;

	MUST(store_begin(s, NULL));
	MUST(store_derived_reset(s, NULL));
	is(store_row_put(s, &control, &e), OK, "migrated: the derived tables are the new ones after a rebuild");
	is(store_log_put(s, &second, &e), OK, "migrated: a member may have a second log");
	is(store_payload_erase(s, erasing(POS(1, 2)), &e), OK, "migrated: payloads can be erased");
	is(store_witness_put(s, &w, "n", 1, &e), OK, "migrated: it can witness");
	is(store_fork_put(s, "log.example/a", 1, "p", 1, &e), OK, "migrated: and keep a proof");
	is(store_blob_begin(s, blob_a, 3, &e), OK, "migrated: and attachments");
	is(store_blob_append(s, blob_a, 0, "abc", 3, &e), OK, "migrated: with their bytes");
	MUST(store_commit(s, NULL));
}

static void
test_migrate(void)
{
	int findings = 0;
	struct store *s;
	struct err e;

	make_version_1();
	is(store_open_sqlite(db, STORE_READONLY, &s, &e), ERR_CONFLICT, "version 1: a reader cannot open it");
	ok(strstr(e.text, db) != NULL && strstr(e.text, "start the node on it once") != NULL,
	    "version 1: and is told what to do");
	is_str(raw_sql(db, "PRAGMA user_version"), "1\n", "version 1: it is as it was");
	is(store_open_sqlite(db, 0, &s, &e), OK, "version 1: a writer opens it");
	ok(store_derived_stale(s), "migrated: views are to be rebuilt");
	check_content(store_view(s));
	use_it(s);
	MUST(store_selfcheck(store_view(s), no_finding, &findings, NULL));
	is(findings, 1, "migrated: the self-check finds only that a payload is not folded");
	store_close(s);
	is_str(raw_sql(db, "PRAGMA user_version"), "2\n", "migrated: it is of version 2");
	is(store_open_sqlite(db, STORE_READONLY, &s, &e), OK, "migrated: a reader opens it now");
	check_logs(store_view(s));
	store_close(s);
	remove_store(db);
}

static void
without_blanks(char *out, const char *in)
{
	for (; *in != '\0'; in++)
		if (strchr(" \t\n", *in) == NULL)
			*out++ = *in;
	*out = '\0';
}

/* A migrated file has the same tables and indexes as a new one, to the letter of their SQL, blanks apart. */
static void
test_same_schema(void)
{
	/* Renaming a table puts its name into quotes. */
	static const char what[] = "SELECT replace(sql, 'TABLE \"log\"', 'TABLE log') FROM sqlite_master"
	    " WHERE sql IS NOT NULL ORDER BY type, name";
	char fresh[ANSWER_MAX], migrated[ANSWER_MAX];
	struct store *s;

	MUST(store_open_sqlite(db, STORE_CREATE, &s, NULL));
	store_close(s);
	without_blanks(fresh, raw_sql(db, what));
	remove_store(db);
	make_version_1();
	MUST(store_open_sqlite(db, 0, &s, NULL));
	MUST(store_begin(s, NULL));
	MUST(store_derived_reset(s, NULL));
	MUST(store_commit(s, NULL));
	store_close(s);
	ok(strlen(fresh) > 1000, "schema: a new file has tables");
	without_blanks(migrated, raw_sql(db, what));
	is_str(migrated, fresh, "schema: a migrated file has the same");
	remove_store(db);
}

/* A step that fails half way leaves the file as it was. */
static void
test_whole_or_not(void)
{
	struct store *s;
	struct err e;

	make_version_1();
	raw_sql(db, "CREATE TABLE blob (in_the_way INTEGER)");
	is(store_open_sqlite(db, 0, &s, &e), ERR_IO, "half way: a table in the way stops it");
	ok(strstr(e.text, "stays as it was") != NULL && strstr(e.text, "blob") != NULL, "half way: the error says so");
	is_str(raw_sql(db, "PRAGMA user_version"), "1\n", "half way: it is still of version 1");
	is_str(raw_sql(db, "SELECT count(*) FROM log WHERE mechanism || member = 'tashkent-2000kg'"), "1\n",
	    "half way: with its logs");
	is_str(raw_sql(db, "SELECT count(*) FROM sqlite_master WHERE name IN ('log_2', 'erasure', 'witness', 'fork')"), "0\n",
	    "half way: and nothing new");
	raw_sql(db, "DROP TABLE blob");
	is(store_open_sqlite(db, 0, &s, &e), OK, "half way: once the way is free it goes through");
	check_content(store_view(s));
	store_close(s);
	raw_sql(db, "PRAGMA user_version = 0");
	is(store_open_sqlite(db, 0, &s, &e), ERR_VERIFY, "a version that never was is refused");
	remove_store(db);
}

int
main(void)
{
	new_folder();
	test_migrate();
	test_same_schema();
	test_whole_or_not();
	is(rmdir(folder), 0, "nothing else was left in the folder");
	return tap_done();
}
