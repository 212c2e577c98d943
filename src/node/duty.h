/*
 * What a node owes without being asked (docs/control.md): orders to delete and recalls are carried out and confirmed, records whose
 * delete_by has passed are erased.
 *
 * An order of the originator hides its record at once (view/acts.h). It is carried out after a grace period, in which an officer
 * may answer KEEP_WITH_REASON, and at the latest when it is due. Nothing is remembered for that beside the records themselves: an
 * order is open until this node has answered it, so that a crash at any point leaves either the record and the open order, or what
 * erasing left of it (struct erasure) and the open order. The originator's own node erases its own copy by the same order, without
 * answering.
 *
 *   open order   --grace over-->  erased, one transaction  -->  DELETE_DONE filed (its id follows from the order's: never twice)
 *
 * What comes after its order is not taken in any more: duty_barred.
 */
#ifndef NODE_DUTY_H
#define NODE_DUTY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "record/record.h"
#include "store/store.h"

struct node;
struct duty;

#define DUTY_GRACE_HOURS 24		/* unless the setting node/delete-grace says otherwise */
#define DUTY_GRACE_MAX 72		/* an order is carried out within 72 hours whatever the setting */

/*
 * duty_turn(n, now_ms, next_ms, err):
 * Do what is due, at most about 1,000 erasures, then say when there will be more to do: *${next_ms} is ${now_ms} when the bound was
 * met, else a time to come (an act that arrives before calls for an earlier turn: duty_pending). One thread at a time. An error is
 * the first that happened; what it concerned is tried again a minute later, everything else was done.
 */
int duty_turn(struct node *n, int64_t now_ms, int64_t *next_ms, struct err *e);

/* An act was kept or filed at ${pos}, or (DUTY_LOOK) perhaps in the own log. From any thread; cheap. */
#define DUTY_LOOK (-1)
void duty_kick(struct node *n, int64_t pos);
/* Has there been one since the last turn? */
bool duty_pending(struct node *n);
void duty_free(struct duty *d);		/* NULL is fine */

/* The grace period of this node in hours. Setting it: 0 (at once) to DUTY_GRACE_MAX. */
int duty_grace(struct store_reader *r, int *hours, struct err *e);
int duty_set_grace(struct node *n, int hours, struct err *e);

/* ---- within the writer's transaction --------------------------------------------------------------------------------- */

struct duty_bars {			/* is there anything that could bar a payload? For many of one batch */
	bool erasures, acts;
};
int duty_survey(struct store *s, struct duty_bars *out, struct err *e);
/*
 * duty_barred(n, s, bars, pos, id, seq, now_ms, barred, err):
 * May the payload at ${pos} be taken in, version ${seq} of ${id} (NULL: it says none)? Not if it was erased, or if its originator
 * has ordered it deleted or recalled it from us: then its erasure is kept instead.
 */
int duty_barred(struct node *n, struct store *s, const struct duty_bars *bars, int64_t pos, const uint8_t *id, uint32_t seq,
    int64_t now_ms, bool *barred, struct err *e);

/* ---- erase.c ---- */

enum duty_result { DUTY_ERASED, DUTY_NOTHING, DUTY_ANSWERED, DUTY_NOT_THEIRS };
struct duty_order {
	int64_t pos;
	uint8_t id[RECORD_ID_BYTES];	/* of the order */
	uint8_t target[RECORD_ID_BYTES];
	uint32_t seq;			/* versions up to this; 0: all */
	enum duty_result result;	/* NOT_THEIRS: the record is another member's; ANSWERED: kept or done already */
	int64_t executed_ms;		/* when the last of it was erased, maybe before a crash; WHEN_NONE: nothing was here */
};
/*
 * duty_erase(n, orders, count, now_ms, err): carry out ${count} orders (their first four members given) in one transaction: derived
 * rows, attachments that no other record names, payloads, those in quarantine too. Durable when it returns OK. Orders that this
 * node has answered stay as they are.
 */
int duty_erase(struct node *n, struct duty_order *orders, size_t count, int64_t now_ms, struct err *e);
/* Erase what stands at ${count} positions, and their records' earlier versions, because delete_by has passed. */
int duty_expire(struct node *n, const int64_t *pos, size_t count, int64_t now_ms, struct err *e);

#endif
