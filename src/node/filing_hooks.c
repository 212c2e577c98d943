/* Hooks of the writer: the own log's end in memory follows the transaction. */
#include <string.h>

#include "node/internal.h"

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
