/*
 * Acts on records (CONTROL records; docs/control.md): who may file which act about what, whom it must reach, what an addressee has
 * to do and by when. Pure, like everything in this room: what is known of the target is an argument.
 *
 * These questions are asked when a member files an act of its own. They are not asked of what is received: the answer would depend
 * on what happens to be held here at that moment, and a record must mean the same whenever it is read again. An act of somebody
 * who may not file it is kept as what it is, a statement, and has no effect (view/judge.h).
 */
#ifndef LAW_ACT_H
#define LAW_ACT_H

#include "law/clock.h"
#include "law/intern.h"

enum act {				/* the words of CONTROL_TYPE (record/vocab.def) */
	ACT_RECEIPT, ACT_ACK, ACT_CORRECT, ACT_DELETE_ORDER, ACT_DELETE_DONE, ACT_KEEP, ACT_RESTRICT, ACT_UNRESTRICT, ACT_CONTEST,
	ACT_BLOCK, ACT_UNBLOCK, ACT_WITHDRAW, ACT_NO_ACTION, ACT_MARKING, ACT_RECALL, ACT_BREACH, ACT_UNREACHABLE, ACT_SERVED,
	ACT_KEY_CHANGE, ACT_CHAIR, ACT_UNCONTEST, ACT_FORK, ACT_EPOCH,
	ACT_COUNT,
	ACT_NONE = -1			/* no act, or a word this version does not know */
};

enum act_filer {
	FILER_ANYBODY,
	FILER_ORIGINATOR,		/* of the target */
	FILER_RECIPIENT,		/* whoever the target was delivered to */
	FILER_HOLDER			/* originator or recipient */
};

enum act_reach {
	REACH_ANY,
	REACH_ORIGINATOR,		/* the target's originator at least */
	REACH_ALL			/* everybody who ever had it, suspended, withdrawn and lapsed members too */
};

enum act_need {				/* of each addressee but the filer */
	NEED_NOTHING,			/* the node applies it when it arrives */
	NEED_ACK,			/* a person reads it and says so: ACK */
	NEED_ERASE,			/* DELETE_DONE or KEEP_WITH_REASON */
	NEED_ERASE_NAMED		/* the members it names erase: DELETE_DONE; the others do nothing */
};

struct act_rule {
	const char *word;		/* of CONTROL_TYPE */
	enum act_filer filer;
	enum act_reach reach;
	enum act_need need;
	int do_by, answer_by;		/* enum limit_id, from the delivery to the addressee; -1: none */
	bool answer;			/* its target is the act that it answers */
	bool on_record;			/* its target is a record that is no act itself */
};

enum act act_from(const char *word, size_t len);
/* ACT_NONE for every other kind than CONTROL. */
enum act act_of(const struct record *r);
const struct act_rule *act_rule(enum act a);	/* NULL for ACT_NONE */

/* The moment at which limit ${id} (an enum limit_id in hours) ends that began at ${start_ms}; WHEN_NONE when either is none. */
int64_t act_due_ms(int id, int64_t start_ms);

/* What is known here of the record that an act names. Zeroed but for origin: nothing. */
struct law_target {
	int origin;			/* whose record it is; LAW_NONE: it was never held here */
	const struct law_record *law;	/* its newest version held; NULL: erased, or not held any more */
	enum act act;			/* what it does, if it is an act itself */
	struct mset past;		/* past recipients: delivery lists of all versions, and whoever receipted one */
};

/* The members that an act of ${a} about ${t}, filed by ${own}, must be delivered to, ${own} among them. */
struct mset act_audience(enum act a, const struct law_target *t, int own);

/*
 * act_check(r, l, t, reg, err):
 * May the originator of the CONTROL record ${r} (${l}: interned) file it about ${t}? OK, or ERR_LAW naming field, rule and next
 * step: filer; target of the right sort (acts themselves and ACTION records are never deleted); delivery to every past recipient;
 * due not after what the law says; members recalled had it; new markings within the caps of what the target rests on.
 */
int act_check(const struct record *r, const struct law_record *l, const struct law_target *t, const struct registry *reg,
    struct err *e);

/*
 * The markings that ${change} (body.marking of a MARKING_CHANGE) sets, put over those of ${l}: fields that it does not name stay.
 * ERR_UNKNOWN for a word or an instrument that is not known: the caller fails closed.
 */
int act_mark(struct law_record *l, const struct json *change, const struct registry *reg, struct err *e);

#endif
