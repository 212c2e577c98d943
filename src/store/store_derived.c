/*
 * The front door, third part: derived rows.
 */
#include <assert.h>
#include <string.h>

#include "store/store_backend.h"
#include "store/store_row.h"

/*
 * A row of another form is our own mistake, and so is a key no backend can order. ${cols}: how many columns must be
 * there.
 */
static void
assert_form(const struct row *row, int cols)
{
	const struct table_def *d = store_table_def(row->table);

	for (int i = 0; i < cols; i++) {
		assert(row->v[i].type == d->type[i]);
		if (row->v[i].type != COL_INT)
			assert(row->v[i].bytes != NULL && row->v[i].len <= STORE_META_MAX && row->v[i].num == 0);
		if (i < d->keys && row->v[i].type == COL_BLOB)
			assert(row->v[i].len <= STORE_KEY_BLOB_MAX);
	}
}

static int
refuse_stale(const struct store_reader *r, struct err *e)
{
	const struct store *s = r->store;

	if (r == s->view ? s->view_stale : atomic_load(&s->stale))
		return err_set(e, ERR_CONFLICT, "store: its views are of another version of the program; run `diwan"
		    " rebuild`");
	return OK;
}

int
store_row_put(struct store *s, const struct row *row, struct err *e)
{
	int rc;

	assert(row->table < T_COUNT && row->cols == store_table_def(row->table)->cols && s->scans[row->table] == 0);
	assert_form(row, row->cols);
	if ((rc = store_may_write(s, e)) != OK)
		return rc;
	if ((rc = refuse_stale(s->view, e)) == OK)
		rc = s->ops->row_put(s, row, e);
	return store_wrote(s, rc);
}

int
store_row_del(struct store *s, const struct row *row, struct err *e)
{
	int rc;

	assert(row->table < T_COUNT && s->scans[row->table] == 0);
	assert_form(row, store_table_def(row->table)->keys);
	if ((rc = store_may_write(s, e)) != OK)
		return rc;
	if ((rc = refuse_stale(s->view, e)) == OK)
		rc = s->ops->row_del(s, row, e);
	return store_wrote(s, rc);
}

/* Stops a scan at the end of its prefix; tells that apart from a visit that wanted to stop. */
struct prefix_scan {
	const struct row *from;
	int prefix;
	bool ended;
	int (*visit)(void *ctx, const struct row *row);
	void *ctx;
};

static int
visit_in_prefix(void *ctx, const struct row *row)
{
	struct prefix_scan *scan = ctx;

	if (!store_row_same(scan->from, row, scan->prefix)) {
		scan->ended = true;
		return 1;
	}
	return scan->visit(scan->ctx, row);
}

int
store_row_scan(struct store_reader *r, const struct row *from, int prefix, int given, bool descending,
    int (*visit)(void *ctx, const struct row *row), void *ctx, struct err *e)
{
	struct prefix_scan scan = { .from = from, .prefix = prefix, .visit = visit, .ctx = ctx };
	unsigned *scans = r == r->store->view ? &r->store->scans[from->table] : NULL;
	int rc;

	assert(from->table < T_COUNT && prefix >= 0 && prefix <= given && given <= store_table_def(from->table)->keys);
	assert_form(from, given);
	if ((rc = refuse_stale(r, e)) != OK)
		return rc;
	if (scans != NULL)
		++*scans;
	rc = r->store->ops->row_scan(r, from, given, descending, visit_in_prefix, &scan, e);
	if (scans != NULL)
		--*scans;
	return scan.ended ? OK : rc;
}

int
store_row_get(struct store_reader *r, const struct row *key, struct row *out, struct err *e)
{
	int rc;

	assert(key->table < T_COUNT);
	assert_form(key, store_table_def(key->table)->keys);
	if ((rc = refuse_stale(r, e)) != OK)
		return rc;
	return r->store->ops->row_get(r, key, out, e);
}

int
store_derived_reset(struct store *s, struct err *e)
{
	int rc;

	for (int i = 0; i < SCAN_COUNT; i++)
		assert(s->scans[i] == 0);
	if ((rc = store_may_write(s, e)) != OK)
		return rc;
	if ((rc = s->ops->derived_reset(s, e)) == OK)
		s->view_stale = false;
	return store_wrote(s, rc);
}
