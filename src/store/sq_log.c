/*
 * The enduring tables: logs, tiles, payloads, checkpoints, settings.
 */
#include <string.h>

#include "store/sq.h"

static void
bind_text(sqlite3_stmt *st, int i, const char *s)
{
	sqlite3_bind_text(st, i, s, -1, SQLITE_STATIC);
}

static void
bind_u64(sqlite3_stmt *st, int i, uint64_t v)
{
	sqlite3_bind_int64(st, i, (sqlite3_int64)v);
}

static void
bind_blob(sqlite3_stmt *st, int i, const void *p, size_t len)
{
	sqlite3_bind_blob64(st, i, p, len, SQLITE_STATIC);
}

/* Column ${i} into ${out}. */
static int
column_out(sqlite3_stmt *st, int i, struct buf *out, struct err *e)
{
	const void *p = sqlite3_column_blob(st, i);
	size_t len = (size_t)sqlite3_column_bytes(st, i);

	buf_reset(out);
	return buf_add(out, p, len) ? OK : err_set(e, ERR_NOMEM, "store: out of memory for %zu bytes", len);
}

/* Step to the only row: OK, ERR_NOTFOUND if there is none (the caller words it), or the error. */
static int
step_one(struct sq_conn *c, sqlite3_stmt *st, struct err *e)
{
	int rc = sqlite3_step(st);

	return rc == SQLITE_ROW ? OK : rc == SQLITE_DONE ? ERR_NOTFOUND : sq_fail(c->db, rc, "read", e);
}

/* ---- logs -------------------------------------------------------------------------------------------------------- */

int
sq_log_put(struct store *s, const struct log_row *row, struct err *e)
{
	struct sq_conn *c = &sq_of(s)->view.conn;
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_LOG_PUT, &st, e)) != OK)
		return rc;
	bind_u64(st, 1, row->no);
	bind_text(st, 2, row->mechanism);
	bind_text(st, 3, row->member);
	bind_text(st, 4, row->origin);
	bind_u64(st, 5, row->own);
	bind_u64(st, 6, row->frozen);
	bind_u64(st, 7, row->size);
	bind_blob(st, 8, row->root, sizeof row->root);
	bind_u64(st, 9, row->payloads_next);
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
	    !copy_word(out->member, sizeof out->member, st, 2) || !copy_word(out->origin, sizeof out->origin, st, 3))
		return err_set(e, ERR_VERIFY, "log %u: a code in its row is too long; run `diwan check`", out->no);
	out->own = sqlite3_column_int(st, 4) != 0;
	out->frozen = sqlite3_column_int(st, 5) != 0;
	out->size = (uint64_t)sqlite3_column_int64(st, 6);
	root = sqlite3_column_blob(st, 7);
	if (root == NULL || sqlite3_column_bytes(st, 7) != (int)sizeof out->root)
		return err_set(e, ERR_VERIFY, "log %u: the root in its row has not 32 bytes; run `diwan check`",
		    out->no);
	memcpy(out->root, root, sizeof out->root);
	out->payloads_next = (uint64_t)sqlite3_column_int64(st, 8);
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
	bind_u64(st, 1, no);
	if ((rc = step_one(c, st, e)) == OK)
		rc = log_row_of(st, out, e);
	else if (rc == ERR_NOTFOUND)
		store_absent_log(no, e);
	sq_give(c, SQ_LOG_GET, st);
	return rc;
}

int
sq_log_find(struct store_reader *r, const char *mechanism, const char *member, struct log_row *out, struct err *e)
{
	struct sq_conn *c = sq_conn_of(r);
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_LOG_FIND, &st, e)) != OK)
		return rc;
	bind_text(st, 1, mechanism);
	bind_text(st, 2, member);
	if ((rc = step_one(c, st, e)) == OK)
		rc = log_row_of(st, out, e);
	else if (rc == ERR_NOTFOUND)
		store_absent_log_of(mechanism, member, e);
	sq_give(c, SQ_LOG_FIND, st);
	return rc;
}

/* End of a scan: what the visit said, or what stopped the stepping. */
static int
scan_end(struct sq_conn *c, int id, sqlite3_stmt *st, int step, int rc, struct err *e)
{
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		rc = sq_fail(c->db, step, "read", e);
	sq_give(c, id, st);
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
	return scan_end(c, SQ_LOG_EACH, st, step, rc, e);
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
	bind_u64(st, 1, log_no);
	sqlite3_bind_int(st, 2, level);
	bind_u64(st, 3, n);
	bind_blob(st, 4, bytes, len);
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
	bind_u64(st, 1, log_no);
	sqlite3_bind_int(st, 2, level);
	bind_u64(st, 3, n);
	if ((rc = step_one(c, st, e)) == OK)
		rc = column_out(st, 0, out, e);
	else if (rc == ERR_NOTFOUND)
		store_absent_tile(log_no, level, n, e);
	sq_give(c, SQ_TILE_GET, st);
	return rc;
}

/* ---- payloads ---------------------------------------------------------------------------------------------------- */

int
sq_payload_put(struct store *s, int64_t pos, const uint8_t nonce[32], const void *bytes, size_t len, struct err *e)
{
	struct sq_conn *c = &sq_of(s)->view.conn;
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_PAYLOAD_PUT, &st, e)) != OK)
		return rc;
	sqlite3_bind_int64(st, 1, pos);
	bind_blob(st, 2, nonce, 32);
	bind_blob(st, 3, bytes, len);
	if ((rc = sqlite3_step(st)) == SQLITE_CONSTRAINT_PRIMARYKEY)
		rc = err_set(e, ERR_CONFLICT, "payload: there is one at this position");
	else
		rc = rc == SQLITE_DONE ? OK : sq_fail(c->db, rc, "write a payload", e);
	sq_give(c, SQ_PAYLOAD_PUT, st);
	return rc;
}

static int
payload_of(sqlite3_stmt *st, struct payload *out, struct err *e)
{
	const void *nonce = sqlite3_column_blob(st, 1);

	out->pos = sqlite3_column_int64(st, 0);
	out->bytes = sqlite3_column_blob(st, 2);
	out->len = (size_t)sqlite3_column_bytes(st, 2);
	if (nonce == NULL || sqlite3_column_bytes(st, 1) != (int)sizeof out->nonce || out->bytes == NULL)
		return err_set(e, ERR_VERIFY, "payload %u/%llu: its row is malformed; run `diwan check`",
		    POS_LOG(out->pos), (unsigned long long)POS_INDEX(out->pos));
	memcpy(out->nonce, nonce, sizeof out->nonce);
	return OK;
}

/*
 * The text is copied, so that the statement can be reset at once: an open one would keep its snapshot, and with it the
 * write-ahead log, for as long as the reader is idle.
 */
int
sq_payload_get(struct store_reader *r, int64_t pos, struct payload *out, struct err *e)
{
	struct sq_conn *c = sq_conn_of(r);
	struct buf *scratch = &((struct sq_reader *)r)->scratch;
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_PAYLOAD_GET, &st, e)) != OK)
		return rc;
	sqlite3_bind_int64(st, 1, pos);
	if ((rc = step_one(c, st, e)) == OK) {
		if ((rc = payload_of(st, out, e)) == OK && (rc = column_out(st, 2, scratch, e)) == OK)
			out->bytes = scratch->data;
	} else if (rc == ERR_NOTFOUND) {
		store_absent_payload(pos, e);
	}
	sq_give(c, SQ_PAYLOAD_GET, st);
	return rc;
}

int
sq_payload_scan(struct store_reader *r, int64_t from, int64_t to, int (*visit)(void *, const struct payload *),
    void *ctx, struct err *e)
{
	struct sq_conn *c = sq_conn_of(r);
	struct payload p;
	sqlite3_stmt *st;
	int step, rc;

	if ((rc = sq_take(c, SQ_PAYLOAD_SCAN, &st, e)) != OK)
		return rc;
	sqlite3_bind_int64(st, 1, from);
	sqlite3_bind_int64(st, 2, to);
	while ((step = sqlite3_step(st)) == SQLITE_ROW)
		if ((rc = payload_of(st, &p, e)) != OK || (rc = visit(ctx, &p)) != 0)
			break;
	return scan_end(c, SQ_PAYLOAD_SCAN, st, step, rc, e);
}

int
sq_payload_erase(struct store *s, int64_t pos, struct err *e)
{
	struct sq_conn *c = &sq_of(s)->view.conn;
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_PAYLOAD_ERASE, &st, e)) != OK)
		return rc;
	sqlite3_bind_int64(st, 1, pos);
	if ((rc = sq_run(c, SQ_PAYLOAD_ERASE, st, e)) == OK && sqlite3_changes(c->db) == 0)
		return store_absent_payload(pos, e);
	sq_of(s)->tx_erases = true;
	buf_wipe(&sq_of(s)->view.scratch);
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
	bind_u64(st, 1, log_no);
	bind_u64(st, 2, size);
	bind_blob(st, 3, note, len);
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
	bind_u64(st, 1, log_no);
	bind_u64(st, 2, size);
	if ((rc = step_one(c, st, e)) == OK) {
		*found = (uint64_t)sqlite3_column_int64(st, 0);
		rc = column_out(st, 1, out, e);
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
	bind_text(st, 1, name);
	bind_blob(st, 2, value, len);
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
	bind_text(st, 1, name);
	if ((rc = step_one(c, st, e)) == OK)
		rc = column_out(st, 0, out, e);
	else if (rc == ERR_NOTFOUND)
		store_absent_meta(name, e);
	sq_give(c, SQ_META_GET, st);
	return rc;
}
