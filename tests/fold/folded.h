/*
 * What the tests of the fold share: a store with three logs, a text folded as a node does it, the rows of an example as lines.
 */
#ifndef TESTS_FOLD_FOLDED_H
#define TESTS_FOLD_FOLDED_H

#include "fold/fold.h"
#include "record/edit.h"
#include "tap.h"

#define MUST(call) do { \
	int must_rc_ = (call); \
	if (must_rc_ != OK) { \
		printf("Bail out! %s:%d: %s: %d\n", __FILE__, __LINE__, #call, must_rc_); \
		exit(1); \
	} \
} while (0)

static const uint8_t nonce[32];

__attribute__((unused)) static struct store *
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
__attribute__((unused)) static void
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
__attribute__((unused)) static const char *
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

__attribute__((unused)) static bool
has(const char *rows, const char *want)
{
	bool found = strstr(rows, want) != NULL;

	if (!found)
		printf("# want: %s\n# got:\n%s", want, rows);
	return found;
}

#endif
