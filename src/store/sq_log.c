/*
 * Enduring tables: logs, tiles, checkpoints, settings.
 */
#include <string.h>

#include "store/sq.h"

/* ---- logs -------------------------------------------------------------------------------------------------------- */

int
sq_log_put(struct store *s, const struct log_row *row, struct err *e)
{
	struct sq_conn *c = &sq_of(s)->view.conn;
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_LOG_PUT, &st, e)) != OK)
		return rc;
	sq_bind_u64(st, 1, row->no);
	sq_bind_text(st, 2, row->mechanism);
	sq_bind_text(st, 3, row->member);
	sq_bind_u64(st, 4, row->epoch);
	sq_bind_text(st, 5, row->origin);
	sq_bind_u64(st, 6, row->own);
	sq_bind_u64(st, 7, row->frozen);
	sq_bind_u64(st, 8, row->size);
	sq_bind_blob(st, 9, row->root, sizeof row->root);
	sq_bind_u64(st, 10, row->payloads_next);
	if ((rc = sqlite3_step(st)) == SQLITE_CONSTRAINT_UNIQUE)
		rc = store_log_clash(row, e);
	else
		rc = rc == SQLITE_DONE ? OK : sq_fail(c->db, rc, "write a log", e);
	sq_give(c, SQ_LOG_PUT, st);
	return rc;
}

static bool
copy_word(char *out, size_t cap, sqlite3_stmt *st, int i)
{
	const unsigned char *s = sqlite3_column_text(st, i);
	size_t n = (size_t)sqlite3_column_bytes(st, i);

	if (s == NULL || n >= cap)
		return false;
	memcpy(out, s, n + 1);
	return true;
}

static int
log_row_of(sqlite3_stmt *st, struct log_row *out, struct err *e)
{
	const void *root;

	memset(out, 0, sizeof *out);
	out->no = (uint32_t)sqlite3_column_int64(st, 0);
	if (!copy_word(out->mechanism, sizeof out->mechanism, st, 1) ||
	    !copy_word(out->member, sizeof out->member, st, 2) || !copy_word(out->origin, sizeof out->origin, st, 4))
		return err_set(e, ERR_VERIFY, "log %u: a code in its row is too long; run `diwan check`", out->no);
	out->epoch = (uint32_t)sqlite3_column_int64(st, 3);
	out->own = sqlite3_column_int(st, 5) != 0;
	out->frozen = sqlite3_column_int(st, 6) != 0;
	out->size = (uint64_t)sqlite3_column_int64(st, 7);
	root = sqlite3_column_blob(st, 8);
	if (root == NULL || sqlite3_column_bytes(st, 8) != (int)sizeof out->root)
		return err_set(e, ERR_VERIFY, "log %u: the root in its row has not 32 bytes; run `diwan check`",
		    out->no);
	memcpy(out->root, root, sizeof out->root);
	out->payloads_next = (uint64_t)sqlite3_column_int64(st, 9);
	return OK;
}

int
sq_log_get(struct store_reader *r, uint32_t no, struct log_row *out, struct err *e)
{
	struct sq_conn *c = sq_conn_of(r);
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_LOG_GET, &st, e)) != OK)
		return rc;
	sq_bind_u64(st, 1, no);
	if ((rc = sq_step_one(c, st, e)) == OK)
		rc = log_row_of(st, out, e);
	else if (rc == ERR_NOTFOUND)
		store_absent_log(no, e);
	sq_give(c, SQ_LOG_GET, st);
	return rc;
}

int
sq_log_find(struct store_reader *r, const char *mechanism, const char *member, uint32_t epoch, struct log_row *out,
    struct err *e)
{
	struct sq_conn *c = sq_conn_of(r);
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_LOG_FIND, &st, e)) != OK)
		return rc;
	sq_bind_text(st, 1, mechanism);
	sq_bind_text(st, 2, member);
	sq_bind_u64(st, 3, epoch);
	if ((rc = sq_step_one(c, st, e)) == OK)
		rc = log_row_of(st, out, e);
	else if (rc == ERR_NOTFOUND)
		store_absent_log_of(mechanism, member, epoch, e);
	sq_give(c, SQ_LOG_FIND, st);
	return rc;
}

int
sq_log_each(struct store_reader *r, int (*visit)(void *, const struct log_row *), void *ctx, struct err *e)
{
	struct sq_conn *c = sq_conn_of(r);
	struct log_row row;
	sqlite3_stmt *st;
	int step, rc;

	if ((rc = sq_take(c, SQ_LOG_EACH, &st, e)) != OK)
		return rc;
	while ((step = sqlite3_step(st)) == SQLITE_ROW)
		if ((rc = log_row_of(st, &row, e)) != OK || (rc = visit(ctx, &row)) != 0)
			break;
	return sq_scan_end(c, SQ_LOG_EACH, st, step, rc, e);
}

/* ---- tiles ------------------------------------------------------------------------------------------------------- */

int
sq_tile_put(struct store *s, uint32_t log_no, int level, uint64_t n, const void *bytes, size_t len, struct err *e)
{
	struct sq_conn *c = &sq_of(s)->view.conn;
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_TILE_PUT, &st, e)) != OK)
		return rc;
	sq_bind_u64(st, 1, log_no);
	sqlite3_bind_int(st, 2, level);
	sq_bind_u64(st, 3, n);
	sq_bind_blob(st, 4, bytes, len);
	if ((rc = sq_run(c, SQ_TILE_PUT, st, e)) == OK && sqlite3_changes(c->db) == 0)
		rc = store_tile_conflict(log_no, level, n, e);
	return rc;
}

int
sq_tile_get(struct store_reader *r, uint32_t log_no, int level, uint64_t n, struct buf *out, struct err *e)
{
	struct sq_conn *c = sq_conn_of(r);
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_TILE_GET, &st, e)) != OK)
		return rc;
	sq_bind_u64(st, 1, log_no);
	sqlite3_bind_int(st, 2, level);
	sq_bind_u64(st, 3, n);
	if ((rc = sq_step_one(c, st, e)) == OK)
		rc = sq_column_out(st, 0, out, e);
	else if (rc == ERR_NOTFOUND)
		store_absent_tile(log_no, level, n, e);
	sq_give(c, SQ_TILE_GET, st);
	return rc;
}

/* ---- checkpoints and settings ------------------------------------------------------------------------------------ */

int
sq_checkpoint_put(struct store *s, uint32_t log_no, uint64_t size, const void *note, size_t len, struct err *e)
{
	struct sq_conn *c = &sq_of(s)->view.conn;
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_CHECKPOINT_PUT, &st, e)) != OK)
		return rc;
	sq_bind_u64(st, 1, log_no);
	sq_bind_u64(st, 2, size);
	sq_bind_blob(st, 3, note, len);
	return sq_run(c, SQ_CHECKPOINT_PUT, st, e);
}

int
sq_checkpoint_get(struct store_reader *r, uint32_t log_no, uint64_t size, uint64_t *found, struct buf *out,
    struct err *e)
{
	struct sq_conn *c = sq_conn_of(r);
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_CHECKPOINT_GET, &st, e)) != OK)
		return rc;
	sq_bind_u64(st, 1, log_no);
	sq_bind_u64(st, 2, size);
	if ((rc = sq_step_one(c, st, e)) == OK) {
		*found = (uint64_t)sqlite3_column_int64(st, 0);
		rc = sq_column_out(st, 1, out, e);
	} else if (rc == ERR_NOTFOUND) {
		store_absent_checkpoint(log_no, UINT64_MAX, e);
	}
	sq_give(c, SQ_CHECKPOINT_GET, st);
	return rc;
}

int
sq_meta_put(struct store *s, const char *name, const void *value, size_t len, struct err *e)
{
	struct sq_conn *c = &sq_of(s)->view.conn;
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_META_PUT, &st, e)) != OK)
		return rc;
	sq_bind_text(st, 1, name);
	sq_bind_blob(st, 2, value, len);
	return sq_run(c, SQ_META_PUT, st, e);
}

int
sq_meta_get(struct store_reader *r, const char *name, struct buf *out, struct err *e)
{
	struct sq_conn *c = sq_conn_of(r);
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_META_GET, &st, e)) != OK)
		return rc;
	sq_bind_text(st, 1, name);
	if ((rc = sq_step_one(c, st, e)) == OK)
		rc = sq_column_out(st, 0, out, e);
	else if (rc == ERR_NOTFOUND)
		store_absent_meta(name, e);
	sq_give(c, SQ_META_GET, st);
	return rc;
}
