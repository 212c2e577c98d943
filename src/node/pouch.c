/*
 * Opening a pouch: a pull whose line is a file. Everything is checked by the code that checks what comes over the network; here are
 * the answers to its questions, what is missing, and what is told.
 */
#include "node/pouch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "exchange/seen.h"
#include "node/internal.h"
#include "node/pouch_file.h"

#define OK_STATUS 200
#define ABSENT_STATUS 404

struct opening {
	struct node *n;
	int member;			/* the sender */
	struct peer as;			/* it, to whom what comes is counted; the real one has turns of its own */
	struct keeper *keeper;
	struct store_reader *r;
	struct pouch_file f;
	struct pouch_told *told;
	struct pull pull;
	uint64_t from, to, next;	/* what the payload stream in f.content covers; next 0: there is none */
	uint64_t before;		/* payloads below were decided when we began */
	struct err *e;			/* of functions that are called through others */
};

/* ---- answering the pull ---- */

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

/* A pull of ${member}'s log, of which only the judging may be wanted. */
static struct pull
pull_of(struct opening *o, int member)
{
	struct pull p = { .mechanism = o->n->reg->mechanism, .member = o->n->reg->members[member].code,
	    .log_no = node_log_no(o->n, member), .max_entries = o->n->max_log_entries, .reader = o->r, .ctx = o, .get = pouch_get,
	    .write = pouch_put, .keep = pouch_keep, .kept = pouch_kept, .forked = pouch_forked };

	p.n_keys = keys_of_log(o->n, member, p.key);
	return p;
}

/* ---- is it ours to open? ---- */

static int
check_head(struct opening *o, struct err *e)
{
	const struct pouch_head *h = &o->told->head;
	struct node *n = o->n;
	struct card card;

	if (strcmp(h->mechanism, n->reg->mechanism) != 0)
		return err_set(e, ERR_CONFLICT, "%s: is of the mechanism \"%s\", this node takes part in \"%s\"", o->f.path,
		    h->mechanism, n->reg->mechanism);
	if (strcmp(h->to, n->member) != 0)
		return err_set(e, ERR_CONFLICT, "%s: is for %s; this is the node of %s", o->f.path, h->to, n->member);
	if (strcmp(h->charter, n->charter_hash) != 0)
		return err_set(e, ERR_CONFLICT, "%s: rests on another charter text (%.16s..., here %.16s...); both sides must "
		    "start "
		    "from the same file", o->f.path, h->charter, n->charter_hash);
	o->member = registry_member(n->reg, h->from, strlen(h->from));
	if (o->member == LAW_NONE || o->member == n->own)
		return err_set(e, ERR_NOTFOUND, "%s: says that it comes from \"%s\", who is no other member of the charter",
		    o->f.path,
		    h->from);
	if (node_peer_card(n, o->member, &card, e) != OK)
		return err_set(e, ERR_NOTFOUND, "%s: comes from %s, which is not paired with this node: its keys are not known. "
		    "Pair with "
		    "its card first (diwan pair)", o->f.path, h->from);
	return OK;
}

/* Is this note signed by one of the log's keys? */
static int
check_note(const struct pull *p, const struct buf *note, struct checkpoint *cp, struct err *e)
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

static int
check_checkpoint(struct opening *o, struct err *e)
{
	struct checkpoint cp;
	int rc = check_note(&o->pull, &o->f.checkpoint, &cp, e);

	if (rc == OK && cp.size != o->told->head.size)
		rc = err_set(e, ERR_INPUT, "its checkpoint is of %" PRIu64 " entries, its head says %" PRIu64, cp.size,
		    o->told->head.size);
	return rc == OK ? OK : err_at(e, "%s: the checkpoint of %s; nothing of it was taken in", o->f.path, o->pull.member);
}

/* ---- log and payloads ---- */

static bool
find_gap(struct opening *o, const struct log_row *log)
{
	const struct pouch_head *h = &o->told->head;

	o->told->gap_to = h->first;
	o->told->gap_from = log->payloads_next;
	o->told->only_payloads = log->size >= h->first;
	if (h->size <= log->payloads_next || log->payloads_next >= h->first)
		o->told->gap_from = o->told->gap_to = 0;
	return o->told->gap_from < o->told->gap_to;
}

static int
count_one(void *ctx, const struct payload *p)
{
	(void)p;
	++*(uint64_t *)ctx;
	return 0;
}

static int
count_held(struct opening *o, uint64_t from, uint64_t to, uint64_t *held, struct err *e)
{
	*held = 0;
	return store_payload_scan(o->r, POS(o->pull.log_no, from), POS(o->pull.log_no, to), count_one, held, e);
}

/* What was withheld before and is given now: only if something is missing there at all. Only what is new counts as received. */
static int
take_late(struct opening *o, uint64_t to, struct err *e)
{
	uint64_t from = o->told->head.first, held, now;
	int rc;

	if (from >= to)
		return OK;
	if ((rc = count_held(o, from, to, &held, e)) != OK || held == to - from ||
	    (rc = pull_range(&o->pull, from, to, e)) != OK || (rc = count_held(o, from, to, &now, e)) != OK)
		return rc;
	o->as.status.received = now - held;
	o->as.status.withheld = o->as.status.refused = 0;
	return OK;
}

static int
take_payloads(struct opening *o, struct err *e)
{
	uint64_t size = o->told->head.size;
	int rc = take_late(o, o->before < size ? o->before : size, e);

	return rc == OK && o->before < size ? pull_range(&o->pull, o->before, size, e) : rc;
}

/* The stored note is published to whoever asks this node for that log. */
static int
publish_copy(struct opening *o, struct err *e)
{
	struct buf note = { 0 };
	uint64_t size;
	int rc = store_checkpoint_get(o->r, o->pull.log_no, UINT64_MAX, &size, &note, e);

	if (rc == OK)
		publish(o->n, o->member, size, note.data, note.len);
	buf_free(&note);
	return rc == ERR_NOTFOUND ? OK : rc;
}

static int
take_log(struct opening *o, struct err *e)
{
	struct log_row log;
	int rc = store_log_get(o->r, o->pull.log_no, &log, e);

	if (rc != OK)
		return rc;
	o->before = log.payloads_next;
	if (find_gap(o, &log) && !o->told->only_payloads)
		return OK;
	if ((rc = pull_log(&o->pull, o->f.checkpoint.data, o->f.checkpoint.len, e)) == OK && o->pull.entries > 0)
		rc = publish_copy(o, e);
	if (rc == OK && o->told->gap_from == o->told->gap_to)
		rc = take_payloads(o, e);
	return rc;
}

/* ---- attachments ---- */

struct piece {
	struct opening *o;
	const struct pouch_part *p;
	bool named;
};

static int
see_name(void *ctx, const struct row *row)
{
	struct piece *x = ctx;

	x->named |= (uint64_t)row->v[2].num == x->p->size;
	return x->named;
}

/* Does a record that is held name it, with this size? */
static int
is_named(struct piece *x, struct err *e)
{
	struct row from = { .table = T_BLOB, .cols = store_table_def(T_BLOB)->cols };
	int rc;

	from.v[0] = val_blob(x->p->hash, sizeof x->p->hash);
	rc = store_row_scan(x->o->r, &from, 1, 1, false, see_name, x, e);
	return rc < 0 ? rc : OK;
}

/* What is no attachment of ours, or is here, or comes from another side at this moment, is passed over. */
static int
take_piece(struct opening *o, struct err *e)
{
	struct piece x = { .o = o, .p = &o->f.part };
	struct blob b = { .have = 0 };
	int rc = is_named(&x, e);

	if (rc != OK || !x.named)
		return rc;
	if ((rc = store_blob_get(o->r, x.p->hash, &b, e)) == OK && b.whole)
		return OK;
	if (rc != OK && rc != ERR_NOTFOUND)
		return rc;
	rc = node_blob_put(o->n, x.p->hash, x.p->size, x.p->from, o->f.content.data, o->f.content.len, &b, e);
	o->told->blobs_new += rc == OK && b.whole;
	o->told->blobs_refused += rc == ERR_VERIFY;
	return rc == ERR_VERIFY || rc == ERR_CONFLICT || rc == ERR_BUSY || rc == ERR_LIMIT ? OK : rc;
}

static int
take_blobs(struct opening *o, struct err *e)
{
	int rc;

	if (o->told->blobs == 0)
		return OK;
	o->f.ready = true;		/* what was read ahead of the blobs is no piece of one */
	while ((rc = pouch_file_next(&o->f, e)) == 1)
		if (o->f.part.kind == POUCH_BLOB && (rc = take_piece(o, e)) != OK)
			break;
	return rc;
}

/* ---- what the sender has seen, and cosigned ---- */

/* Of our own log: larger than it is here, if we have signed that; else a part of it, with cosignatures. */
static int
hear_own(struct opening *o, const struct buf *note, const struct checkpoint *cp, struct err *e)
{
	struct pull p = pull_of(o, o->n->own);
	struct checkpoint signed_cp;
	struct log_row log;
	int rc = store_log_get(o->r, p.log_no, &log, e);

	if (rc != OK)
		return rc;
	if (cp->size > log.size) {
		if (cp->size > o->told->ahead && check_note(&p, note, &signed_cp, e) == OK)
			o->told->ahead = cp->size;
		return OK;
	}
	rc = pull_judge(&p, &log, note->data, note->len, e);
	pull_end(&p);
	return rc == OK ? settle_take(o->n, o->n->own, o->r, note->data, note->len, e) : rc;
}

/* Of another log, as far as it is held. There is no line by which more could be had. */
static int
hear_other(struct opening *o, int member, const struct buf *note, const struct checkpoint *cp, struct err *e)
{
	struct pull p = pull_of(o, member);
	struct log_row log;
	int rc = store_log_get(o->r, p.log_no, &log, e);

	if (rc != OK || log.frozen || p.n_keys == 0 || cp->size > log.size)
		return rc;
	rc = pull_judge(&p, &log, note->data, note->len, e);
	pull_end(&p);
	return rc == OK ? settle_take(o->n, member, o->r, note->data, note->len, e) : rc;
}

static int
hear(void *ctx, const struct seen_item *i)
{
	struct opening *o = ctx;
	struct buf note = { 0 };
	struct checkpoint cp;
	struct err e = { 0 };
	uint32_t epoch;
	size_t text_len;
	int member = LAW_NONE, rc = OK;

	if (i->what == SEEN_FORK)
		rc = fork_found(o->n, i->bytes, i->len, &e);
	else if (note_split(i->bytes, i->len, &text_len) && checkpoint_parse(&cp, i->bytes, text_len, &e) == OK)
		member = keys_member_of(o->n, cp.origin, &epoch);
	if (member != LAW_NONE && LOG_NO(member, epoch) == node_log_no(o->n, member)) {
		if (!buf_add(&note, i->bytes, i->len))
			rc = err_set(&e, ERR_NOMEM, "no memory for a checkpoint");
		else if (member == o->n->own || (rc = witness_recall(o->n, member, o->r, &cp, i->bytes, i->len, &e)) == OK)
			rc = member == o->n->own ? hear_own(o, &note, &cp, &e) : hear_other(o, member, &note, &cp, &e);
		buf_free(&note);
	}
	if (rc != ERR_IO && rc != ERR_FULL && rc != ERR_NOMEM)
		return OK;		/* one log's trouble is not the others', and what is made up is no trouble */
	*o->e = e;
	return rc;
}

static int
run_remember(void *arg, struct store *s, struct err *e)
{
	struct opening *o = arg;
	struct buf held = { 0 };
	char name[80], text[24];
	uint64_t size = 0;
	int rc;

	snprintf(name, sizeof name, "pouch/%s", o->pull.member);
	snprintf(text, sizeof text, "%" PRIu64, o->told->cosigned);
	rc = store_meta_get(store_view(s), name, &held, e);
	if (rc == OK)
		(void)dec_u64(buf_cstr(&held), held.len, UINT64_MAX, &size);	/* what is no number is replaced */
	buf_free(&held);
	return rc != OK && rc != ERR_NOTFOUND ? rc : size >= o->told->cosigned ? OK :
	    store_meta_put(s, name, text, strlen(text), e);
}

/* The sender's line under a checkpoint of ours: counted with the others', and a word of how far it has come (pouch_pack.c). */
static int
take_cosigned(struct opening *o, struct err *e)
{
	struct vkey keys[1 + PULL_KEYS];
	struct note_mark marks[1 + PULL_KEYS];
	struct peer *p = &o->n->peers[o->member];
	struct arena a = { 0 };
	struct checkpoint cp;
	struct note parsed;
	struct err why;
	size_t n_keys = 1;
	bool by_sender = false;

	if (o->f.cosigned.len == 0 || keys_of_log(o->n, o->n->own, keys) == 0)
		return OK;
	pthread_mutex_lock(&o->n->lock);
	memcpy(keys + 1, p->witness, p->witnesses * sizeof *keys);
	n_keys += p->witnesses;
	pthread_mutex_unlock(&o->n->lock);
	if (checkpoint_open(&a, o->f.cosigned.data, o->f.cosigned.len, keys, n_keys, &cp, &parsed, marks, &why) == OK)
		for (size_t i = 1; i < n_keys; i++)
			by_sender |= marks[i].signed_by;
	arena_free(&a);
	if (!by_sender)
		return OK;		/* no cosignature of the sender's: of no use, and no harm */
	if (hear_own(o, &o->f.cosigned, &cp, &why) != OK || o->told->ahead >= cp.size)
		return OK;
	o->told->cosigned = cp.size;
	return writer_do(o->n->writer, run_remember, o, e);
}

static int
take_seen(struct opening *o, struct err *e)
{
	int64_t theirs;
	int rc;

	o->e = e;
	rc = seen_read(o->f.seen.data, o->f.seen.len, &theirs, hear, o, e);
	if (rc == OK)
		rc = take_cosigned(o, e);
	if (o->told->ahead > 0)
		guard_ahead(o->n, o->member, o->told->ahead);
	return rc;
}

/* ---- receipts ---- */

struct confirmed {			/* one bit an entry of [from, to) that a receipt of ours names */
	const char *own;
	uint64_t from, to, end;
	uint8_t *bits;
};

static int
see_receipt(void *ctx, const struct row *row)
{
	struct confirmed *c = ctx;
	uint64_t first = (uint64_t)row->v[1].num, last = (uint64_t)row->v[2].num;

	if (!text_eq(row->v[3].bytes, row->v[3].len, c->own))
		return 0;
	if (last + 1 > c->end)
		c->end = last + 1;
	for (uint64_t i = first < c->from ? c->from : first; c->bits != NULL && i <= last && i < c->to; i++)
		c->bits[(i - c->from) / 8] |= (uint8_t)(1u << ((i - c->from) % 8));
	return 0;
}

static int
scan_receipts(struct opening *o, struct confirmed *c, struct err *e)
{
	struct row key = { .table = T_RECEIPT, .cols = 6 };
	int rc;

	key.v[0] = val_int(o->pull.log_no);
	rc = store_row_scan(o->r, &key, 1, 1, false, see_receipt, c, e);
	return rc < 0 ? rc : OK;
}

/* File for each run of [from, to) that no receipt of ours names. What is not held in it is left out there. */
static int
confirm(struct opening *o, const struct confirmed *c, struct err *e)
{
	uint64_t at = c->from, to;
	int rc = OK;

	while (rc == OK && at < c->to) {
		for (; at < c->to && (c->bits[(at - c->from) / 8] >> ((at - c->from) % 8) & 1) != 0; at++)
			;
		for (to = at; to < c->to && (c->bits[(to - c->from) / 8] >> ((to - c->from) % 8) & 1) == 0; to++)
			;
		if (at < to)
			rc = file_receipts(o->n, &o->as, o->r, &at, to, e);
	}
	return rc;
}

/*
 * Receipts for what is held and was never confirmed: also for what an earlier opening took in before it was interrupted. Of a
 * peer that has turns of its own, those file them for what is new; here are then only those for what came late.
 */
static int
file_confirmations(struct opening *o, struct err *e)
{
	struct confirmed c = { .own = o->n->member };
	uint64_t size = 0, now = 0;
	bool turns;
	int rc = scan_receipts(o, &c, e);

	if (rc == OK)
		rc = node_published(o->n, o->n->own, &size, NULL, e);
	pthread_mutex_lock(&o->n->lock);
	turns = o->n->peers[o->member].running;
	pthread_mutex_unlock(&o->n->lock);
	c.from = turns || c.end > o->told->head.first ? o->told->head.first : c.end;
	c.to = turns && o->before < o->told->decided ? o->before : o->told->decided;
	if (rc == OK && c.from < c.to) {
		if ((c.bits = calloc((size_t)((c.to - c.from + 7) / 8), 1)) == NULL)
			return err_set(e, ERR_NOMEM, "no memory for receipts");
		if ((rc = scan_receipts(o, &c, e)) == OK)
			rc = confirm(o, &c, e);
		free(c.bits);
	}
	if (rc == OK && (rc = node_published(o->n, o->n->own, &now, NULL, e)) == OK)
		o->told->receipts = now - size;
	if (turns)
		node_bell(o->n, o->member, NULL, 0);
	return rc;
}

/* ---- the whole ---- */

/* What came, for the caller and for the sender's status. */
static void
count(struct opening *o)
{
	struct peer_status *s = &o->n->peers[o->member].status;
	struct log_row log;
	struct err e;

	o->told->entries = o->pull.entries;
	o->told->payloads = o->as.status.received;
	o->told->withheld = o->as.status.withheld;
	if (store_log_get(o->r, o->pull.log_no, &log, &e) == OK) {
		o->told->held = log.size;
		o->told->decided = log.payloads_next;
	}
	pthread_mutex_lock(&o->n->lock);
	s->received += o->as.status.received;
	s->withheld += o->as.status.withheld;
	s->refused += o->as.status.refused;
	if (o->pull.entries > 0)
		s->verified_ms = node_now_ms(o->n);
	pthread_mutex_unlock(&o->n->lock);
}

/* What others say of each other counts even where the sender's own log cannot be followed. */
static int
take_all(struct opening *o, struct err *e)
{
	struct err late;
	int rc = take_log(o, e), other;

	if (rc == OK && o->told->gap_from == o->told->gap_to)
		rc = take_blobs(o, e);
	count(o);
	if (rc == ERR_IO || rc == ERR_FULL || rc == ERR_NOMEM || rc == ERR_STOP)
		return rc;
	if ((other = take_seen(o, &late)) == OK && (other = file_confirmations(o, &late)) == ERR_DENIED) {
		/* What came is here all the same; this node may only not sign anything now (guard.c). */
		snprintf(o->told->no_receipts, sizeof o->told->no_receipts, "%.250s", late.text);
		other = OK;
	}
	if (rc == OK && other != OK)
		*e = late;
	return rc == OK ? other : rc;
}

static int
open_checked(struct opening *o, struct err *e)
{
	int rc = check_head(o, e);

	if (rc != OK)
		return rc;
	if ((o->r = node_reader(o->n, e)) == NULL)
		return e->code;
	o->as.node = o->n;
	o->as.member = o->member;
	o->pull = pull_of(o, o->member);
	if ((rc = check_checkpoint(o, e)) == OK)
		rc = take_all(o, e);
	pull_end(&o->pull);
	node_reader_done(o->n, o->r);
	return rc;
}

int
node_pouch_open(struct node *n, const char *path, const struct age_identity *id, progress_fn progress, void *ctx,
    struct pouch_told *told, struct err *e)
{
	struct opening *o;
	int rc = OK;

	memset(told, 0, sizeof *told);
	if (n->readonly)
		return err_set(e, ERR_DENIED, "this node is open for reading only");
	if ((o = calloc(1, sizeof *o)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory to open a pouch");
	o->n = n;
	o->told = o->f.told = told;
	o->f.fd = o->f.spool = -1;
	o->f.progress = progress;
	o->f.ctx = ctx;
	if (id == NULL)
		rc = pouch_identities(n->dir, o->f.id, &o->f.ids, e);
	else
		o->f.id[o->f.ids++] = *id;
	if (rc == OK && (rc = pouch_file_open(&o->f, path, n->dir, e)) == OK) {
		rc = open_checked(o, e);
		pouch_file_close(&o->f);
	}
	explicit_bzero(o->f.id, sizeof o->f.id);
	free(o);
	return rc;
}
