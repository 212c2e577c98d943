/*
 * Appending to a stored log: whatever the batches, roll-backs and reloads, the root is that of the plain recursive definition
 * (RFC 6962 section 2.1), every tile and bundle is what C2SP tlog-tiles says, and entries are read back.
 */
#include "exchange/append.h"

#include <stdio.h>
#include <unistd.h>

#include "log/forest.h"
#include "log/tile.h"
#include "tap.h"

#define ENTRIES 5000
#define THE_LOG 3

static struct digest commitment[ENTRIES];	/* their leaf hashes are the forest's first */
static uint32_t seed;

static uint32_t
next_random(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static void
grow(void)
{
	for (uint32_t i = 0; i < ENTRIES; i++) {
		uint8_t entry[ENTRY_BYTES] = { ENTRY_VERSION };

		hash_once(&commitment[i], &i, sizeof i);
		memcpy(entry + 1, commitment[i].b, HASH_BYTES);
		tree_leaf(&forest[i], entry, sizeof entry);
	}
}

static void
must(int rc, const struct err *e)
{
	if (rc != OK) {
		printf("Bail out! %s\n", e->text);
		exit(1);
	}
}

static struct log_row
new_log(struct store *s)
{
	struct log_row row = { .no = THE_LOG, .epoch = 1 };
	struct digest empty;
	struct err e;

	tree_empty(&empty);
	memcpy(row.root, empty.b, sizeof row.root);
	snprintf(row.mechanism, sizeof row.mechanism, "test");
	snprintf(row.member, sizeof row.member, "a");
	snprintf(row.origin, sizeof row.origin, "test.diwan/a/1");
	must(store_begin(s, &e), &e);
	must(store_log_put(s, &row, &e), &e);
	must(store_commit(s, &e), &e);
	return row;
}

/* One batch of ${count} entries; ${keep} false: everything is undone after the last. */
static bool
batch(struct store *s, struct append *a, struct log_row *row, size_t count, bool keep, struct err *e)
{
	struct append before = *a;
	struct log_row next = *row;
	struct digest root;
	size_t at = (size_t)row->size;

	must(store_begin(s, e), e);
	for (size_t i = 0; i < count; i++)
		must(append_entry(a, s, &commitment[at + i], e), e);
	if (!keep) {
		if (next_random(2))
			must(append_flush(a, s, e), e);
		store_rollback(s);
		*a = before;
		return true;
	}
	must(append_flush(a, s, e), e);
	edge_root(&a->edge, &root);
	next.size = edge_size(&a->edge);
	memcpy(next.root, root.b, sizeof next.root);
	must(store_log_put(s, &next, e), e);
	must(store_commit(s, e), e);
	*row = next;
	root = forest_mth(0, at + count);
	return next.size == at + count && memcmp(next.root, root.b, HASH_BYTES) == 0;
}

/* ---- what is stored ----------------------------------------------------------------------------------------------- */

/* Every hash of every tile of a tree of ${size}, by definition. */
static size_t
wrong_hashes(struct store_reader *r, uint64_t size)
{
	struct buf b = { 0 };
	size_t wrong = 0;
	uint64_t span = 1;

	for (uint8_t level = 0; level < 3; level++, span *= TILE_WIDTH) {
		for (uint64_t n = 0; n < tile_count(level, size); n++) {
			unsigned width = tile_width(level, n, size);

			if (store_tile_get(r, THE_LOG, level, n, &b, NULL) != OK || b.len != width * HASH_BYTES) {
				wrong++;
				continue;
			}
			for (uint64_t i = 0; i < width; i++) {
				uint64_t at = (n * TILE_WIDTH + i) * span;
				struct digest want = forest_mth((size_t)at, (size_t)(at + span));

				wrong += memcmp(want.b, b.data + i * HASH_BYTES, HASH_BYTES) != 0;
			}
		}
		if (store_tile_get(r, THE_LOG, level, tile_count(level, size), &b, NULL) != ERR_NOTFOUND)
			wrong++;
	}
	buf_free(&b);
	return wrong;
}

static size_t
wrong_bundles(struct store_reader *r, uint64_t size)
{
	struct buf b = { 0 };
	struct bundle bundle;
	size_t wrong = 0;

	for (uint64_t n = 0; n < tile_count(0, size); n++) {
		if (store_tile_get(r, THE_LOG, STORE_BUNDLE, n, &b, NULL) != OK ||
		    bundle_parse(&bundle, b.data, b.len, NULL) != OK || bundle.count != tile_width(0, n, size)) {
			wrong++;
			continue;
		}
		for (unsigned i = 0; i < bundle.count; i++)
			wrong += bundle.entry[i].len != ENTRY_BYTES || bundle.entry[i].bytes[0] != ENTRY_VERSION ||
			    memcmp(bundle.entry[i].bytes + 1, commitment[n * TILE_WIDTH + i].b, HASH_BYTES) != 0;
	}
	wrong += store_tile_get(r, THE_LOG, STORE_BUNDLE, tile_count(0, size), &b, NULL) != ERR_NOTFOUND;
	buf_free(&b);
	return wrong;
}

static void
check_reading(struct store_reader *r, uint64_t size, const char *name)
{
	struct entry_reader er = { .log_no = THE_LOG };
	struct digest c;
	struct err e;
	size_t wrong = 0;

	for (uint64_t i = 0; i < size; i++)
		wrong += entry_read(&er, r, i, &c, &e) != OK || !hash_equal(&c, &commitment[i]);
	for (int k = 0; k < 2000; k++) {
		uint64_t i = next_random((uint32_t)size);

		wrong += entry_read(&er, r, i, &c, &e) != OK || !hash_equal(&c, &commitment[i]);
	}
	ok(wrong == 0, "%s: every entry is read back, in order and at random", name);
	ok(entry_read(&er, r, size, &c, &e) == ERR_NOTFOUND && entry_read(&er, r, size + 100000, &c, &e) == ERR_NOTFOUND &&
	    entry_read(&er, r, UINT64_MAX, &c, &e) == ERR_NOTFOUND, "%s: past the end there is nothing", name);
	ok(entry_read(&er, r, 0, &c, &e) == OK && hash_equal(&c, &commitment[0]), "%s: and the reader goes on", name);
	entry_reader_free(&er);
}

/* ---- the runs ------------------------------------------------------------------------------------------------------- */

static void
random_batches(struct store *s, uint32_t start, const char *name)
{
	struct append *a = malloc(sizeof *a);
	struct log_row row = new_log(s), stored;
	struct err e;
	bool roots = true, reloads = true;

	seed = start;
	must(append_load(a, store_view(s), &row, &e), &e);
	while (row.size < ENTRIES) {
		size_t left = ENTRIES - (size_t)row.size, count = 1 + next_random(next_random(3) == 0 ? 700 : 40);
		bool keep = next_random(4) > 0;

		if (count > left)
			count = left;
		roots = batch(s, a, &row, count, keep, &e) && roots;
		if (next_random(3) == 0) {
			reloads = reloads && store_log_get(store_view(s), THE_LOG, &stored, &e) == OK && stored.size == row.size &&
			    memcmp(stored.root, row.root, sizeof row.root) == 0;
			memset(a, 0xa5, sizeof *a);
			must(append_load(a, store_view(s), &row, &e), &e);
			edge_check(&a->edge);
		}
	}
	ok(roots, "%s: the root after every batch is MTH", name);
	ok(reloads, "%s: what was undone left nothing, and the end can be loaded after any batch", name);
	is(wrong_hashes(store_view(s), row.size), 0, "every hash of every tile");
	is(wrong_bundles(store_view(s), row.size), 0, "every entry of every bundle");
	check_reading(store_view(s), row.size, name);
	free(a);
}

static void
each_size(struct store *s)
{
	static const size_t stops[] = { 1, 2, 255, 256, 257, 511, 512, 513, 767, 4096, 4097 };
	struct append *a = malloc(sizeof *a);
	struct log_row row = new_log(s);
	struct err e;
	size_t good = 0;

	for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
		must(append_load(a, store_view(s), &row, &e), &e);
		good += batch(s, a, &row, stops[i] - (size_t)row.size, true, &e) && wrong_bundles(store_view(s), row.size) == 0 &&
		    wrong_hashes(store_view(s), row.size) == 0;
	}
	is(good, sizeof stops / sizeof stops[0], "sizes round the width of a tile");
	free(a);
}

/* What does not belong together is not loaded, so that nothing is appended to it. */
static void
test_refusals(struct store *s)
{
	struct append *a = malloc(sizeof *a);
	struct log_row row = new_log(s), other;
	struct err e;

	must(append_load(a, store_view(s), &row, &e), &e);
	batch(s, a, &row, 300, true, &e);
	other = row;
	other.root[5] ^= 1;
	is(append_load(a, store_view(s), &other, &e), ERR_VERIFY, "another root");
	other = row;
	other.size = 299;
	is(append_load(a, store_view(s), &other, &e), ERR_VERIFY, "another size");
	other.size = 301;
	is(append_load(a, store_view(s), &other, &e), ERR_VERIFY, "a size past what is stored");
	other = row;
	other.no = THE_LOG + 1;
	is(append_load(a, store_view(s), &other, &e), ERR_NOTFOUND, "a log of which nothing is stored");
	is(append_load(a, store_view(s), &row, &e), OK, "the right row");
	free(a);
}

static struct store *
open_file(char path[200])
{
	const char *dir = getenv("TMPDIR");
	struct store *s;
	struct err e;

	snprintf(path, 200, "%s/append.%ld.db", dir == NULL ? "/tmp" : dir, (long)getpid());
	must(store_open_sqlite(path, STORE_CREATE, &s, &e), &e);
	return s;
}

static void
remove_file(const char *path)
{
	static const char *const suffix[] = { "", "-wal", "-shm", ".lock" };
	char name[220];

	for (size_t i = 0; i < 4; i++) {
		snprintf(name, sizeof name, "%s%s", path, suffix[i]);
		unlink(name);
	}
}

int
main(void)
{
	struct store *s;
	struct err e;
	char path[200];

	grow();
	for (uint32_t i = 1; i <= 3; i++) {
		must(store_open_mem(&s, &e), &e);
		random_batches(s, i * 7919, "memory");
		store_close(s);
	}
	must(store_open_mem(&s, &e), &e);
	each_size(s);
	store_close(s);
	must(store_open_mem(&s, &e), &e);
	test_refusals(s);
	store_close(s);
	s = open_file(path);
	random_batches(s, 5, "sqlite");
	store_close(s);
	remove_file(path);
	return tap_done();
}
