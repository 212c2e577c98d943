/*
 * Fetching the attachments of a peer's records, a piece a turn. What is missing is not remembered but found: a pass over the rows
 * of T_BLOB (hash, position) first counts what is here of the peer's, then fetches what is not whole. So a crash costs nothing but
 * the part that was on its way. A pass begins at the start, after payloads have come, and some minutes after one that left
 * something out.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/internal.h"

#define TURN_ROWS 4096u			/* looked at in a turn */
#define TURN_BYTES (8u * 1024 * 1024)	/* fetched in a turn; then bells and payloads have theirs */
#define NEXT_MS 20			/* until the next turn while there is more */
#define RETRY_MS (INT64_C(600) * 1000)	/* until what a peer does not give is asked for again */
#define BUSY_MS INT64_C(2000)		/* until one that somebody else was writing is looked at again */
#define BACKOFF_FIRST_MS 500
#define BACKOFF_MAX_MS 60000

struct blob_look {			/* for the next row of the peer's, or of our own, whose attachment is not whole */
	struct peer *p;
	struct blob_pass *b;
	struct store_reader *r;
	uint32_t left;			/* rows */
	bool found, theirs;		/* theirs: their record names it, not ours */
	uint8_t hash[RECORD_HASH_BYTES];
	int64_t pos;
	uint64_t size, have;		/* as the record says; here */
	struct err *e;
};

/* ---- looking ------------------------------------------------------------------------------------------------------------- */

static void
advance(struct blob_look *x, bool hash_done)
{
	memcpy(x->b->hash, x->hash, sizeof x->b->hash);
	x->b->at_pos = x->pos;
	x->b->hash_done = hash_done;
}

static int
look(void *ctx, const struct row *row)
{
	struct blob_look *x = ctx;
	struct blob_pass *b = x->b;
	struct blob here = { .whole = false };
	bool done;
	int member, rc;

	if (x->left-- == 0)
		return 1;
	x->pos = row->v[1].num;
	x->size = (uint64_t)row->v[2].num;
	memcpy(x->hash, row->v[0].bytes, sizeof x->hash);
	done = b->at_pos != 0 && b->hash_done && memcmp(x->hash, b->hash, sizeof b->hash) == 0;
	member = LOG_MEMBER(POS_LOG(x->pos));
	x->theirs = member == x->p->member;
	if (done || (!x->theirs && member != x->p->node->own)) {
		advance(x, done);
		return 0;
	}
	if ((rc = store_blob_get(x->r, x->hash, &here, x->e)) != OK && rc != ERR_NOTFOUND)
		return rc;
	x->have = here.have;
	if (b->phase == BLOB_COUNTING && x->theirs) {
		b->bytes += here.have;
		b->missing += !here.whole;
	}
	x->found = b->phase == BLOB_FETCHING && !here.whole;
	if (!x->found)
		advance(x, true);
	return x->found;
}

/* Look on from where the pass is. *${end}: there are no more rows. */
static int
look_on(struct blob_look *x, bool *end)
{
	struct row from = { .table = T_BLOB, .cols = store_table_def(T_BLOB)->cols };
	int rc;

	x->found = false;
	from.v[0] = val_blob(x->b->hash, sizeof x->b->hash);
	from.v[1] = val_int(x->b->at_pos + 1);
	rc = store_row_scan(x->r, &from, 0, x->b->at_pos == 0 ? 0 : 2, false, look, x, x->e);
	*end = rc == OK;
	return rc < 0 ? rc : OK;
}

/* ---- fetching one ---------------------------------------------------------------------------------------------------------- */

static void
say(struct peer *p, const char *text)
{
	pthread_mutex_lock(&p->node->lock);
	snprintf(p->status.blob_trouble, sizeof p->status.blob_trouble, "%.250s", text);
	pthread_mutex_unlock(&p->node->lock);
}

static int
run_refused(void *arg, struct store *s, struct err *e)
{
	const struct blob_note *x = arg;
	struct blob_notes l;
	int rc = blob_notes_read(store_view(s), BLOB_REFUSED, &l, e);

	if (rc == OK && (rc = blob_notes_add(&l, x, e)) == OK)
		rc = blob_notes_write(s, BLOB_REFUSED, &l, e);
	free(l.v);
	return rc;
}

/* False bytes, or a false size: said, and not asked for again today. */
static int
note_refused(struct blob_look *x, const char *why)
{
	struct blob_note note = { .member = x->p->member, .at_ms = node_now_ms(x->p->node) };

	memcpy(note.hash, x->hash, sizeof note.hash);
	say(x->p, why);
	x->b->troubled = true;
	return writer_do(x->p->node->writer, run_refused, &note, x->e);
}

static int
refused_today(struct blob_look *x, bool *yes)
{
	int64_t now = node_now_ms(x->p->node);
	struct blob_notes l;
	int rc = blob_notes_read(x->r, BLOB_REFUSED, &l, x->e);
	const struct blob_note *note = rc == OK ? blob_notes_find(&l, x->hash, x->p->member) : NULL;

	*yes = note != NULL && now >= note->at_ms && now < note->at_ms + DAY_MS;
	if (*yes)
		x->b->troubled = true;	/* what was said then still holds */
	free(l.v);
	return rc;
}

/* Is there room for it among what the peer's records name? */
static bool
has_room(struct blob_look *x)
{
	uint64_t most = x->p->node->max_blob_bytes, rest = x->size > x->have ? x->size - x->have : 0;
	char text[256];

	if (!x->theirs || (x->b->bytes <= most && rest <= most - x->b->bytes))
		return true;
	snprintf(text, sizeof text, "attachments of %s: %" PRIu64 " bytes are here, at most %" PRIu64 " are taken; raise that "
	    "bound, or ask %s to file less", peer_code(x->p), x->b->bytes, most, peer_code(x->p));
	say(x->p, text);
	x->b->troubled = true;
	return false;
}

/* That of the turn before may be the same one. */
static bool
claim(struct peer *p, const uint8_t hash[RECORD_HASH_BYTES])
{
	struct blob_pass *b = &p->turn.blobs;

	if (b->claiming && memcmp(b->claimed, hash, sizeof b->claimed) == 0)
		return true;
	blob_turn_end(p);
	memcpy(b->claimed, hash, sizeof b->claimed);
	return b->claiming = blob_claim_take(p->node, &b->claim, b->claimed);
}

void
blob_turn_end(struct peer *p)
{
	struct blob_pass *b = &p->turn.blobs;

	if (b->claiming)
		blob_claim_drop(p->node, &b->claim);
	b->claiming = false;
}

static int
fetch(struct blob_look *x, struct blob_pull *pull, enum blob_end *end)
{
	struct err why = { 0 };
	uint64_t before = pull->fetched;
	int rc;

	*end = BLOB_GONE;
	if (!claim(x->p, x->hash)) {	/* it comes from another member, or from a file: or it does not */
		x->b->busy = true;
		return OK;
	}
	rc = blob_pull(pull, x->hash, x->size, end, &why);
	if (rc != OK || *end != BLOB_MORE)
		blob_turn_end(x->p);
	if (x->theirs)
		x->b->bytes += pull->fetched - before;
	if (rc == ERR_VERIFY && *end == BLOB_FALSE)
		return note_refused(x, why.text);
	if (rc != OK)
		*x->e = why;
	return rc;
}

/* After an error, and after a part of a large one, the pass stays where it is. */
static int
take_one(struct blob_look *x, struct blob_pull *pull)
{
	enum blob_end end = BLOB_ABSENT;
	bool skip;
	int rc = refused_today(x, &skip);

	if (rc == OK && !skip && has_room(x))
		rc = fetch(x, pull, &end);
	if (rc != OK || end == BLOB_MORE)
		return rc;
	advance(x, end == BLOB_WHOLE || x->theirs);	/* ours may be theirs too, by another row */
	if (end != BLOB_WHOLE)
		x->b->left_out++;
	else if (x->theirs && x->b->missing > 0)
		x->b->missing--;
	return OK;
}

/* ---- the pass ---------------------------------------------------------------------------------------------------------------- */

static uint64_t
received(struct peer *p)
{
	struct node *n = p->node;
	uint64_t sum;

	pthread_mutex_lock(&n->lock);
	sum = p->status.received + n->peers[n->own].status.received;
	pthread_mutex_unlock(&n->lock);
	return sum;
}

static void
begin_pass(struct peer *p, struct blob_pass *b)
{
	b->phase = BLOB_COUNTING;
	b->at_pos = 0;
	b->bytes = b->missing = b->left_out = 0;
	b->troubled = b->busy = false;
	b->received = received(p);
	b->at_us = 0;
}

/* All rows were seen: go on to the next phase. */
static void
end_phase(struct peer *p, struct blob_pass *b)
{
	if (b->phase == BLOB_COUNTING) {
		b->phase = BLOB_FETCHING;	/* also for what our own records name */
		b->at_pos = 0;
		return;
	}
	b->phase = BLOB_RESTING;
	b->at_us = b->left_out == 0 ? INT64_MAX : node_mono_us(p->node) + (b->busy ? BUSY_MS : RETRY_MS) * 1000;
}

static int
go_on(struct peer *p, struct blob_pass *b, struct blob_pull *pull, struct err *e)
{
	struct blob_look x = { .p = p, .b = b, .r = p->reader, .left = TURN_ROWS, .e = e };
	bool end;
	int rc = OK;

	while (rc == OK && b->phase != BLOB_RESTING && x.left > 0 && x.left <= TURN_ROWS && pull->fetched < TURN_BYTES) {
		if ((rc = look_on(&x, &end)) != OK)
			break;
		if (x.found)
			rc = take_one(&x, pull);
		else if (end)
			end_phase(p, b);
	}
	return rc;
}

static void
show(struct peer *p, const struct blob_pass *b)
{
	struct peer_status *s = &p->status;

	pthread_mutex_lock(&p->node->lock);
	s->blob_bytes = b->bytes;
	s->blobs_missing = b->missing;
	if (b->phase == BLOB_RESTING && !b->troubled)
		s->blob_trouble[0] = '\0';
	pthread_mutex_unlock(&p->node->lock);
}

/* One step of the pass; when the next is due. */
static void
step(struct peer *p, struct blob_pass *b)
{
	struct pull line = peer_pull(p, p->reader);
	struct blob_pull pull = { .mechanism = line.mechanism, .member = line.member, .reader = p->reader, .max_bytes = TURN_BYTES,
	    .ctx = line.ctx, .get = line.get, .write = line.write, .mine_to = b->mine_to };
	struct err e = { 0 };
	int rc;

	memcpy(pull.mine, b->mine, sizeof pull.mine);
	rc = go_on(p, b, &pull, &e);
	memcpy(b->mine, pull.mine, sizeof b->mine);
	b->mine_to = pull.mine_to;
	if (rc == ERR_STOP)
		return;
	if (rc == OK || pull.fetched > 0)
		b->backoff_ms = 0;
	if (rc != OK) {
		say(p, e.text);
		b->backoff_ms = b->backoff_ms == 0 ? BACKOFF_FIRST_MS :
		    b->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : b->backoff_ms * 2;
	}
	if (b->phase != BLOB_RESTING)
		b->at_us = node_mono_us(p->node) + (rc == OK ? NEXT_MS : b->backoff_ms) * 1000;
	show(p, b);
}

void
blob_turn(struct peer *p)
{
	struct blob_pass *b = &p->turn.blobs;

	if (b->phase == BLOB_RESTING && (received(p) != b->received || node_mono_us(p->node) >= b->at_us))
		begin_pass(p, b);
	if (b->phase != BLOB_RESTING && node_mono_us(p->node) >= b->at_us)
		step(p, b);
	if (b->at_us < p->turn.pull_at_us)
		p->turn.pull_at_us = b->at_us;
}
