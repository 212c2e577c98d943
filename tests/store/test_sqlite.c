/*
 * The store in a file: the suite, then what only files have: locks, other processes, versions, the self-check. Deletion
 * and backup are in test_erase.c, power cuts and full disks in test_crash.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "store/conform_rows.h"
#include "store/files.h"

static void
shell_sql(const char *path, const char *sql)
{
	sqlite3 *raw;

	if (sqlite3_open(path, &raw) != SQLITE_OK || sqlite3_exec(raw, sql, NULL, NULL, NULL) != SQLITE_OK) {
		printf("Bail out! %s: %s\n", sql, sqlite3_errmsg(raw));
		exit(1);
	}
	sqlite3_close(raw);
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

static void
test_open(void)
{
	struct store *s, *second;
	struct stat st;
	char want[64];
	struct err e;

	is(store_open_sqlite(db, 0, &s, &e), ERR_IO, "open: no such file");
	ok(s == NULL && strstr(e.text, db) != NULL, "open: the error names it");
	is(store_open_sqlite("/nowhere/at/all.db", STORE_CREATE, &s, &e), ERR_IO, "create: no such folder");
	MUST(store_open_sqlite(db, STORE_CREATE, &s, NULL));
	ok(stat(db, &st) == 0 && (st.st_mode & 0777) == 0600, "create: only its owner may read it");
	is(store_open_sqlite(db, 0, &second, &e), ERR_BUSY, "open: a second writer is refused");
	snprintf(want, sizeof want, "process %d;", (int)getpid());
	ok(strstr(e.text, want) != NULL, "open: and told who holds it");
	store_close(s);
	is(store_open_sqlite(db, STORE_CREATE, &s, &e), ERR_CONFLICT, "create: not over a file");
	is(store_open_sqlite(db, 0, &s, &e), OK, "open: again");
	store_close(s);
}

static void
test_other_process(void)
{
	struct store *s, *ro;
	struct store_reader *r;
	struct log_row row = a_log(1, "kz", 3), got;
	int to_child[2], to_parent[2], status;
	struct err e;
	pid_t pid;
	char c;

	if (pipe(to_child) != 0 || pipe(to_parent) != 0 || (pid = fork()) < 0)
		exit(1);
	if (pid == 0) {
		MUST(store_open_sqlite(db, 0, &s, NULL));
		MUST(store_begin(s, NULL));
		MUST(store_log_put(s, &row, NULL));
		MUST(store_commit(s, NULL));
		if (write(to_parent[1], "x", 1) != 1 || read(to_child[0], &c, 1) != 1)
			_exit(1);
		row.size = 4;
		MUST(store_begin(s, NULL));
		MUST(store_log_put(s, &row, NULL));
		MUST(store_commit(s, NULL));
		if (write(to_parent[1], "y", 1) != 1 || read(to_child[0], &c, 1) != 1)
			_exit(1);
		store_close(s);
		_exit(0);
	}
	if (read(to_parent[0], &c, 1) != 1)
		exit(1);
	is(store_open_sqlite(db, 0, &s, &e), ERR_BUSY, "processes: one writer");
	ok(strstr(e.text, "process ") != NULL && strtol(strstr(e.text, "process ") + 8, NULL, 10) == pid,
	    "processes: its number is told");
	is(store_open_sqlite(db, STORE_READONLY, &ro, &e), OK, "processes: reading beside a writer");
	MUST(store_reader_open(ro, &r, NULL));
	is(store_log_get(r, 1, &got, &e), OK, "processes: sees what is committed");
	is(got.size, 3, "processes: so far");
	if (write(to_child[1], "x", 1) != 1 || read(to_parent[0], &c, 1) != 1)
		exit(1);
	MUST(store_log_get(r, 1, &got, NULL));
	is(got.size, 4, "processes: and what is committed later");
	is(store_begin(ro, &e), ERR_DENIED, "processes: a reader's store refuses to write");
	is(store_tidy(ro, &e), OK, "processes: and has nothing to tidy");
	if (write(to_child[1], "y", 1) != 1 || waitpid(pid, &status, 0) != pid)
		exit(1);
	is(status, 0, "processes: the writer closed in peace");
	store_reader_close(r);
	store_close(ro);
	is(store_open_sqlite(db, STORE_READONLY, &ro, &e), OK, "processes: reading without a writer");
	MUST(store_log_get(store_view(ro), 1, &got, NULL));
	is(got.size, 4, "processes: the same");
	store_close(ro);
}

/* In a child that may not write to the folder (not even as root). */
static void
test_readonly_medium(void)
{
	struct store *ro;
	struct log_row got;
	int status;
	pid_t pid;

	MUST(store_open_sqlite(db, 0, &ro, NULL));
	store_close(ro);		/* nothing is left beside the main file */
	chmod(db, 0644);
	chmod(folder, 0555);
	if ((pid = fork()) < 0)
		exit(1);
	if (pid == 0) {
		if (getuid() == 0 && setuid(65534) != 0)
			_exit(9);
		if (store_open_sqlite(db, STORE_READONLY, &ro, NULL) != OK ||
		    store_log_get(store_view(ro), 1, &got, NULL) != OK || got.size != 4)
			_exit(8);
		store_close(ro);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	is(status, 0, "a store in a folder nobody can write to can be read");
	chmod(folder, 0700);
	chmod(db, 0600);
}

static void
test_foreign_files(void)
{
	struct store *s;
	struct err e;
	FILE *f;

	shell_sql(db, "PRAGMA user_version = 3");
	is(store_open_sqlite(db, 0, &s, &e), ERR_UNKNOWN, "a file of a newer schema is refused");
	is(store_open_sqlite(db, STORE_READONLY, &s, &e), ERR_UNKNOWN, "for reading too");
	shell_sql(db, "PRAGMA user_version = 2; PRAGMA application_id = 7");
	is(store_open_sqlite(db, 0, &s, &e), ERR_INPUT, "another program's file is refused");
	remove_store(db);
	f = fopen(db, "w");
	for (int i = 0; i < 500; i++)
		fputs("this is not a database\n", f);
	fclose(f);
	is(store_open_sqlite(db, 0, &s, &e), ERR_IO, "a file that is no database is refused");
	remove_store(db);
}

/* ---- schemas ----------------------------------------------------------------------------------------------------- */

/* derived.sql, derived.def and the statements say the same. */
static void
test_tables(void)
{
	static const char *const type_name[] = { [COL_INT] = "INTEGER", [COL_TEXT] = "TEXT", [COL_BLOB] = "BLOB" };
	sqlite3_stmt *st;
	sqlite3 *raw;

	if (sqlite3_open_v2(db, &raw, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(raw, "SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY cid", -1, &st,
	    NULL) != SQLITE_OK)
		exit(1);
	for (int t = 0; t < T_COUNT; t++) {
		const struct table_def *d = store_table_def((enum derived_table)t);
		int n = 0, same = 0;

		sqlite3_bind_text(st, 1, d->name, -1, SQLITE_STATIC);
		for (; sqlite3_step(st) == SQLITE_ROW; n++)
			same += n < d->cols && strcmp((const char *)sqlite3_column_text(st, 0), d->col[n]) == 0 &&
			    strcmp((const char *)sqlite3_column_text(st, 1), type_name[d->type[n]]) == 0 &&
			    sqlite3_column_int(st, 2) == (n < d->keys ? n + 1 : 0);
		ok(n == d->cols && same == n, "schema: table %s is as derived.def says", d->name);
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
	sqlite3_close(raw);
}

/*
 * Every table, backwards and forwards, finds its rows by seeking: a row apiece, found by each number of given columns.
 */
static void
test_every_table(struct store *s)
{
	static const uint8_t id[16] = { 255, 255, 1 };

	MUST(store_begin(s, NULL));
	for (int t = 0; t < T_COUNT; t++) {
		const struct table_def *d = store_table_def((enum derived_table)t);
		struct row row = { .table = (enum derived_table)t, .cols = d->cols };
		int found = 0, asked = 0;

		for (int i = 0; i < d->cols; i++)
			row.v[i] = d->type[i] == COL_INT ? val_int(i - 1) : d->type[i] == COL_TEXT ?
			    val_str("\xf4\x8f\xbf\xbf") : val_blob(id, sizeof id);
		MUST(store_row_put(s, &row, NULL));
		for (int given = 0; given <= d->keys; given++)
			for (int down = 0; down < 2; down++, asked++)
				MUST(store_row_scan(store_view(s), &row, given, given, down, count_rows, &found, NULL));
		ok(found == asked, "scan: %s by every part of its key", d->name);
		MUST(store_row_del(s, &row, NULL));
		is(rows_in(store_view(s), (enum derived_table)t), 0, "scan: and nothing once it is deleted");
	}
	store_rollback(s);
}

static void
test_stale(void)
{
	struct row row = ident("plate", "X", 1), got;
	struct log_row log = a_log(8, "uz", 0);
	struct store_reader *r;
	struct store *s;
	struct err e;

	shell_sql(db, "UPDATE meta SET value = x'30' WHERE name = 'store.derived'; DROP TABLE ident;");
	MUST(store_open_sqlite(db, 0, &s, NULL));
	MUST(store_reader_open(s, &r, NULL));
	ok(store_derived_stale(s), "stale: another derived schema is noticed");
	MUST(store_begin(s, NULL));
	is(store_log_put(s, &log, &e), OK, "stale: what endures can be written");
	is(store_row_put(s, &row, &e), ERR_CONFLICT, "stale: derived rows cannot");
	ok(strstr(e.text, "rebuild") != NULL, "stale: the error says what to do");
	store_rollback(s);
	is(store_row_get(r, &row, &got, &e), ERR_CONFLICT, "stale: nor be read");
	MUST(store_begin(s, NULL));
	MUST(store_derived_reset(s, NULL));
	is(store_row_put(s, &row, &e), OK, "stale: after a reset the writer goes on");
	is(store_row_get(r, &row, &got, &e), ERR_CONFLICT, "stale: a reader waits for the commit");
	store_rollback(s);
	MUST(store_begin(s, NULL));
	is(store_row_put(s, &row, &e), ERR_CONFLICT, "stale: again after a rollback");
	store_rollback(s);
	MUST(store_begin(s, NULL));
	MUST(store_derived_reset(s, NULL));
	MUST(store_row_put(s, &row, NULL));
	MUST(store_commit(s, NULL));
	ok(!store_derived_stale(s), "stale: no more after the commit");
	is(store_row_get(r, &row, &got, &e), OK, "stale: and readers see the new tables");
	store_reader_close(r);
	store_close(s);
	MUST(store_open_sqlite(db, 0, &s, NULL));
	ok(!store_derived_stale(s), "stale: nor after opening again");
	store_close(s);
}

struct findings {
	char text[4000];
	int n;
};

static void
note_finding(void *ctx, const char *finding)
{
	struct findings *f = ctx;
	size_t at = strlen(f->text);

	f->n++;
	snprintf(f->text + at, sizeof f->text - at, "%s\n", finding);
}

/* A sound store with something in each table; it is left closed. */
static void
sound_store(void)
{
	struct log_row row = a_log(1, "kz", 2);
	struct witnessed w = a_witnessed("log.example/a", 1, 1);
	struct findings f = { "", 0 };
	struct store *s;

	MUST(store_open_sqlite(db, STORE_CREATE, &s, NULL));
	MUST(store_begin(s, NULL));
	MUST(store_log_put(s, &row, NULL));
	MUST(store_erasure_put(s, erasing(POS(1, 0)), NULL));
	MUST(store_witness_put(s, &w, "n", 1, NULL));
	MUST(store_fork_put(s, "log.example/a", 1, "p", 1, NULL));
	MUST(store_blob_begin(s, blob_a, BLOB_SIZE, NULL));
	for (uint64_t at = 0; at < BLOB_SIZE; at += STORE_BLOB_PART)
		MUST(store_blob_append(s, blob_a, at, blob_bytes + at, at + STORE_BLOB_PART > BLOB_SIZE ? BLOB_TAIL :
		    STORE_BLOB_PART, NULL));
	MUST(store_blob_seal(s, blob_a, NULL));
	MUST(store_blob_begin(s, blob_b, BLOB_SIZE, NULL));
	MUST(store_commit(s, NULL));
	MUST(store_selfcheck(store_view(s), note_finding, &f, NULL));
	is_str(f.text, "", "selfcheck: nothing in a sound store with something in each table");
	store_close(s);
}

/* One fault at a time, each in a sound store: exactly one finding, in these words. */
static void
test_selfcheck_trust(void)
{
	static const struct { const char *sql, *says; } faults[] = {
		{ "UPDATE log SET epoch = 2", "log 1: row is malformed\n" },
		{ "UPDATE erasure SET id = x'01'", "erasure 1/0: row is malformed\n" },
		{ "UPDATE erasure SET order_pos = -3", "erasure 1/0: row is malformed\n" },
		{ "UPDATE erasure SET seq = -1", "erasure 1/0: row is malformed\n" },
		{ "UPDATE witness SET root = x'01'", "witness of log.example/a: row is malformed\n" },
		{ "UPDATE witness SET time_s = -1", "witness of log.example/a: row is malformed\n" },
		{ "UPDATE fork SET proof = x''", "fork proof against log.example/a: is empty\n" },
		{ "UPDATE blob SET whole = 1 WHERE have = 0", "is sealed with 0 of 525288 bytes\n" },
		{ "UPDATE blob SET hash = x'01' WHERE have = 0", "blob 01: row is malformed\n" },
		{ "UPDATE blob SET have = size + 1 WHERE have = 0", "row is malformed\n" },
		{ "DELETE FROM blob_part WHERE pos & 255 = 0", "a part of its 525288 bytes is missing\n" },
		{ "DELETE FROM blob_part WHERE pos & 255 = 2", "a part of its 525288 bytes is missing\n" },
		{ "UPDATE blob_part SET bytes = zeroblob(262143) WHERE pos & 255 = 1", "blob part 1/1: is not the one" },
		{ "UPDATE blob_part SET bytes = zeroblob(1001) WHERE pos & 255 = 2", "blob part 1/2: is not the one" },
		{ "INSERT INTO blob_part VALUES (9 << 8, x'00')", "blob part 9/0: is not the one its blob needs there, or" },
		{ "INSERT INTO date VALUES (1, 1, 7)", "date of 0/7: there is no such record; rebuild\n" },
		{ "INSERT INTO attachment VALUES (x'01', 7, 1)", "attachment of 0/7: there is no such record; rebuild\n" },
		{ "INSERT INTO aside VALUES (x'01', 0, 7)", "aside of 0/7: no such payload is in quarantine; rebuild\n" },
	};
	struct store *s;

	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		struct findings f = { "", 0 };

		sound_store();
		shell_sql(db, faults[i].sql);
		MUST(store_open_sqlite(db, STORE_READONLY, &s, NULL));
		MUST(store_selfcheck(store_view(s), note_finding, &f, NULL));
		if (!ok(f.n > 0 && strstr(f.text, faults[i].says) != NULL, "selfcheck: finds %s", faults[i].sql))
			printf("# %d findings: %s\n", f.n, f.text);
		store_close(s);
		remove_store(db);
	}
}

static void
test_selfcheck(void)
{
	struct log_row row = a_log(1, "kz", 1);
	struct row version = { .table = T_VERSION, .cols = 14 };
	int findings = 0;
	struct store *s;

	for (int i = 0; i < 14; i++) {
		enum col_type t = store_table_def(T_VERSION)->type[i];

		version.v[i] = t == COL_INT ? val_int(0) : t == COL_TEXT ? val_str("") : val_blob("", 0);
	}
	version.v[0] = val_int(POS(1, 0));
	MUST(store_open_sqlite(db, STORE_CREATE, &s, NULL));
	MUST(store_begin(s, NULL));
	MUST(store_log_put(s, &row, NULL));
	MUST(store_payload_put(s, POS(1, 0), nonce_a, "x", 1, NULL));
	MUST(store_row_put(s, &version, NULL));
	MUST(store_commit(s, NULL));
	MUST(store_selfcheck(store_view(s), no_finding, &findings, NULL));
	is(findings, 0, "selfcheck: nothing in a sound store");
	store_close(s);
	shell_sql(db, "INSERT INTO erasure VALUES (1 << 40, zeroblob(16), 1, -1, 0)");
	MUST(store_open_sqlite(db, STORE_READONLY, &s, NULL));
	MUST(store_selfcheck(store_view(s), no_finding, &findings, NULL));
	is(findings, 1, "selfcheck: a payload that is held though it was erased");
	store_close(s);
	findings = 0;
	shell_sql(db, "DELETE FROM erasure;"
	    "UPDATE log SET root = x'00'; UPDATE payload SET nonce = x'00'; DELETE FROM version;"
	    "INSERT INTO payload VALUES (99, zeroblob(32), x'00'); INSERT INTO tile VALUES (1, 0, 0, x'00')");
	MUST(store_open_sqlite(db, STORE_READONLY, &s, NULL));
	MUST(store_selfcheck(store_view(s), no_finding, &findings, NULL));
	is(findings, 6, "selfcheck: each of six faults is found");
	store_close(s);
	remove_store(db);
}

int
main(void)
{
	struct store *s;

	new_folder();
	test_open();
	test_other_process();
	test_readonly_medium();
	test_foreign_files();
	MUST(store_open_sqlite(db, STORE_CREATE, &s, NULL));
	test_tables();
	test_every_table(s);
	conform(s);
	store_close(s);
	test_stale();
	remove_store(db);
	test_selfcheck();
	test_selfcheck_trust();
	rmdir(folder);
	ok(access(folder, F_OK) != 0, "nothing else was left in the folder");
	return tap_done();
}
