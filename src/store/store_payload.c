/*
 * The front door, second part: payloads and their erasure, checkpoints, settings, care.
 */
#include <assert.h>
#include <string.h>

#include "store/store_backend.h"

/* The same payload again is fine: a peer may send a range twice. */
static int
compare_payload(struct store *s, int64_t pos, const uint8_t nonce[32], const void *bytes, size_t len, struct err *e)
{
	struct payload old;
	int rc;

	if ((rc = s->ops->payload_get(s->view, pos, &old, e)) != OK)
		return rc;
	if (old.len == len && memcmp(old.nonce, nonce, sizeof old.nonce) == 0 && memcmp(old.bytes, bytes, len) == 0)
		return OK;
	return err_set(e, ERR_CONFLICT, "payload %u/%llu: another one is held at this position; a filed record is"
	    " never changed", POS_LOG(pos), (unsigned long long)POS_INDEX(pos));
}

/*
 * Payloads mostly come in the order of a log: so one question, "where is the next erasure?", serves a whole batch of them. The
 * writer is the only one who erases.
 */
static int
refuse_erased(struct store *s, int64_t pos, struct err *e)
{
	int64_t next = INT64_MAX;
	int rc;

	if (pos >= s->clear_from && pos <= s->clear_last)
		return OK;
	rc = s->ops->erasure_next(s->view, pos, &next, e);
	if (rc != OK && rc != ERR_NOTFOUND)
		return rc;
	if (rc == OK && next == pos)
		return err_set(e, ERR_CONFLICT, "payload %u/%llu: was erased and is not taken in again; ask store_erasure_get"
		    " before putting", POS_LOG(pos), (unsigned long long)POS_INDEX(pos));
	s->clear_from = pos;
	s->clear_last = rc == OK ? next - 1 : INT64_MAX;
	return OK;
}

int
store_payload_put(struct store *s, int64_t pos, const uint8_t nonce[32], const void *bytes, size_t len, struct err *e)
{
	int rc;

	assert(pos >= POS(1, 0) && s->scans[SCAN_PAYLOAD] == 0);
	if ((rc = store_may_write(s, e)) != OK)
		return rc;
	if (len == 0 || len > STORE_PAYLOAD_MAX)
		return store_wrote(s, err_set(e, ERR_LIMIT, "payload %u/%llu: has %zu bytes, must have 1 to %u",
		    POS_LOG(pos), (unsigned long long)POS_INDEX(pos), len, STORE_PAYLOAD_MAX));
	if ((rc = refuse_erased(s, pos, e)) != OK)
		return store_wrote(s, rc);
	rc = s->ops->payload_put(s, pos, nonce, bytes, len, e);
	if (rc == ERR_CONFLICT)
		rc = compare_payload(s, pos, nonce, bytes, len, e);
	return store_wrote(s, rc);
}

int
store_payload_get(struct store_reader *r, int64_t pos, struct payload *out, struct err *e)
{
	return r->store->ops->payload_get(r, pos, out, e);
}

int
store_payload_scan(struct store_reader *r, int64_t from, int64_t to, int (*visit)(void *ctx, const struct payload *p),
    void *ctx, struct err *e)
{
	int rc;

	if (from >= to)
		return OK;
	store_scanning(r, SCAN_PAYLOAD, 1);
	rc = r->store->ops->payload_scan(r, from, to, visit, ctx, e);
	store_scanning(r, SCAN_PAYLOAD, -1);
	return rc;
}

/* ---- erasures ---------------------------------------------------------------------------------------------------- */

static void
assert_erasure(const struct store *s, const struct erasure *x)
{
	assert(s->scans[SCAN_ERASURE] == 0 && x->pos >= POS(1, 0));
	assert(x->order_pos >= POS(1, 0) || x->order_pos == ERASED_RETENTION || x->order_pos == ERASED_LOCAL);
}

static int
put_erasure(struct store *s, const struct erasure *x, struct err *e)
{
	s->clear_from = 0;
	s->clear_last = -1;
	return s->ops->erasure_put(s, x, e);
}

int
store_payload_erase(struct store *s, const struct erasure *x, struct err *e)
{
	int rc;

	assert_erasure(s, x);
	assert(s->scans[SCAN_PAYLOAD] == 0);
	if ((rc = store_may_write(s, e)) != OK)
		return rc;
	if ((rc = s->ops->payload_erase(s, x->pos, e)) == OK)
		rc = put_erasure(s, x, e);
	return store_wrote(s, rc);
}

int
store_erasure_put(struct store *s, const struct erasure *x, struct err *e)
{
	struct payload held;
	int rc;

	assert_erasure(s, x);
	if ((rc = store_may_write(s, e)) != OK)
		return rc;
	if ((rc = s->ops->payload_get(s->view, x->pos, &held, e)) == OK)
		rc = err_set(e, ERR_CONFLICT, "erasure %u/%llu: the payload is held here; erase it with its derived rows",
		    POS_LOG(x->pos), (unsigned long long)POS_INDEX(x->pos));
	else if (rc == ERR_NOTFOUND)
		rc = put_erasure(s, x, e);
	return store_wrote(s, rc);
}

int
store_erasure_get(struct store_reader *r, int64_t pos, struct erasure *out, struct err *e)
{
	return r->store->ops->erasure_get(r, pos, out, e);
}

int
store_erasure_each(struct store_reader *r, const uint8_t id[16], int (*visit)(void *ctx, const struct erasure *x),
    void *ctx, struct err *e)
{
	int rc;

	store_scanning(r, SCAN_ERASURE, 1);
	rc = r->store->ops->erasure_each(r, id, visit, ctx, e);
	store_scanning(r, SCAN_ERASURE, -1);
	return rc;
}

/* ---- checkpoints and settings ------------------------------------------------------------------------------------ */

int
store_checkpoint_put(struct store *s, uint32_t log_no, uint64_t size, const void *note, size_t len, struct err *e)
{
	int rc;

	assert(log_no >= 1 && log_no <= STORE_LOG_MAX);
	if ((rc = store_may_write(s, e)) != OK)
		return rc;
	if (len == 0 || len > STORE_NOTE_MAX || size >> POS_INDEX_BITS)
		return store_wrote(s, err_set(e, ERR_LIMIT, "checkpoint %u/%llu: a note has 1 to %u bytes (this one"
		    " %zu) and a size below 2^%d", log_no, (unsigned long long)size, STORE_NOTE_MAX, len,
		    POS_INDEX_BITS));
	return store_wrote(s, s->ops->checkpoint_put(s, log_no, size, note, len, e));
}

int
store_checkpoint_get(struct store_reader *r, uint32_t log_no, uint64_t size, uint64_t *found_size, struct buf *out,
    struct err *e)
{
	uint64_t found, most = (UINT64_C(1) << POS_INDEX_BITS) - 1;
	int rc;

	if (size > most && size != UINT64_MAX)
		return store_absent_checkpoint(log_no, size, e);
	if ((rc = r->store->ops->checkpoint_get(r, log_no, size == UINT64_MAX ? most : size, &found, out, e)) != OK)
		return rc;
	if (size != UINT64_MAX && found != size) {
		buf_reset(out);
		return store_absent_checkpoint(log_no, size, e);
	}
	if (found_size != NULL)
		*found_size = found;
	return OK;
}

static int
check_name(const char *name, struct err *e)
{
	size_t n = strnlen(name, 65);

	if (n == 0 || n > 64 || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789./_-") != n)
		return err_set(e, ERR_INPUT, "setting: a name has 1 to 64 of the characters a-z 0-9 . / _ -");
	if (strncmp(name, "store.", 6) == 0)
		return err_set(e, ERR_INPUT, "setting %s: names that begin with \"store.\" are the store's own; take"
		    " another", name);
	return OK;
}

int
store_meta_put(struct store *s, const char *name, const void *value, size_t len, struct err *e)
{
	int rc;

	if ((rc = store_may_write(s, e)) != OK)
		return rc;
	if ((rc = check_name(name, e)) == OK && len > STORE_META_MAX)
		rc = err_set(e, ERR_LIMIT, "setting %s: has %zu bytes, may have %u", name, len, STORE_META_MAX);
	if (rc == OK)
		rc = s->ops->meta_put(s, name, len == 0 ? "" : value, len, e);
	return store_wrote(s, rc);
}

int
store_meta_get(struct store_reader *r, const char *name, struct buf *out, struct err *e)
{
	return r->store->ops->meta_get(r, name, out, e);
}

int
store_selfcheck(struct store_reader *r, void (*report)(void *ctx, const char *finding), void *ctx, struct err *e)
{
	return r->store->ops->selfcheck(r, report, ctx, e);
}

int
store_backup(struct store *s, const char *path, int (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx,
    struct err *e)
{
	return s->ops->backup(s, path, progress, ctx, e);
}
