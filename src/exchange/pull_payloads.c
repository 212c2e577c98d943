/*
 * Payloads of a log whose entries are held and verified (docs/exchange.md 5.4). Three things go on at once where the
 * caller's functions
 * allow it: the next stream is fetched, this one is checked, and what was checked before is written.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/wire.h"
#include "exchange/pull.h"

#define KEEP_ITEMS 512			/* payloads handed on at once ... */
#define KEEP_BYTES (1024u * 1024)	/* ... or as many as reach this: compressed, an answer may hold a thousand times its size */
#define END_BYTES 9			/* the end frame: type and next index */

struct slot {				/* payloads on their way to the writer */
	struct pulled *items;		/* room for as many as can come, at most KEEP_ITEMS; NULL until one comes */
	size_t *at;			/* offset of item i's nonce in ${bytes} */
	size_t count;
	struct buf bytes;
};

struct taking {
	struct pull *p;
	struct entry_reader entries;
	struct slot slot[PULL_AHEAD + 1];	/* one is filled while the others are written */
	int filling;
	uint64_t from, next, to;	/* the slot that is filled decides [from, next); the pull ends at ${to} */
	struct buf stream[2];		/* one is read while the other is fetched */
	bool begun;			/* a fetch goes on */
};

static int
hand_on(struct taking *t, struct err *e)
{
	struct slot *s = &t->slot[t->filling];
	int rc;

	if (t->next == t->from)
		return OK;
	for (size_t i = 0; i < s->count; i++) {
		s->items[i].nonce = s->bytes.data + s->at[i];
		s->items[i].bytes = s->items[i].nonce + ENTRY_NONCE_BYTES;
	}
	if ((rc = t->p->keep(t->p->ctx, s->items, s->count, t->from, t->next, e)) != OK)
		return rc;
	t->p->payloads += s->count;
	t->p->withheld += t->next - t->from - s->count;
	t->from = t->next;
	t->filling = (t->filling + 1) % (PULL_AHEAD + 1);
	t->slot[t->filling].count = 0;
	buf_reset(&t->slot[t->filling].bytes);
	return OK;
}

/* Most pulls are of a few payloads. */
static bool
make_room(const struct taking *t, struct slot *s)
{
	size_t room = t->to - t->from < KEEP_ITEMS ? (size_t)(t->to - t->from) : KEEP_ITEMS;

	if (s->items == NULL)
		s->items = malloc(room * sizeof *s->items);
	if (s->at == NULL)
		s->at = malloc(room * sizeof *s->at);
	return s->items != NULL && s->at != NULL;
}

/* One payload must be what its entry committed to. */
static int
take_payload(struct taking *t, const struct frame_item *item, struct err *e)
{
	struct slot *s = &t->slot[t->filling];
	struct digest c;
	int rc;

	if ((rc = entry_read(&t->entries, t->p->reader, item->first, &c, e)) != OK)
		return rc;
	if (!entry_opens(&c, item->nonce, item->bytes, item->len))
		return err_set(e, ERR_VERIFY, "payload %" PRIu64 " of %s does not match its entry; it and all after it was refused",
		    item->first, t->p->member);
	if (!make_room(t, s))
		return err_set(e, ERR_NOMEM, "no memory for payloads");
	s->at[s->count] = s->bytes.len;
	if (!buf_add(&s->bytes, item->nonce, ENTRY_NONCE_BYTES) || !buf_add(&s->bytes, item->bytes, item->len))
		return err_set(e, ERR_NOMEM, "no memory for payloads");
	s->items[s->count].index = item->first;
	s->items[s->count].commitment = c;
	s->items[s->count++].len = item->len;
	return OK;
}

/* Every item of one stream. What came before a bad one was proven and stays. */
static int
take_items(struct taking *t, struct frame_reader *r, struct err *e)
{
	struct frame_item item;
	struct err other;
	int rc, rest;

	while ((rc = frame_next(r, &item, e)) == 1) {
		if (item.nonce != NULL && (rc = take_payload(t, &item, e)) != OK)
			break;
		t->next = item.last + 1;
		if (t->slot[t->filling].count < KEEP_ITEMS && t->slot[t->filling].bytes.len < KEEP_BYTES)
			continue;
		if ((rc = hand_on(t, e)) != OK)
			return rc;
	}
	rest = hand_on(t, rc == 0 ? e : &other);
	return rc == 0 ? rest : rc;
}

static int
take_stream(struct taking *t, const struct buf *stream, struct err *e)
{
	struct frame_reader r;
	uint64_t start = t->from;
	int rc = frame_open(&r, stream->data, stream->len, start, t->to, e);

	if (rc != OK)
		return rc;
	rc = take_items(t, &r, e);
	frame_close(&r);
	if (rc == OK && t->from == start)
		rc = err_set(e, ERR_INPUT, "payloads of %s: the answer holds nothing of what was asked for", t->p->member);
	return rc;
}

/* ---- fetching ---- */

static void
make_path(char path[200], const struct taking *t, uint64_t from)
{
	snprintf(path, 200, "/x1/%s/%s?from=%" PRIu64 "&to=%" PRIu64 "%s", t->p->mechanism,
	    t->p->returns ? "returns" : "payloads", from, t->to,
	    t->p->compress ? "&z=1" : "");
}

/* Where a whole stream says it ends; 0 when it is cut off. Only a guess of what to ask for next: the items are what counts. */
static uint64_t
peek_next(const struct buf *stream)
{
	struct wire w;

	if (stream->len < END_BYTES)
		return 0;
	w = wire_reader(stream->data + stream->len - END_BYTES, END_BYTES);
	return wire_u8(&w) == 0 ? wire_u64(&w) : 0;
}

/* Begin to fetch what follows ${stream}, if the caller can do that. */
static int
begin_next(struct taking *t, const struct buf *stream, struct err *e)
{
	uint64_t next = peek_next(stream);
	char path[200];
	int rc;

	if (t->p->begin == NULL || next <= t->from || next >= t->to)
		return OK;
	make_path(path, t, next);
	if ((rc = t->p->begin(t->p->ctx, path, FRAME_STREAM_MAX, e)) == OK)
		t->begun = true;
	return rc;
}

static int
fetch_stream(struct taking *t, struct buf *stream, struct err *e)
{
	char path[200];
	int status = 0, rc;

	buf_reset(stream);
	if (t->begun) {
		t->begun = false;
		rc = t->p->finish(t->p->ctx, &status, stream, e);
	} else {
		make_path(path, t, t->from);
		rc = t->p->get(t->p->ctx, path, FRAME_STREAM_MAX, &status, stream, e);
	}
	if (rc == OK && status != 200)
		rc = err_set(e, status == 403 ? ERR_DENIED : ERR_IO, "payloads of %s: the peer answered %d: %.200s", t->p->member,
		    status, buf_cstr(stream));
	return rc;
}

/* Fetch and take streams until the end; whatever was begun is finished. */
static int
take_all(struct taking *t, struct err *e)
{
	struct err late;
	int rc = OK, now = 0, status, kept;

	while (rc == OK && t->from < t->to) {
		t->entries.loaded = false;
		if ((rc = fetch_stream(t, &t->stream[now], e)) == OK && (rc = begin_next(t, &t->stream[now], e)) == OK)
			rc = take_stream(t, &t->stream[now], e);
		now = 1 - now;
	}
	if (t->begun) {
		buf_reset(&t->stream[now]);
		(void)t->p->finish(t->p->ctx, &status, &t->stream[now], &late);	/* of no use: an earlier one failed */
	}
	if (t->p->kept != NULL && (kept = t->p->kept(t->p->ctx, &late)) != OK && rc == OK) {
		*e = late;
		rc = kept;
	}
	return rc;
}

int
pull_range(struct pull *p, uint64_t from, uint64_t to, struct err *e)
{
	struct taking *t = calloc(1, sizeof *t);
	int rc;

	if (t == NULL)
		return err_set(e, ERR_NOMEM, "no memory to receive payloads");
	t->p = p;
	t->entries.log_no = p->log_no;
	t->from = t->next = from;
	t->to = to;
	rc = take_all(t, e);
	entry_reader_free(&t->entries);
	for (int i = 0; i <= PULL_AHEAD; i++) {
		buf_free(&t->slot[i].bytes);
		free(t->slot[i].items);
		free(t->slot[i].at);
	}
	buf_free(&t->stream[0]);
	buf_free(&t->stream[1]);
	free(t);
	return rc;
}

int
pull_payloads(struct pull *p, struct err *e)
{
	struct log_row log;
	int rc = store_log_get(p->reader, p->log_no, &log, e);

	if (rc != OK || log.payloads_next >= log.size)
		return rc;
	return pull_range(p, log.payloads_next, log.size, e);
}
