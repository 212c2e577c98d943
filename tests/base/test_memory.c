/* Buffers, arenas, wire frames, errors, clock. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "base/wire.h"
#include "tap.h"

static void
test_buf(void)
{
	struct buf b = { .max_bytes = 10 };

	is_str(buf_cstr(&b), "", "an empty buffer is an empty string");
	ok(buf_add(&b, NULL, 0) && buf_str(&b, "12345") && buf_fmt(&b, "%d", 678) && buf_byte(&b, '9'), "nine bytes");
	is_str(buf_cstr(&b), "123456789", "as a string");
	ok(!buf_str(&b, "ab") && b.failed && b.len == 9, "past the bound it fails and keeps what it had");
	ok(!buf_byte(&b, 'a') && !buf_fmt(&b, "x") && buf_room(&b, 0) == NULL && b.len == 9, "and stays failed");
	buf_reset(&b);
	ok(buf_str(&b, "1234567890") && b.len == 10 && !b.failed, "until it is reset; the bound itself fits");
	buf_free(&b);
	ok(b.data == NULL && b.len == 0 && b.max_bytes == 0, "free zeroes");
	for (int i = 0; i < 100000; i++)
		buf_byte(&b, (uint8_t)i);
	ok(b.len == 100000 && b.data[99999] == (uint8_t)99999 && b.data[100000] == 0, "grows, with a NUL behind");
	ok(buf_room(&b, SIZE_MAX / 2) == NULL && b.failed, "a length near the end of memory is refused");
	buf_wipe(&b);
	ok(b.data == NULL, "wipe frees");
}

static void
test_arena(void)
{
	struct arena a = { 0 };
	uint8_t *p, *q;
	size_t wrong = 0;

	p = arena_alloc(&a, 1);
	q = arena_alloc(&a, 100000);
	ok(p != NULL && q != NULL && ((uintptr_t)p & 15) == 0 && ((uintptr_t)q & 15) == 0, "aligned to 16");
	memset(q, 0xff, 100000);
	is_str(arena_strn(&a, "abc", 2), "ab", "a copy of two bytes");
	is_str(arena_str(&a, "abc"), "abc", "a copy");
	is_str(arena_fmt(&a, "%s-%d", "x", 7), "x-7", "formatted");
	arena_reset(&a);
	is(a.used_bytes, 0, "reset forgets");
	for (int i = 0; i < 1000; i++) {
		p = arena_alloc(&a, 333);
		for (int k = 0; k < 333; k++)
			wrong += p[k] != 0;
		memset(p, 0xff, 333);
	}
	is(wrong, 0, "what is handed out again is zeroed");
	is(a.used_bytes, 1000 * 336, "counts in steps of 16");
	arena_free(&a);
	a.max_bytes = 64;
	ok(arena_alloc(&a, 64) != NULL && arena_alloc(&a, 1) == NULL, "a bound");
	ok(arena_alloc(&a, SIZE_MAX) == NULL && arena_str(&a, "x") == NULL && arena_fmt(&a, "x") == NULL, "past it nothing");
	arena_free(&a);
}

static void
test_wire(void)
{
	struct buf b = { 0 };
	struct wire w;

	put_u8(&b, 0x01);
	put_u16(&b, 0x0203);
	put_u32(&b, 0x04050607);
	put_u64(&b, UINT64_C(0x08090a0b0c0d0e0f));
	buf_str(&b, "xy");
	ok(b.len == 17 && b.data[0] == 1 && b.data[2] == 3 && b.data[6] == 7 && b.data[14] == 0x0f, "big-endian");
	w = wire_reader(b.data, b.len);
	ok(wire_u8(&w) == 1 && wire_u16(&w) == 0x0203 && wire_u32(&w) == 0x04050607 &&
	    wire_u64(&w) == UINT64_C(0x08090a0b0c0d0e0f), "read back");
	ok(wire_left(&w) == 2 && !wire_done(&w), "two bytes left");
	ok(memcmp(wire_bytes(&w, 2), "xy", 2) == 0 && wire_done(&w), "done");
	ok(wire_u8(&w) == 0 && w.failed && !wire_done(&w), "one byte too many fails");
	for (size_t n = 0; n < 15; n++) {
		w = wire_reader(b.data, n);
		wire_u8(&w);
		wire_u16(&w);
		wire_u32(&w);
		wire_u64(&w);
		if (!w.failed || wire_u64(&w) != 0 || wire_bytes(&w, 0) != NULL)
			break;
		if (n == 14)
			ok(true, "every cut frame fails and stays failed");
	}
	w = wire_reader(NULL, 0);
	ok(wire_done(&w) && wire_left(&w) == 0, "an empty frame is done");
	buf_free(&b);
}

static void
test_err(void)
{
	struct err e = { 0 };
	char longer[2000];

	is(err_set(NULL, ERR_IO, "nobody listens"), ERR_IO, "no place for the sentence");
	is(err_set(&e, ERR_INPUT, "field %s", "x"), ERR_INPUT, "code");
	is(err_at(&e, "record %d", 7), ERR_INPUT, "context keeps the code");
	is_str(e.text, "record 7: field x", "context before the sentence");
	for (size_t i = 0; i + 2 < sizeof longer; i += 2) {
		longer[i] = '\xd0';
		longer[i + 1] = '\xaf';
	}
	longer[sizeof longer - 2] = longer[sizeof longer - 1] = '\0';
	err_set(&e, ERR_INPUT, "x%s", longer);
	ok(strlen(e.text) < sizeof e.text && utf8_valid((const uint8_t *)e.text, strlen(e.text)) == strlen(e.text),
	    "cut between characters");
	err_at(&e, "%s", longer);
	ok(utf8_valid((const uint8_t *)e.text, strlen(e.text)) == strlen(e.text), "with context too");
	is_str(err_name(ERR_UNKNOWN), "unknown", "name of a code");
	is_str(err_name(ERR_STOP), "stopped", "name of the last code");
	is_str(err_name(-99), "error", "no such code");
}

static void
test_clock(void)
{
	uint8_t a[32] = { 0 }, b[32] = { 0 };
	int64_t start = monotonic_us();

	ok(clock_now_ms(&clock_system) > INT64_C(1500000000000), "wall time");
	rng_fill(&rng_system, a, sizeof a);
	rng_fill(&rng_system, b, sizeof b);
	ok(memcmp(a, b, sizeof a) != 0, "random bytes differ");
	ok(monotonic_us() >= start, "the monotonic clock does not go back");
}

int
main(void)
{
	test_buf();
	test_arena();
	test_wire();
	test_err();
	test_clock();
	return tap_done();
}
