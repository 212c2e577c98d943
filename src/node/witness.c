/*
 * This node as a witness of the others' logs. The decision is log/witness.h's; here are the state it rests on, and the order that
 * makes it worth something: what is cosigned is in the store, durably, before a signature leaves (many requests share one fsync).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

#include "log/fork.h"
#include "log/witness.h"
#include "node/internal.h"

#define TRIES 3				/* another request for the same log may have come between */
#define NOTE_WITH_US 2			/* keys: the log's, and ours */

struct cosigning {			/* one request */
	struct node *n;
	int member;
	uint32_t epoch;
	struct witness_request r;
	struct witness_decision d;
	struct witnessed held;		/* what the decision rests on */
	bool ever;			/* there was any */
	struct buf held_note, note;	/* that was cosigned last; that is shown, with the log's own lines only */
	bool forked;			/* the copy of the log that is held here convicted it */
};

/* May this machine's clock put a time into a cosignature? Not if the kernel may not be asked. */
static bool
clock_reliable(const struct node *n)
{
	struct timex t = { .modes = 0 };
	int state;

	if (n->clock->now_ms != clock_system.now_ms || n->clock_trusted)
		return true;
	state = adjtimex(&t);
	return state >= 0 && state != TIME_ERROR && (t.status & STA_UNSYNC) == 0;
}

static int
refuse(const char **type, struct buf *out, int status, const char *why)
{
	*type = "text/plain; charset=utf-8";
	buf_fmt(out, "%s\n", why);
	return status;
}

/* ---- the state ---- */

static int
load_state(struct cosigning *c, struct store_reader *r, struct err *e)
{
	int rc = store_witness_get(r, c->r.checkpoint.origin, &c->held, &c->held_note, e);

	c->ever = rc == OK;
	if (rc == ERR_NOTFOUND)
		memset(&c->held, 0, sizeof c->held);
	return rc == ERR_NOTFOUND ? OK : rc;
}

/* In the writer's transaction: compare and set. */
static int
run_set(void *arg, struct store *s, struct err *e)
{
	struct cosigning *c = arg;
	struct witnessed now, next = { .size = c->d.next.size, .time_s = c->d.next.time_s };
	struct log_row row;
	int rc = store_log_get(store_view(s), LOG_NO(c->member, c->epoch), &row, e);

	if (rc == OK && row.frozen)
		rc = err_set(e, ERR_CONFLICT, "the log was frozen meanwhile");
	if (rc != OK)
		return rc;
	rc = store_witness_get(store_view(s), c->r.checkpoint.origin, &now, NULL, e);
	if (rc != OK && rc != ERR_NOTFOUND)
		return rc;
	if ((rc == OK) != c->ever || (rc == OK && (now.size != c->held.size || now.time_s != c->held.time_s ||
	    memcmp(now.root, c->held.root, sizeof now.root) != 0)))
		return err_set(e, ERR_CONFLICT, "another request for this log was answered first");
	memcpy(next.origin, c->r.checkpoint.origin, sizeof next.origin);
	memcpy(next.root, c->r.checkpoint.root.b, sizeof next.root);
	return store_witness_put(s, &next, c->note.data, c->note.len, e);
}

/* ---- the decision ---- */

static void
held_forked(void *ctx, const struct buf *proof)
{
	struct cosigning *c = ctx;
	struct err e;

	c->forked = true;
	if (fork_found(c->n, proof->data, proof->len, &e) == ERR_IO)
		writer_hooks_fail(c->n, &e);
}

/*
 * A cosignature says "the largest consistent tree that I have seen". What was pulled was seen, too: a checkpoint that is no part of
 * the copy held here is not cosigned, whatever was cosigned before.
 */
static void
compare_with_copy(struct cosigning *c, struct store_reader *r, const struct log_row *row, const struct vkey *keys, size_t n_keys)
{
	struct pull pull = { .member = c->n->reg->members[c->member].code, .n_keys = n_keys, .log_no = row->no, .reader = r,
	    .ctx = c, .forked = held_forked };
	int rc;

	if (c->d.status != 200 || c->r.checkpoint.size > row->size)
		return;
	memcpy(pull.key, keys, n_keys * sizeof *keys);
	rc = pull_judge(&pull, row, c->note.data, c->note.len, &c->d.why);
	if (rc != OK)
		c->d.status = c->forked ? 403 : rc == ERR_VERIFY ? 422 : 500;
}

static int
decide(struct cosigning *c, struct store_reader *r, struct err *e)
{
	struct vkey keys[PULL_KEYS];
	struct witness_log log = { .origin = c->r.checkpoint.origin, .keys = keys };
	struct log_row row;
	struct arena a = { 0 };
	int rc;

	c->member = keys_member_of(c->n, c->r.checkpoint.origin, &c->epoch);
	log.n_keys = c->member == LAW_NONE || c->member == c->n->own ||
	    LOG_NO(c->member, c->epoch) != node_log_no(c->n, c->member) ? 0 : keys_of_log(c->n, c->member, keys);
	buf_reset(&c->held_note);
	if ((rc = load_state(c, r, e)) != OK)
		return rc;
	if (log.n_keys > 0 && (rc = store_log_get(r, node_log_no(c->n, c->member), &row, e)) != OK)
		return rc;
	log.frozen = log.n_keys > 0 && row.frozen;
	log.held = (struct witness_state){ .size = c->held.size, .time_s = c->held.time_s };
	memcpy(log.held.root.b, c->held.root, sizeof log.held.root.b);
	witness_decide(&a, &c->r, log.n_keys == 0 ? NULL : &log, (uint64_t)(node_now_ms(c->n) / 1000), &c->d);
	arena_free(&a);
	if (c->d.status != 200 && c->d.finding == WITNESS_NOTHING)
		return OK;
	if ((rc = pull_own_lines(keys, log.n_keys, c->r.note, c->r.note_len, &c->note, e)) == OK)
		compare_with_copy(c, r, &row, keys, log.n_keys);
	return rc;
}

/* The request convicts the log: keep the proof. */
static void
convict(struct cosigning *c)
{
	struct fork_proof p;
	struct buf text = { 0 };
	struct err e;

	if (fork_make(c->held_note.data, c->held_note.len, c->note.data, c->note.len, &c->d.other_root, c->r.proof, c->r.n_proof,
	    &p, &e) == OK && fork_format(&text, &p, &e) == OK && fork_found(c->n, text.data, text.len, &e) == ERR_IO)
		writer_hooks_fail(c->n, &e);
	buf_free(&text);
}

/* Stored; now the signature. Only our key's holder can refuse. */
static int
sign(struct cosigning *c, struct buf *out, const char **type)
{
	struct err e = { 0 };

	*type = "text/plain; charset=utf-8";
	if (witness_cosign(out, &c->r, &c->d.next, &c->n->cosigner, 1, &e) == OK) {
		pthread_mutex_lock(&c->n->lock);
		if (node_now_ms(c->n) > c->n->clock_seen_ms)
			c->n->clock_seen_ms = node_now_ms(c->n);
		pthread_mutex_unlock(&c->n->lock);
		return 200;
	}
	buf_reset(out);
	return refuse(type, out, 500, e.text);
}

static int
answer(struct cosigning *c, struct store_reader *r, struct buf *out, const char **type)
{
	struct err e = { 0 };
	int rc = OK;

	for (int i = 0; i < TRIES; i++) {
		if ((rc = decide(c, r, &e)) != OK)
			break;
		if (c->d.finding != WITNESS_NOTHING)
			convict(c);
		if (c->d.status != 200)
			return witness_refuse(out, &c->d, type, &e) == OK ? c->d.status : refuse(type, out, 500, e.text);
		if (node_failed(c->n, NULL))
			return refuse(type, out, 503, "this witness has failed and must be started again");
		if (!guard_may_cosign(c->n))
			return refuse(type, out, 503, "this witness has just started and asks its peers what it has cosigned "
			    "before; it cosigns when enough of them have answered");
		if (!clock_reliable(c->n))
			return refuse(type, out, 503, "this witness's kernel does not say that its clock is synchronised; it "
			    "cosigns again when it does");
		if ((rc = writer_do(c->n->writer, run_set, c, &e)) == OK)
			return sign(c, out, type);
		if (rc != ERR_CONFLICT)
			break;
	}
	return refuse(type, out, 503, e.text);
}

int
node_add_checkpoint(struct node *n, const void *body, size_t len, struct buf *out, const char **type)
{
	struct cosigning *c = calloc(1, sizeof *c);
	struct store_reader *r = c == NULL || n->readonly ? NULL : node_reader(n, NULL);
	struct err e = { 0 };
	int status;

	if (r == NULL) {
		free(c);
		return refuse(type, out, 503, "this witness cannot work now; ask again later");
	}
	c->n = n;
	if (witness_request_parse(&c->r, body, len, &e) != OK)
		status = refuse(type, out, 400, e.text);
	else
		status = answer(c, r, out, type);
	node_reader_done(n, r);
	buf_free(&c->held_note);
	buf_free(&c->note);
	free(c);
	return status;
}

/* ---- after a rollback ---- */

struct recalling {
	struct witnessed said;
	struct buf note;
};

static int
run_recall(void *arg, struct store *s, struct err *e)
{
	struct recalling *x = arg;
	struct witnessed now;
	int rc = store_witness_get(store_view(s), x->said.origin, &now, NULL, e);

	if (rc != OK && rc != ERR_NOTFOUND)
		return rc;
	if (rc == OK && now.size >= x->said.size)
		return OK;
	if (rc == OK && now.time_s > x->said.time_s)
		x->said.time_s = now.time_s;
	return store_witness_put(s, &x->said, x->note.data, x->note.len, e);
}

/* Have the log and this witness signed the note? And when did we? */
static bool
carries_ours(struct node *n, int member, const void *note, size_t len, uint64_t *time_s, struct buf *lines)
{
	struct vkey keys[PULL_KEYS], both[NOTE_WITH_US];
	size_t count = keys_of_log(n, member, keys);
	struct arena a = { 0 };
	struct note_mark marks[NOTE_WITH_US];
	struct checkpoint cp;
	struct note parsed;
	struct err e;
	bool yes = false;

	pthread_mutex_lock(&n->lock);
	both[1] = n->cosigner.vkey;
	pthread_mutex_unlock(&n->lock);
	for (size_t i = 0; i < count && !yes; i++) {
		both[0] = keys[i];
		yes = checkpoint_open(&a, note, len, both, NOTE_WITH_US, &cp, &parsed, marks, &e) == OK && marks[1].signed_by &&
		    pull_own_lines(keys, count, note, len, lines, &e) == OK;
		*time_s = marks[1].time_s;
	}
	arena_free(&a);
	return yes;
}

/*
 * A witness whose store was set back has forgotten what it said, and could be brought to cosign a second history. What it said
 * stands under others' checkpoints: the largest of them counts as said.
 */
int
witness_recall(struct node *n, int member, struct store_reader *r, const struct checkpoint *cp, const void *note, size_t len,
    struct err *e)
{
	struct recalling x = { .said = { .size = cp->size } };
	struct witnessed now;
	int rc = store_witness_get(r, cp->origin, &now, NULL, e);

	if (rc == ERR_NOTFOUND)
		rc = OK;
	else if (rc != OK || now.size >= cp->size)
		return rc;
	memcpy(x.said.origin, cp->origin, sizeof x.said.origin);
	memcpy(x.said.root, cp->root.b, sizeof x.said.root);
	if (carries_ours(n, member, note, len, &x.said.time_s, &x.note))
		rc = writer_do(n->writer, run_recall, &x, e);
	buf_free(&x.note);
	return rc;
}

/* ---- what was cosigned last, for monitors ---- */

struct looking {
	const char *hex;
	struct witnessed found;
	bool yes;
};

static int
same_origin(void *ctx, const struct witnessed *w)
{
	struct looking *l = ctx;
	char hex[2 * HASH_BYTES + 1];

	witness_origin_hex(hex, w->origin);
	if (strcmp(hex, l->hex) != 0)
		return 0;
	l->found = *w;
	l->yes = true;
	return 1;
}

int
node_witnessed(struct node *n, const char *hex, struct buf *note, struct err *e)
{
	struct store_reader *r = node_reader(n, e);
	struct looking l = { .hex = hex };
	struct witness_request q = { .old_size = 0 };
	struct witness_state state;
	struct buf lines = { 0 };
	struct arena a = { 0 };
	struct witnessed w;
	int rc;

	if (r == NULL)
		return e->code;
	rc = store_witness_each(r, same_origin, &l, e);
	rc = rc < 0 ? rc : !l.yes ? err_set(e, ERR_NOTFOUND, "no such log is witnessed here") :
	    store_witness_get(r, l.found.origin, &w, note, e);
	node_reader_done(n, r);
	if (rc != OK)
		return rc;
	/* The line is made anew from what is stored: Ed25519 gives the same bytes for the same time. */
	state = (struct witness_state){ .size = w.size, .time_s = w.time_s };
	memcpy(state.root.b, w.root, sizeof state.root.b);
	q.note = (const char *)note->data;
	q.note_len = note->len;
	if (!note_split(q.note, q.note_len, &q.text_len) ||
	    (rc = checkpoint_parse(&q.checkpoint, q.note, q.text_len, e)) != OK ||
	    (rc = witness_cosign(&lines, &q, &state, &n->cosigner, 1, e)) != OK)
		rc = rc == OK ? err_set(e, ERR_VERIFY, "the stored checkpoint is damaged; run `diwan check`") : rc;
	if (rc == OK && !buf_add(note, lines.data, lines.len))
		rc = err_set(e, ERR_NOMEM, "no memory for a checkpoint");
	buf_free(&lines);
	arena_free(&a);
	return rc;
}
