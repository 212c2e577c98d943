/*
 * The fold: the examples of every kind in many versions, folded in any order, into any store, twice, or after a
 * rebuild, give the same tables; and what each kind adds.
 */
#include <dirent.h>
#include <unistd.h>

#include "fold/fold.h"
#include "record/edit.h"
#include "store/store_row.h"
#include "tap.h"

#define COPIES 4
#define MAX_TEXTS 400

#define MUST(call) do { \
	int must_rc_ = (call); \
	if (must_rc_ != OK) { \
		printf("Bail out! %s:%d: %s: %d\n", __FILE__, __LINE__, #call, must_rc_); \
		exit(1); \
	} \
} while (0)

static const uint8_t nonce[32];

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
	static const char *const unknown[] = { "{\"diwan\":1,\"kind\":\"prophecy\"}", "no JSON" };
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

static struct store *
new_store(void)
{
	static const char *const members[] = { "kz", "kg", "tj" };
	struct store *s;

	MUST(store_open_mem(&s, NULL));
	MUST(store_begin(s, NULL));
	for (uint32_t i = 0; i < 3; i++) {
		struct log_row log = { .no = i + 1, .epoch = 1, .mechanism = "tashkent-2000", .size = 100000 };

		snprintf(log.member, sizeof log.member, "%s", members[i]);
		snprintf(log.origin, sizeof log.origin, "example.org/%s", members[i]);
		MUST(store_log_put(s, &log, NULL));
	}
	MUST(store_commit(s, NULL));
	return s;
}

/* What a node does with a payload. */
static void
fold_text(struct store *s, const void *bytes, size_t len, int64_t pos)
{
	struct arena one = { 0 };
	struct record r;
	struct err e;

	if (record_parse(&one, bytes, len, &r, &e) == OK)
		MUST(fold_record(s, &r, pos, NULL));
	else
		MUST(fold_quarantine(s, pos, &e, NULL));
	arena_free(&one);
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

/* ---- what the rows say ------------------------------------------------------------------------------------------- */

struct dump {
	char text[4000];
};

static int
dump_row(void *ctx, const struct row *row, struct err *e)
{
	struct dump *d = ctx;
	size_t n = strlen(d->text);
	FILE *f = fmemopen(d->text + n, sizeof d->text - n, "w");

	(void)e;
	fprintf(f, "%s", store_table_def(row->table)->name);
	for (int i = 0; i < row->cols; i++) {
		const struct value *v = &row->v[i];

		if (v->type == COL_INT)
			fprintf(f, " %lld", (long long)v->num);
		else if (v->type == COL_TEXT)
			fprintf(f, " '%.*s'", (int)v->len, (const char *)v->bytes);
		else
			fprintf(f, " %02x%02x..%02x", ((const uint8_t *)v->bytes)[0], ((const uint8_t *)v->bytes)[1],
			    ((const uint8_t *)v->bytes)[v->len - 1]);
	}
	fprintf(f, "\n");
	fclose(f);
	return OK;
}

/* The rows of an edited example at log 2, index 7. */
static const char *
rows_of(struct store *s, const char *example, const char *edits)
{
	static struct dump d;
	struct buf text = edit_example(example), edited = { 0 };
	struct arena one = { 0 };
	struct record r;
	struct err e = { 0 };

	memset(&d, 0, sizeof d);
	edit_text(&edited, (const char *)text.data, text.len, edits);
	if (record_parse(&one, edited.data, edited.len, &r, &e) != OK ||
	    fold_rows(store_view(s), &r, POS(2, 7), dump_row, &d, &e) != OK)
		snprintf(d.text, sizeof d.text, "error: %s", e.text);
	buf_free(&text);
	buf_free(&edited);
	arena_free(&one);
	return d.text;
}

static bool
has(const char *rows, const char *want)
{
	bool found = strstr(rows, want) != NULL;

	if (!found)
		printf("# want: %s\n# got:\n%s", want, rows);
	return found;
}

static void
test_rows(void)
{
	struct store *s = new_store();
	const char *rows, *once;
	char want[128];

	rows = rows_of(s, "notice-vehicle", "");
	snprintf(want, sizeof want, "version %lld 0163..5d 2 9 0 'ACTIVE' %lld 'notices' 2 2 0 0 ",
	    (long long)POS(2, 7), 1527480000000LL);
	ok(has(rows, want), "rows: version, with what lists need");
	snprintf(want, sizeof want, "by_id 0163..5d 2 %lld\n", (long long)POS(2, 7));
	ok(has(rows, want), "rows: by id");
	snprintf(want, sizeof want, "by_time 1527480000000 %lld\n", (long long)POS(2, 7));
	ok(has(rows, want), "rows: by time, of the instant and not of its offset");
	ok(has(rows, "ident 'PLATE' '777ABC02' ") && has(rows, "ident 'VIN' 'XTA21214012345678' ") &&
	    has(rows, "ident 'SERIAL' '77-1' "), "rows: every identifier with its type");

	rows = rows_of(s, "notice-vehicle", "body.subject.vehicle.ids=[{\"type\":\"SERIAL\",\"value\":\"1\"},"
	    "{\"type\":\"SERIAL\",\"value\":\"1\",\"note\":\"again\"},{\"type\":\"SERIAL\",\"value\":\"11\"}]");
	once = strstr(rows, "ident 'SERIAL' '1' ");
	ok(once != NULL && strstr(once + 1, "ident 'SERIAL' '1' ") == NULL && has(rows, "ident 'SERIAL' '11' "),
	    "rows: an identifier twice in a text is one row");

	rows = rows_of(s, "notice-vehicle",
	    "links=[{\"ref\":\"00000000000000000000000000000009@3\",\"rel\":\"UPDATES\"},"
	    "{\"ref\":\"00000000000000000000000000000009\",\"rel\":\"UPDATES\"}]");
	snprintf(want, sizeof want, "link 0000..09 'UPDATES' %lld 3\n", (long long)POS(2, 7));
	ok(has(rows, want), "rows: a link to a version");
	snprintf(want, sizeof want, "link 0000..09 'UPDATES' %lld 0\n", (long long)POS(2, 7));
	ok(has(rows, want), "rows: and to whatever is the latest");
	store_close(s);
}

static void
test_control(void)
{
	struct store *s = new_store();
	const char *rows;
	char want[160];

	rows = rows_of(s, "control", "");
	snprintf(want, sizeof want, "receipt 1 0 41 'kg' 1527498000000 %lld\nreceipt 1 44 44 'kg' 1527498000000 %lld\n",
	    (long long)POS(2, 7), (long long)POS(2, 7));
	ok(has(rows, want), "receipt: a row a range: log, range, who, when, where");
	ok(has(rows, "version "), "receipt: is a record like others");
	ok(strstr(rows, "control ") == NULL, "receipt: and no act on a record");
	rows = rows_of(s, "control-delete", "");
	snprintf(want, sizeof want, "control 0000..09 %lld 1 'DELETE_ORDER' 'kz' 1527480000000 'OTHER' 1527757200000\n",
	    (long long)POS(2, 7));
	ok(has(rows, want), "control: target, version, type, whose, when filed, reason, when it is due");
	rows = rows_of(s, "control-delete", "-body.due");
	snprintf(want, sizeof want, "'OTHER' %lld\n", (long long)WHEN_NONE);
	ok(has(rows, want), "control: no due time");
	rows = rows_of(s, "control-done", "body.executed_at=\"2018-05-29T00:00:00Z\"");
	snprintf(want, sizeof want, "control 0000..09 %lld 0 'DELETE_DONE' 'kz' 1527552000000 '' %lld\n",
	    (long long)POS(2, 7), (long long)WHEN_NONE);
	ok(has(rows, want),
	    "control: when it says it was carried out; no reason is an empty one");
	rows = rows_of(s, "control-chair", "");
	ok(strstr(rows, "control ") == NULL && has(rows, "version "), "control: without target, the shared rows only");
	store_close(s);
}

/* Not by half: one quarantine row, and the rest when the log is known. */
static void
test_not_foldable(void)
{
	struct store *s = new_store();
	struct log_row uz = { .no = 4, .epoch = 1, .mechanism = "tashkent-2000", .member = "uz", .origin = "example.org/uz" };
	const char *rows;

	rows = rows_of(s, "control", "body.log.member=\"uz\"");
	ok(strncmp(rows, "quarantine ", 11) == 0 && strchr(rows, '\n') == rows + strlen(rows) - 1 &&
	    has(rows, "no log of uz"), "quarantine: a receipt for a log that is not kept is one row, and says so");
	MUST(store_begin(s, NULL));
	MUST(store_log_put(s, &uz, NULL));
	MUST(store_commit(s, NULL));
	rows = rows_of(s, "control", "body.log.member=\"uz\"");
	ok(has(rows, "receipt 4 0 41 'kg' ") && strstr(rows, "quarantine") == NULL,
	    "quarantine: folded again once it is");
	rows = rows_of(s, "control", "body.log.epoch=2");
	ok(strncmp(rows, "quarantine ", 11) == 0 && has(rows, "epoch 2"), "quarantine: another epoch's log");
	rows = rows_of(s, "control", "mechanism=\"other-2001\"");
	ok(strncmp(rows, "quarantine ", 11) == 0, "quarantine: another mechanism's log");
	rows = rows_of(s, "control", "body.ranges=[[0,1099511627776]]");
	ok(strncmp(rows, "quarantine ", 11) == 0 || strncmp(rows, "error", 5) == 0,
	    "quarantine: an index no log can have");
	store_close(s);
}

static int
stop_at_third(void *ctx, const struct row *row, struct err *e)
{
	(void)row;
	return ++*(int *)ctx == 3 ? err_set(e, ERR_FULL, "no space") : OK;
}

static void
test_emit_error(void)
{
	struct store *s = new_store();
	struct buf text = edit_example("notice-vehicle");
	struct arena one = { 0 };
	struct record r;
	struct err e;
	int rows = 0;

	MUST(record_parse(&one, text.data, text.len, &r, NULL));
	is(fold_rows(store_view(s), &r, POS(1, 1), stop_at_third, &rows, &e), ERR_FULL,
	    "emit: its error is the fold's");
	ok(rows == 3 && e.code == ERR_FULL && strcmp(e.text, "no space") == 0, "emit: at once, with its sentence");
	arena_free(&one);
	buf_free(&text);
	store_close(s);
}

/* As many identifiers as a list may have, in a text of nearly the greatest size. */
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
	test_rows();
	test_control();
	test_not_foldable();
	test_emit_error();
	test_many_identifiers();
	for (int i = 0; i < text_count; i++)
		buf_free(&texts[i].bytes);
	return tap_done();
}
