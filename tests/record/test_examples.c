/* The examples are valid; together they use every field there is; docs/format.md prints the tables as they are. */
#include <dirent.h>

#include "record/edit.h"
#include "record/schema.h"
#include "record/tables.h"
#include "tap.h"

static bool used[2000];

static void
mark(enum struct_id s, const struct json *o)
{
	unsigned hint = 0;

	for (const struct json *j = o->child; j != NULL; j = j->next) {
		const struct field *f = tables_find_field(s, j->key, j->key_len, &hint);

		if (f == NULL)
			continue;
		used[f - tables_field] = true;
		if (f->type == FT_STRUCT && f->shape == SHAPE_ONE)
			mark(f->arg, j);
		for (const struct json *k = j->child; f->type == FT_STRUCT && f->shape != SHAPE_ONE && k != NULL; k = k->next)
			mark(f->arg, k);
	}
}

static void
test_example(const char *file)
{
	char name[64];
	struct arena a = { 0 };
	struct err e = { 0 };
	struct record r;
	struct buf text;
	const char *kind;

	snprintf(name, sizeof name, "%.*s", (int)(strlen(file) - 5), file);
	text = edit_example(name);
	ok(record_parse(&a, text.data, text.len, &r, &e) == OK, "%s is a record", file);
	if (e.code != OK) {
		printf("#   %s\n", e.text);
	} else {
		kind = kind_code(r.kind);
		ok(strncmp(name, kind, strlen(kind)) == 0, "%s is of kind %s", file, kind);
		mark(S_ENVELOPE, r.root);
		mark(tables_kind[r.kind].body, r.body);
	}
	arena_free(&a);
	buf_free(&text);
}

static void
test_examples(void)
{
	struct dirent **names;
	int n = scandir("tests/record/examples", &names, NULL, alphasort);

	ok(n > KIND_COUNT, "there are examples");
	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.')
			test_example(names[i]->d_name);
		free(names[i]);
	}
	free(names);
}

static void
test_coverage(void)
{
	int missing = 0;

	for (int s = 0; s < S_COUNT; s++)
		for (unsigned i = 0; i < tables_fields((enum struct_id)s); i++) {
			size_t row = tables_struct[s].first + i;

			if (!used[row]) {
				printf("#   no example has %s.%s\n", tables_struct[s].name, tables_field[row].name);
				missing++;
			}
		}
	is(missing, 0, "every field stands in an example");
}

static char *
read_doc(void)
{
	FILE *f = fopen("docs/format.md", "rb");
	char *text = calloc(1, 1 << 20);

	if (f != NULL && text != NULL && fread(text, 1, (1 << 20) - 1, f) == 0)
		text[0] = '\0';
	if (f != NULL)
		fclose(f);
	return text;
}

static void
test_doc(void)
{
	struct buf want = { 0 };
	char *doc = read_doc(), *at = doc != NULL ? strstr(doc, "\n## 3 Types\n") : NULL;

	schema_markdown(&want);
	ok(at != NULL && strcmp(at + 1, buf_cstr(&want)) == 0,
	    "docs/format.md parts 3 to 7 are what the tables say (test_examples --print writes them)");
	free(doc);
	buf_free(&want);
}

/* The record shown in docs/format.md is one. */
static void
test_doc_example(void)
{
	char *doc = read_doc(), *from = doc != NULL ? strstr(doc, "```json\n") : NULL;
	char *to = from != NULL ? strstr(from, "```\n\n") : NULL;
	struct arena a = { 0 };
	struct err e = { 0 };
	struct record r;

	ok(to != NULL && record_parse(&a, from + 8, (size_t)(to - from - 8), &r, &e) == OK,
	    "the example in docs/format.md is a record");
	if (e.code != OK)
		printf("#   %s\n", e.text);
	arena_free(&a);
	free(doc);
}

int
main(int argc, char **argv)
{
	struct buf b = { 0 };

	if (argc == 2 && strcmp(argv[1], "--print") == 0) {
		schema_markdown(&b);
		fwrite(b.data, 1, b.len, stdout);
		buf_free(&b);
		return 0;
	}
	test_examples();
	test_coverage();
	test_doc();
	test_doc_example();
	return tap_done();
}
