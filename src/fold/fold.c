#include "fold/kinds.h"

struct row
fold_row(enum derived_table t)
{
	return (struct row){ .table = t, .cols = store_table_def(t)->cols };
}

int
fold_emit_row(struct folding *f, const struct row *row)
{
	return f->emit(f->ctx, row, f->e);
}

struct value
fold_slice(struct slice s)
{
	return val_text(s.s == NULL ? "" : s.s, s.len);
}

/* Kinds that give more than fold_any. */
static int (*const kinds[KIND_COUNT])(struct folding *f) = {
	[KIND_CONTROL] = fold_control
};

int
fold_rows(const struct registry *reg, const struct record *r, int64_t pos, fold_emit emit, void *ctx, struct err *e)
{
	struct folding f = { reg, r, pos, emit, ctx, e };
	int rc = fold_any(&f);

	return rc == OK && kinds[r->kind] != NULL ? kinds[r->kind](&f) : rc;
}

int
fold_quarantine_rows(int64_t pos, const struct err *why, fold_emit emit, void *ctx, struct err *e)
{
	struct row row = fold_row(T_QUARANTINE);

	row.v[0] = val_int(pos);
	row.v[1] = val_int(why->code);
	row.v[2] = val_str(why->text);
	return emit(ctx, &row, e);
}

static int
put_row(void *ctx, const struct row *row, struct err *e)
{
	return store_row_put(ctx, row, e);
}

static int
del_row(void *ctx, const struct row *row, struct err *e)
{
	return store_row_del(ctx, row, e);
}

int
fold_record(struct store *s, const struct registry *reg, const struct record *r, int64_t pos, struct err *e)
{
	return fold_rows(reg, r, pos, put_row, s, e);
}

int
fold_quarantine(struct store *s, int64_t pos, const struct err *why, struct err *e)
{
	return fold_quarantine_rows(pos, why, put_row, s, e);
}

int
fold_forget(struct store *s, const struct registry *reg, const struct record *r, int64_t pos, struct err *e)
{
	return fold_rows(reg, r, pos, del_row, s, e);
}
