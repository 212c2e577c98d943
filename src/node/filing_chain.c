/* May a record be filed? What only the store and the law can say: version chains, and what an act's target allows. */
#include "node/filing.h"

#include <inttypes.h>
#include <string.h>

#include "fold/fold.h"
#include "view/target.h"

int
filing_chain_law(const struct node *n, const struct prepared *p, const struct law_record *previous, struct err *e)
{
	struct filing f = { .record = &p->rec, .law = &p->law, .own = n->own, .previous = previous };

	return law_may_file(&f, n->reg, e);
}

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
		return err_set(e, ERR_CONFLICT, "seq: version %" PRIu32 " of this record is not in this node's log; file version 1 "
		    "first, or use the next number of what `diwan show` gives", p->rec.seq - 1);
	if ((rc = judge_read(&j, before, a, &d, e)) != OK)
		return rc == ERR_NOTFOUND ? err_set(e, ERR_CONFLICT, "seq: version %" PRIu32 " of this record has been deleted; "
		    "file a new record", p->rec.seq - 1) : rc;
	entry_commit(&c, d.nonce, d.rec.bytes, d.rec.size);
	if (!d.parsed || memcmp(c.b, p->rec.prev, sizeof c.b) != 0)
		return err_set(e, ERR_CONFLICT, "prev: is not the commitment of version %" PRIu32 "; `diwan show --json` prints it "
		    "as \"commitment\"", p->rec.seq - 1);
	return filing_chain_law(n, p, &d.law, e);
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

int
filing_chain(struct node *n, struct store *s, const struct prepared *p, struct arena *a, struct err *e)
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
