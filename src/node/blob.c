/* Attachments in a node: who writes which, putting them in, whether a record may name them. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/wire.h"
#include "node/internal.h"

#define NOTE_BYTES (RECORD_HASH_BYTES + 2 + 8)

struct name {
	char s[2 * RECORD_HASH_BYTES + 1];
};

static struct name
name_of(const uint8_t hash[RECORD_HASH_BYTES])
{
	struct name x;

	hex_encode(x.s, hash, RECORD_HASH_BYTES);
	return x;
}

/* ---- claims ------------------------------------------------------------------------------------------------------------ */

bool
blob_claim_take(struct node *n, struct blob_claim *c, const uint8_t hash[RECORD_HASH_BYTES])
{
	const struct blob_claim *other;

	pthread_mutex_lock(&n->lock);
	for (other = n->blob_claims; other != NULL; other = other->next)
		if (memcmp(other->hash, hash, RECORD_HASH_BYTES) == 0)
			break;
	if (other == NULL) {
		*c = (struct blob_claim){ hash, n->blob_claims };
		n->blob_claims = c;
	}
	pthread_mutex_unlock(&n->lock);
	return other == NULL;
}

void
blob_claim_drop(struct node *n, const struct blob_claim *c)
{
	struct blob_claim **at;

	pthread_mutex_lock(&n->lock);
	for (at = &n->blob_claims; *at != c; at = &(*at)->next)
		;
	*at = c->next;
	pthread_mutex_unlock(&n->lock);
}

/* ---- lists in settings ----------------------------------------------------------------------------------------------- */

int
blob_notes_read(struct store_reader *r, const char *name, struct blob_notes *out, struct err *e)
{
	struct buf b = { 0 };
	struct wire w;
	int rc = store_meta_get(r, name, &b, e);

	*out = (struct blob_notes){ NULL, 0 };
	if (rc == OK && (b.len % NOTE_BYTES != 0 || b.len / NOTE_BYTES > BLOB_NOTES))
		rc = err_set(e, ERR_VERIFY, "setting %s has a wrong length; the store is damaged", name);
	if (rc == OK && b.len > 0 && (out->v = calloc(b.len / NOTE_BYTES, sizeof *out->v)) == NULL)
		rc = err_set(e, ERR_NOMEM, "no memory for the list of attachments");
	for (w = wire_reader(b.data, b.len); rc == OK && wire_left(&w) > 0; out->count++) {
		memcpy(out->v[out->count].hash, wire_bytes(&w, RECORD_HASH_BYTES), RECORD_HASH_BYTES);
		out->v[out->count].member = wire_u16(&w);
		out->v[out->count].at_ms = (int64_t)wire_u64(&w);
	}
	buf_free(&b);
	return rc == ERR_NOTFOUND ? OK : rc;
}

int
blob_notes_write(struct store *s, const char *name, const struct blob_notes *l, struct err *e)
{
	struct buf b = { 0 };
	int rc;

	for (size_t i = 0; i < l->count; i++) {
		buf_add(&b, l->v[i].hash, RECORD_HASH_BYTES);
		put_u16(&b, (uint16_t)l->v[i].member);
		put_u64(&b, (uint64_t)l->v[i].at_ms);
	}
	rc = b.failed ? err_set(e, ERR_NOMEM, "no memory for the list of attachments") :
	    store_meta_put(s, name, buf_cstr(&b), b.len, e);
	buf_free(&b);
	return rc;
}

const struct blob_note *
blob_notes_find(const struct blob_notes *l, const uint8_t hash[RECORD_HASH_BYTES], int member)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->v[i].member == member && memcmp(l->v[i].hash, hash, RECORD_HASH_BYTES) == 0)
			return &l->v[i];
	return NULL;
}

int
blob_notes_add(struct blob_notes *l, const struct blob_note *x, struct err *e)
{
	const struct blob_note *old = blob_notes_find(l, x->hash, x->member);
	size_t at = old == NULL ? l->count == BLOB_NOTES ? 0 : l->count : (size_t)(old - l->v);
	struct blob_note *more;

	if (at == l->count) {
		if ((more = realloc(l->v, (l->count + 1) * sizeof *more)) == NULL)
			return err_set(e, ERR_NOMEM, "no memory for the list of attachments");
		l->v = more;
		l->count++;
	}
	memmove(l->v + at, l->v + at + 1, (l->count - at - 1) * sizeof *l->v);	/* the newest stands last */
	l->v[l->count - 1] = *x;
	return OK;
}

/* ---- putting in ----------------------------------------------------------------------------------------------------------- */

struct putting {			/* a job of the writer: may run twice */
	struct node *n;
	const uint8_t *hash;
	uint64_t size, at;
	const void *bytes;
	size_t len;
	struct blob now;
};

/* Since when nobody names it: how long it may wait. */
static int
note_waiting(struct putting *x, struct store *s, struct err *e)
{
	struct blob_note note = { .member = x->n->own, .at_ms = node_now_ms(x->n) };
	struct blob_notes l;
	int rc = blob_notes_read(store_view(s), BLOB_WAITING, &l, e);

	memcpy(note.hash, x->hash, sizeof note.hash);
	if (rc == OK && l.count == BLOB_NOTES && blob_notes_find(&l, x->hash, note.member) == NULL)
		rc = err_set(e, ERR_LIMIT, "%u attachments wait for a record that names them; file those records first",
		    BLOB_NOTES);
	if (rc == OK && (rc = blob_notes_add(&l, &note, e)) == OK)
		rc = blob_notes_write(s, BLOB_WAITING, &l, e);
	free(l.v);
	return rc;
}

static int
begin_anew(struct putting *x, struct store *s, struct err *e)
{
	int rc = store_blob_get(store_view(s), x->hash, &x->now, e);

	if (rc == OK && x->now.whole)
		return OK;
	if (rc == OK)
		rc = store_blob_erase(s, x->hash, e);
	if (rc != OK && rc != ERR_NOTFOUND)
		return rc;
	if ((rc = note_waiting(x, s, e)) == OK && (rc = store_blob_begin(s, x->hash, x->size, e)) == OK)
		rc = store_blob_get(store_view(s), x->hash, &x->now, e);
	return rc;
}

static int
run_put(void *arg, struct store *s, struct err *e)
{
	struct putting *x = arg;
	int rc = x->at == 0 ? begin_anew(x, s, e) : store_blob_get(store_view(s), x->hash, &x->now, e);

	if (rc == ERR_NOTFOUND)
		return err_set(e, ERR_CONFLICT, "attachment %s: was dropped meanwhile; begin anew", name_of(x->hash).s);
	if (rc != OK || x->now.whole)
		return rc == OK && x->now.size != x->size ? err_set(e, ERR_INPUT, "attachment %s: has %llu bytes, not %llu",
		    name_of(x->hash).s, (unsigned long long)x->now.size, (unsigned long long)x->size) : rc;
	if (x->len > 0 && (rc = store_blob_append(s, x->hash, x->at, x->bytes, x->len, e)) == OK)
		x->now.have += x->len;
	return rc;
}

static int
run_seal(void *arg, struct store *s, struct err *e)
{
	struct putting *x = arg;

	return store_blob_seal(s, x->hash, e);
}

static int
run_drop(void *arg, struct store *s, struct err *e)
{
	struct putting *x = arg;
	int rc = store_blob_get(store_view(s), x->hash, &x->now, e);

	if (rc == OK && !x->now.whole)
		rc = store_blob_erase(s, x->hash, e);
	return rc == ERR_NOTFOUND ? OK : rc;
}

/* All parts are here: read them back, then it is whole, or gone. */
static int
finish(struct putting *x, struct err *e)
{
	struct store_reader *r = node_reader(x->n, e);
	struct err why = { 0 };
	int rc;

	if (r == NULL)
		return e->code;
	rc = blob_verify(r, &x->now, &why);
	node_reader_done(x->n, r);
	if (rc == OK && (rc = writer_do(x->n->writer, run_seal, x, e)) == OK)
		x->now.whole = true;
	if (why.code == ERR_VERIFY && (rc = writer_do(x->n->writer, run_drop, x, e)) == OK)
		rc = err_set(e, ERR_VERIFY, "attachment %s: the bytes have another hash; did the file change while it was read? "
		    "Attach it again", name_of(x->hash).s);
	else if (why.code != OK && why.code != ERR_VERIFY)
		*e = why;
	return rc;
}

static int
put_claimed(struct putting *x, struct err *e)
{
	struct job job = { .run = run_put, .ctx = x, .weight = 1 + x->len / 1024 };
	int rc;

	writer_submit(x->n->writer, &job);
	rc = writer_wait(x->n->writer, &job, e);
	return rc == OK && !x->now.whole && x->now.have == x->now.size ? finish(x, e) : rc;
}

static int
may_put(const struct node *n, struct err *e)
{
	return n->readonly || n->writer == NULL ? err_set(e, ERR_DENIED, "this node is open for reading only") : OK;
}

int
node_blob_put(struct node *n, const uint8_t hash[RECORD_HASH_BYTES], uint64_t size, uint64_t at, const void *bytes, size_t len,
    struct blob *now, struct err *e)
{
	struct putting x = { .n = n, .hash = hash, .size = size, .at = at, .bytes = bytes, .len = len };
	struct blob_claim claim;
	int rc = may_put(n, e);

	if (rc == OK && size > STORE_BLOB_MAX)
		rc = err_set(e, ERR_LIMIT, "attachment %s: has %llu bytes, may have %u", name_of(hash).s, (unsigned long long)size,
		    STORE_BLOB_MAX);
	if (rc == OK && len == 0 && size > 0)
		rc = err_set(e, ERR_INPUT, "attachment %s: a part without bytes", name_of(hash).s);
	if (rc != OK)
		return rc;
	if (!blob_claim_take(n, &claim, hash))
		return err_set(e, ERR_BUSY, "attachment %s: is being written by somebody else at this moment; try again",
		    name_of(hash).s);
	rc = put_claimed(&x, e);
	blob_claim_drop(n, &claim);
	*now = x.now;
	return rc;
}

int
node_blob_drop(struct node *n, const uint8_t hash[RECORD_HASH_BYTES], struct err *e)
{
	struct putting x = { .n = n, .hash = hash };
	int rc = may_put(n, e);

	return rc == OK ? writer_do(n->writer, run_drop, &x, e) : rc;
}

/* ---- may a record name them? ------------------------------------------------------------------------------------------ */

struct naming {
	struct store_reader *r;
	struct err *e;
};

static int
check_one(void *ctx, const uint8_t hash[RECORD_HASH_BYTES], uint64_t size)
{
	struct naming *x = ctx;
	struct blob b;
	int rc = store_blob_get(x->r, hash, &b, x->e);

	if (rc == ERR_NOTFOUND || (rc == OK && !b.whole))
		return err_set(x->e, ERR_CONFLICT, "body: names attachment %s, which is not here; a record may name only what its "
		    "node holds whole: `diwan attach` puts a file in", name_of(hash).s);
	if (rc == OK && b.size != size)
		return err_set(x->e, ERR_INPUT, "body: attachment %s has %llu bytes, the record says %llu; write the number that "
		    "`diwan attach` printed", name_of(hash).s, (unsigned long long)b.size, (unsigned long long)size);
	return rc;
}

int
blob_check_record(struct store_reader *r, const struct record *rec, struct err *e)
{
	struct naming x = { r, e };

	return record_blobs(rec, check_one, &x);
}
