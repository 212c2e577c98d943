/*
 * The fold: what a record means for the derived tables (store/derived.def). A pure function of the record's text, its
 * position and what the view says of log numbers; nothing else is asked, no clock, no other record. The key of every
 * row holds the position, so no two records write the same row: the tables are the same whatever the order of arrival,
 * and a rebuild gives them again to the byte.
 *
 *   fold_any.c       what all kinds share: T_VERSION, T_BY_ID, T_BY_TIME, T_IDENT, T_LINK, T_DATE, T_BLOB
 *   fold_KIND.c      what one kind adds; a row in the table of fold.c
 *
 * A record that this version cannot fold whole is not folded by half: it gets one row in T_QUARANTINE, and in T_ASIDE what it
 * states without being understood (fold_aside.c).
 */
#ifndef FOLD_FOLD_H
#define FOLD_FOLD_H

#include "crypt/hash.h"
#include "record/record.h"
#include "store/store.h"

/* One row; borrowed. A result other than OK stops the fold and is returned by it. */
typedef int fold_emit(void *ctx, const struct row *row, struct err *e);

/*
 * The rows of the parsed record ${r} at ${pos}, each once. ${view} is asked for the numbers of logs only
 * (store_log_find). A record that cannot be folded (a receipt for a log that is not kept here, a value out of range)
 * emits its rows of quarantine instead; that is no error. O(size of the record).
 */
int fold_rows(struct store_reader *view, const struct record *r, int64_t pos, fold_emit *emit, void *ctx,
    struct err *e);

/*
 * The rows of the payload ${bytes} at ${pos} that is no record this version can read: ${why}, and (fold_aside_rows, which gives
 * these alone) what it states all the same.
 */
int fold_quarantine_rows(const void *bytes, size_t len, int64_t pos, const struct err *why, fold_emit *emit, void *ctx,
    struct err *e);
int fold_aside_rows(const void *bytes, size_t len, int64_t pos, fold_emit *emit, void *ctx, struct err *e);
#define FOLD_ASIDE_BLOBS 64		/* hashes of one payload; a record has room for fewer attachments */

/* The id and version that a text states which this version may not understand; false: it states none. */
bool fold_stated(const void *bytes, size_t len, uint8_t id[RECORD_ID_BYTES], uint32_t *seq);

/* The same into the store, within its transaction; what goes into quarantine is read from there. */
int fold_record(struct store *s, const struct record *r, int64_t pos, struct err *e);
int fold_quarantine(struct store *s, int64_t pos, const struct err *why, struct err *e);

/*
 * Remove every derived row of the payload at ${pos}, within a transaction. The keys are found by folding its text
 * again, so this comes before store_payload_erase; ERR_NOTFOUND if the text is gone already. The derived tables must be
 * of this version (a stale store answers ERR_CONFLICT: rebuild first).
 */
int fold_forget(struct store *s, int64_t pos, struct err *e);

/*
 * SHA-256 over every derived table: its name, a zero byte, its packed rows (store_row_pack) in key order. Equal when
 * two folds are equal; positions are among the rows, so two nodes must number their logs alike. Reads every row: hold
 * ${r}. *${rows} (may be NULL): how many.
 */
int fold_digest(struct store_reader *r, struct digest *out, uint64_t *rows, struct err *e);

#endif
