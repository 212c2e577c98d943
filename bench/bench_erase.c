/*
 * Deletion: 10,000 of 100,000 records with everything derived from them, in one transaction, and then out of every file; one
 * attachment of 64 MiB in and out:
 *   bench_erase [RECORDS [DELETED]]
 *
 * The records are the generated ones of BENCHMARKS.md with 3 identifiers each (six derived rows), folded as a node folds them, in
 * four logs that grow beside each other. Every (RECORDS / DELETED)-th one is deleted, so that each page of the payloads
 * is touched: fold_forget, then store_payload_erase. "tidy" is the call of store_tidy after the commit, which empties the
 * write-ahead log.
 */
#include "fold/fold.h"
#include "gen.h"

#define LOGS 4
#define BATCH 4096

static void
must(int rc, const struct err *e)
{
	if (rc != OK)
		die("bench_erase", e);
}

static int64_t
pos_of(uint64_t i)
{
	return POS(1 + i % LOGS, i / LOGS);
}

static double
seconds_since(int64_t start)
{
	return (double)(monotonic_us() - start) / 1e6;
}

static void
keep(struct store *s, struct arena *a, uint64_t i, struct err *e)
{
	static const uint8_t nonce[32] = { 7 };
	static struct buf text;
	struct record r;

	buf_reset(&text);
	gen_record(&text, i, GEN_BYTES, 3);
	arena_reset(a);
	must(store_payload_put(s, pos_of(i), nonce, text.data, text.len, e), e);
	must(record_parse(a, text.data, text.len, &r, e), e);
	must(fold_record(s, &r, pos_of(i), e), e);
}

static void
fill(struct store *s, uint64_t records, struct err *e)
{
	struct arena a = { 0 };

	for (uint64_t i = 0; i < records; i += BATCH) {
		must(store_begin(s, e), e);
		for (uint64_t k = i; k < i + BATCH && k < records; k++)
			keep(s, &a, k, e);
		must(store_commit(s, e), e);
		must(store_tidy(s, e), e);
	}
	arena_free(&a);
}

static void
bench_records(struct store *s, uint64_t records, uint64_t deleted, struct err *e)
{
	struct erasure x = { .seq = 1, .order_pos = ERASED_RETENTION, .at_ms = 1 };
	int64_t start = monotonic_us();
	double erased, committed;

	must(store_begin(s, e), e);
	for (uint64_t i = 0; i < deleted; i++) {
		x.pos = pos_of(i * (records / deleted));
		must(fold_forget(s, x.pos, e), e);
		must(store_payload_erase(s, &x, e), e);
	}
	erased = seconds_since(start);
	must(store_commit(s, e), e);
	committed = seconds_since(start);
	must(store_tidy(s, e), e);
	printf("delete %llu of %llu records      %.2f s in all: forget and erase %.2f, commit %.2f, tidy %.2f\n",
	    (unsigned long long)deleted, (unsigned long long)records, seconds_since(start), erased, committed - erased,
	    seconds_since(start) - committed);
}

static void
bench_blob(struct store *s, struct err *e)
{
	static uint8_t part[STORE_BLOB_PART];
	const uint8_t hash[32] = { 1 };
	int64_t start = monotonic_us();
	double taken;

	for (uint64_t at = 0; at < STORE_BLOB_MAX; at += sizeof part) {
		must(store_begin(s, e), e);
		must(store_blob_begin(s, hash, STORE_BLOB_MAX, e), e);
		rng_fill(&rng_system, part, sizeof part);
		must(store_blob_append(s, hash, at, part, sizeof part, e), e);
		must(store_commit(s, e), e);
	}
	must(store_tidy(s, e), e);
	taken = seconds_since(start);
	start = monotonic_us();
	must(store_begin(s, e), e);
	must(store_blob_erase(s, hash, e), e);
	must(store_commit(s, e), e);
	must(store_tidy(s, e), e);
	printf("attachment of %u MiB           in, a commit each part: %.2f s   erased and tidied: %.2f s\n",
	    STORE_BLOB_MAX >> 20, taken, seconds_since(start));
}

int
main(int argc, char **argv)
{
	uint64_t records = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000;
	uint64_t deleted = argc > 2 ? strtoull(argv[2], NULL, 10) : 10000;
	char path[300];
	struct store *s;
	struct err e = { 0 };

	if (deleted == 0 || deleted > records) {
		fprintf(stderr, "usage: bench_erase [RECORDS [DELETED]]\n");
		return 2;
	}
	snprintf(path, sizeof path, "%s/node.db", gen_root());
	must(store_open_sqlite(path, STORE_CREATE, &s, &e), &e);
	fill(s, records, &e);
	bench_records(s, records, deleted, &e);
	bench_blob(s, &e);
	store_close(s);
	return 0;
}
