/* A part of a payload stream, as the answer to another question than the one it was made for. */
#include "base/wire.h"
#include "exchange/frame.h"
#include "exchange/pouch.h"

enum { HEAD_BYTES = 20, END_BYTES = 9 };

int
pouch_stream_range(const void *bytes, size_t len, uint64_t *from, uint64_t *to, uint64_t *next, struct err *e)
{
	const uint8_t *p = bytes;
	struct wire head = wire_reader(p, len < HEAD_BYTES ? 0 : HEAD_BYTES);
	struct wire end = wire_reader(len < HEAD_BYTES + END_BYTES ? p : p + len - END_BYTES,
	    len < HEAD_BYTES + END_BYTES ? 0 : END_BYTES);

	(void)wire_u32(&head);
	*from = wire_u64(&head);
	*to = wire_u64(&head);
	if (wire_u8(&end) != 0)
		end.failed = true;
	*next = wire_u64(&end);
	return !head.failed && !end.failed && *from < *next && *next <= *to ? OK :
	    err_set(e, ERR_INPUT, "pouch: a payload stream is cut off, or holds nothing");
}

/* The places of a run that are wanted. False: the slice is full. */
static bool
add_run(struct frame_writer *w, const struct frame_item *item, uint64_t to)
{
	uint64_t last = item->last < to ? item->last : to - 1;

	while (w->next <= last)
		if (!frame_withheld(w))
			return false;
	return true;
}

int
pouch_slice(const void *bytes, size_t len, uint64_t from, uint64_t to, struct buf *out, struct err *e)
{
	struct frame_writer w;
	struct frame_reader r;
	struct frame_item item;
	uint64_t first, own_to, next;
	bool room = true;
	int rc, end;

	if ((rc = pouch_stream_range(bytes, len, &first, &own_to, &next, e)) != OK ||
	    (rc = frame_open(&r, bytes, len, first, own_to, e)) != OK)
		return rc;
	frame_begin(&w, out, from, to, false);
	while (room && w.next < to && (rc = frame_next(&r, &item, e)) == 1) {
		if (item.last < from)
			continue;
		room = item.nonce != NULL ? frame_payload(&w, item.nonce, item.bytes, item.len) : add_run(&w, &item, to);
	}
	end = frame_end(&w, rc < 0 ? NULL : e);
	frame_close(&r);
	return rc < 0 ? rc : end;
}
