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

struct cosigning {			/* one request */
	struct node *n;
	int member;
	uint32_t epoch;
	struct witness_request r;
	struct witness_decision d;
	struct witnessed held;		/* what the decision rests on */
	bool ever;			/* there was any */
	struct buf held_note;
};

/* May this machine's clock put a time into a cosignature? */
static bool
clock_reliable(const struct node *n)
{
	struct timex t = { 0 };

	if (n->clock != &clock_system || n->clock_trusted)
		return true;
	return adjtimex(&t) != TIME_ERROR && (t.status & STA_UNSYNC) == 0;
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
	int rc = store_witness_get(store_view(s), c->r.checkpoint.origin, &now, NULL, e);

	if (rc != OK && rc != ERR_NOTFOUND)
		return rc;
	if ((rc == OK) != c->ever || (rc == OK && (now.size != c->held.size || now.time_s != c->held.time_s ||
	    memcmp(now.root, c->held.root, sizeof now.root) != 0)))
		return err_set(e, ERR_CONFLICT, "another request for this log was answered first");
	memcpy(next.origin, c->r.checkpoint.origin, sizeof next.origin);
	memcpy(next.root, c->r.checkpoint.root.b, sizeof next.root);
	return store_witness_put(s, &next, c->r.note, c->r.note_len, e);
}

/* ---- the decision ---- */

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
	return OK;
}

/* The request convicts the log: keep the proof. */
static void
convict(struct cosigning *c)
{
	struct fork_proof p;
	struct buf text = { 0 };
	struct err e;

	if (fork_make(c->held_note.data, c->held_note.len, c->r.note, c->r.note_len, &c->d.other_root, c->r.proof, c->r.n_proof,
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
		if (!clock_reliable(c->n))
			return refuse(type, out, 503, "this witness's clock is not synchronised; it cosigns again when it is");
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
	free(c);
	return status;
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
