/*
 * The archive of a pouch: the first byte says how large the pieces are in which the rest is fed. Whatever is accepted is, written
 * again, the same bytes; and a payload stream in it can be sliced.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/pouch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct again {
	struct pouch_writer w;
	struct buf out, part;
	bool begun;
};

static int
to_buf(void *ctx, const void *bytes, size_t len, struct err *e)
{
	(void)e;
	return buf_add(ctx, bytes, len) ? OK : ERR_NOMEM;
}

static int
see_head(void *ctx, const struct pouch_head *h, struct err *e)
{
	struct again *a = ctx;

	a->begun = true;
	return pouch_write_begin(&a->w, h, to_buf, &a->out, e);
}

static int
see_part(void *ctx, const struct pouch_part *p, struct err *e)
{
	struct again *a = ctx;

	assert(a->begun);
	buf_reset(&a->part);
	assert(pouch_write_part(&a->w, p, e) == OK);
	return OK;
}

static int
see_bytes(void *ctx, const struct pouch_part *p, const void *bytes, size_t len, struct err *e)
{
	struct again *a = ctx;

	assert(len > 0 && a->part.len + len <= p->size);
	buf_add(&a->part, bytes, len);
	assert(pouch_write(&a->w, bytes, len, e) == OK);
	return OK;
}

static int
see_done(void *ctx, const struct pouch_part *p, struct err *e)
{
	struct again *a = ctx;
	struct buf slice = { 0 };
	uint64_t from, to, next;

	assert(a->part.len == p->size);
	if (p->kind == POUCH_PAYLOADS && pouch_stream_range(a->part.data, a->part.len, &from, &to, &next, e) == OK &&
	    to - from < 100000)
		(void)pouch_slice(a->part.data, a->part.len, from + (next - from) / 2, to, &slice, e);
	buf_free(&slice);
	return OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct again a = { .begun = false };
	struct pouch_reader r = { .ctx = &a, .head = see_head, .part = see_part, .bytes = see_bytes, .done = see_done };
	size_t piece = size == 0 ? 1 : data[0] * 5u + 1u;
	struct err e;
	int rc = OK;

	for (size_t i = 1; i < size && rc == OK; i += piece)
		rc = pouch_feed(&r, data + i, size - i < piece ? size - i : piece, &e);
	if (rc == OK && pouch_feed_end(&r, &e) == OK) {
		assert(pouch_write_end(&a.w, &e) == OK);
		assert(a.out.len == size - 1 && memcmp(a.out.data, data + 1, size - 1) == 0);
	}
	buf_free(&a.out);
	buf_free(&a.part);
	return 0;
}
