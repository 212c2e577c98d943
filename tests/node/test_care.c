/* Rebuild, check and backup: a sound store is found sound, and every kind of damage is found and named. */
#include <sqlite3.h>

#include "fold/fold.h"
#include "home.h"

#define RECORDS 700			/* three tiles at level 0, one at level 1 */

static void
copy_file(const char *from, const char *to)
{
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	char bytes[65536];
	size_t n;

	if (in == NULL || out == NULL) {
		printf("Bail out! cannot copy %s to %s\n", from, to);
		exit(1);
	}
	while ((n = fread(bytes, 1, sizeof bytes, in)) > 0)
		if (fwrite(bytes, 1, n, out) != n)
			exit(1);
	fclose(in);
	if (fclose(out) != 0 || chmod(to, 0600) != 0)
		exit(1);
}

/* Folder "copy" as "kept" is now; the node must not be open. */
static void
fresh_copy(void)
{
	static const char *const files[] = { "diwan.db", "keys/log.key", "keys/tls.key", "keys/tls.crt", "keys/tls.pem",
		"keys/witness.key", "keys/pouch.key" };
	char from[400];

	home_remove(in_home("copy"));
	mkdir(in_home("copy"), 0700);
	mkdir(in_home("copy/keys"), 0700);
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		char name[60];

		snprintf(name, sizeof name, "kept/%s", files[i]);
		snprintf(from, sizeof from, "%s", in_home(name));
		snprintf(name, sizeof name, "copy/%s", files[i]);
		copy_file(from, in_home(name));
	}
}

static void
run_sql(const char *dir, const char *sql)
{
	sqlite3 *db;
	char name[60];
	char *why = NULL;

	snprintf(name, sizeof name, "%s/diwan.db", dir);
	if (sqlite3_open(in_home(name), &db) != SQLITE_OK || sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK) {
		printf("Bail out! %s: %s\n", sql, why == NULL ? sqlite3_errmsg(db) : why);
		exit(1);
	}
	if (sqlite3_total_changes(db) == 0) {
		printf("Bail out! %s: changed nothing\n", sql);
		exit(1);
	}
	sqlite3_close(db);
}

struct heard {
	int count;
	char first[512];
};

static void
hear(void *ctx, const char *text)
{
	struct heard *h = ctx;

	if (h->count++ == 0)
		snprintf(h->first, sizeof h->first, "%s", text);
}

/* ---- damage ------------------------------------------------------------------------------------------------------------ */

/* Another byte in blob column ${c} of the row that ${w} finds. */
#define FLIP(t, c, w) "UPDATE " t " SET " c " = CAST(substr(" c ", 1, 9) || CASE substr(" c ", 10, 1) WHEN x'ee' THEN x'11' " \
	"ELSE x'ee' END || substr(" c ", 11) AS BLOB) WHERE " w

static void
test_damage(void)
{
	static const struct { const char *what, *sql, *says; int opens; } t[] = {
		{ "a hash in the middle of the log", FLIP("tile", "bytes", "log = 1 AND level = 0 AND n = 0"), "tile/0/000", OK },
		{ "a hash of the right edge", FLIP("tile", "bytes", "log = 1 AND level = 0 AND n = 2"), "tile/0/002", ERR_VERIFY },
		{ "a hash at level 1", FLIP("tile", "bytes", "log = 1 AND level = 1 AND n = 0"), "tile/1/000", ERR_VERIFY },
		{ "an entry", FLIP("tile", "bytes", "log = 1 AND level = -1 AND n = 1"), "", OK },
		{ "a tile that is gone", "DELETE FROM tile WHERE log = 1 AND level = 0 AND n = 1", "tile/0/001", OK },
		{ "a bundle that is gone", "DELETE FROM tile WHERE log = 1 AND level = -1 AND n = 0", "entries/000", OK },
		{ "a bundle cut short", "UPDATE tile SET bytes = substr(bytes, 1, 35) WHERE log = 1 AND level = -1 "
		    "AND n = 0", "", OK },
		{ "the root in the log's row", FLIP("log", "root", "no = 1"), "log of kz", ERR_VERIFY },
		{ "a smaller size in the log's row", "UPDATE log SET size = 699, payloads_next = 699 WHERE no = 1",
		    "", ERR_VERIFY },
		{ "a checkpoint's note", FLIP("checkpoint", "note", "log = 1"), "log of kz", OK },
		{ "the text of a record", "UPDATE payload SET text = CAST(replace(CAST(text AS TEXT), 'Patrol', 'Parrot') AS BLOB) "
		    "WHERE pos = (SELECT max(pos) FROM payload)", "does not match its entry", OK },
		{ "a space more in a record", "UPDATE payload SET text = CAST(text || x'20' AS BLOB) WHERE pos = "
		    "(SELECT min(pos) FROM payload)",
		    "does not match its entry", OK },
		{ "a nonce", FLIP("payload", "nonce", "pos = (SELECT min(pos) FROM payload)"), "does not match its entry", OK },
		{ "a payload outside the log", "INSERT INTO payload SELECT pos + 5000, nonce, text FROM payload LIMIT "
		    "1", "payload", OK },
		{ "a derived row changed", "UPDATE version SET title = 'another' WHERE pos = (SELECT min(pos) FROM version)",
		    "table version", OK },
		{ "a derived row gone", "DELETE FROM by_id WHERE pos = (SELECT min(pos) FROM by_id)", "table by_id", OK },
		{ "a derived row too many", "INSERT INTO ident SELECT 'PLATE', 'AB 12', pos FROM version LIMIT 1",
		    "table ident", OK },
		{ "a forged act", "INSERT INTO control SELECT id, pos, 0, 'BLOCK', 'kz', 0, 'OTHER', 0 FROM version LIMIT 1",
		    "table control", OK },
		{ "a forged receipt", "INSERT INTO receipt SELECT 1, 0, 5, 'kg', 0, pos FROM version LIMIT 1", "table "
		    "receipt", OK },
		{ "a forged quarantine", "INSERT INTO quarantine SELECT pos, -2, 'x' FROM version LIMIT 1", "table quarantine", OK }
	};
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct heard h = { 0, "" };
		uint64_t findings = 0;
		struct node *n;
		int rc, opens;

		fresh_copy();
		run_sql("copy", t[i].sql);
		n = try_open("copy", true, &rc, &e);
		rc = n == NULL ? rc : node_check(n, hear, NULL, &h, &findings, &e);
		node_close(n);
		ok(rc == OK && findings > 0 && findings == (uint64_t)h.count && strstr(h.first, t[i].says) != NULL,
		    "%s: %s", t[i].what, rc != OK ? e.text : h.count > 0 ? h.first : "not found");
		node_close(try_open("copy", false, &opens, &e));
		is(opens, t[i].opens, t[i].opens == OK ? "the node still opens" : "the node signs nothing any more");
	}
}

/* ---- rebuild ------------------------------------------------------------------------------------------------------------ */

static struct digest
digest_of(struct node *n, uint64_t *rows)
{
	struct err e = { 0 };
	struct store_reader *r = node_reader(n, &e);
	struct digest d;

	node_must(r == NULL ? e.code : OK, &e);
	node_must(fold_digest(r, &d, rows, &e), &e);
	node_reader_done(n, r);
	return d;
}

static int
stop_at_once(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	int *calls = ctx;

	(void)what, (void)done, (void)total;
	return ++*calls;
}

static void
test_rebuild(void)
{
	struct node *n;
	struct digest before, after;
	struct err e = { 0 };
	uint64_t rows = 0, records = 0, again = 0;
	int calls = 0;

	fresh_copy();
	n = open_in("copy");
	before = digest_of(n, &rows);
	is(node_rebuild(n, NULL, NULL, &records, &e), OK, "a rebuild");
	after = digest_of(n, &again);
	ok(records == RECORDS && rows == again && rows >= 3 * RECORDS && hash_equal(&before, &after),
	    "%" PRIu64 " records give the same %" PRIu64 " rows", records, rows);
	file_many(n, 1, 1);
	is(published_of(n, KZ, NULL), RECORDS + 1, "and filing goes on");
	node_close(n);

	run_sql("copy", "DELETE FROM version; DELETE FROM by_id; DELETE FROM by_time");
	n = open_in("copy");
	is(node_rebuild(n, NULL, NULL, &records, &e), OK, "a rebuild of what was lost");
	is(findings_of(n), 0, "mends it");
	file_many(n, 500, 500);
	before = digest_of(n, &rows);
	is(node_rebuild(n, stop_at_once, &calls, &records, &e), ERR_STOP, "a rebuild that is stopped");
	after = digest_of(n, &again);
	ok(hash_equal(&before, &after), "changes nothing");
	node_close(n);
}

/* A store of another fold's rows: what `open` finds after an update of the program. */
static void
test_stale(void)
{
	struct node *n;
	struct err e = { 0 };
	int rc;

	fresh_copy();
	run_sql("copy", "UPDATE meta SET value = CAST('0:0' AS BLOB) WHERE name = 'store.derived'; DROP TABLE by_time;"
	    "CREATE TABLE by_time (something INTEGER)");
	n = try_open("copy", false, &rc, &e);
	ok(n != NULL, "a stale derived schema is refolded: %s", n == NULL ? e.text : "opened");
	if (n == NULL)
		return;
	is(findings_of(n), 0, "to what it should be");
	file_many(n, 3, 3);
	is(published_of(n, KZ, NULL), RECORDS + 3, "and filing goes on");
	node_close(n);
}

/* ---- backup -------------------------------------------------------------------------------------------------------------- */

static void
test_backup(void)
{
	struct node *n = open_in("kept"), *copy;
	struct err e = { 0 };
	char path[400];
	int calls = 0, rc;

	fresh_copy();
	unlink(in_home("copy/diwan.db"));
	snprintf(path, sizeof path, "%s", in_home("copy/diwan.db"));
	is(node_backup(n, path, stop_at_once, &calls, &e), ERR_STOP, "a backup that is stopped");
	is(access(path, F_OK), -1, "leaves nothing");
	is(node_backup(n, path, NULL, NULL, &e), OK, "a backup beside a running node");
	ok(node_backup(n, path, NULL, NULL, &e) < 0, "never over a file that is there: %s", e.text);
	file_many(n, 1, 1);		/* after the backup: it will be missing there */
	node_close(n);
	copy = try_open("copy", false, &rc, &e);
	ok(copy != NULL, "the copy with the keys is a node: %s", copy == NULL ? e.text : "opened");
	if (copy == NULL)
		return;
	is(published_of(copy, KZ, NULL), RECORDS, "as of the backup");
	is(findings_of(copy), 0, "and sound");
	node_close(copy);
}

int
main(void)
{
	struct node *n;

	home_start();
	n = new_node("kept", "kz", 7101);
	file_many(n, RECORDS, 128);
	is(findings_of(n), 0, "a running node is found sound");
	node_close(n);
	test_damage();
	test_rebuild();
	test_stale();
	test_backup();
	home_end();
	return tap_done();
}
