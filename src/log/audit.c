#include "log/audit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "log/bundle.h"
#include "log/edge.h"

/* An audit under way. */
struct run {
	const struct audit *what;
	struct audit_report *out;
	struct edge edge;
	struct bundle bundle;
	struct buf bytes;		/* the bundle being read; its entries point here */
	struct buf stored;		/* the tile being compared */
};

static int
fetch(struct run *r, const char *path, struct buf *into, size_t max_bytes, struct err *e)
{
	int rc;

	buf_reset(into);
	into->max_bytes = max_bytes;
	rc = r->what->get(r->what->ctx, path, into, e);
	if (rc == OK && into->failed)
		rc = err_set(e, ERR_LIMIT, "more than %zu bytes, or no memory for them", max_bytes);
	if (rc != OK)
		err_at(e, "%s", path);
	return rc;
}

/*
 * The file of ${t}, or, where a partial one is gone, the full one that replaced it: the log may have grown since the
 * checkpoint was taken. ${found} and ${path} say which one was read.
 */
static int
fetch_tile(struct run *r, const struct tile *t, struct tile *found, char path[TILE_PATH_MAX], struct buf *into,
    size_t max_bytes, struct err *e)
{
	struct err second;
	int rc;

	*found = *t;
	tile_format(path, t);
	if ((rc = fetch(r, path, into, max_bytes, e)) != ERR_NOTFOUND || t->width == TILE_WIDTH)
		return rc;
	found->width = TILE_WIDTH;
	tile_format(path, found);
	if ((rc = fetch(r, path, into, max_bytes, &second)) != OK && rc != ERR_NOTFOUND && e != NULL)
		*e = second;	/* graver than that the one asked for is missing */
	return rc;
}

/* The sink of the tree that is built again: what the writer must have stored. */
static int
compare_tile(void *ctx, const struct tile *t, const uint8_t *bytes, struct err *e)
{
	struct run *r = ctx;
	struct tile found;
	char path[TILE_PATH_MAX];
	int rc;

	if ((rc = fetch_tile(r, t, &found, path, &r->stored, TILE_BYTES, e)) != OK)
		return rc;
	if (r->stored.len != (size_t)found.width * HASH_BYTES)
		return err_set(e, ERR_VERIFY, "%s: %zu bytes, must have %d", path, r->stored.len,
		    found.width * HASH_BYTES);
	for (unsigned i = 0; i < t->width; i++)
		if (memcmp(r->stored.data + (size_t)i * HASH_BYTES, bytes + (size_t)i * HASH_BYTES, HASH_BYTES) != 0)
			return err_set(e, ERR_VERIFY, "%s: hash %u is not that of the entries below it", path, i);
	r->out->tiles++;
	return OK;
}

/* The tree has reached the size of the old checkpoint. */
static int
check_old(struct run *r, struct err *e)
{
	const struct checkpoint *old = r->what->old;
	struct digest root;

	if (old == NULL || edge_size(&r->edge) != old->size)
		return OK;
	edge_root(&r->edge, &root);
	if (!hash_equal(&root, &old->root))
		return err_set(e, ERR_VERIFY, "log %s: at size %" PRIu64 " it now has another root than the checkpoint "
		    "seen before: the log has forked; keep both checkpoints as evidence", old->origin, old->size);
	return OK;
}

static int
take_entry(struct run *r, const void *entry, size_t len, struct err *e)
{
	const struct edge_sink sink = { compare_tile, r };
	struct digest leaf;
	int rc;

	if (r->what->entry != NULL && (rc = r->what->entry(r->what->ctx, edge_size(&r->edge), entry, len, e)) != OK)
		return rc;
	tree_leaf(&leaf, entry, len);
	if ((rc = edge_append(&r->edge, &leaf, &sink, e)) != OK)
		return rc;
	return check_old(r, e);
}

static int
check_bundle(struct run *r, uint64_t n, struct err *e)
{
	struct tile t = { TILE_ENTRIES, (uint16_t)tile_width(TILE_ENTRIES, n, r->out->checkpoint.size), n }, found;
	char path[TILE_PATH_MAX];
	int rc;

	if ((rc = fetch_tile(r, &t, &found, path, &r->bytes, BUNDLE_MAX_BYTES, e)) != OK)
		return rc;
	if ((rc = bundle_parse(&r->bundle, r->bytes.data, r->bytes.len, e)) != OK) {
		err_at(e, "%s", path);
		return rc;
	}
	if (r->bundle.count != found.width)
		return err_set(e, ERR_VERIFY, "%s: %u entries, must have %u", path, r->bundle.count, found.width);
	for (unsigned i = 0; i < t.width; i++)
		if ((rc = take_entry(r, r->bundle.entry[i].bytes, r->bundle.entry[i].len, e)) != OK)
			return rc;
	r->out->bundles++;
	return OK;
}

static int
open_checkpoint(struct run *r, struct err *e)
{
	struct arena a = { .max_bytes = 4 * NOTE_MAX_BYTES };
	const struct checkpoint *old = r->what->old;
	struct checkpoint *c = &r->out->checkpoint;
	struct note note;
	int rc;

	if ((rc = fetch(r, "checkpoint", &r->bytes, NOTE_MAX_BYTES, e)) != OK)
		return rc;
	rc = checkpoint_open(&a, r->bytes.data, r->bytes.len, r->what->keys, r->what->n_keys, c, &note,
	    r->out->marks, e);
	arena_free(&a);
	if (rc != OK || old == NULL)
		return rc;
	if (strcmp(old->origin, c->origin) != 0)
		return err_set(e, ERR_INPUT, "the older checkpoint is of the log %s, not of %s", old->origin,
		    c->origin);
	if (old->size > c->size)
		return err_set(e, ERR_VERIFY, "log %s: has %" PRIu64 " entries, but a checkpoint seen before has %"
		    PRIu64 ": it was cut back or restored; keep both checkpoints as evidence", c->origin, c->size,
		    old->size);
	return OK;
}

static int
run(struct run *r, struct err *e)
{
	const struct edge_sink sink = { compare_tile, r };
	const struct checkpoint *c = &r->out->checkpoint;
	struct digest root;
	int rc;

	if ((rc = open_checkpoint(r, e)) != OK || (rc = check_old(r, e)) != OK)
		return rc;
	for (uint64_t n = 0; n < tile_count(TILE_ENTRIES, c->size); n++) {
		if ((rc = check_bundle(r, n, e)) != OK)
			return rc;
		if (r->what->progress != NULL &&
		    (rc = r->what->progress(r->what->ctx, edge_size(&r->edge), c->size, e)) != OK)
			return rc;
	}
	if ((rc = edge_flush(&r->edge, &sink, e)) != OK)
		return rc;
	edge_root(&r->edge, &root);
	if (!hash_equal(&root, &c->root))
		return err_set(e, ERR_VERIFY, "log %s: its %" PRIu64 " entries do not give the root of its "
		    "checkpoint", c->origin, c->size);
	return OK;
}

int
audit_run(const struct audit *what, struct audit_report *out, struct err *e)
{
	struct run *r;
	int rc;

	memset(out, 0, sizeof *out);
	if (what->n_keys < 1 || what->n_keys > AUDIT_KEYS_MAX)
		return err_set(e, ERR_LIMIT, "audit: give the log's key and at most %d witnesses' keys",
		    AUDIT_KEYS_MAX - 1);
	if ((rc = vkey_distinct(what->keys, what->n_keys, e)) != OK)
		return rc;
	if ((r = calloc(1, sizeof *r)) == NULL)
		return err_set(e, ERR_NOMEM, "audit: out of memory");
	r->what = what;
	r->out = out;
	edge_init(&r->edge);
	rc = run(r, e);
	buf_free(&r->bytes);
	buf_free(&r->stored);
	free(r);
	return rc;
}
