/* What an opened pouch brings of the sender: its log, payloads, attachments. */
#include "node/pouch_opening.h"

/* ---- log and payloads ---- */

static bool
find_gap(struct opening *o, const struct log_row *log)
{
	const struct pouch_head *h = &o->told->head;

	o->told->gap_to = h->first;
	o->told->gap_from = log->payloads_next;
	o->told->only_payloads = log->size >= h->first;
	if (h->size <= log->payloads_next || log->payloads_next >= h->first)
		o->told->gap_from = o->told->gap_to = 0;
	return o->told->gap_from < o->told->gap_to;
}

static int
count_one(void *ctx, const struct payload *p)
{
	(void)p;
	++*(uint64_t *)ctx;
	return 0;
}

static int
count_held(struct opening *o, uint64_t from, uint64_t to, uint64_t *held, struct err *e)
{
	*held = 0;
	return store_payload_scan(o->r, POS(o->pull.log_no, from), POS(o->pull.log_no, to), count_one, held, e);
}

/* What was withheld before and is given now: only if something is missing there at all. Only what is new counts as received. */
static int
take_late(struct opening *o, uint64_t to, struct err *e)
{
	uint64_t from = o->told->head.first, held, now;
	int rc;

	if (from >= to)
		return OK;
	if ((rc = count_held(o, from, to, &held, e)) != OK || held == to - from ||
	    (rc = pull_range(&o->pull, from, to, e)) != OK || (rc = count_held(o, from, to, &now, e)) != OK)
		return rc;
	o->as.status.received = now - held;
	o->as.status.withheld = o->as.status.refused = 0;
	return OK;
}

static int
take_payloads(struct opening *o, struct err *e)
{
	uint64_t size = o->told->head.size;
	int rc = take_late(o, o->before < size ? o->before : size, e);

	return rc == OK && o->before < size ? pull_range(&o->pull, o->before, size, e) : rc;
}

/* The stored note is published to whoever asks this node for that log. */
static int
publish_copy(struct opening *o, struct err *e)
{
	struct buf note = { 0 };
	uint64_t size;
	int rc = store_checkpoint_get(o->r, o->pull.log_no, UINT64_MAX, &size, &note, e);

	if (rc == OK)
		publish(o->n, o->member, size, note.data, note.len);
	buf_free(&note);
	return rc == ERR_NOTFOUND ? OK : rc;
}

int
pouch_take_log(struct opening *o, struct err *e)
{
	struct log_row log;
	int rc = store_log_get(o->r, o->pull.log_no, &log, e);

	if (rc != OK)
		return rc;
	o->before = log.payloads_next;
	if (find_gap(o, &log) && !o->told->only_payloads)
		return OK;
	if ((rc = pull_log(&o->pull, o->f.checkpoint.data, o->f.checkpoint.len, e)) == OK && o->pull.entries > 0)
		rc = publish_copy(o, e);
	if (rc == OK && o->told->gap_from == o->told->gap_to)
		rc = take_payloads(o, e);
	return rc;
}

/* ---- attachments ---- */

struct piece {
	struct opening *o;
	const struct pouch_part *p;
	bool named;
};

static int
see_name(void *ctx, const struct row *row)
{
	struct piece *x = ctx;

	x->named |= (uint64_t)row->v[2].num == x->p->size;
	return x->named;
}

/* Does a record that is held name it, with this size? */
static int
is_named(struct piece *x, struct err *e)
{
	struct row from = { .table = T_BLOB, .cols = store_table_def(T_BLOB)->cols };
	int rc;

	from.v[0] = val_blob(x->p->hash, sizeof x->p->hash);
	rc = store_row_scan(x->o->r, &from, 1, 1, false, see_name, x, e);
	return rc < 0 ? rc : OK;
}

/* What is no attachment of ours, or is here, or comes from another side at this moment, is passed over. */
static int
take_piece(struct opening *o, struct err *e)
{
	struct piece x = { .o = o, .p = &o->f.part };
	struct blob b = { .have = 0 };
	int rc = is_named(&x, e);

	if (rc != OK || !x.named)
		return rc;
	if ((rc = store_blob_get(o->r, x.p->hash, &b, e)) == OK && b.whole)
		return OK;
	if (rc != OK && rc != ERR_NOTFOUND)
		return rc;
	rc = node_blob_put(o->n, x.p->hash, x.p->size, x.p->from, o->f.content.data, o->f.content.len, &b, e);
	o->told->blobs_new += rc == OK && b.whole;
	o->told->blobs_refused += rc == ERR_VERIFY;
	return rc == ERR_VERIFY || rc == ERR_CONFLICT || rc == ERR_BUSY || rc == ERR_LIMIT ? OK : rc;
}

int
pouch_take_blobs(struct opening *o, struct err *e)
{
	int rc;

	if (o->told->blobs == 0)
		return OK;
	o->f.ready = true;		/* what was read ahead of the blobs is no piece of one */
	while ((rc = pouch_file_next(&o->f, e)) == 1)
		if (o->f.part.kind == POUCH_BLOB && (rc = take_piece(o, e)) != OK)
			break;
	return rc;
}
