#include "exchange/append.h"

#include <string.h>

#include "base/buf.h"

struct stored {				/* tiles of a stored log, as edge_load asks for them */
	struct store_reader *r;
	uint32_t log_no;
	struct buf row;
};

static int
get_stored(void *ctx, const struct tile *t, uint8_t *bytes, struct err *e)
{
	struct stored *s = ctx;
	size_t want = (size_t)t->width * HASH_BYTES;
	int rc = store_tile_get(s->r, s->log_no, t->level, t->n, &s->row, e);

	if (rc != OK)
		return rc;
	if (s->row.len < want)
		return err_set(e, ERR_VERIFY, "tile %u/%llu has %zu bytes, %zu are needed", t->level,
		    (unsigned long long)t->n, s->row.len, want);
	memcpy(bytes, s->row.data, want);
	return OK;
}

/* The partial bundle: as many of the stored bytes as the committed size covers. */
static int
load_bundle(struct append *a, struct stored *s, uint64_t size, struct err *e)
{
	size_t want = (size_t)(size % TILE_WIDTH) * (2 + ENTRY_BYTES);
	int rc;

	a->bundle_len = 0;
	if (want == 0)
		return OK;
	if ((rc = store_tile_get(s->r, a->log_no, STORE_BUNDLE, size / TILE_WIDTH, &s->row, e)) != OK)
		return rc;
	if (s->row.len < want)
		return err_set(e, ERR_VERIFY, "entry bundle %llu has %zu bytes, %zu are needed",
		    (unsigned long long)(size / TILE_WIDTH), s->row.len, want);
	memcpy(a->bundle, s->row.data, want);
	a->bundle_len = want;
	return OK;
}

int
append_load(struct append *a, struct store_reader *r, const struct log_row *log, struct err *e)
{
	struct stored s = { r, log->no, { 0 } };
	struct tile_source src = { get_stored, &s };
	struct digest root;
	int rc;

	memset(a, 0, sizeof *a);
	a->log_no = log->no;
	memcpy(root.b, log->root, sizeof root.b);
	if ((rc = edge_load(&a->edge, log->size, &root, &src, e)) == OK)
		rc = load_bundle(a, &s, log->size, e);
	buf_free(&s.row);
	return rc;
}

struct to_store {
	struct store *s;
	uint32_t log_no;
};

static int
put_tile(void *ctx, const struct tile *t, const uint8_t *bytes, struct err *e)
{
	struct to_store *to = ctx;

	return store_tile_put(to->s, to->log_no, t->level, t->n, bytes, (size_t)t->width * HASH_BYTES, e);
}

static int
put_bundle(struct append *a, struct store *s, uint64_t n, struct err *e)
{
	a->bundle_changed = false;
	return store_tile_put(s, a->log_no, STORE_BUNDLE, n, a->bundle, a->bundle_len, e);
}

int
append_entry(struct append *a, struct store *s, const struct digest *commitment, struct err *e)
{
	struct to_store to = { s, a->log_no };
	struct edge_sink sink = { put_tile, &to };
	uint64_t index = edge_size(&a->edge);
	struct digest leaf;
	uint8_t *p = a->bundle + a->bundle_len;
	int rc;

	p[0] = 0;
	p[1] = ENTRY_BYTES;
	entry_make(p + 2, commitment);
	a->bundle_len += 2 + ENTRY_BYTES;
	a->bundle_changed = true;
	entry_leaf(&leaf, commitment);
	if ((rc = edge_append(&a->edge, &leaf, &sink, e)) != OK)
		return rc;
	if (a->bundle_len == sizeof a->bundle) {
		rc = put_bundle(a, s, index / TILE_WIDTH, e);
		a->bundle_len = 0;
	}
	return rc;
}

int
append_flush(struct append *a, struct store *s, struct err *e)
{
	struct to_store to = { s, a->log_no };
	struct edge_sink sink = { put_tile, &to };
	int rc = edge_flush(&a->edge, &sink, e);

	if (rc == OK && a->bundle_changed)
		rc = put_bundle(a, s, edge_size(&a->edge) / TILE_WIDTH, e);
	return rc;
}

int
entry_read(struct entry_reader *er, struct store_reader *r, uint64_t index, struct digest *commitment, struct err *e)
{
	uint64_t n = index / TILE_WIDTH, i = index % TILE_WIDTH;
	int rc;

	if (!er->loaded || er->n != n || i >= er->bundle.count) {
		er->loaded = false;
		if ((rc = store_tile_get(r, er->log_no, STORE_BUNDLE, n, &er->bytes, e)) != OK ||
		    (rc = bundle_parse(&er->bundle, er->bytes.data, er->bytes.len, e)) != OK)
			return rc;
		er->n = n;
		er->loaded = true;
	}
	if (i >= er->bundle.count)
		return err_set(e, ERR_NOTFOUND, "entry %llu is not in the log", (unsigned long long)index);
	return entry_parse(commitment, er->bundle.entry[i].bytes, er->bundle.entry[i].len, e);
}

void
entry_reader_free(struct entry_reader *er)
{
	buf_free(&er->bytes);
	er->loaded = false;
}
