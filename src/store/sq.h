/*
 * Private to the SQLite backend: sq_open.c (files, connections), sq_schema.c, sq_stmt.c (statements, errors), sq_log.c,
 * sq_payload.c, sq_trust.c, sq_blob.c (enduring tables), sq_rows.c (derived tables), sq_care.c (tidy, self-check, backup),
 * sq_scrub.c (no stale bytes in pages), store_sqlite.c (transactions, readers).
 *
 * One connection a thread, opened without SQLite's own mutexes: the writer's, one a reader, one for tidying. Statements
 * are prepared when first used and kept with their connection.
 */
#ifndef STORE_SQ_H
#define STORE_SQ_H

#include <pthread.h>
#include <sqlite3.h>

#include "store/store_backend.h"

/* Enduring statements; their texts stand in sq_stmt.c. */
enum sq_sql {
	SQ_BEGIN, SQ_COMMIT, SQ_ROLLBACK, SQ_HOLD, SQ_TOUCH,
	SQ_LOG_PUT, SQ_LOG_GET, SQ_LOG_FIND, SQ_LOG_EACH,
	SQ_TILE_PUT, SQ_TILE_GET,
	SQ_PAYLOAD_PUT, SQ_PAYLOAD_GET, SQ_PAYLOAD_SCAN, SQ_PAYLOAD_ERASE,
	SQ_ERASURE_PUT, SQ_ERASURE_GET, SQ_ERASURE_NEXT, SQ_ERASURE_EACH, SQ_ERASURE_OF,
	SQ_WITNESS_PUT, SQ_WITNESS_GET, SQ_WITNESS_EACH, SQ_FORK_PUT, SQ_FORK_GET, SQ_FORK_EACH,
	SQ_BLOB_PUT, SQ_BLOB_GET, SQ_BLOB_EACH, SQ_BLOB_ERASE, SQ_PART_PUT, SQ_PART_GET, SQ_PART_ERASE,
	SQ_CHECKPOINT_PUT, SQ_CHECKPOINT_GET,
	SQ_META_PUT, SQ_META_GET,
	SQ_ENDURING
};
/* Statements of each derived table; their texts stand in sq_rows.c. */
enum sq_row_op { ROW_PUT, ROW_DEL, ROW_GET, ROW_ASC, ROW_DESC, ROW_OPS };
#define SQ_ROW(table, op) (SQ_ENDURING + (int)(table) * ROW_OPS + (int)(op))
#define SQ_COUNT SQ_ROW(T_COUNT, 0)

struct sq_conn {
	sqlite3 *db;
	sqlite3_stmt *cached[SQ_COUNT];
};

struct sq_reader {
	struct store_reader base;
	struct sq_conn conn;
	struct buf scratch;		/* what the last get answered with */
};

struct sq_store {
	struct store base;
	struct sq_reader view;		/* its connection is the writer's */
	char *path;
	int lock_fd;
	bool immutable;			/* on a medium where nothing can be written: no lock, no shared memory */
	int wal_pages;			/* in the write-ahead log after the last commit */
	int page_bytes;
	bool tx_erases;			/* this transaction deletes */
	atomic_bool erased;		/* some did since the write-ahead log was last emptied */
	atomic_bool untidy;		/* something was committed since all of that log was moved into the file */
	pthread_mutex_t tidy_mutex;
	sqlite3 *tidy_db;
};

static inline struct sq_store *
sq_of(struct store *s)
{
	return (struct sq_store *)s;
}

static inline struct sq_conn *
sq_conn_of(struct store_reader *r)
{
	return &((struct sq_reader *)r)->conn;
}

/* ---- sq_open.c ---- */

/* Cache bounds in KiB, by what the connection is for. */
#define SQ_CACHE_WRITER 8192
#define SQ_CACHE_READER 1024
#define SQ_CACHE_TIDY 256

/* A configured connection to the store's file. ${flags}: SQLITE_OPEN_READWRITE or _READONLY. */
int sq_connect(const struct sq_store *s, int flags, int cache_kib, sqlite3 **out, struct err *e);
/* fsync the folder ${path} lies in. */
int sq_sync_folder(const char *path, struct err *e);
void sq_unlock(struct sq_store *s);
int sq_open(struct sq_store *s, const char *path, unsigned flags, struct err *e);

/* ---- sq_schema.c ---- */

/* Both schemas into an empty file, durable; what a file says it is, compared with what this program knows. */
int sq_create_schemas(struct sq_store *s, struct err *e);
int sq_check_schemas(struct sq_store *s, struct err *e);
/* True if the derived tables are of another version than this program's. */
int sq_read_stale(struct sq_store *s, bool *stale, struct err *e);
int sq_derived_reset(struct store *s, struct err *e);
/* The answer of a statement that answers one integer. */
int sq_ask(sqlite3 *db, const char *sql, int64_t *out, struct err *e);

/* ---- sq_stmt.c ---- */

/*
 * sq_take: statement ${id}, ready to be bound. The kept one, or a new one while that is in use (a scan whose visit asks
 * the same question). sq_give: back; NULL is fine. Between them the caller binds and steps.
 */
int sq_take(struct sq_conn *c, int id, sqlite3_stmt **out, struct err *e);
void sq_give(struct sq_conn *c, int id, sqlite3_stmt *st);
void sq_forget(struct sq_conn *c);		/* finalize all kept statements */

/* Bind parameter ${i}; what is pointed to must stay until the statement is given back. */
void sq_bind_text(sqlite3_stmt *st, int i, const char *s);
void sq_bind_u64(sqlite3_stmt *st, int i, uint64_t v);
void sq_bind_blob(sqlite3_stmt *st, int i, const void *p, size_t len);
/* Column ${i} into ${out}: in place of what is there, behind it. */
int sq_column_out(sqlite3_stmt *st, int i, struct buf *out, struct err *e);
int sq_column_add(sqlite3_stmt *st, int i, struct buf *out, struct err *e);
/* Step to the only row: OK, ERR_NOTFOUND if there is none (the caller words it), or the error. */
int sq_step_one(struct sq_conn *c, sqlite3_stmt *st, struct err *e);
/* End of a scan, given back: ${rc} is what the visit said, ${step} what stopped the stepping. */
int sq_scan_end(struct sq_conn *c, int id, sqlite3_stmt *st, int step, int rc, struct err *e);

/* Step a statement that answers nothing, and give it back. */
int sq_run(struct sq_conn *c, int id, sqlite3_stmt *st, struct err *e);
/* Take, step and give a statement without parameters. */
int sq_do(struct sq_conn *c, int id, struct err *e);
int sq_exec(sqlite3 *db, const char *sql, struct err *e);

/* The error of SQLite's code ${rc}; ${doing} in a sentence: "store: cannot ${doing}: ...". */
int sq_fail(sqlite3 *db, int rc, const char *doing, struct err *e);

/* ---- sq_scrub.c ---- */

/*
 * Name of the VFS every writing connection is opened with. Registered by the first call, from any thread; NULL: no
 * memory.
 */
const char *sq_scrub_vfs(void);

/* ---- the rest of the table of functions ---- */

int sq_log_put(struct store *s, const struct log_row *row, struct err *e);
int sq_log_get(struct store_reader *r, uint32_t no, struct log_row *out, struct err *e);
int sq_log_find(struct store_reader *r, const char *mechanism, const char *member, uint32_t epoch, struct log_row *out,
    struct err *e);
int sq_log_each(struct store_reader *r, int (*visit)(void *, const struct log_row *), void *ctx, struct err *e);
int sq_tile_put(struct store *s, uint32_t log_no, int level, uint64_t n, const void *bytes, size_t len, struct err *e);
int sq_tile_get(struct store_reader *r, uint32_t log_no, int level, uint64_t n, struct buf *out, struct err *e);
int sq_payload_put(struct store *s, int64_t pos, const uint8_t nonce[32], const void *bytes, size_t len, struct err *e);
int sq_payload_get(struct store_reader *r, int64_t pos, struct payload *out, struct err *e);
int sq_payload_scan(struct store_reader *r, int64_t from, int64_t to, int (*visit)(void *, const struct payload *),
    void *ctx, struct err *e);
int sq_payload_erase(struct store *s, int64_t pos, struct err *e);
int sq_erasure_put(struct store *s, const struct erasure *x, struct err *e);
int sq_erasure_get(struct store_reader *r, int64_t pos, struct erasure *out, struct err *e);
int sq_erasure_next(struct store_reader *r, int64_t pos, int64_t *next, struct err *e);
int sq_erasure_each(struct store_reader *r, const uint8_t *id, int (*visit)(void *, const struct erasure *), void *ctx,
    struct err *e);
int sq_witness_put(struct store *s, const struct witnessed *w, const void *note, size_t len, struct err *e);
int sq_witness_get(struct store_reader *r, const char *origin, struct witnessed *out, struct buf *note, struct err *e);
int sq_witness_each(struct store_reader *r, int (*visit)(void *, const struct witnessed *), void *ctx, struct err *e);
int sq_fork_put(struct store *s, const char *origin, int64_t found_ms, const void *proof, size_t len, struct err *e);
int sq_fork_get(struct store_reader *r, const char *origin, int64_t *found_ms, struct buf *proof, struct err *e);
int sq_fork_each(struct store_reader *r, int (*visit)(void *, const char *, int64_t), void *ctx, struct err *e);
int sq_blob_put(struct store *s, const struct blob *b, struct err *e);
int sq_blob_get(struct store_reader *r, const uint8_t hash[32], struct blob *out, struct err *e);
int sq_blob_each(struct store_reader *r, int (*visit)(void *, const struct blob *), void *ctx, struct err *e);
int sq_part_put(struct store *s, const uint8_t hash[32], uint32_t n, const void *bytes, size_t len, struct err *e);
int sq_part_get(struct store_reader *r, const uint8_t hash[32], uint32_t n, struct buf *out, struct err *e);
int sq_blob_erase(struct store *s, const struct blob *b, struct err *e);
int sq_checkpoint_put(struct store *s, uint32_t log_no, uint64_t size, const void *note, size_t len, struct err *e);
int sq_checkpoint_get(struct store_reader *r, uint32_t log_no, uint64_t size, uint64_t *found, struct buf *out,
    struct err *e);
int sq_meta_put(struct store *s, const char *name, const void *value, size_t len, struct err *e);
int sq_meta_get(struct store_reader *r, const char *name, struct buf *out, struct err *e);

const char *sq_row_sql(enum derived_table t, enum sq_row_op op);
int sq_row_put(struct store *s, const struct row *row, struct err *e);
int sq_row_del(struct store *s, const struct row *row, struct err *e);
int sq_row_scan(struct store_reader *r, const struct row *from, int given, bool descending,
    int (*visit)(void *, const struct row *), void *ctx, struct err *e);
int sq_row_get(struct store_reader *r, const struct row *key, struct row *out, struct err *e);

int sq_tidy(struct store *s, struct err *e);
int sq_selfcheck(struct store_reader *r, void (*report)(void *, const char *), void *ctx, struct err *e);
int sq_backup(struct store *s, const char *path, int (*progress)(void *, uint64_t, uint64_t), void *ctx, struct err *e);

#endif
