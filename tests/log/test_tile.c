/* Tiles: paths both ways, which tiles a size has, hashes and proofs read out of tiles, entry bundles. */
#include "base/buf.h"
#include "forest.h"
#include "tap.h"

static const struct {
	const char *path;
	struct tile t;
} paths[] = {
	{ "tile/0/000", { 0, 256, 0 } },
	{ "tile/0/000.p/1", { 0, 1, 0 } },
	{ "tile/1/001.p/255", { 1, 255, 1 } },
	{ "tile/63/999", { 63, 256, 999 } },
	{ "tile/0/x001/000", { 0, 256, 1000 } },
	{ "tile/0/x001/x234/067", { 0, 256, 1234067 } },
	{ "tile/entries/x123/x456/789.p/17", { TILE_ENTRIES, 17, 123456789 } },
	{ "tile/entries/000", { TILE_ENTRIES, 256, 0 } },
	{ "tile/0/x036/x028/x797/x018/x963/967", { 0, 256, TILE_MAX_NUMBER } },
};

static const char *const bad_paths[] = {
	"", "tile", "tile/", "/tile/0/000", "tile/0", "tile/0/", "tile/00/000", "tile/01/000", "tile/64/000",
	"tile/-1/000", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/000/", "tile/0/x000/000", "tile/0/x000/001",
	"tile/0/001/000", "tile/0/x001", "tile/0/x001/", "tile/0/x001/x000", "tile/0/x01/000", "tile/0/000.p",
	"tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/1/",
	"tile/0/000.p/1/2", "tile/0/000.P/1", "tile/entries", "tile/entries/", "tile/entries/0", "tile/data/000",
	"tile/0/../000", "tile/0/%30%30%30", "tile/0/000 ", "tile/8/0/000", "tile/0/x036/x028/x797/x018/x963/968",
	"tile/0/x999/x999/x999/x999/x999/x999/x999/999", "tile/0/\xd9\xa0\xd9\xa0\xd9\xa0", "checkpoint",
};

static void
test_paths(void)
{
	char path[TILE_PATH_MAX];
	struct tile t;
	struct err e;

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		is(tile_parse(&t, paths[i].path, strlen(paths[i].path), &e), OK, paths[i].path);
		ok(t.level == paths[i].t.level && t.n == paths[i].t.n && t.width == paths[i].t.width,
		    "means what it says");
		tile_format(path, &paths[i].t);
		is_str(path, paths[i].path, "and is written so");
	}
	for (size_t i = 0; i < sizeof bad_paths / sizeof *bad_paths; i++)
		ok(tile_parse(&t, bad_paths[i], strlen(bad_paths[i]), &e) == ERR_INPUT, "refused: \"%s\"",
		    bad_paths[i]);
	is(tile_parse(&t, "tile/0/000\0", 11, &e), ERR_INPUT, "refused: NUL at the end");
}

static void
test_sizes(void)
{
	static const struct {
		unsigned level;
		uint64_t size, count, last_width;
	} rows[] = {
		{ 0, 0, 0, 0 }, { 0, 1, 1, 1 }, { 0, 256, 1, 256 }, { 1, 255, 0, 0 }, { 1, 256, 1, 1 }, { 0, 257, 2, 1 },
		{ 0, 70000, 274, 112 }, { 1, 70000, 2, 17 }, { 2, 70000, 1, 1 }, { 3, 70000, 0, 0 },
		{ 7, TREE_MAX_SIZE, 1, 127 }, { 8, TREE_MAX_SIZE, 0, 0 }, { 63, TREE_MAX_SIZE, 0, 0 },
		{ TILE_ENTRIES, 70000, 274, 112 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint8_t level = (uint8_t)rows[i].level;
		uint64_t count = tile_count(level, rows[i].size);

		ok(count == rows[i].count, "tiles of level %u at size %llu", level, (unsigned long long)rows[i].size);
		ok(count == 0 || tile_width(level, count - 1, rows[i].size) == rows[i].last_width, "width of the last");
		is(tile_width(level, count, rows[i].size), 0, "none after it");
		ok(count < 2 || tile_width(level, count - 2, rows[i].size) == TILE_WIDTH, "the one before is full");
	}
	ok(tile_exists(&(struct tile){ 0, 3, 0 }, 3), "a partial tile of the whole size exists");
	ok(tile_exists(&(struct tile){ 0, 3, 0 }, 1000), "and still does later");
	ok(!tile_exists(&(struct tile){ 0, 4, 0 }, 3), "a wider one would show unpublished hashes");
	ok(!tile_exists(&(struct tile){ 9, 1, 0 }, TREE_MAX_SIZE), "no level 9");
}

/* Serves tiles of the forest at a size; counts requests. */
struct server {
	uint64_t size;
	int requests;
};

static int
serve(void *ctx, const struct tile *t, uint8_t *bytes, struct err *e)
{
	struct server *s = ctx;
	unsigned shift = 8u * t->level;

	s->requests++;
	if (!tile_exists(t, s->size))
		return err_set(e, ERR_NOTFOUND, "no such tile");
	for (uint64_t i = 0; i < t->width; i++) {
		uint64_t at = t->n * TILE_WIDTH + i;
		struct digest d = forest_mth((size_t)(at << shift), (size_t)((at + 1) << shift));

		memcpy(bytes + i * HASH_BYTES, d.b, HASH_BYTES);
	}
	return OK;
}

static void
test_reader(void)
{
	static const uint64_t sizes[] = { 1, 2, 255, 256, 257, 511, 512, 1000, 1100, 65535, 65536, 65537, 65800,
	    70000 };
	static struct tile_reader r;
	struct server s = { 0, 0 };
	struct tile_source src = { serve, &s };
	struct tree_source hashes = { tile_reader_get, &r };
	int wrong = 0;
	struct digest d;

	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
		uint64_t size = sizes[k], at[] = { 0, size / 3, size - 1 };
		struct digest root = forest_mth(0, (size_t)size), got;

		s.size = size;
		tile_reader_init(&r, &src, size);
		wrong += tree_root_from(&hashes, size, &got, NULL) != OK || !hash_equal(&got, &root);
		for (int i = 0; i < 3; i++) {
			struct digest proof[TREE_PROOF_MAX], old = forest_mth(0, (size_t)at[i] + 1);
			size_t n;

			wrong += tree_prove_inclusion(&hashes, at[i], size, proof, &n, NULL) != OK ||
			    tree_check_inclusion(at[i], size, &forest[at[i]], proof, n, &root, NULL) != OK;
			wrong += tree_prove_consistency(&hashes, at[i] + 1, size, proof, &n, NULL) != OK ||
			    tree_check_consistency(at[i] + 1, size, proof, n, &old, &root, NULL) != OK;
		}
	}
	is(wrong, 0, "roots and proofs read out of tiles verify, at 14 sizes");
	s.requests = 0;
	tile_reader_init(&r, &src, 70000);
	tree_root_from(&hashes, 70000, &d, NULL);
	is(s.requests, 3, "a root of 70,000 leaves takes three tiles");
	is(tile_reader_get(&r, 0, 70000, &d, NULL), ERR_INPUT, "no hash past the end");
	is(tile_reader_get(&r, 17, 0, &d, NULL), ERR_INPUT, "no complete subtree higher than the tree");
	is(tile_reader_get(&r, 63, 0, &d, NULL), ERR_INPUT, "no level 63");
}

static void
test_bundles(void)
{
	struct buf b = { 0 };
	struct bundle got;
	struct err e;
	char entry[40];
	int wrong = 0;

	is(bundle_parse(&got, "", 0, &e), ERR_INPUT, "an empty bundle is refused");
	for (uint64_t i = 0; i < TILE_WIDTH; i++)
		bundle_add(&b, entry, forest_entry(entry, sizeof entry, i));
	is(bundle_parse(&got, b.data, b.len, &e), OK, "a full bundle");
	for (uint64_t i = 0; i < TILE_WIDTH; i++) {
		size_t len = forest_entry(entry, sizeof entry, i);

		wrong += got.entry[i].len != len || memcmp(got.entry[i].bytes, entry, len) != 0;
	}
	ok(got.count == TILE_WIDTH && wrong == 0, "gives back its 256 entries");
	is(bundle_parse(&got, b.data, b.len - 1, &e), ERR_INPUT, "cut inside an entry");
	is(bundle_parse(&got, b.data, 1, &e), ERR_INPUT, "cut inside a length");
	bundle_add(&b, "", 0);
	is(bundle_parse(&got, b.data, b.len, &e), ERR_LIMIT, "257 entries");
	is(bundle_parse(&got, "\0\0", 2, &e), OK, "an entry may be empty");
	buf_free(&b);
}

int
main(void)
{
	forest_grow();
	test_paths();
	test_sizes();
	test_reader();
	test_bundles();
	return tap_done();
}
