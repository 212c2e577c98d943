/*
 * What the acts held about a record come to (T_CONTROL), for one version of it. An act of somebody who may not file it has no
 * effect, whatever it says: only the originator restricts, blocks, withdraws, recalls, marks anew and orders to delete; whoever
 * files a CONTEST_FLAG ends it by an UNCONTEST, or the originator does.
 *
 *   RESTRICT, BLOCK, WITHDRAW, CONTEST_FLAG   the record, all its versions; later acts undo earlier ones
 *   DELETE_ORDER, RECALL_WRONG_ADDRESSEE      with a version: that and earlier ones; without: all, also such as come later
 *   MARKING_CHANGE                            with a version: that and earlier ones; without: those filed before it. Later versions
 *                                             carry their own markings. Field by field the last change counts
 *
 * Order is that of the originator's log, never the times that a record states; between two members' acts it is those times.
 */
#ifndef VIEW_ACTS_H
#define VIEW_ACTS_H

#include "law/act.h"
#include "view/judge.h"

#define ACTS_NO_ORDER (-1)

struct acts {
	uint32_t flags;			/* CAVEAT_ set */
	uint32_t restricted_purposes;
	struct mset recalled;
	int64_t order;			/* position of the first DELETE_ORDER for this version; ACTS_NO_ORDER */
	int64_t recall;			/* of the first RECALL that names the own member; ACTS_NO_ORDER */
	bool unreadable;		/* an act of the originator says something that this version does not know: fail closed */
};

/*
 * acts_gather(j, l, pos, out, err): the acts on version ${l} (at ${pos}); puts changed markings over those of ${l}. The record is
 * that of l->origin. O(acts on the record).
 */
int acts_gather(const struct judge *j, struct law_record *l, int64_t pos, struct acts *out, struct err *e);

/* The same for a record of which nothing is held but id, originator and version: what was ordered about it. */
int acts_ordered(const struct judge *j, const uint8_t id[RECORD_ID_BYTES], int origin, uint32_t seq, struct acts *out,
    struct err *e);

/* What a member answered to an act: the first of its answers of each sort; positions, or ACTS_NO_ORDER. */
struct answers {
	int64_t ack, done, keep;
	int64_t ack_ms, done_ms, keep_ms;	/* done_ms: executed_at */
};
int acts_answers(struct store_reader *r, const uint8_t act_id[RECORD_ID_BYTES], const char *member, struct answers *out,
    struct err *e);

/* The id of the record at ${pos} that is held; ERR_NOTFOUND. */
int acts_id(struct store_reader *r, int64_t pos, uint8_t id[RECORD_ID_BYTES], struct err *e);

#endif
