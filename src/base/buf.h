/*
 * A growable byte buffer with a bound.
 *
 * Appending is sticky: after the first failure (no memory, bound reached) every further append does nothing and
 * b->failed stays set, so a writer writes straight down and asks once. A zeroed struct is an empty buffer without bound.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	uint8_t *data;		/* NULL while empty; otherwise data[len] is a NUL that does not count */
	size_t len;
	size_t cap;
	size_t max_bytes;	/* 0: no bound */
	bool failed;
};

void buf_free(struct buf *b);		/* frees the bytes, zeroes the struct; keeps nothing */
void buf_wipe(struct buf *b);		/* as buf_free, and overwrites the bytes first (secrets) */
void buf_reset(struct buf *b);		/* len = 0 and failed = false; keeps the memory */

/* Amortised O(n). Return false once the buffer has failed. */
bool buf_add(struct buf *b, const void *bytes, size_t len);
bool buf_str(struct buf *b, const char *s);
bool buf_byte(struct buf *b, uint8_t c);
bool buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Room for ${len} more bytes; the address to write them to, or NULL. The caller adds to b->len what it wrote. */
uint8_t *buf_room(struct buf *b, size_t len);

/* The bytes as a C string ("" while empty). Belongs to the buffer; valid until the next append. */
const char *buf_cstr(const struct buf *b);

#endif
