/*
 * Equal folds: what a node shows is the fold of what it holds and of nothing else. The payloads that a node holds are taken
 * from their originators' own stores, folded into an empty store in memory in an order drawn by lot, and the digest of all
 * derived rows is that of the node, to the byte; so the order of arrival, crashes in the middle and the backend leave no trace.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "fold/fold.h"
#include "sim/world.h"

struct held {
	int64_t *pos;
	size_t count, cap;
};

static int
note_pos(void *ctx, const struct payload *p)
{
	struct held *x = ctx;

	if (x->count == x->cap) {
		x->cap = x->cap == 0 ? 256 : x->cap * 2;
		x->pos = realloc(x->pos, x->cap * sizeof *x->pos);
		assert(x->pos != NULL);
	}
	x->pos[x->count++] = p->pos;
	return 0;
}

static int
copy_log(void *ctx, const struct log_row *row)
{
	struct err e;

	return store_log_put(ctx, row, &e);
}

/* The text as its originator has it; as ${own} has it where the originator does not say the truth, or has erased it meanwhile. */
static int
fold_one(struct world *w, struct store_reader *const readers[MEMBERS], struct store_reader *own, struct store *s, int64_t pos,
    struct err *e)
{
	int member = (int)POS_LOG(pos) - 1;
	struct arena a = { 0 };
	struct payload p;
	struct record r;
	int rc = ERR_NOTFOUND;

	if (readers[member] != NULL && host_honest(w, host_of(w, member)))
		rc = store_payload_get(readers[member], pos, &p, e);
	if (rc == ERR_NOTFOUND)
		rc = store_payload_get(own, pos, &p, e);
	if (rc == OK && (rc = store_payload_put(s, pos, p.nonce, p.bytes, p.len, e)) == OK &&
	    (rc = record_parse(&a, p.bytes, p.len, &r, e)) == OK)
		rc = fold_record(s, &r, pos, e);
	arena_free(&a);
	return rc;
}

static void
shuffle(struct world *w, struct held *x)
{
	for (size_t i = x->count; i > 1; i--) {
		size_t k = (size_t)dice_below(&w->lot, i);
		int64_t pos = x->pos[i - 1];

		x->pos[i - 1] = x->pos[k];
		x->pos[k] = pos;
	}
}

/* The fold of the payloads at ${x}, in a store of its own. */
static int
fold_anew(struct world *w, struct store_reader *const readers[MEMBERS], struct store_reader *own, const struct held *x,
    struct digest *out, uint64_t *rows, struct err *e)
{
	struct store *s = NULL;
	int rc = store_open_mem(&s, e);

	if (rc == OK && (rc = store_begin(s, e)) == OK) {
		rc = store_log_each(own, copy_log, s, e);
		for (size_t i = 0; rc == OK && i < x->count; i++)
			rc = fold_one(w, readers, own, s, x->pos[i], e);
		if (rc == OK)
			rc = store_commit(s, e);
	}
	if (rc == OK)
		rc = fold_digest(store_view(s), out, rows, e);
	store_close(s);
	return rc;
}

void
check_fold(struct world *w, struct host *h)
{
	struct store_reader *readers[MEMBERS] = { NULL }, *own;
	struct held x = { 0 };
	struct digest have, want;
	uint64_t rows = 0, rows_anew = 0;
	struct err e = { 0 };
	int rc;

	for (int m = 0; m < MEMBERS; m++)
		if (host_up(&w->host[m]))
			readers[m] = node_reader(w->host[m].node, &e);
	own = readers[h->member];
	if ((rc = store_payload_scan(own, 0, INT64_MAX, note_pos, &x, &e)) == OK) {
		shuffle(w, &x);
		rc = fold_anew(w, readers, own, &x, &want, &rows_anew, &e);
	}
	if (rc == OK && (rc = fold_digest(own, &have, &rows, &e)) == OK && !hash_equal(&have, &want))
		violated(w, "fold", "%s shows %" PRIu64 " rows, a fold of the same payloads gives %" PRIu64 " others",
		    member_codes[h->member],
		    rows, rows_anew);
	if (rc != OK)
		violated(w, "fold", "%s: %s", member_codes[h->member], e.text);
	for (int m = 0; m < MEMBERS; m++)
		if (readers[m] != NULL)
			node_reader_done(w->host[m].node, readers[m]);
	free(x.pos);
}
