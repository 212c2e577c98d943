/*
 * The payload stream: what goes in comes out, a stream that was cut or changed gives whole items in order or an error, and
 * no length in it is believed before it is bounded.
 */
#include "exchange/frame.h"

#include <zstd.h>

#include "base/wire.h"
#include "crypt/hash.h"
#include "tap.h"

#define RECORD_MAX (256u * 1024)

static uint32_t seed = 1;

static uint32_t
next_random(void)
{
	return (seed = seed * 1664525 + 1013904223) >> 8;
}

/* The payload of index ${i}: its nonce and bytes follow from the index, so that a decoder can be held against them. */
static void
make_payload(uint64_t i, size_t len, bool noise, uint8_t nonce[32], uint8_t *bytes)
{
	uint32_t x = (uint32_t)i * 2654435761u + 1;

	memset(nonce, (int)(i % 251), 32);
	nonce[0] = (uint8_t)(i >> 8);
	for (size_t k = 0; k < len; k++) {
		x = x * 1664525 + 1013904223;
		bytes[k] = noise ? (uint8_t)(x >> 24) : (uint8_t)("{\"a\":1,\"b\":2}"[k % 13] + (int)(i % 3));
	}
}

struct seen {				/* what a decoder made of a stream */
	int rc;
	struct err e;
	uint64_t next, payloads, withheld;
	bool ended, good;		/* good: indexes in order, bytes as make_payload writes them */
	size_t memory;			/* most that was allocated for a block */
	struct digest all;		/* of every item */
};

static size_t (*length_of)(uint64_t i);
static bool noise;

static void
check_item(struct seen *s, const struct frame_item *item, struct hash *h)
{
	static uint8_t want[RECORD_MAX];
	uint8_t nonce[32];

	s->good = s->good && item->first == s->next && item->last >= item->first;
	s->next = item->last + 1;
	hash_add(h, &item->first, sizeof item->first);
	hash_add(h, &item->last, sizeof item->last);
	if (item->nonce == NULL) {
		s->withheld += item->last - item->first + 1;
		return;
	}
	s->payloads++;
	hash_add(h, item->nonce, 32);
	hash_add(h, item->bytes, item->len);
	if (length_of == NULL)
		return;
	make_payload(item->first, length_of(item->first), noise, nonce, want);
	s->good = s->good && item->first == item->last && item->len == length_of(item->first) &&
	    memcmp(item->nonce, nonce, 32) == 0 &&
	    memcmp(item->bytes, want, item->len) == 0;
}

/* Decode from an allocation of exactly ${len} bytes, so that a read past the end is seen by the sanitizer. */
static struct seen
decode(const void *stream, size_t len, uint64_t from, uint64_t to)
{
	struct seen s = { .next = from, .good = true };
	struct frame_reader r;
	struct frame_item item;
	struct hash h;
	uint8_t *copy = malloc(len + (len == 0));

	memcpy(copy, stream, len);
	hash_start(&h);
	if ((s.rc = frame_open(&r, copy, len, from, to, &s.e)) == OK) {
		while ((s.rc = frame_next(&r, &item, &s.e)) == 1)
			check_item(&s, &item, &h);
		s.ended = r.ended;
		s.memory = r.raw.cap;
		if (s.rc == 0 && r.next != s.next)
			s.good = false;
		frame_close(&r);
	}
	hash_done(&h, &s.all);
	free(copy);
	return s;
}

static size_t short_lengths(uint64_t i) { return (size_t)(i * 37 % 700); }
static size_t long_lengths(uint64_t i) { return i % 5 == 0 ? RECORD_MAX : (size_t)(i * 7919 % 90000); }
static size_t edge_lengths(uint64_t i) { return i % 4 == 0 ? 0 : i % 4 == 1 ? 1 : i % 4 == 2 ? RECORD_MAX - 1 : RECORD_MAX; }

/* Every index of [from, to) that ${give} answers true for as a payload. Returns the index the stream ends before. */
static uint64_t
encode(struct buf *out, uint64_t from, uint64_t to, bool compress, bool (*give)(uint64_t i))
{
	static uint8_t bytes[RECORD_MAX];
	struct frame_writer w;
	uint8_t nonce[32];
	struct err e;
	uint64_t i = from;
	bool room = true;

	frame_begin(&w, out, from, to, compress);
	for (; i < to && room; i += room) {
		if (give(i)) {
			make_payload(i, length_of(i), noise, nonce, bytes);
			room = frame_payload(&w, nonce, bytes, length_of(i));
		} else {
			room = frame_withheld(&w);
		}
	}
	if (frame_end(&w, &e) != OK)
		printf("# frame_end: %s\n", e.text);
	return i;
}

static bool every(uint64_t i) { (void)i; return true; }
static bool none(uint64_t i) { (void)i; return false; }
static bool some(uint64_t i) { return i * 2654435761u % 7 < 3; }
static bool runs(uint64_t i) { return i / 50 % 2 == 0; }

/* ---- round trips ---------------------------------------------------------------------------------------------------- */

static void
test_round_trips(void)
{
	static const struct {
		const char *name;
		bool (*give)(uint64_t i);
		size_t (*len)(uint64_t i);
		uint64_t from, to;
		bool noise;
	} t[] = {
		{ "nothing asked for", every, short_lengths, 5, 5, false },
		{ "one payload", every, short_lengths, 41, 42, false },
		{ "all given", every, short_lengths, 0, 2000, false },
		{ "all withheld", none, short_lengths, 0, 100000, false },
		{ "mixed", some, short_lengths, 1000, 3000, false },
		{ "runs", runs, short_lengths, 0, 1000, false },
		{ "several blocks", some, long_lengths, 7, 90, false },
		{ "noise that does not compress", every, long_lengths, 0, 20, true },
		{ "empty and largest payloads", every, edge_lengths, 0, 16, false },
		{ "high indexes", some, short_lengths, UINT64_C(0x7ffffffffffff000), UINT64_C(0x7ffffffffffff400), false }
	};

	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		for (int z = 0; z < 2; z++) {
			struct buf b = { 0 };
			struct seen s;
			uint64_t end, given = 0;

			length_of = t[i].len;
			noise = t[i].noise;
			end = encode(&b, t[i].from, t[i].to, z, t[i].give);
			s = decode(b.data, b.len, t[i].from, t[i].to);
			for (uint64_t k = t[i].from; k < end; k++)
				given += t[i].give(k);
			ok(s.rc == 0 && s.ended && s.good && s.next == t[i].to && end == t[i].to && s.payloads == given &&
			    s.withheld == end - t[i].from - given, "%s, %s: %zu bytes", t[i].name, z ? "compressed" : "plain",
			    b.len);
			buf_free(&b);
		}
	}
	length_of = short_lengths;
	noise = false;
}

/* A run of withheld entries is one item, however long; a stream of them has no bound of its own. */
static void
test_sizes(void)
{
	struct buf plain = { 0 }, packed = { 0 };

	encode(&plain, 0, 100000, false, none);
	is(plain.len, 20 + 9 + 17 + 9, "100,000 withheld entries are one item");
	buf_reset(&plain);
	encode(&plain, 0, 5000, false, every);
	encode(&packed, 0, 5000, true, every);
	ok(packed.len * 3 < plain.len, "compression: %zu bytes instead of %zu", packed.len, plain.len);
	buf_free(&plain);
	buf_free(&packed);
}

/* ---- a full stream --------------------------------------------------------------------------------------------------- */

static void
test_full(void)
{
	struct buf b = { 0 };
	struct seen s;
	uint64_t end, at = 0;
	int streams = 0;
	bool good = true, bounded = true;

	length_of = long_lengths;
	noise = true;
	while (at < 300 && streams < 10) {
		buf_reset(&b);
		end = encode(&b, at, 300, streams % 2 == 1, some);
		s = decode(b.data, b.len, at, 300);
		good = good && s.rc == 0 && s.ended && s.good && s.next == end && end > at;
		bounded = bounded && b.len <= FRAME_STREAM_MAX && (end == 300 || b.len >= FRAME_STREAM_BYTES);
		at = end;
		streams++;
	}
	ok(good && at == 300 && streams > 1, "a range that does not fit comes in %d streams, each going on where the last ended",
	    streams);
	ok(bounded, "a full stream is between FRAME_STREAM_BYTES and FRAME_STREAM_MAX long");
	buf_free(&b);

	/* Highly compressible records: the bound is on what is stored, and blocks stay small in memory. */
	length_of = edge_lengths;
	noise = false;
	end = encode(&b, 0, 400, true, every);
	s = decode(b.data, b.len, 0, 400);
	ok(s.rc == 0 && s.good && s.next == end && b.len <= FRAME_STREAM_MAX, "%llu MiB of records in %zu stored bytes",
	    (unsigned long long)end / 8, b.len);
	buf_free(&b);
	length_of = short_lengths;
}

static void
test_no_memory(void)
{
	struct buf b = { .max_bytes = 100 };
	struct frame_writer w;
	uint8_t nonce[32] = { 0 }, bytes[200] = { 0 };
	struct err e;

	frame_begin(&w, &b, 0, 10, false);
	frame_payload(&w, nonce, bytes, sizeof bytes);
	is(frame_end(&w, &e), ERR_NOMEM, "a buffer that could not take the stream is an error, not a short stream");
	buf_free(&b);
}

/* ---- cut and changed streams --------------------------------------------------------------------------------------- */

/* Every prefix: whole blocks count, nothing else, and it never passes for a whole stream. */
static void
test_truncation(bool compress)
{
	struct buf b = { 0 };
	size_t good = 0, bad_head = 0;

	length_of = short_lengths;
	encode(&b, 3, 40, compress, some);
	for (size_t len = 0; len < b.len; len++) {
		struct seen s = decode(b.data, len, 3, 40);

		bad_head += s.rc == ERR_INPUT && len < 20;
		good += s.rc == 0 && s.good && !s.ended && len >= 20;
	}
	is(bad_head, 20, "cut inside the head: refused");
	is(good, b.len - 20,
	    compress ? "cut anywhere else, compressed: whole blocks, not ended" : "cut anywhere else: whole blocks, not ended");
	buf_add(&b, "x", 1);
	is(decode(b.data, b.len, 3, 40).rc, ERR_INPUT, "a byte after the end is refused");
	buf_free(&b);
}

/* One byte changed anywhere: an error, or items in order; and the frame itself (head, end) does not bend at all. */
static void
test_flips(bool compress)
{
	struct buf b = { 0 };
	size_t sane = 0, head = 0, unchanged = 0;
	struct seen whole;

	length_of = short_lengths;
	encode(&b, 3, 40, compress, some);
	whole = decode(b.data, b.len, 3, 40);
	for (size_t at = 0; at < b.len; at++) {
		for (int bit = 0; bit < 8; bit++) {
			struct seen s;

			length_of = NULL;	/* contents are the entry's question, not the frame's */
			b.data[at] ^= (uint8_t)(1 << bit);
			s = decode(b.data, b.len, 3, 40);
			b.data[at] ^= (uint8_t)(1 << bit);
			sane += (s.rc == 0 || s.rc == ERR_INPUT || s.rc == ERR_LIMIT) && s.good && s.next <= 40;
			head += at < 20 && s.rc == ERR_INPUT;
			unchanged += s.rc == 0 && s.ended && memcmp(&s.all, &whole.all, sizeof s.all) == 0;
		}
	}
	is(sane, b.len * 8,
	    compress ? "any bit changed, compressed: an error or items in order" : "any bit changed: an error or items in order");
	is(head, 20 * 8, "any bit of the head: refused");
	if (!compress)			/* zstd's own header has bits that change nothing */
		is(unchanged, 0, "no changed bit gives the same whole stream");
	buf_free(&b);
	length_of = short_lengths;
}

static void
test_noise(void)
{
	uint8_t bytes[400];
	int refused = 0;

	length_of = NULL;
	for (int i = 0; i < 3000; i++) {
		size_t len = next_random() % sizeof bytes;
		struct seen s;

		for (size_t k = 0; k < len; k++)
			bytes[k] = (uint8_t)next_random();
		if (len >= 20) {		/* past the head, so that blocks are looked at */
			memcpy(bytes, "DWP1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x09", 20);
			if (len > 32) {
				memcpy(bytes + 20, "\1\0\0\0\0\0\0\0\0", 9);
				bytes[24] = bytes[28] = (uint8_t)(len - 29);
			}
		}
		s = decode(bytes, len, 0, 9);
		refused += s.rc < 0 || !s.ended;
	}
	is(refused, 3000, "random bytes are never a whole stream");
	length_of = short_lengths;
}

/* ---- hostile streams, written by hand ------------------------------------------------------------------------------ */

static struct buf hostile;

static void
start(uint64_t from, uint64_t to)
{
	buf_reset(&hostile);
	buf_add(&hostile, "DWP1", 4);
	put_u64(&hostile, from);
	put_u64(&hostile, to);
}

static void
block(uint8_t type, uint32_t raw_len, uint32_t stored_len, const struct buf *bytes)
{
	put_u8(&hostile, type);
	put_u32(&hostile, raw_len);
	put_u32(&hostile, stored_len);
	buf_add(&hostile, bytes->data, bytes->len);
}

static void
plain(const struct buf *items)
{
	block(1, (uint32_t)items->len, (uint32_t)items->len, items);
}

static void
payload_item(struct buf *b, uint64_t index, uint32_t len, size_t there)
{
	static const uint8_t zeros[4096];

	put_u8(b, 1);
	put_u64(b, index);
	buf_add(b, zeros, 32);
	put_u32(b, len);
	for (; there > 0; there -= there < sizeof zeros ? there : sizeof zeros)
		buf_add(b, zeros, there < sizeof zeros ? there : sizeof zeros);
}

static void
withheld_item(struct buf *b, uint64_t first, uint64_t last)
{
	put_u8(b, 2);
	put_u64(b, first);
	put_u64(b, last);
}

static void
finish(uint64_t next)
{
	put_u8(&hostile, 0);
	put_u64(&hostile, next);
}

static int
answer(uint64_t from, uint64_t to)
{
	struct seen s = decode(hostile.data, hostile.len, from, to);

	return s.rc;
}

static void
test_items(void)
{
	static const struct { const char *name; int kind; uint64_t a, b; int rc; } t[] = {
		{ "withheld, the whole range", 2, 10, 19, 0 },
		{ "withheld starts late", 2, 11, 19, ERR_INPUT },
		{ "withheld starts early", 2, 9, 19, ERR_INPUT },
		{ "withheld runs past the end of what was asked for", 2, 10, 20, ERR_INPUT },
		{ "withheld runs to the end of numbers", 2, 10, UINT64_MAX, ERR_INPUT },
		{ "withheld backwards", 2, 10, 9, ERR_INPUT },
		{ "payload of the first index", 1, 10, 0, 0 },
		{ "payload of the next index", 1, 11, 0, ERR_INPUT },
		{ "payload of an index before", 1, 9, 0, ERR_INPUT },
		{ "payload past the end", 1, 20, 0, ERR_INPUT },
		{ "payload of the last number there is", 1, UINT64_MAX, 0, ERR_INPUT },
		{ "unknown item", 3, 10, 0, ERR_INPUT },
		{ "item 0", 0, 10, 0, ERR_INPUT }
	};
	struct buf items = { 0 };

	length_of = NULL;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		buf_reset(&items);
		if (t[i].kind == 2)
			withheld_item(&items, t[i].a, t[i].b);
		else
			payload_item(&items, t[i].a, 8, 8);
		items.data[0] = (uint8_t)t[i].kind;
		start(10, 20);
		plain(&items);
		is(answer(10, 20), t[i].rc, t[i].name);
	}
	buf_reset(&items);
	withheld_item(&items, 10, 12);
	withheld_item(&items, 12, 14);
	start(10, 20);
	plain(&items);
	is(answer(10, 20), ERR_INPUT, "runs that overlap");
	buf_reset(&items);
	payload_item(&items, 10, 3, 3);
	payload_item(&items, 10, 3, 3);
	start(10, 20);
	plain(&items);
	is(answer(10, 20), ERR_INPUT, "an index twice");
	buf_free(&items);
}

static void
test_lengths(void)
{
	static const uint32_t huge[] = { RECORD_MAX + 1, 0x7fffffff, 0x80000000, 0xffffffff };
	struct buf items = { 0 }, nothing = { 0 };

	payload_item(&items, 0, RECORD_MAX, RECORD_MAX);
	start(0, 9);
	plain(&items);
	is(answer(0, 9), 0, "a payload of the largest size");
	for (size_t i = 0; i < sizeof huge / sizeof huge[0]; i++) {
		buf_reset(&items);
		payload_item(&items, 0, huge[i], 100);
		start(0, 9);
		plain(&items);
		is(answer(0, 9), ERR_LIMIT, "a payload that says it is larger");
		start(0, 9);
		block(1, huge[i] | 0x00400000, huge[i] | 0x00400000, &nothing);
		is(answer(0, 9), ERR_INPUT, "a block that says it is larger than a block may be");
		start(0, 9);
		block(2, huge[i] | 0x00400000, 1, &nothing);
		is(answer(0, 9), ERR_INPUT, "a compressed block that says it is larger");
	}
	buf_reset(&items);
	payload_item(&items, 0, 200, 100);
	start(0, 9);
	plain(&items);
	is(answer(0, 9), ERR_INPUT, "a payload cut off inside its block, though the stream goes on");
	start(0, 9);
	block(1, 0, 0, &nothing);
	is(answer(0, 9), ERR_INPUT, "an empty block");
	start(0, 9);
	block(1, 5, 4, &nothing);
	is(answer(0, 9), ERR_INPUT, "a plain block with two lengths");
	start(0, 9);
	block(7, 5, 5, &nothing);
	is(answer(0, 9), ERR_INPUT, "an unknown block");
	start(0, 9);
	finish(1);
	is(answer(0, 9), ERR_INPUT, "an end that says more than was given");
	start(4, 9);
	finish(4);
	is(answer(4, 9), 0, "an end at once");
	is(answer(4, 10), ERR_INPUT, "an answer to another question");
	is(answer(3, 9), ERR_INPUT, "an answer from another index");
	buf_free(&items);
}

/* ---- compressed blocks that lie ------------------------------------------------------------------------------------ */

/* ${raw} compressed, as a block that says it yields ${says} bytes. */
static int
zstd_block(const struct buf *raw, uint32_t says, int levels)
{
	struct buf z = { 0 };
	uint8_t *to = buf_room(&z, ZSTD_compressBound(raw->len));

	z.len = ZSTD_compress(to, ZSTD_compressBound(raw->len), raw->data, raw->len, 19);
	for (int i = 1; i < levels; i++) {
		struct buf again = { 0 };

		to = buf_room(&again, ZSTD_compressBound(z.len));
		again.len = ZSTD_compress(to, ZSTD_compressBound(z.len), z.data, z.len, 19);
		buf_free(&z);
		z = again;
	}
	start(0, 9);
	block(2, says, (uint32_t)z.len, &z);
	buf_free(&z);
	return answer(0, 9);
}

static void
test_bombs(void)
{
	struct buf items = { 0 }, bomb = { 0 };
	struct seen s;
	uint8_t *to;

	payload_item(&items, 0, 5000, 5000);
	is(zstd_block(&items, (uint32_t)items.len, 1), 0, "a compressed block");
	is(zstd_block(&items, (uint32_t)items.len - 1, 1), ERR_INPUT, "it yields a byte more than it says");
	is(zstd_block(&items, (uint32_t)items.len + 1, 1), ERR_INPUT, "it yields a byte less than it says");
	is(zstd_block(&items, (uint32_t)items.len, 2), ERR_INPUT, "compressed twice");
	start(0, 9);
	block(2, (uint32_t)items.len, (uint32_t)items.len, &items);
	is(answer(0, 9), ERR_INPUT, "not compressed at all");

	/* 64 MiB of zeros in a few thousand bytes: refused without being unpacked. */
	to = buf_room(&bomb, 64u << 20);
	memset(to, 0, 64u << 20);
	bomb.len = 64u << 20;
	is(zstd_block(&bomb, FRAME_BLOCK_MAX, 1), ERR_INPUT, "a bomb that says it is small");
	is(zstd_block(&bomb, 64u << 20, 1), ERR_INPUT, "a bomb that says what it is");
	start(0, UINT64_MAX >> 1);
	for (uint64_t i = 0; i < 50; i++) {
		struct buf z = { 0 };

		buf_reset(&items);
		for (uint64_t k = 0; k < 4; k++)
			payload_item(&items, 4 * i + k, RECORD_MAX, RECORD_MAX);
		to = buf_room(&z, ZSTD_compressBound(items.len));
		z.len = ZSTD_compress(to, ZSTD_compressBound(items.len), items.data, items.len, 1);
		block(2, (uint32_t)items.len, (uint32_t)z.len, &z);
		buf_free(&z);
	}
	finish(200);
	s = decode(hostile.data, hostile.len, 0, UINT64_MAX >> 1);
	ok(s.rc == 0 && s.ended && s.payloads == 200, "50 MiB in %zu bytes, each block within its bound", hostile.len);
	ok(s.memory <= 2 * FRAME_BLOCK_MAX, "one block at a time in memory: %zu bytes", s.memory);
	buf_free(&items);
	buf_free(&bomb);
}

int
main(void)
{
	test_round_trips();
	test_sizes();
	test_full();
	test_no_memory();
	test_truncation(false);
	test_truncation(true);
	test_flips(false);
	test_flips(true);
	test_noise();
	test_items();
	test_lengths();
	test_bombs();
	buf_free(&hostile);
	return tap_done();
}
