/* One order: what it asks of this node, since when, and when it is to be carried out. */
#include "node/duty_work.h"

#include <string.h>

#include "base/text.h"
#include "law/act.h"
#include "node/internal.h"
#include "view/acts.h"
#include "view/receipts.h"

#define RECEIPT_MS 1000			/* our receipt for an order follows it within a second */

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
	int64_t grace = began_ms + grace_hours * DUTY_HOUR_MS;

	return due != WHEN_NONE && due < grace ? due : grace;
}

struct left {				/* a version that an order is about */
	int member;
	uint32_t up_to;			/* 0: all */
	bool any;
};

static int
is_left(void *ctx, const struct row *row)
{
	struct left *l = ctx;

	if (LOG_MEMBER(POS_LOG(row->v[2].num)) != l->member || (l->up_to != 0 && row->v[1].num > l->up_to))
		return 0;
	l->any = true;
	return 1;
}

/* Is anything still here of what the order is about? After a restored backup there may be, though it was confirmed long ago. */
static int
anything_left(struct store_reader *r, const struct open_order *o, const struct reading *x, bool *any, struct err *e)
{
	struct row from = { .table = T_BY_ID, .cols = 3 }, aside = { .table = T_ASIDE, .cols = 3 };
	struct left l = { .member = LOG_MEMBER(POS_LOG(o->pos)), .up_to = x->target.version };
	int rc;

	from.v[0] = aside.v[0] = val_blob(x->target.id, RECORD_ID_BYTES);
	rc = store_row_scan(r, &from, 1, 1, false, is_left, &l, e);
	if (rc == OK)			/* nothing that can be shown: in quarantine? */
		rc = store_row_scan(r, &aside, 1, 1, false, is_left, &l, e);
	*any = l.any;
	return rc < 0 ? rc : OK;
}

int
duty_order_look(const struct node *n, struct store_reader *r, struct open_order *o, int grace, int64_t now_ms,
    struct duty_order *order, bool *open, bool *ripe, struct err *e)
{
	struct reading x;
	struct answers own;
	int64_t began_ms;
	bool known, left = false;
	int rc = read_order(n, r, o->pos, &x, e);

	*open = *ripe = false;
	if (rc != OK || (x.act != ACT_DELETE_ORDER && x.act != ACT_RECALL) || !x.names_us)
		return rc;
	if (o->seen_ms == WHEN_NONE)
		o->seen_ms = now_ms;
	if ((rc = acts_answers(r, x.id, n->member, &own, e)) != OK || own.keep != ACTS_NO_ORDER)
		return rc;
	if (own.done != ACTS_NO_ORDER && ((rc = anything_left(r, o, &x, &left, e)) != OK || !left))
		return rc;
	if ((rc = began(n, r, o, &x, &began_ms, &known, e)) != OK)
		return rc;
	*open = true;
	o->at_ms = erase_at(&x, began_ms, grace);
	if (left)
		o->at_ms = now_ms;	/* its time was over before */
	*ripe = o->at_ms <= now_ms;
	if (!*ripe && !known)
		o->at_ms = o->at_ms < now_ms + RECEIPT_MS ? o->at_ms : now_ms + RECEIPT_MS;
	*order = (struct duty_order){ .pos = o->pos, .seq = x.target.version };
	memcpy(order->id, x.id, sizeof order->id);
	memcpy(order->target, x.target.id, sizeof order->target);
	return OK;
}
