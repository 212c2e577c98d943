/*
 * Derived tables in the maps of store_mem.c: store_row_key, then the packed row. And the table of functions.
 */
#include <assert.h>

#include "store/store_mem.h"
#include "store/store_row.h"

static const struct buf *
key_row(struct buf *b, const struct row *row, int columns)
{
	store_row_key(store_mem_fresh(b), row, columns);
	return b;
}

static int
mem_row_put(struct store *s, const struct row *row, struct err *e)
{
	struct mem_store *m = mem_of(s);

	store_row_pack(store_mem_fresh(&m->value), row);
	if (m->value.failed)
		return store_mem_nomem(e);
	return store_mem_put(s, (int)row->table, key_row(&m->key, row, store_table_def(row->table)->keys),
	    m->value.data, m->value.len, e);
}

static int
mem_row_del(struct store *s, const struct row *row, struct err *e)
{
	return store_mem_del(s, (int)row->table, key_row(&mem_of(s)->key, row, store_table_def(row->table)->keys), e);
}

struct row_walk {
	enum derived_table table;
	int (*visit)(void *, const struct row *);
	void *ctx;
};

static int
row_visit(void *ctx, const struct map_item *it)
{
	struct row_walk *w = ctx;
	struct row row;
	bool whole = store_row_unpack(w->table, map_value(it), it->value_len, &row);

	assert(whole);		/* mem_row_put packed it */
	return w->visit(w->ctx, &row);
}

static int
mem_row_scan(struct store_reader *r, const struct row *from, int given, bool descending,
    int (*visit)(void *, const struct row *), void *ctx, struct err *e)
{
	struct row_walk w = { .table = from->table, .visit = visit, .ctx = ctx };
	struct buf start = { 0 };
	int rc = store_mem_walk(r, (int)from->table, key_row(&start, from, given), descending, row_visit, &w, e);

	buf_free(&start);
	return rc;
}

static int
mem_row_get(struct store_reader *r, const struct row *key, struct row *out, struct err *e)
{
	const struct map_item *it = store_mem_get(r, (int)key->table, key_row(store_mem_key(r), key,
	    store_table_def(key->table)->keys));
	bool whole;

	if (it == NULL)
		return store_absent_row(key->table, e);
	whole = store_row_unpack(key->table, map_value(it), it->value_len, out);
	assert(whole);
	return OK;
}

static int
mem_derived_reset(struct store *s, struct err *e)
{
	(void)e;
	for (int t = 0; t < T_COUNT; t++) {
		map_drop(mem_of(s)->work.root[t]);
		mem_of(s)->work.root[t] = NULL;
	}
	return OK;
}

/* ---- care -------------------------------------------------------------------------------------------------------- */

static int
mem_selfcheck(struct store_reader *r, void (*report)(void *, const char *), void *ctx, struct err *e)
{
	(void)e;
	for (int i = 0; i < M_COUNT; i++) {
		struct map_node *root = store_mem_root(r, i);

		if (!map_check(root))
			report(ctx, i < T_COUNT ? store_table_def((enum derived_table)i)->name :
			    "enduring map: order or balance is broken");
		map_drop(root);
	}
	return OK;
}

static int
mem_backup(struct store *s, const char *path, int (*progress)(void *, uint64_t, uint64_t), void *ctx, struct err *e)
{
	(void)s, (void)progress, (void)ctx;
	return err_set(e, ERR_INPUT, "store: is in memory and cannot be copied to %s; use a store in a file", path);
}

const struct store_ops store_mem_ops = {
	.close = store_mem_close, .reader_open = store_mem_reader_open, .reader_close = store_mem_reader_close,
	.hold = store_mem_hold, .release = store_mem_release, .begin = store_mem_begin, .commit = store_mem_commit,
	.rollback = store_mem_rollback, .tidy = store_mem_tidy, .log_put = store_mem_log_put,
	    .log_get = store_mem_log_get,
	.log_find = store_mem_log_find, .log_each = store_mem_log_each, .tile_put = store_mem_tile_put,
	    .tile_get = store_mem_tile_get,
	.payload_put = store_mem_payload_put, .payload_get = store_mem_payload_get,
	    .payload_scan = store_mem_payload_scan,
	.payload_erase = store_mem_payload_erase, .erasure_put = store_mem_erasure_put,
	.erasure_get = store_mem_erasure_get, .erasure_next = store_mem_erasure_next,
	.erasure_each = store_mem_erasure_each,
	.witness_put = store_mem_witness_put, .witness_get = store_mem_witness_get,
	.witness_each = store_mem_witness_each, .fork_put = store_mem_fork_put, .fork_get = store_mem_fork_get,
	.fork_each = store_mem_fork_each, .blob_put = store_mem_blob_put, .blob_get = store_mem_blob_get,
	.blob_each = store_mem_blob_each, .part_put = store_mem_part_put, .part_get = store_mem_part_get,
	.blob_erase = store_mem_blob_erase, .checkpoint_put = store_mem_checkpoint_put,
	.checkpoint_get = store_mem_checkpoint_get, .meta_put = store_mem_meta_put, .meta_get = store_mem_meta_get,
	.row_put = mem_row_put, .row_del = mem_row_del, .row_scan = mem_row_scan, .row_get = mem_row_get,
	.derived_reset = mem_derived_reset, .selfcheck = mem_selfcheck, .backup = mem_backup,
};
