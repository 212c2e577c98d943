/* From the signed root down to each tile and bundle, so that a wrong answer is found at the tile where it is. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/pull_fork.h"
#include "exchange/pull_grown.h"

static int
fetch_tile(void *ctx, const struct tile *t, uint8_t *bytes, struct err *e)
{
	struct grown *g = ctx;
	struct buf b = { 0 };
	char path[TILE_PATH_MAX];
	int rc;

	tile_format(path, t);
	if ((rc = pull_bundle_file(g->p, path, TILE_BYTES, &b, e)) == OK) {
		if (b.len == (size_t)t->width * HASH_BYTES)
			memcpy(bytes, b.data, b.len);
		else
			rc = err_set(e, ERR_VERIFY, "%s has %zu bytes instead of %u", path, b.len, t->width * 32u);
	}
	buf_free(&b);
	return rc;
}

/* The hashes of tile (level, n) of the new tree, verified. Full tiles are checked against the hash their parent holds. */
static int
verified_tile(struct grown *g, uint8_t level, uint64_t n, const uint8_t **out, struct err *e)
{
	struct tile t = { level, (uint16_t)tile_width(level, n, g->cp.size), n };
	const uint8_t *parent;
	struct digest root;
	int rc;

	if (t.width < TILE_WIDTH) {
		*out = g->edge.tile[level];	/* part of the right edge */
		return OK;
	}
	assert(g->tiles != NULL);
	*out = g->tiles[level];
	if (g->tile_have[level] && g->tile_n[level] == n)
		return OK;
	g->tile_have[level] = false;
	if ((rc = verified_tile(g, (uint8_t)(level + 1), n / TILE_WIDTH, &parent, e)) != OK ||
	    (rc = fetch_tile(g, &t, g->tiles[level], e)) != OK)
		return rc;
	assert(parent != NULL);
	tile_root(g->tiles[level], 0, TILE_WIDTH, &root);
	if (memcmp(root.b, parent + (n % TILE_WIDTH) * HASH_BYTES, HASH_BYTES) != 0)
		return err_set(e, ERR_VERIFY, "hash tile %u/%" PRIu64 " does not belong under the signed root", level, n);
	g->tile_n[level] = n;
	g->tile_have[level] = true;
	return OK;
}

/* What is held contradicts the peer's tree: prove it with the peer's own tiles. */
static int
report_fork(struct grown *g, struct err *e)
{
	struct tile_source tiles = { fetch_tile, g };

	return fork_by_tiles(g->p, &g->log, &g->cp, &g->note, &tiles, e);
}

/* What is held must be a prefix of the new tree: each level of the held right edge is a prefix of the new tree's tile there. */
static int
check_prefix(struct grown *g, struct err *e)
{
	uint64_t s = g->log.size, n;
	const uint8_t *bytes;
	unsigned width;
	int rc;

	for (uint8_t level = 0; level < TILE_LEVELS && s > 0; level++, s /= TILE_WIDTH) {
		width = (unsigned)(s % TILE_WIDTH);
		n = s / TILE_WIDTH;
		if (width == 0)
			continue;
		if ((rc = verified_tile(g, level, n, &bytes, e)) != OK)
			return rc;
		assert(bytes != NULL);
		if (memcmp(bytes, g->held.edge.tile[level], (size_t)width * HASH_BYTES) != 0)
			return report_fork(g, e);
	}
	return OK;
}

/* The right edge of the new tree from the peer's tiles, verified against the signed root; and room for full tiles. */
static int
load_new_edge(struct grown *g, struct err *e)
{
	struct tile_source src = { fetch_tile, g };

	if (g->tiles == NULL && (g->tiles = malloc(TILE_LEVELS * sizeof *g->tiles)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory to verify tiles");
	return edge_load(&g->edge, g->cp.size, &g->cp.root, &src, e) == OK ? OK : err_at(e, "the peer's right edge");
}

int
pull_walk_explain(struct grown *g, struct err *e)
{
	int rc;

	if ((rc = load_new_edge(g, e)) != OK || (rc = check_prefix(g, e)) != OK)
		return rc;
	return err_set(e, ERR_VERIFY, "entries %" PRIu64 "..%" PRIu64 " do not lead from what is held to the signed root; nothing "
	    "of them was kept", g->log.size, g->cp.size - 1);
}

static int
pull_bundle_checked(struct grown *g, uint64_t n, struct buf *bytes, struct err *e)
{
	uint8_t leaves[TILE_BYTES];
	const uint8_t *want;
	struct bundle b;
	int rc;

	if ((rc = pull_bundle_fetch(g, n, bytes, &b, e)) != OK || (rc = pull_bundle_take(g, n, &b, leaves, e)) != OK)
		return rc;
	if (b.count == TILE_WIDTH) {
		struct digest root;

		tile_root(leaves, 0, TILE_WIDTH, &root);
		if ((rc = verified_tile(g, 1, n / TILE_WIDTH, &want, e)) != OK)
			return rc;
		if (memcmp(root.b, want + (n % TILE_WIDTH) * HASH_BYTES, HASH_BYTES) == 0)
			return OK;
	} else if (memcmp(leaves, g->edge.tile[0], (size_t)b.count * HASH_BYTES) == 0) {
		return OK;
	}
	return err_set(e, ERR_VERIFY, "entry bundle %" PRIu64 " does not belong under the signed root", n);
}

int
pull_walk(struct grown *g, struct err *e)
{
	struct buf bytes = { 0 };
	uint64_t n = g->log.size / TILE_WIDTH, bundles = 0;
	int rc = load_new_edge(g, e);

	if (rc == OK)
		rc = check_prefix(g, e);
	for (; rc == OK && n * TILE_WIDTH < g->cp.size; n++) {
		if ((rc = pull_bundle_checked(g, n, &bytes, e)) == OK && ++bundles % PULL_WRITE_BUNDLES == 0)
			rc = pull_write_proven(g, false, e);
	}
	if (rc == OK)
		rc = pull_write_proven(g, true, e);
	buf_free(&bytes);
	return rc;
}
