/* Packing a pouch: where it begins, what goes in, the sender's cosignature for the recipient's log. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "exchange/release.h"
#include "exchange/stored.h"
#include "log/witness.h"
#include "node/internal.h"
#include "node/pouch_file.h"

#define TRIES 2				/* the witness may have moved since it was looked up */

struct packing {
	struct node *n;
	const struct pouch_pack *p;
	struct pouch_told *told;
	struct store_reader *r;
	struct log_row log;		/* the own one */
	struct judge judge;
	struct age_writer *age;
	struct pouch_writer w;
	struct buf b;			/* one part */
	int fd;
	/* attachments */
	uint8_t last[32];
	bool any;
	struct err *e;
};

/* ---- where it begins ---- */

struct reached {
	const char *member;
	uint64_t end;
};

static int
see_receipt(void *ctx, const struct row *row)
{
	struct reached *x = ctx;

	if (text_eq(row->v[3].bytes, row->v[3].len, x->member) && (uint64_t)row->v[2].num + 1 > x->end)
		x->end = (uint64_t)row->v[2].num + 1;
	return 0;
}

/* What the member has cosigned of our log, as a pouch of its own told (pouch.c keeps it). */
static int
cosigned_by(struct store_reader *r, const char *member, uint64_t *size, struct err *e)
{
	struct buf text = { 0 };
	char name[80];
	int rc;

	*size = 0;
	snprintf(name, sizeof name, "pouch/%s", member);
	rc = store_meta_get(r, name, &text, e);
	if (rc == OK && !dec_u64(buf_cstr(&text), text.len, UINT64_MAX, size))
		rc = err_set(e, ERR_VERIFY, "setting %s is no number; the store is damaged", name);
	buf_free(&text);
	return rc == ERR_NOTFOUND ? OK : rc;
}

static bool
is_receipt(const struct frame_item *item)
{
	struct arena a = { 0 };
	struct record rec;
	bool yes = record_parse(&a, item->bytes, item->len, &rec, NULL) == OK && rec.kind == KIND_CONTROL &&
	    json_is(json_get(rec.body, "type"), "RECEIPT");

	arena_free(&a);
	return yes;
}

/* From *${at} on: the first entry that would be receipted. 1: that is it; 0: there is none in this stream. */
static int
first_due(const struct buf *stream, uint64_t to, uint64_t *at, struct err *e)
{
	struct frame_reader f;
	struct frame_item item;
	int rc = frame_open(&f, stream->data, stream->len, *at, to, e);

	while (rc == OK && (rc = frame_next(&f, &item, e)) == 1) {
		if (item.nonce != NULL && !is_receipt(&item))
			break;
		*at = item.last + 1;
		rc = OK;
	}
	frame_close(&f);
	return rc;
}

static int
find_start(struct node *n, int member, struct store_reader *r, const struct log_row *log, uint64_t *from, struct err *e)
{
	struct row key = { .table = T_RECEIPT, .cols = 6 };
	struct reached x = { n->reg->members[member].code, 0 };
	struct judge j = node_judge(n, r);
	struct buf stream = { 0 };
	uint64_t cosigned;
	int rc;

	key.v[0] = val_int(log->no);
	if ((rc = store_row_scan(r, &key, 1, 1, false, see_receipt, &x, e)) < 0 ||
	    (rc = cosigned_by(r, x.member, &cosigned, e)) != OK)
		return rc;
	*from = x.end < log->size ? x.end : log->size;
	if (cosigned > log->size)
		cosigned = log->size;
	while (rc == OK && *from < cosigned) {
		buf_reset(&stream);
		if ((rc = release_payloads(&j, log, member, *from, cosigned, node_today(n), false, &stream, e)) == OK)
			rc = first_due(&stream, cosigned, from, e);
	}
	buf_free(&stream);
	return rc < 0 ? rc : OK;
}

static int
check_member(const struct node *n, int member, struct err *e)
{
	return member >= 0 && (uint32_t)member < n->reg->members_count && member != n->own ? OK :
	    err_set(e, ERR_NOTFOUND, "a pouch is for another member of the mechanism");
}

int
node_pouch_start(struct node *n, int member, uint64_t *from, struct err *e)
{
	struct store_reader *r;
	struct log_row log;
	int rc = check_member(n, member, e);

	if (rc != OK)
		return rc;
	if ((r = node_reader(n, e)) == NULL)
		return e->code;
	if ((rc = store_log_get(r, node_own_log(n), &log, e)) == OK)
		rc = find_start(n, member, r, &log, from, e);
	node_reader_done(n, r);
	*from -= rc == OK ? *from % TILE_WIDTH : 0;
	return rc;
}

/* ---- our cosignature for its log ---- */

static int
cosign(struct packing *k, const struct buf *body, int *status, struct buf *out, struct err *e)
{
	const char *type;

	if (k->p->cosign != NULL)
		return k->p->cosign(k->p->ctx, body->data, body->len, status, out, e);
	*status = node_add_checkpoint(k->n, body->data, body->len, out, &type);
	return OK;
}

/* Ask for a cosignature of ${note}, of ${size}, as the log would. */
static int
ask(struct packing *k, const struct log_row *log, uint64_t size, const struct buf *note, uint64_t known,
    struct witness_reply *reply,
    struct buf *lines, struct err *e)
{
	struct stored_tree *tree;
	struct tree_source src;
	struct buf body = { 0 };
	int status = 0, rc = stored_tree_open(&tree, k->r, log->no, size, e);

	if (rc != OK)
		return rc;
	src = stored_tree_source(tree);
	if ((rc = witness_ask(&body, &src, known, note->data, note->len, e)) == OK && (rc = cosign(k, &body, &status, lines,
	    e)) == OK)
		rc = witness_reply_read(reply, known, status, status == 409 ? WITNESS_SIZE_TYPE : NULL, lines->data, lines->len, e);
	stored_tree_close(tree);
	buf_free(&body);
	return rc;
}

/* The note with our line. */
static int
merge(struct packing *k, const struct buf *note, const struct buf *lines, struct err *e)
{
	uint64_t latest = (uint64_t)(node_now_ms(k->n) / 1000) + WITNESS_SKEW_S;
	struct arena a = { 0 };
	struct vkey own;
	int rc = vkey_parse(&own, k->n->witness_text, strlen(k->n->witness_text), e);

	buf_reset(&k->b);
	if (rc == OK)
		rc = note_merge(&a, &k->b, note->data, note->len, lines->data, lines->len, &own, 1, latest, e);
	arena_free(&a);
	return rc;
}

/* Into ${k}->b. That there is none is told, not an error: the pouch is of use without it. */
static int
gather(struct packing *k, uint64_t *size, struct err *e)
{
	struct buf note = { 0 }, lines = { 0 };
	struct witness_reply reply = { .cosigned = false };
	struct witnessed held = { .size = 0 };
	struct log_row log;
	int rc = store_log_get(k->r, node_log_no(k->n, k->p->member), &log, e);

	if (rc == OK && (rc = node_published(k->n, k->p->member, size, &note, e)) == OK && *size == 0)
		rc = ERR_NOTFOUND;
	if (rc == OK && (rc = store_witness_get(k->r, log.origin, &held, NULL, e)) == ERR_NOTFOUND)
		rc = OK;		/* never cosigned before */
	for (int i = 0; i < TRIES && rc == OK && !reply.cosigned; i++) {
		buf_reset(&lines);
		if ((rc = ask(k, &log, *size, &note, held.size, &reply, &lines, e)) == OK && !reply.cosigned)
			held.size = reply.behind;
	}
	if (rc == OK && !reply.cosigned)
		rc = err_set(e, ERR_BUSY, "the witness says another size each time it is asked");
	if (rc == OK)
		rc = merge(k, &note, &lines, e);
	buf_free(&note);
	buf_free(&lines);
	return rc;
}

static int
put_cosigned(struct packing *k, struct err *e)
{
	struct err why = { 0 };
	uint64_t size = 0;
	int rc;

	if (k->n->readonly && k->p->cosign == NULL)
		return OK;
	rc = gather(k, &size, &why);
	if (rc == OK) {
		k->told->cosigned = size;
		return pouch_write_whole(&k->w, (struct pouch_part){ .kind = POUCH_COSIGNED }, k->b.data, k->b.len, e);
	}
	if (rc != ERR_NOTFOUND)		/* nothing is held of its log: there is nothing to say */
		snprintf(k->told->no_cosignature, sizeof k->told->no_cosignature, "%.250s", why.text);
	return OK;
}

/* ---- the parts ---- */

static int
put_seen(struct packing *k, struct err *e)
{
	int rc;

	buf_reset(&k->b);
	if ((rc = node_seen(k->n, k->p->member, &k->b, e)) != OK)
		return rc;
	return pouch_write_whole(&k->w, (struct pouch_part){ .kind = POUCH_SEEN }, k->b.data, k->b.len, e);
}

static int
put_tiles(struct packing *k, struct err *e)
{
	struct pouch_tiles walk = { .first = k->told->head.first, .size = k->told->head.size };
	struct pouch_part p = { .kind = POUCH_TILE };
	int rc = OK;

	while (rc == OK && pouch_tiles_next(&walk, &p.tile)) {
		size_t len = (size_t)pouch_tile_bytes(&p.tile);

		rc = store_tile_get(k->r, k->log.no, p.tile.level == TILE_ENTRIES ? STORE_BUNDLE : p.tile.level, p.tile.n,
		    &k->b, e);
		if (rc == OK && k->b.len < len)
			rc = err_set(e, ERR_VERIFY, "the own log is shorter in the store than published; run `diwan check`");
		if (rc == OK)
			rc = pouch_write_whole(&k->w, p, k->b.data, len, e);
		k->told->tiles++;
	}
	return rc;
}

static int
progress(const struct packing *k, const char *what, uint64_t done, uint64_t total, struct err *e)
{
	if (k->p->progress == NULL || k->p->progress(k->p->progress_ctx, what, done, total) == 0)
		return OK;
	return err_set(e, ERR_STOP, "%s: stopped; nothing was left of it", k->p->path);
}

static int
put_payloads(struct packing *k, struct err *e)
{
	const struct pouch_head *h = &k->told->head;
	struct pouch_part p = { .kind = POUCH_PAYLOADS, .from = h->first };
	uint64_t from, to;
	int rc = OK;

	while (rc == OK && p.from < h->size) {
		buf_reset(&k->b);
		rc = release_payloads(&k->judge, &k->log, k->p->member, p.from, h->size, node_today(k->n), true, &k->b, e);
		if (rc == OK)
			rc = pouch_write_whole(&k->w, p, k->b.data, k->b.len, e);
		if (rc == OK)
			rc = pouch_stream_range(k->b.data, k->b.len, &from, &to, &p.from, e);
		k->told->streams++;
		k->told->payload_bytes += k->b.len;
		if (rc == OK)
			rc = progress(k, "packing", p.from - h->first, h->size - h->first, e);
	}
	return rc;
}

/* ---- attachments ---- */

/* May the recipient have the record at ${pos}? */
static int
is_given(struct packing *k, int64_t pos, bool *yes, struct err *e)
{
	struct viewer v = judge_node(k->p->member);
	struct arena a = { 0 };
	struct judged d;
	int rc = judge_read(&k->judge, pos, &a, &d, e);

	*yes = rc == OK && judge_decide(&k->judge, &d, &v, node_today(k->n)) == LEVEL_FULL;
	arena_free(&a);
	return rc == ERR_NOTFOUND ? OK : rc;
}

static int
put_blob(struct packing *k, const struct blob *b, struct err *e)
{
	struct pouch_part p = { .kind = POUCH_BLOB, .size = b->size };
	int rc;

	memcpy(p.hash, b->hash, sizeof p.hash);
	rc = pouch_write_part(&k->w, &p, e);
	for (uint64_t at = 0; rc == OK && at < b->size; at += STORE_BLOB_PART) {
		buf_reset(&k->b);
		if ((rc = store_blob_read(k->r, b->hash, at, &k->b, e)) == OK)
			rc = pouch_write(&k->w, k->b.data, k->b.len, e);
	}
	k->told->blobs++;
	return rc;
}

/* A record of ours names an attachment. Rows come in the order of hashes. */
static int
see_blob(void *ctx, const struct row *row)
{
	struct packing *k = ctx;
	const struct pouch_head *h = &k->told->head;
	int64_t pos = row->v[1].num;
	struct blob b;
	bool given;
	int rc;

	if (row->v[0].len != sizeof k->last || (k->any && memcmp(row->v[0].bytes, k->last, sizeof k->last) == 0) ||
	    POS_LOG(pos) != k->log.no || POS_INDEX(pos) < h->first || POS_INDEX(pos) >= h->size)
		return 0;
	memcpy(b.hash, row->v[0].bytes, sizeof b.hash);
	if ((rc = is_given(k, pos, &given, k->e)) != OK || !given)
		return rc;
	if ((rc = store_blob_get(k->r, b.hash, &b, k->e)) != OK || !b.whole)
		return rc == ERR_NOTFOUND ? 0 : rc;
	memcpy(k->last, b.hash, sizeof k->last);
	k->any = true;
	return put_blob(k, &b, k->e);
}

static int
put_blobs(struct packing *k, struct err *e)
{
	struct row from = { .table = T_BLOB, .cols = store_table_def(T_BLOB)->cols };
	int rc;

	k->e = e;
	rc = store_row_scan(k->r, &from, 0, 0, false, see_blob, k, e);
	return rc < 0 ? rc : OK;
}

/* ---- the whole ---- */

static int
to_file(void *ctx, const void *bytes, size_t len, struct err *e)
{
	struct packing *k = ctx;

	k->told->file_bytes += len;
	return pouch_write_fd(k->fd, k->p->path, bytes, len, e);
}

static int
to_age(void *ctx, const void *bytes, size_t len, struct err *e)
{
	return age_write(((struct packing *)ctx)->age, bytes, len, e);
}

static int
put_all(struct packing *k, const struct buf *note, struct err *e)
{
	int rc;

	if ((rc = pouch_write_begin(&k->w, &k->told->head, to_age, k, e)) != OK || (rc = pouch_write_whole(&k->w,
	    (struct pouch_part){ .kind = POUCH_CHECKPOINT }, note->data, note->len, e)) != OK ||
	    (rc = put_cosigned(k, e)) != OK || (rc = put_seen(k, e)) != OK || (rc = put_tiles(k, e)) != OK ||
	    (rc = put_payloads(k, e)) != OK || (rc = put_blobs(k, e)) != OK || (rc = pouch_write_end(&k->w, e)) != OK)
		return rc;
	if ((rc = age_writer_end(k->age, e)) != OK)
		return rc;
	return fsync(k->fd) == 0 ? OK : err_set(e, errno == ENOSPC ? ERR_FULL : ERR_IO, "%s: %s", k->p->path, strerror(errno));
}

/* The file appears with its first byte and goes away again if it cannot be finished; one that a crash cut is refused as such. */
static int
write_file(struct packing *k, const struct age_recipient *to, const struct buf *note, struct err *e)
{
	struct age_sink sink = { to_file, k };
	int rc = pouch_create(k->p->path, &k->fd, e);

	if (rc != OK)
		return rc;
	if ((rc = age_writer_open(&k->age, to, 1, k->n->rng, sink, e)) == OK)
		rc = put_all(k, note, e);
	age_writer_free(k->age);
	if (close(k->fd) != 0 && rc == OK)
		rc = err_set(e, ERR_IO, "%s: %s", k->p->path, strerror(errno));
	if (rc != OK)
		unlink(k->p->path);
	return rc;
}

/* Head: between where the recipient is and what is published. */
static int
choose(struct packing *k, struct buf *note, struct err *e)
{
	struct pouch_head *h = &k->told->head;
	uint64_t from = k->p->from;
	int rc = node_published(k->n, k->n->own, &h->size, note, e);

	if (rc != OK || (rc = store_log_get(k->r, node_own_log(k->n), &k->log, e)) != OK)
		return rc;
	if (!k->p->from_given && (rc = find_start(k->n, k->p->member, k->r, &k->log, &from, e)) != OK)
		return rc;
	if (k->p->from_given && from > h->size)
		return err_set(e, ERR_INPUT, "the own log has %" PRIu64 " entries: a pouch cannot begin at %" PRIu64, h->size,
		    from);
	if (from > h->size)
		from = h->size;
	h->first = from - from % TILE_WIDTH;
	h->made_ms = node_now_ms(k->n);
	snprintf(h->mechanism, sizeof h->mechanism, "%s", k->n->reg->mechanism);
	snprintf(h->charter, sizeof h->charter, "%s", k->n->charter_hash);
	snprintf(h->from, sizeof h->from, "%s", k->n->member);
	snprintf(h->to, sizeof h->to, "%s", k->n->reg->members[k->p->member].code);
	k->judge = node_judge(k->n, k->r);
	return OK;
}

int
node_pouch_pack(struct node *n, const struct pouch_pack *p, struct pouch_told *told, struct err *e)
{
	struct packing k = { .n = n, .p = p, .told = told, .fd = -1 };
	struct age_recipient to;
	struct buf note = { 0 };
	struct card card;
	int rc = check_member(n, p->member, e);

	memset(told, 0, sizeof *told);
	if (rc != OK || (rc = node_peer_card(n, p->member, &card, e)) != OK)
		return rc;
	if (strcmp(card.pouch, "-") == 0)
		return err_set(e, ERR_DENIED, "the card of %s has no pouch key: it was given by an earlier version; ask for its "
		    "present card", card.member);
	if ((rc = age_recipient_parse(&to, card.pouch, strlen(card.pouch), e)) != OK)
		return rc;
	if ((k.r = node_reader(n, e)) == NULL)
		return e->code;
	if ((rc = choose(&k, &note, e)) == OK)
		rc = write_file(&k, &to, &note, e);
	node_reader_done(n, k.r);
	buf_free(&k.b);
	buf_free(&note);
	return rc;
}
