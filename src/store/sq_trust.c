/*
 * Enduring tables: what this node has witnessed, proofs of two histories.
 */
#include <string.h>

#include "store/sq.h"

/* An origin, which is the first column of both tables. */
static int
origin_of(sqlite3_stmt *st, char *out, size_t cap, struct err *e)
{
	const unsigned char *s = sqlite3_column_text(st, 0);
	size_t n = (size_t)sqlite3_column_bytes(st, 0);

	if (s == NULL || n == 0 || n >= cap)
		return err_set(e, ERR_VERIFY, "store: an origin in the tables witness or fork is empty or too long; run"
		    " `diwan check`");
	memcpy(out, s, n + 1);
	return OK;
}

int
sq_witness_put(struct store *s, const struct witnessed *w, const void *note, size_t len, struct err *e)
{
	struct sq_conn *c = &sq_of(s)->view.conn;
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_WITNESS_PUT, &st, e)) != OK)
		return rc;
	sq_bind_text(st, 1, w->origin);
	sq_bind_u64(st, 2, w->size);
	sq_bind_blob(st, 3, w->root, sizeof w->root);
	sq_bind_u64(st, 4, w->time_s);
	sq_bind_blob(st, 5, note, len);
	return sq_run(c, SQ_WITNESS_PUT, st, e);
}

static int
witnessed_of(sqlite3_stmt *st, struct witnessed *out, struct err *e)
{
	const void *root;
	int rc;

	memset(out, 0, sizeof *out);
	if ((rc = origin_of(st, out->origin, sizeof out->origin, e)) != OK)
		return rc;
	out->size = (uint64_t)sqlite3_column_int64(st, 1);
	out->time_s = (uint64_t)sqlite3_column_int64(st, 3);
	root = sqlite3_column_blob(st, 2);
	if (root == NULL || sqlite3_column_bytes(st, 2) != (int)sizeof out->root)
		return err_set(e, ERR_VERIFY, "witness: %s: the root in its row has not 32 bytes; run `diwan check`",
		    out->origin);
	memcpy(out->root, root, sizeof out->root);
	return OK;
}

int
sq_witness_get(struct store_reader *r, const char *origin, struct witnessed *out, struct buf *note, struct err *e)
{
	struct sq_conn *c = sq_conn_of(r);
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_WITNESS_GET, &st, e)) != OK)
		return rc;
	sq_bind_text(st, 1, origin);
	if ((rc = sq_step_one(c, st, e)) == ERR_NOTFOUND)
		store_absent_witness(origin, e);
	if (rc == OK)
		rc = witnessed_of(st, out, e);
	if (rc == OK && note != NULL)
		rc = sq_column_out(st, 4, note, e);
	sq_give(c, SQ_WITNESS_GET, st);
	return rc;
}

int
sq_witness_each(struct store_reader *r, int (*visit)(void *, const struct witnessed *), void *ctx, struct err *e)
{
	struct sq_conn *c = sq_conn_of(r);
	struct witnessed w;
	sqlite3_stmt *st;
	int step, rc;

	if ((rc = sq_take(c, SQ_WITNESS_EACH, &st, e)) != OK)
		return rc;
	while ((step = sqlite3_step(st)) == SQLITE_ROW)
		if ((rc = witnessed_of(st, &w, e)) != OK || (rc = visit(ctx, &w)) != 0)
			break;
	return sq_scan_end(c, SQ_WITNESS_EACH, st, step, rc, e);
}

/* ---- fork proofs ------------------------------------------------------------------------------------------------- */

int
sq_fork_put(struct store *s, const char *origin, int64_t found_ms, const void *proof, size_t len, struct err *e)
{
	struct sq_conn *c = &sq_of(s)->view.conn;
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_FORK_PUT, &st, e)) != OK)
		return rc;
	sq_bind_text(st, 1, origin);
	sqlite3_bind_int64(st, 2, found_ms);
	sq_bind_blob(st, 3, proof, len);
	return sq_run(c, SQ_FORK_PUT, st, e);
}

int
sq_fork_get(struct store_reader *r, const char *origin, int64_t *found_ms, struct buf *proof, struct err *e)
{
	struct sq_conn *c = sq_conn_of(r);
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_FORK_GET, &st, e)) != OK)
		return rc;
	sq_bind_text(st, 1, origin);
	if ((rc = sq_step_one(c, st, e)) == OK) {
		*found_ms = sqlite3_column_int64(st, 0);
		rc = sq_column_out(st, 1, proof, e);
	} else if (rc == ERR_NOTFOUND) {
		store_absent_fork(origin, e);
	}
	sq_give(c, SQ_FORK_GET, st);
	return rc;
}

int
sq_fork_each(struct store_reader *r, int (*visit)(void *, const char *, int64_t), void *ctx, struct err *e)
{
	char origin[sizeof ((struct witnessed *)0)->origin];
	struct sq_conn *c = sq_conn_of(r);
	sqlite3_stmt *st;
	int step, rc;

	if ((rc = sq_take(c, SQ_FORK_EACH, &st, e)) != OK)
		return rc;
	while ((step = sqlite3_step(st)) == SQLITE_ROW)
		if ((rc = origin_of(st, origin, sizeof origin, e)) != OK ||
		    (rc = visit(ctx, origin, sqlite3_column_int64(st, 1))) != 0)
			break;
	return sq_scan_end(c, SQ_FORK_EACH, st, step, rc, e);
}
