/*
 * The ledger: of an act on a record, who has to do what, by when, and what has become of it. Computed from what is held, nothing is
 * stored for it; it works after the target is gone, since an act and its answers stay.
 *
 * Of an act of the own member all addressees are known. Of another member's act only the own part is: what the others did is told
 * to who filed it.
 */
#ifndef VIEW_LEDGER_H
#define VIEW_LEDGER_H

#include "law/act.h"
#include "view/judge.h"

enum ledger_state {			/* how far it has come; later ones include earlier ones */
	LEDGER_UNDELIVERED,		/* no receipt: the clock has not started, so it cannot be late (law.md T03) */
	LEDGER_UNREACHABLE,		/* no receipt, and its filer has stated that the member cannot be reached */
	LEDGER_DELIVERED,
	LEDGER_ACKNOWLEDGED,		/* a person has read it (ACK) */
	LEDGER_KEPT,			/* KEEP_WITH_REASON */
	LEDGER_EXECUTED			/* DELETE_DONE */
};
const char *ledger_word(enum ledger_state s);	/* "not delivered", ... */

struct ledger_line {			/* times: WHEN_NONE while there is none */
	int member;
	enum act_need need;		/* NEED_NOTHING: it takes effect when it arrives */
	enum ledger_state state;
	bool late;			/* done, or still open, after its time */
	int64_t delivered_ms, acked_ms, answered_ms, executed_ms;
	int64_t due_ms, answer_due_ms;	/* inclusive; of the executing and of the answer */
	int64_t answer_pos;		/* of the answer that counts; -1: none */
	struct slice reason, text;	/* of KEEP_WITH_REASON: the code, and its first text */
};

struct ledger_act {
	int64_t pos;
	uint8_t id[RECORD_ID_BYTES];
	struct ref target;
	enum act act;
	int by;				/* member that filed it */
	int64_t filed_ms, due_ms;	/* due: as it states itself; WHEN_NONE: as the law says */
	struct slice reason;
	int64_t own_erased_ms;		/* a version of the target was erased here by this act; WHEN_NONE */
	struct ledger_line *line;	/* by member */
	uint32_t lines;
	uint32_t must, done, kept, late, undelivered;	/* lines that have something to do; ... */
};

/*
 * ledger_read(j, pos, as_of_ms, a, out, err): the act at ${pos}. ERR_NOTFOUND: nothing is held there; ERR_INPUT: it is no act.
 * Everything lives in ${a}. O(addressees x answers + receipts of the log).
 */
int ledger_read(const struct judge *j, int64_t pos, int64_t as_of_ms, struct arena *a, struct ledger_act *out, struct err *e);

/*
 * ledger_list(j, target, most, a, pos, count, err): positions of the acts about ${target} (NULL: about anything) that are no
 * answers, newest first; of more than ${most} the newest. O(acts held).
 */
int ledger_list(const struct judge *j, const uint8_t *target, uint32_t most, struct arena *a, int64_t **pos, uint32_t *count,
    struct err *e);

#endif
