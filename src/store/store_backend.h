/*
 * What a backend of the store must be able to do. The front door (store.c, store_rows.c) is written once: it checks
 * arguments, keeps the state of the transaction, and holds the rules that are the same everywhere (what may change in
 * an enduring row). A backend stores.
 *
 * A backend's own structs begin with these. It fills in ${ops} and ${view}; everything else belongs to the front door.
 */
#ifndef STORE_STORE_BACKEND_H
#define STORE_STORE_BACKEND_H

#include <stdatomic.h>

#include "store/store.h"

/* Scans under way: one slot a derived table, then these. */
enum scan_slot { SCAN_PAYLOAD = T_COUNT, SCAN_ERASURE, SCAN_WITNESS, SCAN_FORK, SCAN_BLOB, SCAN_COUNT };

enum tx_state { TX_NONE, TX_OPEN, TX_FAILED };

struct store {
	const struct store_ops *ops;
	struct store_reader *view;	/* the writer's own; lives as long as the store */
	enum tx_state tx;
	int failed_code;		/* of the first error in a TX_FAILED transaction */
	bool readonly;
	bool dead;			/* a commit failed with ERR_IO: what the disk holds is not known any more */
	atomic_bool stale;		/* derived tables of another version, as committed: what readers see */
	bool view_stale;		/* the same, as the writer sees it inside its transaction */
	unsigned scans[SCAN_COUNT];	/* scans under way on the view */
	int64_t clear_from, clear_last;	/* no payload was erased from the one to the other; from > last: not known */
};

struct store_reader {
	struct store *store;
	bool held;
};

struct store_ops {
	void (*close)(struct store *s);		/* no transaction is open, no reader but the view */
	int (*reader_open)(struct store *s, struct store_reader **out, struct err *e);
	void (*reader_close)(struct store_reader *r);
	int (*hold)(struct store_reader *r, struct err *e);
	void (*release)(struct store_reader *r);

	int (*begin)(struct store *s, struct err *e);
	int (*commit)(struct store *s, struct err *e);	/* on failure the front door calls rollback next */
	void (*rollback)(struct store *s);
	int (*tidy)(struct store *s, struct err *e);	/* possibly from another thread */

	/* Insert or replace; store_log_clash if another log has the same mechanism, member and epoch, or origin. */
	int (*log_put)(struct store *s, const struct log_row *row, struct err *e);
	int (*log_get)(struct store_reader *r, uint32_t no, struct log_row *out, struct err *e);
	/* Epoch 0: the newest. */
	int (*log_find)(struct store_reader *r, const char *mechanism, const char *member, uint32_t epoch,
	    struct log_row *out, struct err *e);
	int (*log_each)(struct store_reader *r, int (*visit)(void *, const struct log_row *), void *ctx, struct err *e);

	/* ERR_CONFLICT unless what is there is a prefix of ${bytes}. */
	int (*tile_put)(struct store *s, uint32_t log_no, int level, uint64_t n, const void *bytes, size_t len,
	    struct err *e);
	int (*tile_get)(struct store_reader *r, uint32_t log_no, int level, uint64_t n, struct buf *out, struct err *e);

	/* ERR_CONFLICT if there is one already, changing nothing. */
	int (*payload_put)(struct store *s, int64_t pos, const uint8_t nonce[32], const void *bytes, size_t len,
	    struct err *e);
	int (*payload_get)(struct store_reader *r, int64_t pos, struct payload *out, struct err *e);
	int (*payload_scan)(struct store_reader *r, int64_t from, int64_t to,
	    int (*visit)(void *, const struct payload *), void *ctx, struct err *e);
	int (*payload_erase)(struct store *s, int64_t pos, struct err *e);	/* ERR_NOTFOUND if there was none */

	int (*checkpoint_put)(struct store *s, uint32_t log_no, uint64_t size, const void *note, size_t len,
	    struct err *e);
	/* The note of the largest size <= ${size}. */
	int (*checkpoint_get)(struct store_reader *r, uint32_t log_no, uint64_t size, uint64_t *found, struct buf *out,
	    struct err *e);

	/* Insert; what is there stays. */
	int (*erasure_put)(struct store *s, const struct erasure *x, struct err *e);
	int (*erasure_get)(struct store_reader *r, int64_t pos, struct erasure *out, struct err *e);
	/* The first one at or behind ${pos}; ERR_NOTFOUND, without a sentence, if there is none. */
	int (*erasure_next)(struct store_reader *r, int64_t pos, int64_t *next, struct err *e);
	int (*erasure_each)(struct store_reader *r, const uint8_t *id, int (*visit)(void *, const struct erasure *),
	    void *ctx, struct err *e);

	/* Insert or replace. */
	int (*witness_put)(struct store *s, const struct witnessed *w, const void *note, size_t len, struct err *e);
	int (*witness_get)(struct store_reader *r, const char *origin, struct witnessed *out, struct buf *note,
	    struct err *e);
	int (*witness_each)(struct store_reader *r, int (*visit)(void *, const struct witnessed *), void *ctx,
	    struct err *e);
	/* Insert; the front door has seen that there is none. */
	int (*fork_put)(struct store *s, const char *origin, int64_t found_ms, const void *proof, size_t len,
	    struct err *e);
	int (*fork_get)(struct store_reader *r, const char *origin, int64_t *found_ms, struct buf *proof, struct err *e);
	int (*fork_each)(struct store_reader *r, int (*visit)(void *, const char *, int64_t), void *ctx, struct err *e);

	/* The row, inserted or replaced; its part ${n}, which is new; a part's bytes appended to ${out}; all of it. */
	int (*blob_put)(struct store *s, const struct blob *b, struct err *e);
	int (*blob_get)(struct store_reader *r, const uint8_t hash[32], struct blob *out, struct err *e);
	int (*blob_each)(struct store_reader *r, int (*visit)(void *, const struct blob *), void *ctx, struct err *e);
	int (*part_put)(struct store *s, const uint8_t hash[32], uint32_t n, const void *bytes, size_t len, struct err *e);
	int (*part_get)(struct store_reader *r, const uint8_t hash[32], uint32_t n, struct buf *out, struct err *e);
	int (*blob_erase)(struct store *s, const struct blob *b, struct err *e);	/* the row and all parts */

	int (*meta_put)(struct store *s, const char *name, const void *value, size_t len, struct err *e);
	int (*meta_get)(struct store_reader *r, const char *name, struct buf *out, struct err *e);

	int (*row_put)(struct store *s, const struct row *row, struct err *e);
	int (*row_del)(struct store *s, const struct row *row, struct err *e);
	/* From the given key columns on; the front door stops where the prefix ends. */
	int (*row_scan)(struct store_reader *r, const struct row *from, int given, bool descending,
	    int (*visit)(void *, const struct row *), void *ctx, struct err *e);
	int (*row_get)(struct store_reader *r, const struct row *key, struct row *out, struct err *e);
	int (*derived_reset)(struct store *s, struct err *e);

	int (*selfcheck)(struct store_reader *r, void (*report)(void *, const char *), void *ctx, struct err *e);
	int (*backup)(struct store *s, const char *path, int (*progress)(void *, uint64_t, uint64_t), void *ctx,
	    struct err *e);
};

/*
 * For the front door's own files. store_may_write: refuse after an earlier failure in this transaction. store_wrote:
 * remember that ${rc} was one; returns it.
 */
int store_may_write(struct store *s, struct err *e);
int store_wrote(struct store *s, int rc);
/* A code or origin: 1 .. ${max} bytes, closed by a NUL, without blanks and controls. ${what}: in the error. */
int store_check_word(const char *what, const char *s, size_t max, struct err *e);

/* Count a scan of the writer's own view, so that a write into what is being scanned is seen (assert). */
static inline void
store_scanning(struct store_reader *r, enum scan_slot slot, int step)
{
	if (r == r->store->view)
		r->store->scans[slot] += (unsigned)step;
}

/*
 * Errors that both backends word alike. Return the code.
 */
int store_absent_log(uint32_t no, struct err *e);
int store_absent_log_of(const char *mechanism, const char *member, uint32_t epoch, struct err *e);
int store_log_clash(const struct log_row *row, struct err *e);
int store_absent_tile(uint32_t log_no, int level, uint64_t n, struct err *e);
int store_absent_payload(int64_t pos, struct err *e);
int store_absent_erasure(int64_t pos, struct err *e);
int store_absent_witness(const char *origin, struct err *e);
int store_absent_fork(const char *origin, struct err *e);
int store_absent_blob(const uint8_t hash[32], struct err *e);
int store_absent_checkpoint(uint32_t log_no, uint64_t size, struct err *e);
int store_absent_meta(const char *name, struct err *e);
int store_absent_row(enum derived_table t, struct err *e);
int store_tile_conflict(uint32_t log_no, int level, uint64_t n, struct err *e);

#endif
