/* Payloads of a log whose entries are held and verified (docs/exchange.md 5.4). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "exchange/pull.h"

#define KEEP_ITEMS 1024			/* payloads handed on at once */

struct taking {
	struct pull *p;
	struct entry_reader entries;
	struct pulled items[KEEP_ITEMS];
	size_t count;
	uint64_t from, next;		/* range that ${items} decide */
	struct buf bytes;		/* what the items point into: blocks are reused */
	size_t at[KEEP_ITEMS];		/* offset of item i's nonce in ${bytes} */
};

static int
hand_on(struct taking *t, struct err *e)
{
	int rc;

	if (t->next == t->from)
		return OK;
	for (size_t i = 0; i < t->count; i++) {
		t->items[i].nonce = t->bytes.data + t->at[i];
		t->items[i].bytes = t->items[i].nonce + ENTRY_NONCE_BYTES;
	}
	if ((rc = t->p->keep(t->p->ctx, t->items, t->count, t->from, t->next, e)) != OK)
		return rc;
	t->p->payloads += t->count;
	t->p->withheld += t->next - t->from - t->count;
	t->from = t->next;
	t->count = 0;
	buf_reset(&t->bytes);
	return OK;
}

/* One payload must be what its entry committed to. */
static int
take_payload(struct taking *t, const struct frame_item *item, struct err *e)
{
	struct digest c;
	int rc;

	if ((rc = entry_read(&t->entries, t->p->reader, item->first, &c, e)) != OK)
		return rc;
	if (!entry_opens(&c, item->nonce, item->bytes, item->len))
		return err_set(e, ERR_VERIFY, "payload %" PRIu64 " of %s does not match its entry; the answer was refused whole",
		    item->first, t->p->member);
	t->items[t->count].index = item->first;
	t->items[t->count].len = item->len;
	t->at[t->count++] = t->bytes.len;
	if (!buf_add(&t->bytes, item->nonce, ENTRY_NONCE_BYTES) || !buf_add(&t->bytes, item->bytes, item->len))
		return err_set(e, ERR_NOMEM, "no memory for payloads");
	return OK;
}

/* Every item of one stream. */
static int
take_stream(struct taking *t, struct frame_reader *r, struct err *e)
{
	struct frame_item item;
	int rc;

	while ((rc = frame_next(r, &item, e)) == 1) {
		if (item.nonce != NULL && (rc = take_payload(t, &item, e)) != OK)
			return rc;
		t->next = item.last + 1;
		if (t->count == KEEP_ITEMS && (rc = hand_on(t, e)) != OK)
			return rc;
	}
	return rc == 0 ? hand_on(t, e) : rc;
}

static int
pull_range(struct taking *t, uint64_t to, struct err *e)
{
	struct pull *p = t->p;
	struct frame_reader r;
	struct buf stream = { 0 };
	uint64_t start = t->from;
	char path[200];
	int status = 0, rc;

	snprintf(path, sizeof path, "/x1/%s/payloads?from=%" PRIu64 "&to=%" PRIu64 "%s", p->mechanism, start, to,
	    p->compress ? "&z=1" : "");
	if ((rc = p->get(p->ctx, path, FRAME_STREAM_MAX, &status, &stream, e)) == OK && status != 200)
		rc = err_set(e, status == 403 ? ERR_DENIED : ERR_IO, "payloads of %s: the peer answered %d: %.200s", p->member,
		    status, buf_cstr(&stream));
	if (rc == OK && (rc = frame_open(&r, stream.data, stream.len, start, to, e)) == OK) {
		rc = take_stream(t, &r, e);
		frame_close(&r);
	}
	if (rc == OK && t->from == start)
		rc = err_set(e, ERR_INPUT, "payloads of %s: the answer holds nothing of what was asked for", p->member);
	buf_free(&stream);
	return rc;
}

int
pull_payloads(struct pull *p, struct err *e)
{
	struct log_row log;
	struct taking *t;
	int rc = store_log_get(p->reader, p->log_no, &log, e);

	if (rc != OK || log.payloads_next >= log.size)
		return rc;
	if ((t = calloc(1, sizeof *t)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory to receive payloads");
	t->p = p;
	t->entries.log_no = p->log_no;
	t->from = t->next = log.payloads_next;
	while (rc == OK && t->from < log.size) {
		t->entries.loaded = false;
		rc = pull_range(t, log.size, e);
	}
	entry_reader_free(&t->entries);
	buf_free(&t->bytes);
	free(t);
	return rc;
}
