/*
 * Filing: records on their way into the own log. The caller's thread validates, asks the law and commits to nonces; the writer
 * thread checks version chains, appends, folds, reads back and makes durable, one batch for everybody who waits.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fold/fold.h"
#include "law/file.h"
#include "node/internal.h"
#include "view/target.h"

#define PIECE_RECORDS 512		/* records prepared while the writer writes the ones before */
#define PIECES_AHEAD 4
#define FUTURE_MS (INT64_C(5) * 60000)	/* clocks of officers' machines may be this far ahead */

struct prepared {
	struct record rec;
	struct law_record law;
	uint8_t nonce[ENTRY_NONCE_BYTES];
	struct digest commitment;
	bool good;			/* passed everything the caller's thread can check */
};

struct piece {				/* up to PIECE_RECORDS jobs in one writer job */
	struct node *node;
	struct entry_job *jobs;
	size_t count;
	struct arena batch;
	struct prepared *prepared;
	struct job job;
	bool submitted;
};

/* ---- in the caller's thread ---- */

static int
check_own(const struct node *n, const struct record *r, struct err *e)
{
	if (r->filed_at.ms > node_now_ms(n) + FUTURE_MS)
		return err_set(e, ERR_INPUT, "filed_at: later than this node's clock; correct the clock of the "
		    "machine that filed it");
	return OK;
}

/* The law's answer for ${p}, given the version before it (NULL for the first). */
static int
ask_law(const struct node *n, const struct prepared *p, const struct law_record *previous, struct err *e)
{
	struct filing f = { .record = &p->rec, .law = &p->law, .own = n->own, .previous = previous };

	return law_may_file(&f, n->reg, e);
}

static void
prepare(struct piece *w, size_t i)
{
	struct node *n = w->node;
	struct entry_job *j = &w->jobs[i];
	struct prepared *p = &w->prepared[i];

	j->rc = record_parse(&w->batch, j->bytes, j->len, &p->rec, &j->err);
	if (j->rc == OK)
		j->rc = law_intern(n->reg, &p->rec, &w->batch, &p->law, &j->err);
	if (j->rc == OK)
		j->rc = check_own(n, &p->rec, &j->err);
	if (j->rc == OK && p->rec.seq == 1)
		j->rc = ask_law(n, p, NULL, &j->err);
	p->good = j->rc == OK;
	if (!p->good)
		return;
	memcpy(j->id, p->rec.id, sizeof j->id);
	j->seq = p->rec.seq;
	rng_fill(n->rng, p->nonce, sizeof p->nonce);
	entry_commit(&p->commitment, p->nonce, j->bytes, j->len);
}

/* ---- in the writer's thread ---- */

struct version_at {
	uint32_t log_no;		/* 0: any */
	int64_t pos;
};

static int
first_row(void *ctx, const struct row *row)
{
	struct version_at *x = ctx;

	if (x->log_no != 0 && LOG_MEMBER(POS_LOG(row->v[2].num)) != LOG_MEMBER(x->log_no))
		return 0;
	x->pos = row->v[2].num;
	return 1;
}

/* Position of version ${seq} of ${id} in log ${log_no} (0: in any), or -1. */
static int
find_version(struct store *s, uint32_t log_no, const uint8_t *id, uint32_t seq, int64_t *pos, struct err *e)
{
	struct row from = { .table = T_BY_ID, .cols = 3 };
	struct version_at at = { log_no, -1 };
	int rc;

	from.v[0] = val_blob(id, RECORD_ID_BYTES);
	from.v[1] = val_int(seq);
	rc = store_row_scan(store_view(s), &from, 2, 2, false, first_row, &at, e);
	*pos = at.pos;
	return rc < 0 ? rc : OK;
}

/* A version after the first: the one before must be ours, be the last, and be named by its commitment. */
static int
check_previous(struct node *n, struct store *s, const struct prepared *p, int64_t before, struct arena *a, struct err *e)
{
	struct judge j = { .reader = store_view(s), .reg = n->reg, .own = n->own };
	struct judged d;
	struct digest c;
	int rc;

	if (before < 0)
		return err_set(e, ERR_CONFLICT, "seq: version %" PRIu32 " of this record is not in this node's log; "
		    "file version 1 first, or "
		    "use the next number of what `diwan show` gives", p->rec.seq - 1);
	if ((rc = judge_read(&j, before, a, &d, e)) != OK)
		return rc == ERR_NOTFOUND ? err_set(e, ERR_CONFLICT, "seq: version %" PRIu32 " of this record has "
		    "been deleted; file a new "
		    "record", p->rec.seq - 1) : rc;
	entry_commit(&c, d.nonce, d.rec.bytes, d.rec.size);
	if (!d.parsed || memcmp(c.b, p->rec.prev, sizeof c.b) != 0)
		return err_set(e, ERR_CONFLICT, "prev: is not the commitment of version %" PRIu32 "; `diwan show "
		    "--json` prints it as "
		    "\"commitment\"", p->rec.seq - 1);
	return ask_law(n, p, &d.law, e);
}

/* A record that would be put aside when it is folded must not be logged: nothing could show it, and it could not be taken
 * back. */
static int
refuse_unfoldable(void *ctx, const struct row *row, struct err *e)
{
	(void)ctx;
	if (row->table != T_QUARANTINE)
		return OK;
	return err_set(e, ERR_LAW, "%.*s; correct it and file again", (int)row->v[2].len, (const char *)row->v[2].bytes);
}

/* An act on a record: is it ours to file, and does it reach everybody who ever had that record? */
static int
check_act(struct node *n, struct store *s, const struct prepared *p, struct arena *a, struct err *e)
{
	struct judge j = { .reader = store_view(s), .reg = n->reg, .own = n->own };
	struct target t;
	struct filing f = { .record = &p->rec, .law = &p->law, .own = n->own, .target = &t.law };
	int rc;

	if (p->rec.kind != KIND_CONTROL || json_get(p->rec.body, "target") == NULL)
		return OK;
	rc = target_of(&j, &p->rec, a, &t, e);
	return rc == OK ? law_may_file(&f, n->reg, e) : rc;
}

static int
check_chain(struct node *n, struct store *s, const struct prepared *p, struct arena *a, struct err *e)
{
	/* A new id must be new to everybody; later, what somebody else writes under it is no version of this record. */
	uint32_t where = p->rec.seq == 1 ? 0 : n->own_log.no;
	int64_t same, before;
	int rc;

	if ((rc = find_version(s, where, p->rec.id, p->rec.seq, &same, e)) != OK)
		return rc;
	if (same >= 0)
		return err_set(e, ERR_CONFLICT,
		    "id: version %" PRIu32 " of this record is filed already, at %s/%" PRIu64, p->rec.seq,
		    n->reg->members[LOG_MEMBER(POS_LOG(same))].code, POS_INDEX(same));
	if ((rc = fold_rows(store_view(s), &p->rec, 0, refuse_unfoldable, NULL, e)) != OK ||
	    (rc = blob_check_record(store_view(s), &p->rec, e)) != OK || (rc = check_act(n, s, p, a, e)) != OK)
		return rc;
	if (p->rec.seq == 1)
		return OK;
	if ((rc = find_version(s, where, p->rec.id, p->rec.seq - 1, &before, e)) != OK)
		return rc;
	return check_previous(n, s, p, before, a, e);
}

/* What was written must be what is read (style: assert in pairs). */
static int
read_back(struct store *s, int64_t pos, const struct digest *commitment, struct err *e)
{
	struct payload back;
	int rc = store_payload_get(store_view(s), pos, &back, e);

	if (rc == OK && !entry_opens(commitment, back.nonce, back.bytes, back.len))
		rc = err_set(e, ERR_VERIFY, "payload %" PRIu64 " was read back different from what was written; check "
		    "disk and memory",
		    POS_INDEX(pos));
	return rc;
}

static int
write_one(struct node *n, struct store *s, struct entry_job *j, const struct prepared *p, struct err *e)
{
	uint64_t index = edge_size(&n->tail->edge);
	int64_t pos = POS(n->own_log.no, index);
	int rc;

	if (!n->tail_changed)		/* most transactions do not touch it, and it is large */
		*n->tail_before = *n->tail;
	n->tail_changed = true;
	if ((rc = store_payload_put(s, pos, p->nonce, j->bytes, j->len, e)) != OK ||
	    (rc = append_entry(n->tail, s, &p->commitment, e)) != OK || (rc = fold_record(s, &p->rec, pos, e)) != OK ||
	    (rc = read_back(s, pos, &p->commitment, e)) != OK)
		return rc;
	n->acts_filed |= p->rec.kind == KIND_CONTROL;
	j->index = index;
	return OK;
}

/* True for what a single record is told, false for what is wrong with the store and concerns all. */
static bool
is_verdict(int rc)
{
	return rc == ERR_CONFLICT || rc == ERR_LAW || rc == ERR_INPUT || rc == ERR_UNKNOWN || rc == ERR_LIMIT;
}

static int
run_piece(void *ctx, struct store *s, struct err *e)
{
	struct piece *w = ctx;
	struct arena one = { 0 };
	int rc = guard_may_sign(w->node, e);	/* again: since it was asked, a twin may have shown itself */

	for (size_t i = 0; i < w->count && rc == OK; i++) {
		struct entry_job *j = &w->jobs[i];

		if (!w->prepared[i].good)
			continue;
		arena_reset(&one);
		j->rc = check_chain(w->node, s, &w->prepared[i], &one, &j->err);
		if (j->rc == OK)
			rc = write_one(w->node, s, j, &w->prepared[i], e);
		else if (!is_verdict(j->rc)) {
			*e = j->err;
			rc = j->rc;
		}
	}
	arena_free(&one);
	return rc;
}

/* ---- hooks of the writer: the own log's end in memory follows the transaction ---- */

static void
hook_begin(void *ctx)
{
	struct node *n = ctx;

	n->tail_changed = n->acts_filed = false;
}

static void
hook_rollback(void *ctx)
{
	struct node *n = ctx;

	if (n->tail_changed)
		*n->tail = *n->tail_before;
	n->tail_changed = false;
}

/* The note of the state before this batch: it is kept with the next thing that is written anyway. */
static int
keep_note(struct node *n, struct store *s, struct err *e)
{
	const struct published *p = &n->published[n->own];
	struct buf note = { 0 }, there = { 0 };
	int rc = OK;

	pthread_mutex_lock(&n->lock);
	if (p->note.len > 0 && p->size == n->own_log.size && p->size != n->note_kept)
		buf_add(&note, p->note.data, p->note.len);
	pthread_mutex_unlock(&n->lock);
	n->note_keeping = n->note_kept;
	if (note.failed)
		return err_set(e, ERR_NOMEM, "no memory to keep a checkpoint");
	if (note.len > 0) {		/* one with cosignatures may be there already (settle.c), perhaps since a moment */
		rc = store_checkpoint_get(store_view(s), n->own_log.no, n->own_log.size, NULL, &there, e);
		if (rc == ERR_NOTFOUND)
			rc = store_checkpoint_put(s, n->own_log.no, n->own_log.size, note.data, note.len, e);
		if (rc == OK)
			n->note_keeping = n->own_log.size;
	}
	buf_free(&there);
	buf_free(&note);
	return rc;
}

static int
hook_seal(void *ctx, struct store *s, struct err *e)
{
	struct node *n = ctx;
	struct log_row row = n->own_log;
	struct digest root;
	int rc;

	if ((rc = keep_note(n, s, e)) != OK || !n->tail_changed)
		return rc;
	if ((rc = append_flush(n->tail, s, e)) != OK)
		return rc;
	edge_root(&n->tail->edge, &root);
	row.size = row.payloads_next = edge_size(&n->tail->edge);
	memcpy(row.root, root.b, sizeof row.root);
	return store_log_put(s, &row, e);
}

static void
hook_committed(void *ctx)
{
	struct node *n = ctx;
	struct digest root;
	struct err e;

	n->note_kept = n->note_keeping;
	if (!n->tail_changed)
		return;
	edge_root(&n->tail->edge, &root);
	n->own_log.size = n->own_log.payloads_next = edge_size(&n->tail->edge);
	memcpy(n->own_log.root, root.b, sizeof n->own_log.root);
	if (n->acts_filed)
		duty_kick(n, DUTY_LOOK);	/* there may be an order among them */
	if (publish_own(n, &e) == OK)
		peers_ring_all(n);
	else
		writer_hooks_fail(n, &e);
}

static void
hook_fatal(void *ctx, const struct err *e)
{
	writer_hooks_fail(ctx, e);
}

void
writer_hooks_fail(struct node *n, const struct err *e)
{
	pthread_mutex_lock(&n->lock);
	if (!n->failed) {
		n->failed = true;
		n->failure = *e;
	}
	pthread_mutex_unlock(&n->lock);
}

bool
node_failed(const struct node *n, struct err *e)
{
	/* The lock is part of the node's state, not of what the caller sees as constant. */
	struct node *m = n->self;
	bool failed;

	pthread_mutex_lock(&m->lock);
	failed = m->failed;
	if (failed && e != NULL)
		*e = m->failure;
	pthread_mutex_unlock(&m->lock);
	return failed;
}

struct writer_hooks
filing_hooks(struct node *n)
{
	return (struct writer_hooks){ n, hook_begin, hook_seal, hook_rollback, hook_committed, hook_fatal };
}

/* ---- the whole ---- */

static int
start_piece(struct piece *w, struct node *n, struct entry_job *jobs, size_t count, struct err *e)
{
	w->node = n;
	w->jobs = jobs;
	w->count = count;
	arena_reset(&w->batch);
	if ((w->prepared = arena_alloc(&w->batch, count * sizeof *w->prepared)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory to file %zu records", count);
	for (size_t i = 0; i < count; i++)
		prepare(w, i);
	w->job = (struct job){ .run = run_piece, .ctx = w, .weight = count };
	w->submitted = true;
	writer_submit(n->writer, &w->job);
	return OK;
}

/* Wait for a piece; when it failed as a whole, every record of it that had passed gets that failure. */
static int
finish_piece(struct piece *w, struct err *e)
{
	struct err why = { 0 };
	int rc;

	if (!w->submitted)
		return OK;
	w->submitted = false;
	if ((rc = writer_wait(w->node->writer, &w->job, &why)) == OK)
		return OK;
	for (size_t i = 0; i < w->count; i++)
		if (w->prepared[i].good) {
			w->jobs[i].rc = rc;
			w->jobs[i].err = why;
		}
	*e = why;
	return rc;
}

static int
refuse_all(struct entry_job *jobs, size_t count, const struct err *why, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		jobs[i].rc = why->code;
		jobs[i].err = *why;
	}
	*e = *why;
	return why->code;
}

int
node_file(struct node *n, struct entry_job *jobs, size_t count, struct err *e)
{
	struct piece *w;
	struct err first = { 0 };
	size_t done = 0, k = 0;
	int rc = OK, finished;

	if (n->readonly || n->writer == NULL) {
		err_set(&first, ERR_DENIED, "this node is open for reading only");
		return refuse_all(jobs, count, &first, e);
	}
	if (guard_may_sign(n, &first) != OK)
		return refuse_all(jobs, count, &first, e);
	if ((w = calloc(PIECES_AHEAD, sizeof *w)) == NULL) {
		err_set(&first, ERR_NOMEM, "no memory to file records");
		return refuse_all(jobs, count, &first, e);
	}
	for (; done < count && rc == OK; k = (k + 1) % PIECES_AHEAD) {
		size_t some = count - done < PIECE_RECORDS ? count - done : PIECE_RECORDS;

		if ((rc = finish_piece(&w[k], &first)) == OK && (rc = start_piece(&w[k], n, jobs + done, some, &first)) == OK)
			done += some;
	}
	for (size_t i = 0; i < PIECES_AHEAD; i++, k = (k + 1) % PIECES_AHEAD)
		if ((finished = finish_piece(&w[k], &first)) != OK)
			rc = finished;
	for (; done < count; done++) {
		jobs[done].rc = rc;
		jobs[done].err = first;
	}
	for (size_t i = 0; i < PIECES_AHEAD; i++)
		arena_free(&w[i].batch);
	free(w);
	if (rc != OK)
		*e = first;
	return rc;
}
