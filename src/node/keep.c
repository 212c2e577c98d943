/*
 * Keeping what a peer gave us: understood, judged by our own visibility function, folded and durable; or quarantined; or, where
 * we may not hold it, not kept at all. And the receipts for it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fold/fold.h"
#include "law/file.h"
#include "node/duty.h"
#include "node/internal.h"
#include "record/compose.h"

#define RECEIPT_RANGES 500		/* in one receipt; more go into the next */

enum fate { FATE_KEEP, FATE_QUARANTINE, FATE_REFUSE };

struct kept {
	struct record rec;
	enum fate fate;
	bool act;			/* that somebody may have to carry out */
	bool key_change;		/* of its own keys */
	bool fork_told;			/* it says that a log has shown two histories */
	bool named;			/* it says which record it is: id, seq */
	uint8_t id[RECORD_ID_BYTES];
	uint32_t seq;
	struct err why;			/* for quarantine and refusal */
};

struct keeping {			/* payloads on their way into the store */
	struct node *n;
	struct peer *p;
	const struct pulled *items;
	size_t count;
	uint64_t from, next;
	struct arena batch;
	struct kept *kept;
	uint64_t refused;
	struct duty_bars bars;
	struct job job;
	bool submitted;
};

struct keeper {				/* one is prepared while the others wait or are written */
	struct keeping k[PULL_AHEAD];
	int now;
};

/* A record of another member in this log, or one that the law refuses, is nothing we can act on. */
static int
check_place(const struct node *n, int member, const struct record *r, const struct law_record *law, struct err *e)
{
	struct filing f = { .record = r, .law = law, .own = member, .received = true };

	if (law->origin != member)
		return err_set(e, ERR_LAW, "origin: %.*s in the log of %s", (int)r->member.len, r->member.s,
		    n->reg->members[member].code);
	return law_may_file(&f, n->reg, e);
}

int
payload_verdict(const struct node *n, int member, const void *bytes, size_t len, struct arena *a, struct record *r,
    struct law_record *law, struct err *e)
{
	int rc = record_parse(a, bytes, len, r, e);

	if (rc == OK)
		rc = law_intern(n->reg, r, a, law, e);
	return rc == OK && member != n->own ? check_place(n, member, r, law, e) : rc;
}

/* ERR_NOMEM says nothing about the record: it is asked for again. */
static int
decide_fate(struct keeping *k, size_t i, struct err *e)
{
	struct kept *x = &k->kept[i];
	struct caveats verified = { .integrity = INTEGRITY_VERIFIED };
	struct viewer me = judge_node(k->n->own);
	struct law_record law;
	int rc = payload_verdict(k->n, k->p->member, k->items[i].bytes, k->items[i].len, &k->batch, &x->rec, &law, &x->why);

	if (rc == ERR_NOMEM) {
		*e = x->why;
		return rc;
	}
	if (rc != OK) {
		x->fate = FATE_QUARANTINE;
		x->named = fold_stated(k->items[i].bytes, k->items[i].len, x->id, &x->seq);
		return OK;
	}
	x->named = true;
	memcpy(x->id, x->rec.id, sizeof x->id);
	x->seq = x->rec.seq;
	x->act = law.kind == KIND_CONTROL && !json_is(json_get(x->rec.body, "type"), "RECEIPT");
	x->fork_told = x->act && json_is(json_get(x->rec.body, "type"), "FORK_PROOF");
	x->key_change = x->act && json_is(json_get(x->rec.body, "type"), "KEY_CHANGE");
	if (x->act)
		k->p->ask_again = true;	/* it may lift what kept a payload back; read by the peer's own thread only */
	if (vis(&law, &me, k->n->reg, &verified, node_today(k->n), NULL) == LEVEL_FULL)
		return OK;
	x->fate = FATE_REFUSE;
	k->refused++;
	return OK;
}

static int
keep_one(struct keeping *k, struct store *s, const struct pulled *item, const struct kept *x, struct err *e)
{
	int64_t pos = POS(node_log_no(k->n, k->p->member), item->index);
	struct payload back;
	bool barred;
	int rc;

	if ((rc = duty_barred(k->n, s, &k->bars, pos, x->named ? x->id : NULL, x->seq, node_now_ms(k->n), &barred, e)) != OK ||
	    barred)
		return rc;
	if ((rc = store_payload_put(s, pos, item->nonce, item->bytes, item->len, e)) != OK)
		return rc;
	if (x->fate == FATE_KEEP && x->key_change && (rc = rotate_keep(k->n, s, k->p->member, &x->rec, e)) != OK)
		return rc;
	if ((rc = x->fate == FATE_KEEP ? fold_record(s, &x->rec, pos, e) : fold_quarantine(s, pos, &x->why, e)) != OK)
		return rc;
	if ((rc = store_payload_get(store_view(s), pos, &back, e)) != OK)
		return rc;
	return entry_opens(&item->commitment, back.nonce, back.bytes, back.len) ? OK :
	    err_set(e, ERR_VERIFY, "payload %" PRIu64 " was read back different from what was written; check disk and "
	    "memory", item->index);
}

/* What was withheld before and is given now: beside what is held, and the mark of what is decided stays. */
static int
keep_late(struct keeping *k, struct store *s, struct err *e)
{
	struct payload held;
	int rc = OK;

	for (size_t i = 0; i < k->count && rc == OK; i++) {
		if (k->kept[i].fate == FATE_REFUSE)
			continue;
		rc = store_payload_get(store_view(s), POS(node_log_no(k->n, k->p->member), k->items[i].index), &held, e);
		rc = rc == ERR_NOTFOUND ? keep_one(k, s, &k->items[i], &k->kept[i], e) : rc;
	}
	return rc;
}

static int
run_keep(void *arg, struct store *s, struct err *e)
{
	struct keeping *k = arg;
	struct log_row row;
	int rc = store_log_get(store_view(s), node_log_no(k->n, k->p->member), &row, e);

	if (rc == OK)
		rc = duty_survey(s, &k->bars, e);
	if (rc == OK && k->next <= row.payloads_next)
		return keep_late(k, s, e);
	if (rc == OK && row.payloads_next != k->from)	/* one before failed: no gap may be left */
		rc = err_set(e, ERR_CONFLICT, "payloads from %" PRIu64 " on were not kept; they will be asked for "
		    "again", row.payloads_next);
	for (size_t i = 0; i < k->count && rc == OK; i++)
		if (k->kept[i].fate != FATE_REFUSE)
			rc = keep_one(k, s, &k->items[i], &k->kept[i], e);
	if (rc != OK)
		return rc;
	row.payloads_next = k->next;
	return store_log_put(s, &row, e);
}

/* What was ordered is now to be carried out. */
static void
reload_keys(struct node *n, int member)
{
	struct err e;
	struct store_reader *r = node_reader(n, &e);
	int rc = r == NULL ? e.code : rotate_load_peer(n, r, member, &e);

	if (r != NULL)
		node_reader_done(n, r);
	if (rc != OK)
		writer_hooks_fail(n, &e);	/* what it signs from now on could not be told from what it does not */
}

static void
announce_acts(const struct keeping *k)
{
	bool keys = false;

	for (size_t i = 0; i < k->count; i++)
		if (k->kept[i].act && k->kept[i].fate == FATE_KEEP) {
			duty_kick(k->n, POS(node_log_no(k->n, k->p->member), k->items[i].index));
			keys |= k->kept[i].key_change;
			if (k->kept[i].fork_told)	/* ask what it has seen: the proof is told there, and verified */
				k->p->turn.seen_at_us = 0;
		}
	if (keys)
		reload_keys(k->n, k->p->member);
}

/* Wait for a writing; count what it brought. */
static int
finish_keeping(struct keeping *k, struct err *e)
{
	struct peer_status *s;
	int rc;

	if (!k->submitted)
		return OK;
	s = &k->p->status;
	k->submitted = false;
	if ((rc = writer_wait(k->n->writer, &k->job, e)) != OK)
		return rc;
	announce_acts(k);
	pthread_mutex_lock(&k->n->lock);
	s->received += k->count - k->refused;
	s->withheld += k->next - k->from - (k->count - k->refused);
	s->refused += k->refused;
	pthread_mutex_unlock(&k->n->lock);
	return OK;
}

static int
prepare_keeping(struct keeping *k, struct err *e)
{
	int rc = OK;

	arena_reset(&k->batch);
	k->refused = 0;
	if ((k->kept = arena_alloc(&k->batch, (k->count + 1) * sizeof *k->kept)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory to keep %zu payloads", k->count);
	for (size_t i = 0; i < k->count && rc == OK; i++)
		rc = decide_fate(k, i, e);
	return rc;
}

int
keep_payloads(struct keeper **keeper, struct node *n, struct peer *p, const struct pulled *items, size_t count, uint64_t from,
    uint64_t next, struct err *e)
{
	struct keeping *k;
	int rc;

	if (*keeper == NULL && (*keeper = calloc(1, sizeof **keeper)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory to keep payloads");
	k = &(*keeper)->k[(*keeper)->now];
	if ((rc = finish_keeping(k, e)) != OK)
		return rc;
	k->n = n;
	k->p = p;
	k->items = items;
	k->count = count;
	k->from = from;
	k->next = next;
	if ((rc = prepare_keeping(k, e)) != OK)
		return rc;
	k->job = (struct job){ .run = run_keep, .ctx = k, .weight = count + 1 };
	k->submitted = true;
	writer_submit(n->writer, &k->job);
	(*keeper)->now = ((*keeper)->now + 1) % PULL_AHEAD;
	return OK;
}

int
keep_finish(struct keeper **keeper, struct err *e)
{
	struct err late;
	int rc = OK, other;

	for (int i = 0; *keeper != NULL && i < PULL_AHEAD; i++) {
		other = finish_keeping(&(*keeper)->k[i], rc == OK ? e : &late);
		rc = rc == OK ? other : rc;
		arena_free(&(*keeper)->k[i].batch);
	}
	free(*keeper);
	*keeper = NULL;
	return rc;
}

/* ---- receipts ---- */

struct ranges {
	struct node *n;
	uint64_t from[RECEIPT_RANGES], to[RECEIPT_RANGES];
	size_t count;
	uint64_t next;			/* first index not looked at */
	struct err why;			/* of the last text that could not be read */
};

/* Receipts are not receipted, or two nodes would never stop. */
static bool
is_receipt(struct ranges *g, const struct payload *p, struct arena *a, int *rc)
{
	struct record r;

	*rc = record_parse(a, p->bytes, p->len, &r, &g->why);
	return *rc == OK && r.kind == KIND_CONTROL && json_is(json_get(r.body, "type"), "RECEIPT");
}

static int
add_to_ranges(void *ctx, const struct payload *p)
{
	struct ranges *g = ctx;
	struct arena req = { 0 };
	uint64_t index = POS_INDEX(p->pos);
	int rc;
	bool receipt = is_receipt(g, p, &req, &rc);

	arena_free(&req);
	if (rc == ERR_NOMEM)
		return rc;
	if (!receipt && g->count > 0 && g->to[g->count - 1] + 1 == index) {
		g->to[g->count - 1] = index;
	} else if (!receipt) {
		if (g->count == RECEIPT_RANGES)
			return 1;
		g->from[g->count] = g->to[g->count] = index;
		g->count++;
	}
	g->next = index + 1;
	return 0;
}

static void
write_body(struct buf *out, const struct peer *p, const struct ranges *g, int64_t now_ms)
{
	struct json_out o = { out, false };
	char when[INST_LEN];

	inst_format(when, (struct inst){ now_ms, 0 });
	jo_open(&o, NULL, '{');
	jo_str(&o, "type", "RECEIPT");
	jo_open(&o, "log", '{');
	jo_str(&o, "member", peer_code(p));
	if (LOG_EPOCH(node_log_no(p->node, p->member)) > 1)
		jo_int(&o, "epoch", LOG_EPOCH(node_log_no(p->node, p->member)));
	jo_close(&o, '}');
	jo_open(&o, "ranges", '[');
	for (size_t i = 0; i < g->count; i++) {
		jo_open(&o, NULL, '[');
		jo_int(&o, NULL, (int64_t)g->from[i]);
		jo_int(&o, NULL, (int64_t)g->to[i]);
		jo_close(&o, ']');
	}
	jo_close(&o, ']');
	jo_str(&o, "received_at", when);
	jo_close(&o, '}');
}

static int
file_ranges(struct node *n, struct peer *p, const struct ranges *g, struct err *e)
{
	struct buf body = { 0 }, text = { 0 };
	struct entry_job job = { 0 };
	int64_t now_ms = node_now_ms(n);
	int rc;

	write_body(&body, p, g, now_ms);
	if ((rc = compose_to_member(n, p->member, NULL, now_ms, &body, &text, e)) == OK) {
		job.bytes = text.data;
		job.len = text.len;
		if ((rc = node_file(n, &job, 1, e)) == OK && (rc = job.rc) != OK)
			*e = job.err;
	}
	buf_free(&body);
	buf_free(&text);
	return rc == OK ? OK : err_at(e, "the receipt for %s", peer_code(p));
}

int
file_receipts(struct node *n, struct peer *p, struct store_reader *r, uint64_t *next, uint64_t end, struct err *e)
{
	struct ranges *g = calloc(1, sizeof *g);
	uint32_t no = node_log_no(n, p->member);
	int rc = OK;

	if (g == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a receipt");
	while (rc == OK && *next < end) {
		g->n = n;
		g->count = 0;
		g->next = end;
		rc = store_payload_scan(r, POS(no, *next), POS(no, end), add_to_ranges, g, e);
		if (rc == ERR_NOMEM)
			err_set(e, rc, "no memory for a receipt");
		if (rc < 0)
			break;
		if (rc == 0)
			g->next = end;
		if ((rc = g->count > 0 ? file_ranges(n, p, g, e) : OK) == OK)
			*next = g->next;
	}
	free(g);
	return rc;
}
