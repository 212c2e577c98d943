/* Rebuild, check and backup: what keeps a node's store honest. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fold/fold.h"
#include "log/audit.h"
#include "node/internal.h"

/* ---- rebuild ---- */

struct rebuild {
	struct node *n;
	progress_fn progress;
	void *ctx;
	uint64_t done, total;
};

struct refold {				/* one payload at a time: the reader cannot be asked while it scans */
	struct payload p;
	struct buf bytes;
	bool have;
};

static int
take_next(void *ctx, const struct payload *p)
{
	struct refold *x = ctx;

	x->p = *p;
	buf_reset(&x->bytes);
	x->have = true;
	return buf_add(&x->bytes, p->bytes, p->len) ? 1 : ERR_NOMEM;
}

/* Fold what a payload says, or quarantine it; the same decision as when it came (keep.c). */
static int
refold_one(struct node *n, struct store *s, const struct refold *x, struct arena *a, struct err *e)
{
	struct record r;
	struct law_record law;
	struct err why = { 0 };
	int rc = payload_verdict(n, LOG_MEMBER(POS_LOG(x->p.pos)), x->bytes.data, x->bytes.len, a, &r, &law, &why);

	if (rc == ERR_NOMEM)		/* which says nothing about the record */
		*e = why;
	if (rc != OK)
		return rc == ERR_NOMEM ? rc : fold_quarantine(s, x->p.pos, &why, e);
	return fold_record(s, &r, x->p.pos, e);
}

static int
run_rebuild(void *arg, struct store *s, struct err *e)
{
	struct rebuild *b = arg;
	struct arena one = { 0 };
	struct refold x = { 0 };
	int64_t from = 0;
	int rc = store_derived_reset(s, e);

	b->done = 0;
	while (rc == OK) {
		x.have = false;
		if ((rc = store_payload_scan(store_view(s), from, INT64_MAX, take_next, &x, e)) < 0 || !x.have) {
			if (rc == ERR_NOMEM)
				err_set(e, rc, "no memory to fold a payload anew");
			break;
		}
		rc = OK;
		from = x.p.pos + 1;
		arena_reset(&one);
		rc = refold_one(b->n, s, &x, &one, e);
		if (++b->done % 1024 == 0 && b->progress != NULL && b->progress(b->ctx, "rebuild", b->done, b->total) != 0)
			rc = err_set(e, ERR_STOP, "stopped; the rows are as they were before");
	}
	buf_free(&x.bytes);
	arena_free(&one);
	return rc < 0 ? rc : OK;
}

static int
add_size(void *ctx, const struct log_row *row)
{
	*(uint64_t *)ctx += row->payloads_next;
	return 0;
}

int
node_rebuild(struct node *n, progress_fn progress, void *ctx, uint64_t *records, struct err *e)
{
	struct rebuild b = { n, progress, ctx, 0, 0 };
	struct store_reader *r;
	int rc;

	if (n->readonly)
		return err_set(e, ERR_DENIED, "this node is open for reading only");
	if ((r = node_reader(n, e)) == NULL)
		return e->code;
	rc = store_log_each(r, add_size, &b.total, e);
	node_reader_done(n, r);
	if (rc == OK)
		rc = writer_do(n->writer, run_rebuild, &b, e);
	*records = b.done;
	return rc;
}

struct copying {
	progress_fn progress;
	void *ctx;
};

static int
copy_progress(void *ctx, uint64_t done, uint64_t total)
{
	struct copying *c = ctx;

	return c->progress == NULL ? 0 : c->progress(c->ctx, "backup", done, total);
}

int
node_backup(struct node *n, const char *path, progress_fn progress, void *ctx, struct err *e)
{
	struct copying c = { progress, ctx };

	return store_backup(n->store, path, copy_progress, &c, e);
}
