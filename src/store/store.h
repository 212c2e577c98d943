/*
 * The store: what a node keeps. A short table of functions (store_backend.h) with backends behind one conformance suite
 * (tests/store/conform.h): store_mem (tests, simulation) and store_sqlite (one file, WAL).
 *
 * Two kinds of state (src/store/enduring.sql, derived.sql):
 *   enduring  what was filed, received and signed: logs, tiles, bundles, payloads, checkpoints, settings. Never
 *             recomputed.
 *   derived   a fold of the enduring part: rows of the tables in derived.def. Dropped and refolded by `diwan rebuild`;
 *             so a change of a view is never a migration.
 *
 * One writer, many readers. A struct store is the writer's: it must be used by one thread at a time. Each reading
 * thread opens its own struct store_reader, which sees the last committed state (a snapshot per call, or between
 * reader_hold and reader_release). Nothing is acknowledged before store_commit has returned OK: then it is on disk.
 *
 * Errors: ERR_IO (operator: disk or file), ERR_FULL (no space; after the rollback the store is usable as before),
 * ERR_BUSY (another process holds the file), ERR_NOTFOUND, ERR_LIMIT (longer than a bound below), ERR_CONFLICT (an
 * enduring row would be changed, or the derived tables want a rebuild), ERR_DENIED (a write to a store opened for
 * reading). After an error of a write in a transaction, ERR_NOTFOUND excepted, only store_rollback is allowed; every
 * other write, and the commit, answers the same code. A write outside a transaction is our own mistake (assert). After
 * ERR_IO of a commit the store takes no more writes: what reached the disk is not known any more (a failed fsync
 * forgets the pages it could not write), so the node must stop, and start again from what the disk holds.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct store;
struct store_reader;

/* Position of an entry in this store: log number and index in that log, as one ordered integer. */
#define POS_INDEX_BITS 40
#define POS(log_no, index) ((int64_t)(((uint64_t)(log_no) << POS_INDEX_BITS) | (uint64_t)(index)))
#define POS_LOG(pos) ((uint32_t)((uint64_t)(pos) >> POS_INDEX_BITS))
#define POS_INDEX(pos) ((uint64_t)(pos) & ((UINT64_C(1) << POS_INDEX_BITS) - 1))

/*
 * Log numbers. The first log of the member with index m in the register is m + 1; each further epoch of it (a new log after two
 * histories, a lost or stolen key: docs/log.md) lies LOG_EPOCH_STEP further. So all nodes number all logs alike, and a position
 * tells whose it is.
 */
#define LOG_EPOCH_STEP 1024u			/* more than a register can have members */
#define LOG_NO(member, epoch) (((uint32_t)(epoch) - 1) * LOG_EPOCH_STEP + (uint32_t)(member) + 1)
#define LOG_MEMBER(no) ((int)(((uint32_t)(no) - 1) % LOG_EPOCH_STEP))
#define LOG_EPOCH(no) (((uint32_t)(no) - 1) / LOG_EPOCH_STEP + 1)

#define CODE_MAX 32			/* member, mechanism ... codes: at most this many bytes */
#define STORE_LOG_MAX ((UINT32_C(1) << 23) - 1)		/* log numbers are 1 .. this */
#define STORE_PAYLOAD_MAX (256u * 1024)			/* bytes of a record's text */
#define STORE_TILE_MAX (256u * 32)			/* bytes of a hash tile */
#define STORE_BUNDLE_MAX (1024u * 1024)			/* bytes of an entry bundle */
#define STORE_NOTE_MAX (256u * 1024)			/* bytes of a checkpoint with its cosignatures */
#define STORE_META_MAX (4u * 1024 * 1024)
#define STORE_KEY_BLOB_MAX 32				/* bytes of a blob in the key of a derived row */

/* ---- opening ----------------------------------------------------------------------------------------------------- */

/* An empty store in memory. Takes nothing; store_close frees it. */
int store_open_mem(struct store **out, struct err *e);

enum store_flags { STORE_CREATE = 1, STORE_READONLY = 2 };
/*
 * The SQLite file ${path}. With STORE_CREATE the file must not exist yet and is made (mode 0600) with both schemas. A
 * writer takes an exclusive lock on "${path}.lock" and fails with ERR_BUSY, naming the process that holds it, while
 * another one runs. STORE_READONLY takes no lock and refuses every write (ERR_DENIED at store_begin); it works beside a
 * writer of another process, without one, and on a medium that cannot be written. A file of a newer enduring schema is
 * refused (ERR_UNKNOWN); one of an older schema is brought up to this one when a writer opens it, in one transaction, and
 * refused to a reader until then (ERR_CONFLICT). A file of another derived schema opens with store_derived_stale()
 * true: everything enduring works, every call on derived rows answers ERR_CONFLICT until a rebuild
 * (store_derived_reset, refold, commit). The path must stay valid from the same working directory while the store is
 * open. Cost: milliseconds, whatever the size.
 */
int store_open_sqlite(const char *path, unsigned flags, struct store **out, struct err *e);
bool store_derived_stale(const struct store *s);
void store_close(struct store *s);			/* NULL is fine; an open transaction is rolled back */

/*
 * A reader for one thread, about 1 MiB at most. It must be closed before its store. May be called from the thread that
 * will use it.
 */
int store_reader_open(struct store *s, struct store_reader **out, struct err *e);
void store_reader_close(struct store_reader *r);
/*
 * Between hold and release all calls on ${r} see one snapshot. Short, please: what a held snapshot still needs cannot
 * be tidied away.
 */
int store_reader_hold(struct store_reader *r, struct err *e);
void store_reader_release(struct store_reader *r);
/*
 * The writer's own view, inside its transaction too (read-back, version chains). Belongs to the store and to its
 * thread; always sees the writer's latest state, held or not.
 */
struct store_reader *store_view(struct store *s);

/*
 * Scans, all of them: a visit may call the same reader, and may write through the store when it scans its view, but not
 * into the table being scanned (assert). It must not end the transaction.
 */

/* ---- transactions ------------------------------------------------------------------------------------------------ */

int store_begin(struct store *s, struct err *e);
/* Durable (fsync) when it returns OK. When it fails, the transaction has been rolled back. */
int store_commit(struct store *s, struct err *e);
/* Back to the last commit. Without a transaction it does nothing. */
void store_rollback(struct store *s);

/*
 * Move what the write-ahead log holds into the main file, and after a deletion also empty that log, so that no byte of
 * what was deleted is left in either (docs/store.md 4). It has a connection of its own and MAY BE CALLED FROM ANOTHER
 * THREAD while the writer writes and readers read (one such thread at a time is enough; calls take turns). Neither
 * waits for it longer than about 100 ms; if a reader holds an old snapshot, what is left over is done by the next call.
 * Call it every few seconds. No-op in memory.
 */
int store_tidy(struct store *s, struct err *e);

/* ---- enduring: logs ---------------------------------------------------------------------------------------------- */

struct log_row {
	uint32_t no;			/* 1..; fixed at creation */
	char mechanism[CODE_MAX + 1], member[CODE_MAX + 1];
	uint32_t epoch;			/* 1..; a member's newest epoch is the one that grows */
	char origin[256];		/* first line of its checkpoints */
	bool own;			/* this node writes it */
	bool frozen;			/* two histories proven, or a later epoch took over: read only */
	uint64_t size;			/* entries held and verified */
	uint8_t root[32];		/* root of that size */
	uint64_t payloads_next;		/* payloads below this index were received or withheld; own log: == size */
};

/*
 * Insert, or update by ${no}. What a log is (mechanism, member, epoch, origin, own) never changes; its size never falls;
 * its root changes with its size only (ERR_CONFLICT). mechanism + member + epoch are unique, and so is origin.
 */
int store_log_put(struct store *s, const struct log_row *row, struct err *e);
int store_log_get(struct store_reader *r, uint32_t no, struct log_row *out, struct err *e);
/* ${epoch} 0: the newest epoch that is kept. */
int store_log_find(struct store_reader *r, const char *mechanism, const char *member, uint32_t epoch, struct log_row *out,
    struct err *e);
/* In ascending number. A non-zero return of ${visit} stops and is returned. */
int store_log_each(struct store_reader *r, int (*visit)(void *ctx, const struct log_row *row), void *ctx,
    struct err *e);

/*
 * Tiles: one row per hash tile of every level and per entry bundle, replaced while partial; every smaller width is a
 * prefix of it. ${level} 0..7, or STORE_BUNDLE for the entry bundle ${n}. A replacement must extend what is there
 * (ERR_CONFLICT otherwise). A tile that is new costs one insert; a replacement compares with the page it replaces
 * anyway (memcmp of at most 8 KiB).
 */
#define STORE_BUNDLE (-1)
int store_tile_put(struct store *s, uint32_t log_no, int level, uint64_t n, const void *bytes, size_t len,
    struct err *e);
/* Replaces the content of ${out}. ERR_NOTFOUND. */
int store_tile_get(struct store_reader *r, uint32_t log_no, int level, uint64_t n, struct buf *out, struct err *e);

/* ---- enduring: payloads ------------------------------------------------------------------------------------------ */

struct payload {
	int64_t pos;
	uint8_t nonce[32];
	/* The record's text; belongs to the reader, valid until its next call (in a scan: until the visit returns). */
	const uint8_t *bytes;
	size_t len;
};

/* Putting the same payload again is fine; another one at the same position, or one that was erased, is ERR_CONFLICT. */
int store_payload_put(struct store *s, int64_t pos, const uint8_t nonce[32], const void *bytes, size_t len,
    struct err *e);
int store_payload_get(struct store_reader *r, int64_t pos, struct payload *out, struct err *e);
/* Payloads with from <= pos < to in order. A non-zero return of ${visit} stops the scan and is returned. */
int store_payload_scan(struct store_reader *r, int64_t from, int64_t to,
    int (*visit)(void *ctx, const struct payload *p), void *ctx, struct err *e);
/*
 * What stays of an erased payload: where it stood, which record it was (random numbers, no content), why, and when. Enduring:
 * nothing else could tell an erased payload from one that was withheld, and a late copy of it (a pouch that took long) must be
 * refused.
 */
struct erasure {
	int64_t pos;
	uint8_t id[16];			/* of the record; zero when the payload was not understood */
	uint32_t seq;
	int64_t order_pos;		/* of the act that ordered it, or one of the two below */
	int64_t at_ms;
};
#define ERASED_RETENTION (-1)			/* its own delete_by had come */
#define ERASED_LOCAL (-2)			/* an operator's decision */
/*
 * Overwrite and remove the payload at ${x}->pos and keep ${x}. ERR_NOTFOUND if there is no payload (then nothing is kept
 * either: use store_erasure_put for what must never be taken in). Deletion is real: after the commit and the next store_tidy
 * that found no old snapshot, the bytes are nowhere in the store's files. Remove the derived rows first (fold_forget), while
 * the text is still there.
 */
int store_payload_erase(struct store *s, const struct erasure *x, struct err *e);
/*
 * Keep ${x} though no payload is held there: it is never to be taken in. What is kept for this position already stays as it is.
 * ERR_CONFLICT if a payload is held there: erase it instead.
 */
int store_erasure_put(struct store *s, const struct erasure *x, struct err *e);
int store_erasure_get(struct store_reader *r, int64_t pos, struct erasure *out, struct err *e);
/* Those of one record, in the order of positions; or, with ${id} NULL, all. A non-zero return of ${visit} stops the scan. */
int store_erasure_each(struct store_reader *r, const uint8_t id[16], int (*visit)(void *ctx, const struct erasure *x),
    void *ctx, struct err *e);

/* ---- enduring: checkpoints and settings -------------------------------------------------------------------------- */

/* The signed note of ${size}; a later note of the same size (more cosignatures) replaces the earlier. */
int store_checkpoint_put(struct store *s, uint32_t log_no, uint64_t size, const void *note, size_t len, struct err *e);
/* The note of exactly ${size}, or of the largest size with ${size} == UINT64_MAX. *${found_size} may be NULL. */
int store_checkpoint_get(struct store_reader *r, uint32_t log_no, uint64_t size, uint64_t *found_size, struct buf *out,
    struct err *e);

/* ---- enduring: what this node has witnessed ---------------------------------------------------------------------- */

#define STORE_PROOF_MAX (1024u * 1024)			/* bytes of a fork proof */
/*
 * The newest checkpoint of a log that this node's witness key has cosigned (C2SP tlog-witness). The compare-and-set of the
 * protocol rests on it: it is durable before a cosignature leaves. store_witness_put refuses a smaller size than is there, the
 * same size with another root, and a time that goes back (ERR_CONFLICT).
 */
struct witnessed {
	char origin[256];
	uint64_t size;
	uint8_t root[32];
	uint64_t time_s;		/* of the newest cosignature */
};
int store_witness_put(struct store *s, const struct witnessed *w, const void *note, size_t len, struct err *e);
/* ${note} (NULL: not wanted) gets the checkpoint as it was submitted. ERR_NOTFOUND: never. */
int store_witness_get(struct store_reader *r, const char *origin, struct witnessed *out, struct buf *note, struct err *e);
int store_witness_each(struct store_reader *r, int (*visit)(void *ctx, const struct witnessed *w), void *ctx, struct err *e);

/*
 * Proofs that a log has shown two histories (log/fork.h), one an origin: the first that was found stays. Putting the same
 * proof again changes nothing, another one is ERR_CONFLICT (ask store_fork_get first).
 */
int store_fork_put(struct store *s, const char *origin, int64_t found_ms, const void *proof, size_t len, struct err *e);
int store_fork_get(struct store_reader *r, const char *origin, int64_t *found_ms, struct buf *proof, struct err *e);
int store_fork_each(struct store_reader *r, int (*visit)(void *ctx, const char *origin, int64_t found_ms), void *ctx,
    struct err *e);

/* ---- enduring: blobs --------------------------------------------------------------------------------------------- */

/*
 * Attachments, named by their SHA-256, kept in parts of STORE_BLOB_PART bytes. A blob grows from its beginning, part by part
 * (a transfer that broke off goes on where it stopped), and is whole when as many bytes are there as its row says AND
 * store_blob_seal was called: the caller hashes, the store keeps. Erasing overwrites as store_payload_erase does. Calls on a
 * blob that was never begun answer ERR_NOTFOUND.
 */
#define STORE_BLOB_PART (256u * 1024)
#define STORE_BLOB_MAX (64u * 1024 * 1024)
struct blob {
	uint8_t hash[32];
	uint64_t size, have;		/* bytes it will have; has */
	bool whole;			/* have == size and the hash was verified */
};
/* A row with nothing in it yet; fine if there is one of the same size (ERR_CONFLICT for another size, ERR_LIMIT past the max). */
int store_blob_begin(struct store *s, const uint8_t hash[32], uint64_t size, struct err *e);
/* Append ${len} bytes: STORE_BLOB_PART of them, or the last of the blob (else ERR_LIMIT). ERR_CONFLICT when ${at} != have. */
int store_blob_append(struct store *s, const uint8_t hash[32], uint64_t at, const void *bytes, size_t len, struct err *e);
/* Fine when it is whole already; ERR_CONFLICT while bytes are missing. */
int store_blob_seal(struct store *s, const uint8_t hash[32], struct err *e);
int store_blob_get(struct store_reader *r, const uint8_t hash[32], struct blob *out, struct err *e);
/* Append to ${out} the part that begins at ${at}: a multiple of STORE_BLOB_PART (ERR_INPUT), below have (ERR_NOTFOUND). */
int store_blob_read(struct store_reader *r, const uint8_t hash[32], uint64_t at, struct buf *out, struct err *e);
int store_blob_erase(struct store *s, const uint8_t hash[32], struct err *e);
/* In the order of hashes. A non-zero return of ${visit} stops the scan and is returned. */
int store_blob_each(struct store_reader *r, int (*visit)(void *ctx, const struct blob *b), void *ctx, struct err *e);

/* Small named values: identity, charter text, schema facts. Names are [a-z0-9./_-]{1,64}. */
int store_meta_put(struct store *s, const char *name, const void *value, size_t len, struct err *e);
int store_meta_get(struct store_reader *r, const char *name, struct buf *out, struct err *e);

/* ---- derived rows ------------------------------------------------------------------------------------------------ */

/*
 * A derived table is an ordered map from a key tuple to a value tuple; derived.def has one row a table (name, columns
 * with their types, number of key columns, help). Orders other than the key's are tables of their own. So every backend
 * needs four operations, and two nodes can compare their folds byte by byte.
 */
enum col_type { COL_INT, COL_TEXT, COL_BLOB };

enum derived_table {
	/* pos | id, seq, kind, mode, state, filed_ms, channel, purposes, tlp, pd, class_level, bytes, title */
	T_VERSION,
	T_BY_ID,		/* id, seq, pos */
	T_BY_TIME,		/* filed_ms, pos */
	T_IDENT,		/* type, value, pos */
	T_LINK,			/* target id, rel, pos, target seq */
	T_CONTROL,		/* target id, pos | target seq, type, by, at_ms, reason, due_ms */
	T_RECEIPT,		/* log_no, first, last, by, received_ms, pos */
	T_QUARANTINE,		/* pos | code, text */
	T_DATE,			/* day, what, pos: the days a record sets itself (review_by, delete_by) */
	T_BLOB,			/* hash, pos | size: which records name an attachment */
	T_ASIDE,		/* name, seq, pos: a payload in quarantine says it is this version, or (seq 0) holds this hash */
	T_COUNT
};

enum date_what { DATE_REVIEW = 1, DATE_DELETE = 2 };	/* column "what" of T_DATE */

#define ROW_MAX_COLS 16

struct value {
	enum col_type type;
	int64_t num;			/* COL_INT */
	const void *bytes;		/* COL_TEXT (UTF-8, not NUL-terminated), COL_BLOB; borrowed */
	size_t len;
};

struct row {
	enum derived_table table;
	int cols;			/* as derived.def says */
	struct value v[ROW_MAX_COLS];
};

struct table_def {
	const char *name;
	int cols, keys;
	const char *col[ROW_MAX_COLS];
	enum col_type type[ROW_MAX_COLS];
	const char *help;
};
const struct table_def *store_table_def(enum derived_table t);

struct value val_int(int64_t v);
struct value val_text(const void *s, size_t len);
struct value val_str(const char *s);
struct value val_blob(const void *p, size_t len);

/* Insert or replace by key. ${row} must have the form derived.def says (assert). */
int store_row_put(struct store *s, const struct row *row, struct err *e);
/* Remove the row whose key columns are those of ${row}; fine if there is none. */
int store_row_del(struct store *s, const struct row *row, struct err *e);
/*
 * Rows whose first ${prefix} key columns equal those of ${from}, starting at the first whose key is >= (or, descending,
 * <=) the ${given} key columns of ${from}, in key order or backwards. given >= prefix; given == prefix means from the
 * end of the range. Row contents are valid during ${visit} only; a non-zero return stops the scan and is returned.
 */
int store_row_scan(struct store_reader *r, const struct row *from, int prefix, int given, bool descending,
    int (*visit)(void *ctx, const struct row *row), void *ctx, struct err *e);
/* Exactly one row by its full key; ERR_NOTFOUND. Contents valid until the next call on ${r}. */
int store_row_get(struct store_reader *r, const struct row *key, struct row *out, struct err *e);
/*
 * Drop every derived table and make them anew and empty (inside a transaction). After the commit the store is no longer
 * stale.
 */
int store_derived_reset(struct store *s, struct err *e);

/* ---- care -------------------------------------------------------------------------------------------------------- */

/*
 * Consistency of the store itself: pages, keys, every row's form, payloads outside their log or held though erased,
 * attachments with a gap or sealed too soon, derived rows of no payload. ${report} gets one sentence a finding (at most
 * some hundreds). OK means that the check ran, not that it found nothing. O(size of the file).
 */
int store_selfcheck(struct store_reader *r, void (*report)(void *ctx, const char *finding), void *ctx, struct err *e);
/*
 * A consistent copy in a new file while readers and the writer go on. ${progress} (may be NULL) hears pages done and
 * total; a non-zero answer stops and removes the copy (ERR_STOP). ${path} must not exist. The copy appears under its
 * name only when it is whole and on disk. May be called from another thread. A store in memory has nothing to copy:
 * ERR_INPUT.
 */
int store_backup(struct store *s, const char *path, int (*progress)(void *ctx, uint64_t done, uint64_t total),
    void *ctx, struct err *e);

#endif
