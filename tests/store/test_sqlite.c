/*
 * The store in a file: the suite, then what only files have: locks, other processes, versions, deletion down to the
 * bytes, backup. Power cuts and full disks are in test_crash.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "store/conform_rows.h"

static char folder[64], db[96];

static void
new_folder(void)
{
	strcpy(folder, "/tmp/diwan-store-XXXXXX");
	if (mkdtemp(folder) == NULL) {
		perror("mkdtemp");
		exit(1);
	}
	snprintf(db, sizeof db, "%s/node.db", folder);
}

static void
remove_store(const char *path)
{
	static const char *const suffix[] = { "", "-wal", "-shm", ".lock", ".part" };
	char name[128];

	for (size_t i = 0; i < sizeof suffix / sizeof suffix[0]; i++) {
		snprintf(name, sizeof name, "%s%s", path, suffix[i]);
		unlink(name);
	}
}

/* What a file holds; NULL and 0 if it is not there. */
static char *
slurp(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *p;

	*len = 0;
	if (f == NULL)
		return NULL;
	fseek(f, 0, SEEK_END);
	p = malloc((size_t)ftell(f) + 1);
	*len = (size_t)ftell(f);
	rewind(f);
	if (p == NULL || fread(p, 1, *len, f) != *len)
		exit(1);
	fclose(f);
	return p;
}

static int
in_file(const char *path, const char *needle)
{
	size_t len, n = strlen(needle);
	char *bytes = slurp(path, &len), *at = bytes;
	int found = 0;

	while (at != NULL && (at = memmem(at, len - (size_t)(at - bytes), needle, n)) != NULL) {
		found++;
		at += n;
	}
	free(bytes);
	return found;
}

/* Occurrences in all of the store's files. */
static int
in_store(const char *path, const char *needle)
{
	char wal[128], shm[128];

	snprintf(wal, sizeof wal, "%s-wal", path);
	snprintf(shm, sizeof shm, "%s-shm", path);
	return in_file(path, needle) + in_file(wal, needle) + in_file(shm, needle);
}

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

/*
 * ---- opening -------------------------------------------------------------------------------------------------------
 */

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
	ok(strstr(e.text, "process ") != NULL && atoi(strstr(e.text, "process ") + 8) == (int)pid,
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

	shell_sql(db, "PRAGMA user_version = 2");
	is(store_open_sqlite(db, 0, &s, &e), ERR_UNKNOWN, "a file of a newer schema is refused");
	is(store_open_sqlite(db, STORE_READONLY, &s, &e), ERR_UNKNOWN, "for reading too");
	shell_sql(db, "PRAGMA user_version = 1; PRAGMA application_id = 7");
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

/* ---- deletion ---------------------------------------------------------------------------------------------------- */

#define LOGS 8
#define RECORDS 4000

/* A text that names its record in each 32 bytes of it; from some bytes to some pages long. */
static size_t
marked_text(char *out, int log, int index)
{
	size_t len = (size_t)(150 + (index * 7919 + log * 104729) % (index % 40 == 0 ? 30000 : 1700)) / 32 * 32 + 32;

	for (size_t i = 0; i < len; i += 32) {
		char mark[64];

		snprintf(mark, sizeof mark, "<secret of %d.%05d, %08zu>   ", log, index, i);
		memcpy(out + i, mark, 32);
	}
	return len;
}

/* Logs grow at random beside each other, so that pages in the middle of the table split. */
static void
fill(struct store *s, int count[LOGS])
{
	static char text[32768];
	uint32_t seed = 7;

	MUST(store_begin(s, NULL));
	for (int i = 0; i < RECORDS; i++) {
		int log = (int)((seed = seed * 1664525 + 1013904223) >> 16) % LOGS;
		size_t len = marked_text(text, log, count[log]);
		char name[40];
		struct row row;

		snprintf(name, sizeof name, "<secret of %d.%05d>", log, count[log]);
		row = ident("plate", name, POS(log + 1, count[log]));
		MUST(store_payload_put(s, POS(log + 1, count[log]), nonce_a, text, len, NULL));
		MUST(store_row_put(s, &row, NULL));
		count[log]++;
		if (i % 100 == 99) {
			MUST(store_commit(s, NULL));
			if (i % 1000 == 999)
				MUST(store_tidy(s, NULL));
			MUST(store_begin(s, NULL));
		}
	}
	MUST(store_commit(s, NULL));
}

/* Marks of records that were deleted (every third of each log), and of ones that were not. */
static void
count_marks(const char *path, int *deleted, int *kept)
{
	size_t len;
	char *bytes = slurp(path, &len), *at = bytes;
	int log, index;

	while (at != NULL && (at = memmem(at, len - (size_t)(at - bytes), "<secret of ", 11)) != NULL) {
		if ((size_t)(at - bytes) + 20 <= len && sscanf(at, "<secret of %1d.%5d", &log, &index) == 2 &&
		    at[12] == '.')
			++*(index % 3 == 0 ? deleted : kept);
		at += 11;
	}
	free(bytes);
}

static void
test_erase(void)
{
	struct store_reader *r;
	int count[LOGS] = { 0 }, deleted = 0, kept = 0;
	char wal[128], copy[128];
	struct store *s;

	snprintf(wal, sizeof wal, "%s-wal", db);
	snprintf(copy, sizeof copy, "%s/copy.db", folder);
	MUST(store_open_sqlite(db, STORE_CREATE, &s, NULL));
	fill(s, count);
	count_marks(db, &deleted, &kept);
	count_marks(wal, &deleted, &kept);
	ok(deleted > RECORDS / 3 && kept > RECORDS, "erase: %d marks to be deleted are in the files", deleted);

	MUST(store_begin(s, NULL));
	for (int log = 0; log < LOGS; log++) {
		for (int i = 0; i < count[log]; i += 3) {
			char name[40];
			struct row row;

			snprintf(name, sizeof name, "<secret of %d.%05d>", log, i);
			row = ident("plate", name, POS(log + 1, i));
			MUST(store_row_del(s, &row, NULL));
			MUST(store_payload_erase(s, POS(log + 1, i), NULL));
		}
	}
	MUST(store_reader_open(s, &r, NULL));
	MUST(store_reader_hold(r, NULL));
	MUST(store_commit(s, NULL));
	MUST(store_tidy(s, NULL));
	deleted = kept = 0;
	count_marks(wal, &deleted, &kept);
	ok(deleted + kept > 0, "erase: a reader of the old snapshot keeps the write-ahead log");
	store_reader_release(r);
	MUST(store_tidy(s, NULL));
	deleted = kept = 0;
	count_marks(db, &deleted, &kept);
	count_marks(wal, &deleted, &kept);
	ok(kept > RECORDS / 2, "erase: what was not deleted is there (%d marks)", kept);
	is(deleted, 0, "erase: after the next tidying no byte of what was deleted is in main file and write-ahead log");

	MUST(store_backup(s, copy, NULL, NULL, NULL));
	deleted = kept = 0;
	count_marks(copy, &deleted, &kept);
	ok(deleted == 0 && kept > RECORDS / 2, "erase: nor in a backup");
	store_reader_close(r);
	store_close(s);
	remove_store(copy);
	remove_store(db);
}

/* A backup that is made while what it copies lies in the write-ahead log, stale gaps and all. */
static void
test_erase_one(void)
{
	struct store *s;

	MUST(store_open_sqlite(db, STORE_CREATE, &s, NULL));
	MUST(store_begin(s, NULL));
	MUST(store_payload_put(s, POS(1, 0), nonce_b, "Parviz knows the pass", 21, NULL));
	MUST(store_commit(s, NULL));
	ok(in_store(db, "Parviz knows") > 0 && in_store(db, "another nonce") > 0, "erase one: there first");
	MUST(store_begin(s, NULL));
	MUST(store_payload_erase(s, POS(1, 0), NULL));
	MUST(store_commit(s, NULL));
	MUST(store_tidy(s, NULL));
	is(in_store(db, "Parviz knows") + in_store(db, "another nonce"), 0,
	    "erase one: text and nonce are gone from every file");
	store_close(s);
	remove_store(db);
}

/* ---- backup ------------------------------------------------------------------------------------------------------ */

struct backing {
	struct store *s;
	int calls, stop_at, last_size;
	uint64_t done, total;
};

/* The writer goes on between two pieces of the copy. */
static int
write_meanwhile(void *ctx, uint64_t done, uint64_t total)
{
	struct backing *b = ctx;
	struct log_row row = a_log(1, "kz", (uint64_t)++b->last_size);

	b->calls++;
	b->done = done;
	b->total = total;
	MUST(store_begin(b->s, NULL));
	MUST(store_log_put(b->s, &row, NULL));
	MUST(store_commit(b->s, NULL));
	return b->calls == b->stop_at;
}

static void
test_backup(void)
{
	struct backing b = { .last_size = 10 };
	int count[LOGS] = { 0 }, findings = 0;
	struct log_row row = a_log(1, "kz", 10);
	struct store *s, *copy;
	struct payload p;
	char path[128];
	struct err e;

	snprintf(path, sizeof path, "%s/copy.db", folder);
	MUST(store_open_sqlite(db, STORE_CREATE, &s, NULL));
	fill(s, count);
	MUST(store_begin(s, NULL));
	MUST(store_log_put(s, &row, NULL));
	MUST(store_commit(s, NULL));
	b.s = s;
	b.stop_at = 2;
	is(store_backup(s, path, write_meanwhile, &b, &e), ERR_STOP, "backup: progress can stop it");
	ok(access(path, F_OK) != 0, "backup: and nothing is left");
	b = (struct backing){ .s = s, .last_size = b.last_size };
	is(store_backup(s, path, write_meanwhile, &b, &e), OK, "backup: while the writer writes");
	ok(b.calls > 3 && b.done == b.total && b.total > 0, "backup: progress came to the end in %d steps", b.calls);
	is(store_backup(s, path, NULL, NULL, &e), ERR_CONFLICT, "backup: not over a file");
	is(store_backup(s, "/nowhere/copy.db", NULL, NULL, &e), ERR_IO, "backup: no such folder");
	MUST(store_open_sqlite(path, 0, &copy, NULL));
	MUST(store_log_get(store_view(copy), 1, &row, NULL));
	is(row.size, 12, "backup: the state when it began, not what was written meanwhile");
	ok(store_payload_get(store_view(copy), POS(3, 9), &p, &e) == OK &&
	    memcmp(p.bytes, "<secret of 2.00009", 18) == 0, "backup: with its payloads");
	MUST(store_selfcheck(store_view(copy), no_finding, &findings, NULL));
	ok(findings > 0, "selfcheck: sees that these payloads have no log of their size");
	store_close(copy);
	store_close(s);
	remove_store(path);
	remove_store(db);
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
	shell_sql(db, "UPDATE log SET root = x'00'; UPDATE payload SET nonce = x'00'; DELETE FROM version;"
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
	test_erase_one();
	test_erase();
	test_backup();
	test_selfcheck();
	rmdir(folder);
	ok(access(folder, F_OK) != 0, "nothing else was left in the folder");
	return tap_done();
}
