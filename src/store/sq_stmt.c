#include "store/sq.h"

#include <errno.h>
#include <string.h>

#define LOG_COLUMNS "no, mechanism, member, epoch, origin, own, frozen, size, root, payloads_next"

static const char *const enduring_sql[SQ_ENDURING] = {
	[SQ_BEGIN] = "BEGIN IMMEDIATE",
	[SQ_COMMIT] = "COMMIT",
	[SQ_ROLLBACK] = "ROLLBACK",
	[SQ_HOLD] = "BEGIN",
	[SQ_TOUCH] = "SELECT 1 FROM meta LIMIT 1",	/* a snapshot begins with the first read, not with BEGIN */

	[SQ_LOG_PUT] = "INSERT INTO log (no, mechanism, member, epoch, origin, own, frozen, size, root, payloads_next)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
	    " ON CONFLICT (no) DO UPDATE SET frozen = ?7, size = ?8, root = ?9, payloads_next = ?10",
	[SQ_LOG_GET] = "SELECT " LOG_COLUMNS " FROM log WHERE no = ?1",
	[SQ_LOG_FIND] = "SELECT " LOG_COLUMNS " FROM log WHERE mechanism = ?1 AND member = ?2"
	    " AND (?3 = 0 OR epoch = ?3) ORDER BY epoch DESC LIMIT 1",
	[SQ_LOG_EACH] = "SELECT " LOG_COLUMNS " FROM log ORDER BY no",

	/* What is there must be a prefix of what comes: otherwise no row changes. */
	[SQ_TILE_PUT] = "INSERT INTO tile (log, level, n, bytes) VALUES (?1, ?2, ?3, ?4)"
	    " ON CONFLICT (log, level, n) DO UPDATE SET bytes = ?4 WHERE substr(?4, 1, length(bytes)) = bytes",
	[SQ_TILE_GET] = "SELECT bytes FROM tile WHERE log = ?1 AND level = ?2 AND n = ?3",

	[SQ_PAYLOAD_PUT] = "INSERT INTO payload (pos, nonce, text) VALUES (?1, ?2, ?3)",
	[SQ_PAYLOAD_GET] = "SELECT pos, nonce, text FROM payload WHERE pos = ?1",
	[SQ_PAYLOAD_SCAN] = "SELECT pos, nonce, text FROM payload WHERE pos >= ?1 AND pos < ?2 ORDER BY pos",
	[SQ_PAYLOAD_ERASE] = "DELETE FROM payload WHERE pos = ?1",

	[SQ_ERASURE_PUT] = "INSERT INTO erasure (pos, id, seq, order_pos, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)"
	    " ON CONFLICT (pos) DO NOTHING",
	[SQ_ERASURE_GET] = "SELECT pos, id, seq, order_pos, at_ms FROM erasure WHERE pos = ?1",
	[SQ_ERASURE_NEXT] = "SELECT pos FROM erasure WHERE pos >= ?1 ORDER BY pos LIMIT 1",
	[SQ_ERASURE_EACH] = "SELECT pos, id, seq, order_pos, at_ms FROM erasure ORDER BY pos",
	[SQ_ERASURE_OF] = "SELECT pos, id, seq, order_pos, at_ms FROM erasure WHERE id = ?1 ORDER BY pos",

	[SQ_WITNESS_PUT] = "INSERT INTO witness (origin, size, root, time_s, note) VALUES (?1, ?2, ?3, ?4, ?5)"
	    " ON CONFLICT (origin) DO UPDATE SET size = ?2, root = ?3, time_s = ?4, note = ?5",
	[SQ_WITNESS_GET] = "SELECT origin, size, root, time_s, note FROM witness WHERE origin = ?1",
	[SQ_WITNESS_EACH] = "SELECT origin, size, root, time_s FROM witness ORDER BY origin",
	[SQ_FORK_PUT] = "INSERT INTO fork (origin, found_ms, proof) VALUES (?1, ?2, ?3)",
	[SQ_FORK_GET] = "SELECT found_ms, proof FROM fork WHERE origin = ?1",
	[SQ_FORK_EACH] = "SELECT origin, found_ms FROM fork ORDER BY origin",

	[SQ_BLOB_PUT] = "INSERT INTO blob (hash, size, have, whole) VALUES (?1, ?2, ?3, ?4)"
	    " ON CONFLICT (hash) DO UPDATE SET have = ?3, whole = ?4",
	[SQ_BLOB_GET] = "SELECT hash, size, have, whole FROM blob WHERE hash = ?1",
	[SQ_BLOB_EACH] = "SELECT hash, size, have, whole FROM blob ORDER BY hash",
	[SQ_BLOB_ERASE] = "DELETE FROM blob WHERE hash = ?1",
	[SQ_PART_PUT] = "INSERT INTO blob_part (pos, bytes) SELECT no << 8 | ?2, ?3 FROM blob WHERE hash = ?1",
	[SQ_PART_GET] = "SELECT bytes FROM blob_part WHERE pos = (SELECT no << 8 | ?2 FROM blob WHERE hash = ?1)",
	[SQ_PART_ERASE] = "DELETE FROM blob_part WHERE pos >= (SELECT no << 8 FROM blob WHERE hash = ?1)"
	    " AND pos <= (SELECT no << 8 | 255 FROM blob WHERE hash = ?1)",

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

void
sq_bind_text(sqlite3_stmt *st, int i, const char *s)
{
	sqlite3_bind_text(st, i, s, -1, SQLITE_STATIC);
}

void
sq_bind_u64(sqlite3_stmt *st, int i, uint64_t v)
{
	sqlite3_bind_int64(st, i, (sqlite3_int64)v);
}

void
sq_bind_blob(sqlite3_stmt *st, int i, const void *p, size_t len)
{
	sqlite3_bind_blob64(st, i, p, len, SQLITE_STATIC);
}

int
sq_column_out(sqlite3_stmt *st, int i, struct buf *out, struct err *e)
{
	buf_reset(out);
	return sq_column_add(st, i, out, e);
}

int
sq_column_add(sqlite3_stmt *st, int i, struct buf *out, struct err *e)
{
	const void *p = sqlite3_column_blob(st, i);
	size_t len = (size_t)sqlite3_column_bytes(st, i);

	return buf_add(out, p, len) ? OK : err_set(e, ERR_NOMEM, "store: out of memory for %zu bytes", len);
}

int
sq_step_one(struct sq_conn *c, sqlite3_stmt *st, struct err *e)
{
	int rc = sqlite3_step(st);

	return rc == SQLITE_ROW ? OK : rc == SQLITE_DONE ? ERR_NOTFOUND : sq_fail(c->db, rc, "read", e);
}

int
sq_scan_end(struct sq_conn *c, int id, sqlite3_stmt *st, int step, int rc, struct err *e)
{
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		rc = sq_fail(c->db, step, "read", e);
	sq_give(c, id, st);
	return rc;
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
		if (rc == SQLITE_IOERR_NOMEM)
			return err_set(e, ERR_NOMEM, "store: cannot %s: out of memory", doing);
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
		if (out_of_space(sys))
			return err_set(e, ERR_FULL, "store: cannot %s: %s; make room on the disk and try again", doing,
			    strerror(sys));
		return err_set(e, ERR_IO, "store: cannot %s: %s (%s); look at the path", doing, why,
		    sys == 0 ? "no system error" : strerror(sys));
	default:
		return err_set(e, ERR_IO, "store: cannot %s: %s (code %d)", doing, why, rc);
	}
}
