/*
 * What is in the maps of store_mem.c. Keys are in the order SQLite gives the same rows: big-endian numbers, and
 * store_row_key for derived tables, whose values are packed rows.
 */
#include <assert.h>
#include <string.h>

#include "base/wire.h"
#include "store/store_mem.h"
#include "store/store_row.h"

#define NONCE_LEN 32

static struct buf *
fresh(struct buf *b)
{
	buf_reset(b);
	return b;
}

static const struct buf *
key_tile(struct buf *b, uint32_t log_no, int level, uint64_t n)
{
	put_u32(fresh(b), log_no);
	put_u8(b, (uint8_t)(level + 1));
	put_u64(b, n);
	return b;
}

static const struct buf *
key_pair(struct buf *b, uint32_t log_no, uint64_t size)
{
	put_u32(fresh(b), log_no);
	put_u64(b, size);
	return b;
}

static const struct buf *
key_pos(struct buf *b, int64_t pos)
{
	put_u64(fresh(b), (uint64_t)pos);
	return b;
}

static const struct buf *
key_name(struct buf *b, const char *name)
{
	buf_str(fresh(b), name);
	return b;
}

static const struct buf *
key_row(struct buf *b, const struct row *row, int columns)
{
	store_row_key(fresh(b), row, columns);
	return b;
}

static struct buf *
key_of(struct store_reader *r)
{
	return &((struct mem_reader *)r)->key;
}

/* The item under ${key}, kept by ${r} until its next call; NULL if there is none. */
static const struct map_item *
get(struct store_reader *r, int which, const struct buf *key)
{
	struct mem_reader *mr = (struct mem_reader *)r;
	struct map_node *root = store_mem_root(r, which);
	struct map_item *found = key->failed ? NULL : map_item_ref(map_get(root, key->data, key->len));

	map_item_drop(mr->kept);
	mr->kept = found;
	map_drop(root);
	return found;
}

static int
put(struct store *s, int which, const struct buf *key, const void *value, size_t len, struct err *e)
{
	struct mem_store *m = mem_of(s);

	if (key->failed || !map_put(&m->spare, &m->work.root[which], key->data, key->len, value, len))
		return store_mem_nomem(e);
	return OK;
}

static int
del(struct store *s, int which, const struct buf *key, struct err *e)
{
	struct mem_store *m = mem_of(s);

	if (key->failed || !map_del(&m->spare, &m->work.root[which], key->data, key->len))
		return store_mem_nomem(e);
	return OK;
}

static int
copy_out(struct buf *out, const struct map_item *it, struct err *e)
{
	return buf_add(fresh(out), map_value(it), it->value_len) ? OK : store_mem_nomem(e);
}

static int
walk(struct store_reader *r, int which, const struct buf *from, bool descending,
    int (*visit)(void *, const struct map_item *), void *ctx, struct err *e)
{
	struct map_node *root;
	int rc;

	if (from->failed)
		return store_mem_nomem(e);
	root = store_mem_root(r, which);
	rc = map_walk(root, from->len > 0 ? (const char *)from->data : "", from->len, descending, visit, ctx);
	map_drop(root);
	return rc;
}

/*
 * ---- logs ----------------------------------------------------------------------------------------------------------
 */

struct log_walk {
	const char *mechanism, *member;		/* find */
	struct log_row *found;
	int (*visit)(void *, const struct log_row *);
	void *ctx;
};

static int
log_visit(void *ctx, const struct map_item *it)
{
	struct log_walk *w = ctx;
	struct log_row row;

	memcpy(&row, map_value(it), sizeof row);
	if (w->visit != NULL)
		return w->visit(w->ctx, &row);
	if (strcmp(row.mechanism, w->mechanism) != 0 || strcmp(row.member, w->member) != 0)
		return 0;
	*w->found = row;
	return 1;
}

static int
mem_log_each(struct store_reader *r, int (*visit)(void *, const struct log_row *), void *ctx, struct err *e)
{
	struct log_walk w = { .visit = visit, .ctx = ctx };
	struct buf start = { 0 };

	return walk(r, M_LOG, &start, false, log_visit, &w, e);
}

static int
mem_log_find(struct store_reader *r, const char *mechanism, const char *member, struct log_row *out, struct err *e)
{
	struct log_walk w = { .mechanism = mechanism, .member = member, .found = out };
	struct buf start = { 0 };

	if (walk(r, M_LOG, &start, false, log_visit, &w, e) == 1)
		return OK;
	return store_absent_log_of(mechanism, member, e);
}

static int
mem_log_get(struct store_reader *r, uint32_t no, struct log_row *out, struct err *e)
{
	const struct map_item *it = get(r, M_LOG, key_pos(key_of(r), no));

	if (it == NULL)
		return store_absent_log(no, e);
	memcpy(out, map_value(it), sizeof *out);
	return OK;
}

/* Another log with the same member of the same mechanism, or the same origin. */
static int
log_clash(void *ctx, const struct log_row *other)
{
	const struct log_row *row = ctx;

	return other->no != row->no && (strcmp(other->origin, row->origin) == 0 ||
	    (strcmp(other->mechanism, row->mechanism) == 0 && strcmp(other->member, row->member) == 0));
}

static int
mem_log_put(struct store *s, const struct log_row *row, struct err *e)
{
	struct log_row copy = *row;

	if (mem_log_each(s->view, log_clash, &copy, e) != 0)
		return store_log_clash(row, e);
	return put(s, M_LOG, key_pos(&mem_of(s)->key, row->no), row, sizeof *row, e);
}

/* ---- tiles, payloads, checkpoints, settings ---------------------------------------------------------------------- */

static int
mem_tile_put(struct store *s, uint32_t log_no, int level, uint64_t n, const void *bytes, size_t len, struct err *e)
{
	const struct buf *key = key_tile(&mem_of(s)->key, log_no, level, n);
	const struct map_item *old = get(s->view, M_TILE, key);

	if (old != NULL && (old->value_len > len || memcmp(map_value(old), bytes, old->value_len) != 0))
		return store_tile_conflict(log_no, level, n, e);
	return put(s, M_TILE, key, bytes, len, e);
}

static int
mem_tile_get(struct store_reader *r, uint32_t log_no, int level, uint64_t n, struct buf *out, struct err *e)
{
	const struct map_item *it = get(r, M_TILE, key_tile(key_of(r), log_no, level, n));

	return it == NULL ? store_absent_tile(log_no, level, n, e) : copy_out(out, it, e);
}

static int
mem_payload_put(struct store *s, int64_t pos, const uint8_t nonce[32], const void *bytes, size_t len, struct err *e)
{
	struct mem_store *m = mem_of(s);
	const struct buf *key = key_pos(&m->key, pos);

	if (get(s->view, M_PAYLOAD, key) != NULL)
		return err_set(e, ERR_CONFLICT, "payload: there is one");
	buf_add(fresh(&m->value), nonce, NONCE_LEN);
	if (!buf_add(&m->value, bytes, len))
		return store_mem_nomem(e);
	return put(s, M_PAYLOAD, key, m->value.data, m->value.len, e);
}

static void
payload_of(int64_t pos, const struct map_item *it, struct payload *out)
{
	out->pos = pos;
	memcpy(out->nonce, map_value(it), NONCE_LEN);
	out->bytes = map_value(it) + NONCE_LEN;
	out->len = it->value_len - NONCE_LEN;
}

static int
mem_payload_get(struct store_reader *r, int64_t pos, struct payload *out, struct err *e)
{
	const struct map_item *it = get(r, M_PAYLOAD, key_pos(key_of(r), pos));

	if (it == NULL)
		return store_absent_payload(pos, e);
	payload_of(pos, it, out);
	return OK;
}

struct payload_walk {
	int64_t to;
	bool ended;
	int (*visit)(void *, const struct payload *);
	void *ctx;
};

static int
payload_visit(void *ctx, const struct map_item *it)
{
	struct payload_walk *w = ctx;
	struct wire key = wire_reader(it->bytes, it->key_len);
	struct payload p;
	int64_t pos = (int64_t)wire_u64(&key);

	if (pos >= w->to) {
		w->ended = true;
		return 1;
	}
	payload_of(pos, it, &p);
	return w->visit(w->ctx, &p);
}

static int
mem_payload_scan(struct store_reader *r, int64_t from, int64_t to, int (*visit)(void *, const struct payload *),
    void *ctx, struct err *e)
{
	struct payload_walk w = { .to = to, .visit = visit, .ctx = ctx };
	struct buf start = { 0 };
	int rc = walk(r, M_PAYLOAD, key_pos(&start, from < 0 ? 0 : from), false, payload_visit, &w, e);

	buf_free(&start);
	return w.ended ? OK : rc;
}

static int
mem_payload_erase(struct store *s, int64_t pos, struct err *e)
{
	const struct buf *key = key_pos(&mem_of(s)->key, pos);

	if (get(s->view, M_PAYLOAD, key) == NULL)
		return store_absent_payload(pos, e);
	map_item_drop(mem_of(s)->view.kept);
	mem_of(s)->view.kept = NULL;
	return del(s, M_PAYLOAD, key, e);
}

static int
mem_checkpoint_put(struct store *s, uint32_t log_no, uint64_t size, const void *note, size_t len, struct err *e)
{
	return put(s, M_CHECKPOINT, key_pair(&mem_of(s)->key, log_no, size), note, len, e);
}

struct checkpoint_walk {
	uint32_t log_no;
	uint64_t *found;
	struct buf *out;
	struct err *e;
};

static int
checkpoint_visit(void *ctx, const struct map_item *it)
{
	struct checkpoint_walk *w = ctx;
	struct wire key = wire_reader(it->bytes, it->key_len);

	if (wire_u32(&key) != w->log_no)
		return ERR_NOTFOUND;
	*w->found = wire_u64(&key);
	return copy_out(w->out, it, w->e) == OK ? 1 : ERR_NOMEM;
}

static int
mem_checkpoint_get(struct store_reader *r, uint32_t log_no, uint64_t size, uint64_t *found, struct buf *out,
    struct err *e)
{
	struct checkpoint_walk w = { .log_no = log_no, .found = found, .out = out, .e = e };
	int rc = walk(r, M_CHECKPOINT, key_pair(key_of(r), log_no, size), true, checkpoint_visit, &w, e);

	return rc == 1 ? OK : rc == ERR_NOMEM ? rc : store_absent_checkpoint(log_no, UINT64_MAX, e);
}

static int
mem_meta_put(struct store *s, const char *name, const void *value, size_t len, struct err *e)
{
	return put(s, M_META, key_name(&mem_of(s)->key, name), value, len, e);
}

static int
mem_meta_get(struct store_reader *r, const char *name, struct buf *out, struct err *e)
{
	const struct map_item *it = get(r, M_META, key_name(key_of(r), name));

	return it == NULL ? store_absent_meta(name, e) : copy_out(out, it, e);
}

/* ---- derived rows ------------------------------------------------------------------------------------------------ */

static int
mem_row_put(struct store *s, const struct row *row, struct err *e)
{
	struct mem_store *m = mem_of(s);

	store_row_pack(fresh(&m->value), row);
	if (m->value.failed)
		return store_mem_nomem(e);
	return put(s, (int)row->table, key_row(&m->key, row, store_table_def(row->table)->keys), m->value.data,
	    m->value.len, e);
}

static int
mem_row_del(struct store *s, const struct row *row, struct err *e)
{
	return del(s, (int)row->table, key_row(&mem_of(s)->key, row, store_table_def(row->table)->keys), e);
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
	int rc = walk(r, (int)from->table, key_row(&start, from, given), descending, row_visit, &w, e);

	buf_free(&start);
	return rc;
}

static int
mem_row_get(struct store_reader *r, const struct row *key, struct row *out, struct err *e)
{
	const struct map_item *it = get(r, (int)key->table, key_row(key_of(r), key, store_table_def(key->table)->keys));
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
	.rollback = store_mem_rollback, .tidy = store_mem_tidy, .log_put = mem_log_put, .log_get = mem_log_get,
	.log_find = mem_log_find, .log_each = mem_log_each, .tile_put = mem_tile_put, .tile_get = mem_tile_get,
	.payload_put = mem_payload_put, .payload_get = mem_payload_get, .payload_scan = mem_payload_scan,
	.payload_erase = mem_payload_erase, .checkpoint_put = mem_checkpoint_put,
	.checkpoint_get = mem_checkpoint_get, .meta_put = mem_meta_put, .meta_get = mem_meta_get,
	.row_put = mem_row_put, .row_del = mem_row_del, .row_scan = mem_row_scan, .row_get = mem_row_get,
	.derived_reset = mem_derived_reset, .selfcheck = mem_selfcheck, .backup = mem_backup,
};
