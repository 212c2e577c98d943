/* A tiled log in memory, keyed by path as a web server would serve it, built with the log room itself. */
#ifndef TESTS_LOG_SHELF_H
#define TESTS_LOG_SHELF_H

#include "base/buf.h"
#include "forest.h"
#include "log/checkpoint.h"
#include "log/edge.h"

#define SHELF_MAX 2000

struct shelf {
	struct {
		char path[TILE_PATH_MAX];
		struct buf bytes;
	} file[SHELF_MAX];
	int n;
	struct edge edge;
	struct buf bundle;		/* the one being filled */
};

__attribute__((unused)) static struct buf *
shelf_find(struct shelf *s, const char *path)
{
	for (int i = 0; i < s->n; i++)
		if (strcmp(s->file[i].path, path) == 0)
			return &s->file[i].bytes;
	return NULL;
}

/* The same, where it is known to be there. */
__attribute__((unused)) static struct buf *
shelf_must(struct shelf *s, const char *path)
{
	struct buf *b = shelf_find(s, path);

	if (b == NULL) {
		fprintf(stderr, "no %s in the test's log\n", path);
		abort();
	}
	return b;
}

__attribute__((unused)) static void
shelf_put(struct shelf *s, const char *path, const void *bytes, size_t len)
{
	struct buf *b = shelf_find(s, path);

	if (b == NULL) {
		if (s->n == SHELF_MAX)
			abort();
		snprintf(s->file[s->n].path, TILE_PATH_MAX, "%s", path);
		b = &s->file[s->n++].bytes;
	}
	buf_reset(b);
	buf_add(b, bytes, len);
}

__attribute__((unused)) static void
shelf_drop(struct shelf *s, const char *path)
{
	for (int i = 0; i < s->n; i++)
		if (strcmp(s->file[i].path, path) == 0)
			s->file[i].path[0] = '\0';
}

__attribute__((unused)) static int
shelf_sink(void *ctx, const struct tile *t, const uint8_t *bytes, struct err *e)
{
	char path[TILE_PATH_MAX];

	(void)e;
	tile_format(path, t);
	shelf_put(ctx, path, bytes, (size_t)t->width * HASH_BYTES);
	return OK;
}

/* The get of an audit. */
__attribute__((unused)) static int
shelf_get(void *ctx, const char *path, struct buf *out, struct err *e)
{
	struct buf *b = shelf_find(ctx, path);

	if (b == NULL)
		return err_set(e, ERR_NOTFOUND, "not found");
	buf_add(out, b->data, b->len);
	return OK;
}

/* The get of a tile source. */
__attribute__((unused)) static int
shelf_tile(void *ctx, const struct tile *t, uint8_t *bytes, struct err *e)
{
	char path[TILE_PATH_MAX];
	struct buf *b;

	tile_format(path, t);
	if ((b = shelf_find(ctx, path)) == NULL || b->len != (size_t)t->width * HASH_BYTES)
		return err_set(e, ERR_NOTFOUND, "not found");
	memcpy(bytes, b->data, b->len);
	return OK;
}

static void
shelf_bundle(struct shelf *s, unsigned width)
{
	struct tile t = { TILE_ENTRIES, (uint16_t)width, (edge_size(&s->edge) - 1) / TILE_WIDTH };
	char path[TILE_PATH_MAX];

	tile_format(path, &t);
	shelf_put(s, path, s->bundle.data, s->bundle.len);
	if (width == TILE_WIDTH)
		buf_reset(&s->bundle);
}

/* Append "entry i" up to ${size} and publish a checkpoint. */
__attribute__((unused)) static void
shelf_grow(struct shelf *s, uint64_t size, const struct note_signer *signer)
{
	const struct edge_sink sink = { shelf_sink, s };
	struct checkpoint c = { .size = size };
	struct buf note = { 0 };
	char entry[40];

	for (uint64_t i = edge_size(&s->edge); i < size; i++) {
		size_t len = forest_entry(entry, sizeof entry, i);
		struct digest leaf;

		bundle_add(&s->bundle, entry, len);
		tree_leaf(&leaf, entry, len);
		if (edge_append(&s->edge, &leaf, &sink, NULL) != OK)
			abort();
		if (edge_size(&s->edge) % TILE_WIDTH == 0)
			shelf_bundle(s, TILE_WIDTH);
	}
	if (size % TILE_WIDTH != 0)
		shelf_bundle(s, (unsigned)(size % TILE_WIDTH));
	snprintf(c.origin, sizeof c.origin, "%s", signer->vkey.name);
	edge_root(&s->edge, &c.root);
	if (edge_flush(&s->edge, &sink, NULL) != OK || checkpoint_sign(&note, &c, signer, NULL) != OK)
		abort();
	shelf_put(s, "checkpoint", note.data, note.len);
	buf_free(&note);
}

__attribute__((unused)) static void
shelf_free(struct shelf *s)
{
	for (int i = 0; i < s->n; i++)
		buf_free(&s->file[i].bytes);
	buf_free(&s->bundle);
	memset(s, 0, sizeof *s);
}

#endif
