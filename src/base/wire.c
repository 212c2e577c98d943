#include "base/wire.h"

struct wire
wire_reader(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	return (struct wire){ p, p == NULL ? NULL : p + len, false };
}

const uint8_t *
wire_bytes(struct wire *w, size_t len)
{
	const uint8_t *p = w->at;

	if (w->failed || wire_left(w) < len) {
		w->failed = true;
		return NULL;
	}
	w->at += len;
	return p;
}

static uint64_t
take(struct wire *w, size_t len)
{
	const uint8_t *p = wire_bytes(w, len);
	uint64_t v = 0;

	for (size_t i = 0; p != NULL && i < len; i++)
		v = v << 8 | p[i];
	return v;
}

uint8_t wire_u8(struct wire *w) { return (uint8_t)take(w, 1); }
uint16_t wire_u16(struct wire *w) { return (uint16_t)take(w, 2); }
uint32_t wire_u32(struct wire *w) { return (uint32_t)take(w, 4); }
uint64_t wire_u64(struct wire *w) { return take(w, 8); }

size_t
wire_left(const struct wire *w)
{
	return w->at == NULL ? 0 : (size_t)(w->end - w->at);
}

bool
wire_done(const struct wire *w)
{
	return !w->failed && wire_left(w) == 0;
}

static void
put(struct buf *b, uint64_t v, size_t len)
{
	uint8_t p[8];

	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(v >> 8 * (len - 1 - i));
	buf_add(b, p, len);
}

void put_u8(struct buf *b, uint8_t v) { put(b, v, 1); }
void put_u16(struct buf *b, uint16_t v) { put(b, v, 2); }
void put_u32(struct buf *b, uint32_t v) { put(b, v, 4); }
void put_u64(struct buf *b, uint64_t v) { put(b, v, 8); }
