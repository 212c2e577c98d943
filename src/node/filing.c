/*
 * Filing: records on their way into the own log. The caller's thread validates, asks the law and commits to nonces; the writer
 * thread checks version chains, appends, folds, reads back and makes durable, one batch for everybody who waits.
 */
#include "node/filing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fold/fold.h"

#define PIECE_RECORDS 512		/* records prepared while the writer writes the ones before */
#define PIECES_AHEAD 4
#define FUTURE_MS (INT64_C(5) * 60000)	/* clocks of officers' machines may be this far ahead */

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
		return err_set(e, ERR_INPUT, "filed_at: later than this node's clock; correct the clock of the machine that filed "
		    "it");
	return OK;
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
		j->rc = filing_chain_law(n, p, NULL, &j->err);
	p->good = j->rc == OK;
	if (!p->good)
		return;
	memcpy(j->id, p->rec.id, sizeof j->id);
	j->seq = p->rec.seq;
	rng_fill(n->rng, p->nonce, sizeof p->nonce);
	entry_commit(&p->commitment, p->nonce, j->bytes, j->len);
}

/* ---- in the writer's thread ---- */

/* What was written must be what is read (style: assert in pairs). */
static int
read_back(struct store *s, int64_t pos, const struct digest *commitment, struct err *e)
{
	struct payload back;
	int rc = store_payload_get(store_view(s), pos, &back, e);

	if (rc == OK && !entry_opens(commitment, back.nonce, back.bytes, back.len))
		rc = err_set(e, ERR_VERIFY, "payload %" PRIu64 " was read back different from what was written; check disk and "
		    "memory",
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
		j->rc = filing_chain(w->node, s, &w->prepared[i], &one, &j->err);
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
