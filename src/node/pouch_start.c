/* Where a pouch begins: after what its recipient has confirmed, by receipts or by what it cosigned. */
#include "node/pouch_packing.h"

#include <stdio.h>

#include "base/text.h"
#include "exchange/frame.h"

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

int
pouch_start_find(struct node *n, int member, struct store_reader *r, const struct log_row *log, uint64_t *from, struct err *e)
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

int
pouch_start_member(const struct node *n, int member, struct err *e)
{
	return member >= 0 && (uint32_t)member < n->reg->members_count && member != n->own ? OK :
	    err_set(e, ERR_NOTFOUND, "a pouch is for another member of the mechanism");
}

int
node_pouch_start(struct node *n, int member, uint64_t *from, struct err *e)
{
	struct store_reader *r;
	struct log_row log;
	int rc = pouch_start_member(n, member, e);

	if (rc != OK)
		return rc;
	if ((r = node_reader(n, e)) == NULL)
		return e->code;
	if ((rc = store_log_get(r, node_own_log(n), &log, e)) == OK)
		rc = pouch_start_find(n, member, r, &log, from, e);
	node_reader_done(n, r);
	*from -= rc == OK ? *from % TILE_WIDTH : 0;
	return rc;
}
