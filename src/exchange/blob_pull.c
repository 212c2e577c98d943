/* The asking side of attachments: one at a time, from where it stopped. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/wire.h"
#include "exchange/blob.h"

#define FROM_ZERO UINT64_MAX		/* mine_to: what others gave is not built on again */
#define WEIGHT_BYTES 1024u		/* of the writer's measure: about what a record has */

struct fetching {			/* one attachment; also the argument of the writer's jobs, which may run twice */
	struct blob_pull *p;
	const uint8_t *hash;
	uint64_t size;
	char name[2 * RECORD_HASH_BYTES + 1];
	struct blob blob;		/* as it is in the store */
	struct buf answer;
	const uint8_t *bytes;		/* of the answer: whole parts, or up to the end */
	size_t len;
	bool gone;
	bool alone;			/* all of it came from this peer */
	bool anew;			/* what is there is not to be built on */
};

/* ---- in the writer ---------------------------------------------------------------------------------------------------- */

static int
any_row(void *ctx, const struct row *row)
{
	(void)row;
	*(bool *)ctx = true;
	return 1;
}

/* Only while a record names it; one begun by a record that gave another size, and not whole, makes room. */
static int
run_begin(void *arg, struct store *s, struct err *e)
{
	struct fetching *f = arg;
	struct row from = { .table = T_BLOB, .cols = store_table_def(T_BLOB)->cols };
	bool named = false;
	int rc;

	from.v[0] = val_blob(f->hash, RECORD_HASH_BYTES);
	if ((rc = store_row_scan(store_view(s), &from, 1, 1, false, any_row, &named, e)) < 0)
		return rc;
	f->gone = !named;
	if (f->gone)
		return OK;
	rc = store_blob_get(store_view(s), f->hash, &f->blob, e);
	if (rc == OK && !f->blob.whole && (f->blob.size != f->size || f->anew) && (rc = store_blob_erase(s, f->hash, e)) == OK)
		rc = ERR_NOTFOUND;
	if (rc == ERR_NOTFOUND && (rc = store_blob_begin(s, f->hash, f->size, e)) == OK)
		rc = store_blob_get(store_view(s), f->hash, &f->blob, e);
	return rc;
}

/* As it was when it was last looked at? If not, its record was erased meanwhile. */
static int
still_there(struct fetching *f, struct store *s, struct err *e)
{
	struct blob now;
	int rc = store_blob_get(store_view(s), f->hash, &now, e);

	f->gone = rc == ERR_NOTFOUND || (rc == OK && (now.have != f->blob.have || now.size != f->blob.size || now.whole));
	return rc == ERR_NOTFOUND ? OK : rc;
}

static int
run_append(void *arg, struct store *s, struct err *e)
{
	struct fetching *f = arg;
	int rc = still_there(f, s, e);

	for (size_t at = 0; at < f->len && rc == OK && !f->gone; at += STORE_BLOB_PART)
		rc = store_blob_append(s, f->hash, f->blob.have + at, f->bytes + at,
		    f->len - at < STORE_BLOB_PART ? f->len - at : STORE_BLOB_PART, e);
	return rc;
}

static int
run_seal(void *arg, struct store *s, struct err *e)
{
	struct fetching *f = arg;
	int rc = still_there(f, s, e);

	return rc == OK && !f->gone ? store_blob_seal(s, f->hash, e) : rc;
}

static int
run_erase(void *arg, struct store *s, struct err *e)
{
	struct fetching *f = arg;
	int rc = still_there(f, s, e);

	return rc == OK && !f->gone ? store_blob_erase(s, f->hash, e) : rc;
}

static int
write_in(struct fetching *f, int (*run)(void *arg, struct store *s, struct err *e), struct err *e)
{
	return f->p->write(f->p->ctx, run, f, 1 + f->len / WEIGHT_BYTES, e);
}

/* ---- answers -------------------------------------------------------------------------------------------------------------- */

/* The head, and how much of what follows it counts. */
static int
read_answer(struct fetching *f, enum blob_end *end, struct err *e)
{
	struct wire w = wire_reader(f->answer.data, f->answer.len);
	const uint8_t *magic = wire_bytes(&w, 4);
	uint64_t size = wire_u64(&w), from = wire_u64(&w), missing = f->size - f->blob.have;

	f->len = 0;
	if (w.failed)
		return err_set(e, ERR_IO, "attachment %s: the answer of %s broke off", f->name, f->p->member);
	if (memcmp(magic, "DWB1", 4) != 0 || from != f->blob.have)
		return err_set(e, ERR_IO, "attachment %s: %s does not answer what was asked; is it of a later version?", f->name,
		    f->p->member);
	if (size != f->size || wire_left(&w) > missing) {
		*end = BLOB_FALSE;
		return err_set(e, ERR_VERIFY, "attachment %s: %s gives one of %" PRIu64 " bytes, its record says %" PRIu64
		    "; ask %s to file the record anew", f->name, f->p->member, size, f->size, f->p->member);
	}
	f->bytes = w.at;
	f->len = wire_left(&w) == missing ? (size_t)missing : wire_left(&w) / STORE_BLOB_PART * STORE_BLOB_PART;
	if (f->len == 0 && missing > 0)
		return err_set(e, ERR_IO, "attachment %s: the answer of %s broke off", f->name, f->p->member);
	return OK;
}

static int
fetch_some(struct fetching *f, enum blob_end *end, struct err *e)
{
	struct blob_pull *p = f->p;
	char path[200];
	int status = 0, rc;

	snprintf(path, sizeof path, "/x1/%s/blob/%s?from=%" PRIu64, p->mechanism, f->name, f->blob.have);
	buf_reset(&f->answer);
	if ((rc = p->get(p->ctx, path, BLOB_ANSWER_MAX, &status, &f->answer, e)) != OK)
		return rc;
	if (status == 404) {
		*end = BLOB_ABSENT;
		return OK;
	}
	if (status != 200)
		return err_set(e, status == 403 ? ERR_DENIED : ERR_IO, "attachment %s: %s answered %d", f->name, p->member, status);
	if ((rc = read_answer(f, end, e)) != OK)
		return rc;
	p->fetched += f->len;
	if (f->len > 0 && (rc = write_in(f, run_append, e)) == OK && !f->gone)
		p->mine_to = f->blob.have += f->len;
	return rc;
}

/* All bytes are here: are they the ones? */
static int
finish(struct fetching *f, enum blob_end *end, struct err *e)
{
	struct err why = { 0 };
	int rc;

	f->len = 0;
	if ((rc = blob_verify(f->p->reader, &f->blob, &why)) == OK) {
		rc = write_in(f, run_seal, e);
		*end = BLOB_WHOLE;
		return rc;
	}
	*e = why;
	if (rc != ERR_VERIFY)
		return rc;
	if ((rc = write_in(f, run_erase, e)) != OK || f->gone)
		return rc;
	if (!f->alone) {
		memcpy(f->p->mine, f->hash, sizeof f->p->mine);
		f->p->mine_to = FROM_ZERO;
		return OK;
	}
	*end = BLOB_FALSE;
	return err_set(e, ERR_VERIFY, "attachment %s: what %s gave has another hash; it was erased. It is asked for again in a "
	    "day; tell %s", f->name, f->p->member, f->p->member);
}

static int
fetch_all(struct fetching *f, enum blob_end *end, struct err *e)
{
	uint64_t start = f->p->fetched;
	int rc = OK;

	f->alone = f->blob.have == 0 || (f->p->mine_to == f->blob.have && memcmp(f->p->mine, f->hash, sizeof f->p->mine) == 0);
	if (f->alone) {
		memcpy(f->p->mine, f->hash, sizeof f->p->mine);
		f->p->mine_to = f->blob.have;
	}
	*end = BLOB_MORE;
	while (rc == OK && !f->gone && f->blob.have < f->size && *end == BLOB_MORE) {
		if (f->p->fetched - start >= f->p->max_bytes)
			return OK;
		rc = fetch_some(f, end, e);
	}
	return rc == OK && !f->gone && *end == BLOB_MORE ? finish(f, end, e) : rc;
}

int
blob_pull(struct blob_pull *p, const uint8_t hash[RECORD_HASH_BYTES], uint64_t size, enum blob_end *end, struct err *e)
{
	struct fetching f = { .p = p, .hash = hash, .size = size };
	int rc;

	*end = BLOB_MORE;
	hex_encode(f.name, hash, RECORD_HASH_BYTES);
	f.anew = p->mine_to == FROM_ZERO && memcmp(p->mine, hash, sizeof p->mine) == 0;
	if (size > STORE_BLOB_MAX) {
		*end = BLOB_FALSE;
		return err_set(e, ERR_VERIFY, "attachment %s: a record of %s says that it has %" PRIu64 " bytes; at most %u are "
		    "taken", f.name, p->member, size, STORE_BLOB_MAX);
	}
	rc = write_in(&f, run_begin, e);
	if (rc == OK && !f.gone && f.blob.whole && f.blob.size != size) {
		*end = BLOB_FALSE;
		rc = err_set(e, ERR_VERIFY, "attachment %s: has %" PRIu64 " bytes, a record of %s says %" PRIu64 "; ask %s to file "
		    "the record anew", f.name, f.blob.size, p->member, size, p->member);
	} else if (rc == OK && !f.gone && f.blob.whole) {
		*end = BLOB_WHOLE;
	} else if (rc == OK && !f.gone) {
		rc = fetch_all(&f, end, e);
	}
	if (rc == OK && f.gone)
		*end = BLOB_GONE;
	buf_free(&f.answer);
	return rc;
}
