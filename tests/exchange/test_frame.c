/*
 * The payload stream: what goes in comes out, a full one ends early, and one that was cut or changed gives whole items in
 * order or an error.
 */
#include "stream.h"

static uint32_t seed = 1;

static uint32_t
next_random(void)
{
	return (seed = seed * 1664525 + 1013904223) >> 8;
}

static size_t short_lengths(uint64_t i) { return 1 + (size_t)(i * 37 % 700); }
static size_t long_lengths(uint64_t i) { return i % 5 == 0 ? RECORD_MAX : 1 + (size_t)(i * 7919 % 90000); }
static size_t edge_lengths(uint64_t i) { return i % 4 == 0 ? 2 : i % 4 == 1 ? 1 : i % 4 == 2 ? RECORD_MAX - 1 : RECORD_MAX; }

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
		{ "smallest and largest payloads", every, edge_lengths, 0, 16, false },
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
	return tap_done();
}
