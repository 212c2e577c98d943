#include "view/receipts.h"

#include <string.h>

struct looking {
	const struct registry *reg;
	const struct mset *want;
	int64_t index;
	uint32_t left;
	struct receipts *out;
};

static int
take(void *ctx, const struct row *row)
{
	struct looking *x = ctx;
	int m = registry_member(x->reg, row->v[3].bytes, row->v[3].len);
	struct mset missing;

	if (x->left-- == 0)
		return 1;
	if (row->v[2].num < x->index || m < 0)
		return 0;
	if (!mset_has(&x->out->by, m) || row->v[4].num < x->out->at_ms[m])
		x->out->at_ms[m] = row->v[4].num;
	mset_add(&x->out->by, m);
	if (x->want == NULL)
		return 0;
	missing = mset_minus(x->want, &x->out->by);
	return mset_next(&missing, 0) < 0;
}

int
receipts_find(struct store_reader *r, const struct registry *reg, int64_t pos, const struct mset *want, uint32_t most,
    struct receipts *out, struct err *e)
{
	struct row from = { .table = T_RECEIPT, .cols = store_table_def(T_RECEIPT)->cols };
	struct looking x = { reg, want, (int64_t)POS_INDEX(pos), most, out };
	int rc;

	memset(&out->by, 0, sizeof out->by);
	from.v[0] = val_int(POS_LOG(pos));
	from.v[1] = val_int(x.index);
	rc = store_row_scan(r, &from, 1, 2, true, take, &x, e);
	return rc < 0 ? rc : OK;
}
