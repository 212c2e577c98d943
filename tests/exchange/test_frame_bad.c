/* Payload streams that lie: no length or index in them is believed before it is bounded. */
#include "stream.h"

#include <zstd.h>

#include "base/wire.h"

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
	buf_reset(&items);
	payload_item(&items, 0, 0, 0);
	start(0, 9);
	plain(&items);
	is(answer(0, 9), ERR_LIMIT, "a payload without a byte is no record");
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
	test_items();
	test_lengths();
	test_bombs();
	buf_free(&hostile);
	return tap_done();
}
