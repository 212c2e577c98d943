/*
 * Enduring tables: attachments. A blob's parts lie side by side: pos = its number << 8 | part, so that they are read and
 * removed as one range.
 */
#include <string.h>

#include "store/sq.h"

_Static_assert(STORE_BLOB_MAX / STORE_BLOB_PART <= 256, "a part's number has 8 bits in blob_part.pos");

int
sq_blob_put(struct store *s, const struct blob *b, struct err *e)
{
	struct sq_conn *c = &sq_of(s)->view.conn;
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_BLOB_PUT, &st, e)) != OK)
		return rc;
	sq_bind_blob(st, 1, b->hash, sizeof b->hash);
	sq_bind_u64(st, 2, b->size);
	sq_bind_u64(st, 3, b->have);
	sq_bind_u64(st, 4, b->whole);
	return sq_run(c, SQ_BLOB_PUT, st, e);
}

static int
blob_of(sqlite3_stmt *st, struct blob *out, struct err *e)
{
	const void *hash = sqlite3_column_blob(st, 0);

	if (hash == NULL || sqlite3_column_bytes(st, 0) != (int)sizeof out->hash)
		return err_set(e, ERR_VERIFY, "blob: a row's hash has not 32 bytes; run `diwan check`");
	memcpy(out->hash, hash, sizeof out->hash);
	out->size = (uint64_t)sqlite3_column_int64(st, 1);
	out->have = (uint64_t)sqlite3_column_int64(st, 2);
	out->whole = sqlite3_column_int(st, 3) != 0;
	return OK;
}

int
sq_blob_get(struct store_reader *r, const uint8_t hash[32], struct blob *out, struct err *e)
{
	struct sq_conn *c = sq_conn_of(r);
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_BLOB_GET, &st, e)) != OK)
		return rc;
	sq_bind_blob(st, 1, hash, 32);
	if ((rc = sq_step_one(c, st, e)) == OK)
		rc = blob_of(st, out, e);
	else if (rc == ERR_NOTFOUND)
		store_absent_blob(hash, e);
	sq_give(c, SQ_BLOB_GET, st);
	return rc;
}

int
sq_blob_each(struct store_reader *r, int (*visit)(void *, const struct blob *), void *ctx, struct err *e)
{
	struct sq_conn *c = sq_conn_of(r);
	sqlite3_stmt *st;
	struct blob b;
	int step, rc;

	if ((rc = sq_take(c, SQ_BLOB_EACH, &st, e)) != OK)
		return rc;
	while ((step = sqlite3_step(st)) == SQLITE_ROW)
		if ((rc = blob_of(st, &b, e)) != OK || (rc = visit(ctx, &b)) != 0)
			break;
	return sq_scan_end(c, SQ_BLOB_EACH, st, step, rc, e);
}

int
sq_part_put(struct store *s, const uint8_t hash[32], uint32_t n, const void *bytes, size_t len, struct err *e)
{
	struct sq_conn *c = &sq_of(s)->view.conn;
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_PART_PUT, &st, e)) != OK)
		return rc;
	sq_bind_blob(st, 1, hash, 32);
	sq_bind_u64(st, 2, n);
	sq_bind_blob(st, 3, bytes, len);
	return sq_run(c, SQ_PART_PUT, st, e);
}

int
sq_part_get(struct store_reader *r, const uint8_t hash[32], uint32_t n, struct buf *out, struct err *e)
{
	struct sq_conn *c = sq_conn_of(r);
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_PART_GET, &st, e)) != OK)
		return rc;
	sq_bind_blob(st, 1, hash, 32);
	sq_bind_u64(st, 2, n);
	if ((rc = sq_step_one(c, st, e)) == OK)
		rc = sq_column_add(st, 0, out, e);
	else if (rc == ERR_NOTFOUND)
		store_absent_blob(hash, e);
	sq_give(c, SQ_PART_GET, st);
	return rc;
}

/* ${id} bound to ${hash}. */
static int
run_on(struct sq_conn *c, int id, const uint8_t hash[32], struct err *e)
{
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, id, &st, e)) != OK)
		return rc;
	sq_bind_blob(st, 1, hash, 32);
	return sq_run(c, id, st, e);
}

int
sq_blob_erase(struct store *s, const struct blob *b, struct err *e)
{
	struct sq_conn *c = &sq_of(s)->view.conn;
	int rc;

	sq_of(s)->tx_erases = true;
	if ((rc = run_on(c, SQ_PART_ERASE, b->hash, e)) != OK)
		return rc;
	return run_on(c, SQ_BLOB_ERASE, b->hash, e);
}
