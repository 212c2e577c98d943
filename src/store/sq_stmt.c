#include "store/sq.h"

#include <errno.h>
#include <string.h>

static const char *const enduring_sql[SQ_ENDURING] = {
	[SQ_BEGIN] = "BEGIN IMMEDIATE",
	[SQ_COMMIT] = "COMMIT",
	[SQ_ROLLBACK] = "ROLLBACK",
	[SQ_HOLD] = "BEGIN",
	[SQ_TOUCH] = "SELECT 1 FROM meta LIMIT 1",	/* a snapshot begins with the first read, not with BEGIN */

	[SQ_LOG_PUT] = "INSERT INTO log (no, mechanism, member, origin, own, frozen, size, root, payloads_next)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
	    " ON CONFLICT (no) DO UPDATE SET frozen = ?6, size = ?7, root = ?8, payloads_next = ?9",
	[SQ_LOG_GET] = "SELECT no, mechanism, member, origin, own, frozen, size, root, payloads_next FROM log"
	    " WHERE no = ?1",
	[SQ_LOG_FIND] = "SELECT no, mechanism, member, origin, own, frozen, size, root, payloads_next FROM log"
	    " WHERE mechanism = ?1 AND member = ?2",
	[SQ_LOG_EACH] = "SELECT no, mechanism, member, origin, own, frozen, size, root, payloads_next FROM log"
	    " ORDER BY no",

	/* What is there must be a prefix of what comes: otherwise no row changes. */
	[SQ_TILE_PUT] = "INSERT INTO tile (log, level, n, bytes) VALUES (?1, ?2, ?3, ?4)"
	    " ON CONFLICT (log, level, n) DO UPDATE SET bytes = ?4 WHERE substr(?4, 1, length(bytes)) = bytes",
	[SQ_TILE_GET] = "SELECT bytes FROM tile WHERE log = ?1 AND level = ?2 AND n = ?3",

	[SQ_PAYLOAD_PUT] = "INSERT INTO payload (pos, nonce, text) VALUES (?1, ?2, ?3)",
	[SQ_PAYLOAD_GET] = "SELECT pos, nonce, text FROM payload WHERE pos = ?1",
	[SQ_PAYLOAD_SCAN] = "SELECT pos, nonce, text FROM payload WHERE pos >= ?1 AND pos < ?2 ORDER BY pos",
	[SQ_PAYLOAD_ERASE] = "DELETE FROM payload WHERE pos = ?1",

	[SQ_CHECKPOINT_PUT] = "INSERT INTO checkpoint (log, size, note) VALUES (?1, ?2, ?3)"
	    " ON CONFLICT (log, size) DO UPDATE SET note = ?3",
	[SQ_CHECKPOINT_GET] = "SELECT size, note FROM checkpoint WHERE log = ?1 AND size <= ?2"
	    " ORDER BY size DESC LIMIT 1",

	[SQ_META_PUT] = "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
	[SQ_META_GET] = "SELECT value FROM meta WHERE name = ?1",
};

static const char *
sql_of(int id)
{
	if (id < SQ_ENDURING)
		return enduring_sql[id];
	return sq_row_sql((enum derived_table)((id - SQ_ENDURING) / ROW_OPS),
	    (enum sq_row_op)((id - SQ_ENDURING) % ROW_OPS));
}

int
sq_take(struct sq_conn *c, int id, sqlite3_stmt **out, struct err *e)
{
	sqlite3_stmt **slot = &c->cached[id];
	bool busy = *slot != NULL && sqlite3_stmt_busy(*slot);
	int rc;

	if (*slot != NULL && !busy) {
		*out = *slot;
		return OK;
	}
	rc = sqlite3_prepare_v3(c->db, sql_of(id), -1, busy ? 0 : SQLITE_PREPARE_PERSISTENT, out, NULL);
	if (rc != SQLITE_OK)
		return sq_fail(c->db, rc, "prepare a statement", e);
	if (!busy)
		*slot = *out;
	return OK;
}

void
sq_give(struct sq_conn *c, int id, sqlite3_stmt *st)
{
	if (st == NULL)
		return;
	if (st == c->cached[id])
		sqlite3_reset(st);	/* repeats the error of the last step, which has been seen */
	else
		sqlite3_finalize(st);
}

void
sq_forget(struct sq_conn *c)
{
	for (int i = 0; i < SQ_COUNT; i++) {
		sqlite3_finalize(c->cached[i]);
		c->cached[i] = NULL;
	}
}

int
sq_run(struct sq_conn *c, int id, sqlite3_stmt *st, struct err *e)
{
	int rc = sqlite3_step(st);

	rc = rc == SQLITE_DONE || rc == SQLITE_ROW ? OK : sq_fail(c->db, rc, "write", e);
	sq_give(c, id, st);
	return rc;
}

int
sq_do(struct sq_conn *c, int id, struct err *e)
{
	sqlite3_stmt *st;
	int rc = sq_take(c, id, &st, e);

	return rc == OK ? sq_run(c, id, st, e) : rc;
}

int
sq_exec(sqlite3 *db, const char *sql, struct err *e)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? OK : sq_fail(db, rc, "set up the file", e);
}

/*
 * errno behind an I/O error, 0 if there is none. A commit that fails does not leave it with the connection (3.40), so
 * the files are asked: first the write-ahead log, which is what commits write.
 */
static int
errno_of(sqlite3 *db)
{
	sqlite3_file *wal = NULL;
	int sys = sqlite3_system_errno(db);

	if (sys == 0 && sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal) == SQLITE_OK &&
	    wal != NULL && wal->pMethods != NULL &&
	    wal->pMethods->xFileControl(wal, SQLITE_FCNTL_LAST_ERRNO, &sys) != SQLITE_OK)
		sys = 0;
	if (sys == 0 && sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &sys) != SQLITE_OK)
		sys = 0;
	return sys;
}

static bool
out_of_space(int sys)
{
	return sys == ENOSPC || sys == EDQUOT || sys == EFBIG;
}

int
sq_fail(sqlite3 *db, int rc, const char *doing, struct err *e)
{
	const char *why = db == NULL ? sqlite3_errstr(rc) : sqlite3_errmsg(db);
	int sys = db == NULL || ((rc & 0xff) != SQLITE_IOERR && (rc & 0xff) != SQLITE_CANTOPEN) ? 0 : errno_of(db);

	switch (rc & 0xff) {
	case SQLITE_FULL:
		return err_set(e, ERR_FULL, "store: cannot %s: no space is left; make room on the disk and try again",
		    doing);
	case SQLITE_IOERR:
		if (out_of_space(sys))
			return err_set(e, ERR_FULL, "store: cannot %s: %s; make room on the disk and try again", doing,
			    strerror(sys));
		return err_set(e, ERR_IO, "store: cannot %s: %s (%s, code %d); look at the disk", doing, why,
		    sys == 0 ? "no system error" : strerror(sys), rc);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(e, ERR_BUSY, "store: cannot %s: another program holds the file; close it and try again",
		    doing);
	case SQLITE_NOMEM:
		return err_set(e, ERR_NOMEM, "store: cannot %s: out of memory", doing);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return err_set(e, ERR_IO, "store: cannot %s: the file is damaged (%s); run `diwan check`, restore from"
		    " a backup", doing, why);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return err_set(e, ERR_DENIED, "store: cannot %s: %s; look at the owner and mode of the file and its"
		    " folder", doing, why);
	case SQLITE_CANTOPEN:
		return err_set(e, ERR_IO, "store: cannot %s: %s (%s); look at the path", doing, why,
		    sys == 0 ? "no system error" : strerror(sys));
	default:
		return err_set(e, ERR_IO, "store: cannot %s: %s (code %d)", doing, why, rc);
	}
}
