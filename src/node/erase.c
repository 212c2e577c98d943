/*
 * Erasing: a payload with everything that was derived from it, in the writer's transaction. What remains is its entry in the log (a
 * commitment that says nothing) and a struct erasure.
 */
#include <stdlib.h>
#include <string.h>

#include "fold/fold.h"
#include "law/act.h"
#include "node/duty.h"
#include "node/internal.h"
#include "view/acts.h"

#define VERSIONS_MAX 4096		/* of one record, found at a time */

struct place {
	int64_t pos;
	uint32_t seq;
};

struct places {				/* versions of one record in the logs of one member */
	int member;
	uint32_t up_to;			/* 0: all */
	struct place p[VERSIONS_MAX];
	size_t count;
	bool any;			/* some were erased */
	bool others;			/* another member has a record of this id */
	bool gone;			/* a version of this member's was erased before */
	int64_t gone_by, gone_ms;	/* by this act: when */
	const uint8_t *id;
};

/* ---- one payload -------------------------------------------------------------------------------------------------------- */

struct hashes {
	struct buf b;
};

static int
take_hash(void *ctx, const uint8_t hash[RECORD_HASH_BYTES], uint64_t size)
{
	struct hashes *h = ctx;

	(void)size;
	return buf_add(&h->b, hash, RECORD_HASH_BYTES) ? OK : ERR_NOMEM;
}

static int
take_aside(void *ctx, const struct row *row, struct err *e)
{
	(void)e;
	return row->v[1].num == 0 ? take_hash(ctx, row->v[0].bytes, 0) : OK;
}

static int
blobs_of(struct store *s, int64_t pos, struct hashes *h, struct err *e)
{
	struct arena one = { 0 };
	struct payload p;
	struct record r;
	struct err why;
	int rc = store_payload_get(store_view(s), pos, &p, e);

	if (rc == OK && record_parse(&one, p.bytes, p.len, &r, &why) == OK)
		rc = record_blobs(&r, take_hash, h);
	else if (rc == OK)
		rc = why.code == ERR_NOMEM ? ERR_NOMEM : fold_aside_rows(p.bytes, p.len, pos, take_aside, h, e);
	if (rc == ERR_NOMEM)
		err_set(e, rc, "no memory to erase a record");
	arena_free(&one);
	return rc;
}

static int
any_row(void *ctx, const struct row *row)
{
	(void)row;
	*(bool *)ctx = true;
	return 1;
}

/* Attachments that nothing held names any more. */
static int
erase_blobs(struct store *s, const struct hashes *h, struct err *e)
{
	int rc = OK;

	for (size_t at = 0; at < h->b.len && rc == OK; at += RECORD_HASH_BYTES) {
		bool named = false;

		if ((rc = blob_named(store_view(s), h->b.data + at, &named, e)) != OK)
			return rc;
		rc = named ? OK : store_blob_erase(s, h->b.data + at, e);
		rc = rc == ERR_NOTFOUND ? OK : rc;	/* it never came, or stood in the record twice */
	}
	return rc;
}

static int
erase_payload(struct store *s, const struct erasure *x, struct err *e)
{
	struct hashes h = { { 0 } };
	int rc = blobs_of(s, x->pos, &h, e);

	if (rc == OK && (rc = fold_forget(s, x->pos, e)) == OK && (rc = store_payload_erase(s, x, e)) == OK)
		rc = erase_blobs(s, &h, e);
	buf_free(&h.b);
	return rc;
}

/* ---- the versions of a record --------------------------------------------------------------------------------------------- */

static int
place_row(void *ctx, const struct row *row)
{
	struct places *x = ctx;
	struct place at = { row->v[2].num, (uint32_t)row->v[1].num };

	if (LOG_MEMBER(POS_LOG(at.pos)) != x->member) {
		x->others = true;
		return 0;
	}
	if (x->up_to != 0 && at.seq > x->up_to)
		return 1;		/* in the order of versions */
	x->p[x->count++] = at;
	return x->count == VERSIONS_MAX;
}

static int
gone_row(void *ctx, const struct erasure *e)
{
	struct places *x = ctx;

	if (LOG_MEMBER(POS_LOG(e->pos)) != x->member) {
		x->others = true;
		return 0;
	}
	x->gone = true;
	if (e->order_pos == x->gone_by && e->at_ms > x->gone_ms)
		x->gone_ms = e->at_ms;
	return 0;
}

/* What was put aside is not shown, but it is here: an order is about it too. */
static int
find_places(struct store *s, struct places *x, struct err *e)
{
	struct row by_id = { .table = T_BY_ID, .cols = store_table_def(T_BY_ID)->cols };
	struct row aside = { .table = T_ASIDE, .cols = store_table_def(T_ASIDE)->cols };
	struct store_reader *view = store_view(s);
	int rc;

	x->count = 0;
	x->gone_ms = WHEN_NONE;
	by_id.v[0] = aside.v[0] = val_blob(x->id, RECORD_ID_BYTES);
	if ((rc = store_row_scan(view, &by_id, 1, 1, false, place_row, x, e)) < 0 ||
	    (rc = store_row_scan(view, &aside, 1, 1, false, place_row, x, e)) < 0)
		return rc;
	rc = store_erasure_each(view, x->id, gone_row, x, e);
	return rc < 0 ? rc : OK;
}

static int
erase_places(struct store *s, const struct places *x, int64_t order_pos, int64_t now_ms, struct err *e)
{
	int rc = OK;

	for (size_t i = 0; i < x->count && rc == OK; i++) {
		struct erasure gone = { .pos = x->p[i].pos, .seq = x->p[i].seq, .order_pos = order_pos, .at_ms = now_ms };

		memcpy(gone.id, x->id, sizeof gone.id);
		rc = erase_payload(s, &gone, e);
	}
	return rc;
}

/* As many versions at a time as there is room for: what is erased is not found again. */
static int
erase_all(struct store *s, struct places *x, int64_t order_pos, int64_t now_ms, struct err *e)
{
	int rc;

	do {
		if ((rc = find_places(s, x, e)) == OK)
			rc = erase_places(s, x, order_pos, now_ms, e);
		x->any |= x->count > 0;
	} while (rc == OK && x->count == VERSIONS_MAX);
	return rc;
}

/* ---- orders ---------------------------------------------------------------------------------------------------------------- */

struct erasing {
	struct node *n;
	struct duty_order *orders;
	const int64_t *expired;
	size_t count;
	int64_t now_ms;
	struct places *x;
};

static int
carry_out(struct erasing *job, struct store *s, struct duty_order *o, struct err *e)
{
	struct places *x = job->x;
	struct answers own;
	int rc = acts_answers(store_view(s), o->id, job->n->member, &own, e);

	if (rc != OK)
		return rc;
	o->executed_ms = WHEN_NONE;
	o->result = DUTY_ANSWERED;	/* an officer may have kept it a moment ago */
	if (own.keep != ACTS_NO_ORDER)
		return OK;
	/* Confirmed before, and here again: a copy from before the deletion was put back. It goes like the first. */
	*x = (struct places){ .member = LOG_MEMBER(POS_LOG(o->pos)), .up_to = o->seq, .id = o->target, .gone_by = o->pos };
	if ((rc = erase_all(s, x, o->pos, job->now_ms, e)) != OK)
		return rc;
	if (own.done != ACTS_NO_ORDER && !x->any)
		return OK;
	o->executed_ms = x->any ? job->now_ms : x->gone_ms;
	o->result = o->executed_ms != WHEN_NONE ? DUTY_ERASED : x->others && !x->gone ? DUTY_NOT_THEIRS : DUTY_NOTHING;
	return OK;
}

static int
run_orders(void *ctx, struct store *s, struct err *e)
{
	struct erasing *job = ctx;
	int rc = OK;

	for (size_t i = 0; i < job->count && rc == OK; i++)
		rc = carry_out(job, s, &job->orders[i], e);
	return rc;
}

static int
submit(struct erasing *job, int (*run)(void *ctx, struct store *s, struct err *e), struct err *e)
{
	struct job j = { .run = run, .ctx = job, .weight = 2 * job->count + 1 };
	int rc;

	if ((job->x = malloc(sizeof *job->x)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory to erase records");
	writer_submit(job->n->writer, &j);
	rc = writer_wait(job->n->writer, &j, e);
	free(job->x);
	return rc;
}

int
duty_erase(struct node *n, struct duty_order *orders, size_t count, int64_t now_ms, struct err *e)
{
	struct erasing job = { .n = n, .orders = orders, .count = count, .now_ms = now_ms };

	return count == 0 ? OK : submit(&job, run_orders, e);
}

/* ---- days ------------------------------------------------------------------------------------------------------------------- */

static int
expire(struct erasing *job, struct store *s, int64_t pos, struct err *e)
{
	struct row key = { .table = T_VERSION, .cols = store_table_def(T_VERSION)->cols }, row;
	uint8_t id[RECORD_ID_BYTES];
	int rc;

	key.v[0] = val_int(pos);
	if ((rc = store_row_get(store_view(s), &key, &row, e)) != OK)
		return rc == ERR_NOTFOUND ? OK : rc;	/* went with a later version of it, in this very batch */
	memcpy(id, row.v[1].bytes, sizeof id);
	*job->x = (struct places){ .member = LOG_MEMBER(POS_LOG(pos)), .up_to = (uint32_t)row.v[2].num, .id = id };
	return erase_all(s, job->x, ERASED_RETENTION, job->now_ms, e);
}

static int
run_expired(void *ctx, struct store *s, struct err *e)
{
	struct erasing *job = ctx;
	int rc = OK;

	for (size_t i = 0; i < job->count && rc == OK; i++)
		rc = expire(job, s, job->expired[i], e);
	return rc;
}

int
duty_expire(struct node *n, const int64_t *pos, size_t count, int64_t now_ms, struct err *e)
{
	struct erasing job = { .n = n, .expired = pos, .count = count, .now_ms = now_ms };

	return count == 0 ? OK : submit(&job, run_expired, e);
}

/* ---- what is not taken in -------------------------------------------------------------------------------------------------- */

static int
any_erasure(void *ctx, const struct erasure *x)
{
	(void)x;
	*(bool *)ctx = true;
	return 1;
}

int
duty_survey(struct store *s, struct duty_bars *out, struct err *e)
{
	struct row from = { .table = T_CONTROL, .cols = store_table_def(T_CONTROL)->cols };
	int rc;

	*out = (struct duty_bars){ false, false };
	if ((rc = store_erasure_each(store_view(s), NULL, any_erasure, &out->erasures, e)) < 0)
		return rc;
	rc = store_row_scan(store_view(s), &from, 0, 0, false, any_row, &out->acts, e);
	return rc < 0 ? rc : OK;
}

int
duty_barred(struct node *n, struct store *s, const struct duty_bars *bars, int64_t pos, const uint8_t *id, uint32_t seq,
    int64_t now_ms, bool *barred, struct err *e)
{
	struct judge j = node_judge(n, store_view(s));
	struct erasure x = { .pos = pos, .at_ms = now_ms };
	struct acts acts;
	int rc = bars->erasures ? store_erasure_get(store_view(s), pos, &x, e) : ERR_NOTFOUND;

	*barred = rc == OK;
	if (rc != ERR_NOTFOUND || !bars->acts || id == NULL)
		return rc == ERR_NOTFOUND ? OK : rc;
	if ((rc = acts_ordered(&j, id, LOG_MEMBER(POS_LOG(pos)), seq, &acts, e)) != OK)
		return rc;
	if (acts.order == ACTS_NO_ORDER && acts.recall == ACTS_NO_ORDER)
		return OK;
	*barred = true;
	memcpy(x.id, id, sizeof x.id);
	x.seq = seq;
	x.order_pos = acts.order != ACTS_NO_ORDER ? acts.order : acts.recall;
	return store_erasure_put(s, &x, e);
}
