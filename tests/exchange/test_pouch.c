/* The archive of a pouch: one form, one order, in pieces of any size; where tiles lie; slices of payload streams. */
#include <inttypes.h>

#include "base/wire.h"
#include "exchange/frame.h"
#include "exchange/pouch.h"
#include "tap.h"

static struct err e;

static const struct pouch_head head = {
	.mechanism = "tashkent-2000", .from = "kz", .to = "kg", .made_ms = INT64_C(1577872800250), .first = 256, .size = 700,
	.charter = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
};

static int
to_buf(void *ctx, const void *bytes, size_t len, struct err *err)
{
	return buf_add(ctx, bytes, len) ? OK : err_set(err, ERR_NOMEM, "no memory");
}

static void
must(int rc)
{
	if (rc != OK) {
		printf("Bail out! %s\n", e.text);
		exit(1);
	}
}

/* Bytes of ${p} that say what they are of. */
static void
put(struct pouch_writer *w, struct pouch_part p, size_t len)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < len; i++)
		buf_byte(&b, (uint8_t)(i * 7 + p.kind * 31 + p.tile.n));
	must(pouch_write_whole(w, p, b.data, b.len, &e));
	buf_free(&b);
}

static void
write_all(struct buf *out, const struct pouch_head *h, bool with_blobs)
{
	struct pouch_writer w;
	struct pouch_tiles tiles = { .first = h->first, .size = h->size };
	struct pouch_part p = { .kind = POUCH_CHECKPOINT };
	struct tile t;

	must(pouch_write_begin(&w, h, to_buf, out, &e));
	put(&w, p, 200);
	p.kind = POUCH_COSIGNED;
	put(&w, p, 512);
	p.kind = POUCH_SEEN;
	put(&w, p, 511);
	while (pouch_tiles_next(&tiles, &t))
		put(&w, (struct pouch_part){ .kind = POUCH_TILE, .tile = t }, (size_t)pouch_tile_bytes(&t));
	for (uint64_t from = h->first; from < h->size; from += 200)
		put(&w, (struct pouch_part){ .kind = POUCH_PAYLOADS, .from = from }, 29 + (size_t)from);
	for (uint8_t i = 0; i < 3 && with_blobs; i++)
		put(&w, (struct pouch_part){ .kind = POUCH_BLOB, .hash = { i } }, 1000u * i);
	must(pouch_write_end(&w, &e));
}

/* ---- reading ---- */

struct seen {
	struct buf said;		/* names and sizes */
	struct buf bytes;		/* contents in their order */
	int heads;
	int stop_at;			/* a caller that fails at its part number so many */
};

static int
see_head(void *ctx, const struct pouch_head *h, struct err *err)
{
	struct seen *s = ctx;

	(void)err;
	s->heads++;
	buf_fmt(&s->said, "%s>%s %" PRIu64 " %" PRIu64 "\n", h->from, h->to, h->first, h->size);
	return OK;
}

static int
see_part(void *ctx, const struct pouch_part *p, struct err *err)
{
	struct seen *s = ctx;
	char name[POUCH_NAME_MAX];

	pouch_name(name, p);
	buf_fmt(&s->said, "%s %" PRIu64 "\n", name, p->size);
	return s->stop_at > 0 && --s->stop_at == 0 ? err_set(err, ERR_FULL, "enough") : OK;
}

static int
see_bytes(void *ctx, const struct pouch_part *p, const void *bytes, size_t len, struct err *err)
{
	(void)p, (void)err;
	buf_add(&((struct seen *)ctx)->bytes, bytes, len);
	return OK;
}

static int
see_done(void *ctx, const struct pouch_part *p, struct err *err)
{
	(void)p, (void)err;
	buf_str(&((struct seen *)ctx)->said, ".");
	return OK;
}

static int
read_in(struct seen *s, const void *bytes, size_t len, size_t piece)
{
	struct pouch_reader r = { .ctx = s, .head = see_head, .part = see_part, .bytes = see_bytes, .done = see_done };
	const uint8_t *at = bytes;
	int rc = OK;

	buf_reset(&s->said);
	buf_reset(&s->bytes);
	s->heads = 0;
	for (size_t i = 0; i < len && rc == OK; i += piece)
		rc = pouch_feed(&r, at + i, len - i < piece ? len - i : piece, &e);
	return rc == OK ? pouch_feed_end(&r, &e) : rc;
}

static void
seen_free(struct seen *s)
{
	buf_free(&s->said);
	buf_free(&s->bytes);
}

static void
test_round(void)
{
	static const size_t pieces[] = { 1, 7, 511, 512, 513, 65536, 10000000 };
	struct buf all = { 0 }, first = { 0 };
	struct seen s = { .heads = 0 };

	write_all(&all, &head, true);
	is(all.len % 512, 0, "whole blocks");
	is(read_in(&s, all.data, all.len, all.len), OK, "what was written is read");
	buf_str(&first, buf_cstr(&s.said));
	ok(strstr(buf_cstr(&first), "kz>kg 256 700\nlog/checkpoint 200\n.cosigned 512\n.seen 511\n."
	    "log/tile/entries/001 8960\n.log/tile/entries/002.p/188 6580\n.log/tile/0/001 8192\n.log/tile/0/002.p/188 6016\n."
	    "log/tile/1/000.p/2 64\n.payloads/256 285\n.payloads/456 485\n.payloads/656 685\n.blob/00") != NULL,
	    "the parts in their order");
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		is(read_in(&s, all.data, all.len, pieces[i]), OK, "in pieces");
		ok(strcmp(buf_cstr(&s.said), buf_cstr(&first)) == 0 && s.heads == 1, "the same in pieces of %zu", pieces[i]);
	}
	s.stop_at = 3;
	is(read_in(&s, all.data, all.len, 4096), ERR_FULL, "a caller's error is passed on");
	seen_free(&s);
	buf_free(&all);
	buf_free(&first);
}

static void
test_empty(void)
{
	struct pouch_head h = head;
	struct buf all = { 0 };
	struct seen s = { .heads = 0 };

	h.first = h.size = 512;
	write_all(&all, &h, false);
	is(read_in(&s, all.data, all.len, 1000), OK, "nothing new: no tiles, no payloads");
	ok(strstr(buf_cstr(&s.said), "tile") == NULL && strstr(buf_cstr(&s.said), "payloads") == NULL, "none are there");
	seen_free(&s);
	buf_free(&all);
}

/* ---- refusals ---- */

/* Every byte that is changed is found, but in contents: those are of no form here. */
static void
test_damage(void)
{
	struct buf all = { 0 }, text = { 0 };
	struct seen s = { .heads = 0 };
	size_t found = 0, tried = 0, contents = 0, cut = 0;

	write_all(&all, &head, true);
	read_in(&s, all.data, all.len, all.len);
	contents = s.bytes.len;
	for (size_t i = 0; i < all.len; i++) {
		all.data[i] ^= 1;
		tried++;
		found += read_in(&s, all.data, all.len, all.len) != OK;
		all.data[i] ^= 1;
	}
	pouch_head_write(&text, &head);
	contents += text.len;		/* whose codes and digits may be others, too */
	buf_free(&text);
	ok(found >= tried - contents, "a changed byte outside of contents is found: %zu of %zu, %zu are contents", found, tried,
	    contents);
	for (size_t i = 0; i < all.len; i += 97)
		cut += read_in(&s, all.data, i, 4096) == OK;
	is(cut, 0, "cut anywhere, it is not whole");
	is(read_in(&s, all.data, all.len - 512, 4096), ERR_INPUT, "nor without its second zero block");
	buf_byte(&all, 0);
	is(read_in(&s, all.data, all.len, 4096), ERR_INPUT, "nor with a byte more");
	seen_free(&s);
	buf_free(&all);
}

static int
order_of(const char *names)
{
	struct pouch_writer w;
	struct buf out = { 0 }, bytes = { 0 };
	struct pouch_head h = head;
	struct pouch_part p;
	char copy[400], *save = NULL;
	int rc;

	h.first = 0;
	h.size = 3;
	must(pouch_write_begin(&w, &h, to_buf, &out, &e));
	for (int i = 0; i < 200; i++)
		buf_byte(&bytes, 1);
	rc = OK;
	snprintf(copy, sizeof copy, "%s", names);
	for (char *n = strtok_r(copy, " ", &save); n != NULL && rc == OK; n = strtok_r(NULL, " ", &save)) {
		must(pouch_name_read(&p, n, strlen(n), &e));
		rc = pouch_write_whole(&w, p, bytes.data, p.kind == POUCH_TILE ? (size_t)pouch_tile_bytes(&p.tile) : 40, &e);
	}
	if (rc == OK)
		rc = pouch_write_end(&w, &e);
	buf_free(&out);
	buf_free(&bytes);
	return rc;
}

static void
test_order(void)
{
	static const char a[] = "blob/0000000000000000000000000000000000000000000000000000000000000001";
	static const char b[] = "blob/0000000000000000000000000000000000000000000000000000000000000002";
	char text[400];

#define TILES "log/tile/entries/000.p/3 log/tile/0/000.p/3 "
	is(order_of("log/checkpoint seen " TILES "payloads/0"), OK, "the least");
	is(order_of("log/checkpoint cosigned seen " TILES "payloads/0 payloads/2"), OK, "with a cosignature");
	is(order_of("seen log/checkpoint " TILES "payloads/0"), ERR_INPUT, "no checkpoint first");
	is(order_of("log/checkpoint log/checkpoint seen " TILES "payloads/0"), ERR_INPUT, "a part twice");
	is(order_of("log/checkpoint " TILES "payloads/0"), ERR_INPUT, "without seen");
	is(order_of("log/checkpoint seen cosigned " TILES "payloads/0"), ERR_INPUT, "cosigned too late");
	is(order_of("log/checkpoint seen payloads/0"), ERR_INPUT, "without tiles");
	is(order_of("log/checkpoint seen log/tile/entries/000.p/3 payloads/0"), ERR_INPUT, "without one tile");
	is(order_of("log/checkpoint seen log/tile/0/000.p/3 log/tile/entries/000.p/3 payloads/0"), ERR_INPUT,
	    "tiles before bundles");
	is(order_of("log/checkpoint seen log/tile/entries/000.p/2 log/tile/0/000.p/3 payloads/0"), ERR_INPUT, "another width");
	is(order_of("log/checkpoint seen " TILES), ERR_INPUT, "without payloads");
	is(order_of("log/checkpoint seen " TILES "payloads/1"), ERR_INPUT, "payloads that start late");
	is(order_of("log/checkpoint seen " TILES "payloads/0 payloads/0"), ERR_INPUT, "or twice");
	is(order_of("log/checkpoint seen " TILES "payloads/0 payloads/3"), ERR_INPUT, "or past the end");
	snprintf(text, sizeof text, "log/checkpoint seen " TILES "payloads/0 %s %s", a, b);
	is(order_of(text), OK, "two blobs");
	snprintf(text, sizeof text, "log/checkpoint seen " TILES "payloads/0 %s %s", b, a);
	is(order_of(text), ERR_INPUT, "not in the order of their hashes");
	snprintf(text, sizeof text, "log/checkpoint seen " TILES "%s payloads/0", a);
	is(order_of(text), ERR_INPUT, "before payloads");
}

static void
test_names(void)
{
	static const char *const bad[] = { "", "Pouch", "pouch/", "log/", "log/tile", "log/tile/0/00", "log/tile/entries/000.p/256",
	    "../pouch", "/pouch", "payloads/", "payloads/01", "payloads/-1", "payloads/1x", "blob/", "blob/AA", "cosigned2" };
	struct pouch_part p;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(pouch_name_read(&p, bad[i], strlen(bad[i]), &e) == ERR_UNKNOWN, "no part: \"%s\"", bad[i]);
}

static void
test_head(void)
{
	static const struct { const char *from, *to; int rc; } edits[] = {
		{ "diwan-pouch-v1", "diwan-pouch-v2", ERR_UNKNOWN }, { "diwan-pouch-v1", "another-file-1", ERR_INPUT },
		{ "mechanism t", "mechanism T", ERR_INPUT }, { "mechanism ", "mechanism  ", ERR_INPUT },
		{ "charter 0", "charter g", ERR_INPUT }, { "charter 0", "charter ", ERR_INPUT },
		{ "from kz", "from k/z", ERR_INPUT }, { "from kz", "from ", ERR_INPUT }, { "to kg\n", "", ERR_INPUT },
		{ "made 2020", "made 1920", ERR_INPUT }, { ".250Z", "Z", ERR_INPUT }, { ".250Z", ".250+00:00", ERR_INPUT },
		{ "entries 256", "entries 255", ERR_INPUT }, { "entries 256", "entries 0256", ERR_INPUT },
		{ "entries 256 700", "entries 768 700", ERR_INPUT }, { "700\n", "700", ERR_INPUT }, { "700\n", "700\n\n",
		    ERR_INPUT },
		{ "700", "99999999999999999999", ERR_INPUT }, { "entries 256 700", "entries 256", ERR_INPUT }
	};
	struct buf text = { 0 }, edited = { 0 };
	struct pouch_head h;

	pouch_head_write(&text, &head);
	is(pouch_head_read(&h, text.data, text.len, &e), OK, "a head");
	ok(strcmp(h.from, "kz") == 0 && h.made_ms == head.made_ms && h.first == 256 && h.size == 700, "says what it said");
	for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
		const char *at = strstr(buf_cstr(&text), edits[i].from);

		buf_reset(&edited);
		buf_add(&edited, text.data, (size_t)(at - buf_cstr(&text)));
		buf_str(&edited, edits[i].to);
		buf_str(&edited, at + strlen(edits[i].from));
		is(pouch_head_read(&h, edited.data, edited.len, &e), edits[i].rc, edits[i].to);
	}
	buf_free(&text);
	buf_free(&edited);
}

/* ---- places ---- */

static void
test_places(void)
{
	static const uint64_t ranges[][2] = { { 0, 1 }, { 0, 256 }, { 256, 257 }, { 256, 70000 }, { 65536, 65536 + 3 },
	    { 65280, 65536 }, { 131072, 16777216 + 70000 }, { 0, 0 }, { 512, 512 } };

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		struct pouch_head h = { .first = ranges[i][0], .size = ranges[i][1] };
		struct pouch_tiles w = { .first = h.first, .size = h.size };
		uint64_t at = 0, place;
		bool good = true;
		struct tile t;

		while (pouch_tiles_next(&w, &t)) {
			good &= pouch_tile_place(&h, &t, &place) && place == at;
			at += pouch_tile_bytes(&t);
			t.width++;
			good &= t.width > 256 || !pouch_tile_place(&h, &t, &place);
			t.width = 1;
			good &= pouch_tile_place(&h, &t, &place);
			t.n += 1000000;
			good &= !pouch_tile_place(&h, &t, &place);
		}
		ok(good, "tiles of %" PRIu64 "..%" PRIu64 " lie one after another, %" PRIu64 " bytes", h.first, h.size, at);
		t = (struct tile){ TILE_ENTRIES, 1, h.first / 256 - 1 };
		ok(!pouch_tile_place(&h, &t, &place), "and none before");
	}
}

/* ---- slices ---- */

static void
test_slices(void)
{
	static const uint8_t nonce[32] = { 9 };
	struct frame_writer w;
	struct buf stream = { 0 }, slice = { 0 };
	uint64_t from, to, next;

	frame_begin(&w, &stream, 100, 400, true);
	for (uint64_t i = 100; i < 300; i++) {
		uint8_t text[3] = { (uint8_t)i, (uint8_t)(i >> 8), 'x' };

		if (i % 10 < 3)
			frame_withheld(&w);
		else
			frame_payload(&w, nonce, text, sizeof text);
	}
	must(frame_end(&w, &e));
	is(pouch_stream_range(stream.data, stream.len, &from, &to, &next, &e), OK, "what a stream covers");
	ok(from == 100 && to == 400 && next == 300, "is told by its ends");
	for (uint64_t a = 100; a < 300; a += 37)
		for (uint64_t b = a + 1; b < 500; b += 41) {
			uint64_t end = b < 300 ? b : 300, at = a;
			struct frame_reader r;
			struct frame_item item;
			bool good;

			buf_reset(&slice);
			good = pouch_slice(stream.data, stream.len, a, b, &slice, &e) == OK &&
			    frame_open(&r, slice.data, slice.len, a, b, &e) == OK;
			while (good && frame_next(&r, &item, &e) == 1) {
				good = item.first == at && (item.nonce == NULL) == (at % 10 < 3) &&
				    (item.nonce == NULL || item.bytes[0] == (uint8_t)at);
				at = item.last + 1;
			}
			if (!good || at != end || !r.ended)
				ok(false, "slice %" PRIu64 "..%" PRIu64 " ends at %" PRIu64, a, b, at);
			frame_close(&r);
		}
	ok(true, "slices hold what was asked for");
	is(pouch_stream_range(stream.data, stream.len - 1, &from, &to, &next, &e), ERR_INPUT, "a stream that is cut off");
	is(pouch_slice(stream.data, 20, 100, 400, &slice, &e), ERR_INPUT, "or has no end");
	buf_free(&stream);
	buf_free(&slice);
}

int
main(void)
{
	test_round();
	test_empty();
	test_damage();
	test_order();
	test_names();
	test_head();
	test_places();
	test_slices();
	return tap_done();
}
