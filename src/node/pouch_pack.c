/* Packing a pouch: its parts, one after the other, through the encryption into a new file. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/pouch_packing.h"

/* ---- the parts ---- */

/* That there is none is told, not an error: the pouch is of use without it. */
static int
put_cosigned(struct packing *k, struct err *e)
{
	struct err why = { 0 };
	uint64_t size = 0;
	int rc;

	if (k->n->readonly && k->p->cosign == NULL)
		return OK;
	rc = pouch_cosign(k, &size, &why);
	if (rc == OK) {
		k->told->cosigned = size;
		return pouch_write_whole(&k->w, (struct pouch_part){ .kind = POUCH_COSIGNED }, k->b.data, k->b.len, e);
	}
	if (rc != ERR_NOTFOUND)		/* nothing is held of its log: there is nothing to say */
		snprintf(k->told->no_cosignature, sizeof k->told->no_cosignature, "%.250s", why.text);
	return OK;
}

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
	return file_write(k->fd, k->p->path, bytes, len, e);
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
	return fsync(k->fd) == 0 ? OK : file_failed(k->p->path, e);
}

/* The file appears with its first byte and goes away again if it cannot be finished; one that a crash cut is refused as such. */
static int
write_file(struct packing *k, const struct age_recipient *to, const struct buf *note, struct err *e)
{
	struct age_sink sink = { to_file, k };
	int rc = file_create(k->p->path, &k->fd, e);

	if (rc != OK)
		return rc;
	if ((rc = age_writer_open(&k->age, to, 1, k->n->rng, sink, e)) == OK)
		rc = put_all(k, note, e);
	age_writer_free(k->age);
	if (close(k->fd) != 0 && rc == OK)
		rc = file_failed(k->p->path, e);
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
	if (!k->p->from_given && (rc = pouch_start_find(k->n, k->p->member, k->r, &k->log, &from, e)) != OK)
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
	int rc = pouch_start_member(n, p->member, e);

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
