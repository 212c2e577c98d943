#include <string.h>

#include "fold/fold.h"
#include "store/store_row.h"

struct digesting {
	struct hash hash;
	struct buf packed;
	uint64_t rows;
};

static int
add_row(void *ctx, const struct row *row)
{
	struct digesting *d = ctx;

	buf_reset(&d->packed);
	store_row_pack(&d->packed, row);
	if (d->packed.failed)
		return ERR_NOMEM;
	hash_add(&d->hash, d->packed.data, d->packed.len);
	d->rows++;
	return 0;
}

int
fold_digest(struct store_reader *r, struct digest *out, uint64_t *rows, struct err *e)
{
	struct digesting d = { .rows = 0 };
	int rc = OK;

	hash_start(&d.hash);
	for (int t = 0; t < T_COUNT && rc == OK; t++) {
		const struct table_def *def = store_table_def((enum derived_table)t);
		struct row from = { .table = (enum derived_table)t, .cols = def->cols };

		hash_add(&d.hash, def->name, strlen(def->name) + 1);
		if ((rc = store_row_scan(r, &from, 0, 0, false, add_row, &d, e)) == ERR_NOMEM)
			err_set(e, ERR_NOMEM, "comparing folds: out of memory");
	}
	hash_done(&d.hash, out);
	buf_free(&d.packed);
	if (rows != NULL)
		*rows = d.rows;
	return rc;
}
