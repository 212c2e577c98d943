/*
 * The payload stream (docs/exchange.md 3): writing and reading. Pure: bytes in, bytes out. Every length that the other side
 * chooses is checked against a bound before anything is allocated for it.
 */
#ifndef EXCHANGE_FRAME_H
#define EXCHANGE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define FRAME_BLOCK_BYTES (1024u * 1024)		/* raw bytes after which a block is closed */
#define FRAME_BLOCK_MAX (FRAME_BLOCK_BYTES + 300u * 1024)	/* the largest raw block: one more item */
#define FRAME_STREAM_BYTES (8u * 1024 * 1024)		/* stored bytes after which a stream is ended early */
#define FRAME_STREAM_MAX (FRAME_STREAM_BYTES + FRAME_BLOCK_MAX + 64)

/* ---- writing ---- */

struct frame_writer {
	struct buf *out;		/* keeps: the stream so far */
	struct buf block;		/* the open block */
	uint64_t next;			/* first index not yet covered */
	uint64_t withheld_from;		/* start of the open withheld run; == next when there is none */
	bool compress;
};

/* Start a stream that covers [from, to) into ${out}. */
void frame_begin(struct frame_writer *w, struct buf *out, uint64_t from, uint64_t to, bool compress);
/* The next index, given or withheld. Each is the one after the last; false when the stream is full: call frame_end. */
bool frame_payload(struct frame_writer *w, const uint8_t nonce[32], const void *bytes, size_t len);
bool frame_withheld(struct frame_writer *w);
/* Close the stream. Returns OK, or ERR_NOMEM if the buffer failed. Frees what the writer holds. */
int frame_end(struct frame_writer *w, struct err *e);

/* ---- reading ---- */

struct frame_item {
	uint64_t first, last;		/* payload: first == last */
	const uint8_t *nonce;		/* NULL: withheld */
	const uint8_t *bytes;		/* valid until the next frame_next */
	size_t len;
};

struct frame_reader {
	const uint8_t *at, *end;	/* keeps the stream */
	uint64_t to, next;		/* next: first index not yet covered */
	const uint8_t *block_at, *block_end;
	struct buf raw;			/* a decompressed block */
	bool ended;			/* the end frame was read */
};

/* Check the head against what was asked. ERR_INPUT. */
int frame_open(struct frame_reader *r, const void *bytes, size_t len, uint64_t from, uint64_t to, struct err *e);
/*
 * The next item: 1 and *${item}, 0 at the end (r->ended tells a whole stream from one that was cut off), or an error:
 * ERR_INPUT for an index out
 * of order, a length past its bound, a block that does not decompress to what it says.
 */
int frame_next(struct frame_reader *r, struct frame_item *item, struct err *e);
void frame_close(struct frame_reader *r);

#endif
