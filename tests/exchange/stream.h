/* Payload streams made and read: payloads follow from their index, so that what was read can be held against what was written. */
#ifndef TESTS_EXCHANGE_STREAM_H
#define TESTS_EXCHANGE_STREAM_H

#include "crypt/hash.h"
#include "exchange/frame.h"
#include "tap.h"

#define RECORD_MAX (256u * 1024)

/* The payload of index ${i}: its nonce and bytes follow from the index, so that a decoder can be held against them. */
__attribute__((unused)) static void
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

static size_t (*length_of)(uint64_t i);	/* of each payload; NULL: contents are not compared */
static bool noise;			/* payloads that do not compress */

__attribute__((unused)) static void
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
__attribute__((unused)) static struct seen
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

/* Every index of [from, to) that ${give} answers true for as a payload. Returns the index the stream ends before. */
__attribute__((unused)) static uint64_t
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

#endif
