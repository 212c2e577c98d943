/* What is announced between two turns, and the turn that works the list of open orders. */
#include "node/duty.h"

#include <stdlib.h>

#include "node/duty_work.h"
#include "node/internal.h"
#include "view/retention.h"

#define WORK_ORDERS 1000		/* carried out, and expired, in a turn */
#define WORK_LOOKS 20000		/* orders looked at in a turn */
#define BATCH_ORDERS 250		/* in one transaction: others wait for it */
#define RETRY_MS 60000

/* ---- announced ---- */

static struct duty *
duty_of(struct node *n)
{
	struct duty *d;

	pthread_mutex_lock(&n->lock);
	if (n->duty == NULL && (n->duty = calloc(1, sizeof *n->duty)) != NULL) {
		pthread_mutex_init(&n->duty->lock, NULL);
		n->duty->all = n->duty->kicked = true;
	}
	d = n->duty;
	pthread_mutex_unlock(&n->lock);
	return d;
}

void
duty_free(struct duty *d)
{
	if (d == NULL)
		return;
	pthread_mutex_destroy(&d->lock);
	free(d->open);
	free(d);
}

void
duty_kick(struct node *n, int64_t pos)
{
	struct duty *d = duty_of(n);

	if (d == NULL)
		return;			/* no memory: the next start looks at everything */
	pthread_mutex_lock(&d->lock);
	d->kicked = true;
	if (pos != DUTY_LOOK && d->inbox_count == INBOX_MAX)
		d->all = true;
	else if (pos != DUTY_LOOK)
		d->inbox[d->inbox_count++] = pos;
	pthread_mutex_unlock(&d->lock);
}

bool
duty_pending(struct node *n)
{
	struct duty *d = duty_of(n);
	bool yes;

	if (d == NULL)
		return false;
	pthread_mutex_lock(&d->lock);
	yes = d->kicked;
	pthread_mutex_unlock(&d->lock);
	return yes;
}

/* ---- the turn ---- */

struct turn_work {
	struct node *n;
	struct duty *d;
	struct store_reader *r;
	int64_t now_ms;
	int grace;
	struct duty_order order[WORK_ORDERS];
	size_t place[WORK_ORDERS];	/* of each in the list */
	size_t ripe, erased;
	bool more;			/* the bound of the turn was met */
	int rc;				/* the first failure */
	struct err err;
};

static void
note(struct turn_work *w, int rc, const struct err *e)
{
	if (rc == OK || w->rc != OK)
		return;
	w->rc = rc;
	w->err = *e;
}

/* Drop what is done, collect what is ripe. */
static void
sort_out(struct turn_work *w)
{
	struct duty *d = w->d;
	size_t kept = 0, looks = 0;

	for (size_t i = 0; i < d->count; i++) {
		struct open_order o = d->open[i];
		struct err e = { 0 };
		bool open = true, ripe = false;
		int rc = OK;

		if (o.at_ms <= w->now_ms && (looks == WORK_LOOKS || w->ripe == WORK_ORDERS))
			w->more = true;
		else if (o.at_ms <= w->now_ms) {
			looks++;
			rc = duty_order_look(w->n, w->r, &o, w->grace, w->now_ms, &w->order[w->ripe], &open, &ripe, &e);
		}
		if (rc != OK) {
			open = true;
			o.at_ms = w->now_ms + RETRY_MS;
			note(w, rc, &e);
		}
		if (!open)
			continue;
		if (ripe && rc == OK)
			w->place[w->ripe++] = kept;
		d->open[kept++] = o;
	}
	d->count = kept;
}

/* Carry out and answer; what is answered leaves the list with the next turn, which sees the answer. */
static void
work_orders(struct turn_work *w)
{
	for (size_t at = 0; at < w->ripe; at += BATCH_ORDERS) {
		size_t some = w->ripe - at < BATCH_ORDERS ? w->ripe - at : BATCH_ORDERS;
		struct err e = { 0 };
		int rc = duty_erase(w->n, w->order + at, some, w->now_ms, &e);

		if (rc == OK) {
			w->erased += some;
			rc = duty_answer(w->n, w->order + at, some, w->now_ms, &e);
			if (rc == OK && e.code != OK)
				rc = e.code;	/* one of them was refused */
		}
		note(w, rc, &e);
		for (size_t i = at; i < at + some; i++)
			w->d->open[w->place[i]].at_ms = w->order[i].result == DUTY_ANSWERED ? INT64_MAX : w->now_ms + RETRY_MS;
	}
}

static void
drop_answered(struct duty *d)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->count; i++)
		if (d->open[i].at_ms != INT64_MAX)
			d->open[kept++] = d->open[i];
	d->count = kept;
}

static void
work_days(struct turn_work *w)
{
	int64_t *pos = malloc(WORK_ORDERS * sizeof *pos);
	struct err e = { 0 };
	uint32_t count = 0;
	int rc = pos == NULL ? err_set(&e, ERR_NOMEM, "no memory for the records whose time is over") :
	    retention_expired(w->r, ms_to_days(w->now_ms, 0), pos, WORK_ORDERS, &count, &e);

	for (uint32_t at = 0; at < count && rc == OK; at += BATCH_ORDERS)
		rc = duty_expire(w->n, pos + at, count - at < BATCH_ORDERS ? count - at : BATCH_ORDERS, w->now_ms, &e);
	w->erased += count;
	w->more |= count == WORK_ORDERS && rc == OK;
	note(w, rc, &e);
	free(pos);
}

static int64_t
next_time(const struct turn_work *w)
{
	int64_t next = ((int64_t)ms_to_days(w->now_ms, 0) + 1) * DAY_MS;	/* the days of a new day */

	if (w->more || duty_list_lost(w->d))
		return w->now_ms;
	if (w->rc != OK && next > w->now_ms + RETRY_MS)
		next = w->now_ms + RETRY_MS;
	for (size_t i = 0; i < w->d->count; i++)
		if (w->d->open[i].at_ms < next)
			next = w->d->open[i].at_ms;
	if (next > w->now_ms + DUTY_HOUR_MS)
		next = w->now_ms + DUTY_HOUR_MS;
	return next;
}

static void
work(struct turn_work *w)
{
	struct err e = { 0 };

	note(w, duty_list_look(w->n, w->d, w->r, &e), &e);
	note(w, duty_grace(w->r, &w->grace, &e), &e);
	sort_out(w);
	work_orders(w);
	drop_answered(w->d);
	work_days(w);
	if (w->erased > 0)
		note(w, store_tidy(w->n->store, &e), &e);
}

int
duty_turn(struct node *n, int64_t now_ms, int64_t *next_ms, struct err *e)
{
	struct turn_work *w;
	struct duty *d;
	int rc;

	*next_ms = now_ms + RETRY_MS;
	if (n->readonly)
		return err_set(e, ERR_DENIED, "this node is open for reading only");
	if ((d = duty_of(n)) == NULL || (w = calloc(1, sizeof *w)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory to carry out orders");
	w->n = n;
	w->d = d;
	w->now_ms = now_ms;
	w->grace = DUTY_GRACE_HOURS;
	if ((w->r = node_reader(n, e)) == NULL) {
		free(w);
		return e->code;
	}
	work(w);
	node_reader_done(n, w->r);
	*next_ms = next_time(w);
	if ((rc = w->rc) != OK)
		*e = w->err;
	free(w);
	return rc;
}
