/*
 * Sticky reader and writer for binary frames: big-endian integers and byte strings. After the first failure every
 * further read answers zero and w->failed stays set: a parser reads straight down and asks once (wire_done).
 */
#ifndef BASE_WIRE_H
#define BASE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct wire {
	const uint8_t *at, *end;	/* borrowed: must stay valid while the reader and its slices are used */
	bool failed;
};

struct wire wire_reader(const void *bytes, size_t len);
uint8_t wire_u8(struct wire *w);
uint16_t wire_u16(struct wire *w);
uint32_t wire_u32(struct wire *w);
uint64_t wire_u64(struct wire *w);
/* The next ${len} bytes, inside the reader's own memory; NULL after failure. */
const uint8_t *wire_bytes(struct wire *w, size_t len);
size_t wire_left(const struct wire *w);
/* True if nothing failed and nothing is left over. */
bool wire_done(const struct wire *w);

void put_u8(struct buf *b, uint8_t v);
void put_u16(struct buf *b, uint16_t v);
void put_u32(struct buf *b, uint32_t v);
void put_u64(struct buf *b, uint64_t v);

#endif
