/*
 * The two schemas: made, recognised, made anew.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "store/sq.h"

static const char enduring_schema[] =
#include "store_enduring.inc"
    ;
static const char derived_schema[] =
#include "store_derived.inc"
    ;

static const char migrate_2[] =
#include "store_migrate_2.inc"
    ;

#define COLUMN(kind, name)
#define TABLE(id, name, keys, columns, help)
#include "store/derived.def"
#undef TABLE
#undef COLUMN

#define APPLICATION_ID 1147762542	/* as in enduring.sql */
#define ENDURING_VERSION 2

/* docs/store.md 2 has the measurement. */
#ifndef STORE_PAGE_SIZE
#define STORE_PAGE_SIZE "8192"
#endif

/* The answer of a statement that answers one integer. */
int
sq_ask(sqlite3 *db, const char *sql, int64_t *out, struct err *e)
{
	sqlite3_stmt *st;
	int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);

	*out = 0;
	if (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		*out = sqlite3_column_int64(st, 0);
		rc = SQLITE_OK;
	}
	rc = rc == SQLITE_OK ? OK : sq_fail(db, rc, "read the file", e);
	sqlite3_finalize(st);
	return rc;
}

/* What the derived tables are: the version of what folds write, and a digest (64-bit FNV-1a) of the tables' text. */
static void
derived_mark(char out[40])
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (const char *p = derived_schema; *p != '\0'; p++)
		h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	snprintf(out, 40, "%d:%016" PRIx64, DERIVED_VERSION, h);
}

static int
put_derived_mark(struct store *s, struct err *e)
{
	char mark[40];

	derived_mark(mark);
	return sq_meta_put(s, "store.derived", mark, strlen(mark), e);
}

int
sq_read_stale(struct sq_store *s, bool *stale, struct err *e)
{
	struct buf found = { 0 };
	char mark[40];
	int rc = sq_meta_get(&s->view.base, "store.derived", &found, e);

	derived_mark(mark);
	*stale = rc != OK || strcmp(buf_cstr(&found), mark) != 0;
	buf_free(&found);
	return rc == ERR_NOTFOUND ? OK : rc;
}

int
sq_derived_reset(struct store *s, struct err *e)
{
	int rc;

	sq_forget(&sq_of(s)->view.conn);
	if ((rc = sq_exec(sq_of(s)->view.conn.db, derived_schema, e)) != OK)
		return rc;
	return put_derived_mark(s, e);
}

int
sq_create_schemas(struct sq_store *s, struct err *e)
{
	static const char before[] = "PRAGMA auto_vacuum = NONE; PRAGMA page_size = " STORE_PAGE_SIZE ";"
	    "PRAGMA journal_mode = WAL; BEGIN IMMEDIATE;";
	sqlite3 *db = s->view.conn.db;
	int rc;

	if ((rc = sq_exec(db, before, e)) != OK || (rc = sq_exec(db, enduring_schema, e)) != OK ||
	    (rc = sq_derived_reset(&s->base, e)) != OK || (rc = sq_exec(db, "COMMIT", e)) != OK)
		return rc;
	return sq_sync_folder(s->path, e);
}

/* Steps from older versions, by the version they start from; each sets the next. */
static const char *const migrations[ENDURING_VERSION] = { [1] = migrate_2 };

static int
migrate(struct sq_store *s, int64_t version, struct err *e)
{
	sqlite3 *db = s->view.conn.db;
	int rc = sq_exec(db, "BEGIN IMMEDIATE", e);

	for (int64_t v = version; v < ENDURING_VERSION && rc == OK; v++)
		rc = sq_exec(db, migrations[v], e);
	if (rc == OK)
		rc = sq_exec(db, "COMMIT", e);
	if (rc == OK)
		return OK;
	if (!sqlite3_get_autocommit(db))
		sq_exec(db, "ROLLBACK", NULL);	/* the error to tell is that of the migration */
	return err_at(e, "bringing %s from version %lld to %d (it stays as it was)", s->path, (long long)version,
	    ENDURING_VERSION);
}

int
sq_check_schemas(struct sq_store *s, struct err *e)
{
	sqlite3 *db = s->view.conn.db;
	int64_t id, version;
	int rc;

	if ((rc = sq_ask(db, "PRAGMA application_id", &id, e)) != OK ||
	    (rc = sq_ask(db, "PRAGMA user_version", &version, e)) != OK)
		return rc;
	if (id != APPLICATION_ID)
		return err_set(e, ERR_INPUT, "store: %s is no store of Diwan, or its creation was interrupted; name"
		    " another file, or remove it and create it again", s->path);
	if (version > ENDURING_VERSION)
		return err_set(e, ERR_UNKNOWN, "store: %s is of version %lld, this program knows %d; use a newer"
		    " program", s->path, (long long)version, ENDURING_VERSION);
	if (version < 1)
		return err_set(e, ERR_VERIFY, "store: %s says it is of version %lld, which never was; restore a backup",
		    s->path, (long long)version);
	if (version == ENDURING_VERSION)
		return OK;
	if (s->base.readonly)
		return err_set(e, ERR_CONFLICT, "store: %s is of version %lld, this program reads %d; start the node on it"
		    " once, which brings it up to date", s->path, (long long)version, ENDURING_VERSION);
	return migrate(s, version, e);
}
