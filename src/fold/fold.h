/*
 * The fold: from a record to the derived rows it stands for (src/store/derived.def). A pure function of the record, its position and the
 * register: the same record at the same position gives the same rows, whatever came before it or after it. So nodes that hold the
 * same records hold the same rows, `diwan rebuild` can drop and refold them, and `diwan check` can compare without a second copy.
 *
 * fold_any.c has what every kind gives (version, by_id, by_time, ident, link); a kind that gives more has a file and a row in
 * fold.c's table.
 */
#ifndef FOLD_FOLD_H
#define FOLD_FOLD_H

#include "law/registry.h"
#include "record/record.h"
#include "store/store.h"

/* Number of a member's log in every store: its place in the register, plus one. LAW_NONE gives 0, which is no log. */
static inline uint32_t
fold_log_no(int member)
{
	return (uint32_t)(member + 1);
}

/* Takes one row (borrowed until it returns). Any result but OK stops the fold and is its result. */
typedef int (*fold_emit)(void *ctx, const struct row *row, struct err *e);

/* The rows of ${r} at ${pos}, each to ${emit}. Errors: those of ${emit}. O(identifiers + links + ranges). */
int fold_rows(const struct registry *reg, const struct record *r, int64_t pos, fold_emit emit, void *ctx, struct err *e);

/* The one row of a payload that is not understood: where, ${why}'s code and sentence. */
int fold_quarantine_rows(int64_t pos, const struct err *why, fold_emit emit, void *ctx, struct err *e);

/* The same into the store, inside its transaction. */
int fold_record(struct store *s, const struct registry *reg, const struct record *r, int64_t pos, struct err *e);
int fold_quarantine(struct store *s, int64_t pos, const struct err *why, struct err *e);

/*
 * Take the rows of one payload out of the store again: the record's text must still be at hand, since its keys follow from it. For deletion.
 */
int fold_forget(struct store *s, const struct registry *reg, const struct record *r, int64_t pos, struct err *e);

#endif
