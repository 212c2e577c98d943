/*
 * The payload stream: the first 16 bytes of the input are what was asked for (from, to), the rest the answer. Items cover
 * the range from its start, in order and without gaps; and what was read, written again, is read the same.
 */
#include <assert.h>
#include <string.h>

#include "base/wire.h"
#include "exchange/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ITEMS 64
#define RUN 1000			/* longest withheld run that is written again */

struct kept {
	struct frame_item item;
	uint8_t nonce[32];
	struct buf bytes;
};

/* Write what was read, compressed, and read that. */
static void
again(const struct kept *kept, size_t count, uint64_t from, uint64_t to)
{
	struct frame_writer w;
	struct frame_reader r;
	struct frame_item item;
	struct buf out = { 0 };

	frame_begin(&w, &out, from, to, true);
	for (size_t i = 0; i < count; i++) {
		if (kept[i].item.nonce != NULL)
			assert(frame_payload(&w, kept[i].nonce, kept[i].bytes.data, kept[i].bytes.len));
		else
			for (uint64_t k = kept[i].item.first; k <= kept[i].item.last; k++)
				assert(frame_withheld(&w));
	}
	assert(frame_end(&w, NULL) == OK);
	assert(frame_open(&r, out.data, out.len, from, to, NULL) == OK);
	for (size_t i = 0; i < count;) {
		assert(frame_next(&r, &item, NULL) == 1 && item.first == kept[i].item.first);
		assert((item.nonce != NULL) == (kept[i].item.nonce != NULL));
		if (item.nonce != NULL)
			assert(item.len == kept[i].bytes.len && memcmp(item.nonce, kept[i].nonce, 32) == 0 &&
			    (item.len == 0 || memcmp(item.bytes, kept[i].bytes.data, item.len) == 0));
		while (i < count && kept[i].item.last <= item.last)	/* runs that touch have become one */
			i++;
	}
	assert(frame_next(&r, &item, NULL) == 0 && r.ended);
	frame_close(&r);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire w = wire_reader(data, size);
	uint64_t from = wire_u64(&w), to = wire_u64(&w), next = from;
	struct kept kept[ITEMS] = { 0 };
	struct frame_reader r;
	struct frame_item item;
	struct err e;
	size_t count = 0;
	bool small = true;
	int rc;

	if (w.failed || frame_open(&r, w.at, wire_left(&w), from, to, &e) != OK)
		return 0;
	while ((rc = frame_next(&r, &item, &e)) == 1) {
		assert(item.first == next && item.last >= item.first && item.last < to && item.len <= 256 * 1024);
		next = item.last + 1;
		small = small && count < ITEMS && item.last - item.first < RUN;
		if (!small)
			continue;
		kept[count].item = item;
		if (item.nonce != NULL) {
			memcpy(kept[count].nonce, item.nonce, 32);
			buf_add(&kept[count].bytes, item.bytes, item.len);
		}
		count++;
	}
	assert((rc == 0 || e.code == rc) && (rc != 0 || !r.ended || r.next == next) && r.raw.cap <= 2 * FRAME_BLOCK_MAX);
	frame_close(&r);
	if (small)
		again(kept, count, from, to);
	for (size_t i = 0; i < ITEMS; i++)
		buf_free(&kept[i].bytes);
	return 0;
}
