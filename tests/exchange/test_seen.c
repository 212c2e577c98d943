/* The text by which nodes tell each other what they have seen (docs/exchange.md 7). */
#include <string.h>

#include "exchange/seen.h"
#include "tap.h"

struct heard {
	int count, stop_at;
	enum seen_what what[4];
	char bytes[4][40];
};

static int
hear(void *ctx, const struct seen_item *i)
{
	struct heard *h = ctx;

	if (h->count < 4) {
		h->what[h->count] = i->what;
		snprintf(h->bytes[h->count], sizeof h->bytes[0], "%.*s", (int)i->len, (const char *)i->bytes);
	}
	return ++h->count == h->stop_at ? 77 : 0;
}

static int
read_text(const char *text, size_t len, struct heard *h, int64_t *now_ms, struct err *e)
{
	*h = (struct heard){ .stop_at = h->stop_at };
	return seen_read(text, len, now_ms, hear, h, e);
}

static void
test_round(void)
{
	struct buf b = { 0 };
	struct heard h = { 0 };
	struct err e = { 0 };
	int64_t now = 0;

	seen_begin(&b, 1700000000123);
	is(read_text(buf_cstr(&b), b.len, &h, &now, &e), OK, "a node that has seen nothing");
	ok(h.count == 0 && now == 1700000000123, "says what time it has");
	seen_add(&b, SEEN_CHECKPOINT, "one\n", 4);
	seen_add(&b, SEEN_FORK, "fork 3\nabc", 10);	/* what is inside is not looked at */
	seen_add(&b, SEEN_CHECKPOINT, "", 0);
	is(read_text(buf_cstr(&b), b.len, &h, &now, &e), OK, "two checkpoints and a proof");
	ok(h.count == 3 && h.what[0] == SEEN_CHECKPOINT && h.what[1] == SEEN_FORK && h.what[2] == SEEN_CHECKPOINT, "in order");
	ok(strcmp(h.bytes[0], "one\n") == 0 && strcmp(h.bytes[1], "fork 3\nabc") == 0 && h.bytes[2][0] == '\0', "byte for byte");
	h.stop_at = 2;
	is(read_text(buf_cstr(&b), b.len, &h, &now, &e), 77, "the listener may stop it");
	is(h.count, 2, "there");
	buf_free(&b);
}

static void
test_bad(void)
{
	static const char *const bad[] = {
		"", "diwan-seen-v1", "diwan-seen-v2\ntime 1\n", "diwan-seen-v1\n", "diwan-seen-v1\ntime 1",
		"diwan-seen-v1\ntime \n",
		"diwan-seen-v1\ntime -1\n", "diwan-seen-v1\ntime 01\n", "diwan-seen-v1\ntime 9223372036854775808\n",
		"diwan-seen-v1\nTime 1\n", "diwan-seen-v1\r\ntime 1\r\n", "diwan-seen-v1\ntime 1\n\n", "diwan-seen-v1\ntime 1\nx",
		"diwan-seen-v1\ntime 1\ncheckpoint 5\nabcd", "diwan-seen-v1\ntime 1\ncheckpoint 3\nabcd",
		"diwan-seen-v1\ntime 1\ncheckpoint\nabcd", "diwan-seen-v1\ntime 1\ncheckpoint  4\nabcd",
		"diwan-seen-v1\ntime 1\ncheckpoint 4294967296\nabcd", "diwan-seen-v1\ntime 1\nlog 4\nabcd",
		"diwan-seen-v1\ntime 1\ncheckpoint 18446744073709551615\nabcd"
	};
	struct heard h = { 0 };
	int64_t now;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e = { 0 };
		int rc = read_text(bad[i], strlen(bad[i]), &h, &now, &e);

		ok(rc == ERR_INPUT && e.text[0] != '\0', "refused: %s", e.text);
	}
}

static void
test_bounds(void)
{
	struct buf b = { 0 };
	struct heard h = { 0 };
	struct err e = { 0 };
	int64_t now;

	seen_begin(&b, 1);
	for (int i = 0; i < SEEN_ITEMS_MAX; i++)
		seen_add(&b, SEEN_CHECKPOINT, "x", 1);
	is(read_text(buf_cstr(&b), b.len, &h, &now, &e), OK, "as many items as may be");
	seen_add(&b, SEEN_CHECKPOINT, "x", 1);
	is(read_text(buf_cstr(&b), b.len, &h, &now, &e), ERR_LIMIT, "one more");
	is(h.count, SEEN_ITEMS_MAX, "is not looked at");
	buf_reset(&b);
	seen_begin(&b, 1);
	memset(buf_room(&b, SEEN_MAX_BYTES), 'x', SEEN_MAX_BYTES);
	b.len += SEEN_MAX_BYTES;
	is(read_text(buf_cstr(&b), b.len, &h, &now, &e), ERR_LIMIT, "too long as a whole");
	buf_free(&b);
}

int
main(void)
{
	test_round();
	test_bad();
	test_bounds();
	return tap_done();
}
