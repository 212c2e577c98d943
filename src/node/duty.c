/* The list of open orders, and the turn that works it. */
#include "node/duty.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "law/act.h"
#include "node/internal.h"
#include "record/compose.h"
#include "view/acts.h"
#include "view/receipts.h"
#include "view/retention.h"

#define OPEN_MAX 65536			/* orders in the list; more are found when these are done */
#define INBOX_MAX 4096			/* acts announced between two turns; more, and all are looked for */
#define WORK_ORDERS 1000		/* carried out, and expired, in a turn */
#define WORK_LOOKS 20000		/* orders looked at, and own entries, in a turn */
#define BATCH_ORDERS 250		/* in one transaction: others wait for it */
#define RETRY_MS 60000
#define RECEIPT_MS 1000			/* our receipt for an order follows it within a second */
#define LONGEST_MS (INT64_C(3600) * 1000)
#define PURPOSE_GOVERNANCE 13

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

/* ---- the list -------------------------------------------------------------------------------------------------------------- */

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

static void
add_open(struct duty *d, int64_t pos)
{
	struct open_order *more;

	if (d->count == d->room && d->room < OPEN_MAX) {
		size_t room = d->room == 0 ? 64 : d->room * 2;

		if ((more = realloc(d->open, room * sizeof *more)) != NULL) {
			d->open = more;
			d->room = room;
		}
	}
	if (d->count == d->room) {
		d->overflow = true;
		return;
	}
	d->open[d->count++] = (struct open_order){ pos, WHEN_NONE, INT64_MIN };
}

static bool
is_order(const struct value *type)
{
	enum act act = act_from(type->bytes, type->len);

	return act == ACT_DELETE_ORDER || act == ACT_RECALL;
}

static int
order_row(void *ctx, const struct row *row)
{
	struct duty *d = ctx;

	if (is_order(&row->v[3]))
		add_open(d, row->v[1].num);
	return d->overflow;
}

static int
by_pos(const void *a, const void *b)
{
	const struct open_order *x = a, *y = b;

	return x->pos != y->pos ? (x->pos > y->pos) - (x->pos < y->pos) : (x->seen_ms < y->seen_ms) - (x->seen_ms > y->seen_ms);
}

/* Each order once; of two the one that has been looked at. */
static void
tidy_list(struct duty *d)
{
	size_t kept = 0;

	if (d->count > 1)
		qsort(d->open, d->count, sizeof *d->open, by_pos);
	for (size_t i = 0; i < d->count; i++)
		if (kept == 0 || d->open[kept - 1].pos != d->open[i].pos)
			d->open[kept++] = d->open[i];
	d->count = kept;
}

struct own_look {
	struct duty *d;
	uint32_t log_no, left;
};

static int
own_row(void *ctx, const struct row *row)
{
	struct own_look *x = ctx;
	int64_t pos = row->v[0].num;

	if (POS_LOG(pos) != x->log_no || x->left-- == 0)
		return 1;
	if (row->v[3].num == KIND_CONTROL)
		add_open(x->d, pos);
	x->d->own_next = POS_INDEX(pos) + 1;
	return x->d->overflow;
}

/* Own entries since the last turn. */
static int
look_own(struct node *n, struct duty *d, struct store_reader *r, struct err *e)
{
	struct row from = { .table = T_VERSION, .cols = store_table_def(T_VERSION)->cols };
	struct own_look x = { d, n->own_log.no, WORK_LOOKS };
	int rc;

	if (d->own_no != x.log_no)	/* a new epoch of it */
		d->own_next = 0;
	d->own_no = x.log_no;
	from.v[0] = val_int(POS(x.log_no, d->own_next));
	rc = store_row_scan(r, &from, 0, 1, false, own_row, &x, e);
	return rc < 0 ? rc : OK;
}

/* What has been announced; at the start, and when some of it was lost, everything. */
static int
look_around(struct node *n, struct duty *d, struct store_reader *r, struct err *e)
{
	struct row from = { .table = T_CONTROL, .cols = store_table_def(T_CONTROL)->cols };
	struct log_row own;
	bool all;
	int rc = OK;

	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < d->inbox_count; i++)
		add_open(d, d->inbox[i]);
	all = d->all || (d->overflow && d->count < OPEN_MAX / 2);
	d->inbox_count = 0;
	d->kicked = d->all = false;
	pthread_mutex_unlock(&d->lock);
	if (all) {
		d->overflow = false;
		if ((rc = store_log_get(r, n->own_log.no, &own, e)) != OK ||
		    (rc = store_row_scan(r, &from, 0, 0, false, order_row, d, e)) < 0) {
			d->all = true;
			return rc;
		}
		d->own_no = own.no;
		d->own_next = own.size;
	}
	if ((rc = look_own(n, d, r, e)) == OK)
		tidy_list(d);
	return rc;
}

/* ---- one order ------------------------------------------------------------------------------------------------------------- */

struct reading {			/* what an act that is held says */
	enum act act;
	struct ref target;
	bool names_us;
	int64_t filed_ms, due_ms;
	uint8_t id[RECORD_ID_BYTES];
};

static void
read_body(const struct node *n, const struct record *r, struct reading *x)
{
	const struct json *target = json_get(r->body, "target"), *due = json_get(r->body, "due");
	const struct json *list = json_get(r->body, "members");
	struct inst at;

	*x = (struct reading){ .act = act_of(r), .filed_ms = r->filed_at.ms, .due_ms = WHEN_NONE };
	memcpy(x->id, r->id, sizeof x->id);
	if (target == NULL || target->type != JSON_STRING || !ref_parse(target->str, target->len, &x->target))
		x->act = ACT_NONE;
	if (due != NULL && due->type == JSON_STRING && inst_parse(due->str, due->len, &at))
		x->due_ms = at.ms;
	x->names_us = x->act == ACT_DELETE_ORDER;
	for (const struct json *k = list == NULL ? NULL : list->child; k != NULL; k = k->next)
		x->names_us |= k->type == JSON_STRING && text_eq(k->str, k->len, n->member);
}

/* ACT_NONE when it is not held, not understood or set aside. */
static int
read_order(const struct node *n, struct store_reader *r, int64_t pos, struct reading *x, struct err *e)
{
	struct row aside = { .table = T_QUARANTINE, .cols = store_table_def(T_QUARANTINE)->cols }, row;
	struct arena one = { 0 };
	struct payload p;
	struct record rec;
	int rc;

	*x = (struct reading){ .act = ACT_NONE };
	aside.v[0] = val_int(pos);
	if ((rc = store_row_get(r, &aside, &row, e)) != ERR_NOTFOUND)
		return rc;
	if ((rc = store_payload_get(r, pos, &p, e)) == OK) {
		if ((rc = record_parse(&one, p.bytes, p.len, &rec, e)) == OK)
			read_body(n, &rec, x);
		else if (rc != ERR_NOMEM)
			rc = OK;		/* a text of a later version is no order that we know */
	}
	arena_free(&one);
	return rc == ERR_NOTFOUND ? OK : rc;
}

/* When it began to run for us: our receipt says; until that is filed, when we first looked. An own order: when it was filed. */
static int
began(const struct node *n, struct store_reader *r, const struct open_order *o, const struct reading *x, int64_t *ms, bool *known,
    struct err *e)
{
	struct mset own = { { 0 } };
	struct receipts got;
	int rc = OK;

	*known = LOG_MEMBER(POS_LOG(o->pos)) == n->own;
	*ms = *known ? x->filed_ms : o->seen_ms;
	if (*known)
		return OK;
	mset_add(&own, n->own);
	if ((rc = receipts_find(r, n->reg, o->pos, &own, RECEIPTS_ALL, &got, e)) == OK && (*known = mset_has(&got.by, n->own)))
		*ms = got.at_ms[n->own];
	return rc;
}

/* When to carry it out: after the grace period, at the latest when it is due. */
static int64_t
erase_at(const struct reading *x, int64_t began_ms, int grace_hours)
{
	int64_t due = x->due_ms != WHEN_NONE ? x->due_ms : act_due_ms(act_rule(x->act)->do_by, began_ms);
	int64_t grace = began_ms + grace_hours * LONGEST_MS;

	return due != WHEN_NONE && due < grace ? due : grace;
}

/* Look at ${o}: false: there is nothing (more) to do for it. *${ripe}: carry it out now; otherwise o->at_ms says when to look. */
static int
look_at(const struct node *n, struct store_reader *r, struct open_order *o, int grace, int64_t now_ms, struct duty_order *order,
    bool *open, bool *ripe, struct err *e)
{
	struct reading x;
	struct answers own;
	int64_t began_ms;
	bool known;
	int rc = read_order(n, r, o->pos, &x, e);

	*open = *ripe = false;
	if (rc != OK || (x.act != ACT_DELETE_ORDER && x.act != ACT_RECALL) || !x.names_us)
		return rc;
	if (o->seen_ms == WHEN_NONE)
		o->seen_ms = now_ms;
	if ((rc = acts_answers(r, x.id, n->member, &own, e)) != OK || own.keep != ACTS_NO_ORDER || own.done != ACTS_NO_ORDER)
		return rc;
	if ((rc = began(n, r, o, &x, &began_ms, &known, e)) != OK)
		return rc;
	*open = true;
	o->at_ms = erase_at(&x, began_ms, grace);
	*ripe = o->at_ms <= now_ms;
	if (!*ripe && !known)
		o->at_ms = o->at_ms < now_ms + RECEIPT_MS ? o->at_ms : now_ms + RECEIPT_MS;
	*order = (struct duty_order){ .pos = o->pos, .seq = x.target.version };
	memcpy(order->id, x.id, sizeof order->id);
	memcpy(order->target, x.target.id, sizeof order->target);
	return OK;
}

/* ---- the answer ------------------------------------------------------------------------------------------------------------- */

/* One order is answered once, whatever happens between: the id of the answer follows from the order's. */
static void
answer_id(const struct node *n, const uint8_t order[RECORD_ID_BYTES], uint8_t id[RECORD_ID_BYTES])
{
	char text[100] = "diwan DELETE_DONE ";
	struct digest d;

	hex_encode(text + strlen(text), order, RECORD_ID_BYTES);
	snprintf(text + strlen(text), sizeof text - strlen(text), " %s", n->member);
	hash_once(&d, text, strlen(text));
	memcpy(id, d.b, RECORD_ID_BYTES);
}

static void
answer_body(struct buf *out, const struct duty_order *o, int64_t executed_ms)
{
	struct json_out j = { out, false };
	char when[INST_LEN], id[2 * RECORD_ID_BYTES + 1];

	inst_format(when, (struct inst){ executed_ms, 0 });
	hex_encode(id, o->id, sizeof o->id);
	jo_open(&j, NULL, '{');
	jo_str(&j, "type", act_rule(ACT_DELETE_DONE)->word);
	jo_str(&j, "target", id);
	jo_str(&j, "executed_at", when);
	jo_close(&j, '}');
}

static int
compose_done(const struct node *n, const struct duty_order *o, int64_t now_ms, struct buf *text, struct err *e)
{
	const char *both[2] = { n->member, n->reg->members[LOG_MEMBER(POS_LOG(o->pos))].code };
	struct buf body = { 0 };
	struct draft d;
	int rc;

	compose_start(&d, KIND_CONTROL);
	answer_id(n, o->id, d.id);
	d.mechanism = n->reg->mechanism;
	d.member = n->member;
	d.authority = d.officer = "node";
	d.filed_at = (struct inst){ now_ms, 0 };
	d.state = "FILED";
	d.purposes = PURPOSE_BIT(PURPOSE_GOVERNANCE);
	d.base = AUD_LIST;
	d.members = (struct draft_list){ both + 1, 1 };
	d.delivery = (struct draft_list){ both, 2 };
	d.tlp = d.pap = TLP_AMBER;
	answer_body(&body, o, o->executed_ms != WHEN_NONE ? o->executed_ms : now_ms);
	rc = body.failed ? err_set(e, ERR_NOMEM, "no memory to confirm a deletion") :
	    compose_record(&d, body.data, body.len, text, e);
	buf_free(&body);
	return rc;
}

static bool
is_owed(const struct node *n, const struct duty_order *o)
{
	return (o->result == DUTY_ERASED || o->result == DUTY_NOTHING) && LOG_MEMBER(POS_LOG(o->pos)) != n->own;
}

/* File what is owed for ${orders}; ${left} of it could not be filed: their result is DUTY_ERASED still, of all others ANSWERED. */
static int
file_answers(struct node *n, struct duty_order *orders, size_t count, int64_t now_ms, struct err *e)
{
	struct entry_job *jobs = calloc(count, sizeof *jobs);
	struct buf *texts = calloc(count, sizeof *texts);
	size_t *which = calloc(count, sizeof *which), owed = 0;
	int rc = jobs == NULL || texts == NULL || which == NULL ? err_set(e, ERR_NOMEM, "no memory to confirm deletions") : OK;

	for (size_t i = 0; i < count && rc == OK; i++) {
		if (!is_owed(n, &orders[i])) {
			orders[i].result = DUTY_ANSWERED;
			continue;
		}
		if ((rc = compose_done(n, &orders[i], now_ms, &texts[owed], e)) != OK)
			break;
		jobs[owed] = (struct entry_job){ .bytes = texts[owed].data, .len = texts[owed].len };
		which[owed++] = i;
	}
	if (rc == OK && owed > 0)
		rc = node_file(n, jobs, owed, e);
	for (size_t i = 0; i < owed && rc == OK; i++) {
		if (jobs[i].rc == OK || jobs[i].rc == ERR_CONFLICT)	/* filed before a crash */
			orders[which[i]].result = DUTY_ANSWERED;
		else
			*e = jobs[i].err;
	}
	for (size_t i = 0; texts != NULL && i < count; i++)
		buf_free(&texts[i]);
	free(which);
	free(texts);
	free(jobs);
	return rc;
}

/* ---- the turn ------------------------------------------------------------------------------------------------------------- */

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
			rc = look_at(w->n, w->r, &o, w->grace, w->now_ms, &w->order[w->ripe], &open, &ripe, &e);
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
			rc = file_answers(w->n, w->order + at, some, w->now_ms, &e);
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

	if (w->more || (w->d->overflow && w->d->count < OPEN_MAX / 2))
		return w->now_ms;
	if (w->rc != OK && next > w->now_ms + RETRY_MS)
		next = w->now_ms + RETRY_MS;
	for (size_t i = 0; i < w->d->count; i++)
		if (w->d->open[i].at_ms < next)
			next = w->d->open[i].at_ms;
	if (next > w->now_ms + LONGEST_MS)
		next = w->now_ms + LONGEST_MS;
	return next;
}

static void
work(struct turn_work *w)
{
	struct err e = { 0 };

	note(w, look_around(w->n, w->d, w->r, &e), &e);
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

/* ---- the setting ------------------------------------------------------------------------------------------------------------ */

#define GRACE_SETTING "node/delete-grace"

int
duty_grace(struct store_reader *r, int *hours, struct err *e)
{
	struct buf b = { 0 };
	uint64_t value = DUTY_GRACE_HOURS;
	int rc = store_meta_get(r, GRACE_SETTING, &b, e);

	if (rc == OK && !dec_u64(buf_cstr(&b), b.len, DUTY_GRACE_MAX, &value))
		value = DUTY_GRACE_HOURS;
	buf_free(&b);
	*hours = (int)value;
	return rc == ERR_NOTFOUND ? OK : rc;
}

static int
run_set_grace(void *ctx, struct store *s, struct err *e)
{
	char text[16];

	snprintf(text, sizeof text, "%d", *(int *)ctx);
	return store_meta_put(s, GRACE_SETTING, text, strlen(text), e);
}

int
duty_set_grace(struct node *n, int hours, struct err *e)
{
	int rc;

	if (hours < 0 || hours > DUTY_GRACE_MAX)
		return err_set(e, ERR_INPUT, "the grace period is 0 to %d hours: within %d hours an order is carried out",
		    DUTY_GRACE_MAX, DUTY_GRACE_MAX);
	if (n->readonly)
		return err_set(e, ERR_DENIED, "this node is open for reading only");
	if ((rc = writer_do(n->writer, run_set_grace, &hours, e)) == OK)
		duty_kick(n, DUTY_LOOK);
	return rc;
}
