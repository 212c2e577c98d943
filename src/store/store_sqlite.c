/*
 * The store in one SQLite file: transactions, readers, the table of functions. sq.h says where the rest is.
 */
#include <assert.h>
#include <stdlib.h>

#include "store/sq.h"

/*
 * If nobody tidies, or readers and the writer leave no moment for it, the write-ahead log would grow for ever: past
 * this size the writer moves its pages itself, right after a commit, when nothing is being written.
 */
#define WAL_MAX_BYTES (INT64_C(256) * 1024 * 1024)
#define SCRATCH_KEEP_BYTES 65536	/* a reader's buffer larger than this is given back when its snapshot is */

static const struct store_ops ops;

static int
note_wal(void *ctx, sqlite3 *db, const char *name, int pages)
{
	struct sq_store *s = ctx;

	(void)db, (void)name;
	s->wal_pages = pages;
	return SQLITE_OK;
}

static void
conn_close(struct sq_conn *c)
{
	sq_forget(c);
	sqlite3_close(c->db);
	c->db = NULL;
}

static void
sq_close(struct store *s)
{
	struct sq_store *q = sq_of(s);

	sqlite3_close(q->tidy_db);
	/* the last writing connection moves what is left and removes the write-ahead log */
	conn_close(&q->view.conn);
	buf_wipe(&q->view.scratch);
	pthread_mutex_destroy(&q->tidy_mutex);
	sq_unlock(q);
	free(q->path);
	free(q);
}

int
store_open_sqlite(const char *path, unsigned flags, struct store **out, struct err *e)
{
	struct sq_store *s;
	int rc;

	assert(flags == 0 || flags == STORE_CREATE || flags == STORE_READONLY);
	*out = NULL;
	if ((s = calloc(1, sizeof *s)) == NULL)
		return err_set(e, ERR_NOMEM, "store: out of memory");
	pthread_mutex_init(&s->tidy_mutex, NULL);
	s->base.ops = &ops;
	s->base.view = &s->view.base;
	s->view.base.store = &s->base;
	if ((rc = sq_open(s, path, flags, e)) != OK) {
		sq_close(&s->base);
		return rc;
	}
	sqlite3_wal_hook(s->view.conn.db, note_wal, s);
	*out = &s->base;
	return OK;
}

/* ---- readers ----------------------------------------------------------------------------------------------------- */

static int
sq_reader_open(struct store *s, struct store_reader **out, struct err *e)
{
	struct sq_reader *r = calloc(1, sizeof *r);
	int rc;

	if (r == NULL)
		return err_set(e, ERR_NOMEM, "store: out of memory");
	r->base.store = s;
	if ((rc = sq_connect(sq_of(s), SQLITE_OPEN_READONLY, SQ_CACHE_READER, &r->conn.db, e)) != OK) {
		free(r);
		return rc;
	}
	*out = &r->base;
	return OK;
}

static void
sq_reader_close(struct store_reader *r)
{
	struct sq_reader *q = (struct sq_reader *)r;

	conn_close(&q->conn);
	buf_wipe(&q->scratch);
	free(q);
}

/* A transaction begins when there is all that is needed to end it: taking it back must work without memory. */
static int
begin(struct sq_conn *c, enum sq_sql how, struct err *e)
{
	sqlite3_stmt *st;
	int rc;

	if ((rc = sq_take(c, SQ_ROLLBACK, &st, e)) != OK)
		return rc;
	sq_give(c, SQ_ROLLBACK, st);
	return sq_do(c, how, e);
}

static int
sq_hold(struct store_reader *r, struct err *e)
{
	struct sq_conn *c = sq_conn_of(r);
	int rc;

	if ((rc = begin(c, SQ_HOLD, e)) != OK)
		return rc;
	if ((rc = sq_do(c, SQ_TOUCH, e)) != OK)
		sq_do(c, SQ_ROLLBACK, NULL);	/* the reading failed; that is the error to tell */
	return rc;
}

static void
sq_release(struct store_reader *r)
{
	struct sq_reader *q = (struct sq_reader *)r;

	/* ends a reading transaction; there is nothing that could fail to be undone */
	sq_do(&q->conn, SQ_ROLLBACK, NULL);
	if (q->scratch.cap > SCRATCH_KEEP_BYTES)
		buf_wipe(&q->scratch);
}

/* ---- transactions ------------------------------------------------------------------------------------------------ */

/* A transaction that could not be taken back (no memory for that) is taken back now. */
static int
sq_begin(struct store *s, struct err *e)
{
	struct sq_conn *c = &sq_of(s)->view.conn;
	int rc;

	sq_of(s)->tx_erases = false;
	if (!sqlite3_get_autocommit(c->db) && (rc = sq_do(c, SQ_ROLLBACK, e)) != OK)
		return rc;
	return begin(c, SQ_BEGIN, e);
}

static int
sq_commit(struct store *s, struct err *e)
{
	struct sq_store *q = sq_of(s);
	int rc;

	if ((rc = sq_do(&q->view.conn, SQ_COMMIT, e)) != OK)
		return rc;
	if (q->tx_erases)
		atomic_store(&q->erased, true);
	atomic_store(&q->untidy, true);
	if ((int64_t)q->wal_pages * q->page_bytes > WAL_MAX_BYTES)
		sqlite3_wal_checkpoint_v2(q->view.conn.db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	/* the commit is on disk whatever became of the checkpoint, which the next one repeats */
	return OK;
}

/* After some errors (full disk, I/O) SQLite has rolled back by itself. */
static void
sq_rollback(struct store *s)
{
	struct sq_conn *c = &sq_of(s)->view.conn;

	if (!sqlite3_get_autocommit(c->db))
		sq_do(c, SQ_ROLLBACK, NULL);
	buf_wipe(&sq_of(s)->view.scratch);
}

static const struct store_ops ops = {
	.close = sq_close, .reader_open = sq_reader_open, .reader_close = sq_reader_close, .hold = sq_hold,
	.release = sq_release, .begin = sq_begin, .commit = sq_commit, .rollback = sq_rollback, .tidy = sq_tidy,
	.log_put = sq_log_put, .log_get = sq_log_get, .log_find = sq_log_find, .log_each = sq_log_each,
	.tile_put = sq_tile_put, .tile_get = sq_tile_get, .payload_put = sq_payload_put,
	.payload_get = sq_payload_get, .payload_scan = sq_payload_scan, .payload_erase = sq_payload_erase,
	.erasure_put = sq_erasure_put, .erasure_get = sq_erasure_get, .erasure_next = sq_erasure_next,
	.erasure_each = sq_erasure_each,
	.witness_put = sq_witness_put, .witness_get = sq_witness_get, .witness_each = sq_witness_each,
	.fork_put = sq_fork_put, .fork_get = sq_fork_get, .fork_each = sq_fork_each,
	.blob_put = sq_blob_put, .blob_get = sq_blob_get, .blob_each = sq_blob_each, .part_put = sq_part_put,
	.part_get = sq_part_get, .blob_erase = sq_blob_erase, .checkpoint_put = sq_checkpoint_put,
	.checkpoint_get = sq_checkpoint_get, .meta_put = sq_meta_put, .meta_get = sq_meta_get,
	.row_put = sq_row_put, .row_del = sq_row_del, .row_scan = sq_row_scan,
	.row_get = sq_row_get, .derived_reset = sq_derived_reset, .selfcheck = sq_selfcheck, .backup = sq_backup,
};
