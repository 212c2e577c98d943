/* The audit: true logs of many sizes pass, every kind of damage is found; and a log written by another program. */
#include "crypt/crypt.h"
#include "crypt/vectors.h"
#include "log/audit.h"
#include "shelf.h"
#include "tap.h"

static struct shelf shelf;
static struct note_signer signer;
static struct err e;
static struct audit_report report;
static uint64_t entries_seen, progress_calls;

static int
see_entry(void *ctx, uint64_t index, const void *entry, size_t len, struct err *err)
{
	char want[40];
	size_t want_len = forest_entry(want, sizeof want, index);

	(void)ctx;
	if (index != entries_seen++ || len != want_len || memcmp(entry, want, len) != 0)
		return err_set(err, ERR_INPUT, "entry %llu is another", (unsigned long long)index);
	return OK;
}

static int
see_progress(void *ctx, uint64_t done, uint64_t size, struct err *err)
{
	(void)ctx;
	progress_calls++;
	return done <= size ? OK : err_set(err, ERR_INPUT, "beyond the end");
}

static int
stop(void *ctx, uint64_t done, uint64_t size, struct err *err)
{
	(void)ctx, (void)done, (void)size;
	return err_set(err, ERR_STOP, "enough");
}

static int
audit(const struct checkpoint *old)
{
	struct audit a = { .get = shelf_get, .entry = see_entry, .progress = see_progress, .ctx = &shelf,
	    .keys = &signer.vkey,
		.n_keys = 1, .old = old };

	entries_seen = progress_calls = 0;
	return audit_run(&a, &report, &e);
}

static struct checkpoint
present(void)
{
	struct checkpoint c = { .size = edge_size(&shelf.edge) };

	snprintf(c.origin, sizeof c.origin, "%s", signer.vkey.name);
	edge_root(&shelf.edge, &c.root);
	return c;
}

static void
test_growth(void)
{
	static const uint64_t sizes[] = { 0, 1, 2, 255, 256, 257, 511, 512, 700, 1024, 66000 };
	struct checkpoint old = { .size = 0 };
	int wrong = 0;

	snprintf(old.origin, sizeof old.origin, "%s", signer.vkey.name);
	tree_empty(&old.root);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		shelf_grow(&shelf, sizes[i], &signer);
		wrong += audit(&old) != OK || entries_seen != sizes[i];
		wrong += report.checkpoint.size != sizes[i] || !report.marks[0].signed_by;
		wrong += report.bundles != tile_count(TILE_ENTRIES, sizes[i]) || progress_calls != report.bundles;
		old = present();
	}
	is(wrong, 0, "a growing log passes at every size, consistent with what was seen before");
	is(report.tiles, 258 + 2 + 1, "tiles of 66,000 entries at three levels");
	is(audit(&old), OK, "and is consistent with itself");
	old.root.b[0] ^= 1;
	is(audit(&old), ERR_VERIFY, "another root at the same size is a fork");
	old.size = 500;
	is(audit(&old), ERR_VERIFY, "and at an earlier size");
	ok(strstr(e.text, "forked") != NULL, "which is said: %s", e.text);
	old.size = 70000;
	is(audit(&old), ERR_VERIFY, "a log that has shrunk");
	snprintf(old.origin, sizeof old.origin, "example.org/other");
	is(audit(&old), ERR_INPUT, "a checkpoint of another log");
}

/* Flip a bit of ${path} at ${at}, audit, flip it back. */
static int
audit_flipped(const char *path, size_t at)
{
	struct buf *b = shelf_must(&shelf, path);
	int rc;

	if (at >= b->len)
		return OK;
	b->data[at] ^= 4;
	rc = audit(NULL);
	b->data[at] ^= 4;
	return rc;
}

static int
audit_cut(const char *path, size_t less)
{
	struct buf *b = shelf_must(&shelf, path);
	int rc;

	b->len -= less;
	rc = audit(NULL);
	b->len += less;
	return rc;
}

static void
test_damage(void)
{
	static const char *const paths[] = { "checkpoint", "tile/0/000", "tile/0/256", "tile/0/257.p/208", "tile/1/000",
		"tile/1/001.p/1", "tile/2/000.p/1" };

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		ok(audit_flipped(paths[i], 5) != OK && strstr(e.text, paths[i]) != NULL, "found: %s", e.text);
	is(audit_flipped("tile/1/001.p/1", 31), ERR_VERIFY, "a bit in a partial tile of level 1");
	is(audit_cut("tile/0/017", 32), ERR_VERIFY, "a tile cut short");
	is(audit_cut("tile/entries/017", 1), ERR_INPUT, "a bundle cut short");
	is(audit_cut("tile/entries/017", 2 + strlen("entry 4607")), ERR_VERIFY, "a bundle with an entry less");
	is(audit_flipped("tile/entries/100", 7), ERR_INPUT, "a changed entry (here the entry callback says so)");
	shelf_put(&shelf, "tile/0/017.p/9", "x", 1);
	is(audit(NULL), OK, "a file that is not part of this size does not matter");
	shelf_drop(&shelf, "tile/0/018");
	is(audit(NULL), ERR_NOTFOUND, "a missing tile");
	ok(strstr(e.text, "tile/0/018") != NULL, "is named: %s", e.text);
}

/* Without a callback on entries, a changed entry must still be found: its tile no longer fits. */
static void
test_small(void)
{
	struct audit a = { .get = shelf_get, .ctx = &shelf, .keys = &signer.vkey, .n_keys = 1 };
	struct checkpoint old;

	shelf_free(&shelf);
	shelf_grow(&shelf, 300, &signer);
	shelf_must(&shelf, "tile/entries/001.p/44")->data[3] ^= 1;
	is(audit_run(&a, &report, &e), ERR_VERIFY, "a changed entry is found by its tile");
	shelf_must(&shelf, "tile/entries/001.p/44")->data[3] ^= 1;
	is(audit_run(&a, &report, &e), OK, "and forgiven when it is put right");
	a.progress = stop;
	is(audit_run(&a, &report, &e), ERR_STOP, "the progress callback can stop it");
	a.progress = NULL;
	a.n_keys = 0;
	is(audit_run(&a, &report, &e), ERR_LIMIT, "no key");

	/* The log grows to full tiles after its checkpoint was fetched, and the partial ones are collected. */
	a.n_keys = 1;
	old = present();
	{
		struct buf keep = { 0 };
		struct buf *now = shelf_must(&shelf, "checkpoint");

		buf_add(&keep, now->data, now->len);
		shelf_grow(&shelf, 512, &signer);
		shelf_drop(&shelf, "tile/0/001.p/44");
		shelf_drop(&shelf, "tile/entries/001.p/44");
		shelf_drop(&shelf, "tile/1/000.p/1");
		shelf_put(&shelf, "checkpoint", keep.data, keep.len);
		buf_free(&keep);
	}
	is(audit_run(&a, &report, &e), ERR_NOTFOUND, "a partial tile of level 1 has no full one yet: it must stay");
	shelf_put(&shelf, "tile/1/000.p/1", shelf_must(&shelf, "tile/1/000.p/2")->data, HASH_BYTES);
	is(audit_run(&a, &report, &e), OK, "partial tiles that are gone are cut from the full ones");
	a.old = &old;
	is(audit_run(&a, &report, &e), OK, "the same with the old checkpoint");
}

/* The 15-entry log of another implementation, one checkpoint a size, read from TEST_DATA. */
#define TESSERA "transparency-dev-tessera/testdata/log/"
static int tessera_size;

static int
tessera_get(void *ctx, const char *path, struct buf *out, struct err *err)
{
	char file[256];

	(void)ctx;
	if (strcmp(path, "checkpoint") == 0)
		snprintf(file, sizeof file, TESSERA "checkpoint.%d", tessera_size);
	else
		snprintf(file, sizeof file, TESSERA "%s", path);
	return vector_file(out, file) ? OK : err_set(err, ERR_NOTFOUND, "not found");
}

static void
test_tessera(void)
{
	static const char text[] = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
	struct audit a = { .get = tessera_get, .n_keys = 1 };
	struct checkpoint seen[16];
	struct vkey key;
	int wrong = 0;

	if (getenv("TEST_DATA") == NULL) {
		skip("no TEST_DATA: Tessera's log", 18);
		return;
	}
	is(vkey_parse(&key, text, strlen(text), &e), OK, "Tessera's key");
	a.keys = &key;
	for (tessera_size = 0; tessera_size <= 15; tessera_size++) {
		ok(audit_run(&a, &report, &e) == OK && report.checkpoint.size == (uint64_t)tessera_size,
		    "size %d passes", tessera_size);
		seen[tessera_size] = report.checkpoint;
	}
	for (int i = 0; i <= 15; i++) {
		for (tessera_size = 0; tessera_size <= 15; tessera_size++) {
			a.old = &seen[i];
			wrong += (audit_run(&a, &report, &e) == OK) != (i <= tessera_size);
		}
	}
	is(wrong, 0, "each is consistent with all before it, and none with a later one");
}

int
main(void)
{
	uint8_t seed[SIGN_SEED_BYTES];
	static struct sign_key key;

	crypt_init(&e);
	forest_grow();
	memset(seed, 7, sizeof seed);
	sign_from_seed(&key, seed);
	vkey_signer(&signer, "example.org/log", VKEY_ED25519, &key, &e);
	test_growth();
	test_damage();
	test_small();
	test_tessera();
	shelf_free(&shelf);
	return tap_done();
}
