/* The right edge: roots, tiles handed over, one row per changed tile, reloading, damage. */
#include "forest.h"
#include "log/edge.h"
#include "tap.h"

#define ROWS 600

/* A store of tile rows, as a database table keyed by (level, n) would be. */
struct row {
	struct tile t;
	uint8_t bytes[TILE_BYTES];
};
static struct row rows[ROWS];
static int n_rows, n_puts, fail_at, n_not_prefix;

static int
put(void *ctx, const struct tile *t, const uint8_t *bytes, struct err *e)
{
	int i;

	(void)ctx;
	if (++n_puts == fail_at)
		return err_set(e, ERR_FULL, "no space");
	for (i = n_rows - 1; i >= 0 && (rows[i].t.level != t->level || rows[i].t.n != t->n); i--)
		;
	if (i < 0)
		i = n_rows++;
	else
		n_not_prefix += rows[i].t.width >= t->width ||
		    memcmp(rows[i].bytes, bytes, rows[i].t.width * HASH_BYTES) != 0;
	rows[i].t = *t;
	memcpy(rows[i].bytes, bytes, t->width * HASH_BYTES);
	return OK;
}

static int
get(void *ctx, const struct tile *t, uint8_t *bytes, struct err *e)
{
	(void)ctx;
	for (int i = 0; i < n_rows; i++) {
		if (rows[i].t.level == t->level && rows[i].t.n == t->n && rows[i].t.width >= t->width) {
			memcpy(bytes, rows[i].bytes, t->width * HASH_BYTES);
			return OK;
		}
	}
	return err_set(e, ERR_NOTFOUND, "no such tile");
}

static const struct edge_sink sink = { put, NULL };
static const struct tile_source source = { get, NULL };
static struct edge g, again;

/* Every tile of ${size} must be in the store, and hold the tree's hashes. */
static int
wrong_tiles(uint64_t size)
{
	static uint8_t bytes[TILE_BYTES];
	int wrong = 0;

	for (uint8_t level = 0; level < TILE_LEVELS; level++) {
		for (uint64_t n = 0; n < tile_count(level, size); n++) {
			struct tile t = { level, (uint16_t)tile_width(level, n, size), n };

			wrong += get(NULL, &t, bytes, NULL) != OK;
			for (uint64_t i = 0; i < t.width; i++) {
				size_t at = (size_t)(n * TILE_WIDTH + i), one = (size_t)1 << (8 * level);
				struct digest d = forest_mth(at * one, (at + 1) * one);

				wrong += memcmp(bytes + i * HASH_BYTES, d.b, HASH_BYTES) != 0;
			}
		}
	}
	return wrong;
}

static void
grow_to(uint64_t size)
{
	int rc = OK;

	while (edge_size(&g) < size && rc == OK)
		rc = edge_append(&g, &forest[edge_size(&g)], &sink, NULL);
	if (rc != OK || edge_flush(&g, &sink, NULL) != OK)
		exit(1);
}

static bool
root_is_right(void)
{
	struct digest want = forest_mth(0, (size_t)edge_size(&g)), got;

	edge_root(&g, &got);
	return hash_equal(&want, &got);
}

static void
test_every_size(void)
{
	struct digest root;
	int wrong = 0, wrong_load = 0;

	edge_init(&g);
	for (uint64_t size = 0; size <= 1100; size++) {
		grow_to(size);
		edge_check(&g);
		wrong += !root_is_right();
		if (size % 16 < 2 || size % 256 > 253) {
			edge_root(&g, &root);
			wrong_load += edge_load(&again, size, &root, &source, NULL) != OK ||
			    memcmp(&again.tile, &g.tile, sizeof g.tile) != 0;
			edge_check(&again);
		}
	}
	is(wrong, 0, "root at every size 0..1100");
	is(wrong_load, 0, "an edge loaded from the store is the edge that was stored");
	is(wrong_tiles(1100), 0, "all tiles are in the store and right");
	is(n_rows, 6, "in six rows: five of level 0, one of level 1");
	is(n_not_prefix, 0, "a row is only replaced by a longer one it is a prefix of");
}

static void
test_batches(void)
{
	static const uint64_t stops[] = { 1101, 1279, 1280, 5000, 65535, 65536, 65537, 65792, 66000 };
	int wrong = 0;

	for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
		uint64_t from = edge_size(&g);
		int expect = 0;

		n_puts = 0;
		grow_to(stops[i]);
		for (uint8_t level = 0; level < TILE_LEVELS; level++) {	/* tiles that got a hash in this batch */
			uint64_t before = from >> (8 * level), after = stops[i] >> (8 * level);

			if (after != before)
				expect += (int)((after - 1) / TILE_WIDTH - before / TILE_WIDTH + 1);
		}
		wrong += n_puts != expect || !root_is_right();
		edge_check(&g);
	}
	is(wrong, 0, "a batch hands over each tile it changed once, and no other");
	is(wrong_tiles(66000), 0, "all tiles up to 66,000 are right");
	n_puts = 0;
	edge_flush(&g, &sink, NULL);
	is(n_puts, 0, "a second flush has nothing to do");
}

static void
test_failure(void)
{
	struct edge saved = g;
	struct digest root;
	struct err e;
	int rc = OK;

	n_puts = 0;
	fail_at = 2;
	while (rc == OK)
		rc = edge_append(&g, &forest[edge_size(&g)], &sink, &e);
	fail_at = 0;
	is(rc, ERR_FULL, "a store that fails stops the batch");
	g = saved;
	edge_check(&g);
	grow_to(66600);
	ok(root_is_right(), "with the saved edge back, the batch can be repeated");

	edge_root(&g, &root);
	is(edge_load(&again, 66600, &root, &source, &e), OK, "loads");
	is(edge_load(&again, 66599, &root, &source, &e), ERR_VERIFY, "not at another size");
	for (int i = 0; i < n_rows; i++)
		if (rows[i].t.level == 2)
			rows[i].bytes[3] ^= 1;
	is(edge_load(&again, 66600, &root, &source, &e), ERR_VERIFY, "nor with a flipped bit");
	is(edge_load(&again, 70000, &root, &source, &e), ERR_NOTFOUND, "nor with a missing tile");
	is(edge_load(&again, UINT64_MAX, &root, &source, &e), ERR_LIMIT, "nor beyond 2^63");
	tree_empty(&root);
	is(edge_load(&again, 0, &root, &source, &e), OK, "the empty log loads");
	g.range.size = TREE_MAX_SIZE;
	is(edge_append(&g, &forest[0], &sink, &e), ERR_LIMIT, "a full log takes no more");
}

int
main(void)
{
	forest_grow();
	test_every_size();
	test_batches();
	test_failure();
	return tap_done();
}
