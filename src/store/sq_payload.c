/*
 * Enduring tables: payloads, and what is kept of erased ones.
 */
#include <string.h>

#include "store/sq.h"

int
sq_payload_put(struct store *s, int64_t pos, const uint8_t nonce[32], const void *bytes, size_t len, struct err *e)
{
	struct sq_conn *c = &sq_of(s)->view.conn;
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_PAYLOAD_PUT, &st, e)) != OK)
		return rc;
	sqlite3_bind_int64(st, 1, pos);
	sq_bind_blob(st, 2, nonce, 32);
	sq_bind_blob(st, 3, bytes, len);
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
	if ((rc = sq_step_one(c, st, e)) == OK) {
		if ((rc = payload_of(st, out, e)) == OK && (rc = sq_column_out(st, 2, scratch, e)) == OK)
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
	return sq_scan_end(c, SQ_PAYLOAD_SCAN, st, step, rc, e);
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

/* ---- erasures ---------------------------------------------------------------------------------------------------- */

int
sq_erasure_put(struct store *s, const struct erasure *x, struct err *e)
{
	struct sq_conn *c = &sq_of(s)->view.conn;
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_ERASURE_PUT, &st, e)) != OK)
		return rc;
	sqlite3_bind_int64(st, 1, x->pos);
	sq_bind_blob(st, 2, x->id, sizeof x->id);
	sq_bind_u64(st, 3, x->seq);
	sqlite3_bind_int64(st, 4, x->order_pos);
	sqlite3_bind_int64(st, 5, x->at_ms);
	return sq_run(c, SQ_ERASURE_PUT, st, e);
}

static int
erasure_of(sqlite3_stmt *st, struct erasure *out, struct err *e)
{
	const void *id = sqlite3_column_blob(st, 1);

	out->pos = sqlite3_column_int64(st, 0);
	if (id == NULL || sqlite3_column_bytes(st, 1) != (int)sizeof out->id)
		return err_set(e, ERR_VERIFY, "erasure %u/%llu: its row is malformed; run `diwan check`",
		    POS_LOG(out->pos), (unsigned long long)POS_INDEX(out->pos));
	memcpy(out->id, id, sizeof out->id);
	out->seq = (uint32_t)sqlite3_column_int64(st, 2);
	out->order_pos = sqlite3_column_int64(st, 3);
	out->at_ms = sqlite3_column_int64(st, 4);
	return OK;
}

int
sq_erasure_get(struct store_reader *r, int64_t pos, struct erasure *out, struct err *e)
{
	struct sq_conn *c = sq_conn_of(r);
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_ERASURE_GET, &st, e)) != OK)
		return rc;
	sqlite3_bind_int64(st, 1, pos);
	if ((rc = sq_step_one(c, st, e)) == OK)
		rc = erasure_of(st, out, e);
	else if (rc == ERR_NOTFOUND)
		store_absent_erasure(pos, e);
	sq_give(c, SQ_ERASURE_GET, st);
	return rc;
}

int
sq_erasure_next(struct store_reader *r, int64_t pos, int64_t *next, struct err *e)
{
	struct sq_conn *c = sq_conn_of(r);
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_ERASURE_NEXT, &st, e)) != OK)
		return rc;
	sqlite3_bind_int64(st, 1, pos);
	if ((rc = sq_step_one(c, st, e)) == OK)
		*next = sqlite3_column_int64(st, 0);
	sq_give(c, SQ_ERASURE_NEXT, st);
	return rc;
}

int
sq_erasure_each(struct store_reader *r, const uint8_t *id, int (*visit)(void *, const struct erasure *), void *ctx,
    struct err *e)
{
	int sql = id == NULL ? SQ_ERASURE_EACH : SQ_ERASURE_OF, step, rc;
	struct sq_conn *c = sq_conn_of(r);
	struct erasure x;
	sqlite3_stmt *st;

	if ((rc = sq_take(c, sql, &st, e)) != OK)
		return rc;
	if (id != NULL)
		sq_bind_blob(st, 1, id, sizeof x.id);
	while ((step = sqlite3_step(st)) == SQLITE_ROW)
		if ((rc = erasure_of(st, &x, e)) != OK || (rc = visit(ctx, &x)) != 0)
			break;
	return sq_scan_end(c, sql, st, step, rc, e);
}
