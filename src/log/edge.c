#include "log/edge.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

void
edge_init(struct edge *g)
{
	memset(g, 0, sizeof *g);
}

uint64_t
edge_size(const struct edge *g)
{
	return g->range.size;
}

void
edge_root(const struct edge *g, struct digest *root)
{
	tree_root(&g->range, root);
}

/* The tile at ${level} that is being filled when the size is ${size}. */
static struct tile
open_tile(unsigned level, uint64_t size)
{
	uint64_t count = size >> (8 * level);

	return (struct tile){ (uint8_t)level, (uint16_t)(count % TILE_WIDTH), count / TILE_WIDTH };
}

/* Put ${h} as the next hash of ${level}, before the size is raised; hand the tile over if that fills it. */
static int
push(struct edge *g, unsigned level, const struct digest *h, const struct edge_sink *sink, struct err *e)
{
	struct tile t = open_tile(level, g->range.size);
	int rc;

	memcpy(g->tile[level] + (size_t)t.width * HASH_BYTES, h->b, HASH_BYTES);
	g->changed[level] = true;
	if (++t.width < TILE_WIDTH)
		return OK;
	if ((rc = sink->put(sink->ctx, &t, g->tile[level], e)) != OK)
		return rc;
	memset(g->tile[level], 0, TILE_BYTES);
	g->changed[level] = false;
	return OK;
}

int
edge_append(struct edge *g, const struct digest *leaf, const struct edge_sink *sink, struct err *e)
{
	struct tree_range *r = &g->range;
	struct digest h = *leaf;
	unsigned k = 0;
	int rc;

	if (r->size >= TREE_MAX_SIZE)
		return err_set(e, ERR_LIMIT, "log: full at %" PRIu64 " entries; open a new epoch", r->size);
	/* As tree_append; on the way up, every eighth level's hash also belongs in a tile. */
	for (;; k++) {
		if (k % 8 == 0 && (rc = push(g, k / 8, &h, sink, e)) != OK)
			return rc;
		if (!(r->size >> k & 1))
			break;
		tree_node(&h, &r->peak[k], &h);
	}
	r->peak[k] = h;
	r->size++;
	return OK;
}

int
edge_flush(struct edge *g, const struct edge_sink *sink, struct err *e)
{
	int rc;

	for (unsigned level = 0; level < TILE_LEVELS; level++) {
		struct tile t = open_tile(level, g->range.size);

		if (!g->changed[level])
			continue;
		if ((rc = sink->put(sink->ctx, &t, g->tile[level], e)) != OK)
			return rc;
		g->changed[level] = false;
	}
	return OK;
}

/* The peak of bit ${k} of the size, from its level's tile: the hashes left of those that lower bits cover. */
static void
peak_from_tile(const struct edge *g, unsigned k, struct digest *out)
{
	unsigned j = k % 8, width = open_tile(k / 8, g->range.size).width;

	tile_root(g->tile[k / 8], width >> (j + 1) << (j + 1), 1u << j, out);
}

int
edge_load(struct edge *g, uint64_t size, const struct digest *root, const struct tile_source *src, struct err *e)
{
	struct digest got;
	int rc;

	edge_init(g);
	if (size > TREE_MAX_SIZE)
		return err_set(e, ERR_LIMIT, "log: size %" PRIu64 " is above 2^63 - 1", size);
	g->range.size = size;
	for (unsigned level = 0; level < TILE_LEVELS; level++) {
		struct tile t = open_tile(level, size);

		if (t.width > 0 && (rc = src->get(src->ctx, &t, g->tile[level], e)) != OK) {
			err_at(e, "right edge of the log at size %" PRIu64 ", level %u", size, level);
			return rc;
		}
	}
	for (unsigned k = 0; k < 63; k++)
		if (size >> k & 1)
			peak_from_tile(g, k, &g->range.peak[k]);
	edge_root(g, &got);
	if (!hash_equal(&got, root))
		return err_set(e, ERR_VERIFY, "log of size %" PRIu64 ": its stored tiles do not give the root of its "
		    "checkpoint; sign nothing, compare with the peers' copies (diwan verify)", size);
	return OK;
}

void
edge_check(const struct edge *g)
{
	uint64_t size = g->range.size;

	assert(size <= TREE_MAX_SIZE);				/* 1 */
	for (unsigned level = 0; level < TILE_LEVELS; level++) {
		unsigned width = open_tile(level, size).width;	/* 2 */

		assert(width > 0 || !g->changed[level]);	/* 5 */
		for (size_t i = (size_t)width * HASH_BYTES; i < TILE_BYTES; i++)
			assert(g->tile[level][i] == 0);		/* 6 */
	}
	for (unsigned k = 0; k < 63; k++) {			/* 4 */
		struct digest d;

		if (!(size >> k & 1))
			continue;
		peak_from_tile(g, k, &d);
		assert(hash_equal(&d, &g->range.peak[k]));
	}
}
