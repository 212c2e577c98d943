/*
 * Enduring maps of store_mem.c, second part: erasures, witnessed checkpoints, fork proofs, attachments. Rows are kept as
 * their structs; a note, a proof and a part follow theirs.
 */
#include <string.h>

#include "base/wire.h"
#include "store/store_mem.h"

/* ---- erasures ---------------------------------------------------------------------------------------------------- */

static const struct buf *
key_pos(struct buf *b, int64_t pos)
{
	put_u64(store_mem_fresh(b), (uint64_t)pos);
	return b;
}

/* M_ERASURE_OF: the record's id, then the position. */
static const struct buf *
key_of(struct buf *b, const uint8_t id[16], int64_t pos)
{
	buf_add(store_mem_fresh(b), id, 16);
	put_u64(b, (uint64_t)pos);
	return b;
}

int
store_mem_erasure_put(struct store *s, const struct erasure *x, struct err *e)
{
	struct buf *key = &mem_of(s)->key;
	int rc;

	if (store_mem_get(s->view, M_ERASURE, key_pos(key, x->pos)) != NULL)
		return OK;
	if ((rc = store_mem_put(s, M_ERASURE, key, x, sizeof *x, e)) != OK)
		return rc;
	return store_mem_put(s, M_ERASURE_OF, key_of(key, x->id, x->pos), x, sizeof *x, e);
}

int
store_mem_erasure_get(struct store_reader *r, int64_t pos, struct erasure *out, struct err *e)
{
	const struct map_item *it = store_mem_get(r, M_ERASURE, key_pos(store_mem_key(r), pos));

	if (it == NULL)
		return store_absent_erasure(pos, e);
	memcpy(out, map_value(it), sizeof *out);
	return OK;
}

static int
first_pos(void *ctx, const struct map_item *it)
{
	struct wire key = wire_reader(it->bytes, it->key_len);

	*(int64_t *)ctx = (int64_t)wire_u64(&key);
	return 1;
}

int
store_mem_erasure_next(struct store_reader *r, int64_t pos, int64_t *next, struct err *e)
{
	int rc = store_mem_walk(r, M_ERASURE, key_pos(store_mem_key(r), pos), false, first_pos, next, e);

	return rc == 1 ? OK : rc == OK ? ERR_NOTFOUND : rc;
}

struct erasure_walk {
	const uint8_t *id;
	bool ended;
	int (*visit)(void *, const struct erasure *);
	void *ctx;
};

static int
erasure_visit(void *ctx, const struct map_item *it)
{
	struct erasure_walk *w = ctx;
	struct erasure x;

	memcpy(&x, map_value(it), sizeof x);
	if (w->id != NULL && memcmp(x.id, w->id, sizeof x.id) != 0) {
		w->ended = true;
		return 1;
	}
	return w->visit(w->ctx, &x);
}

int
store_mem_erasure_each(struct store_reader *r, const uint8_t *id, int (*visit)(void *, const struct erasure *),
    void *ctx, struct err *e)
{
	struct erasure_walk w = { .id = id, .visit = visit, .ctx = ctx };
	struct buf start = { 0 };
	int rc = store_mem_walk(r, id == NULL ? M_ERASURE : M_ERASURE_OF, id == NULL ? &start : key_of(&start, id, 0),
	    false, erasure_visit, &w, e);

	buf_free(&start);
	return w.ended ? OK : rc;
}

/* ---- witnessed checkpoints, fork proofs -------------------------------------------------------------------------- */

static const struct buf *
key_origin(struct buf *b, const char *origin)
{
	buf_str(store_mem_fresh(b), origin);
	return b;
}

/* ${head}, then ${bytes}, under ${origin}. */
static int
put_two(struct store *s, int which, const char *origin, const void *head, size_t head_len, const void *bytes, size_t len,
    struct err *e)
{
	struct mem_store *m = mem_of(s);

	buf_add(store_mem_fresh(&m->value), head, head_len);
	if (!buf_add(&m->value, bytes, len))
		return store_mem_nomem(e);
	return store_mem_put(s, which, key_origin(&m->key, origin), m->value.data, m->value.len, e);
}

/* What follows a head of ${skip} bytes. */
static int
copy_tail(struct buf *out, const struct map_item *it, size_t skip, struct err *e)
{
	return buf_add(store_mem_fresh(out), map_value(it) + skip, it->value_len - skip) ? OK : store_mem_nomem(e);
}

int
store_mem_witness_put(struct store *s, const struct witnessed *w, const void *note, size_t len, struct err *e)
{
	return put_two(s, M_WITNESS, w->origin, w, sizeof *w, note, len, e);
}

int
store_mem_witness_get(struct store_reader *r, const char *origin, struct witnessed *out, struct buf *note, struct err *e)
{
	const struct map_item *it = store_mem_get(r, M_WITNESS, key_origin(store_mem_key(r), origin));

	if (it == NULL)
		return store_absent_witness(origin, e);
	memcpy(out, map_value(it), sizeof *out);
	return note == NULL ? OK : copy_tail(note, it, sizeof *out, e);
}

struct trust_walk {
	int (*witness)(void *, const struct witnessed *);
	int (*fork)(void *, const char *, int64_t);
	int (*blob)(void *, const struct blob *);
	void *ctx;
};

static int
witness_visit(void *ctx, const struct map_item *it)
{
	const struct trust_walk *w = ctx;
	struct witnessed row;

	memcpy(&row, map_value(it), sizeof row);
	return w->witness(w->ctx, &row);
}

int
store_mem_witness_each(struct store_reader *r, int (*visit)(void *, const struct witnessed *), void *ctx, struct err *e)
{
	struct trust_walk w = { .witness = visit, .ctx = ctx };
	struct buf start = { 0 };

	return store_mem_walk(r, M_WITNESS, &start, false, witness_visit, &w, e);
}

int
store_mem_fork_put(struct store *s, const char *origin, int64_t found_ms, const void *proof, size_t len, struct err *e)
{
	return put_two(s, M_FORK, origin, &found_ms, sizeof found_ms, proof, len, e);
}

int
store_mem_fork_get(struct store_reader *r, const char *origin, int64_t *found_ms, struct buf *proof, struct err *e)
{
	const struct map_item *it = store_mem_get(r, M_FORK, key_origin(store_mem_key(r), origin));

	if (it == NULL)
		return store_absent_fork(origin, e);
	memcpy(found_ms, map_value(it), sizeof *found_ms);
	return copy_tail(proof, it, sizeof *found_ms, e);
}

static int
fork_visit(void *ctx, const struct map_item *it)
{
	char origin[sizeof ((struct witnessed *)0)->origin];
	const struct trust_walk *w = ctx;
	int64_t found_ms;

	memcpy(origin, it->bytes, it->key_len);		/* the front door has seen that it fits */
	origin[it->key_len] = '\0';
	memcpy(&found_ms, map_value(it), sizeof found_ms);
	return w->fork(w->ctx, origin, found_ms);
}

int
store_mem_fork_each(struct store_reader *r, int (*visit)(void *, const char *, int64_t), void *ctx, struct err *e)
{
	struct trust_walk w = { .fork = visit, .ctx = ctx };
	struct buf start = { 0 };

	return store_mem_walk(r, M_FORK, &start, false, fork_visit, &w, e);
}

/* ---- attachments ------------------------------------------------------------------------------------------------- */

static const struct buf *
key_blob(struct buf *b, const uint8_t hash[32])
{
	buf_add(store_mem_fresh(b), hash, 32);
	return b;
}

static const struct buf *
key_part(struct buf *b, const uint8_t hash[32], uint32_t n)
{
	buf_add(store_mem_fresh(b), hash, 32);
	put_u32(b, n);
	return b;
}

int
store_mem_blob_put(struct store *s, const struct blob *b, struct err *e)
{
	return store_mem_put(s, M_BLOB, key_blob(&mem_of(s)->key, b->hash), b, sizeof *b, e);
}

int
store_mem_blob_get(struct store_reader *r, const uint8_t hash[32], struct blob *out, struct err *e)
{
	const struct map_item *it = store_mem_get(r, M_BLOB, key_blob(store_mem_key(r), hash));

	if (it == NULL)
		return store_absent_blob(hash, e);
	memcpy(out, map_value(it), sizeof *out);
	return OK;
}

static int
blob_visit(void *ctx, const struct map_item *it)
{
	const struct trust_walk *w = ctx;
	struct blob b;

	memcpy(&b, map_value(it), sizeof b);
	return w->blob(w->ctx, &b);
}

int
store_mem_blob_each(struct store_reader *r, int (*visit)(void *, const struct blob *), void *ctx, struct err *e)
{
	struct trust_walk w = { .blob = visit, .ctx = ctx };
	struct buf start = { 0 };

	return store_mem_walk(r, M_BLOB, &start, false, blob_visit, &w, e);
}

int
store_mem_part_put(struct store *s, const uint8_t hash[32], uint32_t n, const void *bytes, size_t len, struct err *e)
{
	return store_mem_put(s, M_PART, key_part(&mem_of(s)->key, hash, n), bytes, len, e);
}

int
store_mem_part_get(struct store_reader *r, const uint8_t hash[32], uint32_t n, struct buf *out, struct err *e)
{
	const struct map_item *it = store_mem_get(r, M_PART, key_part(store_mem_key(r), hash, n));

	if (it == NULL)
		return store_absent_blob(hash, e);
	return buf_add(out, map_value(it), it->value_len) ? OK : store_mem_nomem(e);
}

int
store_mem_blob_erase(struct store *s, const struct blob *b, struct err *e)
{
	uint32_t parts = (uint32_t)((b->have + STORE_BLOB_PART - 1) / STORE_BLOB_PART);
	int rc = OK;

	for (uint32_t n = 0; n < parts && rc == OK; n++)
		rc = store_mem_erase(s, M_PART, key_part(&mem_of(s)->key, b->hash, n), e);
	return rc == OK ? store_mem_erase(s, M_BLOB, key_blob(&mem_of(s)->key, b->hash), e) : rc;
}
