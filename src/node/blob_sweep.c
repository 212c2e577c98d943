/* Care for attachments: dropping those that no record names, and checking all. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "node/internal.h"

#define TELL_BLOBS 16

static int
any_row(void *ctx, const struct row *row)
{
	(void)row;
	*(bool *)ctx = true;
	return 1;
}

int
blob_named(struct store_reader *r, const uint8_t hash[RECORD_HASH_BYTES], bool *yes, struct err *e)
{
	struct row from = { .table = T_BLOB, .cols = store_table_def(T_BLOB)->cols };
	struct row aside = { .table = T_ASIDE, .cols = store_table_def(T_ASIDE)->cols };
	int rc;

	*yes = false;
	from.v[0] = aside.v[0] = val_blob(hash, RECORD_HASH_BYTES);
	if ((rc = store_row_scan(r, &from, 1, 1, false, any_row, yes, e)) >= 0 && !*yes)
		rc = store_row_scan(r, &aside, 1, 1, false, any_row, yes, e);
	return rc < 0 ? rc : OK;
}

/* ---- finding ------------------------------------------------------------------------------------------------------------ */

struct sweeping {
	struct node *n;
	struct store_reader *r;		/* while looking */
	int64_t now_ms;
	struct buf unnamed;		/* hashes */
	struct blob_notes kept;		/* in the writer */
	struct err *e;
};

static int
look(void *ctx, const struct blob *b)
{
	struct sweeping *x = ctx;
	bool named;
	int rc = blob_named(x->r, b->hash, &named, x->e);

	if (rc != OK || named)
		return rc;
	if (!buf_add(&x->unnamed, b->hash, sizeof b->hash))
		return err_set(x->e, ERR_NOMEM, "no memory to look for attachments that no record names");
	return x->unnamed.len == (size_t)BLOB_NOTES * RECORD_HASH_BYTES;
}

/* ---- dropping, in the writer -------------------------------------------------------------------------------------------- */

/* Drop it if it has waited long enough; else it goes on waiting. */
static int
sweep_one(struct sweeping *x, struct store *s, const struct blob_notes *before, const uint8_t *hash, struct err *e)
{
	const struct blob_note *since = blob_notes_find(before, hash, x->n->own);
	struct blob_note note = { .member = x->n->own, .at_ms = since == NULL ? x->now_ms : since->at_ms };
	struct blob b;
	bool named;
	int rc = blob_named(store_view(s), hash, &named, e);

	if (rc != OK || named)
		return rc;
	if ((rc = store_blob_get(store_view(s), hash, &b, e)) != OK)
		return rc == ERR_NOTFOUND ? OK : rc;
	if (x->now_ms - note.at_ms >= (b.whole ? (int64_t)x->n->blob_days * DAY_MS : BLOB_PARTIAL_MS))
		return store_blob_erase(s, hash, e);
	memcpy(note.hash, hash, sizeof note.hash);
	return blob_notes_add(&x->kept, &note, e);
}

static int
run_sweep(void *arg, struct store *s, struct err *e)
{
	struct sweeping *x = arg;
	struct blob_notes before;
	int rc = blob_notes_read(store_view(s), BLOB_WAITING, &before, e);

	x->kept = (struct blob_notes){ NULL, 0 };
	for (size_t at = 0; at < x->unnamed.len && rc == OK; at += RECORD_HASH_BYTES)
		rc = sweep_one(x, s, &before, x->unnamed.data + at, e);
	if (rc == OK && (x->kept.count > 0 || before.count > 0))
		rc = blob_notes_write(s, BLOB_WAITING, &x->kept, e);
	free(x->kept.v);
	free(before.v);
	return rc;
}

int
blob_sweep(struct node *n, int64_t now_ms, struct err *e)
{
	struct sweeping x = { .n = n, .now_ms = now_ms, .e = e };
	int rc;

	if (n->readonly || n->writer == NULL || now_ms < n->blob_sweep_ms)
		return OK;
	n->blob_sweep_ms = now_ms + BLOB_SWEEP_MS;
	if ((x.r = node_reader(n, e)) == NULL)
		return e->code;
	rc = store_blob_each(x.r, look, &x, e);
	node_reader_done(n, x.r);
	if (rc >= 0)
		rc = x.unnamed.len > 0 ? writer_do(n->writer, run_sweep, &x, e) : OK;
	buf_free(&x.unnamed);
	return rc;
}

/* ---- checking ------------------------------------------------------------------------------------------------------------- */

struct checking {
	struct store_reader *r;
	int own;
	void (*found)(void *ctx, const char *text);
	int (*tell)(void *ctx, uint64_t done, struct err *e);
	void *ctx;
	uint64_t done;
	struct err *e;
};

static int
check_bytes(void *ctx, const struct blob *b)
{
	struct checking *c = ctx;
	struct err why = { 0 };
	int rc;

	if (++c->done % TELL_BLOBS == 0 && (rc = c->tell(c->ctx, c->done, c->e)) != OK)
		return rc;
	if (!b->whole || (rc = blob_verify(c->r, b, &why)) == OK)
		return OK;
	if (rc != ERR_VERIFY) {
		*c->e = why;
		return rc;
	}
	c->found(c->ctx, why.text);
	return OK;
}

/* What we filed with an attachment we had whole; what others did may still be on its way. */
static int
check_named(void *ctx, const struct row *row)
{
	struct checking *c = ctx;
	int64_t pos = row->v[1].num, size = row->v[2].num;
	char text[300], name[2 * RECORD_HASH_BYTES + 1];
	uint8_t hash[RECORD_HASH_BYTES];
	struct blob b;
	int rc;

	memcpy(hash, row->v[0].bytes, sizeof hash);
	hex_encode(name, hash, sizeof hash);
	if ((rc = store_blob_get(c->r, hash, &b, c->e)) != OK && rc != ERR_NOTFOUND)
		return rc;
	if ((rc == ERR_NOTFOUND || !b.whole) && LOG_MEMBER(POS_LOG(pos)) == c->own)
		snprintf(text, sizeof text, "attachment %s: record %u/%" PRIu64 " names it, it is not whole here; a member that "
		    "has the record gives it back, or attach the file again", name, POS_LOG(pos), POS_INDEX(pos));
	else if (rc == OK && b.whole && b.size != (uint64_t)size)
		snprintf(text, sizeof text, "attachment %s: has %" PRIu64 " bytes, record %u/%" PRIu64 " says %" PRId64, name,
		    b.size, POS_LOG(pos), POS_INDEX(pos), size);
	else
		return OK;
	c->found(c->ctx, text);
	return OK;
}

int
blob_check(struct store_reader *r, int own, void (*found)(void *ctx, const char *text),
    int (*tell)(void *ctx, uint64_t done, struct err *e), void *ctx, struct err *e)
{
	struct row from = { .table = T_BLOB, .cols = store_table_def(T_BLOB)->cols };
	struct checking c = { .r = r, .own = own, .found = found, .tell = tell, .ctx = ctx, .e = e };
	int rc = store_blob_each(r, check_bytes, &c, e);

	if (rc >= 0)
		rc = store_row_scan(r, &from, 0, 0, false, check_named, &c, e);
	return rc < 0 ? rc : OK;
}
