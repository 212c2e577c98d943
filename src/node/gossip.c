/*
 * Comparing what has been seen: each node asks each other one, at a fixed pace, for the newest checkpoint it holds of every log.
 * A log that shows one history here and another there is convicted by the first two nodes that compare; a member whose line is
 * down is followed through others; and a node that was set back learns of it before it signs (guard.c).
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "exchange/seen.h"
#include "node/internal.h"

#define SEEN_MS 60000			/* fixed: silence is to be visible */
#define MISSING_MS 5000			/* while entries of our own are missing: whoever has them may be at another's turn */
#define BACKOFF_FIRST_MS 2000
#define LOOK_AGAIN_MS 600000
#define RETURNS_STEP 4096		/* payloads asked back at a time */

/* ---- what we tell ---- */

static int
add_fork(void *ctx, const char *origin, int64_t found_ms)
{
	(void)found_ms;
	buf_str(ctx, origin);
	return buf_add(ctx, "\n", 1) ? 0 : ERR_NOMEM;
}

static int
tell_forks(struct store_reader *r, struct buf *out, struct err *e)
{
	struct buf origins = { 0 }, proof = { 0 };
	char *save = NULL;
	int64_t found_ms;
	int rc = store_fork_each(r, add_fork, &origins, e);

	if (rc == ERR_NOMEM)
		err_set(e, rc, "no memory to tell what was seen");
	(void)buf_cstr(&origins);	/* so that it ends in NUL */
	for (char *o = origins.len == 0 ? NULL : strtok_r((char *)origins.data, "\n", &save); o != NULL && rc == OK;
	    o = strtok_r(NULL, "\n", &save)) {
		buf_reset(&proof);
		if ((rc = store_fork_get(r, o, &found_ms, &proof, e)) == OK)
			seen_add(out, SEEN_FORK, proof.data, proof.len);
	}
	buf_free(&origins);
	buf_free(&proof);
	return rc;
}

/* The asker's own log: also what we have cosigned of it but not fetched yet. That may be all that is left of its newest entries. */
static int
tell_witnessed(struct node *n, struct store_reader *r, int asker, uint64_t published, struct buf *out, struct err *e)
{
	struct witnessed w;
	struct buf note = { 0 };
	struct log_row log;
	int rc = store_log_get(r, node_log_no(n, asker), &log, e);

	if (rc == OK && (rc = store_witness_get(r, log.origin, &w, &note, e)) == OK && w.size > published)
		seen_add(out, SEEN_CHECKPOINT, note.data, note.len);
	buf_free(&note);
	return rc == ERR_NOTFOUND ? OK : rc;
}

int
node_seen(struct node *n, int asker, struct buf *out, struct err *e)
{
	struct store_reader *r = node_reader(n, e);
	uint64_t own = 0;
	int rc = OK;

	if (r == NULL)
		return e->code;
	seen_begin(out, node_now_ms(n));
	pthread_mutex_lock(&n->lock);
	for (uint32_t i = 0; i < n->reg->members_count; i++) {
		const struct published *p = &n->published[i];
		const struct settled *s = &n->settled[i];
		const struct published *h = &n->peers[i].heard;

		if (p->note.len > 0)
			seen_add(out, SEEN_CHECKPOINT, p->note.data, p->note.len);
		if (s->note.len > 0 && s->size < p->size)
			seen_add(out, SEEN_CHECKPOINT, s->note.data, s->note.len);
		if (h->note.len > 0 && (p->note.len == 0 || h->size > p->size))
			seen_add(out, SEEN_CHECKPOINT, h->note.data, h->note.len);
		if ((int)i == asker)
			own = p->note.len > 0 ? p->size : 0;
	}
	pthread_mutex_unlock(&n->lock);
	if (asker >= 0 && (uint32_t)asker < n->reg->members_count)
		rc = tell_witnessed(n, r, asker, own, out, e);
	if (rc == OK)
		rc = tell_forks(r, out, e);
	node_reader_done(n, r);
	return rc == OK && out->failed ? err_set(e, ERR_NOMEM, "no memory to tell what was seen") : rc;
}

/* ---- what we hear ---- */

struct hearing {
	struct peer *p;
	struct err *e;
	uint64_t ahead;			/* most entries of our own log in a checkpoint that we have signed; 0: none ahead */
};

/*
 * Nearly all that is told was told before, by this peer or another, and looking at it verifies each signature under it. A note
 * of entries that are here, once found good, stays so: what is held of a log only grows. But keys become known, and a line under
 * it may count then; so now and then everything is looked at anew.
 */
static struct digest *
place_of(struct node *n, const struct seen_item *i, struct digest *d)
{
	hash_once(d, i->bytes, i->len);
	return &n->looked_at[d->b[0] % GOSSIP_LOOKED_AT];
}

static bool
looked_at(struct node *n, const struct seen_item *i)
{
	struct digest d;
	const struct digest *place = place_of(n, i, &d);
	bool yes;

	pthread_mutex_lock(&n->lock);
	if (node_mono_us(n) >= n->look_again_us) {
		memset(n->looked_at, 0, sizeof n->looked_at);
		n->look_again_us = node_mono_us(n) + LOOK_AGAIN_MS * INT64_C(1000);
	}
	yes = hash_equal(place, &d);
	pthread_mutex_unlock(&n->lock);
	return yes;
}

static void
remember_looked_at(struct node *n, const struct seen_item *i)
{
	struct digest d, *place = place_of(n, i, &d);

	pthread_mutex_lock(&n->lock);
	*place = d;
	pthread_mutex_unlock(&n->lock);
}

/* A pull of ${member}'s log through the peer ${p}. */
static struct pull
pull_through(struct peer *p, int member)
{
	struct pull pull = peer_pull(p, p->reader);

	pull.member = p->node->reg->members[member].code;
	pull.n_keys = keys_of_log(p->node, member, pull.key);
	pull.log_no = node_log_no(p->node, member);
	return pull;
}

/* Has one of the log's keys signed this note? What others make up about us must not stop us. */
static bool
is_signed(const struct pull *pull, const struct seen_item *i)
{
	struct arena a = { 0 };
	struct checkpoint cp;
	struct note note;
	struct note_mark mark;
	struct err e;
	bool yes = false;

	for (size_t k = 0; k < pull->n_keys && !yes; k++)
		yes = checkpoint_open(&a, i->bytes, i->len, &pull->key[k], 1, &cp, &note, &mark, &e) == OK;
	arena_free(&a);
	return yes;
}

/* Of our own log. Larger than it: remembered, if it is ours; else it must be a part of it. */
static int
hear_own(struct hearing *h, const struct checkpoint *cp, const struct seen_item *i, struct err *e)
{
	struct node *n = h->p->node;
	struct pull pull = pull_through(h->p, n->own);
	struct log_row log;
	int rc = store_log_get(h->p->reader, node_own_log(n), &log, e);

	if (rc == OK && cp->size > log.size) {
		if (cp->size > h->ahead && is_signed(&pull, i))
			h->ahead = cp->size;
		return OK;
	}
	if (rc == OK && (rc = pull_judge(&pull, &log, i->bytes, i->len, e)) == OK)
		rc = settle_take(n, n->own, h->p->reader, i->bytes, i->len, e);
	if (rc == OK)
		remember_looked_at(n, i);
	return rc;
}

/* Of a third member, whom we may not reach ourselves. */
static int
hear_other(struct hearing *h, int member, const struct checkpoint *cp, const struct seen_item *i, struct err *e)
{
	struct node *n = h->p->node;
	struct pull pull = pull_through(h->p, member);
	struct peer_status s;
	struct log_row log;
	int rc = store_log_get(h->p->reader, pull.log_no, &log, e);

	if (rc != OK || log.frozen || pull.n_keys == 0)
		return rc;
	if (cp->size <= log.size) {
		if ((rc = pull_judge(&pull, &log, i->bytes, i->len, e)) == OK)
			rc = settle_take(n, member, h->p->reader, i->bytes, i->len, e);
		if (rc == OK)
			remember_looked_at(n, i);
		return rc;
	}
	/* It will tell us itself, if it can. */
	if (member != h->p->member && node_peer_status(n, member, &s) == OK && s.state == PEER_FAILING) {
		rc = pull_log(&pull, i->bytes, i->len, e);
		if (rc == OK)
			rc = publish_stored(n, member, h->p->reader, e);
		if (rc == OK)
			rc = settle_take(n, member, h->p->reader, pull.shown.data, pull.shown.len, e);
		pull_end(&pull);
	}
	return rc;
}

static int
hear(void *ctx, const struct seen_item *i)
{
	struct hearing *h = ctx;
	struct node *n = h->p->node;
	struct checkpoint cp;
	struct err e = { 0 };
	uint32_t epoch;
	size_t text_len;
	int member, rc;

	if (i->what == SEEN_CHECKPOINT && looked_at(n, i))
		return OK;
	if (i->what == SEEN_FORK) {
		rc = fork_found(n, i->bytes, i->len, &e);
	} else {
		if (!note_split(i->bytes, i->len, &text_len) || checkpoint_parse(&cp, i->bytes, text_len, &e) != OK)
			return OK;
		member = keys_member_of(n, cp.origin, &epoch);
		if (member == LAW_NONE || LOG_NO(member, epoch) != node_log_no(n, member))
			return OK;
		rc = member == n->own ? OK : witness_recall(n, member, h->p->reader, &cp, i->bytes, i->len, &e);
		if (rc == OK)
			rc = member == n->own ? hear_own(h, &cp, i, &e) : hear_other(h, member, &cp, i, &e);
	}
	if (rc == ERR_IO || rc == ERR_FULL || rc == ERR_NOMEM || rc == ERR_STOP) {
		*h->e = e;
		return rc;
	}
	return OK;		/* one log's trouble is not the others' */
}

/* ---- getting back what is ours ---- */

/* In the writer: everything that was on its way when signing stopped is done, and what comes now is refused there. */
static int
run_nothing(void *arg, struct store *s, struct err *e)
{
	(void)arg, (void)s, (void)e;
	return OK;
}

/* In the writer: the own log has grown beside the tail that is in memory. The writer's hooks then publish it. */
static int
run_reload(void *arg, struct store *s, struct err *e)
{
	struct node *n = arg;
	struct log_row row;
	bool known = false;
	int rc = store_log_get(store_view(s), node_own_log(n), &row, e);

	pthread_mutex_lock(&n->lock);
	known = row.size == n->published[n->own].size;
	pthread_mutex_unlock(&n->lock);
	if (rc != OK || known)
		return rc;
	if ((rc = append_load(n->tail, store_view(s), &row, e)) != OK)
		return rc;
	*n->tail_before = *n->tail;	/* what was fetched is committed already, whatever becomes of this transaction */
	n->own_log = row;
	n->note_kept = UINT64_MAX;
	n->tail_changed = true;
	return OK;
}

/* What the peer can show of our log: as much as it has fetched, which may be less than it has cosigned. */
static int
fetch_back(struct peer *p, struct err *e)
{
	struct node *n = p->node;
	struct pull pull = pull_through(p, n->own);
	struct err other;
	int rc = writer_do(n->writer, run_nothing, NULL, e), reloaded;

	if (rc == OK)
		rc = pull_log(&pull, NULL, 0, e);
	pull_end(&pull);
	if ((reloaded = writer_do(n->writer, run_reload, n, &other)) != OK && rc == OK) {
		*e = other;
		rc = reloaded;
	}
	return rc;
}

static int
keep_returned(void *ctx, const struct pulled *items, size_t count, uint64_t from, uint64_t next, struct err *e)
{
	struct peer *p = ctx;

	return keep_payloads(&p->keeper, p->node, &p->node->peers[p->node->own], items, count, from, next, e);
}

/* How many entries of our log the peer can give; its word will do, it only bounds what is asked for. 0: none. */
static int
find_size(struct pull *pull, uint64_t *size, struct err *e)
{
	struct buf note = { 0 };
	struct checkpoint cp;
	char path[200];
	size_t text_len;
	int status = 0, rc;

	*size = 0;
	snprintf(path, sizeof path, "/log/%s/%s/checkpoint", pull->mechanism, pull->member);
	rc = pull->get(pull->ctx, path, NOTE_MAX_BYTES, &status, &note, e);
	if (rc == OK && status == 200 && note_split(note.data, note.len, &text_len) &&
	    checkpoint_parse(&cp, note.data, text_len, e) == OK)
		*size = cp.size;
	buf_free(&note);
	return rc;
}

/* Payloads of our own log that the peer holds, from *${from} on, which moves. */
static int
fetch_returns(struct peer *p, uint64_t *from, uint64_t to, struct err *e)
{
	struct pull pull = pull_through(p, p->node->own);
	uint64_t size, end;
	int rc = find_size(&pull, &size, e);

	pull.returns = true;
	pull.keep = keep_returned;
	for (to = size < to ? size : to; *from < to && rc == OK; ) {
		end = to - *from < RETURNS_STEP ? to : *from + RETURNS_STEP;
		if ((rc = pull_range(&pull, *from, end, e)) == OK)
			*from = end;
	}
	pull_end(&pull);
	return rc;
}

static int
count_held(void *ctx, const struct payload *p)
{
	(void)p;
	++*(uint64_t *)ctx;
	return 0;
}

/* After the entries, the payloads: each peer has those that were for it, and is asked once. */
static void
get_back(struct peer *p, uint64_t ahead)
{
	struct node *n = p->node;
	struct err e = { 0 };
	uint64_t from, to, held = 0;

	if (guard_fetch(n, ahead))
		guard_fetched(n, fetch_back(p, &e), &e);
	if (!guard_returns(n, &from, &to) || p->turn.returned >= to)
		return;
	if (p->turn.returned < from)
		p->turn.returned = from;
	if (fetch_returns(p, &p->turn.returned, to, &e) != OK)
		turn_failed(p, &e);
	if (store_payload_scan(p->reader, POS(node_own_log(n), from), POS(node_own_log(n), to), count_held, &held, &e) == OK)
		guard_returned(n, held);
}

/* ---- the turn ---- */

static void
note_skew(struct peer *p, int64_t theirs, int64_t before, int64_t after)
{
	pthread_mutex_lock(&p->node->lock);
	p->status.skew_ms = theirs - (before + after) / 2;
	p->status.seen_ms = after;
	pthread_mutex_unlock(&p->node->lock);
}

static int
ask_seen(struct peer *p, struct err *e)
{
	struct node *n = p->node;
	const struct transport *t = n->transport;
	struct hearing h = { .p = p, .e = e };
	struct buf text = { 0 };
	char path[100];
	int64_t before = node_now_ms(n), theirs = 0;
	int status = 0, rc;

	snprintf(path, sizeof path, "/x1/%s/seen", n->reg->mechanism);
	rc = t->get(t->ctx, &p->session, &p->card_used, path, SEEN_MAX_BYTES, &status, &text, e);
	if (rc == OK && status != 200)
		rc = err_set(e, status == 403 ? ERR_DENIED : ERR_IO, "%s does not say what it has seen (%d)", peer_code(p), status);
	if (rc == OK && (rc = seen_read(text.data, text.len, &theirs, hear, &h, e)) == OK) {
		note_skew(p, theirs, before, node_now_ms(n));
		if (h.ahead > 0)
			guard_ahead(n, p->member, h.ahead);
		get_back(p, h.ahead);
	}
	if (rc != ERR_STOP)
		guard_heard(n, p->member, rc == OK);
	buf_free(&text);
	return rc;
}

void
gossip_turn(struct peer *p)
{
	struct turn *t = &p->turn;
	struct err e = { 0 };
	int rc = ask_seen(p, &e);

	if (rc == ERR_STOP)
		return;
	t->seen_backoff_ms = rc == OK ? 0 : t->seen_backoff_ms == 0 ? BACKOFF_FIRST_MS :
	    t->seen_backoff_ms * 2 > SEEN_MS ? SEEN_MS : t->seen_backoff_ms * 2;
	t->seen_at_us = node_mono_us(p->node) +
	    (rc != OK ? t->seen_backoff_ms : guard_misses(p->node) ? MISSING_MS : SEEN_MS) * 1000;
	if (rc != OK)
		turn_failed(p, &e);
}
