/*
 * Tiles: how a tree is cut into files of 256 hashes (C2SP tlog-tiles; docs/log.md section 4).
 *
 * Tile (level L, number N) holds at most 256 hashes; its hash i is the tree's hash (8 L, 256 N + i): level 0 holds leaf
 * hashes, level L + 1 the roots of full tiles of level L. An entry bundle has the same numbering as level 0 and holds
 * the entries themselves (bundle.h). A tile with fewer hashes is called partial, is a byte prefix of the full one, and
 * exists only at the right edge. A tree of size s has floor(s / 256^L) hashes at level L.
 *
 * Paths are strict because nothing else stands between a request and the store:
 *
 *     tile/<L>/<N>[.p/<W>]        L 0..63;  W 1..255, absent when full;  decimals without leading zero
 *     tile/entries/<N>[.p/<W>]    N in groups of three digits, all but the last marked x: 1234067 -> x001/x234/067
 */
#ifndef LOG_TILE_H
#define LOG_TILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypt/hash.h"
#include "log/tree.h"

#define TILE_WIDTH 256
#define TILE_BYTES (TILE_WIDTH * HASH_BYTES)
#define TILE_LEVELS 8			/* levels that a tree below 2^63 leaves can have */
#define TILE_ENTRIES 255		/* "level" of an entry bundle */
#define TILE_PATH_MAX 64		/* longest path and its NUL, with room to spare */
#define TILE_MAX_NUMBER (TREE_MAX_SIZE / TILE_WIDTH)

struct tile {
	uint8_t level;			/* 0..63, or TILE_ENTRIES */
	uint16_t width;			/* hashes or entries: 1..256 */
	uint64_t n;			/* at most TILE_MAX_NUMBER */
};

/*
 * Parse a path as above, without a leading slash. Errors: ERR_INPUT (answer 404). Does not say whether such a tile
 * exists.
 */
int tile_parse(struct tile *out, const char *path, size_t len, struct err *e);

/* Write the path of ${t}, which must be valid. */
void tile_format(char path[TILE_PATH_MAX], const struct tile *t);

/* Hashes (entries) of tile ${n} at ${level} in a tree of ${size}: 0 (there is no such tile) to 256. */
unsigned tile_width(uint8_t level, uint64_t n, uint64_t size);

/* True if a tree of ${size} has all of ${t}: check it against the published size before answering a request. */
bool tile_exists(const struct tile *t, uint64_t size);

/* Number of tiles at ${level}, a partial one included. */
uint64_t tile_count(uint8_t level, uint64_t size);

/*
 * The root of ${count} (a power of two, at most 256) hashes starting at place ${first} (a multiple of ${count}) of a
 * tile's ${bytes}. ${count} - 1 node hashes.
 */
void tile_root(const uint8_t *bytes, unsigned first, unsigned count, struct digest *out);

/*
 * Where stored tiles come from: fill ${bytes} with the first ${t}->width hashes of the tile (32 * width bytes), from a
 * row or file that may be wider. ERR_NOTFOUND if it is not there.
 */
struct tile_source {
	int (*get)(void *ctx, const struct tile *t, uint8_t *bytes, struct err *e);
	void *ctx;
};

/*
 * Reads single hashes of a tree of ${size} out of its tiles, remembering the last few tiles read. About 64 KiB: do not
 * put it on a small stack. Use &reader as ctx of a struct tree_source whose get is tile_reader_get.
 */
#define TILE_READER_SLOTS 8
struct tile_reader {
	struct tile_source src;
	uint64_t size;
	unsigned next;			/* slot to fill next */
	struct {
		struct tile t;		/* width 0: empty slot */
		uint8_t bytes[TILE_BYTES];
	} slot[TILE_READER_SLOTS];
};

void tile_reader_init(struct tile_reader *r, const struct tile_source *src, uint64_t size);

/*
 * The hash (level, index). At most one tile is fetched and 127 node hashes are computed. Errors: ERR_INPUT (not in the
 * tree), and those of the source.
 */
int tile_reader_get(void *reader, unsigned level, uint64_t index, struct digest *out, struct err *e);

#endif
