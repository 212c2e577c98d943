/* Receipts for what an opened pouch brought. */
#include "node/pouch_opening.h"

#include <stdlib.h>

#include "base/text.h"

struct confirmed {			/* one bit an entry of [from, to) that a receipt of ours names */
	const char *own;
	uint64_t from, to, end;
	uint8_t *bits;
};

static int
see_receipt(void *ctx, const struct row *row)
{
	struct confirmed *c = ctx;
	uint64_t first = (uint64_t)row->v[1].num, last = (uint64_t)row->v[2].num;

	if (!text_eq(row->v[3].bytes, row->v[3].len, c->own))
		return 0;
	if (last + 1 > c->end)
		c->end = last + 1;
	for (uint64_t i = first < c->from ? c->from : first; c->bits != NULL && i <= last && i < c->to; i++)
		c->bits[(i - c->from) / 8] |= (uint8_t)(1u << ((i - c->from) % 8));
	return 0;
}

static int
scan_receipts(struct opening *o, struct confirmed *c, struct err *e)
{
	struct row key = { .table = T_RECEIPT, .cols = 6 };
	int rc;

	key.v[0] = val_int(o->pull.log_no);
	rc = store_row_scan(o->r, &key, 1, 1, false, see_receipt, c, e);
	return rc < 0 ? rc : OK;
}

/* File for each run of [from, to) that no receipt of ours names. What is not held in it is left out there. */
static int
confirm(struct opening *o, const struct confirmed *c, struct err *e)
{
	uint64_t at = c->from, to;
	int rc = OK;

	while (rc == OK && at < c->to) {
		for (; at < c->to && (c->bits[(at - c->from) / 8] >> ((at - c->from) % 8) & 1) != 0; at++)
			;
		for (to = at; to < c->to && (c->bits[(to - c->from) / 8] >> ((to - c->from) % 8) & 1) == 0; to++)
			;
		if (at < to)
			rc = file_receipts(o->n, &o->as, o->r, &at, to, e);
	}
	return rc;
}

int
pouch_confirm(struct opening *o, struct err *e)
{
	struct confirmed c = { .own = o->n->member };
	uint64_t size = 0, now = 0;
	bool turns;
	int rc = scan_receipts(o, &c, e);

	if (rc == OK)
		rc = node_published(o->n, o->n->own, &size, NULL, e);
	pthread_mutex_lock(&o->n->lock);
	turns = o->n->peers[o->member].running;
	pthread_mutex_unlock(&o->n->lock);
	c.from = turns || c.end > o->told->head.first ? o->told->head.first : c.end;
	c.to = turns && o->before < o->told->decided ? o->before : o->told->decided;
	if (rc == OK && c.from < c.to) {
		if ((c.bits = calloc((size_t)((c.to - c.from + 7) / 8), 1)) == NULL)
			return err_set(e, ERR_NOMEM, "no memory for receipts");
		if ((rc = scan_receipts(o, &c, e)) == OK)
			rc = confirm(o, &c, e);
		free(c.bits);
	}
	if (rc == OK && (rc = node_published(o->n, o->n->own, &now, NULL, e)) == OK)
		o->told->receipts = now - size;
	if (turns)
		node_bell(o->n, o->member, NULL, 0);
	return rc;
}
