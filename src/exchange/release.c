#include "exchange/release.h"

#include <string.h>

#define CHUNK_BYTES (1024u * 1024)
#define CHUNK_PAYLOADS 1024
#define STREAM_RECORDS 8192		/* indexes judged for one answer: it may end early, the client goes on from there */

/* Payloads copied out of one scan: the reader cannot be asked anything else while it scans. */
struct chunk {
	struct arena *a;
	size_t count, room, bytes;
	struct payload p[];
};

static int
take_payload(void *ctx, const struct payload *p)
{
	struct chunk *c = ctx;
	uint8_t *copy = (uint8_t *)arena_strn(c->a, (const char *)p->bytes, p->len);

	if (copy == NULL)
		return ERR_NOMEM;
	c->p[c->count] = *p;
	c->p[c->count].bytes = copy;
	c->count++;
	c->bytes += p->len;
	return c->count == c->room || c->bytes >= CHUNK_BYTES;
}

/* Visit every index of [from, to) in order with its judged payload (NULL: none is held). */
typedef int (*each_fn)(void *ctx, struct judged *d, struct payload *p);

static int
each_index(const struct judge *j, uint32_t log_no, uint64_t from, uint64_t to, each_fn visit, void *ctx, struct err *e)
{
	struct arena batch = { 0 }, one = { 0 };
	struct chunk *c = NULL;
	struct judged d;
	size_t room;
	int rc = OK;

	while (from < to && rc == OK) {
		arena_reset(&batch);
		room = to - from < CHUNK_PAYLOADS ? (size_t)(to - from) : CHUNK_PAYLOADS;
		if ((c = arena_alloc(&batch, sizeof *c + room * sizeof c->p[0])) == NULL) {
			rc = err_set(e, ERR_NOMEM, "no memory to read payloads");
			break;
		}
		c->a = &batch;
		c->room = room;
		rc = store_payload_scan(j->reader, POS(log_no, from), POS(log_no, to), take_payload, c, e);
		if (rc == ERR_NOMEM)
			err_set(e, ERR_NOMEM, "no memory to read payloads");
		if (rc < 0)
			break;
		if (rc == OK && c->count == 0) {
			for (; from < to && rc == OK; from++)
				rc = visit(ctx, NULL, NULL);
			break;
		}
		rc = OK;
		for (size_t i = 0; i < c->count && rc == OK; i++) {
			for (; from < POS_INDEX(c->p[i].pos) && rc == OK; from++)
				rc = visit(ctx, NULL, NULL);
			arena_reset(&one);
			if (rc == OK && (rc = judge_payload(j, &c->p[i], &one, &d, e)) == OK)
				rc = visit(ctx, &d, &c->p[i]);
			from++;
		}
	}
	arena_free(&batch);
	arena_free(&one);
	return rc;
}

struct releasing {
	const struct judge *j;
	struct frame_writer w;
	struct viewer viewer;
	int32_t as_of;
	uint32_t looked;
};

static int
release_one(void *ctx, struct judged *d, struct payload *p)
{
	struct releasing *r = ctx;
	bool room;

	if (r->looked++ == STREAM_RECORDS)
		return 1;
	if (d != NULL && judge_decide(r->j, d, &r->viewer, r->as_of) == LEVEL_FULL)
		room = frame_payload(&r->w, p->nonce, p->bytes, p->len);
	else
		room = frame_withheld(&r->w);
	return room ? OK : 1;
}

int
release_payloads(const struct judge *j, const struct log_row *log, int member, uint64_t from, uint64_t to, int32_t as_of,
    bool compress, struct buf *out, struct err *e)
{
	struct judge surveyed = *j;
	struct releasing r = { .j = &surveyed, .viewer = judge_node(member), .as_of = as_of };
	int rc, end;

	if (to > log->size || from > to)
		return err_set(e, ERR_INPUT, "payloads %llu..%llu asked for; the log has %llu entries",
		    (unsigned long long)from, (unsigned long long)to, (unsigned long long)log->size);
	if ((rc = store_reader_hold(j->reader, e)) != OK)
		return rc;
	frame_begin(&r.w, out, from, to, compress);
	if ((rc = judge_survey(&surveyed, e)) == OK)
		rc = each_index(&surveyed, log->no, from, to, release_one, &r, e);
	end = frame_end(&r.w, e);
	store_reader_release(j->reader);
	return rc < 0 ? rc : end;
}

struct tallying {
	const struct judge *j;
	struct viewer viewer;
	int32_t as_of;
	struct tally *tally;
};

/* The gate that brought the level down to where it is: the first reason with the lowest ceiling. */
static int
deciding_gate(const struct why *why)
{
	for (uint32_t i = 0; i < why->count; i++)
		if (why->reasons[i].ceiling == why->level)
			return why->reasons[i].gate;
	return 0;
}

static int
tally_one(void *ctx, struct judged *d, struct payload *p)
{
	struct tallying *t = ctx;

	(void)p;
	if (d == NULL)
		return OK;
	if (judge_decide(t->j, d, &t->viewer, t->as_of) == LEVEL_FULL)
		t->tally->given++;
	else
		t->tally->gate[deciding_gate(&d->why)]++;
	return OK;
}

int
release_tally(const struct judge *j, const struct log_row *log, int member, int32_t as_of, struct tally *tally, struct err *e)
{
	struct judge surveyed = *j;
	struct tallying t = { &surveyed, judge_node(member), as_of, tally };
	int rc;

	memset(tally, 0, sizeof *tally);
	if ((rc = store_reader_hold(j->reader, e)) != OK)
		return rc;
	if ((rc = judge_survey(&surveyed, e)) == OK)
		rc = each_index(&surveyed, log->no, 0, log->size, tally_one, &t, e);
	store_reader_release(j->reader);
	return rc;
}
