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

static const struct buf *
key_tile(struct buf *b, uint32_t log_no, int level, uint64_t n)
{
	put_u32(store_mem_fresh(b), log_no);
	put_u8(b, (uint8_t)(level + 1));
	put_u64(b, n);
	return b;
}

static const struct buf *
key_pair(struct buf *b, uint32_t log_no, uint64_t size)
{
	put_u32(store_mem_fresh(b), log_no);
	put_u64(b, size);
	return b;
}

static const struct buf *
key_pos(struct buf *b, int64_t pos)
{
	put_u64(store_mem_fresh(b), (uint64_t)pos);
	return b;
}

static const struct buf *
key_name(struct buf *b, const char *name)
{
	buf_str(store_mem_fresh(b), name);
	return b;
}

/* ---- logs -------------------------------------------------------------------------------------------------------- */

struct log_walk {
	const char *mechanism, *member;		/* find */
	uint32_t epoch;
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
	if (w->epoch != 0 ? row.epoch == w->epoch : row.epoch > w->found->epoch)
		*w->found = row;
	return 0;
}

int
store_mem_log_each(struct store_reader *r, int (*visit)(void *, const struct log_row *), void *ctx, struct err *e)
{
	struct log_walk w = { .visit = visit, .ctx = ctx };
	struct buf start = { 0 };

	return store_mem_walk(r, M_LOG, &start, false, log_visit, &w, e);
}

int
store_mem_log_find(struct store_reader *r, const char *mechanism, const char *member, uint32_t epoch,
    struct log_row *out, struct err *e)
{
	struct log_row found = { .epoch = 0 };
	struct log_walk w = { .mechanism = mechanism, .member = member, .epoch = epoch, .found = &found };
	struct buf start = { 0 };
	int rc = store_mem_walk(r, M_LOG, &start, false, log_visit, &w, e);

	if (rc != OK)
		return rc;
	if (found.epoch == 0)
		return store_absent_log_of(mechanism, member, epoch, e);
	*out = found;
	return OK;
}

int
store_mem_log_get(struct store_reader *r, uint32_t no, struct log_row *out, struct err *e)
{
	const struct map_item *it = store_mem_get(r, M_LOG, key_pos(store_mem_key(r), no));

	if (it == NULL)
		return store_absent_log(no, e);
	memcpy(out, map_value(it), sizeof *out);
	return OK;
}

/* Another log with the same epoch of the same member and mechanism, or the same origin. */
static int
log_clash(void *ctx, const struct log_row *other)
{
	const struct log_row *row = ctx;

	return other->no != row->no && (strcmp(other->origin, row->origin) == 0 ||
	    (strcmp(other->mechanism, row->mechanism) == 0 && strcmp(other->member, row->member) == 0 &&
	    other->epoch == row->epoch));
}

int
store_mem_log_put(struct store *s, const struct log_row *row, struct err *e)
{
	struct log_row copy = *row;

	if (store_mem_log_each(s->view, log_clash, &copy, e) != 0)
		return store_log_clash(row, e);
	return store_mem_put(s, M_LOG, key_pos(&mem_of(s)->key, row->no), row, sizeof *row, e);
}

/* ---- tiles, payloads, checkpoints, settings ---------------------------------------------------------------------- */

int
store_mem_tile_put(struct store *s, uint32_t log_no, int level, uint64_t n, const void *bytes, size_t len,
    struct err *e)
{
	const struct buf *key = key_tile(&mem_of(s)->key, log_no, level, n);
	const struct map_item *old = store_mem_get(s->view, M_TILE, key);

	if (old != NULL && (old->value_len > len || memcmp(map_value(old), bytes, old->value_len) != 0))
		return store_tile_conflict(log_no, level, n, e);
	return store_mem_put(s, M_TILE, key, bytes, len, e);
}

int
store_mem_tile_get(struct store_reader *r, uint32_t log_no, int level, uint64_t n, struct buf *out, struct err *e)
{
	const struct map_item *it = store_mem_get(r, M_TILE, key_tile(store_mem_key(r), log_no, level, n));

	return it == NULL ? store_absent_tile(log_no, level, n, e) : store_mem_copy(out, it, e);
}

int
store_mem_payload_put(struct store *s, int64_t pos, const uint8_t nonce[32], const void *bytes, size_t len,
    struct err *e)
{
	struct mem_store *m = mem_of(s);
	const struct buf *key = key_pos(&m->key, pos);

	if (store_mem_get(s->view, M_PAYLOAD, key) != NULL)
		return err_set(e, ERR_CONFLICT, "payload: there is one");
	buf_add(store_mem_fresh(&m->value), nonce, NONCE_LEN);
	if (!buf_add(&m->value, bytes, len))
		return store_mem_nomem(e);
	return store_mem_put(s, M_PAYLOAD, key, m->value.data, m->value.len, e);
}

static void
payload_of(int64_t pos, const struct map_item *it, struct payload *out)
{
	out->pos = pos;
	memcpy(out->nonce, map_value(it), NONCE_LEN);
	out->bytes = map_value(it) + NONCE_LEN;
	out->len = it->value_len - NONCE_LEN;
}

int
store_mem_payload_get(struct store_reader *r, int64_t pos, struct payload *out, struct err *e)
{
	const struct map_item *it = store_mem_get(r, M_PAYLOAD, key_pos(store_mem_key(r), pos));

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

int
store_mem_payload_scan(struct store_reader *r, int64_t from, int64_t to, int (*visit)(void *, const struct payload *),
    void *ctx, struct err *e)
{
	struct payload_walk w = { .to = to, .visit = visit, .ctx = ctx };
	struct buf start = { 0 };
	int rc = store_mem_walk(r, M_PAYLOAD, key_pos(&start, from < 0 ? 0 : from), false, payload_visit, &w, e);

	buf_free(&start);
	return w.ended ? OK : rc;
}

int
store_mem_payload_erase(struct store *s, int64_t pos, struct err *e)
{
	const struct buf *key = key_pos(&mem_of(s)->key, pos);

	if (store_mem_get(s->view, M_PAYLOAD, key) == NULL)
		return store_absent_payload(pos, e);
	return store_mem_erase(s, M_PAYLOAD, key, e);
}

int
store_mem_checkpoint_put(struct store *s, uint32_t log_no, uint64_t size, const void *note, size_t len, struct err *e)
{
	return store_mem_put(s, M_CHECKPOINT, key_pair(&mem_of(s)->key, log_no, size), note, len, e);
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
	return store_mem_copy(w->out, it, w->e) == OK ? 1 : ERR_NOMEM;
}

int
store_mem_checkpoint_get(struct store_reader *r, uint32_t log_no, uint64_t size, uint64_t *found, struct buf *out,
    struct err *e)
{
	struct checkpoint_walk w = { .log_no = log_no, .found = found, .out = out, .e = e };
	int rc = store_mem_walk(r, M_CHECKPOINT, key_pair(store_mem_key(r), log_no, size), true, checkpoint_visit, &w,
	    e);

	return rc == 1 ? OK : rc == ERR_NOMEM ? rc : store_absent_checkpoint(log_no, UINT64_MAX, e);
}

int
store_mem_meta_put(struct store *s, const char *name, const void *value, size_t len, struct err *e)
{
	return store_mem_put(s, M_META, key_name(&mem_of(s)->key, name), value, len, e);
}

int
store_mem_meta_get(struct store_reader *r, const char *name, struct buf *out, struct err *e)
{
	const struct map_item *it = store_mem_get(r, M_META, key_name(store_mem_key(r), name));

	return it == NULL ? store_absent_meta(name, e) : store_mem_copy(out, it, e);
}
