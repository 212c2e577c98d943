#include "exchange/blob.h"

#include <string.h>

#include "base/text.h"
#include "base/wire.h"
#include "crypt/hash.h"
#include "view/query.h"

/* ---- who may have it ----------------------------------------------------------------------------------------------- */

struct looking {
	const struct judge *j;
	const struct viewer *viewer;
	int32_t as_of;
	uint32_t log_no;		/* rows of this log only; 0: of all */
	uint32_t left;
	struct arena one;
	bool found;
	int64_t pos;
	struct err *e;
};

static int
look(void *ctx, const struct row *row)
{
	struct looking *x = ctx;
	int64_t pos = row->v[1].num;
	struct judged d;
	int rc;

	if ((x->log_no != 0 && POS_LOG(pos) != x->log_no) || x->left-- == 0)
		return 1;
	arena_reset(&x->one);
	if ((rc = judge_read(x->j, pos, &x->one, &d, x->e)) != OK)
		return rc == ERR_NOTFOUND ? 0 : rc;
	if (query_decide(x->j, &d, x->viewer, x->as_of) != LEVEL_FULL)
		return 0;
	x->found = true;
	x->pos = pos;
	return 1;
}

static int
look_in(struct looking *x, const uint8_t hash[RECORD_HASH_BYTES], uint32_t log_no)
{
	struct row from = { .table = T_BLOB, .cols = store_table_def(T_BLOB)->cols };
	int rc;

	from.v[0] = val_blob(hash, RECORD_HASH_BYTES);
	from.v[1] = val_int(POS(log_no, 0));
	x->log_no = log_no;
	x->left = BLOB_LOOKS;
	rc = store_row_scan(x->j->reader, &from, 1, log_no == 0 ? 1 : 2, false, look, x, x->e);
	return rc < 0 ? rc : OK;
}

/* All logs of ${member}, the oldest first. */
static int
look_at_member(struct looking *x, const uint8_t hash[RECORD_HASH_BYTES], int member)
{
	const struct registry *reg = x->j->reg;
	struct log_row log;
	uint32_t newest;
	int rc = store_log_find(x->j->reader, reg->mechanism, reg->members[member].code, 0, &log, x->e);

	newest = rc == OK ? LOG_EPOCH(log.no) : 0;
	for (uint32_t epoch = 1; epoch <= newest && rc == OK && !x->found; epoch++)
		rc = look_in(x, hash, LOG_NO(member, epoch));
	return rc == ERR_NOTFOUND ? OK : rc;
}

int
blob_visible(const struct judge *j, const uint8_t hash[RECORD_HASH_BYTES], const struct mset *of, const struct viewer *viewer,
    int32_t as_of, int64_t *pos, struct err *e)
{
	struct looking x = { .j = j, .viewer = viewer, .as_of = as_of, .e = e };
	int rc = OK;

	if (of == NULL)
		rc = look_in(&x, hash, 0);
	for (int m = of == NULL ? LAW_NONE : mset_next(of, 0); m >= 0 && rc == OK && !x.found; m = mset_next(of, m + 1))
		rc = look_at_member(&x, hash, m);
	arena_free(&x.one);
	if (rc == OK && !x.found)
		rc = err_set(e, ERR_NOTFOUND, "no record that you may see in full names such an attachment");
	*pos = x.pos;
	return rc;
}

/* ---- the answering side ---------------------------------------------------------------------------------------------- */

static int
add_parts(struct store_reader *r, const struct blob *b, uint64_t from, struct buf *out, struct err *e)
{
	int rc = OK;

	buf_add(out, "DWB1", 4);
	put_u64(out, b->size);
	put_u64(out, from);
	for (unsigned i = 0; i < BLOB_ANSWER_PARTS && from < b->size && rc == OK; i++, from += STORE_BLOB_PART)
		rc = store_blob_read(r, b->hash, from, out, e);
	return rc == OK && out->failed ? err_set(e, ERR_NOMEM, "no memory to give an attachment") : rc;
}

int
blob_release(const struct judge *j, const uint8_t hash[RECORD_HASH_BYTES], int member, uint64_t from, int32_t as_of,
    struct buf *out, struct err *e)
{
	struct viewer viewer = judge_node(member);
	struct judge surveyed = *j;
	struct mset of = { { 0 } };
	struct blob b;
	int64_t pos;
	int rc;

	if (from % STORE_BLOB_PART != 0)
		return err_set(e, ERR_INPUT, "from: %llu is no multiple of %u; ask from the end of a part",
		    (unsigned long long)from, STORE_BLOB_PART);
	mset_add(&of, j->own);
	mset_add(&of, member);
	if ((rc = store_reader_hold(j->reader, e)) != OK)
		return rc;
	if ((rc = judge_survey(&surveyed, e)) == OK && (rc = blob_visible(&surveyed, hash, &of, &viewer, as_of, &pos, e)) == OK &&
	    (rc = store_blob_get(j->reader, hash, &b, e)) == OK)
		rc = !b.whole || (from > 0 && from >= b.size) ? ERR_NOTFOUND : add_parts(j->reader, &b, from, out, e);
	store_reader_release(j->reader);
	return rc == ERR_NOTFOUND ? err_set(e, ERR_NOTFOUND, "there is nothing here") : rc;
}

/* ---- comparing ------------------------------------------------------------------------------------------------------- */

int
blob_verify(struct store_reader *r, const struct blob *b, struct err *e)
{
	struct buf part = { 0 };
	struct hash h;
	struct digest d;
	char name[2 * RECORD_HASH_BYTES + 1];
	int rc = OK;

	hex_encode(name, b->hash, sizeof b->hash);
	hash_start(&h);
	for (uint64_t at = 0; at < b->size && rc == OK; at += STORE_BLOB_PART) {
		buf_reset(&part);
		if ((rc = store_blob_read(r, b->hash, at, &part, e)) == OK)
			hash_add(&h, part.data, part.len);
	}
	buf_free(&part);
	hash_done(&h, &d);
	if (rc == ERR_NOTFOUND)
		return err_set(e, ERR_VERIFY, "attachment %s: a part of it is missing", name);
	if (rc == OK && memcmp(d.b, b->hash, sizeof d.b) != 0)
		return err_set(e, ERR_VERIFY, "attachment %s: its bytes have another hash", name);
	return rc;
}
