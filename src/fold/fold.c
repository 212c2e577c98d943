#include <stdlib.h>

#include "fold/fold_kinds.h"

/* What each kind adds to fold_any. Kinds without a row add nothing. */
static fold_kind *const kinds[KIND_COUNT] = {
	[KIND_CONTROL] = fold_control,
};

int
fold_quarantine_rows(const void *bytes, size_t len, int64_t pos, const struct err *why, fold_emit *emit, void *ctx,
    struct err *e)
{
	struct row row = { .table = T_QUARANTINE, .cols = 3, .v = { val_int(pos), val_int(why->code),
	    val_str(why->text) } };
	int rc = emit(ctx, &row, e);

	return rc == OK ? fold_aside_rows(bytes, len, pos, emit, ctx, e) : rc;
}

int
fold_rows(struct store_reader *view, const struct record *r, int64_t pos, fold_emit *emit, void *ctx, struct err *e)
{
	struct err why = { 0 };
	struct fold f = { view, r, pos, emit, ctx, &why };
	int rc = fold_check(&f);

	if (rc == OK && kinds[r->kind] != NULL)
		rc = kinds[r->kind](&f);
	if (rc == OK)
		rc = fold_any(&f);
	if (rc == ERR_UNKNOWN)
		return fold_quarantine_rows(r->bytes, r->size, pos, &why, emit, ctx, e);
	if (rc != OK && e != NULL)
		*e = why;
	return rc;
}

/* ---- into the store ---------------------------------------------------------------------------------------------- */

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
fold_record(struct store *s, const struct record *r, int64_t pos, struct err *e)
{
	return fold_rows(store_view(s), r, pos, put_row, s, e);
}

int
fold_quarantine(struct store *s, int64_t pos, const struct err *why, struct err *e)
{
	struct payload p;
	int rc = store_payload_get(store_view(s), pos, &p, e);

	return rc == OK ? fold_quarantine_rows(p.bytes, p.len, pos, why, put_row, s, e) : rc;
}

/*
 * Whether it was folded or quarantined does not matter: rows that are not there are removed at no cost, and so nothing
 * is left whichever it was. A text that does not parse can only have been quarantined.
 */
int
fold_forget(struct store *s, int64_t pos, struct err *e)
{
	struct row quarantine = { .table = T_QUARANTINE, .cols = 3, .v = { val_int(pos) } };
	struct arena one = { 0 };
	struct err unread;
	struct payload p;
	struct record r;
	int rc;

	if ((rc = store_payload_get(store_view(s), pos, &p, e)) != OK)
		return rc;
	if (record_parse(&one, p.bytes, p.len, &r, &unread) == OK)
		rc = fold_rows(store_view(s), &r, pos, del_row, s, e);
	else if (unread.code == ERR_NOMEM)
		rc = err_set(e, ERR_NOMEM, "forgetting payload %u/%llu: %s", POS_LOG(pos),
		    (unsigned long long)POS_INDEX(pos), unread.text);
	if (rc == OK && (rc = store_row_del(s, &quarantine, e)) == OK)
		rc = fold_aside_rows(p.bytes, p.len, pos, del_row, s, e);
	arena_free(&one);
	return rc;
}
