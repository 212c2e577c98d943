/*
 * One peer's turn: ring its bell when our log grew, pull when its bell rang or it is time, file receipts. A peer that fails is
 * left alone for a while that doubles; a bell from it ends the wait (docs/exchange.md 4, 5). Who calls these, a thread a peer
 * or a simulation, is sync.c's business.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "node/internal.h"

#define POLL_MS 30000			/* lost bells cost at most this */
#define BACKOFF_FIRST_MS 500
#define BACKOFF_MAX_MS 60000
#define RECEIPT_PAUSE_MS 300		/* receipts for what comes in quick succession go into one record */
#define GUARD_WAIT_MS 2000		/* until receipts are tried again while nothing may be signed */
#define BELL_PAUSE_MS 20		/* at most one pull in this time, however often the peer rings */

/* Lines of signature under a note; 0 if it is none. */
static size_t
note_lines(const void *note, size_t len)
{
	struct arena a = { 0 };
	struct note n = { .n_lines = 0 };
	size_t lines = note_parse(&a, note, len, &n, NULL) == OK ? n.n_lines : 0;

	arena_free(&a);
	return lines;
}

/* The checkpoint that the member says a quorum has cosigned; it may be of more entries than the bell has brought. */
static int
take_told(struct peer *p, struct pull *pull, struct err *e)
{
	struct log_row log;
	int rc = store_log_get(pull->reader, pull->log_no, &log, e);

	if (rc == OK && (rc = pull_judge(pull, &log, p->told.data, p->told.len, e)) == ERR_INPUT &&
	    (rc = pull_log(pull, p->told.data, p->told.len, e)) == OK)
		rc = publish_stored(p->node, p->member, pull->reader, e);
	if (rc == OK)
		rc = settle_take(p->node, p->member, pull->reader, p->told.data, p->told.len, e);
	buf_reset(&p->told);
	return rc;
}

/* Cosignatures that cannot be counted are no reason to leave the payloads where they are: they may be a third one's fault. */
static int
take_cosignatures(struct peer *p, struct pull *pull, struct err *soft, struct err *e)
{
	struct err why = { 0 };
	int rc = OK;

	if (pull->shown.len > 0 && note_lines(pull->shown.data, pull->shown.len) > pull->n_keys)
		rc = settle_take(p->node, p->member, pull->reader, pull->shown.data, pull->shown.len, &why);
	if (rc == ERR_VERIFY || rc == ERR_INPUT || rc == ERR_LIMIT) {
		*soft = why;
		return OK;
	}
	if (rc != OK)
		*e = why;
	return rc;
}

/*
 * A bell brought this checkpoint. If its log has signed it, it is remembered, whether or not we got as far as storing it: should
 * the member be set back, this may be all that anybody knows of what it had signed (gossip.c tells it).
 */
static void
remember_bell(struct peer *p, const struct pull *pull, const struct buf *note)
{
	struct node *n = p->node;
	struct arena a = { 0 };
	struct checkpoint cp;
	struct note_mark mark;
	struct note parsed;
	int rc = ERR_VERIFY;

	for (size_t i = 0; i < pull->n_keys && rc != OK; i++)
		rc = checkpoint_open(&a, note->data, note->len, &pull->key[i], 1, &cp, &parsed, &mark, NULL);
	arena_free(&a);
	if (rc != OK)
		return;
	pthread_mutex_lock(&n->lock);
	if (p->heard.note.len == 0 || cp.size > p->heard.size) {
		buf_reset(&p->heard.note);
		buf_add(&p->heard.note, note->data, note->len);
		p->heard.size = cp.size;
	}
	pthread_mutex_unlock(&n->lock);
}

/* One round of pulling. ${soft}: what is wrong without being in the way; code OK for nothing. */
static int
pull_once(struct peer *p, struct store_reader *r, const struct buf *note, struct err *soft, struct err *e)
{
	struct node *n = p->node;
	struct pull pull = peer_pull(p, r);
	bool old_tree;
	int rc = pull_log(&pull, note->len > 0 ? note->data : NULL, note->len, e);

	if (rc != OK && note->len > 0)
		remember_bell(p, &pull, note);
	if (rc == OK && pull.entries > 0 && (rc = publish_stored(n, p->member, r, e)) == OK) {
		pthread_mutex_lock(&n->lock);
		p->status.verified_ms = node_now_ms(n);
		pthread_mutex_unlock(&n->lock);
	}
	old_tree = pull.old_tree && note->len == 0;	/* a bell may have been overtaken by a poll */
	if (rc == OK)
		rc = take_cosignatures(p, &pull, soft, e);
	if (rc == OK && p->told.len > 0 && take_told(p, &pull, soft) != OK && soft->code != ERR_VERIFY && soft->code != ERR_INPUT) {
		*e = *soft;
		rc = e->code;
	}
	if (rc == OK && old_tree)
		rc = err_set(e, ERR_VERIFY, "%s shows an older tree of its log than we hold; nothing was taken. Ask "
		    "whether it was restored "
		    "from a backup", peer_code(p));
	if (rc == OK)
		rc = pull_payloads(&pull, e);
	pull_end(&pull);
	return rc;
}

static void
note_result(struct peer *p, int rc, const struct err *e)
{
	struct node *n = p->node;
	int64_t now = node_now_ms(n);

	if (rc == ERR_STOP)
		return;
	pthread_mutex_lock(&n->lock);
	p->status.last_try_ms = now;
	if (rc == OK) {
		p->status.last_ok_ms = now;
		p->status.state = PEER_CURRENT;
		p->status.trouble[0] = '\0';
	} else {
		p->status.state = PEER_FAILING;
		snprintf(p->status.trouble, sizeof p->status.trouble, "%.500s", e->text);
	}
	pthread_mutex_unlock(&n->lock);
}

void
turn_failed(struct peer *p, const struct err *e)
{
	note_result(p, e->code, e);
}

static int
ring(struct peer *p, struct err *e)
{
	struct node *n = p->node;
	const struct transport *t = n->transport;
	struct buf note = { 0 };
	uint64_t size;
	char path[100];
	int status = 0, rc = node_published(n, n->own, &size, &note, e);

	snprintf(path, sizeof path, "/x1/%s/bell", n->reg->mechanism);
	if (rc == OK)
		rc = t->post(t->ctx, &p->session, &p->card_used, path, note.data, note.len, 0, &status, NULL, e);
	buf_free(&note);
	if (rc == OK && status != 204)
		rc = err_set(e, status == 403 ? ERR_DENIED : ERR_IO, "%s answered our bell with %d", peer_code(p), status);
	return rc;
}

/* Where our receipts for this log end: after the highest index that one of them names. What others receipted says nothing
 * of us. */
struct own_receipts {
	const char *own;
	uint64_t end;
};

static int
last_receipted(void *ctx, const struct row *row)
{
	struct own_receipts *x = ctx;

	if (text_eq(row->v[3].bytes, row->v[3].len, x->own) && (uint64_t)row->v[2].num + 1 > x->end)
		x->end = (uint64_t)row->v[2].num + 1;
	return 0;
}

int
turn_start(struct peer *p, struct err *e)
{
	struct turn *t = &p->turn;
	struct store_reader *r = p->reader;
	struct row from = { .table = T_RECEIPT, .cols = 6 };
	struct own_receipts own = { p->node->member, 0 };
	struct log_row log;
	int rc = store_log_get(r, node_log_no(p->node, p->member), &log, e);

	buf_free(&t->note);
	memset(t, 0, sizeof *t);
	if (rc != OK)
		return rc;
	t->log_no = log.no;
	t->held_to = log.payloads_next;
	t->asked_again_ms = node_now_ms(p->node);
	p->ask_again = t->held_to > 0;	/* clock or charter may have changed while this node was down */
	from.v[0] = val_int(node_log_no(p->node, p->member));
	rc = store_row_scan(r, &from, 1, 1, false, last_receipted, &own, e);
	t->receipted = own.end;
	return rc < 0 ? rc : OK;
}

static void
pull_turn(struct peer *p, struct turn *t, struct store_reader *r)
{
	struct node *n = p->node;
	struct err e = { 0 }, soft = { 0 };
	struct log_row log;
	int rc;

	pthread_mutex_lock(&n->lock);
	p->status.state = PEER_PULLING;
	pthread_mutex_unlock(&n->lock);
	rc = pull_once(p, r, &t->note, &soft, &e);
	buf_reset(&t->note);
	fetch_stop(&p->fetch);		/* its thread and its buffer are for a catch-up only */
	fetch_init(&p->fetch, n->transport);
	note_result(p, rc, &e);
	if (rc == OK && soft.code != OK) {
		pthread_mutex_lock(&n->lock);
		snprintf(p->status.trouble, sizeof p->status.trouble, "%.500s", soft.text);
		pthread_mutex_unlock(&n->lock);
	}
	if (rc == OK)
		t->backoff_ms = 0;
	else
		t->backoff_ms = t->backoff_ms == 0 ? BACKOFF_FIRST_MS : t->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS :
		    t->backoff_ms * 2;
	t->pull_at_us = node_mono_us(n) + (rc == OK ? POLL_MS : t->backoff_ms) * 1000;
	/* A bell ends the wait, but a peer that fails cannot set the pace of failing. */
	t->not_before_us = node_mono_us(n) + (rc == OK ? BELL_PAUSE_MS : BACKOFF_FIRST_MS) * 1000;
	if (store_log_get(r, node_log_no(p->node, p->member), &log, &e) == OK && log.payloads_next > t->held_to) {
		if (t->held_to <= t->receipted)
			t->receipt_at_us = node_mono_us(n) + RECEIPT_PAUSE_MS * 1000;
		t->held_to = log.payloads_next;
	}
}

struct late {				/* receipts for what came late */
	struct peer *p;
	struct store_reader *r;
};

static int
receipt_late(void *ctx, uint64_t from, uint64_t to, struct err *e)
{
	struct late *l = ctx;

	return file_receipts(l->p->node, l->p, l->r, &from, to, e);
}

/* Once a day, and after an act of the originator: ask again for what was withheld, some runs a turn. */
static void
again_turn(struct peer *p, struct turn *t, struct store_reader *r)
{
	struct node *n = p->node;
	struct pull pull = peer_pull(p, r);
	struct late late = { p, r };
	struct err e = { 0 };
	int64_t now = node_now_ms(n);
	int rc;

	if (!t->asking && (p->ask_again || now >= t->asked_again_ms + DAY_MS)) {
		t->asking = true;
		t->again = 0;
		t->asked_again_ms = now;
		p->ask_again = false;
	}
	if (!t->asking || t->backoff_ms > 0)
		return;
	rc = pull_gaps(&pull, &t->again, receipt_late, &late, &e);
	if (rc != OK)
		note_result(p, rc, &e);
	t->asking = rc == OK && t->again < t->held_to;
	if (t->asking)
		t->pull_at_us = node_mono_us(n) + BELL_PAUSE_MS * 1000;
}

static void
receipt_turn(struct peer *p, struct turn *t, struct store_reader *r)
{
	struct node *n = p->node;
	struct err e = { 0 };

	if (guard_may_sign(n, &e) != OK) {	/* no fault of the peer's; they are filed when it may be */
		t->receipt_at_us = node_mono_us(n) + GUARD_WAIT_MS * 1000;
		return;
	}
	if (file_receipts(n, p, r, &t->receipted, t->held_to, &e) != OK) {
		note_result(p, e.code, &e);
		t->receipt_at_us = node_mono_us(n) + BACKOFF_MAX_MS * 1000;
	}
}

int64_t
turn_wait_ms(const struct peer *p)
{
	const struct turn *t = &p->turn;
	int64_t now = node_mono_us(p->node), at;
	int64_t next = p->rung && t->not_before_us < t->pull_at_us ? t->not_before_us : t->pull_at_us;

	if (p->must_ring)
		return 0;
	if (cosign_due(p, &at) && at < next)
		next = at;
	if (t->seen_at_us < next)
		next = t->seen_at_us;
	if (t->receipted < t->held_to && t->receipt_at_us < next)
		next = t->receipt_at_us;
	return next <= now ? 0 : (next - now) / 1000 + 1;
}


void
turn_take(struct peer *p, struct work *w)
{
	struct turn *t = &p->turn;
	int64_t at;

	w->bell = p->must_ring;
	w->pull = node_mono_us(p->node) >= (p->rung ? t->not_before_us : t->pull_at_us);
	w->cosign = cosign_due(p, &at) && node_mono_us(p->node) >= at;
	w->seen = node_mono_us(p->node) >= t->seen_at_us;
	p->must_ring = false;
	if (w->pull)
		p->rung = false;
	if (w->pull && p->told_note.len > 0) {
		buf_reset(&p->told);
		buf_add(&p->told, p->told_note.data, p->told_note.len);
		buf_reset(&p->told_note);
	}
	if (w->pull && p->bell_note.len > 0) {
		buf_reset(&t->note);
		buf_add(&t->note, p->bell_note.data, p->bell_note.len);
		buf_reset(&p->bell_note);
	}
	p->card_used = p->card;		/* a new card may come at any time; this round keeps to one */
}

void
turn_do(struct peer *p, const struct work *w)
{
	struct turn *t = &p->turn;
	struct err e = { 0 };

	if (t->log_no != node_log_no(p->node, p->member) && turn_start(p, &e) != OK) {
		turn_failed(p, &e);
		return;
	}
	if (w->seen)
		gossip_turn(p);
	if (w->bell && (t->owe_bell = ring(p, &e) != OK))
		note_result(p, e.code, &e);	/* it will poll, or be rung when it can be reached again */
	if (w->pull)
		pull_turn(p, t, p->reader);
	if (w->pull && t->backoff_ms == 0 && t->cosign_backoff_ms > 0)
		cosign_sooner(p);	/* it can be reached again */
	if (w->pull && t->backoff_ms == 0 && t->owe_bell)
		t->owe_bell = ring(p, &e) != OK;
	if (w->pull)
		again_turn(p, t, p->reader);
	if (w->pull && t->backoff_ms == 0)
		blob_turn(p);
	if (t->receipted < t->held_to && node_mono_us(p->node) >= t->receipt_at_us)
		receipt_turn(p, t, p->reader);
	if (w->cosign)
		cosign_turn(p);
}

void
turn_end(struct peer *p)
{
	blob_turn_end(p);
	fetch_stop(&p->fetch);
	buf_free(&p->turn.note);
	p->node->transport->end(p->node->transport->ctx, p->session);
	p->session = NULL;
	store_reader_close(p->reader);
	p->reader = NULL;
}
