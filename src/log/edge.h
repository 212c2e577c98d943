/*
 * The right edge of a log being written: what a sequencer keeps in memory between batches.
 *
 * A plain value of about 68 KiB, whatever the log's size. Appending is amortised O(1) (one node hash), the root O(log
 * n). Tiles are handed to a sink: each full tile once, at the append that fills it; each partial tile that changed once
 * a batch, by edge_flush. So a store writes exactly one row per changed tile, and a row is only ever replaced by one it
 * is a prefix of.
 *
 * A batch is: copy the edge aside; begin a transaction; edge_append...; edge_flush; edge_root; commit. If anything
 * fails, roll back and put the copy back: an edge whose sink failed half-way is torn and must not be used on.
 *
 * Invariants, for s = size and every level L < 8:
 *   1. s <= TREE_MAX_SIZE and range.size = s.
 *   2. Level L holds width(L) = floor(s / 256^L) mod 256 hashes, the partial tile number floor(s / 256^(L+1)).
 *   3. Hash i of level L is the tree's hash (8 L, 256 n + i), n the tile's number.
 *   4. range.peak[8 L + j], where bit 8 L + j of s is set, is the root of the hashes of level L which that bit covers.
 *   5. Level L is marked changed only if width(L) > 0 and it differs from what a sink last saw.
 *   6. Bytes of a tile past its width are zero: they cannot leak a hash of an abandoned batch.
 */
#ifndef LOG_EDGE_H
#define LOG_EDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "log/tile.h"
#include "log/tree.h"

struct edge {
	struct tree_range range;
	bool changed[TILE_LEVELS];
	uint8_t tile[TILE_LEVELS][TILE_BYTES];
};

/* Receives ${t} and its 32 * width bytes (borrowed). The levels of one append come lowest first. */
struct edge_sink {
	int (*put)(void *ctx, const struct tile *t, const uint8_t *bytes, struct err *e);
	void *ctx;
};

/* The edge of the empty log. */
void edge_init(struct edge *g);

uint64_t edge_size(const struct edge *g);

/*
 * edge_append(g, leaf, sink, e):
 * Add one leaf hash; hand over the tiles it filled. Errors: ERR_LIMIT (the log is full), and those of ${sink}.
 */
int edge_append(struct edge *g, const struct digest *leaf, const struct edge_sink *sink, struct err *e);

/*
 * Hand over every partial tile that changed since the last flush, lowest level first; at most 8. Errors: those of
 * ${sink}.
 */
int edge_flush(struct edge *g, const struct edge_sink *sink, struct err *e);

/* The root of all that was appended. At most 62 node hashes. */
void edge_root(const struct edge *g, struct digest *root);

/*
 * edge_load(g, size, root, src, e):
 * The edge of a stored log of ${size}, from its partial tiles (at most 8 are fetched), checked against ${root}. Do this
 * at every start: ERR_VERIFY means that tiles and checkpoint do not belong together (damage, or a restored backup), and
 * nothing may be signed. Errors: also ERR_LIMIT (size) and those of ${src}.
 */
int edge_load(struct edge *g, uint64_t size, const struct digest *root, const struct tile_source *src, struct err *e);

/*
 * Assert the invariants 1, 2, 4, 5 and 6 (3 needs the log). About 2,000 node hashes: for tests, and once after a load.
 */
void edge_check(const struct edge *g);

#endif
