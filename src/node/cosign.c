/*
 * The log's side of witnessing: each peer is shown our newest checkpoint at a pace of its own, its cosignature is put to those of
 * the others, and once a quorum is together everybody is told. An unchanged checkpoint is shown again now and then, so that
 * silence can be told from standing still.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/stored.h"
#include "log/witness.h"
#include "node/internal.h"

#define COSIGN_MS 1000			/* at most one request to a witness in this time */
#define REFRESH_MS 600000		/* an unchanged checkpoint is cosigned anew this often */
#define BACKOFF_FIRST_MS 5000
#define BACKOFF_MAX_MS 60000
#define ANSWER_MAX_BYTES ((size_t)64 * 1024)
#define TRIES 3				/* a witness may say where it is once or twice */

static int64_t
pace_ms(const struct node *n)
{
	return n->cosign_ms > 0 ? n->cosign_ms : COSIGN_MS;
}

bool
cosign_due(const struct peer *p, int64_t *at_us)
{
	const struct node *n = p->node;
	const struct turn *t = &p->turn;
	const struct published *own = &n->published[n->own];

	if (p->witnesses == 0 || own->note.len == 0 || n->guard.state != GUARD_OPEN || !keys_is_witness(n, p->member))
		return false;
	*at_us = own->size > t->cosigned || t->refresh_at_us < t->cosign_at_us ? t->cosign_at_us : t->refresh_at_us;
	if (n->settled[n->own].note.len > 0 && n->settled[n->own].size > t->told && t->cosign_backoff_ms == 0)
		*at_us = 0;
	return true;
}

/* The pace stays: a peer that rings and answers rubbish is not asked for more of it each time. */
void
cosign_sooner(struct peer *p)
{
	p->turn.cosign_at_us = p->turn.cosign_tried_us + pace_ms(p->node) * 1000;
}

/* ---- gathering ---- */

/* The note of this size with all lines that have come so far, and the new ones, into ${out}. */
static int
gather(struct node *n, uint64_t size, const struct buf *note, const struct buf *lines, struct buf *out, struct err *e)
{
	struct vkey *all = calloc(keys_witnesses_max(n), sizeof *all);
	struct published *g = NULL, *oldest = &n->gathering[0];
	struct arena a = { 0 };
	uint64_t latest = (uint64_t)(node_now_ms(n) / 1000) + WITNESS_SKEW_S;
	size_t count;
	int rc;

	if (all == NULL)
		return err_set(e, ERR_NOMEM, "no memory for cosignatures");
	count = keys_of_witnesses(n, n->own, all);
	pthread_mutex_lock(&n->lock);
	for (int i = 0; i < GATHERINGS; i++) {
		if (n->gathering[i].note.len > 0 && n->gathering[i].size == size)
			g = &n->gathering[i];
		if (n->gathering[i].size < oldest->size)
			oldest = &n->gathering[i];
	}
	if (g == NULL) {
		g = oldest;
		g->size = size;
		buf_reset(&g->note);
		buf_add(&g->note, note->data, note->len);
	}
	rc = note_merge(&a, out, g->note.data, g->note.len, lines->data, lines->len, all, count, latest, e);
	if (rc == OK) {
		buf_reset(&g->note);
		buf_add(&g->note, out->data, out->len);
	}
	pthread_mutex_unlock(&n->lock);
	arena_free(&a);
	free(all);
	return rc;
}

/* A cosignature has come: with it there may be a quorum. */
static int
take_lines(struct peer *p, uint64_t size, const struct buf *note, const struct buf *lines, struct err *e)
{
	struct node *n = p->node;
	struct buf merged = { 0 };
	struct checkpoint cp;
	uint64_t time_s;
	int rc = gather(n, size, note, lines, &merged, e);

	if (rc == OK && settle_counts(n, n->own, merged.data, merged.len, &cp, &time_s) == 1 &&
	    (rc = settle_take(n, n->own, p->reader, merged.data, merged.len, e)) == OK)
		peers_wake(n);
	buf_free(&merged);
	return rc;
}

/* ---- asking ---- */

static int
ask(struct peer *p, uint64_t size, const struct buf *note, struct witness_reply *reply, struct buf *lines, struct err *e)
{
	struct node *n = p->node;
	const struct transport *t = n->transport;
	struct stored_tree *tree = NULL;
	struct tree_source src;
	struct buf body = { 0 };
	int status = 0, rc;

	if ((rc = stored_tree_open(&tree, p->reader, node_own_log(n), size, e)) != OK)
		return rc;
	src = stored_tree_source(tree);
	rc = witness_ask(&body, &src, p->turn.cosigned, note->data, note->len, e);
	stored_tree_close(tree);
	if (rc == ERR_CONFLICT) {
		/* A number without a signature, which a liar can choose. What it has seen signed it shows: ask for that. */
		p->turn.cosigned = 0;
		p->turn.seen_at_us = 0;
	}
	if (rc == OK)
		rc = t->post(t->ctx, &p->session, &p->card_used, "/add-checkpoint", body.data, body.len, ANSWER_MAX_BYTES, &status,
		    lines, e);
	if (rc == OK)
		rc = witness_reply_read(reply, p->turn.cosigned, status, status == 409 ? WITNESS_SIZE_TYPE : NULL, lines->data,
		    lines->len, e);
	buf_free(&body);
	return rc;
}

/* Is there a line of the peer's own under it? Those of others it may have from anywhere. */
static int
check_line(struct peer *p, const struct buf *note, const struct buf *lines, struct err *e)
{
	struct vkey keys[PULL_KEYS];
	struct note_mark marks[PULL_KEYS];
	struct arena a = { 0 };
	struct note answer;
	size_t count, text_len;
	int rc;

	pthread_mutex_lock(&p->node->lock);
	count = p->witnesses;
	memcpy(keys, p->witness, count * sizeof *keys);
	pthread_mutex_unlock(&p->node->lock);
	if (!note_split(note->data, note->len, &text_len))
		return err_set(e, ERR_INPUT, "the own checkpoint is no signed note");
	if ((rc = note_parse_lines(&a, lines->data, lines->len, &answer, e)) == OK)
		rc = note_verify(&answer, note->data, text_len, keys, count, marks, e);
	arena_free(&a);
	return rc == OK ? OK : err_at(e, "the cosignature of %s", peer_code(p));
}

static int
show_newest(struct peer *p, struct err *e)
{
	struct node *n = p->node;
	struct witness_reply reply = { .cosigned = false };
	struct buf note = { 0 }, lines = { 0 };
	uint64_t size;
	int rc = node_published(n, n->own, &size, &note, e);

	for (int i = 0; i < TRIES && rc == OK && !reply.cosigned; i++) {
		buf_reset(&lines);
		if ((rc = ask(p, size, &note, &reply, &lines, e)) == OK && !reply.cosigned)
			p->turn.cosigned = reply.behind;
	}
	if (rc == OK && !reply.cosigned)
		rc = err_set(e, ERR_BUSY, "%s says another size each time it is asked", peer_code(p));
	if (rc == OK && (rc = check_line(p, &note, &lines, e)) == OK &&
	    (rc = take_lines(p, size, &note, &lines, e)) == OK) {
		p->turn.cosigned = size;
		pthread_mutex_lock(&n->lock);
		p->status.cosigned = size;
		p->status.cosigned_ms = node_now_ms(n);
		pthread_mutex_unlock(&n->lock);
	}
	buf_free(&note);
	buf_free(&lines);
	return rc;
}

/* Everybody learns of the quorum from the log itself. */
static int
tell_settled(struct peer *p, struct err *e)
{
	struct node *n = p->node;
	const struct transport *t = n->transport;
	struct buf note = { 0 };
	uint64_t size, time_s;
	char path[100];
	int status = 0, rc = node_settled(n, n->own, &size, &time_s, &note, e);

	snprintf(path, sizeof path, "/x1/%s/settled", n->reg->mechanism);
	if (rc == OK && (rc = t->post(t->ctx, &p->session, &p->card_used, path, note.data, note.len, 0, &status, NULL, e)) == OK &&
	    status != 204)
		rc = err_set(e, status == 403 ? ERR_DENIED : ERR_IO, "%s answered %d when told what is settled",
		    peer_code(p), status);
	if (rc == OK)
		p->turn.told = size;
	buf_free(&note);
	return rc;
}

static void
result(struct peer *p, int rc, const struct err *e)
{
	struct turn *t = &p->turn;
	int64_t now = node_mono_us(p->node);

	if (rc == ERR_STOP)
		return;
	t->cosign_tried_us = now;
	t->cosign_backoff_ms = rc == OK ? 0 : t->cosign_backoff_ms == 0 ? BACKOFF_FIRST_MS :
	    t->cosign_backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : t->cosign_backoff_ms * 2;
	t->cosign_at_us = now + (rc == OK ? pace_ms(p->node) : t->cosign_backoff_ms) * 1000;
	if (rc == OK)
		t->refresh_at_us = now + REFRESH_MS * INT64_C(1000);
	pthread_mutex_lock(&p->node->lock);
	snprintf(p->status.cosign_trouble, sizeof p->status.cosign_trouble, "%.250s", rc == OK ? "" : e->text);
	pthread_mutex_unlock(&p->node->lock);
}

void
cosign_turn(struct peer *p)
{
	struct node *n = p->node;
	struct turn *t = &p->turn;
	struct err e = { 0 };
	uint64_t newest, settled;
	bool show, tell;
	int rc = OK;

	pthread_mutex_lock(&n->lock);
	newest = n->published[n->own].size;
	settled = n->settled[n->own].note.len == 0 ? 0 : n->settled[n->own].size;
	pthread_mutex_unlock(&n->lock);
	show = (newest > t->cosigned && node_mono_us(n) >= t->cosign_at_us) || node_mono_us(n) >= t->refresh_at_us;
	tell = settled > t->told && t->cosign_backoff_ms == 0;
	if (show)
		result(p, rc = show_newest(p, &e), &e);
	if (tell && rc == OK && (rc = tell_settled(p, &e)) != OK)
		result(p, rc, &e);
}
