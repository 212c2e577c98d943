/* A pull whose line is a file: the answers to what exchange/pull.h asks of a peer, and where what it keeps goes. */
#include "node/pouch_opening.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define OK_STATUS 200
#define ABSENT_STATUS 404

static int
answer_tile(struct opening *o, const char *path, int *status, struct buf *out, struct err *e)
{
	uint64_t offset;
	struct tile t;

	*status = OK_STATUS;
	if (tile_parse(&t, path, strlen(path), e) == OK && pouch_tile_place(&o->told->head, &t, &offset))
		return pouch_file_tile(&o->f, offset, (size_t)pouch_tile_bytes(&t), out, e);
	*status = ABSENT_STATUS;
	buf_fmt(out, "%.100s is not in this pouch, which begins at entry %" PRIu64, path, o->told->head.first);
	return OK;
}

/* Go on to the stream that covers ${index}. They come in order, and so do the questions. */
static int
find_stream(struct opening *o, uint64_t index, struct err *e)
{
	int rc = 1;

	while (index >= o->next && (rc = pouch_file_next(&o->f, e)) == 1 && o->f.part.kind == POUCH_PAYLOADS)
		if ((rc = pouch_stream_range(o->f.content.data, o->f.content.len, &o->from, &o->to, &o->next, e)) != OK)
			return rc;
	if (rc < 0)
		return rc;
	return index >= o->from && index < o->next ? OK :
	    err_set(e, ERR_INPUT, "the pouch lacks the payload stream with entry %" PRIu64, index);
}

static int
answer_payloads(struct opening *o, const char *query, struct buf *out, struct err *e)
{
	uint64_t from, to;
	int rc;

	if (sscanf(query, "from=%" SCNu64 "&to=%" SCNu64, &from, &to) != 2 || from >= to)
		return err_set(e, ERR_INPUT, "payloads: from and to must be given as decimal numbers");
	if ((rc = find_stream(o, from, e)) != OK)
		return rc;
	if (from != o->from || to != o->to)
		return pouch_slice(o->f.content.data, o->f.content.len, from, to, out, e);
	return buf_add(out, o->f.content.data, o->f.content.len) ? OK : err_set(e, ERR_NOMEM, "no memory for payloads");
}

static int
pouch_get(void *ctx, const char *path, size_t max_bytes, int *status, struct buf *out, struct err *e)
{
	struct opening *o = ctx;
	char log[100], payloads[100];
	int rc;

	*status = OK_STATUS;
	snprintf(log, sizeof log, "/log/%s/%s/", o->pull.mechanism, o->pull.member);
	snprintf(payloads, sizeof payloads, "/x1/%s/payloads?", o->pull.mechanism);
	if (strncmp(path, payloads, strlen(payloads)) == 0)
		rc = answer_payloads(o, path + strlen(payloads), out, e);
	else if (strncmp(path, log, strlen(log)) != 0)
		rc = err_set(e, ERR_INPUT, "%.100s: a pouch has no such thing", path);
	else if (strcmp(path + strlen(log), "checkpoint") == 0)
		rc = buf_add(out, o->f.checkpoint.data, o->f.checkpoint.len) ? OK : err_set(e, ERR_NOMEM,
		    "no memory for a checkpoint");
	else
		rc = answer_tile(o, path + strlen(log), status, out, e);
	return rc == OK && out->len > max_bytes ? err_set(e, ERR_LIMIT, "%.100s: longer than %zu bytes", path, max_bytes) : rc;
}

static int
pouch_put(void *ctx, int (*run)(void *arg, struct store *s, struct err *e), void *arg, size_t weight, struct err *e)
{
	struct opening *o = ctx;
	struct job j = { .run = run, .ctx = arg, .weight = weight };

	writer_submit(o->n->writer, &j);
	return writer_wait(o->n->writer, &j, e);
}

static int
pouch_keep(void *ctx, const struct pulled *items, size_t count, uint64_t from, uint64_t next, struct err *e)
{
	struct opening *o = ctx;

	return keep_payloads(&o->keeper, o->n, &o->as, items, count, from, next, e);
}

static int
pouch_kept(void *ctx, struct err *e)
{
	return keep_finish(&((struct opening *)ctx)->keeper, e);
}

static void
pouch_forked(void *ctx, const struct buf *proof)
{
	struct opening *o = ctx;
	struct err e;

	if (fork_found(o->n, proof->data, proof->len, &e) == ERR_IO)
		writer_hooks_fail(o->n, &e);
}

struct pull
pouch_line(struct opening *o, int member)
{
	struct pull p = { .mechanism = o->n->reg->mechanism, .member = o->n->reg->members[member].code,
	    .log_no = node_log_no(o->n, member), .max_entries = o->n->max_log_entries, .reader = o->r, .ctx = o, .get = pouch_get,
	    .write = pouch_put, .keep = pouch_keep, .kept = pouch_kept, .forked = pouch_forked };

	p.n_keys = keys_of_log(o->n, member, p.key);
	return p;
}

int
pouch_line_note(const struct pull *p, const struct buf *note, struct checkpoint *cp, struct err *e)
{
	struct arena a = { 0 };
	struct note parsed;
	struct note_mark mark;
	int rc = err_set(e, ERR_NOTFOUND, "no key of %s is known", p->member);

	for (size_t i = 0; i < p->n_keys && rc != OK; i++)
		rc = checkpoint_open(&a, note->data, note->len, &p->key[i], 1, cp, &parsed, &mark, e);
	arena_free(&a);
	return rc;
}
