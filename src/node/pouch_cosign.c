/* The sender's cosignature of the recipient's log: asked of the own witness as that log would ask it. */
#include "node/pouch_packing.h"

#include <string.h>

#include "exchange/stored.h"
#include "log/witness.h"

#define TRIES 2				/* the witness may have moved since it was looked up */

static int
cosign(struct packing *k, const struct buf *body, int *status, struct buf *out, struct err *e)
{
	const char *type;

	if (k->p->cosign != NULL)
		return k->p->cosign(k->p->ctx, body->data, body->len, status, out, e);
	*status = node_add_checkpoint(k->n, body->data, body->len, out, &type);
	return OK;
}

/* Ask for a cosignature of ${note}, of ${size}, as the log would. */
static int
ask(struct packing *k, const struct log_row *log, uint64_t size, const struct buf *note, uint64_t known,
    struct witness_reply *reply,
    struct buf *lines, struct err *e)
{
	struct stored_tree *tree;
	struct tree_source src;
	struct buf body = { 0 };
	int status = 0, rc = stored_tree_open(&tree, k->r, log->no, size, e);

	if (rc != OK)
		return rc;
	src = stored_tree_source(tree);
	if ((rc = witness_ask(&body, &src, known, note->data, note->len, e)) == OK && (rc = cosign(k, &body, &status, lines,
	    e)) == OK)
		rc = witness_reply_read(reply, known, status, status == 409 ? WITNESS_SIZE_TYPE : NULL, lines->data, lines->len, e);
	stored_tree_close(tree);
	buf_free(&body);
	return rc;
}

/* The note with our line. */
static int
merge(struct packing *k, const struct buf *note, const struct buf *lines, struct err *e)
{
	uint64_t latest = (uint64_t)(node_now_ms(k->n) / 1000) + WITNESS_SKEW_S;
	struct arena a = { 0 };
	struct vkey own;
	int rc = vkey_parse(&own, k->n->witness_text, strlen(k->n->witness_text), e);

	buf_reset(&k->b);
	if (rc == OK)
		rc = note_merge(&a, &k->b, note->data, note->len, lines->data, lines->len, &own, 1, latest, e);
	arena_free(&a);
	return rc;
}

int
pouch_cosign(struct packing *k, uint64_t *size, struct err *e)
{
	struct buf note = { 0 }, lines = { 0 };
	struct witness_reply reply = { .cosigned = false };
	struct witnessed held = { .size = 0 };
	struct log_row log;
	int rc = store_log_get(k->r, node_log_no(k->n, k->p->member), &log, e);

	if (rc == OK && (rc = node_published(k->n, k->p->member, size, &note, e)) == OK && *size == 0)
		rc = ERR_NOTFOUND;
	if (rc == OK && (rc = store_witness_get(k->r, log.origin, &held, NULL, e)) == ERR_NOTFOUND)
		rc = OK;		/* never cosigned before */
	for (int i = 0; i < TRIES && rc == OK && !reply.cosigned; i++) {
		buf_reset(&lines);
		if ((rc = ask(k, &log, *size, &note, held.size, &reply, &lines, e)) == OK && !reply.cosigned)
			held.size = reply.behind;
	}
	if (rc == OK && !reply.cosigned)
		rc = err_set(e, ERR_BUSY, "the witness says another size each time it is asked");
	if (rc == OK)
		rc = merge(k, &note, &lines, e);
	buf_free(&note);
	buf_free(&lines);
	return rc;
}
