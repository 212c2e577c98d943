/*
 * The store in memory. One ordered map a table (store_map.h); the writer changes its own roots, a commit publishes
 * them, a reader counts a reference to what is published. The lock guards only that pointer.
 *
 * Keys are in the order SQLite would give the same rows: big-endian numbers, and store_row_key for derived tables.
 */
#include "store/store_mem.h"

#include <stdlib.h>

int
store_mem_nomem(struct err *e)
{
	return err_set(e, ERR_NOMEM, "store: out of memory");
}

/* ---- snapshots --------------------------------------------------------------------------------------------------- */

static void
roots_drop(struct snapshot *snap)
{
	for (int i = 0; i < M_COUNT; i++) {
		map_drop(snap->root[i]);
		snap->root[i] = NULL;
	}
}

static void
roots_copy(struct snapshot *to, const struct snapshot *from)
{
	for (int i = 0; i < M_COUNT; i++)
		to->root[i] = map_ref(from->root[i]);
}

static void
snapshot_drop(struct snapshot *snap)
{
	if (snap == NULL || atomic_fetch_sub_explicit(&snap->refs, 1, memory_order_acq_rel) != 1)
		return;
	roots_drop(snap);
	free(snap);
}

static struct snapshot *
snapshot_ref(struct snapshot *snap)
{
	atomic_fetch_add_explicit(&snap->refs, 1, memory_order_relaxed);
	return snap;
}

static struct snapshot *
snapshot_published(struct mem_store *m)
{
	struct snapshot *snap;

	pthread_mutex_lock(&m->mutex);
	snap = snapshot_ref(m->published);
	pthread_mutex_unlock(&m->mutex);
	return snap;
}

/* Held while a call lasts, so that a write from a visit cannot change what is being walked. */
struct map_node *
store_mem_root(struct store_reader *r, int which)
{
	struct mem_store *m = mem_of(r->store);
	struct mem_reader *mr = (struct mem_reader *)r;
	struct snapshot *snap;
	struct map_node *root;

	if (mr == &m->view)
		return map_ref(m->work.root[which]);
	if (mr->snap != NULL)
		return map_ref(mr->snap->root[which]);
	snap = snapshot_published(m);
	root = map_ref(snap->root[which]);
	snapshot_drop(snap);
	return root;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static void
reader_clear(struct mem_reader *r)
{
	map_item_drop(r->kept);
	buf_free(&r->key);
	r->kept = NULL;
}

void
store_mem_close(struct store *s)
{
	struct mem_store *m = mem_of(s);

	reader_clear(&m->view);
	roots_drop(&m->work);
	snapshot_drop(m->published);
	map_spare_free(&m->spare);
	buf_free(&m->key);
	buf_free(&m->value);
	pthread_mutex_destroy(&m->mutex);
	free(m);
}

int
store_mem_reader_open(struct store *s, struct store_reader **out, struct err *e)
{
	struct mem_reader *r = calloc(1, sizeof *r);

	if (r == NULL)
		return store_mem_nomem(e);
	r->base.store = s;
	*out = &r->base;
	return OK;
}

void
store_mem_reader_close(struct store_reader *r)
{
	reader_clear((struct mem_reader *)r);
	free(r);
}

int
store_mem_hold(struct store_reader *r, struct err *e)
{
	(void)e;
	((struct mem_reader *)r)->snap = snapshot_published(mem_of(r->store));
	return OK;
}

void
store_mem_release(struct store_reader *r)
{
	struct mem_reader *mr = (struct mem_reader *)r;

	snapshot_drop(mr->snap);
	mr->snap = NULL;
}

int
store_mem_begin(struct store *s, struct err *e)
{
	(void)s, (void)e;
	return OK;
}

int
store_mem_commit(struct store *s, struct err *e)
{
	struct mem_store *m = mem_of(s);
	struct snapshot *old, *new = calloc(1, sizeof *new);

	if (new == NULL)
		return store_mem_nomem(e);
	atomic_init(&new->refs, 1);
	roots_copy(new, &m->work);
	pthread_mutex_lock(&m->mutex);
	old = m->published;
	m->published = new;
	pthread_mutex_unlock(&m->mutex);
	snapshot_drop(old);
	return OK;
}

void
store_mem_rollback(struct store *s)
{
	roots_drop(&mem_of(s)->work);
	roots_copy(&mem_of(s)->work, mem_of(s)->published);
}

int
store_mem_tidy(struct store *s, struct err *e)
{
	(void)s, (void)e;
	return OK;
}

/* ---- one map ----------------------------------------------------------------------------------------------------- */

struct buf *
store_mem_fresh(struct buf *b)
{
	buf_reset(b);
	return b;
}

const struct map_item *
store_mem_get(struct store_reader *r, int which, const struct buf *key)
{
	struct mem_reader *mr = (struct mem_reader *)r;
	struct map_node *root = store_mem_root(r, which);
	struct map_item *found = key->failed ? NULL : map_item_ref(map_get(root, key->data, key->len));

	map_item_drop(mr->kept);
	mr->kept = found;
	map_drop(root);
	return found;
}

int
store_mem_put(struct store *s, int which, const struct buf *key, const void *value, size_t len, struct err *e)
{
	struct mem_store *m = mem_of(s);

	if (key->failed || !map_put(&m->spare, &m->work.root[which], key->data, key->len, value, len))
		return store_mem_nomem(e);
	return OK;
}

int
store_mem_del(struct store *s, int which, const struct buf *key, struct err *e)
{
	struct mem_store *m = mem_of(s);

	if (key->failed || !map_del(&m->spare, &m->work.root[which], key->data, key->len))
		return store_mem_nomem(e);
	return OK;
}

int
store_mem_erase(struct store *s, int which, const struct buf *key, struct err *e)
{
	struct mem_reader *view = &mem_of(s)->view;

	map_item_drop(view->kept);
	view->kept = NULL;
	return store_mem_del(s, which, key, e);
}

int
store_mem_copy(struct buf *out, const struct map_item *it, struct err *e)
{
	return buf_add(store_mem_fresh(out), map_value(it), it->value_len) ? OK : store_mem_nomem(e);
}

int
store_mem_walk(struct store_reader *r, int which, const struct buf *from, bool descending,
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

/* ---- opening ----------------------------------------------------------------------------------------------------- */

int
store_open_mem(struct store **out, struct err *e)
{
	struct mem_store *m = calloc(1, sizeof *m);

	*out = NULL;
	if (m == NULL || (m->published = calloc(1, sizeof *m->published)) == NULL) {
		free(m);
		return store_mem_nomem(e);
	}
	atomic_init(&m->published->refs, 1);
	pthread_mutex_init(&m->mutex, NULL);
	m->base.ops = &store_mem_ops;
	m->base.view = &m->view.base;
	m->view.base.store = &m->base;
	*out = &m->base;
	return OK;
}
