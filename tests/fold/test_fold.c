/*
 * The fold: the examples of every kind in many versions, folded in any order, into any store, twice, or after a
 * rebuild, give the same tables. What the rows say is in test_fold_rows.c.
 */
#include <dirent.h>
#include <unistd.h>

#include "fold/folded.h"
#include "store/store_row.h"

#define COPIES 4
#define MAX_TEXTS 400

static struct text {
	struct buf bytes;
	int64_t pos;
} texts[MAX_TEXTS];
static int text_count;

/*
 * Texts from every example: each in some copies with other ids and times, in three logs. The last are not for this
 * version.
 */
static void
make_texts(void)
{
	static const char *const unknown[] = {
		"{\"diwan\":1,\"kind\":\"prophecy\",\"id\":\"0163a2b4c5d6e7f80163a2b4c5d6e7f8\",\"seq\":2}", "no JSON"
	};
	struct dirent **names;
	int n = scandir("tests/record/examples", &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char *dot = strrchr(names[i]->d_name, '.');

		if (dot != NULL && strcmp(dot, ".json") == 0) {
			struct buf example;

			*dot = '\0';
			example = edit_example(names[i]->d_name);
			for (int c = 0; c < COPIES && text_count < MAX_TEXTS - 2; c++) {
				struct text *t = &texts[text_count++];
				char edits[128];

				snprintf(edits, sizeof edits, "id=\"%032x\"; filed_at=\"2018-05-28T0%d:00:00.000Z\"",
				    i + 1, c);
				edit_text(&t->bytes, (const char *)example.data, example.len, edits);
				t->pos = POS(1 + text_count % 3, text_count);
			}
			buf_free(&example);
		}
		free(names[i]);
	}
	free(names);
	for (int i = 0; i < 2; i++) {
		struct text *t = &texts[text_count++];

		buf_str(&t->bytes, unknown[i]);
		t->pos = POS(1, text_count);
	}
}

static void
keep(struct store *s, const struct text *t)
{
	MUST(store_payload_put(s, t->pos, nonce, t->bytes.data, t->bytes.len, NULL));
	fold_text(s, t->bytes.data, t->bytes.len, t->pos);
}

static struct digest
digest_of(struct store *s, uint64_t *rows)
{
	struct digest d;

	MUST(fold_digest(store_view(s), &d, rows, NULL));
	return d;
}

static void
shuffle(int order[], int n, uint32_t seed)
{
	for (int i = 0; i < n; i++)
		order[i] = i;
	for (int i = n - 1; i > 0; i--) {
		int k = (int)((seed = seed * 1664525 + 1013904223) >> 8) % (i + 1), t = order[i];

		order[i] = order[k];
		order[k] = t;
	}
}

/* All texts in the order of ${seed} (0: as they are), in transactions of ${batch}. */
static struct digest
fold_all(struct store *s, uint32_t seed, int batch, uint64_t *rows)
{
	int order[MAX_TEXTS];

	shuffle(order, text_count, seed);
	MUST(store_begin(s, NULL));
	for (int i = 0; i < text_count; i++) {
		keep(s, &texts[seed == 0 ? i : order[i]]);
		if (i % batch == batch - 1) {
			MUST(store_commit(s, NULL));
			MUST(store_begin(s, NULL));
		}
	}
	MUST(store_commit(s, NULL));
	return digest_of(s, rows);
}

static int
refold(void *ctx, const struct payload *p)
{
	fold_text(ctx, p->bytes, p->len, p->pos);
	return 0;
}

static int
count_row(void *ctx, const struct row *row)
{
	(void)row;
	++*(int *)ctx;
	return 0;
}

static int
rows_in(struct store *s, enum derived_table t)
{
	struct row from = { .table = t, .cols = store_table_def(t)->cols };
	int n = 0;

	MUST(store_row_scan(store_view(s), &from, 0, 0, false, count_row, &n, NULL));
	return n;
}

/* ---- order and rebuild ------------------------------------------------------------------------------------------- */

static void
test_order(void)
{
	struct store *s = new_store();
	struct digest empty = digest_of(s, NULL), first, other;
	uint64_t rows, others;

	first = fold_all(s, 0, 1000, &rows);
	ok(!hash_equal(&first, &empty) && rows > (uint64_t)text_count * 3, "fold: %d payloads give %llu rows",
	    text_count, (unsigned long long)rows);
	for (int t = 0; t < T_COUNT; t++)
		ok(rows_in(s, (enum derived_table)t) > 0, "fold: table %s has rows",
		    store_table_def((enum derived_table)t)->name);
	is(rows_in(s, T_VERSION) + rows_in(s, T_QUARANTINE), text_count, "fold: every payload is shown or in"
	    " quarantine");
	is(rows_in(s, T_QUARANTINE), 2, "fold: two in quarantine");
	other = fold_all(s, 5, 10, &others);
	ok(hash_equal(&first, &other) && rows == others, "fold: folding everything once more changes nothing");

	MUST(store_begin(s, NULL));
	MUST(store_derived_reset(s, NULL));
	is(rows_in(s, T_VERSION), 0, "rebuild: empty first");
	MUST(store_payload_scan(store_view(s), 0, INT64_MAX, refold, s, NULL));
	MUST(store_commit(s, NULL));
	other = digest_of(s, &others);
	ok(hash_equal(&first, &other) && rows == others, "rebuild: the same rows as the live fold");
	store_close(s);

	for (uint32_t seed = 1; seed <= 8; seed++) {
		s = new_store();
		other = fold_all(s, seed, (int)seed * 7, &others);
		ok(hash_equal(&first, &other) && rows == others, "fold: arrival in another order (%u) gives the same"
		    " rows", seed);
		store_close(s);
	}
}

/* The file's tables hold the same rows in the same order as memory's. */
static void
test_backends(void)
{
	char folder[] = "/tmp/diwan-fold-XXXXXX", path[64];
	struct store *m = new_store(), *f;
	struct digest in_memory, in_file;
	uint64_t rows, others;

	if (mkdtemp(folder) == NULL)
		exit(1);
	snprintf(path, sizeof path, "%s/node.db", folder);
	MUST(store_open_sqlite(path, STORE_CREATE, &f, NULL));
	MUST(store_begin(f, NULL));
	for (uint32_t no = 1; no <= 3; no++) {
		struct log_row log;

		MUST(store_log_get(store_view(m), no, &log, NULL));
		MUST(store_log_put(f, &log, NULL));
	}
	MUST(store_commit(f, NULL));
	in_memory = fold_all(m, 3, 50, &rows);
	in_file = fold_all(f, 4, 20, &others);
	ok(hash_equal(&in_memory, &in_file) && rows == others, "fold: SQLite and memory hold the same rows");
	store_close(m);
	store_close(f);
	unlink(path);
	snprintf(path, sizeof path, "%s/node.db.lock", folder);
	unlink(path);
	is(rmdir(folder), 0, "fold: the folder is left empty");
}

static void
test_forget(void)
{
	struct store *all = new_store(), *some = new_store();
	struct digest a, b;
	uint64_t rows, others;
	struct err e;

	fold_all(all, 2, 100, &rows);
	MUST(store_begin(all, NULL));
	for (int i = 0; i < text_count; i += 3) {
		MUST(fold_forget(all, texts[i].pos, NULL));
		MUST(store_payload_erase(all, &(struct erasure){ .pos = texts[i].pos, .order_pos = ERASED_LOCAL }, NULL));
	}
	is(fold_forget(all, texts[0].pos, &e), ERR_NOTFOUND, "forget: too late once the text is gone");
	MUST(store_commit(all, NULL));
	MUST(store_begin(some, NULL));
	for (int i = 0; i < text_count; i++)
		if (i % 3 != 0)
			keep(some, &texts[i]);
	MUST(store_commit(some, NULL));
	a = digest_of(all, &rows);
	b = digest_of(some, &others);
	ok(hash_equal(&a, &b) && rows == others, "forget: what is left is as if the others had never come");

	MUST(store_begin(all, NULL));
	for (int i = 0; i < text_count; i++)
		if (i % 3 != 0)
			MUST(fold_forget(all, texts[i].pos, NULL));
	MUST(store_commit(all, NULL));
	digest_of(all, &rows);
	is(rows, 0, "forget: everything, and no row is left");
	store_close(all);
	store_close(some);
}

static void
test_many_identifiers(void)
{
	struct store *s = new_store();
	struct buf text = edit_example("notice-document"), edited = { 0 }, edits = { 0 };
	struct row key = { .table = T_IDENT, .cols = 3, .v = { val_str("PASSPORT"), val_str("N0007777"),
	    val_int(POS(1, 1)) } }, got;
	uint64_t rows;

	buf_str(&edits, "body.subject.document.batches=[{\"type\":\"PASSPORT\",\"values\":[");
	for (int i = 0; i < 10000; i++)
		buf_fmt(&edits, "%s\"N%07d\"", i == 0 ? "" : ",", i);
	buf_str(&edits, "]}]");
	edit_text(&edited, (const char *)text.data, text.len, buf_cstr(&edits));
	MUST(store_begin(s, NULL));
	fold_text(s, edited.data, edited.len, POS(1, 1));
	ok(rows_in(s, T_IDENT) >= 10000, "identifiers: %d rows from one record", rows_in(s, T_IDENT));
	is(store_row_get(store_view(s), &key, &got, NULL), OK, "identifiers: each is found");
	MUST(store_payload_put(s, POS(1, 1), nonce, edited.data, edited.len, NULL));
	MUST(fold_forget(s, POS(1, 1), NULL));
	digest_of(s, &rows);
	is(rows, 0, "identifiers: and all are forgotten");
	MUST(store_commit(s, NULL));
	buf_free(&text);
	buf_free(&edited);
	buf_free(&edits);
	store_close(s);
}

int
main(void)
{
	make_texts();
	test_order();
	test_backends();
	test_forget();
	test_many_identifiers();
	for (int i = 0; i < text_count; i++)
		buf_free(&texts[i].bytes);
	return tap_done();
}
