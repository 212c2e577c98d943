/* BENCHMARKS.md: record parse. One generated record, and a Cyrillic one of the examples, parsed over and over. */
#include "gen.h"

#define ROUNDS 7
#define PER_ROUND 20000

static const struct json_limits limits = { RECORD_MAX_BYTES, RECORD_MAX_DEPTH, RECORD_MAX_NODES };

static void
parse_json(struct arena *a, const struct buf *text)
{
	struct err e = { 0 };
	struct json *root;

	if (json_parse(a, text->data, text->len, &limits, &root, &e) != OK)
		die("json_parse", &e);
}

static void
parse_record(struct arena *a, const struct buf *text)
{
	struct err e = { 0 };
	struct record r;

	if (record_parse(a, text->data, text->len, &r, &e) != OK)
		die("record_parse", &e);
}

/* Microseconds a parse: the best of some rounds, since whatever else the machine does can only slow one down. */
static double
measure(void (*parse)(struct arena *a, const struct buf *text), const struct buf *text)
{
	struct arena batch = { 0 };
	int64_t best = INT64_MAX;

	for (int round = 0; round < ROUNDS; round++) {
		int64_t start = monotonic_us(), took;

		for (int i = 0; i < PER_ROUND; i++) {
			arena_reset(&batch);
			parse(&batch, text);
		}
		took = monotonic_us() - start;
		best = took < best ? took : best;
	}
	arena_free(&batch);
	return (double)best / PER_ROUND;
}

static void
report(const char *name, const struct buf *text)
{
	double json = measure(parse_json, text), record = measure(parse_record, text);

	printf("record parse, %s, %zu bytes: %.2f us (%.0f MB/s); json_parse alone %.2f us\n", name, text->len, record,
	    (double)text->len / record, json);
}

int
main(void)
{
	struct buf text = { 0 };
	const char *path = "tests/record/examples/notice.json";
	FILE *f = fopen(path, "rb");
	uint8_t *to;

	gen_record(&text, 0, GEN_BYTES, 0);
	report("generated", &text);
	buf_reset(&text);
	if (f == NULL || (to = buf_room(&text, 65536)) == NULL) {
		perror(path);
		return 1;
	}
	text.len = fread(to, 1, 65536, f);
	fclose(f);
	report("dense, three scripts", &text);
	buf_free(&text);
	return 0;
}
