#include "exchange/frame.h"

#include <string.h>
#include <zstd.h>

#include "base/wire.h"

enum { BLOCK_END, BLOCK_PLAIN, BLOCK_ZSTD };
enum { ITEM_PAYLOAD = 1, ITEM_WITHHELD = 2 };

#define ITEM_MAX_BYTES (256u * 1024)	/* a record: format.md */
#define ZSTD_LEVEL 1			/* the link is slower than this level, not slower than the next ones */

static const char magic[4] = { 'D', 'W', 'P', '1' };

void
frame_begin(struct frame_writer *w, struct buf *out, uint64_t from, uint64_t to, bool compress)
{
	*w = (struct frame_writer){ .out = out, .next = from, .withheld_from = from, .compress = compress };
	buf_add(out, magic, sizeof magic);
	put_u64(out, from);
	put_u64(out, to);
}

/* Try to write the open block compressed; false if that saves less than a tenth. */
static bool
put_compressed(struct frame_writer *w)
{
	size_t bound = ZSTD_compressBound(w->block.len), n, head = w->out->len;
	uint8_t *p;

	put_u8(w->out, BLOCK_ZSTD);
	put_u32(w->out, (uint32_t)w->block.len);
	put_u32(w->out, 0);
	if ((p = buf_room(w->out, bound)) == NULL)
		return false;
	n = ZSTD_compress(p, bound, w->block.data, w->block.len, ZSTD_LEVEL);
	if (ZSTD_isError(n) || n > w->block.len - w->block.len / 10) {
		w->out->len = head;
		return false;
	}
	for (int i = 0; i < 4; i++)
		w->out->data[head + 5 + (size_t)i] = (uint8_t)(n >> (24 - 8 * i));
	w->out->len += n;
	return true;
}

static void
close_block(struct frame_writer *w)
{
	if (w->block.len == 0)
		return;
	if (!w->compress || w->block.len < 512 || !put_compressed(w)) {
		put_u8(w->out, BLOCK_PLAIN);
		put_u32(w->out, (uint32_t)w->block.len);
		put_u32(w->out, (uint32_t)w->block.len);
		buf_add(w->out, w->block.data, w->block.len);
	}
	buf_reset(&w->block);
}

static void
close_run(struct frame_writer *w)
{
	if (w->withheld_from < w->next) {
		put_u8(&w->block, ITEM_WITHHELD);
		put_u64(&w->block, w->withheld_from);
		put_u64(&w->block, w->next - 1);
	}
	w->withheld_from = w->next;
}

bool
frame_payload(struct frame_writer *w, const uint8_t nonce[32], const void *bytes, size_t len)
{
	if (w->out->len + w->block.len >= FRAME_STREAM_BYTES)
		return false;
	close_run(w);
	put_u8(&w->block, ITEM_PAYLOAD);
	put_u64(&w->block, w->next);
	buf_add(&w->block, nonce, 32);
	put_u32(&w->block, (uint32_t)len);
	buf_add(&w->block, bytes, len);
	w->withheld_from = ++w->next;
	if (w->block.len >= FRAME_BLOCK_BYTES)
		close_block(w);
	return true;
}

bool
frame_withheld(struct frame_writer *w)
{
	if (w->out->len + w->block.len >= FRAME_STREAM_BYTES)
		return false;
	w->next++;
	return true;
}

int
frame_end(struct frame_writer *w, struct err *e)
{
	bool failed;

	close_run(w);
	close_block(w);
	put_u8(w->out, BLOCK_END);
	put_u64(w->out, w->next);
	failed = w->block.failed || w->out->failed;
	buf_free(&w->block);
	return failed ? err_set(e, ERR_NOMEM, "no memory for the payload stream") : OK;
}

int
frame_open(struct frame_reader *r, const void *bytes, size_t len, uint64_t from, uint64_t to, struct err *e)
{
	struct wire w = wire_reader(bytes, len);
	const uint8_t *m = wire_bytes(&w, sizeof magic);
	uint64_t got_from = wire_u64(&w), got_to = wire_u64(&w);

	memset(r, 0, sizeof *r);
	if (w.failed || memcmp(m, magic, sizeof magic) != 0)
		return err_set(e, ERR_INPUT, "payload stream: does not begin with DWP1");
	if (got_from != from || got_to != to)
		return err_set(e, ERR_INPUT, "payload stream: covers %llu..%llu, asked for %llu..%llu",
		    (unsigned long long)got_from, (unsigned long long)got_to, (unsigned long long)from,
		    (unsigned long long)to);
	r->at = w.at;
	r->end = w.end;
	r->next = from;
	r->to = to;
	return OK;
}

static int
decompress(struct frame_reader *r, const uint8_t *stored, size_t stored_len, size_t raw_len, struct err *e)
{
	size_t n;

	buf_reset(&r->raw);
	if (buf_room(&r->raw, raw_len) == NULL)
		return err_set(e, ERR_NOMEM, "payload stream: no memory for a block of %zu bytes", raw_len);
	n = ZSTD_decompress(r->raw.data, raw_len, stored, stored_len);
	if (ZSTD_isError(n) || n != raw_len)
		return err_set(e, ERR_INPUT, "payload stream: a compressed block does not yield its %zu bytes", raw_len);
	r->block_at = r->raw.data;
	r->block_end = r->raw.data + raw_len;
	return OK;
}

/* Open the next block. 1: there is one; 0: end of the stream or cut off; else an error. */
static int
next_block(struct frame_reader *r, struct err *e)
{
	struct wire w = wire_reader(r->at, (size_t)(r->end - r->at));
	uint8_t type = wire_u8(&w);
	uint32_t raw_len, stored_len;
	const uint8_t *stored;
	uint64_t next;
	int rc;

	if (w.failed)
		return 0;
	if (type == BLOCK_END) {
		next = wire_u64(&w);
		if (w.failed)
			return 0;
		if (next != r->next || wire_left(&w) != 0)
			return err_set(e, ERR_INPUT, "payload stream: its end says %llu, its items end at %llu",
			    (unsigned long long)next, (unsigned long long)r->next);
		r->ended = true;
		return 0;
	}
	raw_len = wire_u32(&w);
	stored_len = wire_u32(&w);
	if (w.failed)
		return 0;
	if (type > BLOCK_ZSTD || raw_len == 0 || raw_len > FRAME_BLOCK_MAX || stored_len > FRAME_BLOCK_MAX ||
	    (type == BLOCK_PLAIN && raw_len != stored_len))
		return err_set(e, ERR_INPUT, "payload stream: block of type %u with %u bytes stored as %u is out of bounds",
		    type, raw_len, stored_len);
	if ((stored = wire_bytes(&w, stored_len)) == NULL)
		return 0;
	r->at = w.at;
	r->block_at = stored;
	r->block_end = stored + stored_len;
	if (type == BLOCK_ZSTD && (rc = decompress(r, stored, stored_len, raw_len, e)) != OK)
		return rc;
	return 1;
}

int
frame_next(struct frame_reader *r, struct frame_item *item, struct err *e)
{
	struct wire w;
	uint8_t tag;
	int rc;

	if (r->block_at == r->block_end && (rc = next_block(r, e)) != 1)
		return rc;
	w = wire_reader(r->block_at, (size_t)(r->block_end - r->block_at));
	memset(item, 0, sizeof *item);
	tag = wire_u8(&w);
	item->first = item->last = wire_u64(&w);
	if (tag == ITEM_PAYLOAD) {
		item->nonce = wire_bytes(&w, 32);
		item->len = wire_u32(&w);
		if (item->len == 0 || item->len > ITEM_MAX_BYTES)
			return err_set(e, ERR_LIMIT, "payload %llu: %zu bytes; a record has 1 to %u",
			    (unsigned long long)item->first, item->len, ITEM_MAX_BYTES);
		item->bytes = wire_bytes(&w, item->len);
	} else if (tag == ITEM_WITHHELD) {
		item->last = wire_u64(&w);
	} else {
		return err_set(e, ERR_INPUT, "payload stream: unknown item %u", tag);
	}
	if (w.failed)
		return err_set(e, ERR_INPUT, "payload stream: an item is cut off inside its block");
	if (item->first != r->next || item->last < item->first || item->last >= r->to)
		return err_set(e, ERR_INPUT, "payload stream: item %llu..%llu where %llu was due, below %llu",
		    (unsigned long long)item->first, (unsigned long long)item->last, (unsigned long long)r->next,
		    (unsigned long long)r->to);
	r->next = item->last + 1;
	r->block_at = w.at;
	return 1;
}

void
frame_close(struct frame_reader *r)
{
	buf_free(&r->raw);
}
