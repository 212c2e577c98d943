/*
 * Deletion down to the bytes of every file, and backup beside a writer.
 */
#include <sys/stat.h>

#include "store/conform_rows.h"
#include "store/files.h"

static int
in_file(const char *path, const char *needle)
{
	size_t len, n = strlen(needle);
	char *bytes = slurp(path, &len), *at = bytes;
	int found = 0;

	while (at != NULL && (at = memmem(at, len - (size_t)(at - bytes), needle, n)) != NULL) {
		found++;
		at += n;
	}
	free(bytes);
	return found;
}

/* Occurrences in all of the store's files. */
static int
in_store(const char *path, const char *needle)
{
	char wal[128], shm[128];

	snprintf(wal, sizeof wal, "%s-wal", path);
	snprintf(shm, sizeof shm, "%s-shm", path);
	return in_file(path, needle) + in_file(wal, needle) + in_file(shm, needle);
}

/* ---- deletion ---------------------------------------------------------------------------------------------------- */

#define LOGS 8
#define RECORDS 4000

#define BLOBS 36
#define BLOB_LOG 9				/* stands for attachments in marks */

/* ${len} bytes, a multiple of 32, that name their owner in each 32 of them. */
static void
mark_bytes(char *out, size_t len, int log, int index)
{
	for (size_t i = 0; i < len; i += 32) {
		char mark[64];

		snprintf(mark, sizeof mark, "<of %d.%05d> byte %08zu      ", log, index, i);
		memcpy(out + i, mark, 32);
	}
}

/* A record's text: from some bytes to some pages long. */
static size_t
marked_text(char *out, int log, int index)
{
	size_t len = (size_t)(150 + (index * 7919 + log * 104729) % (index % 40 == 0 ? 30000 : 1700)) / 32 * 32 + 32;

	mark_bytes(out, len, log, index);
	return len;
}

/*
 * Rows as a fold writes them, with the mark in every text: what a search by identifier goes through, what lists show, what was
 * ordered; and the hash of an attachment.
 */
static void
derived_rows(struct store *s, int log, int index, int (*write)(struct store *, const struct row *, struct err *))
{
	struct row version = { .table = T_VERSION, .cols = 14 }, row;
	int64_t pos = POS(log + 1, index);
	char name[40];

	snprintf(name, sizeof name, "<of %d.%05d>    ", log, index);
	for (int i = 0; i < 14; i++) {
		enum col_type t = store_table_def(T_VERSION)->type[i];

		version.v[i] = t == COL_INT ? val_int(i) : t == COL_TEXT ? val_str(name) : val_blob(name, 16);
	}
	version.v[0] = val_int(pos);
	MUST(write(s, &version, NULL));
	row = ident("plate", name, pos);
	MUST(write(s, &row, NULL));
	row = ident(name, "as a type", pos);
	MUST(write(s, &row, NULL));
	row = (struct row){ .table = T_CONTROL, .cols = 8, .v = { val_blob(name, 16), val_int(pos), val_int(0), val_str(name),
	    val_str("kz"), val_int(0), val_str(name), val_int(0) } };
	MUST(write(s, &row, NULL));
	row = (struct row){ .table = T_BLOB, .cols = 3, .v = { val_blob(name, strlen(name)), val_int(pos), val_int(1) } };
	MUST(write(s, &row, NULL));
}

static const uint8_t *
blob_name(int index)
{
	static uint8_t hash[32];

	mark_bytes((char *)hash, sizeof hash, BLOB_LOG, index);
	return hash;
}

/* From some bytes to three parts; each fifth one is not all there. */
static void
fill_blob(struct store *s, int index)
{
	static char part[STORE_BLOB_PART];
	size_t size = (size_t)(index * 24977 + 320) / 32 * 32, at = 0, len;

	MUST(store_blob_begin(s, blob_name(index), size, NULL));
	for (; at < size && !(index % 5 == 0 && at > 0); at += len) {
		len = size - at < sizeof part ? size - at : sizeof part;
		mark_bytes(part, len, BLOB_LOG, index);
		MUST(store_blob_append(s, blob_name(index), at, part, len, NULL));
	}
	if (at == size)
		MUST(store_blob_seal(s, blob_name(index), NULL));
}

/* Logs grow at random beside each other, so that pages in the middle of the table split. */
static void
fill(struct store *s, int count[LOGS])
{
	static char text[32768];
	uint32_t seed = 7;

	MUST(store_begin(s, NULL));
	for (int i = 0; i < RECORDS; i++) {
		int log = (int)((seed = seed * 1664525 + 1013904223) >> 16) % LOGS;
		size_t len = marked_text(text, log, count[log]);

		MUST(store_payload_put(s, POS(log + 1, count[log]), nonce_a, text, len, NULL));
		derived_rows(s, log, count[log], store_row_put);
		if (i % (RECORDS / BLOBS) == 7 && i / (RECORDS / BLOBS) < BLOBS)
			fill_blob(s, i / (RECORDS / BLOBS));
		count[log]++;
		if (i % 100 == 99) {
			MUST(store_commit(s, NULL));
			if (i % 1000 == 999)
				MUST(store_tidy(s, NULL));
			MUST(store_begin(s, NULL));
		}
	}
	MUST(store_commit(s, NULL));
}

/* Marks of records and attachments that were deleted (every third of each log), and of ones that were not. */
static void
count_marks(const char *path, int *deleted, int *kept)
{
	size_t len;
	char *bytes = slurp(path, &len), *at = bytes;
	int log, index;

	while (at != NULL && (at = memmem(at, len - (size_t)(at - bytes), "<of ", 4)) != NULL) {
		/* not the ones that the end of a page cut in two */
		if ((size_t)(at - bytes) + 12 <= len && at[11] == '>' && sscanf(at, "<of %1d.%5d>", &log, &index) == 2)
			++*(index % 3 == 0 ? deleted : kept);
		at += 4;
	}
	free(bytes);
}

static void
test_erase(void)
{
	struct store_reader *r;
	int count[LOGS] = { 0 }, deleted = 0, kept = 0;
	char wal[128], copy[128];
	struct store *s;
	struct stat st;

	snprintf(wal, sizeof wal, "%s-wal", db);
	snprintf(copy, sizeof copy, "%s/copy.db", folder);
	MUST(store_open_sqlite(db, STORE_CREATE, &s, NULL));
	fill(s, count);
	count_marks(db, &deleted, &kept);
	count_marks(wal, &deleted, &kept);
	ok(deleted > RECORDS / 3 && kept > RECORDS, "erase: %d marks to be deleted are in the files", deleted);

	MUST(store_begin(s, NULL));
	for (int log = 0; log < LOGS; log++) {
		for (int i = 0; i < count[log]; i += 3) {
			derived_rows(s, log, i, store_row_del);
			MUST(store_payload_erase(s, erasing(POS(log + 1, i)), NULL));
		}
	}
	for (int i = 0; i < BLOBS; i += 3)
		MUST(store_blob_erase(s, blob_name(i), NULL));
	MUST(store_reader_open(s, &r, NULL));
	MUST(store_reader_hold(r, NULL));
	MUST(store_commit(s, NULL));
	MUST(store_tidy(s, NULL));
	deleted = kept = 0;
	count_marks(wal, &deleted, &kept);
	ok(deleted + kept > 0, "erase: a reader of the old snapshot keeps the write-ahead log");
	store_reader_release(r);
	MUST(store_tidy(s, NULL));
	deleted = kept = 0;
	count_marks(db, &deleted, &kept);
	count_marks(wal, &deleted, &kept);
	ok(kept > RECORDS / 2, "erase: what was not deleted is there (%d marks)", kept);
	is(deleted, 0, "erase: after the next tidying no byte of what was deleted is in main file and write-ahead log");
	ok(stat(wal, &st) == 0 && st.st_size == 0, "erase: which is empty");

	MUST(store_backup(s, copy, NULL, NULL, NULL));
	deleted = kept = 0;
	count_marks(copy, &deleted, &kept);
	ok(deleted == 0 && kept > RECORDS / 2, "erase: nor in a backup");
	store_reader_close(r);
	store_close(s);
	remove_store(copy);
	remove_store(db);
}

/* An attachment that fills a file of its own: every page it had is on the free list, and empty. */
static void
test_erase_blob(void)
{
	const uint64_t size = 5 * STORE_BLOB_PART + 64;
	static char part[STORE_BLOB_PART];
	int deleted = 0, kept = 0;
	struct store *s;

	mark_bytes(part, sizeof part, BLOB_LOG, 3);
	MUST(store_open_sqlite(db, STORE_CREATE, &s, NULL));
	MUST(store_begin(s, NULL));
	MUST(store_blob_begin(s, blob_name(3), size, NULL));
	for (uint64_t at = 0; at < size; at += STORE_BLOB_PART)
		MUST(store_blob_append(s, blob_name(3), at, part, size - at < sizeof part ? size - at : sizeof part, NULL));
	MUST(store_commit(s, NULL));
	MUST(store_tidy(s, NULL));
	count_marks(db, &deleted, &kept);
	ok(deleted > (int)(size / 32) * 99 / 100, "erase blob: %d marks are in the main file", deleted);
	MUST(store_begin(s, NULL));
	MUST(store_blob_erase(s, blob_name(3), NULL));
	MUST(store_commit(s, NULL));
	MUST(store_tidy(s, NULL));
	is(in_store(db, "<of "), 0, "erase blob: not one is left in any file, nor its name");
	store_close(s);
	remove_store(db);
}

static void
test_erase_one(void)
{
	struct store *s;

	MUST(store_open_sqlite(db, STORE_CREATE, &s, NULL));
	MUST(store_begin(s, NULL));
	MUST(store_payload_put(s, POS(1, 0), nonce_b, "Parviz knows the pass", 21, NULL));
	MUST(store_commit(s, NULL));
	ok(in_store(db, "Parviz knows") > 0 && in_store(db, "another nonce") > 0, "erase one: there first");
	MUST(store_begin(s, NULL));
	MUST(store_payload_erase(s, erasing(POS(1, 0)), NULL));
	MUST(store_commit(s, NULL));
	MUST(store_tidy(s, NULL));
	is(in_store(db, "Parviz knows") + in_store(db, "another nonce"), 0,
	    "erase one: text and nonce are gone from every file");
	store_close(s);
	remove_store(db);
}

/* ---- backup ------------------------------------------------------------------------------------------------------ */

struct backing {
	struct store *s;
	int calls, stop_at, last_size;
	uint64_t done, total;
};

/* The writer goes on between two pieces of the copy. */
static int
write_meanwhile(void *ctx, uint64_t done, uint64_t total)
{
	struct backing *b = ctx;
	struct log_row row = a_log(1, "kz", (uint64_t)++b->last_size);

	b->calls++;
	b->done = done;
	b->total = total;
	MUST(store_begin(b->s, NULL));
	MUST(store_log_put(b->s, &row, NULL));
	MUST(store_commit(b->s, NULL));
	return b->calls == b->stop_at;
}

static void
test_backup(void)
{
	struct backing b = { .last_size = 10 };
	int count[LOGS] = { 0 }, findings = 0;
	struct log_row row = a_log(1, "kz", 10);
	struct store *s, *copy;
	struct payload p;
	char path[128];
	struct err e;

	snprintf(path, sizeof path, "%s/copy.db", folder);
	MUST(store_open_sqlite(db, STORE_CREATE, &s, NULL));
	fill(s, count);
	MUST(store_begin(s, NULL));
	MUST(store_log_put(s, &row, NULL));
	MUST(store_commit(s, NULL));
	b.s = s;
	b.stop_at = 2;
	is(store_backup(s, path, write_meanwhile, &b, &e), ERR_STOP, "backup: progress can stop it");
	ok(access(path, F_OK) != 0, "backup: and nothing is left");
	b = (struct backing){ .s = s, .last_size = b.last_size };
	is(store_backup(s, path, write_meanwhile, &b, &e), OK, "backup: while the writer writes");
	ok(b.calls > 3 && b.done == b.total && b.total > 0, "backup: progress came to the end in %d steps", b.calls);
	is(store_backup(s, path, NULL, NULL, &e), ERR_CONFLICT, "backup: not over a file");
	is(store_backup(s, "/nowhere/copy.db", NULL, NULL, &e), ERR_IO, "backup: no such folder");
	MUST(store_open_sqlite(path, 0, &copy, NULL));
	MUST(store_log_get(store_view(copy), 1, &row, NULL));
	is(row.size, 12, "backup: the state when it began, not what was written meanwhile");
	ok(store_payload_get(store_view(copy), POS(3, 9), &p, &e) == OK &&
	    memcmp(p.bytes, "<of 2.00009>", 12) == 0, "backup: with its payloads");
	MUST(store_selfcheck(store_view(copy), no_finding, &findings, NULL));
	ok(findings > 0, "selfcheck: sees that these payloads have no log of their size");
	store_close(copy);
	store_close(s);
	remove_store(path);
	remove_store(db);
}

int
main(void)
{
	new_folder();
	test_erase_one();
	test_erase_blob();
	test_erase();
	test_backup();
	is(rmdir(folder), 0, "nothing else was left in the folder");
	return tap_done();
}
