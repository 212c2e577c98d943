/*
 * The attachments of a record: found wherever its body may name one, in the order of the text.
 */
#include "base/text.h"
#include "record/edit.h"
#include "record/tables.h"
#include "tap.h"

struct found {
	char text[400];
	int n, stop_at;
};

static int
note_blob(void *ctx, const uint8_t hash[RECORD_HASH_BYTES], uint64_t size)
{
	struct found *f = ctx;
	size_t at = strlen(f->text);

	snprintf(f->text + at, sizeof f->text - at, "%02x%02x/%llu ", hash[0], hash[31], (unsigned long long)size);
	return ++f->n == f->stop_at ? 42 : 0;
}

/* The attachments of an edited example; what the walk answered in *${rc}. */
static struct found
blobs_of(const char *example, const char *edits, int stop_at, int *rc)
{
	struct buf text = edit_example(example), edited = { 0 };
	struct found f = { .stop_at = stop_at };
	struct arena a = { 0 };
	struct record r;
	struct err e = { 0 };

	edit_text(&edited, (const char *)text.data, text.len, edits);
	if (record_parse(&a, edited.data, edited.len, &r, &e) != OK) {
		printf("Bail out! %s: %s\n", example, e.text);
		exit(1);
	}
	*rc = record_blobs(&r, note_blob, &f);
	arena_free(&a);
	buf_free(&edited);
	buf_free(&text);
	return f;
}

static void
test_found(void)
{
	static const char two[] = "body.documents=["
	    "{\"sha256\":\"ff00000000000000000000000000000000000000000000000000000000000001\",\"bytes\":1073741824,"
	    "\"media\":\"image/png\"},"
	    "{\"sha256\":\"0000000000000000000000000000000000000000000000000000000000000002\",\"bytes\":0,\"media\":\"a\"},"
	    "{\"sha256\":\"ff00000000000000000000000000000000000000000000000000000000000001\",\"bytes\":3,\"media\":\"a\"}]";
	struct found f;
	int rc;

	f = blobs_of("incident", "", 0, &rc);
	is_str(f.text, "0005/1024 ", "the one document of an incident");
	is(rc, 0, "the walk came to its end");
	f = blobs_of("incident", two, 0, &rc);
	is_str(f.text, "ff01/1073741824 0002/0 ff01/3 ", "in the order of the text, one that stands twice twice");
	f = blobs_of("incident", two, 2, &rc);
	is(rc, 42, "a visit's answer stops the walk and is returned");
	is(f.n, 2, "then and there");
	f = blobs_of("notice-missing", "", 0, &rc);
	is_str(f.text, "0005/1024 ", "a photograph in a person in a subject");
	f = blobs_of("notice-vehicle", "", 0, &rc);
	is_str(f.text, "", "a record without");
}

/* Every kind that can name a document does so in one of the examples: the walk finds as many as the text has. */
static void
test_every_example(void)
{
	static const char *const with[] = { "meeting", "notice", "request", "reply", "incident", "operation", "report",
	    "control-served" };
	int rc;

	for (size_t i = 0; i < sizeof with / sizeof with[0]; i++) {
		struct buf text = edit_example(with[i]);
		int in_text = 0;

		for (const char *at = buf_cstr(&text); (at = strstr(at, "\"sha256\":")) != NULL; at++)
			in_text++;
		ok(in_text > 0 && blobs_of(with[i], "", 0, &rc).n == in_text, "%s: %d", with[i], in_text);
		buf_free(&text);
	}
}

int
main(void)
{
	test_found();
	test_every_example();
	return tap_done();
}
