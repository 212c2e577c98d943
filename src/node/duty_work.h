/* What the files of duty.h share; private to the node room. */
#ifndef NODE_DUTY_WORK_H
#define NODE_DUTY_WORK_H

#include <pthread.h>

#include "node/duty.h"

#define OPEN_MAX 65536			/* orders in the list; more are found when these are done */
#define INBOX_MAX 4096			/* acts announced between two turns; more, and all are looked for */
#define DUTY_HOUR_MS (INT64_C(3600) * 1000)

struct open_order {
	int64_t pos;
	int64_t seen_ms;		/* when it was first looked at; WHEN_NONE: not yet */
	int64_t at_ms;			/* look at it then */
};

struct duty {
	pthread_mutex_t lock;		/* guards the inbox */
	int64_t inbox[INBOX_MAX];
	size_t inbox_count;
	bool kicked, all;		/* there is something; look for open orders among all acts */

	/* The turn's own. */
	struct open_order *open;
	size_t count, room;
	bool overflow;			/* some found no place */
	uint32_t own_no;		/* of the log that own_next is in */
	uint64_t own_next;		/* own entries from here on were not looked at */
};

/*
 * duty_list.c: take what has been announced into ${d}->open, which is then in the order of positions, each once; at the start, and
 * when some of it was lost, what every log holds. At most 20,000 own entries a call.
 */
int duty_list_look(struct node *n, struct duty *d, struct store_reader *r, struct err *e);
/* Some found no place, and there is place now: the next look is at everything. */
bool duty_list_lost(const struct duty *d);

/*
 * duty_order.c: look at ${o}. *${open} false: there is nothing (more) to do for it. *${ripe}: carry ${order} out now; otherwise
 * o->at_ms says when to look again. ${grace}: hours.
 */
int duty_order_look(const struct node *n, struct store_reader *r, struct open_order *o, int grace, int64_t now_ms,
    struct duty_order *order, bool *open, bool *ripe, struct err *e);

/*
 * duty_answer.c: file what is owed for ${count} orders that were carried out; those for which nothing is owed any more become
 * DUTY_ANSWERED. OK, with ${e} set, when single ones were refused: they stay as they were.
 */
int duty_answer(struct node *n, struct duty_order *orders, size_t count, int64_t now_ms, struct err *e);

#endif
